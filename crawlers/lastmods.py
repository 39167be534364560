"""What a sitemap says of pages that were read before: which of them need not be asked for."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence

from crawlers.chains import Chain
from crawlers.memory import Memory, remembered
from crawlers.page import Page

# Of the chains that a sitemap calls unchanged, so many are read all the same.
_CHECKED_SHARE = 0.02
# https://www.w3.org/TR/NOTE-datetime, to the day or finer.
_W3C_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2}))?")


class Lastmods:
    """The ``lastmod`` of each page of a sitemap, against what was remembered of the page.

    ``read`` parses the body of a page: address, bytes, media type. ``is_believed`` ends when a page proves it wrong.
    """

    def __init__(
        self, source: str, memory: Memory, said: Mapping[str, str], read: Callable[[str, bytes, str | None], Page]
    ) -> None:
        self.is_believed = True
        self._source = source
        self._memory = memory
        self._said = said
        self._read = read
        self._verdicts: dict[str, bool] = {}

    def vouches(self, start_url: str, url: str) -> bool:
        """Whether a page of a chain is said to be as it was when it was last read.

        The sitemap may name only the start of a chain, which then stands for all of it. The answer stays the same
        while the pages are read and remembered anew.
        """
        if url not in self._said and url != start_url:
            return self.vouches(start_url, start_url)
        if url not in self._verdicts:
            said = self._said.get(url)
            known = None if said is None else self._memory.page(self._source, url)
            self._verdicts[url] = known is not None and known.lastmod == said
        return self._verdicts[url]

    def recall(self, url: str) -> Page | None:
        """The page as it was when it was last read, None where its bytes are gone."""
        known = remembered(self._memory, self._source, url)
        return None if known is None else self._read(url, known.body, known.page.media_type)

    def recall_other(self, url: str, sha256: str) -> Page | None:
        """The same, None also where the page has these very bytes again."""
        known = self._memory.page(self._source, url)
        return None if known is None or known.body_sha256 == sha256 else self.recall(url)

    def to_remember(self, url: str, read_at: dt.datetime) -> str | None:
        """What is said of a page read at a moment (UTC), None while a later change could bear the same ``lastmod``."""
        said = self._said.get(url)
        return said if said is not None and is_past(said, read_at) else None

    def to_check(self, chains: Sequence[Chain], day: dt.date) -> list[Chain]:
        """The chains to be read although they are called unchanged: others every day, at least one."""
        chosen = sorted(chains, key=lambda chain: _lot(self._source, chain.start_url, day))
        return chosen[: -int(-_CHECKED_SHARE * len(chains) // 1)]


def is_past(lastmod: str, now: dt.datetime) -> bool:
    """Whether the second, minute or day that a ``lastmod`` names is over everywhere (``now`` is UTC, no offset)."""
    if not _W3C_DATE.fullmatch(lastmod):
        return False
    try:
        moment = dt.datetime.fromisoformat(lastmod)
    except ValueError:
        return False
    if moment.tzinfo is None:
        return now - moment >= dt.timedelta(days=1, hours=12)
    return now.replace(tzinfo=dt.UTC) - moment >= dt.timedelta(minutes=1)


def _lot(source: str, url: str, day: dt.date) -> bytes:
    return hashlib.sha256("\0".join((source, url, day.isoformat())).encode("utf-8", "surrogatepass")).digest()
