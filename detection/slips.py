"""Honest reviews as careless people give them: stays under a wrong date, accounts that two people share."""

from __future__ import annotations

import numpy as np
import pandas as pd

from store.frames import REVIEWS

# One stay in fifty is told under a wrong date, off by a week on the average, to either side.
SLIPPED, SLIP_DAYS = 0.02, 7.0
# One account in two hundred is another's as well.
SHARED = 0.005


def with_slips(reviews: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The reviews (``frames.REVIEWS``) with wrong dates of stays and shared accounts; the same for the same seed."""
    rng = np.random.default_rng([seed, 1])
    known = (reviews["stay_from"] >= 0).to_numpy()
    moved = known & (rng.random(len(reviews)) < SLIPPED)
    days = (1 + rng.exponential(SLIP_DAYS, len(reviews))).astype("int32") * rng.choice([-1, 1], len(reviews))
    # Nobody tells of a stay that is still to come.
    days = np.where(moved, np.minimum(days, reviews["day_to"] - reviews["stay_to"]), 0)
    accounts = np.sort(reviews["reviewer_key"].dropna().unique())
    pairs = rng.permutation(len(accounts))[: 2 * round(SHARED * len(accounts))].reshape(-1, 2)
    owner = dict(zip(accounts[pairs[:, 1]], accounts[pairs[:, 0]], strict=True))
    shared = reviews["reviewer_key"].map(lambda account: owner.get(account, account), na_action="ignore")
    spoilt = reviews.assign(
        stay_from=reviews["stay_from"] + days, stay_to=reviews["stay_to"] + days, reviewer_key=shared
    )
    held = spoilt.groupby("reviewer_key")["review_key"].transform("size").fillna(0)
    return spoilt.assign(reviewer_reviews=held).astype({name: REVIEWS[name] for name in reviews.columns})
