"""Versions of reviews: what counts as an edit, when several sources show one review, each in its own words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, select, update

from store.canonical import CONTENT_FIELDS, Observation
from store.database import chunks, table_of
from store.models import Review, ReviewVersion
from store.provenance import Sighting

# Dates are narrowed instead, and an address says nothing.
_SAID = tuple(name for name in CONTENT_FIELDS if not name.startswith("published") and name != "review_url")
# What somebody wrote; the rest are labels, which a site sets and changes by itself.
_OF_GUESTS = ("title", "text", "text_positive", "text_negative")
_WRITTEN = (*_OF_GUESTS, "response_text")
_LABELS = ("language", "text_is_translation")
_SHARE_APART = 1e-6
_LEAST_AT_ONCE = 5

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Known:
    """A stored review and its current version."""

    version: int
    content_sha256: str
    reviewer_key: str | None
    source: str
    published_from: dt.date
    published_to: dt.date
    published_precision: str


@dataclass(frozen=True, slots=True)
class Change:
    """A new version of a review: the observation, with what only others say of it filled in; whether it is an edit.

    ``is_doubted`` says that it would be one, had not most reviews of the page or file changed at once.
    """

    observation: Observation
    is_edit: bool
    is_doubted: bool = False


def read_known(connection: Connection, keys: Sequence[str]) -> dict[str, Known]:
    """The reviews of these keys that are stored already."""
    current = (
        select(
            Review.key,
            Review.version,
            ReviewVersion.content_sha256,
            Review.reviewer_key,
            ReviewVersion.source,
            ReviewVersion.published_from,
            ReviewVersion.published_to,
            ReviewVersion.published_precision,
        )
        .join(ReviewVersion, ReviewVersion.review_key == Review.key)
        .where(ReviewVersion.number == Review.version)
    )
    known = {}
    for part in chunks(keys):
        for row in connection.execute(current.where(Review.key.in_(part))):
            known[row[0]] = Known(*row[1:])
    return known


def find_changes(
    connection: Connection,
    differing: Mapping[str, Observation],
    *,
    among: int,
    source: str,
    seen_at: dt.datetime,
    sighted: bool,
) -> dict[str, Change]:
    """Of observations that differ from the current version of their review, those that make a new one.

    An edit is what the same source says differently. None is what another source says in its own words or never gives,
    another language or label, another scale, and a second form of the review within one run. All files count as one
    source; one that repeats an earlier version is old, since a file says nothing of when it was made. What a crawled
    source says again stands against a file. Where more than half of ``among`` known reviews, and five or more, read
    otherwise at once, the page or its reader has changed and not the guests' minds.
    """
    sightings = _sightings(connection, list(differing))
    changes: dict[str, Change] = {}
    reworded = 0
    for key, rows in _versions(connection, list(differing)).items():
        seen = sightings.get(key, {})
        own = [row for row in rows if (row["source"] == source if sighted else row["source"] not in seen)]
        teller = _Teller(differing[key], rows, own)
        if not sighted:
            change = _of_file(teller)
        elif seen.get(source) == seen_at:
            change = _of_second_form(teller)
        elif own:
            change = _of_source(teller, is_against_file=rows[-1]["source"] not in seen)
        else:
            change = _of_other_source(teller, is_first=source not in seen)
        if change is not None:
            changes[key] = change
            reworded += change.is_edit and teller.has_other_words(own[-1] if own else rows[-1], _OF_GUESTS)
    if reworded < _LEAST_AT_ONCE or 2 * reworded <= among:
        return changes
    return {key: Change(each.observation, is_edit=False, is_doubted=each.is_edit) for key, each in changes.items()}


def _versions(connection: Connection, keys: Sequence[str]) -> dict[str, list[Row]]:
    """All versions of reviews, in their order."""
    columns = [table_of(ReviewVersion).c[name] for name in ("review_key", "number", "seen_at", "source", *_SAID)]
    found: dict[str, list[Row]] = {key: list[Row]() for key in keys}
    for part in chunks(keys):
        query = select(*columns).where(ReviewVersion.review_key.in_(part)).order_by(ReviewVersion.number)
        for row in connection.execute(query).mappings():
            found[row["review_key"]].append(dict(row))
    return found


def _sightings(connection: Connection, keys: Sequence[str]) -> dict[str, dict[str, dt.datetime]]:
    """When each source that is read again and again last showed a review, by review and source."""
    found: dict[str, dict[str, dt.datetime]] = {}
    for part in chunks(keys):
        query = select(Sighting.review_key, Sighting.source, Sighting.last_seen).where(Sighting.review_key.in_(part))
        for key, source, last_seen in connection.execute(query):
            found.setdefault(key, {})[source] = last_seen
    return found


class _Teller:
    """One observation against the versions of its review, in their order; ``own`` are those of its source."""

    def __init__(self, each: Observation, rows: Sequence[Row], own: Sequence[Row]) -> None:
        self.each, self.rows, self.own = each, rows, own
        self._given = _given(rows, {row["number"] for row in own})

    def same_language(self, rows: Sequence[Row]) -> list[Row]:
        """The versions whose words can be held against those of the observation."""
        said, flag = _language(self.each.language), bool(self.each.text_is_translation)
        same_kind = [row for row in rows if bool(row["text_is_translation"]) == flag]
        return [row for row in same_kind if not said or _language(row["language"]) in ("", said)]

    def agrees(self, row: Row) -> bool:
        """Whether a version says the same, as far as the source speaks, under whatever label."""
        labels_stand = all(row[name] is not None or not getattr(self.each, name) for name in _LABELS)
        return all(self._is_same(name, row) for name in _SAID if not (labels_stand and name in _LABELS))

    def agrees_with_any(self, rows: Sequence[Row]) -> bool:
        """Whether any of these versions says the same."""
        return any(self.agrees(row) for row in rows)

    def has_other_words(self, row: Row, names: Sequence[str] = _WRITTEN) -> bool:
        """Whether the rating differs, or what somebody wrote in their own language."""
        is_written = not self.each.text_is_translation
        return self.has_other_rating(row) or (is_written and not all(self._is_same(name, row) for name in names))

    def has_other_rating(self, row: Row) -> bool:
        """Whether the rating differs, or one by aspect that stood there before; another scale is no difference."""
        each, worst, best = self.each, row["rating_worst"], row["rating_best"]
        share = (each.rating - each.rating_worst) / (each.rating_best - each.rating_worst)
        if abs(share - (row["rating"] - worst) / (best - worst)) > _SHARE_APART:
            return True
        aspects, earlier = each.subratings or {}, row["subratings"] or {}
        return self._is_on_scale_of(row) and any(
            aspects[name] != earlier[name] for name in aspects.keys() & earlier.keys()
        )

    def change(self, *, is_edit: bool) -> Change:
        """The new version: where the source never spoke, the current one still holds.

        Ratings by aspect are raw, so they hold on their own scale alone.
        """
        current = self.rows[-1]
        silent = [name for name in _SAID if getattr(self.each, name) is None and name not in self._given]
        if not self._is_on_scale_of(current):
            silent = [name for name in silent if name != "subratings"]
        return Change(replace(self.each, **{name: current[name] for name in silent}), is_edit)

    def _is_on_scale_of(self, row: Row) -> bool:
        return (self.each.rating_worst, self.each.rating_best) == (row["rating_worst"], row["rating_best"])

    def _is_same(self, name: str, row: Row) -> bool:
        said, earlier = getattr(self.each, name), row[name]
        return bool(said == earlier) or (said is None and name not in self._given)


def _given(rows: Sequence[Row], own: Collection[int]) -> set[str]:
    """The fields that a source has certainly given itself: its versions may hold what only the one before them gave."""
    given: set[str] = set()
    earlier: Row = {}
    carried: set[str] = set()
    for row in rows:
        if row["number"] in own:
            said = {name for name in _SAID if row[name] is not None}
            carried = {name for name in said if name in carried or earlier.get(name) != row[name]}
            given |= carried
        else:
            carried = set()
        earlier = row
    return given


def _language(tag: str | None) -> str:
    return (tag or "").partition("-")[0]


def _of_file(teller: _Teller) -> Change | None:
    if teller.agrees_with_any(teller.rows):
        return None
    before = teller.same_language(teller.own)
    return teller.change(is_edit=bool(before) and teller.has_other_words(before[-1]))


def _of_second_form(teller: _Teller) -> Change | None:
    """A review that a run has shown before stands on two pages, in full on one and shortened on the other."""
    return None if teller.agrees_with_any(teller.rows) else teller.change(is_edit=False)


def _of_other_source(teller: _Teller, *, is_first: bool) -> Change | None:
    """A source without a version of its own has shown what some version says, if it has shown the review at all."""
    if teller.agrees_with_any(teller.rows):
        return None
    before = teller.same_language(teller.rows)
    is_edit = not is_first and bool(before) and all(teller.has_other_words(row) for row in before)
    return teller.change(is_edit=is_edit)


def _of_source(teller: _Teller, *, is_against_file: bool) -> Change | None:
    if teller.agrees(teller.rows[-1]):
        return None
    before = teller.same_language(teller.own)
    if not before:
        is_edit = teller.has_other_rating(teller.own[-1])
        # The guest's own words say more than a machine's.
        return None if teller.each.text_is_translation and not is_edit else teller.change(is_edit=is_edit)
    moments = [row["seen_at"] for row in before]
    last_forms = [row for row in before if row["seen_at"] == moments[-1]]
    if teller.agrees_with_any(last_forms):
        return teller.change(is_edit=False) if is_against_file else None
    has_two_forms = len(set(moments)) < len(moments)
    if has_two_forms and teller.agrees_with_any(before):
        return None
    return teller.change(is_edit=teller.has_other_words(before[-1]))


def narrowed(before: Known, each: Observation) -> tuple[dt.date, dt.date, str]:
    """First and last day and precision of a review: what "a month ago" says tonight and said last night must both hold.

    Where they cannot both hold, the later statement does.
    """
    first = max(before.published_from, each.published_from)
    last = min(before.published_to, each.published_to)
    if first > last or (first, last) == (each.published_from, each.published_to):
        return each.published_from, each.published_to, each.published_precision
    if (first, last) == (before.published_from, before.published_to):
        return first, last, before.published_precision
    return first, last, "day" if first == last else each.published_precision


def narrow_dates(connection: Connection, by_key: Mapping[str, Observation], known: Mapping[str, Known]) -> None:
    """Narrows the dates of reviews that have no new version; days that contradict what was known change nothing."""
    for key, before in known.items():
        first, last, precision = narrowed(before, by_key[key])
        is_within = before.published_from <= first and last <= before.published_to
        if is_within and (first, last) != (before.published_from, before.published_to):
            connection.execute(
                update(ReviewVersion)
                .where(ReviewVersion.review_key == key, ReviewVersion.number == before.version)
                .values(published_from=first, published_to=last, published_precision=precision)
            )
