import datetime as dt
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.crawlers.api_nights import (
    DAY,
    NOON,
    OTHER,
    PLACE,
    UNIT,
    New,
    Nights,
    chain_statuses,
    kinds,
    listed,
    two_places,
)
from tests.crawlers.apis import Booking, GoogleBusiness, Trustpilot, cut_json, edited, short_body, status


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    return Nights(tmp_path)


@pytest.fixture
def google(server: HTTPServer) -> GoogleBusiness:
    return two_places(server)


@pytest.fixture
def booking(server: HTTPServer) -> Booking:
    """Three reviews on two pages, and an empty third."""
    api = Booking(server)
    for number in range(1, 4):
        api.add("77", number, dt.date(2026, 2, number))
    return api


@pytest.fixture
def trustpilot(server: HTTPServer) -> Trustpilot:
    """Three reviews on two pages."""
    api = Trustpilot(server)
    for number in range(1, 4):
        api.add(UNIT, number, dt.date(2026, 2, number))
    return api


def test_google_pages_are_read_with_one_token_and_no_robots_txt(nights: Nights, google: GoogleBusiness) -> None:
    (result,) = nights.crawl(nights.source("google_business", google, PLACE, OTHER))
    assert result.errors == ()
    assert kinds(google) == ["token", "2@0", "2@2", "2@4", "3@0"]
    assert "pageSize=50" in google.asked[1]
    assert listed(result) == {"2": ("complete", 5), "3": ("complete", 1)}
    assert (result.pages, result.reviews, result.requests, result.complete) == (4, 6, 5, True)
    assert [each.claimed for each in result.listings] == [5, 1]


def test_a_later_night_stops_where_all_is_known_and_finds_what_was_edited(
    nights: Nights, google: GoogleBusiness
) -> None:
    source = nights.source("google_business", google, PLACE)
    nights.crawl(source)
    google.asked.clear()
    google.reviews[PLACE][0] |= {"comment": "Not so good after all.", "updateTime": "2026-03-01T08:00:00Z"}
    (result,) = nights.crawl(source, day=DAY + dt.timedelta(days=1))
    assert nights.fetched[0].page.observations[0].text == "Not so good after all."
    assert kinds(google) == ["token", "2@0", "2@2"]
    assert listed(result) == {"2": ("shortened", 4)}
    google.asked.clear()
    (result,) = nights.crawl(source, day=DAY + dt.timedelta(days=2))
    assert kinds(google) == ["token", "2@0"]
    assert listed(result) == {"2": ("shortened", 2)}
    (result,) = nights.crawl(source, day=DAY + dt.timedelta(days=7))
    assert listed(result) == {"2": ("complete", 5)}


def test_a_token_that_expires_in_mid_run_is_renewed_and_the_page_asked_for_again(
    nights: Nights, google: GoogleBusiness
) -> None:
    google.token_uses = 2
    (result,) = nights.crawl(nights.source("google_business", google, PLACE))
    assert kinds(google) == ["token", "2@0", "2@2", "2@4", "token", "2@4"]
    assert result.errors == ()
    assert listed(result) == {"2": ("complete", 5)}


def test_a_token_is_renewed_before_it_expires(nights: Nights, google: GoogleBusiness) -> None:
    google.token_lifetime_s = "59"
    (result,) = nights.crawl(nights.source("google_business", google, PLACE))
    assert kinds(google) == ["token", "2@0", "token", "2@2", "token", "2@4"]
    assert result.complete


def test_a_new_token_that_is_refused_too_ends_the_source_and_no_other(
    nights: Nights, google: GoogleBusiness, new_server: New
) -> None:
    google.fail("/v4/", status(401), for_ever=True)
    other = Trustpilot(new_server())
    other.add(UNIT, 1, DAY)
    sources = nights.source("google_business", google, PLACE, OTHER), nights.source("trustpilot", other, UNIT)
    result, well = nights.crawl(*sources)
    assert kinds(google) == ["token", "2@0", "token", "2@0"]
    assert result.errors == (f"our-google_business: {google.url}: the API does not accept the credentials (HTTP 401)",)
    assert (chain_statuses(result), result.complete) == (["partial", "partial"], False)
    assert listed(well) == {UNIT: ("complete", 1)}


def test_a_token_endpoint_that_refuses_is_asked_once(nights: Nights, google: GoogleBusiness) -> None:
    said = {**google.file(), "refresh_token": "REVOKED-1"}
    (result,) = nights.crawl(nights.source("google_business", google, PLACE, OTHER, said=said))
    assert kinds(google) == ["token"]
    (line,) = result.errors
    assert line.startswith(f"our-google_business: {google.url}: the token endpoint at ")
    assert line.endswith("gives no access token (HTTP 400, invalid_grant; authorise Fairstay anew)")
    assert chain_statuses(result) == ["partial", "partial"]


