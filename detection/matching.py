"""Which episodes are hits of planted attacks, and which are false."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from store.frames import Columns, build

# A row for each planted review.
PLANTED: Columns = {
    "attack": "int64",
    "kind": "str",
    "strength": "int64",
    "listing_key": "str",
    "direction": "str",
    "day": "int64",
}
LEAST_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Matched:
    """``false`` marks the episodes (rows of the evidence) that hit nothing; ``hits`` has a row ``attack, episode`` for
    each attack and each episode that finds it."""

    false: NDArray[np.bool_]
    hits: pd.DataFrame

    def best(self, values: NDArray[np.float64], attacks: NDArray[np.int64]) -> NDArray[np.float64]:
        """The highest of the episodes' values that each attack is found with, ``-inf`` where it isn't found."""
        found = pd.Series(values[self.hits["episode"].to_numpy()]).groupby(self.hits["attack"].to_numpy()).max()
        return found.reindex(attacks, fill_value=-np.inf).to_numpy(dtype="float64")


def planted_reviews(reviews: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """The columns of ``PLANTED`` from reviews (``frames.REVIEWS``) and a truth ``review_key, attack, kind, strength``.

    A bombing is blame, every other kind praise.
    """
    rows = truth.merge(reviews[["review_key", "listing_key", "day_to"]], on="review_key", how="inner")
    said = {name: rows[name].to_numpy() for name in ("attack", "kind", "strength", "listing_key")}
    direction = np.where(rows["kind"] == "bombing", "blame", "praise")
    return build({**said, "direction": direction, "day": rows["day_to"].to_numpy()}, PLANTED)


def match(evidence: pd.DataFrame, planted: pd.DataFrame) -> Matched:
    """Hold episodes about listings (``frames.EVIDENCE``) against planted reviews (``PLANTED``).

    An attack is found by an episode of its listing and direction whose window holds at least a quarter of its reviews.
    An episode that holds so much of no attack, of whichever direction, is false.
    """
    directions = [str(json.loads(facts).get("direction", "")) for facts in evidence["facts"]]
    episodes = pd.DataFrame(
        {
            "episode": np.arange(len(evidence)),
            "listing_key": evidence["subject_id"].to_numpy(),
            "first": evidence["window_start"].to_numpy(dtype="int64"),
            "last": evidence["window_end"].to_numpy(dtype="int64"),
            "said": pd.Series(directions, dtype="str").to_numpy(),
        }
    )
    pairs = episodes.astype({"listing_key": "str"}).merge(planted, on="listing_key")
    pairs["inside"] = (pairs["day"] >= pairs["first"]) & (pairs["day"] <= pairs["last"])
    share = pairs.groupby(["episode", "attack", "said", "direction"], as_index=False)["inside"].mean()
    held = share[share["inside"] >= LEAST_SHARE]
    false = np.ones(len(evidence), dtype=bool)
    false[held["episode"].to_numpy(dtype="int64")] = False
    hits = held.loc[held["said"] == held["direction"], ["attack", "episode"]].reset_index(drop=True)
    return Matched(false, hits.astype("int64"))
