from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection.routes import (
    DAY_TRIP_KM,
    FLIGHT_KM_A_DAY,
    KEPT_NIGHTS,
    MOST_HURRIED,
    NEAR_KM,
    SAME_DAY_KM,
    conflicts_of,
    doubt,
    far_apart,
    independent,
    kilometres,
)

A_DEGREE = 111.195


def stays(*told: tuple[int, int, bool, float], account: int = 1) -> pd.DataFrame:
    """Rows start, end, hotel, kilometres east of a point on the equator."""
    start, end, hotel, km = zip(*told, strict=True)
    return pd.DataFrame(
        {
            "account": account,
            "start": start,
            "end": end,
            "hotel": hotel,
            "latitude": 0.0,
            "longitude": np.array(km) / A_DEGREE,
        }
    )


def strength(*told: tuple[int, int, bool, float]) -> float:
    found = conflicts_of(stays(*told))
    assert len(found.strength) <= 1
    return float(found.strength.sum())


def test_distances_are_those_of_the_globe() -> None:
    konstanz, vienna = (np.array([47.66]), np.array([9.18])), (np.array([48.21]), np.array([16.37]))
    assert kilometres(*konstanz, *vienna)[0] == pytest.approx(538, abs=5)
    assert kilometres(np.array([0.0]), np.array([179.5]), np.array([0.0]), np.array([-179.5]))[0] == pytest.approx(
        A_DEGREE, rel=1e-3
    )


@given(*[st.floats(-90, 90), st.floats(-180, 180)] * 2)
def test_a_distance_is_the_same_both_ways_and_never_more_than_half_the_globe(
    north: float, east: float, other_north: float, other_east: float
) -> None:
    one, other = (np.array([north]), np.array([east])), (np.array([other_north]), np.array([other_east]))
    there, back = kilometres(*one, *other)[0], kilometres(*other, *one)[0]
    assert there == pytest.approx(back, abs=1e-6)
    assert 0.0 <= there <= 20_016


def test_two_beds_in_one_night() -> None:
    assert strength((10, 12, True, 0), (11, 13, True, 60)) == 1.0
    assert strength((10, 16, True, 0), (10, 16, True, 60)) == 1.0
    assert strength((10, 12, True, 0), (11, 13, True, 40)) == 0.0, "a wrong pin, or the suburb"


@pytest.mark.parametrize("km", [60.0, 600.0, 6000.0])
def test_leaving_here_and_arriving_there_on_one_day_is_no_conflict(km: float) -> None:
    assert strength((10, 12, True, 0), (12, 14, True, km)) == 0.0
    assert strength((10, 12, True, 0), (12, 12, False, km)) == 0.0, "dinner on the day of departure"
    assert strength((12, 14, True, 0), (12, 12, False, km)) == 0.0, "lunch on the day of arrival"


def test_two_tables_on_one_day_allow_a_train_and_ask_much_of_a_flight() -> None:
    assert strength((10, 10, False, 0), (10, 10, False, SAME_DAY_KM[0])) == pytest.approx(0.0, abs=1e-3)
    assert strength((10, 10, False, 0), (10, 10, False, sum(SAME_DAY_KM) / 2)) == pytest.approx(0.5, abs=1e-3)
    assert strength((10, 10, False, 0), (10, 10, True, 1.1 * SAME_DAY_KM[1])) == 1.0
    assert strength((10, 10, False, 0), (11, 11, False, 9_000)) == 0.0, "the day after, anywhere"


def test_a_day_between_two_nights_is_a_day_trip() -> None:
    assert strength((10, 14, True, 0), (12, 12, False, DAY_TRIP_KM[0] - 1)) == 0.0
    assert strength((10, 14, True, 0), (12, 12, False, DAY_TRIP_KM[1] + 1)) == 1.0


def test_a_room_is_kept_while_its_guest_sleeps_elsewhere() -> None:
    assert strength((10, 10 + KEPT_NIGHTS, True, 0), (12, 17, True, 900)) == 0.0
    assert strength((10, 10 + KEPT_NIGHTS, True, 0), (12, 10 + KEPT_NIGHTS, True, 900)) == 1.0, "not on the last night"
    assert strength((10, 9 + KEPT_NIGHTS, True, 0), (12, 17, True, 900)) == 1.0


def doubted(*told: tuple[int, int, bool, float]) -> float:
    frame = stays(*told)
    return doubt(conflicts_of(frame), frame)


def test_slips_of_many_stays_are_excused() -> None:
    torn = [(10 * n, 10 * n, False, km) for n in range(3) for km in (0.0, 2_000.0)]
    quiet = [(100 + n, 100 + n, False, 0.0) for n in range(44)]
    assert doubted(*torn, *quiet[:4]) == 3.0
    assert doubted(*torn, *quiet) == pytest.approx(3.0 - 40 * 0.04)


def test_a_commuter_is_hurried_however_often() -> None:
    there_and_back = [(10 * n, 10 * n, False, km) for n in range(8) for km in (0.0, 900.0)]
    assert doubted(*there_and_back) == MOST_HURRIED
    everywhere = [(10 * n, 10 * n, False, km + 300.0 * n) for n in range(8) for km in (0.0, 900.0)]
    assert doubted(*everywhere) == pytest.approx(8 / 3)


def test_nobody_flies_round_the_globe_between_two_days() -> None:
    assert strength((10, 10, False, 0), (11, 11, False, FLIGHT_KM_A_DAY + 100)) == 1.0
    assert strength((10, 10, False, 0), (12, 12, False, FLIGHT_KM_A_DAY + 100)) == 0.0


def test_other_accounts_are_others() -> None:
    two = pd.concat([stays((10, 10, False, 0)), stays((10, 10, False, 5_000), account=2)], ignore_index=True)
    assert len(conflicts_of(two).first) == 0
    assert len(conflicts_of(two.iloc[:0]).first) == 0


def test_one_wrong_date_counts_once() -> None:
    """One stay that contradicts four others, which agree among themselves."""
    slipped = stays(*[(10, 10, False, 0.1 * n) for n in range(4)], (10, 10, False, 2_000))
    found = conflicts_of(slipped)
    assert len(found.first) == 4
    assert independent(found).sum() == 1
    twice = stays((10, 10, False, 0), (10, 10, False, 2_000), (20, 20, False, 0), (20, 20, False, 2_000))
    assert independent(conflicts_of(twice)).sum() == 2


@given(
    st.lists(
        st.tuples(st.integers(0, 20), st.integers(0, 5), st.booleans(), st.floats(0, 15_000)), min_size=1, max_size=12
    )
)
def test_counted_conflicts_share_no_stay(told: list[tuple[int, int, bool, float]]) -> None:
    frame = stays(*sorted((start, start + nights, hotel, km) for start, nights, hotel, km in told))
    found = conflicts_of(frame)
    assert (found.km >= NEAR_KM).all()
    assert (found.strength > 0).all()
    assert (found.strength <= 1.0).all()
    assert doubt(found, frame) <= independent(found).sum()
    kept = found.take(independent(found))
    used = np.r_[kept.first, kept.second]
    assert len(np.unique(used)) == len(used)
    assert bool(len(used)) == bool(len(found.first))


def test_places_far_apart_are_counted_once_each() -> None:
    east = np.array([0.0, 10.0, 100.0, 140.0, 300.0]) / A_DEGREE
    assert far_apart(np.zeros(5), east).tolist() == [0, 2, 4]
