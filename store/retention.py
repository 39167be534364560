"""What is kept for a time only: old reviews and owners, the bytes of old pages, and the records of old runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, not_, or_, select, tuple_, update

from store.database import Database, chunks, table_of
from store.erasure import OPEN, Why, delete_with_children, find_reviews, remove
from store.models import Case, CaseReview, ListingOwner, Review, Reviewer, ReviewVersion
from store.provenance import Body, BodyReview, Fetch, ListingRun, PageMemory, SourceRun

# The newest runs of a source are what the next night is compared with, however old they are.
_RUNS_KEPT = 30


@dataclass(frozen=True, slots=True)
class Expired:
    """What is past its time: keys of reviews, hashes of bodies whose bytes are kept, keys of listings' owners."""

    reviews: frozenset[str]
    bodies: frozenset[str]
    owners: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Purged:
    """How many of each kind went."""

    reviews: int
    accounts: int
    ownerships: int
    bodies: int
    fetches: int
    runs: int

    def __str__(self) -> str:
        return (
            f"{self.reviews:,} reviews, {self.accounts:,} accounts without reviews, {self.ownerships:,} entries of "
            f"owners, the bytes of {self.bodies:,} pages and files, {self.fetches:,} fetches, "
            f"{self.runs:,} records of runs"
        )


def expired(database: Database, *, as_of: dt.date, review_days: int, body_days: int) -> Expired:
    """What is older than so many days (0: nothing is), and stands in no open or claimed case."""
    with database.read() as connection:
        reviews = _old_reviews(connection, as_of - dt.timedelta(days=review_days)) if review_days else frozenset()
        bodies = _old_bodies(connection, as_of - dt.timedelta(days=body_days)) if body_days else frozenset()
        owners = _old_owners(connection, as_of - dt.timedelta(days=review_days)) if review_days else frozenset()
    return Expired(reviews, bodies, owners)


def purge(
    database: Database,
    old: Expired,
    *,
    as_of: dt.date,
    body_days: int,
    text_sha256: Callable[[str], str],
    dry_run: bool = False,
) -> Purged:
    """Delete what is past its time, in one transaction, which a dry run takes back.

    The bytes of ``old.bodies`` are no longer in the archive by then. ``text_sha256`` is as for ``erasure.remove``.
    """
    with database.write() as connection:
        traces = find_reviews(connection, old.reviews)
        traces = replace(traces, bodies=frozenset(), owners=traces.owners | old.owners)
        why = Why(as_of, "fairstay", "purged", "removed because of their age")
        removed = remove(connection, traces, why, needles=(), text_sha256=text_sha256)
        accounts = removed.accounts + _delete_idle_accounts(connection)
        _let_go(connection, old.bodies, as_of)
        fetches = runs = 0
        if body_days:
            before = dt.datetime.combine(as_of - dt.timedelta(days=body_days), dt.time())
            fetches = _delete_fetches(connection, before)
            runs = sum(_delete_runs(connection, model, before) for model in (ListingRun, SourceRun))
        if dry_run:
            connection.rollback()
    return Purged(len(old.reviews), accounts, removed.ownerships, len(old.bodies), fetches, runs)


def _in_open_case(review_key: ColumnElement[str]) -> ColumnElement[bool]:
    return exists().where(CaseReview.review_key == review_key, CaseReview.case_id == Case.id, Case.status.in_(OPEN))


def _old_reviews(connection: Connection, before: dt.date) -> frozenset[str]:
    query = (
        select(Review.key)
        .join(ReviewVersion, and_(ReviewVersion.review_key == Review.key, ReviewVersion.number == Review.version))
        .where(ReviewVersion.published_to < before, not_(_in_open_case(table_of(Review).c.key)))
    )
    return frozenset(connection.scalars(query))


def _old_bodies(connection: Connection, before: dt.date) -> frozenset[str]:
    since = dt.datetime.combine(before, dt.time())
    recent = exists().where(Fetch.body_sha256 == Body.sha256, Fetch.fetched_at >= since)
    shown = exists().where(BodyReview.body_sha256 == Body.sha256, _in_open_case(table_of(BodyReview).c.review_key))
    told = exists().where(ReviewVersion.body_sha256 == Body.sha256, _in_open_case(table_of(ReviewVersion).c.review_key))
    return frozenset(connection.scalars(select(Body.sha256).where(Body.kept, not_(or_(recent, shown, told)))))


def _old_owners(connection: Connection, before: dt.date) -> frozenset[str]:
    """Owners that nothing has named since, unless their account's reviews stand in an open case."""
    theirs = Review.reviewer_key == ListingOwner.reviewer_key
    at_stake = exists().where(theirs, CaseReview.review_key == Review.key, CaseReview.case_id == Case.id)
    since = dt.datetime.combine(before, dt.time())
    stale = select(ListingOwner.key).where(ListingOwner.seen_at < since, not_(at_stake.where(Case.status.in_(OPEN))))
    return frozenset(connection.scalars(stale))


def _delete_idle_accounts(connection: Connection) -> int:
    idle = connection.scalars(select(Reviewer.key).where(not_(exists().where(Review.reviewer_key == Reviewer.key))))
    keys = list(idle)
    delete_with_children(connection, table_of(Reviewer).c.key, keys)
    return len(keys)


def _let_go(connection: Connection, bodies: Collection[str], as_of: dt.date) -> None:
    for part in chunks(sorted(bodies)):
        gone = {"kept": False, "removed_on": as_of, "removed_why": "removed because of its age"}
        connection.execute(update(Body).where(Body.sha256.in_(part)).values(**gone))
        connection.execute(delete(PageMemory).where(PageMemory.body_sha256.in_(part)))


def _delete_fetches(connection: Connection, before: dt.datetime) -> int:
    """Deletes old fetches of bodies whose bytes are gone."""
    gone = exists().where(Body.sha256 == Fetch.body_sha256, Body.kept.is_(False))
    return connection.execute(delete(Fetch).where(Fetch.fetched_at < before, gone)).rowcount


def _delete_runs(connection: Connection, model: Any, before: dt.datetime) -> int:
    """Deletes old runs except the newest of each source, or of each source and listing."""
    keys = [column for column in table_of(model).primary_key if column.name != "seen_at"]
    nth = func.row_number().over(partition_by=keys, order_by=model.seen_at.desc())
    ranked = select(*table_of(model).primary_key, nth.label("nth")).subquery()
    named = [ranked.c[column.name] for column in table_of(model).primary_key]
    old = select(*named).where(ranked.c.nth > _RUNS_KEPT, ranked.c.seen_at < before)
    return connection.execute(delete(model).where(tuple_(*table_of(model).primary_key).in_(old))).rowcount
