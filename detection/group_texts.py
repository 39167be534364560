"""How much alike a group's texts are, beside other guests' texts of the same listings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from detection.arrays import Floats, Ints
from detection.hashing import hashed
from detection.protocol import Snapshot
from detection.tails import beta_binomial
from detection.text.likeness import ALIKE, likeness

# Other guests' texts that are read, the latest of a listing, and of all groups' listings together: of few texts what is
# usual isn't known.
_OF_LISTING, _MOST_USUAL = 30, 20_000
# Pairs of one group have texts in common: how often honest ones are alike varies about the usual as in so many pairs.
_SURELY = 200.0


@dataclass(frozen=True, slots=True)
class GroupTexts:
    """For each group its ``texts``, how many are ``alike`` to another account's in it, and the surprise in decades.

    Counted are texts that can be compared: to another account's of one language, and of a large group the first.
    """

    texts: Ints
    alike: Ints
    decades: Floats


def read_texts(groups: Sequence[pd.DataFrame], snapshot: Snapshot) -> GroupTexts:
    """The texts of groups' reviews (columns ``review_key, listing_key, reviewer_key``), none where there are none.

    A review in several groups counts in the first.
    """
    number = len(groups)
    if not groups:
        return GroupTexts(np.zeros(0, dtype="int64"), np.zeros(0, dtype="int64"), np.zeros(0))
    members = pd.concat(groups)[["review_key", "listing_key", "reviewer_key"]]
    members = members.assign(group=np.repeat(np.arange(number), [len(group) for group in groups]))
    members = members.drop_duplicates("review_key").set_index("review_key")
    listings = pd.Series(members["listing_key"].unique(), dtype="str")
    told = snapshot.where("listing_key", hashed(listings), ("review_key", "listing_key", "text", "language"))
    told = told[told["text"] != ""].drop_duplicates("review_key", ignore_index=True)
    inside = told["review_key"].isin(members.index)
    # A listing's rows come ordered by day.
    each = min(_OF_LISTING, max(_MOST_USUAL // len(listings), 2))
    latest = told[~inside].groupby("listing_key", sort=True).tail(each)
    mine = told[inside]
    texts = pd.concat([mine, latest], ignore_index=True)
    by = members.loc[mine["review_key"]]
    crowd, author, usual = (np.full(len(texts), -1, dtype="int64") for _ in range(3))
    crowd[: len(mine)] = by["group"].to_numpy()
    author[: len(mine)] = pd.factorize(by["reviewer_key"])[0]
    usual[len(mine) :] = pd.factorize(latest["listing_key"])[0]
    found = likeness(texts["text"].tolist(), texts["language"].tolist(), crowd, usual, author=author, crowds=number)
    alike, pairs = found.alike.astype("float64"), np.maximum(found.pairs, 1).astype("float64")
    surprise = beta_binomial(alike, pairs, np.full(number, ALIKE), np.full(number, _SURELY))
    return GroupTexts(
        texts=np.bincount(crowd[found.partners > 0], minlength=number),
        alike=np.bincount(crowd[found.close > 0], minlength=number),
        decades=np.where(alike > 0, surprise, 0.0),
    )
