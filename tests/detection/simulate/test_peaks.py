from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from detection.simulate.peaks import FAULT_DAYS, STRUCK
from detection.simulate.platform import Platform, large_spec, simulate
from detection.simulate.world import Honest


def world_of(honest: Honest, *, listings: int = 400, seed: int = 1001, texts: bool = False) -> Platform:
    return simulate(replace(large_spec(listings=listings, texts=texts), honest=honest), seed)


def marked(platform: Platform) -> pd.DataFrame:
    """Every review, its event's id where it has one, and whether it is its account's first."""
    reviews = platform.reviews.merge(platform.truth, on="review_id", how="left")
    return reviews.assign(first=~reviews["reviewer_id"].duplicated())


def test_festivals_come_again_in_the_same_weeks() -> None:
    platform = world_of(Honest(festivals_per_town_year=1.0))
    by_town = platform.events.groupby("listing_ids")["start"]
    assert (by_town.size() == 3).sum() >= platform.listings["city"].nunique() - 1
    gaps = by_town.apply(lambda starts: starts.sort_values().diff().dropna().dt.days.to_numpy())
    assert all(abs(gap - 365.25) <= 5 for town in gaps for gap in town)


@pytest.mark.parametrize(("rate", "in_three_years"), [(2.0, 6), (0.5, 1.5), (1 / 3, 1)])
def test_festivals_come_as_often_as_told(rate: float, in_three_years: float) -> None:
    platform = world_of(Honest(festivals_per_town_year=rate), listings=1500)
    towns = platform.listings["city"].nunique()
    assert len(platform.events) / towns == pytest.approx(in_three_years, rel=0.25)


def test_an_import_is_a_batch_by_accounts_without_a_history() -> None:
    platform = world_of(Honest(imports=60))
    reviews, events = marked(platform), platform.events
    batch = reviews[reviews["event_id"].notna()]
    sizes = batch.groupby("event_id").size()
    assert len(sizes) == len(events) == 60
    assert sizes.between(8, 150).all()
    assert ((events["end"] - events["start"]).dt.days <= 2).all()
    assert (batch.groupby("event_id")["published"].agg(lambda days: (days.max() - days.min()).days) <= 2).all()
    usual = reviews[reviews["event_id"].isna() & reviews["listing_id"].isin(batch["listing_id"])]
    assert batch["first"].mean() > 0.8 > usual["first"].mean() + 0.2
    # It is the usual guests who rate, but that first reviews are a little higher.
    own = usual.groupby("listing_id")["rating"].mean()
    per_event = batch.groupby("listing_id")["rating"].mean() - own
    assert abs(per_event.mean()) < 0.3


def test_a_fault_is_told_by_the_usual_guests_in_low_ratings() -> None:
    platform = world_of(Honest(faults=120))
    reviews, events = marked(platform), platform.events
    during = reviews[reviews["event_id"].notna()]
    before = reviews[reviews["event_id"].isna()]
    length = (events["end"] - events["start"]).dt.days + 1
    assert length.between(FAULT_DAYS[0], FAULT_DAYS[1] - 1).all()
    assert set(platform.events["kind"]) == {"fault"}
    assert not events["planted"].any()
    # Low ratings, by far more than a star lower, but not by all.
    own = before.groupby("listing_id")["rating"].mean()
    change = during["rating"] - during["listing_id"].map(own)
    assert change.mean() < -1.2
    assert 0.05 < (during["rating"] >= 4).mean() < 0.45
    # More guests write than on ordinary days.
    counts = during.groupby("event_id").size().reindex(events["event_id"]).fillna(0).to_numpy()
    yearly = before.groupby("listing_id").size() / 3
    expected = length.to_numpy() / 365 * yearly.reindex([ids[0] for ids in events["listing_ids"]]).to_numpy()
    assert counts.sum() > 1.3 * expected.sum()
    # New and established guests in their usual proportion.
    shares = [frame["first"][frame["published"] > pd.Timestamp(2024, 11, 1)] for frame in (during, before)]
    error = np.sqrt(0.25 / len(shares[0]))
    assert abs(shares[0].mean() - shares[1].mean()) < 4 * error


def test_the_struck_name_one_fault_an_event() -> None:
    platform = world_of(Honest(faults=60), listings=200, texts=True)
    during = marked(platform).dropna(subset=["event_id"])
    english = during[during["language"] == "en"]
    words = {
        "cold": "heating|boiler|radiator|freez|froze|icy|degrees indoors|degrees inside|blanket",
        "water": "hot water|water|shower|pipe",
        "illness": "sick|poison|stomach|ill |ill,|ill\\.|vomit|bathroom after|not right",
        "power": "power|electric|fuse|dark|candle|light",
    }
    # Typos and slips spare most; two in ten are not struck, and some of the others speak of something else.
    named = pd.DataFrame({name: english["text"].str.lower().str.contains(pattern) for name, pattern in words.items()})
    by_event = named.groupby(english["event_id"]).mean()[english.groupby("event_id").size() >= 5]
    assert len(by_event) >= 5
    assert by_event.max(axis=1).mean() > 0.5 * STRUCK
    assert by_event.min(axis=1).mean() < 0.1


def test_event_texts_name_the_event_in_a_part_and_in_many_ways() -> None:
    platform = world_of(Honest(weddings=120), listings=150, texts=True)
    guests = marked(platform).dropna(subset=["event_id"])
    english = guests[guests["language"] == "en"]["text"].str.lower()
    named = english.str.contains("wedding|bride|got married")
    assert len(english) > 150
    assert 0.4 < named.mean() < 0.75
    opening = english[named].str.split().str[:4].str.join(" ").value_counts()
    assert opening.iloc[0] < 0.2 * named.sum()


def test_an_opening_fades() -> None:
    platform = world_of(Honest(openings=150))
    crowd = marked(platform).dropna(subset=["event_id"]).merge(platform.events, on="event_id")
    place = (crowd["published"] - crowd["start"]) / (crowd["end"] - crowd["start"])
    assert len(crowd) > 200
    assert place.mean() < 0.42
