import datetime as dt

import pytest
from pytest_httpserver import HTTPServer

from crawlers.chains import Chain
from crawlers.memory import ChainMemory
from crawlers.page import Page
from crawlers.passes import Taken
from store.canonical import ListingSnapshot, Observation
from tests.crawlers.nights import Nights, Site, source

DAY = dt.date(2026, 1, 8)
NOTHING = Taken(0, 0)


@pytest.fixture
def site(server: HTTPServer) -> Site:
    return Site(server)


def days(count: int) -> list[str]:
    """So many days, newest first."""
    return [(dt.date(2025, 11, 1) - dt.timedelta(days=number)).isoformat() for number in range(count)]


def page(*ages: int, claimed: int | None = None, last: bool = False) -> Page:
    """A page with one review for each age in days."""
    published = tuple(DAY - dt.timedelta(days=age) for age in ages)
    observations = tuple(Observation("x", "inn", f"r{day}", 4, day, day, "0" * 64) for day in published)
    snapshots = () if claimed is None else (ListingSnapshot("x", "inn", 4.0, 5.0, claimed),)
    return Page(observations, snapshots, () if last else ("http://x.example/n",), order=published)


def chain(claimed: int | None = None, *, read: int = 1, ordered: bool = True, pending: bool = False) -> Chain:
    """A chain that was read whole so many days ago."""
    known = ChainMemory(DAY - dt.timedelta(days=read), ordered, claimed, None, pending)
    return Chain("http://x.example/", known, day=DAY, whole_every=7)


def stops(chain: Chain, *steps: tuple[Page, Taken | None]) -> list[bool]:
    said = []
    for one, taken in steps:
        chain.add(one)
        said.append(chain.stops_here(one, taken))
    return said


def test_it_stops_after_two_pages_that_bring_nothing() -> None:
    one = chain()
    assert stops(one, (page(1, 2), Taken(1, 0)), (page(3, 4), NOTHING), (page(5, 6), NOTHING)) == [False, False, True]
    assert one.status == "shortened"
    assert not one.is_whole


def test_two_pages_that_bring_nothing_must_follow_each_other() -> None:
    steps = [(page(1), NOTHING), (page(2), Taken(0, 1)), (page(3), NOTHING), (page(4), NOTHING)]
    assert stops(chain(), *steps) == [False, False, False, True]


def test_one_page_is_enough_where_the_claim_is_what_it_should_be() -> None:
    assert stops(chain(20), (page(1, claimed=20), NOTHING)) == [True]
    assert stops(chain(20), (page(1, claimed=22), Taken(2, 0)), (page(2), NOTHING)) == [False, True]


@pytest.mark.parametrize("claimed", [19, None])
def test_it_reads_on_where_the_claim_fell_or_went(claimed: int | None) -> None:
    assert stops(chain(20), *[(page(age, claimed=claimed), NOTHING) for age in range(5)]) == [False] * 5


def test_it_reads_on_where_new_reviews_hide_that_others_are_gone() -> None:
    steps = [(page(1, claimed=20), Taken(1, 0)), (page(2), NOTHING), (page(3), NOTHING)]
    assert stops(chain(20), *steps) == [False, False, False]


def test_it_reads_on_where_more_is_claimed_than_was_found() -> None:
    assert stops(chain(20), *[(page(age, claimed=25), NOTHING) for age in range(1, 5)]) == [False] * 4


@pytest.mark.parametrize(
    "one",
    [
        chain(ordered=False),
        chain(pending=True),
        chain(read=7),
        Chain("http://x.example/", None, day=DAY, whole_every=7),
        Chain("http://x.example/", ChainMemory(None, True, None, None, False), day=DAY, whole_every=7),
    ],
)
def test_it_reads_on_where_memory_is_no_ground_to_stop(one: Chain) -> None:
    assert stops(one, *[(page(age), NOTHING) for age in range(4)]) == [False] * 4


