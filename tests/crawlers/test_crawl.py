import datetime as dt
import hashlib
import socket
import time
from collections.abc import Callable

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from crawlers.crawl import CrawlError, Fetched, Source, SourceResult, crawl
from tests.crawlers.conftest import paths
from tests.crawlers.pages import hotel, json_ld_page, review

SEEN = dt.date(2026, 1, 1)
NOW = dt.datetime.fromisoformat("2026-01-01T22:00")


def source(name: str, *urls: str, max_pages: int = 1000, allow_private: bool = True) -> Source:
    return Source(name, "schema_org", "example", urls, delay_s=0, max_pages=max_pages, allow_private=allow_private)


def run(*sources: Source) -> tuple[tuple[SourceResult, ...], list[Fetched]]:
    fetched: list[Fetched] = []
    results = crawl(sources, contact="ops@fairstay.example", seen=SEEN, clock=lambda: NOW, on_page=fetched.append)
    return results, fetched


def serve(server: HTTPServer, path: str, body: bytes, *, status: int = 200) -> str:
    server.expect_request(path).respond_with_data(body, status=status, content_type="text/html; charset=utf-8")
    return str(server.url_for(path))


def page(number: int, following: str = "") -> bytes:
    link = f'<a rel="next" href="{following}">next</a>' if following else ""
    return json_ld_page(hotel(review(number)), extra=link)


def refused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_pages_are_followed_and_handed_on(server: HTTPServer, capfd: pytest.CaptureFixture[str]) -> None:
    start = serve(server, "/1", page(1, "/2"))
    serve(server, "/2", page(2, "/3"))
    serve(server, "/3", page(3, "/1"))
    progress: list[tuple[str, int, int]] = []
    fetched: list[Fetched] = []
    (result,) = crawl(
        [source("inn", start)],
        contact="https://fairstay.example/bot",
        seen=SEEN,
        clock=lambda: NOW,
        on_page=fetched.append,
        on_progress=lambda *step: progress.append(step),
    )
    assert (result.name, result.pages, result.reviews, result.requests) == ("inn", 3, 3, 4)
    assert (result.forbidden, result.errors, result.drops, result.parked) == (0, (), {}, {})
    assert result.received_bytes > sum(len(one.body) for one in fetched)
    assert result.complete
    assert [one.url for one in fetched] == [server.url_for(path) for path in ("/1", "/2", "/3")]
    assert (fetched[0].source, fetched[0].status) == ("inn", 200)
    assert fetched[0].raw_sha256 == hashlib.sha256(page(1, "/2")).hexdigest()
    assert fetched[0].page.observations[0].reviewer_name == "Guest 1"
    assert progress == [("inn", 1, 1), ("inn", 2, 2), ("inn", 3, 3)]
    agents = {request.headers["User-Agent"] for request, _ in server.log}
    assert agents == {"Fairstay/0.1 (+https://fairstay.example/bot)"}
    assert capfd.readouterr() == ("", "")


def test_several_runs_in_one_process_say_the_same(server: HTTPServer) -> None:
    start = serve(server, "/1", page(1))
    assert run(source("inn", start))[0] == run(source("inn", start))[0]
    assert paths(server) == ["/1", "/1"]


@pytest.mark.parametrize("status", [401, 403, 429, 503])
def test_a_refusing_host_is_left_alone_for_the_run(server: HTTPServer, status: int) -> None:
    first = serve(server, "/1", b"no", status=status)
    second = serve(server, "/2", page(2))
    (one, other), fetched = run(source("one", first), source("other", second))
    assert paths(server) == ["/1"]
    assert fetched == []
    assert len(one.errors) == len(other.errors) == 1
    assert f"one: {first}: the host" in one.errors[0]
    assert f"HTTP {status}" in one.errors[0]
    assert not one.complete


def test_a_challenge_page_is_a_refusal(server: HTTPServer) -> None:
    start = serve(server, "/1", b"<html><head><title>Just a moment...</title></head></html>")
    (result,), fetched = run(source("inn", start, server.url_for("/2")))
    assert fetched == []
    assert paths(server) == ["/1"]
    assert "challenge page" in result.errors[0]


def test_an_unreachable_host_is_one_line_and_stops_no_other(
    server: HTTPServer, capfd: pytest.CaptureFixture[str]
) -> None:
    good = serve(server, "/1", page(1))
    dead = f"http://127.0.0.1:{refused_port()}"
    (gone, inn), fetched = run(source("gone", f"{dead}/a", f"{dead}/b"), source("inn", good))
    assert len(gone.errors) == 1
    assert gone.errors[0].startswith(f"gone: {dead}/a: ")
    assert "\n" not in gone.errors[0]
    assert not gone.complete
    assert inn.complete
    assert [one.source for one in fetched] == ["inn"]
    assert capfd.readouterr().err == ""


