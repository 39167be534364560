"""Whether a review that a complete pass did not show is gone: not if it stands there under another id, or hides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, exists, func, not_, select, update
from sqlalchemy.orm import aliased

from store.database import Database, chunks
from store.models import Listing, Review, ReviewVersion
from store.provenance import ListingRun, ReviewEvent, Sighting

# A shorter text may well be two guests' own.
_LEAST_LETTERS = 20
# So much later than it was published a review may come up on a site that shows everything.
_LATE_DAYS = 14
_LEAST_LATE = 2
_LEAST_BACK = 3
_MEMORY_DAYS = 30


@dataclass(frozen=True, slots=True)
class Successor:
    """What stands in a review's place; ``is_same`` says that it is surely the same review, be it edited."""

    review_key: str
    is_same: bool


def find_successors(
    connection: Connection, source: str, listing_key: str, absent: Sequence[Any], listed: Collection[str]
) -> dict[str, Successor]:
    """For absent reviews (``review_key``, ``last_seen``) those that came up in their place since they were last shown.

    The same words and rating of the same days under another id are the same review: ids change with a site's address
    or its design. A fingerprint changes with the words, so that one in the place of another of the same guest and days
    may be an edit of it.
    """
    if not absent:
        return {}
    since = min(row.last_seen for row in absent)
    fresh_rows = _sighted_since(connection, source, listing_key, since)
    keys = [row.review_key for row in absent]
    said = _said(connection, [*keys, *(key for key in fresh_rows if key in listed)])
    fresh = [said[key] for key in fresh_rows if key in said]
    last_seen = {row.review_key: row.last_seen for row in absent}
    found: dict[str, Successor] = {}
    for is_same, fits in ((True, _is_same), (False, _may_be_edited)):
        taken = {each.review_key for each in found.values()}
        for key in keys:
            if key in found or key not in said:
                continue
            for other in fresh:
                is_later = fresh_rows[other.key] > last_seen[key]
                if is_later and other.key not in taken and fits(said[key], other):
                    found[key] = Successor(other.key, is_same or said[key].reviewer_key is not None)
                    taken.add(other.key)
                    break
    return found


def supersede(connection: Connection, source: str, successors: Mapping[str, Successor]) -> None:
    """The source no longer speaks of these reviews; what is the same as its successor is counted there."""
    for part in chunks(sorted(successors)):
        connection.execute(delete(Sighting).where(Sighting.source == source, Sighting.review_key.in_(part)))
    for key, successor in sorted(successors.items()):
        if successor.is_same:
            connection.execute(update(Review).where(Review.key == successor.review_key).values(copy_of=None))
            connection.execute(update(Review).where(Review.key == key).values(copy_of=successor.review_key))


def shows_a_part(connection: Connection, source: str, seen_at: dt.datetime, listing_key: str, absent: int) -> bool:
    """Whether the source seems to show other reviews of a listing every time, so that what is absent may be hidden.

    It does where, over the last 30 days, several old reviews came up that its first complete pass did not have, or
    several that were missing are back.
    """
    mine = (Sighting.source == source, Sighting.listing_key == listing_key)
    since = seen_at - dt.timedelta(days=_MEMORY_DAYS)
    first_pass = connection.scalar(
        select(func.min(ListingRun.seen_at)).where(
            ListingRun.source == source,
            ListingRun.listing_key == listing_key,
            ListingRun.status.in_(("complete", "suspect")),
            ListingRun.seen_at > since,
            ListingRun.seen_at < seen_at,
        )
    )
    first_shown = connection.scalar(select(func.min(Sighting.first_seen)).where(*mine))
    if first_pass is None or first_shown is None:
        return False
    # A clock that was set back leaves passes before the first sighting.
    first_pass = max(first_pass, first_shown)
    earlier = aliased(Review)
    late = (
        select(func.count())
        .select_from(Sighting)
        .join(Review, Review.key == Sighting.review_key)
        .join(ReviewVersion, (ReviewVersion.review_key == Review.key) & (ReviewVersion.number == Review.version))
        .where(*mine, Sighting.first_seen > first_pass, not_(exists().where(earlier.copy_of == Review.key)))
        .where(ReviewVersion.published_to < (first_pass - dt.timedelta(days=_LATE_DAYS)).date())
    )
    number = connection.scalar(late) or 0
    if number >= _LEAST_LATE and 10 * number >= absent:
        return True
    back = (
        select(func.count(func.distinct(ReviewEvent.review_key)))
        .join(Sighting, (Sighting.review_key == ReviewEvent.review_key) & (Sighting.source == ReviewEvent.source))
        .where(*mine, ReviewEvent.kind == "missing", ReviewEvent.at > since, Sighting.missed == 0)
    )
    number = connection.scalar(back) or 0
    return number >= _LEAST_BACK and 2 * number >= absent


