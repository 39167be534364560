"""Windows worth a closer look: at least so many reviews of one direction, and clearly more than expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detection.arrays import Floats, Ints
from detection.counting import Anchors
from detection.expectation import GAP_DAYS, Expected, PlatformHistory
from detection.nulls import Null
from detection.tails import beta_binomial, negative_binomial

# Direction, and its two streams: all reviews at that end of the scale, and those by first-time accounts.
DIRECTIONS: Mapping[str, tuple[str, str]] = {"praise": ("high", "new_high"), "blame": ("low", "new_low")}

# Long windows need no end on every day: one end in so many days loses little of them.
_DAYS_BETWEEN_ENDS = {28: 2, 56: 4, 112: 7}
# Days before and after a window that are looked at, and how many must have passed.
_AROUND, _LEAST_PASSED, _NOT_TOLD = (28, 112), 14, 0.25
# An own share is known as well as from so many reviews, whatever the size of the past: listings drift.
_SHARE_DRIFT = 0.03
_SHARE_PRIOR = 6.0


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows of one direction: parallel arrays, ``last`` a day (inside), ``length`` in days."""

    listing: Ints
    last: Ints
    length: Ints

    def __len__(self) -> int:
        return len(self.listing)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Windows:
        """The windows at these rows."""
        return Windows(self.listing[rows], self.last[rows], self.length[rows])


def find_windows(
    history: PlatformHistory,
    lengths: Sequence[int],
    direction: str,
    *,
    least: int,
    least_ratio: float,
    spreads: Mapping[int, float],
    null: Null,
    listings: NDArray[np.bool_] | None = None,
    days: Ints | None = None,
    hindsight: bool = True,
) -> tuple[Windows, Mapping[str, Floats]]:
    """Windows that end on a day with a review and hold ``least`` reviews of the direction, with what ``measure`` says.

    ``listings`` (a mask over listing codes) and ``days`` restrict the search; ``spreads`` is the over-dispersion by
    length. Where no days are given, long windows are thinned. Without ``hindsight`` nothing after a window is known.
    """
    stream = DIRECTIONS[direction][0]
    anchors = history.by_listing.anchors()
    if listings is not None:
        anchors = anchors.take(listings[anchors.subject])
    if days is not None:
        anchors = anchors.take(np.isin(anchors.day, days))
    parts, measured = [], []
    for length in lengths:
        kept = history.by_listing.count_up_to(stream, anchors, length) >= least
        step = _DAYS_BETWEEN_ENDS.get(length, 1) if days is None else 1
        if step > 1:
            kept &= _last_of_block(anchors, step)
        listing, last = anchors.subject[kept], anchors.day[kept]
        expected = history.expect(listing, last, length)
        count, mean = expected.count[stream], expected.mean[stream]
        new = DIRECTIONS[direction][1]
        high = (count > least_ratio * mean) | (expected.count[new] > np.maximum(least - 1, 2 * expected.mean[new]))
        found = np.flatnonzero(high)
        windows = Windows(listing[found], last[found], np.full(len(found), length, dtype="int64"))
        told = measure(expected.take(found), direction, length, spreads[length], null)
        parts.append(windows)
        measured.append({**told, **_around(history, windows, stream, told, hindsight=hindsight)})
    everything = Windows(
        np.concatenate([part.listing for part in parts]),
        np.concatenate([part.last for part in parts]),
        np.concatenate([part.length for part in parts]),
    )
    return everything, {name: np.concatenate([each[name] for each in measured]) for name in measured[0]}


