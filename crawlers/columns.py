"""Which column of a file is which canonical column, and what to say when one is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crawlers.rows import CANONICAL_COLUMNS, REQUIRED_COLUMNS

REFUSED_COLUMNS = ("line", "column", "reason")
RAW_COLUMN = "raw"


class FileError(ValueError):
    """A file that cannot be read at all; the message is one line for the person who named it."""


@dataclass(frozen=True, slots=True)
class Columns:
    """``canonical`` maps a file's columns to canonical ones; ``unknown`` are the columns that are not looked at."""

    canonical: Mapping[str, str]
    unknown: tuple[str, ...]


def header_names(cells: Sequence[str]) -> tuple[str, ...]:
    """Column names of a header, all different: a repeated or empty name gets its position, so that no cell is lost."""
    names: list[str] = []
    for position, cell in enumerate(cells, 1):
        name = cell.strip() or f"column {position}"
        if name in names:
            if name in CANONICAL_COLUMNS:
                raise FileError(f"two columns are called '{name}'")
            name = f"{name} (column {position})"
        names.append(name)
    return tuple(names)


def match_columns(found: Sequence[str], mapped: Mapping[str, str], *, platform: str | None) -> Columns:
    """Matches the columns found in a file; ``mapped`` takes a file's column to a canonical one.

    Raises ``FileError`` for a mapped column that is not there, a target that is no canonical column, two columns for
    one target, and required columns that are missing, all of them at once.
    """
    for source, target in mapped.items():
        if target not in CANONICAL_COLUMNS:
            raise FileError(f"--map {source}={target}: no such column; there are {', '.join(CANONICAL_COLUMNS)}")
        if source not in found:
            raise FileError(f"--map {source}={target}: the file has no column '{source}', it has {_listed(found)}")
    is_refused_file = tuple(found[:3]) == REFUSED_COLUMNS
    own = (*REFUSED_COLUMNS, RAW_COLUMN) if is_refused_file else ()
    canonical = {name: mapped.get(name, name) for name in found if name in mapped or name in CANONICAL_COLUMNS}
    twice = [target for target, times in Counter(canonical.values()).items() if times > 1]
    if twice:
        sources = [source for source, target in canonical.items() if target == twice[0]]
        raise FileError(f"the columns {_listed(sources)} are both taken for '{twice[0]}'")
    _require(set(canonical.values()), found, platform)
    return Columns(canonical, tuple(name for name in found if name not in canonical and name not in own))


def _require(have: set[str], found: Sequence[str], platform: str | None) -> None:
    required = [*REQUIRED_COLUMNS] if platform else ["platform", *REQUIRED_COLUMNS]
    missing = [column for column in required if column not in have]
    if "published" not in have:
        ends = [column for column in ("published_from", "published_to") if column not in have]
        missing += ["published"] if len(ends) == 2 else ends
    if missing:
        raise FileError(
            f"required columns are missing: {', '.join(missing)}; the file has {_listed(found)}; "
            "name a column of yours with --map SOURCE=COLUMN"
            + (", or the platform with --platform" if "platform" in missing else "")
        )


def _listed(names: Sequence[str]) -> str:
    shown = [f"'{name[:60]}'" for name in names[:40]]
    return ", ".join(shown) + (f" and {len(names) - 40} more" if len(names) > 40 else "") if shown else "none"
