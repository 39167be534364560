"""Accounts judged as of each of their reviews and once more over their whole lives, by signs of hired hands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from detection import habits as habit
from detection.arrays import Floats, Ints
from detection.habits import Habits, habits_of
from detection.upheld import Company, company_of

SIGNS = ("pace", "extremes", "no_home", "burst_then_silence")
# How the signs go together on honest worlds (rows and columns as SIGNS), measured as docs/detectors.md says; and what
# each counts: bursts, which many a journey makes, two thirds.
TOGETHER = np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.15], [0.0, 0.0, 0.15, 1.0]])
WEIGHTS = np.array([1.0, 1.0, 1.0, 0.67])
# What accounts with few reviews do, until the platform's own have shown it: mean and deviation.
AT_FIRST: Mapping[str, tuple[float, float]] = {
    "pace": (-4.5, 0.5),
    "no_home": (0.1, 0.17),
    "burst_then_silence": (1.3, 0.45),
}
# Where fewer towns are reviewed, none is far from home.
_LEAST_PLACES = 3
# One sign alone, however strong, is a habit: each (as SIGNS) counts up to so much, and takes off no more than that.
_MOST, _LEAST = np.array([2.0, 2.5, 2.0, 3.0]), -1.0
_SPAN = 10_000_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """One account as it was by ``row`` (its first is ``begin``): the score, each sign's deviations, the usual shares of
    extremes of its listings, and the longest silence in days; ``account`` is its place in ``Lives.ever``."""

    account: int
    begin: int
    row: int
    known: str
    score: float
    signs: Floats
    usual: Floats
    silence: float


@dataclass(frozen=True, slots=True)
class Lives:
    """The reviews of judged accounts, sorted by account and day, and what each account looked like.

    ``then`` and ``then_signs`` hold for each review from what was known on its day, ``ever`` and ``ever_signs`` for
    each account over its whole life, with ``company``, the upheld reviews that it met, if there are any.
    """

    rows: pd.DataFrame
    habits: Habits
    then: Floats
    then_signs: Floats
    usual_then: Floats
    ever: Floats
    ever_signs: Floats
    usual_ever: Floats
    silence_ever: Floats
    company: Company | None = None

    def highest(self) -> Floats:
        """For each account the higher of the best score of its days and that of its whole life."""
        return np.maximum(np.maximum.reduceat(self.then, self.habits.begins), self.ever)

    def verdicts(self, least: float) -> list[Verdict]:
        """The accounts whose score reaches ``least``: as of the last review that it did or, failing that, over all."""
        found = []
        begins, ends = self.habits.begins, self.habits.ends
        for account in np.flatnonzero(self.highest() >= least):
            begin, end = int(begins[account]), int(ends[account])
            reached = np.flatnonzero(self.then[begin : end + 1] >= least)
            row = begin + int(reached[-1]) if len(reached) else end
            if len(reached):
                said = ("that_night", self.then[row], self.then_signs[row], self.usual_then, self.habits.silence[row])
            else:
                said = (
                    "looking_back",
                    self.ever[account],
                    self.ever_signs[account],
                    self.usual_ever,
                    self.silence_ever[account],
                )
            known, score, signs, usual, silence = said
            shares = usual[begin : row + 1]
            found.append(Verdict(int(account), begin, row, known, float(score), signs, shares, float(silence)))
        return found


def lives_of(
    reviews: pd.DataFrame, platform_days: pd.DataFrame, least_reviews: int, upheld: pd.DataFrame | None = None
) -> Lives | None:
    """The lives of accounts with so many reviews, from the partials' rows; None where there are none.

    ``upheld`` are reviews as ``upheld_reviews`` gives them; they count over whole lives.
    """
    by = ("review", "day", "account")
    rows = reviews.iloc[np.lexsort([reviews[name].to_numpy() for name in by])].reset_index(drop=True)
    account = rows["account"].to_numpy()
    cuts = np.r_[np.flatnonzero(np.diff(account, prepend=account[:1] - 1)), len(account)]
    rows = rows[np.repeat(np.diff(cuts) >= least_reviews, np.diff(cuts))].reset_index(drop=True)
    if rows.empty:
        return None
    habits = habits_of(rows)
    platform, day = rows["platform"].to_numpy(), habits.day
    shares = _PlatformShares.of(platform_days)
    extreme = rows["extreme"].to_numpy()
    usual_then = habit.usual_share(
        rows["extremes_before"].to_numpy("int64"), rows["before"].to_numpy("int64"), shares.by(platform, day)
    )
    usual_ever = habit.usual_share(
        rows["extremes_ever"].to_numpy("int64"), rows["ever"].to_numpy("int64"), shares.by(platform, None)
    )
    pace, moves = habit.pace(habits), habit.moves(habits)
    judged = habits.n >= least_reviews
    then_signs = np.full((len(rows), len(SIGNS)), np.nan)
    cells = habit.cells_of(platform[judged], habits.n[judged], least_reviews)
    enter = habit.enters(habits.n[judged], least_reviews)
    for name, values in (
        ("pace", pace),
        ("no_home", moves),
        ("burst_then_silence", habit.bursts(habits, habits.silence)),
    ):
        deviations = habit.against_earlier(cells, day[judged], values[judged], enter, AT_FIRST[name])
        then_signs[judged, SIGNS.index(name)] = deviations
    then_signs[judged, SIGNS.index("extremes")] = habit.extremes(habits, extreme, usual_then)[judged]
    homes = _places_by(platform, rows["place"].to_numpy(), day, judged)
    then_signs[homes < _LEAST_PLACES, SIGNS.index("no_home")] = np.nan
    ends = habits.ends
    silence_ever = np.maximum(habits.silence, shares.last(platform) - day)[ends]
    ever_signs = np.full((len(ends), len(SIGNS)), np.nan)
    cells = habit.cells_of(platform[ends], habits.n[ends], least_reviews)
    whole = np.zeros(len(rows))
    whole[ends] = silence_ever
    for name, values in (("pace", pace), ("no_home", moves), ("burst_then_silence", habit.bursts(habits, whole))):
        ever_signs[:, SIGNS.index(name)] = habit.against_others(cells, values[ends], AT_FIRST[name])
    ever_signs[:, SIGNS.index("extremes")] = habit.extremes(habits, extreme, usual_ever)[ends]
    ever_signs[homes[ends] < _LEAST_PLACES, SIGNS.index("no_home")] = np.nan
    then = np.where(judged, fused(then_signs), -np.inf)
    company = None if upheld is None or upheld.empty else company_of(rows, habits.begins, upheld)
    ever = fused(ever_signs, company)
    return Lives(rows, habits, then, then_signs, usual_then, ever, ever_signs, usual_ever, silence_ever, company)


def fused(signs: Floats, company: Company | None = None) -> Floats:
    """Stouffer's sum of each row's signs, NaN where one is silent, by the deviation of the sum of dependent ones.

    Meetings with upheld reviews depend on none of them.
    """
    told = ~np.isnan(signs)
    weight = told * WEIGHTS
    total = (weight * np.clip(np.nan_to_num(signs), _LEAST, _MOST)).sum(axis=1)
    variance = np.einsum("ij,jk,ik->i", weight, TOGETHER, weight)
    if company is not None:
        total, variance = total + company.deviations, variance + company.variance
    return np.asarray(total / np.sqrt(np.where(variance > 0.0, variance, 1.0)), dtype="float64")


@dataclass(frozen=True, slots=True)
class _PlatformShares:
    """Each platform's reviews and extreme ratings up to each of its days."""

    platforms: Ints
    keys: Ints
    reviews: Ints
    extremes: Ints

    @classmethod
    def of(cls, days: pd.DataFrame) -> _PlatformShares:
        sums = days.groupby(["platform", "day"])[["before", "extremes_before"]].sum().sort_index()
        platform = sums.index.get_level_values("platform").to_numpy()
        platforms, code = np.unique(platform, return_inverse=True)
        keys = code * _SPAN + sums.index.get_level_values("day").to_numpy()
        reviews, extremes = (sums[name].to_numpy("int64") for name in ("before", "extremes_before"))
        return cls(platforms, keys, np.r_[0, np.cumsum(reviews)], np.r_[0, np.cumsum(extremes)])

    def by(self, platform: Ints, day: Ints | None) -> Floats:
        """The share of extreme ratings up to and with a day, or ever."""
        code = np.searchsorted(self.platforms, platform)
        first = np.searchsorted(self.keys, code * _SPAN)
        end = np.searchsorted(self.keys, code * _SPAN + (_SPAN - 1 if day is None else day), side="right")
        there = (self.reviews[end] - self.reviews[first]).astype("float64")
        return habit.platform_share((self.extremes[end] - self.extremes[first]).astype("float64"), there)

    def last(self, platform: Ints) -> Ints:
        """The platform's last day with a review."""
        code = np.searchsorted(self.platforms, platform)
        return np.asarray(self.keys[np.searchsorted(self.keys, (code + 1) * _SPAN) - 1] - code * _SPAN, dtype="int64")


def _places_by(platform: Ints, place: Ints, day: Ints, judged: np.ndarray) -> Ints:
    """For each row the number of places of its platform that judged rows had shown by that day."""
    shown = pd.DataFrame({"platform": platform, "place": place, "day": day})[judged & (place != 0)]
    first = shown.groupby(["platform", "place"])["day"].min().reset_index()
    platforms, code = np.unique(first["platform"].to_numpy(), return_inverse=True)
    keys = np.sort(code * _SPAN + first["day"].to_numpy())
    if not len(platforms):
        return np.zeros(len(platform), "int64")
    own = np.minimum(np.searchsorted(platforms, platform), len(platforms) - 1)
    known = platforms[own] == platform
    number = np.searchsorted(keys, own * _SPAN + day, side="right") - np.searchsorted(keys, own * _SPAN)
    return np.asarray(np.where(known, number, 0), dtype="int64")
