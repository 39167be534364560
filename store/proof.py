"""What the store can prove of a listing: every answer that speaks of it, every version of its reviews, every event."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Executable, select, union

from store.database import Database, chunks, table_of
from store.models import Listing, Review, ReviewVersion
from store.provenance import Body, BodyListing, BodyReview, Fetch, ListingRun, ReviewEvent

NOT_MODIFIED = 304

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ProvenFetch:
    """One answer or one imported file (``url`` is ``file:NAME``), as ``models.Fetch`` keeps it."""

    key: str
    source: str
    url: str
    fetched_at: dt.datetime
    status: int
    headers: tuple[tuple[str, str], ...]
    body_sha256: str


@dataclass(frozen=True, slots=True)
class ProvenBody:
    """A body, the ids of the listing's reviews in it, and its fetches in time order."""

    sha256: str
    size: int
    media_type: str | None
    kept: bool
    removed_on: dt.date | None
    removed_why: str | None
    review_ids: tuple[str, ...]
    fetches: tuple[ProvenFetch, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """Everything of one listing. Rows are mappings by column name; times are UTC without an offset.

    ``bodies`` stand in the order of their first fetch, ``versions`` by review id and number (columns of
    ``review_version`` and ``review``), ``events`` and ``runs`` in time order.
    """

    listing: Row
    bodies: tuple[ProvenBody, ...]
    versions: tuple[Row, ...]
    events: tuple[Row, ...]
    runs: tuple[Row, ...]

    @property
    def fetches(self) -> tuple[ProvenFetch, ...]:
        """The fetches of all bodies in time order."""
        return tuple(sorted((each for body in self.bodies for each in body.fetches), key=_moment))


def read_proof(database: Database, listing_key: str, *, since: dt.date | None = None) -> Proof | None:
    """The proof of one listing, or None where the store has no such listing.

    ``since`` leaves out fetches, events and runs before that day, except the answers that later ones confirm (304).
    """
    start = dt.datetime.combine(since or dt.date.min, dt.time())
    with database.read() as connection:
        listing = connection.execute(select(table_of(Listing)).where(Listing.key == listing_key)).mappings().first()
        if listing is None:
            return None
        versions = _versions(connection, listing_key)
        fetches = _since(_fetches(connection, listing_key, versions), start)
        return Proof(
            listing=dict(listing),
            bodies=_bodies(connection, listing_key, fetches),
            versions=tuple(versions),
            events=tuple(_events(connection, listing_key, start)),
            runs=tuple(_runs(connection, listing_key, start)),
        )


def _moment(fetch: ProvenFetch) -> tuple[dt.datetime, str]:
    return fetch.fetched_at, fetch.key


def _versions(connection: Connection, listing_key: str) -> list[Row]:
    query = (
        select(
            Review.review_id,
            Review.synthetic_id,
            Review.reviewer_key,
            Review.first_seen,
            Review.last_seen,
            Review.syndicated_from,
            table_of(ReviewVersion),
        )
        .join(ReviewVersion, ReviewVersion.review_key == Review.key)
        .where(Review.listing_key == listing_key)
    )
    return sorted(_rows(connection, query), key=lambda row: (row["review_id"], row["number"]))


def _fetches(connection: Connection, listing_key: str, versions: Sequence[Row]) -> list[ProvenFetch]:
    speaking = union(
        select(BodyListing.body_sha256).where(BodyListing.listing_key == listing_key),
        select(BodyReview.body_sha256).join(Review).where(Review.listing_key == listing_key),
    )
    sha256s = set(connection.scalars(speaking)) | {row["body_sha256"] for row in versions if row["body_sha256"]}
    found = []
    for part in chunks(sorted(sha256s)):
        rows = connection.execute(select(table_of(Fetch)).where(Fetch.body_sha256.in_(part))).mappings()
        found += [ProvenFetch(**{**row, "headers": _pairs(row["headers"])}) for row in rows]
    return sorted(found, key=_moment)


def _pairs(headers: Iterable[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in headers)


def _since(fetches: Iterable[ProvenFetch], start: dt.datetime) -> list[ProvenFetch]:
    """The fetches from ``start`` on, and of each body that one of these confirms the last answer before it."""
    kept: list[ProvenFetch] = []
    earlier: dict[str, ProvenFetch] = {}
    for fetch in fetches:
        if fetch.fetched_at >= start:
            if fetch.status == NOT_MODIFIED and fetch.body_sha256 in earlier:
                kept.append(earlier.pop(fetch.body_sha256))
            kept.append(fetch)
        elif fetch.status != NOT_MODIFIED:
            earlier[fetch.body_sha256] = fetch
    return sorted(kept, key=_moment)


def _bodies(connection: Connection, listing_key: str, fetches: Iterable[ProvenFetch]) -> tuple[ProvenBody, ...]:
    of_body: dict[str, list[ProvenFetch]] = {}
    for fetch in fetches:
        of_body.setdefault(fetch.body_sha256, []).append(fetch)
    known, shown = {}, dict[str, list[str]]()
    for part in chunks(list(of_body)):
        for row in connection.execute(select(table_of(Body)).where(Body.sha256.in_(part))).mappings():
            known[row["sha256"]] = row
        ids = select(BodyReview.body_sha256, Review.review_id).join(Review).where(Review.listing_key == listing_key)
        for sha256, review_id in connection.execute(ids.where(BodyReview.body_sha256.in_(part))):
            shown.setdefault(sha256, []).append(review_id)
    return tuple(
        ProvenBody(**known[sha256], review_ids=tuple(sorted(shown.get(sha256, ()))), fetches=tuple(its))
        for sha256, its in of_body.items()
    )


def _events(connection: Connection, listing_key: str, start: dt.datetime) -> list[Row]:
    query = (
        select(ReviewEvent.at, ReviewEvent.kind, ReviewEvent.source, Review.review_id)
        .join(Review, Review.key == ReviewEvent.review_key)
        .where(Review.listing_key == listing_key, ReviewEvent.at >= start)
    )
    return sorted(_rows(connection, query), key=lambda row: (row["at"], row["review_id"], row["kind"], row["source"]))


def _runs(connection: Connection, listing_key: str, start: dt.datetime) -> list[Row]:
    query = select(table_of(ListingRun)).where(ListingRun.listing_key == listing_key, ListingRun.seen_at >= start)
    return sorted(_rows(connection, query), key=lambda row: (row["seen_at"], row["source"]))


def _rows(connection: Connection, query: Executable) -> list[Row]:
    return [dict(row) for row in connection.execute(query).mappings()]
