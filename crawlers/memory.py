"""What earlier nights know of a source, so that a night asks only for what changed."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PageMemory:
    """A page when it was last read. ``lastmod`` is what the source's sitemap said of it then."""

    body_sha256: str
    media_type: str | None
    etag: str | None
    last_modified: str | None
    lastmod: str | None


@dataclass(frozen=True, slots=True)
class ChainMemory:
    """A start address and the pages after it, when they were last read.

    ``read_whole`` is the day of the last reading to the end, ``ordered`` whether its reviews came newest first,
    ``claimed`` the number of reviews that the listing claimed then. ``cursor`` is where a source that gives only what
    changed goes on. ``pending`` says that a review was missing last time, which only another whole reading can confirm.
    """

    read_whole: dt.date | None
    ordered: bool
    claimed: int | None
    cursor: str | None
    pending: bool


class Memory(Protocol):
    """The memory of earlier nights."""

    def page(self, source: str, url: str) -> PageMemory | None:
        """What is known of a page, None where nothing is or its bytes are gone."""

    def body(self, sha256: str) -> bytes | None:
        """The bytes of a body, None where they were not kept."""

    def chain(self, source: str, start_url: str) -> ChainMemory | None:
        """What is known of a start address."""


class NoMemory:
    """A first night."""

    def page(self, source: str, url: str) -> PageMemory | None:
        """Nothing."""
        return None

    def body(self, sha256: str) -> bytes | None:
        """Nothing."""
        return None

    def chain(self, source: str, start_url: str) -> ChainMemory | None:
        """Nothing."""
        return None


@dataclass(frozen=True, slots=True)
class Remembered:
    """A page with the bytes that it had when it was last read."""

    page: PageMemory
    body: bytes


def remembered(memory: Memory, source: str, url: str) -> Remembered | None:
    """A page whose bytes are still there and still what they were."""
    page = memory.page(source, url)
    body = None if page is None else memory.body(page.body_sha256)
    if page is None or body is None or hashlib.sha256(body).hexdigest() != page.body_sha256:
        return None
    return Remembered(page, body)
