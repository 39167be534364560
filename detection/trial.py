"""A detector tried on a history of its user's: attacks planted in it, alarms counted on it."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from detection.arrays import Floats
from detection.budgets import BUDGET, EVERYTHING, with_budget
from detection.cards import Card, Recall
from detection.engines.local import scan_and_fold, write_shards
from detection.matching import match, planted_reviews
from detection.protocol import Detector, Night
from detection.recall import Planted, recall_rows
from detection.simulate.inject import KINDS, inject
from detection.simulate.world import Attack

BUDGETS = (3.0, 10.0, 30.0, 100.0)
# So many alarms must lie within a budget before their count can stand for it: 95 % of the counts of a Poisson with
# mean 10 lie between 4 and 17, which is within a factor of two and a half.
LEAST_ALARMS = 10
LEAST_LISTINGS, LEAST_DAYS = 10, 365
STRENGTHS = (5, 4, 3, 2, 1)
# Of the listings, so many are attacked at a time: the others must still say what is usual.
_ATTACKED = 0.1
# The kinds that are pooled where one figure must do; the others stand beside them.
POOLED = ("burst", "drip", "bombing", "boosting")
# What a detector is about; those not named are about all.
_ABOUT: Mapping[str, tuple[str, ...]] = {"boosting": ("boosting",)}
# Who holds texts against one another can't be tried with planted reviews, which have none, where guests write them.
_BY_TEXTS, _WRITTEN = frozenset({"boosting"}), 0.3

Progress = Callable[[str], None]


_NOTHING = pd.DataFrame(
    {"kind": pd.Series(dtype="str"), "strength": pd.Series(dtype="int64"), "rate": pd.Series(dtype="float64")}
)


class TrialError(ValueError):
    """A history on which nothing can be tried; one line says why and what to do."""


@dataclass(frozen=True, slots=True)
class OwnRates:
    """What a packaged card's rates are on a history: ``old`` rising, ``new`` counted, both per 1,000 listing-years.

    ``alarms`` are all that were counted. The figures are an upper bound for false ones: campaigns may be among them.
    """

    listing_years: float
    alarms: int
    old: tuple[float, ...]
    new: tuple[float, ...]

    def long_enough(self, budget: float) -> bool:
        """Whether a budget's alarms can be counted here."""
        return bool(self.old) and budget * self.listing_years / 1000.0 >= LEAST_ALARMS

    def applied(self, card: Card) -> Card:
        """The card with the history's rates."""
        return card.with_rates((np.array(self.old), np.array(self.new))) if self.old else card

    def cut(self, budget: float) -> float:
        """The packaged rate up to which alarms keep within a budget."""
        if not self.old:
            return budget
        old, new = np.log10(self.old), np.log10(self.new)
        return float(10 ** (np.log10(budget) - np.interp(np.log10(budget), new, new - old)))


@dataclass(frozen=True, slots=True)
class Trial:
    """A detector's alarms on a history, and of each attack planted in it the rarest alarm that finds it.

    ``alarms`` are the packaged rates of those on the history as it is, rising. ``outcomes`` has columns ``kind,
    strength, rate``: a packaged rate, infinite where no alarm finds the attack. It is empty where attacks without texts
    would try nothing.
    """

    detector: str
    own: OwnRates
    alarms: Floats
    outcomes: pd.DataFrame

    def count(self, budget: float, *, own: bool) -> int:
        """The alarms at a budget, by the history's rates or by the packaged card's."""
        return int(np.count_nonzero(self.alarms <= (self.own.cut(budget) if own else budget)))

    def recall(self, budget: float, *, own: bool) -> tuple[Recall, ...]:
        """What is found at a budget: by the history's rates, or by the packaged card's."""
        least = self.own.cut(budget) if own else budget
        return recall_rows(self.outcomes.assign(found=self.outcomes["rate"] <= least))


def listing_years(reviews: pd.DataFrame) -> float:
    """From each listing's first review to its platform's last day, summed."""
    last = reviews.groupby("platform")["day_to"].max()
    first = reviews.groupby(["platform", "listing_key"])["day_to"].min().reset_index()
    days = last.reindex(first["platform"]).to_numpy(dtype="float64") - first["day_to"].to_numpy() + 1.0
    return float(days.sum() / 365.25)


def check_history(reviews: pd.DataFrame) -> None:
    """Nothing, or an error.

    Raises:
        TrialError: no platform has listings and days enough to plant attacks in.
    """
    if _platforms(reviews):
        return
    years, listings = listing_years(reviews) if len(reviews) else 0.0, reviews["listing_key"].nunique()
    raise TrialError(
        f"the store is too small to plant attacks in ({listings:,} listings, {years:,.0f} listing-years): one platform "
        f"needs {LEAST_LISTINGS} listings and {LEAST_DAYS} days; until then the packaged cards hold"
    )


