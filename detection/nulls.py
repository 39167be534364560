"""What a surprise is worth: tails of honest data, honest peaks among them, fitted to the data at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from detection.arrays import Floats, Ints
from detection.counting import thinned
from detection.expectation import STREAMS, PlatformHistory
from detection.tails import negative_binomial

# Shares of honest windows at which the tail is kept.
LEVELS = (0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001, 0.00005)
# The data's own bulk is compared at these: rarer windows may hold attacks.
_OWN_LEVELS = (0.02, 0.01, 0.005)
_LEAST_WINDOWS = 8_000
_MOST_WINDOWS = 60_000
_LEAST_PAST_DAYS = 60
_STEP_DAYS = 7


@dataclass(frozen=True, slots=True)
class Null:
    """By stream and window length, the surprise (-log10 of the gamma-Poisson tail) that each of ``LEVELS`` reaches.

    ``scale`` stretches the surprises of the data at hand to those of the data that the table was made on.
    """

    reached: Mapping[tuple[str, int], tuple[float, ...]]
    scale: Mapping[tuple[str, int], float]

    def calibrated(self, stream: str, length: int, surprise: Floats) -> Floats:
        """-log10 of the share of honest windows that surprise as much (Efron, JASA 2004: the empirical null)."""
        levels = -np.log10(np.array(LEVELS))
        # The least step keeps points apart that are alike, and nought, which every window reaches, below them all.
        points = np.maximum.accumulate(np.array(self.reached[stream, length]) + 1e-6 * np.arange(1, len(LEVELS) + 1))
        points, levels = np.r_[0.0, points], np.r_[0.0, levels]
        x = surprise * self.scale.get((stream, length), 1.0)
        # Beyond the table the tail goes on as between its last two points but one in ten, so never steeper than it was.
        slope = (levels[-1] - levels[-4]) / max(points[-1] - points[-4], 1e-3)
        beyond = levels[-1] + (x - points[-1]) * min(slope, 1.0)
        return np.asarray(np.where(x > points[-1], beyond, np.interp(x, points, levels)), dtype="float64")

    def fitted(self, own: Mapping[tuple[str, int], tuple[float, ...]], windows: int) -> Null:
        """The same null for data whose surprises reach ``own`` at ``LEVELS``; unchanged where too few windows tell."""
        if windows < _LEAST_WINDOWS:
            return self
        places = [LEVELS.index(level) for level in _OWN_LEVELS]
        scale = {}
        for key, reached in self.reached.items():
            told = [(reached[place], own[key][place]) for place in places if min(reached[place], own[key][place]) > 0]
            ratio = [table / mine for table, mine in told]
            scale[key] = float(np.clip(np.median(ratio), 0.4, 2.5)) if ratio else 1.0
        return Null(self.reached, scale)


def grid(history: PlatformHistory, length: int, *, most: int = _MOST_WINDOWS) -> tuple[Ints, Ints]:
    """Listings and last days of windows a week apart, thinned evenly to at most so many."""
    first, last = int(history.days.min()), int(history.days.max())
    ends = np.arange(first + length + _LEAST_PAST_DAYS + 30, last + 1, _STEP_DAYS, dtype="int64")
    if not len(ends):
        return np.zeros(0, "int64"), np.zeros(0, "int64")
    cells = thinned(len(history.names), len(ends), most)
    return cells // len(ends), ends[cells % len(ends)]


def surprises(
    history: PlatformHistory, lengths: Sequence[int], spreads: Mapping[int, float], *, most: int = _MOST_WINDOWS
) -> dict[tuple[str, int], Floats]:
    """Raw surprises on the grid, by stream and length; windows of listings with little past are left out."""
    found = {}
    for length in lengths:
        listings, last = grid(history, length, most=most)
        expected = history.expect(listings, last, length)
        told = np.flatnonzero(expected.base_days >= _LEAST_PAST_DAYS)
        expected = expected.take(told)
        for stream in STREAMS:
            count = expected.count[stream].astype("float64")
            surprise = np.zeros(len(count))
            some = np.flatnonzero(count)
            shape = 1.0 / (1.0 / expected.shape[stream][some] + spreads[length])
            surprise[some] = negative_binomial(count[some], expected.mean[stream][some], shape)
            found[stream, length] = surprise
    return found


def reached(surprise: Floats) -> tuple[float, ...]:
    """The surprise that each of ``LEVELS`` of the windows reaches; nought where there are none."""
    if not len(surprise):
        return (0.0,) * len(LEVELS)
    return tuple(float(value) for value in np.quantile(surprise, 1.0 - np.array(LEVELS)))
