"""store.passes: a review is gone when two complete passes have missed it, and not before."""

import datetime as dt

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from store.canonical import review_key
from store.observations import write_observations
from store.passes import ChainSeen, ListingSeen, close_pass, known_chain, park_hosts, parked_hosts
from store.privacy import Pseudonymiser
from store.provenance import ListingRun, ReviewEvent, Sighting
from tests.conftest import KEY, SEEN, observation

LISTING = "google/hotel-1"


def night(number):
    return SEEN + dt.timedelta(days=number)


def key(name):
    return review_key("google", "hotel-1", name)


def show(database, names, number, *, status="complete", claimed=None, source="site"):
    """One run of a source that shows these reviews."""
    write_observations(
        database,
        [observation(review_id=name, text=f"Words of {name} alone.") for name in names],
        source=source,
        seen_at=night(number),
        pseudonymiser=Pseudonymiser(KEY),
        sighted=True,
    )
    seen = ListingSeen(LISTING, status, 1, claimed, {key(name) for name in names})
    return close_pass(database, source, night(number), [seen])


def events(database):
    with database.read() as connection:
        rows = connection.execute(select(ReviewEvent.kind, ReviewEvent.review_key, ReviewEvent.at)).all()
    return sorted((row.at, row.kind, row.review_key) for row in rows)


def test_two_complete_passes_make_a_removal(database):
    show(database, "abc", 0)
    first = show(database, "ab", 1)
    assert (first.missing, first.removed) == (1, 0)
    second = show(database, "ab", 2)
    assert (second.missing, second.removed) == (0, 1)
    assert events(database) == [(night(1), "missing", key("c")), (night(2), "removed", key("c"))]
    third = show(database, "ab", 3)
    assert (third.missing, third.removed) == (0, 0)


@pytest.mark.parametrize("status", ["partial", "shortened", "unchanged"])
def test_a_pass_that_was_not_complete_says_nothing(database, status):
    show(database, "abc", 0)
    for number in range(1, 6):
        show(database, "a", number, status=status)
    assert events(database) == []


def test_an_incomplete_pass_between_two_complete_ones_neither_counts_nor_resets(database):
    show(database, "abc", 0)
    show(database, "ab", 1)
    show(database, "a", 2, status="partial")
    assert show(database, "ab", 3).removed == 1


def test_the_same_run_booked_twice_changes_nothing(database):
    show(database, "abc", 0)
    for _ in range(3):
        assert show(database, "ab", 1).removed == 0
    show(database, "ab", 2)
    before = events(database)
    show(database, "ab", 2)
    assert events(database) == before


def test_a_review_found_again_after_one_miss_is_no_event(database):
    show(database, "ab", 0)
    show(database, "a", 1)
    show(database, "ab", 2)
    assert show(database, "a", 3).removed == 0
    assert [event[1] for event in events(database)] == ["missing", "missing"]


def test_a_removed_review_that_comes_back_has_reappeared(database):
    show(database, "ab", 0)
    for number in (1, 2):
        show(database, "a", number)
    show(database, "ab", 3)
    assert [event[1] for event in events(database)] == ["missing", "removed", "reappeared"]
    for number in (4, 5):
        show(database, "a", number)
    assert [event[1] for event in events(database)][3:] == ["missing", "removed"]


def test_each_source_speaks_only_of_what_it_has_shown(database):
    show(database, "abc", 0, source="api")
    for number in (1, 2, 3):
        show(database, "a", number, source="site")
    assert events(database) == []


def test_most_of_a_page_gone_without_a_number_is_doubted(database):
    show(database, "abcdefghij", 0)
    for number in (1, 2, 3):
        assert show(database, "ab", number).suspect == [LISTING]
    assert events(database) == []


def test_most_of_a_page_gone_with_its_number_is_believed(database):
    show(database, "abcdefghij", 0, claimed=10)
    show(database, "ab", 1, claimed=2)
    assert show(database, "ab", 2, claimed=2).removed == 8


