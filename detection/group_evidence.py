"""From rings to groups: the reviews inside, the score, and the facts that a report shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from detection.arrays import Ints
from detection.crowds import Crowds, town_hash
from detection.findings import rounded
from detection.group_ratings import one_sided
from detection.group_shape import Places, permuted_p, readings
from detection.group_texts import GroupTexts, read_texts
from detection.hashing import hashed
from detection.meetings import meet
from detection.peeling import Block
from detection.protocol import Snapshot
from detection.rings import Ring, client_rows
from detection.visits import Visits

# What is asked of the snapshot about each review of a group.
DETAILS = ("review_key", "listing_key", "platform", "city", "country", "reviewer_key", "rating", "day_from", "day_to")
# One decade of one-sided ratings stands against so many of meeting: clubs meet as often as rings do, and praise as all
# do. Texts alike weigh as they are, beyond what friends' texts about the same evenings reach.
_ONE_SIDED_WEIGHT = 5.0
_USUAL_LIKENESS = 3.0
# An account with fewer reviews inside belongs there less surely.
_SURELY_INSIDE = 5
# Of groups below the line only so many, the strongest, have their texts read: the texts may lift them over it.
_MOST_READ = 300


@dataclass(frozen=True, slots=True)
class Group:
    """Accounts that act together: ``reviews`` (``DETAILS`` with ``weight``), the ``score`` in decades, and the facts.

    ``subject`` names the group from night to night: its first review. ``effect`` is how often as expected they met.
    """

    reviews: pd.DataFrame
    score: float
    effect: float
    subject: str
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Found:
    """A ring with the rows of its reviews of clients, and what ``one_sided`` and ``readings`` say of them."""

    ring: Ring
    rows: Ints
    one_sided: float
    high_share: float
    high_share_usual: float
    readings: list[str]


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges rings by what their reviews say."""

    visits: Visits
    crowds: Crowds
    near_days: int
    wide_days: int
    agreement: float
    permutations: int
    seed: int
    dense: Sequence[Block] = ()

    def groups(
        self, rings: Sequence[Ring], snapshot: Snapshot, homes: pd.DataFrame, months: pd.DataFrame, wanted: float
    ) -> list[Group]:
        """The rings that reach the score ``wanted``; ``homes`` and ``months`` are partials of listings."""
        found = [self._found(ring) for ring in rings]
        found = [each for each in found if len(each.rows) and each.ring.net >= wanted]
        below = [at for at, each in enumerate(found) if _ONE_SIDED_WEIGHT * each.one_sided < wanted]
        unread = set(below[_MOST_READ:])
        found = [each for at, each in enumerate(found) if at not in unread]
        texts = read_texts([self.visits.frame.iloc[each.rows] for each in found], snapshot)
        scores = [
            min(
                each.ring.net, _ONE_SIDED_WEIGHT * each.one_sided + max(float(texts.decades[at]) - _USUAL_LIKENESS, 0.0)
            )
            for at, each in enumerate(found)
        ]
        told = [at for at, score in enumerate(scores) if score >= wanted]
        if not told:
            return []
        places = _Homes(homes, months)
        return [self._group(found[at], scores[at], texts, at, places) for at in told]

    def _found(self, ring: Ring) -> _Found:
        rows = client_rows(self.visits, self.crowds, ring, self.wide_days)
        if not len(rows):
            return _Found(ring, rows, 0.0, 0.0, 0.0, [])
        visits = self.visits
        fits = readings(visits.account[rows], visits.listing[rows], visits.town[rows], visits.day[rows])
        return _Found(ring, rows, *one_sided(visits, self.crowds, rows, friends=bool(fits)), fits)

    def _group(self, found: _Found, score: float, texts: GroupTexts, at: int, places: _Homes) -> Group:
        visits, rows = self.visits, found.rows
        reviews = visits.frame.iloc[rows]
        account, day = visits.account[rows], visits.day[rows]
        decades = found.ring.decades[np.searchsorted(found.ring.accounts, account)]
        # Anybody can be followed to a few places: an account belongs there as far as it was there again and again.
        inside = np.bincount(account)[account]
        belongs = (1.0 - 10.0**-decades) * np.minimum(inside / _SURELY_INSIDE, 1.0)
        reviews = reviews.assign(weight=np.round(np.clip(belongs, 0.01, 1.0), 4)).reset_index(drop=True)
        met, near_share, agreement = self._meetings(rows)
        expected = self._expected(found.ring, rows)
        facts: dict[str, object] = {
            **cells(reviews),
            "kind": "ring",
            "pairs": len(np.unique(account)) * (len(np.unique(account)) - 1) // 2,
            "shared": met,
            "expected": rounded(expected),
            "within_days": self.near_days,
            "near_share": rounded(near_share),
            "agreement": rounded(agreement),
            "rating_lift": rounded(self._lift(reviews)),
            "high_share": rounded(found.high_share),
            "high_share_usual": rounded(found.high_share_usual),
            "towns": len(np.unique(visits.town[rows])),
            "few_inside": len(np.unique(account[inside < _SURELY_INSIDE])),
            "dense_block": any(len(np.setdiff1d(found.ring.accounts, block.accounts)) == 0 for block in self.dense),
            "permutations": self.permutations,
            "readings": found.readings,
            "permutation_p": rounded(places.p_value(reviews, account, day, self.permutations, self.seed)),
        }
        if texts.texts[at]:
            facts |= {"texts": int(texts.texts[at]), "alike_texts": int(texts.alike[at])}
        first = reviews.sort_values(["day_to", "review_key"])["review_key"].iloc[0]
        return Group(reviews, score, met / max(expected, 0.01), str(first), facts)

    def _meetings(self, rows: Ints) -> tuple[int, float, float]:
        """Pairs of reviews of one listing by two accounts, the share of them near in time, and that agrees."""
        visits = self.visits
        met = meet(visits.listing[rows], visits.day[rows], within_days=self.wide_days, most=len(rows))
        two = visits.account[rows][met.first] != visits.account[rows][met.second]
        first, second, days = rows[met.first[two]], rows[met.second[two]], met.days[two]
        if not len(first):
            return 0, 0.0, 0.0
        alike = np.abs(visits.rating[first] - visits.rating[second]) <= self.agreement
        return int(np.count_nonzero(alike)), float(np.mean(days <= self.near_days)), float(np.mean(alike))

    def _expected(self, ring: Ring, rows: Ints) -> float:
        """Meetings to be expected of accounts with such habits about each other's reviews."""
        visits = self.visits
        days = visits.day[rows]
        there = self.crowds.listings.within(visits.listing_code[rows], days - self.wide_days, days + self.wide_days)
        own = np.bincount(visits.listing[rows])[visits.listing[rows]]
        habits = visits.habits(ring.accounts, visits.town[rows])
        others = habits.sum(axis=0) - visits.habit[rows]
        return float((others * np.maximum(there - own, 0.5)).sum() / 2.0)

    def _lift(self, reviews: pd.DataFrame) -> float:
        usual = self.crowds.ratings["mean"].reindex(hashed(reviews["listing_key"])).mean()
        return float(reviews["rating"].mean() - usual)


