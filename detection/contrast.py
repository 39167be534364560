"""Two crowds of the same weeks: what established guests report, and what first-time accounts praise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from scipy.stats import nbinom

from detection.arrays import Bools, Floats, Ints
from detection.tails import beta_binomial, negative_binomial

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
# Kinds of review whose sums are kept: those of every aspect, and of some aspects the praise.
_KEPT = 32
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
    praising name the aspect, given how many established guests find fault with it. ``more``: all praise by first-time
    accounts beyond ``by_past``, what the listing's own past and the platform lead to expect whatever the others' mood.
    """

    fault: Floats
    praise: Floats
    silence: Floats
    more: Floats
    established: Ints
    faulting: Ints
    usual: Floats
    praising: Ints
    naming: Ints
    expected: Floats
    by_past: Floats

    def take(self, rows: Ints | Bools) -> Contrast:
        """The same for some windows."""
        return Contrast(*(getattr(self, name)[rows] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of review: which rows, how many before each row, and how many before each of the platform's days."""

    mask: Bools
    before_row: Ints
    before_day: Ints
    total: int


class Crowds:
    """One platform's reviews, sorted by listing and day: ``listing_key, day, rating, newborn, named, fault, read``."""

    def __init__(self, reviews: pd.DataFrame) -> None:
        codes, self.names = pd.factorize(reviews["listing_key"], sort=True)
        self.listings, self.days = codes.astype("int64"), reviews["day"].to_numpy().astype("int64")
        self._keys = self.listings * _SPAN + self.days
        self.rating = reviews["rating"].to_numpy()
        self.high: Bools = self.rating >= 0.9
        self.low: Bools = self.rating <= 0.5
        newborn = reviews["newborn"].to_numpy()
        self.new: Bools = newborn == 1
        self.established: Bools = newborn == 0
        self.named, self.fault = reviews["named"].to_numpy(), reviews["fault"].to_numpy()
        self.read: Bools = reviews["read"].to_numpy()
        self._first_day, self._last_day = int(self.days.min()), int(self.days.max())
        self._started = np.full(len(self.names), np.iinfo("int64").max)
        np.minimum.at(self._started, self.listings, self.days)
        self._kind = lru_cache(maxsize=_KEPT)(self._new_kind)

    def praise_in(self, windows: Windows, index: int, aspect: int) -> Ints:
        """The rows of first-time accounts' praise in one window that does not name the aspect."""
        low, high = (int(each[index]) for each in self._span(windows))
        return low + np.flatnonzero(self._kind("silent", aspect).mask[low:high])

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
        praise = self._kind("praise")
        keys = np.unique(self._keys[praise.mask])
        listing, last = keys // _SPAN, keys % _SPAN
        parts = []
        for length in lengths:
            windows = Windows(listing, last, np.full(len(listing), length, dtype="int64"))
            enough = _count(praise, *self._span(windows)) >= least_praise
            parts.append(windows.take(enough))
        return Windows(*(np.concatenate([getattr(part, name) for part in parts]) for name in Windows.__slots__))

    def eligible(self, windows: Windows, aspect: int, *, least_reports: int, least_share: float) -> Bools:
        """Where there is a past, and enough established guests find fault with an aspect.

        With stars alone where too few texts were read.
        """
        span = self._span(windows)
        established = self._kind("established")
        n, y = _count(self._kind("judged", aspect), *span), _count(self._kind("faulting", aspect), *span)
        texts = _count(self._kind("read"), *span) >= np.maximum(LEAST_READ * _count(established, *span), 1)
        reported: Bools = (y >= least_reports) & (y >= least_share * n)
        reported &= _count(established, *self._base_span(windows)) >= LEAST_PAST
        return np.asarray(reported & (texts if aspect != STARS else ~texts), dtype=bool)

    def contrast(self, windows: Windows, aspect: int) -> Contrast:
        """The contrast in one aspect (a bit of ``named`` and ``fault``), or in stars alone (``STARS``)."""
        span, base = self._span(windows), self._base_span(windows)
        judged, faulting = self._kind("judged", aspect), self._kind("faulting", aspect)
        praise, silent = self._kind("praise"), self._kind("silent", aspect)
        n, y = _count(judged, *span), _count(faulting, *span)
        n_base, y_base = _count(judged, *base), _count(faulting, *base)
        usual = (y_base + _PRIOR * _share(faulting.total, judged.total)) / (n_base + _PRIOR)
        usual = np.clip(usual * self._drift(faulting, judged, windows), 0.001, 0.9)
        weight = 1.0 / (1.0 / (_PRIOR + n_base.astype("float64")) + _DRIFT)
        rise = beta_binomial(y.astype("float64"), n.astype("float64"), usual, weight)

        praising, unnamed = _count(praise, *span), _count(silent, *span)
        count = unnamed.astype("float64")
        expected, shape = self._expected_praise(silent, windows)
        surplus = negative_binomial(count, expected, shape)
        by_past, past_shape = self._past_praise(windows)
        more = negative_binomial(praising.astype("float64"), by_past, past_shape)
        told = (y + 0.5) / (n + 1.0)
        silence = beta_binomial(count, praising.astype("float64"), 1.0 - told, n.astype("float64") + 1.0)
        return Contrast(rise, surplus, silence, more, n, y, usual, praising, praising - unnamed, expected, by_past)

    def weeks(self, listing: int, aspect: int, first: int, last: int) -> list[list[object]]:
        """Rows ``[ISO date of Monday, praise, expected, low95, high95]`` around a window."""
        start = max(first - 7 * _WEEKS_AROUND, self._first_day)
        end = min(last + 7 * _WEEKS_AROUND, self._last_day)
        mondays = np.arange(start - (start - _EPOCH_MONDAY) % 7, end + 1, 7, dtype="int64")
        windows = Windows(np.full(len(mondays), listing), mondays + 6, np.full(len(mondays), 7))
        silent = self._kind("silent", aspect)
        count = _count(silent, *self._span(windows))
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

    def _new_kind(self, name: str, aspect: int = STARS) -> _Kind:
        """``established``, ``happy``, ``read``, ``praise`` (by first-time accounts); and by aspect what can be
        ``judged``, what is ``faulting``, and praise that is ``silent`` about it.
        """
        mask = self._mask(name, aspect)
        by_day = np.bincount(self.days[mask] - self._first_day, minlength=self._last_day - self._first_day + 1)
        return _Kind(mask, _before(mask), _before(by_day), int(np.count_nonzero(mask)))

    def _mask(self, name: str, aspect: int) -> Bools:
        praise, read = self.new & self.high, self.established & self.read
        if name == "silent":
            return praise if aspect == STARS else praise & (self.named >> aspect & 1 == 0)
        if aspect == STARS:
            judged, faulting = self.established, self.established & self.low
        else:
            judged, faulting = read, read & (self.fault >> aspect & 1 == 1)
        kinds: dict[str, Bools] = {
            "established": self.established,
            "happy": self.established & self.high,
            "read": read,
            "praise": praise,
            "judged": judged,
            "faulting": faulting,
        }
        return kinds[name]

    def _expected_praise(self, silent: _Kind, windows: Windows) -> tuple[Floats, Floats]:
        """Praise by first-time accounts if they come and feel as the established guests of the same days do.

        Mean and shape of a gamma.
        """
        span, base = self._span(windows), self._base_span(windows)
        established, happy = self._kind("established"), self._kind("happy")
        n, n_base = _count(established, *span), _count(established, *base)
        x, x_base = _count(happy, *span), _count(happy, *base)
        k_base = _count(silent, *base)
        content = _share(happy.total, established.total)
        usual = n_base * windows.length / self._past_days(windows)
        # The more established guests came, the less their number before matters.
        volume = (n * n + 4.0 * usual) / (n + 4.0)
        past = (x_base + 3.0 * content) / (n_base + 3.0)
        mood = np.minimum((x + _CALM * past) / (n + _CALM) / past, 1.0)
        per_guest = (k_base + 4.0 * _share(silent.total, established.total)) / (n_base + 4.0)
        drift = self._drift(silent, established, windows)
        expected = np.maximum(per_guest * volume * mood * drift, 0.05)
        spread = 1.0 / (k_base + 2.0) + 1.0 / (n + 4.0) + 1.0 / (x + _CALM * past + 1.0) + _SPREAD
        return expected, 1.0 / spread

    def _past_praise(self, windows: Windows) -> tuple[Floats, Floats]:
        """Praise by first-time accounts if as much comes in a day as before, moved as on the rest of the platform.

        Mean and shape of a gamma.
        """
        base = self._base_span(windows)
        praise, established = self._kind("praise"), self._kind("established")
        k_base, n_base = _count(praise, *base), _count(established, *base)
        # What a listing with so many established guests gets on this platform counts as so many reviews of its past.
        share = (k_base + 4.0 * _share(praise.total, established.total)) / (n_base + 4.0)
        in_a_day = n_base * share / self._past_days(windows)
        expected = np.maximum(in_a_day * windows.length * self._growth(praise, windows), 0.05)
        return expected, np.asarray(1.0 / (1.0 / (k_base + 2.0) + _SPREAD), dtype="float64")

    def _past_days(self, windows: Windows) -> Ints:
        """The days of the base in which the listing was there."""
        end = windows.first - GAP_DAYS
        days: Ints = np.maximum(end - np.maximum(end - BASE_DAYS, self._started[windows.listing]), 1)
        return days

    def _drift(self, some: _Kind, of: _Kind, windows: Windows) -> Floats:
        """How the share of ``some`` in ``of`` has moved on the rest of the platform, from base to window."""
        usual = _share(some.total, of.total)
        (now, then), (now_of, then_of) = self._elsewhere(some, windows), self._elsewhere(of, windows)
        share_now = (now + _PSEUDO * usual) / (now_of + _PSEUDO)
        share_then = (then + _PSEUDO * usual) / (then_of + _PSEUDO)
        return np.clip(share_now / share_then, 0.5, 2.5)

    def _growth(self, kind: _Kind, windows: Windows) -> Floats:
        """How the number in a day has moved on the rest of the platform, from base to window."""
        now, then = self._elsewhere(kind, windows)
        end = windows.first - GAP_DAYS
        before = np.maximum(end - np.maximum(end - BASE_DAYS, self._first_day), 1)
        usual = then * windows.length / before
        return np.clip((now + _PSEUDO) / (usual + _PSEUDO), 0.5, 2.5)

    def _elsewhere(self, kind: _Kind, windows: Windows) -> tuple[Ints, Ints]:
        """How many of a kind lie on other listings in window and base."""
        before, number = windows.first - 1 - GAP_DAYS, self._last_day - self._first_day + 1

        def count(first: Ints, last: Ints, own: tuple[Ints, Ints]) -> Ints:
            low, high = np.clip(first - self._first_day, 0, number), np.clip(last + 1 - self._first_day, 0, number)
            return np.asarray(kind.before_day[high] - kind.before_day[low] - _count(kind, *own), dtype="int64")

        now = count(windows.first, windows.last, self._span(windows))
        return now, count(before - BASE_DAYS + 1, before, self._base_span(windows))

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


def _before(counts: Ints | Bools) -> Ints:
    return np.asarray(np.r_[0, np.cumsum(counts)], dtype="int64")


def _count(kind: _Kind, low: Ints, high: Ints) -> Ints:
    return np.asarray(kind.before_row[high] - kind.before_row[low], dtype="int64")


def _share(some: float, of: float) -> float:
    return (float(some) + 0.5) / (float(of) + 1.0)
