import datetime as dt
from collections.abc import Callable

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from crawlers.crawl import Source, SourceResult, crawl
from crawlers.network import Network
from crawlers.patience import LONGEST_PARKING, park_until, retry_after
from crawlers.visit import Parked
from tests.crawlers.conftest import paths
from tests.crawlers.pages import hotel, json_ld_page, review

NOW = dt.datetime.fromisoformat("2026-01-01T22:00")
GOOD = json_ld_page(hotel(review(1)))
HOUR = dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 7 ", 7),
        ("007", 7),
        ("Thu, 01 Jan 2026 22:01:40 GMT", 100),
        ("Thursday, 01-Jan-26 22:01:40 GMT", 100),
        ("Thu Jan  1 22:01:40 2026", 100),
        ("Thu, 01 Jan 2026 23:01:40 +0100", 100),
        ("Thu, 01 Jan 2026 21:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_PARKING.total_seconds()),
        ("999999999999", LONGEST_PARKING.total_seconds()),
    ],
)
def test_seconds_and_dates_are_read(value: str, seconds: float) -> None:
    assert retry_after([value.encode()], NOW) == dt.timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "-5",
        "+5",
        "1.5",
        "1e3",
        "soon",
        "٣",
        "9" * 5000,
        "Thu, 32 Jan 2026 22:00:00 GMT",
        "Thu, 01 Jan 10000 00:00:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "Thu, 01 Jan 2026 99:99:99 GMT",
        "tomorrow, 5 o'clock",
        "\x00",
    ],
)
def test_garbage_says_nothing(value: str) -> None:
    assert retry_after([value.encode("utf-8")], NOW) is None
    assert park_until([value.encode("utf-8")], NOW, waited=False) == NOW + 20 * HOUR


def test_the_longest_of_several_counts() -> None:
    assert retry_after([b"5", b"nonsense", b"60", b"7"], NOW) == dt.timedelta(seconds=60)
    assert retry_after([], NOW) is None


def test_a_host_that_refuses_after_a_wait_is_left_alone_for_the_night() -> None:
    assert park_until([b"5"], NOW, waited=True) == NOW + 20 * HOUR
    assert park_until([b"172800"], NOW, waited=True) == NOW + 48 * HOUR


class Slept(list[float]):
    """A sleep that only notes how long it was."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


def visit(*urls: str, slept: Slept, max_minutes: int = 120) -> SourceResult:
    source = Source("inn", "schema_org", "example", urls, delay_s=0, max_minutes=max_minutes, allow_private=True)
    (result,) = crawl(
        [source],
        contact="ops@fairstay.example",
        seen=NOW.date(),
        clock=lambda: NOW,
        on_page=lambda _: None,
        network=Network(sleep=slept),
    )
    return result


def refusing(times: int, status: int, after: str | None) -> Callable[[Request], Response]:
    """A page that refuses so many times first."""
    asked: list[int] = []

    def answer(_: Request) -> Response:
        asked.append(1)
        if len(asked) <= times:
            return Response(status=status, headers={"Retry-After": after} if after is not None else {})
        return Response(GOOD, content_type="text/html")

    return answer


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("after", ["30", "Thu, 01 Jan 2026 22:00:30 GMT"])
def test_a_short_wait_is_waited_and_the_page_asked_once_more(server: HTTPServer, status: int, after: str) -> None:
    server.expect_request("/1").respond_with_handler(refusing(2, status, after))
    slept = Slept()
    result = visit(server.url_for("/1"), slept=slept)
    assert slept == [30, 30]
    assert paths(server) == ["/1", "/1", "/1"]
    assert (result.errors, result.parked, result.complete) == ((), {}, True)


def test_a_page_is_asked_twice_more_at_most(server: HTTPServer) -> None:
    server.expect_request("/1").respond_with_handler(refusing(9, 429, "1"))
    slept = Slept()
    result = visit(server.url_for("/1"), server.url_for("/2"), slept=slept)
    assert slept == [1, 1]
    assert paths(server) == ["/1", "/1", "/1"]
    assert list(result.parked.values()) == [Parked(NOW + 20 * HOUR, "asks to slow down (HTTP 429)")]


@pytest.mark.parametrize(
    ("after", "until"),
    [
        ("121", NOW + dt.timedelta(seconds=121)),
        ("Fri, 02 Jan 2026 10:00:00 GMT", dt.datetime.fromisoformat("2026-01-02T10:00")),
        (None, NOW + 20 * HOUR),
        ("-1", NOW + 20 * HOUR),
        ("Fri, 31 Dec 9999 23:59:59 GMT", NOW + dt.timedelta(days=30)),
    ],
)
def test_what_is_not_waited_for_parks_the_host(server: HTTPServer, after: str | None, until: dt.datetime) -> None:
    server.expect_request("/1").respond_with_handler(refusing(9, 503, after))
    slept = Slept()
    result = visit(server.url_for("/1"), server.url_for("/2"), slept=slept)
    assert slept == []
    assert paths(server) == ["/1"]
    assert dict(result.parked) == {f"{server.host}:{server.port}": Parked(until, "is not available (HTTP 503)")}
    assert len(result.errors) == 1
    assert f"it is left alone until {until:%Y-%m-%d %H:%M} UTC" in result.errors[0]


def test_no_wait_outlasts_the_time_budget(server: HTTPServer) -> None:
    server.expect_request("/1").respond_with_handler(refusing(9, 429, "90"))
    slept = Slept()
    result = visit(server.url_for("/1"), server.url_for("/2"), slept=slept, max_minutes=1)
    assert slept == []
    assert paths(server) == ["/1"]
    assert "inn: the rest: not asked for, the budget of 60 seconds is used up" in result.errors
    assert [parked.until for parked in result.parked.values()] == [NOW + dt.timedelta(seconds=90)]


def test_robots_txt_is_waited_for_too(server: HTTPServer) -> None:
    rules = Response("User-agent: *\nDisallow: /2\n", content_type="text/plain")
    answers = iter([Response(status=503, headers={"Retry-After": "9"}), rules])
    server.expect_request("/robots.txt").respond_with_handler(lambda _: next(answers))
    server.expect_request("/1").respond_with_data(GOOD, content_type="text/html")
    slept = Slept()
    result = visit(server.url_for("/1"), server.url_for("/2"), slept=slept)
    assert slept == [9]
    assert paths(server) == ["/1"]
    assert (result.forbidden, result.errors) == (1, ())


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("headers", "hours"), [({"Retry-After": "7200"}, 2), ({}, 20)])
def test_a_robots_txt_that_refuses_parks_the_host(
    server: HTTPServer, status: int, headers: dict[str, str], hours: int
) -> None:
    server.expect_request("/robots.txt").respond_with_data("", status=status, headers=headers)
    result = visit(server.url_for("/1"), server.url_for("/2"), slept=Slept())
    assert paths(server) == []
    assert len(result.errors) == 1
    assert [parked.until for parked in result.parked.values()] == [NOW + hours * HOUR]
