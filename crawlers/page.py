"""What a parser is told about the bytes it reads, and what it gives back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from store.canonical import ListingSnapshot, Observation


@dataclass(frozen=True, slots=True)
class Context:
    """Where bytes came from: ``url`` is where they were found in the end, ``seen`` the day on which.

    ``listing_id`` is the listing that the source is about, where the bytes do not say so themselves; ``encoding`` the
    character set that the server declared, ``language`` the one of the page's own words where that is known.
    """

    url: str
    platform: str
    seen: dt.date
    listing_id: str | None = None
    encoding: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not taken. ``line`` counts from 1 (a Parquet row, a record: its number), ``column`` is canonical
    or None.

    ``row`` holds the cells under the source's own names, or the text of the line under ``raw``.
    """

    line: int
    column: str | None
    reason: str
    row: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Page:
    """What one page or reply gave.

    ``drops`` counts, by name, what could not be taken: reviews, script blocks, whole documents. ``next_urls`` are the
    pages that follow. ``order`` holds the days by which the page's reviews are ordered, in the page's own order: empty
    where there are none, and newest first where the source keeps what it promises. ``cursor`` is the address from which
    a later night goes on, for a source that then gives only what changed.
    """

    observations: tuple[Observation, ...] = ()
    snapshots: tuple[ListingSnapshot, ...] = ()
    next_urls: tuple[str, ...] = ()
    drops: Mapping[str, int] = field(default_factory=dict)
    refusals: tuple[Refusal, ...] = ()
    order: tuple[dt.date, ...] = ()
    cursor: str | None = None
