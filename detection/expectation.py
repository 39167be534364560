"""How many reviews a window would hold by the listing's own past, its town, and the platform's day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detection.arrays import Floats, Ints
from detection.counting import WindowCounts, counts, thinned

T = TypeVar("T", np.int64, np.float64)

# High, low: the top and the bottom of the scale, and the same by accounts that had reviewed nothing before.
STREAMS = ("all", "new", "high", "low", "new_high", "new_low")

BASE_DAYS = 365
# Days between base and window, so that an attack's first days don't become its own expectation.
GAP_DAYS = 7
# An expectation of so many reviews from elsewhere weighs as much as the assumption that nothing changed.
_PSEUDO = 25.0
# The same weeks of the year before, with so many days on either side.
_YEAR, _SEASON_MARGIN = 364, 14
# Halves the weight of a listing's past, because listings drift.
_KAPPA = 2.0


@dataclass(frozen=True, slots=True)
class Expected:
    """Counts and expectations for each row (a listing and a window), by stream.

    ``mean`` and ``shape`` are those of a gamma over the window's expected count; ``base`` counts the base period,
    ``share`` the platform's usual share of the stream, ``drift`` how that share has moved in the window elsewhere.
    """

    count: Mapping[str, Ints]
    base: Mapping[str, Ints]
    mean: Mapping[str, Floats]
    shape: Mapping[str, Floats]
    share: Mapping[str, float]
    drift: Mapping[str, Floats]
    base_days: Ints

    def take(self, rows: Ints) -> Expected:
        """The same for some rows."""

        def some(values: Mapping[str, NDArray[T]]) -> dict[str, NDArray[T]]:
            return {name: each[rows] for name, each in values.items()}

        count, base = some(self.count), some(self.base)
        mean, shape, drift = some(self.mean), some(self.shape), some(self.drift)
        return Expected(count, base, mean, shape, self.share, drift, self.base_days[rows])


class PlatformHistory:
    """One platform's reviews, counted by listing, by town and kind, and in all.

    ``reviews`` has the columns ``listing_key, city, kind, day, high, low, newborn``.
    """

    def __init__(self, reviews: pd.DataFrame) -> None:
        days = reviews["day"].to_numpy().astype("int64")
        self.listings, self.names = pd.factorize(reviews["listing_key"], sort=True)
        self.listings = self.listings.astype("int64")
        self.days = days
        streams = stream_masks(reviews)
        self.by_listing = WindowCounts(self.listings, days, streams)
        places = reviews.iloc[self.by_listing.first_row]
        self.town_of = pd.factorize(places["city"] + "\0" + places["kind"], sort=True)[0].astype("int64")
        self.by_town = counts(self.town_of[self.listings], days, {"all": streams["all"]})
        self.by_platform = counts(np.zeros_like(days), days, streams)
        total = {name: float(mask.sum()) for name, mask in streams.items()}
        self.share = {name: (total[name] + 1.0) / (total["all"] + 2.0) for name in STREAMS}
        span = self.by_listing.exposure(
            np.arange(len(self.names)),
            np.full(len(self.names), days.min()),
            np.full(len(self.names), days.max()),
        )
        sizes = np.bincount(self.listings, minlength=len(self.names))
        self.typical_rate = float(np.median(sizes / np.maximum(span, 30)))

    def expect(self, listings: Ints, last: Ints, length: int) -> Expected:
        """Expectations for the windows of ``length`` days that end on the days ``last``."""
        first = last - length + 1
        base_last = first - 1 - GAP_DAYS
        base_first = base_last - BASE_DAYS + 1
        count = self.by_listing.count(listings, first, last)
        base = self.by_listing.count(listings, base_first, base_last)
        base_days = self.by_listing.exposure(listings, base_first, base_last)
        platform, drift = self._platform_factor(count, base, first, last, base_first, base_last)
        town = self._town_factor(listings, count["all"], base["all"], platform["all"], first, last)
        rate = (base["all"] + 0.5) / (base_days + 0.5 / self.typical_rate)
        prior = 1.0 / (1.0 / 2.0 + 1.0 / (0.5 + base["all"] / _KAPPA))
        mean, shape = {}, {}
        daily = (prior + base["all"] / _KAPPA) / (prior / rate + base_days / _KAPPA)
        season = self._own_season(listings, first, last, daily)
        for name in STREAMS:
            level = prior / (rate * self.share[name])
            alpha = prior + base[name] / _KAPPA
            factor = np.clip(platform[name] * town * season, 0.2, 12.0)
            mean[name] = alpha / (level + base_days / _KAPPA) * length * factor
            shape[name] = alpha
        return Expected(count, base, mean, shape, self.share, drift, base_days)

    def _platform_factor(
        self,
        count: Mapping[str, Ints],
        base: Mapping[str, Ints],
        first: Ints,
        last: Ints,
        base_first: Ints,
        base_last: Ints,
    ) -> tuple[dict[str, Floats], dict[str, Floats]]:
        everyone = np.zeros_like(first)
        now = self.by_platform.count(everyone, first, last)
        before = self.by_platform.count(everyone, base_first, base_last)
        days = np.maximum(self.by_platform.exposure(everyone, base_first, base_last), 1)
        scale = (last - first + 1) / days
        factor = {}
        for name in STREAMS:
            usual = np.where(days >= 30, (before[name] - base[name]) * scale, now[name] - count[name])
            factor[name] = (now[name] - count[name] + _PSEUDO) / (usual + _PSEUDO)
        drift = {name: np.clip(factor[name] / factor["all"], 0.33, 3.0) for name in STREAMS}
        return factor, drift

    def _own_season(self, listings: Ints, first: Ints, last: Ints, daily: Floats) -> Floats:
        """How far the listing's own weeks a year before lay above its daily rate, less what chance adds; 1 at least.

        A house that opens for the summer has its guests in the summer.
        """
        before = self.by_listing.count_stream(
            "all", listings, first - _YEAR - _SEASON_MARGIN, last - _YEAR + _SEASON_MARGIN
        ).astype("float64")
        days = last - first + 1 + 2 * _SEASON_MARGIN
        ratio = (before - 1.5 * np.sqrt(before)) / np.maximum(days * daily, 1e-9)
        return np.asarray(np.clip(ratio, 1.0, 6.0), dtype="float64")

    def _town_factor(
        self, listings: Ints, own: Ints, own_base: Ints, platform: Floats, first: Ints, last: Ints
    ) -> Floats:
        towns = self.town_of[listings]
        base_last = first - 1 - GAP_DAYS
        base_first = base_last - BASE_DAYS + 1
        now = self.by_town.count(towns, first, last)["all"] - own
        before = self.by_town.count(towns, base_first, base_last)["all"] - own_base
        days = np.maximum(self.by_town.exposure(towns, base_first, base_last), 1)
        usual = np.where(days >= 30, before * (last - first + 1) / days * platform, now)
        return np.asarray((now + _PSEUDO) / (usual + _PSEUDO), dtype="float64")


def stream_masks(reviews: pd.DataFrame) -> dict[str, NDArray[np.bool_]]:
    """The streams as masks over reviews with columns ``high, low, newborn``."""
    high, low = reviews["high"].to_numpy(dtype=bool), reviews["low"].to_numpy(dtype=bool)
    new = reviews["newborn"].to_numpy() == 1
    everything = np.ones(len(reviews), dtype=bool)
    return {"all": everything, "new": new, "high": high, "low": low, "new_high": new & high, "new_low": new & low}


def overdispersion(
    history: PlatformHistory, length: int, *, step_days: int = 28, trim: float = 0.005, most: int = 60_000
) -> float:
    """Variance of window rates beyond the gamma's own, over a grid of windows thinned to ``most``, largest left out.

    Moments as in Noufaily et al., Statistics in Medicine 2013 (the trimming of past outbreaks).
    """
    grid = np.arange(history.days.min() + length + GAP_DAYS + 90, history.days.max() + 1, step_days, dtype="int64")
    if not len(grid):
        return 0.1
    cells = thinned(len(history.names), len(grid), most)
    expected = history.expect(cells // len(grid), grid[cells % len(grid)], length)
    told = expected.base_days >= 90
    count, mean = expected.count["all"][told], expected.mean["all"][told]
    if len(count) < 50:
        return 0.1
    excess = (count - mean) ** 2 - mean - mean**2 / expected.shape["all"][told]
    kept = excess <= np.quantile(excess, 1.0 - trim)
    return float(np.clip(excess[kept].sum() / np.maximum((mean[kept] ** 2).sum(), 1e-9), 0.005, 0.5))
