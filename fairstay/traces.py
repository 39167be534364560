"""What files outside of the database show of erased reviews: imports and their refused rows, reports, caches."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from crawlers.columns import FileError, header_names
from crawlers.csv_records import Record, read_records, split_line
from crawlers.files import EXTENSIONS, FileReader, read_file, read_owner_file
from crawlers.lines import MAX_LINE, read_lines
from crawlers.page import Refusal
from fairstay.config import Config
from fairstay.reporting import OWNERS, QUEUE
from reports.files import write_through
from reports.safety import file_name
from store.archive import Archive
from store.canonical import Observation, Ownership, review_key

# Shorter texts are said by many, shorter ids stand in many files for something else.
_LEAST_TEXT = 20
_LEAST_ID = 6
_REFUSED_ROWS, _REFUSED_RECORDS = ".refused.csv", ".refused.jsonl"
_GZIP, _PARQUET = b"\x1f\x8b", b"PAR1"
_PACKED = (_GZIP, _PARQUET)
_CHUNK = 1 << 20
# Longer than an id in UTF-8, so that none is cut in two.
_OVERLAP = 1 << 10


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom and what to look for: (platform, reviewer id), keys and platform ids of reviews, texts, labels of owners.

    A label may be a plain word: it is looked for in tables of owners alone.
    """

    accounts: frozenset[tuple[str, str]] = frozenset()
    reviews: frozenset[str] = frozenset()
    review_ids: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    owners: frozenset[str] = frozenset()

    @property
    def ids(self) -> frozenset[str]:
        """Every id, of people and of reviews."""
        return self.review_ids | {reviewer_id for _, reviewer_id in self.accounts}

    def is_said(self, *cells: str | None) -> bool:
        """Whether a cell is one of the texts."""
        return any(cell is not None and len(cell) >= _LEAST_TEXT and cell in self.texts for cell in cells)

    def is_shown(self, each: Observation) -> bool:
        """Whether this is one of the reviews, or one by one of the people."""
        return (
            (each.platform, each.reviewer_id) in self.accounts
            or review_key(each.platform, each.listing_id, each.review_id) in self.reviews
            or self.is_said(each.text, each.title, each.text_positive, each.text_negative)
        )


@dataclass(slots=True)
class Cleared:
    """Refused rows deleted, and files in which something is left for a person to look at."""

    rows: int = 0
    look_at: list[Path] = field(default_factory=list)


def clear_inbox(inbox: Path, wanted: Wanted) -> Cleared:
    """Delete refused rows of the wanted, and name the files of the inbox that show or may show them.

    Imported files themselves belong to whoever put them there and are left as they are.
    """
    cleared = Cleared()
    if not (wanted.accounts or wanted.reviews or wanted.owners):
        return cleared
    for path in sorted(path for path in inbox.rglob("*") if path.is_file()):
        if path.name.endswith((_REFUSED_ROWS, _REFUSED_RECORDS)):
            cleared.rows += (_clear_rows if path.name.endswith(_REFUSED_ROWS) else _clear_records)(path, wanted)
            is_left = path.exists() and _mentions(path, wanted.ids)
        else:
            is_left = _shows(path, wanted)
        if is_left:
            cleared.look_at.append(path)
    return cleared


def bodies_with(archive: Archive, wanted: Wanted) -> set[str]:
    """Hashes of the archived bodies that name one of the wanted or quote a text, taken in or refused.

    Short ids are not looked for: they would be found on pages of others.
    """
    words = [_word(each) for each in sorted(wanted.ids) if len(each) >= _LEAST_ID]
    words += [re.escape(each.encode()) for each in sorted(wanted.texts) if len(each) >= _LEAST_TEXT]
    if not words:
        return set()
    pattern = re.compile(b"|".join(words))
    found = set()
    for sha256 in archive.sha256s():
        body = archive.get(sha256) or b""
        if pattern.search(body) or (body.startswith(_PACKED) and _is_packed_in(body, pattern, wanted)):
            found.add(sha256)
    return found


def remove_reports(config: Config, listings: Iterable[str], cases: Iterable[str]) -> int:
    """Delete dossiers of the listings, pages of the cases and the queue's index, wherever the commands write them."""
    folders = [config.path(each) for each in (config.reports_folder, config.drop_folder) if each is not None]
    dossiers = [config.folder, *(folder / OWNERS for folder in folders)]
    queues = [config.folder / QUEUE, *(folder / QUEUE for folder in folders)]
    pages = [f"cases/{file_name(case)}.html" for case in cases]
    paths = [
        folder / f"{file_name(each)}{end}" for folder in dossiers for each in listings for end in (".html", ".pdf")
    ]
    paths += [queue / page for queue in queues for page in pages]
    paths += [queue / "index.html" for queue in queues if pages]
    drafts = [draft for path in paths if path.parent.is_dir() for draft in path.parent.glob(f".{path.name}.*.new")]
    found = [path for path in (*paths, *drafts) if path.is_file()]
    for path in found:
        path.unlink()
    return len(found)


def packages(config: Config, listings: Iterable[str]) -> list[Path]:
    """Evidence packages of the listings where ``fairstay evidence`` writes them; they are sealed by their hashes."""
    found = [config.folder / "evidence" / file_name(each) for each in listings]
    return sorted(path for path in found if path.exists())


def remove_caches(config: Config) -> None:
    """Delete the snapshots and partial results of the last detection."""
    for name in ("shards", "partials"):
        shutil.rmtree(config.path(config.work_folder) / name, ignore_errors=False, onerror=_unless_gone)


