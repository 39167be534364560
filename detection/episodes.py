"""From overlapping windows to episodes: the best window of a listing, then the best of those that don't touch it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detection.arrays import Floats, Ints
from detection.windows import Windows

# A window that overlaps the best one belongs to its episode where its log-odds are at most so much lower.
_JOINS_WITHIN = 1.5
# Nor may it reach beyond it by more than this part of its length: honest weeks stand around a short campaign.
_JOINS_BEYOND = 4


@dataclass(frozen=True, slots=True)
class Episodes:
    """Spans of days of listings: parallel arrays. ``best`` is the row of the best window among those given."""

    listing: Ints
    first: Ints
    last: Ints
    score: Floats
    best: Ints

    def __len__(self) -> int:
        return len(self.listing)

    def take(self, rows: Ints | NDArray[np.bool_]) -> Episodes:
        """The episodes at these rows."""
        return Episodes(self.listing[rows], self.first[rows], self.last[rows], self.score[rows], self.best[rows])


def separate(windows: Windows, score: Floats, *, merge_days: int) -> Episodes:
    """Episodes at least ``merge_days`` apart, each around the best window that is left of its listing."""
    first = windows.last - windows.length + 1
    order = np.lexsort((windows.length, windows.last, -score, windows.listing))
    left = order
    parts = []
    while len(left):
        listing = windows.listing[left]
        starts = np.flatnonzero(np.r_[True, listing[1:] != listing[:-1]])
        best = left[starts]
        mine = best[np.searchsorted(listing[starts], listing)]
        overlaps = (first[left] <= windows.last[mine]) & (windows.last[left] >= first[mine])
        joins = overlaps & (score[left] >= score[mine] - _JOINS_WITHIN)
        margin = windows.length[mine] // _JOINS_BEYOND
        joins &= (first[left] >= first[mine] - margin) & (windows.last[left] <= windows.last[mine] + margin)
        begin, end = first[best].copy(), windows.last[best].copy()
        place = np.searchsorted(listing[starts], listing)
        np.minimum.at(begin, place[joins], first[left][joins])
        np.maximum.at(end, place[joins], windows.last[left][joins])
        parts.append(Episodes(windows.listing[best], begin, end, score[best], best))
        near = (first[left] <= end[place] + merge_days) & (windows.last[left] >= begin[place] - merge_days)
        left = left[~near]
    return _together(parts)


def _together(parts: list[Episodes]) -> Episodes:
    none = np.zeros(0, dtype="int64")
    columns: Mapping[str, list[NDArray[np.generic]]] = {
        name: [getattr(part, name) for part in parts] for name in ("listing", "first", "last", "score", "best")
    }
    joined = {name: np.concatenate([none, *values]) for name, values in columns.items()}
    order = np.lexsort((joined["first"], joined["listing"]))
    return Episodes(
        listing=joined["listing"][order].astype("int64"),
        first=joined["first"][order].astype("int64"),
        last=joined["last"][order].astype("int64"),
        score=joined["score"][order].astype("float64"),
        best=joined["best"][order].astype("int64"),
    )
