"""One case as a moderator reads it: evidence, reviews with weights, trail, and the command to decide."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.cards import Indication, indication, is_shared
from reports.figures import Timeline, timeline, weeks_of
from reports.groups import Matrix, matrix_of
from reports.records import Finding, Findings
from reports.reviews import Pseudonyms, ReviewView
from store.cases import DECISIONS, REASONS, CaseRow, Event

_MOST_SINGLE = 60


@dataclass(frozen=True, slots=True)
class CaseFinding:
    """A finding of the case with its figure."""

    indication: Indication
    reviews: int
    checked: str
    timeline: Timeline | None
    matrix: Matrix | None


@dataclass(frozen=True, slots=True)
class WeighedReview:
    """A review of the case and the weight of the evidence on it."""

    review: ReviewView
    weight: float


@dataclass(frozen=True, slots=True)
class CasePage:
    """Everything that a case's page says."""

    case: CaseRow
    findings: tuple[CaseFinding, ...]
    findings_left_out: int
    weighed: tuple[WeighedReview, ...]
    innocent: tuple[str, ...]
    trail: tuple[Event, ...]
    command: str
    decisions: tuple[str, ...]
    reasons: tuple[str, ...]

    @property
    def reviews(self) -> tuple[ReviewView, ...]:
        return tuple(each.review for each in self.weighed)


def case_page(
    case: CaseRow, findings: Findings, reviews: Sequence[ReviewView], pseudonyms: Pseudonyms, trail: Sequence[Event]
) -> CasePage:
    """The page of a case; findings about many reviews come first, then the others by key."""
    inside = sorted(findings.of_case(case), key=lambda each: (not is_shared(each), -len(each.members), each.key))
    shown = [_finding(each, pseudonyms, findings) for each in inside[:_MOST_SINGLE]]
    weighed = (WeighedReview(review, case.reviews[review.key]) for review in reviews)
    innocent = dict.fromkeys(line for each in shown for line in each.indication.innocent)
    return CasePage(
        case=case,
        findings=tuple(shown),
        findings_left_out=max(len(inside) - _MOST_SINGLE, 0),
        weighed=tuple(sorted(weighed, key=lambda each: (-each.weight, each.review.published, each.review.key))),
        innocent=tuple(innocent),
        trail=tuple(trail),
        command=f'fairstay decide {shlex.quote(case.id)} --decision DECISION --reason REASON --by "YOUR NAME"',
        decisions=DECISIONS,
        reasons=REASONS,
    )


def listings_of(reviews: Sequence[ReviewView]) -> Mapping[str, str]:
    """Listing keys to names, by key."""
    return dict(sorted({review.listing_key: review.listing_name for review in reviews}.items()))


def _finding(finding: Finding, pseudonyms: Pseudonyms, findings: Findings) -> CaseFinding:
    weeks = weeks_of(finding.facts)
    return CaseFinding(
        indication=indication(finding, "", {}),
        reviews=len(finding.members),
        checked=f"{finding.detector} {finding.version}",
        timeline=timeline("Reviews a week", weeks, finding.window_start, finding.window_end) if weeks else None,
        matrix=matrix_of(finding, pseudonyms, findings),
    )
