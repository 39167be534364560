import datetime as dt
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from detection.simulate.attacks import grid
from detection.simulate.honest import honest_at_scale
from detection.simulate.platform import Platform, large_spec, simulate
from detection.simulate.world import Honest

DAYS = 1095
HONEST = Honest(
    festivals_per_town_year=1.0,
    campaigns=3,
    openings=20,
    media_mentions=30,
    weddings=40,
    tour_groups=20,
    cards=20,
    mailings=10,
    renovations=60,
    new_managements=20,
    imports=15,
    faults=30,
    closures=15,
    seasonal=12,
    outages=3,
    couples=40,
    food_clubs=4,
    elite_groups=4,
)


@pytest.fixture(scope="module")
def platform() -> Platform:
    spec = large_spec(listings=400, days=DAYS, attacks=grid(("ring",), each=1, camouflage=0.5))
    return simulate(replace(spec, honest=HONEST), seed=5)


def of_kind(platform: Platform, kind: str) -> pd.DataFrame:
    """The reviews of all events of a kind, each with its event's columns."""
    events = platform.events[platform.events["kind"] == kind]
    marked = platform.truth.merge(events, on="event_id")
    return platform.reviews.merge(marked, on="review_id", suffixes=("", "_of_event"))


def first_reviews(reviews: pd.DataFrame) -> pd.Series:
    return ~reviews.sort_values(["published", "review_id"])["reviewer_id"].duplicated()


def test_every_kind_comes_in_its_number(platform: Platform) -> None:
    counts = platform.events[~platform.events["planted"]]["kind"].value_counts().to_dict()
    assert counts == {
        "festival": 3 * 5,
        "campaign": 3,
        "opening": 20,
        "media": 30,
        "wedding": 40,
        "tour_group": 20,
        "card": 20,
        "mailing": 10,
        "renovation": 60,
        "new_management": 20,
        "import": 15,
        "fault": 30,
        "closure": 15,
        "seasonal": 12,
        "outage": 3,
        "couple": 40,
        "food_club": 4,
        "elite_group": 4,
    }


def test_all_can_be_switched_off() -> None:
    platform = simulate(replace(large_spec(listings=40, days=400), honest=Honest()), seed=1)
    assert platform.events.empty
    assert platform.truth.empty
    assert len(platform.reviews) > 500


def test_closed_and_unopened_listings_are_silent(platform: Platform) -> None:
    reviews, events = platform.reviews, platform.events
    # Parties and groups keep their dates; only the ordinary days fall silent.
    ordinary = reviews[~reviews["review_id"].isin(platform.truth["review_id"])]
    for closure in events[events["kind"] == "closure"].itertuples():
        inside = (ordinary["listing_id"] == closure.listing_ids[0]) & ordinary["published"].between(
            closure.start, closure.end
        )
        assert not inside.any()
    for opening in events[events["kind"] == "opening"].itertuples():
        early = (ordinary["listing_id"] == opening.listing_ids[0]) & (ordinary["published"] < opening.start)
        assert not early.any()


def test_a_wedding_brings_new_accounts_and_high_stars(platform: Platform) -> None:
    guests, everyone = of_kind(platform, "wedding"), platform.reviews
    new = everyone["review_id"][first_reviews(everyone)]
    assert guests["review_id"].isin(new).mean() > 0.8
    assert guests["rating"].mean() > everyone["rating"].mean() + 0.4
    assert guests.groupby("event_id").size().median() > 6


def test_a_festival_lifts_its_town_and_no_other(platform: Platform) -> None:
    reviews, events = platform.reviews, platform.events
    ratios = []
    for festival in events[events["kind"] == "festival"].itertuples():
        there = reviews[reviews["listing_id"].isin(festival.listing_ids)]["published"]
        assert reviews[reviews["listing_id"].isin(festival.listing_ids)]["city"].nunique() == 1
        week = pd.Timedelta(days=28)
        length = (festival.end - festival.start).days + 1
        during = there.between(festival.start, festival.end).sum() / length
        around = there.between(festival.start - week, festival.end + week).sum() / (length + 56)
        ratios.append(during / around)
    assert pd.Series(ratios).median() > 1.25


