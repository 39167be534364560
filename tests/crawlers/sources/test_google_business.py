import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.page import Page
from crawlers.sources.google_business import BASE_URL, listing_id, original, parse, start_url
from store.canonical import Observation
from tests.crawlers.sources.saved import as_json, context, document, saved

CONTEXT = context(start_url("accounts/123/locations/456", "http://localhost:8080"), "google", "456")
URL = "http://localhost:8080/v4/accounts/123/locations/456/reviews?pageSize=50&orderBy=updateTime%20desc"


def replied(reviews: list[Any], **beside: Any) -> Page:
    return parse(json.dumps({"reviews": reviews, **beside}).encode(), CONTEXT)


def changed(**changes: Any) -> Any:
    """A whole review with some of its fields changed; ``...`` takes one away."""
    review = document("google_business/page.json")["reviews"][0] | changes
    return {key: value for key, value in review.items() if value is not ...}


def read(**changes: Any) -> Observation:
    page = replied([changed(**changes)])
    assert page.drops == {}
    (review,) = page.observations
    return review


def test_the_saved_reply() -> None:
    page = parse(saved("google_business/page.json"), CONTEXT)
    assert as_json(page) == document("google_business/page.expected.json")


def test_nothing_of_a_reviewer_but_the_name_is_taken() -> None:
    said = json.dumps(as_json(parse(saved("google_business/page.json"), CONTEXT)))
    assert "photos.example" not in said
    assert "reviewer_id" not in said


def test_addresses() -> None:
    assert CONTEXT.url == URL
    assert start_url("accounts/1/locations/2").startswith(BASE_URL + "/v4/accounts/1/locations/2/reviews?pageSize=50&")
    assert start_url("accounts/1/locations/2", "http://localhost/gbp/").startswith("http://localhost/gbp/v4/accounts/")
    assert listing_id("accounts/123/locations/456") == "456"


@pytest.mark.parametrize(
    "listing",
    ["", "456", "locations/456", "accounts/1/locations/2/", "accounts/../locations/2", "accounts/1/locations/2?x=1",
     "accounts/1/locations/-", "https://evil.example/accounts/1/locations/2", "accounts/1/locations/2\n"],
)  # fmt: skip
def test_a_listing_of_another_form_is_refused_in_one_line(listing: str) -> None:
    for read_listing in (listing_id, start_url):
        with pytest.raises(ValueError, match=r"^[^\n]*'accounts/123/locations/456'$"):
            read_listing(listing)


@pytest.mark.parametrize(
    ("comment", "text", "is_translation"),
    [
        ("(Translated by Google) Good.\n\n(Original)\nGut.", "Gut.", False),
        ("(Translated by Google) Good.\r\n\r\n(Original)\r\nGut.", "Gut.", False),
        ("Gut.\n\n(Translated by Google)\nGood.", "Gut.", False),
        ("(Original)\nGut.\n\n(Translated by Google)\nGood.", "Gut.", False),
        ("(Translated by Google) Good.", "Good.", True),
        ("(Translated by Google) Good.\n\n(Original)\n", None, False),
        ("Gut.", "Gut.", None),
        ("It says (Translated by Google) here.", "It says (Translated by Google) here.", None),
        ("(Original) and cheap", "(Original) and cheap", None),
        (None, None, None),
        ("", None, None),
        ("素晴らしい 👍🏽 \u202eאבג", "素晴らしい 👍🏽 \u202eאבג", None),
    ],
)
def test_the_original_is_the_text(comment: object, text: str | None, is_translation: bool | None) -> None:
    got = read(comment=comment)
    assert (got.text, got.text_is_translation) == (text, is_translation)


@given(st.text())
def test_any_comment_is_read(comment: str) -> None:
    text, is_translation = original(comment)
    assert isinstance(text, str)
    assert is_translation is None or "(Translated by Google)" in comment


@pytest.mark.parametrize(
    "field", ["name", "reviewer", "comment", "updateTime", "reviewReply", "reviewId", "reviewReplyUrl"]
)
@pytest.mark.parametrize("value", [..., None])
def test_what_may_be_missing(field: str, value: object) -> None:
    got = read(**{field: value})
    assert (got.listing_id, got.review_id, got.rating) == ("456", "AbFvOq-1", 5.0)


def test_missing_fields_leave_their_columns_empty() -> None:
    got = read(reviewer=..., comment=..., updateTime=..., reviewReply=...)
    assert (got.reviewer_name, got.text, got.edited, got.response_text, got.response_state) == (None,) * 5


