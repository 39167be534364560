"""What was checked and found nothing, and what could not be judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.explain import DETECTORS, explained, reason_words
from reports.numbers import plural
from reports.records import SET_ASIDE, Finding, Findings


@dataclass(frozen=True, slots=True)
class Gap:
    """Reviews that a check left alone, and why."""

    reviews: str
    reason: str


@dataclass(frozen=True, slots=True)
class Check:
    """One check of this listing with its outcome."""

    name: str
    checked: str
    outcome: str
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class SetAside:
    """A case that a person dismissed or closed, with the reason code."""

    case_id: str
    status: str
    reason: str
    reviews: int


def checks(findings: Findings, live: Sequence[Finding], listing_key: str, examined: int) -> tuple[Check, ...]:
    """Each check's outcome for a listing; ``examined`` reviews went through detection."""
    gaps = findings.abstentions[findings.abstentions["listing_key"] == listing_key]
    names = [*DETECTORS, *sorted({*gaps["detector"], *(each.detector for each in live)} - set(DETECTORS))]
    return tuple(
        Check(
            name=explained(name).name,
            checked=explained(name).checked,
            outcome=_outcome([each for each in live if each.detector == name], examined),
            gaps=tuple(
                Gap(plural(count, "review"), reason_words(reason))
                for reason, count in gaps.loc[gaps["detector"] == name, ["reason", "reviews"]].itertuples(index=False)
            ),
        )
        for name in names
    )


def set_aside(findings: Findings, review_keys: set[str]) -> tuple[SetAside, ...]:
    """Dismissed and closed cases with reviews of this listing."""
    return tuple(
        SetAside(each.id, each.status, each.reason or "", sum(key in review_keys for key in each.reviews))
        for each in findings.cases_touching(review_keys)
        if each.status in SET_ASIDE
    )


def _outcome(found: Sequence[Finding], examined: int) -> str:
    if found:
        return f"{plural(len(found), 'indication')} found."
    return "Checked, and nothing found." if examined else "Not examined yet."