def test_renovations_cost_stars(platform: Platform) -> None:
    during = of_kind(platform, "renovation")
    usual = platform.reviews.groupby("listing_id")["rating"].mean()
    assert (during["rating"] - during["listing_id"].map(usual)).mean() < -0.5


def test_couples_share_listings_within_days(platform: Platform) -> None:
    couples = platform.events[platform.events["kind"] == "couple"]
    theirs = {account for couple in couples["reviewer_ids"] for account in couple}
    written = platform.reviews[platform.reviews["reviewer_id"].isin(theirs)]
    by_account = dict(iter(written.groupby("reviewer_id")[["listing_id", "published"]]))
    for couple in couples.itertuples():
        one, other = (by_account[account] for account in couple.reviewer_ids)
        both = one.merge(other, on="listing_id", suffixes=("", "_other"))
        assert len(both) >= 2
        assert ((both["published_other"] - both["published"]).dt.days.between(0, 4)).all()


def test_groups_are_honest_people_of_one_town(platform: Platform) -> None:
    events = platform.events
    hired = {r for ids in events[events["planted"]]["reviewer_ids"] for r in ids}
    for group in events[events["kind"].isin(["food_club", "elite_group", "couple"])].itertuples():
        assert not hired & set(group.reviewer_ids)
    club = events[events["kind"] == "food_club"].iloc[0]
    assert 4 <= len(club["reviewer_ids"]) <= 8
    assert platform.listings.set_index("listing_id").loc[list(club["listing_ids"]), "city"].nunique() == 1


def test_no_honest_traveller_stays_in_two_towns_on_a_day_but_some_come_close(platform: Platform) -> None:
    marked = platform.reviews["review_id"].isin(platform.truth["review_id"])
    events = platform.events
    known = {r for ids in events["reviewer_ids"] for r in ids}
    honest = platform.reviews[~marked & ~platform.reviews["reviewer_id"].isin(known)]
    assert honest.groupby(["reviewer_id", "stayed"])["city"].nunique().max() == 1
    assert (honest.groupby(["reviewer_id", "published"])["city"].nunique() > 1).sum() > 0


def test_the_numbers_follow_the_size() -> None:
    small, large = honest_at_scale(300, DAYS), honest_at_scale(3000, DAYS)
    assert large.weddings == pytest.approx(10 * small.weddings, rel=0.05)
    assert small.festivals_per_town_year == large.festivals_per_town_year


def test_a_short_world_is_no_trouble() -> None:
    spec = large_spec(listings=60, days=90, start=dt.date(2026, 1, 1))
    platform = simulate(spec, seed=2)
    assert platform.reviews["published"].between(pd.Timestamp(2026, 1, 1), pd.Timestamp(2026, 3, 31)).all()


def test_a_mailing_never_stops(platform: Platform) -> None:
    written = of_kind(platform, "mailing")
    last = platform.reviews["published"].max()
    ends = written.groupby("event_id")["published"].max()
    assert (last - ends).dt.days.median() < 60
    assert written["rating"].mean() > platform.reviews["rating"].mean()


def test_a_seasonal_house_is_silent_in_the_same_months_of_every_year(platform: Platform) -> None:
    closed = platform.events[platform.events["kind"] == "seasonal"]
    houses = {listing for listings in closed["listing_ids"] for listing in listings}
    own = platform.reviews[platform.reviews["listing_id"].isin(houses)]
    usual = platform.reviews[~platform.reviews["listing_id"].isin(houses)]

    def longest_silence(reviews: pd.DataFrame) -> float:
        of_year = reviews.assign(day=reviews["published"].dt.day_of_year).groupby("listing_id")["day"].unique()
        gaps = [max(b - a for a, b in pairwise([*sorted(d), min(d) + 365])) for d in of_year if len(d) > 60]
        return float(np.median(gaps))

    assert longest_silence(own) > 50
    assert longest_silence(usual) < 40
