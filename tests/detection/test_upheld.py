"""Meetings with upheld reviews: who meets whom, what is usual for a town's guests, and what that is worth."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detection.crowds import MONTH_DAYS
from detection.engines.local import write_shards
from detection.hashing import hashed
from detection.protocol import Night
from detection.upheld import NEAR_DAYS, Company, company_of, upheld_reviews, worth_of
from tests.detection.worlds import DAY, reviews_of, together

VISIT = st.tuples(st.integers(0, 5), st.integers(0, 4), st.integers(0, 200), st.sampled_from([0.0, 0.5, 1.0]))


def rows_of(visits: list[tuple[int, int, int, float]]) -> pd.DataFrame:
    """Rows sorted by account, from accounts, listings (two in each place), days and ratings."""
    account, listing, day, rating = (np.array(each) for each in zip(*sorted(visits), strict=True))
    return pd.DataFrame(
        {"platform": 1, "account": account, "listing": listing, "place": listing // 2, "day": day, "rating": rating}
    )


def upheld_of(visits: list[tuple[int, int, int, float]]) -> pd.DataFrame:
    frame = pd.DataFrame(visits, columns=["account", "listing", "day", "rating"])
    return frame.sort_values(["listing", "day", "rating", "account"], ignore_index=True)


def company(visits: list[tuple[int, int, int, float]], upheld: list[tuple[int, int, int, float]]) -> Company:
    rows = rows_of(visits)
    begins = np.flatnonzero(np.diff(rows["account"], prepend=-1))
    return company_of(rows, begins.astype("int64"), upheld_of(upheld))


@settings(deadline=None, max_examples=80)
@given(st.lists(VISIT, min_size=1, max_size=40), st.lists(VISIT, min_size=1, max_size=12))
def test_it_is_what_counting_by_hand_gives(visits: list, upheld: list) -> None:
    found = company(visits, upheld)
    rows, decided = rows_of(visits), {who for who, *_ in upheld}
    met = [
        row.account not in decided
        and any(
            row.listing == where and abs(row.day - day) <= NEAR_DAYS and abs(row.rating - rating) <= 0.26
            for _, where, day, rating in upheld
        )
        for row in rows.itertuples()
    ]
    assert found.met.tolist() == met
    rows = rows.assign(met=met, month=rows["day"] // MONTH_DAYS, free=~rows["account"].isin(decided))
    usual = rows["met"].sum() / max(rows["free"].sum(), 1)
    for number, (who, own) in enumerate(rows.groupby("account")):
        expected = times = 0.0
        for (place, month), here in own.groupby(["place", "month"]):
            others = rows[(rows["account"] != who) & rows["free"] & (rows["place"] == place) & (rows["month"] == month)]
            share = (others["met"].sum() + 10.0 * usual) / (len(others) + 10.0)
            expected += 1.0 - (1.0 - share) ** here["free"].sum()
            times += here["met"].any()
        assert found.times[number] == times
        assert found.expected[number] == pytest.approx(expected)


def test_who_is_decided_already_meets_nobody() -> None:
    found = company([(1, 0, 5, 1.0), (2, 0, 6, 1.0), (2, 2, 7, 1.0)], [(1, 0, 5, 1.0), (3, 2, 9, 1.0)])
    assert found.met.tolist() == [False, True, True]
    assert found.times.tolist() == [0, 2]


def test_once_is_anybody_and_more_speaks_where_it_is_unusual() -> None:
    """Guests of three towns, and one account that was there too: beside upheld reviews, or as everybody else was."""
    upheld = [(1, listing, 10, 1.0) for listing in (0, 2, 4)]
    there, beside = [0, 2, 4], [1, 3, 5]
    guests = [(100 + n, beside[n % 3], 10, 1.0) for n in range(300)]
    once = company([*guests, (50, 0, 20, 1.0), (50, 3, 20, 1.0)], upheld)
    assert (once.times[0], once.expected[0] < 0.1) == (1, True)
    assert once.deviations[0] <= 0.0
    thrice = company([*guests, *[(50, listing, 20, 1.0) for listing in there]], upheld)
    assert thrice.times[0] == 3
    assert thrice.deviations[0] > 2.0
    crowd = [(500 + n, there[n % 3], 10, 1.0) for n in range(300)]
    usual = company([*guests, *crowd, *[(50, listing, 20, 1.0) for listing in there]], upheld)
    assert usual.expected[0] == pytest.approx(1.5, abs=0.1)
    assert usual.deviations[0] < 1.0


@pytest.mark.parametrize("rate", [0.05, 0.4, 2.0, 8.0])
def test_by_chance_it_comes_to_nothing_and_its_variance_is_known(rate: float) -> None:
    times = np.random.default_rng(3).poisson(rate, 200_000)
    deviations, variance = worth_of(times, np.full(len(times), rate))
    assert deviations.mean() == pytest.approx(0.0, abs=0.01)
    assert deviations.var() == pytest.approx(variance[0], rel=0.1)
    assert np.isfinite(worth_of(np.array([4_000]), np.array([1e-9]))[0]).all()


def test_more_meetings_are_worth_more_and_never_beyond_three() -> None:
    worth, _ = worth_of(np.arange(12), np.full(12, 0.5))
    assert (np.diff(worth) >= 0.0).all()
    assert worth.max() <= 3.0


def test_upheld_reviews_are_asked_for_by_their_keys(tmp_path) -> None:
    reviews = together(
        reviews_of([DAY, DAY + 3], reviewer_key=["p/a", "p/b"], rating=[1.0, 0.0], listing_key="p/x"),
        reviews_of([DAY + 1], listing_key="p/y"),
    )
    night = Night(dt.date(2026, 1, 1), write_shards(reviews, tmp_path, 2), upheld=("r000002", "r000001", "gone"))
    found = upheld_reviews(night).sort_values("day")
    assert found["day"].tolist() == [DAY + 1, DAY + 3]
    assert found["listing"].tolist() == hashed(pd.Series(["p/y", "p/x"])).tolist()
    assert found["account"].tolist() == hashed(pd.Series(["", "p/b"])).tolist()
