"""Which evidence is a ground for a report on which platform."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from reports import facts as read
from reports.records import Finding
from reports.wording_groups import is_reciprocity
from reports.wording_texts import CONTACTS, LEADS_ELSEWHERE, PRESSURE, REWARDS, passage_kinds
from store.strength import INDICATIONS

# Detector names to the evidence kinds of the table.
_EVIDENCE = {
    "bursts": "burst",
    "boosting": "boosting",
    "collusion": "group",
    "mismatch": "mismatch",
    "reuse": "duplicate",
    "travel": "travel",
    "accounts": "account",
}
_RECIPROCITY = "reciprocity"
_BEST_FIRST = "DCN"
# Kinds of passages to the evidence kinds of the table. A threat that was posted supports what messages bear out.
_PASSAGES = {
    **dict.fromkeys(REWARDS, "incentive"),
    **dict.fromkeys(PRESSURE, "pressure"),
    **dict.fromkeys(LEADS_ELSEWHERE, "advertising"),
    **dict.fromkeys(CONTACTS, "contact"),
}
# A platform that asks for the source of copied words lists a text from elsewhere, too.
_TAKES_COPIES_FROM_ELSEWHERE = frozenset({"yelp"})


@dataclass(frozen=True, slots=True)
class Ground:
    """One row: ``fit`` is D (a listed ground), C (supports another ground) or N (none; ``label`` says why)."""

    evidence: str
    platform: str
    label: str
    fit: str
    attach: str
    basis: str
    source: str
    verified_on: dt.date | None

    @property
    def usable(self) -> bool:
        """Whether a report to the platform can rest on it."""
        return self.fit in {"D", "C"}


def ground_of(finding: Finding, platform: str) -> Ground:
    """The row for a finding on a platform; where the table has none, fit N."""
    if finding.detector in INDICATIONS:
        return Ground(finding.detector, platform, _ONLY_AN_INDICATION, "N", "", "", "", None)
    found = [_row(evidence, platform) for evidence in _evidence_of(finding)]
    best = min(found, key=lambda row: _BEST_FIRST.index(row.fit))
    return replace(best, fit="C") if best.fit == "D" and _may_be_no_copy_here(finding, platform) else best


def best_ground(findings: Iterable[Finding], platform: str) -> tuple[Finding, Ground] | None:
    """The finding with the best ground, and that ground; the first named wins a tie. ``None`` without findings."""
    found = [(each, ground_of(each, platform)) for each in findings]
    return min(found, key=lambda pair: _BEST_FIRST.index(pair[1].fit)) if found else None


def _row(evidence: str, platform: str) -> Ground:
    return _table().get((evidence, platform)) or Ground(
        evidence, platform, "no rule on file for this platform", "N", "", "", "", None
    )


def _evidence_of(finding: Finding) -> list[str]:
    """The evidence kinds of the table that a finding is of; the first is named where several fit as well."""
    if finding.detector == "collusion" and is_reciprocity(finding.facts):
        return [_RECIPROCITY]
    if finding.detector == "lures":
        kinds = set(passage_kinds(finding.facts))
        return list(dict.fromkeys(evidence for kind, evidence in _PASSAGES.items() if kind in kinds)) or ["lures"]
    return [_EVIDENCE.get(finding.detector, finding.detector)]


def _may_be_no_copy_here(finding: Finding, platform: str) -> bool:
    """Whether a platform may show only one of the texts: then it is no copy by its rule."""
    if finding.detector != "reuse" or platform in _TAKES_COPIES_FROM_ELSEWHERE:
        return False
    return (read.number(finding.facts, "platforms") or 1) > 1


@cache
def _table() -> Mapping[tuple[str, str], Ground]:
    content = files("reports").joinpath("grounds.csv").read_text(encoding="utf-8")
    return {(row["evidence"], row["platform"]): _ground(row) for row in csv.DictReader(io.StringIO(content))}


def _ground(row: Mapping[str, str]) -> Ground:
    fit = row["fit"]
    label = row["ground"]
    if fit == "N":
        label = label.removeprefix("NONE").removeprefix(" direct").lstrip(" -").strip("()") or "none is listed"
    return Ground(
        evidence=row["evidence"],
        platform=row["platform"],
        label=label,
        fit=fit,
        attach="" if row["evidence_to_attach"] == "-" else row["evidence_to_attach"],
        basis=row["basis"],
        source=row["source"],
        verified_on=dt.date.fromisoformat(row["verified_on"]),
    )


_ONLY_AN_INDICATION = "reading like text that a program wrote is only ever an indication"
