"""store.fetches: what came, when and from where, and what it shows."""

import datetime as dt
import hashlib

import pytest
from sqlalchemy import select

from store.canonical import review_key
from store.fetches import FetchRow, KnownPage, known_page, remember_page, write_fetch
from store.observations import write_observations
from store.privacy import Pseudonymiser
from store.provenance import Body, BodyListing, BodyReview, Fetch
from tests.conftest import KEY, SEEN, observation

SHA = hashlib.sha256(b"page").hexdigest()
KEY_OF_REVIEW = review_key("google", "hotel-1", "review-1")


def row(**changes):
    values = {
        "source": "inn",
        "url": "https://inn.example/",
        "fetched_at": SEEN,
        "status": 200,
        "headers": (("Content-Type", "text/html"), ("ETag", '"1"')),
        "body_sha256": SHA,
        "size": 4,
        "media_type": "text/html",
    }
    return FetchRow(**{**values, **changes})


def write(database, fetch, *, kept=True, why_not=None, reviews=(KEY_OF_REVIEW,), listings=("google/hotel-1",)):
    write_fetch(database, fetch, kept=kept, why_not=why_not, reviews=reviews, listings=listings)


@pytest.fixture
def filled(database):
    pseudonymiser = Pseudonymiser(KEY)
    write_observations(database, [observation()], source="inn", seen_at=SEEN, pseudonymiser=pseudonymiser)
    return database


def read(database, *columns):
    with database.read() as connection:
        return [tuple(each) for each in connection.execute(select(*columns).order_by(*columns[:1]))]


def test_an_answer_is_kept_with_its_headers_and_what_it_shows(filled):
    write(filled, row())
    assert read(filled, Fetch.url, Fetch.status, Fetch.fetched_at, Fetch.headers, Fetch.body_sha256) == [
        ("https://inn.example/", 200, SEEN, [["Content-Type", "text/html"], ["ETag", '"1"']], SHA)
    ]
    assert read(filled, BodyReview.body_sha256, BodyReview.review_key) == [(SHA, KEY_OF_REVIEW)]
    assert read(filled, BodyListing.body_sha256, BodyListing.listing_key) == [(SHA, "google/hotel-1")]
    assert read(filled, Body.sha256, Body.size, Body.kept, Body.removed_on) == [(SHA, 4, True, None)]


def test_the_same_answer_twice_is_one(filled):
    for _ in range(2):
        write(filled, row())
    assert len(read(filled, Fetch.key)) == 1


def test_the_same_bytes_on_two_nights_are_one_body_and_two_answers(filled):
    write(filled, row())
    write(filled, row(fetched_at=SEEN + dt.timedelta(days=1), status=304))
    assert sorted(read(filled, Fetch.status)) == [(200,), (304,)]
    assert len(read(filled, Body.sha256)) == 1


def test_reviews_and_listings_that_the_store_does_not_have_are_left_out(filled):
    write(filled, row(), reviews=["0" * 24], listings=["google/nowhere"])
    assert read(filled, BodyReview.review_key) == []
    assert read(filled, BodyListing.listing_key) == []


def test_a_body_that_is_not_kept_says_why(filled):
    write(filled, row(), kept=False, why_not="too large")
    assert read(filled, Body.kept, Body.removed_on, Body.removed_why) == [(False, SEEN.date(), "too large")]


def test_a_page_is_known_by_its_last_answer(filled):
    write(filled, row())
    page = KnownPage(SHA, "text/html", '"1"', None, "2026-03-01")
    remember_page(filled, "inn", "https://inn.example/", page)
    assert known_page(filled, "inn", "https://inn.example/") == page
    later = KnownPage(SHA, "text/html", '"2"', "Fri, 20 Mar 2026 00:00:00 GMT", None)
    remember_page(filled, "inn", "https://inn.example/", later)
    assert known_page(filled, "inn", "https://inn.example/") == later
    assert known_page(filled, "other", "https://inn.example/") is None
    assert known_page(filled, "inn", "https://inn.example/2") is None


def test_a_page_whose_bytes_are_gone_is_not_known(filled):
    write(filled, row(), kept=False, why_not="too old")
    remember_page(filled, "inn", "https://inn.example/", KnownPage(SHA, None, '"1"', None, None))
    assert known_page(filled, "inn", "https://inn.example/") is None


def test_an_address_of_any_length_is_a_key(filled):
    write(filled, row())
    url = "https://inn.example/?" + "x" * 100_000 + "\udcff"
    remember_page(filled, "inn", url, KnownPage(SHA, None, None, None, None))
    assert known_page(filled, "inn", url) is not None
