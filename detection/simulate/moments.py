"""What a set of reviews is like: the moments that the simulator's knobs are fitted to.

All of them are taken from the frame alone, so a real set and a simulated one are measured in the same way: an account's
first review is its first in the frame, for both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]

WINDOWS = (7, 28, 112)
# Windows are judged where the listing's year holds this many reviews; fewer say nothing about dispersion.
LEAST_A_YEAR = 12
# The share of the most surprising windows that is left out, so that events don't pass for noise (Noufaily et al. 2013).
TRIMMED = 0.005
YEAR = 365
RATE_QUANTILES = (0.5, 0.9, 0.99)
DAY_WINDOW = 28
PEAK_WINDOW, PEAK = 28, 5.0


@dataclass(frozen=True, kw_only=True)
class Moments:
    """The measures of one set.

    ``dispersion`` of counts in windows of 7, 28 and 112 days: the variance beyond Poisson as a share of the squared
    mean, given the listing's year and the town's window. ``peaks``: windows of 28 days that stand five standard
    deviations of that dispersion above what is expected, for each thousand listing-years. ``neighbours`` and
    ``month_apart``: the correlation of a listing's weekly residuals one and four weeks apart. ``newborn``: the share of
    first reviews, year by year. ``weekdays`` from Monday on, mean one; ``own_weekdays``: the spread of listings about
    it, as a share. ``season``: the spread of the months' log totals about the trend. ``day_noise``: the spread of the
    platform's days beyond weekday and month. Stars are shares from 1 to 5. ``rates``: quantiles (0.5, 0.9, 0.99) of
    the listings' rates as multiples of their mean; ``growth``: the mean log growth a year of listings open throughout,
    and its spread beyond chance.
    """

    listings: int
    reviews: int
    dispersion: tuple[float, ...]
    peaks: float
    neighbours: float
    month_apart: float
    newborn: tuple[float, ...]
    one_review_accounts: float
    weekdays: tuple[float, ...]
    own_weekdays: float
    season: float
    day_noise: float
    stars: tuple[float, ...]
    stars_newborn: tuple[float, ...]
    stars_others: tuple[float, ...]
    rates: tuple[float, ...]
    growth: float
    growth_spread: float


def measure(reviews: pd.DataFrame) -> Moments:
    """The moments of ``frames.REVIEWS`` that hold at least two years; incomplete years at the beginning are left out.

    Raises:
        ValueError: the reviews span less than two years.
    """
    day = reviews["day_to"].to_numpy().astype(np.int64)
    years = int(day.max() - day.min() + 1 + 5) // YEAR if len(day) else 0
    if years < 2:
        raise ValueError("moments need reviews of two years or more")
    # Leap days and a world that is some days short must not cost a year.
    first = int(day.max()) + 1 - years * YEAR
    kept = reviews[day >= first]
    day = kept["day_to"].to_numpy().astype(np.int64) - first
    listing, keys = pd.factorize(kept["listing_key"], sort=True)
    counts = np.zeros((len(keys), years * YEAR), np.int32)
    np.add.at(counts, (listing, day), 1)
    of_listing = np.zeros(len(keys), np.int64)
    of_listing[listing] = pd.factorize(kept["city"] + "\n" + kept["kind"], sort=True)[0]
    neighbours, month_apart = _memory(counts, of_listing)
    profile, own = _weekdays(counts, first)
    # A share of first reviews is a share of those whose account is shown.
    known = kept["newborn"].to_numpy() >= 0
    newborn = kept["newborn"].to_numpy() == 1
    year = day // YEAR
    growth, growth_spread = _growth(counts)
    dispersion = tuple(_dispersion(counts, of_listing, length) for length in WINDOWS)
    return Moments(
        listings=len(keys),
        reviews=len(kept),
        dispersion=dispersion,
        peaks=_peaks(counts, of_listing, dispersion[WINDOWS.index(PEAK_WINDOW)]),
        neighbours=neighbours,
        month_apart=month_apart,
        newborn=tuple(float(newborn[known & (year == y)].mean()) for y in range(years)),
        one_review_accounts=float((kept["reviewer_key"].value_counts() == 1).mean()),
        weekdays=tuple(float(v) for v in profile),
        own_weekdays=own,
        season=_season(counts),
        day_noise=_day_noise(counts, profile, first),
        stars=_stars(kept),
        stars_newborn=_stars(kept[newborn & known]),
        stars_others=_stars(kept[~newborn & known]),
        rates=_rates(counts),
        growth=growth,
        growth_spread=growth_spread,
    )


def _expected(counts: Ints, group: Ints, length: int) -> tuple[Ints, Floats, Floats]:
    """Counts in windows of that length within years, what listing's year and group's window expect, and its share."""
    years = counts.shape[1] // YEAR
    whole = YEAR // length * length
    daily = counts.reshape(len(counts), years, YEAR)[:, :, :whole]
    seen = daily.reshape(len(counts), years, whole // length, length).sum(axis=3)
    own = seen.sum(axis=2, keepdims=True)
    total = np.zeros((group.max() + 1, *seen.shape[1:]))
    np.add.at(total, group, seen)
    share = total / np.maximum(total.sum(axis=2, keepdims=True), 1)
    expected = own * share[group]
    # What is left of a Poisson variance once both margins are fitted.
    free = (1 - share[group]) * (1 - own / np.maximum(total.sum(axis=2, keepdims=True)[group], 1))
    judged = np.broadcast_to(own >= LEAST_A_YEAR, seen.shape) & (expected > 0)
    return np.where(judged, seen, 0), np.where(judged, expected, 0.0), free


def _dispersion(counts: Ints, group: Ints, length: int) -> float:
    seen, expected, free = _expected(counts, group, length)
    judged = expected > 0
    seen, expected, free = seen[judged], expected[judged], free[judged]
    surprise = (seen - expected) / np.sqrt(expected)
    kept = surprise <= np.quantile(surprise, 1 - TRIMMED)
    excess = (seen - expected) ** 2 - expected * free
    return float(excess[kept].sum() / (expected[kept] ** 2).sum())


def _peaks(counts: Ints, group: Ints, dispersion: float) -> float:
    seen, expected, _ = _expected(counts, group, PEAK_WINDOW)
    judged = expected > 0
    spread = np.sqrt(expected + max(dispersion, 0.0) * expected**2)
    listing_years = judged.sum() * PEAK_WINDOW / YEAR
    return float((judged & (seen > expected + PEAK * spread)).sum() / listing_years * 1000)


def _memory(counts: Ints, group: Ints) -> tuple[float, float]:
    """The correlation of a listing's weekly residuals one week apart, and four."""
    seen, expected, free = _expected(counts, group, 7)
    residual = np.where(expected > 0, (seen - expected) / np.sqrt(np.maximum(expected * free, 1e-9)), 0.0)
    residual = np.minimum(residual, np.quantile(residual[expected > 0], 1 - TRIMMED))
    whole = (residual**2).sum() / (expected > 0).sum()

    def lagged(weeks: int) -> float:
        both = (expected[:, :, weeks:] > 0) & (expected[:, :, :-weeks] > 0)
        return float((residual[:, :, weeks:] * residual[:, :, :-weeks])[both].mean() / whole)

    return lagged(1), lagged(4)


