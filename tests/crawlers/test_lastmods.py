import datetime as dt

import pytest
from pytest_httpserver import HTTPServer

from crawlers.chains import Chain
from crawlers.lastmods import Lastmods, is_past
from crawlers.memory import NoMemory
from crawlers.page import Page
from tests.crawlers.nights import OLD, Nights, Site, source

NEW = "2025-12-31T10:00:00Z"
DAYS = ["2025-10-06", "2025-10-05", "2025-10-04", "2025-10-03", "2025-10-02", "2025-10-01"]
PAGES = ["/a/1", "/a/2", "/a/3"]


@pytest.fixture
def site(server: HTTPServer) -> Site:
    return Site(server)


@pytest.fixture
def nights() -> Nights:
    return Nights()


def put_names(site: Site, names: str) -> list[str]:
    """Listings of one page each; all of them say that they are the same hotel."""
    return [put_name(site, name, number, "Good.") for number, name in enumerate(names)]


def put_name(site: Site, name: str, number: int, text: str) -> str:
    return site.put_listing(name, [*[""] * number, "2025-10-01"], texts={number: text})


def test_only_what_changed_is_asked_for(site: Site, nights: Nights) -> None:
    start = site.put_listing("a", DAYS, claimed=6)
    where = site.put_sitemap(dict.fromkeys(PAGES, OLD))
    nights.run(source(start, sitemap=where), 0)
    site.put_listing("a", DAYS, claimed=6, texts={3: "Loud."})
    site.put_sitemap(dict.fromkeys(PAGES, OLD) | {"/a/2": NEW})
    site.paths()
    result = nights.run(source(start, sitemap=where), 1)
    assert site.paths() == ["/sitemap.xml", "/a/2"]
    assert [(each.url, each.lastmod) for each in nights.fetched] == [(site.url("/a/2"), NEW)]
    (listing,), (chain,) = result.listings, result.chains
    assert (listing.status, len(listing.listed), listing.pages, listing.claimed) == ("complete", 6, 3, 6)
    assert chain.status == "shortened"
    assert result.errors == ()


def test_a_review_gone_from_a_changed_page_is_missed(site: Site, nights: Nights) -> None:
    start = site.put_listing("a", DAYS, claimed=6)
    where = site.put_sitemap(dict.fromkeys(PAGES, OLD))
    nights.run(source(start, sitemap=where), 0)
    site.put_listing("a", [*DAYS[:5], ""], claimed=5)
    site.put_sitemap(dict.fromkeys(PAGES, OLD) | {"/a/3": NEW})
    (listing,) = nights.run(source(start, sitemap=where), 1).listings
    assert listing.status == "complete"
    assert {review_id for _, review_id in nights.missing} == {"https://hotel.example/reviews/5"}
    site.paths()
    nights.run(source(start, sitemap=where), 2)
    assert site.paths() == ["/sitemap.xml", *PAGES]
    assert len(nights.removed) == 1


def test_an_unchanged_chain_is_not_asked_for_but_for_a_spot_check(site: Site, nights: Nights) -> None:
    starts = put_names(site, "abcdefghij")
    where = site.put_sitemap({f"/{name}/1": OLD for name in "abcdefghij"})
    nights.run(source(*starts, sitemap=where), 0)
    checked = set()
    for day in range(1, 7):
        site.paths()
        result = nights.run(source(*starts, sitemap=where), day)
        (_, one) = site.asked
        assert one[1] is None
        assert sorted(each.status for each in result.chains) == ["complete"] + ["unchanged"] * 9
        assert result.listings[0].status == "partial"
        assert len(result.listings[0].listed) == 10
        checked.add(one[0])
    assert len(checked) > 1


def test_a_start_page_stands_for_pages_that_the_sitemap_leaves_out(site: Site, nights: Nights) -> None:
    starts = [site.put_listing("a", DAYS, claimed=6), site.put_listing("b", DAYS, claimed=6)]
    where = site.put_sitemap({"/a/1": OLD, "/b/1": OLD})
    nights.run(source(*starts, sitemap=where), 0)
    site.put_sitemap({"/a/1": OLD, "/b/1": NEW})
    site.paths()
    result = nights.run(source(*starts, sitemap=where), 1)
    assert site.paths() == ["/sitemap.xml", *PAGES, "/b/1", "/b/2", "/b/3"]
    nights.run(source(*starts, sitemap=where), 2)
    assert len(site.paths()) == 4
    assert [each.status for each in result.chains] == ["complete", "complete"]


@pytest.mark.parametrize("why", ["due", "pending", "bytes", "unknown", "never whole"])
def test_what_is_asked_for_although_it_is_unchanged(site: Site, nights: Nights, why: str) -> None:
    starts = [site.put_listing("a", DAYS, claimed=6), *put_names(site, "bc")]
    where = site.put_sitemap(dict.fromkeys([*PAGES, "/b/1", "/c/1"], OLD))
    nights.run(source(*starts, sitemap=where), 0)
    if why == "pending":
        nights.missing.add(("https://hotel.example/", "x"))
    if why == "bytes":
        nights.bodies.clear()
    if why == "unknown":
        nights.chains.clear()
    if why == "never whole":
        nights.chains = {url: type(each)(None, True, 6, None, False) for url, each in nights.chains.items()}
    site.paths()
    nights.run(source(*starts, sitemap=where), 7 if why == "due" else 1)
    assert sorted(site.paths()) == [*PAGES, "/b/1", "/c/1", "/sitemap.xml"]


