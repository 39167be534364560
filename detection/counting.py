"""Counting reviews in windows of days, for many subjects and windows at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detection.arrays import Ints

# Wider than any span of days in a store, so that subjects never touch.
_SPAN = 1_000_000
_MOST_CELLS = 8_000_000


@dataclass(frozen=True, slots=True)
class Anchors:
    """Days with a review: parallel arrays of subjects, days, and how many sorted reviews stand up to the day's last."""

    subject: Ints
    day: Ints
    end: Ints

    def take(self, rows: NDArray[np.bool_]) -> Anchors:
        """Some of them."""
        return Anchors(self.subject[rows], self.day[rows], self.end[rows])


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
        self.last_day = np.full(size, np.iinfo("int64").min // 2, dtype="int64")
        np.maximum.at(self.last_day, subjects, days)
        self.first_row = np.full(size, -1, dtype="int64")
        self.first_row[subjects[order][starts]] = order[starts]

    def count(self, subjects: Ints, first: Ints, last: Ints) -> dict[str, Ints]:
        """For each row, the reviews of the subject from day ``first`` to day ``last``, both inside, in each stream."""
        low = np.searchsorted(self._keys, subjects * _SPAN + first, side="left")
        high = np.searchsorted(self._keys, subjects * _SPAN + np.maximum(last, first - 1), side="right")
        high = np.maximum(high, low)
        return {name: sums[high] - sums[low] for name, sums in self._sums.items()}

    def count_stream(self, stream: str, subjects: Ints, first: Ints, last: Ints) -> Ints:
        """As ``count``, of one stream."""
        low = np.searchsorted(self._keys, subjects * _SPAN + first, side="left")
        high = np.searchsorted(self._keys, subjects * _SPAN + last, side="right")
        return np.asarray(self._sums[stream][high] - self._sums[stream][low], dtype="int64")

    def anchors(self) -> Anchors:
        """The subjects' days that have a review, in order."""
        ends = np.flatnonzero(np.r_[self._keys[1:] != self._keys[:-1], True][: len(self._keys)])
        return Anchors(self._keys[ends] // _SPAN, self._keys[ends] % _SPAN, ends + 1)

    def count_up_to(self, stream: str, anchors: Anchors, length: int) -> Ints:
        """The stream's reviews in the ``length`` days up to each anchor."""
        low = np.searchsorted(self._keys, anchors.subject * _SPAN + anchors.day - length + 1, side="left")
        return np.asarray(self._sums[stream][anchors.end] - self._sums[stream][low], dtype="int64")

    def exposure(self, subjects: Ints, first: Ints, last: Ints) -> Ints:
        """Days from ``first`` to ``last`` on which the subject had begun: 0 where it had not."""
        begun = np.maximum(first, self.first_day[subjects])
        return np.asarray(np.maximum(last - begun + 1, 0), dtype="int64")


class DayCounts:
    """As ``WindowCounts``, for few subjects: a running sum for each day, looked up instead of searched for."""

    def __init__(self, subjects: Ints, days: Ints, streams: Mapping[str, NDArray[np.bool_]]) -> None:
        self._first = int(days.min()) if len(days) else 0
        self._width = int(days.max()) - self._first + 2 if len(days) else 1
        size = int(subjects.max()) + 1 if len(subjects) else 0
        cells = subjects * self._width + days - self._first + 1
        self._sums = {}
        for name, mask in streams.items():
            held = np.bincount(cells[mask], minlength=size * self._width).reshape(size, self._width)
            self._sums[name] = held.cumsum(axis=1).ravel()
        self.first_day = np.full(size, np.iinfo("int64").max // 2, dtype="int64")
        np.minimum.at(self.first_day, subjects, days)

    def count(self, subjects: Ints, first: Ints, last: Ints) -> dict[str, Ints]:
        """For each row, the reviews of the subject from day ``first`` to day ``last``, both inside, in each stream."""
        low = subjects * self._width + np.clip(first - self._first, 0, self._width - 1)
        high = subjects * self._width + np.clip(np.maximum(last, first - 1) - self._first + 1, 0, self._width - 1)
        return {name: sums[high] - sums[low] for name, sums in self._sums.items()}

    def exposure(self, subjects: Ints, first: Ints, last: Ints) -> Ints:
        """Days from ``first`` to ``last`` on which the subject had begun: 0 where it had not."""
        begun = np.maximum(first, self.first_day[subjects])
        return np.asarray(np.maximum(last - begun + 1, 0), dtype="int64")


def counts(subjects: Ints, days: Ints, streams: Mapping[str, NDArray[np.bool_]]) -> WindowCounts | DayCounts:
    """Counts by day where that takes no more room than a few million cells, else by search."""
    cells = (int(subjects.max()) + 1) * (int(days.max()) - int(days.min()) + 2) if len(days) else 0
    return DayCounts(subjects, days, streams) if cells <= _MOST_CELLS else WindowCounts(subjects, days, streams)


def thinned(rows: int, columns: int, most: int) -> Ints:
    """Cells of a table (row * columns + column), thinned to at most so many, in all rows and columns alike."""
    step = max(1, -(-rows * columns // most))
    # A stride that shares a factor with the columns would come back to the same few of them.
    while np.gcd(step, columns) > 1:
        step += 1
    return np.arange(0, rows * columns, step, dtype="int64")