@pytest.mark.parametrize(
    ("faults", "asked", "line"),
    [
        ([status(500)], 2, None),
        ([status(429, Retry_After="7")], 2, None),
        ([status(500)] * 9, 3, "HTTP 500"),
        ([status(401)], 1, "HTTP 401"),
        ([status(302, Location="http://127.0.0.2/token")], 1, "HTTP 302"),
        ([short_body] * 9, 3, "cannot be asked"),
        ([cut_json], 1, "holds no access token"),
    ],
)
def test_a_token_endpoint_that_is_not_well(
    nights: Nights, google: GoogleBusiness, faults: list[Any], asked: int, line: str | None
) -> None:
    google.fail("/token", *faults)
    (result,) = nights.crawl(nights.source("google_business", google, PLACE))
    assert kinds(google).count("token") == asked
    if line is None:
        assert listed(result) == {"2": ("complete", 5)}
    else:
        assert [line in error for error in result.errors] == [True]
        assert chain_statuses(result) == ["partial"]


@pytest.mark.parametrize(
    "value", ["30", format_datetime((NOON + dt.timedelta(seconds=30)).replace(tzinfo=dt.UTC), usegmt=True)]
)
def test_a_short_retry_after_is_waited_for(nights: Nights, google: GoogleBusiness, value: str) -> None:
    google.fail("pageToken=2", status(429, Retry_After=value))
    (result,) = nights.crawl(nights.source("google_business", google, PLACE))
    assert nights.slept == [30.0]
    assert kinds(google) == ["token", "2@0", "2@2", "2@2", "2@4"]
    assert (result.errors, listed(result)) == ((), {"2": ("complete", 5)})


@pytest.mark.parametrize(
    ("fault", "until"),
    [
        (status(429, Retry_After="86400"), NOON + dt.timedelta(days=1)),
        (status(429, Retry_After="Mon, 02 Mar 2026 18:00:00 GMT"), NOON + dt.timedelta(hours=30)),
        (status(503), NOON + dt.timedelta(hours=20)),
    ],
)
def test_a_long_retry_after_parks_the_api_and_no_other(
    nights: Nights, google: GoogleBusiness, new_server: New, fault: Any, until: dt.datetime
) -> None:
    google.fail("pageToken=2", fault)
    other = Booking(new_server())
    other.add("77", 1, DAY)
    sources = nights.source("google_business", google, PLACE, OTHER), nights.source("booking", other, "77")
    result, well = nights.crawl(*sources)
    assert kinds(google) == ["token", "2@0", "2@2"]
    assert listed(result) == {"2": ("partial", 2), "3": ("partial", 0)}
    assert chain_statuses(result) == ["partial", "partial"]
    assert len(result.errors) == 1
    assert [parked.until for parked in result.parked.values()] == [until]
    assert listed(well) == {"77": ("complete", 1)}
    google.asked.clear()
    (again,) = nights.crawl(sources[0], parked=dict(result.parked))
    assert google.asked == []
    assert "left alone until" in again.errors[0]


def test_a_passing_failure_of_the_server_costs_nothing(nights: Nights, google: GoogleBusiness) -> None:
    google.fail("pageToken=2", status(500), status(502))
    (result,) = nights.crawl(nights.source("google_business", google, PLACE))
    assert kinds(google) == ["token", "2@0", "2@2", "2@2", "2@2", "2@4"]
    assert (result.errors, listed(result)) == ((), {"2": ("complete", 5)})


@pytest.mark.parametrize(
    ("fault", "line"),
    [(status(500), "HTTP 500"), (short_body, "the connection ended before the answer did")],
)
def test_a_lasting_failure_ends_a_listing_and_not_the_others(
    nights: Nights, google: GoogleBusiness, fault: Any, line: str
) -> None:
    google.fail("pageToken=2", fault, for_ever=True)
    (result,) = nights.crawl(nights.source("google_business", google, PLACE, OTHER))
    assert kinds(google) == ["token", "2@0", *["2@2"] * 3, "3@0"]
    assert len(result.errors) == 1
    assert result.errors[0].endswith(line)
    assert listed(result) == {"2": ("partial", 2), "3": ("complete", 1)}


def test_a_body_that_was_cut_short_once_is_asked_for_again(nights: Nights, google: GoogleBusiness) -> None:
    google.fail("pageToken=2", short_body)
    (result,) = nights.crawl(nights.source("google_business", google, PLACE))
    assert kinds(google) == ["token", "2@0", "2@2", "2@2", "2@4"]
    assert (result.errors, listed(result)) == ((), {"2": ("complete", 5)})


