import numpy as np
import pandas as pd
import pytest

from detection.simulate.moments import Moments, measure

YEARS, DAY = 3, 17_000


def reviews_of(daily: np.ndarray, rng: np.random.Generator, **columns: object) -> pd.DataFrame:
    """Poisson reviews of listings (rows) on days (columns), by accounts that never return."""
    listing, day = np.nonzero(counts := rng.poisson(daily))
    times = counts[listing, day]
    number = int(times.sum())
    frame = pd.DataFrame(
        {
            "listing_key": np.repeat(listing, times).astype(str),
            "reviewer_key": np.arange(number).astype(str),
            "city": "x",
            "kind": "hotel",
            "rating": 1.0,
            "day_to": (DAY + np.repeat(day, times)).astype("int32"),
            "newborn": 1,
        }
    )
    return frame.assign(**columns)


def flat(listings: int = 200, rate: float = 0.2) -> np.ndarray:
    return np.full((listings, YEARS * 365), rate)


def measured(daily: np.ndarray, seed: int = 1001) -> Moments:
    return measure(reviews_of(daily, np.random.default_rng(seed)))


def test_a_poisson_world_has_no_dispersion_and_no_peaks() -> None:
    moments = measured(flat())
    assert moments.listings == 200
    assert moments.reviews == pytest.approx(200 * 1095 * 0.2, rel=0.05)
    # What the trimming takes away.
    assert all(-0.06 < value < 0.01 for value in moments.dispersion)
    assert moments.peaks < 5
    assert abs(moments.neighbours) < 0.04
    assert abs(moments.growth) < 0.03
    assert moments.growth_spread < 0.05
    assert moments.own_weekdays < 0.05
    assert moments.day_noise < 0.06


@pytest.mark.parametrize("seed", [1001, 1002])
def test_dispersion_follows_the_squared_spread_of_the_intensity(seed: int) -> None:
    def rough(variance: float) -> Moments:
        # A gamma of mean one for each four weeks: within them a week's neighbours are alike.
        months = np.random.default_rng(seed).gamma(1 / variance, variance, (200, 40))
        return measured(flat(rate=1.0) * np.repeat(months, 28, axis=1)[:, : YEARS * 365], seed)

    rougher, smoother = rough(0.2), rough(0.1)
    # The listing's own year and the trimming take a quarter away.
    assert rougher.dispersion[0] == pytest.approx(0.15, abs=0.03)
    assert rougher.dispersion[0] / smoother.dispersion[0] == pytest.approx(2, abs=0.5)
    assert rougher.dispersion[2] < 0.6 * rougher.dispersion[1]
    assert rougher.neighbours > 0.25
    assert rougher.month_apart < 0.5 * rougher.neighbours


def test_peaks_are_counted_by_the_thousand_listing_years() -> None:
    daily = flat(300, 0.3)
    # One flood in every third listing, at different times: 100 in 900 listing-years.
    for number in range(100):
        start = 365 + 28 * (number % 12)
        daily[3 * number, start : start + 28] = 3.0
    assert measured(daily).peaks == pytest.approx(111, rel=0.25)


def test_the_calendar_is_read_off() -> None:
    weekday = (DAY + np.arange(YEARS * 365) + 3) % 7
    daily = flat() * np.where(weekday == 6, 2.2, 0.8)
    daily *= 1 + 0.4 * np.cos(2 * np.pi * np.arange(YEARS * 365) / 365)
    daily *= np.exp(0.3 * np.arange(YEARS * 365) / 365)
    moments = measured(daily)
    assert moments.weekdays[6] == pytest.approx(2.2, rel=0.05)
    assert sum(moments.weekdays) == pytest.approx(7)
    assert moments.season == pytest.approx(0.3, abs=0.05)
    assert moments.growth == pytest.approx(0.3, abs=0.05)


def test_the_platforms_days_and_the_listings_weekdays_have_a_spread() -> None:
    rng = np.random.default_rng(3)
    assert measured(flat() * np.exp(rng.normal(0, 0.2, YEARS * 365))).day_noise == pytest.approx(0.2, abs=0.05)
    weekday = (DAY + np.arange(YEARS * 365) + 3) % 7
    own = rng.dirichlet(np.full(7, 20.0), 200) * 7
    assert measured(flat() * own[:, weekday]).own_weekdays == pytest.approx(np.std(own), abs=0.04)


def test_stars_and_first_reviews_are_shares() -> None:
    rng = np.random.default_rng(4)
    frame = reviews_of(flat(50), rng)
    new = rng.random(len(frame)) < 0.3
    frame = frame.assign(newborn=new.astype(int), rating=np.where(new, 1.0, 0.25))
    frame.loc[~new, "reviewer_key"] = "regular"
    moments = measure(frame)
    assert moments.newborn == pytest.approx((0.3, 0.3, 0.3), abs=0.03)
    assert moments.stars_newborn == (0.0, 0.0, 0.0, 0.0, 1.0)
    assert moments.stars_others == (0.0, 1.0, 0.0, 0.0, 0.0)
    assert moments.one_review_accounts == pytest.approx(1.0, abs=0.01)


def test_rates_are_multiples_of_the_mean() -> None:
    daily = flat(100, 0.1)
    daily[:5] = 2.0
    moments = measured(daily)
    assert moments.rates[0] == pytest.approx(0.1 / 0.195, rel=0.1)
    assert moments.rates[2] == pytest.approx(2.0 / 0.195, rel=0.1)


def test_less_than_two_years_are_refused() -> None:
    with pytest.raises(ValueError, match="two years"):
        measured(flat(5)[:, :400])
