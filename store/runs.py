"""The ledger of nights: which stage of which night is done, so that a killed night goes on where it stopped."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select, update

from store.database import Database, table_of, upsert
from store.models import Run, RunStage, State


@dataclass(frozen=True, slots=True)
class StageRow:
    """A ledger row. ``status`` is ``running``, ``done`` or ``partial``."""

    name: str
    status: str
    started: dt.datetime
    finished: dt.datetime | None
    detail: str


@dataclass(frozen=True, slots=True)
class Night:
    """One night's run and what it has done so far."""

    id: int
    as_of: dt.date
    started: dt.datetime
    finished: dt.datetime | None
    status: str
    stages: tuple[StageRow, ...]

    def done(self, stage: str) -> StageRow | None:
        """The stage's row, if the stage has ended."""
        return next((row for row in self.stages if row.name == stage and row.finished is not None), None)


def open_night(database: Database, as_of: dt.date, now: dt.datetime) -> Night:
    """The unfinished run of that day, or a new one."""
    with database.write() as connection:
        unfinished = connection.scalar(
            select(Run.id).where(Run.as_of == as_of, Run.finished.is_(None)).order_by(Run.id.desc()).limit(1)
        )
        if unfinished is None:
            row = {"as_of": as_of, "started": now, "finished": None, "status": "running"}
            connection.execute(table_of(Run).insert(), [row])
    return last_nights(database, 1)[0] if unfinished is None else _read(database, [unfinished])[0]


def start_stage(database: Database, run_id: int, name: str, now: dt.datetime) -> None:
    """Note that a stage has begun (again)."""
    row = {"run_id": run_id, "name": name, "started": now, "finished": None, "status": "running", "detail": ""}
    with database.write() as connection:
        upsert(connection, table_of(RunStage), [row], update=("started", "finished", "status", "detail"))


def finish_stage(database: Database, run_id: int, name: str, now: dt.datetime, *, status: str, detail: str) -> None:
    """Note how a stage ended."""
    with database.write() as connection:
        connection.execute(
            update(RunStage)
            .where(RunStage.run_id == run_id, RunStage.name == name)
            .values(finished=now, status=status, detail=detail)
        )


def finish_night(database: Database, run_id: int, now: dt.datetime, status: str) -> None:
    """Close a night."""
    with database.write() as connection:
        connection.execute(update(Run).where(Run.id == run_id).values(finished=now, status=status))


def last_nights(database: Database, count: int) -> list[Night]:
    """The newest nights, newest first."""
    with database.read() as connection:
        ids = list(connection.scalars(select(Run.id).order_by(Run.id.desc()).limit(count)))
    return _read(database, ids)


def read_state(database: Database, name: str) -> str | None:
    """A kept fact, or ``None``."""
    with database.read() as connection:
        return connection.scalar(select(State.value).where(State.name == name))


def write_state(database: Database, name: str, value: str) -> None:
    """Keep a fact for a later night."""
    with database.write() as connection:
        upsert(connection, table_of(State), [{"name": name, "value": value}], update=("value",))


def _read(database: Database, ids: list[int]) -> list[Night]:
    nights = []
    with database.read() as connection:
        for run_id in ids:
            run = connection.execute(select(table_of(Run)).where(Run.id == run_id)).one()
            stages = connection.execute(
                select(table_of(RunStage)).where(RunStage.run_id == run_id).order_by(RunStage.started, RunStage.name)
            )
            rows = tuple(StageRow(row.name, row.status, row.started, row.finished, row.detail) for row in stages)
            nights.append(Night(run.id, run.as_of, run.started, run.finished, run.status, rows))
    return nights
