"""How one-sided a group's ratings are, given what its places and its members are usually rated and rate."""

from __future__ import annotations

import numpy as np

from detection.arrays import Floats, Ints
from detection.crowds import Crowds
from detection.hashing import hashed
from detection.tails import beta_binomial
from detection.visits import Visits

# The top and the bottom of the scale. Ratings of one company clump as in a prior sample this big; where a group looks
# like a club, a family or a tour, as in a smaller one: friends who are easily delighted are no ring.
HIGH, LOW = 0.9, 0.26
_CLUMP, _CLUMP_OF_FRIENDS = 12.0, 4.0
# Reviews of the store that a place's, an account's own share is mixed with.
_PLACE, _OWN = 10.0, 4.0


def one_sided(visits: Visits, crowds: Crowds, rows: Ints, *, friends: bool = False) -> tuple[float, float, float]:
    """-log10 of the tail of a group's reviews (``rows``) at one end of the scale; the share at the top, and the usual.

    A review is expected at that end as the place's other reviews and the account's others are; ``friends`` says whether
    the group fits an innocent shape.
    """
    rating = visits.rating[rows]
    best, shares = 0.0, (0.0, 0.0)
    clump = np.array([_CLUMP_OF_FRIENDS if friends else _CLUMP])
    for name, told, usual in (
        ("high", visits.rating >= HIGH, crowds.high_share),
        ("low", visits.rating <= LOW, crowds.low_share),
    ):
        expected = _expected(visits, crowds, rows, name, told, usual)
        count, number = np.array([float(told[rows].sum())]), np.array([float(len(rows))])
        mean = np.clip(np.array([expected.mean()]), 0.02, 0.98)
        best = max(best, float(beta_binomial(count, number, mean, clump)[0]))
        if name == "high":
            shares = (float(np.mean(rating >= HIGH)), float(expected.mean()))
    return best, *shares


def _expected(visits: Visits, crowds: Crowds, rows: Ints, name: str, told: np.ndarray, usual: float) -> Floats:
    usual = min(max(usual, 0.02), 0.98)
    listing = visits.frame["listing_key"].iloc[rows]
    place = crowds.ratings.reindex(hashed(listing))
    _, own = np.unique(visits.listing[rows], return_inverse=True)
    inside = np.bincount(own, told[rows])
    number = np.bincount(own)
    there = (place[name].to_numpy() - inside[own] + _PLACE * usual) / (
        np.maximum(place["reviews"].to_numpy() - number[own], 0) + _PLACE
    )
    accounts, who = np.unique(visits.account[rows], return_inverse=True)
    all_rows = visits.rows_of(accounts)
    elsewhere = np.setdiff1d(all_rows, rows)
    at = np.searchsorted(accounts, visits.account[elsewhere])
    mine = (np.bincount(at, told[elsewhere], minlength=len(accounts)) + _OWN * usual) / (
        np.bincount(at, minlength=len(accounts)) + _OWN
    )
    odds = _odds(there) + _odds(mine[who]) - _odds(np.array([usual]))
    return 1.0 / (1.0 + np.exp(-odds))


def _odds(share: Floats) -> Floats:
    share = np.clip(share, 0.005, 0.995)
    return np.asarray(np.log(share / (1.0 - share)))
