"""Runs of sources: what each cost and gave, and how completely it saw each listing, night after night."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from sqlalchemy import func, select

from store.database import Database, table_of, upsert
from store.provenance import ListingRun, SourceRun


@dataclass(frozen=True, slots=True)
class SourceRunRow:
    """One run of one source. ``drops`` counts by name what could not be read, ``coverage`` holds shares from 0 to 1."""

    source: str
    seen_at: dt.datetime
    requests: int
    pages: int
    not_modified: int
    received_bytes: int
    forbidden: int
    errors: int
    drops: Mapping[str, int]
    reviews: int
    coverage: Mapping[str, float]
    complete: bool


def write_source_run(database: Database, row: SourceRunRow) -> None:
    """Keep a run; one of the same source and moment is replaced."""
    values = asdict(row) | {"drops": dict(row.drops), "coverage": dict(row.coverage)}
    names = tuple(name for name in values if name not in {"source", "seen_at"})
    with database.write() as connection:
        upsert(connection, table_of(SourceRun), [values], update=names)


def read_source_runs(database: Database, source: str, *, before: dt.datetime, count: int) -> list[SourceRunRow]:
    """The last runs of a source that began before a moment, newest first."""
    query = (
        select(table_of(SourceRun))
        .where(SourceRun.source == source, SourceRun.seen_at < before)
        .order_by(SourceRun.seen_at.desc())
        .limit(count)
    )
    with database.read() as connection:
        return [SourceRunRow(**row) for row in connection.execute(query).mappings()]


@dataclass(frozen=True, slots=True)
class ListingRunRow:
    """How completely one run saw a listing; the fields are those of ``provenance.ListingRun``."""

    source: str
    seen_at: dt.datetime
    status: str
    pages: int
    claimed: int | None
    listed: int
    new: int
    changed: int
    missing: int
    removed: int
    errors: int
    dropped: int


def last_statuses(database: Database) -> dict[str, tuple[dt.datetime, dict[str, int]]]:
    """For each source the moment of its last run, and how many listings it saw how completely."""
    last = select(ListingRun.source, func.max(ListingRun.seen_at).label("at")).group_by(ListingRun.source).subquery()
    query = (
        select(ListingRun.source, ListingRun.seen_at, ListingRun.status, func.count())
        .join(last, (last.c.source == ListingRun.source) & (last.c.at == ListingRun.seen_at))
        .group_by(ListingRun.source, ListingRun.seen_at, ListingRun.status)
        .order_by(ListingRun.source, ListingRun.status)
    )
    found: dict[str, tuple[dt.datetime, dict[str, int]]] = {}
    with database.read() as connection:
        for source, at, status, number in connection.execute(query):
            found.setdefault(source, (at, {}))[1][status] = number
    return found


def runs_of_listing(database: Database, listing_key: str, count: int) -> list[ListingRunRow]:
    """The last runs that saw a listing, newest first."""
    columns = [getattr(ListingRun, each.name) for each in fields(ListingRunRow)]
    query = (
        select(*columns)
        .where(ListingRun.listing_key == listing_key)
        .order_by(ListingRun.seen_at.desc(), ListingRun.source)
        .limit(count)
    )
    with database.read() as connection:
        return [ListingRunRow(*row) for row in connection.execute(query)]


def runs_of_night(database: Database, seen_at: dt.datetime) -> list[SourceRunRow]:
    """What the sources gave in one night, by name."""
    query = select(table_of(SourceRun)).where(SourceRun.seen_at == seen_at).order_by(SourceRun.source)
    with database.read() as connection:
        return [SourceRunRow(**row) for row in connection.execute(query).mappings()]
