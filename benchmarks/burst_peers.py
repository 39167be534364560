"""What others would use for bursts: EWMA charts, Kleinberg's automaton, PELT, and Poisson counts.

Each takes the days of one stream of reviews and gives episodes as in ``burst_scores``. All reviews of a listing have no
direction, which finds an attack of either; reviews at one end of the scale, by all or by first-time accounts, have
theirs. EWMA and the Poisson counts look back only, Kleinberg's automaton and PELT see the whole series.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from ruptures import KernelCPD
from scipy.stats import poisson

from benchmarks.burst_scores import EPISODE
from detection.arrays import Floats, Ints

BASE_DAYS, GAP_DAYS, LEAST_BASE_DAYS = 365, 7, 60
MERGE_DAYS = 14
HIGH, LOW = 0.9, 0.26


@dataclass(frozen=True, slots=True)
class Stream:
    """Days of one stream: ``counts`` has a row for each listing and a column for each day from ``first_day`` on.

    ``opened`` is the column of each listing's first review of any kind.
    """

    listings: NDArray[np.object_]
    first_day: int
    counts: Ints
    opened: Ints
    direction: str

    def base(self, length: int) -> tuple[Floats, Floats]:
        """For windows that end on each day: reviews and days of the year that ends a week before the window."""
        total = np.cumsum(np.pad(self.counts, ((0, 0), (1, 0))), axis=1)
        days = self.counts.shape[1]
        last = np.arange(days) - length - GAP_DAYS
        end, start = np.maximum(last + 1, 0), np.maximum(last + 1 - BASE_DAYS, 0)
        open_days = np.maximum(end[None, :] - np.maximum(start[None, :], self.opened[:, None]), 0)
        return (total[:, end] - total[:, start]).astype("float64"), open_days.astype("float64")


def streams(reviews: pd.DataFrame, marks: str) -> Iterator[Stream]:
    """The streams of ``frames.REVIEWS``: ``all`` reviews, high and low ``stars``, or those by ``new`` accounts."""
    codes, names = pd.factorize(reviews["listing_key"], sort=True)
    day = reviews["day_to"].to_numpy(dtype="int64")
    rating, new = reviews["rating"].to_numpy(), reviews["newborn"].to_numpy() == 1
    opened = np.full(len(names), np.iinfo("int64").max)
    np.minimum.at(opened, codes, day - day.min())
    everyone = np.ones(len(day), dtype=bool)
    chosen = {
        "all": {"any": everyone},
        "stars": {"praise": rating >= HIGH, "blame": rating <= LOW},
        "new": {"praise": new & (rating >= HIGH), "blame": new & (rating <= LOW)},
    }[marks]
    for direction, mask in chosen.items():
        counts = np.zeros((len(names), int(np.ptp(day)) + 1), dtype="int64")
        np.add.at(counts, (codes[mask], day[mask] - day.min()), 1)
        yield Stream(np.asarray(names, dtype=object), int(day.min()), counts, opened, direction)


def ewma(stream: Stream, *, weight: float = 0.2, limit: float = 3.0) -> pd.DataFrame:
    """Roberts (1959): the smoothed daily count in deviations from the listing's past year; alarms above ``limit``."""
    past, days = stream.base(1)
    mean = past / np.maximum(days, 1)
    squares = Stream(stream.listings, stream.first_day, stream.counts**2, stream.opened, stream.direction)
    # A quiet past has a variance of nothing: no smaller than a Poisson's with one review more.
    variance = np.maximum(squares.base(1)[0] / np.maximum(days, 1) - mean**2, (past + 1) / np.maximum(days, 1))
    smooth = np.zeros_like(mean)
    for day in range(mean.shape[1]):
        before = smooth[:, day - 1] if day else mean[:, 0]
        smooth[:, day] = (1 - weight) * before + weight * stream.counts[:, day]
    z = (smooth - mean) / np.sqrt(variance * weight / (2 - weight))
    alarm = (z > limit) & (days >= LEAST_BASE_DAYS)
    return _runs(stream, alarm, z, np.full(z.shape, round(1 / weight)))


