"""What is shown of a finding beside its sentences: weeks, a group's matrix, an account's stays, alike texts."""

from __future__ import annotations

from dataclasses import dataclass

from reports.figures import Timeline, timeline, weeks_of
from reports.groups import Matrix, matrix_of
from reports.quoted import Quotes
from reports.records import Finding, Findings
from reports.reuse import Reuse, reuse_of
from reports.reviews import Pseudonyms
from reports.stays import Stays, stays_of


@dataclass(frozen=True, slots=True)
class Exhibits:
    """``None`` for whatever the finding's facts do not hold."""

    timeline: Timeline | None
    matrix: Matrix | None
    stays: Stays | None
    reuse: Reuse | None


def exhibits_of(
    finding: Finding, pseudonyms: Pseudonyms, findings: Findings, quotes: Quotes, own: str = ""
) -> Exhibits:
    """The exhibits of a finding on the page of the listing ``own``, "" for a page about no single listing."""
    weeks = weeks_of(finding.facts)
    return Exhibits(
        timeline=timeline("Reviews a week", weeks, finding.window_start, finding.window_end) if weeks else None,
        matrix=matrix_of(finding, pseudonyms, findings, own),
        stays=stays_of(finding, findings),
        reuse=reuse_of(finding, quotes, pseudonyms),
    )
