"""The listing's mean rating with and without some of its reviews, each with a 95% interval."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd

_DRAWS = 4_000
PRAISE_FROM = 0.75
BLAME_TO = 0.25


@dataclass(frozen=True, slots=True)
class RatingRow:
    """A mean over some of the reviews; the interval is ``None`` with fewer than two."""

    label: str
    reviews: int
    mean: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Ratings:
    """The rows and the scale they are on."""

    worst: float
    best: float
    rows: tuple[RatingRow, ...]


def normalised(reviews: pd.DataFrame) -> np.ndarray:
    """Ratings from 0 (worst) to 1 (best)."""
    worst = reviews["rating_worst"].to_numpy(dtype="float64")
    width = reviews["rating_best"].to_numpy(dtype="float64") - worst
    shares: np.ndarray = (reviews["rating"].to_numpy(dtype="float64") - worst) / width
    return shares.clip(0.0, 1.0)


def ratings(reviews: pd.DataFrame, with_evidence: np.ndarray, listing_key: str) -> Ratings:
    """Means of all reviews and without those with evidence: all of them, the praise, the blame.

    Where a listing's reviews have several scales, all are brought to the most frequent one.
    """
    values = normalised(reviews)
    scales = Counter(zip(reviews["rating_worst"].astype(float), reviews["rating_best"].astype(float), strict=True))
    worst, best = max(sorted(scales), key=scales.__getitem__, default=(1.0, 5.0))
    praise, blame = with_evidence & (values >= PRAISE_FROM), with_evidence & (values <= BLAME_TO)
    chosen = (
        ("All reviews", np.ones(len(values), dtype=bool)),
        ("Without the reviews with evidence", ~with_evidence),
        ("Without unusual praise only", ~praise),
        ("Without unusual blame only", ~blame),
    )
    raw = worst + values * (best - worst)
    rows = tuple(_row(label, raw[kept], f"{listing_key}\0{label}") for label, kept in chosen)
    return Ratings(worst, best, rows)


def _row(label: str, values: np.ndarray, seed_text: str) -> RatingRow:
    if len(values) < 2:
        return RatingRow(label, len(values), float(values[0]) if len(values) else None, None, None)
    levels, counts = np.unique(values, return_counts=True)
    seed = int.from_bytes(hashlib.sha256(seed_text.encode()).digest()[:8], "big")
    # Drawing how often each level comes is the same as drawing reviews one by one, and far quicker.
    draws = np.random.default_rng(seed).multinomial(len(values), counts / len(values), size=_DRAWS)
    low, high = np.percentile(draws @ levels / len(values), [2.5, 97.5])
    return RatingRow(label, len(values), float(values.mean()), float(low), float(high))
