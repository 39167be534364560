"""Several nights on one local site: the site, and a store in memory that remembers as the real one does."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import replace

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from crawlers.crawl import crawl
from crawlers.memory import ChainMemory, PageMemory
from crawlers.visit import ChainPass, Fetched, ListingPass, Source, SourceResult, Taken
from store.canonical import content_hash
from tests.crawlers.pages import hotel, json_ld_page, review

FIRST = dt.date(2026, 1, 1)
OLD = "2025-11-01T10:00:00Z"


class Site:
    """Pages that change from night to night. ``asked`` holds path and If-None-Match of each request."""

    def __init__(self, server: HTTPServer) -> None:
        self.server = server
        self.pages: dict[str, Response] = {}
        self.asked: list[tuple[str, str | None]] = []
        server.expect_request(re.compile("^(?!/robots.txt)")).respond_with_handler(self._answer)

    def url(self, path: str) -> str:
        return str(self.server.url_for(path))

    def put(self, path: str, body: bytes, *, status: int = 200, kind: str = "text/html", **headers: str) -> str:
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = Response(body, status, said, content_type=kind)
        return self.url(path)

    def put_listing(
        self, name: str, days: list[str], *, claimed: int | None = None, texts: dict[int, str] | None = None
    ) -> str:
        """A listing with two reviews a page, numbered by their place in ``days``; an empty day is left out."""
        shown = [(number, day) for number, day in enumerate(days) if day]
        for page, first in enumerate(range(0, max(len(shown), 1), 2), start=1):
            reviews = [
                review(number, datePublished=day, reviewBody=(texts or {}).get(number, f"Stay {number}."))
                for number, day in shown[first : first + 2]
            ]
            rating = None if claimed is None else {"@type": "AggregateRating", "ratingValue": 4, "reviewCount": claimed}
            link = f'<a rel="next" href="/{name}/{page + 1}">next</a>' if first + 2 < len(shown) else ""
            body = json_ld_page(hotel(*reviews, aggregateRating=rating), extra=link)
            self.put(f"/{name}/{page}", body, ETag=f'"{hashlib.sha256(body).hexdigest()[:16]}"')
        return self.url(f"/{name}/1")

    def put_sitemap(self, lastmods: dict[str, str]) -> str:
        entries = "".join(
            f"<url><loc>{self.url(path)}</loc><lastmod>{lastmod}</lastmod></url>" for path, lastmod in lastmods.items()
        )
        body = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'
        return self.put("/sitemap.xml", body.encode(), kind="application/xml")

    def paths(self) -> list[str]:
        """What was asked for since the last call, in order."""
        found = [path for path, _ in self.asked]
        self.asked.clear()
        return found

    def _answer(self, request: Request) -> Response:
        condition = request.headers.get("If-None-Match")
        self.asked.append((request.full_path.rstrip("?"), condition))
        answer = self.pages.get(request.full_path.rstrip("?"), Response(status=404))
        if condition is not None and condition == answer.headers.get("ETag"):
            return Response(status=304)
        return Response(answer.get_data(), answer.status_code, dict(answer.headers))


class Nights:
    """Remembers pages, chains and reviews; ``missing`` are reviews that the last complete pass of a listing missed."""

    def __init__(self) -> None:
        self.pages: dict[str, PageMemory] = {}
        self.bodies: dict[str, bytes] = {}
        self.chains: dict[str, ChainMemory] = {}
        self.fetched: list[Fetched] = []
        self.reviews: dict[tuple[str, str], str] = {}
        self.missing: set[tuple[str, str]] = set()
        self.removed: set[tuple[str, str]] = set()

    def page(self, source: str, url: str) -> PageMemory | None:
        known = self.pages.get(url)
        return known if known is not None and known.body_sha256 in self.bodies else None

    def body(self, sha256: str) -> bytes | None:
        return self.bodies.get(sha256)

    def chain(self, source: str, start_url: str) -> ChainMemory | None:
        known = self.chains.get(start_url)
        return None if known is None else replace(known, pending=known.pending or bool(self.missing))

    def run(self, source: Source, day: int, now: dt.datetime | None = None) -> SourceResult:
        """The crawl of one night; ``day`` counts from 0."""
        seen = FIRST + dt.timedelta(days=day)
        moment = now or dt.datetime.combine(seen, dt.time(2))
        self.fetched.clear()
        (result,) = crawl(
            [source],
            contact="ops@fairstay.example",
            seen=seen,
            clock=lambda: moment,
            on_page=self.keep,
            memory=self,
        )
        for listing in result.listings:
            self._close(listing)
        for chain in result.chains:
            self._remember(chain, seen)
        return result

    def keep(self, fetched: Fetched) -> Taken:
        self.fetched.append(fetched)
        headers = {name.lower(): value for name, value in fetched.headers}
        self.bodies[fetched.raw_sha256] = fetched.body
        before = self.pages.get(fetched.url) if fetched.status == 304 else None
        self.pages[fetched.url] = PageMemory(
            fetched.raw_sha256,
            headers.get("content-type") or (before.media_type if before else None),
            headers.get("etag") or (before.etag if before else None),
            headers.get("last-modified") or (before.last_modified if before else None),
            fetched.lastmod,
        )
        new = changed = 0
        for each in fetched.page.observations:
            key, said = (each.listing_id, each.review_id), content_hash(each)
            new += key not in self.reviews
            changed += self.reviews.get(key, said) != said
            self.reviews[key] = said
        return Taken(new, changed)

    def _close(self, listing: ListingPass) -> None:
        if listing.status == "complete":
            known = {key for key in self.reviews if key[0] == listing.listing_id} - self.removed
            absent = {key for key in known if key[1] not in listing.listed}
            self.removed |= absent & self.missing
            self.missing = absent - self.removed

    def _remember(self, chain: ChainPass, day: dt.date) -> None:
        before = self.chains.get(chain.start_url)
        if chain.status == "complete":
            self.chains[chain.start_url] = ChainMemory(day, chain.ordered, chain.claimed, chain.cursor, pending=False)
        elif chain.status == "shortened" and before is not None:
            self.chains[chain.start_url] = replace(before, claimed=chain.claimed, cursor=chain.cursor)


def source(*urls: str, sitemap: str | None = None, whole_every: int = 7, max_pages: int = 1000) -> Source:
    return Source(
        "inn",
        "schema_org",
        "example",
        urls,
        sitemap=sitemap,
        whole_every=whole_every,
        max_pages=max_pages,
        delay_s=0,
        allow_private=True,
    )