@pytest.mark.parametrize("part", ["orderBy", "pageToken=2", "pageToken=4"])
def test_a_document_cut_in_the_middle_is_named_and_makes_a_listing_partial(
    nights: Nights, google: GoogleBusiness, part: str
) -> None:
    google.fail(part, cut_json)
    (result,) = nights.crawl(nights.source("google_business", google, PLACE, OTHER))
    assert result.drops == {"bad_document": 1}
    assert chain_statuses(result) == ["partial", "complete"]
    assert listed(result).get("2", ("partial", 0))[0] == "partial"
    assert not result.complete


def test_a_page_token_that_repeats_ends_in_an_error(nights: Nights, google: GoogleBusiness) -> None:
    google.fail("pageToken=4", edited(nextPageToken="2-x"), for_ever=True)
    (result,) = nights.crawl(nights.source("google_business", google, PLACE, OTHER))
    assert kinds(google) == ["token", "2@0", "2@2", "2@4", "3@0"]
    assert len(result.errors) == 1
    assert result.errors[0].endswith("the paging leads back to a page that was read before")
    assert listed(result) == {"2": ("partial", 5), "3": ("complete", 1)}


def test_a_page_that_names_itself_as_the_next_ends(nights: Nights, google: GoogleBusiness) -> None:
    google.fail("/2/reviews", edited(nextPageToken="0-x"), for_ever=True)
    (result,) = nights.crawl(nights.source("google_business", google, PLACE))
    assert len(google.asked) == 3
    assert listed(result) == {"2": ("partial", 2)}


def test_tokens_without_end_are_ended_by_the_budget(nights: Nights, google: GoogleBusiness) -> None:
    def endless(request: Request, good: Response) -> Response:
        return edited(nextPageToken=f"0-{len(google.asked)}")(request, good)

    google.fail("/2/reviews", endless, for_ever=True)
    (result,) = nights.crawl(nights.source("google_business", google, PLACE, max_pages=6))
    assert len(google.asked_for_reviews) == 6
    assert listed(result) == {"2": ("partial", 2)}
    assert "6 pages" in result.errors[0]


def test_an_empty_page_with_a_token_does_not_end_the_reading(nights: Nights, google: GoogleBusiness) -> None:
    google.fail("pageToken=2", edited(reviews=[], nextPageToken="2-y"))
    (result,) = nights.crawl(nights.source("google_business", google, PLACE))
    assert [path.partition("pageToken=")[2] for path in google.asked[1:]] == ["", "2-x", "2-y", "4-x"]
    assert (listed(result), result.errors) == ({"2": ("partial", 5)}, ())


def test_a_review_that_comes_while_paging_is_not_taken_for_another(nights: Nights, google: GoogleBusiness) -> None:
    def add_at_second_page(number: int) -> None:
        if number == 2:
            google.add(PLACE, 6, dt.date(2026, 2, 6))

    google.before = add_at_second_page
    source = nights.source("google_business", google, PLACE)
    (result,) = nights.crawl(source)
    shown = [each.review_id for fetched in nights.fetched for each in fetched.page.observations]
    assert shown == ["g5", "g4", "g4", "g3", "g2", "g1"]
    assert (result.reviews, result.listings[0].claimed) == (5, 6)
    assert listed(result) == {"2": ("partial", 5)}
    (result,) = nights.crawl(source, day=DAY + dt.timedelta(days=1))
    assert "g6" in result.listings[0].listed
    assert listed(result) == {"2": ("complete", 6)}


def test_listings_that_are_not_yours_or_gone_do_not_stop_the_others(nights: Nights, google: GoogleBusiness) -> None:
    google.foreign.add("accounts/1/locations/7")
    listings = "accounts/1/locations/7", "accounts/1/locations/8", OTHER
    (result,) = nights.crawl(nights.source("google_business", google, *listings))
    foreign, gone = result.errors
    assert "/locations/7/reviews" in foreign
    assert foreign.endswith("the credentials do not reach this listing (HTTP 403)")
    assert "/locations/8/reviews" in gone
    assert gone.endswith("HTTP 404)")
    assert chain_statuses(result) == ["partial", "partial", "complete"]
    assert listed(result) == {"7": ("partial", 0), "8": ("partial", 0), "3": ("complete", 1)}
    assert kinds(google) == ["token", "7@0", "8@0", "3@0"]


def test_names_that_are_no_listings_are_errors_of_their_own(nights: Nights, google: GoogleBusiness) -> None:
    (result,) = nights.crawl(nights.source("google_business", google, "../../token", "1234", OTHER))
    assert len(result.errors) == 2
    assert all("accounts/123/locations/456" in line for line in result.errors)
    assert listed(result) == {"3": ("complete", 1)}


