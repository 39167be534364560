"""A source as it is configured, and what a crawl of it gives."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from crawlers.page import Page
from crawlers.passes import ChainPass, ListingPass


@dataclass(frozen=True, slots=True)
class Source:
    """One source to collect from: the spider that reads it, where to start, and how gently.

    A site has ``start_urls``; an owner-authorised API ``listings``, its own names of them, and a ``credentials`` file;
    ``base_url`` takes the place of the API's own address. ``hosts`` may be spoken to beside those of the start
    addresses. ``sitemap`` is the address of a sitemap whose ``lastmod`` says which pages changed. Every
    ``whole_every`` nights everything is read, whatever changed.

    ``delay_s`` is the least time in seconds between two requests to one host. ``max_pages``, ``max_mib`` (as received)
    and ``max_minutes`` are the budget of one crawl. ``allow_private`` lets a source lie on a loopback or private
    address.
    """

    name: str
    spider: str
    platform: str
    start_urls: tuple[str, ...] = ()
    listings: tuple[str, ...] = ()
    credentials: Path | None = None
    base_url: str | None = None
    hosts: tuple[str, ...] = ()
    sitemap: str | None = None
    whole_every: int = 7
    delay_s: float = 2.0
    max_pages: int = 1000
    max_mib: int = 500
    max_minutes: int = 120
    allow_private: bool = False


@dataclass(frozen=True, slots=True)
class Parked:
    """A host that is left alone until a moment (UTC, without an offset), and why."""

    until: dt.datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """One answer as it was read; ``url`` is where it was found in the end, ``raw_sha256`` the hash of ``body``.

    ``status`` 304 comes with the body of the earlier night that it confirms. ``fetched_at`` is UTC without an offset,
    ``lastmod`` what the source's sitemap says of the page.
    """

    source: str
    url: str
    status: int
    fetched_at: dt.datetime
    headers: tuple[tuple[str, str], ...]
    body: bytes
    raw_sha256: str
    page: Page
    lastmod: str | None = None


@dataclass(frozen=True, slots=True)
class SourceResult:
    """What one source gave. ``forbidden`` counts the requests that robots.txt did not allow.

    ``complete`` says that everything the source shows is known: no error, nothing forbidden, no page without reviews,
    no listing that claims more reviews than were seen. Only where ``listings`` says so of a listing may a review of it
    that is missing count as missing.
    """

    name: str
    pages: int
    reviews: int
    forbidden: int
    errors: tuple[str, ...]
    drops: Mapping[str, int]
    complete: bool
    requests: int = 0
    not_modified: int = 0
    received_bytes: int = 0
    listings: tuple[ListingPass, ...] = ()
    chains: tuple[ChainPass, ...] = ()
    parked: Mapping[str, Parked] = field(default_factory=dict)
