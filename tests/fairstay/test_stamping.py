"""Time stamps from a real authority on this machine, and every answer that is none."""

from __future__ import annotations

import datetime as dt
import random
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, decode_timestamp_response
from werkzeug import Request, Response

from fairstay.config import ConfigError
from fairstay.stamping import Stamp, StampError, check_server, request_stamp
from tests.fairstay.authorities import Authority, openssl

SUMS = b"0" * 64 + b"  README.txt\n"


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    with HTTPServer(threaded=True) as started:
        yield started


def verified(authority: Authority, stamp: Stamp, content: bytes, folder: Path) -> bool:
    (folder / "data").write_bytes(content)
    (folder / "reply").write_bytes(stamp.reply)
    return authority.verify(folder / "reply", folder / "data").returncode == 0


@pytest.mark.parametrize("with_root", [True, False])
def test_a_stamp_that_an_outsider_verifies(
    authority: Authority, server: HTTPServer, tmp_path: Path, with_root: bool
) -> None:
    url = authority.serve(server, with_root=with_root)
    stamp = request_stamp(url, SUMS)
    assert verified(authority, stamp, SUMS, tmp_path)
    assert not verified(authority, stamp, SUMS + b"x", tmp_path)
    # Without the root in the reply there is nothing to check the signature against.
    assert stamp.signature_checked is with_root
    assert abs(stamp.time - dt.datetime.now(dt.UTC).replace(tzinfo=None)) < dt.timedelta(minutes=5)
    assert stamp.query == authority.asked[-1]


def test_certificates_out_of_order(authority: Authority, server: HTTPServer) -> None:
    stamp = request_stamp(authority.serve(server), SUMS)
    with pytest.raises(ValueError, match="InvalidSetOrdering"):
        decode_timestamp_response(stamp.reply)


def test_only_the_hash_leaves_the_machine(authority: Authority, server: HTTPServer, tmp_path: Path) -> None:
    request_stamp(authority.serve(server), SUMS)
    (request, _) = server.log[-1]
    assert request.headers["Content-Type"] == "application/timestamp-query"
    assert {name.lower() for name, _ in request.headers} == {
        "accept",
        "accept-encoding",
        "content-length",
        "content-type",
        "host",
        "user-agent",
    }
    (tmp_path / "query").write_bytes(authority.asked[-1])
    said = openssl("ts", "-query", "-in", tmp_path / "query", "-text").stdout.decode()
    assert "Hash Algorithm: sha256" in said
    assert "Certificate required: yes" in said
    assert "Nonce: 0x" in said


def test_a_query_in_the_address_is_sent_and_not_shown(authority: Authority, server: HTTPServer) -> None:
    assert request_stamp(authority.serve(server) + "?key=secret", SUMS).signature_checked
    with pytest.raises(StampError) as refused:
        request_stamp(server.url_for("/nothing?key=secret"), SUMS)
    assert "secret" not in str(refused.value)


# Answers that stamp something else.


def answering(server: HTTPServer, reply: Callable[[bytes], bytes]) -> str:
    def answer(request: Request) -> Response:
        return Response(reply(request.get_data()), content_type="application/timestamp-reply")

    server.expect_request("/other").respond_with_handler(answer)
    return server.url_for("/other")


def query_for(content: bytes, *, nonce: bool = True) -> bytes:
    built = TimestampRequestBuilder(data=content, hash_algorithm=HashAlgorithm.SHA256, nonce=nonce, cert_req=True)
    return built.build().as_bytes()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (query_for(SUMS), "answers another question"),
        (query_for(b"something else"), "is for something else"),
    ],
    ids=["an old reply", "a reply for other bytes"],
)
def test_a_reply_to_another_query(authority: Authority, server: HTTPServer, query: bytes, words: str) -> None:
    url = answering(server, lambda _: authority.reply(query))
    with pytest.raises(StampError, match=words):
        request_stamp(url, SUMS)


def test_a_reply_without_a_nonce(authority: Authority, server: HTTPServer) -> None:
    url = answering(server, lambda _: authority.reply(query_for(SUMS, nonce=False)))
    with pytest.raises(StampError):
        request_stamp(url, SUMS)


def test_a_server_that_refuses(authority: Authority, server: HTTPServer) -> None:
    with pytest.raises(StampError, match="the server refused, status 2"):
        request_stamp(authority.serve(server, digests="sha512"), SUMS)


def test_a_signature_that_does_not_hold(authority: Authority, server: HTTPServer) -> None:
    def spoiled(query: bytes) -> bytes:
        reply = bytearray(authority.reply(query))
        reply[-1] ^= 1
        return bytes(reply)

    with pytest.raises(StampError, match="signature does not hold"):
        request_stamp(answering(server, spoiled), SUMS)


# Answers that are no stamps.


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"<!doctype html><title>Log in</title>",
        b"\x30",
        b"\x30\x80\x00\x00",
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\x03\x02\x01\x02",
        b"\x30\x05\x30\x03\x02\x01\x00",
        b"\x30" * 5000,
        b"\x00" * 5000,
    ],
)
def test_what_is_no_time_stamp(server: HTTPServer, junk: bytes) -> None:
    with pytest.raises(StampError, match=r"^http://localhost:\d+/other: the answer is not a time stamp"):
        request_stamp(answering(server, lambda _: junk), SUMS)


