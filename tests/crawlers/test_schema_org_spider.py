import pytest
from pytest_httpserver import HTTPServer

from crawlers.memory import ChainMemory
from tests.crawlers.nights import Nights, Site, source
from tests.crawlers.pages import hotel, json_ld_page, review

DAYS = ["2025-10-04", "2025-10-03", "2025-10-02", "2025-10-01"]


def test_listings_are_read_one_after_the_other(server: HTTPServer) -> None:
    site = Site(server)
    starts = [site.put_listing(name, DAYS, claimed=4) for name in "abc"]
    assert Nights().run(source(*starts), 0).complete
    assert site.paths() == ["/a/1", "/a/2", "/b/1", "/b/2", "/c/1", "/c/2"]


def test_a_start_address_named_twice_is_one_chain(server: HTTPServer) -> None:
    site = Site(server)
    start = site.put_listing("a", DAYS, claimed=4)
    assert len(Nights().run(source(start, start), 0).chains) == 1
    assert site.paths() == ["/a/1", "/a/2"]


def test_a_failed_listing_stops_no_other(server: HTTPServer) -> None:
    site = Site(server)
    starts = [site.url("/gone"), site.url("/ill"), site.put_listing("a", DAYS, claimed=4)]
    site.put("/ill", b"", status=500)
    result = Nights().run(source(*starts), 0)
    assert [each.status for each in result.chains] == ["partial", "partial", "complete"]
    assert len(result.errors) == 2


def test_a_page_is_read_in_the_encoding_that_its_answer_names(server: HTTPServer) -> None:
    site, nights = Site(server), Nights()
    body = json_ld_page(hotel(review(1))).replace(b"was quiet", "war schön".encode("latin-1"))
    nights.run(source(site.put("/1", body, kind="text/html; charset=iso-8859-1")), 0)
    assert nights.fetched[0].page.observations[0].text == "Stay number 1 war schön."


def test_a_memory_that_fails_ends_the_run(server: HTTPServer) -> None:
    class Broken(Nights):
        def chain(self, source: str, start_url: str) -> ChainMemory | None:
            raise OSError("the disk is gone")

    site = Site(server)
    with pytest.raises(OSError, match="the disk is gone"):
        Broken().run(source(site.put_listing("a", DAYS, claimed=4)), 0)
    assert site.paths() == []


def test_a_site_without_any_review_is_not_complete(server: HTTPServer) -> None:
    site = Site(server)
    result = Nights().run(source(site.put("/1", b"<html>nothing</html>")), 0)
    assert (result.complete, [each.status for each in result.chains]) == (False, ["partial"])
