"""Crawls of API sources night after night, and what came of them in short."""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_httpserver import HTTPServer

from crawlers.crawl import Fetched, Source, SourceResult, crawl
from crawlers.memory import ChainMemory, NoMemory
from crawlers.network import Network, Resolve
from crawlers.visit import Parked, Taken
from store.canonical import content_hash
from tests.crawlers.apis import Api, GoogleBusiness

DAY = dt.date(2026, 3, 1)
NOON = dt.datetime(2026, 3, 1, 12, 0)  # noqa: DTZ001 - the crawl's clock is UTC without an offset
PLACE, OTHER = "accounts/1/locations/2", "accounts/1/locations/3"
UNIT = "0123456789abcdef01234567"

New = Callable[[], HTTPServer]


@dataclass
class Nights(NoMemory):
    """Crawls night after night and remembers what a store would."""

    folder: Path
    fetched: list[Fetched] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    known: dict[tuple[str, str], str] = field(default_factory=dict)
    chains: dict[tuple[str, str], ChainMemory] = field(default_factory=dict)
    resolve: Resolve | None = None

    def chain(self, source: str, start_url: str) -> ChainMemory | None:
        return self.chains.get((source, start_url))

    def source(self, spider: str, api: Api, *listings: str, name: str = "", said: object = None, **more: Any) -> Source:
        name = name or f"our-{spider}"
        file = self.folder / f"{name}.json"
        file.write_text(json.dumps(api.file() if said is None else said), "utf-8")
        file.chmod(0o600)
        options = {"base_url": api.url, "delay_s": 0.0, "allow_private": True} | more
        return Source(name, spider, "example", listings=listings, credentials=file, **options)

    def crawl(
        self, *sources: Source, day: dt.date = DAY, parked: dict[str, Parked] | None = None
    ) -> list[SourceResult]:
        self.fetched.clear()
        results = crawl(
            sources,
            contact="ops@fairstay.example",
            seen=day,
            clock=lambda: NOON,
            on_page=self._take,
            memory=self,
            parked=parked or {},
            network=Network(timeout_s=5.0, sleep=self._sleep, resolve=self.resolve),
        )
        for result in results:
            self._remember(result, day)
        return list(results)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def _take(self, fetched: Fetched) -> Taken:
        self.fetched.append(fetched)
        found = {(each.listing_id, each.review_id): content_hash(each) for each in fetched.page.observations}
        new = len(found.keys() - self.known.keys())
        changed = sum(self.known.get(key, said) != said for key, said in found.items())
        self.known |= found
        return Taken(new, changed)

    def _remember(self, result: SourceResult, day: dt.date) -> None:
        for chain in result.chains:
            before = self.chain(result.name, chain.start_url)
            earlier = before.read_whole if before else None
            read_whole = day if chain.status == "complete" else earlier
            self.chains[result.name, chain.start_url] = ChainMemory(
                read_whole, chain.ordered, chain.claimed, chain.cursor, pending=False
            )


def kinds(api: Api) -> list[str]:
    """What was asked for, in short: ``token``, or the listing and the page."""
    return [_kind(path, api) for path in api.asked]


def _kind(path: str, api: Api) -> str:
    if api.token_path and path.startswith(api.token_path):
        return "token"
    address, _, query = path.partition("?")
    listing = api.listing_of(address).rpartition("/")[2]
    marks = [part.partition("=")[2] for part in query.split("&") if part.startswith(("pageToken=", "cursor=", "page="))]
    return f"{listing}@{marks[0].removesuffix('-x') if marks else 0}"


def listed(result: SourceResult) -> dict[str, tuple[str, int]]:
    """Of each listing how completely it was seen and how many reviews of it."""
    return {each.listing_id: (each.status, len(each.listed)) for each in result.listings}


def chain_statuses(result: SourceResult) -> list[str]:
    return [chain.status for chain in result.chains]


def two_places(server: HTTPServer) -> GoogleBusiness:
    """Five reviews of a place on three pages, and one of another place."""
    api = GoogleBusiness(server)
    for number in range(1, 6):
        api.add(PLACE, number, dt.date(2026, 2, number))
    api.add(OTHER, 9, dt.date(2026, 2, 9))
    return api