def try_out(
    detectors: Sequence[Detector], reviews: pd.DataFrame, *, seed: int, rounds: int, folder: Path, say: Progress
) -> tuple[Trial, ...]:
    """Try detectors (those ``has_budget``) on a history in the columns of ``frames.REVIEWS``.

    Each round plants one attack of every kind and strength, a few at a time. Files in ``folder`` are removed again.

    Raises:
        TrialError: the history is too small.
    """
    check_history(reviews)
    years = listing_years(reviews)
    quiet = _judge(detectors, reviews, folder)
    alarms = {name: np.sort(_rates(evidence)) for name, evidence in quiet.items()}
    outcomes: dict[str, list[pd.DataFrame]] = {each.name: [] for each in detectors}
    written = float((reviews["text"] != "").mean()) >= _WRITTEN
    tried = [each for each in detectors if not (written and each.name in _BY_TEXTS)]
    batches = list(_batches(reviews, seed, rounds))
    for number, (dice, attacks) in enumerate(batches, start=1):
        injected, planted = _plant(reviews, attacks, dice)
        for name, evidence in _judge(tried, injected, folder).items():
            rarest = -match(evidence, planted.reviews).best(-_rates(evidence), planted.attacks["attack"].to_numpy())
            outcomes[name].append(planted.attacks.assign(rate=rarest))
        say(f"planted {number} of {len(batches)} times")
    return tuple(
        Trial(name, own_rates(alarms[name], years), alarms[name], _about(name, pd.concat([_NOTHING, *parts])))
        for name, parts in outcomes.items()
    )


def own_rates(rates: Floats, years: float) -> OwnRates:
    """A history's rates from the packaged rates of all alarms on it; none where there are too few alarms."""
    ordered = np.sort(rates)
    if len(ordered) < LEAST_ALARMS:
        return OwnRates(years, len(ordered), (), ())
    ranks = np.unique(np.geomspace(LEAST_ALARMS, len(ordered), 30).round().astype("int64"))
    old = np.unique(ordered[ranks - 1])
    # Alarms at the card's best rate can't be told apart: the count there is of all of them.
    counts = np.searchsorted(ordered, old, side="right")
    new = (counts + 1.0) / years * 1000.0
    return OwnRates(
        years,
        len(ordered),
        tuple(float(f"{rate:.5g}") for rate in old),
        tuple(float(f"{rate:.5g}") for rate in new),
    )


def _platforms(reviews: pd.DataFrame) -> dict[str, tuple[int, int, int]]:
    """Of each platform that is large enough: its listings, its first and its last day."""
    said = reviews.groupby("platform").agg(
        listings=("listing_key", "nunique"), first=("day_to", "min"), last=("day_to", "max")
    )
    said = said[(said["listings"] >= LEAST_LISTINGS) & (said["last"] - said["first"] >= LEAST_DAYS - 1)]
    return {str(name): (int(row["listings"]), int(row["first"]), int(row["last"])) for name, row in said.iterrows()}


def _batches(reviews: pd.DataFrame, seed: int, rounds: int) -> Iterator[tuple[np.random.Generator, list[Attack]]]:
    """The attacks of all rounds, some at a time and each on a platform, with dice of their own."""
    platforms = _platforms(reviews)
    size = np.array([listings for listings, _, _ in platforms.values()], dtype="float64")
    at_once = max(1, int(_ATTACKED * size.sum()))
    dice = np.random.default_rng([seed, 0])
    attacks = [
        Attack(kind=kind, strength=strength, platform=str(platform))
        for _ in range(rounds)
        for (kind, strength), platform in zip(
            [(kind, strength) for kind in KINDS for strength in STRENGTHS],
            dice.choice(list(platforms), len(KINDS) * len(STRENGTHS), p=size / size.sum()),
            strict=True,
        )
    ]
    order = dice.permutation(len(attacks))
    for number, start in enumerate(range(0, len(order), at_once), start=1):
        yield np.random.default_rng([seed, number]), [attacks[place] for place in order[start : start + at_once]]


def _plant(reviews: pd.DataFrame, attacks: Sequence[Attack], dice: np.random.Generator) -> tuple[pd.DataFrame, Planted]:
    """The history with the attacks inside, each within its platform's days and with a past before it."""
    truths = []
    for number, (platform, (_, first, last)) in enumerate(_platforms(reviews).items()):
        mine = [attack for attack in attacks if attack.platform == platform]
        if not mine:
            continue
        start = first + min(365, (last - first) // 3)
        try:
            injected = inject(reviews, mine, dice, first_day=start, last_day=last)
        except ValueError as error:
            raise TrialError(f"attacks cannot be planted in this history: {error}") from None
        reviews = injected.reviews
        truths.append(injected.truth.assign(attack=injected.truth["attack"] + 1000 * number))
    return reviews, Planted(planted_reviews(reviews, pd.concat(truths)))


def _judge(detectors: Sequence[Detector], reviews: pd.DataFrame, folder: Path) -> dict[str, pd.DataFrame]:
    """All that each detector scores, by its name."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        shards = write_shards(reviews, Path(place) / "shards", 4)
        found = {}
        for detector in detectors:
            every = with_budget(detector, EVERYTHING)
            partials = scan_and_fold(every, shards, Path(place) / "partials")
            found[detector.name] = every.conclude(partials, Night(_last_day(reviews), shards)).evidence
    return found


def _last_day(reviews: pd.DataFrame) -> dt.date:
    return dt.date(1970, 1, 1) + dt.timedelta(days=int(reviews["day_to"].max()))


def _rates(evidence: pd.DataFrame) -> Floats:
    return np.array([json.loads(facts)[BUDGET] for facts in evidence["facts"]], dtype="float64")


def _about(name: str, outcomes: pd.DataFrame) -> pd.DataFrame:
    """The attacks that a detector is about."""
    kept = outcomes[outcomes["kind"].isin(_ABOUT.get(name, KINDS))]
    return kept[["kind", "strength", "rate"]].reset_index(drop=True)
