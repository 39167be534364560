import datetime as dt
import json
from typing import Any

import pytest

from crawlers.page import Page
from crawlers.sources.apify_google import parse
from store.canonical import Observation
from tests.crawlers.sources.saved import as_json, context, document, saved

REVIEW = {"placeId": "p", "reviewId": "r", "stars": 4, "publishedAtDate": "2026-05-04T10:00:00.000Z", "text": "Fine."}


def items(*records: Any) -> Page:
    return parse(json.dumps(records).encode(), context("file:x.json", "google"))


def read(**changes: Any) -> Observation:
    page = items(REVIEW | changes)
    assert page.drops == {}
    (review,) = page.observations
    return review


@pytest.mark.parametrize("name", ["reviews", "places"])
def test_the_saved_data_sets(name: str) -> None:
    page = parse(saved(f"apify_google/{name}.json"), context(f"file:{name}.json", "google"))
    assert as_json(page) == document(f"apify_google/{name}.expected.json")


@pytest.mark.parametrize("name", ["reviews", "places"])
def test_an_object_of_items_and_lines_say_the_same(name: str) -> None:
    records = document(f"apify_google/{name}.json")
    told = context("file:x.json", "google")
    page = parse(json.dumps(records).encode(), told)
    assert parse(json.dumps({"items": records, "total": 2}).encode(), told) == page
    in_lines = parse("\n".join(map(json.dumps, records)).encode(), told)
    assert in_lines.observations == page.observations
    assert in_lines.snapshots == page.snapshots


def test_photos_profiles_and_addresses_are_never_taken() -> None:
    page = parse(saved("apify_google/reviews.json"), context("file:x.json", "google"))
    said = json.dumps(as_json(page))
    for name in ("photos.example", "contrib", "Seestr", "Vacation"):
        assert name not in said


@pytest.mark.parametrize(
    ("changes", "rating", "best"),
    [
        ({"stars": 4}, 4, 5),
        ({"stars": None, "rating": 4}, 4, 5),
        ({"stars": None, "rating": 4, "reviewOrigin": "TripAdvisor"}, 4, 10),
        ({"stars": 4, "reviewOrigin": "TripAdvisor"}, 4, 5),
        ({"stars": None, "rating": "3/5", "reviewOrigin": "TripAdvisor"}, 3, 5),
        ({"stars": None, "rating": "8,5/10"}, 8.5, 10),
        ({"stars": None, "rating": 8, "ratingScale": 10}, 8, 10),
        ({"stars": 80, "ratingScale": 100}, 80, 100),
    ],
)
def test_the_scale_is_said_and_never_guessed_from_the_value(
    changes: dict[str, Any], rating: float, best: float
) -> None:
    review = read(**changes)
    assert (review.rating, review.rating_best) == (rating, best)


@pytest.mark.parametrize(
    ("said", "platform"),
    [
        ("Google", None),
        (None, None),
        ("", None),
        (7, None),
        ("Booking.com", "booking"),
        ("Trip Advisor", "trip-advisor"),
    ],
)
def test_where_a_review_was_written(said: object, platform: str | None) -> None:
    assert read(reviewOrigin=said).syndicated_from == platform


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"text": "Gut", "textTranslated": "Good"}, ("Gut", "de", False)),
        ({"text": "Gut", "textTranslated": None}, ("Gut", "de", None)),
        ({"text": "", "textTranslated": "Good"}, ("Good", "en", True)),
        ({"text": "Good", "textTranslated": "Good"}, ("Good", "en", True)),
        ({"text": None, "textTranslated": None}, (None, "de", None)),
    ],
)
def test_translations_are_marked(changes: dict[str, Any], said: tuple[object, ...]) -> None:
    review = read(originalLanguage="de", translatedLanguage="en", **changes)
    assert (review.text, review.language, review.text_is_translation) == said


def test_an_interval_counts_from_the_day_of_the_data_set() -> None:
    spoken = {"publishedAtDate": None, "publishAt": "2 days ago"}
    then = read(**spoken, scrapedAt="2026-03-10T08:00:00Z")
    assert then.published_from <= dt.date(2026, 3, 8) <= then.published_to
    assert then.published_from < then.published_to
    now = read(**spoken)
    assert now.published_from <= dt.date(2026, 11, 19) <= now.published_to


def test_a_day_is_taken_before_an_interval() -> None:
    review = read(publishAt="a year ago")
    assert (review.published_from, review.published_to) == (dt.date(2026, 5, 4), dt.date(2026, 5, 4))


def test_what_no_one_can_date_is_refused_with_what_was_said() -> None:
    (refusal,) = items(REVIEW | {"publishedAtDate": None, "publishAt": "once upon a time"}).refusals
    assert refusal.column == "published"
    assert "once upon a time" in refusal.reason


@pytest.mark.parametrize(
    ("changes", "taken"),
    [
        ({"stars": 4}, {"Rooms": 3.0}),
        ({"stars": None, "rating": 4}, {"Rooms": 3.0}),
        ({"stars": None, "rating": "8/10"}, None),
        ({"stars": 4, "reviewOrigin": "TripAdvisor"}, None),
        ({"stars": None, "rating": 8, "reviewOrigin": "Booking.com"}, None),
    ],
)
def test_marks_are_taken_where_their_scale_is_known(changes: Any, taken: object) -> None:
    assert read(**changes, reviewDetailedRating={"Rooms": 3, "Service": 6, "Location": 0}).subratings == taken


def test_odd_fields_never_cost_the_review() -> None:
    review = read(
        reviewUrl="javascript:alert(1)",
        reviewerNumberOfReviews="many",
        reviewDetailedRating={"Rooms": "4/5", "Service": 3, "": 2, "\x00": 1},
        responseFromOwnerDate="yesterday",
        location={"lat": 999, "lng": []},
        originalLanguage=["de"],
        categoryName={"de": "Hotel"},
    )
    assert review.subratings == {"Service": 3.0}
    assert (review.review_url, review.reviewer_review_count, review.response_published) == (None, None, None)
    assert (review.latitude, review.longitude, review.language, review.listing_kind) == (None, None, None, None)


@pytest.mark.parametrize(
    ("category", "kind"),
    [
        ("Hotel", "hotel"),
        ("Bed & breakfast", "hotel"),
        ("Bar & grill", "restaurant"),
        ("Café", "restaurant"),
        ("Hotel supply store", None),
        ("Barber shop", None),
        ("Albergo", None),
    ],
)
def test_kinds(category: str, kind: str | None) -> None:
    assert read(categoryName=category).listing_kind == kind


def test_what_is_no_review_gives_nothing_and_what_is_unknown_is_refused() -> None:
    page = items({"error": "no_search_results"}, {"placeId": "p", "title": "House"}, {"foo": 1})
    assert [refusal.line for refusal in page.refusals] == [3]
    assert page.observations == ()


def test_an_id_of_the_listing_may_come_from_outside() -> None:
    told = context("file:x.json", "google", "mine")
    (review,) = parse(json.dumps([{**REVIEW, "placeId": None}]).encode(), told).observations
    assert review.listing_id == "mine"
