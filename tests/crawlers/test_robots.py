import asyncio
import datetime as dt
import time
from collections.abc import Callable
from itertools import pairwise

import pytest
from pytest_httpserver import HTTPServer
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.settings import Settings
from werkzeug import Request, Response

from crawlers.crawl import Source, SourceResult, crawl
from crawlers.robots import MAX_BYTES, read_rules
from crawlers.spiders.schema_org import SchemaOrgSpider
from crawlers.visit import Visit
from tests.crawlers.conftest import paths
from tests.crawlers.pages import hotel, json_ld_page, review


def visit(server: HTTPServer, *urls: str, delay_s: float = 0) -> SourceResult:
    starts = tuple(server.url_for(url) for url in urls)
    source = Source("s", "schema_org", "example", starts, delay_s=delay_s, allow_private=True)
    return crawl([source], contact="a@b.example", seen=dt.date(2026, 1, 1), on_page=lambda _: None)[0]


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
    book = Visit(source, seen=dt.date(2026, 1, 1), parked={}, on_page=lambda _: None)
    settings = Settings()
    settings.setmodule("crawlers.settings")
    eager = {"CONCURRENT_REQUESTS": 8, "CONCURRENT_REQUESTS_PER_DOMAIN": 8, "DOWNLOAD_DELAY": 0}
    settings.update(eager | {"AUTOTHROTTLE_ENABLED": False}, priority="cmdline")

    async def run() -> int:
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
        (503, "text/plain", ""),
        (429, "text/plain", ""),
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
    (result,) = crawl([source], contact="a@b.example", seen=dt.date(2026, 1, 1), on_page=lambda _: None)
    assert (paths(closed), paths(opened)) == ([], ["/a"])
    assert result.forbidden == 1
