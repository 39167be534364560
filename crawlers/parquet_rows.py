"""Rows of a Parquet file as plain mappings; a cell that cannot be read costs its own row only."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

_BATCH_ROWS = 4096


def open_parquet(path: Path) -> Any:
    """Opens the file. Raises ``ValueError`` with one line where it is not Parquet."""
    try:
        return pq.ParquetFile(path)
    except pa.ArrowException as error:
        raise ValueError(f"is not a Parquet file: {str(error).splitlines()[0]}") from None


def column_names(file: Any) -> tuple[str, ...]:
    """The names of the file's top-level columns. Raises ``ValueError`` where two are the same."""
    names = tuple(str(name) for name in file.schema_arrow.names)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"two columns are called '{twice[0]}'")
    return names


def read_rows(file: Any) -> Iterator[tuple[int, Mapping[str, object] | str]]:
    """Number (from 1) and cells of every row, or the reason why there are none; stops where the file is damaged."""
    number = 0
    try:
        for batch in file.iter_batches(batch_size=_BATCH_ROWS):
            for row in _rows(batch):
                number += 1
                yield number, row
    except (pa.ArrowException, OSError) as error:
        reason = f"the file is damaged ({str(error).splitlines()[0]}); nothing from here on could be read"
        yield number + 1, reason


def canonical_json(row: Mapping[str, object]) -> bytes:
    """The row as JSON with sorted keys, the same for the same cells."""
    return json.dumps(row, sort_keys=True, ensure_ascii=True, default=str).encode()


def _rows(batch: Any) -> Iterator[Mapping[str, object] | str]:
    try:
        yield from batch.to_pylist()
    except (ValueError, OverflowError):
        for position in range(batch.num_rows):
            yield _row(batch.slice(position, 1))


def _row(batch: Any) -> Mapping[str, object] | str:
    try:
        row: Mapping[str, object] = batch.to_pylist()[0]
    except (ValueError, OverflowError) as error:
        return f"a cell cannot be read: {str(error).splitlines()[0]}"
    return row
