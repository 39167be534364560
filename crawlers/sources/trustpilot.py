"""Trustpilot: the service reviews of a business unit, public with an API key or private with OAuth.

https://developers.trustpilot.com/business-units-api-(public) and https://developers.trustpilot.com/business-units-api
(parameters, fields; ``perPage`` is 100 at most, 20 by default; newest first by default). Neither the links between the
pages nor a total are documented: a link named ``next-page`` is followed where there is one, else a full page has a
next one. The orders and mail addresses of the private replies are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from crawlers import values
from crawlers.page import Context, Page
from crawlers.records import Record, RecordFormat, read_page, records_under, utc_day, within
from crawlers.rows import RowError
from crawlers.sources.addresses import further, linked, parameter, with_parameters
from crawlers.sources.exports import optional
from crawlers.text import quoted

BASE_URL = "https://api.trustpilot.com"

_LISTING = re.compile(r"[0-9a-f]{24}")
_PATH = re.compile(r"/business-units/([0-9a-f]{24})/reviews")
_WHOLE_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_PER_PAGE = 20


def listing_id(listing: str) -> str:
    """The id of a business unit, as it is. Raises ``ValueError`` with one plain line."""
    if not _LISTING.fullmatch(listing):
        raise ValueError(f"{quoted(listing)} is not the id of a business unit: 24 digits and letters from a to f")
    return listing


def start_url(listing: str, base_url: str | None = None) -> str:
    """The first page of the public reviews, newest first. Raises ``ValueError`` with one plain line."""
    return _first_page(listing, base_url, "v1/business-units")


def private_start_url(listing: str, base_url: str | None = None) -> str:
    """The first page of the private reviews, newest first. Raises ``ValueError`` with one plain line."""
    return _first_page(listing, base_url, "v1/private/business-units")


def _first_page(listing: str, base_url: str | None, path: str) -> str:
    address = f"{(base_url or BASE_URL).rstrip('/')}/{path}/{listing_id(listing)}/reviews"
    return with_parameters(address, perPage="100", page="1", orderBy="createdat.desc")


_records = records_under("reviews")


def _row(record: Record, context: Context) -> Mapping[str, object]:
    if values.is_absent(record.get("id")):
        raise RowError("review_id", "is missing")
    path = _PATH.search(context.url)
    published = utc_day(record.get("createdAt"))
    updated = optional(values.day, utc_day(record.get("updatedAt")))
    return {
        "listing_id": within(record, "businessUnit", "id") or context.listing_id or (path[1] if path else None),
        "review_id": record["id"],
        "reviewer_id": within(record, "consumer", "id"),
        "reviewer_name": optional(values.text, within(record, "consumer", "displayName")),
        "reviewer_review_count": optional(values.count, within(record, "consumer", "numberOfReviews")),
        "rating": record.get("stars"),
        "title": record.get("title"),
        "text": record.get("text"),
        "language": optional(values.language, record.get("language")),
        "stayed": optional(values.day, utc_day(record.get("experiencedAt"))),
        "published": published,
        "edited": updated if updated != published else None,
        "verified_stay": optional(values.boolean, record.get("isVerified")),
        "response_text": within(record, "companyReply", "text"),
        "response_published": optional(values.day, utc_day(within(record, "companyReply", "createdAt"))),
    }


def _next_urls(document: Any, context: Context) -> Iterator[str]:
    reviews, links = _records(document), document.get("links")
    if not reviews:
        return
    for link in links if isinstance(links, list) else ():
        if within(link, "rel") == "next-page":
            yield linked(context.url, within(link, "href"))
            return
    if len(reviews) >= _number(context.url, "perPage", _PER_PAGE):
        page = _number(context.url, "page", 1) + 1
        yield further(context.url, with_parameters(context.url, page=str(page)))


def _number(url: str, name: str, default: int) -> int:
    said = parameter(url, name) or ""
    return int(said) if _WHOLE_NUMBER.fullmatch(said) else default


FORMAT = RecordFormat("trustpilot", "trustpilot", _records, _row)


def parse(body: bytes, context: Context) -> Page:
    """One reply, in the order of publication."""
    return read_page(FORMAT, body, context, next_urls=_next_urls, order=lambda review: review.published_to)
