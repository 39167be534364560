import asyncio
import datetime as dt
import gzip
import time
from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from scrapy import Request as ScrapyRequest
from scrapy import Spider
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.settings import Settings
from werkzeug import Request, Response

from crawlers.crawl import Source, SourceResult, crawl
from crawlers.network import Network
from crawlers.resolver import allow_private
from crawlers.robots import MAX_BYTES, read_rules
from crawlers.spiders.schema_org import SchemaOrgSpider
from crawlers.visit import Visit
from tests.crawlers.conftest import paths
from tests.crawlers.pages import hotel, json_ld_page, review

NOW = dt.datetime.fromisoformat("2026-01-01T22:00")


def visit(server: HTTPServer, *urls: str, network: Network = Network()) -> SourceResult:  # noqa: B008
    starts = tuple(server.url_for(url) for url in urls)
    source = Source("s", "schema_org", "example", starts, delay_s=0, allow_private=True)
    (result,) = crawl(
        [source],
        contact="a@b.example",
        seen=NOW.date(),
        clock=lambda: NOW,
        on_page=lambda _: None,
        network=network,
    )
    return result


def serve_pages(server: HTTPServer) -> None:
    body = json_ld_page(hotel(review(1)))
    server.expect_request("/a").respond_with_data(body, content_type="text/html")
    for path in ("/b", "/c", "/private", "/private2"):
        server.expect_request(path).respond_with_data(body, content_type="text/html")


def test_no_concurrent_request_passes_a_slow_robots_txt(server: HTTPServer) -> None:
    def slow(_: Request) -> Response:
        time.sleep(0.5)
        return Response("User-agent: *\nDisallow: /private\n", content_type="text/plain")

    server.expect_request("/robots.txt").respond_with_handler(slow)
    serve_pages(server)
    starts = tuple(server.url_for(path) for path in ("/a", "/b", "/private", "/c", "/private2"))
    source = Source("s", "schema_org", "example", starts, delay_s=0)
    book = Visit(source, seen=NOW.date(), clock=lambda: NOW, on_page=lambda _: None)
    settings = Settings()
    settings.setmodule("crawlers.settings")
    eager = {"CONCURRENT_REQUESTS": 8, "CONCURRENT_REQUESTS_PER_DOMAIN": 8, "DOWNLOAD_DELAY": 0}
    settings.update(eager | {"AUTOTHROTTLE_ENABLED": False}, priority="cmdline")

    async def run() -> int:
        allow_private.set(True)
        runner = AsyncCrawlerRunner(settings)
        crawler = runner.create_crawler(SchemaOrgSpider)
        await runner.crawl(crawler, visit=book)
        return int(crawler.stats.get_value("robots/forbidden"))

    assert asyncio.run(run()) == 2
    assert paths(server) == ["/a", "/b", "/c"]
    assert sum(request.path == "/robots.txt" for request, _ in server.log) == 1


def test_what_is_forbidden_is_counted_and_leaves_a_gap(server: HTTPServer) -> None:
    rules = "User-agent: *\nDisallow: /private\n"
    server.expect_request("/robots.txt").respond_with_data(rules, content_type="text/plain")
    serve_pages(server)
    result = visit(server, "/a", "/b", "/private", "/c", "/private2")
    assert paths(server) == ["/a", "/b", "/c"]
    assert (result.pages, result.forbidden, result.errors, result.complete) == (3, 2, (), False)


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_missing_robots_txt_forbids_nothing(server: HTTPServer, status: int) -> None:
    server.expect_request("/robots.txt").respond_with_data("Disallow: /", status=status)
    serve_pages(server)
    assert visit(server, "/a").errors == ()
    assert paths(server) == ["/a"]


@pytest.mark.parametrize(
    ("status", "content_type", "body"),
    [
        (500, "text/plain", ""),
        (502, "text/plain", ""),
        (200, "text/html", "<html>who?</html>"),
    ],
)
def test_an_unreadable_robots_txt_forbids_everything(
    server: HTTPServer, status: int, content_type: str, body: str
) -> None:
    server.expect_request("/robots.txt").respond_with_data(body, status=status, content_type=content_type)
    serve_pages(server)
    result = visit(server, "/a", "/b")
    assert paths(server) == []
    assert len(result.errors) == 1
    assert "robots.txt cannot be read" in result.errors[0]


def test_a_robots_txt_that_does_not_come_forbids_everything(server: HTTPServer) -> None:
    def slow(_: Request) -> Response:
        time.sleep(0.5)
        return Response("", content_type="text/plain")

    server.expect_request("/robots.txt").respond_with_handler(slow)
    serve_pages(server)
    result = visit(server, "/a", "/b", network=Network(timeout_s=0.1))
    assert paths(server) == []
    assert len(result.errors) == 1
    assert result.errors[0].endswith("robots.txt cannot be fetched: the answer does not come in time")


