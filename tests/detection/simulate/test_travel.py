from dataclasses import replace
from typing import Literal

import pandas as pd
import pytest

from detection.simulate.attacks import SIZES, grid
from detection.simulate.places import kilometres
from detection.simulate.platform import Platform, large_spec, simulate
from detection.simulate.travel import FAR_KM
from tests.detection.simulate.test_attacks import event, reviews_of


def world(stayed: Literal["day", "month", "interval"]) -> Platform:
    spec = large_spec(listings=500, attacks=grid(("travel",), each=1))
    return simulate(replace(spec, sources=(replace(spec.sources[0], stayed=stayed),)), seed=11)


def far_pairs(planted: pd.DataFrame) -> pd.DataFrame:
    """Pairs of reviews of listings far from each other, with both stays."""
    ends = planted["stayed"].str.split("/")
    stays = planted[["review_id", "latitude", "longitude"]].copy()
    stays["first"], stays["last"] = pd.to_datetime(ends.str[0]), pd.to_datetime(ends.str[-1])
    both = stays.merge(stays, how="cross", suffixes=("", "_other"))
    km = kilometres(*(both[name].to_numpy() for name in ("latitude", "longitude", "latitude_other", "longitude_other")))
    return both[(km > FAR_KM) & (both["review_id"] < both["review_id_other"])]


@pytest.mark.parametrize("strength", [5, 4, 3, 2, 1])
def test_stays_of_a_day_lie_far_apart_two_by_two(strength: int) -> None:
    made = world("day")
    planted = reviews_of(made, event(made, "travel", strength))
    number, length = SIZES["travel"][strength]
    assert len(planted) == 2 * number
    assert planted["reviewer_id"].nunique() == 1
    pairs = far_pairs(planted)
    torn = pairs[pairs["first"] == pairs["first_other"]]
    assert set(torn["review_id"]) | set(torn["review_id_other"]) == set(planted["review_id"])
    stay = pd.to_datetime(planted["stayed"])
    assert (stay.max() - stay.min()).days < length
    assert (planted["published"] - stay).dt.days.between(0, 6).all()


@pytest.mark.parametrize("strength", [5, 3, 1])
def test_nights_are_spent_in_two_places(strength: int) -> None:
    made = world("interval")
    planted = reviews_of(made, event(made, "travel", strength))
    hotels = planted["listing_kind"] == "hotel"
    assert planted.loc[hotels, "stayed"].str.contains("/").all()
    assert not planted.loc[~hotels, "stayed"].str.contains("/").any()
    pairs = far_pairs(planted)
    nights, others = pairs["last"] - pairs["first"], pairs["last_other"] - pairs["first_other"]
    zero = pd.Timedelta(0)
    shared = pairs[["last", "last_other"]].min(axis=1) - pairs[["first", "first_other"]].max(axis=1)
    tables = (nights == zero) & (others == zero) & (shared == zero)
    beds = (nights > zero) & (others > zero) & (shared > zero)
    first, last = (pairs[[end, f"{end}_other"]] for end in ("first", "last"))
    # A table inside the nights elsewhere, neither on the day of coming nor on that of leaving.
    inside = (nights.eq(zero) ^ others.eq(zero)) & (first.max(axis=1) > first.min(axis=1))
    inside &= (shared == zero) & (last.min(axis=1) < last.max(axis=1))
    torn = pairs[tables | beds | inside]
    assert set(torn["review_id"]) | set(torn["review_id_other"]) == set(planted["review_id"])


def test_months_only_hint_at_it() -> None:
    made = world("month")
    planted = reviews_of(made, event(made, "travel", 4))
    assert planted["stayed"].str.fullmatch(r"\d{4}-\d\d").all()
    pairs = far_pairs(planted)
    torn = pairs[pairs["first"] == pairs["first_other"]]
    assert set(torn["review_id"]) | set(torn["review_id_other"]) == set(planted["review_id"])


def test_it_takes_towns_that_lie_apart() -> None:
    spec = large_spec(listings=40, days=300, attacks=grid(("travel",), each=1, strengths=(1,)))
    with pytest.raises(ValueError, match="300 km"):
        simulate(replace(spec, towns=2, countries=("CH",)), seed=1)


def test_it_may_be_told_to_start_at_the_end_of_the_world() -> None:
    attack = replace(grid(("travel",), each=1, strengths=(3,))[0], start_day=1090)
    made = simulate(large_spec(listings=200, attacks=(attack,)), seed=1)
    assert len(reviews_of(made, event(made, "travel", 3))) == 2 * SIZES["travel"][3][0]