def test_it_reads_on_where_tonights_order_does_not_hold() -> None:
    assert stops(chain(), (page(5), NOTHING), (page(3), NOTHING), (page(6), NOTHING)) == [False] * 3
    assert stops(chain(), (page(3, 5, 4), NOTHING), (page(6), NOTHING)) == [False] * 2


def test_it_reads_on_where_nobody_says_what_was_new() -> None:
    assert stops(chain(20), *[(page(age, claimed=20), None) for age in range(4)]) == [False] * 4


def test_a_page_without_reviews_is_no_page_that_brings_nothing() -> None:
    assert stops(chain(), (page(), NOTHING), (page(), NOTHING), (page(), NOTHING)) == [False] * 3


def test_order_is_that_of_the_whole_chain() -> None:
    one = chain()
    stops(one, (page(1, 2, 2), None), (page(2, 3), None), (page(4, last=True), None))
    assert one.result().ordered
    one.add(page(3))
    assert not one.result().ordered


def test_a_page_that_branches_or_hides_its_days_is_not_ordered() -> None:
    one, other = chain(), chain()
    one.add(Page(page(1).observations, next_urls=("http://x.example/a", "http://x.example/b"), order=page(1).order))
    other.add(Page(page(1, 2).observations, order=page(1).order))
    assert not one.result().ordered
    assert not other.result().ordered


def test_an_api_goes_on_from_its_cursor_until_a_whole_reading_is_due() -> None:
    known = ChainMemory(DAY - dt.timedelta(days=1), False, None, "http://x.example/?c=1", False)
    one = Chain("inn", known, day=DAY, whole_every=7, is_proof=True)
    assert one.resume() == "http://x.example/?c=1"
    one.add(Page(cursor="http://x.example/?c=2"))
    assert (one.status, one.result().cursor) == ("shortened", "http://x.example/?c=2")
    due = Chain("inn", known, day=DAY + dt.timedelta(days=7), whole_every=7)
    assert due.resume() is None


def test_chains_that_lead_to_each_other_share_their_faults() -> None:
    one, other = chain(), chain()
    one.add(page(1))
    other.add(page(2))
    one.join(other)
    other.join(one)
    assert one.is_whole
    other.errors += 1
    assert (one.status, other.status) == ("partial", "partial")


def test_a_site_is_read_no_further_than_where_it_is_known(site: Site) -> None:
    nights = Nights()
    start = site.put_listing("a", days(10), claimed=10)
    nights.run(source(start), 0)
    assert len(site.paths()) == 5
    result = nights.run(source(start), 1)
    assert site.paths() == ["/a/1"]
    assert [each.status for each in result.listings] == ["shortened"]
    site.put_listing("a", ["2025-12-01", *days(10)], claimed=11, texts={n + 1: f"Stay {n}." for n in range(10)})
    nights.run(source(start, whole_every=2), 2)
    assert len(site.paths()) == 6


def test_a_claim_that_fell_makes_two_whole_readings_and_a_removal(site: Site) -> None:
    nights = Nights()
    start = site.put_listing("a", days(10), claimed=10)
    nights.run(source(start), 0)
    gone = [*days(10)[:7], "", *days(10)[8:]]
    site.put_listing("a", gone, claimed=9)
    site.paths()
    nights.run(source(start), 1)
    assert len(site.paths()) == 5
    assert len(nights.missing) == 1
    nights.run(source(start), 2)
    assert len(site.paths()) == 5
    assert (len(nights.missing), len(nights.removed)) == (0, 1)
    nights.run(source(start), 3)
    assert site.paths() == ["/a/1"]


def test_a_site_that_is_not_newest_first_is_read_whole_every_night(site: Site) -> None:
    nights = Nights()
    start = site.put_listing("a", days(10)[::-1], claimed=10)
    for day in range(2):
        nights.run(source(start), day)
        assert len(site.paths()) == 5