class _Homes:
    """``Places`` for groups whose towns and listings are told by hash."""

    def __init__(self, homes: pd.DataFrame, months: pd.DataFrame) -> None:
        town = homes.drop_duplicates("a").set_index("a")["b"]
        self.listings = np.unique(months["a"].to_numpy())
        self.towns = np.unique(town.to_numpy())
        own = town.reindex(months["a"]).to_numpy()
        self.places = Places(
            np.searchsorted(self.listings, months["a"].to_numpy()),
            np.searchsorted(self.towns, own),
            months["b"].to_numpy(),
            months["reviews"].to_numpy(),
        )

    def p_value(self, reviews: pd.DataFrame, account: Ints, day: Ints, permutations: int, seed: int) -> float:
        listing = np.searchsorted(self.listings, hashed(reviews["listing_key"]))
        town = np.searchsorted(self.towns, town_hash(reviews))
        return permuted_p(listing, account, town, day, self.places, permutations=permutations, seed=seed)


def cells(reviews: pd.DataFrame) -> dict[str, object]:
    """The facts of a picture: ``accounts``, ``listings`` and a cell (account, listing, ISO day, rating) a review."""
    accounts = list(dict.fromkeys(reviews["reviewer_key"]))
    listings = list(reviews["listing_key"].value_counts().index)
    row, column = {key: at for at, key in enumerate(accounts)}, {key: at for at, key in enumerate(listings)}
    return {
        "accounts": accounts,
        "listings": listings,
        "cells": [
            [row[account], column[listing], str(np.datetime64(int(day), "D")), rounded(rating)]
            for account, listing, day, rating in zip(
                reviews["reviewer_key"], reviews["listing_key"], reviews["day_to"], reviews["rating"], strict=True
            )
        ],
    }
