"""The tables of where reviews came from: answers, their bytes, what each source shows and how whole its runs were."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base


class Sighting(Base):
    """A review as one source shows it: ``missed`` counts the complete passes in a row that did not show it.

    After the second one the source counts as having removed it.
    """

    __tablename__ = "sighting"
    review_key: Mapped[str] = mapped_column(ForeignKey("review.key"), primary_key=True)
    source: Mapped[str] = mapped_column(String(200), primary_key=True)
    listing_key: Mapped[str] = mapped_column(ForeignKey("listing.key"), index=True)
    first_seen: Mapped[dt.datetime]
    last_seen: Mapped[dt.datetime]
    missed: Mapped[int]
    missing_since: Mapped[dt.datetime | None]
    removed: Mapped[dt.datetime | None]


class ReviewEvent(Base):
    """What happened to a review: edited, missing, removed, reappeared. Appended to, never changed."""

    __tablename__ = "review_event"
    review_key: Mapped[str] = mapped_column(ForeignKey("review.key"), primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    source: Mapped[str] = mapped_column(String(200), primary_key=True)


class Body(Base):
    """The bytes of a page, a reply or a file, by their SHA-256; the bytes lie in the archive folder while ``kept``."""

    __tablename__ = "body"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int]
    media_type: Mapped[str | None] = mapped_column(Text)
    kept: Mapped[bool]
    removed_on: Mapped[dt.date | None]
    removed_why: Mapped[str | None] = mapped_column(Text)


class BodyReview(Base):
    """Which body shows which review."""

    __tablename__ = "body_review"
    body_sha256: Mapped[str] = mapped_column(ForeignKey("body.sha256"), primary_key=True)
    review_key: Mapped[str] = mapped_column(ForeignKey("review.key"), primary_key=True, index=True)


class BodyListing(Base):
    """Which body speaks of which listing."""

    __tablename__ = "body_listing"
    body_sha256: Mapped[str] = mapped_column(ForeignKey("body.sha256"), primary_key=True)
    listing_key: Mapped[str] = mapped_column(ForeignKey("listing.key"), primary_key=True, index=True)


class Fetch(Base):
    """One answer of a source, or one file taken in: what was asked for, when (UTC), and what came.

    A 304 stands with the body that it confirms. ``headers`` are pairs of strings, in the order in which they came.
    """

    __tablename__ = "fetch"
    key: Mapped[str] = mapped_column(String(24), primary_key=True)
    source: Mapped[str] = mapped_column(String(200), index=True)
    url: Mapped[str] = mapped_column(Text)
    fetched_at: Mapped[dt.datetime]
    status: Mapped[int]
    headers: Mapped[list[Any]]
    body_sha256: Mapped[str] = mapped_column(ForeignKey("body.sha256"), index=True)


class PageMemory(Base):
    """What a source said of a page when it was last read, to ask for it conditionally (RFC 9110, 13)."""

    __tablename__ = "page_memory"
    source: Mapped[str] = mapped_column(String(200), primary_key=True)
    url_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    body_sha256: Mapped[str] = mapped_column(String(64))
    etag: Mapped[str | None] = mapped_column(Text)
    last_modified: Mapped[str | None] = mapped_column(Text)
    lastmod: Mapped[str | None] = mapped_column(Text)
    media_type: Mapped[str | None] = mapped_column(Text)


class ChainMemory(Base):
    """What a source's start address and the pages after it came to: how its next reading may be shortened."""

    __tablename__ = "chain_memory"
    source: Mapped[str] = mapped_column(String(200), primary_key=True)
    url_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    read_whole: Mapped[dt.date | None]
    ordered: Mapped[bool]
    claimed: Mapped[int | None]
    cursor: Mapped[str | None] = mapped_column(Text)
    listing_keys: Mapped[list[str]]


class HostMemory(Base):
    """A host that asked to be left alone, and until when (UTC)."""

    __tablename__ = "host_memory"
    host: Mapped[str] = mapped_column(String(260), primary_key=True)
    until: Mapped[dt.datetime]
    reason: Mapped[str] = mapped_column(Text)


class ListingRun(Base):
    """How completely one run of one source saw a listing.

    ``status`` is ``complete``, ``partial``, ``shortened`` (stopped where all was known), ``unchanged`` (the source said
    so) or ``suspect`` (so little was left that the page is doubted).
    """

    __tablename__ = "listing_run"
    listing_key: Mapped[str] = mapped_column(ForeignKey("listing.key"), primary_key=True)
    source: Mapped[str] = mapped_column(String(200), primary_key=True)
    seen_at: Mapped[dt.datetime] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(String(16))
    pages: Mapped[int]
    claimed: Mapped[int | None]
    listed: Mapped[int]
    new: Mapped[int]
    changed: Mapped[int]
    missing: Mapped[int]
    removed: Mapped[int]
    errors: Mapped[int]
    dropped: Mapped[int]


class SourceRun(Base):
    """One run of one source: what it cost, and the share of its reviews that has each field."""

    __tablename__ = "source_run"
    source: Mapped[str] = mapped_column(String(200), primary_key=True)
    seen_at: Mapped[dt.datetime] = mapped_column(primary_key=True)
    requests: Mapped[int]
    pages: Mapped[int]
    not_modified: Mapped[int]
    received_bytes: Mapped[int]
    forbidden: Mapped[int]
    errors: Mapped[int]
    drops: Mapped[dict[str, Any]]
    reviews: Mapped[int]
    coverage: Mapped[dict[str, Any]]
    complete: Mapped[bool]


class Tombstone(Base):
    """A person's wish to be forgotten: nothing under this token is taken in again. Holds no name and no id."""

    __tablename__ = "tombstone"
    token: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    erased_on: Mapped[dt.date]


class SourceFile(Base):
    """A file that was imported whole, by the hash of its bytes and of how it was read."""

    __tablename__ = "source_file"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    imported_at: Mapped[dt.datetime]
    rows: Mapped[int]
    refused: Mapped[int]
