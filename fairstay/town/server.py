"""A small web server for a folder of static files, on the loopback address only."""

from __future__ import annotations

import hashlib
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

_CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


@contextmanager
def serve(folder: Path, port: int = 0) -> Iterator[str]:
    """Serve a folder for the time of the context; yields the base URL without a slash at the end.

    Port 0 takes any free one. Files are read at every request, so what is written meanwhile is seen. Raises
    ``OSError`` where the port is taken.
    """
    with _Server(folder, port) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="town", daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder.resolve()
        super().__init__(("127.0.0.1", port), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Silent where the other side hung up, else as ever."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """GET and HEAD of files; a folder is its ``index.html``."""

    server: _Server
    server_version = "Town"
    sys_version = ""
    timeout = 10

    def do_GET(self) -> None:
        """Answer with headers and content."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Answer with headers only."""
        self._answer(with_body=False)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the name that the base class gives it)
        """Nothing: the console belongs to the program that serves."""

    def _answer(self, *, with_body: bool) -> None:
        path = unquote(urlsplit(self.path).path)
        file = self._file(path)
        if file is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        if file.is_dir() and not path.endswith("/"):
            self.send_response(HTTPStatus.MOVED_PERMANENTLY)
            # One slash at the start: two would lead to another host.
            self.send_header("Location", "/" + quote(path.strip("/")) + "/")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        try:
            file = file / "index.html" if file.is_dir() else file
            content = file.read_bytes()
            changed = int(file.stat().st_mtime)
        except OSError:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self._send(file, content, changed, with_body=with_body)

    def _file(self, path: str) -> Path | None:
        """The file or folder of a path, None where there is none inside the served folder."""
        try:
            found = (self.server.folder / path.lstrip("/")).resolve()
            return found if found.is_relative_to(self.server.folder) and found.exists() else None
        except (OSError, ValueError):
            return None

    def _send(self, file: Path, content: bytes, changed: int, *, with_body: bool) -> None:
        etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        is_known = self._is_known(etag, changed)
        self.send_response(HTTPStatus.NOT_MODIFIED if is_known else HTTPStatus.OK)
        self.send_header("ETag", etag)
        self.send_header("Last-Modified", formatdate(changed, usegmt=True))
        if not is_known:
            self.send_header("Content-Type", _CONTENT_TYPES.get(file.suffix, "application/octet-stream"))
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if with_body and not is_known:
            self.wfile.write(content)

    def _is_known(self, etag: str, changed: int) -> bool:
        """Whether the client says that it has this very content; an ETag counts before a date (RFC 9110, 13.2.2)."""
        if (tags := self.headers.get("If-None-Match")) is not None:
            return tags.strip() == "*" or etag in [tag.strip().removeprefix("W/") for tag in tags.split(",")]
        try:
            since = parsedate_to_datetime(self.headers.get("If-Modified-Since", ""))
        except (TypeError, ValueError):
            return False
        return changed <= since.timestamp()