def poisson_counts(stream: Stream, *, lengths: tuple[int, ...] = (3, 7, 14, 28, 56, 112)) -> pd.DataFrame:
    """The Poisson tail of a window's count at the listing's own past rate; scores are -log10 q.

    Every listing, day and length with a past is a test; the smallest p of a listing's day opens its episode. q is that
    of Benjamini and Hochberg (1995), but may exceed 1, so that weak episodes keep their order.
    """
    shape = stream.counts.shape
    best, longest, tests = np.zeros(shape), np.ones(shape, dtype="int64"), 0
    total = np.cumsum(np.pad(stream.counts, ((0, 0), (1, 0))), axis=1)
    all_p = []
    for length in lengths:
        past, days = stream.base(length)
        told = days >= LEAST_BASE_DAYS
        tests += int(told.sum())
        count = total[:, 1:] - total[:, np.maximum(np.arange(shape[1]) + 1 - length, 0)]
        mean = (past + 0.5) / np.maximum(days, 1) * length
        asked = np.nonzero(told & (count > mean) & (count >= 3) & (stream.counts > 0))
        surprise = -poisson.logsf(count[asked] - 1, mean[asked]) / np.log(10)
        all_p.append(surprise)
        better = surprise > best[asked]
        rows = (asked[0][better], asked[1][better])
        best[rows], longest[rows] = surprise[better], length
    found = _runs(stream, best > 3.0, best, longest)
    return found.assign(score=_adjusted(found["score"].to_numpy(dtype="float64"), np.concatenate(all_p), tests))


def kleinberg(stream: Stream, *, ratio: float = 2.0, gamma: float = 1.0) -> pd.DataFrame:
    """Kleinberg (KDD 2002): a two-state automaton over the gaps between reviews; bursts by their weight."""
    rows: list[tuple[object, ...]] = []
    for name, counts in zip(stream.listings, stream.counts, strict=True):
        present = np.flatnonzero(counts)
        days = np.repeat(present, counts[present])
        if len(days) < 5:
            continue
        for first, last, weight in _bursts(np.diff(days), ratio, gamma):
            span = (int(days[first]) + stream.first_day, int(days[last]) + stream.first_day)
            rows.append((name, stream.direction, *span, weight))
    return pd.DataFrame(rows, columns=list(EPISODE))


def pelt(stream: Stream) -> pd.DataFrame:
    """Killick et al. (2012), by ruptures' KernelCPD: changes in the mean of the square root of weekly counts.

    The penalty is twice the series' noise times the log of its weeks; an episode is a segment of half a year at most
    above the one before it, ranked by what the step explains.
    """
    weeks = stream.counts.shape[1] // 7
    weekly = stream.counts[:, : weeks * 7].reshape(-1, weeks, 7).sum(axis=2)
    rows: list[tuple[object, ...]] = []
    for name, counts, opened in zip(stream.listings, weekly, stream.opened, strict=True):
        first = int(opened) // 7
        signal = np.sqrt(counts[first:].astype("float64"))
        if len(signal) < 10 or counts.sum() < 5:
            continue
        # The root of a Poisson count has a variance of a quarter.
        noise = max(float(np.var(np.diff(signal)) / 2), 0.25)
        ends = KernelCPD(kernel="linear", min_size=1).fit(signal[:, None]).predict(pen=2 * noise * np.log(len(signal)))
        starts = [0, *ends[:-1]]
        means = [float(signal[a:b].mean()) for a, b in zip(starts, ends, strict=True)]
        for n in range(1, len(ends)):
            size, before = ends[n] - starts[n], ends[n - 1] - starts[n - 1]
            if size <= 26 and means[n] > means[n - 1]:
                gain = (means[n] - means[n - 1]) ** 2 * size * before / (size + before) / noise
                start = stream.first_day + 7 * (first + starts[n])
                rows.append((name, stream.direction, start, start + 7 * size - 1, gain))
    return pd.DataFrame(rows, columns=list(EPISODE))


