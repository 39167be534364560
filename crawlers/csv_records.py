"""CSV records (RFC 4180) out of physical lines, so that one broken quote never swallows its neighbours."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from crawlers.lines import MAX_LINE, BrokenFileError, Line

DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class Record:
    """The fields of one record, or the reason why there are none. ``raw`` is its lines as they stood in the file."""

    line: int
    raw: bytes
    fields: tuple[str, ...]
    reason: str | None = None


class _QuotingError(ValueError):
    """The quotes of a record do not pair."""


class _Splitter:
    """Splits one record that is fed line by line, looking at every character once."""

    def __init__(self, delimiter: str) -> None:
        self.fields: list[str] = []
        self._delimiter = delimiter
        self._open: list[str] | None = None

    def feed(self, body: str, ending: str) -> bool:
        """Takes one line and tells whether the record is complete. Raises ``_QuotingError``."""
        position = 0
        while True:
            if self._open is None and not body.startswith('"', position):
                end = body.find(self._delimiter, position)
                self.fields.append(body[position:] if end < 0 else body[position:end])
                if end < 0:
                    return True
                position = end + 1
                continue
            if self._open is None:
                self._open = []
                position += 1
            end = body.find('"', position)
            if end < 0:
                self._open.append(body[position:] + ending)
                return False
            self._open.append(body[position:end])
            position = end + 1
            if body.startswith('"', position):
                self._open.append('"')
                position += 1
                continue
            self.fields.append("".join(self._open))
            self._open = None
            if position == len(body):
                return True
            if body[position] != self._delimiter:
                raise _QuotingError("a quoted field goes on after its closing quote")
            position += 1


def split_line(text: str, delimiter: str) -> list[str] | None:
    """The fields of a record of one line; None where its quotes are broken."""
    splitter = _Splitter(delimiter)
    try:
        return splitter.fields if splitter.feed(text, "") else None
    except _QuotingError:
        return None


def recognise_delimiter(header: str) -> str:
    """The delimiter that splits the header into the most fields; the comma in doubt."""
    return max(DELIMITERS, key=lambda delimiter: len(split_line(header, delimiter) or ()))


def read_records(lines: Iterator[Line], *, delimiter: str, width: int) -> Iterator[Record]:
    """The records of ``width`` fields each; blank ones are left out.

    Where quotes are broken or the fields are too many or too few, only the record's first line is refused and reading
    goes on with the next line.
    """
    ahead: deque[Line] = deque()
    while True:
        try:
            line = ahead.popleft() if ahead else next(lines, None)
        except BrokenFileError as broken:
            yield _broken(broken)
            return
        if line is None:
            return
        if not line.body.strip():
            continue
        text = line.body.decode("utf-8", "surrogateescape")
        if '"' in text:
            taken = _take([line], lines, ahead, delimiter, width)
            yield taken
            continue
        fields = tuple(text.split(delimiter))
        if len(fields) == width and not any(fields):
            continue
        yield _record([line], fields, width)


def _take(taken: list[Line], lines: Iterator[Line], ahead: deque[Line], delimiter: str, width: int) -> Record:
    """One record that starts with a line holding quotes; lines read in vain go back to ``ahead``."""
    splitter = _Splitter(delimiter)
    size = 0
    try:
        while True:
            line = taken[-1]
            if splitter.feed(line.body.decode("utf-8", "surrogateescape"), line.ending.decode()):
                break
            size += len(line.body)
            following = ahead.popleft() if ahead else next(lines, None)
            if following is None or size > MAX_LINE:
                if following is not None:
                    ahead.appendleft(following)
                raise _QuotingError("a quoted field is never closed")
            taken.append(following)
        if len(taken) > 1 and len(splitter.fields) != width:
            raise _QuotingError(f"a quoted field is not closed on its line, or the record lacks some of {width} fields")
    except _QuotingError as error:
        ahead.extendleft(reversed(taken[1:]))
        return Record(taken[0].number, taken[0].body, (), f"broken quoting: {error}")
    except BrokenFileError as broken:
        ahead.extendleft(reversed(taken[1:]))
        return Record(taken[0].number, taken[0].body, (), f"the record is cut off: {broken}")
    return _record(taken, tuple(splitter.fields), width)


def _record(lines: list[Line], fields: tuple[str, ...], width: int) -> Record:
    raw = b"".join(line.body + line.ending for line in lines[:-1]) + lines[-1].body
    reason = None
    if not _is_utf8(raw):
        reason = "not valid UTF-8"
    elif len(fields) != width:
        reason = f"{len(fields)} fields where the header has {width}"
    return Record(lines[0].number, raw, fields if len(fields) == width else (), reason)


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _broken(broken: BrokenFileError) -> Record:
    return Record(broken.line, broken.rest, (), str(broken))
