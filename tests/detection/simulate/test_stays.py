import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from detection.simulate.attacks import grid
from detection.simulate.company import with_company
from detection.simulate.platform import Platform, large_spec, simulate
from detection.simulate.reviewers import make_slots
from detection.simulate.stays import MOST_NIGHTS, draw_nights, settle
from detection.simulate.world import Source, Spec, build_world

ATTACKS = grid(("ring", "owners"), each=1, strengths=(4, 3))


def told(stayed: str, seed: int) -> Platform:
    spec = with_company(large_spec(listings=500, attacks=ATTACKS))
    return simulate(replace(spec, sources=(replace(spec.sources[0], stayed=stayed),)), seed)


@pytest.fixture(scope="module")
def nights() -> Platform:
    return told("interval", 6)


def days_in_two_towns(platform: Platform) -> pd.DataFrame:
    """Days on which an account that nobody hired is in two towns, but those on which it changes hotels."""
    hired = {a for ids in platform.events[platform.events["planted"]]["reviewer_ids"] for a in ids}
    said = platform.reviews[~platform.reviews["reviewer_id"].isin(hired)]
    ends = said["stayed"].str.split("/")
    stays = said[["reviewer_id", "city"]].assign(first=pd.to_datetime(ends.str[0]), last=pd.to_datetime(ends.str[-1]))
    stays["day"] = [pd.date_range(*stay) for stay in zip(stays["first"], stays["last"], strict=True)]
    daily = stays.explode("day")
    both = daily.merge(daily, on=["reviewer_id", "day"], suffixes=("", "_other"))
    both = both[both["city"] != both["city_other"]]
    overnight = (both["first"] < both["last"]) & (both["first_other"] < both["last_other"])
    leaves = (both["last"] == both["day"]) & (both["first_other"] == both["day"])
    comes = (both["last_other"] == both["day"]) & (both["first"] == both["day"])
    return both[~(overnight & (leaves | comes))]


@pytest.mark.parametrize("seed", [6, 7])
def test_no_honest_account_is_in_two_towns_on_a_day(seed: int) -> None:
    assert days_in_two_towns(told("day", seed)).empty
    assert days_in_two_towns(told("interval", seed)).empty


def test_a_source_tells_check_in_and_check_out_of_hotels_and_the_day_of_restaurants(nights: Platform) -> None:
    reviews = nights.reviews
    hotels = reviews["listing_kind"] == "hotel"
    day, interval = r"\d{4}-\d\d-\d\d", r"\d{4}-\d\d-\d\d/\d{4}-\d\d-\d\d"
    assert reviews.loc[~hotels, "stayed"].str.fullmatch(day).all()
    assert reviews.loc[hotels, "stayed"].str.fullmatch(interval).mean() > 0.99
    assert reviews.loc[hotels, "stayed"].str.fullmatch(f"{day}|{interval}").all()
    ends = reviews.loc[hotels & reviews["stayed"].str.contains("/"), "stayed"].str.split("/", expand=True)
    length = (pd.to_datetime(ends[1]) - pd.to_datetime(ends[0])).dt.days
    assert length.between(1, MOST_NIGHTS).all()
    assert (length == 1).mean() > (length == 2).mean() > (length == 3).mean()
    assert (pd.to_datetime(ends[1]) <= reviews.loc[ends.index, "published"]).all()


def test_some_change_hotels_on_a_day(nights: Platform) -> None:
    said = nights.reviews[nights.reviews["stayed"].str.contains("/")].copy()
    said[["first", "last"]] = said["stayed"].str.split("/", expand=True)
    moved = said.merge(said, left_on=["reviewer_id", "last"], right_on=["reviewer_id", "first"], suffixes=("", "_next"))
    assert (moved["city"] != moved["city_next"]).sum() > 20


def test_a_party_sleeps_in_the_same_nights(nights: Platform) -> None:
    parties = nights.events.loc[nights.events["kind"] == "tour_party", ["event_id"]]
    written = nights.reviews.merge(nights.truth, on="review_id").merge(parties, on="event_id")
    hotels = written[written["listing_kind"] == "hotel"]
    usual = hotels.groupby(["event_id", "listing_id"])["stayed"].agg(
        lambda said: said.value_counts(normalize=True).iloc[0]
    )
    # Where somebody's own stays leave no room, theirs are shorter.
    assert usual.median() > 0.6


def test_the_same_world_is_told_by_the_day_or_by_the_night(nights: Platform) -> None:
    by_day = told("day", 6)
    assert by_day.reviews["stayed"].tolist() == nights.reviews["stayed"].str.split("/").str[-1].tolist()
    assert by_day.reviews.drop(columns="stayed").equals(nights.reviews.drop(columns="stayed"))


def test_what_came_with_an_event_gives_way() -> None:
    spec = Spec(start=dt.date(2024, 1, 1), days=60, sources=(Source(slug="a", listings=9),), towns=2)
    world = build_world(spec, np.random.default_rng(1))
    here, there = np.flatnonzero(world.town == 0), np.flatnonzero(world.town == 1)
    listing = [here[0], here[1], there[0], there[1], here[0], there[0]]
    slots = make_slots(6, listing=listing, day=[20, 22, 21, 25, 30, 30], account=[1, 1, 1, 1, 0, 0])
    slots["lag_days"] = [0, 3, 1, 0, 0, 0]
    slots["event"][2] = 0
    settle(world, slots, hired=1)
    # Day 20 is the first review's, day 19 the second's; the event's visit was on day 18. The hired stay torn.
    assert slots["lag_days"].tolist() == [0, 3, 3, 0, 0, 0]


def test_nights_begin_after_the_last_stay_elsewhere() -> None:
    spec = Spec(
        start=dt.date(2024, 1, 1), days=60, sources=(Source(slug="a", listings=40, stayed="interval"),), towns=2
    )
    world = build_world(spec, np.random.default_rng(1))
    hotel, other = (np.flatnonzero(world.hotel & (world.town == town))[0] for town in (0, 1))
    table = np.flatnonzero(~world.hotel & (world.town == 1))[0]
    for seed in range(20):
        slots = make_slots(
            6, listing=[other, hotel, table, hotel, other, hotel], day=[20, 22, 23, 25, 30, 31], account=1, lag_days=0
        )
        slots["account"][4:] = 0
        slots["nights"][4:] = 4
        draw_nights(np.random.default_rng(seed), world, slots, hired=1)
        nights = slots["nights"]
        assert 1 <= nights[0] <= MOST_NIGHTS
        assert 1 <= nights[1] <= 2
        assert nights[2] == 0
        assert nights[3] == 1
        assert (nights[4:] == 4).all()


def test_a_hotel_without_room_for_a_night_is_no_change_of_hotels() -> None:
    spec = Spec(
        start=dt.date(2024, 1, 1), days=60, sources=(Source(slug="a", listings=40, stayed="interval"),), towns=3
    )
    world = build_world(spec, np.random.default_rng(1))
    table = np.flatnonzero(~world.hotel & (world.town == 0))[0]
    first, second, third = (np.flatnonzero(world.hotel & (world.town == town))[0] for town in (1, 2, 0))
    slots = make_slots(4, listing=[table, first, second, third], day=[20, 21, 22, 24], account=1, lag_days=0)
    for seed in range(5):
        slots["nights"] = 0
        draw_nights(np.random.default_rng(seed), world, slots, hired=0)
        # From the table nobody comes to the first hotel in time, nor from there to the second.
        assert slots["nights"][:3].tolist() == [0, 0, 0]
        assert slots["nights"][3] == 1
