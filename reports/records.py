"""What the reports read from the store: findings with their reviews, cases, abstentions, names."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from reports.calibration import read_calibration
from store.cases import CaseRow, read_cases
from store.database import Database
from store.findings import read_evidence
from store.reading import read_abstentions, read_listings, read_review_scores
from store.rows import day_or_none

SET_ASIDE = frozenset({"dismissed", "closed"})


class ReportError(ValueError):
    """A report that can't be made; one line says why and what there is."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One piece of evidence with the reviews inside it (key to weight)."""

    key: str
    detector: str
    version: int
    subject_kind: str
    subject_id: str
    window_start: dt.date | None
    window_end: dt.date | None
    n_reviews: int
    facts: Mapping[str, Any]
    members: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Findings:
    """A night's whole result, read once and shared by all of its reports."""

    by_key: Mapping[str, Finding]
    cases: tuple[CaseRow, ...]
    abstentions: pd.DataFrame
    scored: frozenset[str]
    listings: pd.DataFrame
    calibration: Mapping[str, Any] = field(default_factory=dict)

    def touching(self, review_keys: Iterable[str]) -> tuple[Finding, ...]:
        """The findings with at least one of these reviews, by key."""
        wanted = set(review_keys)
        return tuple(each for each in self.by_key.values() if not wanted.isdisjoint(each.members))

    def cases_touching(self, review_keys: Iterable[str]) -> tuple[CaseRow, ...]:
        """The cases with at least one of these reviews, by id."""
        wanted = set(review_keys)
        return tuple(each for each in self.cases if not wanted.isdisjoint(each.reviews))

    def of_case(self, case: CaseRow) -> tuple[Finding, ...]:
        """The findings that stand in a case and are still there, by key."""
        return tuple(self.by_key[key] for key in case.evidence_keys if key in self.by_key)

    def set_aside(self) -> frozenset[str]:
        """Keys of findings that stand only in cases which people dismissed or closed."""
        live = {key for case in self.cases if case.status not in SET_ASIDE for key in case.evidence_keys}
        gone = {key for case in self.cases if case.status in SET_ASIDE for key in case.evidence_keys}
        return frozenset(gone - live)

    def listing_name(self, listing_key: str) -> str:
        """The listing's name, or its key where no name is known."""
        names = self.listings.loc[self.listings["key"] == listing_key, "name"]
        return names.iloc[0] if len(names) and isinstance(names.iloc[0], str) else listing_key

    def town(self, listing_key: str) -> str:
        """The listing's town and country as stored, "" where neither is known."""
        found = self.listings.loc[self.listings["key"] == listing_key, ["city", "country"]].to_numpy().ravel()
        return ", ".join(each for each in found if isinstance(each, str) and each)


def read_findings(database: Database) -> Findings:
    """Everything that was found, as it stands now."""
    evidence, members = read_evidence(database)
    inside: dict[str, dict[str, float]] = {}
    for key, review, weight in zip(members["evidence_key"], members["review_key"], members["weight"], strict=True):
        inside.setdefault(key, {})[review] = weight
    found = [_finding(row, inside.get(str(row["evidence_key"]), {})) for row in evidence.to_dict("records")]
    return Findings(
        by_key={each.key: each for each in found},
        cases=tuple(read_cases(database)),
        abstentions=read_abstentions(database),
        scored=frozenset(read_review_scores(database)["review_key"]),
        listings=read_listings(database),
        calibration=read_calibration(database),
    )


def _finding(row: Mapping[Any, Any], members: Mapping[str, float]) -> Finding:
    facts = json.loads(row["facts"])
    return Finding(
        key=row["evidence_key"],
        detector=row["detector"],
        version=int(row["version"]),
        subject_kind=row["subject_kind"],
        subject_id=row["subject_id"],
        window_start=day_or_none(row["window_start"]),
        window_end=day_or_none(row["window_end"]),
        n_reviews=int(row["n_reviews"]),
        facts=facts if isinstance(facts, dict) else {},
        members=members,
    )
