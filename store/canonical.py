"""The canonical review record: what every source is turned into, and what the store takes in."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

LISTING_KINDS = ("hotel", "restaurant", "other")


@dataclass(frozen=True, slots=True)
class Observation:
    """One review as one source showed it at one moment.

    Ratings are raw, on the scale from ``rating_worst`` to ``rating_best``. ``published_from`` and
    ``published_to`` are inclusive days: equal where the source gave a day, an interval where it did not.
    ``reviewer_id`` is the platform's id and leaves this object only as a keyed pseudonym.
    ``raw_sha256`` is the hash of the bytes that the source gave for this review.
    """

    platform: str
    listing_id: str
    review_id: str
    rating: float
    published_from: dt.date
    published_to: dt.date
    raw_sha256: str
    synthetic_id: bool = False
    rating_worst: float = 1.0
    rating_best: float = 5.0
    listing_name: str | None = None
    listing_kind: str | None = None
    city: str | None = None
    country: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    review_url: str | None = None
    reviewer_id: str | None = None
    reviewer_name: str | None = None
    reviewer_review_count: int | None = None
    reviewer_since: dt.date | None = None
    title: str | None = None
    text: str | None = None
    language: str | None = None
    text_is_translation: bool | None = None
    stayed_from: dt.date | None = None
    stayed_to: dt.date | None = None
    edited: dt.date | None = None
    verified_stay: bool | None = None
    response_text: str | None = None
    response_published: dt.date | None = None


@dataclass(frozen=True, slots=True)
class ListingSnapshot:
    """The aggregate that a listing's page showed: rating on its own scale, and number of reviews claimed."""

    platform: str
    listing_id: str
    rating: float | None
    rating_best: float | None
    review_count: int | None


# What one version of a review says; a change in any of these is an edit.
CONTENT_FIELDS = (
    "rating",
    "rating_worst",
    "rating_best",
    "title",
    "text",
    "language",
    "text_is_translation",
    "stayed_from",
    "stayed_to",
    "published_from",
    "published_to",
    "edited",
    "verified_stay",
    "response_text",
    "response_published",
    "review_url",
)

# A relative date slides from night to night ("a month ago"), so it never makes an edit by itself.
_NOT_HASHED = frozenset({"published_from", "published_to", "review_url"})


def listing_key(platform: str, listing_id: str) -> str:
    """The store's key of a listing, readable: ``platform/listing_id``."""
    return f"{platform}/{listing_id}"


def review_key(platform: str, listing_id: str, review_id: str) -> str:
    """The store's key of a review: 24 hex digits, the same on every machine."""
    joined = "\0".join((platform, listing_id, review_id))
    return hashlib.sha256(joined.encode()).hexdigest()[:24]


def content_hash(observation: Observation) -> str:
    """SHA-256 of what the review says, leaving out what a source may show differently every night."""
    said = {name: getattr(observation, name) for name in CONTENT_FIELDS if name not in _NOT_HASHED}
    # 4 and 4.0 are one rating, and would be two texts.
    said |= {name: float(said[name]) for name in ("rating", "rating_worst", "rating_best")}
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def synthetic_review_id(
    reviewer_id: str | None, published: dt.date, rating: float, title: str | None, text: str | None
) -> str:
    """A fingerprint for a source that gives no review id: the same review gets the same one again."""
    said = json.dumps([reviewer_id, published.isoformat(), float(rating), title, text], ensure_ascii=False)
    return "fp-" + hashlib.sha256(said.encode()).hexdigest()[:24]


def as_mapping(observation: Observation) -> Mapping[str, object]:
    """The observation as a plain mapping, in declaration order."""
    return asdict(observation)


OBSERVATION_FIELDS = tuple(field.name for field in fields(Observation))
