"""The configured sources, crawled into the store page by page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from crawlers.crawl import Fetched, Source, SourceResult, crawl
from fairstay.progress import Progress
from store.database import Database
from store.observations import Written, write_listing_counts, write_observations
from store.privacy import Pseudonymiser


@dataclass(slots=True)
class Collected:
    """What came of a crawl: reviews by outcome, and a result for each source."""

    written: Written = field(default_factory=Written)
    results: tuple[SourceResult, ...] = ()

    @property
    def partial(self) -> bool:
        return any(result.errors for result in self.results)

    @property
    def errors(self) -> list[str]:
        return [f"{result.name}: {error}" for result in self.results for error in result.errors]

    def __str__(self) -> str:
        pages = sum(result.pages for result in self.results)
        forbidden = sum(result.forbidden for result in self.results)
        counts = f"{self.written.new:,} new, {self.written.changed:,} changed, {self.written.unchanged:,} unchanged"
        return f"{len(self.results)} sources, {pages:,} pages: {counts}, {forbidden:,} addresses left alone"


def collect(
    database: Database,
    sources: Sequence[Source],
    *,
    contact: str,
    seen_at: dt.datetime,
    pseudonymiser: Pseudonymiser,
    keep_names: bool,
    progress: Progress,
) -> Collected:
    """Crawl the sources; each page is in the store before the next one is asked for.

    Raises:
        CrawlError: the crawl must not start as it was asked for.
    """
    collected = Collected()

    def keep(fetched: Fetched) -> None:
        collected.written.add(
            write_observations(
                database,
                fetched.page.observations,
                source=fetched.source,
                seen_at=seen_at,
                pseudonymiser=pseudonymiser,
                keep_names=keep_names,
            )
        )
        write_listing_counts(database, fetched.page.snapshots, seen_at.date())

    def tell(name: str, pages: int, reviews: int) -> None:
        if pages % 25 == 0:
            progress.say(f"  {name}: {pages:,} pages, {reviews:,} reviews")

    if sources:
        collected.results = crawl(sources, contact=contact, seen=seen_at.date(), on_page=keep, on_progress=tell)
    return collected
