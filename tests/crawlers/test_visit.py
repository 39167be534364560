import datetime as dt
import hashlib

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from crawlers.crawl import crawl
from crawlers.visit import Fetched, Taken
from tests.crawlers.nights import FIRST, Nights, Site, source
from tests.crawlers.pages import hotel, json_ld_page, review

DAYS = ["2025-10-06", "2025-10-05", "2025-10-04", "2025-10-03", "2025-10-02", "2025-10-01"]


@pytest.fixture
def site(server: HTTPServer) -> Site:
    return Site(server)


def one_page(*reviews: dict[str, object], extra: str = "", **changes: object) -> bytes:
    return json_ld_page(hotel(*reviews, **changes), extra=extra)


def claim(number: int) -> dict[str, object]:
    return {"@type": "AggregateRating", "ratingValue": 4, "reviewCount": number}


def test_a_chain_read_to_its_end_is_complete(site: Site) -> None:
    start = site.put_listing("a", DAYS, claimed=6)
    result = Nights().run(source(start), 0)
    (listing,), (chain,) = result.listings, result.chains
    assert (listing.listing_id, listing.status, listing.pages) == ("https://hotel.example/", "complete", 3)
    assert (listing.claimed, len(listing.listed), listing.errors, listing.dropped) == (6, 6, 0, 0)
    assert (chain.start_url, chain.status, chain.ordered, chain.claimed) == (start, "complete", True, 6)
    assert chain.listing_ids == ("https://hotel.example/",)
    assert (result.complete, result.pages, result.reviews, result.requests) == (True, 3, 6, 4)


def test_what_was_fetched_comes_with_bytes_and_headers(site: Site) -> None:
    nights = Nights()
    body = one_page(review(1))
    start = site.put("/1", body, ETag='"x"')
    nights.run(source(start), 3)
    (fetched,) = nights.fetched
    assert (fetched.url, fetched.status, fetched.body) == (start, 200, body)
    assert fetched.raw_sha256 == hashlib.sha256(body).hexdigest()
    assert fetched.fetched_at.isoformat() == "2026-01-04T02:00:00"
    assert dict(fetched.headers)["Etag"] == '"x"'


def test_more_claimed_than_shown_is_never_complete(site: Site) -> None:
    nights = Nights()
    start = site.put_listing("a", DAYS, claimed=50)
    for day in range(2):
        result = nights.run(source(start, whole_every=1), day)
        assert [listing.status for listing in result.listings] == ["partial"]
        assert not result.complete


def test_without_a_claim_the_end_of_a_site_proves_nothing(site: Site) -> None:
    result = Nights().run(source(site.put_listing("a", DAYS)), 0)
    assert [listing.status for listing in result.listings] == ["partial"]
    assert [chain.status for chain in result.chains] == ["complete"]


@pytest.mark.parametrize("status", [404, 410])
def test_a_start_address_that_is_gone_is_named(site: Site, status: int) -> None:
    start = site.put("/gone", b"", status=status)
    result = Nights().run(source(start), 0)
    assert result.errors == (f"inn: {start}: the listing's page is gone (HTTP {status})",)
    assert result.listings == ()
    assert [chain.status for chain in result.chains] == ["partial"]


def test_a_page_that_vanished_in_the_middle_leaves_the_listing_partial(site: Site) -> None:
    start = site.put_listing("a", DAYS, claimed=2)
    del site.pages["/a/2"]
    result = Nights().run(source(start), 0)
    assert [(each.status, each.errors) for each in result.listings] == [("partial", 1)]
    assert result.errors == (f"inn: {site.url('/a/2')}: HTTP 404",)


def test_an_empty_page_in_the_middle_leaves_the_listing_partial(site: Site) -> None:
    start = site.put_listing("a", DAYS, claimed=4)
    site.put("/a/2", b'<html><a rel="next" href="/a/3">next</a></html>')
    result = Nights().run(source(start), 0)
    assert [(each.status, len(each.listed)) for each in result.listings] == [("partial", 4)]


def test_an_empty_last_page_ends_a_listing(site: Site) -> None:
    start = site.put("/1", one_page(review(1), aggregateRating=claim(1), extra='<a rel="next" href="/2">next</a>'))
    site.put("/2", b"<html></html>")
    assert [each.status for each in Nights().run(source(start), 0).listings] == ["complete"]