@pytest.mark.parametrize(
    ("changes", "drop", "reason"),
    [
        ({"starRating": "STAR_RATING_UNSPECIFIED"}, "refused_rating", "'STAR_RATING_UNSPECIFIED' is none of ONE, TWO"),
        ({"starRating": ...}, "refused_rating", "'None' is none of"),
        ({"starRating": 5}, "refused_rating", "'5' is none of"),
        ({"starRating": ["FIVE"]}, "refused_rating", "is none of"),
        ({"starRating": {"ONE": 1}}, "refused_rating", "is none of"),
        ({"createTime": ...}, "refused_published", "is missing"),
        ({"createTime": "last week"}, "refused_published", "'last week' is not a day"),
        ({"createTime": 1_700_000_000}, "refused_published", "is not a day"),
        ({"createTime": "1066-10-14T09:00:00Z"}, "refused_published", "outside of 1990 to 2100"),
        ({"comment": ["a"]}, "refused_text", "is not text"),
        ({"comment": "x" * 1_000_001}, "refused_text", "1,000,001 characters"),
        ({"reviewId": ..., "name": ...}, "refused_review_id", "is missing"),
        ({"reviewId": "  ", "name": "x"}, "refused_review_id", "is missing"),
        ({"reviewId": {"id": 1}}, "refused_review_id", "is not text"),
        ({"reviewId": "x" * 201}, "refused_review_id", "201 characters"),
        ({"reviewId": "a\x00b"}, "refused_review_id", "control characters"),
        ({"reviewReply": {"comment": {"a": 1}}}, "refused_response_text", "is not text"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_named_and_costs_no_neighbour(changes: Any, drop: str, reason: str) -> None:
    neighbours = [changed(reviewId=f"n{number}") for number in range(2)]
    page = replied([neighbours[0], changed(**changes), neighbours[1]])
    assert [each.review_id for each in page.observations] == ["n0", "n1"]
    assert page.drops == {drop: 1}
    assert reason in page.refusals[0].reason


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"reviewer": "Guest"}, "reviewer_name", None),
        ({"reviewer": {"displayName": ["x"]}}, "reviewer_name", None),
        ({"reviewer": {"displayName": "Guest", "isAnonymous": True}}, "reviewer_name", None),
        ({"reviewReply": "Thanks"}, "response_text", None),
        ({"reviewReply": {"comment": "Thanks", "state": "REVIEW_REPLY_STATE_UNSPECIFIED"}}, "response_state", None),
        ({"reviewReply": {"comment": "Thanks", "state": ["ACTIVE"]}}, "response_state", None),
        ({"reviewReply": {"comment": "Thanks", "state": "PENDING"}}, "response_state", "pending"),
        ({"reviewReply": {"comment": "Thanks", "updateTime": {}}}, "response_published", None),
        ({"updateTime": "soon"}, "edited", None),
        ({"updateTime": "2026-05-17T23:59:59Z"}, "edited", None),
        ({"name": "places/9/reviews/8"}, "listing_id", "456"),
        ({"name": "accounts/1/locations/77/reviews/8"}, "listing_id", "77"),
        ({"reviewId": 7}, "review_id", "7"),
    ],
)  # fmt: skip
def test_odd_values_beside_the_point(changes: Any, field: str, value: object) -> None:
    assert getattr(read(**changes), field) == value


def test_the_address_names_the_listing_where_nothing_else_does() -> None:
    page = parse(json.dumps({"reviews": [changed(name=...)], "totalReviewCount": 1}).encode(), context(URL, "google"))
    assert page.observations[0].listing_id == page.snapshots[0].listing_id == "456"


def test_the_next_page_takes_the_token_and_keeps_the_rest() -> None:
    assert replied([changed()], nextPageToken="").next_urls == ()
    first = replied([changed()], nextPageToken="a/b&c").next_urls[0]
    assert first == URL + "&pageToken=a%2Fb%26c"
    second = parse(b'{"reviews": [], "nextPageToken": "d"}', context(first, "google", "456"))
    assert second.next_urls == (URL + "&pageToken=d",)


@pytest.mark.parametrize("token", [7, ["x"], {"a": 1}, True, "x" * 9000, "\ud800"])
def test_a_token_that_cannot_be_sent_is_a_drop(token: object) -> None:
    page = replied([changed()], nextPageToken=token)
    assert (page.next_urls, page.drops, len(page.observations)) == ((), {"bad_next_page": 1}, 1)


def test_a_token_that_leads_back_to_its_own_page_is_a_drop() -> None:
    page = parse(b'{"reviews": [], "nextPageToken": "d"}', context(URL + "&pageToken=d", "google", "456"))
    assert (page.next_urls, page.drops) == ((), {"bad_next_page": 1})


def test_a_location_without_reviews() -> None:
    assert parse(b"{}", CONTEXT) == Page()
    (snapshot,) = parse(b'{"totalReviewCount": 0, "averageRating": 0}', CONTEXT).snapshots
    assert (snapshot.review_count, snapshot.rating) == (0, None)


@pytest.mark.parametrize(
    ("reply", "drop"),
    [
        (b'{"error": {"code": 403, "message": "denied", "status": "PERMISSION_DENIED"}}', "api_error"),
        (b'{"message": "welcome to the hotel network"}', "bad_document"),
        (b'{"reviews": null}', "bad_document"),
        (b'{"reviews": {"0": {}}}', "bad_document"),
        (b"[]", "bad_document"),
        (b"<html>", "bad_document"),
        (b"", "bad_document"),
    ],
)
def test_what_is_no_reply_never_looks_like_an_empty_location(reply: bytes, drop: str) -> None:
    assert parse(reply, CONTEXT) == Page(drops={drop: 1})


@pytest.mark.parametrize(
    ("totals", "rating", "count"),
    [
        ({"averageRating": "4.5", "totalReviewCount": "9"}, 4.5, 9),
        ({"averageRating": 50, "totalReviewCount": 9}, None, 9),
        ({"averageRating": 4, "totalReviewCount": -1}, 4.0, None),
        ({"averageRating": 4, "totalReviewCount": 10**400}, 4.0, None),
        ({"averageRating": [], "totalReviewCount": True}, None, None),
    ],
)
def test_totals(totals: Any, rating: float | None, count: int | None) -> None:
    said = [(each.rating, each.review_count) for each in replied([changed()], **totals).snapshots]
    assert said == ([] if rating is None and count is None else [(rating, count)])
