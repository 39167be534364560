"""store.presence: what a complete pass did not show may stand there under another id, or hide."""

import datetime as dt

import pytest
from sqlalchemy import select

from store.canonical import review_key
from store.models import Review
from store.observations import write_observations
from store.passes import ListingSeen, close_pass
from store.presence import first_shown_since, known_listings
from store.privacy import Pseudonymiser
from store.provenance import ListingRun, ReviewEvent
from store.snapshot import read_reviews
from tests.conftest import KEY, SEEN, observation

LISTING = "google/hotel-1"


def night(number):
    return SEEN + dt.timedelta(days=number)


def show(database, shown, number, claimed=None):
    """One complete run that shows these observations."""
    write_observations(
        database, shown, source="site", seen_at=night(number), pseudonymiser=Pseudonymiser(KEY), sighted=True
    )
    listed = {review_key("google", "hotel-1", each.review_id) for each in shown}
    return close_pass(database, "site", night(number), [ListingSeen(LISTING, "complete", 1, claimed, listed)])


def reviews(numbers, prefix="", **changes):
    return [
        observation(review_id=f"{prefix}{n}", text=f"Stay number {n} was quiet and clean.", reviewer_id=None, **changes)
        for n in numbers
    ]


def kinds(database):
    with database.read() as connection:
        return sorted(connection.scalars(select(ReviewEvent.kind)))


def test_new_ids_for_the_same_words_are_no_removals_and_count_once(database):
    show(database, reviews(range(12), "https://"), 0, claimed=12)
    for number in (1, 2, 3):
        found = show(database, reviews(range(12), "http://"), number, claimed=12)
        assert (found.missing, found.removed, found.suspect) == (0, 0, [])
    assert kinds(database) == []
    assert len(read_reviews(database)) == 12


def test_ids_that_change_back_count_once(sqlite_database):
    for number in range(4):
        show(sqlite_database, reviews(range(6), "ab"[number % 2]), number, claimed=6)
    assert kinds(sqlite_database) == []
    assert len(read_reviews(sqlite_database)) == 6


@pytest.mark.parametrize(("guest", "counted"), [("guest-1", 1), (None, 2)])
def test_a_fingerprint_in_the_place_of_another_is_no_removal(sqlite_database, guest, counted):
    for number, text in enumerate(("Before.", "After.", "After.", "After.")):
        each = observation(review_id=f"fp-{text}", synthetic_id=True, text=text, reviewer_id=guest)
        show(sqlite_database, [each], number)
    assert kinds(sqlite_database) == []
    assert len(read_reviews(sqlite_database)) == counted


def test_a_new_review_of_other_days_takes_nobodys_place(sqlite_database):
    old = observation(review_id="fp-1", synthetic_id=True, text="Before.")
    new_day = dt.date(2026, 4, 1)
    new = observation(review_id="fp-2", synthetic_id=True, text="After.", published_from=new_day, published_to=new_day)
    show(sqlite_database, [old], 0)
    for number in (1, 2):
        show(sqlite_database, [new], number)
    assert kinds(sqlite_database) == ["missing", "removed"]


def test_a_site_that_shows_another_part_every_time_proves_no_removal(sqlite_database):
    old = dt.date(2020, 1, 1)
    for number in range(6):
        part = [(number * 5 + step) % 12 for step in range(9)]
        show(sqlite_database, reviews(part, published_from=old, published_to=old), number, claimed=9)
    assert kinds(sqlite_database) == []
    with sqlite_database.read() as connection:
        assert set(connection.scalars(select(ListingRun.status))) == {"complete", "suspect"}


def test_reviews_that_went_together_are_removed(sqlite_database):
    show(sqlite_database, reviews(range(20)), 0, claimed=20)
    for number in (1, 2):
        show(sqlite_database, reviews(range(6)), number, claimed=6)
    assert kinds(sqlite_database) == ["missing"] * 14 + ["removed"] * 14


def test_what_a_source_showed_first_after_a_moment(sqlite_database):
    show(sqlite_database, reviews([1]), 0)
    show(sqlite_database, reviews([1, 2]), 1)
    keys = [review_key("google", "hotel-1", str(n)) for n in (1, 2)]
    assert first_shown_since(sqlite_database, "site", keys, night(0)) == {keys[1]}
    assert first_shown_since(sqlite_database, "other", keys, night(0)) == set()
    assert known_listings(sqlite_database, [LISTING, "google/none"]) == {LISTING}
    with sqlite_database.read() as connection:
        assert set(connection.scalars(select(Review.copy_of))) == {None}
