from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection.habits import (
    against_earlier,
    against_others,
    bursts,
    cells_of,
    enters,
    extremes,
    habits_of,
    moves,
    pace,
    platform_share,
    usual_share,
)

# Degrees of longitude on the equator, about 1,000 km.
EAST = 9.0
USUAL = (0.0, 1.0)


def visits(*told: tuple[int, int], account: int = 1, stays: bool = True) -> pd.DataFrame:
    """Rows of one account: days and towns, each 1,000 km from the next; town 0 is not known."""
    day, town = (np.array(each) for each in zip(*told, strict=True))
    east = np.where(town > 0, EAST * town, np.nan)
    return pd.DataFrame(
        {
            "account": account,
            "day": day,
            "precise": True,
            "stay": day if stays else -1,
            "place": town,
            "latitude": np.where(town > 0, 0.0, np.nan),
            "longitude": east,
        }
    )


def far(*told: tuple[int, int], stays: bool = True) -> list[bool]:
    return habits_of(visits(*told, stays=stays)).far.tolist()


def test_what_an_account_had_done_by_each_review() -> None:
    two = pd.concat([visits((5, 1), (5, 1), (9, 1), (80, 1)), visits((7, 1), (8, 1), account=2)], ignore_index=True)
    habits = habits_of(two)
    assert habits.n.tolist() == [1, 2, 3, 4, 1, 2]
    assert habits.life.tolist() == [0, 0, 4, 75, 0, 1]
    assert habits.burst.tolist() == [1, 2, 3, 3, 1, 2]
    assert habits.month.tolist() == [1, 2, 3, 3, 1, 2]
    assert habits.silence.tolist() == [0, 0, 4, 71, 0, 1]
    assert (habits.begins.tolist(), habits.ends.tolist()) == ([0, 4], [3, 5])


def test_reviews_of_uncertain_dates_make_no_burst() -> None:
    assert habits_of(visits(*[(5, 1)] * 6).assign(precise=False)).burst.max() == 1


def test_moves_from_nowhere_to_nowhere() -> None:
    assert far((0, 1), (60, 2), (120, 3)) == [False, True, True]
    assert far((0, 1), (60, 0), (120, 3)) == [False] * 3, "an unknown town explains nothing and accuses nobody"
    near = visits((0, 1), (60, 2)).assign(longitude=[0.0, 0.3])
    assert not habits_of(near).far.any()
    unplaced = visits((0, 1), (60, 2)).assign(latitude=np.nan, longitude=np.nan)
    assert habits_of(unplaced).far.tolist() == [False, True]


def test_a_home_explains_coming_and_going() -> None:
    assert far((0, 1), (30, 1), (60, 2), (90, 1), (120, 3), (150, 1)) == [False] * 6


def test_a_home_is_where_a_quarter_of_the_reviews_are() -> None:
    """A town seen again by chance is none."""
    told = [(30 * n, 1 + n) for n in range(9)] + [(300, 1), (330, 50)]
    assert far(*told)[-1]


def test_a_route_explains_towns_on_the_way() -> None:
    assert far((0, 1), (3, 2), (6, 3)) == [False] * 3
    assert far((0, 1), (1, 2), (2, 3)) == [False, True, True]
    assert far((0, 1), (0, 2), stays=False) == [False, False], "a journey's last evening, posted at once"


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 5)), min_size=1, max_size=30), st.integers(1, 29))
def test_what_comes_later_changes_nothing(told: list[tuple[int, int]], kept: int) -> None:
    told = sorted(told)
    whole, part = habits_of(visits(*told)), habits_of(visits(*told[:kept]))
    number = len(part.n)
    for name in ("n", "life", "far", "placed", "burst", "month", "silence"):
        np.testing.assert_array_equal(getattr(whole, name)[:number], getattr(part, name))
    for measure in (pace, moves):
        np.testing.assert_array_equal(measure(whole)[:number], measure(part))
    np.testing.assert_array_equal(bursts(whole, whole.silence)[:number], bursts(part, part.silence))


