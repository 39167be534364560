"""A local server that misbehaves: every answer is the bytes that a test gives, or a function that writes them."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from tests.crawlers.pages import hotel, json_ld_page, review

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request: its path, how often that was asked for until now, its headers, and the connection to answer on."""

    path: str
    times: int
    headers: Mapping[str, str]
    connection: socket.socket
    is_over: threading.Event

    def send(self, content: bytes) -> None:
        """Writes bytes at once."""
        self.connection.sendall(content)

    def drip(self, content: bytes, pause_s: float = 0.05) -> None:
        """Writes one byte after the other, as long as somebody reads."""
        for byte in content:
            self.send(bytes([byte]))
            if self.is_over.wait(pause_s):
                return

    def hang(self) -> None:
        """Says nothing more and does not close."""
        self.is_over.wait(20)

    def reset(self) -> None:
        """Ends the connection with a TCP reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


Answer = bytes | Callable[[Exchange], bytes | None]


class HostileServer(socketserver.ThreadingTCPServer):
    """Answers one request per connection; a path without an answer of its own gets that of ``*``, or a 404."""

    allow_reuse_address = True
    daemon_threads = True
    # A client that gives up leaves threads that still write; they end by themselves.
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.headers: list[Mapping[str, str]] = []
        self.times: Counter[str] = Counter()
        self.is_over = threading.Event()

    @property
    def host(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no error of the server."""


class _Handler(socketserver.BaseRequestHandler):
    server: HostileServer

    def handle(self) -> None:
        head = self._head()
        if not head:
            return
        first, *lines = head.split("\r\n")
        path = first.split(" ")[1]
        server = self.server
        server.asked.append(path)
        server.times[path] += 1
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        server.headers.append(headers)
        said = server.answers.get(path, server.answers.get("*", answer(status="404 Not Found")))
        if path == "/robots.txt":
            said = server.answers.get(path, answer(status="404 Not Found"))
        if callable(said):
            said = said(Exchange(path, server.times[path], headers, self.request, server.is_over))
        if said:
            self.request.sendall(said.replace(b"{host}", server.host.encode()))
            # Closing with unread bytes would reset the connection before the client has read its answer.
            with contextlib.suppress(OSError):
                self.request.shutdown(socket.SHUT_WR)

    def _head(self) -> str:
        read = b""
        while b"\r\n\r\n" not in read:
            more = self.request.recv(65536)
            if not read and more.startswith(b"\x16"):
                self.request.sendall(answer(status="400 This is no TLS"))
                return ""
            if not more:
                return ""
            read += more
        return read.partition(b"\r\n\r\n")[0].decode("latin-1")


@contextlib.contextmanager
def hostile_server() -> Iterator[HostileServer]:
    """One such server, running."""
    with HostileServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.is_over.set()
            server.shutdown()
            thread.join()


def answer(body: bytes = b"", *headers: str, status: str = "200 OK", media_type: str = HTML) -> bytes:
    """A proper answer that closes its connection."""
    said = (f"Content-Type: {media_type}", f"Content-Length: {len(body)}", "Connection: close", *headers)
    return head(*said, status=status) + body


def head(*headers: str, status: str = "200 OK") -> bytes:
    """Status line and headers, down to the empty line."""
    return "\r\n".join((f"HTTP/1.1 {status}", *headers, "", "")).encode("latin-1")


def moved(target: str, *headers: str) -> bytes:
    """A redirect; ``{host}`` in the target is the server's own."""
    return answer(b"", f"Location: {target}", *headers, status="302 Found")


def page(*numbers: int, following: str = "", claimed: int | None = None, extra: str = "") -> bytes:
    """A page with these reviews, a link to the next one, and a number of reviews that it claims."""
    aggregate = {"@type": "AggregateRating", "ratingValue": 4, "reviewCount": claimed}
    link = f'<link rel="next" href="{following}">' if following else ""
    changes = {} if claimed is None else {"aggregateRating": aggregate}
    return json_ld_page(hotel(*map(review, numbers), **changes), extra=link + extra)
