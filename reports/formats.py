"""An Arrow table as CSV, JSON Lines or Parquet."""

from __future__ import annotations

import json
from json.encoder import encode_basestring
from pathlib import Path

import pyarrow as pa
from pyarrow import compute, csv, parquet

from reports.columns import JSON_FIELD

# A spreadsheet would run a cell that starts like this as a formula.
_FORMULA = r"^[=+\-@\t\r]"
# Ids often begin with a dash; one that holds nothing but letters, digits, dashes, underscores and blanks calls nothing.
_PLAIN_ID = r"^-[0-9A-Za-z_ -]+$"
# Below the two gigabytes of one Arrow text column even where every text is long.
_ROWS_AT_ONCE = 10_000


def write_csv(table: pa.Table, path: Path) -> None:
    """Lists space-separated; text that a spreadsheet would take for a formula gets a leading apostrophe."""
    columns = [_csv_column(table.column(at), field.type) for at, field in enumerate(table.schema)]
    csv.write_csv(pa.table(columns, names=table.schema.names), path)


def write_jsonl(table: pa.Table, path: Path) -> None:
    """One object a line, UTF-8; what isn't known is null."""
    heads = [json.dumps(name) + ": " for name in table.schema.names]
    heads = [("{" if at == 0 else ", ") + head for at, head in enumerate(heads)]
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for part in table.to_batches(max_chunksize=_ROWS_AT_ONCE):
            columns = [_json_column(part.column(at), field) for at, field in enumerate(table.schema)]
            pieces = [piece for pair in zip(heads, columns, strict=True) for piece in pair]
            lines = compute.binary_join_element_wise(*pieces, "}\n", "")
            file.writelines(lines.to_pylist())


def write_parquet(table: pa.Table, path: Path) -> None:
    """Typed, compressed; lists are lists."""
    parquet.write_table(table, path, compression="zstd")


def _csv_column(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if pa.types.is_list(kind):
        column = compute.binary_join(column, " ")
        kind = pa.string()
    if pa.types.is_string(kind):
        guarded = compute.binary_join_element_wise("'", column, "")
        formula = compute.match_substring_regex(column, _FORMULA)
        plain = compute.match_substring_regex(column, _PLAIN_ID)
        risky = compute.fill_null(compute.and_not(formula, plain), False)
        return compute.if_else(risky, guarded, column)
    return column


def _json_column(column: pa.Array, field: pa.Field) -> pa.Array:
    """The column's values as JSON texts."""
    if field.metadata == JSON_FIELD:
        encoded = column
    elif pa.types.is_list(field.type):
        # Quoting the flat values once and joining them is far quicker than encoding list by list.
        offsets = compute.subtract(column.offsets, column.offsets[0])
        flat = pa.ListArray.from_arrays(offsets, _quoted(column.flatten()))
        encoded = compute.binary_join_element_wise("[", compute.binary_join(flat, ", "), "]", "")
    elif pa.types.is_string(field.type):
        encoded = _quoted(column)
    elif pa.types.is_date(field.type):
        encoded = compute.binary_join_element_wise('"', column.cast(pa.string()), '"', "")
    else:
        encoded = column.cast(pa.string())
    return compute.fill_null(encoded, "null")


def _quoted(column: pa.Array) -> pa.Array:
    values = [None if value is None else encode_basestring(value) for value in column.to_pylist()]
    return pa.array(values, type=pa.string())
