"""Versions of reviews: what counts as an edit, when several sources show one review, each in its own words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, select, tuple_, update

from store.canonical import CONTENT_FIELDS, Observation, content_hash
from store.database import chunks, table_of
from store.models import Review, ReviewVersion

_PAIRS = 10_000


@dataclass(frozen=True, slots=True)
class Known:
    """A stored review and its current version."""

    version: int
    content_sha256: str
    reviewer_key: str | None
    source: str
    published_from: dt.date
    published_to: dt.date


def read_known(connection: Connection, keys: Sequence[str]) -> dict[str, Known]:
    """The reviews of these keys that are stored already."""
    current = (
        select(
            Review.key,
            Review.version,
            ReviewVersion.content_sha256,
            Review.reviewer_key,
            ReviewVersion.source,
            ReviewVersion.published_from,
            ReviewVersion.published_to,
        )
        .join(ReviewVersion, ReviewVersion.review_key == Review.key)
        .where(ReviewVersion.number == Review.version)
    )
    known = {}
    for part in chunks(keys):
        for row in connection.execute(current.where(Review.key.in_(part))):
            known[row[0]] = Known(*row[1:])
    return known


def completed(
    connection: Connection, by_key: Mapping[str, Observation], known: Mapping[str, Known], source: str
) -> dict[str, Observation]:
    """The observations, with what only another source says of the same review filled in from its current version.

    A source that never gives a title has not seen the title go; what the same source gave before and gives no more is
    an edit.
    """
    other = [
        key
        for key, before in known.items()
        if before.source != source and before.content_sha256 != content_hash(by_key[key])
    ]
    filled = dict(by_key)
    current = select(table_of(ReviewVersion)).join(Review, Review.key == ReviewVersion.review_key)
    for part in chunks(other):
        rows = connection.execute(current.where(ReviewVersion.number == Review.version, Review.key.in_(part)))
        for row in rows.mappings():
            each = by_key[row["review_key"]]
            gaps = {name: row[name] for name in CONTENT_FIELDS if getattr(each, name) is None}
            filled[row["review_key"]] = replace(each, **gaps)
    return filled


def seen_earlier(connection: Connection, contents: Mapping[str, str]) -> set[str]:
    """Of reviews and content hashes, the reviews that some earlier version of theirs had this very content."""
    found: set[str] = set()
    query = select(ReviewVersion.review_key)
    for part in chunks(list(contents.items()), _PAIRS):
        pair = tuple_(ReviewVersion.review_key, ReviewVersion.content_sha256)
        found.update(connection.scalars(query.where(pair.in_(part))))
    return found


def narrow_dates(connection: Connection, by_key: Mapping[str, Observation], known: Mapping[str, Known]) -> None:
    """Narrows the dates of unchanged reviews: what "a month ago" says tonight and said last night must both hold."""
    rows: list[dict[str, Any]] = []
    for key, before in known.items():
        each = by_key[key]
        first = max(before.published_from, each.published_from)
        last = min(before.published_to, each.published_to)
        if first <= last and (first, last) != (before.published_from, before.published_to):
            precision = "day" if first == last else each.published_precision
            rows.append({"key": key, "number": before.version, "first": first, "last": last, "precision": precision})
    for row in rows:
        connection.execute(
            update(ReviewVersion)
            .where(ReviewVersion.review_key == row["key"], ReviewVersion.number == row["number"])
            .values(published_from=row["first"], published_to=row["last"], published_precision=row["precision"])
        )
