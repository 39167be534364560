import datetime as dt
import json
from typing import Any

import pytest

from crawlers.page import Page
from crawlers.sources.trustpilot import BASE_URL, listing_id, parse, private_start_url, start_url
from store.canonical import Observation
from tests.crawlers.sources.saved import as_json, context, document, saved

UNIT = "507f191e810c19729de860ea"
URL = f"http://localhost:8080/v1/business-units/{UNIT}/reviews?perPage=100&page=1&orderBy=createdat.desc"


def replied(*reviews: Any, url: str = URL, **beside: Any) -> Page:
    return parse(json.dumps({"reviews": reviews, **beside}).encode(), context(url, "trustpilot", UNIT))


def changed(**changes: Any) -> Any:
    """A whole review with some of its fields changed; ``...`` takes one away."""
    review = document("trustpilot/page.json")["reviews"][0] | changes
    return {key: value for key, value in review.items() if value is not ...}


def read(**changes: Any) -> Observation:
    page = replied(changed(**changes))
    assert page.drops == {}
    (review,) = page.observations
    return review


def test_the_saved_reply() -> None:
    page = parse(saved("trustpilot/page.json"), context(URL, "trustpilot", UNIT))
    assert as_json(page) == document("trustpilot/page.expected.json")


def test_orders_and_mail_addresses_are_never_taken() -> None:
    said = json.dumps(as_json(replied(changed(consumer={"id": "u1", "email": "guest@mail.example"}))))
    assert "mail.example" not in said
    assert "order-7" not in said


def test_addresses() -> None:
    assert start_url(UNIT, "http://localhost:8080/") == URL
    assert start_url(UNIT).startswith(f"{BASE_URL}/v1/business-units/{UNIT}/reviews?")
    assert private_start_url(UNIT).startswith(f"{BASE_URL}/v1/private/business-units/{UNIT}/reviews?")
    assert listing_id(UNIT) == UNIT


@pytest.mark.parametrize(
    "listing", ["", "hotel.example", UNIT.upper(), UNIT + "0", UNIT[:-1] + "g", f"{UNIT}/x", UNIT + "\n"]
)
def test_a_listing_of_another_form_is_refused_in_one_line(listing: str) -> None:
    for read_listing in (listing_id, start_url, private_start_url):
        with pytest.raises(ValueError, match=r"^[^\n]*is not the id of a business unit[^\n]*$"):
            read_listing(listing)


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"title": ...}, "title", None),
        ({"text": None}, "text", None),
        ({"text": "Très bon ☕️ \u202eאבג"}, "text", "Très bon ☕️ \u202eאבג"),
        ({"stars": "4"}, "rating", 4.0),
        ({"language": "??"}, "language", None),
        ({"language": 7}, "language", None),
        ({"updatedAt": "2026-04-28T23:59:59Z"}, "edited", None),
        ({"updatedAt": "soon"}, "edited", None),
        ({"experiencedAt": "2026-04-20T23:30:00-05:00"}, "stayed_to", dt.date(2026, 4, 21)),
        ({"experiencedAt": 7}, "stayed_from", None),
        ({"consumer": None}, "reviewer_id", None),
        ({"consumer": {"id": "u1", "displayName": []}}, "reviewer_name", None),
        ({"consumer": {"id": "u1", "numberOfReviews": -3}}, "reviewer_review_count", None),
        ({"consumer": {"id": "u1", "numberOfReviews": 10**400}}, "reviewer_review_count", None),
        ({"isVerified": "perhaps"}, "verified_stay", None),
        ({"isVerified": ...}, "verified_stay", None),
        ({"companyReply": "Thanks"}, "response_text", None),
        ({"companyReply": {"text": "Thanks", "createdAt": []}}, "response_published", None),
        ({"businessUnit": ...}, "listing_id", UNIT),
        ({"businessUnit": {"id": "f" * 24}}, "listing_id", "f" * 24),
    ],
)
def test_odd_values_beside_the_point(changes: Any, field: str, value: object) -> None:
    assert getattr(read(**changes), field) == value


