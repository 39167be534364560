"""One Review item becomes one draft, whose id is settled only when all reviews of the page are known."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from crawlers import values
from crawlers.dates import DateInterval, read_dates
from crawlers.page import Context
from crawlers.parse.items import Item, Items, Reference, absolute_url
from crawlers.parse.listings import Listing, Listings, short_id, stated_identifier, text_of
from crawlers.parse.origins import original_of, syndicated_from
from crawlers.parse.readings import Rating, UnreadableError, read_language, read_rating, read_subratings
from crawlers.parse.responses import Response, read_response
from crawlers.parse.sides import read_sides
from crawlers.text import clean_text
from store.canonical import Observation, synthetic_review_id

# Items that belong to their review and are hashed with it.
_FINGERPRINTED = frozenset(
    {
        "reviewRating",
        "author",
        "creator",
        "comment",
        "reviewReply",
        "positiveNotes",
        "negativeNotes",
        "translationOfWork",
    }
)
# Under these another review answers, translates or underlies one, and is none of its own.
_BESIDE = ("comment", "reviewReply", "associatedReview", "translationOfWork", "workTranslation", "isBasedOn")

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
    published: DateInterval
    edited: dt.date | None
    title: str | None
    text: str | None
    text_positive: str | None
    text_negative: str | None
    subratings: dict[str, float] | None
    language: str | None
    is_translation: bool | None
    response: Response | None
    syndicated_from: str | None
    raw_sha256: str

    @property
    def day(self) -> dt.date | None:
        """The day of publication where the page gives one: an interval slides from night to night."""
        return self.published.first if self.published.precision == "day" else None

    @property
    def words(self) -> tuple[str, float, str]:
        """What two syntaxes share that show one review, however each spells its date, blanks and entities."""
        text = "".join(filter(str.isalnum, (self.text or self.title or "")[:1000].casefold()))
        return (self.reviewer_name or "").casefold(), self.rating.value / self.rating.best, text[:300]

    @property
    def said(self) -> tuple[object, ...]:
        """What makes two drafts of one syntax the same review, on this night and on the next."""
        return *self.words, self.day


def beside_reviews(items: Items) -> tuple[Item, ...]:
    """The items that only stand beside a review: answers, translations, and what one is made from.

    An item that is a review of its own, with a rating, is one of these only where it stands inside of the other or is
    the original of a translation.
    """
    found: list[Item] = []
    for item in filter(is_review, items.items):
        for role in _BESIDE:
            for value in items.values(item, role):
                if isinstance(value, Item) and value is not item and not value.properties.get("translationOfWork"):
                    is_rated = bool(items.values(value, "reviewRating", "rating"))
                    is_inside = value.parent is item and role != "associatedReview"
                    if is_inside or not is_rated or role in ("translationOfWork", "workTranslation"):
                        found.append(value)
    return tuple(found)


def is_review(item: Item) -> bool:
    """Whether an item is a review: by its type, or untyped and filed as one."""
    return bool(item.types & REVIEW_TYPES) or (not item.types and item.role in ("review", "reviews"))


def read_review(
    items: Items, listings: Listings, review: Item, context: Context, *, page_language: str | None
) -> Draft:
    """Reads a review. Raises ``UnreadableError`` with the name under which the drop is counted."""
    if _is_broken(review):
        raise UnreadableError("broken_review")
    url, seen = context.url, context.seen
    listing = listings.reviewed_by(review)
    rating = read_rating(items, review)
    address = _own_address(items, review, url, listing)
    published = _published(items, review, seen, page_language)
    modified = items.text(review, "dateModified")
    edited = read_dates(modified, seen, language=page_language) if modified else None
    is_edited = edited is not None and edited.precision == "day" and edited.first > published.last
    original = original_of(items, review)
    words = review if original is None else original
    parts = _parts(items, words)
    liked, disliked = read_sides(items, words, parts)
    is_translated = bool(review.properties.get("translationOfWork"))
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
        edited=edited.first if edited is not None and is_edited else None,
        title=text_of(items, words, "name", "headline"),
        text=_body(parts),
        text_positive=liked,
        text_negative=disliked,
        subratings=read_subratings(items, review, rating),
        language=read_language(text_of(items, words, "inLanguage")) or (page_language if original is None else None),
        is_translation=original is None if is_translated else None,
        response=read_response(items, review, listing, seen=seen, language=page_language),
        syndicated_from=syndicated_from(items, review, listing, url=url, platform=context.platform),
        raw_sha256=_fingerprint(items, review),
    )


def observation(draft: Draft, *, platform: str, stated_id: str | None) -> Observation:
    """The draft as an observation; without a stated id it gets a synthetic one."""
    listing = draft.listing
    review_id = stated_id or synthetic_review_id(
        draft.reviewer_id, draft.day, draft.rating.value, draft.title, draft.text or _both_sides(draft)
    )
    return Observation(
        platform=platform,
        listing_id=listing.listing_id,
        review_id=review_id,
        rating=draft.rating.value,
        published_from=draft.published.first,
        published_to=draft.published.last,
        published_precision=draft.published.precision,
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
        text_positive=draft.text_positive,
        text_negative=draft.text_negative,
        subratings=draft.subratings,
        language=draft.language,
        text_is_translation=draft.is_translation,
        edited=draft.edited,
        response_text=draft.response.text if draft.response else None,
        response_published=draft.response.published if draft.response else None,
        syndicated_from=draft.syndicated_from,
    )


def _is_broken(review: Item) -> bool:
    inner = (value for found in review.properties.values() for value in found if isinstance(value, Item))
    return review.is_broken or any(item.is_broken for item in inner)


def _published(items: Items, review: Item, seen: dt.date, language: str | None) -> DateInterval:
    stated = items.text(review, "datePublished", "dateCreated")
    if stated is None:
        raise UnreadableError("no_date")
    found = read_dates(stated, seen, language=language)
    if found is None:
        raise UnreadableError("date_unreadable")
    return found


def _parts(items: Items, review: Item) -> list[str]:
    """The body's texts: a page may give what was liked and what was not in one each."""
    found = items.values(review, "reviewBody", "description", "text")
    texts = (clean_text(str(part)) for part in found if not isinstance(part, Item | Reference))
    return [text for text in texts if text]


def _both_sides(draft: Draft) -> str | None:
    return "\n".join(side for side in (draft.text_positive, draft.text_negative) if side) or None


def _body(parts: list[str]) -> str | None:
    joined = "\n".join(parts)
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
    if value.role not in _FINGERPRINTED:
        return value.id
    own = {
        name: [one for one in found if isinstance(one, str | int | float)] for name, found in value.properties.items()
    }
    return [value.id, own]
