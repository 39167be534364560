"""How a town's reviews lie over its listings, month by month: the chance that two accounts about there meet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from detection.hashing import Ints, hashed
from detection.meetings import Floats

_MONTH_DAYS = 30
# However small the crowd that is left when a group is taken out of it, this share of it stays.
_LEAST_CROWD = 0.2


def month_of(days: Ints) -> Ints:
    """Months of thirty days from 1970-01-01."""
    return np.asarray(days // _MONTH_DAYS, dtype="int64")


def town_hash(reviews: pd.DataFrame) -> Ints:
    """A hash of platform, country and town."""
    return hashed(reviews["platform"] + "\0" + reviews["country"] + "\0" + reviews["city"])


@dataclass(frozen=True, slots=True)
class Crowds:
    """Reviews of each town and listing by month; each listing's mean rating; the days covered."""

    towns: pd.Series
    listings: pd.Series
    ratings: pd.Series
    days: int
    high_share: float
    low_share: float

    @classmethod
    def of(cls, towns: pd.DataFrame, listings: pd.DataFrame) -> Crowds:
        """From the folded partials: columns ``a`` (hash), ``b`` (month), ``reviews``, and sums in listings."""
        everything = max(float(towns["reviews"].sum()), 1.0)
        sums = listings.groupby("a")[["rating", "reviews"]].sum()
        return cls(
            towns=towns.set_index(["a", "b"])["reviews"].sort_index(),
            listings=listings.set_index(["a", "b"])["reviews"].sort_index(),
            ratings=sums["rating"] / sums["reviews"],
            days=int(towns["b"].max() - towns["b"].min() + 1) * _MONTH_DAYS if len(towns) else _MONTH_DAYS,
            high_share=float(listings["near"].sum()) / everything,
            low_share=float(listings["wide"].sum()) / everything,
        )

    def shares(self, reviews: pd.DataFrame) -> Floats:
        """For each review of a group, its listing's share of the town's reviews in those three months.

        The group's own reviews are left out above and below. Columns: those of the reviews' frame.
        """
        months = month_of(reviews["day_to"].to_numpy().astype("int64"))
        towns, listings = town_hash(reviews), hashed(reviews["listing_key"])
        here = _around(self.listings, listings, months)
        there = _around(self.towns, towns, months)
        own_here = _around(_own(listings, months), listings, months)
        own_there = _around(_own(towns, months), towns, months)
        left = np.maximum(here - own_here, _LEAST_CROWD * here)
        return np.asarray(left / np.maximum(there - own_there, np.maximum(_LEAST_CROWD * there, 1.0)))


def _own(codes: Ints, months: Ints) -> pd.Series:
    frame = pd.DataFrame({"a": codes, "b": months})
    return frame.groupby(["a", "b"]).size().astype("float64")


def _around(counts: pd.Series, codes: Ints, months: Ints) -> Floats:
    total = np.zeros(len(codes))
    for step in (-1, 0, 1):
        wanted = pd.MultiIndex.from_arrays([codes, months + step])
        total += counts.reindex(wanted).fillna(0.0).to_numpy()
    return total
