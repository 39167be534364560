"""Time stamps (RFC 3161): an authority signs that a hash was there at a time."""

from __future__ import annotations

import datetime as dt
import hashlib
import http.client
import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimeStampRequest,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from fairstay.config import ConfigError

QUERY_TYPE = "application/timestamp-query"
_LIMIT_S = 30.0
_MOST_BYTES = 1 << 20
_SHA256 = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")
_CERTIFICATES = 0xA0


class StampError(RuntimeError):
    """There is no time stamp; one line says which server, and why."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time stamp: query and reply as they went (DER), the authority's time (UTC without an offset), and whether the
    signature could be checked, which needs a reply that holds the authority's root certificate."""

    query: bytes
    reply: bytes
    time: dt.datetime
    signature_checked: bool


def check_server(url: str) -> None:
    """Refuses an address that a time stamp isn't asked for: https is one, and http on this machine.

    Raises:
        ConfigError: it is another.
    """
    if not _may_be_asked(url):
        shown = _shown(url).rpartition("@")[2]
        raise ConfigError(f"[evidence] timestamp_url must be the https address of a time-stamp server, not {shown!r}")


def request_stamp(url: str, content: bytes, *, limit_s: float = _LIMIT_S) -> Stamp:
    """Have ``content`` stamped (only its SHA-256 leaves this machine) and check what comes back.

    Redirects are not followed, and no proxy is used. ``limit_s`` bounds the whole exchange in seconds.

    Raises:
        ConfigError: the address is none that may be asked.
        StampError: no answer in time, or none that stamps this content.
    """
    check_server(url)
    query = TimestampRequestBuilder(
        data=content, hash_algorithm=HashAlgorithm.SHA256, nonce=True, cert_req=True
    ).build()
    reply = _post(urlsplit(url), query.as_bytes(), limit_s)
    try:
        return _checked(query, reply, content)
    except StampError as error:
        raise StampError(f"{_shown(url)}: {error}") from None


def _post(url: SplitResult, query: bytes, limit_s: float) -> bytes:
    shown = _shown(url.geturl())
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    headers = {"Content-Type": QUERY_TYPE, "Accept": "application/timestamp-reply", "User-Agent": "Fairstay"}
    try:
        with closing(_connection(url, limit_s)) as connection, _cut_off(connection, limit_s):
            connection.request("POST", path, query, headers)
            with connection.getresponse() as answer:
                content = answer.read(_MOST_BYTES + 1)
    except TimeoutError:
        raise StampError(f"{shown}: no answer within {limit_s:g} seconds") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        said = " ".join(str(error).split())[:200] or type(error).__name__
        raise StampError(f"{shown}: no answer: {said}") from None
    if answer.status != http.client.OK:
        raise StampError(f"{shown}: answered with status {answer.status} instead of a time stamp")
    if len(content) > _MOST_BYTES:
        raise StampError(f"{shown}: answered with more than {_MOST_BYTES >> 20} MiB instead of a time stamp")
    return content


def _connection(url: SplitResult, limit_s: float) -> http.client.HTTPConnection:
    host = str(url.hostname)
    if url.scheme == "http":
        return http.client.HTTPConnection(host, url.port, timeout=limit_s)
    return http.client.HTTPSConnection(host, url.port, timeout=limit_s, context=ssl.create_default_context())


@contextmanager
def _cut_off(connection: http.client.HTTPConnection, limit_s: float) -> Iterator[None]:
    """Connects, and ends the connection after ``limit_s`` seconds, however slowly it drips; ``TimeoutError`` then."""
    late = threading.Event()
    wires: list[socket.socket] = []

    def cut() -> None:
        late.set()
        for wire in wires or [connection.sock]:
            with suppress(OSError, TypeError):
                # Not the method of an SSL socket, which would drop the TLS state under the reader's feet.
                socket.socket.shutdown(wire, socket.SHUT_RDWR)

    timer = threading.Timer(limit_s, cut)
    timer.daemon = True
    timer.start()
    try:
        connection.connect()
        # The connection lets go of it once the headers of the last answer are read.
        wires.append(connection.sock)
        yield
    except (OSError, http.client.HTTPException, ValueError):
        if not late.is_set():
            raise
    finally:
        timer.cancel()
    if late.is_set():
        raise TimeoutError


def _checked(query: TimeStampRequest, reply: bytes, content: bytes) -> Stamp:
    try:
        answer = decode_timestamp_response(_in_order(reply))
        if answer.status != PKIStatus.GRANTED:
            words = " ".join(" ".join(answer.status_string).split())[:200]
            raise StampError(f"the server refused, status {answer.status} {ascii(words) if words else ''}".rstrip())
        info = answer.tst_info
        imprint = info.message_imprint
        if imprint.hash_algorithm != _SHA256 or imprint.message != hashlib.sha256(content).digest():
            raise StampError("the time stamp is for something else")
        if info.nonce != query.nonce:
            raise StampError("the time stamp answers another question (its nonce is not the one sent)")
        checked = _check_signature(query, answer, content)
        time = info.gen_time.astimezone(dt.UTC).replace(tzinfo=None)
    except VerificationError as error:
        raise StampError(f"the time stamp's signature does not hold: {str(error)[:200]}") from None
    except ValueError:
        raise StampError("the answer is not a time stamp (RFC 3161)") from None
    return Stamp(query.as_bytes(), reply, time, checked)


def _check_signature(query: TimeStampRequest, answer: TimeStampResponse, content: bytes) -> bool:
    """Whether the reply holds a root certificate, and so could be checked; raises ``VerificationError``."""
    certificates = [x509.load_der_x509_certificate(bytes(each)) for each in answer.signed_data.certificates]
    builder = VerifierBuilder.from_request(query)
    rooted = False
    for each in certificates:
        if each.issuer == each.subject:
            builder, rooted = builder.add_root_certificate(each), True
        else:
            builder = builder.add_intermediate_certificate(each)
    if rooted:
        builder.build().verify_message(answer, content)
    return rooted


def _in_order(reply: bytes) -> bytes:
    """The reply with its certificates in DER's order (X.690, 11.6), which servers on OpenSSL don't keep.

    The signature doesn't cover them. A reply of another shape stays as it is.
    """
    at, end = 0, len(reply)
    try:
        # Response, token, [0], signed data, certificates (RFC 3161, 2.4.2; RFC 5652, 3 and 5.1).
        for number in (0, 1, 1, 0, 3):
            start, at, end = _elements(reply, at, end)[number]
        if reply[start] != _CERTIFICATES:
            return reply
        certificates = sorted(reply[first:last] for first, _, last in _elements(reply, at, end))
    except IndexError:
        return reply
    return reply[:at] + b"".join(certificates) + reply[end:]


def _elements(data: bytes, at: int, end: int) -> list[tuple[int, int, int]]:
    """The DER elements between two places: start, start of the content, end. ``IndexError`` where they don't fit."""
    found = []
    while at < end:
        start, length, at = at, data[at + 1], at + 2
        if length & 0x80:
            digits = length & 0x7F
            length, at = int.from_bytes(data[at : at + digits]), at + digits
        if at + length > end:
            raise IndexError
        found.append((start, at, at + length))
        at += length
    return found


def _may_be_asked(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    if not parts.hostname or port == 0 or "@" in parts.netloc or not re.fullmatch(r"[!-~]+", url):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _shown(url: str) -> str:
    """The address without its query, which may hold a key."""
    return url.partition("?")[0]
