"""Observations in: identities, versions, and nothing twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Connection, select, update

from store.canonical import (
    CONTENT_FIELDS,
    ListingSnapshot,
    Observation,
    content_hash,
    listing_key,
    review_key,
)
from store.database import Database, chunks, table_of, upsert
from store.models import Listing, ListingCount, Review, Reviewer, ReviewVersion, SourceFile
from store.privacy import Pseudonymiser

_BATCH = 5_000


@dataclass(slots=True)
class Written:
    """How many reviews were new, changed (a new version) and unchanged."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0

    def add(self, other: Written) -> None:
        self.new += other.new
        self.changed += other.changed
        self.unchanged += other.unchanged


@dataclass(frozen=True, slots=True)
class _Known:
    version: int
    content_sha256: str
    reviewer_key: str | None


def write_observations(
    database: Database,
    observations: Iterable[Observation],
    *,
    source: str,
    seen_at: dt.datetime,
    pseudonymiser: Pseudonymiser,
    keep_names: bool = False,
) -> Written:
    """Write observations in transactions of a few thousand; what is there already makes no version.

    ``seen_at`` is UTC without an offset. Where one review comes twice in a batch, the last one counts.
    """
    total = Written()
    remaining = iter(observations)
    while batch := list(islice(remaining, _BATCH)):
        total.add(_write_batch(database, batch, source, seen_at, pseudonymiser, keep_names))
    return total


def write_listing_counts(database: Database, snapshots: Sequence[ListingSnapshot], seen_on: dt.date) -> None:
    """Keep the rating and number of reviews that pages claimed on one day."""
    rows = {
        listing_key(each.platform, each.listing_id): {
            "listing_key": listing_key(each.platform, each.listing_id),
            "seen_on": seen_on,
            "rating": each.rating,
            "rating_best": each.rating_best,
            "review_count": each.review_count,
        }
        for each in snapshots
    }
    with database.write() as connection:
        known = _existing_listings(connection, list(rows))
        kept = [row for key, row in rows.items() if key in known]
        upsert(connection, table_of(ListingCount), kept, update=("rating", "rating_best", "review_count"))


def _write_batch(
    database: Database,
    batch: Sequence[Observation],
    source: str,
    seen_at: dt.datetime,
    pseudonymiser: Pseudonymiser,
    keep_names: bool,
) -> Written:
    by_key = {review_key(each.platform, each.listing_id, each.review_id): each for each in batch}
    with database.write() as connection:
        known = _known_reviews(connection, list(by_key))
        _write_listings(connection, by_key.values())
        reviewer_of = _write_reviewers(connection, by_key.values(), pseudonymiser, keep_names)
        return _write_reviews(connection, by_key, known, reviewer_of, source, seen_at)


def _known_reviews(connection: Connection, keys: Sequence[str]) -> dict[str, _Known]:
    known = {}
    current = (
        select(Review.key, Review.version, ReviewVersion.content_sha256, Review.reviewer_key)
        .join(ReviewVersion, ReviewVersion.review_key == Review.key)
        .where(ReviewVersion.number == Review.version)
    )
    for part in chunks(keys):
        for key, version, content, reviewer in connection.execute(current.where(Review.key.in_(part))):
            known[key] = _Known(version, content, reviewer)
    return known


