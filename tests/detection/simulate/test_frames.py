from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from detection.simulate.attacks import grid
from detection.simulate.frames import owner_frame, review_frame, true_events
from detection.simulate.platform import Platform, demo_spec, large_spec, simulate
from store.canonical import listing_key, review_key
from store.frames import OWNERS, REVIEWS, check


@pytest.fixture(scope="module")
def platform() -> Platform:
    return simulate(demo_spec(), 5)


def test_reviews_are_as_detectors_see_them(platform: Platform) -> None:
    said, frame = platform.reviews, review_frame(platform)
    assert list(check(frame, REVIEWS, "reviews").columns) == list(frame.columns)
    assert len(frame) == len(said)
    keys = [review_key(*row) for row in said[["platform", "listing_id", "review_id"]].to_numpy()]
    own = said.set_axis(keys, axis=0).loc[frame["review_key"]]
    assert not frame["review_key"].duplicated().any()
    assert (frame["rating"].to_numpy() == (own["rating"].to_numpy() - 1.0) / 4.0).all()
    epoch = pd.Timestamp(1970, 1, 1)
    assert (frame["day_to"].to_numpy() == (own["published"] - epoch).dt.days.to_numpy()).all()
    assert (frame["day_from"] == frame["day_to"]).all()
    assert frame["listing_key"].tolist() == [listing_key(*row) for row in own[["platform", "listing_id"]].to_numpy()]
    assert (frame["city"].to_numpy() == own["city"].to_numpy()).all()
    ordered = frame.sort_values(["listing_key", "day_to", "review_key"], ignore_index=True)
    pd.testing.assert_frame_equal(frame, ordered)
    silent = own["text"].isna().to_numpy() & own["title"].isna().to_numpy()
    assert ((frame["text"] == "").to_numpy() == silent).all()
    assert (frame.loc[silent, "language"] == "und").all()


def test_stays_are_as_exact_as_they_were_told(platform: Platform) -> None:
    frame = review_frame(platform)
    exact, whole = platform.reviews["stayed"].astype("str"), frame["stay_to"] - frame["stay_from"]
    assert frame["stay_exact"].sum() == exact.str.len().ge(len("2026-03-01")).sum() > 0
    assert (whole[frame["stay_exact"]] == 0).all()
    assert (frame["stay_from"].eq(-1) == frame["stay_to"].eq(-1)).all()
    assert frame["stay_from"].eq(-1).sum() == exact.isna().sum() > 0
    months = frame[frame["stay_from"].ne(-1) & ~frame["stay_exact"]]
    assert (months["platform"] == "tripadvisor").all()
    assert set(months["stay_to"] - months["stay_from"]) <= {27, 28, 29, 30}
    assert (pd.to_datetime(months["stay_from"], unit="D").dt.day == 1).all()


def test_an_interval_is_from_check_in_to_check_out(platform: Platform) -> None:
    stays = ["2026-03-05/2026-03-08", "2026-02", "2026-02-01/2026-02-27", None, "2026-03-05"]
    said = platform.reviews.head(5).assign(stayed=stays)
    frame = review_frame(replace(platform, reviews=said)).set_index("review_key")
    keys = [review_key(*row) for row in said[["platform", "listing_id", "review_id"]].to_numpy()]
    told = frame.loc[keys, ["stay_from", "stay_to", "stay_exact"]]
    march = 20_517
    assert told.to_numpy().tolist() == [
        [march, march + 3, True],
        [march - 32, march - 5, False],
        [march - 32, march - 6, True],
        [-1, -1, False],
        [march, march, True],
    ]