def measure(expected: Expected, direction: str, length: int, spread: float, null: Null) -> dict[str, Floats]:
    """What is surprising about windows of one length: -log10 of upper tails (``x_``, ``c_``), and plain ratios.

    ``x_...`` are tails of counts against the expectation, recalibrated, ``c_...`` tails of shares among the window's
    own reviews.
    """
    stream, new = DIRECTIONS[direction]
    opposite = "low" if direction == "praise" else "high"
    count = {name: values.astype("float64") for name, values in expected.count.items()}
    mean = expected.mean

    def tail(name: str) -> Floats:
        shape = 1.0 / (1.0 / expected.shape[name] + spread)
        return null.calibrated(name, length, negative_binomial(count[name], mean[name], shape))

    base_all = expected.base["all"].astype("float64")

    def usual(name: str) -> Floats:
        share = (expected.base[name] + _SHARE_PRIOR * expected.share[name]) / (base_all + _SHARE_PRIOR)
        return np.clip(share * expected.drift[name], 0.001, 0.98)

    weight = 1.0 / (1.0 / (_SHARE_PRIOR + base_all) + _SHARE_DRIFT)
    others, others_mean = count["all"] - count[stream], np.maximum(mean["all"] - mean[stream], 0.0)
    old, old_mean = count[stream] - count[new], np.maximum(mean[stream] - mean[new], 0.0)
    share_new = np.clip(usual(new) / np.maximum(usual(stream), 1e-6), 0.01, 0.99)
    base_stream = expected.base[stream].astype("float64")
    weight_new = 1.0 / (1.0 / (_SHARE_PRIOR + base_stream) + _SHARE_DRIFT)
    return {
        "x_new": tail(new),
        "x_dir": tail(stream),
        "x_all": tail("all"),
        "c_new": beta_binomial(count[new], count["all"], usual(new), weight),
        "c_dir": beta_binomial(count[stream], count["all"], usual(stream), weight),
        "c_new_in_dir": beta_binomial(count[new], count[stream], share_new, weight_new),
        "ratio_dir": np.log2((count[stream] + 0.5) / (mean[stream] + 0.5)),
        "ratio_others": np.log2((others + 0.5) / (others_mean + 0.5)),
        "ratio_old": np.log2((old + 0.5) / (old_mean + 0.5)),
        "ratio_opposite": np.log2((count[opposite] + 0.5) / (mean[opposite] + 0.5)),
        "excess": count[stream] - mean[stream],
        "excess_new": count[new] - mean[new],
        "count": count[stream],
        "mean": mean[stream],
        "past_reviews": base_all,
        "past_days": expected.base_days.astype("float64"),
        "length": np.full(len(base_all), float(length)),
    }


def _around(
    history: PlatformHistory, windows: Windows, stream: str, told: Mapping[str, Floats], *, hindsight: bool
) -> dict[str, Floats]:
    """How much of the surplus of a day there was ``before`` the window, too, and how much is ``lasting`` after it.

    0 none, 1 all of it; a level that stays is a change of the house rather than a campaign. Where too few days have
    passed to tell, or the listing has no later review at all, a quarter is taken to last.
    """
    if not len(windows):
        return {"before": np.zeros(0), "lasting": np.zeros(0)}
    length = int(windows.length[0])
    days = min(max(length, _AROUND[0]), _AROUND[1])
    usual = told["mean"] / length
    surplus = np.maximum(told["excess"], 0.5) / length
    begin = windows.last + GAP_DAYS + 1
    end = np.minimum(windows.last + GAP_DAYS + days, int(history.days.max()))
    heard = history.by_listing.last_day[windows.listing] >= begin
    passed = (end - begin + 1).astype("float64")
    after = history.by_listing.count(windows.listing, begin, end)[stream]
    lasting = (after / np.maximum(passed, 1.0) - usual) / surplus
    first = windows.last - length + 1
    earlier = history.by_listing.count(windows.listing, first - days, first - 1)[stream]
    return {
        "before": np.clip((earlier / days - usual) / surplus, 0.0, 1.5),
        "lasting": np.where((passed >= _LEAST_PASSED) & heard & hindsight, np.clip(lasting, 0.0, 1.5), _NOT_TOLD),
    }


def _last_of_block(anchors: Anchors, step: int) -> NDArray[np.bool_]:
    """The last anchor of each listing's block of ``step`` days."""
    block = anchors.day // step
    last = np.ones(len(block), dtype=bool)
    last[:-1] = (anchors.subject[1:] != anchors.subject[:-1]) | (block[1:] != block[:-1])
    return last
