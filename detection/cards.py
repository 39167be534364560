"""Calibration cards: what a detector's score is worth, counted on data without attacks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Card:
    """A table of scores and of the false alarms at or above each, with how it was made.

    ``rates`` falls with ``scores`` and is in the card's ``unit``, of which one is a ``per``-th (1,000 listing-years).
    """

    detector: str
    unit: str
    per: float
    scores: tuple[float, ...]
    rates: tuple[float, ...]
    made_on: str

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


@cache
def load_card(detector: str) -> Card:
    """The card that is shipped with a detector."""
    text = resources.files("detection").joinpath("calibration", f"{detector}.json").read_text("utf-8")
    said = json.loads(text)
    return Card(
        detector=detector,
        unit=said["unit"],
        per=said["per"],
        scores=tuple(said["scores"]),
        rates=tuple(said["rates"]),
        made_on=said["made_on"],
    )


def make_rates(scores: Floats, units: float, per: float, *, points: int = 40) -> tuple[list[float], list[float]]:
    """A card's two columns from the scores of false alarms seen in so many units.

    A rate is (alarms + 1) / units: the last point says what the data could show at best.
    """
    ordered = np.sort(scores)
    grid = np.unique(np.quantile(ordered, np.linspace(0.0, 1.0, points)).round(4))
    above = len(ordered) - np.searchsorted(ordered, grid, side="left")
    rates = (above + 1.0) / units * per
    return [float(x) for x in grid], [float(f"{x:.5g}") for x in rates]
