import numpy as np
import pandas as pd
import pytest

from detection.simulate.frames import review_frame, true_events
from detection.simulate.platform import Platform, demo_spec, simulate
from store.canonical import listing_key, review_key
from store.frames import REVIEWS, check


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