@pytest.mark.parametrize(
    ("changes", "drop", "reason"),
    [
        ({"id": ...}, "refused_review_id", "is missing"),
        ({"id": ["x"]}, "refused_review_id", "is not text"),
        ({"stars": ...}, "refused_rating", "is missing"),
        ({"stars": 0}, "refused_rating", "'0' is not a number between 1 and 5"),
        ({"stars": 10**400}, "refused_rating", "is not a number"),
        ({"stars": {"value": 5}}, "refused_rating", "is not a number"),
        ({"createdAt": None}, "refused_published", "is missing"),
        ({"createdAt": "yesterday"}, "refused_published", "'yesterday' is not a day"),
        ({"text": {"en": "x"}}, "refused_text", "is not text"),
        ({"title": ["x"]}, "refused_title", "is not text"),
        ({"consumer": {"id": {"a": 1}}}, "refused_reviewer_id", "is not text"),
        ({"consumer": {"id": "a\ud800"}}, "refused_reviewer_id", "control characters"),
        ({"businessUnit": {"id": "x" * 201}}, "refused_listing_id", "201 characters"),
        ({"companyReply": {"text": [1]}}, "refused_response_text", "is not text"),
    ],
)
def test_what_cannot_be_taken_is_named_and_costs_no_neighbour(changes: Any, drop: str, reason: str) -> None:
    page = replied(changed(id="n1"), changed(**changes), changed(id="n2"))
    assert [each.review_id for each in page.observations] == ["n1", "n2"]
    assert page.drops == {drop: 1}
    assert reason in page.refusals[0].reason


def test_order_is_by_publication_not_by_edit() -> None:
    page = replied(changed(id="n1", createdAt="2026-05-01T00:00:00Z"), changed(updatedAt="2026-06-01T00:00:00Z"))
    assert page.order == (dt.date(2026, 5, 1), dt.date(2026, 4, 28))


def test_the_link_to_the_next_page_comes_first() -> None:
    link = {"rel": "next-page", "href": "https://evil.example/?page=7"}
    assert replied(changed(), links=[7, {"rel": "self"}, link]).next_urls == (URL.replace("page=1", "page=7"),)


def test_without_links_a_full_page_has_a_next_one() -> None:
    two = [changed(id="n1"), changed(id="n2")]
    narrow = URL.replace("perPage=100", "perPage=2")
    assert replied(*two, url=narrow).next_urls == (narrow.replace("page=1", "page=2"),)
    assert replied(*two, url=narrow.replace("page=1", "page=99")).next_urls == (narrow.replace("page=1", "page=100"),)
    assert replied(two[0], url=narrow).next_urls == ()
    assert replied(*two).next_urls == ()
    bare = URL.partition("?")[0]
    assert replied(*[changed(id=f"n{number}") for number in range(20)], url=bare).next_urls == (bare + "?page=2",)
    assert replied(*two, url=bare + "?perPage=-1&page=x").next_urls == ()


def test_an_empty_page_is_the_last_one_whatever_it_links_to() -> None:
    assert replied(links=[{"rel": "next-page", "href": "?page=2"}]).next_urls == ()


@pytest.mark.parametrize("href", [None, 7, [], "", "http://[", URL])
def test_a_link_without_a_usable_address_is_a_drop(href: object) -> None:
    page = replied(changed(), links=[{"rel": "next-page", "href": href}])
    assert (page.next_urls, page.drops) == ((), {"bad_next_page": 1})


@pytest.mark.parametrize("links", [None, {}, "next-page", [None], [[]], {"rel": "next-page"}])
def test_odd_links_are_no_links(links: object) -> None:
    page = replied(changed(), links=links)
    assert (page.next_urls, page.drops) == ((), {})


@pytest.mark.parametrize(
    ("reply", "drop"),
    [
        (b'{"error": {"message": "Unauthorized"}}', "api_error"),
        (b'{"message": "Unknown business unit"}', "bad_document"),
        (b'{"reviews": {}}', "bad_document"),
        (b"{}", "bad_document"),
        (b"[", "bad_document"),
    ],
)
def test_what_is_no_reply_is_named(reply: bytes, drop: str) -> None:
    assert parse(reply, context(URL, "trustpilot", UNIT)) == Page(drops={drop: 1})
