import asyncio
import json
import logging
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from scrapy import Request
from scrapy.http import Response

from crawlers.crawl import Source
from crawlers.credentials import AuthorisationError
from crawlers.signing import ListingRefusedError, OffApiError, Signer, origin
from tests.crawlers.api_nights import DAY, OTHER, PLACE, UNIT, New, Nights, chain_statuses, kinds, listed, two_places
from tests.crawlers.apis import Booking, GoogleBusiness, Trustpilot, edited, short_body, status

SECRETS = ("SECRET-1", "REFRESH-1", "ACCESS-", "KEY-1", "COOKIE-1")
API = "https://api.example/v4/reviews"


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    return Nights(tmp_path)


@pytest.fixture
def google(server: HTTPServer) -> GoogleBusiness:
    return two_places(server)


def signer() -> Signer:
    spider = SimpleNamespace(origin=origin(API), secrets={"apikey": "KEY-1"})
    return Signer.from_crawler(SimpleNamespace(spider=spider))


def answer(status: int, **headers: Any) -> Response:
    return Response(API, status=status, headers=headers)


@pytest.mark.parametrize("url", [API, "https://API.example:443/other?page=2"])
def test_a_request_to_the_api_is_signed(url: str) -> None:
    request = Request(url)
    asyncio.run(signer().process_request(request))
    assert request.headers["apikey"] == b"KEY-1"


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example/v4/reviews",
        "https://api.example:8443/v4/reviews",
        "https://evil.example/v4/reviews",
        "https://api.example.evil.example/",
        "https://xapi.example/",
    ],
)
def test_a_request_to_any_other_host_port_or_scheme_is_not_made(url: str) -> None:
    request = Request(url)
    with pytest.raises(OffApiError, match="not the API's own host"):
        asyncio.run(signer().process_request(request))
    assert b"apikey" not in request.headers


def test_a_key_that_is_refused_signs_nothing_more() -> None:
    ours = signer()
    with pytest.raises(AuthorisationError, match="HTTP 401"):
        ours.process_response(Request(API), answer(401))
    with pytest.raises(AuthorisationError, match="HTTP 401"):
        asyncio.run(ours.process_request(Request(API)))


def test_a_listing_that_is_refused_leaves_the_key_in_use() -> None:
    ours = signer()
    with pytest.raises(ListingRefusedError, match="HTTP 403"):
        ours.process_response(Request(API), answer(403))
    asyncio.run(ours.process_request(Request(API)))


def test_what_is_kept_of_an_answer_names_nobody() -> None:
    response = answer(200, **{"Set-Cookie": "sid=1", "Authorization": "x", "ETag": '"1"'})
    kept = signer().process_response(Request(API), response)
    assert {name.lower() for name in kept.headers} == {b"etag"}


def test_no_credentials_follow_a_redirect_or_a_link_to_another_host(
    nights: Nights, google: GoogleBusiness, new_server: New
) -> None:
    foreign, server = new_server(), new_server()
    for code in (301, 302, 303, 307, 308):
        google.fail(f"/locations/{code}/", status(code, Location=str(foreign.url_for("/x"))))
        google.reviews[f"accounts/1/locations/{code}"] = []
    listings = [f"accounts/1/locations/{code}" for code in (301, 302, 303, 307, 308)]
    linking = Trustpilot(server)
    linking.add(UNIT, 1, DAY)
    away = [{"rel": "next-page", "href": str(foreign.url_for(f"/v1/business-units/{UNIT}/reviews?page=2"))}]
    linking.fail("page=1", edited(links=away))
    hosts = (foreign.url_for("/").split("/")[2],)
    result, _ = nights.crawl(
        nights.source("google_business", google, *listings, OTHER, hosts=hosts),
        nights.source("trustpilot", linking, UNIT, hosts=hosts),
    )
    assert foreign.log == []
    assert [line.rpartition(": ")[2] for line in result.errors] == [f"HTTP {n}" for n in (301, 302, 303, 307, 308)]
    unread = {str(code): ("partial", 0) for code in (301, 302, 303, 307, 308)}
    assert listed(result) == unread | {"3": ("complete", 1)}


def test_what_buys_a_token_goes_to_its_own_host_and_the_token_to_the_api(
    nights: Nights, google: GoogleBusiness, new_server: New
) -> None:
    accounts = GoogleBusiness(new_server())
    google.has_token = accounts.has_token  # type: ignore[method-assign]
    (result,) = nights.crawl(nights.source("google_business", google, PLACE, said=accounts.file()))
    assert listed(result) == {"2": ("complete", 5)}
    assert (accounts.asked, accounts.sent) == (["/token"], [])
    assert (kinds(google), google.sent) == (["2@0", "2@2", "2@4"], ["Bearer ACCESS-1"] * 3)
    assert [body for body in google.bodies if body] == []


