"""Frames with declared columns: what passes between the rooms is checked here."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd


class FrameError(TypeError):
    """A frame isn't what was declared; the message names the frame and the column."""


Columns = Mapping[str, str]

# Reviews as detectors see them. Days count from 1970-01-01; ratings are normalised to 0 (worst) .. 1 (best).
REVIEWS: Columns = {
    "review_key": "str",
    "listing_key": "str",
    "platform": "str",
    "kind": "str",  # hotel, restaurant, other
    "city": "str",  # "" where unknown
    "country": "str",
    "latitude": "float64",  # degrees WGS 84, NaN where unknown
    "longitude": "float64",
    "reviewer_key": "str",  # missing where the source gives no reviewer id
    "rating": "float64",
    "rating_worst": "float64",
    "rating_best": "float64",
    "sub_mean": "float64",  # the mean of the review's sub-ratings, normalised as its rating is; NaN where it has none
    "day_from": "int32",
    "day_to": "int32",
    "stay_from": "int32",  # first and last day on which the stay may lie, -1 where unknown
    "stay_to": "int32",
    "stay_exact": "bool",  # the guest was there on every day from stay_from to stay_to; a month says less
    "nth": "int32",  # the account's n-th review on the platform by date, 0 without an account
    "reviewer_reviews": "int32",  # the account's reviews in the store, 0 without an account
    "newborn": "int8",  # 1 the account's first review, 0 a later one, -1 not known
    "text": "str",  # title and text, "" where absent
    "language": "str",  # "und" where unknown
    "translated": "bool",
    "verified": "bool",
}

# Who owns which listing, and the owner's own account on the platform; an owner may have several rows.
OWNERS: Columns = {
    "owner": "str",
    "listing_key": "str",
    "reviewer_key": "str",  # missing where the account isn't known
}

# One row for each finding; facts is a JSON text of what a report says of it.
EVIDENCE: Columns = {
    "evidence_key": "str",
    "detector": "str",
    "version": "int64",
    "subject_kind": "str",
    "subject_id": "str",
    "window_start": "int32",  # day, -1 where there is none
    "window_end": "int32",
    "score": "float64",
    "p_value": "float64",
    "q_value": "float64",
    "effect": "float64",
    "n_reviews": "int64",
    "facts": "str",
}

# The reviews inside each finding, each with its own weight in (0, 1].
MEMBERS: Columns = {"evidence_key": "str", "review_key": "str", "role": "str", "weight": "float64"}

# A graded p-value for every review that a detector could judge, evidence or not.
SIGNALS: Columns = {"review_key": "str", "p_value": "float64"}

# What could not be judged.
ABSTENTIONS: Columns = {"detector": "str", "listing_key": "str", "reason": "str", "reviews": "int64"}

REVIEW_SCORES: Columns = {"review_key": "str", "score": "float64", "p_value": "float64", "detectors": "str"}

REVIEWER_SCORES: Columns = {
    "reviewer_key": "str",
    "reviews": "int64",
    "score": "float64",
    "p_value": "float64",
    "detectors": "str",
    "group_id": "str",
}


def check(frame: pd.DataFrame, columns: Columns, name: str) -> pd.DataFrame:
    """The frame, with exactly the declared columns in their order.

    Raises:
        FrameError: a column is missing or of another dtype.
    """
    for column, dtype in columns.items():
        if column not in frame.columns:
            raise FrameError(f"{name}: column {column!r} is missing")
        if str(frame[column].dtype) != dtype:
            raise FrameError(f"{name}: column {column!r} is {frame[column].dtype}, not {dtype}")
    return frame[list(columns)]


def build(data: Mapping[str, object], columns: Columns) -> pd.DataFrame:
    """A frame of the declared columns and dtypes from column values; scalars are repeated."""
    frame = pd.DataFrame(dict(data), columns=list(columns))
    return frame.astype(dict(columns))


def empty(columns: Columns) -> pd.DataFrame:
    """A frame of the declared columns and dtypes, without rows."""
    return pd.DataFrame({name: pd.Series([], dtype=dtype) for name, dtype in columns.items()})
