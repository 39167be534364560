"""What a finished run of a source says of the reviews that it did not show, and how the next may be shortened."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, and_, exists, select, update

from store.database import Database, chunks, table_of, upsert
from store.fetches import url_sha256
from store.models import Listing
from store.presence import find_successors, shows_a_part, supersede
from store.provenance import ChainMemory, HostMemory, ListingRun, ReviewEvent, Sighting

COMPLETE, SUSPECT = "complete", "suspect"
# So many complete passes in a row must miss a review before it counts as removed.
_PASSES = 2
# A pass that lost more than half of at least so many reviews, on a page that claims no number, is doubted.
_SUSPECT_FROM = 5


@dataclass(frozen=True, slots=True)
class ListingSeen:
    """One listing in one run of a source; ``listed`` are the keys of the reviews that were shown.

    ``status`` is as in ``models.ListingRun``, ``new`` and ``changed`` count reviews.
    """

    listing_key: str
    status: str
    pages: int
    claimed: int | None
    listed: Collection[str]
    new: int = 0
    changed: int = 0
    errors: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class ChainSeen:
    """One start address in one run of a source; ``status`` as for a listing."""

    start_url: str
    status: str
    ordered: bool
    claimed: int | None
    cursor: str | None
    listing_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KnownChain:
    """What earlier runs know of a start address; ``pending`` says that a missing review waits to be confirmed."""

    read_whole: dt.date | None
    ordered: bool
    claimed: int | None
    cursor: str | None
    pending: bool


@dataclass(slots=True)
class Closed:
    """Reviews that a run missed for the first time, and those that it takes as removed."""

    missing: int = 0
    removed: int = 0
    suspect: list[str] = field(default_factory=list)


def close_pass(
    database: Database,
    source: str,
    seen_at: dt.datetime,
    listings: Sequence[ListingSeen],
    chains: Sequence[ChainSeen] = (),
) -> Closed:
    """Book a run of a source that came to its end, in one transaction; booking the same run again changes nothing.

    Only a complete pass says anything about what it did not show: a review that it misses is noted as missing, and as
    removed when the next complete pass misses it too.
    """
    closed = Closed()
    with database.write() as connection:
        known = set(_known_listings(connection, [each.listing_key for each in listings]))
        rows = [
            _close_listing(connection, source, seen_at, each, closed) for each in listings if each.listing_key in known
        ]
        counted = tuple(name for name in rows[0] if name not in {"listing_key", "source", "seen_at"}) if rows else ()
        upsert(connection, table_of(ListingRun), rows, update=counted)
        _remember_chains(connection, source, seen_at.date(), chains)
    return closed


def _known_listings(connection: Connection, keys: Sequence[str]) -> list[str]:
    found: list[str] = []
    for part in chunks(keys):
        found += connection.scalars(select(Listing.key).where(Listing.key.in_(part)))
    return found


def _close_listing(
    connection: Connection, source: str, seen_at: dt.datetime, each: ListingSeen, closed: Closed
) -> dict[str, Any]:
    status, missing, removed = each.status, 0, 0
    if status == COMPLETE:
        known = connection.execute(
            select(Sighting.review_key, Sighting.missed, Sighting.missing_since, Sighting.last_seen).where(
                Sighting.listing_key == each.listing_key, Sighting.source == source, Sighting.removed.is_(None)
            )
        ).all()
        absent = [row for row in known if row.review_key not in each.listed]
        successors = find_successors(connection, source, each.listing_key, absent, each.listed)
        absent = [row for row in absent if row.review_key not in successors]
        is_most = each.claimed is None and len(absent) >= _SUSPECT_FROM and 2 * len(absent) > len(known)
        if is_most or (absent and shows_a_part(connection, source, seen_at, each.listing_key, len(absent))):
            status = SUSPECT
            closed.suspect.append(each.listing_key)
        else:
            missing, removed = _miss(connection, source, seen_at, absent)
        supersede(connection, source, successors)
    closed.missing += missing
    closed.removed += removed
    return {
        "listing_key": each.listing_key,
        "source": source,
        "seen_at": seen_at,
        "status": status,
        "pages": each.pages,
        "claimed": each.claimed,
        "listed": len(each.listed),
        "new": each.new,
        "changed": each.changed,
        "missing": missing,
        "removed": removed,
        "errors": each.errors,
        "dropped": each.dropped,
    }


def _miss(connection: Connection, source: str, seen_at: dt.datetime, absent: Sequence[Any]) -> tuple[int, int]:
    """Books sightings that a complete pass did not show; returns how many are missing now, and removed now."""
    first = [row.review_key for row in absent if row.missing_since is None]
    again = [row for row in absent if row.missing_since is not None and row.missing_since < seen_at]
    gone = [row.review_key for row in again if row.missed + 1 >= _PASSES]
    mine = Sighting.source == source
    for part in chunks(first):
        change = update(Sighting).where(mine, Sighting.review_key.in_(part))
        connection.execute(change.values(missed=1, missing_since=seen_at))
    for part in chunks([row.review_key for row in again]):
        connection.execute(
            update(Sighting).where(mine, Sighting.review_key.in_(part)).values(missed=Sighting.missed + 1)
        )
    for part in chunks(gone):
        connection.execute(update(Sighting).where(mine, Sighting.review_key.in_(part)).values(removed=seen_at))
    write_events(connection, "missing", first, source, seen_at)
    write_events(connection, "removed", gone, source, seen_at)
    return len(absent) - len(gone), len(gone)


def write_events(connection: Connection, kind: str, keys: Sequence[str], source: str, at: dt.datetime) -> None:
    """Append one event for each review."""
    rows = [{"review_key": key, "at": at, "kind": kind, "source": source} for key in keys]
    upsert(connection, table_of(ReviewEvent), rows)


def _remember_chains(connection: Connection, source: str, day: dt.date, chains: Sequence[ChainSeen]) -> None:
    """A whole reading is remembered, of a shortened one what it moved on, of any other only that it was tried."""
    table = table_of(ChainMemory)
    whole = [_chain_row(source, each, day) for each in chains if each.status == COMPLETE]
    upsert(connection, table, whole, update=("read_whole", "ordered", "claimed", "listing_keys"), keep_old=("cursor",))
    shortened = [_chain_row(source, each, None) for each in chains if each.status == "shortened"]
    upsert(connection, table, shortened, keep_old=("claimed", "cursor"))
    upsert(connection, table, [_chain_row(source, each, None) for each in chains if each.status == "partial"])


def _chain_row(source: str, each: ChainSeen, day: dt.date | None) -> dict[str, Any]:
    return {
        "source": source,
        "url_sha256": url_sha256(each.start_url),
        "read_whole": day,
        "ordered": each.ordered and each.status == COMPLETE,
        "claimed": each.claimed,
        "cursor": each.cursor,
        "listing_keys": list(each.listing_keys),
    }


def known_chain(database: Database, source: str, start_url: str) -> KnownChain | None:
    """What earlier runs know of a start address, None for a new one."""
    mine = and_(ChainMemory.source == source, ChainMemory.url_sha256 == url_sha256(start_url))
    with database.read() as connection:
        row = connection.execute(select(table_of(ChainMemory)).where(mine)).one_or_none()
        if row is None:
            return None
        waiting = exists().where(
            Sighting.listing_key.in_(row.listing_keys),
            Sighting.source == source,
            Sighting.missed > 0,
            Sighting.removed.is_(None),
        )
        pending = bool(row.listing_keys) and bool(connection.scalar(select(waiting)))
    return KnownChain(row.read_whole, row.ordered, row.claimed, row.cursor, pending)


def parked_hosts(database: Database, now: dt.datetime) -> dict[str, tuple[dt.datetime, str]]:
    """Hosts that are to be left alone still: until when (UTC), and why."""
    with database.read() as connection:
        rows = connection.execute(select(table_of(HostMemory)).where(HostMemory.until > now))
        return {row.host: (row.until, row.reason) for row in rows}


def park_hosts(database: Database, parked: Mapping[str, tuple[dt.datetime, str]]) -> None:
    """Remember hosts that asked to be left alone."""
    rows = [{"host": host, "until": until, "reason": reason} for host, (until, reason) in parked.items()]
    with database.write() as connection:
        upsert(connection, table_of(HostMemory), rows, update=("until", "reason"))
