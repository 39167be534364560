"""Every parser of the project, with documents that it reads and ways to damage one review of them."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import html
import io
import json
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.damage import VALUES, damaged_bytes, damaged_value
from crawlers.dates import read_dates
from crawlers.files import FileError, read_file
from crawlers.page import Context, Page
from crawlers.parse import schema_org
from crawlers.presets import read_preset
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
from store.canonical import Observation
from tests.crawlers.pages import hotel, json_ld_page, microdata_page, microdata_review, review

EXAMPLES = Path(__file__).parents[1] / "tests" / "crawlers" / "sources" / "examples"
SEEN = dt.date(2026, 11, 21)
GOOD_REVIEWS = 8

PHRASES = (
    "2024-05-17",
    "17 May 2024",
    "04/05/2026",
    "May 2026",
    "a month ago",
    "3 days ago",
    "vor 2 Wochen",
    "il y a 3 jours",
    "hace un año",
    "2 maanden geleden",
    "3 giorni fa",
    "há 2 semanas",
    "3 дня назад",
    "2 か月前",
    "3 天前",
    "Date of stay: May 2026",
)

Reviews = Mapping[str, object]
# A cell of a row, a value of a page's markup.
_MARKED = re.compile(r'(?<==")[^"]*(?=")|(?<=>)[^<>]+(?=<)')


@dataclass(frozen=True, slots=True)
class Subject:
    """A parser: ``read`` gives its reviews by id, ``join`` makes a document of ``records`` that hold one review each.

    ``damage`` breaks one record, and nothing that stands between records. Without records nothing can be lost.
    """

    name: str
    read: Callable[[bytes], Reviews]
    examples: tuple[bytes, ...]
    records: tuple[bytes, ...] = ()
    join: Callable[[Sequence[bytes]], bytes] = b"".join
    damage: Callable[[Random, bytes], bytes] = damaged_bytes


@contextmanager
def subjects() -> Iterator[tuple[Subject, ...]]:
    """All of them; files stand in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        documents = (
            _listed(
                "google_business", google_business.parse, _url(google_business, "accounts/1/locations/2"), "reviews"
            ),
            _listed("google_takeout", google_takeout.parse, "file:///reviews.json", "reviews"),
            _listed("booking", booking.parse, _url(booking, "1234567"), "data", "reviews"),
            _listed("trustpilot", trustpilot.parse, _url(trustpilot, "507f191e810c19729de860ea"), "reviews"),
            _listed("apify_google", apify_google.parse, "file:///google.json"),
            _listed("apify_tripadvisor", apify_tripadvisor.parse, "file:///tripadvisor.json"),
            _listed("apify_booking", apify_booking.parse, "file:///booking.json"),
        )
        lined = _lined("yelp_open", yelp_open.parse, "file:///review.json")
        yield (
            *_pages(),
            *documents,
            lined,
            _csv_file(Path(folder) / "reviews.csv"),
            _json_lines_file(Path(folder) / "reviews.jsonl"),
            _preset_file(Path(folder) / "takeout.json", "google-takeout", documents[1]),
            _preset_file(Path(folder) / "review.json", "yelp-open-dataset", lined),
            Subject("dates", _read_dates, tuple(each.encode() for each in PHRASES)),
        )


def _url(source: Any, listing: str) -> str:
    address: str = source.start_url(listing, "http://localhost")
    return address


def _reader(parse: Callable[[bytes, Context], Page], url: str) -> Callable[[bytes], dict[str, Observation]]:
    context = Context(url, "example", SEEN, "7")
    return lambda body: {each.review_id: each for each in parse(body, context).observations}


def _saved(name: str) -> tuple[bytes, ...]:
    paths = sorted((EXAMPLES / name).glob("*.json*"))
    return tuple(path.read_bytes() for path in paths if "expected" not in path.name)


def _copies(
    read: Callable[[bytes], Reviews], lone: Callable[[bytes], bytes], found: Iterable[object]
) -> tuple[bytes, ...]:
    """The first of the records found that is one good review by itself, many times under ids of their own."""
    for record in found:
        said = json.dumps(record)
        ids = list(read(lone(said.encode())))
        if len(ids) == 1 and json.dumps(ids[0])[1:-1] in said:
            own = [hashlib.sha256(b"%d" % number).hexdigest()[:12] for number in range(GOOD_REVIEWS)]
            return tuple(said.replace(json.dumps(ids[0])[1:-1], f"{ids[0]}-{each}").encode() for each in own)
    raise ValueError("no saved example holds a good review with an id")


def _listed(name: str, parse: Callable[[bytes, Context], Page], url: str, *keys: str) -> Subject:
    """A source of JSON documents whose reviews are a list under ``keys``."""
    read, examples = _reader(parse, url), _saved(name)
    head = "".join(f"{{{json.dumps(key)}:" for key in keys).encode() + b"["
    tail = b"]" + b"}" * len(keys)

    def join(records: Sequence[bytes]) -> bytes:
        return head + b",".join(records) + tail

    def found() -> Iterator[object]:
        for example in examples:
            document = json.loads(example)
            for key in keys:
                document = document[key]
            yield from document if isinstance(document, list) else ()

    records = _copies(read, lambda record: join([record]), found())
    return Subject(name, read, examples, records, join, _damaged_json)


