"""The configured sources, crawled into the store page by page."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from crawlers.crawl import crawl
from crawlers.visit import Fetched, ListingPass, Parked, Source, SourceResult, Taken
from fairstay.homes import Homes
from fairstay.progress import Progress
from fairstay.quality import Coverage
from fairstay.remembering import StoreMemory
from store.archive import Archive
from store.canonical import Observation, listing_key, review_key
from store.database import Database
from store.fetches import ERASED, FetchRow, KnownPage, remember_page, write_fetch
from store.observations import Written, write_listing_counts, write_observations
from store.passes import ChainSeen, Closed, ListingSeen, close_pass, park_hosts, parked_hosts
from store.presence import first_shown_since
from store.privacy import Pseudonymiser
from store.source_runs import SourceRunRow, read_source_runs, write_source_run


@dataclass(slots=True)
class Collected:
    """What came of a crawl: reviews by outcome, reviews gone, and a result for each source.

    ``reworded`` counts, by listing, the reviews whose changes are doubted since most of a page changed with them.
    """

    written: Written = field(default_factory=Written)
    closed: Closed = field(default_factory=Closed)
    results: tuple[SourceResult, ...] = ()
    reworded: Counter[str] = field(default_factory=Counter)

    @property
    def partial(self) -> bool:
        return bool(self.errors)

    @property
    def errors(self) -> list[str]:
        doubted = [
            f"{key}: the pages show far less than they did, or a part that changes; nothing is taken as removed"
            for key in self.closed.suspect
        ]
        reworded = [
            f"{key}: most reviews of a page read otherwise at once ({number:,}); none is taken as edited"
            for key, number in sorted(self.reworded.items())
        ]
        return [error for result in self.results for error in result.errors] + doubted + reworded

    @property
    def not_taken(self) -> list[str]:
        """What could not be read, by its name, a line for each source that had any."""
        return [
            f"{result.name}: not taken: "
            + ", ".join(f"{count:,} {name}" for name, count in sorted(result.drops.items()))
            for result in self.results
            if result.drops
        ]

    def __str__(self) -> str:
        requests = sum(result.requests for result in self.results)
        forbidden = sum(result.forbidden for result in self.results)
        return (
            f"{len(self.results)} sources, {requests:,} requests: {self.written.new:,} new, "
            f"{self.written.changed:,} changed, {self.written.unchanged:,} unchanged, "
            f"{self.closed.missing:,} missing, {self.closed.removed:,} removed, {forbidden:,} addresses left alone"
        )


def collect(
    database: Database,
    sources: Sequence[Source],
    *,
    contact: str,
    seen_at: dt.datetime,
    clock: Callable[[], dt.datetime],
    archive: Archive,
    pseudonymiser: Pseudonymiser,
    keep_names: bool,
    progress: Progress,
    not_before: dt.date | None = None,
) -> Collected:
    """Crawl the sources; each page is in the store before the next one is asked for.

    ``seen_at`` stands for the whole run, ``clock`` gives the moment of each answer; both are UTC without an offset.
    What a run says about missing reviews is booked when all of its sources have come to their end. Reviews published
    before ``not_before`` are past their time and not taken in.

    Raises:
        CrawlError: the crawl must not start as it was asked for.
    """
    if not sources:
        return Collected()
    keeper = _Keeper(database, archive, seen_at, pseudonymiser, keep_names, not_before)

    def tell(name: str, pages: int, reviews: int) -> None:
        if pages % 25 == 0:
            progress.say(f"  {name}: {pages:,} pages, {reviews:,} reviews")

    parked = {host: Parked(*entry) for host, entry in parked_hosts(database, clock()).items()}
    results = crawl(
        sources,
        contact=contact,
        seen=seen_at.date(),
        clock=clock,
        on_page=keeper.keep,
        on_progress=tell,
        memory=StoreMemory(database, archive),
        parked=parked,
    )
    collected = Collected(written=keeper.written, results=results, reworded=keeper.reworded)
    for source, result in zip(sources, results, strict=True):
        _close(database, source.platform, result, keeper, seen_at, collected.closed)
    return collected


class _Keeper:
    """Takes every page into the store and the archive as it comes, and counts."""

    def __init__(
        self,
        database: Database,
        archive: Archive,
        seen_at: dt.datetime,
        pseudonymiser: Pseudonymiser,
        keep_names: bool,
        not_before: dt.date | None,
    ) -> None:
        self._database, self._archive, self._not_before = database, archive, not_before
        self._seen_at, self._pseudonymiser, self._keep_names = seen_at, pseudonymiser, keep_names
        self.written = Written()
        self.coverage: dict[str, Coverage] = defaultdict(Coverage)
        self.new: Counter[tuple[str, str]] = Counter()
        self.changed: Counter[tuple[str, str]] = Counter()
        self.reworded: Counter[str] = Counter()
        self.homes = Homes(database)
        self._closed: dict[str, dt.datetime | None] = {}
        self._counted: dict[str, set[str]] = defaultdict(set)

    def keep(self, fetched: Fetched) -> Taken:
        """Writes one page and tells the crawler what was new on it, also to a run that was stopped halfway."""
        fetched = replace(fetched, page=self.homes.moved(fetched.page))
        source = fetched.source
        page = Written()
        by_listing: dict[str, list[Observation]] = defaultdict(list)
        for each in fetched.page.observations:
            if self._not_before is None or each.published_to >= self._not_before:
                by_listing[listing_key(each.platform, each.listing_id)].append(each)
            self.coverage[fetched.source].add(each)
        for key, observations in by_listing.items():
            written = write_observations(
                self._database,
                observations,
                source=fetched.source,
                seen_at=self._seen_at,
                pseudonymiser=self._pseudonymiser,
                keep_names=self._keep_names,
                body_sha256=fetched.raw_sha256,
                sighted=True,
            )
            self.new[fetched.source, key] += written.new
            self.changed[fetched.source, key] += written.changed
            self.reworded += Counter({key: written.doubted})
            page.add(written)
        write_listing_counts(self._database, fetched.page.snapshots, self._seen_at.date())
        reviews = [review_key(each.platform, each.listing_id, each.review_id) for each in fetched.page.observations]
        self._keep_body(fetched, reviews, list(by_listing), is_withheld=page.withheld > 0)
        self.written.add(page)
        return Taken(self._new_to(source, reviews, page.new), page.changed)

    def _new_to(self, source: str, keys: list[str], written: int) -> int:
        """How many reviews of a page its source had not shown when its last run was closed."""
        if source not in self._closed:
            runs = read_source_runs(self._database, source, before=self._seen_at, count=1)
            self._closed[source] = runs[0].seen_at if runs else None
        since = self._closed[source]
        if since is None:
            return written
        found = first_shown_since(self._database, source, keys, since) - self._counted[source]
        self._counted[source] |= found
        return len(found)

    def _keep_body(self, fetched: Fetched, reviews: list[str], listings: list[str], *, is_withheld: bool) -> None:
        if is_withheld:
            self._archive.delete(fetched.raw_sha256)
        else:
            self._archive.put(fetched.body)
        headers = {name.lower(): value for name, value in reversed(fetched.headers)}
        media_type = headers.get("content-type")
        row = FetchRow(
            source=fetched.source,
            url=fetched.url,
            fetched_at=fetched.fetched_at,
            status=fetched.status,
            headers=fetched.headers,
            body_sha256=fetched.raw_sha256,
            size=len(fetched.body),
            media_type=media_type,
        )
        snapshots = [listing_key(each.platform, each.listing_id) for each in fetched.page.snapshots]
        write_fetch(
            self._database,
            row,
            kept=not is_withheld,
            why_not=ERASED if is_withheld else None,
            reviews=reviews,
            listings=[*listings, *snapshots],
        )
        # A 304 may leave out what it confirms; what the full answer said still holds.
        memory = StoreMemory(self._database, self._archive)
        earlier = memory.page(fetched.source, fetched.url) if fetched.status == 304 else None
        remember_page(
            self._database,
            fetched.source,
            fetched.url,
            KnownPage(
                fetched.raw_sha256,
                media_type or (earlier.media_type if earlier else None),
                headers.get("etag") or (earlier.etag if earlier else None),
                headers.get("last-modified") or (earlier.last_modified if earlier else None),
                fetched.lastmod,
            ),
        )


def _by_home(keeper: _Keeper, platform: str, passes: Sequence[ListingPass]) -> dict[str, list[ListingPass]]:
    """The passes of each listing under the id by which it is kept; two where pages spell its address in two ways."""
    found: dict[str, list[ListingPass]] = defaultdict(list)
    for each in passes:
        found[keeper.homes.id_of(platform, each.listing_id)].append(each)
    return found


def _listing_seen(
    keeper: _Keeper, result: SourceResult, platform: str, listing_id: str, passes: Sequence[ListingPass]
) -> ListingSeen:
    key = listing_key(platform, listing_id)
    statuses = {each.status for each in passes}
    return ListingSeen(
        listing_key=key,
        status=statuses.pop() if len(statuses) == 1 else "partial",
        pages=sum(each.pages for each in passes),
        claimed=max((each.claimed for each in passes if each.claimed is not None), default=None),
        listed={review_key(platform, listing_id, review_id) for each in passes for review_id in each.listed},
        new=keeper.new[result.name, key],
        changed=keeper.changed[result.name, key],
        errors=sum(each.errors for each in passes),
        dropped=sum(each.dropped for each in passes),
    )


def _close(
    database: Database, platform: str, result: SourceResult, keeper: _Keeper, seen_at: dt.datetime, closed: Closed
) -> None:
    """Books what a source's run says as a whole: listings, chains, hosts that asked to be left alone, and the run."""
    listings = [
        _listing_seen(keeper, result, platform, listing_id, passes)
        for listing_id, passes in _by_home(keeper, platform, result.listings).items()
    ]
    chains = [
        ChainSeen(
            each.start_url,
            each.status,
            each.ordered,
            each.claimed,
            each.cursor,
            tuple(sorted({listing_key(platform, keeper.homes.id_of(platform, name)) for name in each.listing_ids})),
        )
        for each in result.chains
    ]
    found = close_pass(database, result.name, seen_at, listings, chains)
    closed.missing += found.missing
    closed.removed += found.removed
    closed.suspect += found.suspect
    park_hosts(database, {host: (parked.until, parked.reason) for host, parked in result.parked.items()})
    coverage = keeper.coverage[result.name]
    write_source_run(
        database,
        SourceRunRow(
            source=result.name,
            seen_at=seen_at,
            requests=result.requests,
            pages=result.pages,
            not_modified=result.not_modified,
            received_bytes=result.received_bytes,
            forbidden=result.forbidden,
            errors=len(result.errors),
            drops=result.drops,
            reviews=coverage.reviews,
            coverage=coverage.shares(),
            complete=result.complete,
        ),
    )
