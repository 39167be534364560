"""The refused rows of a file, written beside it so that they can be mended and imported again."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from crawlers.columns import RAW_COLUMN, REFUSED_COLUMNS
from crawlers.page import Refusal
from crawlers.records import decode

_FORMULA_STARTS = ("=", "+", "-", "@")
_IN_MEMORY = 4 << 20


class Refusals:
    """Refused rows in the order in which they came: on the disk where they are many, and gone when the file is closed.

    Days in them are kept as ISO 8601, everything else as JSON has it.
    """

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  (closed by close)
        self._count = 0

    def __enter__(self) -> Refusals:
        return self

    def __exit__(self, *raised: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return self._count

    def add(self, refusal: Refusal) -> None:
        """Keep one more. Not while they are being read."""
        said = [refusal.line, refusal.column, refusal.reason, dict(refusal.row)]
        self._file.write(json.dumps(said, default=_plain).encode() + b"\n")
        self._count += 1

    def __iter__(self) -> Iterator[Refusal]:
        self._file.seek(0)
        for line in self._file:
            yield Refusal(*json.loads(line))
        self._file.seek(0, os.SEEK_END)


def refused_path(path: Path, *, records: bool = False) -> Path:
    """``reviews.csv`` gives ``reviews.csv.refused.csv`` in the same folder, with records ``.refused.jsonl``."""
    return path.with_name(f"{path.name}.refused.{'jsonl' if records else 'csv'}")


def write_refused(path: Path, refusals: Refusals | Sequence[Refusal], *, records: bool = False) -> Path:
    """Writes the refused rows of ``path`` in one step, replacing an earlier such file, and returns where they are.

    Columns: ``line``, ``column``, ``reason``, then the file's own; a line that could not be split stands in ``raw``.
    Cells keep what the source held, byte for byte, also where that is not UTF-8. With ``records`` each is a JSON object
    on a line, its own keys as they were behind the same three.
    """
    target = refused_path(path, records=records)
    handle, temporary = tempfile.mkstemp(prefix=f".{target.name[:100]}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(_json_lines(refusals) if records else _csv_lines(refusals))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return target


def as_it_was(record: Mapping[str, Any]) -> Any:
    """The record of a line, without what an earlier refusal put in front of it.

    A mended ``raw`` line is the JSON that it holds; raises ``ValueError`` where it holds none.
    """
    if not is_refused(record):
        return record
    own = {name: value for name, value in record.items() if name not in REFUSED_COLUMNS}
    if own.keys() == {RAW_COLUMN} and isinstance(own[RAW_COLUMN], str):
        return decode(own[RAW_COLUMN].encode("utf-8", "surrogateescape"))
    return {name.removesuffix(_SOURCE) if name in _RENAMED else name: value for name, value in own.items()}


def is_refused(row: Mapping[str, object]) -> bool:
    """Whether a row or record stood in a file of refused ones."""
    return tuple(row)[: len(REFUSED_COLUMNS)] == REFUSED_COLUMNS


_SOURCE = " (source)"
_RENAMED = frozenset(name + _SOURCE for name in REFUSED_COLUMNS)


def _own_cells(row: Mapping[str, object]) -> dict[str, object]:
    """The cells of the source, without what an earlier refusal put in front of them."""
    if is_refused(row):
        return {name: cell for name, cell in row.items() if name not in REFUSED_COLUMNS}
    return {name + _SOURCE if name in REFUSED_COLUMNS else name: cell for name, cell in row.items()}


def _json_lines(refusals: Iterable[Refusal]) -> Iterator[bytes]:
    for refusal in refusals:
        head = dict(zip(REFUSED_COLUMNS, (refusal.line, refusal.column, refusal.reason), strict=True))
        record = head | _own_cells(refusal.row)
        try:
            yield json.dumps(record, ensure_ascii=False, default=_plain).encode() + b"\n"
        except UnicodeEncodeError:
            # A lone surrogate has no bytes of its own; its escape is kept.
            yield json.dumps(record, default=_plain).encode() + b"\n"


def _csv_lines(refusals: Refusals | Sequence[Refusal]) -> Iterator[bytes]:
    own = list(dict.fromkeys(name for refusal in refusals for name in _own_cells(refusal.row)))
    yield _csv_line([*REFUSED_COLUMNS, *own])
    for refusal in refusals:
        cells = _own_cells(refusal.row)
        head = [str(refusal.line), _harmless(refusal.column or ""), _harmless(refusal.reason)]
        yield _csv_line([*head, *(_cell(cells.get(name)) for name in own)])


def _harmless(text: str) -> str:
    """A cell of ours that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return _plain(value)


def _csv_line(cells: list[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    try:
        return line.getvalue().encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        # A lone surrogate out of a JSON escape has no bytes of its own; its escape is kept.
        return line.getvalue().encode("utf-8", "backslashreplace")
