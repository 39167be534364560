"""Everything found, for other programs: five exports in three formats."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow as pa

from reports.columns import EXACT
from reports.files import write_through
from reports.formats import write_csv, write_jsonl, write_parquet
from reports.records import ReportError
from reports.tables import accounts_table, cases_table, evidence_table, reviews_table, scores_table
from store.database import Database
from store.privacy import Pseudonymiser

_DIGITS = 6

EXPORTS: Mapping[str, Callable[[Database, Pseudonymiser | None], pa.Table]] = {
    "reviews": reviews_table,
    "evidence": evidence_table,
    "scores": scores_table,
    "accounts": accounts_table,
    "cases": cases_table,
}
FORMATS: Mapping[str, Callable[[pa.Table, Path], None]] = {
    "csv": write_csv,
    "jsonl": write_jsonl,
    "parquet": write_parquet,
}


def export(
    database: Database,
    what: str,
    path: Path,
    *,
    format: str,  # noqa: A002  (the word that the command line uses)
    pseudonymiser: Pseudonymiser | None = None,
) -> int:
    """Write an export in one step and return its number of rows; an empty store gives the header alone.

    With a ``pseudonymiser`` reviewers carry the ids that were imported, where its key opens them.

    Raises:
        ReportError: no such export or format.
    """
    if what not in EXPORTS:
        raise ReportError(f"no export {what!r}: one of {', '.join(EXPORTS)}")
    if format not in FORMATS:
        raise ReportError(f"no format {format!r}: one of {', '.join(FORMATS)}")
    table = _rounded(EXPORTS[what](database, pseudonymiser))
    write_through(path, lambda draft: FORMATS[format](table, draft))
    return int(table.num_rows)


def _rounded(table: pa.Table) -> pa.Table:
    """Floats with at most six significant digits; coordinates stay as the source gave them."""
    for at, field in enumerate(table.schema):
        if field.type == pa.float64() and field.name not in EXACT:
            rounded = [_round(value) for value in table.column(at).to_pylist()]
            table = table.set_column(at, field, pa.array(rounded, type=field.type))
    return table


def _round(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{_DIGITS}g}")
