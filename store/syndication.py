"""The same review on two platforms: linked, and not counted where it was not written."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, not_, select, update

from store.database import Database
from store.models import Listing, Review, ReviewVersion
from store.presence import is_under_other_id

# A shorter text may well be two guests' own.
_LEAST_LETTERS = 60
_DAYS_APART = 3
# Half a star of five: scales differ, and platforms round.
_RATING_APART = 0.126


@dataclass(frozen=True, slots=True)
class _Said:
    key: str
    platform: str
    rating: float
    first: dt.date
    last: dt.date
    first_seen: dt.datetime
    syndicated_from: str | None
    copy_of: str | None


def link_copies(database: Database) -> int:
    """Link reviews to the one on another platform that they repeat, and return how many are linked anew.

    Linked are two reviews of one text (60 letters or more, whatever its blanks and case), of nearly one rating and
    published within three days, where no third one is like them; the original is the one whose platform the other's
    source names, else the one seen first. A link says nothing against anybody: a guest may write on two platforms.
    """
    with database.read() as connection:
        platforms = connection.scalar(select(func.count(func.distinct(Listing.platform))))
    if (platforms or 0) < 2:
        return 0
    links: dict[str, str] = {}
    for group in _alike(database):
        if len(group) == 2 and _is_one(*group):
            original, copy = sorted(group, key=lambda each: _rank(each, group))
            if copy.copy_of != original.key:
                links[copy.key] = original.key
    with database.write() as connection:
        for copy_key, original_key in sorted(links.items()):
            connection.execute(update(Review).where(Review.key == copy_key).values(copy_of=original_key))
    return len(links)


def _alike(database: Database) -> Iterator[list[_Said]]:
    """Reviews of one long text, in groups of more than one."""
    keys_of: dict[bytes, list[str]] = defaultdict(list)
    current = (Review.key == ReviewVersion.review_key) & (Review.version == ReviewVersion.number)
    parts_of = (ReviewVersion.title, ReviewVersion.text, ReviewVersion.text_positive, ReviewVersion.text_negative)
    texts = select(Review.key, *parts_of).join(ReviewVersion, current).where(not_(is_under_other_id()))
    with database.read() as connection:
        for key, *parts in connection.execution_options(yield_per=20_000).execute(texts):
            letters = "".join(letter for part in parts if part for letter in part.casefold() if letter.isalnum())
            if len(letters) >= _LEAST_LETTERS:
                keys_of[hashlib.sha256(letters.encode()).digest()[:12]].append(key)
    details = (
        select(
            Review.key,
            Listing.platform,
            (ReviewVersion.rating - ReviewVersion.rating_worst)
            / (ReviewVersion.rating_best - ReviewVersion.rating_worst),
            ReviewVersion.published_from,
            ReviewVersion.published_to,
            Review.first_seen,
            Review.syndicated_from,
            Review.copy_of,
        )
        .join(ReviewVersion, current)
        .join(Listing, Listing.key == Review.listing_key)
    )
    with database.read() as connection:
        for keys in keys_of.values():
            if len(keys) > 1:
                rows = connection.execute(details.where(Review.key.in_(keys[:50])).order_by(Review.key))
                yield [_Said(*row) for row in rows]


def _is_one(a: _Said, b: _Said) -> bool:
    """Whether two reviews of one text are one review on two platforms."""
    apart = max((a.first - b.last).days, (b.first - a.last).days)
    return a.platform != b.platform and abs(a.rating - b.rating) <= _RATING_APART and apart <= _DAYS_APART


def _rank(each: _Said, group: list[_Said]) -> tuple[bool, dt.datetime, dt.date, str]:
    """The original comes first."""
    others = {other.platform for other in group if other is not each}
    return each.syndicated_from in others, each.first_seen, each.first, each.key
