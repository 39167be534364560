"""Single accounts: stays that cannot both be true, by how precisely stays are told, and hands for hire by strength."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from benchmarks.group_scores import Named, score, spread
from benchmarks.group_worlds import Ground, accounts_of, findings, world
from detection.accounts import Accounts
from detection.protocol import Detector
from detection.simulate.attacks import grid
from detection.simulate.world import Stayed
from detection.travel import Travel

PRECISIONS: tuple[Stayed, ...] = ("day", "interval", "month")
TRAVELLERS, HANDS, GROUPS = 8, 12, 4
UPHELD = ("ring", "hired", "burst", "drip", "bombing")


def stays(there: Ground, detector: Detector) -> dict[str, float]:
    """Precision and recall of travel over planted stays and over the accounts that tell of them."""
    found = findings(detector, there.reviews, there.owners)
    reviews = set(found.members["review_key"])
    planted = set(there.planted["review_key"])
    judged = score(accounts_of(found, there.reviews), there.members[there.members["planted"]], there.accounts)
    hit = len(reviews & planted)
    return {
        "stays: precision": hit / len(reviews) if reviews else 1.0,
        "stays: recall": hit / max(len(planted), 1),
        "accounts: precision": judged.precision,
        "accounts: recall": judged.recall,
        "named in error": float(judged.named - judged.hit),
    }


def travel_table(
    seeds: Sequence[int], listings: int, *, each: int = TRAVELLERS, detector: Detector | None = None
) -> pd.DataFrame:
    """A row for each precision: so many impossible travellers of every strength in each world."""
    rows = {}
    for precision in PRECISIONS:
        attacks = grid(("travel",), each=each)
        every = [stays(world(seed, listings, attacks, stayed=precision), detector or Travel()) for seed in seeds]
        rows[precision] = {name: spread([one[name] for one in every]) for name in every[0]}
    return pd.DataFrame.from_dict(rows, orient="index")


def hands(seeds: Sequence[int], listings: int, *, each: int = HANDS, detector: Detector | None = None) -> list[Named]:
    """What ``accounts`` names in worlds with so many hands for hire of every strength, one world for each seed."""
    every = []
    for seed in seeds:
        there = world(seed, listings, grid(("hired",), each=each))
        found = accounts_of(findings(detector or Accounts(), there.reviews, there.owners), there.reviews)
        every.append(score(found, there.members, there.accounts))
    return every


def decided(
    seeds: Sequence[int], listings: int, *, each: int = GROUPS, detector: Detector | None = None
) -> tuple[list[Named], list[Named]]:
    """What ``accounts`` names before and after half of all planted accounts were upheld; these are not counted."""
    before, after = [], []
    for seed in seeds:
        there = world(seed, listings, grid(UPHELD, each=each))
        planted = there.members.loc[there.members["planted"], "account"].unique()
        known = np.random.default_rng(seed).permutation(planted)[: len(planted) // 2]
        account = there.reviews.set_index("review_key")["reviewer_key"].reindex(there.planted["review_key"])
        upheld = account.index[account.isin(known)].tolist()
        # An account with few reviews is never judged.
        judged = there.reviews.loc[there.reviews["reviewer_reviews"] >= Accounts.least_reviews, "reviewer_key"]
        left = ~there.members["account"].isin(known) & there.members["account"].isin(judged)
        for told, decisions in ((before, ()), (after, upheld)):
            found = findings(detector or Accounts(), there.reviews, there.owners, decisions)
            others = accounts_of(found, there.reviews) - set(known)
            told.append(score(others, there.members[left], there.accounts))
    return before, after
