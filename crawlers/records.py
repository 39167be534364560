"""Sources of JSON records: each says where its reviews stand and which canonical column holds what."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from crawlers.page import Context, Page, Refusal
from crawlers.rows import RowError, parse_row
from store.canonical import ListingSnapshot, Observation

Record = Mapping[str, Any]

# Python reads no whole number of more than 4,300 digits, and turns none of more than 308 into a float.
_MAX_DIGITS = 300
_RAW_LENGTH = 1000


@dataclass(frozen=True, slots=True)
class RecordFormat:
    """How one source writes reviews as JSON.

    ``records`` finds the records of a decoded document and raises ``ValueError`` with a plain reason where the document
    is none of the source's; ``row`` turns one into canonical columns and raises ``RowError`` where it cannot,
    ``snapshot`` into what it says of a listing as a whole, None where it says nothing. A record for which ``row`` gives
    None is no review. ``in_lines`` says that files hold one record a line.
    """

    name: str
    platform: str
    records: Callable[[Any], Iterable[object]]
    row: Callable[[Record, Context], Mapping[str, object] | None]
    snapshot: Callable[[Record, Context], ListingSnapshot | None] = lambda record, context: None
    in_lines: bool = False


def decode(body: bytes) -> Any:
    """A JSON document. Raises ``ValueError`` with a plain reason."""
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=lambda name: None, parse_int=_whole_number)
    except UnicodeDecodeError:
        raise ValueError("not valid UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at character {error.pos + 1}") from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON that can be read: {type(error).__name__}") from None


def _whole_number(digits: str) -> int | float:
    """One absurd number costs its own record, not the document."""
    return int(digits) if len(digits) <= _MAX_DIGITS else math.inf


def records_under(*keys: str) -> Callable[[Any], list[object]]:
    """A reader of the list under nested keys, for ``RecordFormat.records``."""

    def read(document: Any) -> list[object]:
        found = within(document, *keys)
        if not isinstance(found, list):
            raise ValueError(f"the document has no list under '{'.'.join(keys)}'")
        return found

    return read


def read_records(
    format_: RecordFormat, document: Any, context: Context
) -> Iterator[Observation | ListingSnapshot | Refusal]:
    """Everything that a decoded document says, in its own order; one bad record costs nothing but itself."""
    try:
        records = format_.records(document)
    except ValueError as error:
        yield Refusal(1, None, str(error), {"raw": _beginning(document)})
        return
    for number, record in enumerate(records, start=1):
        yield from read_record(format_, record, context, number)


def read_record(
    format_: RecordFormat, record: object, context: Context, number: int
) -> Iterator[Observation | ListingSnapshot | Refusal]:
    """The snapshot and the review of one record, or the reason why there is none. ``number`` counts from 1."""
    if not isinstance(record, Mapping):
        yield Refusal(number, None, "not a JSON object", {"raw": _beginning(record)})
        return
    try:
        if (snapshot := format_.snapshot(record, context)) is not None:
            yield snapshot
        row = format_.row(record, context)
        if row is not None:
            yield parse_row(row, platform=context.platform, raw=canonical_json(record))
    except RowError as error:
        yield Refusal(number, error.column, error.reason, record)
    except RecursionError:
        yield Refusal(number, None, "is nested too deeply", {})


def read_page(
    format_: RecordFormat,
    body: bytes,
    context: Context,
    *,
    snapshots: Callable[[Any, Context], Iterable[ListingSnapshot]] = lambda document, context: (),
    next_urls: Callable[[Any, Context], Iterable[str]] = lambda document, context: (),
    cursor: Callable[[Any, Context], str | None] = lambda document, context: None,
    order: Callable[[Observation], dt.date] | None = lambda review: review.edited or review.published_to,
) -> Page:
    """One reply of a source as a page; never raises, whatever the bytes.

    ``next_urls`` raises ``ValueError`` where the reply names a next page that cannot be asked for; ``order`` is the day
    by which the source promises newest first, None where it promises nothing.
    """
    try:
        document = decode(body)
    except ValueError:
        return Page(drops={"bad_document": 1})
    drops = Counter({"api_error": 1} if within(document, "error") or within(document, "errors") else {})
    try:
        records = list(format_.records(document))
    except ValueError:
        return Page(drops=dict(drops) or {"bad_document": 1})
    found = [each for number, record in enumerate(records, 1) for each in read_record(format_, record, context, number)]
    refusals = tuple(each for each in found if isinstance(each, Refusal))
    drops.update(f"refused_{refusal.column or 'record'}" for refusal in refusals)
    observations = _first_of_each(found, drops)
    following: tuple[str, ...] = ()
    try:
        following = tuple(next_urls(document, context))
    except ValueError:
        # Without it a listing would look read to its end.
        drops["bad_next_page"] += 1
    return Page(
        observations=observations,
        snapshots=(
            *snapshots(document, context),
            *(each for each in found if isinstance(each, ListingSnapshot)),
        ),
        next_urls=following,
        drops=dict(drops),
        refusals=refusals,
        order=() if order is None else tuple(order(each) for each in observations),
        cursor=cursor(document, context),
    )


def _first_of_each(found: Iterable[object], drops: Counter[str]) -> tuple[Observation, ...]:
    """The reviews of a page, each id once; another record under the same id counts as a ``duplicate``."""
    firsts: dict[tuple[str, str], Observation] = {}
    for each in found:
        if isinstance(each, Observation):
            first = firsts.setdefault((each.listing_id, each.review_id), each)
            drops.update(["duplicate"] if first.raw_sha256 != each.raw_sha256 else [])
    return tuple(firsts.values())


def canonical_json(record: object) -> bytes:
    """A record as bytes that do not depend on the order of its keys, for hashing."""
    return json.dumps(record, sort_keys=True, ensure_ascii=False, default=str).encode("utf-8", "backslashreplace")


def within(record: object, *keys: str) -> Any:
    """The value under nested keys, None where any of them is missing or not an object."""
    for key in keys:
        if not isinstance(record, Mapping):
            return None
        record = record.get(key)
    return record


def utc_day(value: object) -> object:
    """The day in UTC of an RFC 3339 time or day; what is neither is given back for the reader of the column to refuse.

    A time without an offset is taken for UTC.
    """
    if not isinstance(value, str) or value[4:5] != "-" or value[7:8] != "-":
        return value
    try:
        moment = dt.datetime.fromisoformat(value)
        return moment.date() if moment.tzinfo is None else moment.astimezone(dt.UTC).date()
    except (ValueError, OverflowError):
        return value


def _beginning(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)[:_RAW_LENGTH]
    except RecursionError:
        return ""