PEERS: Mapping[str, tuple[Callable[[Stream], pd.DataFrame], tuple[str, ...]]] = {
    "EWMA z": (ewma, ("all", "stars", "new")),
    "Kleinberg": (kleinberg, ("all", "stars", "new")),
    "PELT": (pelt, ("all", "stars", "new")),
    "Poisson + BH": (poisson_counts, ("all", "stars", "new")),
}


def peer(name: str, reviews: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """A peer's episodes on every kind of stream that is fair to it, by a name of both."""
    method, kinds = PEERS[name]
    return {
        f"{name}, {kind}": pd.concat([method(stream) for stream in streams(reviews, kind)], ignore_index=True)
        for kind in kinds
    }


def _bursts(gaps: Ints, ratio: float, gamma: float) -> list[tuple[int, int, float]]:
    """First and last review and weight of each stretch in the upper state, by Viterbi."""
    rate = len(gaps) / max(float(gaps.sum()), 1.0)
    low = (rate * gaps - np.log(rate)).tolist()
    high = (ratio * rate * gaps - np.log(ratio * rate)).tolist()
    climb = gamma * float(np.log(len(gaps) + 1))
    cost = [0.0, climb]
    came: list[tuple[bool, bool]] = []
    for below, above in zip(low, high, strict=True):
        falls, stays = cost[1] < cost[0], cost[1] <= cost[0] + climb
        came.append((falls, stays))
        cost = [min(cost) + below, min(cost[1], cost[0] + climb) + above]
    state, states = cost[1] < cost[0], []
    for falls, stays in reversed(came):
        states.append(state)
        state = stays if state else falls
    upper = np.array(states[::-1])
    edges = np.flatnonzero(np.diff(np.r_[False, upper, False]))
    saved = np.array(low) - np.array(high)
    # Gap n lies between the reviews n and n + 1.
    return [(int(a), int(b), float(saved[a:b].sum())) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _runs(stream: Stream, alarm: NDArray[np.bool_], score: Floats, reach: Ints) -> pd.DataFrame:
    """Alarms of a listing that lie close together, as episodes: from the first one to the strongest.

    An episode begins at least ``reach`` days before its strongest alarm: what follows that one is the window's memory.
    """
    listing, day = np.nonzero(alarm)
    if not len(listing):
        return pd.DataFrame([], columns=list(EPISODE))
    begins = np.flatnonzero(np.r_[True, (np.diff(listing) != 0) | (np.diff(day) > MERGE_DAYS)])
    ends = np.r_[begins[1:], len(listing)] - 1
    value = score[listing, day]
    run = np.repeat(np.arange(len(begins)), ends - begins + 1)
    peak = np.lexsort((day, -value, run))[begins]
    start = np.minimum(day[begins], day[peak] - reach[listing[peak], day[peak]] + 1)
    found = (stream.listings[listing[begins]], stream.direction, start + stream.first_day, day[peak] + stream.first_day)
    return pd.DataFrame(dict(zip(EPISODE, (*found, value[peak]), strict=True)))


def _adjusted(asked: Floats, surprises: Floats, tests: int) -> Floats:
    """Benjamini and Hochberg's -log10 q for some of the surprises (-log10 p) of so many tests.

    The tests that aren't listed have larger p.
    """
    ordered = np.sort(surprises)[::-1]
    surprise = ordered - np.log10(tests / np.arange(1, len(ordered) + 1))
    surprise = np.maximum.accumulate(surprise[::-1])[::-1]
    return np.asarray(surprise[np.searchsorted(-ordered, -asked, side="right") - 1], dtype="float64")
