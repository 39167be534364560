"""One case as a moderator reads it: evidence, reviews with weights, trail, and the command to decide."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.cards import Indication, account_of, indication, is_shared
from reports.exhibits import Exhibits, exhibits_of
from reports.quoted import Quotes
from reports.records import Finding, Findings
from reports.reviews import Pseudonyms, ReviewView
from reports.wording_texts import PRESSURE, REWARDS, passage_kinds
from store.cases import DECISIONS, REASONS, CaseRow, Event

_MOST_SINGLE = 60
# What evidence of a text would be called, were a person to uphold it.
_CODES: Mapping[str, str] = {"mismatch": "RATING_TEXT_MISMATCH", "reuse": "DUPLICATE_TEXT"}


@dataclass(frozen=True, slots=True)
class CaseFinding:
    """A finding of the case with what is shown beside it."""

    indication: Indication
    reviews: int
    checked: str
    exhibits: Exhibits


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
    fitting: tuple[str, ...]

    @property
    def reviews(self) -> tuple[ReviewView, ...]:
        return tuple(each.review for each in self.weighed)


def case_page(
    case: CaseRow,
    findings: Findings,
    reviews: Sequence[ReviewView],
    pseudonyms: Pseudonyms,
    trail: Sequence[Event],
    quotes: Quotes,
) -> CasePage:
    """The page of a case; findings about many reviews come first, then the others by key."""
    inside = sorted(findings.of_case(case), key=lambda each: (not is_shared(each), -len(each.members), each.key))
    shown = [_finding(each, reviews, pseudonyms, findings, quotes) for each in inside[:_MOST_SINGLE]]
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
        fitting=tuple(dict.fromkeys(code for each in inside for code in _codes(each))),
    )


def listings_of(reviews: Sequence[ReviewView]) -> Mapping[str, str]:
    """Listing keys to names, by key."""
    return dict(sorted({review.listing_key: review.listing_name for review in reviews}.items()))


def _codes(finding: Finding) -> list[str]:
    """The reason codes that a finding about texts would fit, were it upheld."""
    if finding.detector in _CODES:
        return [_CODES[finding.detector]]
    kinds = passage_kinds(finding.facts) if finding.detector == "lures" else []
    named = ("INCENTIVISED" if kind in REWARDS else "EXTORTION" if kind in PRESSURE else "" for kind in kinds)
    return [code for code in named if code]


def _finding(
    finding: Finding, reviews: Sequence[ReviewView], pseudonyms: Pseudonyms, findings: Findings, quotes: Quotes
) -> CaseFinding:
    return CaseFinding(
        indication=indication(finding, "", {}, quotes, account_of(finding, reviews)),
        reviews=len(finding.members),
        checked=f"{finding.detector} {finding.version}",
        exhibits=exhibits_of(finding, pseudonyms, findings, quotes),
    )
