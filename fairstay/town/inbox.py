"""The platforms that send files: exports in the canonical columns, for the inbox folder."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

_DAYS = ["published", "reviewer_since", "response_published"]
_WORDS = ["title", "text", "language", "response_text", "response_published"]
_BROKEN: tuple[tuple[str, object], ...] = (("rating", 7.0), ("published", "2024-02-30"))


def write_inbox(reviews: pd.DataFrame, folder: Path) -> tuple[Path, ...]:
    """Write what Tripadvisor and Google send and return the files; reviews of other platforms are not looked at.

    Tripadvisor sends a gzipped CSV of all but its last year, in which two more rows are broken (a rating of 7 of 5, a
    30th of February), and JSON Lines of the last year; Google sends Parquet. Equal reviews give equal bytes, and a
    file without any review is not written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tripadvisor = reviews[reviews["platform"] == "tripadvisor"]
    google = reviews[reviews["platform"] == "google"]
    day = tripadvisor["published"]
    is_recent = day > day.max() - pd.DateOffset(years=1)
    files = {
        "tripadvisor-archive.csv.gz": _gzipped_csv(tripadvisor[~is_recent]),
        "tripadvisor-last-year.jsonl": _json_lines(tripadvisor[is_recent]),
        "google.parquet": _parquet(google),
    }
    for name, content in files.items():
        if content:
            (folder / name).write_bytes(content)
    return tuple(folder / name for name, content in files.items() if content)


def _plain(reviews: pd.DataFrame) -> pd.DataFrame:
    """Days as ISO 8601, None where there is nothing, without the columns that say nothing at all."""
    plain = reviews.dropna(axis="columns", how="all").copy()
    for column in plain.columns.intersection(_DAYS):
        plain[column] = plain[column].dt.strftime("%Y-%m-%d")
    plain = plain.astype(object)
    return plain.where(plain.notna(), None)


def _gzipped_csv(reviews: pd.DataFrame) -> bytes:
    if reviews.empty:
        return b""
    text = _with_broken_rows(_plain(reviews)).to_csv(index=False, lineterminator="\n")
    # The time of writing in the header would make every run another file.
    return gzip.compress(text.encode(), mtime=0)


def _with_broken_rows(reviews: pd.DataFrame) -> pd.DataFrame:
    """Two more rows, a third and two thirds of the way down; mended, they are plain reviews without a text."""
    third = len(reviews) // 3
    parts = []
    for number, (column, broken) in enumerate(_BROKEN):
        row = reviews.iloc[[number * third]].copy()
        row[row.columns.intersection(_WORDS)] = None
        row["review_id"] = f"tripadvisor-x{number + 1}"
        row[column] = pd.Series([broken], index=row.index, dtype=object)
        parts += [reviews.iloc[number * third : (number + 1) * third], row]
    return pd.concat([*parts, reviews.iloc[len(_BROKEN) * third :]], ignore_index=True)


def _json_lines(reviews: pd.DataFrame) -> bytes:
    rows = [
        {name: value for name, value in row.items() if value is not None} for row in _plain(reviews).to_dict("records")
    ]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def _parquet(reviews: pd.DataFrame) -> bytes:
    if reviews.empty:
        return b""
    told = reviews.dropna(axis="columns", how="all").copy()
    for column in told.columns.intersection(_DAYS):
        told[column] = told[column].dt.date
    table = pa.Table.from_pandas(told, preserve_index=False).replace_schema_metadata(None)
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()
