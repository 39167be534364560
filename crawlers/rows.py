"""One row of canonical columns becomes one observation, or one plain reason why it cannot."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from crawlers import values
from crawlers.text import quoted
from store.canonical import LISTING_KINDS, Observation, precision_of, synthetic_review_id

REQUIRED_COLUMNS = ("listing_id", "rating")

_REASON_LENGTH = 500


class RowError(ValueError):
    """A row that cannot be taken: ``column`` is the canonical column, ``reason`` one plain line."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(f"{column}: {reason}")
        self.column = column
        self.reason = reason


def _listing_kind(value: object) -> str:
    kind = values.as_string(value).strip().lower()
    if kind not in LISTING_KINDS:
        raise ValueError(f"{quoted(value)} is not one of {', '.join(LISTING_KINDS)}")
    return kind


_READERS: Mapping[str, Callable[[object], Any]] = {
    "platform": values.platform,
    "listing_id": values.identifier,
    "listing_name": values.text,
    "listing_kind": _listing_kind,
    "city": values.text,
    "country": values.text,
    "latitude": values.number_between(-90, 90),
    "longitude": values.number_between(-180, 180),
    "review_id": values.identifier,
    "review_url": values.url,
    "reviewer_id": values.identifier,
    "reviewer_name": values.text,
    "reviewer_review_count": values.count,
    "reviewer_since": values.day,
    "reviewer_listing_id": values.identifier,
    "rating_worst": values.number,
    "rating_best": values.number,
    "title": values.text,
    "text": values.text,
    "text_positive": values.text,
    "text_negative": values.text,
    "subratings": values.subratings,
    "language": values.language,
    "text_is_translation": values.boolean,
    "edited": values.day,
    "verified_stay": values.boolean,
    "response_text": values.text,
    "response_published": values.day,
    "response_state": values.identifier,
    "syndicated_from": values.platform,
}

CANONICAL_COLUMNS = (*_READERS, "rating", "stayed", "published", "published_from", "published_to")


def parse_row(row: Mapping[str, object], *, platform: str | None, raw: bytes) -> Observation:
    """The observation that a row of canonical columns stands for; other columns are not looked at.

    ``platform`` fills in where the row names none. ``raw`` is what the source gave for this row and is only hashed.
    Raises ``RowError`` for the first column that cannot be taken.
    """
    fields: dict[str, Any] = {} if platform is None else {"platform": platform}
    for column, value in row.items():
        reader = _READERS.get(column)
        if reader is None or values.is_absent(value):
            continue
        try:
            fields[column] = reader(value)
        except ValueError as error:
            raise RowError(column, str(error)[:_REASON_LENGTH]) from None
    _require(fields, "platform", "name it in a column or for the whole file")
    _require(fields, "listing_id")
    worst, best = fields.get("rating_worst", 1.0), fields.get("rating_best", 5.0)
    fields["rating"] = _rating(row, worst, best)
    _check_aspects(fields.get("subratings") or {}, worst, best)
    fields["published_from"], fields["published_to"] = first, last = _published(row)
    fields["published_precision"] = row.get("published_precision") or precision_of(first, last)
    if not values.is_absent(stayed := row.get("stayed")):
        fields["stayed_from"], fields["stayed_to"] = _read("stayed", values.stay, stayed)
    if "review_id" not in fields:
        fields["synthetic_id"] = True
        fields["review_id"] = synthetic_review_id(
            fields.get("reviewer_id"),
            first if first == last else None,
            fields["rating"],
            fields.get("title"),
            fields.get("text") or _parts(fields),
        )
    return Observation(raw_sha256=hashlib.sha256(raw).hexdigest(), **fields)


def _parts(fields: Mapping[str, Any]) -> str | None:
    return "\n".join(fields[name] for name in ("text_positive", "text_negative") if fields.get(name)) or None


def _require(fields: Mapping[str, object], column: str, hint: str = "") -> None:
    if not fields.get(column):
        raise RowError(column, f"is missing; {hint}" if hint else "is missing")


def _read(column: str, reader: Callable[[object], Any], value: object) -> Any:
    try:
        return reader(value)
    except ValueError as error:
        raise RowError(column, str(error)[:_REASON_LENGTH]) from None


def _rating(row: Mapping[str, object], worst: float, best: float) -> float:
    if not best > worst:
        raise RowError("rating_best", f"{best:g} is not above rating_worst, {worst:g}")
    value = row.get("rating")
    if values.is_absent(value):
        raise RowError("rating", "is missing")
    try:
        rating = values.number(value)
    except ValueError:
        rating = best + 1
    if not worst <= rating <= best:
        raise RowError("rating", f"{quoted(value)} is not a number between {worst:g} and {best:g}")
    return rating


def _check_aspects(aspects: Mapping[str, float], worst: float, best: float) -> None:
    for name, value in aspects.items():
        if not worst <= value <= best:
            raise RowError("subratings", f"{quoted(name)}: {value:g} is not a number between {worst:g} and {best:g}")


def _published(row: Mapping[str, object]) -> tuple[dt.date, dt.date]:
    point, first, last = (row.get(column) for column in ("published", "published_from", "published_to"))
    day: dt.date | None = None if values.is_absent(point) else _read("published", values.day, point)
    if values.is_absent(first) and values.is_absent(last):
        if day is None:
            raise RowError("published", "is missing, and so are published_from and published_to")
        return day, day
    for column, value in (("published_from", first), ("published_to", last)):
        if values.is_absent(value):
            raise RowError(column, "is missing, while the other end of the interval is given")
    start: dt.date = _read("published_from", values.day, first)
    end: dt.date = _read("published_to", values.day, last)
    if start > end:
        raise RowError("published_from", f"{start} is after published_to, {end}")
    if day is not None and not start == day == end:
        raise RowError("published", f"{day} contradicts published_from and published_to, {start} to {end}")
    return start, end
