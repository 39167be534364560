"""One Review item becomes one draft, whose id is settled only when all reviews of the page are known."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from crawlers import values
from crawlers.parse.items import Item, Items, Reference, absolute_url
from crawlers.parse.listings import Listing, Listings, short_id, stated_identifier, text_of
from crawlers.parse.readings import Rating, UnreadableError, read_day, read_language, read_rating
from crawlers.text import clean_text
from store.canonical import Observation, synthetic_review_id

REVIEW_TYPES = frozenset({"Review", "UserReview", "CriticReview"})


@dataclass(frozen=True, slots=True)
class Draft:
    """A readable review; ``stated_id`` is what the page calls it, if it names it at all."""

    syntax: str
    listing: Listing
    stated_id: str | None
    review_url: str | None
    reviewer_id: str | None
    reviewer_name: str | None
    rating: Rating
    published: dt.date
    edited: dt.date | None
    title: str | None
    text: str | None
    language: str | None
    is_translation: bool | None
    raw_sha256: str

    @property
    def said(self) -> tuple[str, dt.date, float, str]:
        """What makes two drafts the same review, however each syntax spells blanks and entities."""
        text = "".join(character for character in (self.text or self.title or "").casefold() if character.isalnum())
        return (self.reviewer_name or "").casefold(), self.published, self.rating.value / self.rating.best, text[:300]


def is_review(item: Item) -> bool:
    """Whether an item is a review: by its type, or untyped and filed as one."""
    return bool(item.types & REVIEW_TYPES) or (not item.types and item.role in ("review", "reviews"))


def read_review(items: Items, listings: Listings, review: Item, *, url: str, page_language: str | None) -> Draft:
    """Reads a review. Raises ``UnreadableError`` with the name under which the drop is counted."""
    listing = listings.reviewed_by(review)
    rating = read_rating(items, review)
    address = _own_address(items, review, url, listing)
    modified = items.text(review, "dateModified")
    published = _published(items, review)
    edited = read_day(modified) if modified else None
    reviewer_id, reviewer_name = _author(items, review, url, listing)
    return Draft(
        syntax=review.syntax,
        listing=listing,
        stated_id=stated_identifier(items, review) or _stated_id(review, address),
        review_url=address,
        reviewer_id=reviewer_id,
        reviewer_name=reviewer_name,
        rating=rating,
        published=published,
        edited=edited if edited is not None and edited > published else None,
        title=text_of(items, review, "name", "headline"),
        text=_body(items, review),
        language=read_language(text_of(items, review, "inLanguage")) or page_language,
        is_translation=True if items.values(review, "translationOfWork") else None,
        raw_sha256=_fingerprint(items, review),
    )


def observation(draft: Draft, *, platform: str, stated_id: str | None) -> Observation:
    """The draft as an observation; without a stated id it gets a synthetic one."""
    listing = draft.listing
    review_id = stated_id or synthetic_review_id(
        draft.reviewer_id, draft.published, draft.rating.value, draft.title, draft.text
    )
    return Observation(
        platform=platform,
        listing_id=listing.listing_id,
        review_id=review_id,
        rating=draft.rating.value,
        published_from=draft.published,
        published_to=draft.published,
        raw_sha256=draft.raw_sha256,
        synthetic_id=stated_id is None,
        rating_worst=draft.rating.worst,
        rating_best=draft.rating.best,
        listing_name=listing.name,
        listing_kind=listing.kind,
        city=listing.city,
        country=listing.country,
        latitude=listing.latitude,
        longitude=listing.longitude,
        review_url=draft.review_url,
        reviewer_id=draft.reviewer_id,
        reviewer_name=draft.reviewer_name,
        title=draft.title,
        text=draft.text,
        language=draft.language,
        text_is_translation=draft.is_translation,
        edited=draft.edited,
    )


def _published(items: Items, review: Item) -> dt.date:
    stated = items.text(review, "datePublished")
    if stated is None:
        raise UnreadableError("no_date")
    day = read_day(stated)
    if day is None:
        raise UnreadableError("date_unreadable")
    return day


def _body(items: Items, review: Item) -> str | None:
    parts = items.values(review, "reviewBody") or items.values(review, "description")
    texts = [clean_text(str(part)) for part in parts if not isinstance(part, Item | Reference)]
    joined = "\n".join(text for text in texts if text)
    if len(joined) > values.MAX_TEXT:
        raise UnreadableError("text_too_long")
    return joined or None


def _author(items: Items, review: Item, url: str, listing: Listing) -> tuple[str | None, str | None]:
    """Id and name of the first author; a bare name is no id, and neither is an address that holds no profile."""
    for author in items.values(review, "author", "creator"):
        if not isinstance(author, Item):
            return None, clean_text(str(author)) or None
        identity = stated_identifier(items, author)
        for link in (author.id, items.text(author, "url")):
            if identity is None and link and not link.startswith(("_:", "#")):
                address = absolute_url(items.base, link)
                if address and not _is_page(address, url, listing) and _has_path(address):
                    identity = short_id(address)
        return identity, text_of(items, author, "name")
    return None, None


def _own_address(items: Items, review: Item, url: str, listing: Listing) -> str | None:
    """The review's own address; the page's or the listing's is not its own."""
    for link in (items.text(review, "url"), review.id):
        if link and not link.startswith("_:"):
            address = absolute_url(items.base, link)
            if address and not _is_page(address, url, listing):
                return address
    return None


def _stated_id(review: Item, address: str | None) -> str | None:
    # A fragment is kept as it stands: the page before it changes as reviews move to later pages.
    if review.id and review.id.startswith("#") and len(review.id) > 1:
        return short_id(review.id)
    if review.id and not review.id.startswith("_:") and address is None and "/" not in review.id:
        return short_id(clean_text(review.id)) or None
    return short_id(address) if address else None


def _is_page(address: str, url: str, listing: Listing) -> bool:
    return address.rstrip("/") in (url.rstrip("/"), listing.listing_id.rstrip("/"))


def _has_path(address: str) -> bool:
    parts = urlsplit(address)
    return bool(parts.path.strip("/") or parts.query)


def _fingerprint(items: Items, review: Item) -> str:
    """SHA-256 of what the page gave for this review: its literals and those of its rating and author."""
    said = {name: [_literals(items, value) for value in found] for name, found in review.properties.items()}
    return hashlib.sha256(json.dumps([review.id, said], sort_keys=True).encode()).hexdigest()


def _literals(items: Items, value: object) -> object:
    if isinstance(value, Reference):
        return value.target
    if not isinstance(value, Item):
        return value
    if value.role not in ("reviewRating", "author", "creator"):
        return value.id
    own = {
        name: [one for one in found if isinstance(one, str | int | float)] for name, found in value.properties.items()
    }
    return [value.id, own]
