"""store.reading: frames for reports and exports."""

import datetime as dt

import pandas as pd
import pytest
from sqlalchemy import text

from store.findings import replace_findings
from store.observations import write_observations
from store.privacy import Pseudonymiser
from store.reading import (
    read_abstentions,
    read_listing_reviews,
    read_listings,
    read_review_scores,
    read_reviewer_scores,
    read_sealed_reviewers,
)
from tests.conftest import KEY, SEEN, observation
from tests.store.filled import KEYS, TOKENS, fill, findings

LATER = SEEN + dt.timedelta(days=1)


@pytest.fixture
def filled(database):
    return fill(database)


def add(database, *given, seen_at=SEEN):
    write_observations(database, given, source="s", seen_at=seen_at, pseudonymiser=Pseudonymiser(KEY))


def test_listings_come_by_key_with_the_number_of_their_reviews(filled):
    add(filled, observation(listing_id="a-first", listing_name=None, latitude=1.5))
    add(filled, observation(review_id="r0", reviewer_id="guest-0", text="edited"), seen_at=LATER)
    with filled.write() as connection:
        connection.execute(text("insert into listing (key, platform, listing_id) values ('x/1', 'x', '1')"))
    frame = read_listings(filled)
    assert frame["key"].tolist() == ["google/a-first", "google/hotel-1", "x/1"]
    assert frame["reviews"].tolist() == [1, 3, 0]
    assert frame["name"].fillna("").tolist() == ["", "Hotel Seeblick", ""]
    assert frame.loc[0, "latitude"] == 1.5


def test_reviews_come_in_their_current_version_by_listing_day_and_key(filled):
    add(filled, observation(review_id="r1", reviewer_id="guest-1", text="edited"), seen_at=LATER)
    add(filled, observation(review_id="early", published=dt.date(2026, 1, 1)))
    add(filled, observation(listing_id="hotel-0"))
    frame = read_listing_reviews(filled)
    assert frame["listing_id"].tolist() == ["hotel-0"] + ["hotel-1"] * 4
    assert frame["review_id"].tolist()[1] == "early"
    assert frame["review_key"].tolist()[2:] == sorted(KEYS)
    edited = frame.set_index("review_id").loc["r1"]
    assert (edited["text"], edited["version"]) == ("edited", 2)
    assert (edited["first_seen"], edited["last_seen"]) == (SEEN, LATER)


def test_only_the_listing_that_was_asked_for(filled):
    add(filled, observation(listing_id="hotel-2"))
    assert read_listing_reviews(filled, "google/hotel-2")["listing_id"].tolist() == ["hotel-2"]
    assert len(read_listing_reviews(filled, "google/hotel-1")) == 3
    none = read_listing_reviews(filled, "google/none")
    assert len(none) == 0
    assert list(none.columns) == list(read_listing_reviews(filled).columns)


def test_dates_are_dates_and_a_dossier_has_what_it_needs(filled):
    row = read_listing_reviews(filled).iloc[0]
    assert type(row["published_from"]) is dt.date
    assert row["published_to"] == dt.date(2026, 3, 14)
    assert (row["listing_name"], row["source"], row["raw_sha256"]) == ("Hotel Seeblick", "s", "0" * 64)
    assert row["review_url"] is None or pd.isna(row["review_url"])
    assert row["reviewer_key"] in TOKENS


def test_no_name_and_no_seal_is_in_what_a_dossier_reads(filled):
    assert {"reviewer_id", "sealed", "reviewer_name"}.isdisjoint(read_listing_reviews(filled).columns)


def test_scores_come_by_key(filled):
    replace_findings(filled, **findings())
    scores = read_review_scores(filled)
    assert list(scores.columns) == ["review_key", "score", "p_value", "detectors"]
    assert scores["review_key"].tolist() == sorted(KEYS[:2])


def test_scores_of_accounts_can_be_opened_with_the_key(filled, pseudonymiser):
    replace_findings(filled, **findings())
    scores = read_reviewer_scores(filled)
    assert scores["reviewer_key"].tolist() == sorted(TOKENS[:2])
    opened = {row.reviewer_key: pseudonymiser.open(row.platform, bytes(row.sealed)) for row in scores.itertuples()}
    assert opened == {TOKENS[0]: "guest-0", TOKENS[1]: "guest-1"}


def test_all_sealed_accounts_come_by_key(filled, pseudonymiser):
    add(filled, observation(platform="yelp"))
    frame = read_sealed_reviewers(filled)
    assert list(frame.columns) == ["reviewer_key", "platform", "sealed", "name", "review_count", "since"]
    assert frame["reviewer_key"].is_monotonic_increasing
    opened = [(each.platform, pseudonymiser.open(each.platform, each.sealed)) for each in frame.itertuples()]
    assert sorted(opened) == [("google", f"guest-{n}") for n in range(3)] + [("yelp", "guest-1")]
    assert {Pseudonymiser(b"x" * 32).open(each.platform, each.sealed) for each in frame.itertuples()} == {None}


def test_abstentions_come_as_written(filled):
    replace_findings(filled, **findings())
    assert read_abstentions(filled).to_dict("records") == [
        {"detector": "mismatch", "listing_key": "google/hotel-1", "reason": "language", "reviews": 3}
    ]


@pytest.mark.parametrize(
    "read",
    [
        read_listings,
        read_listing_reviews,
        read_review_scores,
        read_reviewer_scores,
        read_sealed_reviewers,
        read_abstentions,
    ],
)
def test_an_empty_store_gives_empty_frames_with_their_columns(database, read):
    frame = read(database)
    assert len(frame) == 0
    assert len(frame.columns) > 2
