import datetime as dt
import gzip
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from scrapy.settings import Settings
from werkzeug import Response

from crawlers.crawl import Source, SourceResult, crawl
from crawlers.network import Network
from crawlers.visit import Parked
from tests.crawlers.conftest import paths
from tests.crawlers.pages import hotel, json_ld_page, review

CRAWLERS = Path(__file__).parents[2] / "crawlers"
NOW = dt.datetime.fromisoformat("2026-01-01T22:00")
TONIGHT = dt.timedelta(hours=20)
MINUTE = dt.timedelta(minutes=1)


def source(name: str, *urls: str, **changes: Any) -> Source:
    return Source(name, "schema_org", "example", urls, **({"delay_s": 0, "allow_private": True} | changes))


def run(
    *sources: Source, parked: Mapping[str, Parked] = MappingProxyType({}), network: Network | None = None
) -> tuple[SourceResult, ...]:
    return crawl(
        sources,
        contact="ops@fairstay.example",
        seen=NOW.date(),
        clock=lambda: NOW,
        on_page=lambda _: None,
        parked=parked,
        network=network or Network(),
    )


def serve(server: HTTPServer, path: str, number: int, following: str = "", **more: Any) -> str:
    link = f'<a rel="next" href="{following}">next</a>' if following else ""
    body = json_ld_page(hotel(review(number, **more)), extra=link)
    server.expect_request(path).respond_with_data(body, content_type="text/html; charset=utf-8")
    return str(server.url_for(path))


def key(server: HTTPServer) -> str:
    return f"{server.host}:{server.port}"


def test_a_parked_host_is_asked_for_nothing_before_its_moment(server: HTTPServer) -> None:
    parked = {key(server): Parked(NOW + MINUTE, "refuses access (HTTP 403)")}
    inn = source("inn", serve(server, "/1", 1), serve(server, "/2", 2))
    (result,) = run(inn, parked=parked)
    assert server.log == []
    assert result.errors == (
        f"inn: {server.url_for('/1')}: the host refuses access (HTTP 403); it is left alone until 2026-01-01 22:01 UTC",
    )
    assert (result.parked, result.requests, result.complete) == ({}, 0, False)


def test_a_host_is_asked_again_once_its_moment_has_come(server: HTTPServer) -> None:
    (result,) = run(source("inn", serve(server, "/1", 1)), parked={key(server): Parked(NOW, "was ill")})
    assert (result.errors, result.parked, result.complete) == ((), {}, True)


def test_a_host_may_be_parked_a_second_time(server: HTTPServer) -> None:
    server.expect_request("/1").respond_with_data("", status=403)
    earlier = {key(server): Parked(NOW - MINUTE, "was ill")}
    (result,) = run(source("inn", server.url_for("/1")), parked=earlier)
    assert dict(result.parked) == {key(server): Parked(NOW + TONIGHT, "refuses access (HTTP 403)")}
    assert earlier == {key(server): Parked(NOW - MINUTE, "was ill")}


def test_what_one_source_parks_is_parked_for_all_and_reported_once(
    server: HTTPServer, new_server: Callable[[], HTTPServer]
) -> None:
    other = new_server()
    server.expect_request("/1").respond_with_data("", status=401)
    first = source("first", server.url_for("/1"))
    second = source("second", serve(server, "/2", 2), serve(other, "/3", 3))
    one, two = run(first, second)
    assert paths(server) == ["/1"]
    assert paths(other) == ["/3"]
    assert dict(one.parked) == {key(server): Parked(NOW + TONIGHT, "asks for a login (HTTP 401)")}
    assert (two.parked, two.reviews, len(two.errors)) == ({}, 1, 1)
    assert "it is left alone until 2026-01-02 18:00 UTC" in two.errors[0]


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_is_not_asked_to_change_its_mind(server: HTTPServer, status: int) -> None:
    server.expect_request("/1").respond_with_data("", status=status, headers={"Retry-After": "1"})
    (result,) = run(source("inn", server.url_for("/1"), server.url_for("/2")))
    assert paths(server) == ["/1"]
    assert [one.until for one in result.parked.values()] == [NOW + TONIGHT]


def test_a_review_that_quotes_a_challenge_parks_nothing(server: HTTPServer) -> None:
    words = 'Just a moment... _cf_chl_opt id="px-captcha" captcha-delivery.com/captcha awsWafCookieDomainList'
    (result,) = run(source("inn", serve(server, "/1", 1, reviewBody=words, name=words)))
    assert (result.parked, result.errors, result.complete) == ({}, (), True)


def test_pages_of_a_source_may_lie_on_its_other_hosts(new_server: Callable[[], HTTPServer]) -> None:
    server, other = new_server(), new_server()
    start = serve(server, "/1", 1, following=serve(other, "/2", 2))
    (listed,) = run(source("inn", start, hosts=(key(other),)))
    assert (listed.reviews, listed.complete) == (2, True)
    (alone,) = run(source("inn", start))
    assert (alone.reviews, alone.complete) == (1, False)
    assert f"leads to {key(other)}, which is not a host of this source" in alone.errors[0]
    assert paths(other) == ["/2"]


