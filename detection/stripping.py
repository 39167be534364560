"""Reviews as sources that say less would give them."""

from __future__ import annotations

import numpy as np
import pandas as pd

# What sources tell of a review: texts and accounts, accounts alone, texts alone, neither.
INFORMATIONS = ("text", "accounts", "unnamed", "counts")


def strip(reviews: pd.DataFrame, information: str) -> pd.DataFrame:
    """The reviews as a source that tells only so much (one of ``INFORMATIONS``) would give them.

    Raises:
        ValueError: another kind of information.
    """
    if information not in INFORMATIONS:
        raise ValueError(f"no kind of information {information!r}; there are {', '.join(INFORMATIONS)}")
    kept = reviews
    if information in {"accounts", "counts"}:
        kept = kept.assign(text="", language="und")
    if information in {"unnamed", "counts"}:
        kept = kept.assign(reviewer_key=np.nan, nth=0, reviewer_reviews=0, newborn=-1)
    return kept.astype({name: reviews[name].dtype for name in reviews.columns})
