"""Crawls sources with Scrapy on a plain asyncio loop: many runs in one process, no reactor, no global state."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from scrapy import signals
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.settings import Settings

from crawlers.address import host_key
from crawlers.memory import Memory, NoMemory
from crawlers.network import Network
from crawlers.resolver import PublicLoop, allow_private
from crawlers.spiders import SPIDERS
from crawlers.values import platform as checked_platform
from crawlers.visit import Fetched, Parked, Source, SourceResult, Taken, Visit

__all__ = ["CrawlError", "Fetched", "Source", "SourceResult", "crawl"]

PRODUCT = "Fairstay/0.1"

_CONTACT = re.compile(r"[!-~]+@[!-~]+\.[!-~]+|https?://[!-~]+")
_GROUPS_AT_ONCE = 4
_NO_MEMORY = NoMemory()
_NETWORK = Network()

# Without a handler of its own Python prints a library's warnings on stderr.
logging.getLogger("scrapy").addHandler(logging.NullHandler())


class CrawlError(ValueError):
    """A crawl that must not start as it was asked for; the message is one line."""


def crawl(
    sources: Sequence[Source],
    *,
    contact: str,
    seen: dt.date,
    clock: Callable[[], dt.datetime],
    on_page: Callable[[Fetched], Taken | None],
    on_progress: Callable[[str, int, int], None] | None = None,
    memory: Memory = _NO_MEMORY,
    parked: Mapping[str, Parked] = MappingProxyType({}),
    network: Network = _NETWORK,
) -> tuple[SourceResult, ...]:
    """Crawls every source and returns their results in order; an error of one source never stops another.

    ``contact`` is the mail or web address that the User-Agent names, ``seen`` the day of the crawl, ``clock`` gives the
    moment (UTC, without an offset). ``on_page`` takes every page as it comes; what it raises ends the crawl and is
    raised here. ``on_progress`` takes the source's name, its pages and its reviews so far. ``memory`` is what earlier
    nights know. Hosts in ``parked`` are not asked for anything before their moment; those that this crawl parks are in
    the results. Raises ``CrawlError`` before the first request.
    """
    _check(sources, contact)
    alone = dict(parked)
    visits = [
        Visit(
            _addressed(source),
            seen=seen,
            clock=clock,
            on_page=on_page,
            on_progress=on_progress,
            memory=memory,
            parked=alone,
        )
        for source in sources
    ]
    settings = _settings(network, f"{PRODUCT} (+{contact.strip()})")
    with _quiet(), asyncio.Runner(loop_factory=lambda: PublicLoop(network.resolve)) as runner:
        parkings = runner.run(_visit_all(visits, settings))
    for visit in visits:
        if visit.failure is not None:
            raise visit.failure
    return tuple(replace(visit.result(), parked=parkings.get(visit.source.name, {})) for visit in visits)


def _addressed(source: Source) -> Source:
    """The source of an API with the API's own address, so that two of one API never run at once."""
    api = getattr(SPIDERS[source.spider], "api", None)
    return source if api is None or source.base_url else replace(source, base_url=api.base_url)


def _check(sources: Sequence[Source], contact: str) -> None:
    if not _CONTACT.fullmatch(contact.strip()):
        raise CrawlError(f"a crawl needs a mail or web address under [crawl] contact; '{contact}' is neither")
    names = [source.name for source in sources]
    for source in sources:
        try:
            if names.count(source.name) > 1:
                raise ValueError("two sources have this name")
            if source.spider not in SPIDERS:
                raise ValueError(f"there is no spider '{source.spider}', only {', '.join(SPIDERS)}")
            if not source.start_urls and not hasattr(SPIDERS[source.spider], "api"):
                raise ValueError("it has no start address")
            if source.delay_s < 0 or min(source.max_pages, source.max_mib, source.max_minutes) < 1:
                raise ValueError("delay_s must not be negative; max_pages, max_mib and max_minutes must be at least 1")
            checked_platform(source.platform)
            for url in (*source.start_urls, *filter(None, (source.sitemap, source.base_url))):
                host_key(url)
            for host in source.hosts:
                host_key(f"http://{host}")
        except ValueError as error:
            raise CrawlError(f"source '{source.name}': {error}") from None


async def _visit_all(visits: Sequence[Visit], settings: Settings) -> dict[str, dict[str, Parked]]:
    """Makes the visits; gives the hosts that each of them parked, by the name of its source."""
    gate = asyncio.Semaphore(_GROUPS_AT_ONCE)
    parkings: dict[str, dict[str, Parked]] = {}

    async def run(group: list[Visit]) -> None:
        async with gate:
            for visit in group:
                if all(other.failure is None for other in visits):
                    before = dict(visit.parked)
                    await _visit(visit, settings)
                    parkings[visit.source.name] = {
                        host: why
                        for host, why in visit.parked.items()
                        if host in visit.hosts and why is not before.get(host)
                    }

    await asyncio.gather(*(run(group) for group in _groups(visits)))
    return parkings


def _groups(visits: Sequence[Visit]) -> list[list[Visit]]:
    """Visits that share a host, directly or by way of others, go one after the other in one group."""
    groups: list[tuple[set[str], list[Visit]]] = []
    for visit in visits:
        hosts = {*visit.hosts, *_api_host(visit.source)}
        near = [group for group in groups if not hosts.isdisjoint(group[0])]
        groups = [group for group in groups if group not in near]
        members = [member for group in near for member in group[1]]
        groups.append((hosts.union(*(group[0] for group in near)), [*members, visit]))
    return [members for _, members in groups]


def _api_host(source: Source) -> tuple[str, ...]:
    """The host of the API that a source reads, where it names no other."""
    api = getattr(SPIDERS[source.spider], "api", None)
    return () if api is None or source.base_url else (host_key(api.base_url),)


async def _visit(visit: Visit, settings: Settings) -> None:
    allow_private.set(visit.source.allow_private)
    runner = AsyncCrawlerRunner(_slowed(settings, visit.source))
    crawler = runner.create_crawler(SPIDERS[visit.source.spider])

    # Scrapy holds its receivers weakly: this one must stay a local name until the crawl is over.
    def note(failure: Any, response: Any, **_: Any) -> None:
        if visit.failure is None:
            where = visit.source.name if response is None else response.url
            visit.add_error(where, f"the page could not be read ({failure.type.__name__}: {failure.value})")

    crawler.signals.connect(note, signal=signals.spider_error)
    await runner.crawl(crawler, visit=visit)
    if visit.budget.exhausted is not None:
        visit.add_error("the rest", f"not asked for, {visit.budget.exhausted} is used up")


def _settings(network: Network, user_agent: str) -> Settings:
    settings = Settings()
    settings.setmodule("crawlers.settings")
    ours = {
        "USER_AGENT": user_agent,
        "NETWORK": network,
        "DOWNLOAD_TIMEOUT": network.timeout_s,
        "DOWNLOAD_MAXSIZE": network.max_bytes,
    }
    settings.update(ours, priority="cmdline")
    return settings


def _slowed(settings: Settings, source: Source) -> Settings:
    own = settings.copy()
    pace = {
        "DOWNLOAD_DELAY": source.delay_s,
        "AUTOTHROTTLE_START_DELAY": source.delay_s,
        "DEPTH_LIMIT": source.max_pages,
    }
    own.update(pace, priority="cmdline")
    return own


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
