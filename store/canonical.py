"""The canonical review record: what every source is turned into, and what the store takes in."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

LISTING_KINDS = ("hotel", "restaurant", "other")

# From the finest to the coarsest unit in which a source gives the date of a review.
PRECISIONS = ("day", "week", "month", "year")


@dataclass(frozen=True, slots=True)
class Observation:
    """One review as one source showed it at one moment.

    Ratings are raw, on the scale from ``rating_worst`` to ``rating_best``. ``published_from`` and
    ``published_to`` are inclusive days: equal where the source gave a day, an interval where it did not;
    ``published_precision`` is the unit in which the source spoke (``PRECISIONS``).
    ``reviewer_id`` is the platform's id and leaves this object only as a keyed pseudonym.
    ``reviewer_listing_id`` is the listing of the same platform that the account is shown to belong to.
    ``text_positive`` and ``text_negative`` are what a source asks for apart from each other, ``subratings`` raw values
    on the review's own scale by aspect. ``syndicated_from`` is the platform of which the source says that the review
    was written there. ``raw_sha256`` is the hash of the bytes that the source gave for this review.
    """

    platform: str
    listing_id: str
    review_id: str
    rating: float
    published_from: dt.date
    published_to: dt.date
    raw_sha256: str
    published_precision: str = "day"
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
    reviewer_listing_id: str | None = None
    title: str | None = None
    text: str | None = None
    text_positive: str | None = None
    text_negative: str | None = None
    subratings: Mapping[str, float] | None = None
    language: str | None = None
    text_is_translation: bool | None = None
    stayed_from: dt.date | None = None
    stayed_to: dt.date | None = None
    edited: dt.date | None = None
    verified_stay: bool | None = None
    response_text: str | None = None
    response_published: dt.date | None = None
    response_state: str | None = None
    syndicated_from: str | None = None


@dataclass(frozen=True, slots=True)
class Ownership:
    """Whose a listing is: an operator's own label for the owner, and the owner's account on the platform if known.

    Both leave this object only as keyed pseudonyms. One label is one owner on every platform.
    """

    platform: str
    listing_id: str
    owner: str
    reviewer_id: str | None = None


@dataclass(frozen=True, slots=True)
class ListingSnapshot:
    """What a source says of a listing as a whole: its rating on its own scale, the number of reviews claimed, and
    where it is. A source that gives only the aggregate makes the listing known by it."""

    platform: str
    listing_id: str
    rating: float | None
    rating_best: float | None
    review_count: int | None
    listing_name: str | None = None
    listing_kind: str | None = None
    city: str | None = None
    country: str | None = None
    latitude: float | None = None
    longitude: float | None = None


# What one version of a review says; a change in any of these is an edit.
CONTENT_FIELDS = (
    "rating",
    "rating_worst",
    "rating_best",
    "title",
    "text",
    "text_positive",
    "text_negative",
    "subratings",
    "language",
    "text_is_translation",
    "stayed_from",
    "stayed_to",
    "published_from",
    "published_to",
    "published_precision",
    "edited",
    "verified_stay",
    "response_text",
    "response_published",
    "response_state",
    "review_url",
)

# A relative date slides from night to night ("a month ago"), so it never makes an edit by itself.
_NOT_HASHED = frozenset({"published_from", "published_to", "published_precision", "review_url"})
# Fields that came later are hashed only where they say something, so that older hashes stay what they are.
_HASHED_IF_SAID = frozenset({"text_positive", "text_negative", "subratings", "response_state"})


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
    said = {name: value for name, value in said.items() if value is not None or name not in _HASHED_IF_SAID}
    # 4 and 4.0 are one rating, and would be two texts.
    said |= {name: float(said[name]) for name in ("rating", "rating_worst", "rating_best")}
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def precision_of(first: dt.date, last: dt.date) -> str:
    """The precision of an interval of inclusive days for which the source named no unit."""
    width = (last - first).days
    return PRECISIONS[(width > 0) + (width > 6) + (width > 62)]


def synthetic_review_id(
    reviewer_id: str | None, published: dt.date | None, rating: float, title: str | None, text: str | None
) -> str:
    """A fingerprint for a source that gives no review id: the same review gets the same one again.

    ``published`` is None where the source gives no day: an interval slides from night to night.
    """
    day = None if published is None else published.isoformat()
    said = json.dumps([reviewer_id, day, float(rating), title, text], ensure_ascii=False)
    return "fp-" + hashlib.sha256(said.encode()).hexdigest()[:24]


def as_mapping(observation: Observation) -> Mapping[str, object]:
    """The observation as a plain mapping, in declaration order."""
    return asdict(observation)


OBSERVATION_FIELDS = tuple(field.name for field in fields(Observation))