def _lined(name: str, parse: Callable[[bytes, Context], Page], url: str) -> Subject:
    """A source of JSON records, one a line."""
    read, examples = _reader(parse, url), _saved(name)
    lines = [json.loads(line) for example in examples for line in example.splitlines() if line.strip()]
    return Subject(name, read, examples, _copies(read, bytes, lines), b"\n".join, _damaged_line)


def _pages() -> Iterator[Subject]:
    """Pages of schema.org reviews: all in one block, each in a block of its own, and in microdata."""
    read = _reader(schema_org.parse, "https://hotel.example/")
    numbers = range(100, 100 + GOOD_REVIEWS)
    one_page = json_ld_page(hotel(review(1), review(2)))
    whole = json_ld_page(hotel("REVIEWS")).split(b'"REVIEWS"')
    apart_page = json_ld_page(hotel(), "REVIEWS").split(b"REVIEWS")
    reviewed = {"@id": "https://hotel.example/"}
    lone = tuple(json.dumps(review(number, itemReviewed=reviewed)).encode() for number in numbers)
    apart = b'</script><script type="application/ld+json">'
    marked = [microdata_review(number).encode() for number in numbers]
    reviews = tuple(json.dumps(review(number)).encode() for number in numbers)
    yield Subject(
        "schema_org array",
        read,
        (one_page,),
        reviews,
        lambda records: b",".join(records).join(whole),
        _damaged_json,
    )
    yield Subject(
        "schema_org blocks",
        read,
        (one_page,),
        lone,
        lambda records: apart.join(records).join(apart_page),
        _damaged_block,
    )
    yield Subject(
        "schema_org microdata",
        read,
        (microdata_page(microdata_review(1), microdata_review(2)),),
        tuple(marked),
        lambda records: microdata_page(*(record.decode() for record in records)),
        _damaged_markup,
    )


def _rows() -> list[dict[str, object]]:
    return [
        {
            "platform": "example",
            "listing_id": "7",
            "review_id": hashlib.sha256(b"%d" % number).hexdigest()[:12],
            "rating": 4,
            "published": "2024-05-17",
            "title": f"Stay {number}",
            "text": 'Quiet, and "clean"; très bien.',
        }
        for number in range(GOOD_REVIEWS)
    ]


def _csv_file(path: Path) -> Subject:
    lines = io.StringIO()
    writer = csv.DictWriter(lines, tuple(_rows()[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(_rows())
    head, *records = lines.getvalue().encode().splitlines(keepends=True)
    example = head + records[0]
    return Subject(
        "files csv",
        _file_reader(path, lambda: read_file(path)),
        (example,),
        tuple(records),
        lambda rows: head + b"".join(rows),
        _damaged_row,
    )


def _json_lines_file(path: Path) -> Subject:
    records = tuple(json.dumps(row).encode() for row in _rows())
    return Subject(
        "files jsonl",
        _file_reader(path, lambda: read_file(path)),
        (b"\n".join(records),),
        records,
        b"\n".join,
        _damaged_line,
    )


def _preset_file(path: Path, preset: str, like: Subject) -> Subject:
    """A file of a named export, with the records of the parser that reads them."""

    def found() -> Iterator[object]:
        return read_preset(path, preset, listing_id="7", seen=SEEN)

    return replace(like, name=f"presets {preset}", read=_file_reader(path, found))


def _file_reader(path: Path, found: Callable[[], Iterable[object]]) -> Callable[[bytes], Reviews]:
    """A file that cannot be read at all is a user's mistake with a line of its own, not an exception."""

    def read(body: bytes) -> Reviews:
        path.write_bytes(body)
        try:
            return {each.review_id: each for each in found() if isinstance(each, Observation)}
        except FileError:
            return {}

    return read


def _read_dates(body: bytes) -> Reviews:
    found = read_dates(body.decode("utf-8", "surrogateescape"), SEEN)
    if found is not None and found.first > found.last:
        raise ValueError(f"the interval is turned round: {found}")
    return {}


def _damaged_json(random: Random, record: bytes) -> bytes:
    return json.dumps(damaged_value(random, json.loads(record))).encode()


def _damaged_line(random: Random, record: bytes) -> bytes:
    if random.randrange(2):
        return _damaged_json(random, record)
    return re.sub(rb"[\r\n]", b" ", damaged_bytes(random, record))


def _damaged_block(random: Random, record: bytes) -> bytes:
    """Everything but what ends or begins a script: that is damage to the page."""
    return re.sub(rb"<(?=[/!s])", b"(", _damaged_line(random, record))


def _damaged_row(random: Random, record: bytes) -> bytes:
    cells = next(csv.reader([record.decode()]))
    cells[random.randrange(len(cells))] = re.sub(r"[\r\n]", " ", str(random.choice(VALUES)))
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells[: random.randint(1, 9)])
    return line.getvalue().encode("utf-8", "surrogatepass")


def _damaged_markup(random: Random, record: bytes) -> bytes:
    said = record.decode()
    start, end = random.choice([match.span() for match in _MARKED.finditer(said)])
    value = html.escape(str(random.choice(VALUES)))
    return (said[:start] + value + said[end:]).encode("utf-8", "replace")
