"""store.retention: what is past its time goes, what an open case rests on stays."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from store.cases import CaseRow, read_cases, read_events, write_cases
from store.database import table_of
from store.erasure import find_reviews
from store.fetches import FetchRow, KnownPage, remember_page, write_fetch
from store.models import Reviewer
from store.observations import write_observations
from store.passes import ListingSeen, close_pass
from store.provenance import Body, Fetch, PageMemory, SourceRun
from store.reading import read_listing_reviews
from store.retention import Expired, expired, purge
from store.source_runs import SourceRunRow, write_source_run
from tests.conftest import SEEN, observation
from tests.store.filled import KEYS, TOKENS, fill

AS_OF = dt.date(2026, 12, 31)
OLD = dt.datetime.fromisoformat("2026-01-05T02:30")
NEW = dt.datetime.fromisoformat("2026-12-30T02:30")
DAYS = {"review_days": 100, "body_days": 100}
CASE = CaseRow("C-1", "campaign", "open", 1.0, "strong", None, None, AS_OF, AS_OF, {KEYS[0]: 1.0, KEYS[1]: 1.0}, ())


def fetched(database, sha256, at, *keys, kept=True):
    url = f"https://lake.example/{sha256[0]}"
    row = FetchRow("lake", url, at, 200, (), sha256 * 64, 9, "text/html")
    write_fetch(database, row, kept=kept, reviews=keys, listings=["google/hotel-1"])
    remember_page(database, "lake", url, KnownPage(sha256 * 64, None, None, None, None))


def count(database, model):
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(table_of(model)))


def kept(database):
    with database.read() as connection:
        return {each[0] for each in connection.scalars(select(Body.sha256).where(Body.kept))}


def purged(database, *, dry_run=False, **days):
    told = {**DAYS, **days}
    old = expired(database, as_of=AS_OF, **told)
    return purge(
        database, old, as_of=AS_OF, body_days=told["body_days"], text_sha256=lambda text: text, dry_run=dry_run
    )


@pytest.fixture
def filled(database):
    return fill(database)


@pytest.mark.parametrize("days", [0, 291, 292, 293])
def test_a_review_is_old_when_its_last_possible_day_is_older(database, pseudonymiser, days):
    published = {"published_from": dt.date(2026, 1, 1), "published_to": dt.date(2026, 3, 14)}
    each = replace(observation(), **published)
    write_observations(database, [each], source="s", seen_at=SEEN, pseudonymiser=pseudonymiser)
    # From 14 March to 31 December are 292 days.
    assert len(expired(database, as_of=AS_OF, review_days=days, body_days=0).reviews) == (days == 291)


@pytest.mark.parametrize(("status", "left"), [("open", 2), ("claimed", 2), ("upheld", 0), ("dismissed", 0)])
def test_reviews_of_open_cases_stay(filled, status, left):
    write_cases(filled, [replace(CASE, status=status)], {})
    found = purged(filled)
    assert (found.reviews, found.accounts) == (3 - left, 3 - left)
    assert len(read_listing_reviews(filled)) == left
    assert len(read_cases(filled)) == 1


def test_a_decided_case_keeps_its_decision_and_says_where_its_reviews_went(filled):
    write_cases(filled, [replace(CASE, status="upheld", decision="upheld")], {})
    purged(filled)
    (case,) = read_cases(filled)
    assert (case.status, case.reviews) == ("upheld", {})
    (event,) = read_events(filled, "C-1")
    assert (event.kind, event.note) == ("purged", "all of its reviews were removed because of their age")


def test_the_version_that_counts_is_the_current_one(database, pseudonymiser):
    write_observations(database, [observation()], source="s", seen_at=SEEN, pseudonymiser=pseudonymiser)
    again = observation(text="Written anew.", published=dt.date(2026, 12, 1))
    write_observations(database, [again], source="s", seen_at=NEW, pseudonymiser=pseudonymiser)
    assert purged(database).reviews == 0


def test_bodies_go_by_their_last_fetch(filled):
    fetched(filled, "a", OLD)
    fetched(filled, "b", OLD)
    fetched(filled, "b", NEW)
    fetched(filled, "c", OLD, kept=False)
    found = purged(filled, review_days=0)
    assert (found.reviews, found.bodies) == (0, 1)
    assert kept(filled) == {"b"}
    with filled.read() as connection:
        row = connection.execute(select(table_of(Body)).where(Body.sha256 == "a" * 64)).one()
    assert (row.removed_on, row.removed_why) == (AS_OF, "removed because of its age")
    # The fetches of what is gone go too: both old ones, but not the old one of a body that is still there.
    assert found.fetches == 2
    assert count(filled, Fetch) == 2
    assert count(filled, PageMemory) == 2


def test_bodies_that_show_a_review_of_an_open_case_stay(filled, pseudonymiser):
    fetched(filled, "a", OLD, KEYS[0], KEYS[2])
    fetched(filled, "b", OLD, KEYS[2])
    fetched(filled, "c", OLD)
    changed = observation(review_id="r1", reviewer_id="guest-1", text="Other words.")
    write_observations(filled, [changed], source="s", seen_at=NEW, pseudonymiser=pseudonymiser, body_sha256="c" * 64)
    write_cases(filled, [CASE], {})
    purged(filled, review_days=0)
    assert kept(filled) == {"a", "c"}
    write_cases(filled, [replace(CASE, status="closed")], {})
    purged(filled, review_days=0)
    assert kept(filled) == set()


def test_nothing_goes_where_nothing_is_configured(filled):
    fetched(filled, "a", OLD, KEYS[0])
    write_source_runs(filled, 40, OLD)
    assert purged(filled, review_days=0, body_days=0) == purged(filled, review_days=0, body_days=0, dry_run=True)
    assert (len(read_listing_reviews(filled)), kept(filled), count(filled, SourceRun)) == (3, {"a"}, 40)


def test_an_account_without_reviews_goes_whatever_is_configured(filled):
    with filled.write() as connection:
        connection.execute(
            table_of(Reviewer).insert(), [{"key": "idle", "platform": "google", "sealed": b"", "name": "Zora"}]
        )
    assert purged(filled, review_days=0, body_days=0).accounts == 1
    with filled.read() as connection:
        assert set(connection.scalars(select(Reviewer.key))) == set(TOKENS)


def write_source_runs(database, number, since, source="lake"):
    for night in range(number):
        row = SourceRunRow(
            source=source,
            seen_at=since + dt.timedelta(days=night),
            requests=1,
            pages=1,
            not_modified=0,
            received_bytes=9,
            forbidden=0,
            errors=0,
            drops={},
            reviews=1,
            coverage={},
            complete=True,
        )
        write_source_run(database, row)


def test_the_newest_runs_stay_however_old(filled):
    write_source_runs(filled, 40, OLD)
    write_source_runs(filled, 2, OLD, "other")
    write_source_runs(filled, 40, NEW - dt.timedelta(days=50), "young")
    for night in range(35):
        seen = ListingSeen("google/hotel-1", "complete", 1, None, KEYS)
        close_pass(filled, "lake", OLD + dt.timedelta(days=night), [seen])
    assert purged(filled, review_days=0).runs == 10 + 5
    assert count(filled, SourceRun) == 30 + 2 + 40
    assert purged(filled, review_days=0).runs == 0


def test_a_dry_run_counts_the_same_and_takes_nothing(filled):
    fetched(filled, "a", OLD, KEYS[0])
    write_source_runs(filled, 40, OLD)
    would = purged(filled, dry_run=True)
    assert (len(read_listing_reviews(filled)), kept(filled)) == (3, {"a"})
    assert purged(filled) == would
    assert str(would) == (
        "3 reviews, 3 accounts without reviews, 0 entries of owners, the bytes of 1 pages and files, 1 fetches, "
        "10 records of runs"
    )
    assert purged(filled) == replace(would, reviews=0, accounts=0, bodies=0, fetches=0, runs=0)


def test_what_is_not_old_is_not_looked_at(filled):
    assert expired(filled, as_of=dt.date(2026, 3, 21), **DAYS) == Expired(frozenset(), frozenset())
    with filled.read() as connection:
        assert find_reviews(connection, KEYS).reviews == set(KEYS)