def test_a_sitemap_that_lies_is_not_believed_for_the_rest_of_the_run(site: Site, nights: Nights) -> None:
    starts = put_names(site, "abcdefgh")
    where = site.put_sitemap({f"/{name}/1": OLD for name in "abcdefgh"})
    nights.run(source(*starts, sitemap=where), 0)
    for number, name in enumerate("abcdefgh"):
        put_name(site, name, number, "Bad.")
    site.paths()
    result = nights.run(source(*starts, sitemap=where), 1)
    assert len(site.paths()) == 9
    assert {each.status for each in result.chains} == {"complete"}
    assert len(result.errors) == 1
    assert "not believed" in result.errors[0]
    assert where in result.errors[0]


def test_a_review_that_went_under_an_unchanged_lastmod_is_a_lie_too(site: Site, nights: Nights) -> None:
    start = site.put_listing("a", DAYS[:2], claimed=2)
    where = site.put_sitemap({"/a/1": OLD})
    nights.run(source(start, sitemap=where), 0)
    site.put_listing("a", [DAYS[0], ""], claimed=1)
    result = nights.run(source(start, sitemap=where), 1)
    assert len(result.errors) == 1
    assert len(nights.missing) == 1


def test_bytes_that_differ_without_a_difference_are_no_lie(site: Site, nights: Nights) -> None:
    start = site.put_listing("a", DAYS[:2], claimed=2)
    where = site.put_sitemap({"/a/1": OLD})
    nights.run(source(start, sitemap=where), 0)
    site.pages["/a/1"].data = site.pages["/a/1"].get_data() + b"<!-- served by node 7 -->"
    assert nights.run(source(start, sitemap=where), 1).errors == ()


def test_pages_taken_on_the_word_of_a_sitemap_that_lied_are_read_after_all(site: Site, nights: Nights) -> None:
    starts = [site.put_listing("a", DAYS, claimed=6), site.put_listing("b", DAYS[:2], claimed=6)]
    where = site.put_sitemap(dict.fromkeys([*PAGES, "/b/1"], OLD))
    nights.run(source(*starts, sitemap=where), 0)
    nights.chains[starts[1]] = type(nights.chains[starts[1]])(None, True, 6, None, False)
    site.put_listing("b", DAYS[:2], claimed=6, texts={0: "Changed."})
    site.put_sitemap(dict.fromkeys([*PAGES, "/b/1"], OLD) | {"/a/1": NEW})
    site.paths()
    result = nights.run(source(*starts, sitemap=where), 1)
    assert site.paths() == ["/sitemap.xml", "/a/1", "/b/1", *PAGES]
    assert [each.status for each in result.chains] == ["complete", "complete"]


def test_a_lastmod_of_today_does_not_vouch_for_what_comes_later_today(site: Site, nights: Nights) -> None:
    start = site.put_listing("a", DAYS, claimed=6)
    where = site.put_sitemap(dict.fromkeys(PAGES, "2026-01-01"))
    nights.run(source(start, sitemap=where), 0)
    assert {each.lastmod for each in nights.fetched} == {None}


@pytest.mark.parametrize(
    ("lastmod", "expected"),
    [
        ("2026-01-01", True),
        ("2026-01-02", False),
        ("2026-01-03T11:58:00Z", True),
        ("2026-01-03T11:59:30Z", False),
        ("2026-01-03T11:59:30.5+00:00", False),
        ("2026-01-03T11:58-05:00", False),
        ("2026-01-03T13:58+02:00", True),
        ("2026-01", False),
        ("2026-13-01", False),
        ("yesterday", False),
        ("2026-01-01T10:00:00", False),
        ("٢٠٢٦-٠١-٠١", False),
        ("0001-01-01T00:00:00+23:59", True),
    ],
)
def test_when_a_lastmod_is_over(lastmod: str, *, expected: bool) -> None:
    assert is_past(lastmod, dt.datetime.fromisoformat("2026-01-03T11:59:00")) is expected


def test_one_chain_in_fifty_is_checked_and_others_every_day() -> None:
    lastmods = Lastmods("inn", NoMemory(), {}, lambda *_: Page())
    day = dt.date(2026, 1, 1)
    chains = [Chain(f"http://x.example/{number}", None, day=day, whole_every=7) for number in range(200)]
    assert [len(lastmods.to_check(chains[:count], day)) for count in (0, 1, 50, 51, 200)] == [0, 1, 1, 2, 4]
    assert lastmods.to_check(chains, day) == lastmods.to_check(chains[::-1], day)
    assert lastmods.to_check(chains, day) != lastmods.to_check(chains, day + dt.timedelta(days=1))
