"""Two crowds of the same weeks: what established guests report, and what first-time accounts praise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import nbinom

from detection.tails import beta_binomial, negative_binomial

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

BASE_DAYS = 365
# Days between base and window, so that a fault's first days don't become its own past.
GAP_DAYS = 7
# The share of established guests whose texts could be read, from which on texts are judged rather than stars.
LEAST_READ = 0.5
# Established guests in the year before, without which nothing is usual.
LEAST_PAST = 5
# The bit of the weaker form: no aspect, but few stars.
STARS = -1

_SPAN = 1_000_000
# A listing's own past share weighs against so many reviews of the platform's share, and is known no better than as
# from 1 / _DRIFT reviews, as listings drift.
_PRIOR = 8.0
_DRIFT = 0.03
_SPREAD = 0.08
# A window's mood weighs against so many established guests of the mood before.
_CALM = 8.0
# The platform's shares elsewhere weigh against so many reviews of its usual ones.
_PSEUDO = 25.0
_WEEKS_AROUND = 20
_EPOCH = dt.date(1970, 1, 1)
_EPOCH_MONDAY = 4


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows of listings: parallel arrays, ``last`` a day (inside), ``length`` in days."""

    listing: Ints
    last: Ints
    length: Ints

    def __len__(self) -> int:
        return len(self.listing)

    @property
    def first(self) -> Ints:
        """The first day of each window."""
        return self.last - self.length + 1

    def take(self, rows: Ints | Bools) -> Windows:
        """The windows at these rows."""
        return Windows(self.listing[rows], self.last[rows], self.length[rows])


@dataclass(frozen=True, slots=True)
class Contrast:
    """For each window what is surprising about one aspect (-log10 of upper tails), and the numbers behind it.

    ``fault``: the aspect's rise among established guests. ``praise``: the count of first-time accounts' praise beyond
    what the listing's past and the established guests' own praise lead to expect. ``silence``: how many of those
    praising name the aspect, given how many established guests find fault with it.
    """

    fault: Floats
    praise: Floats
    silence: Floats
    established: Ints
    faulting: Ints
    usual: Floats
    praising: Ints
    naming: Ints
    expected: Floats

    def take(self, rows: Ints | Bools) -> Contrast:
        """The same for some windows."""
        return Contrast(*(getattr(self, name)[rows] for name in self.__slots__))


