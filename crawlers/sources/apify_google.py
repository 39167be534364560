"""Data sets of the Apify actors for Google Maps: reviews one by one, or places with their reviews inside.

https://apify.com/compass/google-maps-reviews-scraper and https://apify.com/compass/crawler-google-places (output
examples). Google shows some hotels' reviews of other platforms: they keep Google's listing and say where they come from
(``reviewOrigin``). ``stars`` is out of 5; ``rating``, which stands in its place for other origins, is out of what
``ratingScale`` or ``8/10`` says, else out of 10 for another origin and 5 for Google.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from crawlers import values
from crawlers.page import Context, Page
from crawlers.records import Record, RecordFormat, within
from crawlers.sources.exports import items, numbers_only, optional, published, read_export, read_snapshot
from store.canonical import ListingSnapshot

_PLACE = ("placeId", "title", "totalScore", "reviewsCount", "location", "city", "countryCode", "categoryName")
_REVIEW = ("reviewId", "stars", "rating", "publishedAtDate", "publishAt", "reviewerId")

# English category names; a category in another language says nothing here.
_HOTEL = re.compile(r"(.*\b)?(hotel|motel|hostel|inn|resort|lodge|guest house|bed & breakfast)", re.IGNORECASE)
_RESTAURANT = re.compile(r"(.*\b)?(restaurant|caf[eé]|bistro|brasserie|pizzeria|bar|pub|diner|grill)", re.IGNORECASE)


def _records(document: Any) -> Iterator[object]:
    for item in items(document):
        reviews = within(item, "reviews")
        if not isinstance(item, Mapping) or not isinstance(reviews, list):
            yield item
            continue
        place = {name: item[name] for name in (*_PLACE, "scrapedAt") if name in item}
        yield place
        for review in reviews:
            yield {**place, **review} if isinstance(review, Mapping) else review


def _row(record: Record, context: Context) -> Mapping[str, object] | None:
    if not any(name in record for name in _REVIEW) and (not record or "placeId" in record or "error" in record):
        return None
    origin = _origin(record.get("reviewOrigin"))
    rating, best = _rating(record, origin)
    seen = optional(values.day, record.get("scrapedAt")) or context.seen
    spoken = optional(values.language, record.get("language"))
    return {
        **_listing(record, context),
        "review_id": record.get("reviewId"),
        "review_url": optional(values.url, record.get("reviewUrl")),
        "reviewer_id": record.get("reviewerId"),
        "reviewer_name": record.get("name"),
        "reviewer_review_count": optional(values.count, record.get("reviewerNumberOfReviews")),
        "rating": rating,
        "rating_best": best,
        "subratings": _subratings(record, origin, best),
        **_words(record),
        **published(record.get("publishedAtDate"), record.get("publishAt"), seen, spoken),
        "response_text": record.get("responseFromOwnerText"),
        "response_published": optional(values.day, record.get("responseFromOwnerDate")),
        "syndicated_from": origin,
    }


def _listing(record: Record, context: Context) -> dict[str, object]:
    return {
        "listing_id": record.get("placeId") or context.listing_id,
        "listing_name": record.get("title"),
        "listing_kind": _kind(record.get("categoryName")),
        "city": record.get("city"),
        "country": record.get("countryCode"),
        "latitude": optional(values.number_between(-90, 90), within(record, "location", "lat")),
        "longitude": optional(values.number_between(-180, 180), within(record, "location", "lng")),
    }


def _words(record: Record) -> dict[str, object]:
    """The text as it was written, else Google's translation of it, marked as one."""
    written, translated = record.get("text"), record.get("textTranslated")
    languages = [optional(values.language, record.get(name)) for name in ("originalLanguage", "translatedLanguage")]
    original, target = languages
    if values.is_absent(translated):
        return {"text": written, "language": original}
    same = written == translated and None not in languages and original != target
    if values.is_absent(written) or same:
        return {"text": translated, "language": target, "text_is_translation": True}
    return {"text": written, "language": original, "text_is_translation": False}


def _rating(record: Record, origin: str | None) -> tuple[object, float]:
    scale = optional(values.number, record.get("ratingScale"))
    if not values.is_absent(stars := record.get("stars")):
        return stars, scale or 5
    rating = record.get("rating")
    if isinstance(rating, str) and "/" in rating:
        rating, _, out_of = rating.partition("/")
        scale = optional(values.number, out_of) or scale
    return rating, scale or (5 if origin is None else 10)


def _subratings(record: Record, origin: str | None, best: float) -> dict[str, float] | None:
    """Google's own are out of 5; of what scale those of another origin are, nothing says."""
    is_known = origin is None and best == 5
    return numbers_only(record.get("reviewDetailedRating"), best=5) if is_known else None


def _origin(said: object) -> str | None:
    """The platform where a review was written: ``Booking.com`` is ``booking``; None for Google itself."""
    if not isinstance(said, str):
        return None
    name = re.sub(r"[^a-z0-9]+", "-", said.strip().lower().removesuffix(".com")).strip("-")
    return None if name in {"", "google"} else name


def _kind(category: object) -> str | None:
    if not isinstance(category, str):
        return None
    name = category.strip()
    return "hotel" if _HOTEL.fullmatch(name) else "restaurant" if _RESTAURANT.fullmatch(name) else None


def _snapshot(record: Record, context: Context) -> ListingSnapshot | None:
    return read_snapshot(
        context,
        listing_id=record.get("placeId"),
        rating=record.get("totalScore"),
        rating_best=5,
        review_count=record.get("reviewsCount"),
        name=record.get("title"),
        kind=_kind(record.get("categoryName")),
        city=record.get("city"),
        country=record.get("countryCode"),
        latitude=within(record, "location", "lat"),
        longitude=within(record, "location", "lng"),
    )


FORMAT = RecordFormat("apify-google", "google", _records, _row, _snapshot)


def parse(body: bytes, context: Context) -> Page:
    """The reviews of a data set, and what it says of its places."""
    return read_export(FORMAT, body, context)
