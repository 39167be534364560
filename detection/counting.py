"""Counting reviews in windows of days, for many subjects and windows at once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

# Wider than any span of days in a store, so that subjects never touch.
_SPAN = 1_000_000


class WindowCounts:
    """Counts of several streams by subject and day, answered by binary search in one sorted array.

    ``subjects`` and ``days`` have one entry for each review; each stream is a boolean mask over them.
    """

    def __init__(self, subjects: Ints, days: Ints, streams: Mapping[str, NDArray[np.bool_]]) -> None:
        keys = subjects.astype("int64") * _SPAN + days
        order = np.argsort(keys, kind="stable")
        self._keys = keys[order]
        self._sums = {name: np.r_[0, np.cumsum(mask[order])] for name, mask in streams.items()}
        starts = np.flatnonzero(np.r_[True, np.diff(subjects[order]) != 0]) if len(order) else order
        size = int(subjects.max()) + 1 if len(subjects) else 0
        self.first_day = np.full(size, np.iinfo("int64").max // 2, dtype="int64")
        self.first_day[subjects[order][starts]] = days[order][starts]

    def count(self, subjects: Ints, first: Ints, last: Ints) -> dict[str, Ints]:
        """For each row, the reviews of the subject from day ``first`` to day ``last``, both inside, in each stream."""
        low = np.searchsorted(self._keys, subjects * _SPAN + first, side="left")
        high = np.searchsorted(self._keys, subjects * _SPAN + np.maximum(last, first - 1), side="right")
        high = np.maximum(high, low)
        return {name: sums[high] - sums[low] for name, sums in self._sums.items()}

    def exposure(self, subjects: Ints, first: Ints, last: Ints) -> Ints:
        """Days from ``first`` to ``last`` on which the subject had begun: 0 where it had not."""
        begun = np.maximum(first, self.first_day[subjects])
        return np.asarray(np.maximum(last - begun + 1, 0), dtype="int64")