def test_no_redirect_leads_off_the_hosts_of_the_start_addresses(new_server: Callable[[], HTTPServer]) -> None:
    server, foreign = new_server(), new_server()
    target = serve(foreign, "/x", page(9))
    server.expect_request("/1").respond_with_response(Response(status=302, headers={"Location": target}))
    (result,), fetched = run(source("inn", str(server.url_for("/1")), serve(server, "/2", page(2, target))))
    assert foreign.log == []
    assert len(fetched) == 1
    assert "not a host of this source" in result.errors[0]


def test_sources_that_share_a_host_go_one_after_the_other(new_server: Callable[[], HTTPServer]) -> None:
    server, other = new_server(), new_server()
    active: list[int] = [0]
    most: list[int] = []

    def slow(_: Request) -> Response:
        active[0] += 1
        most.append(active[0])
        time.sleep(0.1)
        active[0] -= 1
        return Response(page(1), content_type="text/html")

    for path in ("/1", "/2", "/3"):
        server.expect_request(path).respond_with_handler(slow)
    starts = [server.url_for(path) for path in ("/1", "/2", "/3")]
    results, fetched = run(
        source("a", starts[0]),
        source("b", serve(other, "/b", page(2))),
        source("c", starts[1], other.url_for("/b")),
        source("d", starts[2]),
    )
    assert [result.complete for result in results] == [True] * 4
    assert max(most) == 1
    assert [one.source for one in fetched if one.url in starts] == ["a", "c", "d"]


def test_missing_pages_and_transient_errors(server: HTTPServer) -> None:
    gone = serve(server, "/gone", b"", status=404)
    ill = serve(server, "/ill", b"", status=500)
    (result,), _ = run(source("inn", gone, ill, serve(server, "/1", page(1))))
    assert sorted(result.errors) == [f"inn: {gone}: the listing's page is gone (HTTP 404)", f"inn: {ill}: HTTP 500"]
    assert paths(server) == ["/1", "/gone", "/ill", "/ill", "/ill"]
    assert (result.pages, result.complete) == (1, False)


def test_the_page_limit_makes_a_visit_incomplete(server: HTTPServer) -> None:
    start = serve(server, "/1", page(1, "/2"))
    serve(server, "/2", page(2, "/3"))
    (result,), _ = run(source("inn", start, max_pages=2))
    assert (result.pages, result.complete) == (2, False)
    assert paths(server) == ["/1", "/2"]


@pytest.mark.parametrize(
    "body",
    [
        json_ld_page(
            hotel(review(1), aggregateRating={"@type": "AggregateRating", "ratingValue": 4, "reviewCount": 2})
        ),
        json_ld_page(hotel(review(1)), "{broken"),
        b"<html>nothing here</html>",
    ],
)
def test_what_may_be_missing_reviews_makes_a_visit_incomplete(server: HTTPServer, body: bytes) -> None:
    (result,), _ = run(source("inn", serve(server, "/1", body)))
    assert result.errors == ()
    assert not result.complete


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "169.254.169.254"])
def test_private_addresses_are_refused(host: str) -> None:
    (result,), fetched = run(source("inn", f"http://{host}/", allow_private=False))
    assert fetched == []
    assert len(result.errors) == 1
    assert "private address" in result.errors[0]


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "0"])
def test_an_address_in_disguise_is_asked_for_nothing(server: HTTPServer, host: str) -> None:
    (result,), fetched = run(source("inn", f"http://{host}:{server.port}/", allow_private=False))
    assert (fetched, server.log, len(result.errors)) == ([], [], 1)


@pytest.mark.parametrize("contact", ["", " ", "me", "a@b.c\r\nX: y", "javascript:x"])
def test_no_crawl_without_a_contact(contact: str) -> None:
    with pytest.raises(CrawlError, match="contact"):
        crawl([], contact=contact, seen=SEEN, clock=lambda: NOW, on_page=lambda _: None)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (Source("a", "nope", "example", ("http://x.example/",)), "no spider 'nope'"),
        (Source("a", "schema_org", "example", ()), "no start address"),
        (Source("a", "schema_org", "example", ("ftp://x.example/",)), "not an http"),
        (Source("a", "schema_org", "Not A Slug", ("http://x.example/",)), "not a lower-case name"),
        (Source("a", "schema_org", "example", ("http://x.example/",), max_pages=0), "max_pages"),
    ],
)
def test_wrong_sources_are_named_before_the_first_request(wrong: Source, message: str) -> None:
    with pytest.raises(CrawlError, match=message) as caught:
        crawl([wrong], contact="a@b.example", seen=SEEN, clock=lambda: NOW, on_page=lambda _: None)
    assert "source 'a'" in str(caught.value)


def test_what_the_caller_raises_ends_the_run(server: HTTPServer) -> None:
    start = serve(server, "/1", page(1, "/2"))

    def full(_: Fetched) -> None:
        raise RuntimeError("disk full")

    with pytest.raises(RuntimeError, match="disk full"):
        crawl([source("inn", start)], contact="a@b.example", seen=SEEN, clock=lambda: NOW, on_page=full)
    assert paths(server) == ["/1"]
