"""Synthetic pages in the shapes that real sites use."""

from __future__ import annotations

import datetime as dt
import json

from crawlers.page import Context, Page
from crawlers.parse.schema_org import parse

URL = "https://hotel.example/page"
SEEN = dt.date(2026, 1, 1)


def read(body: bytes, url: str = URL) -> Page:
    """A page as the parser reads it on a fixed day."""
    return parse(body, Context(url, "example", SEEN))


def json_ld_page(*blocks: object, extra: str = "", lang: str = "en") -> bytes:
    """An HTML page with one JSON-LD block per argument; a text is put in as it stands."""
    scripts = "".join(
        f'<script type="application/ld+json">{block if isinstance(block, str) else json.dumps(block)}</script>'
        for block in blocks
    )
    return f'<!doctype html><html lang="{lang}"><head>{scripts}</head><body>{extra}</body></html>'.encode()


def review(number: int, **changes: object) -> dict[str, object]:
    """One complete JSON-LD review."""
    made: dict[str, object] = {
        "@type": "Review",
        "@id": f"https://hotel.example/reviews/{number}",
        "author": {"@type": "Person", "name": f"Guest {number}", "url": f"https://hotel.example/users/{number}"},
        "reviewRating": {"@type": "Rating", "ratingValue": 4, "bestRating": 5},
        "datePublished": "2024-05-17",
        "name": "Quiet",
        "reviewBody": f"Stay number {number} was quiet.",
    }
    return {name: value for name, value in (made | changes).items() if value is not None}


def hotel(*reviews: object, **changes: object) -> dict[str, object]:
    """A hotel with its reviews."""
    made: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "Hotel",
        "@id": "https://hotel.example/",
        "name": "Hotel Example",
        "review": list(reviews),
    }
    return {name: value for name, value in (made | changes).items() if value is not None}


def microdata_review(number: int, *, rating: str = "8", day: str = "2015-09-26T10:12:14+02:00") -> str:
    """A review as an older portal marks it up: rating out of ten, the day in ``content``."""
    value = f'<span itemprop="ratingValue">{rating}</span>' if rating else ""
    return f"""<div itemprop="review" itemscope itemtype="http://schema.org/Review">
      <meta itemprop="about" content="Taverna">
      <a href="/user/{number}"><span itemprop="author">Guest {number}</span></a>
      <p itemprop="datePublished" content="{day}">6 months ago</p>
      <ul itemprop="reviewRating" itemscope itemtype="http://schema.org/Rating"><li>{value}
        <span itemprop="bestRating">10</span><span itemprop="worstRating">1</span></li></ul>
      <p itemprop="reviewBody">Good &amp; plenty,<br>dinner number {number}.</p></div>"""


def microdata_page(*reviews: str) -> bytes:
    """The restaurant open twice: name, address and aggregate above, reviews below."""
    return f"""<html lang="nl"><body>
      <section itemscope itemtype="http://schema.org/Restaurant"><h1 itemprop="name">Taverna</h1>
        <meta itemprop="url" content="http://guide.example/r/7"><div itemprop="aggregateRating" itemscope
        itemtype="http://schema.org/AggregateRating"><b itemprop="ratingValue">8,4</b><i itemprop="bestRating">10</i>
        <i itemprop="ratingCount">1.205</i></div>
        <div itemprop="address" itemscope itemtype="http://schema.org/PostalAddress">
        <span itemprop="addressLocality">Enschede</span></div></section>
      <div itemscope itemtype="http://schema.org/Restaurant">{"".join(reviews)}</div></body></html>""".encode()
