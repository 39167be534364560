import numpy as np
import pandas as pd
import pytest

from detection.expectation import STREAMS, Expected, PlatformHistory, overdispersion, stream_masks
from tests.detection.worlds import DAY


def history_of(rows: list[tuple[str, str, np.ndarray]], *, high: float = 0.5, seed: int = 0) -> PlatformHistory:
    """A platform of listings: name, town, days of the reviews, a share of them high."""
    rng = np.random.default_rng(seed)
    frame = pd.concat([pd.DataFrame({"listing_key": name, "city": town, "day": days}) for name, town, days in rows])
    frame = frame.reset_index(drop=True).assign(kind="hotel", low=False, newborn=0)
    return PlatformHistory(frame.assign(high=rng.random(len(frame)) < high))


def every(days: int, start: int = 0, end: int = 700) -> np.ndarray:
    return DAY + np.arange(start, end, days)


def ask(history: PlatformHistory, name: str, last: int, length: int) -> Expected:
    code = list(history.names).index(name)
    return history.expect(np.array([code]), np.array([last]), length)


def test_a_steady_listing_alone_expects_its_own_rate() -> None:
    expected = ask(history_of([("a", "x", every(2))]), "a", DAY + 690, 28)
    assert expected.count["all"][0] == 14
    assert expected.mean["all"][0] == pytest.approx(14, rel=0.05)
    assert expected.mean["high"][0] == pytest.approx(expected.mean["all"][0] / 2, rel=0.15)
    assert all(expected.mean[name][0] > 0 for name in STREAMS)


def test_a_listing_is_left_out_of_what_it_is_compared_with() -> None:
    """Its own peak doesn't raise its own expectation: neither by the platform nor by its town."""
    peak = np.repeat(DAY + 680, 60)
    calm = [("b", "x", every(3)), ("c", "y", every(3))]
    without = ask(history_of([("a", "x", every(4)), *calm]), "a", DAY + 690, 14)
    within = ask(history_of([("a", "x", np.r_[every(4), peak]), *calm]), "a", DAY + 690, 14)
    assert within.count["all"][0] == without.count["all"][0] + 60
    assert within.mean["all"][0] == pytest.approx(without.mean["all"][0], rel=0.01)


def test_the_platforms_and_the_towns_peaks_raise_the_expectation() -> None:
    """The same peak elsewhere: on the whole platform, in the own town, in another."""

    def at(peak_towns: str) -> float:
        rows = [("a", "x", every(4))]
        for number in range(30):
            town = "xyz"[number % 3]
            more = every(1, 677, 691) if town in peak_towns else np.array([], dtype="int64")
            rows.append((f"b{number}", town, np.r_[every(3), more, more]))
        return float(ask(history_of(rows), "a", DAY + 690, 14).mean["all"][0])

    nowhere, everywhere, own, other = at(""), at("xyz"), at("x"), at("y")
    assert everywhere > 2.0 * nowhere
    assert nowhere < other < own < everywhere * 1.2


def test_a_new_listing_expects_what_is_usual_on_the_platform() -> None:
    rows = [(f"b{number}", "x", every(5)) for number in range(20)]
    expected = ask(history_of([("a", "x", DAY + np.array([680, 682])), *rows]), "a", DAY + 690, 10)
    assert expected.base["all"][0] == 0
    assert expected.mean["all"][0] == pytest.approx(2.0, rel=0.2)
    assert expected.shape["all"][0] < 3.0, "and says that it doesn't know"


def test_the_gap_keeps_an_attacks_first_days_out_of_the_base() -> None:
    history = history_of([("a", "x", np.r_[every(4), np.repeat(DAY + 684, 30)])])
    calm = ask(history_of([("a", "x", every(4))]), "a", DAY + 690, 3)
    assert ask(history, "a", DAY + 690, 3).base["all"][0] == calm.base["all"][0]


def test_streams() -> None:
    frame = pd.DataFrame({"high": [True, True, False], "low": [False, False, True], "newborn": [1, -1, 1]})
    masks = {name: mask.tolist() for name, mask in stream_masks(frame).items()}
    assert tuple(masks) == STREAMS
    assert masks["new"] == [True, False, True], "not known isn't new"
    assert masks["new_high"] == [True, False, False]
    assert masks["new_low"] == [False, False, True]


def test_overdispersion_tells_steady_from_rough() -> None:
    def spread(shape: float | None) -> float:
        rng = np.random.default_rng(5)
        rows = []
        for number in range(80):
            weekly = np.full(130, 4.0) if shape is None else 4.0 * rng.gamma(shape, 1.0 / shape, 130)
            count = rng.poisson(weekly)
            days = DAY + 7 * np.repeat(np.arange(130), count) + rng.integers(0, 7, count.sum())
            rows.append((f"a{number:02d}", f"t{number % 4}", days))
        return overdispersion(history_of(rows), 7)

    steady, rough = spread(None), spread(4.0)
    assert steady < 0.03
    # 1 / 4 less the largest, which are left out, and the weeks that two windows cut in two.
    assert 0.08 < rough < 0.3


