"""A review site on loopback, as sites are: ten reviews a page, newest first, and the number of reviews on each page."""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PER_PAGE = 10
KINDS = ("sitemap", "conditional GET", "plain")

_WORDS = (
    "room view breakfast staff lake quiet noisy clean bed shower garden terrace coffee walk station night "
    "price friendly slow warm cold dinner lift stairs parking window balcony towel pillow boat"
)


@dataclass(frozen=True, slots=True)
class Review:
    """One review as the site holds it."""

    number: int
    day: dt.date
    rating: int
    text: str


@dataclass(frozen=True, slots=True)
class Changes:
    """The numbers of reviews that were edited and removed, and how many of the site's pages read otherwise since."""

    edited: frozenset[int]
    removed: frozenset[int]
    pages: int


@dataclass(slots=True)
class Traffic:
    """What the server answered: all requests, those with 304, and the bytes of bodies."""

    requests: int = 0
    not_modified: int = 0
    body_bytes: int = 0


class ReviewSite:
    """Listings with their reviews. ``kind`` says how the site tells what changed: one of ``KINDS``."""

    def __init__(self, kind: str, *, listings: int, reviews: int, seed: int, built: dt.datetime) -> None:
        self.kind = kind
        self.traffic = Traffic()
        self._random = random.Random(seed)
        self._reviews = {listing: self._written(listing, reviews, built.date()) for listing in range(listings)}
        self._pages: dict[str, tuple[bytes, dt.datetime]] = {}
        self._render(built)

    @property
    def starts(self) -> list[str]:
        """The path of each listing's first page."""
        return [_path(listing, 1) for listing in self._reviews]

    def change(self, share: float, at: dt.datetime) -> Changes:
        """Edits and removes a share of the reviews each, and says so where the site says such things."""
        everything = [(listing, review) for listing, reviews in self._reviews.items() for review in reviews]
        count = round(share * len(everything))
        chosen = self._random.sample(everything, 2 * count)
        edited, removed = chosen[:count], chosen[count:]
        for listing, review in edited:
            place = self._reviews[listing].index(review)
            said = f"{review.text} On reflection, {self._text(6)}"
            self._reviews[listing][place] = replace(review, text=said)
        for listing, review in removed:
            self._reviews[listing].remove(review)
        before = {path: body for path, (body, _) in self._pages.items()}
        self._render(at)
        changed = sum(before.get(path) != body for path, (body, _) in self._pages.items())
        return Changes(
            frozenset(each.number for _, each in edited), frozenset(each.number for _, each in removed), changed
        )

    def answer(self, path: str, condition: str | None, origin: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body for a path."""
        if path == "/robots.txt":
            return 200, {"Content-Type": "text/plain"}, b"User-agent: *\nAllow: /\n"
        if path == "/sitemap.xml" and self.kind == "sitemap":
            return 200, {"Content-Type": "application/xml"}, self._sitemap(origin)
        if path not in self._pages:
            return 404, {}, b""
        body, _ = self._pages[path]
        headers = {"Content-Type": "text/html; charset=utf-8"}
        if self.kind == "plain":
            return 200, headers, body
        headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        return (304, headers, b"") if condition == headers["ETag"] else (200, headers, body)

    def _written(self, listing: int, count: int, until: dt.date) -> list[Review]:
        ages = sorted(self._random.randrange(1, 1500) for _ in range(count))
        return [
            Review(listing * count + place, until - dt.timedelta(days=age), self._random.randint(1, 5), self._text(50))
            for place, age in enumerate(ages)
        ]

    def _text(self, words: int) -> str:
        return " ".join(self._random.choices(_WORDS.split(), k=words)) + "."

    def _render(self, at: dt.datetime) -> None:
        """Writes all pages; one that reads as before keeps the time of its last change."""
        before, self._pages = self._pages, {}
        for listing, reviews in self._reviews.items():
            pages = max(1, -(-len(reviews) // PER_PAGE))
            for page in range(1, pages + 1):
                shown = reviews[(page - 1) * PER_PAGE : page * PER_PAGE]
                following = _path(listing, page + 1) if page < pages else None
                body = _page(listing, len(reviews), shown, following)
                old = before.get(_path(listing, page))
                self._pages[_path(listing, page)] = old if old is not None and old[0] == body else (body, at)

    def _sitemap(self, origin: str) -> bytes:
        entries = "".join(
            f"<url><loc>{origin}{path}</loc><lastmod>{at.isoformat()}Z</lastmod></url>"
            for path, (_, at) in self._pages.items()
        )
        return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'.encode()


def _path(listing: int, page: int) -> str:
    return f"/hotel/{listing}/" + (f"page-{page}.html" if page > 1 else "")


def _page(listing: int, count: int, reviews: list[Review], following: str | None) -> bytes:
    hotel: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Hotel",
        "@id": f"https://reviews.example/hotel/{listing}",
        "name": f"Hotel {listing}",
        "aggregateRating": {"@type": "AggregateRating", "ratingValue": 3.9, "bestRating": 5, "reviewCount": count},
        "review": [
            {
                "@type": "Review",
                "@id": f"https://reviews.example/review/{each.number}",
                "author": {"@type": "Person", "name": f"Guest {each.number}", "url": f"/guest/{each.number}"},
                "datePublished": each.day.isoformat(),
                "reviewRating": {"@type": "Rating", "ratingValue": each.rating, "bestRating": 5},
                "reviewBody": each.text,
            }
            for each in reviews
        ],
    }
    shown = "".join(f"<article><b>{each.rating}/5</b><p>{html.escape(each.text)}</p></article>" for each in reviews)
    link = f'<a rel="next" href="{following}">older</a>' if following else ""
    data = f'<script type="application/ld+json">{json.dumps(hotel)}</script>'
    return f'<!doctype html><html lang="en"><head>{data}</head><body>{shown}{link}</body></html>'.encode()


@contextmanager
def serve(site: ReviewSite) -> Iterator[str]:
    """Serves a site on a free port for the time of the context; yields its origin."""
    handler = type("Handler", (_Handler,), {"site": site})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        handler.origin = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield handler.origin
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    site: ReviewSite
    origin = ""
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answers and counts."""
        status, headers, body = self.site.answer(self.path, self.headers.get("If-None-Match"), self.origin)
        traffic = self.site.traffic
        traffic.requests += 1
        traffic.not_modified += status == 304
        traffic.body_bytes += len(body)
        self.send_response(HTTPStatus(status))
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the name that the base class gives it)
        """Nothing."""
