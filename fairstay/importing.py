"""Files of reviews, and of owners, into the store; refused rows are written beside the file."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crawlers.files import FileError, FileReader, read_file, read_owner_file
from crawlers.page import Refusal
from crawlers.presets import EXTENSIONS, PRESETS, PresetReader, read_preset, recognise
from crawlers.refused import Refusals, write_refused
from fairstay.config import Config
from fairstay.inbox import OWNERS, misplaced, waiting_files
from fairstay.progress import Progress
from fairstay.quality import Coverage
from store.archive import Archive
from store.canonical import ListingSnapshot, Observation, Ownership, listing_key, review_key
from store.database import Database, file_sha256
from store.fetches import ERASED, FetchRow, write_fetch
from store.observations import Written, known_file, remember_file, write_listing_counts, write_observations
from store.owners import write_owners
from store.privacy import Pseudonymiser, load_key

Coverages = defaultdict[str, Coverage]

_EVERY = 20_000
_LISTINGS_AT_ONCE = 5_000
_MEDIA_TYPES = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".jsonl": "application/x-ndjson",
    ".ndjson": "application/x-ndjson",
    ".parquet": "application/vnd.apache.parquet",
    ".gz": "application/gzip",
}


@dataclass(slots=True)
class Imported:
    """What came of some files: reviews by outcome, what they have, refused rows and where these are, files that failed
    whole."""

    written: Written = field(default_factory=Written)
    coverage: Coverages = field(default_factory=lambda: defaultdict(Coverage))
    refused: int = 0
    refused_files: list[Path] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    files: int = 0

    @property
    def partial(self) -> bool:
        return bool(self.refused or self.errors)

    def add(self, other: Imported) -> None:
        """Count what came of another file; its coverage is counted while it is read."""
        self.written.add(other.written)
        self.refused += other.refused
        self.refused_files += other.refused_files
        self.errors += other.errors
        self.files += other.files

    def __str__(self) -> str:
        counts = f"{self.written.new:,} new, {self.written.changed:,} changed, {self.written.unchanged:,} unchanged"
        withheld = f", {self.written.withheld:,} withheld" if self.written.withheld else ""
        return f"{self.files} files: {counts}{withheld}, {self.refused:,} rows refused"


def import_files(
    database: Database, paths: Sequence[Path], config: Config, *, seen_at: dt.datetime, progress: Progress, **said: Any
) -> Imported:
    """Import files one after the other; ``said`` is what ``import_file`` takes beside the configuration.

    Raises:
        FileError: there is only one, and it cannot be read at all; one of several never stops the others.
    """
    pseudonymiser, archive = Pseudonymiser(load_key(config.path(config.key_file))), Archive(config.path(config.archive))
    total = Imported()
    for path in paths:
        try:
            found = import_file(
                database,
                path,
                seen_at=seen_at,
                pseudonymiser=pseudonymiser,
                keep_names=config.keep_names,
                progress=progress,
                archive=archive,
                largest_file_mib=config.largest_file_mib,
                coverage=total.coverage,
                not_before=config.not_before(seen_at.date()),
                **said,
            )
        except FileError as error:
            if len(paths) == 1:
                raise
            total.errors.append(str(error))
            continue
        total.add(found)
    return total


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
    preset: str | None = None,
    listing_id: str | None = None,
    archive: Archive | None = None,
    largest_file_mib: int = 64,
    coverage: Coverages | None = None,
    not_before: dt.date | None = None,
) -> Imported:
    """Import one file: of the canonical columns, of the export that ``preset`` names, or a table of owners.

    Its bytes go to the archive, where there is one, unless they are larger than ``largest_file_mib`` or show a review
    that was erased; those of a table of owners never do. ``coverage`` is what the reviews are counted in, by platform,
    else a new one.
    Reviews published before ``not_before`` are past their time and not taken in.

    Raises:
        FileError: the file cannot be read at all.
    """
    if preset == OWNERS:
        return _import_owners(
            database, path, platform, columns, seen_at=seen_at, pseudonymiser=pseudonymiser, progress=progress
        )
    reader = _open(path, platform, columns, preset, listing_id, seen_at.date())
    sha256 = file_sha256(path)
    result = Imported(coverage=defaultdict(Coverage) if coverage is None else coverage, files=1)
    with Refusals() as refusals:
        taken = _Taken(database, seen_at.date(), result.coverage, refusals, not_before)
        result.written = write_observations(
            database,
            taken.reviews_of(reader, path.name, progress),
            source=path.name,
            seen_at=seen_at,
            pseudonymiser=pseudonymiser,
            keep_names=keep_names,
            body_sha256=sha256,
        )
        if refusals:
            result.refused = len(refusals)
            result.refused_files.append(write_refused(path, refusals, records=preset is not None))
    if isinstance(reader, PresetReader) and reader.passed_over:
        progress.say(f"{path.name}: records that hold no review: {reader.passed_over:,}")
    if archive is not None:
        why_not = _keep(archive, path, sha256, largest_file_mib, is_erased=result.written.withheld > 0)
        row = FetchRow(path.name, f"file:{path.name}", seen_at, 200, (), sha256, path.stat().st_size, _media_type(path))
        keys = taken.review_keys, taken.listing_keys
        write_fetch(database, row, kept=why_not is None, why_not=why_not, reviews=keys[0], listings=keys[1])
    return result


def import_inbox(
    database: Database,
    inbox: Path,
    *,
    seen_at: dt.datetime,
    pseudonymiser: Pseudonymiser,
    keep_names: bool,
    progress: Progress,
    archive: Archive | None = None,
    largest_file_mib: int = 64,
    not_before: dt.date | None = None,
) -> Imported:
    """Import every file of the inbox that was not imported whole before; a bad file never stops the others.

    Files of canonical columns lie in the inbox itself, those of an export in a folder named after its preset.
    """
    total = Imported(errors=misplaced(inbox))
    # Remembered at the very end: a night that is killed before then must count their refused rows again.
    with_refusals: list[tuple[str, Path, int, int]] = []
    for path, preset in waiting_files(inbox):
        try:
            name = path.name if preset is None else f"{preset}/{path.name}"
            sha256 = hashlib.sha256(f"{name}\0{file_sha256(path)}".encode()).hexdigest()
            if known_file(database, sha256):
                continue
            found = import_file(
                database,
                path,
                seen_at=seen_at,
                pseudonymiser=pseudonymiser,
                keep_names=keep_names,
                progress=progress,
                preset=preset,
                archive=archive,
                largest_file_mib=largest_file_mib,
                coverage=total.coverage,
                not_before=not_before,
            )
        except (ValueError, OSError) as error:
            total.errors.append(str(error))
            continue
        rows = found.written.new + found.written.changed + found.written.unchanged
        if found.refused:
            with_refusals.append((sha256, path, rows, found.refused))
        else:
            remember_file(database, sha256, name=path.name, imported_at=seen_at, rows=rows, refused=0)
        total.add(found)
    for sha256, path, rows, refused in with_refusals:
        remember_file(database, sha256, name=path.name, imported_at=seen_at, rows=rows, refused=refused)
    return total


def _import_owners(
    database: Database,
    path: Path,
    platform: str | None,
    columns: Mapping[str, str] | None,
    *,
    seen_at: dt.datetime,
    pseudonymiser: Pseudonymiser,
    progress: Progress,
) -> Imported:
    reader = read_owner_file(path, platform=platform, columns=columns)
    _say_unused(reader.unknown_columns, path.name, progress)
    result = Imported(files=1)
    with Refusals() as refusals:
        rows = _good(reader, refusals)
        found = write_owners(database, rows, source=path.name, seen_at=seen_at, pseudonymiser=pseudonymiser)
        result.written = Written(found.new, 0, found.unchanged, found.withheld)
        if refusals:
            result.refused = len(refusals)
            result.refused_files.append(write_refused(path, refusals))
    return result


def _good(reader: FileReader[Ownership], refusals: Refusals) -> Iterator[Ownership]:
    for found in reader:
        if isinstance(found, Refusal):
            refusals.add(found)
        else:
            yield found


def _say_unused(columns: Sequence[str], name: str, progress: Progress) -> None:
    if columns:
        progress.say(f"{name}: these columns are not used: {', '.join(columns)}")


def _open(
    path: Path,
    platform: str | None,
    columns: Mapping[str, str] | None,
    preset: str | None,
    listing_id: str | None,
    seen: dt.date,
) -> FileReader[Observation] | PresetReader:
    if preset is not None:
        return read_preset(path, preset, platform=platform, listing_id=listing_id, seen=seen)
    try:
        return read_file(path, platform=platform, columns=columns)
    except FileError as error:
        fitting = recognise(path, seen=seen) if path.name.lower().endswith(EXTENSIONS) else None
        if fitting not in PRESETS:
            raise
        raise FileError(f"{error}; it looks like {fitting}: use --preset {fitting}") from None


class _Taken:
    """Hands on the reviews of a file, and puts everything else that it says where it belongs."""

    def __init__(
        self,
        database: Database,
        seen_on: dt.date,
        coverage: Coverages,
        refusals: Refusals,
        not_before: dt.date | None,
    ) -> None:
        self._database, self._seen_on, self._coverage, self._refusals = database, seen_on, coverage, refusals
        self._not_before = not_before
        self._snapshots: dict[str, ListingSnapshot] = {}
        self.review_keys: set[str] = set()
        self.listing_keys: set[str] = set()

    def reviews_of(
        self, reader: FileReader[Observation] | PresetReader, name: str, progress: Progress
    ) -> Iterator[Observation]:
        """The good reviews, while refusals and snapshots are put aside."""
        _say_unused(reader.unknown_columns if isinstance(reader, FileReader) else (), name, progress)
        rows = 0
        for found in reader:
            if isinstance(found, ListingSnapshot):
                self._note(found)
                continue
            rows += 1
            if rows % _EVERY == 0:
                progress.say(f"  {name}: {rows:,} rows read")
            if isinstance(found, Refusal):
                self._refusals.add(found)
                continue
            self._coverage[found.platform].add(found)
            if self._not_before is not None and found.published_to < self._not_before:
                continue
            self.review_keys.add(review_key(found.platform, found.listing_id, found.review_id))
            self.listing_keys.add(listing_key(found.platform, found.listing_id))
            yield found
        self._write_snapshots()

    def _note(self, snapshot: ListingSnapshot) -> None:
        key = listing_key(snapshot.platform, snapshot.listing_id)
        self._snapshots[key] = snapshot
        self.listing_keys.add(key)
        if len(self._snapshots) >= _LISTINGS_AT_ONCE:
            self._write_snapshots()

    def _write_snapshots(self) -> None:
        if self._snapshots:
            write_listing_counts(self._database, list(self._snapshots.values()), self._seen_on)
            self._snapshots.clear()


def _keep(archive: Archive, path: Path, sha256: str, largest_mib: int, *, is_erased: bool) -> str | None:
    """Keeps the file's bytes, or says why not."""
    if is_erased:
        archive.delete(sha256)
        return ERASED
    if path.stat().st_size > largest_mib << 20:
        return f"is larger than {largest_mib} MiB"
    kept = archive.put(path.read_bytes())
    if kept != sha256:
        archive.delete(kept)
        return "was changed while it was read"
    return None


def _media_type(path: Path) -> str | None:
    return _MEDIA_TYPES.get(path.suffix.lower())
