"""WARC records, read back with two readers that share no code, whatever a server said."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import io
from collections.abc import Iterable
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from reports import warc
from store.proof import ProvenFetch

AT = dt.datetime.fromisoformat("2026-03-20T02:30")
INFO = warc.record_id("info")
BODY = "<html>schön</html>".encode()


def fetch(**changes: Any) -> ProvenFetch:
    values: dict[str, Any] = {
        "key": "k1",
        "source": "lakeguide",
        "url": "https://reviews.example/hotel-1?page=1",
        "fetched_at": AT,
        "status": 200,
        "headers": (("Content-Type", "text/html"),),
        "body_sha256": hashlib.sha256(BODY).hexdigest(),
    }
    return ProvenFetch(**{**values, **changes})


def info() -> bytes:
    return warc.warcinfo("info", made_at=AT, file_name="x.warc.gz", fields=[("software", "fairstay/1")])


def read(*records: bytes) -> list[tuple[Any, bytes]]:
    """The records with their payloads as warcio reads them, every digest checked."""
    read_in = ArchiveIterator(io.BytesIO(b"".join(records)), check_digests="raise")
    return [(record, record.content_stream().read()) for record in read_in]


def read_fast(*records: bytes) -> list[tuple[str, list[tuple[str, str]], bytes]]:
    """Type, HTTP headers and payload of each record as FastWARC reads them, every digest checked."""
    data = b"".join(records)
    for record in FastIterator(io.BytesIO(data), parse_http=False):
        assert record.verify_block_digest()
    found = []
    for record in FastIterator(io.BytesIO(data)):
        if "WARC-Payload-Digest" in record.headers:
            assert record.verify_payload_digest(consume=False)
        headers = list(record.http_headers.to_tuples()) if record.http_headers else []
        found.append((record.headers["WARC-Type"], headers, record.reader.read()))
    return found


def test_a_response() -> None:
    made = warc.response(fetch(), BODY, warcinfo_id=INFO)
    ((record, payload),) = read(made)
    assert payload == BODY
    assert record.rec_headers.protocol == "WARC/1.1"
    assert record.rec_type == "response"
    said = dict(record.rec_headers.headers)
    assert said["WARC-Target-URI"] == "https://reviews.example/hotel-1?page=1"
    assert said["WARC-Date"] == "2026-03-20T02:30:00Z"
    assert said["WARC-Payload-Digest"] == f"sha256:{hashlib.sha256(BODY).hexdigest()}"
    assert said["WARC-Warcinfo-ID"] == INFO
    assert (record.http_headers.protocol, record.http_headers.statusline) == ("HTTP/1.1", "200 OK")
    assert record.http_headers.headers == [("Content-Type", "text/html"), ("Content-Length", str(len(BODY)))]
    assert read_fast(made) == [("response", record.http_headers.headers, BODY)]


def test_the_digest_is_checked_at_all() -> None:
    made = gzip.decompress(warc.response(fetch(), BODY, warcinfo_id=INFO))
    with pytest.raises(Exception, match="digest failed"):
        read(made.replace(b"sch", b"Sch"))
    with pytest.raises(AssertionError):
        read_fast(made.replace(b"sch", b"Sch"))


@pytest.mark.parametrize("status", [0, 200, 404, 451, 503, 599, 999])
def test_any_status(status: int) -> None:
    made = warc.response(fetch(status=status), BODY, warcinfo_id=INFO)
    ((record, payload),) = read(made)
    assert (record.http_headers.get_statuscode(), payload) == (f"{status:03d}", BODY)
    assert read_fast(made)[0][2] == BODY


def test_what_the_server_said_of_the_wire_is_renamed() -> None:
    headers = (("content-encoding", "gzip"), ("Transfer-Encoding", "chunked"), ("CONTENT-LENGTH", "7"), ("ETag", '"1"'))
    made = warc.response(fetch(headers=headers), BODY, warcinfo_id=INFO)
    ((record, payload),) = read(made)
    assert payload == BODY
    assert record.http_headers.headers == [
        ("X-Archived-content-encoding", "gzip"),
        ("X-Archived-Transfer-Encoding", "chunked"),
        ("X-Archived-CONTENT-LENGTH", "7"),
        ("ETag", '"1"'),
        ("Content-Length", str(len(BODY))),
    ]
    assert read_fast(made)[0][2] == BODY


def test_a_304_refers_to_what_it_confirms() -> None:
    first = fetch()
    later = fetch(key="k2", status=304, fetched_at=AT + dt.timedelta(days=1), headers=(("Content-Length", "18"),))
    made = warc.not_modified(later, first, warcinfo_id=INFO)
    (_, (record, payload)) = read(warc.response(first, BODY, warcinfo_id=INFO), made)
    said = dict(record.rec_headers.headers)
    assert (record.rec_type, payload) == ("revisit", b"")
    assert said["WARC-Profile"] == "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
    assert said["WARC-Refers-To"] == warc.fetch_record_id(first)
    assert said["WARC-Refers-To-Date"] == "2026-03-20T02:30:00Z"
    assert said["WARC-Refers-To-Target-URI"] == first.url
    assert record.http_headers.statusline == "304 Not Modified"
    assert read_fast(made) == [("revisit", [("X-Archived-Content-Length", "18")], b"")]


def test_an_imported_file() -> None:
    body = b"HTTP/1.1 200 OK\r\n\r\nnot a reply"
    made = warc.resource(fetch(url="file:my reviews.csv"), body, media_type=None, warcinfo_id=INFO)
    ((record, payload),) = read(made)
    assert (record.rec_type, payload) == ("resource", body)
    said = dict(record.rec_headers.headers)
    assert said["WARC-Target-URI"] == "file:my%20reviews.csv"
    assert said["Content-Type"] == "application/octet-stream"
    # WARC 1.1, 5.9: a payload digest only where the payload is another thing than the block.
    assert "WARC-Payload-Digest" not in said
    assert read_fast(made) == [("resource", [], body)]


def test_the_same_fetch_gives_the_same_bytes() -> None:
    assert warc.response(fetch(), BODY, warcinfo_id=INFO) == warc.response(fetch(), BODY, warcinfo_id=INFO)
    assert warc.fetch_record_id(fetch()) != warc.fetch_record_id(fetch(key="k2"))
    assert (
        warc.record_id("info") == "<urn:uuid:c3d4f4b3-9e30-5b3e-8b5b-000000000000>" or len(warc.record_id("info")) == 47
    )


def test_parts_of_a_second() -> None:
    assert warc.warc_date(AT.replace(microsecond=1500)) == "2026-03-20T02:30:00.001500Z"


# Hostile.


def smuggled(records: Iterable[tuple[str, list[tuple[str, str]], bytes]]) -> list[str]:
    return [name for _, headers, _ in records for name, _ in headers if name.lower().startswith(("evil", "warc-"))]


HOSTILE = "x\r\nEvil: 1\r\n\r\nWARC/1.1\r\nWARC-Type: response\r\n"


@pytest.mark.parametrize(
    "headers",
    [
        ((HOSTILE, "1"),),
        (("X-A", HOSTILE),),
        (("X-A", "a\nEvil: 1"),),
        (("X-A", "a\rEvil: 1"),),
        (("X-A", "a\x00b\x0b\x0c\x1b[31m\x85\u2028Evil: 1"),),
        (("", "empty"), (" ", "blank"), (":", "colon")),
        (("Evil : x", "1"),),
        (("X-A", "schön \u20ac \U0001f600 \udc80"),),
        (("X-A", "y" * 60_000),),
        tuple((f"X-{number}", "z") for number in range(2000)),
        (("Content-Length ", "5"), (" transfer-encoding", "chunked")),
    ],
)
def test_hostile_headers(headers: tuple[tuple[str, str], ...]) -> None:
    made = warc.response(fetch(headers=headers), BODY, warcinfo_id=INFO)
    after = warc.response(fetch(key="k2"), b"after", warcinfo_id=INFO)
    assert [payload for _, payload in read(made, after)] == [BODY, b"after"]
    found = read_fast(made, after)
    assert [payload for _, _, payload in found] == [BODY, b"after"]
    assert [name for name in smuggled(found) if name != "Evil---x"] == []


def test_headers_that_are_too_long_are_left_to_the_manifest() -> None:
    head = warc.http_head(fetch(headers=(("X-A", "1"), ("X-B", "y" * 60_000), ("X-C", "3"))), 5)
    assert head.splitlines()[1:4] == [
        b"X-A: 1",
        b"X-Archived-Headers: the others are in manifest.json",
        b"Content-Length: 5",
    ]


def test_a_header_stays_latin_1_as_it_was_on_the_wire() -> None:
    head = warc.http_head(fetch(headers=(("X-A", "schön"), ("X-B", "€"))), None)
    assert b"X-A: sch\xf6n\r\nX-B: \xe2\x82\xac\r\n" in head


@pytest.mark.parametrize(
    ("url", "written"),
    [
        (f"https://a.example/{HOSTILE}", None),
        ('https://a.example/ a\tb<c>"d"{e}|f\\g^h`', "https://a.example/%20a%09b%3Cc%3E%22d%22%7Be%7D%7Cf%5Cg%5Eh%60"),
        ("https://a.example/schön?q=1&r=%20#x", "https://a.example/sch%C3%B6n?q=1&r=%20#x"),
        ("https://[::1]:8080/a", "https://[::1]:8080/a"),
        ("https://a.example/\udc80", "https://a.example/%ED%B2%80"),
        ("https://a.example/" + "a" * 5000, "https://a.example/" + "a" * 5000),
    ],
)
def test_hostile_addresses(url: str, written: str | None) -> None:
    made = warc.response(fetch(url=url), BODY, warcinfo_id=INFO)
    ((record, payload),) = read(made)
    assert payload == BODY
    said = record.rec_headers.get_header("WARC-Target-URI")
    assert said.isascii()
    assert written in {None, said}
    assert record.rec_headers.get_header("Evil") is None
    assert read_fast(made)[0][2] == BODY


def test_a_hostile_media_type() -> None:
    made = warc.resource(fetch(url="file:x.csv"), BODY, media_type=f"text/csv {HOSTILE} ö", warcinfo_id=INFO)
    ((record, payload),) = read(made)
    assert (payload, record.rec_headers.get_header("Evil")) == (BODY, None)
    assert read_fast(made)[0][2] == BODY


def test_the_info_of_a_hostile_name() -> None:
    made = warc.warcinfo("n", made_at=AT, file_name="x.warc.gz", fields=[("description", f"of {HOSTILE}")])
    ((record, payload),) = read(made)
    assert record.rec_type == "warcinfo"
    assert payload.count(b"\r\n") == 1


texts = st.text(alphabet=st.characters(), max_size=40)


@given(
    path=texts,
    status=st.integers(0, 999),
    headers=st.lists(st.tuples(texts, texts), max_size=4),
    body=st.binary(max_size=200),
)
def test_whatever_was_said_the_payload_is_read_back(
    path: str, status: int, headers: list[tuple[str, str]], body: bytes
) -> None:
    made = warc.response(
        fetch(url=f"https://a.example/{path}", status=status, headers=tuple(headers)), body, warcinfo_id=INFO
    )
    assert [payload for _, payload in read(info(), made, info())][1] == body
    assert [payload for _, _, payload in read_fast(info(), made, info())][1] == body