def _existing_listings(connection: Connection, keys: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for part in chunks(keys):
        found.update(connection.scalars(select(Listing.key).where(Listing.key.in_(part))))
    return found


def _write_listings(connection: Connection, observations: Iterable[Observation]) -> None:
    rows: dict[str, dict[str, Any]] = {}
    for each in observations:
        key = listing_key(each.platform, each.listing_id)
        row = {
            "key": key,
            "platform": each.platform,
            "listing_id": each.listing_id,
            "name": each.listing_name,
            "kind": each.listing_kind,
            "city": each.city,
            "country": each.country,
            "latitude": each.latitude,
            "longitude": each.longitude,
        }
        earlier = rows.get(key)
        rows[key] = (
            row if earlier is None else {name: earlier[name] if row[name] is None else row[name] for name in row}
        )
    described = ("name", "kind", "city", "country", "latitude", "longitude")
    upsert(connection, table_of(Listing), list(rows.values()), keep_old=described)


def _write_reviewers(
    connection: Connection, observations: Iterable[Observation], pseudonymiser: Pseudonymiser, keep_names: bool
) -> dict[tuple[str, str], str]:
    tokens: dict[tuple[str, str], str] = {}
    rows: dict[str, dict[str, Any]] = {}
    for each in observations:
        if each.reviewer_id is None:
            continue
        account = (each.platform, each.reviewer_id)
        token = tokens.setdefault(account, pseudonymiser.token(*account))
        earlier = rows.get(token, {})
        rows[token] = {
            "key": token,
            "platform": each.platform,
            "sealed": earlier.get("sealed") or pseudonymiser.seal(*account),
            "name": (each.reviewer_name or earlier.get("name")) if keep_names else None,
            "review_count": _largest(each.reviewer_review_count, earlier.get("review_count")),
            "since": each.reviewer_since or earlier.get("since"),
        }
    upsert(
        connection, table_of(Reviewer), list(rows.values()), keep_old=("name", "since"), keep_largest=("review_count",)
    )
    return tokens


def _largest(new: int | None, old: int | None) -> int | None:
    return new if old is None else old if new is None else max(new, old)


def _write_reviews(
    connection: Connection,
    by_key: dict[str, Observation],
    known: dict[str, _Known],
    reviewer_of: dict[tuple[str, str], str],
    source: str,
    seen_at: dt.datetime,
) -> Written:
    written = Written()
    reviews, versions, seen_again, edited = [], [], [], []
    for key, each in by_key.items():
        content = content_hash(each)
        before = known.get(key)
        account = None if each.reviewer_id is None else reviewer_of[each.platform, each.reviewer_id]
        if before is not None and before.reviewer_key is None and account is not None:
            connection.execute(update(Review).where(Review.key == key).values(reviewer_key=account))
        if before is not None and before.content_sha256 == content:
            written.unchanged += 1
            seen_again.append(key)
            continue
        number = 1 if before is None else before.version + 1
        versions.append(_version_row(key, number, each, content, source, seen_at))
        if before is None:
            written.new += 1
            reviews.append(_review_row(key, each, account, seen_at))
        else:
            written.changed += 1
            edited.append({"b_key": key, "version": number, "last_seen": seen_at})
    if reviews:
        connection.execute(table_of(Review).insert(), reviews)
    if versions:
        connection.execute(table_of(ReviewVersion).insert(), versions)
    for part in chunks(seen_again):
        connection.execute(
            update(Review).where(Review.key.in_(part), Review.last_seen < seen_at).values(last_seen=seen_at)
        )
    for row in edited:
        connection.execute(
            update(Review).where(Review.key == row["b_key"]).values(version=row["version"], last_seen=row["last_seen"])
        )
    return written


def _review_row(key: str, each: Observation, account: str | None, seen_at: dt.datetime) -> dict[str, Any]:
    return {
        "key": key,
        "listing_key": listing_key(each.platform, each.listing_id),
        "reviewer_key": account,
        "review_id": each.review_id,
        "synthetic_id": each.synthetic_id,
        "version": 1,
        "first_seen": seen_at,
        "last_seen": seen_at,
    }


def _version_row(
    key: str, number: int, each: Observation, content: str, source: str, seen_at: dt.datetime
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "review_key": key,
        "number": number,
        "seen_at": seen_at,
        "source": source,
        "raw_sha256": each.raw_sha256,
        "content_sha256": content,
    }
    for name in CONTENT_FIELDS:
        row[name] = getattr(each, name)
    return row


def known_file(database: Database, sha256: str) -> bool:
    """Whether a file of these bytes was imported whole before."""
    with database.read() as connection:
        return connection.scalar(select(SourceFile.sha256).where(SourceFile.sha256 == sha256)) is not None


def remember_file(
    database: Database, sha256: str, *, name: str, imported_at: dt.datetime, rows: int, refused: int
) -> None:
    """Note that a file was imported whole."""
    row = {"sha256": sha256, "name": name, "imported_at": imported_at, "rows": rows, "refused": refused}
    with database.write() as connection:
        upsert(connection, table_of(SourceFile), [row], update=("name", "imported_at", "rows", "refused"))
