"""The reviews that a finding's facts name by key: their texts are looked up, so that what was erased is gone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from reports import facts as read
from reports.numbers import decimal, span
from reports.records import Finding
from reports.reviews import language_of, text_or_none
from reports.safety import broken_up, one_line, visible

# As much of a text as the detectors read.
MOST_CHARACTERS = 4_000
_MOST_ALIKE = 3


@dataclass(frozen=True, slots=True)
class Quoted:
    """A review to quote: ``text`` is cut at ``MOST_CHARACTERS``, its controls visible and its addresses broken up."""

    key: str
    reviewer_key: str | None
    listing_name: str
    scale: str
    when: str
    published: dt.date
    text: str
    language: str


Quotes = Mapping[str, Quoted]


def named_reviews(findings: Iterable[Finding]) -> set[str]:
    """Keys of the reviews that these findings quote."""
    wanted: set[str] = set()
    for each in findings:
        if each.detector == "reuse":
            wanted.update(each.members)
        elif each.detector == "mismatch":
            wanted.update(alike_keys(each))
    return wanted


def alike_keys(finding: Finding) -> list[str]:
    """Keys of the reviews whose texts are most alike to a mismatch finding's, as they are stored."""
    named = [row[0] for row in read.rows(finding.facts, "alike", 2)][:_MOST_ALIKE]
    return list(dict.fromkeys(key for key in named if isinstance(key, str) and key not in finding.members))


def quotes_of(frame: pd.DataFrame) -> Quotes:
    """The rows of ``store.quoted.read_quoted``, or of ``store.reading.read_listing_reviews``, by key."""
    return {row["review_key"]: _quoted(row) for row in frame.to_dict("records")}


def _quoted(row: Mapping[Any, Any]) -> Quoted:
    said = [text_or_none(row[name]) for name in ("text", "text_positive", "text_negative")]
    said = said if any(said) else [text_or_none(row["title"])]
    worst, best = float(row["rating_worst"]), float(row["rating_best"])
    scale = f"{decimal(float(row['rating']))} of {decimal(best)}"
    return Quoted(
        key=row["review_key"],
        reviewer_key=text_or_none(row["reviewer_key"]),
        listing_name=one_line(text_or_none(row["listing_name"]) or row["listing_key"], 60),
        scale=scale if worst == 1 else f"{scale} (lowest {decimal(worst)})",
        when=span(row["published_from"], row["published_to"]),
        published=row["published_to"],
        # Cut first: what a stranger wrote may be of any length.
        text=broken_up(visible("\n".join(part[:MOST_CHARACTERS] for part in said if part)[:MOST_CHARACTERS])),
        language=language_of(text_or_none(row["language"])),
    )
