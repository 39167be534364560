"""Files of reviews into the store; refused rows are written beside the file."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crawlers.files import EXTENSIONS, FileReader, Refusal, read_file
from crawlers.refused import write_refused
from fairstay.progress import Progress
from store.canonical import Observation
from store.database import Database, file_sha256
from store.observations import Written, known_file, remember_file, write_observations
from store.privacy import Pseudonymiser

_EVERY = 20_000


@dataclass(slots=True)
class Imported:
    """What came of some files: reviews by outcome, refused rows, where they were written, files that failed whole."""

    written: Written = field(default_factory=Written)
    refused: int = 0
    refused_files: list[Path] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    files: int = 0

    @property
    def partial(self) -> bool:
        return bool(self.refused or self.errors)

    def __str__(self) -> str:
        counts = f"{self.written.new:,} new, {self.written.changed:,} changed, {self.written.unchanged:,} unchanged"
        return f"{self.files} files: {counts}, {self.refused:,} rows refused"


def import_file(
    database: Database,
    path: Path,
    *,
    seen_at: dt.datetime,
    pseudonymiser: Pseudonymiser,
    keep_names: bool,
    progress: Progress,
    platform: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> Imported:
    """Import one file.

    Raises:
        FileError: the file cannot be read at all.
    """
    reader = read_file(path, platform=platform, columns=columns)
    if reader.unknown_columns:
        progress.say(f"{path.name}: these columns are not used: {', '.join(reader.unknown_columns)}")
    refusals: list[Refusal] = []
    good = _good(reader, refusals, path.name, progress)
    written = write_observations(
        database, good, source=path.name, seen_at=seen_at, pseudonymiser=pseudonymiser, keep_names=keep_names
    )
    result = Imported(written=written, refused=len(refusals), files=1)
    if refusals:
        result.refused_files.append(write_refused(path, refusals))
    return result


def import_inbox(
    database: Database,
    inbox: Path,
    *,
    seen_at: dt.datetime,
    pseudonymiser: Pseudonymiser,
    keep_names: bool,
    progress: Progress,
) -> Imported:
    """Import every file of the inbox that was not imported whole before; a bad file never stops the others."""
    total = Imported()
    # Remembered at the very end: a night that is killed before then must count their refused rows again.
    with_refusals: list[tuple[str, Path, int, int]] = []
    for path in inbox_files(inbox):
        try:
            sha256 = hashlib.sha256(f"{path.name}\0{file_sha256(path)}".encode()).hexdigest()
            if known_file(database, sha256):
                continue
            found = import_file(
                database,
                path,
                seen_at=seen_at,
                pseudonymiser=pseudonymiser,
                keep_names=keep_names,
                progress=progress,
            )
        except (ValueError, OSError) as error:
            total.errors.append(str(error))
            continue
        rows = found.written.new + found.written.changed + found.written.unchanged
        if found.refused:
            with_refusals.append((sha256, path, rows, found.refused))
        else:
            remember_file(database, sha256, name=path.name, imported_at=seen_at, rows=rows, refused=0)
        total.written.add(found.written)
        total.refused += found.refused
        total.refused_files += found.refused_files
        total.files += 1
    for sha256, path, rows, refused in with_refusals:
        remember_file(database, sha256, name=path.name, imported_at=seen_at, rows=rows, refused=refused)
    return total


def inbox_files(inbox: Path) -> Sequence[Path]:
    """The files that an inbox holds for import, by name; refused rows of earlier imports are not among them."""
    if not inbox.is_dir():
        return []
    files = sorted(path for path in inbox.iterdir() if path.is_file())
    return [path for path in files if path.name.lower().endswith(EXTENSIONS) and ".refused." not in path.name]


def _good(reader: FileReader, refusals: list[Refusal], name: str, progress: Progress) -> Iterator[Observation]:
    for number, row in enumerate(reader, start=1):
        if number % _EVERY == 0:
            progress.say(f"  {name}: {number:,} rows read")
        if isinstance(row, Refusal):
            refusals.append(row)
        else:
            yield row
