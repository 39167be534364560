"""Observations in: identities, versions, and nothing twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
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
from store.models import Listing, ListingCount, Review, Reviewer, ReviewVersion
from store.owners import keep_rows, owner_row
from store.passes import write_events
from store.privacy import Pseudonymiser
from store.provenance import Sighting, SourceFile
from store.tombstones import load as load_tombstones
from store.versions import Known, find_changes, narrow_dates, narrowed, read_known

_BATCH = 5_000


@dataclass(slots=True)
class Written:
    """How many reviews were new, changed (a new version), unchanged, and withheld because of a tombstone.

    ``doubted`` are changed ones that are no edits, since most of a page or file changed at once.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    withheld: int = 0
    doubted: int = 0

    def add(self, other: Written) -> None:
        self.new += other.new
        self.changed += other.changed
        self.unchanged += other.unchanged
        self.withheld += other.withheld
        self.doubted += other.doubted


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where a batch comes from; ``sighted`` says that the source will say when a review is gone."""

    source: str
    seen_at: dt.datetime
    body_sha256: str | None
    sighted: bool


def write_observations(
    database: Database,
    observations: Iterable[Observation],
    *,
    source: str,
    seen_at: dt.datetime,
    pseudonymiser: Pseudonymiser,
    keep_names: bool = False,
    body_sha256: str | None = None,
    sighted: bool = False,
) -> Written:
    """Write observations in transactions of a few thousand; what is there already makes no version.

    ``seen_at`` is UTC without an offset. Where one review comes twice in a batch, the last one counts. ``body_sha256``
    is the hash of the whole page or file. ``sighted`` is for sources that are read again and again: they keep a
    sighting of each review, so that a later pass can tell what they no longer show. Reviews under a tombstone are
    withheld.
    """
    total = Written()
    origin = _Origin(source, seen_at, body_sha256, sighted)
    remaining = iter(observations)
    while batch := list(islice(remaining, _BATCH)):
        total.add(_write_batch(database, batch, origin, pseudonymiser, keep_names))
    return total


def write_listing_counts(database: Database, snapshots: Sequence[ListingSnapshot], seen_on: dt.date) -> None:
    """Keep the rating and number of reviews that pages claimed on one day, and make their listings known."""
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
        _write_listings(connection, snapshots)
        upsert(
            connection, table_of(ListingCount), list(rows.values()), update=("rating", "rating_best", "review_count")
        )


def _write_batch(
    database: Database, batch: Sequence[Observation], origin: _Origin, pseudonymiser: Pseudonymiser, keep_names: bool
) -> Written:
    by_key = {review_key(each.platform, each.listing_id, each.review_id): each for each in batch}
    with database.write() as connection:
        withheld = _withhold(connection, by_key, pseudonymiser)
        known = read_known(connection, list(by_key))
        _write_listings(connection, by_key.values())
        reviewer_of = _write_reviewers(connection, by_key.values(), pseudonymiser, keep_names)
        _write_owners(connection, by_key.values(), reviewer_of, origin)
        written = _write_reviews(connection, by_key, known, reviewer_of, origin)
        if origin.sighted:
            _sight(connection, by_key, origin)
    written.withheld = withheld
    return written


def _withhold(connection: Connection, by_key: dict[str, Observation], pseudonymiser: Pseudonymiser) -> int:
    """Takes out of ``by_key`` what tombstones cover, and returns how many that were."""
    tombstones = load_tombstones(connection)
    if not tombstones:
        return 0
    covered = []
    for key, each in by_key.items():
        token = None if each.reviewer_id is None else pseudonymiser.token(each.platform, each.reviewer_id)
        if tombstones.covers(token, key):
            covered.append(key)
    for key in covered:
        del by_key[key]
    return len(covered)


def _write_listings(connection: Connection, observations: Iterable[Observation | ListingSnapshot]) -> None:
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


def _write_owners(
    connection: Connection,
    observations: Iterable[Observation],
    reviewer_of: dict[tuple[str, str], str],
    origin: _Origin,
) -> None:
    """Keeps which listings the platform shows accounts to belong to: such an account is its own owner."""
    rows = []
    for each in observations:
        account = _account(each, reviewer_of)
        if account is not None and each.reviewer_listing_id is not None:
            listing = listing_key(each.platform, each.reviewer_listing_id)
            rows.append(owner_row(each.platform, listing, account, account, origin.source, origin.seen_at))
    keep_rows(connection, rows)


def _largest(new: int | None, old: int | None) -> int | None:
    return new if old is None else old if new is None else max(new, old)


def _write_reviews(
    connection: Connection,
    by_key: dict[str, Observation],
    known: dict[str, Known],
    reviewer_of: dict[tuple[str, str], str],
    origin: _Origin,
) -> Written:
    contents = {key: content_hash(each) for key, each in by_key.items()}
    differing = {key: by_key[key] for key, before in known.items() if before.content_sha256 != contents[key]}
    changes = find_changes(
        connection,
        differing,
        among=len(known),
        source=origin.source,
        seen_at=origin.seen_at,
        sighted=origin.sighted,
    )
    new = by_key.keys() - known.keys()
    reviews = [
        _review_row(key, each, _account(each, reviewer_of), origin.seen_at)
        for key, each in by_key.items()
        if key in new
    ]
    versions = [_version_row(key, 1, each, contents[key], origin) for key, each in by_key.items() if key in new]
    versions += [_changed_row(key, known[key], change.observation, origin) for key, change in changes.items()]
    if reviews:
        connection.execute(table_of(Review).insert(), reviews)
    if versions:
        connection.execute(table_of(ReviewVersion).insert(), versions)
    for part in chunks(list(known)):
        seen_again = update(Review).where(Review.key.in_(part), Review.last_seen < origin.seen_at)
        connection.execute(seen_again.values(last_seen=origin.seen_at))
    for key in changes:
        connection.execute(update(Review).where(Review.key == key).values(version=known[key].version + 1))
    for key, before in known.items():
        account = _account(by_key[key], reviewer_of)
        if before.reviewer_key is None and account is not None:
            connection.execute(update(Review).where(Review.key == key).values(reviewer_key=account))
    narrow_dates(connection, by_key, {key: known[key] for key in known.keys() - changes.keys()})
    edited = sorted(key for key, change in changes.items() if change.is_edit)
    write_events(connection, "edited", edited, origin.source, origin.seen_at)
    doubted = sum(change.is_doubted for change in changes.values())
    return Written(len(new), len(changes), len(known) - len(changes), doubted=doubted)


def _account(each: Observation, reviewer_of: dict[tuple[str, str], str]) -> str | None:
    return None if each.reviewer_id is None else reviewer_of[each.platform, each.reviewer_id]


def _sight(connection: Connection, by_key: dict[str, Observation], origin: _Origin) -> None:
    """Notes that the source shows these reviews; one that it had removed has reappeared."""
    back: list[str] = []
    for part in chunks(list(by_key)):
        mine = (Sighting.review_key.in_(part), Sighting.source == origin.source, Sighting.missed > 0)
        back += connection.scalars(select(Sighting.review_key).where(*mine, Sighting.removed.is_not(None)))
        found = update(Sighting).where(*mine).values(missed=0, missing_since=None, removed=None)
        connection.execute(found)
    write_events(connection, "reappeared", sorted(back), origin.source, origin.seen_at)
    rows = [
        {
            "review_key": key,
            "source": origin.source,
            "listing_key": listing_key(each.platform, each.listing_id),
            "first_seen": origin.seen_at,
            "last_seen": origin.seen_at,
            "missed": 0,
            "missing_since": None,
            "removed": None,
        }
        for key, each in by_key.items()
    ]
    upsert(connection, table_of(Sighting), rows, keep_largest=("last_seen",))


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
        "syndicated_from": None if each.syndicated_from == each.platform else each.syndicated_from,
        "copy_of": None,
    }


def _version_row(key: str, number: int, each: Observation, content: str, origin: _Origin) -> dict[str, Any]:
    row: dict[str, Any] = {
        "review_key": key,
        "number": number,
        "seen_at": origin.seen_at,
        "source": origin.source,
        "raw_sha256": each.raw_sha256,
        "body_sha256": origin.body_sha256,
        "content_sha256": content,
    }
    for name in CONTENT_FIELDS:
        row[name] = getattr(each, name)
    if row["subratings"] is not None:
        row["subratings"] = dict(row["subratings"])
    return row


def _changed_row(key: str, before: Known, each: Observation, origin: _Origin) -> dict[str, Any]:
    first, last, precision = narrowed(before, each)
    dated = replace(each, published_from=first, published_to=last, published_precision=precision)
    return _version_row(key, before.version + 1, dated, content_hash(dated), origin)


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