class Crowds:
    """One platform's reviews, sorted by listing and day: ``listing_key, day, rating, newborn, named, fault, read``."""

    def __init__(self, reviews: pd.DataFrame) -> None:
        codes, self.names = pd.factorize(reviews["listing_key"], sort=True)
        self.listings, self.days = codes.astype("int64"), reviews["day"].to_numpy().astype("int64")
        self._keys = self.listings * _SPAN + self.days
        self.rating = reviews["rating"].to_numpy()
        self.high, self.low = self.rating >= 0.9, self.rating <= 0.5
        newborn = reviews["newborn"].to_numpy()
        self.new, self.established = newborn == 1, newborn == 0
        self.named, self.fault = reviews["named"].to_numpy(), reviews["fault"].to_numpy()
        self.read = reviews["read"].to_numpy()
        self._first_day, self._last_day = int(self.days.min()), int(self.days.max())
        self._started = np.full(len(self.names), np.iinfo("int64").max)
        np.minimum.at(self._started, self.listings, self.days)

    def praise_in(self, windows: Windows, index: int, aspect: int) -> Ints:
        """The rows of first-time accounts' praise in one window that does not name the aspect."""
        low, high = (int(each[index]) for each in self._span(windows))
        silent = self.new & self.high & ~self._masks(aspect)[2]
        return low + np.flatnonzero(silent[low:high])

    def mean_ratings(self, windows: Windows, index: int) -> tuple[float, float, float]:
        """Means of ratings: established guests' before one window and in it, and first-time accounts' in it.

        Where there is no review, the platform's mean stands.
        """
        span, base = self._span(windows), self._base_span(windows)

        def mean(mask: Bools, low: Ints, high: Ints) -> float:
            rows = slice(int(low[index]), int(high[index]))
            return float((self.rating[rows][mask[rows]] if mask[rows].any() else self.rating).mean())

        return mean(self.established, *base), mean(self.established, *span), mean(self.new, *span)

    def windows(self, lengths: Sequence[int], least_praise: int) -> Windows:
        """Windows that end with praise of a first-time account and hold at least so much of it."""
        praise = np.flatnonzero(self.new & self.high)
        keys = np.unique(self._keys[praise])
        listing, last = keys // _SPAN, keys % _SPAN
        parts = []
        for length in lengths:
            windows = Windows(listing, last, np.full(len(listing), length, dtype="int64"))
            enough = self._count(self.new & self.high, *self._span(windows)) >= least_praise
            parts.append(windows.take(enough))
        return Windows(*(np.concatenate([getattr(part, name) for part in parts]) for name in Windows.__slots__))

    def eligible(self, windows: Windows, aspect: int, *, least_reports: int, least_share: float) -> Bools:
        """Where there is a past, and enough established guests find fault with an aspect.

        With stars alone where too few texts were read.
        """
        judged, faulting, _ = self._masks(aspect)
        span = self._span(windows)
        n, y = self._count(judged, *span), self._count(faulting, *span)
        read = self._count(self.established & self.read, *span)
        texts = read >= np.maximum(LEAST_READ * self._count(self.established, *span), 1)
        reported: Bools = (y >= least_reports) & (y >= least_share * n)
        reported &= self._count(self.established, *self._base_span(windows)) >= LEAST_PAST
        return np.asarray(reported & (texts if aspect != STARS else ~texts), dtype=bool)

    def contrast(self, windows: Windows, aspect: int) -> Contrast:
        """The contrast in one aspect (a bit of ``named`` and ``fault``), or in stars alone (``STARS``)."""
        span, base = self._span(windows), self._base_span(windows)
        judged, faulting, named = self._masks(aspect)
        praise = self.new & self.high
        n, y = self._count(judged, *span), self._count(faulting, *span)
        n_base, y_base = self._count(judged, *base), self._count(faulting, *base)
        usual = (y_base + _PRIOR * _share(faulting.sum(), judged.sum())) / (n_base + _PRIOR)
        usual = np.clip(usual * self._drift(faulting, judged, windows), 0.001, 0.9)
        weight = 1.0 / (1.0 / (_PRIOR + n_base.astype("float64")) + _DRIFT)
        rise = beta_binomial(y.astype("float64"), n.astype("float64"), usual, weight)

        praising, naming = self._count(praise, *span), self._count(praise & named, *span)
        count = (praising - naming).astype("float64")
        expected, shape = self._expected_praise(praise & ~named, windows)
        surplus = negative_binomial(count, expected, shape)
        told = (y + 0.5) / (n + 1.0)
        silence = beta_binomial(count, praising.astype("float64"), 1.0 - told, n.astype("float64") + 1.0)
        return Contrast(rise, surplus, silence, n, y, usual, praising, naming, expected)

    def weeks(self, listing: int, aspect: int, first: int, last: int) -> list[list[object]]:
        """Rows ``[ISO date of Monday, praise, expected, low95, high95]`` around a window."""
        start = max(first - 7 * _WEEKS_AROUND, self._first_day)
        end = min(last + 7 * _WEEKS_AROUND, self._last_day)
        mondays = np.arange(start - (start - _EPOCH_MONDAY) % 7, end + 1, 7, dtype="int64")
        windows = Windows(np.full(len(mondays), listing), mondays + 6, np.full(len(mondays), 7))
        silent = self.new & self.high & ~self._masks(aspect)[2]
        count = self._count(silent, *self._span(windows))
        mean, shape = self._expected_praise(silent, windows)
        low, high = (np.asarray(nbinom.ppf(each, shape, shape / (shape + mean))) for each in (0.025, 0.975))
        return [
            [
                (_EPOCH + dt.timedelta(days=int(mondays[week]))).isoformat(),
                int(count[week]),
                round(float(mean[week]), 2),
                int(low[week]),
                int(high[week]),
            ]
            for week in range(len(mondays))
        ]

    def _masks(self, aspect: int) -> tuple[Bools, Bools, Bools]:
        """Of all reviews: established guests' that can be judged, those at fault, and any that name the aspect."""
        if aspect == STARS:
            return self.established, self.established & self.low, np.zeros(len(self.days), dtype=bool)
        judged = self.established & self.read
        return judged, judged & (self.fault >> aspect & 1 == 1), self.named >> aspect & 1 == 1

    def _expected_praise(self, silent: Bools, windows: Windows) -> tuple[Floats, Floats]:
        """Praise by first-time accounts if they come and feel as the established guests of the same days do.

        Mean and shape of a gamma.
        """
        span, base = self._span(windows), self._base_span(windows)
        happy = self.established & self.high
        n, n_base = self._count(self.established, *span), self._count(self.established, *base)
        x, x_base = self._count(happy, *span), self._count(happy, *base)
        k_base = self._count(silent, *base)
        ratio = _share(silent.sum(), self.established.sum())
        content = _share(happy.sum(), self.established.sum())
        end = windows.first - GAP_DAYS
        days = np.maximum(end - np.maximum(end - BASE_DAYS, self._started[windows.listing]), 1)
        usual = n_base * windows.length / days
        # The more established guests came, the less their number before matters.
        volume = (n * n + 4.0 * usual) / (n + 4.0)
        past = (x_base + 3.0 * content) / (n_base + 3.0)
        mood = np.minimum((x + _CALM * past) / (n + _CALM) / past, 1.0)
        per_guest = (k_base + 4.0 * ratio) / (n_base + 4.0)
        drift = self._drift(silent, self.established, windows)
        expected = np.maximum(per_guest * volume * mood * drift, 0.05)
        spread = 1.0 / (k_base + 2.0) + 1.0 / (n + 4.0) + 1.0 / (x + _CALM * past + 1.0) + _SPREAD
        return expected, 1.0 / spread

    def _drift(self, some: Bools, of: Bools, windows: Windows) -> Floats:
        """How the share of ``some`` in ``of`` has moved on the rest of the platform, from base to window."""
        since, number = self.days - self._first_day, self._last_day - self._first_day + 1
        by_day = [np.r_[0, np.cumsum(np.bincount(since[mask], minlength=number))] for mask in (some, of)]

        def share(first: Ints, last: Ints, own: tuple[Ints, Ints]) -> Floats:
            low, high = np.clip(first - self._first_day, 0, number), np.clip(last + 1 - self._first_day, 0, number)
            inside, among = (
                sums[high] - sums[low] - self._count(mask, *own) for sums, mask in zip(by_day, (some, of), strict=True)
            )
            return np.asarray((inside + _PSEUDO * _share(some.sum(), of.sum())) / (among + _PSEUDO))

        before = windows.first - 1 - GAP_DAYS
        now = share(windows.first, windows.last, self._span(windows))
        then = share(before - BASE_DAYS + 1, before, self._base_span(windows))
        return np.clip(now / then, 0.5, 2.5)

    def _span(self, windows: Windows) -> tuple[Ints, Ints]:
        low = np.searchsorted(self._keys, windows.listing * _SPAN + windows.first)
        high = np.searchsorted(self._keys, windows.listing * _SPAN + windows.last + 1)
        return low, high

    def _base_span(self, windows: Windows) -> tuple[Ints, Ints]:
        last = windows.first - 1 - GAP_DAYS
        start = windows.listing * _SPAN
        return (
            np.searchsorted(self._keys, start + np.maximum(last - BASE_DAYS + 1, 0)),
            np.searchsorted(self._keys, start + np.maximum(last + 1, 0)),
        )

    def _count(self, mask: Bools, low: Ints, high: Ints) -> Ints:
        sums = np.r_[0, np.cumsum(mask)]
        return np.asarray(sums[high] - sums[low], dtype="int64")


def _share(some: float, of: float) -> float:
    return (float(some) + 0.5) / (float(of) + 1.0)
