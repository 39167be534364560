"""Answers of sources and files taken in: when they came, from where, and which reviews and listings they show."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from store.database import Database, chunks, table_of, upsert
from store.models import Listing, Review
from store.provenance import Body, BodyListing, BodyReview, Fetch, PageMemory

ERASED = "shows a review that was erased"


@dataclass(frozen=True, slots=True)
class FetchRow:
    """One answer of a source, or one file (``url`` is ``file:NAME``); ``fetched_at`` is UTC without an offset.

    ``size`` is that of the body in bytes. Status 304 stands with the body that it confirms.
    """

    source: str
    url: str
    fetched_at: dt.datetime
    status: int
    headers: tuple[tuple[str, str], ...]
    body_sha256: str
    size: int
    media_type: str | None

    @property
    def key(self) -> str:
        said = (self.source, self.url, self.fetched_at.isoformat(), str(self.status), self.body_sha256)
        return hashlib.sha256("\0".join(said).encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class KnownPage:
    """A page when it was last read."""

    body_sha256: str
    media_type: str | None
    etag: str | None
    last_modified: str | None
    lastmod: str | None


def write_fetch(
    database: Database,
    row: FetchRow,
    *,
    kept: bool,
    why_not: str | None = None,
    reviews: Iterable[str],
    listings: Iterable[str],
) -> None:
    """Note an answer and what its body shows; ``kept`` says that the archive has the bytes, ``why_not`` why it hasn't.

    Reviews and listings that the store does not have are left out.
    """
    body = {
        "sha256": row.body_sha256,
        "size": row.size,
        "media_type": row.media_type,
        "kept": kept,
        "removed_on": None if kept else row.fetched_at.date(),
        "removed_why": None if kept else why_not,
    }
    fetch = {
        "key": row.key,
        "source": row.source,
        "url": row.url,
        "fetched_at": row.fetched_at,
        "status": row.status,
        "headers": [list(pair) for pair in row.headers],
        "body_sha256": row.body_sha256,
    }
    with database.write() as connection:
        upsert(connection, table_of(Body), [body], update=("kept", "removed_on", "removed_why"))
        upsert(connection, table_of(Fetch), [fetch])
        for model, name, column, keys in (
            (BodyReview, "review_key", Review.key, sorted(set(reviews))),
            (BodyListing, "listing_key", Listing.key, sorted(set(listings))),
        ):
            for part in chunks(keys):
                known = connection.scalars(select(column).where(column.in_(part)))
                rows = [{"body_sha256": row.body_sha256, name: key} for key in known]
                upsert(connection, table_of(model), rows)


def remember_page(database: Database, source: str, url: str, page: KnownPage) -> None:
    """Keep what a source said of a page, for the next time that it is asked for."""
    row = {
        "source": source,
        "url_sha256": url_sha256(url),
        "body_sha256": page.body_sha256,
        "etag": page.etag,
        "last_modified": page.last_modified,
        "lastmod": page.lastmod,
        "media_type": page.media_type,
    }
    columns = ("body_sha256", "etag", "last_modified", "lastmod", "media_type")
    with database.write() as connection:
        upsert(connection, table_of(PageMemory), [row], update=columns)


def known_page(database: Database, source: str, url: str) -> KnownPage | None:
    """What is known of a page whose bytes are kept."""
    query = (
        select(
            PageMemory.body_sha256,
            PageMemory.media_type,
            PageMemory.etag,
            PageMemory.last_modified,
            PageMemory.lastmod,
        )
        .join(Body, Body.sha256 == PageMemory.body_sha256)
        .where(PageMemory.source == source, PageMemory.url_sha256 == url_sha256(url), Body.kept)
    )
    with database.read() as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else KnownPage(*row)


def url_sha256(url: str) -> str:
    """An address as a key of fixed length."""
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()