def test_a_robots_txt_that_never_ends_forbids_everything(server: HTTPServer) -> None:
    server.expect_request("/robots.txt").respond_with_data("#" * 100_000, content_type="text/plain")
    serve_pages(server)
    result = visit(server, "/a", network=Network(max_bytes=50_000))
    assert paths(server) == []
    assert result.errors[0].endswith("robots.txt cannot be fetched: the answer is too large")


def test_a_packed_robots_txt_is_unpacked(server: HTTPServer) -> None:
    packed = gzip.compress(b"User-agent: *\nDisallow: /private\n")
    headers = {"Content-Encoding": "gzip", "Content-Type": "text/plain"}
    server.expect_request("/robots.txt").respond_with_data(packed, headers=headers)
    serve_pages(server)
    assert visit(server, "/a", "/private").forbidden == 1
    assert paths(server) == ["/a"]


def test_a_robots_txt_packed_wrongly_forbids_everything(server: HTTPServer) -> None:
    headers = {"Content-Encoding": "gzip", "Content-Type": "text/plain"}
    server.expect_request("/robots.txt").respond_with_data(b"User-agent: *\n", headers=headers)
    serve_pages(server)
    result = visit(server, "/a")
    assert paths(server) == []
    assert result.errors[0].endswith("robots.txt cannot be fetched: the answer is compressed wrongly")


def test_robots_txt_may_lie_on_another_host(new_server: Callable[[], HTTPServer]) -> None:
    server, other = new_server(), new_server()
    moved = Response(status=301, headers={"Location": other.url_for("/rules")})
    server.expect_request("/robots.txt").respond_with_response(moved)
    rules = "User-agent: *\nDisallow: /private\n"
    other.expect_request("/rules").respond_with_data(rules, content_type="text/plain")
    serve_pages(server)
    result = visit(server, "/a", "/private")
    assert paths(server) == ["/a"]
    assert paths(other) == ["/rules"]
    assert (result.forbidden, result.errors) == (1, ())


def test_an_authorised_request_passes_the_robots_gate_and_no_other(server: HTTPServer) -> None:
    rules = "User-agent: *\nDisallow: /\n"
    server.expect_request("/robots.txt").respond_with_data(rules, content_type="text/plain")
    server.expect_request("/api").respond_with_data("[]", content_type="application/json")
    server.expect_request("/closed").respond_with_data("", status=403)
    source = Source("s", "schema_org", "example", (server.url_for("/api"),), delay_s=0, allow_private=True)
    book = Visit(source, seen=NOW.date(), clock=lambda: NOW, on_page=lambda _: None)
    outcomes: list[str] = []

    class Api(Spider):
        name = "api"
        visit = book

        async def start(self) -> AsyncIterator[ScrapyRequest]:
            for url in (
                server.url_for("/api"),
                "http://other.example/",
                server.url_for("/closed"),
                server.url_for("/2"),
            ):
                meta = {"authorised": True}
                yield ScrapyRequest(url, self.parse, meta=meta, errback=self.failed)
            yield ScrapyRequest(server.url_for("/api?public"), self.parse, errback=self.failed)

        def parse(self, response: Any, **_: Any) -> None:
            outcomes.append(response.text)

        def failed(self, failure: Any) -> None:
            outcomes.append(failure.type.__name__)

    settings = Settings()
    settings.setmodule("crawlers.settings")
    settings.set("DOWNLOAD_DELAY", 0)

    async def run() -> None:
        allow_private.set(True)
        await AsyncCrawlerRunner(settings).crawl(Api)

    asyncio.run(run())
    assert sorted(outcomes) == ["HostParkedError", "HostParkedError", "HostParkedError", "OffHostError", "[]"]
    assert paths(server) == ["/api", "/closed"]
    assert not any(request.path == "/robots.txt" for request, _ in server.log)


@pytest.mark.parametrize(("hops", "expected"), [(5, ["/a"]), (6, [])])
def test_redirects_are_followed_five_times(server: HTTPServer, hops: int, expected: list[str]) -> None:
    def moved(target: str) -> Response:
        return Response(status=302, headers={"Location": target})

    for hop in range(1, hops + 1):
        path = "/robots.txt" if hop == 1 else f"/robots{hop}"
        server.expect_request(path).respond_with_response(moved(f"/robots{hop + 1}"))
    rules = "User-agent: *\nDisallow: /private\n"
    server.expect_request(f"/robots{hops + 1}").respond_with_data(rules, content_type="text/plain")
    serve_pages(server)
    visit(server, "/a", "/private")
    assert [path for path in paths(server) if not path.startswith("/robots")] == expected


