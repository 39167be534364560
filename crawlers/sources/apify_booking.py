"""Data sets of the Apify actor for Booking.com reviews.

https://apify.com/voyager/booking-reviews-scraper, with the fields that programs reading its data sets name. Ratings go
from 1 to 10. There is no id of the reviewer: ``userName`` is a first name and never an identity. What was liked and
disliked stays apart.
"""

from __future__ import annotations

from collections.abc import Mapping

from crawlers import values
from crawlers.page import Context, Page
from crawlers.records import Record, RecordFormat, within
from crawlers.sources.exports import items, optional, published, read_export, read_snapshot
from store.canonical import ListingSnapshot

_WRITTEN = ("rating", "reviewDate", "likedText", "dislikedText")


def _row(record: Record, context: Context) -> Mapping[str, object] | None:
    if "error" in record or ("hotelId" in record and not any(name in record for name in _WRITTEN)):
        return None
    language = optional(values.language, record.get("reviewLanguage"))
    seen = optional(values.day, record.get("scrapedAt")) or context.seen
    response = record.get("propertyResponse")
    return {
        "listing_id": record.get("hotelId") or context.listing_id,
        "listing_name": record.get("hotelName"),
        "listing_kind": "hotel",
        "review_id": record.get("id"),
        "reviewer_name": record.get("userName"),
        "rating": record.get("rating"),
        "rating_best": 10,
        "title": record.get("reviewTitle"),
        "text_positive": record.get("likedText"),
        "text_negative": record.get("dislikedText"),
        "language": language,
        "text_is_translation": optional(values.boolean, record.get("isTranslated")),
        "stayed": record.get("checkInDate") if optional(values.day_or_month, record.get("checkInDate")) else None,
        **published(record.get("reviewDate"), None, seen, language),
        "response_text": within(response, "text") if isinstance(response, Mapping) else response,
    }


def _snapshot(record: Record, context: Context) -> ListingSnapshot | None:
    return read_snapshot(
        context,
        listing_id=record.get("hotelId"),
        rating=record.get("hotelRating"),
        rating_best=10,
        review_count=record.get("hotelReviews"),
        name=record.get("hotelName"),
        kind="hotel",
    )


FORMAT = RecordFormat("apify-booking", "booking", items, _row, _snapshot)


def parse(body: bytes, context: Context) -> Page:
    """The reviews of a data set, and what it says of its hotels."""
    return read_export(FORMAT, body, context)