def _unless_gone(_: object, __: object, error: tuple[type[BaseException], BaseException, object]) -> None:
    if not isinstance(error[1], FileNotFoundError):
        raise error[1]


def _is_packed_in(body: bytes, pattern: re.Pattern[bytes], wanted: Wanted) -> bool:
    """The same for a body that is itself compressed: an imported file."""
    if body.startswith(_GZIP):
        try:
            return pattern.search(gzip.decompress(body)) is not None
        except (EOFError, gzip.BadGzipFile, zlib.error):
            return False
    with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
        file.write(body)
        file.flush()
        return _shows(Path(file.name), wanted)


def _clear_rows(path: Path, wanted: Wanted) -> int:
    """Takes the wanted rows out of a file of refused ones, and the file away when none is left; how many they were.

    A file that may hold a line of more than ``MAX_LINE`` bytes is left to be looked at.
    """
    if path.stat().st_size >= MAX_LINE:
        return 0
    lines = read_lines(path)
    header = next((line for line in lines if line.body.strip()), None)
    cells = None if header is None else split_line(header.body.decode("utf-8", "surrogateescape"), ",")
    if header is None or cells is None:
        return 0
    try:
        names = header_names(cells)
    except FileError:
        return 0
    records = list(read_records(lines, delimiter=",", width=len(names)))
    kept = [each for each in records if not _is_wanted(each, names, wanted)]
    if len(kept) < len(records):
        _rewrite(path, [header.body], [each.raw for each in kept])
    return len(records) - len(kept)


def _clear_records(path: Path, wanted: Wanted) -> int:
    """The same for JSON records, whose keys are the source's own: a long id or a text in any place makes one wanted."""
    lines = path.read_bytes().split(b"\n")
    ids = {each for each in wanted.ids if len(each) >= _LEAST_ID}
    kept = [line for line in lines if not any(said in ids or wanted.is_said(said) for said in _values(line))]
    if len(kept) < len(lines):
        _rewrite(path, [], [line for line in kept if line.strip()])
    return len(lines) - len(kept)


def _values(line: bytes) -> Iterator[str]:
    """Every text and number of a JSON line; nothing of a broken one."""
    try:
        waiting = [json.loads(line)]
    except (ValueError, RecursionError):
        return
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
        else:
            yield str(value)


def _rewrite(path: Path, head: list[bytes], rows: list[bytes]) -> None:
    if not rows:
        path.unlink()
        return
    mode = path.stat().st_mode

    def write(draft: Path) -> None:
        draft.touch(mode=0o600)
        draft.write_bytes(b"".join(row + b"\n" for row in (*head, *rows)))
        draft.chmod(mode)

    write_through(path, write)


def _is_wanted(record: Record, names: tuple[str, ...], wanted: Wanted) -> bool:
    row = {name: cell.strip() for name, cell in zip(names, record.fields, strict=False)}
    platform, reviewer = row.get("platform", ""), row.get("reviewer_id", "")
    if any(reviewer == theirs and platform in {"", slug} for slug, theirs in wanted.accounts):
        return True
    if row.get("owner") in wanted.owners:
        return True
    key = review_key(platform, row.get("listing_id", ""), row.get("review_id", ""))
    return key in wanted.reviews or wanted.is_said(*row.values())


def _shows(path: Path, wanted: Wanted) -> bool:
    """Whether a file shows one of the wanted; of a file that cannot be read row by row, whether it has an id in it."""
    if not path.name.lower().endswith(EXTENSIONS):
        return _mentions(path, wanted.ids)
    reader = _opened(path)
    if reader is None:
        return _mentions(path, wanted.ids)
    pattern = _pattern(wanted.ids)
    for row in reader:
        if isinstance(row, Observation):
            if wanted.is_shown(row):
                return True
        elif isinstance(row, Ownership):
            if row.owner in wanted.owners or (row.platform, row.reviewer_id) in wanted.accounts:
                return True
        elif pattern is not None and pattern.search(_said(row)):
            return True
    return _mentions(path, [each for each in wanted.ids if len(each) >= _LEAST_ID])


def _opened(path: Path) -> FileReader[Observation] | FileReader[Ownership] | None:
    """The rows of a file of reviews or of a table of owners; None where it is neither."""
    try:
        return read_file(path)
    except FileError:
        try:
            return read_owner_file(path)
        except FileError:
            return None


def _said(refusal: Refusal) -> bytes:
    return "\n".join(str(cell) for cell in refusal.row.values()).encode("utf-8", "surrogateescape")


def _mentions(path: Path, ids: Iterable[str]) -> bool:
    """Whether one of the ids stands in a file, as a word of its own; also where the file cannot be read to its end."""
    pattern = _pattern(ids)
    if pattern is None:
        return False
    before = b""
    try:
        with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                if pattern.search(before + chunk):
                    return True
                before = chunk[-_OVERLAP:]
    except (EOFError, gzip.BadGzipFile, zlib.error):
        return True
    return False


def _pattern(ids: Iterable[str]) -> re.Pattern[bytes] | None:
    words = b"|".join(map(_word, sorted(ids)))
    return re.compile(words) if words else None


def _word(each: str) -> bytes:
    """A pattern of the id where it is not a part of a longer one."""
    return rb"(?<![0-9A-Za-z])" + re.escape(each.encode()) + rb"(?![0-9A-Za-z])"
