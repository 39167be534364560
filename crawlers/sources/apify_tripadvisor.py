"""Data sets of the Apify actors for Tripadvisor: reviews one by one, or places with their reviews inside.

https://apify.com/maxcopell/tripadvisor-reviews and https://apify.com/maxcopell/tripadvisor, with the fields that
programs reading their data sets name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crawlers import values
from crawlers.page import Context, Page
from crawlers.records import Record, RecordFormat, within
from crawlers.sources.exports import items, numbers_only, optional, published, read_export, read_snapshot
from store.canonical import ListingSnapshot

_KINDS = {"HOTEL": "hotel", "EATERY": "restaurant", "RESTAURANT": "restaurant", "ATTRACTION": "other"}
_PLACE = ("id", "name", "type", "rating", "numberOfReviews", "latitude", "longitude", "addressObj")


def _records(document: Any) -> Iterator[object]:
    for item in items(document):
        reviews = within(item, "reviews")
        if not isinstance(item, Mapping) or not isinstance(reviews, list):
            yield item
            continue
        place = {name: item[name] for name in _PLACE if name in item}
        yield {"placeInfo": place}
        for review in reviews:
            yield {"placeInfo": place, **review} if isinstance(review, Mapping) else review


def _row(record: Record, context: Context) -> Mapping[str, object] | None:
    if record.keys() == {"placeInfo"} or "error" in record or _is_place(record):
        return None
    language, original = (optional(values.language, record.get(name)) for name in ("lang", "originalLanguage"))
    seen = optional(values.day, record.get("scrapedAt")) or context.seen
    return {
        **_listing(record, context),
        "review_id": record.get("id"),
        "review_url": optional(values.url, record.get("url")),
        "reviewer_id": within(record, "user", "userId"),
        "reviewer_name": within(record, "user", "name") or within(record, "user", "username"),
        "reviewer_review_count": optional(values.count, within(record, "user", "contributions", "totalContributions")),
        "rating": record.get("rating"),
        "subratings": numbers_only(_by_name(record.get("subratings")), best=5),
        "title": record.get("title"),
        "text": record.get("text"),
        "language": language or original,
        "text_is_translation": None if language is None or original is None else language != original,
        "stayed": _month(record.get("travelDate")),
        **published(record.get("publishedDate"), None, seen, language),
        "response_text": within(record, "ownerResponse", "text"),
        "response_published": optional(values.day, within(record, "ownerResponse", "publishedDate")),
    }


def _month(said: object) -> str | None:
    """Tripadvisor asks for the month only; where a data set holds a day, it is one that stands for its month."""
    first = optional(values.day_or_month, said)
    return None if first is None else f"{first[0]:%Y-%m}"


def _is_place(record: Record) -> bool:
    return str(record.get("type")) in _KINDS and "name" in record and "publishedDate" not in record


def _listing(record: Record, context: Context) -> dict[str, object]:
    place = record.get("placeInfo")
    return {
        "listing_id": within(place, "id") or record.get("locationId") or context.listing_id,
        "listing_name": within(place, "name"),
        "listing_kind": _KINDS.get(str(within(place, "type"))),
        "city": within(place, "addressObj", "city"),
        "country": within(place, "addressObj", "country"),
        "latitude": optional(values.number_between(-90, 90), within(place, "latitude")),
        "longitude": optional(values.number_between(-180, 180), within(place, "longitude")),
    }


def _by_name(said: object) -> dict[object, object]:
    """``[{"name": "Value", "value": 4}]`` as a mapping."""
    pairs = said if isinstance(said, list) else ()
    return {str(name): within(pair, "value") for pair in pairs if (name := within(pair, "name")) is not None}


def _snapshot(record: Record, context: Context) -> ListingSnapshot | None:
    place = record if _is_place(record) else record.get("placeInfo")
    return read_snapshot(
        context,
        listing_id=within(place, "id"),
        rating=within(place, "rating"),
        rating_best=5,
        review_count=within(place, "numberOfReviews"),
        name=within(place, "name"),
        kind=_KINDS.get(str(within(place, "type"))),
        city=within(place, "addressObj", "city"),
        country=within(place, "addressObj", "country"),
        latitude=within(place, "latitude"),
        longitude=within(place, "longitude"),
    )


FORMAT = RecordFormat("apify-tripadvisor", "tripadvisor", _records, _row, _snapshot)


def parse(body: bytes, context: Context) -> Page:
    """The reviews of a data set, and what it says of its places."""
    return read_export(FORMAT, body, context)
