"""Reviews as a page shows them: scale, dates, pseudonyms, safe quotes and links."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from reports.numbers import day, decimal, span
from reports.safety import clipped, safe_link, visible

_LONGEST_QUOTE = 900


class Pseudonyms:
    """R1, R2, ... for reviewer keys, in the order in which they are first named; without a key there is no name."""

    def __init__(self, reviewer_keys: Iterable[str | None] = ()) -> None:
        self._names: dict[str, str] = {}
        for key in reviewer_keys:
            self.of(key)

    def of(self, reviewer_key: str | None) -> str:
        """The account's name on this page."""
        if not isinstance(reviewer_key, str):
            return "no account id"
        return self._names.setdefault(reviewer_key, f"R{len(self._names) + 1}")


@dataclass(frozen=True, slots=True)
class ReviewView:
    """One review, safe to show: ``quote`` has its controls visible, ``link`` is http(s) or ``None``.

    ``is_gone`` says that no source shows it any more, by two complete readings of each.
    """

    key: str
    review_id: str
    listing_key: str
    platform: str
    listing_name: str
    account: str
    rating: float
    worst: float
    best: float
    title: str
    quote: str
    left_out: int
    language: str
    published: dt.date
    when: str
    stayed: str
    link: str | None
    sha256: str
    seen: str
    is_gone: bool = False

    @property
    def scale(self) -> str:
        """``2 of 5``; the lowest value is named where it isn't 1."""
        shown = f"{decimal(self.rating)} of {decimal(self.best)}"
        return shown if self.worst == 1 else f"{shown} (lowest {decimal(self.worst)})"

    @property
    def normalised(self) -> float:
        return min(max((self.rating - self.worst) / (self.best - self.worst), 0.0), 1.0)


def review_views(frame: pd.DataFrame, pseudonyms: Pseudonyms) -> tuple[ReviewView, ...]:
    """Views of the rows of ``store.reading.read_listing_reviews``, in their order."""
    return tuple(_view(row, pseudonyms) for row in frame.to_dict("records"))


def _view(row: dict[Any, Any], pseudonyms: Pseudonyms) -> ReviewView:
    said = [text_or_none(row[name]) for name in ("text", "text_positive", "text_negative")]
    text = visible("\n".join(part for part in said if part))
    quote = clipped(text, _LONGEST_QUOTE)
    return ReviewView(
        key=row["review_key"],
        review_id=visible(row["review_id"]),
        listing_key=row["listing_key"],
        platform=row["platform"],
        listing_name=visible(text_or_none(row["listing_name"]) or row["listing_key"]),
        account=pseudonyms.of(text_or_none(row["reviewer_key"])),
        rating=float(row["rating"]),
        worst=float(row["rating_worst"]),
        best=float(row["rating_best"]),
        title=clipped(visible(text_or_none(row["title"]) or ""), 200),
        quote=quote,
        left_out=max(len(text) - _LONGEST_QUOTE, 0),
        language=language_of(text_or_none(row["language"])),
        published=row["published_to"],
        when=span(row["published_from"], row["published_to"]),
        stayed="" if pd.isna(row["stayed_from"]) else span(row["stayed_from"], row["stayed_to"]),
        link=safe_link(text_or_none(row["review_url"])),
        sha256=row["raw_sha256"],
        seen=_seen(row["first_seen"], row["last_seen"], None if pd.isna(row["removed"]) else row["removed"]),
        is_gone=not pd.isna(row["removed"]),
    )


def _seen(first: dt.datetime, last: dt.datetime, removed: dt.datetime | None) -> str:
    same_day = first.date() == last.date()
    seen = (
        f"seen on {day(first.date())}" if same_day else f"first seen on {day(first.date())}, last on {day(last.date())}"
    )
    if removed is None:
        return seen
    return f"{seen}; two complete readings up to {day(removed.date())} no longer found it"


def text_or_none(value: object) -> str | None:
    """A text that isn't empty, or ``None``: frames hold NaN where there is none."""
    return value if isinstance(value, str) and value else None


def language_of(tag: str | None) -> str:
    """A language tag that is safe in markup, or "" where none is known."""
    plain = tag or ""
    return plain if plain.replace("-", "").isalnum() and plain.isascii() and plain != "und" else ""
