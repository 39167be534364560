"""Google Business Profile: the reviews of a location that the owner has authorised.

https://developers.google.com/my-business/reference/rest/v4/accounts.locations.reviews (fields, states, RFC 3339 times)
and its ``list`` method (paging, order, the totals beside the reviews). Empty fields are left out of replies, so ``{}``
is a location without reviews. Not documented, but seen in replies: Google's machine translation stands before or after
the original within ``comment``.

Reviewers have a name and no id, so ``reviewer_id`` stays empty: nothing is ever joined on names. Photos are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from crawlers import values
from crawlers.page import Context, Page
from crawlers.records import Record, RecordFormat, read_page, records_under, utc_day, within
from crawlers.rows import RowError
from crawlers.sources.addresses import further, with_parameters
from crawlers.sources.exports import optional, read_snapshot
from crawlers.text import quoted
from store.canonical import ListingSnapshot

BASE_URL = "https://mybusiness.googleapis.com"

_LISTING = re.compile(r"accounts/[A-Za-z0-9_]+/locations/([A-Za-z0-9_]+)")
_REVIEW = re.compile(r"accounts/[^/]+/locations/([^/]+)/reviews/([^/]+)")
_PATH = re.compile(r"/locations/([A-Za-z0-9_]+)/reviews(?:\?|$)")
_STARS = {"ONE": 1, "TWO": 2, "THREE": 3, "FOUR": 4, "FIVE": 5}
_STATES = ("PENDING", "ACTIVE", "REJECTED")
_TRANSLATED, _ORIGINAL = "(Translated by Google)", "(Original)"
_TOTALS = {"averageRating", "totalReviewCount", "nextPageToken"}


def listing_id(listing: str) -> str:
    """``accounts/1/locations/456`` gives ``456``, the id of the place itself: it stays when the account changes.

    Raises ``ValueError`` with one plain line.
    """
    found = _LISTING.fullmatch(listing)
    if found is None:
        raise ValueError(f"{quoted(listing)} is not a location such as 'accounts/123/locations/456'")
    return found[1]


def start_url(listing: str, base_url: str | None = None) -> str:
    """The first page of a location's reviews, what changed last first. Raises ``ValueError`` with one plain line."""
    listing_id(listing)
    address = f"{(base_url or BASE_URL).rstrip('/')}/v4/{listing}/reviews"
    return with_parameters(address, pageSize="50", orderBy="updateTime desc")


def original(comment: object) -> tuple[object, bool | None]:
    """What was written, without Google's translation of it; True where only the translation is left."""
    if not isinstance(comment, str):
        return comment, None
    text = comment.strip()
    if text.startswith(_TRANSLATED):
        translation, mark, written = text.removeprefix(_TRANSLATED).partition(f"\n{_ORIGINAL}")
        return (written, False) if mark else (translation, True)
    written, mark, _ = text.partition(f"\n{_TRANSLATED}")
    return (written.removeprefix(_ORIGINAL), False) if mark else (comment, None)


def review_row(record: Record, context: Context) -> dict[str, object]:
    """The canonical columns of a review, as the API and the export have it."""
    name = record.get("name")
    named = _REVIEW.fullmatch(name) if isinstance(name, str) else None
    text, is_translation = original(record.get("comment"))
    published = utc_day(record.get("createTime"))
    updated = optional(values.day, utc_day(record.get("updateTime")))
    anonymous = within(record, "reviewer", "isAnonymous") is True
    state = within(record, "reviewReply", "state")
    return {
        "listing_id": named[1] if named else _listing(context),
        "review_id": record.get("reviewId") or (named[2] if named else None),
        "reviewer_name": None if anonymous else optional(values.text, within(record, "reviewer", "displayName")),
        "rating": _rating(record.get("starRating")),
        "text": text,
        "text_is_translation": is_translation,
        "published": published,
        "edited": updated if updated != published else None,
        "response_text": original(within(record, "reviewReply", "comment"))[0],
        "response_published": optional(values.day, utc_day(within(record, "reviewReply", "updateTime"))),
        "response_state": state.lower() if isinstance(state, str) and state in _STATES else None,
    }


def _listing(context: Context) -> str | None:
    path = _PATH.search(context.url)
    return context.listing_id or (path[1] if path else None)


def _rating(stars: object) -> int:
    if not isinstance(stars, str) or stars not in _STARS:
        raise RowError("rating", f"starRating {quoted(stars)} is none of {', '.join(_STARS)}")
    return _STARS[stars]


def _row(record: Record, context: Context) -> Mapping[str, object]:
    row = review_row(record, context)
    if values.is_absent(row["review_id"]):
        raise RowError("review_id", "is missing")
    return row


def _records(document: Any) -> list[object]:
    # Any other object without reviews may be anything, and must not pass for a location that has lost them all.
    if isinstance(document, Mapping) and document.keys() <= _TOTALS:
        return []
    return records_under("reviews")(document)


def _snapshots(document: Any, context: Context) -> Iterator[ListingSnapshot]:
    found = read_snapshot(
        context,
        listing_id=_listing(context),
        rating=document.get("averageRating") or None,
        rating_best=5.0,
        review_count=document.get("totalReviewCount"),
    )
    if found is not None:
        yield found


def _next_urls(document: Any, context: Context) -> Iterator[str]:
    token = document.get("nextPageToken")
    if token is None or token == "":
        return
    if not isinstance(token, str):
        raise ValueError("the token of the next page is not text")
    yield further(context.url, with_parameters(context.url, pageToken=token))


FORMAT = RecordFormat("google-business", "google", _records, _row)


def parse(body: bytes, context: Context) -> Page:
    """One reply; its reviews stand in the order of their last change."""
    return read_page(FORMAT, body, context, snapshots=_snapshots, next_urls=_next_urls)