async def here(_: str, port: int) -> list[Any]:
    """Every name is this machine."""
    return [(2, 1, 6, "", ("127.0.0.1", port))]


@pytest.mark.parametrize(
    ("start", "following"),
    [
        ("http://INN.example:{port}/1", "http://inn.example:{port}/2"),
        ("http://inn.example:{port}/1", "http://inn.example.:{port}/2"),
        ("http://bücher.example:{port}/1", "http://xn--bcher-kva.example:{port}/2"),
        ("http://xn--bcher-kva.example:{port}/1", "http://BÜCHER.example:{port}/2"),
    ],
)
def test_one_host_may_be_written_in_several_ways(server: HTTPServer, start: str, following: str) -> None:
    serve(server, "/1", 1, following.format(port=server.port))
    serve(server, "/2", 2)
    (result,) = run(source("inn", start.format(port=server.port)), network=Network(resolve=here))
    assert (result.errors, result.reviews, result.complete) == ((), 2, True)


@pytest.mark.parametrize(
    "following",
    [
        "http://inn.example:{port}@evil.example:{port}/2",
        "http://evil.example:{port}/inn.example/2",
        "http://inn.example.evil.example:{port}/2",
        "http://evilinn.example:{port}/2",
        "http://inn.example/2",
        "https://inn.example:{port}1/2",
        "//evil.example:{port}/2",
        "\\\\evil.example:{port}/2",
    ],
)
def test_what_only_looks_like_the_host_is_another_one(server: HTTPServer, following: str) -> None:
    serve(server, "/1", 1, following.format(port=server.port))
    (result,) = run(source("inn", f"http://inn.example:{server.port}/1"), network=Network(resolve=here))
    assert {request.host for request, _ in server.log} == {f"inn.example:{server.port}"}
    assert "/2" not in paths(server)
    assert (len(result.errors), result.reviews, result.complete) == (1, 1, False)


def test_the_budget_of_bytes_ends_a_visit(server: HTTPServer) -> None:
    padding = "x" * 600_000
    serve(server, "/1", 1, "/2", keywords=padding)
    serve(server, "/2", 2, "/3", keywords=padding)
    serve(server, "/3", 3)
    (result,) = run(source("inn", server.url_for("/1"), max_mib=1))
    assert paths(server) == ["/1", "/2"]
    assert result.errors == ("inn: the rest: not asked for, the budget of 1,048,576 bytes is used up",)
    assert result.received_bytes > 1_200_000
    assert not result.complete


def test_bytes_are_counted_as_received(server: HTTPServer) -> None:
    body = json_ld_page(hotel(review(1, keywords="x" * 500_000)))
    packed = gzip.compress(body)
    headers = {"Content-Encoding": "gzip", "Content-Type": "text/html"}
    server.expect_request("/1").respond_with_data(packed, headers=headers)
    server.expect_request("/robots.txt").respond_with_data("", content_type="text/plain")
    (result,) = run(source("inn", server.url_for("/1")))
    assert (result.reviews, result.received_bytes, result.requests) == (1, len(packed), 2)


def test_every_request_is_counted_also_those_of_redirects_and_retries(server: HTTPServer) -> None:
    server.expect_request("/1").respond_with_response(Response(status=302, headers={"Location": "/2"}))
    server.expect_request("/2").respond_with_data("", status=500)
    (result,) = run(source("inn", server.url_for("/1")))
    assert result.requests == len(server.log) == 5


def test_nothing_can_be_turned_to_evasion() -> None:
    settings = Settings()
    settings.setmodule("crawlers.settings")
    off = (
        "COOKIES_ENABLED",
        "HTTPPROXY_ENABLED",
        "METAREFRESH_ENABLED",
        "TELNETCONSOLE_ENABLED",
        "DOWNLOAD_DELAY_JITTER",
    )
    assert not any(settings.getbool(name) for name in off)
    assert settings["ROBOTSTXT_USER_AGENT"] == "fairstay"
    assert settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES")
    middlewares = set(settings.getwithbase("DOWNLOADER_MIDDLEWARES"))
    known = ("scrapy.downloadermiddlewares.", "crawlers.")
    assert all(isinstance(one, type) or one.startswith(known) for one in middlewares)


EVASION = re.compile(
    r"impersonat\w*|user_?agents|random\w*agent|fake_?useragent|rotat\w*|stealth|undetected|selenium|playwright"
    r"|cookie_?jar|cookies\s*=|COOKIES_ENABLED\s*=\s*True|HTTPPROXY_ENABLED\s*=\s*True|[\"']proxy[\"']|proxies|socks5"
    r"|mozilla|chrome/|safari|x-forwarded-for|sec-ch-ua|[\"']Referer[\"']|verify\s*=\s*False|CERT_NONE|curl_cffi",
    re.IGNORECASE,
)


def test_no_code_of_the_crawlers_evades() -> None:
    found = [
        f"{path.name}: {match.group()}"
        for path in sorted(CRAWLERS.rglob("*.py"))
        for match in EVASION.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize("line", ['meta["proxy"] = "http://p:1"', "Mozilla/5.0", "cookies={1: 2}", "impersonate='x'"])
def test_evasion_would_be_seen(line: str) -> None:
    assert EVASION.search(line)