def is_under_other_id() -> ColumnElement[bool]:
    """Whether a ``Review`` stands in its own listing under another id as well, where it is counted."""
    other = aliased(Review)
    return Review.copy_of.is_not(None) & exists().where(
        other.key == Review.copy_of, other.listing_key == Review.listing_key
    )


def first_shown_since(database: Database, source: str, keys: Sequence[str], since: dt.datetime) -> set[str]:
    """Of these reviews those that a source showed for the first time after a moment."""
    found: set[str] = set()
    with database.read() as connection:
        for part in chunks(keys):
            query = select(Sighting.review_key).where(Sighting.source == source, Sighting.review_key.in_(part))
            found.update(connection.scalars(query.where(Sighting.first_seen > since)))
    return found


def known_listings(database: Database, keys: Sequence[str]) -> set[str]:
    """Of these keys of listings those that the store has."""
    with database.read() as connection:
        return set(connection.scalars(select(Listing.key).where(Listing.key.in_(keys))))


@dataclass(frozen=True, slots=True)
class _Said:
    key: str
    is_synthetic: bool
    reviewer_key: str | None
    letters: str
    share: float
    first: dt.date
    last: dt.date


def _sighted_since(connection: Connection, source: str, listing_key: str, since: dt.datetime) -> dict[str, dt.datetime]:
    query = select(Sighting.review_key, Sighting.first_seen).where(
        Sighting.source == source, Sighting.listing_key == listing_key, Sighting.first_seen > since
    )
    return {row.review_key: row.first_seen for row in connection.execute(query.order_by(Sighting.review_key))}


def _said(connection: Connection, keys: Sequence[str]) -> dict[str, _Said]:
    found: dict[str, _Said] = {}
    query = select(
        Review.key,
        Review.synthetic_id,
        Review.reviewer_key,
        ReviewVersion.title,
        ReviewVersion.text,
        ReviewVersion.text_positive,
        ReviewVersion.text_negative,
        (ReviewVersion.rating - ReviewVersion.rating_worst) / (ReviewVersion.rating_best - ReviewVersion.rating_worst),
        ReviewVersion.published_from,
        ReviewVersion.published_to,
    ).join(ReviewVersion, (ReviewVersion.review_key == Review.key) & (ReviewVersion.number == Review.version))
    for part in chunks(keys):
        for key, is_synthetic, reviewer, *parts, share, first, last in connection.execute(
            query.where(Review.key.in_(part))
        ):
            letters = "".join(letter for text in parts if text for letter in text.casefold() if letter.isalnum())
            found[key] = _Said(key, is_synthetic, reviewer, letters, share, first, last)
    return found


def _overlap(a: _Said, b: _Said) -> bool:
    return a.first <= b.last and b.first <= a.last


def _is_same(a: _Said, b: _Said) -> bool:
    is_same_guest = a.reviewer_key is not None and a.reviewer_key == b.reviewer_key
    is_telling = len(a.letters) >= _LEAST_LETTERS or is_same_guest
    return is_telling and a.letters == b.letters and abs(a.share - b.share) < 1e-6 and _overlap(a, b)


def _may_be_edited(a: _Said, b: _Said) -> bool:
    return a.is_synthetic and b.is_synthetic and a.reviewer_key == b.reviewer_key and _overlap(a, b)
