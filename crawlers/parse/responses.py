"""What the owner answered to a review, as far as the page says that it was the owner."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from crawlers import values
from crawlers.dates import read_dates
from crawlers.parse.items import Item, Items, Value
from crawlers.parse.listings import Listing, kind_of, text_of
from crawlers.text import clean_text

# schema.org has no property of its own for an owner's reply; pages use these.
_ROLES = ("reviewReply", "comment", "associatedReview")


@dataclass(frozen=True, slots=True)
class Response:
    """``published`` is None where the page gives no day."""

    text: str
    published: dt.date | None


def read_response(
    items: Items, review: Item, listing: Listing, *, seen: dt.date, language: str | None
) -> Response | None:
    """The first answer to a review that is by an organisation or place, or signed with the listing's name."""
    for role in _ROLES:
        for answer in items.values(review, role):
            if role == "reviewReply" or (isinstance(answer, Item) and _is_by_owner(items, answer, listing)):
                text = (
                    text_of(items, answer, "text", "reviewBody", "description") if isinstance(answer, Item) else answer
                )
                if text and (said := clean_text(str(text))) and len(said) <= values.MAX_TEXT:
                    return Response(said, _day(items, answer, seen, language))
    return None


def _is_by_owner(items: Items, answer: Item, listing: Listing) -> bool:
    for author in items.values(answer, "author", "creator", "publisher"):
        if isinstance(author, Item):
            if kind_of(author.types) is not None:
                return True
            name = text_of(items, author, "name")
        else:
            name = clean_text(str(author))
        return bool(name and listing.name and name.casefold() == listing.name.casefold())
    return False


def _day(items: Items, answer: Value, seen: dt.date, language: str | None) -> dt.date | None:
    said = items.text(answer, "datePublished", "dateCreated", "dateModified") if isinstance(answer, Item) else None
    found = read_dates(said, seen, language=language) if said else None
    return found.first if found is not None and found.precision == "day" else None
