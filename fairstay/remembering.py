"""The store as the crawlers' memory of earlier nights."""

from __future__ import annotations

from crawlers.memory import ChainMemory, PageMemory
from store.archive import Archive
from store.database import Database
from store.fetches import known_page
from store.passes import known_chain


class StoreMemory:
    """``crawlers.memory.Memory`` out of the tables and the archive."""

    def __init__(self, database: Database, archive: Archive) -> None:
        self._database, self._archive = database, archive

    def page(self, source: str, url: str) -> PageMemory | None:
        """What is known of a page whose bytes are at hand."""
        known = known_page(self._database, source, url)
        if known is None or not self._archive.has(known.body_sha256):
            return None
        return PageMemory(known.body_sha256, known.media_type, known.etag, known.last_modified, known.lastmod)

    def body(self, sha256: str) -> bytes | None:
        """The archived bytes, None where they are gone."""
        return self._archive.get(sha256)

    def chain(self, source: str, start_url: str) -> ChainMemory | None:
        """What is known of a start address."""
        known = known_chain(self._database, source, start_url)
        if known is None:
            return None
        return ChainMemory(known.read_whole, known.ordered, known.claimed, known.cursor, known.pending)
