import json
from typing import Any

import pytest

from crawlers.page import Page
from crawlers.sources.apify_tripadvisor import parse
from store.canonical import Observation
from tests.crawlers.sources.saved import as_json, context, document, saved


def items(*records: Any) -> Page:
    return parse(json.dumps(records).encode(), context("file:x.json", "tripadvisor"))


def read(**changes: Any) -> Observation:
    page = items(document("apify_tripadvisor/reviews.json")[0] | changes)
    assert page.drops == {}
    (review,) = page.observations
    return review


@pytest.mark.parametrize("name", ["reviews", "places"])
def test_the_saved_data_sets(name: str) -> None:
    page = parse(saved(f"apify_tripadvisor/{name}.json"), context(f"file:{name}.json", "tripadvisor"))
    assert as_json(page) == document(f"apify_tripadvisor/{name}.expected.json")


def test_photos_and_addresses_are_never_taken() -> None:
    for name in ("reviews", "places"):
        page = parse(saved(f"apify_tripadvisor/{name}.json"), context("file:x.json", "tripadvisor"))
        said = json.dumps(as_json(page))
        for taboo in ("photos.example", "inn.example", "3800", "Bern"):
            assert taboo not in said


@pytest.mark.parametrize(
    ("lang", "original", "said"),
    [("en", "en", False), ("en", "fr", True), ("en", None, None), (None, "fr", None), (["en"], "fr", None)],
)
def test_translations_are_marked(lang: object, original: object, said: bool | None) -> None:
    assert read(lang=lang, originalLanguage=original).text_is_translation is said


@pytest.mark.parametrize(
    ("said", "first"),
    [("2026-05", "2026-05-01"), ("2026-05-31", "2026-05-01"), ("in May", None), (None, None), (5, None)],
)
def test_a_stay_is_known_to_the_month(said: object, first: str | None) -> None:
    review = read(travelDate=said)
    assert (review.stayed_from and str(review.stayed_from)) == first
    assert (review.stayed_to and str(review.stayed_to)) == (first and "2026-05-31")


def test_the_listing_is_known_by_its_number_alone() -> None:
    review = read(placeInfo=None, locationId=77)
    assert (review.listing_id, review.listing_name, review.listing_kind) == ("77", None, None)


def test_a_name_is_no_identity() -> None:
    review = read(user={"name": "Guest", "username": "guest1"})
    assert (review.reviewer_id, review.reviewer_name) == (None, "Guest")


def test_odd_fields_never_cost_the_review() -> None:
    review = read(
        url="ftp://x",
        subratings=[{"name": "Value", "value": "x"}, 3, {"value": 4}, {"name": "Rooms", "value": 4}],
        user=["x"],
        ownerResponse={"text": "Thanks", "publishedDate": "soon"},
    )
    assert (review.subratings, review.review_url, review.reviewer_id) == ({"Rooms": 4.0}, None, None)
    assert (review.response_text, review.response_published) == ("Thanks", None)


def test_what_is_no_review_gives_nothing() -> None:
    page = items({"error": "not found"}, {"type": "HOTEL", "id": "1", "name": "House"}, {"type": ["HOTEL"]})
    assert [refusal.line for refusal in page.refusals] == [3]
    assert page.observations == ()
