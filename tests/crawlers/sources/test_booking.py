import json
from typing import Any

import pytest

from crawlers.page import Page
from crawlers.sources.booking import BASE_URL, listing_id, parse, start_url
from store.canonical import Observation
from tests.crawlers.sources.saved import as_json, context, document, saved

URL = "http://localhost:8080/review-api/properties/1234567/reviews?limit=50"
CONTEXT = context(URL, "booking", "1234567")


def replied(*reviews: Any, next_page: Any = None, url: str = URL, **beside: Any) -> Page:
    reply = {"errors": [], "meta": {"next_page": next_page}, "data": {"reviews": reviews}} | beside
    return parse(json.dumps(reply).encode(), context(url, "booking", "1234567"))


def changed(**changes: Any) -> Any:
    """A whole review with some of its fields changed; ``...`` takes one away."""
    review = document("booking/page.json")["data"]["reviews"][0] | changes
    return {key: value for key, value in review.items() if value is not ...}


def read(**changes: Any) -> Observation:
    page = replied(changed(**changes))
    assert page.drops == {}
    (review,) = page.observations
    return review


@pytest.mark.parametrize(("name", "url"), [("page", URL), ("last_page", URL + "&cursor=HFqL-Nf6R3")])
def test_the_saved_replies(name: str, url: str) -> None:
    page = parse(saved(f"booking/{name}.json"), context(url, "booking", "1234567"))
    assert as_json(page) == document(f"booking/{name}.expected.json")


def test_the_reservation_is_never_taken() -> None:
    assert "87654321" not in json.dumps(as_json(parse(saved("booking/page.json"), CONTEXT)))


def test_addresses() -> None:
    assert start_url("1234567", "http://localhost:8080") == URL
    assert start_url("7") == BASE_URL + "/review-api/properties/7/reviews?limit=50"
    assert listing_id("1234567") == "1234567"


@pytest.mark.parametrize("listing", ["", "hotel", "12 3", "-1", "../7", "7/reviews?x=", "7\n", "٧", "1" * 21])
def test_a_listing_of_another_form_is_refused_in_one_line(listing: str) -> None:
    for read_listing in (listing_id, start_url):
        with pytest.raises(ValueError, match=r"^[^\n]*such as '1234567'$"):
            read_listing(listing)


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"content": None}, "text_positive", None),
        ({"content": ...}, "title", None),
        ({"content": "Nice"}, "text_negative", None),
        ({"content": {"language_code": "xu", "positive": "x"}}, "language", None),
        ({"content": {"language_code": "??", "positive": "x"}}, "language", None),
        ({"content": {"language_code": ["en"], "positive": "x"}}, "language", None),
        ({"content": {"language_code": "pt-br", "positive": "x"}}, "language", "pt-br"),
        ({"content": {"positive": "Ruhig.", "negative": None}}, "text", None),
        ({"content": {"positive": "Tranquille \u200f👍🏽 خوب"}}, "text_positive", "Tranquille \u200f👍🏽 خوب"),
        ({"reviewer": None}, "reviewer_name", None),
        ({"reviewer": {"name": {"first": "x"}}}, "reviewer_name", None),
        ({"reviewer": {"id": "u1", "name": "Guest"}}, "reviewer_id", None),
        ({"reply": ...}, "response_text", None),
        ({"reply": {"text": "Thanks", "last_change_timestamp": "soon"}}, "response_published", None),
        ({"last_change_timestamp": ...}, "edited", None),
        ({"last_change_timestamp": "2026-05-13 23:59:59"}, "edited", None),
        ({"last_change_timestamp": 7}, "edited", None),
        ({"scoring": {"review_score": 7}}, "subratings", None),
        ({"scoring": {"review_score": "7,5", "staff": "8.0", "clean": [], "wifi": 3}}, "subratings", {"staff": 8.0}),
        ({"scoring": {"review_score": 7, "staff": 2.5, "clean": 0, "value": 11}}, "subratings", {"staff": 2.5}),
        ({"scoring": {"review_score": "7,5"}}, "rating", 7.5),
        ({"reservation_id": ...}, "verified_stay", True),
        ({"review_id": 9}, "review_id", "9"),
    ],
)
def test_odd_values_beside_the_point(changes: Any, field: str, value: object) -> None:
    assert getattr(read(**changes), field) == value


