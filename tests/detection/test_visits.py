import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detection.arrays import Ints
from detection.crowds import month_of, town_hash
from detection.visits import SPAN, Visits, firsts, ranges
from tests.detection.test_crowds import crowds_of, evenly
from tests.detection.worlds import DAY, reviews_of

ABOUT = 90
SAID = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 5), st.integers(0, 400), st.integers(0, 4)), min_size=1, max_size=30
)
Said = list[tuple[int, int, int, int]]


def reviews_from(said: Said) -> pd.DataFrame:
    """Reviews (account, listing, day, stars), two listings to a town."""
    return reviews_of(
        [DAY + day for _, _, day, _ in said],
        listing_key=[f"p/{listing}" for _, listing, _, _ in said],
        city=[f"town {listing // 2}" for _, listing, _, _ in said],
        reviewer_key=[f"p/u{account}" for account, _, _, _ in said],
        rating=[stars / 4 for _, _, _, stars in said],
    )


def visits_of(reviews: pd.DataFrame) -> Visits:
    return Visits.of(reviews, crowds_of(reviews))


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(0, 6)), max_size=20))
def test_ranges_are_a_loop(said: list[tuple[int, int]]) -> None:
    first, number = (np.array([row[at] for row in said], dtype="int64") for at in range(2))
    assert ranges(first, number).tolist() == [first + step for first, number in said for step in range(number)]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=20))
def test_firsts_are_a_loop(said: list[tuple[int, int]]) -> None:
    one, other = (np.array([row[at] for row in said], dtype="int64") for at in range(2))
    assert firsts(one, other).tolist() == [at == 0 or said[at] != said[at - 1] for at in range(len(said))]
    assert firsts(one).tolist() == [at == 0 or said[at][0] != said[at - 1][0] for at in range(len(said))]


@settings(max_examples=50)
@given(SAID)
def test_the_columns_are_those_of_the_frame(said: Said) -> None:
    reviews = reviews_from(said)
    visits = visits_of(reviews)
    frame = visits.frame
    ordered = reviews.sort_values(["listing_key", "day_to", "review_key"], ignore_index=True)
    assert frame["review_key"].tolist() == ordered["review_key"].tolist()
    assert visits.names[visits.account].tolist() == frame["reviewer_key"].tolist()
    assert visits.day.tolist() == frame["day_to"].tolist()
    assert visits.rating.tolist() == frame["rating"].tolist()
    assert (np.diff(visits.keys) >= 0).all()
    assert (visits.keys == visits.listing * SPAN + visits.day).all()
    for numbers, told in ((visits.listing, frame["listing_key"]), (visits.town, town_hash(frame))):
        assert len(set(zip(numbers, told, strict=True))) == len(set(numbers)) == len(set(told))
    assert visits.towns == len(set(visits.town))


@settings(max_examples=50)
@given(SAID)
def test_habits_are_those_of_a_loop(said: Said) -> None:
    """Reviews of an account in a town, for each that the town got in the account's time."""
    reviews = reviews_from(said)
    visits = visits_of(reviews)
    frame = visits.frame.assign(town=town_hash(visits.frame))
    days = frame["day_to"]
    expected = []
    for town, account in zip(frame["town"], frame["reviewer_key"], strict=True):
        own, here = frame["reviewer_key"] == account, frame["town"] == town
        months = pd.Series(month_of(days[here].to_numpy().astype("int64"))).value_counts().to_dict()
        there = evenly(months, days[own].min() - ABOUT, days[own].max() + ABOUT)
        expected.append((own & here).sum() / max(there, (own & here).sum()))
    assert visits.habit == pytest.approx(expected)
    assert ((visits.habit > 0) & (visits.habit <= 1)).all()
    table = visits.habits(np.arange(len(visits.names)), np.arange(visits.towns))
    told = dict(zip(zip(visits.account, visits.town, strict=True), visits.habit, strict=True))
    for account in range(len(visits.names)):
        for town in range(visits.towns):
            assert table[account, town] == told.get((account, town), 0.0)


@settings(max_examples=50)
@given(SAID, st.data())
def test_rows_of_accounts_are_a_loop(said: Said, data: st.DataObject) -> None:
    visits = visits_of(reviews_from(said))
    number = len(visits.names)
    wanted = data.draw(st.lists(st.integers(0, number - 1), unique=True, max_size=number))
    found = visits.rows_of(np.array(wanted, dtype="int64"))
    assert found.tolist() == [row for row in range(len(said)) if visits.account[row] in wanted]


@settings(max_examples=40)
@given(SAID, st.data())
def test_the_order_of_the_reviews_does_not_matter(said: Said, data: st.DataObject) -> None:
    reviews = reviews_from(said)
    order = data.draw(st.permutations(range(len(said))))
    one, other = visits_of(reviews), visits_of(reviews.iloc[order])
    assert one.frame["review_key"].tolist() == other.frame["review_key"].tolist()
    for name in ("account", "listing", "town", "day", "habit", "listing_code", "spots", "spot_habit", "order", "start"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist(), name


def test_who_comes_often_has_a_stronger_habit_and_who_comes_once_a_weaker_one() -> None:
    said = [(0, 0, day, 4) for day in range(0, 100, 10)] + [(1, 0, 50, 4), (2, 3, 50, 4)]
    visits = visits_of(reviews_from(said))
    often, once, alone = visits.habits(np.array([0, 1, 2]), np.array(sorted(set(visits.town)))).max(axis=1)
    assert alone == 1.0, "nobody else reviews there"
    assert often > 5 * once


def test_a_place_without_reviews_in_the_crowds_has_no_number() -> None:
    """Reviews that came after the counts were made."""
    reviews = reviews_from([(0, 0, 0, 4), (0, 1, 3, 4), (1, 4, 9, 4)])
    visits = Visits.of(reviews, crowds_of(reviews[reviews["listing_key"] != "p/4"]))
    codes: Ints = visits.listing_code[visits.frame["listing_key"] == "p/4"]
    assert codes.tolist() == [-1]
    assert visits.habit[visits.frame["listing_key"] == "p/4"].tolist() == [1.0]
