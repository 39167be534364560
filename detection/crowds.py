"""How many reviews a listing and a town had in any stretch of days: the chance that an account is just there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from detection.arrays import Floats, Ints
from detection.hashing import hashed

MONTH_DAYS = 30
_MONTHS = 10_000


def month_of(days: Ints) -> Ints:
    """Months of thirty days from 1970-01-01."""
    return np.asarray(days // MONTH_DAYS, dtype="int64")


def town_hash(reviews: pd.DataFrame) -> Ints:
    """A hash of platform, country and town."""
    return hashed(reviews["platform"] + "\0" + reviews["country"] + "\0" + reviews["city"])


@dataclass(frozen=True, slots=True)
class Counts:
    """Reviews by place and month, summed up along time; between the months' ends they lie evenly."""

    places: Ints
    keys: Ints
    before: Floats

    @classmethod
    def of(cls, places: Ints, months: Ints, reviews: Floats) -> Counts:
        """From one row for each place and month; ``places`` are hashes."""
        known, code = np.unique(places, return_inverse=True)
        keys = code.astype("int64") * _MONTHS + months
        order = np.argsort(keys, kind="stable")
        return cls(known, keys[order], np.concatenate([[0.0], np.cumsum(reviews[order])]))

    def code(self, places: Ints) -> Ints:
        """The numbers under which ``within`` knows these places; one that has no review stands before all."""
        at = np.searchsorted(self.places, places)
        found = at < len(self.places)
        found[found] = self.places[at[found]] == places[found]
        return np.where(found, at, -1).astype("int64")

    def within(self, codes: Ints, first: Ints, last: Ints) -> Floats:
        """Reviews of each place from the day ``first`` to the day ``last``, both included."""
        return np.asarray((self._until(codes, last + 1) - self._until(codes, first)) / MONTH_DAYS)

    def _until(self, codes: Ints, days: Ints) -> Floats:
        """Thirtieths of reviews of each place before a day: whole numbers, so that what lies before rounds nothing."""
        keys = codes * _MONTHS + days // MONTH_DAYS
        start = self.before[np.searchsorted(self.keys, codes * _MONTHS)]
        here = self.before[np.searchsorted(self.keys, keys)]
        after = self.before[np.searchsorted(self.keys, keys, side="right")]
        return np.asarray((here - start) * MONTH_DAYS + (days % MONTH_DAYS) * (after - here))


@dataclass(frozen=True, slots=True)
class Crowds:
    """Reviews of each town and listing over time; each listing's mean rating and its shares of both ends of the scale.

    ``ratings`` is indexed by the listing's hash, with the columns ``mean``, ``high``, ``low`` and ``reviews``.
    """

    towns: Counts
    listings: Counts
    ratings: pd.DataFrame
    high_share: float
    low_share: float

    @classmethod
    def of(cls, towns: pd.DataFrame, listings: pd.DataFrame) -> Crowds:
        """From the folded partials: columns ``a`` (hash), ``b`` (month), ``reviews``, and sums in listings."""
        everything = max(float(towns["reviews"].sum()), 1.0)
        sums = listings.groupby("a")[["rating", "high", "low", "reviews"]].sum()
        ratings = pd.DataFrame(
            {
                "mean": sums["rating"] / sums["reviews"],
                "high": sums["high"],
                "low": sums["low"],
                "reviews": sums["reviews"],
            }
        )
        return cls(
            towns=_counts(towns),
            listings=_counts(listings),
            ratings=ratings,
            high_share=float(sums["high"].sum()) / everything,
            low_share=float(sums["low"].sum()) / everything,
        )


def _counts(months: pd.DataFrame) -> Counts:
    return Counts.of(months["a"].to_numpy(), months["b"].to_numpy(), months["reviews"].to_numpy())
