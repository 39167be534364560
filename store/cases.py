"""Cases, their trail, and decisions on them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from store.database import Database, table_of, upsert
from store.models import Case, CaseEvent, CaseEvidence, CaseReview

STATUSES = ("open", "claimed", "upheld", "dismissed", "closed")
DECISIONS = ("upheld", "dismissed", "closed", "open")
REASONS = (
    "FAKE_ENGAGEMENT_GROUP",
    "DUPLICATE_TEXT",
    "CONFLICT_COMPETITOR",
    "CONFLICT_INSIDER",
    "NOT_A_GUEST",
    "INCENTIVISED",
    "EXTORTION",
    "OFF_TOPIC_WAVE",
    "RATING_TEXT_MISMATCH",
    "WRONG_PLACE",
    "STALE",
    "BENIGN_EVENT",
    "BENIGN_HOUSEHOLD",
    "INSUFFICIENT",
)

# An upheld case with one of these reasons says that its reviews were written for somebody else.
_CAMPAIGN = ("FAKE_ENGAGEMENT_GROUP", "DUPLICATE_TEXT", "CONFLICT_COMPETITOR", "CONFLICT_INSIDER", "NOT_A_GUEST")
_LEAST_WEIGHT = 0.5


class CaseError(ValueError):
    """A case or a decision that there is not; one line says what there is."""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case with its reviews (key to weight) and the evidence that stands in it."""

    id: str
    kind: str
    status: str
    priority: float
    strength: str
    window_start: dt.date | None
    window_end: dt.date | None
    opened: dt.date
    updated: dt.date
    reviews: Mapping[str, float]
    evidence_keys: tuple[str, ...]
    decision: str | None = None
    reason: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """One entry in a case's trail."""

    number: int
    on: dt.date
    kind: str
    actor: str
    decision: str | None
    reason: str | None
    note: str | None


def read_cases(database: Database) -> list[CaseRow]:
    """All cases, by id."""
    with database.read() as connection:
        reviews: dict[str, dict[str, float]] = {}
        for case_id, review, weight in connection.execute(
            select(CaseReview.case_id, CaseReview.review_key, CaseReview.weight).order_by(CaseReview.review_key)
        ):
            reviews.setdefault(case_id, {})[review] = weight
        evidence: dict[str, list[str]] = {}
        for case_id, key in connection.execute(
            select(CaseEvidence.case_id, CaseEvidence.evidence_key).order_by(CaseEvidence.evidence_key)
        ):
            evidence.setdefault(case_id, []).append(key)
        rows = connection.execute(select(table_of(Case)).order_by(Case.id)).mappings().all()
    return [
        CaseRow(**row, reviews=reviews.get(row["id"], {}), evidence_keys=tuple(evidence.get(row["id"], [])))
        for row in rows
    ]


def read_upheld(database: Database) -> tuple[str, ...]:
    """The keys, sorted, of reviews that people upheld as written for somebody else, and that were rather part of it."""
    query = (
        select(CaseReview.review_key)
        .join(Case, Case.id == CaseReview.case_id)
        .where(Case.status == "upheld", Case.reason.in_(_CAMPAIGN), CaseReview.weight >= _LEAST_WEIGHT)
    )
    with database.read() as connection:
        return tuple(sorted(set(connection.scalars(query))))


def write_cases(database: Database, cases: Sequence[CaseRow], events: Mapping[str, Sequence[tuple[str, str]]]) -> None:
    """Write cases whole, and append to their trails, in one transaction.

    ``events`` holds (kind, note) by case id; they are entered under the actor ``fairstay`` on the case's last day.
    """
    columns = [column.name for column in table_of(Case).columns]
    with database.write() as connection:
        for case in cases:
            row = {name: getattr(case, name) for name in columns}
            upsert(connection, table_of(Case), [row], update=[name for name in columns if name != "id"])
            connection.execute(delete(CaseReview).where(CaseReview.case_id == case.id))
            connection.execute(delete(CaseEvidence).where(CaseEvidence.case_id == case.id))
            inside = [{"case_id": case.id, "review_key": key, "weight": weight} for key, weight in case.reviews.items()]
            if inside:
                connection.execute(table_of(CaseReview).insert(), inside)
            stands = [{"case_id": case.id, "evidence_key": key} for key in case.evidence_keys]
            if stands:
                connection.execute(table_of(CaseEvidence).insert(), stands)
            for kind, note in events.get(case.id, ()):
                _append(connection, case.id, on=case.updated, kind=kind, actor="fairstay", note=note)


def read_events(database: Database, case_id: str) -> list[Event]:
    """A case's trail, oldest first."""
    query = select(
        CaseEvent.number,
        CaseEvent.on,
        CaseEvent.kind,
        CaseEvent.actor,
        CaseEvent.decision,
        CaseEvent.reason,
        CaseEvent.note,
    )
    with database.read() as connection:
        found = connection.execute(query.where(CaseEvent.case_id == case_id).order_by(CaseEvent.number))
        return [Event(*row) for row in found]


def decide(
    database: Database, case_id: str, *, decision: str, reason: str, by: str, on: dt.date, note: str | None = None
) -> None:
    """Enter a person's decision; it stays through the next nights.

    Raises:
        CaseError: no such case, decision or reason, or nobody's name.
    """
    if decision not in DECISIONS:
        raise CaseError(f"no decision {decision!r}: one of {', '.join(DECISIONS)}")
    if reason not in REASONS:
        raise CaseError(f"no reason {reason!r}: one of {', '.join(REASONS)}")
    if not by.strip():
        raise CaseError("a decision needs the name of who made it (--by)")
    with database.write() as connection:
        found = connection.execute(
            update(Case)
            .where(Case.id == case_id)
            .values(status=decision, decision=None if decision == "open" else decision, reason=reason, updated=on)
        )
        if found.rowcount == 0:
            raise CaseError(f"no case {case_id!r}: 'fairstay export cases' lists them")
        _append(
            connection, case_id, on=on, kind="decided", actor=by.strip(), decision=decision, reason=reason, note=note
        )


def _append(
    connection: Connection,
    case_id: str,
    *,
    on: dt.date,
    kind: str,
    actor: str,
    decision: str | None = None,
    reason: str | None = None,
    note: str | None = None,
) -> None:
    last = connection.scalar(select(func.max(CaseEvent.number)).where(CaseEvent.case_id == case_id)) or 0
    row = {
        "case_id": case_id,
        "number": last + 1,
        "on": on,
        "kind": kind,
        "actor": actor,
        "decision": decision,
        "reason": reason,
        "note": note,
    }
    connection.execute(table_of(CaseEvent).insert(), [row])