@pytest.mark.parametrize(
    ("changes", "drop", "reason"),
    [
        ({"review_id": ...}, "refused_review_id", "is missing"),
        ({"review_id": " "}, "refused_review_id", "is missing"),
        ({"review_id": {"a": 1}}, "refused_review_id", "is not text"),
        ({"scoring": ...}, "refused_rating", "is missing"),
        ({"scoring": {"review_score": None, "clean": 10}}, "refused_rating", "is missing"),
        ({"scoring": {"review_score": 11}}, "refused_rating", "'11' is not a number between 1 and 10"),
        ({"scoring": {"review_score": 0}}, "refused_rating", "is not a number between 1 and 10"),
        ({"scoring": {"review_score": True}}, "refused_rating", "is not a number"),
        ({"scoring": {"review_score": 10**400}}, "refused_rating", "is not a number"),
        ({"scoring": [9]}, "refused_rating", "is missing"),
        ({"created_timestamp": ...}, "refused_published", "is missing"),
        ({"created_timestamp": "13-05-2026"}, "refused_published", "is not a day"),
        ({"created_timestamp": 1_700_000_000}, "refused_published", "is not a day"),
        ({"content": {"positive": ["a"]}}, "refused_text_positive", "is not text"),
        ({"content": {"headline": "x" * 1_000_001}}, "refused_title", "1,000,001"),
        ({"reply": {"text": 7 * [0]}}, "refused_response_text", "is not text"),
    ],
)
def test_what_cannot_be_taken_is_named_and_costs_no_neighbour(changes: Any, drop: str, reason: str) -> None:
    page = replied(changed(review_id="n1"), changed(**changes), changed(review_id="n2"))
    assert [each.review_id for each in page.observations] == ["n1", "n2"]
    assert page.drops == {drop: 1}
    assert reason in page.refusals[0].reason


def test_the_address_names_the_property_where_nothing_else_does() -> None:
    page = parse(saved("booking/page.json"), context(URL, "booking"))
    assert {each.listing_id for each in page.observations} == {"1234567"}
    page = parse(saved("booking/page.json"), context("http://localhost/x", "booking"))
    assert page.drops == {"refused_listing_id": 3}


@pytest.mark.parametrize(
    ("link", "address"),
    [
        (URL + "&cursor=c2", URL + "&cursor=c2"),
        ("?cursor=c2", URL + "&cursor=c2"),
        (BASE_URL + "/reviews/properties/1234567/reviews?cursor=c2", URL + "&cursor=c2"),
        ("https://evil.example/?cursor=c2", URL + "&cursor=c2"),
    ],
)
def test_the_cursor_is_followed_on_the_same_host_until_a_page_is_empty(link: str, address: str) -> None:
    full = replied(changed(), next_page=link, url=URL + "&cursor=c1")
    assert (full.next_urls, full.cursor) == ((address,), None)
    empty = replied(next_page=link, url=URL + "&cursor=c1")
    assert (empty.next_urls, empty.cursor) == ((), address)


def test_without_a_next_page_the_next_night_asks_here_again() -> None:
    for link in (None, ""):
        page = replied(changed(), next_page=link, url=URL + "&cursor=c1")
        assert (page.next_urls, page.cursor) == ((), URL + "&cursor=c1")
    assert replied(changed(), meta=None).cursor == URL
    assert replied(next_page=URL).cursor == URL


@pytest.mark.parametrize("link", [7, ["x"], {"href": "x"}, "http://[", URL, "?cursor=" + "x" * 9000])
def test_a_next_page_without_a_usable_address_is_a_drop(link: object) -> None:
    page = replied(changed(), next_page=link)
    assert (page.next_urls, page.cursor, page.drops) == ((), None, {"bad_next_page": 1})
    assert replied(next_page=link).cursor == URL


def test_reviews_come_in_no_promised_order() -> None:
    assert parse(saved("booking/page.json"), CONTEXT).order == ()


@pytest.mark.parametrize(
    ("reply", "drop"),
    [
        (b'{"errors": [{"code": "UNAUTHORIZED"}], "data": null, "meta": {}}', "api_error"),
        (b'{"error": {"code": 500}}', "api_error"),
        (b'{"errors": [], "data": {}}', "bad_document"),
        (b"{}", "bad_document"),
        (b'{"data": {"reviews": "none"}}', "bad_document"),
        (b"\x00", "bad_document"),
    ],
)
def test_what_is_no_reply_gives_no_cursor(reply: bytes, drop: str) -> None:
    assert parse(reply, CONTEXT) == Page(drops={drop: 1})


def test_an_error_beside_reviews_is_counted() -> None:
    page = replied(changed(), errors=[{"code": "PARTIAL"}])
    assert (len(page.observations), page.drops) == (1, {"api_error": 1})
