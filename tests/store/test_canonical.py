"""store.canonical: keys and hashes that every machine agrees on."""

import datetime as dt
import json
import subprocess
import sys
from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.canonical import (
    CONTENT_FIELDS,
    OBSERVATION_FIELDS,
    as_mapping,
    content_hash,
    listing_key,
    review_key,
    synthetic_review_id,
)
from tests.conftest import observation

PLAIN = observation()

# One changed value for each field that a reader of the review would notice.
EDITS = {
    "rating": 1.0,
    "rating_worst": 0.0,
    "rating_best": 10.0,
    "title": "Loud rooms",
    "text": "We did not sleep.",
    "text_positive": "The staff.",
    "text_negative": "The street.",
    "subratings": {"staff": 9.0},
    "language": "de",
    "text_is_translation": True,
    "stayed_from": dt.date(2026, 2, 1),
    "stayed_to": dt.date(2026, 2, 28),
    "edited": dt.date(2026, 3, 15),
    "verified_stay": True,
    "response_text": "Thank you.",
    "response_published": dt.date(2026, 3, 16),
    "response_state": "rejected",
}
SLIDING = {
    "published_from": dt.date(2026, 2, 1),
    "published_to": dt.date(2026, 4, 1),
    "published_precision": "month",
    "review_url": "https://example.org/r/1?session=2",
}


def test_a_listing_key_is_readable():
    assert listing_key("google", "ChIJ-1") == "google/ChIJ-1"


def test_a_review_key_never_changes():
    # A store of last year must be found again: this value is fixed.
    assert review_key("google", "hotel-1", "review-1") == "371804beda99554ac4eb5ff8"


def test_a_review_key_is_24_hex_digits_on_another_machine_too():
    code = "from store.canonical import review_key; print(review_key('yelp', 'Ü', '1'))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == review_key("yelp", "Ü", "1")
    assert len(bytes.fromhex(review_key("yelp", "Ü", "1"))) == 12


def test_the_parts_of_a_review_key_do_not_run_together():
    keys = {review_key("a", "b", "cd"), review_key("a", "bc", "d"), review_key("ab", "c", "d")}
    assert len(keys) == 3


def test_every_content_field_is_tried_below():
    assert set(EDITS) | set(SLIDING) == set(CONTENT_FIELDS)


@pytest.mark.parametrize("name", sorted(EDITS))
def test_what_a_reader_would_notice_changes_the_hash(name):
    assert content_hash(replace(PLAIN, **{name: EDITS[name]})) != content_hash(PLAIN)


@pytest.mark.parametrize("name", sorted(SLIDING))
def test_what_slides_from_night_to_night_does_not(name):
    assert content_hash(replace(PLAIN, **{name: SLIDING[name]})) == content_hash(PLAIN)


@pytest.mark.parametrize(
    "changes",
    [{"listing_name": "Other"}, {"reviewer_name": "A. B."}, {"reviewer_review_count": 9}, {"raw_sha256": "f" * 64}],
)
def test_what_is_said_about_others_does_not_either(changes):
    assert content_hash(replace(PLAIN, **changes)) == content_hash(PLAIN)


def test_a_whole_number_and_its_float_are_the_same_rating():
    whole = replace(PLAIN, rating=4, rating_worst=1, rating_best=5)
    assert content_hash(whole) == content_hash(replace(PLAIN, rating=4.0, rating_worst=1.0, rating_best=5.0))


def test_missing_and_empty_differ():
    assert content_hash(replace(PLAIN, title=None)) != content_hash(replace(PLAIN, title=""))


def test_a_moved_word_between_title_and_text_is_an_edit():
    one, two = replace(PLAIN, title="Good room", text="x"), replace(PLAIN, title="Good", text="room x")
    assert content_hash(one) != content_hash(two)


DAY = dt.date(2026, 3, 14)


def test_a_synthetic_id_is_the_same_again_and_marked():
    first = synthetic_review_id("guest-1", DAY, 4.0, "Title", "Text")
    assert first == synthetic_review_id("guest-1", DAY, 4.0, "Title", "Text")
    assert first.startswith("fp-")
    assert len(first) == 27


def test_a_synthetic_id_knows_whole_numbers():
    assert synthetic_review_id("g", DAY, 4, None, "t") == synthetic_review_id("g", DAY, 4.0, None, "t")


def test_a_synthetic_id_differs_with_each_part():
    ids = {
        synthetic_review_id("guest-1", DAY, 4.0, "Title", "Text"),
        synthetic_review_id("guest-2", DAY, 4.0, "Title", "Text"),
        synthetic_review_id(None, DAY, 4.0, "Title", "Text"),
        synthetic_review_id("guest-1", dt.date(2026, 3, 15), 4.0, "Title", "Text"),
        synthetic_review_id("guest-1", DAY, 4.5, "Title", "Text"),
        synthetic_review_id("guest-1", DAY, 4.0, "Text", "Title"),
        synthetic_review_id("guest-1", DAY, 4.0, None, "Text"),
    }
    assert len(ids) == 7


@given(st.text(), st.text(), st.text(), st.text())
def test_two_pairs_of_title_and_text_share_an_id_only_if_equal(title, words, other_title, other_words):
    one = synthetic_review_id("g", DAY, 4.0, title, words)
    other = synthetic_review_id("g", DAY, 4.0, other_title, other_words)
    assert (one == other) == ((title, words) == (other_title, other_words))


def test_the_mapping_has_every_field_in_order():
    assert tuple(as_mapping(PLAIN)) == OBSERVATION_FIELDS
    assert as_mapping(PLAIN)["published_from"] == DAY
    json.dumps(as_mapping(PLAIN), default=str)


def test_an_observation_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        PLAIN.rating = 1.0