@pytest.mark.parametrize(
    ("spider", "listing", "host"),
    [
        ("google_business", PLACE, "oauth2.googleapis.com"),
        ("booking", "77", "supply-xml.booking.com"),
        ("trustpilot", UNIT, "api.trustpilot.com"),
        ("trustpilot_private", UNIT, "api.trustpilot.com"),
    ],
)
def test_without_a_base_url_the_documented_hosts_are_asked_in_private(
    nights: Nights, spider: str, listing: str, host: str
) -> None:
    asked: set[tuple[str, int]] = set()

    async def nowhere(name: str, port: int) -> list[Any]:
        asked.add((name, port))
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    nights.resolve = nowhere
    file = nights.folder / "all.json"
    keys = ("client_id", "client_secret", "refresh_token", "username", "password", "api_key", "api_secret")
    file.write_text(json.dumps(dict.fromkeys(keys, "SECRET-1")), "utf-8")
    file.chmod(0o600)
    (result,) = nights.crawl(Source("api", spider, "example", listings=(listing,), credentials=file, delay_s=0.0))
    assert asked == {(host, 443)}
    assert len(result.errors) == 1
    assert result.errors[0].endswith("the host name cannot be resolved")


@pytest.mark.parametrize("field_", ["base_url", "token_uri"])
def test_credentials_do_not_go_out_in_the_clear(nights: Nights, google: GoogleBusiness, field_: str) -> None:
    plain = {"base_url": google.url} if field_ == "base_url" else {"base_url": None}
    token_uri = google.url + "/token" if field_ == "token_uri" else "https://127.0.0.1/token"
    said = {**google.file(), "token_uri": token_uri}
    (result,) = nights.crawl(nights.source("google_business", google, PLACE, said=said, allow_private=False, **plain))
    assert google.asked == []
    assert result.requests == 0
    assert len(result.errors) == 1
    assert "must begin with https" in result.errors[0]


def test_an_api_on_a_private_address_needs_leave(nights: Nights, google: GoogleBusiness) -> None:
    secure = google.url.replace("http:", "https:")
    said = {**google.file(), "token_uri": f"{secure}/token"}
    source = nights.source("google_business", google, PLACE, said=said, base_url=secure, allow_private=False)
    (result,) = nights.crawl(source)
    assert google.asked == []
    assert len(result.errors) == 1
    assert "private address" in result.errors[0]


def test_a_credentials_file_that_cannot_be_used_stops_its_source_alone(
    nights: Nights, google: GoogleBusiness, new_server: New
) -> None:
    other = Booking(new_server())
    other.add("77", 1, DAY)
    open_to_all = nights.source("google_business", google, PLACE)
    assert open_to_all.credentials is not None
    open_to_all.credentials.chmod(0o644)
    lacking = nights.source("google_business", google, PLACE, name="lacking", said={"client_id": "id-1"})
    without = Source(
        "without", "google_business", "example", listings=(PLACE,), base_url=google.url, allow_private=True
    )
    *ill, well = nights.crawl(open_to_all, lacking, without, nights.source("booking", other, "77"))
    assert google.asked == []
    lines = [line for result in ill for line in result.errors]
    assert len(lines) == 3
    assert f"chmod 600 '{open_to_all.credentials}'" in lines[0]
    assert "client_secret is missing" in lines[1]
    assert lines[2].endswith("spider 'google_business' needs listings and the path of a file under credentials")
    assert [chain_statuses(result) for result in ill] == [["partial"]] * 3
    assert listed(well) == {"77": ("complete", 1)}


def test_no_secret_is_left_anywhere(
    nights: Nights, google: GoogleBusiness, new_server: New, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    booking, trustpilot = Booking(new_server()), Trustpilot(new_server())
    booking.add("77", 1, DAY)
    trustpilot.add(UNIT, 1, DAY)
    google.token_uses = 2
    google.fail("pageToken=2", status(500), short_body)
    google.fail("/locations/3/", status(401), for_ever=True)
    trustpilot.fail("/private/", status(429, Retry_After="99999"))
    results = nights.crawl(
        nights.source("google_business", google, PLACE, OTHER),
        nights.source("booking", booking, "77"),
        nights.source("trustpilot", trustpilot, UNIT),
        nights.source("trustpilot_private", trustpilot, UNIT),
    )
    assert sum(len(result.errors) for result in results) == 2
    assert len(nights.fetched) == 6
    asked = [*google.asked, *booking.asked, *trustpilot.asked]
    log = [record.getMessage() + str(record.__dict__) for record in caplog.records]
    assert len(log) > len(asked)
    left = "\n".join([*asked, *log, repr(results), repr(nights.fetched), repr(nights.chains)])
    assert [secret for secret in SECRETS if secret in left] == []
    for api in (google, booking, trustpilot):
        encoded = [value for header in api.sent for value in header.split()[1:] if len(value) > 8]
        assert [value for value in encoded if value in left] == []
    names = {name.lower() for fetched in nights.fetched for name, _ in fetched.headers}
    assert "content-type" in names
    assert names.isdisjoint({"set-cookie", "authorization", "apikey"})