@pytest.mark.parametrize("nothing", [None, np.nan])
def test_a_platform_that_tells_no_stays(platform: Platform, nothing: float | None) -> None:
    said = platform.reviews.head(5).assign(stayed=pd.Series([nothing] * 5, dtype="object"))
    frame = review_frame(replace(platform, reviews=said))
    assert list(check(frame, REVIEWS, "reviews").columns) == list(frame.columns)
    assert frame[["stay_from", "stay_to"]].eq(-1).all(axis=None)
    assert not frame["stay_exact"].any()
    sources = tuple(replace(source, stayed="none") for source in large_spec(listings=20).sources)
    silent = review_frame(simulate(replace(large_spec(listings=20, days=200), sources=sources), 1))
    assert len(silent) > 50
    assert silent["stay_from"].eq(-1).all()


def test_places_are_the_listings(platform: Platform) -> None:
    frame = review_frame(platform).drop_duplicates("listing_key").set_index("listing_key")
    said = platform.reviews.drop_duplicates(["platform", "listing_id"])
    keys = [listing_key(*row) for row in said[["platform", "listing_id"]].to_numpy()]
    assert (frame.loc[keys, ["latitude", "longitude"]].to_numpy() == said[["latitude", "longitude"]].to_numpy()).all()


def test_accounts_are_known_where_the_source_shows_them(platform: Platform) -> None:
    frame = review_frame(platform)
    shown = frame["platform"] != "google"
    assert (frame["reviewer_key"].notna() == shown).all()
    assert (frame.loc[~shown, ["nth", "reviewer_reviews"]] == 0).all(axis=None)
    # An account is its platform's.
    owners = frame[shown].groupby("reviewer_key")["platform"].nunique()
    assert (owners == 1).all()
    assert (frame.loc[shown, "reviewer_key"].str.split("/").str[0] == frame.loc[shown, "platform"]).all()
    sizes = frame[shown].groupby("reviewer_key")["review_key"].transform("size")
    assert (frame.loc[shown, "reviewer_reviews"] == sizes).all()
    assert ((frame["nth"] == 1) | (frame["newborn"] != 1) | ~shown).all()
    assert 0.05 < (frame.loc[shown, "newborn"] == 1).mean() < 0.95


def test_the_truth_names_reviews_of_the_frame(platform: Platform) -> None:
    frame, truth = review_frame(platform), true_events(platform)
    assert list(truth.columns) == ["review_key", "event_id", "kind", "planted", "strength"]
    assert len(truth) == len(platform.truth)
    assert truth["review_key"].isin(frame["review_key"]).all()
    counts = truth["event_id"].value_counts()
    expected = platform.events.set_index("event_id")["reviews"]
    assert (counts.reindex(expected.index).fillna(0) == expected).all()
    assert {"burst", "drip", "bombing", "boosting", "ring", "swapped"} <= set(truth.loc[truth["planted"], "kind"])
    assert (truth["strength"] > 0).equals(truth["planted"])
    # The planted bombing's reviews are low ones of one listing.
    bombing = frame[frame["review_key"].isin(truth.loc[truth["kind"] == "bombing", "review_key"])]
    assert bombing["listing_key"].nunique() == 1
    assert np.median(bombing["rating"]) == 0.0


def test_owners_have_the_keys_of_the_reviews() -> None:
    made = simulate(large_spec(listings=100, days=500, attacks=grid(("owners",), each=1, strengths=(4,))), 3)
    frame, reviews = owner_frame(made), review_frame(made)
    assert list(check(frame, OWNERS, "owners").columns) == list(frame.columns)
    assert frame["listing_key"].is_monotonic_increasing
    assert frame["listing_key"].isin(reviews["listing_key"]).all()
    known = frame[frame["reviewer_key"].notna()]
    event = made.events[made.events["kind"] == "owners"].iloc[0]
    owned = {
        listing_key("wideworld", listing): f"wideworld/{account}"
        for listing, account in zip(event["listing_ids"], event["reviewer_ids"], strict=True)
    }
    assert dict(zip(known["listing_key"], known["reviewer_key"], strict=True)) == owned
    assert known["reviewer_key"].isin(reviews["reviewer_key"]).all()
    assert len(frame) > len(known)
