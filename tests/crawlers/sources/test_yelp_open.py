import json
from typing import Any

import pytest

from crawlers.page import Page
from crawlers.sources.yelp_open import FORMAT, parse
from tests.crawlers.sources.saved import as_json, context, document, saved

REVIEW = {
    "review_id": "r",
    "user_id": "u",
    "business_id": "b",
    "stars": 4,
    "text": "Fine.",
    "date": "2019-02-03 04:05:06",
}
BUSINESS = {"business_id": "b", "name": "House", "stars": 4.5, "review_count": 9, "categories": "Hotels"}


def lines(*records: Any) -> Page:
    return parse("\n".join(map(json.dumps, records)).encode(), context("file:x.json", "yelp"))


@pytest.mark.parametrize("name", ["review", "business", "user"])
def test_the_saved_files(name: str) -> None:
    page = parse(saved(f"yelp_open/{name}.json"), context(f"file:{name}.json", "yelp"))
    assert as_json(page) == document(f"yelp_open/{name}.expected.json")


def test_a_broken_line_costs_only_itself() -> None:
    body = b"\n".join(
        [json.dumps(REVIEW).encode(), b'{"review_id": "s', json.dumps({**REVIEW, "review_id": "t"}).encode()]
    )
    page = parse(body, context("file:x.json", "yelp"))
    assert [review.review_id for review in page.observations] == ["r", "t"]
    assert page.drops == {"bad_document": 1}


@pytest.mark.parametrize(
    "other",
    [
        {"user_id": "u", "name": "Guest", "review_count": 2, "average_stars": 4.5},
        {"user_id": "u", "business_id": "b", "text": "Go early.", "date": "2019-02-03", "compliment_count": 0},
        {"business_id": "b", "date": "2019-02-03 04:05:06, 2019-02-04 04:05:06"},
    ],
)
def test_lines_of_the_other_files_give_nothing(other: dict[str, Any]) -> None:
    assert lines(other, other) == Page()


def test_a_review_without_its_id_is_a_review_all_the_same() -> None:
    (review,) = lines({**REVIEW, "review_id": None}).observations
    assert review.synthetic_id
    (review,) = lines({key: value for key, value in REVIEW.items() if key != "review_id"}).observations
    assert review.synthetic_id


def test_what_is_no_record_of_the_data_set_is_refused() -> None:
    page = lines({"id": 1}, 7)
    assert [refusal.reason for refusal in page.refusals] == ["is missing", "not a JSON object"]


@pytest.mark.parametrize(
    ("categories", "kind"),
    [
        ("Hotels & Travel, Airports", "other"),
        ("Restaurants, Hotels", "hotel"),
        (["Restaurants", "Pizza"], "restaurant"),
        ("", "other"),
        (None, None),
        (7, None),
    ],
)
def test_kinds(categories: object, kind: str | None) -> None:
    (snapshot,) = lines({**BUSINESS, "categories": categories}).snapshots
    assert snapshot.listing_kind == kind


def test_a_listing_keeps_what_can_be_read() -> None:
    (snapshot,) = lines({**BUSINESS, "stars": "many", "latitude": 200, "longitude": {}, "city": ["x"]}).snapshots
    assert (snapshot.rating, snapshot.rating_best, snapshot.review_count) == (None, None, 9)
    assert (snapshot.latitude, snapshot.longitude, snapshot.city) == (None, None, None)


def test_the_format() -> None:
    assert (FORMAT.name, FORMAT.platform, FORMAT.in_lines) == ("yelp-open-dataset", "yelp", True)
