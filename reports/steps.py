"""What the owner does first, and by when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from reports.numbers import day, plural
from reports.platforms import Platform, business_days_after

_SEARCH_DAYS = 2
_REPORT_DAYS = 7
_COMPLAINT_MONTHS = 6


@dataclass(frozen=True, slots=True)
class Step:
    """One step; ``by`` is a date in words, or ""."""

    text: str
    by: str
    label: str = ""


def steps(platform: Platform, *, listed: int, supporting: int, evidence: int, as_of: dt.date) -> tuple[Step, ...]:
    """The ordered steps, counted from the day of the dossier; without evidence there is one."""
    if evidence == 0:
        return (Step("Nothing needs to be done. The next night looks again.", ""),)
    report_by = as_of + dt.timedelta(days=_REPORT_DAYS)
    found = [
        Step(
            "Search your own bookings for the reviews in section 4 and note the result on their cards. "
            "Only your records can say whether somebody was a guest.",
            f"by {day(as_of + dt.timedelta(days=_SEARCH_DAYS))}",
        )
    ]
    if listed or supporting:
        found += _reporting(platform, listed, supporting, report_by)
    else:
        found.append(
            Step(f"Do not report these reviews to {platform.name}: no ground there covers them. Reply instead.", "")
        )
    found.append(Step("Reply in public with a draft from section 6. Never offer anything for a change.", "meanwhile"))
    return tuple(found)


def _reporting(platform: Platform, listed: int, supporting: int, report_by: dt.date) -> list[Step]:
    if listed:
        what = f"Report the {plural(listed, 'review')} with a listed ground"
    else:
        what = (
            f"Report one of the {plural(supporting, 'review')} only where your own records bear it out: "
            "the findings support a ground but are none by themselves"
        )
    found = [Step(f"{what}. {platform.advice}", f"by {day(report_by)}", platform.where)]
    if platform.answer_business_days is None:
        found.append(Step(f"Wait for the answer. {platform.answer}", ""))
    else:
        answered = business_days_after(report_by, platform.answer_business_days)
        found.append(Step(f"Expect the answer. {platform.answer}", f"about {day(answered)}"))
    appeal_on = "after the answer"
    if platform.appeal_after_days is not None:
        appeal_on = f"from {day(report_by + dt.timedelta(days=platform.appeal_after_days))}"
    found.append(Step(f"If the answer is no: {platform.appeal}", appeal_on))
    found.append(
        Step(
            "In the European Union a complaint within the platform is open for at least six months after its decision "
            "on your notice (Digital Services Act, article 20; very small platforms are exempt).",
            f"at least until {day(_months_after(report_by, _COMPLAINT_MONTHS))}",
        )
    )
    return found


def _months_after(start: dt.date, months: int) -> dt.date:
    year, month = divmod(start.month - 1 + months, 12)
    first = dt.date(start.year + year, month + 1, 1)
    last = (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
    return first.replace(day=min(start.day, last.day))
