"""The Yelp Open Dataset: ``review.json`` and ``business.json``, one record a line.

https://business.yelp.com/data/resources/open-dataset/ and the documentation within the download. Lines of
``user.json``, ``tip.json`` and ``checkin.json`` are no reviews and give nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from crawlers.page import Context, Page
from crawlers.records import Record, RecordFormat
from crawlers.sources.exports import items, read_export, read_snapshot
from store.canonical import ListingSnapshot

_HOTELS = frozenset({"hotels", "hostels", "resorts", "bed & breakfast", "guest houses", "campgrounds", "ski resorts"})
_RESTAURANTS = frozenset({"restaurants", "cafes", "bars", "pubs", "bistros", "food trucks", "food stands"})

# What a line of the other files has, and no review.
_OTHERS = ({"business_id", "name"}, {"user_id", "name"}, {"business_id", "user_id", "text"}, {"business_id", "date"})


def _row(record: Record, context: Context) -> Mapping[str, object] | None:
    is_review = "review_id" in record or {"stars", "text"} <= record.keys()
    if not is_review and any(keys <= record.keys() for keys in _OTHERS):
        return None
    return {
        "listing_id": record.get("business_id") or context.listing_id,
        "review_id": record.get("review_id"),
        "reviewer_id": record.get("user_id"),
        "rating": record.get("stars"),
        "text": record.get("text"),
        "published": record.get("date"),
    }


def _snapshot(record: Record, context: Context) -> ListingSnapshot | None:
    if "review_id" in record or "text" in record or "business_id" not in record:
        return None
    return read_snapshot(
        context,
        listing_id=record.get("business_id"),
        rating=record.get("stars"),
        rating_best=5,
        review_count=record.get("review_count"),
        name=record.get("name"),
        kind=_kind(record.get("categories")),
        city=record.get("city"),
        latitude=record.get("latitude"),
        longitude=record.get("longitude"),
    )


def _kind(categories: object) -> str | None:
    """``Hotels, Restaurants`` is a hotel; earlier releases hold the categories in a list."""
    said = ",".join(map(str, categories)) if isinstance(categories, list) else categories
    if not isinstance(said, str):
        return None
    names = {name.strip().lower() for name in said.split(",")}
    return "hotel" if names & _HOTELS else "restaurant" if names & _RESTAURANTS else "other"


FORMAT = RecordFormat("yelp-open-dataset", "yelp", items, _row, _snapshot, in_lines=True)


def parse(body: bytes, context: Context) -> Page:
    """The reviews and businesses of a file's lines."""
    return read_export(FORMAT, body, context)
