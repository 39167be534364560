"""Files of reviews, and of owners: CSV, JSON Lines and Parquet, row by row; a bad row never costs its neighbours."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Generic

from crawlers import parquet_rows
from crawlers.columns import OWNERS, REVIEWS, Columns, FileError, Row, Table, header_names, match_columns
from crawlers.csv_records import read_records, recognise_delimiter, split_line
from crawlers.lines import BrokenFileError, Line, read_lines
from crawlers.page import Refusal
from crawlers.rows import RowError
from crawlers.text import quoted
from crawlers.values import platform as checked_platform
from store.canonical import Observation, Ownership

__all__ = [
    "FileError",
    "FileReader",
    "Refusal",
    "checked_extension",
    "read_file",
    "read_owner_file",
    "unknown_columns",
]

EXTENSIONS = (".csv", ".csv.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".parquet")

# A JSON Lines file has no header: its columns are the keys of its first rows.
_PEEK_ROWS = 1000
_PEEK_BYTES = 16 << 20


class FileReader(Iterator[Row | Refusal], Generic[Row]):
    """The rows of one file in order. ``unknown_columns`` names the columns that nothing was read from."""

    def __init__(self, rows: Iterator[Row | Refusal], unknown_columns: tuple[str, ...]) -> None:
        self._rows: Iterator[Row | Refusal] = rows
        self.unknown_columns = unknown_columns

    def __next__(self) -> Row | Refusal:
        return next(self._rows)


def read_file(
    path: Path, *, platform: str | None = None, columns: Mapping[str, str] | None = None
) -> FileReader[Observation]:
    """Opens a file and reads its rows one by one; ``columns`` maps a column of the file to a canonical one.

    Raises ``FileError`` before the first row where the file cannot be read at all. Rows that cannot be taken come
    out as ``Refusal`` in their place.
    """
    return _read(path, REVIEWS, platform, columns or {}, hint="; a JSON document needs --preset")


def read_owner_file(
    path: Path, *, platform: str | None = None, columns: Mapping[str, str] | None = None
) -> FileReader[Ownership]:
    """The same for a table of owners."""
    return _read(path, OWNERS, platform, columns or {}, hint="")


def _read(
    path: Path, table: Table[Row], platform: str | None, mapped: Mapping[str, str], *, hint: str
) -> FileReader[Row]:
    try:
        extension = checked_extension(path, EXTENSIONS, hint)
        if platform is not None:
            checked_platform(platform)
        if extension == ".parquet":
            return _read_parquet(path, table, platform, mapped)
        if extension.startswith(".csv"):
            return _read_csv(path, table, platform, mapped)
        return _read_json_lines(path, table, platform, mapped)
    except OSError as error:
        raise FileError(f"{path}: {error.strerror or error}") from error
    except ValueError as error:
        raise FileError(f"{path}: {error}") from None


def checked_extension(path: Path, known: Sequence[str], hint: str) -> str:
    """Which of the known endings a file's name has; raises ``FileError`` without the path where it can't be read."""
    if path.is_dir():
        raise FileError("is a folder, not a file")
    if not path.exists():
        raise FileError("no such file")
    extension = next((ending for ending in known if path.name.lower().endswith(ending)), None)
    if extension is None:
        raise FileError(f"is none of the kinds that can be read: {', '.join(known)}{hint}")
    if path.stat().st_size == 0:
        raise FileError("is empty")
    return extension


def unknown_columns(path: Path, *, platform: str | None = None, columns: Mapping[str, str] | None = None) -> list[str]:
    """The columns of a file that an import would not look at. Raises ``FileError``."""
    return list(read_file(path, platform=platform, columns=columns).unknown_columns)


def _parsed(
    line: int,
    row: Mapping[str, object],
    raw: bytes,
    known: Mapping[str, str],
    table: Table[Row],
    platform: str | None,
) -> Row | Refusal:
    try:
        canonical = {known[name]: cell for name, cell in row.items() if name in known}
        return table.parse(canonical, platform=platform, raw=raw)
    except RowError as error:
        return Refusal(line, error.column, error.reason, row)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _unsplit(names: Iterable[str], raw: bytes) -> dict[str, str]:
    """A line that could not be split, with an empty cell for every column to mend it in."""
    return dict.fromkeys(names, "") | {"raw": _text(raw)}


def _read_csv(path: Path, table: Table[Row], platform: str | None, mapped: Mapping[str, str]) -> FileReader[Row]:
    lines = read_lines(path)
    header = next((line for line in lines if line.body.strip()), None)
    if header is None:
        raise FileError("is empty")
    if header.body.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in header.body:
        raise FileError("is not UTF-8 text; save it as UTF-8")
    try:
        text = header.body.decode()
    except UnicodeDecodeError:
        raise FileError("the header is not UTF-8 text; save the file as UTF-8") from None
    delimiter = recognise_delimiter(text)
    cells = split_line(text, delimiter)
    if cells is None:
        raise FileError("the quotes of the header do not pair")
    names = header_names(cells, table.columns)
    matched = match_columns(names, mapped, table, platform=platform)
    return FileReader(_csv_rows(lines, names, delimiter, matched, table, platform), matched.unknown)


def _csv_rows(
    lines: Iterator[Line],
    names: tuple[str, ...],
    delimiter: str,
    matched: Columns,
    table: Table[Row],
    platform: str | None,
) -> Iterator[Row | Refusal]:
    for record in read_records(lines, delimiter=delimiter, width=len(names)):
        row = dict(zip(names, record.fields, strict=True)) if record.fields else _unsplit(names, record.raw)
        if record.reason is not None:
            yield Refusal(record.line, None, record.reason, row)
        else:
            yield _parsed(record.line, row, record.raw, matched.canonical, table, platform)


def _read_json_lines(path: Path, table: Table[Row], platform: str | None, mapped: Mapping[str, str]) -> FileReader[Row]:
    lines = read_lines(path)
    peeked: list[Line] = []
    found: dict[str, None] = {}
    size = 0
    broken: BrokenFileError | None = None
    try:
        for line in lines:
            peeked.append(line)
            size += len(line.body)
            found.update(dict.fromkeys(row if isinstance(row := _json_row(line.body), dict) else ()))
            if len(peeked) >= _PEEK_ROWS or size >= _PEEK_BYTES:
                break
    except BrokenFileError as error:
        broken = error
    if not any(line.body.strip() for line in peeked) and broken is None:
        raise FileError("is empty")
    # Where not one row can be read, every line is refused with its own reason, which says more than missing columns.
    matched = match_columns(tuple(found), mapped, table, platform=platform) if found else Columns({}, ())
    rest = chain(peeked, _raising(broken) if broken else lines)
    return FileReader(_json_rows(rest, matched, mapped, table, platform), matched.unknown)


def _raising(error: BrokenFileError) -> Iterator[Line]:
    raise error
    yield


def _json_rows(
    lines: Iterator[Line], matched: Columns, mapped: Mapping[str, str], table: Table[Row], platform: str | None
) -> Iterator[Row | Refusal]:
    # A key may turn up first in a later row, so names are looked up anew wherever a row has one that is not matched.
    known = {name: name for name in table.columns if name not in mapped.values()} | dict(mapped)
    known |= matched.canonical
    try:
        for line in lines:
            if not line.body.strip():
                continue
            row = _json_row(line.body)
            if isinstance(row, str):
                yield Refusal(line.number, None, row, _unsplit(matched.canonical, line.body))
            else:
                yield _parsed(line.number, row, line.body, known, table, platform)
    except BrokenFileError as error:
        yield Refusal(error.line, None, str(error), _unsplit(matched.canonical, error.rest))


def _json_row(body: bytes) -> dict[str, object] | str:
    """The object on a line, or the reason why there is none."""
    if not body.strip():
        return "blank"
    try:
        row = json.loads(body.decode())
    except UnicodeDecodeError:
        return "not valid UTF-8"
    except json.JSONDecodeError as error:
        return f"not JSON: {error.msg} at character {error.pos + 1}"
    except (ValueError, RecursionError) as error:
        return f"not JSON that can be read: {type(error).__name__}"
    return row if isinstance(row, dict) else f"{quoted(row)} is not a JSON object"


def _read_parquet(path: Path, table: Table[Row], platform: str | None, mapped: Mapping[str, str]) -> FileReader[Row]:
    file = parquet_rows.open_parquet(path)
    matched = match_columns(parquet_rows.column_names(file), mapped, table, platform=platform)
    return FileReader(_parquet_rows(file, matched, table, platform), matched.unknown)


def _parquet_rows(file: object, matched: Columns, table: Table[Row], platform: str | None) -> Iterator[Row | Refusal]:
    for number, row in parquet_rows.read_rows(file):
        if isinstance(row, str):
            yield Refusal(number, None, row, {})
        else:
            yield _parsed(number, row, parquet_rows.canonical_json(row), matched.canonical, table, platform)
