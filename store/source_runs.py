"""Runs of sources: what each cost and gave, night after night."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import select

from store.database import Database, table_of, upsert
from store.provenance import SourceRun


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


def runs_of_night(database: Database, seen_at: dt.datetime) -> list[SourceRunRow]:
    """What the sources gave in one night, by name."""
    query = select(table_of(SourceRun)).where(SourceRun.seen_at == seen_at).order_by(SourceRun.source)
    with database.read() as connection:
        return [SourceRunRow(**row) for row in connection.execute(query).mappings()]
