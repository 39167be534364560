"""Booking.com Connectivity: the guest reviews of a property that the owner has authorised.

https://developers.booking.com/connectivity/docs/review-api/retrieve-reviews (fields, paging, what may be null: any
score, the whole of ``content`` and of ``reviewer``). Times there have no zone and are taken for UTC. The largest
``limit`` is not documented. Seen in replies: the language ``xu`` for an unknown one.

The number of the reservation is not read. Paging ends with an empty page; its address, asked again later, gives what
has changed since, so it becomes the cursor.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from crawlers import values
from crawlers.page import Context, Page
from crawlers.records import Record, RecordFormat, read_page, records_under, utc_day, within
from crawlers.rows import RowError
from crawlers.sources.addresses import linked, with_parameters
from crawlers.sources.exports import numbers_only, optional
from crawlers.text import quoted

BASE_URL = "https://supply-xml.booking.com"

_ASPECTS = ("clean", "comfort", "facilities", "location", "services", "staff", "value")
_LISTING = re.compile(r"[0-9]{1,20}")
_PATH = re.compile(r"/properties/([0-9]{1,20})/reviews")


def listing_id(listing: str) -> str:
    """A property's number, as it is. Raises ``ValueError`` with one plain line."""
    if not _LISTING.fullmatch(listing):
        raise ValueError(f"{quoted(listing)} is not the number of a property such as '1234567'")
    return listing


def start_url(listing: str, base_url: str | None = None) -> str:
    """The first page of a property's reviews. Raises ``ValueError`` with one plain line."""
    address = f"{(base_url or BASE_URL).rstrip('/')}/review-api/properties/{listing_id(listing)}/reviews"
    return with_parameters(address, limit="50")


_records = records_under("data", "reviews")


def _row(record: Record, context: Context) -> Mapping[str, object]:
    if values.is_absent(record.get("review_id")):
        raise RowError("review_id", "is missing")
    path = _PATH.search(context.url)
    published = utc_day(record.get("created_timestamp"))
    changed = optional(values.day, utc_day(record.get("last_change_timestamp")))
    return {
        "listing_id": context.listing_id or (path[1] if path else None),
        "review_id": record["review_id"],
        "reviewer_name": optional(values.text, within(record, "reviewer", "name")),
        "rating": within(record, "scoring", "review_score"),
        "rating_best": 10,
        "subratings": numbers_only({aspect: within(record, "scoring", aspect) for aspect in _ASPECTS}, best=10),
        "title": within(record, "content", "headline"),
        "text_positive": within(record, "content", "positive"),
        "text_negative": within(record, "content", "negative"),
        "language": _language(within(record, "content", "language_code")),
        "published": published,
        "edited": changed if changed != published else None,
        "verified_stay": True,
        "response_text": within(record, "reply", "text"),
        "response_published": optional(values.day, utc_day(within(record, "reply", "last_change_timestamp"))),
    }


def _language(code: object) -> str | None:
    found = optional(values.language, code)
    return None if found == "xu" else found


def _link(document: Any) -> object:
    return within(document, "meta", "next_page") or None


def _next_urls(document: Any, context: Context) -> Iterator[str]:
    if _records(document) and (link := _link(document)) is not None:
        yield linked(context.url, link)


def _cursor(document: Any, context: Context) -> str | None:
    reviews, link = _records(document), _link(document)
    if reviews and link is not None:
        return None
    try:
        return context.url if link is None else linked(context.url, link)
    except ValueError:
        return context.url


FORMAT = RecordFormat("booking", "booking", _records, _row)


def parse(body: bytes, context: Context) -> Page:
    """One reply, in no promised order."""
    return read_page(FORMAT, body, context, next_urls=_next_urls, cursor=_cursor, order=None)
