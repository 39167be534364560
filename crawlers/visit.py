"""One source while it is being crawled: where it may go, what went wrong, and whether it was seen whole."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from crawlers.parse.schema_org import Page

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Source:
    """One site to collect from: the spider that reads it, where to start, and how gently.

    ``delay_s`` is the least time in seconds between two requests to one host, ``max_pages`` the most pages of one
    crawl. ``allow_private`` lets a source lie on a loopback or private address.
    """

    name: str
    spider: str
    platform: str
    start_urls: tuple[str, ...]
    delay_s: float = 2.0
    max_pages: int = 1000
    allow_private: bool = False


@dataclass(frozen=True, slots=True)
class Fetched:
    """One page as it was read; ``url`` is where it was found in the end, ``raw_sha256`` the hash of its bytes."""

    source: str
    url: str
    status: int
    raw_sha256: str
    page: Page


@dataclass(frozen=True, slots=True)
class SourceResult:
    """What one source gave. ``forbidden`` counts the requests that robots.txt did not allow.

    ``complete`` says that everything the source shows was read: no error, nothing forbidden, no page without reviews,
    no listing that claims more reviews than were seen. Only then may a review that is missing count as missing.
    """

    name: str
    pages: int
    reviews: int
    forbidden: int
    errors: tuple[str, ...]
    drops: Mapping[str, int]
    complete: bool


def host_key(url: str) -> str:
    """``host`` or ``host:port`` of an address, lower-case, without the scheme's own port. Raises ``ValueError``."""
    parts = urlsplit(url)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError(f"'{url}' is not an http or https address")
    port = parts.port or _DEFAULT_PORTS[parts.scheme]
    return parts.hostname if port == _DEFAULT_PORTS[parts.scheme] else f"{parts.hostname}:{port}"


class Visit:
    """The book that spider and middlewares keep on one source; ``parked`` is shared by all sources of a run."""

    def __init__(
        self,
        source: Source,
        *,
        seen: dt.date,
        parked: dict[str, str],
        on_page: Callable[[Fetched], None],
        on_progress: Callable[[str, int, int], None] | None = None,
    ) -> None:
        self.source = source
        self.seen = seen
        self.parked = parked
        self.hosts = frozenset(host_key(url) for url in source.start_urls)
        self.failure: Exception | None = None
        self._on_page = on_page
        self._on_progress = on_progress
        self._admitted = 0
        self._is_cut = False
        self._pages = 0
        self._reviews = 0
        self._forbidden = 0
        self._empty_pages = 0
        self._drops: Counter[str] = Counter()
        self._errors: dict[str, str] = {}
        self._listed: dict[str, set[str]] = {}
        self._claimed: dict[str, int] = {}

    def admits_another(self) -> bool:
        """Whether one more page may be asked for; the first refusal makes the visit incomplete."""
        if self._admitted >= self.source.max_pages:
            self._is_cut = True
            return False
        self._admitted += 1
        return True

    def add_page(self, url: str, status: int, body: bytes, page: Page) -> None:
        """Takes in a page and hands it on; what the caller raises is kept in ``failure`` and raised again."""
        self._pages += 1
        self._reviews += len(page.observations)
        self._empty_pages += not page.observations
        self._drops.update(page.drops)
        for observation in page.observations:
            self._listed.setdefault(observation.listing_id, set()).add(observation.review_id)
        for snapshot in page.snapshots:
            claimed = self._claimed.get(snapshot.listing_id, 0)
            self._claimed[snapshot.listing_id] = max(claimed, snapshot.review_count or 0)
        try:
            self._on_page(Fetched(self.source.name, url, status, hashlib.sha256(body).hexdigest(), page))
            if self._on_progress is not None:
                self._on_progress(self.source.name, self._pages, self._reviews)
        except Exception as error:
            self.failure = error
            raise

    def add_forbidden(self) -> None:
        """Counts a request that robots.txt does not allow."""
        self._forbidden += 1

    def add_error(self, url: str, reason: str, *, whole_host: bool = False) -> None:
        """Notes an error in one line; of an error that concerns a whole host only the first."""
        key = urlsplit(url).netloc if whole_host else url
        self._errors.setdefault(key, f"{self.source.name}: {url}: {' '.join(reason.split())}")

    def result(self) -> SourceResult:
        """The sum of the visit."""
        unseen = any(count > len(self._listed.get(listing, ())) for listing, count in self._claimed.items())
        flaws: tuple[Any, ...] = (self._errors, self._forbidden, self._is_cut, self._empty_pages, unseen)
        return SourceResult(
            name=self.source.name,
            pages=self._pages,
            reviews=self._reviews,
            forbidden=self._forbidden,
            errors=tuple(self._errors.values()),
            drops=dict(self._drops),
            complete=self._pages > 0 and not any(flaws) and not self._drops["bad_script"],
        )
