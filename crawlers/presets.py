"""Files of named exports: JSON documents and JSON Lines, plain or gzip-compressed, as other programs write them."""

from __future__ import annotations

import datetime as dt
import gzip
import zlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from types import MappingProxyType
from typing import Any

from crawlers import values
from crawlers.columns import FileError
from crawlers.files import checked_extension
from crawlers.lines import BrokenFileError, Line, read_lines
from crawlers.page import Context, Refusal
from crawlers.records import RecordFormat, canonical_json, decode, read_record, within
from crawlers.refused import as_it_was, is_refused
from crawlers.rows import RowError, parse_row
from crawlers.sources import (
    apify_booking,
    apify_google,
    apify_tripadvisor,
    booking,
    google_business,
    google_takeout,
    trustpilot,
    yelp_open,
)
from crawlers.text import quoted
from store.canonical import ListingSnapshot, Observation

EXTENSIONS = (".json", ".json.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")
LARGEST_DOCUMENT = 256 << 20

PRESETS: Mapping[str, RecordFormat] = MappingProxyType(
    {
        "google-business": google_business.FORMAT,
        "google-takeout": google_takeout.FORMAT,
        "booking": booking.FORMAT,
        "trustpilot": trustpilot.FORMAT,
        "yelp-open-dataset": yelp_open.FORMAT,
        "apify-google": apify_google.FORMAT,
        "apify-tripadvisor": apify_tripadvisor.FORMAT,
        "apify-booking": apify_booking.FORMAT,
    }
)

CANONICAL = "canonical"

Found = Observation | ListingSnapshot | Refusal

_LOOK_AHEAD = 1000
_SAMPLE_LINES = 10
_SAMPLE_BYTES = 16 << 20
_SAMPLE_RECORDS = 20


class PresetReader(Iterator[Found]):
    """What the records of one file say, in order. ``passed_over`` counts those read so far that are no reviews and say
    nothing of a listing."""

    def __init__(self, found: Iterator[Sequence[Found]]) -> None:
        self._found = found
        self._ready: deque[Found] = deque()
        self.passed_over = 0

    def __next__(self) -> Found:
        while not self._ready:
            said = next(self._found)
            self.passed_over += not said
            self._ready.extend(said)
        return self._ready.popleft()


def read_preset(
    path: Path, preset: str, *, platform: str | None = None, listing_id: str | None = None, seen: dt.date
) -> PresetReader:
    """Opens a file of a named export; JSON Lines are read one by one, a document of at most 256 MiB at once.

    ``platform`` stands in for that of the export, ``listing_id`` for records that name no listing; ``seen`` is the day
    from which "a month ago" counts where the file says none. Raises ``FileError`` before the first record where the
    file cannot be read at all, or where not one of its first thousand records can.
    """
    try:
        checked_extension(path, EXTENSIONS, "; CSV and Parquet files of canonical columns need no --preset")
        format_, context = _prepared(path, preset, platform, listing_id, seen)
        sample = _sample(path)
        found = _found(path, sample, format_, context)
        ahead = []
        for said in islice(found, _LOOK_AHEAD):
            ahead.append(said)
            if any(not isinstance(each, Refusal) for each in said):
                break
        told = [each for said in ahead for each in said]
        refusals = [each for each in told if isinstance(each, Refusal)]
        if refusals and len(refusals) == len(told) and not _was_refused(sample):
            raise FileError(_not_readable(preset, refusals, context))
        return PresetReader(chain(ahead, found))
    except OSError as error:
        raise FileError(f"{path}: {error.strerror or error}") from error
    except ValueError as error:
        raise FileError(f"{path}: {error}") from None


def recognise(path: Path, *, seen: dt.date) -> str | None:
    """The preset that reads most of a JSON file's first records, None where none does."""
    try:
        context = Context(f"file:{path.name}", CANONICAL, seen)
        sample = _sample(path)
        if _is_in_lines(path, sample):
            return _fitting([value for line in sample if isinstance(value := _value(line.body), Mapping)], context, ())
        return _fitting([_document(path)], context, ())
    except (ValueError, OSError):
        return None


def _prepared(
    path: Path, preset: str, platform: str | None, listing_id: str | None, seen: dt.date
) -> tuple[RecordFormat, Context]:
    if preset not in PRESETS:
        raise FileError(f"there is no preset {quoted(preset)}; there are {', '.join(PRESETS)}")
    format_ = PRESETS[preset]
    return format_, Context(
        url=f"file:{path.name}",
        platform=format_.platform if platform is None else values.platform(platform),
        seen=seen,
        listing_id=None if listing_id is None else _listing_id(listing_id),
    )


def _listing_id(said: str) -> str:
    """No export's ids hold a slash, while other commands name a listing ``google/456`` and Google ``locations/456``."""
    own = said.rpartition("/")[2]
    if own != said:
        raise ValueError(f"--listing {quoted(said)} is not the platform's id alone; write {quoted(own or 'ID')}")
    return values.identifier(said)


def _sample(path: Path) -> list[Line]:
    """The first lines that are not blank; none where the first one is too long to be one record."""
    sample: list[Line] = []
    size = 0
    try:
        for line in read_lines(path):
            if line.body.strip():
                sample.append(line)
                size += len(line.body)
            if len(sample) >= _SAMPLE_LINES or (len(sample) > 1 and size > _SAMPLE_BYTES):
                break
        else:
            if not sample:
                raise FileError("is empty")
    except BrokenFileError:
        pass
    if sample and sample[0].body.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileError("is not UTF-8 text; save it as UTF-8")
    return sample


