"""Physical lines of a text file, plain or gzip-compressed (RFC 1952), numbered from 1."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CHUNK = 1 << 18
MAX_LINE = 64 << 20


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its line ending; ``ending`` is ``\\n``, ``\\r\\n`` or empty at the end of the file."""

    number: int
    body: bytes
    ending: bytes


class BrokenFileError(ValueError):
    """Reading stopped in mid-file; ``line`` is the first line that was lost, ``rest`` what could be read of it."""

    def __init__(self, line: int, reason: str, rest: bytes) -> None:
        super().__init__(reason)
        self.line = line
        self.rest = rest


def read_lines(path: Path) -> Iterator[Line]:
    """The lines of a file, a UTF-8 byte order mark left out. Raises ``BrokenFileError`` where the rest is lost."""
    chunks = _inflated(path) if path.suffix.lower() == ".gz" else _plain(path)
    number, pending, size = 1, [b""], 0
    try:
        for chunk in chunks:
            first, *others = chunk.split(b"\n")
            pending.append(first)
            size += len(first)
            for other in others:
                yield _line(number, b"".join(pending), b"\n")
                number, pending, size = number + 1, [other], len(other)
            if size > MAX_LINE:
                reason = f"a line of more than {MAX_LINE >> 20} MB; nothing from here on was read"
                raise BrokenFileError(number, reason, b"".join(pending)[:1000])
    except (EOFError, zlib.error) as error:
        reason = f"the gzip stream is damaged ({error}); nothing from here on could be read"
        raise BrokenFileError(number, reason, b"".join(pending)) from None
    if last := b"".join(pending):
        yield _line(number, last, b"")


def _line(number: int, body: bytes, ending: bytes) -> Line:
    if number == 1:
        body = body.removeprefix(b"\xef\xbb\xbf")
    if ending and body.endswith(b"\r"):
        return Line(number, body[:-1], b"\r\n")
    return Line(number, body, ending)


def _plain(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _inflated(path: Path) -> Iterator[bytes]:
    # By hand, because the gzip module loses the last good bytes of a truncated file.
    with path.open("rb") as file:
        stream = zlib.decompressobj(wbits=31)
        while data := file.read(CHUNK):
            while data:
                if stream.eof:
                    if not data.strip(b"\0"):
                        break
                    stream = zlib.decompressobj(wbits=31)
                yield stream.decompress(data, CHUNK)
                data = stream.unused_data if stream.eof else stream.unconsumed_tail
        while not stream.eof and (chunk := stream.decompress(b"", CHUNK)):
            yield chunk
        if not stream.eof:
            raise EOFError("it ends too early")