def test_a_cut_reply(authority: Authority, server: HTTPServer) -> None:
    with pytest.raises(StampError, match="is not a time stamp"):
        request_stamp(answering(server, lambda query: authority.reply(query)[:-40]), SUMS)


def test_spoiled_replies_never_end_in_anything_else(authority: Authority, server: HTTPServer) -> None:
    rng = random.Random(7)
    replies: list[bytes] = []

    def spoiled(query: bytes) -> bytes:
        reply = bytearray(authority.reply(query) if not replies else replies[0])
        replies.append(bytes(reply))
        for _ in range(rng.randint(1, 8)):
            reply[rng.randrange(len(reply))] = rng.randrange(256)
        return bytes(reply)

    url = answering(server, spoiled)
    for _ in range(300):
        with pytest.raises(StampError):
            request_stamp(url, SUMS)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Response("no", status=500), "status 500"),
        (Response("no", status=404), "status 404"),
        (Response("", status=302, headers={"Location": "/tsr"}), "status 302"),
        (Response(b"\x30" * (2 << 20)), "more than 1 MiB"),
    ],
)
def test_other_answers(authority: Authority, server: HTTPServer, answer: Response, words: str) -> None:
    authority.serve(server)
    before = len(authority.asked)
    server.expect_request("/other").respond_with_response(answer)
    with pytest.raises(StampError, match=words):
        request_stamp(server.url_for("/other"), SUMS)
    assert len(authority.asked) == before


# Servers that do not answer.


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


def address(listening: socket.socket) -> str:
    return f"http://127.0.0.1:{listening.getsockname()[1]}/"


def test_nobody_there(listening: socket.socket) -> None:
    url = address(listening)
    listening.close()
    with pytest.raises(StampError, match=r"/: no answer: .*refused"):
        request_stamp(url, SUMS)


def test_a_server_that_says_nothing(listening: socket.socket) -> None:
    began = time.monotonic()
    with pytest.raises(StampError, match=r"no answer within 0\.5 seconds"):
        request_stamp(address(listening), SUMS, limit_s=0.5)
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nX-A: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"])
def test_a_server_that_drips(listening: socket.socket, head: bytes) -> None:
    def drip() -> None:
        taken, _ = listening.accept()
        with taken:
            try:
                taken.sendall(head)
                for _ in range(200):
                    taken.sendall(b"x")
                    time.sleep(0.05)
            except OSError:
                pass

    thread = threading.Thread(target=drip)
    thread.start()
    began = time.monotonic()
    with pytest.raises(StampError, match=r"no answer within 0\.7 seconds"):
        request_stamp(address(listening), SUMS, limit_s=0.7)
    # It would drip for ten seconds.
    assert time.monotonic() - began < 8
    thread.join(timeout=15)
    assert not thread.is_alive()


@pytest.mark.parametrize(
    "said", [b"", b"\r\n\r\n", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\x16\x03\x01\x00"]
)
def test_a_server_that_speaks_something_else(listening: socket.socket, said: bytes) -> None:
    def answer() -> None:
        taken, _ = listening.accept()
        with taken:
            taken.recv(65536)
            taken.sendall(said)

    thread = threading.Thread(target=answer)
    thread.start()
    with pytest.raises(StampError, match="no answer"):
        request_stamp(address(listening), SUMS, limit_s=5)
    thread.join(timeout=15)


def test_a_server_without_a_trusted_certificate(authority: Authority) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.folder / "ca.pem", authority.folder / "ca.key")
    with HTTPServer(ssl_context=context) as server:
        url = authority.serve(server)
        before = len(authority.asked)
        with pytest.raises(StampError, match="certificate verify failed"):
            request_stamp(url, SUMS, limit_s=10)
    assert len(authority.asked) == before


# Addresses.


@pytest.mark.parametrize(
    "url",
    [
        "https://tsa.example/",
        "https://tsa.example:8443/tsr?policy=1",
        "http://localhost:318/tsr",
        "http://127.0.0.1/tsr",
        "http://[::1]:8080/",
    ],
)
def test_addresses_that_may_be_asked(url: str) -> None:
    check_server(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "tsa.example",
        "http://tsa.example/",
        "http://127.0.0.1.example/",
        "http://10.0.0.1/",
        "ftp://tsa.example/",
        "file:///etc/passwd",
        "https://",
        "https:///tsr",
        "https://user:secret@tsa.example/",
        "https://tsa.example:99999/",
        "https://tsa.example:0/",
        "https://tsa.example/a b",
        "https://tsa.example/\r\nX: y",
        "https://tsä.example/",
        "https://[::1/",
    ],
)
def test_addresses_that_may_not(url: str) -> None:
    for call in (lambda: check_server(url), lambda: request_stamp(url, SUMS)):
        with pytest.raises(ConfigError, match=r"\[evidence\] timestamp_url must be the https address") as refused:
            call()
        assert "secret" not in str(refused.value)
