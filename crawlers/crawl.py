"""Crawls sources with Scrapy on a plain asyncio loop: many runs in one process, no reactor, no global state."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from scrapy import signals
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.settings import Settings

from crawlers.hosts import private_address
from crawlers.spiders import SPIDERS
from crawlers.values import platform as checked_platform
from crawlers.visit import Fetched, Source, SourceResult, Visit, host_key

__all__ = ["CrawlError", "Fetched", "Source", "SourceResult", "crawl"]

PRODUCT = "Fairstay/0.1"

_CONTACT = re.compile(r"[!-~]+@[!-~]+\.[!-~]+|https?://[!-~]+")
_GROUPS_AT_ONCE = 4

# Without a handler of its own Python prints a library's warnings on stderr.
logging.getLogger("scrapy").addHandler(logging.NullHandler())


class CrawlError(ValueError):
    """A crawl that must not start as it was asked for; the message is one line."""


def crawl(
    sources: Sequence[Source],
    *,
    contact: str,
    seen: dt.date,
    on_page: Callable[[Fetched], None],
    on_progress: Callable[[str, int, int], None] | None = None,
) -> tuple[SourceResult, ...]:
    """Crawls every source and returns their results in order; an error of one source never stops another.

    ``contact`` is the mail or web address that the User-Agent names, ``seen`` the day of the crawl. ``on_page`` takes
    every page as it comes; what it raises ends the crawl and is raised here. ``on_progress`` takes the source's name,
    its pages and its reviews so far. Raises ``CrawlError`` before the first request.
    """
    _check(sources, contact)
    parked: dict[str, str] = {}
    visits = [Visit(source, seen=seen, parked=parked, on_page=on_page, on_progress=on_progress) for source in sources]
    with _quiet():
        asyncio.run(_visit_all(visits, f"{PRODUCT} (+{contact.strip()})"))
    for visit in visits:
        if visit.failure is not None:
            raise visit.failure
    return tuple(visit.result() for visit in visits)


def _check(sources: Sequence[Source], contact: str) -> None:
    if not _CONTACT.fullmatch(contact.strip()):
        raise CrawlError(f"a crawl needs a contact, a mail address or a web address; '{contact}' is neither")
    names = [source.name for source in sources]
    for source in sources:
        try:
            if names.count(source.name) > 1:
                raise ValueError("two sources have this name")
            if source.spider not in SPIDERS:
                raise ValueError(f"there is no spider '{source.spider}', only {', '.join(SPIDERS)}")
            if not source.start_urls:
                raise ValueError("it has no start address")
            if source.delay_s < 0 or source.max_pages < 1:
                raise ValueError("delay_s must not be negative and max_pages must be at least 1")
            checked_platform(source.platform)
            for url in source.start_urls:
                host_key(url)
        except ValueError as error:
            raise CrawlError(f"source '{source.name}': {error}") from None


async def _visit_all(visits: Sequence[Visit], user_agent: str) -> None:
    gate = asyncio.Semaphore(_GROUPS_AT_ONCE)

    async def run(group: list[Visit]) -> None:
        async with gate:
            for visit in group:
                if all(other.failure is None for other in visits):
                    await _visit(visit, user_agent)

    await asyncio.gather(*(run(group) for group in _groups(visits)))


def _groups(visits: Sequence[Visit]) -> list[list[Visit]]:
    """Visits that share a host, directly or by way of others, go one after the other in one group."""
    groups: list[list[Visit]] = []
    for visit in visits:
        near = [group for group in groups if any(visit.hosts & other.hosts for other in group)]
        groups = [group for group in groups if group not in near]
        groups.append([*(other for group in near for other in group), visit])
    return groups


async def _visit(visit: Visit, user_agent: str) -> None:
    if not visit.source.allow_private and not await _is_public(visit):
        return
    runner = AsyncCrawlerRunner(_settings(visit.source, user_agent))
    crawler = runner.create_crawler(SPIDERS[visit.source.spider])

    # Scrapy holds its receivers weakly: this one must stay a local name until the crawl is over.
    def note(failure: Any, response: Any, **_: Any) -> None:
        if visit.failure is None:
            visit.add_error(response.url, f"the page could not be read ({failure.type.__name__}: {failure.value})")

    crawler.signals.connect(note, signal=signals.spider_error)
    await runner.crawl(crawler, visit=visit)


async def _is_public(visit: Visit) -> bool:
    """Whether every start address lies on the public internet; notes an error for those that do not."""
    is_public = True
    for url in visit.source.start_urls:
        try:
            address = await private_address(url)
        except OSError as error:
            visit.add_error(url, f"the host name cannot be resolved ({error.strerror or error})", whole_host=True)
            is_public = False
        else:
            if address is not None:
                visit.add_error(url, f"{address} is a private address, and the source does not allow that")
                is_public = False
    return is_public


def _settings(source: Source, user_agent: str) -> Settings:
    settings = Settings()
    settings.setmodule("crawlers.settings")
    settings.update(
        {
            "USER_AGENT": user_agent,
            "DOWNLOAD_DELAY": source.delay_s,
            "AUTOTHROTTLE_START_DELAY": source.delay_s,
            "DEPTH_LIMIT": source.max_pages,
        },
        priority="cmdline",
    )
    return settings


@contextmanager
def _quiet() -> Iterator[None]:
    """Scrapy's logger at ERROR for the time of a crawl: what matters is in the results."""
    logger = logging.getLogger("scrapy")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)
