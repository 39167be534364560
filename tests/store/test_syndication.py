"""store.syndication: one review on two platforms is linked, and counted where it was written."""

import datetime as dt

import pytest
from sqlalchemy import select

from store.canonical import review_key
from store.models import Review
from store.observations import write_observations
from store.privacy import Pseudonymiser
from store.snapshot import read_reviews
from store.syndication import link_copies
from tests.conftest import KEY, SEEN, observation

LONG = "The room was large and clean, the lake is two minutes away, and breakfast had everything we like."
ORIGINAL = {"platform": "tripadvisor", "listing_id": "t1", "review_id": "1", "text": LONG}
COPY = {"platform": "google", "listing_id": "g1", "review_id": "9", "text": LONG.upper().replace(",", " ,")}


def write(database, *reviews, seen_at=SEEN):
    write_observations(
        database,
        [observation(**each) for each in reviews],
        source="file",
        seen_at=seen_at,
        pseudonymiser=Pseudonymiser(KEY),
    )


def links(database):
    with database.read() as connection:
        return dict(connection.execute(select(Review.key, Review.copy_of).where(Review.copy_of.is_not(None))).all())


def test_a_declared_copy_is_linked_and_not_counted(database):
    write(database, COPY | {"syndicated_from": "tripadvisor", "rating": 8.0, "rating_best": 10.0}, seen_at=SEEN)
    write(database, ORIGINAL, seen_at=SEEN + dt.timedelta(days=5))
    assert link_copies(database) == 1
    copy, original = review_key("google", "g1", "9"), review_key("tripadvisor", "t1", "1")
    assert links(database) == {copy: original}
    assert list(read_reviews(database)["review_key"]) == [original]
    assert link_copies(database) == 0


def test_a_review_on_two_platforms_counts_on_each(database):
    write(database, ORIGINAL)
    write(database, COPY, seen_at=SEEN + dt.timedelta(days=1))
    assert link_copies(database) == 1
    assert links(database) == {review_key("google", "g1", "9"): review_key("tripadvisor", "t1", "1")}
    assert len(read_reviews(database)) == 2


@pytest.mark.parametrize(
    "other",
    [
        COPY | {"platform": "tripadvisor"},
        COPY | {"text": LONG + " Never again though."},
        COPY | {"rating": 1.0},
        COPY | {"published": dt.date(2026, 3, 18)},
        COPY | {"text": "Good location."},
    ],
    ids=["one platform", "other words", "other stars", "four days later", "too short"],
)
def test_what_is_not_the_same_review_is_not_linked(database, other):
    write(database, ORIGINAL if len(str(other["text"])) > 20 else ORIGINAL | {"text": other["text"], "title": None})
    write(database, other | ({"title": None} if len(str(other["text"])) < 20 else {}))
    assert link_copies(database) == 0


def test_a_text_that_three_share_is_no_copy_but_a_matter_for_the_detectors(database):
    write(database, ORIGINAL, COPY, COPY | {"review_id": "10", "reviewer_id": "guest-2"})
    assert link_copies(database) == 0


def test_a_vague_date_may_be_the_same_day(database):
    write(database, ORIGINAL, COPY | {"published_from": dt.date(2026, 2, 20), "published_to": dt.date(2026, 3, 12)})
    assert link_copies(database) == 1
