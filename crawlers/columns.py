"""Which column of a file is which canonical column, and what to say when one is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from crawlers.owners import OWNER_COLUMNS, REQUIRED_OWNER_COLUMNS, parse_owner
from crawlers.rows import CANONICAL_COLUMNS, REQUIRED_COLUMNS, parse_row
from store.canonical import Observation, Ownership

REFUSED_COLUMNS = ("line", "column", "reason")
RAW_COLUMN = "raw"
# ``--map`` and ``--preset`` exclude each other.
_HINT_OF_OWNERS = "rename its columns"


Row = TypeVar("Row", Observation, Ownership)


class FileError(ValueError):
    """A file that cannot be read at all; the message is one line for the person who named it."""


@dataclass(frozen=True, slots=True)
class Table(Generic[Row]):
    """A kind of file: its columns, those that must be there beside ``platform``, and what reads a row of them.

    A row of a table that ``is_dated`` needs a day or an interval too.
    """

    columns: tuple[str, ...]
    required: tuple[str, ...]
    is_dated: bool
    parse: Callable[..., Row]


REVIEWS: Table[Observation] = Table(CANONICAL_COLUMNS, REQUIRED_COLUMNS, True, parse_row)
OWNERS: Table[Ownership] = Table(OWNER_COLUMNS, REQUIRED_OWNER_COLUMNS, False, parse_owner)


@dataclass(frozen=True, slots=True)
class Columns:
    """``canonical`` maps a file's columns to canonical ones; ``unknown`` are the columns that are not looked at."""

    canonical: Mapping[str, str]
    unknown: tuple[str, ...]


def header_names(cells: Sequence[str], columns: Sequence[str] = CANONICAL_COLUMNS) -> tuple[str, ...]:
    """Column names of a header, all different: a repeated or empty name gets its position, so that no cell is lost."""
    names: list[str] = []
    for position, cell in enumerate(cells, 1):
        name = cell.strip() or f"column {position}"
        if name in names:
            if name in columns:
                raise FileError(f"two columns are called '{name}'")
            name = f"{name} (column {position})"
        names.append(name)
    return tuple(names)


def match_columns(
    found: Sequence[str], mapped: Mapping[str, str], table: Table[Row], *, platform: str | None
) -> Columns:
    """Matches the columns found in a file; ``mapped`` takes a file's column to one of the table's.

    Raises ``FileError`` for a mapped column that is not there, a target that is none of the table's, two columns for
    one target, and required columns that are missing, all of them at once.
    """
    for source, target in mapped.items():
        if target not in table.columns:
            raise FileError(f"--map {source}={target}: no such column; there are {', '.join(table.columns)}")
        if source not in found:
            raise FileError(f"--map {source}={target}: the file has no column '{source}', it has {_listed(found)}")
    is_refused_file = tuple(found[:3]) == REFUSED_COLUMNS
    own = (*REFUSED_COLUMNS, RAW_COLUMN) if is_refused_file else ()
    canonical = {name: mapped.get(name, name) for name in found if name in mapped or name in table.columns}
    twice = [target for target, times in Counter(canonical.values()).items() if times > 1]
    if twice:
        sources = [source for source, target in canonical.items() if target == twice[0]]
        raise FileError(f"the columns {_listed(sources)} are both taken for '{twice[0]}'")
    _require(set(canonical.values()), found, table, platform)
    return Columns(canonical, tuple(name for name in found if name not in canonical and name not in own))


def _require(have: set[str], found: Sequence[str], table: Table[Row], platform: str | None) -> None:
    required = table.required if platform else ("platform", *table.required)
    missing = [column for column in required if column not in have]
    if table.is_dated and "published" not in have:
        ends = [column for column in ("published_from", "published_to") if column not in have]
        missing += ["published"] if len(ends) == 2 else ends
    if missing:
        raise FileError(
            f"required columns are missing: {', '.join(missing)}; the file has {_listed(found)}; "
            + (_HINT_OF_OWNERS if table is OWNERS else "name a column of yours with --map SOURCE=COLUMN")
            + (", or the platform with --platform" if "platform" in missing else "")
        )


def _listed(names: Sequence[str]) -> str:
    shown = [f"'{name[:60]}'" for name in names[:40]]
    return ", ".join(shown) + (f" and {len(names) - 40} more" if len(names) > 40 else "") if shown else "none"
