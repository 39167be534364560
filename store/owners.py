"""Who owns which listing, as pseudonyms: from an operator's table, and from what platforms show of accounts."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import pandas as pd
from sqlalchemy import Connection, select

from store.canonical import Ownership, listing_key
from store.database import Database, chunks, table_of, upsert
from store.frames import OWNERS, check
from store.models import ListingOwner
from store.privacy import Pseudonymiser
from store.tombstones import load as load_tombstones

_BATCH = 5_000


@dataclass(slots=True)
class OwnersWritten:
    """How many ownerships were new, known, and withheld because of a tombstone."""

    new: int = 0
    unchanged: int = 0
    withheld: int = 0


def write_owners(
    database: Database,
    ownerships: Iterable[Ownership],
    *,
    source: str,
    seen_at: dt.datetime,
    pseudonymiser: Pseudonymiser,
) -> OwnersWritten:
    """Write ownerships in transactions of a few thousand; one that is there already is only seen again.

    ``seen_at`` is UTC without an offset. What an erased owner or account stands in is withheld.
    """
    total = OwnersWritten()
    remaining = iter(ownerships)
    while batch := list(islice(remaining, _BATCH)):
        with database.write() as connection:
            erased = load_tombstones(connection).reviewers
            rows = [_row(each, pseudonymiser, source, seen_at) for each in batch]
            kept = [row for row in rows if not {row["owner"], row["reviewer_key"]} & erased]
            new = keep_rows(connection, kept)
        total.new += new
        total.unchanged += len(kept) - new
        total.withheld += len(rows) - len(kept)
    return total


def owner_row(
    platform: str, listing: str, owner: str, reviewer_key: str | None, source: str, seen_at: dt.datetime
) -> dict[str, Any]:
    """A row of ``ListingOwner`` for a listing's key and two pseudonyms."""
    said = "\0".join((owner, listing, reviewer_key or ""))
    return {
        "key": hashlib.sha256(said.encode()).hexdigest()[:24],
        "platform": platform,
        "listing_key": listing,
        "owner": owner,
        "reviewer_key": reviewer_key,
        "source": source,
        "seen_at": seen_at,
    }


def keep_rows(connection: Connection, rows: Iterable[dict[str, Any]]) -> int:
    """Enter rows of ``owner_row`` or note that they were seen again; how many are new."""
    by_key = {row["key"]: row for row in rows}
    known = sum(len(found) for found in _known(connection, list(by_key)))
    upsert(connection, table_of(ListingOwner), list(by_key.values()), keep_largest=("seen_at",))
    return len(by_key) - known


def read_owners(database: Database) -> pd.DataFrame:
    """The columns of ``frames.OWNERS``, sorted, no row twice.

    An account that its platform shows as a listing's own has the owner that a table of owners names for it, where it
    names just one: else one person would be two owners.
    """
    query = select(ListingOwner.owner, ListingOwner.listing_key, ListingOwner.reviewer_key)
    with database.read() as connection:
        rows = [tuple(row) for row in connection.execute(query)]
    frame = pd.DataFrame(rows, columns=list(OWNERS), dtype=object).astype(dict(OWNERS))
    shown = frame["owner"] == frame["reviewer_key"]
    owners_of = frame[~shown & frame["reviewer_key"].notna()].groupby("reviewer_key")["owner"]
    named = owners_of.min()[owners_of.nunique() == 1]
    told = frame["reviewer_key"].map(named).astype("str")
    frame["owner"] = told.where(shown & told.notna(), frame["owner"])
    return check(frame.drop_duplicates().sort_values(list(OWNERS), ignore_index=True), OWNERS, "owners")


def _row(each: Ownership, pseudonymiser: Pseudonymiser, source: str, seen_at: dt.datetime) -> dict[str, Any]:
    account = None if each.reviewer_id is None else pseudonymiser.token(each.platform, each.reviewer_id)
    listing = listing_key(each.platform, each.listing_id)
    return owner_row(each.platform, listing, pseudonymiser.owner(each.owner), account, source, seen_at)


def _known(connection: Connection, keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for part in chunks(keys):
        yield connection.scalars(select(ListingOwner.key).where(ListingOwner.key.in_(part))).all()
