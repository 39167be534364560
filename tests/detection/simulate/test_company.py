import hashlib
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from detection.simulate.attacks import grid
from detection.simulate.company import USUAL, with_company
from detection.simulate.platform import Platform, demo_spec, large_spec, simulate
from detection.simulate.world import Honest

ALONE = large_spec(listings=80, days=400, attacks=grid(("burst", "ring", "owners"), each=1, strengths=(4,)))
# Of listings, reviews (without their stays), truth and events, by a simulator that knows no company.
AS_BEFORE = "c911b7133f00554f46c56f6d8e411559e39c1aea3daf7b6e15a2ea7c5c9858dc"
KINDS = ("family", "tour_party", "list_followers", "lunch_round", "business_traveller", "owner_neighbours")


@pytest.fixture(scope="module")
def platform() -> Platform:
    return simulate(with_company(large_spec(listings=900, attacks=grid(("ring",), each=1))), seed=3)


def of_kind(platform: Platform, kind: str) -> pd.DataFrame:
    """The reviews of all events of a kind, with the day of the stay and the days until the review."""
    events = platform.events[platform.events["kind"] == kind]
    marked = platform.reviews.merge(platform.truth, on="review_id").merge(events[["event_id"]], on="event_id")
    marked["stay"] = pd.to_datetime(marked["stayed"])
    marked["wait"] = (marked["published"] - marked["stay"]).dt.days
    return marked


def test_a_world_without_company_is_as_it_was_before_there_was_any() -> None:
    platform = simulate(ALONE, seed=3)
    frames = (platform.listings, platform.reviews.drop(columns="stayed"), platform.truth, platform.events)
    written = "".join(frame.astype("str").to_csv(index=False) for frame in frames)
    assert hashlib.sha256(written.encode()).hexdigest() == AS_BEFORE


def test_the_numbers_fit_the_world_and_other_events_stay() -> None:
    spec = large_spec(listings=1200)
    full, small = with_company(spec).honest, with_company(large_spec(listings=100)).honest
    assert {kind: getattr(full, kind) for kind in USUAL} == USUAL
    assert replace(full, **{kind: getattr(spec.honest, kind) for kind in USUAL}) == spec.honest
    assert (small.couples, small.families, small.tour_parties) == (17, 2, 1)


def test_every_kind_comes_in_its_number_by_accounts_that_nobody_hired(platform: Platform) -> None:
    counts = platform.events["kind"].value_counts()
    spec = with_company(large_spec(listings=900)).honest
    named = (spec.families, spec.tour_parties, spec.list_followers, spec.lunch_rounds, spec.business_travellers)
    assert [counts[kind] for kind in KINDS[:5]] == list(named)
    assert 0.8 * spec.owner_neighbours <= counts["owner_neighbours"] <= spec.owner_neighbours
    company = platform.events[platform.events["kind"].isin(KINDS)]
    assert not company["planted"].any()
    everyone = [account for ids in company["reviewer_ids"] for account in ids]
    assert len(everyone) == len(set(everyone))
    hired = {account for ids in platform.events[platform.events["planted"]]["reviewer_ids"] for account in ids}
    assert not hired & set(everyone)


def test_a_family_travels_together_over_years(platform: Platform) -> None:
    families, written = platform.events[platform.events["kind"] == "family"], of_kind(platform, "family")
    assert families["reviewer_ids"].map(len).between(3, 5).all()
    assert written.groupby("event_id")["city"].nunique().between(2, 9).all()
    assert (written.groupby("event_id")["stay"].agg(np.ptp).dt.days > 365).mean() > 0.9
    # Everyone is at a place on the same day, and writes within days, or doesn't.
    assert (written.groupby(["event_id", "listing_id"])["stay"].nunique() == 1).all()
    assert written["wait"].between(0, 8).all()
    everyone = platform.reviews[platform.reviews["reviewer_id"].isin({a for f in families["reviewer_ids"] for a in f})]
    alone = ~everyone["review_id"].isin(written["review_id"])
    assert 0.1 < alone.mean() < 0.7
    assert 0.1 < (written["rating"] == 5).mean() < 0.6


def test_followers_work_through_a_list_of_good_places(platform: Platform) -> None:
    lists, written = platform.events[platform.events["kind"] == "list_followers"], of_kind(platform, "list_followers")
    assert lists["listing_ids"].map(len).between(12, 25).all()
    assert lists["reviewer_ids"].map(len).between(15, 40).all()
    towns = platform.listings.set_index("listing_id")["city"]
    spread = lists["listing_ids"].map(lambda places: towns[list(places)].nunique())
    assert (spread == 1).any()
    assert (spread > 1).any()
    visited = written.groupby(["event_id", "reviewer_id"]).size()
    places = visited.index.get_level_values("event_id").map(lists.set_index("event_id")["listing_ids"].map(len))
    assert 0.2 < (visited / places).mean() < 0.5
    assert written["rating"].mean() > platform.reviews["rating"].mean() + 0.1
    assert ((lists["end"] - lists["start"]).dt.days > 120).all()


def test_colleagues_eat_near_by_on_working_days(platform: Platform) -> None:
    rounds, written = platform.events[platform.events["kind"] == "lunch_round"], of_kind(platform, "lunch_round")
    assert rounds["reviewer_ids"].map(len).between(4, 9).all()
    assert (written["listing_kind"] == "restaurant").all()
    assert (written.groupby("event_id")["city"].nunique() == 1).all()
    assert (written["stay"].dt.day_of_week < 5).all()
    assert (written.groupby(["event_id", "listing_id"])["stay"].nunique() == 1).all()
    there, town = (frame.groupby("event_id")["latitude"].std() for frame in (written, platform_of(platform, written)))
    assert (there.dropna() < town[there.dropna().index]).mean() > 0.6


def platform_of(platform: Platform, written: pd.DataFrame) -> pd.DataFrame:
    """All listings of the towns of events."""
    return written[["event_id", "city"]].drop_duplicates().merge(platform.listings, on="city")


def test_a_world_of_nothing_but_company(platform: Platform) -> None:
    honest = Honest(families=2, tour_parties=1, list_followers=1, lunch_rounds=1, business_travellers=1)
    made = simulate(replace(large_spec(listings=150, days=700), honest=honest), seed=4)
    assert made.events["kind"].value_counts().to_dict() == {
        "family": 2,
        "tour_party": 1,
        "list_followers": 1,
        "lunch_round": 1,
        "business_traveller": 1,
    }
    assert (made.events["reviews"] > 0).all()


def test_company_is_kept_where_sources_differ() -> None:
    made = simulate(with_company(replace(demo_spec(), texts=False)), seed=2)
    named = made.events[made.events["kind"].isin(KINDS)]
    assert len(named) > 3
    assert set(named["platform"]) <= {"tripadvisor", "lakeguide"}


def test_company_needs_a_platform_that_shows_accounts() -> None:
    spec = large_spec(listings=40, days=200)
    dark = replace(spec, sources=(replace(spec.sources[0], reviewer_ids=False),), honest=Honest(families=1))
    with pytest.raises(ValueError, match="shows its accounts"):
        simulate(dark, seed=1)
