"""One source while it is being crawled: where it may go, what went wrong, and whether it was seen whole."""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from w3lib.url import canonicalize_url

from crawlers.address import host_key
from crawlers.budget import Budget
from crawlers.chains import Chain
from crawlers.conditional import confirmed_by
from crawlers.memory import Memory, NoMemory
from crawlers.page import Page
from crawlers.passes import ChainPass, ListingPass, Taken, listing_passes
from crawlers.source import Fetched, Parked, Source, SourceResult

if TYPE_CHECKING:
    from crawlers.lastmods import Lastmods

# Response headers that single out a visitor, and prove nothing.
_NOT_KEPT = frozenset({b"set-cookie", b"authorization"})
_LONGEST_URL_SHOWN = 300

__all__ = [
    "ChainPass",
    "Fetched",
    "ListingPass",
    "Parked",
    "Source",
    "SourceResult",
    "Taken",
    "Visit",
    "host_key",
]


class Visit:
    """The book that spider and middlewares keep on one source.

    A spider begins a chain for each start address or listing, asks which of its addresses to request, and gives each
    answer to ``take`` or, where none came, to ``lose``. ``parked`` is shared by all sources of a run. ``failure`` is
    what the caller's ``on_page`` raised.
    """

    def __init__(
        self,
        source: Source,
        *,
        seen: dt.date,
        clock: Callable[[], dt.datetime],
        on_page: Callable[[Fetched], Taken | None],
        on_progress: Callable[[str, int, int], None] | None = None,
        memory: Memory | None = None,
        parked: dict[str, Parked] | None = None,
    ) -> None:
        self.source = source
        self.seen = seen
        self.clock = clock
        self.memory: Memory = NoMemory() if memory is None else memory
        self.parked = {} if parked is None else parked
        self.hosts = _hosts(source)
        self.budget = Budget(
            max_pages=source.max_pages,
            max_bytes=source.max_mib * 2**20,
            max_seconds=source.max_minutes * 60.0,
            monotonic=time.monotonic,
        )
        self.failure: BaseException | None = None
        self.lastmods: Lastmods | None = None
        self._on_page = on_page
        self._on_progress = on_progress
        self._chains: dict[str, Chain] = {}
        self._asked: dict[str, Chain] = {}
        self._shown: set[tuple[str, str]] = set()
        self._errors: dict[str, str] = {}
        self._drops: Counter[str] = Counter()
        self._pages = 0
        self._not_modified = 0
        self._forbidden = 0
        self._requests = 0
        self._received_bytes = 0

    def begin(self, start_url: str, *, is_proof: bool = False) -> Chain:
        """The chain of a start address, or of a listing under any address that is its own every night.

        ``is_proof`` says that the end of its paging proves that there is no more.
        """
        if start_url not in self._chains:
            known = self.memory.chain(self.source.name, start_url)
            self._chains[start_url] = Chain(
                start_url, known, day=self.seen, whole_every=self.source.whole_every, is_proof=is_proof
            )
        return self._chains[start_url]

    def read_all(self, start_urls: Iterable[str]) -> Iterator[tuple[Chain, tuple[str, ...]]]:
        """Begins a chain for each start address; each is yielded, when it is its turn, with the addresses to request.

        A chain of which the sitemap says that all of its pages are as they were is not read; a few of these are all
        the same, and first, and all of them where that shows that the sitemap does not tell the truth.
        """
        chains = [self.begin(url) for url in dict.fromkeys(start_urls)]
        unchanged = [chain for chain in chains if self._stands_as_it_was(chain)]
        checks = [] if self.lastmods is None else self.lastmods.to_check(unchanged, self.seen)
        for chain in checks:
            yield chain, self._ask_again(chain, is_check=True)
        for chain in chains:
            if chain not in unchanged:
                yield chain, self.ask(chain, (chain.start_url,))
        if self.lastmods is not None and not self.lastmods.is_believed:
            for chain in chains:
                if chain.recalled:
                    yield chain, self._ask_again(chain)

    def ask(self, chain: Chain, urls: Iterable[str]) -> tuple[str, ...]:
        """Which of these addresses to request now: not those that are known, not twice, none beyond the budget.

        Every address returned must come back to ``take`` or ``lose``.
        """
        found = []
        following = deque(urls)
        while following:
            url = following.popleft()
            if (reader := self._asked.get(_same(url))) is not None:
                chain.join(reader)
            elif (page := self._recall(chain, url)) is not None:
                self._asked[_same(url)] = chain
                chain.add(page, is_recalled=True)
                following.extend(page.next_urls)
            elif self.budget.admit_page():
                self._asked[_same(url)] = chain
                chain.waiting += 1
                found.append(url)
            else:
                chain.cut()
        return tuple(found)

    def take(self, chain: Chain, response: Any, page: Page) -> tuple[str, ...]:
        """Takes in the answer to a request of a chain, hands it on, and returns the addresses to request next.

        What the caller's ``on_page`` raises is kept in ``failure`` and raised again.
        """
        chain.waiting -= 1
        if self._leads_back(chain, response):
            return ()
        self._count(page)
        fetched = self._fetched(response, page)
        chain.add(page)
        vouched_for = self._vouched_for(chain, fetched)
        taken = self._hand_on(fetched)
        if vouched_for is not None:
            self._check_sitemap(vouched_for, fetched, taken)
        if self.lastmods is None and page.next_urls and chain.stops_here(page, taken):
            return ()
        return self.ask(chain, page.next_urls)

    def lose(self, chain: Chain) -> None:
        """Notes that a request of a chain gave no page; why is noted apart from that."""
        chain.waiting -= 1
        chain.errors += 1

    def add_forbidden(self) -> None:
        """Counts a request that robots.txt does not allow."""
        self._forbidden += 1

    def add_request(self) -> None:
        """Counts a request that was sent."""
        self._requests += 1

    def add_bytes(self, n: int) -> None:
        """Counts bytes as they were received."""
        self._received_bytes += n
        self.budget.add_bytes(n)

    def add_error(self, url: str, reason: str, *, whole_host: bool = False) -> None:
        """Notes an error in one line; of an error that concerns a whole host only the first."""
        key = urlsplit(url).netloc if whole_host else url
        shown = url if len(url) <= _LONGEST_URL_SHOWN else f"{url[:_LONGEST_URL_SHOWN]}..."
        self._errors.setdefault(key, f"{self.source.name}: {shown}: {' '.join(reason.split())}")

    def result(self) -> SourceResult:
        """The sum of the visit."""
        chains = tuple(self._chains.values())
        listings = listing_passes(chains)
        unseen = any(each.claimed is not None and each.claimed > len(each.listed) for each in listings)
        is_known = bool(chains) and all(chain.is_whole for chain in chains)
        return SourceResult(
            name=self.source.name,
            pages=self._pages,
            reviews=len(self._shown),
            forbidden=self._forbidden,
            errors=tuple(self._errors.values()),
            drops=dict(self._drops),
            complete=is_known and not (self._errors or self._forbidden or unseen),
            requests=self._requests,
            not_modified=self._not_modified,
            received_bytes=self._received_bytes,
            listings=listings,
            chains=tuple(chain.result() for chain in chains),
        )

    def _stands_as_it_was(self, chain: Chain) -> bool:
        """Whether the sitemap vouches for every page of a chain, which then counts as known."""
        found: dict[str, None] = {}
        following = deque([chain.start_url])
        while following:
            url = following.popleft()
            if _same(url) in found:
                continue
            page = self._recall(chain, url)
            if page is None:
                chain.start_over()
                return False
            found[_same(url)] = None
            chain.add(page, is_recalled=True)
            following.extend(page.next_urls)
        if not chain.is_unchanged:
            chain.start_over()
            return False
        self._asked.update(dict.fromkeys(found, chain))
        return True

    def _ask_again(self, chain: Chain, *, is_check: bool = False) -> tuple[str, ...]:
        self._asked = {url: reader for url, reader in self._asked.items() if reader is not chain}
        chain.start_over(is_check=is_check)
        return self.ask(chain, (chain.start_url,))

    def _recall(self, chain: Chain, url: str) -> Page | None:
        """The page of an earlier night where the sitemap says that it still holds."""
        lastmods = self.lastmods
        if lastmods is None or not lastmods.vouches(chain.start_url, url):
            return None
        is_enough = lastmods.is_believed and not chain.is_due and not chain.is_check
        return lastmods.recall(url) if is_enough else None

    def _leads_back(self, chain: Chain, response: Any) -> bool:
        """Whether a redirect led to a page that was asked for already, which is then not read again."""
        asked_for = response.request.meta.get("redirect_urls", [response.url])[0]
        found = _same(response.url)
        reader = self._asked.get(found)
        if reader is None or found == _same(asked_for):
            self._asked[found] = chain
            return False
        if reader is chain:
            chain.errors += 1
            self.add_error(asked_for, f"leads back to {response.url}, which was read already")
        else:
            chain.join(reader)
        return True

    def _count(self, page: Page) -> None:
        self._pages += 1
        self._drops.update(page.drops)
        self._shown.update(_review_ids(page))

    def _fetched(self, response: Any, page: Page) -> Fetched:
        answer = confirmed_by(response.request) or response
        self._not_modified += answer.status == 304
        now = self.clock()
        headers = [
            (name, value)
            for name, values in answer.headers.items()
            if name.lower() not in _NOT_KEPT
            for value in values
        ]
        return Fetched(
            source=self.source.name,
            url=response.url,
            status=answer.status,
            fetched_at=now,
            headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers),
            body=response.body,
            raw_sha256=hashlib.sha256(response.body).hexdigest(),
            page=page,
            lastmod=None if self.lastmods is None else self.lastmods.to_remember(response.url, now),
        )

    def _hand_on(self, fetched: Fetched) -> Taken | None:
        try:
            taken = self._on_page(fetched)
            if self._on_progress is not None:
                self._on_progress(self.source.name, self._pages, len(self._shown))
        except BaseException as error:
            self.failure = error
            raise
        return taken

    def _vouched_for(self, chain: Chain, fetched: Fetched) -> Page | None:
        """The page of an earlier night where the sitemap says that it still holds and other bytes came."""
        lastmods = self.lastmods
        if lastmods is None or not lastmods.is_believed or not lastmods.vouches(chain.start_url, fetched.url):
            return None
        return lastmods.recall_other(fetched.url, fetched.raw_sha256)

    def _check_sitemap(self, earlier: Page, fetched: Fetched, taken: Taken | None) -> None:
        brought_something = taken is not None and taken.new + taken.changed > 0
        if self.lastmods is not None and (brought_something or _review_ids(earlier) != _review_ids(fetched.page)):
            self.lastmods.is_believed = False
            reason = f"says that {fetched.url} has not changed, but it has; the sitemap is not believed for this run"
            self.add_error(str(self.source.sitemap), reason)


def _review_ids(page: Page) -> set[tuple[str, str]]:
    return {(each.listing_id, each.review_id) for each in page.observations}


def _same(url: str) -> str:
    """One text for all spellings of an address."""
    return str(canonicalize_url(url))


def _hosts(source: Source) -> frozenset[str]:
    """The hosts that a source may speak to."""
    urls = (*source.start_urls, source.base_url, source.sitemap)
    return frozenset({*(host_key(url) for url in urls if url), *(host_key(f"http://{host}") for host in source.hosts)})