def test_a_run_of_a_listing_is_booked(database):
    show(database, "abc", 0)
    show(database, "ab", 1, claimed=2)
    with database.read() as connection:
        rows = connection.execute(select(ListingRun.status, ListingRun.claimed, ListingRun.listed, ListingRun.missing))
        assert rows.all() == [("complete", None, 3, 0), ("complete", 2, 2, 1)]


def test_an_unknown_listing_is_left_out(database):
    close_pass(database, "site", SEEN, [ListingSeen("google/nowhere", "complete", 1, 0, set())])
    with database.read() as connection:
        assert connection.execute(select(ListingRun.status)).all() == []


@settings(max_examples=25)
@example(runs=[(False, {"a"}), (True, {"b"}), (True, set())])
# Two reviews: where three that were missing come back, a source is taken to show a part each time.
@given(runs=st.lists(st.tuples(st.booleans(), st.sets(st.sampled_from("ab"))), min_size=1, max_size=7))
def test_removed_is_what_two_complete_passes_in_a_row_missed(new_sqlite, runs):
    with new_sqlite() as database:
        missed, removed, known = {}, set(), set()
        for number, (whole, names) in enumerate(runs):
            show(database, sorted(names), number, status="complete" if whole else "partial", claimed=len(names))
            known |= names
            for name in names:
                missed[name] = 0
                removed.discard(name)
            if whole:
                for name in known - names:
                    missed[name] = missed.get(name, 0) + 1
                    if missed[name] >= 2:
                        removed.add(name)
        with database.read() as connection:
            found = set(connection.scalars(select(Sighting.review_key).where(Sighting.removed.is_not(None))))
        assert found == {key(name) for name in removed}


def chain(status, *, claimed=None, cursor=None, ordered=True):
    return ChainSeen("https://inn.example/", status, ordered, claimed, cursor, (LISTING,))


def test_a_chain_remembers_its_last_whole_reading(database):
    assert known_chain(database, "site", "https://inn.example/") is None
    close_pass(database, "site", night(0), [], [chain("complete", claimed=5, cursor="https://inn.example/?after=5")])
    close_pass(database, "site", night(1), [], [chain("shortened", claimed=6)])
    close_pass(database, "site", night(2), [], [chain("partial", claimed=9, cursor="https://inn.example/?after=9")])
    close_pass(database, "site", night(3), [], [chain("unchanged")])
    known = known_chain(database, "site", "https://inn.example/")
    assert (known.read_whole, known.ordered, known.claimed) == (night(0).date(), True, 6)
    assert known.cursor == "https://inn.example/?after=5"
    assert known_chain(database, "other", "https://inn.example/") is None


def test_a_chain_never_read_whole_is_not_ordered(database):
    close_pass(database, "site", night(0), [], [chain("shortened")])
    known = known_chain(database, "site", "https://inn.example/")
    assert (known.read_whole, known.ordered) == (None, False)


def test_a_missing_review_keeps_its_chain_pending_until_it_is_confirmed(database):
    show(database, "ab", 0)
    close_pass(database, "site", night(0), [], [chain("complete")])
    pending = [known_chain(database, "site", "https://inn.example/").pending]
    for number in (1, 2):
        show(database, "a", number)
        pending.append(known_chain(database, "site", "https://inn.example/").pending)
    assert pending == [False, True, False]


def test_a_parked_host_is_known_until_its_moment(database):
    park_hosts(database, {"inn.example": (night(1), "refuses access (HTTP 403)"), "old.example": (night(-1), "x")})
    assert parked_hosts(database, night(0)) == {"inn.example": (night(1), "refuses access (HTTP 403)")}
    park_hosts(database, {"inn.example": (night(2), "asks to slow down (HTTP 429)")})
    assert parked_hosts(database, night(1)) == {"inn.example": (night(2), "asks to slow down (HTTP 429)")}