def _weekdays(counts: Ints, first: int) -> tuple[Floats, float]:
    # 1970-01-01 was a Thursday.
    weekday = (first + np.arange(counts.shape[1]) + 3) % 7
    seen = np.stack([counts[:, weekday == d].sum(axis=1) for d in range(7)], axis=1)
    profile = seen.sum(axis=0) / seen.sum() * 7
    own = seen.sum(axis=1, keepdims=True)
    expected = own * profile / 7
    excess = (seen - expected) ** 2 - expected * (1 - profile / 7)
    return profile, float(np.sqrt(max(excess.sum() / (expected**2).sum(), 0.0)))


def _season(counts: Ints) -> float:
    """The spread of twelve months' log totals, each year's mean and the trend within taken off."""
    years = counts.shape[1] // YEAR
    month = np.minimum(np.arange(YEAR) * 12 // YEAR, 11)
    total = counts.sum(axis=0).reshape(years, YEAR)
    monthly = np.log(np.stack([total[:, month == m].mean(axis=1) for m in range(12)], axis=1) + 1e-9).ravel()
    time = np.arange(len(monthly))
    monthly = monthly - np.polyval(np.polyfit(time, monthly, 1), time)
    return float(monthly.reshape(years, 12).mean(axis=0).std())


def _day_noise(counts: Ints, profile: Floats, first: int) -> float:
    """The spread of the days' totals about four weeks' mean times the weekday, chance taken off."""
    total = counts.sum(axis=0)
    weekday = (first + np.arange(len(total)) + 3) % 7
    kernel = np.ones(DAY_WINDOW) / DAY_WINDOW
    inner = slice(DAY_WINDOW, len(total) - DAY_WINDOW)
    expected = (np.convolve(total / profile[weekday], kernel, mode="same") * profile[weekday])[inner]
    seen = total[inner]
    surprise = (seen - expected) / np.sqrt(expected)
    kept = surprise <= np.quantile(surprise, 1 - TRIMMED)
    excess = (seen - expected) ** 2 - expected
    return float(np.sqrt(max(excess[kept].sum() / (expected[kept] ** 2).sum(), 0.0)))


def _stars(reviews: pd.DataFrame) -> tuple[float, ...]:
    """The shares of ratings in fifths of the scale."""
    fifth = np.round(reviews["rating"].to_numpy() * 4).astype(int)
    return tuple(float(share) for share in np.bincount(fifth, minlength=5) / max(len(fifth), 1))


def _rates(counts: Ints) -> tuple[float, ...]:
    """Quantiles of the listings' reviews a day since their first, as multiples of the mean."""
    since = np.argmax(counts > 0, axis=1)
    rate = counts.sum(axis=1) / np.maximum(counts.shape[1] - since, 28)
    return tuple(float(value) for value in np.quantile(rate, RATE_QUANTILES) / rate.mean())


def _growth(counts: Ints) -> tuple[float, float]:
    """Of listings with reviews in the first and the last quarter: mean log growth a year, and its spread."""
    years = counts.shape[1] // YEAR
    before, after = counts[:, :YEAR].sum(axis=1), counts[:, -YEAR:].sum(axis=1)
    lasting = (counts[:, :90].sum(axis=1) > 0) & (counts[:, -90:].sum(axis=1) > 0)
    lasting &= (before >= 2 * LEAST_A_YEAR) & (after >= LEAST_A_YEAR)
    before, after = before[lasting], after[lasting]
    if len(before) < 2:
        return 0.0, 0.0
    change = np.log(after / before) / (years - 1)
    chance = (1 / after + 1 / before).mean() / (years - 1) ** 2
    return float(change.mean()), float(np.sqrt(max(change.var() - chance, 0.0)))
