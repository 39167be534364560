"""The refused rows of a file, written beside it so that they can be mended and imported again."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from crawlers.columns import REFUSED_COLUMNS
from crawlers.files import Refusal

_FORMULA_STARTS = ("=", "+", "-", "@")


def refused_path(path: Path) -> Path:
    """``reviews.csv`` gives ``reviews.csv.refused.csv`` in the same folder."""
    return path.with_name(path.name + ".refused.csv")


def write_refused(path: Path, refusals: Iterable[Refusal]) -> Path:
    """Writes the refused rows of ``path`` in one step, replacing an earlier such file, and returns where they are.

    Columns: ``line``, ``column``, ``reason``, then the file's own; a line that could not be split stands in ``raw``.
    Cells keep what the source held, byte for byte, also where that is not UTF-8.
    """
    refused = [(refusal, _own_cells(refusal.row)) for refusal in refusals]
    own = list(dict.fromkeys(name for _, cells in refused for name in cells))
    target = refused_path(path)
    handle, temporary = tempfile.mkstemp(prefix=f".{target.name[:100]}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_csv_line([*REFUSED_COLUMNS, *own]))
            for refusal, cells in refused:
                head = [str(refusal.line), _harmless(refusal.column or ""), _harmless(refusal.reason)]
                file.write(_csv_line([*head, *(_cell(cells.get(name)) for name in own)]))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return target


def _own_cells(row: Mapping[str, object]) -> dict[str, object]:
    """The cells of the source, without what an earlier refusal put in front of them."""
    if tuple(row)[: len(REFUSED_COLUMNS)] == REFUSED_COLUMNS:
        return {name: cell for name, cell in row.items() if name not in REFUSED_COLUMNS}
    return {f"{name} (source)" if name in REFUSED_COLUMNS else name: cell for name, cell in row.items()}


def _harmless(text: str) -> str:
    """A cell of ours that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, bool | dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _csv_line(cells: list[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    try:
        return line.getvalue().encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        # A lone surrogate out of a JSON escape has no bytes of its own; its escape is kept.
        return line.getvalue().encode("utf-8", "backslashreplace")
