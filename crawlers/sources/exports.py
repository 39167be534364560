"""What exports of JSON records have in common: how they are laid out, and fields that never cost the review."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any, TypeVar

from crawlers import values
from crawlers.dates import read_dates
from crawlers.page import Context, Page
from crawlers.records import RecordFormat, decode, read_page
from store.canonical import ListingSnapshot

Value = TypeVar("Value")


def items(document: Any) -> Iterator[object]:
    """The records of a document: an array, an object with an ``items`` list, or one record by itself."""
    inner = document.get("items") if isinstance(document, Mapping) else document
    if isinstance(inner, list):
        yield from inner
    else:
        yield document


def read_export(format_: RecordFormat, body: bytes, context: Context) -> Page:
    """A document, or one record on each line; never raises, whatever the bytes."""
    try:
        decode(body)
    except ValueError:
        lines = [(number, line) for number, line in enumerate(body.split(b"\n"), start=1) if line.strip()]
        if len(lines) > 1:
            return _joined([(number, read_page(format_, line, context, order=None)) for number, line in lines])
    page = read_page(format_, body, context, order=None)
    return replace(page, snapshots=tuple(dict.fromkeys(page.snapshots)))


def _joined(pages: list[tuple[int, Page]]) -> Page:
    drops: Counter[str] = Counter()
    for _, page in pages:
        drops.update(page.drops)
    observations = {(each.listing_id, each.review_id): each for _, page in pages for each in page.observations}
    return Page(
        observations=tuple(observations.values()),
        snapshots=tuple(dict.fromkeys(each for _, page in pages for each in page.snapshots)),
        drops=dict(drops),
        refusals=tuple(replace(each, line=number) for number, page in pages for each in page.refusals),
    )


def optional(reader: Callable[[object], Value], value: object) -> Value | None:
    """What a reader of ``crawlers.values`` makes of a value, None where it can make nothing of it."""
    try:
        return None if values.is_absent(value) else reader(value)
    except ValueError:
        return None


def published(stamp: object, phrase: object, seen: dt.date, language: str | None = None) -> dict[str, object]:
    """The canonical columns of the day that ``stamp`` gives, else of the interval that ``phrase`` means on ``seen``.

    Where neither can be read, ``published`` holds what was said, so that the refusal shows it.
    """
    if optional(values.day, stamp) is not None:
        return {"published": stamp}
    for said in (stamp, phrase):
        if isinstance(said, str) and (found := read_dates(said, seen, language=language)) is not None:
            columns: dict[str, object] = {"published_from": found.first, "published_to": found.last}
            return columns | {"published_precision": found.precision}
    return {"published": phrase if values.is_absent(stamp) else stamp}


def numbers_only(said: object, *, best: float) -> dict[str, float] | None:
    """The first 20 aspects of a rating that have a name and a number from 1 to ``best``, None where there is none."""
    pairs = said.items() if isinstance(said, Mapping) else ()
    grade = values.number_between(1, best)
    found = {optional(values.aspect, name): optional(grade, value) for name, value in pairs}
    usable = ((name, value) for name, value in found.items() if name is not None and value is not None)
    return dict(islice(usable, values.MAX_ASPECTS)) or None


def read_snapshot(
    context: Context,
    *,
    listing_id: object,
    rating: object,
    rating_best: float,
    review_count: object,
    name: object = None,
    kind: str | None = None,
    city: object = None,
    country: object = None,
    latitude: object = None,
    longitude: object = None,
) -> ListingSnapshot | None:
    """What a record says of its listing as a whole; None without an id, and without both rating and count."""
    key = optional(values.identifier, listing_id) or context.listing_id
    score, count = optional(values.number_between(0, rating_best), rating), optional(values.count, review_count)
    if key is None or (score is None and count is None):
        return None
    return ListingSnapshot(
        platform=context.platform,
        listing_id=key,
        rating=score,
        rating_best=None if score is None else float(rating_best),
        review_count=count,
        listing_name=optional(values.text, name),
        listing_kind=kind,
        city=optional(values.text, city),
        country=optional(values.text, country),
        latitude=optional(values.number_between(-90, 90), latitude),
        longitude=optional(values.number_between(-180, 180), longitude),
    )
