"""What a listing's page says: plain values for the templates, and the same as schema.org JSON-LD."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import pandas as pd

_TYPES = {"hotel": "Hotel", "restaurant": "Restaurant"}
_STREETS = ("Lakeside", "Mill Lane", "Station Road", "Church Square", "Vineyard Path", "Old Harbour")
_PROSE = {
    "hotel": (
        "{name} has {size} rooms, most of them with a view, and a breakfast room that faces the garden.",
        "A family has run {name} for three generations. Its {size} rooms are {walk} minutes on foot from the shore.",
        "{name} stands at the edge of {city}, {walk} minutes from the station, with {size} rooms on three floors.",
    ),
    "restaurant": (
        "{name} seats {size} guests indoors and as many on the terrace; the menu changes with the season.",
        "In the old part of {city}, {walk} minutes from the shore, {name} cooks what the market brings.",
        "{name} has {size} seats, an open kitchen and a short card. On Sundays it is wise to book.",
    ),
    "other": ("{name} is {walk} minutes on foot from the middle of {city}.",),
}


@dataclass(frozen=True, slots=True)
class Site:
    """A platform's website. ``origin`` is its public address, which its ids bear wherever the files are served."""

    name: str
    origin: str


def site_of(slug: str) -> Site:
    """The website of a platform, under a host name that is reserved for examples."""
    return Site(slug.replace("_", " ").title(), f"https://{slug.replace('_', '-')}.example")


def describe_listing(site: Site, reviews: pd.DataFrame) -> dict[str, Any]:
    """What a page says about a listing, from all its reviews, the newest first."""
    newest = _records(reviews.head(1))[0]
    listing_id, name, city = newest["listing_id"], newest["listing_name"], newest["city"]
    kind = newest["listing_kind"] or "other"
    number = crc32(listing_id.encode())
    prose = _PROSE[kind][number % len(_PROSE[kind])]
    return {
        "id": listing_id,
        "type": _TYPES.get(kind, "LocalBusiness"),
        "path": f"/{listing_id}/",
        "url": f"{site.origin}/{listing_id}/",
        "name": name,
        "kind": kind,
        "street": f"{1 + number % 68} {_STREETS[number // 7 % len(_STREETS)]}",
        "city": city,
        "country": newest["country"],
        "latitude": newest["latitude"],
        "longitude": newest["longitude"],
        "prose": prose.format(name=name, city=city, size=12 + number % 47, walk=2 + number // 5 % 14),
        "mean": f"{reviews['rating'].mean():.1f}",
        "best": f"{reviews['rating_best'].max():g}",
        "count": len(reviews),
    }


def describe_reviews(site: Site, reviews: pd.DataFrame) -> list[dict[str, Any]]:
    """What a page says about each of its reviews; what the platform does not tell is None."""
    return [_describe_review(site, row) for row in _records(reviews)]


def _describe_review(site: Site, row: Mapping[str, Any]) -> dict[str, Any]:
    reviewer = row["reviewer_id"]
    filled = round(5 * row["rating"] / row["rating_best"])
    return {
        "id": row["review_id"],
        "url": f"{site.origin}/reviews/{row['review_id']}",
        "author": row["reviewer_name"] or "A guest",
        "author_id": reviewer,
        "author_url": f"{site.origin}/guests/{reviewer}" if reviewer else None,
        "rating": f"{row['rating']:g}",
        "worst": f"{row['rating_worst']:g}",
        "best": f"{row['rating_best']:g}",
        "stars": "★" * filled + "☆" * (5 - filled),
        "title": row["title"],
        "text": row["text"],
        "language": row["language"],
        "published": f"{row['published']:%Y-%m-%d}",
        "stayed": row["stayed"],
        "verified": row["verified_stay"],
        "response": row["response_text"],
        "answered": f"{row['response_published']:%Y-%m-%d}" if row["response_published"] else None,
    }


def json_ld(listing: Mapping[str, Any], reviews: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The graph of one page: the listing with its aggregate rating and the reviews that the page shows."""
    place = {
        "@type": listing["type"],
        "@id": listing["url"],
        "identifier": {"@type": "PropertyValue", "propertyID": "listing", "value": listing["id"]},
        "url": listing["url"],
        "name": listing["name"],
        "description": listing["prose"],
        "address": {
            "@type": "PostalAddress",
            "streetAddress": listing["street"],
            "addressLocality": listing["city"],
            "addressCountry": listing["country"],
        },
        "geo": {"@type": "GeoCoordinates", "latitude": listing["latitude"], "longitude": listing["longitude"]},
        "aggregateRating": {
            "@type": "AggregateRating",
            "ratingValue": listing["mean"],
            "bestRating": listing["best"],
            "reviewCount": listing["count"],
        },
        "review": [_json_ld_review(review) for review in reviews],
    }
    return {"@context": "https://schema.org", "@graph": [{"@type": "WebPage", "name": listing["name"]}, place]}


def _json_ld_review(review: Mapping[str, Any]) -> dict[str, Any]:
    author = {"@type": "Person", "@id": review["author_url"], "identifier": review["author_id"]}
    rating = {"@type": "Rating", "ratingValue": review["rating"], "worstRating": review["worst"]}
    said = {
        "@type": "Review",
        "@id": review["url"],
        "identifier": review["id"],
        "author": _told(author | {"name": review["author"]}),
        "datePublished": review["published"],
        "inLanguage": review["language"],
        "name": review["title"],
        "reviewBody": review["text"],
        "reviewRating": rating | {"bestRating": review["best"]},
    }
    return _told(said)


def _told(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if value is not None}


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]
