"""Evidence, abstentions and scores: what a night's detection found replaces what the last one found."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, delete, select

from store.base import Base
from store.database import Database, table_of
from store.frames import ABSTENTIONS, EVIDENCE, MEMBERS, REVIEW_SCORES, REVIEWER_SCORES, check
from store.models import Abstention, Evidence, EvidenceReview, ReviewerScore, ReviewScore
from store.rows import day_or_none, none_if_nan

# Rows that stand in memory as Python objects at one time.
_AT_ONCE = 20_000


def replace_findings(
    database: Database,
    *,
    evidence: pd.DataFrame,
    members: pd.DataFrame,
    abstentions: pd.DataFrame,
    review_scores: pd.DataFrame,
    reviewer_scores: pd.DataFrame,
) -> None:
    """Put one night's findings in the place of the last one's, in one transaction.

    Raises:
        FrameError: a frame isn't as declared in ``store.frames``.
    """
    check(evidence, EVIDENCE, "evidence")
    check(members, MEMBERS, "members")
    check(abstentions, ABSTENTIONS, "abstentions")
    check(review_scores, REVIEW_SCORES, "review scores")
    check(reviewer_scores, REVIEWER_SCORES, "reviewer scores")
    with database.write() as connection:
        for model in (EvidenceReview, Evidence, Abstention, ReviewScore, ReviewerScore):
            connection.execute(delete(model))
        _insert(connection, Evidence, evidence, _evidence_rows)
        _insert(connection, EvidenceReview, members, _records)
        _insert(connection, Abstention, abstentions, _records)
        _insert(connection, ReviewScore, review_scores, _score_rows)
        _insert(connection, ReviewerScore, reviewer_scores, _score_rows)


def read_evidence(database: Database) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The evidence and its members, in the columns of ``frames.EVIDENCE`` and ``frames.MEMBERS``."""
    with database.read() as connection:
        found = connection.execute(select(table_of(Evidence)).order_by(Evidence.key)).mappings().all()
        members = connection.execute(
            select(table_of(EvidenceReview)).order_by(EvidenceReview.evidence_key, EvidenceReview.review_key)
        ).all()
    rows = [
        {
            **{name: row[name] for name in EVIDENCE if name in row},
            "evidence_key": row["key"],
            "window_start": _day(row["window_start"]),
            "window_end": _day(row["window_end"]),
            "facts": json.dumps(row["facts"], sort_keys=True),
        }
        for row in found
    ]
    evidence = pd.DataFrame(rows, columns=list(EVIDENCE)).astype(dict(EVIDENCE))
    return evidence, pd.DataFrame(members, columns=list(MEMBERS)).astype(dict(MEMBERS))


def _day(value: object) -> int:
    return -1 if value is None else int(np.datetime64(str(value), "D").astype("int64"))


def _evidence_rows(evidence: pd.DataFrame) -> list[dict[str, Any]]:
    rows = []
    for row in _records(evidence):
        row["key"] = row.pop("evidence_key")
        row["facts"] = json.loads(row["facts"])
        row["window_start"] = day_or_none(row["window_start"])
        row["window_end"] = day_or_none(row["window_end"])
        for name in ("p_value", "q_value", "effect"):
            row[name] = none_if_nan(row[name])
        rows.append(row)
    return rows


def _score_rows(scores: pd.DataFrame) -> list[dict[str, Any]]:
    rows = []
    for row in _records(scores):
        row["detectors"] = row["detectors"].split()
        if "group_id" in row:
            row["group_id"] = none_if_nan(row["group_id"])
        rows.append(row)
    return rows


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _insert(
    connection: Connection,
    model: type[Base],
    frame: pd.DataFrame,
    rows_of: Callable[[pd.DataFrame], list[dict[str, Any]]],
) -> None:
    for start in range(0, len(frame), _AT_ONCE):
        connection.execute(table_of(model).insert(), rows_of(frame.iloc[start : start + _AT_ONCE]))