def test_a_longer_crawl_delay_is_kept(server: HTTPServer) -> None:
    seen: list[float] = []

    def page(_: Request) -> Response:
        seen.append(time.monotonic())
        return Response(json_ld_page(hotel(review(1))), content_type="text/html")

    server.expect_request("/robots.txt").respond_with_data(
        "User-agent: *\nCrawl-delay: 0.6\n", content_type="text/plain"
    )
    for path in ("/a", "/b", "/c"):
        server.expect_request(path).respond_with_handler(page)
    visit(server, "/a", "/b", "/c")
    assert len(seen) == 3
    assert min(later - earlier for earlier, later in pairwise(seen)) > 0.5


def test_the_group_of_this_crawler_comes_before_the_general_one() -> None:
    body = b"User-agent: Fairstay\nDisallow: /x\n\nUser-agent: *\nDisallow: /\n"
    rules = read_rules(200, b"text/plain", body, "fairstay")
    assert rules.parser is not None
    assert rules.parser.can_fetch("https://h.example/y", "fairstay")
    assert not rules.parser.can_fetch("https://h.example/x", "fairstay")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_a_mark_or_another_charset_hides_no_rule(encoding: str) -> None:
    body = "User-agent: *\nDisallow: /x # für alle\n".encode(encoding)
    rules = read_rules(200, b"text/plain; charset=iso-8859-5", body, "fairstay")
    assert rules.parser is not None
    assert not rules.parser.can_fetch("https://h.example/x", "fairstay")
    assert rules.parser.can_fetch("https://h.example/y", "fairstay")


@pytest.mark.parametrize("body", [b"\x1f\x8b\x08\0\0\0\0\0", b"User-agent: *\0Disallow: /", b" \n<!doctype html>"])
def test_what_is_no_text_forbids_everything(body: bytes) -> None:
    assert "cannot be read" in (read_rules(200, b"text/plain", body, "fairstay").refusal or "")


@pytest.mark.parametrize("status", [100, 204, 301, 302, 304, 418, 429, 500, 502, 503, 504, 599, 600])
def test_what_a_status_means(status: int) -> None:
    rules = read_rules(status, b"text/plain", b"", "fairstay")
    assert (rules.refusal is None) == (status in {204, 418})


def test_no_rule_is_read_by_half() -> None:
    start = b"User-agent: *\nDisallow: /\n"
    body = start + b"#" * (MAX_BYTES - len(start) - 9) + b"\nAllow: /public\n"
    assert body[:MAX_BYTES].endswith(b"\nAllow: /")
    rules = read_rules(200, b"text/plain", body, "fairstay")
    assert rules.parser is not None
    assert not rules.parser.can_fetch("https://h.example/y", "fairstay")


@pytest.mark.parametrize(("said", "delay_s"), [("0.6", 0.6), ("1.25", 1.25), ("3", 3.0), ("-1", 0.0), ("soon", 0.0)])
def test_crawl_delay_has_fractions(said: str, delay_s: float) -> None:
    rules = read_rules(200, b"text/plain", f"User-agent: *\nCrawl-delay: {said}\n".encode(), "fairstay")
    assert (rules.refusal, max(rules.crawl_delay_s, 0.0)) == (None, delay_s)


def test_only_the_first_500_kib_are_read() -> None:
    body = b"User-agent: *\n" + b"# padding\n" * (MAX_BYTES // 10) + b"Disallow: /\n"
    rules = read_rules(200, b"text/plain", body, "fairstay")
    assert rules.parser is not None
    assert rules.parser.can_fetch("https://h.example/y", "fairstay")


def test_an_absurd_crawl_delay_leaves_the_host_alone() -> None:
    rules = read_rules(200, b"text/plain", b"User-agent: *\nCrawl-delay: 86400\n", "fairstay")
    assert "86400 s" in (rules.refusal or "")


def test_robots_of_each_host_are_its_own(new_server: Callable[[], HTTPServer]) -> None:
    closed, opened = new_server(), new_server()
    closed.expect_request("/robots.txt").respond_with_data("User-agent: *\nDisallow: /\n", content_type="text/plain")
    for server in (closed, opened):
        serve_pages(server)
    starts = (closed.url_for("/a"), opened.url_for("/a"))
    source = Source("s", "schema_org", "example", starts, delay_s=0, allow_private=True)
    (result,) = crawl([source], contact="a@b.example", seen=NOW.date(), clock=lambda: NOW, on_page=lambda _: None)
    assert (paths(closed), paths(opened)) == ([], ["/a"])
    assert result.forbidden == 1
