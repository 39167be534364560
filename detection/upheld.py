"""Accounts that review where reviews were upheld as a campaign's, in those weeks and alike, more often than others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm, poisson

from detection.arrays import Bools, Floats, Ints
from detection.crowds import month_of
from detection.hashing import hashed
from detection.protocol import Night
from detection.visits import SPAN, ranges

NEAR_DAYS = 60
# Ratings that lie further apart are not about the same thing.
_ALIKE = 0.26
# What others of the town did that month is mixed with what is usual on the platform, as so many reviews.
_OF_PLATFORM = 10.0
# Once may be anybody; and however often, it is one sign among others.
_LEAST_TIMES, _MOST = 2, 3.0
# Where less is expected and nothing was met, nothing is said.
_HARDLY = 1e-3
_MOST_TIMES = 40


@dataclass(frozen=True, slots=True)
class Company:
    """How often accounts met upheld reviews: ``met`` for each row, the others for each account.

    ``times`` counts towns and months with such a meeting, ``expected`` those of an account that had gone to the same
    towns in the same months. ``deviations`` are what that is worth, less what it is on average by chance; ``variance``
    is theirs by chance.
    """

    met: Bools
    times: Ints
    expected: Floats
    deviations: Floats
    variance: Floats


def upheld_reviews(night: Night) -> pd.DataFrame:
    """Reviews of upheld cases: hashes of ``listing`` and ``account``, ``day``, ``rating``; by listing and day."""
    keys = np.unique(hashed(pd.Series(list(night.upheld), dtype="str")))
    told = night.snapshot.where("review_key", keys, ("listing_key", "reviewer_key", "day_to", "rating"))
    found = pd.DataFrame(
        {
            "listing": hashed(told["listing_key"]),
            "account": hashed(told["reviewer_key"].fillna("")),
            "day": told["day_to"].to_numpy("int64"),
            "rating": told["rating"].to_numpy("float64"),
        }
    )
    return found.sort_values(["listing", "day", "rating", "account"], ignore_index=True)


def company_of(rows: pd.DataFrame, begins: Ints, upheld: pd.DataFrame) -> Company:
    """Of rows sorted by account, whose first rows are ``begins``.

    Columns: ``platform``, ``account``, ``listing``, ``place`` (hashes), ``day``, ``rating``. The accounts of upheld
    reviews are decided already: they meet nobody, and say nothing of what others do.
    """
    account = rows["account"].to_numpy()
    others = ~np.isin(account, upheld["account"].to_numpy())
    met = others & _met(rows, upheld)
    own = np.repeat(np.arange(len(begins)), np.diff(np.r_[begins, len(rows)]))
    cells = rows.assign(month=month_of(rows["day"].to_numpy("int64"))).groupby(
        ["platform", "place", "month"], sort=False
    )
    cell = cells.ngroup().to_numpy().astype("int64")
    each = pd.DataFrame({"own": own, "cell": cell, "number": others, "met": met})
    went = each.groupby(["own", "cell"], sort=True).sum().reset_index()
    there = went.groupby("cell")[["number", "met"]].transform("sum") - went[["number", "met"]]
    platform = pd.factorize(rows["platform"])[0]
    usual = (np.bincount(platform, met) / np.maximum(np.bincount(platform, others), 1.0))[platform]
    usual_of = pd.Series(usual).groupby(cell).first().reindex(went["cell"]).to_numpy()
    share = (there["met"].to_numpy() + _OF_PLATFORM * usual_of) / (there["number"].to_numpy() + _OF_PLATFORM)
    chance = 1.0 - (1.0 - np.minimum(share, 1.0)) ** went["number"].to_numpy()
    expected = np.bincount(went["own"], chance, minlength=len(begins)).astype("float64")
    times = np.bincount(went["own"], went["met"] > 0, minlength=len(begins)).astype("int64")
    return Company(met, times, expected, *worth_of(times, expected))


def _met(rows: pd.DataFrame, upheld: pd.DataFrame) -> Bools:
    """The rows with an upheld review of the same listing near in time and rating."""
    near = np.flatnonzero(np.isin(rows["listing"].to_numpy(), upheld["listing"].to_numpy()))
    listings = np.unique(upheld["listing"].to_numpy())
    keys = np.searchsorted(listings, upheld["listing"].to_numpy()) * SPAN + upheld["day"].to_numpy()
    own = np.searchsorted(listings, rows["listing"].to_numpy()[near]) * SPAN + rows["day"].to_numpy("int64")[near]
    first = np.searchsorted(keys, own - NEAR_DAYS)
    number = np.searchsorted(keys, own + NEAR_DAYS, side="right") - first
    row, other = np.repeat(near, number), ranges(first, number)
    alike = np.abs(rows["rating"].to_numpy()[row] - upheld["rating"].to_numpy()[other]) <= _ALIKE
    found = np.zeros(len(rows), dtype=bool)
    found[row[alike]] = True
    return found


def worth_of(times: Ints, expected: Floats) -> tuple[Floats, Floats]:
    """Deviations for so many meetings where so many are expected (Poisson, mid-p), centred, and their variance."""
    deviations, variance = np.zeros(len(times)), np.zeros(len(times))
    told = np.flatnonzero((times > 0) | (expected > _HARDLY))
    count = np.arange(_MOST_TIMES + 1)
    rate = np.maximum(expected[told], _HARDLY)[:, None]
    chance = poisson.pmf(count, rate)
    tail = poisson.sf(count, rate) + 0.5 * chance
    worth = np.where(count >= _LEAST_TIMES, np.clip(norm.isf(np.maximum(tail, 1e-12)), 0.0, _MOST), 0.0)
    mean = (chance * worth).sum(axis=1)
    own = worth[np.arange(len(told)), np.minimum(times[told], _MOST_TIMES)]
    deviations[told] = own - mean
    variance[told] = (chance * worth**2).sum(axis=1) - mean**2
    return deviations, variance
