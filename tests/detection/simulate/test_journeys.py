import pandas as pd
import pytest

from detection.simulate.company import with_company
from detection.simulate.journeys import COACH_KM, PARTY_DAYS, POSTED_WITHIN_DAYS
from detection.simulate.places import kilometres
from detection.simulate.platform import Platform, large_spec, simulate
from tests.detection.simulate.test_company import of_kind


@pytest.fixture(scope="module")
def platform() -> Platform:
    return simulate(with_company(large_spec(listings=900)), seed=8)


def test_a_party_sleeps_in_the_same_hotels_within_two_weeks(platform: Platform) -> None:
    parties, written = platform.events[platform.events["kind"] == "tour_party"], of_kind(platform, "tour_party")
    assert len(parties) == 8
    assert parties["reviewer_ids"].map(len).between(10, 25).all()
    assert written.groupby("event_id")["city"].nunique().between(2, 7).all()
    by_party = written.groupby("event_id")["stay"]
    assert ((by_party.max() - by_party.min()).dt.days < PARTY_DAYS).all()
    assert written["wait"].between(0, POSTED_WITHIN_DAYS - 1).all()
    hotels = written[written["listing_kind"] == "hotel"]
    assert (hotels.groupby(["event_id", "city"])["listing_id"].nunique() == 1).all()
    writers = written.groupby("event_id")["reviewer_id"].nunique()
    assert (writers >= 8).all()
    first = platform.reviews.groupby("reviewer_id")["published"].min()
    assert (written["reviewer_id"].map(first) >= written["published"] - pd.Timedelta(days=40)).mean() > 0.75


def test_a_party_has_a_day_more_for_a_long_way(platform: Platform) -> None:
    written = of_kind(platform, "tour_party").sort_values(["event_id", "stay"])
    stops = written[written["listing_kind"] == "hotel"].drop_duplicates(["event_id", "listing_id"])
    before = stops.shift()
    on = (stops["event_id"] == before["event_id"]) & (stops["city"] != before["city"])
    km = kilometres(*(frame[name].to_numpy(float) for frame in (before, stops) for name in ("latitude", "longitude")))
    days = (stops["stay"] - before["stay"]).dt.days
    far = on & (km > COACH_KM + 5)
    assert far.any()
    assert (days[far] >= 2).all()


def test_a_business_traveller_sleeps_in_many_towns_and_is_seldom_delighted(platform: Platform) -> None:
    travellers = platform.events[platform.events["kind"] == "business_traveller"]
    written = of_kind(platform, "business_traveller")
    assert (travellers["reviewer_ids"].map(len) == 1).all()
    assert travellers["reviews"].between(15, 60).all()
    assert (written["listing_kind"] == "hotel").all()
    assert (written.groupby("event_id")["city"].nunique() >= 8).all()
    assert (written.groupby(["event_id", "stay"]).size() == 1).all()
    usual = platform.reviews["rating"].isin([2.0, 3.0, 4.0]).mean()
    assert written["rating"].isin([2.0, 3.0, 4.0]).mean() > usual + 0.1
    days = written.sort_values(["event_id", "stay"]).groupby("event_id")["stay"].diff().dt.days
    assert 0.1 < (days == 1).mean() < 0.6
