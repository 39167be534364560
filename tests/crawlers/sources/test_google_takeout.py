import json
from typing import Any

import pytest

from crawlers.page import Page
from crawlers.sources.google_takeout import FORMAT, parse
from tests.crawlers.sources.saved import as_json, context, document, saved

CONTEXT = context("file:///reviews.json", "google", "456")


def exported(*reviews: Any, listing_id: str | None = "456") -> Page:
    return parse(json.dumps({"reviews": reviews}).encode(), context("file:///reviews.json", "google", listing_id))


def changed(**changes: Any) -> Any:
    """A whole review with some of its fields changed; ``...`` takes one away."""
    review = document("google_takeout/reviews.json")["reviews"][0] | changes
    return {key: value for key, value in review.items() if value is not ...}


def test_the_saved_export() -> None:
    page = parse(saved("google_takeout/reviews.json"), CONTEXT)
    assert as_json(page) == document("google_takeout/reviews.expected.json")


def test_the_format_is_the_one_of_the_documents() -> None:
    assert (FORMAT.name, FORMAT.platform, FORMAT.in_lines) == ("google-takeout", "google", False)


def test_the_record_names_its_listing_before_the_command_does() -> None:
    page = exported(changed(), changed(name="accounts/1/locations/77/reviews/r"), listing_id="9")
    assert [each.listing_id for each in page.observations] == ["456", "77"]


@pytest.mark.parametrize("name", [..., None, "reviews/1", 7, ["accounts/1/locations/77/reviews/r"]])
def test_without_any_listing_the_refusal_says_what_to_do(name: object) -> None:
    page = exported(changed(name=name), changed(), listing_id=None)
    assert [each.listing_id for each in page.observations] == ["456"]
    assert (page.refusals[0].column, page.drops) == ("listing_id", {"refused_listing_id": 1})
    assert "give it with --listing" in page.refusals[0].reason


def test_reviews_without_an_id_keep_one_through_an_edit_and_never_collide() -> None:
    bare = changed(name=..., comment=...)
    page = exported(bare, bare | {"createTime": "2023-03-04T10:11:12.131416Z"})
    first, second = (each.review_id for each in page.observations)
    assert first != second
    (edited,) = exported(bare | {"comment": "Still quiet.", "updateTime": "2024-01-01T00:00:00Z"}).observations
    assert edited.review_id == first


@pytest.mark.parametrize(
    ("changes", "drop"),
    [
        ({"createTime": ..., "name": ...}, "refused_published"),
        ({"starRating": "SIX"}, "refused_rating"),
        ({"comment": {}}, "refused_text"),
        ({"name": "accounts/1/locations/" + "7" * 300 + "/reviews/r"}, "refused_listing_id"),
    ],
)
def test_what_cannot_be_taken_costs_no_neighbour(changes: Any, drop: str) -> None:
    page = exported(changed(reviewId="n1"), changed(**changes), changed(reviewId="n2"))
    assert [each.review_id for each in page.observations] == ["n1", "n2"]
    assert page.drops == {drop: 1}


@pytest.mark.parametrize(
    ("export", "drop"),
    [
        (b"{}", "bad_document"),
        (b'{"error": {"code": 500}}', "api_error"),
        (b"[]", "bad_document"),
        (b"\xff", "bad_document"),
    ],
)
def test_another_file_is_no_empty_export(export: bytes, drop: str) -> None:
    assert parse(export, CONTEXT) == Page(drops={drop: 1})