def _is_in_lines(path: Path, sample: Sequence[Line]) -> bool:
    """Whether a file holds one record a line: by its looks, and where they leave it open, by its name."""
    if not sample:
        return False
    if sample[0].body.lstrip().startswith(b"[") and (len(sample) == 1 or _value(sample[0].body) is None):
        return False
    whole = sum(isinstance(_value(line.body), Mapping) for line in sample)
    if path.name.lower().endswith((".json", ".json.gz")):
        return len(sample) > 1 and 2 * whole >= len(sample)
    return whole > 0 or sample[0].body.strip() != b"{"


def _was_refused(sample: Sequence[Line]) -> bool:
    return bool(sample) and isinstance(first := _value(sample[0].body), Mapping) and is_refused(first)


def _value(body: bytes) -> Any:
    try:
        return decode(body)
    except ValueError:
        return None


def _found(path: Path, sample: Sequence[Line], format_: RecordFormat, context: Context) -> Iterator[Sequence[Found]]:
    """What each record says; nothing for one that is no review."""
    if not _is_in_lines(path, sample):
        records = _records(format_, _document(path))
        return (tuple(read_record(format_, record, context, number)) for number, record in enumerate(records, start=1))
    return _of_lines(path, format_, context)


def _of_lines(path: Path, format_: RecordFormat, context: Context) -> Iterator[Sequence[Found]]:
    try:
        for line in read_lines(path):
            if line.body.strip():
                yield from _of_line(line, format_, context)
    except BrokenFileError as error:
        yield (Refusal(error.line, None, str(error), _raw(error.rest)),)


def _of_line(line: Line, format_: RecordFormat, context: Context) -> Iterator[Sequence[Found]]:
    try:
        value = decode(line.body)
    except ValueError as error:
        yield (Refusal(line.number, None, str(error), _raw(line.body)),)
        return
    try:
        records = [as_it_was(value)] if isinstance(value, Mapping) and is_refused(value) else _records(format_, value)
    except ValueError as error:
        yield (Refusal(line.number, None, str(error), value),)
        return
    for record in records:
        yield tuple(read_record(format_, record, context, line.number))


def _raw(body: bytes) -> dict[str, object]:
    return {"raw": body.decode("utf-8", "surrogateescape")}


def _records(format_: RecordFormat, value: Any) -> list[object]:
    """The records of a document, or of a line, which may be a whole reply or one record of it."""
    try:
        records = list(format_.records(value))
    except ValueError:
        if isinstance(value, list):
            parts = ([each] if isinstance(each, list) else _records(format_, each) for each in value)
            return list(chain.from_iterable(parts))
        return [value]
    return records if records or not isinstance(value, Mapping) or not value or _is_reply(value) else [value]


def _is_reply(value: Mapping[str, Any]) -> bool:
    return any(isinstance(within(value, *keys), list) for keys in (("items",), ("reviews",), ("data", "reviews")))


def _document(path: Path) -> Any:
    try:
        with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
            body = file.read(LARGEST_DOCUMENT + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FileError(f"the gzip stream is damaged ({error})") from None
    if len(body) > LARGEST_DOCUMENT:
        raise FileError(
            f"is one JSON document of more than {LARGEST_DOCUMENT >> 20} MiB; JSON Lines have no such limit: "
            "make them with jq -c '.[]' FILE > FILE.jsonl"
        )
    return decode(body)


def _not_readable(preset: str, refusals: Sequence[Refusal], context: Context) -> str:
    first = refusals[0]
    reason = f"{first.column}: {first.reason}" if first.column else first.reason
    said = f"none of its first {len(refusals):,} records can be read with --preset {preset} ({reason})"
    records = [refusal.row for refusal in refusals[:_SAMPLE_RECORDS]]
    fitting = _fitting(records, context, (preset,))
    if fitting == CANONICAL:
        return f"{said}; it looks like canonical columns: import it without --preset"
    if fitting == preset and first.column == "listing_id":
        return f"{said}; give the listing with --listing"
    if fitting not in {None, preset}:
        return f"{said}; it looks like {fitting}: use --preset {fitting}"
    keys = list(dict.fromkeys(str(name)[:60] for record in records for name in record))
    return f"{said}; the keys there are {', '.join(map(quoted, keys[:20]))}" if keys else said


def _fitting(said: Sequence[object], context: Context, preferred: Sequence[str]) -> str | None:
    """The preset, or ``CANONICAL``, that reads most of a few records; where several do, a preferred one."""
    read = dict.fromkeys((*preferred, CANONICAL), 0)
    read[CANONICAL] = sum(_is_canonical(record, context) for record in said)
    for name, format_ in PRESETS.items():
        own = replace(context, platform=format_.platform, listing_id=context.listing_id or "0")
        records = islice((record for value in said for record in _records(format_, value)), _SAMPLE_RECORDS)
        read[name] = sum(_is_readable(format_, record, own) for record in records)
    best = max(read, key=lambda name: read[name])
    return best if read[best] else None


def _is_readable(format_: RecordFormat, record: object, context: Context) -> bool:
    found = tuple(read_record(format_, record, context, 1))
    return bool(found) and not any(isinstance(each, Refusal) for each in found)


def _is_canonical(record: object, context: Context) -> bool:
    if not isinstance(record, Mapping):
        return False
    try:
        parse_row(record, platform=context.platform, raw=canonical_json(record))
    except (RowError, RecursionError):
        return False
    return True
