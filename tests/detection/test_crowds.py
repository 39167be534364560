import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection.arrays import Ints
from detection.collusion import LISTING, TOWN, Collusion
from detection.crowds import MONTH_DAYS, Counts, Crowds, month_of, town_hash
from detection.engines.local import folded
from detection.hashing import hashed
from tests.detection.worlds import DAY, reviews_of

# Reviews by place and month; places 5 and 6 never have any.
MONTHS = st.dictionaries(st.tuples(st.integers(0, 4), st.integers(0, 30)), st.integers(1, 9), max_size=25)
PLACES = np.sort(hashed(pd.Series([f"place {number}" for number in range(7)])))
ASKED = st.lists(st.tuples(st.integers(0, 6), st.integers(-100, 1000), st.integers(0, 400)), min_size=1, max_size=10)


def crowds_of(reviews: pd.DataFrame) -> Crowds:
    fold = Collusion.fold
    assert fold is not None
    partials = folded(Collusion(least_account_reviews=1).scan(reviews), fold)
    return Crowds.of(partials[partials["role"] == TOWN], partials[partials["role"] == LISTING])


def visits(rows: list[tuple[int, int]], **columns: object) -> pd.DataFrame:
    """Reviews (listing, day), each by an account of its own; three listings to a town."""
    return reviews_of(
        [DAY + day for _, day in rows],
        listing_key=[f"p/{listing}" for listing, _ in rows],
        city=[f"town {listing // 3}" for listing, _ in rows],
        reviewer_key=[f"p/u{number}" for number in range(len(rows))],
        **columns,
    )


def counts_of(months: dict[tuple[int, int], int]) -> Counts:
    rows = [(place, month, number) for (place, month), number in months.items()]
    place, month, number = (np.array([row[at] for row in rows], dtype="int64") for at in range(3))
    return Counts.of(PLACES[place], month, number.astype("float64"))


def ask(counts: Counts, asked: list[tuple[int, int, int]]) -> tuple[Ints, Ints, Ints]:
    place, first, length = (np.array([row[at] for row in asked], dtype="int64") for at in range(3))
    return counts.code(PLACES[place]), first, first + length


def evenly(months: dict[int, float], first: int, last: int) -> float:
    """Reviews from one day to another, a month's lying evenly over its days."""
    days = range(first, last + 1)
    return sum(months.get(day // MONTH_DAYS, 0) / MONTH_DAYS for day in days)


@given(MONTHS, ASKED)
def test_within_is_a_loop_over_days(months: dict[tuple[int, int], int], asked: list[tuple[int, int, int]]) -> None:
    counts = counts_of(months)
    codes, first, last = ask(counts, asked)
    expected = [
        evenly({month: number for (place, month), number in months.items() if place == wanted}, start, start + length)
        for wanted, start, length in asked
    ]
    assert counts.within(codes, first, last) == pytest.approx(expected, abs=1e-9)
    known = {place for place, _ in months}
    assert [code >= 0 for code in codes] == [wanted in known for wanted, _, _ in asked]


@given(MONTHS, st.integers(0, 6), st.integers(-5, 35), st.integers(0, 40))
def test_whole_months_are_whole_numbers(
    months: dict[tuple[int, int], int], place: int, month: int, length: int
) -> None:
    counts = counts_of(months)
    codes, first, last = ask(counts, [(place, month * MONTH_DAYS, length * MONTH_DAYS - 1)])
    expected = sum(months.get((place, each), 0) for each in range(month, month + length))
    assert counts.within(codes, first, last).tolist() == [expected]


@given(MONTHS, ASKED, st.integers(0, 400))
def test_two_stretches_are_as_one(
    months: dict[tuple[int, int], int], asked: list[tuple[int, int, int]], cut: int
) -> None:
    counts = counts_of(months)
    codes, first, last = ask(counts, asked)
    middle = np.minimum(first + cut, last)
    parts = counts.within(codes, first, middle) + counts.within(codes, middle + 1, last)
    assert parts == pytest.approx(counts.within(codes, first, last), abs=1e-9)
    assert (counts.within(codes, first, middle) <= counts.within(codes, first, last)).all()


@given(MONTHS, MONTHS, ASKED)
def test_what_lies_elsewhere_changes_nothing_to_the_last_bit(
    months: dict[tuple[int, int], int],
    elsewhere: dict[tuple[int, int], int],
    asked: list[tuple[int, int, int]],
) -> None:
    """Answers are kept from night to night under digests of the months about them."""
    # As many as make the sum up to there lose digits.
    before = {(place, month): number * 777_777 for (place, month), number in elsewhere.items()}
    later = {(place, month + 40): number for (place, month), number in months.items()}
    asked = [(place, max(first, 0) + 40 * MONTH_DAYS, length) for place, first, length in asked]
    alone, among = counts_of(later), counts_of({**before, **later})
    assert alone.within(*ask(alone, asked)).tolist() == among.within(*ask(among, asked)).tolist()


def test_the_order_of_the_rows_does_not_matter() -> None:
    months = {(2, 3): 5, (0, 7): 2, (2, 1): 4}
    one, other = counts_of(months), counts_of(dict(reversed(months.items())))
    for name in ("places", "keys", "before"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist()


def test_months_are_thirty_days() -> None:
    assert month_of(np.array([0, 29, 30, 19_000])).tolist() == [0, 0, 1, 633]


def test_the_stores_own_figures() -> None:
    reviews = visits([(0, 0), (0, 40), (1, 80), (4, 200)], rating=[1.0, 0.0, 0.75, 0.25])
    crowds = crowds_of(reviews)
    assert crowds.high_share == 0.25
    assert crowds.low_share == 0.5
    at = hashed(pd.Series(["p/0", "p/1", "p/4"]))
    assert crowds.ratings.loc[at].to_numpy().tolist() == [[0.5, 1, 1, 2], [0.75, 0, 0, 1], [0.25, 0, 1, 1]]
    assert list(crowds.ratings.columns) == ["mean", "high", "low", "reviews"]
    everything = np.array([0] * 3), np.array([40_000] * 3)
    assert crowds.listings.within(crowds.listings.code(at), *everything).tolist() == [2, 1, 1]
    towns = np.unique(town_hash(reviews))
    assert sorted(crowds.towns.within(crowds.towns.code(towns), *(each[:2] for each in everything))) == [1, 3]


def test_towns_of_one_name_in_two_countries_are_two() -> None:
    reviews = visits([(0, 0)] * 4, country=["DE", "AT", "DE", "DE"], platform=["p", "p", "q", "p"])
    towns = town_hash(reviews)
    assert towns[0] == towns[3]
    assert len(set(towns)) == 3
    crowds = crowds_of(reviews)
    there = crowds.towns.within(crowds.towns.code(towns), np.full(4, DAY - 30), np.full(4, DAY + 60))
    assert there.tolist() == [2, 1, 1, 2]


def test_an_empty_store_has_crowds_of_nobody() -> None:
    crowds = crowds_of(visits([(0, 0)]).iloc[:0])
    assert crowds.high_share == crowds.low_share == 0.0
    assert crowds.ratings.empty
    for counts in (crowds.towns, crowds.listings):
        codes = counts.code(PLACES)
        assert codes.tolist() == [-1] * 7
        assert counts.within(codes, np.full(7, 0), np.full(7, 9_999)).tolist() == [0.0] * 7