def test_overdispersion_without_enough_to_tell() -> None:
    assert overdispersion(history_of([("a", "x", every(9, 0, 60))]), 7) == 0.1
    assert overdispersion(history_of([("a", "x", every(9))]), 7) == 0.1


@pytest.mark.parametrize("divisor", [2, 4])
def test_a_thinned_overdispersion_sees_calm_dates_and_rough_ones(divisor: int) -> None:
    """Every other date is rough: met alone, these would double what is found."""
    rng = np.random.default_rng(5)
    rows = []
    for number in range(300):
        rough = (np.arange(126) // 4) % 2 == 0
        count = rng.poisson(np.where(rough, 4.0 * rng.gamma(4.0, 0.25, 126), 4.0))
        days = DAY + 7 * np.repeat(np.arange(126), count) + rng.integers(0, 7, count.sum())
        rows.append((f"a{number:03d}", "t", days))
    history = history_of(rows)
    dates = len(np.arange(history.days.min() + 7 + 97, history.days.max() + 1, 28))
    assert dates % 4 == 0
    thinned = overdispersion(history, 7, most=300 * dates // divisor)
    assert thinned == pytest.approx(overdispersion(history, 7), rel=0.3)


def test_some_rows_of_an_expectation() -> None:
    history = history_of([("a", "x", every(4)), ("b", "y", every(3))])
    whole = history.expect(np.array([0, 1, 0]), np.array([DAY + 690, DAY + 650, DAY + 500]), 14)
    for rows in (np.array([2, 0]), np.array([True, False, True])):
        some, codes = whole.take(rows), np.arange(3)[rows]
        for row, code in enumerate(codes):
            assert some.base_days[row] == whole.base_days[code]
            for name in STREAMS:
                for field in ("count", "base", "mean", "shape", "drift"):
                    assert getattr(some, field)[name][row] == getattr(whole, field)[name][code]
        assert some.share == whole.share


def test_a_listings_town_is_that_of_its_first_review() -> None:
    frame = pd.DataFrame({"listing_key": ["b", "a", "b", "c"], "city": ["x", "y", "z", "x"], "day": [9, 5, 12, 7]})
    history = PlatformHistory(frame.assign(kind="hotel", high=True, low=False, newborn=0))
    towns = dict(zip(history.names, history.town_of, strict=True))
    assert towns["b"] == towns["c"] != towns["a"]


def summers(*, last_year: int, this_year: int = 514) -> np.ndarray:
    """A review every tenth day, and every day for a hundred days from these on."""
    return np.sort(np.r_[every(10), every(1, last_year, last_year + 100), every(1, this_year, this_year + 100)])


def test_a_house_that_opens_for_the_summer_expects_its_guests_then() -> None:
    """As many reviews in the year before, in the same weeks or in others."""
    calm = [(f"b{n}", "xy"[n % 2], every(3)) for n in range(12)]
    season, other = (
        ask(history_of([("a", "y", summers(last_year=start)), *calm]), "a", DAY + 530, 14) for start in (150, 300)
    )
    assert season.base["all"][0] == other.base["all"][0]
    assert season.mean["all"][0] > 1.5 * other.mean["all"][0]
    assert season.mean["high"][0] > 1.3 * other.mean["high"][0]
    assert season.mean["all"][0] < 1.2 * season.count["all"][0], "not more than came then"


def test_a_quiet_season_a_year_ago_lowers_nothing() -> None:
    """Closed in these weeks last year, or not on the platform yet."""
    steady, calm = every(3), [(f"b{n}", "xy"[n % 2], every(3)) for n in range(12)]
    closed = steady[(steady < DAY + 140) | (steady > DAY + 200)]
    whole, some = (ask(history_of([("a", "y", days), *calm]), "a", DAY + 540, 14) for days in (steady, closed))
    rate = some.base["all"][0] / whole.base["all"][0]
    assert some.mean["all"][0] == pytest.approx(rate * whole.mean["all"][0], rel=0.05)
    young = ask(history_of([("a", "y", every(3, 300)), *calm]), "a", DAY + 540, 14)
    assert young.mean["all"][0] == pytest.approx(whole.mean["all"][0], rel=0.1)


def test_a_steady_house_has_no_season() -> None:
    history = history_of([("a", "x", every(3))])
    one = np.array([0])
    for last in (450, 550, 690):
        assert history._own_season(one, np.array([DAY + last - 13]), np.array([DAY + last]), np.array([1 / 3])) == 1.0


def test_a_peak_a_year_ago_excuses_only_so_much() -> None:
    history = history_of([("a", "x", np.r_[every(3), np.repeat(DAY + 180, 5000)])])
    season = history._own_season(np.array([0]), np.array([DAY + 538]), np.array([DAY + 551]), np.array([1 / 3]))
    assert season == 6.0
