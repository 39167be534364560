"""Reciprocity: owners who praise one another's listings in return, and their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from detection.arrays import Floats, Ints
from detection.crowds import Crowds, town_hash
from detection.findings import rounded
from detection.group_evidence import DETAILS, Group, cells
from detection.hashing import hashed
from detection.protocol import Night
from detection.tails import negative_binomial
from detection.visits import ABOUT_DAYS

_PRAISE = 0.7
# How surely the expectation is known, as a gamma's shape.
_SHAPE = 8.0
# A decade of returned praise stands against so many of a ring's score: what is returned is no matter of taste.
_WEIGHT = 3.0
# A table of few owners is an extract: they were chosen from at least so many.
_LEAST_OWNERS = 30


@dataclass(frozen=True, slots=True)
class _Praise:
    """Praise of owners by owners, pair by pair: ``by`` and ``of`` number them; ``chance`` is that of praise in return.

    ``reviews`` (with columns ``by`` and ``of``) are all that praise; a pair may have several.
    """

    reviews: pd.DataFrame
    by: Ints
    of: Ints
    chance: Floats


def find_reciprocity(night: Night, crowds: Crowds, homes: pd.DataFrame) -> list[Group]:
    """Owners who hang together by praise that was returned, or who praised listings of their own.

    ``homes`` tells each listing's town (partials: hashes ``a`` and ``b``). That an owner praises another one's listing
    in return is to be expected as often as it reviews in that town at all, and as that listing's share of the town's
    reviews in its active time. The score is the surprise, in decades, less the number of owners to choose from.
    """
    owners = night.owners.dropna(subset=["reviewer_key"])
    if owners.empty:
        return []
    details = night.snapshot.where("reviewer_key", np.unique(hashed(owners["reviewer_key"])), DETAILS)
    praise = _praise(night.owners, owners, details, crowds, homes)
    number = max(owners["owner"].nunique(), _LEAST_OWNERS)
    return [group for group in _groups(praise, number) if group.score > 0]


def _praise(
    table: pd.DataFrame, known: pd.DataFrame, details: pd.DataFrame, crowds: Crowds, homes: pd.DataFrame
) -> _Praise:
    label = pd.Index(sorted(table["owner"].unique()))
    account = known.groupby("reviewer_key")["owner"].min()
    told = details[details["reviewer_key"].isin(account.index)]
    visits = told.assign(by=label.get_indexer(account.reindex(told["reviewer_key"])), town=town_hash(told))
    owned = table[["listing_key", "owner"]].drop_duplicates().sort_values(["listing_key", "owner"])
    owned = owned.assign(of=label.get_indexer(owned["owner"]))
    praise = visits[visits["rating"] >= _PRAISE].merge(owned[["listing_key", "of"]], on="listing_key")
    pairs = praise[["by", "of"]].drop_duplicates().sort_values(["by", "of"], ignore_index=True)
    chance = _chances(pairs, visits, owned, crowds, homes)
    return _Praise(praise, pairs["by"].to_numpy(), pairs["of"].to_numpy(), chance)


def _chances(
    pairs: pd.DataFrame, visits: pd.DataFrame, owned: pd.DataFrame, crowds: Crowds, homes: pd.DataFrame
) -> Floats:
    """For each pair, the expected number of reviews by the praised owner of the praising owner's listings."""
    towns = homes.drop_duplicates("a")[["a", "b"]].rename(columns={"a": "place", "b": "town"})
    listings = owned.assign(place=hashed(owned["listing_key"])).merge(towns, on="place")
    active = visits.groupby("by")["day_to"].agg(["min", "max"])
    habits = visits.groupby(["by", "town"]).size().rename("visits").reset_index()
    asked = pairs.reset_index(names="row").rename(columns={"by": "owner_of", "of": "guest"})
    ways = asked.merge(listings.rename(columns={"of": "owner_of"})[["owner_of", "place", "town"]], on="owner_of")
    ways = ways.merge(habits.rename(columns={"by": "guest"}), on=["guest", "town"])
    first = active["min"].reindex(ways["guest"]).to_numpy().astype("int64") - ABOUT_DAYS
    last = active["max"].reindex(ways["guest"]).to_numpy().astype("int64") + ABOUT_DAYS
    there = crowds.listings.within(crowds.listings.code(ways["place"].to_numpy()), first, last)
    all_there = np.maximum(crowds.towns.within(crowds.towns.code(ways["town"].to_numpy()), first, last), 1.0)
    expected = ways["visits"].to_numpy() * np.maximum(there, 0.5) / all_there
    return np.bincount(ways["row"].to_numpy(), expected, minlength=len(pairs)).astype("float64")


def _groups(praise: _Praise, owners: int) -> Iterator[Group]:
    """One group for each set of owners that hangs together by returned praise, or praise of one's own."""
    size = int(max(praise.by.max(initial=-1), praise.of.max(initial=-1))) + 1
    there = praise.by * size + praise.of
    returned = np.isin(there, praise.of * size + praise.by)
    if not returned.any():
        return
    links = coo_array((np.ones(int(returned.sum())), (praise.by[returned], praise.of[returned])), shape=(size, size))
    label = connected_components(links, directed=False)[1]
    for part in np.unique(label[praise.by[returned]]):
        inside = (label[praise.by] == part) & (label[praise.of] == part)
        yield _group(praise, np.flatnonzero(inside), returned, owners)


def _group(praise: _Praise, rows: Ints, returned: np.ndarray, owners: int) -> Group:
    low, high = np.minimum(praise.by[rows], praise.of[rows]), np.maximum(praise.by[rows], praise.of[rows])
    pairs, of_row = np.unique(low * (high.max() + 1) + high, return_inverse=True)
    both = np.bincount(of_row, returned[rows]) > 0
    # Who praised first is not known for sure: the likelier return counts.
    chance = np.zeros(len(pairs))
    np.maximum.at(chance, of_row, praise.chance[rows])
    expected = max(float(chance.sum()), 1e-6)
    first_owner, second_owner = pairs // (high.max() + 1), pairs % (high.max() + 1)
    own = first_owner == second_owner
    # Of one's own, each listing counts.
    mine = praise.reviews[praise.reviews["by"] == praise.reviews["of"]].groupby("by")["listing_key"].nunique()
    times = np.where(own, mine.reindex(first_owner).fillna(1).to_numpy(), 1)
    count = float((both * times).sum())
    decades = float(negative_binomial(np.array([count]), np.array([expected]), np.array([_SHAPE]))[0])
    told = rows[both[of_row]]
    weight = np.clip(1.0 - praise.chance[told], 0.05, 1.0).round(4)
    pair = pd.DataFrame({"by": praise.by[told], "of": praise.of[told], "weight": weight})
    reviews = praise.reviews.merge(pair, on=["by", "of"])
    # A listing of two owners is praised once.
    reviews = reviews.sort_values(["listing_key", "day_to", "review_key", "weight"]).drop_duplicates("review_key")
    facts: dict[str, object] = {
        **cells(reviews),
        "kind": "reciprocity",
        "owners": len(np.unique(np.r_[praise.by[told], praise.of[told]])),
        "praises": len(reviews),
        "own": int(np.count_nonzero(both & own)),
        "returned": int(np.count_nonzero(both & ~own)),
        "expected": rounded(expected),
    }
    first = reviews.sort_values(["day_to", "review_key"])["review_key"].iloc[0]
    score = _WEIGHT * (decades - float(np.log10(max(owners, 1))))
    return Group(reviews.reset_index(drop=True), score, count / max(expected, 0.01), f"owners {first}", facts)