def test_a_place_without_reviews_is_seen_whole(nights: Nights, google: GoogleBusiness) -> None:
    google.reviews[PLACE].clear()
    (result,) = nights.crawl(nights.source("google_business", google, PLACE))
    assert listed(result) == {"2": ("complete", 0)}


def test_booking_reads_until_an_empty_page(nights: Nights, booking: Booking) -> None:
    (result,) = nights.crawl(nights.source("booking", booking, "77"))
    assert kinds(booking) == ["77@0", "77@2", "77@3"]
    assert result.errors == ()
    assert listed(result) == {"77": ("complete", 3)}


def test_bookings_cursor_gives_what_was_modified_since(nights: Nights, booking: Booking) -> None:
    source = nights.source("booking", booking, "77")
    nights.crawl(source)
    booking.asked.clear()
    booking.add("77", 1, dt.date(2026, 3, 1), score=3.0)
    (result,) = nights.crawl(source, day=DAY + dt.timedelta(days=1))
    assert kinds(booking) == ["77@3", "77@4"]
    assert [each.rating for fetched in nights.fetched for each in fetched.page.observations] == [3.0]
    assert listed(result) == {"77": ("shortened", 1)}
    booking.asked.clear()
    (result,) = nights.crawl(source, day=DAY + dt.timedelta(days=2))
    assert kinds(booking) == ["77@4"]
    assert chain_statuses(result) == ["shortened"]
    del booking.reviews["77"][0]
    (result,) = nights.crawl(source, day=DAY + dt.timedelta(days=7))
    assert listed(result) == {"77": ("complete", 2)}


def test_a_broken_page_leaves_bookings_cursor_where_it_was(nights: Nights, booking: Booking) -> None:
    source = nights.source("booking", booking, "77")
    booking.fail("cursor=2", cut_json)
    (result,) = nights.crawl(source)
    assert (chain_statuses(result), result.chains[0].cursor) == (["partial"], None)
    booking.asked.clear()
    (result,) = nights.crawl(source, day=DAY + dt.timedelta(days=1))
    assert kinds(booking) == ["77@0", "77@2", "77@3"]
    assert listed(result) == {"77": ("complete", 3)}


def test_a_night_on_which_bookings_cursor_fails_loses_no_change(nights: Nights, booking: Booking) -> None:
    source = nights.source("booking", booking, "77")
    nights.crawl(source)
    booking.add("77", 1, dt.date(2026, 3, 1), score=3.0)
    booking.fail("cursor=3", *[status(500)] * 3)
    (result,) = nights.crawl(source, day=DAY + dt.timedelta(days=1))
    assert (chain_statuses(result), listed(result)) == (["partial"], {"77": ("partial", 0)})
    (result,) = nights.crawl(source, day=DAY + dt.timedelta(days=2))
    assert 3.0 in [each.rating for fetched in nights.fetched for each in fetched.page.observations]
    assert listed(result) == {"77": ("complete", 3)}


def test_bookings_token_and_password_are_refused_in_one_line(nights: Nights, booking: Booking) -> None:
    (result,) = nights.crawl(nights.source("booking", booking, "77", "78", said={"token": "WRONG-1"}))
    assert len(booking.asked) == 1
    assert [line.endswith("does not accept the credentials (HTTP 401)") for line in result.errors] == [True]


@pytest.mark.parametrize("spider", ["trustpilot", "trustpilot_private"])
def test_trustpilot_is_read_to_its_last_page(nights: Nights, trustpilot: Trustpilot, spider: str) -> None:
    (result,) = nights.crawl(nights.source(spider, trustpilot, UNIT))
    pages = [f"{UNIT}@1", f"{UNIT}@2"]
    assert kinds(trustpilot) == (pages if spider == "trustpilot" else ["token", *pages])
    assert all(("/private/" in path) == (spider == "trustpilot_private") for path in trustpilot.asked_for_reviews)
    assert result.errors == ()
    assert listed(result) == {UNIT: ("complete", 3)}


def test_trustpilots_links_in_a_circle_prove_no_end(nights: Nights, trustpilot: Trustpilot) -> None:
    back = [{"rel": "next-page", "href": f"/v1/business-units/{UNIT}/reviews?page=1&perPage=2"}]
    trustpilot.fail("page=2", edited(links=back), for_ever=True)
    (result,) = nights.crawl(nights.source("trustpilot", trustpilot, UNIT))
    assert len(trustpilot.asked) <= 4
    assert chain_statuses(result) == ["partial"]
