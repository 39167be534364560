"""WARC 1.1 records (ISO 28500:2017), one gzip member each, the same bytes for the same answers."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import re
import uuid
from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import quote

from store.proof import ProvenFetch

CONFORMS_TO = "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"
SERVER_NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
FILE_SCHEME = "file:"

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:fairstay:evidence")
_URI_SAFE = "!#$%&'()*+,/:;=?@[]~-._"
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")
_NOT_IN_A_NAME = re.compile(r"[^!#$%&'*+.^_`|~0-9A-Za-z-]")  # RFC 9110, 5.6.2
# These spoke of the bytes on the wire; what is kept is decoded.
_OF_THE_WIRE = frozenset({"content-encoding", "content-length", "transfer-encoding"})
_MOST_HEAD = 24 * 1024  # bytes; FastWARC reads 32 KiB of headers

Field = tuple[str, str]


def record_id(name: str) -> str:
    """The record id for a name: a UUID of version 5, so that the same name always has the same one."""
    return f"<urn:uuid:{uuid.uuid5(_NAMESPACE, name)}>"


def fetch_record_id(fetch: ProvenFetch) -> str:
    """The id of the record of one fetch."""
    return record_id(f"fetch {fetch.key}")


def warcinfo(name: str, *, made_at: dt.datetime, file_name: str, fields: Iterable[Field]) -> bytes:
    """The record that says what the file is; ``name`` is what its id is made from."""
    block = "".join(f"{key}: {_one_line(value)}\r\n" for key, value in fields).encode()
    return _record(
        "warcinfo",
        record_id(name),
        made_at,
        [("WARC-Filename", file_name), ("Content-Type", "application/warc-fields")],
        block,
    )


def resource(fetch: ProvenFetch, body: bytes, *, media_type: str | None, warcinfo_id: str) -> bytes:
    """The record of an imported file: its bytes are the block."""
    fields = [
        ("WARC-Target-URI", target_uri(fetch.url)),
        ("WARC-Warcinfo-ID", warcinfo_id),
        ("Content-Type", _ascii(media_type or "application/octet-stream")),
    ]
    return _record("resource", fetch_record_id(fetch), fetch.fetched_at, fields, body)


def response(fetch: ProvenFetch, body: bytes, *, warcinfo_id: str) -> bytes:
    """The record of an answer: status line and headers as they are stored, and the decoded body."""
    fields = [
        ("WARC-Target-URI", target_uri(fetch.url)),
        ("WARC-Warcinfo-ID", warcinfo_id),
        ("WARC-Payload-Digest", _digest(body)),
        ("Content-Type", "application/http; msgtype=response"),
    ]
    block = http_head(fetch, len(body)) + body
    return _record("response", fetch_record_id(fetch), fetch.fetched_at, fields, block)


def not_modified(fetch: ProvenFetch, confirmed: ProvenFetch, *, warcinfo_id: str) -> bytes:
    """The record of a 304 that confirms an earlier answer (profile server-not-modified)."""
    fields = [
        ("WARC-Target-URI", target_uri(fetch.url)),
        ("WARC-Warcinfo-ID", warcinfo_id),
        ("WARC-Profile", SERVER_NOT_MODIFIED),
        ("WARC-Refers-To", fetch_record_id(confirmed)),
        ("WARC-Refers-To-Target-URI", target_uri(confirmed.url)),
        ("WARC-Refers-To-Date", warc_date(confirmed.fetched_at)),
        ("Content-Type", "application/http; msgtype=response"),
    ]
    return _record("revisit", fetch_record_id(fetch), fetch.fetched_at, fields, http_head(fetch, None))


def http_head(fetch: ProvenFetch, length: int | None) -> bytes:
    """Status line and header lines, ending with the empty line; ``length`` is that of the decoded body in bytes.

    A header that spoke of the bytes on the wire is renamed ``X-Archived-...``; line ends in names and values go, and so
    do headers that a reader would find too long.
    """
    known = {each.value: each.phrase for each in HTTPStatus}
    lines = [f"HTTP/1.1 {fetch.status:03d} {known.get(fetch.status, '')}".rstrip().encode("ascii")]
    room = _MOST_HEAD
    for name, value in fetch.headers:
        tame = _NOT_IN_A_NAME.sub("-", name.strip())
        renamed = f"X-Archived-{tame}" if tame.lower() in _OF_THE_WIRE else tame
        line = renamed.encode("ascii") + b": " + _field_bytes(_one_line(value))
        room -= len(line) + 2
        if room < 0:
            lines.append(b"X-Archived-Headers: the others are in manifest.json")
            break
        if tame:
            lines.append(line)
    if length is not None:
        lines.append(b"Content-Length: %d" % length)
    return b"\r\n".join(lines) + b"\r\n\r\n"


def target_uri(url: str) -> str:
    """The address with everything percent-encoded that a URI may not hold (RFC 3986)."""
    return quote(url, safe=_URI_SAFE, errors="surrogatepass")


def warc_date(moment: dt.datetime) -> str:
    """A UTC moment as WARC-Date; a part of a second is given where there is one."""
    return f"{moment.isoformat()}Z"


def is_file(fetch: ProvenFetch) -> bool:
    """Whether this is an imported file rather than a server's answer."""
    return fetch.url.startswith(FILE_SCHEME)


def _record(kind: str, identifier: str, moment: dt.datetime, fields: Iterable[Field], block: bytes) -> bytes:
    head = [
        ("WARC-Type", kind),
        ("WARC-Record-ID", identifier),
        ("WARC-Date", warc_date(moment)),
        *fields,
        ("WARC-Block-Digest", _digest(block)),
        ("Content-Length", str(len(block))),
    ]
    lines = "".join(f"{name}: {value}\r\n" for name, value in head)
    return gzip.compress(f"WARC/1.1\r\n{lines}\r\n".encode("ascii") + block + b"\r\n\r\n", 6, mtime=0)


def _digest(content: bytes) -> str:
    # Hex rather than base32: the same letters as in the names of the files and in manifest.sha256.
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _one_line(text: str) -> str:
    return _CONTROLS.sub(" ", text).strip()


def _ascii(text: str) -> str:
    return _one_line(text).encode("ascii", "replace").decode("ascii")


def _field_bytes(value: str) -> bytes:
    """HTTP/1.1 header values are Latin-1 by tradition (RFC 9110, 5.5); what isn't goes as UTF-8."""
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")