def test_a_dropped_review_leaves_the_listing_partial(site: Site) -> None:
    start = site.put("/1", one_page(review(1), review(2, reviewRating=None), aggregateRating=claim(1)))
    (listing,) = Nights().run(source(start), 0).listings
    assert (listing.status, listing.dropped) == ("partial", 1)


def test_a_page_behind_robots_leaves_the_listing_partial(site: Site) -> None:
    site.server.expect_request("/robots.txt").respond_with_data(
        "User-agent: *\nDisallow: /a/2", content_type="text/plain"
    )
    result = Nights().run(source(site.put_listing("a", DAYS, claimed=2)), 0)
    assert [each.status for each in result.listings] == ["partial"]
    assert (result.forbidden, site.paths()) == (1, ["/a/1"])


def test_a_budget_leaves_the_listings_beyond_it_partial(site: Site) -> None:
    first, second = site.put_listing("a", DAYS, claimed=6), site.put("/b", one_page(review(9), **{"@id": "/b"}))
    result = Nights().run(source(first, second, max_pages=3), 0)
    assert [each.status for each in result.listings] == ["complete"]
    assert [each.status for each in result.chains] == ["complete", "partial"]
    assert site.paths() == ["/a/1", "/a/2", "/a/3"]


def test_a_review_on_two_pages_counts_once(site: Site) -> None:
    start = site.put("/1", one_page(review(1), aggregateRating=claim(2), extra='<a rel="next" href="/2">next</a>'))
    site.put("/2", one_page(review(1), review(2)))
    result = Nights().run(source(start), 0)
    assert result.reviews == 2
    assert [(each.status, len(each.listed)) for each in result.listings] == [("complete", 2)]


def test_two_chains_of_one_listing_are_complete_only_together(site: Site) -> None:
    one = site.put("/1", one_page(review(1), aggregateRating=claim(2)))
    two = site.put("/2", one_page(review(2), aggregateRating=claim(2), extra='<a rel="next" href="/3">next</a>'))
    site.put("/3", one_page(review(2)))
    (listing,) = Nights().run(source(one, two), 0).listings
    assert (listing.status, len(listing.listed), listing.pages) == ("complete", 2, 3)
    del site.pages["/3"]
    (listing,) = Nights().run(source(one, two), 0).listings
    assert (listing.status, len(listing.listed)) == ("partial", 2)


def test_a_page_of_two_chains_is_read_once_and_its_fault_is_that_of_both(site: Site) -> None:
    one = site.put("/1", one_page(review(1), aggregateRating=claim(3), extra='<a rel="next" href="/2">next</a>'))
    two = site.put("/2", one_page(review(2), extra='<a rel="next" href="/3">next</a>'))
    site.put("/3", one_page(review(3)))
    result = Nights().run(source(two, one), 0)
    assert site.paths() == ["/2", "/3", "/1"]
    assert [each.status for each in result.chains] == ["complete", "complete"]
    assert [each.status for each in result.listings] == ["complete"]
    del site.pages["/3"]
    result = Nights().run(source(two, one), 0)
    assert [each.status for each in result.chains] == ["partial", "partial"]


def test_a_circle_of_pages_ends(site: Site) -> None:
    start = site.put("/1", one_page(review(1), aggregateRating=claim(2), extra='<a rel="next" href="/2">next</a>'))
    site.put("/2", one_page(review(2), extra='<a rel="next" href="/1">next</a>'))
    assert [each.status for each in Nights().run(source(start), 0).listings] == ["complete"]
    assert site.paths() == ["/1", "/2"]


def test_a_redirect_back_into_the_chain_is_an_error(site: Site) -> None:
    start = site.put_listing("a", DAYS, claimed=2)
    site.pages["/a/2"] = Response(status=302, headers={"Location": start})
    result = Nights().run(source(start), 0)
    assert [each.status for each in result.listings] == ["partial"]
    assert "leads back" in result.errors[0]


@pytest.mark.parametrize("error", [RuntimeError("disk full"), KeyboardInterrupt()])
def test_what_the_caller_raises_leaves_no_pass(site: Site, error: BaseException) -> None:
    def fail(fetched: Fetched) -> Taken | None:
        if fetched.url.endswith("/2"):
            raise error
        return None

    start = site.put_listing("a", DAYS, claimed=6)
    with pytest.raises(type(error)):
        crawl(
            [source(start)],
            contact="a@b.example",
            seen=FIRST,
            clock=lambda: dt.datetime.combine(FIRST, dt.time()),
            on_page=fail,
        )
    assert site.paths() == ["/a/1", "/a/2"]