def test_pace_bursts_and_moves_rise_with_what_they_measure() -> None:
    slow, fast = (habits_of(visits(*[(step * n, 1 + n) for n in range(10)])) for step in (40, 5))
    assert pace(fast)[-1] > pace(slow)[-1]
    assert bursts(fast, fast.silence)[-1] > bursts(slow, slow.silence)[-1]
    assert moves(slow)[-1] == 1.0
    assert moves(habits_of(visits(*[(40 * n, 1) for n in range(10)])))[-1] == 0.0


def test_a_journey_told_at_once_is_no_pace() -> None:
    once, twice, thrice = (
        habits_of(visits(*[(40 * part + n // 4, 1 + n) for part in range(parts) for n in range(12)]))
        for parts in (1, 2, 3)
    )
    alone = habits_of(visits((0, 1)))
    assert pace(once)[-1] == pytest.approx(pace(alone)[-1], abs=0.05)
    assert pace(thrice)[-1] > pace(twice)[-1] > pace(once)[-1] + 1.0


def test_extremes_are_held_against_the_listings_usual_share() -> None:
    habits = habits_of(visits(*[(30 * n, 1) for n in range(20)]))
    always = np.ones(20, dtype=bool)
    assert extremes(habits, always, np.full(20, 0.9))[-1] < 1.0
    assert extremes(habits, always, np.full(20, 0.3))[-1] > 2.0
    assert extremes(habits, ~always, np.full(20, 0.3))[-1] < -1.0


def test_extremes_by_chance_are_no_surprise() -> None:
    rng = np.random.default_rng(1)
    number, accounts = 12, 4_000
    rows = pd.concat([visits(*[(n, 1) for n in range(number)])] * accounts, ignore_index=True)
    habits = habits_of(rows.assign(account=np.repeat(np.arange(accounts), number)))
    usual = rng.uniform(0.2, 0.7, len(rows))
    z = extremes(habits, rng.random(len(rows)) < usual, usual)[habits.ends]
    assert abs(z.mean()) < 0.05
    assert (z > 2.33).mean() < 0.01


def test_small_numbers_lean_on_the_platform() -> None:
    assert usual_share(np.array([0]), np.array([0]), np.array([0.4]))[0] == pytest.approx(0.4)
    assert usual_share(np.array([900]), np.array([1000]), np.array([0.4]))[0] == pytest.approx(0.9, abs=0.01)
    assert platform_share(np.array([0.0]), np.array([0.0]))[0] == pytest.approx(0.45)


def test_accounts_are_held_against_those_who_had_done_as_much() -> None:
    n = np.array([5, 9, 10, 19, 20, 400])
    assert len(np.unique(cells_of(np.zeros(6), n, 5))) == 3
    assert len(np.unique(cells_of(np.array([1, 2]), np.array([5, 5]), 5))) == 2
    assert enters(n, 5).tolist() == [True, False, True, False, True, False]


def test_deviations_from_earlier_days_are_standard_on_plain_data() -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(0.6, 0.7, 20_000)
    every = np.ones(len(values), dtype=bool)
    z = against_earlier(np.zeros(len(values), "int64"), np.arange(len(values)), values, every, USUAL)
    assert abs(z[1_000:].mean()) < 0.03
    assert z[1_000:].std() == pytest.approx(1.0, abs=0.03)
    others = against_others(np.zeros(len(values), "int64"), values, USUAL)
    assert others.std() == pytest.approx(1.0, abs=0.03)


@given(st.integers(0, 1_000), st.integers(1, 199))
def test_deviations_know_nothing_of_later_days(seed: int, kept: int) -> None:
    rng = np.random.default_rng(seed)
    day, values, enter = np.sort(rng.integers(0, 50, 200)), rng.normal(size=200), rng.random(200) < 0.6
    cells = rng.integers(0, 3, 200)
    kept = int(np.searchsorted(day, day[kept], side="right"))
    whole = against_earlier(cells, day, values, enter, USUAL)
    part = against_earlier(cells[:kept], day[:kept], values[:kept], enter[:kept], USUAL)
    np.testing.assert_array_equal(whole[:kept], part)


def test_one_odd_account_does_not_excuse_the_next() -> None:
    values = np.r_[np.random.default_rng(3).normal(size=300), 500.0, 500.0]
    z = against_others(np.zeros(len(values), "int64"), values, USUAL)
    assert z[-1] > 100
