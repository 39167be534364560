"""Calibration cards: what a detector's score is worth, counted on data without attacks and on planted ones."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from scipy.stats import beta

from detection.arrays import Floats
from detection.distance import Profile, read_profile

FORMAT = 2
_NUMBERS = re.compile(r"\[\s*((?:-?[\d.]+(?:e[+-]?\d+)?(?:,\s+)?)+)\s*\]")
_FLAT = re.compile(r"\{\s*([^{}\[\]]+?)\s*\}")


@dataclass(frozen=True, slots=True)
class Recall:
    """Of ``planted`` attacks of a kind and strength so many were found; the share's 95 % interval is low to high."""

    kind: str
    strength: int
    planted: int
    found: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Delay:
    """Days from an attack's tenth review to the first night that shows it.

    Median and 90th percentile of those found, of the ``planted`` attacks with ten reviews or more.
    """

    median_days: float
    p90_days: float
    planted: int
    found: int


@dataclass(frozen=True, slots=True)
class Card:
    """A table of scores and of the false alarms at or above each, with how it was made.

    ``rates`` falls with ``scores`` and is in the card's ``unit``, of which one is a ``per``-th (1,000 listing-years).
    ``recall`` and ``delay`` hold at ``budget`` false alarms. ``data`` describes the worlds it was made on, ``profile``
    sums them up. Of false alarms at the score of ``budget`` so many are ``raised`` by a run every night, so many are
    ``standing`` when all is judged again with what came after; the card holds for the larger. ``tables`` are the same
    for other kinds of information.
    """

    detector: str
    unit: str
    per: float
    scores: tuple[float, ...]
    rates: tuple[float, ...]
    made_on: str
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    null: str = field(default="", repr=False)
    budget: float | None = field(default=None, repr=False)
    recall: tuple[Recall, ...] = field(default=(), repr=False)
    delay: Delay | None = field(default=None, repr=False)
    raised: float | None = field(default=None, repr=False)
    standing: float | None = field(default=None, repr=False)
    profile: Profile | None = field(default=None, repr=False)
    tables: Mapping[str, Card] = field(default_factory=dict)

    def table(self, name: str) -> Card:
        """The card for one kind of information; this one where it has none of its own."""
        return self.tables.get(name, self)

    def rate(self, score: float) -> float:
        """False alarms per ``per`` units at or above a score; never below what the card's data could show."""
        return float(10 ** np.interp(score, self.scores, np.log10(self.rates)))

    def p_value(self, scores: Floats) -> Floats:
        """The chance that one unit without attacks shows a score as high."""
        rates = 10 ** np.interp(scores, self.scores, np.log10(self.rates))
        return np.asarray(-np.expm1(-rates / self.per), dtype="float64")

    def score_at(self, rate: float) -> float:
        """The lowest score with at most that many false alarms."""
        below = np.flatnonzero(np.array(self.rates) <= rate)
        if not len(below):
            return float("inf")
        first = int(below[0])
        if first == 0:
            return self.scores[0]
        logs = np.log10(self.rates)
        return float(
            np.interp(np.log10(rate), [logs[first], logs[first - 1]], [self.scores[first], self.scores[first - 1]])
        )

    def with_rates(self, rates_of: tuple[Floats, Floats]) -> Card:
        """The card, its tables too, with each rate replaced: ``rates_of`` are rising old rates and their new ones.

        Between them the logarithms are interpolated, beyond them the last factor stays.
        """
        old, new = np.log10(rates_of[0]), np.log10(rates_of[1])
        logs = np.log10(self.rates)
        factor = np.interp(logs, old, new - old)
        changed = 10 ** np.minimum.accumulate(logs + factor)
        tables = {name: table.with_rates(rates_of) for name, table in self.tables.items()}
        return replace(self, rates=tuple(float(f"{rate:.5g}") for rate in changed), tables=tables)


@cache
def load_card(detector: str) -> Card:
    """The card that is shipped with a detector."""
    text = resources.files("detection").joinpath("calibration", f"{detector}.json").read_text("utf-8")
    return read_card({"detector": detector, **json.loads(text)})


def read_card(said: Mapping[str, Any]) -> Card:
    """The card of a JSON object; whatever is optional may be missing.

    A table needs only what differs from the card around it.

    Raises:
        KeyError: a part that every card has is missing.
    """
    shared = {name: said[name] for name in ("detector", "unit", "per", "made_on")}
    tables = {name: read_card({**shared, **table}) for name, table in said.get("tables", {}).items()}
    return Card(
        **shared,
        scores=tuple(said["scores"]),
        rates=tuple(said["rates"]),
        data=said.get("data", {}),
        null=said.get("null", ""),
        budget=said.get("budget"),
        raised=said.get("raised"),
        standing=said.get("standing"),
        recall=tuple(Recall(**row) for row in said.get("recall", ())),
        delay=Delay(**said["delay"]) if said.get("delay") else None,
        profile=read_profile(said["profile"]) if said.get("profile") else None,
        tables=tables,
    )


def write_card(card: Card) -> str:
    """The card's JSON: the same text for the same card, a row of numbers or of facts on a line of its own."""
    text = json.dumps({"format": FORMAT, **_as_json(card, None)}, indent=1, ensure_ascii=False)
    text = _NUMBERS.sub(lambda found: f"[{' '.join(found.group(1).split())}]", text)
    return _FLAT.sub(lambda found: f"{{{' '.join(found.group(1).split())}}}", text) + "\n"


def _as_json(card: Card, around: Card | None) -> dict[str, Any]:
    """What the card says beyond the card around it."""
    said: dict[str, Any] = {}
    for name in ("detector", "unit", "per", "made_on"):
        if around is None or getattr(card, name) != getattr(around, name):
            said[name] = getattr(card, name)
    for name in ("null", "data", "budget", "raised", "standing"):
        if getattr(card, name):
            said[name] = getattr(card, name)
    said |= {"scores": list(card.scores), "rates": list(card.rates)}
    if card.recall:
        said["recall"] = [_fields(row) for row in card.recall]
    if card.delay is not None:
        said["delay"] = _fields(card.delay)
    if card.profile is not None:
        said["profile"] = card.profile.as_json()
    if card.tables:
        said["tables"] = {name: _as_json(table, card) for name, table in card.tables.items()}
    return said


def _fields(row: Recall | Delay) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


def recall_row(kind: str, strength: int, planted: int, found: int) -> Recall:
    """A row with its share's exact (Clopper-Pearson) 95 % interval."""
    low = 0.0 if found == 0 else float(beta.ppf(0.025, found, planted - found + 1))
    high = 1.0 if found == planted else float(beta.ppf(0.975, found + 1, planted - found))
    return Recall(kind, strength, planted, found, round(low, 4), round(high, 4))


def make_rates(scores: Floats, units: float, per: float, *, points: int = 40) -> tuple[list[float], list[float]]:
    """A card's two columns from the scores of false alarms seen in so many units.

    A rate is (alarms + 1) / units: the last point says what the data could show at best. The points lie evenly among
    the logarithms of the rates, since it is the rare alarms that budgets are about.
    """
    ordered = np.sort(scores)
    ranks = np.unique(np.geomspace(1, len(ordered), points).round().astype("int64"))
    # Rounded down, so that a point's own alarm lies above it.
    grid = np.unique(np.floor(ordered[len(ordered) - ranks] * 1e4) / 1e4)
    above = len(ordered) - np.searchsorted(ordered, grid, side="left")
    rates = (above + 1.0) / units * per
    return [float(x) for x in grid], [float(f"{x:.5g}") for x in rates]
