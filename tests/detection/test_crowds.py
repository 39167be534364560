import numpy as np
import pandas as pd
import pytest

from detection.collusion import LISTING, TOWN, Collusion
from detection.crowds import Crowds, month_of, town_hash
from detection.engines.local import folded
from tests.detection.worlds import DAY, reviews_of


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


@pytest.mark.parametrize("seed", range(10))
def test_shares_are_those_of_a_loop(seed: int) -> None:
    rng = np.random.default_rng(seed)
    said = list(zip(rng.integers(0, 6, 40).tolist(), rng.integers(0, 300, 40).tolist(), strict=True))
    size = int(rng.integers(1, 9))
    reviews = visits(said)
    group = reviews.head(size)
    found = crowds_of(reviews).shares(group)
    months = month_of(reviews["day_to"].to_numpy().astype("int64"))
    for row in range(len(group)):
        near = np.abs(months - months[row]) <= 1
        here = near & (reviews["listing_key"] == reviews["listing_key"][row]).to_numpy()
        there = near & (reviews["city"] == reviews["city"][row]).to_numpy()
        own = np.arange(len(reviews)) < size
        left = max((here & ~own).sum(), 0.2 * here.sum())
        of = max((there & ~own).sum(), 0.2 * there.sum(), 1.0)
        assert found[row] == pytest.approx(left / of)
        assert 0.0 < found[row] <= 1.0


def test_the_stores_own_figures() -> None:
    reviews = visits([(0, 0), (0, 40), (1, 80), (4, 200)], rating=[1.0, 0.0, 0.75, 0.25])
    crowds = crowds_of(reviews)
    assert crowds.high_share == 0.25
    assert crowds.low_share == 0.5
    assert sorted(crowds.ratings) == [0.25, 0.5, 0.75]
    months = month_of(reviews["day_to"].to_numpy().astype("int64"))
    assert crowds.days == (months.max() - months.min() + 1) * 30


def test_towns_of_one_name_in_two_countries_are_two() -> None:
    reviews = visits([(0, 0)] * 4, country=["DE", "AT", "DE", "DE"], platform=["p", "p", "q", "p"])
    towns = town_hash(reviews)
    assert towns[0] == towns[3]
    assert len(set(towns)) == 3


def test_an_empty_store_has_crowds_of_nobody() -> None:
    crowds = crowds_of(visits([(0, 0)]).iloc[:0])
    assert crowds.days == 30
    assert crowds.high_share == 0.0
