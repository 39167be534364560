import gzip
from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from crawlers.conditional import conditions_of
from crawlers.memory import PageMemory
from tests.crawlers.nights import Nights, Site, source
from tests.crawlers.pages import hotel, json_ld_page, review


@pytest.fixture
def site(server: HTTPServer) -> Site:
    return Site(server)


@pytest.fixture
def nights() -> Nights:
    return Nights()


def test_a_page_that_did_not_change_is_read_from_memory(site: Site, nights: Nights) -> None:
    start = site.put_listing("a", ["2025-10-03", "2025-10-02", "2025-10-01"], claimed=3)
    first = nights.run(source(start), 0)
    seen = list(nights.fetched)
    result = nights.run(source(start, whole_every=1), 1)
    assert (result.pages, result.not_modified) == (2, 2)
    assert [each.status for each in nights.fetched] == [304, 304]
    assert [each.raw_sha256 for each in nights.fetched] == [each.raw_sha256 for each in seen]
    assert [each.body for each in nights.fetched] == [each.body for each in seen]
    assert [each.page for each in nights.fetched] == [each.page for each in seen]
    assert "Content-Length" not in dict(nights.fetched[0].headers)
    assert result.listings == first.listings
    assert first.received_bytes - result.received_bytes == sum(len(each.body) for each in seen)


def test_a_page_that_changed_is_read_anew(site: Site, nights: Nights) -> None:
    start = site.put_listing("a", ["2025-10-01"], claimed=1)
    nights.run(source(start), 0)
    site.put_listing("a", ["2025-10-01"], claimed=1, texts={0: "Not quiet after all."})
    result = nights.run(source(start), 1)
    assert [(each.status, each.page.observations[0].text) for each in nights.fetched] == [(200, "Not quiet after all.")]
    assert result.not_modified == 0


@pytest.mark.parametrize("etag", ['"v1"', 'W/"v1"', '""', '"a,b"', '"!#~"'])
def test_etags_are_sent_back_as_they_came(site: Site, nights: Nights, etag: str) -> None:
    start = site.put("/1", json_ld_page(hotel(review(1))), ETag=etag)
    nights.run(source(start), 0)
    assert nights.run(source(start), 1).not_modified == 1
    assert site.asked == [("/1", None), ("/1", etag)]


@pytest.mark.parametrize(
    "etag", ["v1", '"v1', '"a"b"', '"a b"', 'w/"v1"', '"\x7f"', '"é"', '"a"\r\nX-Injected: 1', "*", f'"{"x" * 1025}"']
)
def test_what_is_no_etag_is_not_sent(etag: str) -> None:
    assert conditions_of(PageMemory("0" * 64, None, etag, None, None)) == {}


def test_dates_are_sent_back_only_in_the_form_of_http() -> None:
    good = "Sat, 01 Nov 2025 10:00:00 GMT"
    assert conditions_of(PageMemory("0" * 64, None, None, good, None)) == {"If-Modified-Since": good}
    for bad in ("yesterday", f"{good}\r\nX-Injected: 1", f"{good}\n", "2025-11-01T10:00:00Z"):
        assert conditions_of(PageMemory("0" * 64, None, None, bad, None)) == {}


def test_a_304_that_was_not_asked_for_is_an_error(site: Site, nights: Nights) -> None:
    start = site.put("/1", b"", status=304)
    result = nights.run(source(start), 0)
    assert nights.fetched == []
    assert result.errors == (f"inn: {start}: answers that nothing has changed (HTTP 304), which was not asked",)
    assert [each.status for each in result.chains] == ["partial"]


def test_nothing_is_asked_conditionally_without_the_bytes(site: Site, nights: Nights) -> None:
    start = site.put("/1", json_ld_page(hotel(review(1))), ETag='"v1"')
    nights.run(source(start), 0)
    nights.bodies.clear()
    assert nights.run(source(start), 1).not_modified == 0
    assert site.asked == [("/1", None), ("/1", None)]


def test_bytes_that_are_not_what_they_were_do_not_count(site: Site, nights: Nights) -> None:
    start = site.put("/1", json_ld_page(hotel(review(1))), ETag='"v1"')
    nights.run(source(start), 0)
    nights.bodies = dict.fromkeys(nights.bodies, b"something else")
    assert nights.run(source(start), 1).not_modified == 0
    assert [each.page.observations[0].review_id for each in nights.fetched] == ["https://hotel.example/reviews/1"]


def test_each_address_of_a_redirect_has_conditions_of_its_own(site: Site, nights: Nights) -> None:
    site.put("/new", json_ld_page(hotel(review(1))), ETag='"new"')
    start = site.put("/old", json_ld_page(hotel(review(2))), ETag='"old"')
    nights.run(source(start, site.url("/new")), 0)
    site.pages["/old"] = Response(status=302, headers={"Location": "/new"})
    site.asked.clear()
    result = nights.run(source(start), 1)
    assert site.asked == [("/old", '"old"'), ("/new", '"new"')]
    assert (result.not_modified, nights.fetched[0].url) == (1, site.url("/new"))


def test_the_body_of_a_304_is_read_in_the_encoding_of_its_own_answer(server: HTTPServer, nights: Nights) -> None:
    body = json_ld_page(hotel(review(1))).replace(b"was quiet", "war schön".encode("latin-1"))
    answers: Iterator[Response] = iter(
        [
            Response(
                gzip.compress(body),
                headers={"ETag": '"1"', "Content-Encoding": "gzip"},
                content_type="text/html; charset=iso-8859-1",
            ),
            Response(status=304, headers={"ETag": '"1"', "Content-Encoding": "gzip"}),
        ]
    )

    def answer(_: Request) -> Response:
        return next(answers)

    server.expect_request("/1").respond_with_handler(answer)
    start = server.url_for("/1")
    for day, status in enumerate((200, 304)):
        nights.run(source(start), day)
        (fetched,) = nights.fetched
        assert (fetched.status, fetched.body) == (status, body)
        assert fetched.page.observations[0].text == "Stay number 1 war schön."
