"""The moderators' queue as files: an index, and a page for each case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from reports.casepage import CasePage, case_page, listings_of
from reports.explain import with_calibration
from reports.files import write_bytes
from reports.numbers import decimal, span
from reports.pages import render
from reports.quoted import Quotes, named_reviews, quotes_of
from reports.records import Findings, read_findings
from reports.reviews import Pseudonyms, review_views
from reports.safety import file_name, one_line
from reports.wording import short_observation
from store.cases import CaseRow, read_events
from store.database import Database
from store.reading import read_listing_reviews

_OPEN = frozenset({"open", "claimed"})
_FACTORS = ("strength", "harm", "urgency")


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One case in the index; ``factors`` are strength, harm and urgency, "–" where not recorded."""

    case_id: str
    page: str
    kind: str
    strength: str
    listings: str
    platforms: str
    window: str
    reviews: int
    found: str
    priority: str
    factors: tuple[tuple[str, str], ...]
    opened: dt.date
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class QueueWritten:
    """How many case pages there are, were written because they changed, and were removed."""

    cases: int
    changed: int
    removed: int


def write_queue(database: Database, folder: Path, *, as_of: dt.date) -> QueueWritten:
    """Write ``index.html`` and ``cases/<id>.html``; unchanged files are left untouched, stale ones removed."""
    findings = read_findings(database)
    reviews = read_listing_reviews(database)
    inside = {key for case in findings.cases for key in case.reviews}
    kept = reviews[reviews["review_key"].isin(inside)].set_index("review_key", drop=False)
    named = named_reviews(each for case in findings.cases for each in findings.of_case(case))
    quotes = quotes_of(reviews[reviews["review_key"].isin(named)])
    ordered = sorted(findings.cases, key=lambda case: (-case.priority, case.id))
    pages, rows, changed = set(), [], 0
    for case in ordered:
        made = _page(database, case, findings, kept, quotes)
        row = _row(case, findings, made)
        path = folder / row.page
        pages.add(path)
        rows.append(row)
        changed += write_bytes(path, render("case.html", page=made, row=row, as_of=as_of).encode())
    still_open = [row for row in rows if row.status in _OPEN]
    decided = [row for row in rows if row.status not in _OPEN]
    methods = [with_calibration(name, findings.calibration) for name in findings.calibration]
    index = render("queue.html", open=still_open, decided=decided, methods=methods, as_of=as_of)
    write_bytes(folder / "index.html", index.encode())
    return QueueWritten(len(rows), changed, _remove_stale(folder / "cases", pages))


def _page(database: Database, case: CaseRow, findings: Findings, kept: pd.DataFrame, quotes: Quotes) -> CasePage:
    rows = kept[kept["review_key"].isin(case.reviews)]
    pseudonyms = Pseudonyms(key for key in rows["reviewer_key"] if isinstance(key, str))
    trail = read_events(database, case.id)
    return case_page(case, findings, review_views(rows, pseudonyms), pseudonyms, trail, quotes)


def _row(case: CaseRow, findings: Findings, page: CasePage) -> QueueRow:
    listings = listings_of(page.reviews)
    names = [one_line(name, 60) for name in listings.values()]
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return QueueRow(
        case_id=case.id,
        page=f"cases/{file_name(case.id)}.html",
        kind=_kind(case, findings),
        strength=case.strength,
        listings=shown,
        platforms=", ".join(sorted({key.split("/", maxsplit=1)[0] for key in listings})),
        window=span(case.window_start, case.window_end),
        reviews=len(case.reviews),
        found=_found(case, findings),
        priority=decimal(case.priority, 3),
        factors=_factors(case.facts),
        opened=case.opened,
        status=case.status,
        reason=case.reason or "",
    )


def _kind(case: CaseRow, findings: Findings) -> str:
    """The case's kind; a group of one is told as what it is."""
    inside = findings.of_case(case)
    return "account" if inside and all(each.subject_kind == "account" for each in inside) else case.kind


def _found(case: CaseRow, findings: Findings) -> str:
    """The widest finding's first sentence."""
    inside = sorted(findings.of_case(case), key=lambda each: (-len(each.members), each.key))
    return short_observation(inside[0]) if inside else "The evidence of an earlier night is no longer there."


def _factors(facts: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    stored = facts.get("priority_factors")
    given = stored if isinstance(stored, Mapping) else {}
    return tuple((name, _factor(given.get(name))) for name in _FACTORS)


def _factor(value: object) -> str:
    return decimal(float(value), 2) if isinstance(value, int | float) and not isinstance(value, bool) else "–"


def _remove_stale(folder: Path, pages: set[Path]) -> int:
    stale: Sequence[Path] = [path for path in folder.glob("*.html") if path not in pages] if folder.is_dir() else []
    for path in stale:
        path.unlink()
    return len(stale)
