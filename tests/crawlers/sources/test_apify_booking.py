import json
from typing import Any

from crawlers.page import Page
from crawlers.sources.apify_booking import parse
from store.canonical import Observation
from tests.crawlers.sources.saved import as_json, context, document, saved


def items(*records: Any) -> Page:
    return parse(json.dumps(records).encode(), context("file:x.json", "booking"))


def read(**changes: Any) -> Observation:
    page = items(document("apify_booking/reviews.json")[0] | changes)
    assert page.drops == {}
    (review,) = page.observations
    return review


def test_the_saved_data_set() -> None:
    page = parse(saved("apify_booking/reviews.json"), context("file:reviews.json", "booking"))
    assert as_json(page) == document("apify_booking/reviews.expected.json")


def test_no_photos_no_home_and_no_identity() -> None:
    review = read()
    assert review.reviewer_id is None
    said = json.dumps(as_json(items(document("apify_booking/reviews.json")[0])))
    assert "photos.example" not in said
    assert "Germany" not in said


def test_a_response_may_be_an_object() -> None:
    assert read(propertyResponse={"text": "Thanks"}).response_text == "Thanks"
    assert read(propertyResponse={}).response_text is None


def test_a_day_may_be_spoken() -> None:
    review = read(reviewDate="Reviewed: 6 May 2026", reviewLanguage="en")
    assert str(review.published_from) == str(review.published_to) == "2026-05-06"


def test_what_is_no_review_gives_nothing() -> None:
    page = items({"hotelId": 1, "hotelRating": 8, "hotelReviews": 3}, {"error": "blocked"}, {"foo": 1})
    assert [snapshot.review_count for snapshot in page.snapshots] == [3]
    assert [refusal.line for refusal in page.refusals] == [3]


def test_the_hotel_may_come_from_outside() -> None:
    told = context("file:x.json", "booking", "my-house")
    (review,) = parse(
        json.dumps(document("apify_booking/reviews.json")[0] | {"hotelId": None}).encode(), told
    ).observations
    assert review.listing_id == "my-house"
