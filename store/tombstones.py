"""Who asked to be forgotten: tokens in the database and in a file that outlives a restored backup."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, delete, select

from store.database import Database, table_of, upsert
from store.models import State
from store.provenance import Tombstone

REVIEWER, REVIEW = "reviewer", "review"
# In the table "state" while reviews under tombstones may still be there.
_UNFINISHED = "erasing"
_LINE = re.compile(r"(reviewer|review) ([0-9a-f]{32}) (\d{4}-\d{2}-\d{2})")


class TombstoneError(ValueError):
    """The file of erasures is not usable; one line says which file and line, and what to do."""


@dataclass(frozen=True, slots=True, order=True)
class Grave:
    """One erasure: ``token`` is an account's pseudonym, or for a review ``review_token`` of its key."""

    kind: str
    token: str
    erased_on: dt.date


@dataclass(frozen=True, slots=True)
class Tombstones:
    """The tokens under which nothing is taken in; false where there are none."""

    reviewers: frozenset[str]
    reviews: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.reviewers or self.reviews)

    def covers(self, reviewer_token: str | None, review_key: str) -> bool:
        """Whether the account or the review was erased."""
        return reviewer_token in self.reviewers or (bool(self.reviews) and review_token(review_key) in self.reviews)


def review_token(review_key: str) -> str:
    """The token of a review: 32 hex digits. Its key is a hash already, so that no secret is needed to check one."""
    return hashlib.sha256(b"fairstay review\0" + review_key.encode()).hexdigest()[:32]


def load(connection: Connection) -> Tombstones:
    """All tombstones of the database."""
    found = connection.execute(select(Tombstone.kind, Tombstone.token)).all()
    return Tombstones(
        frozenset(token for kind, token in found if kind == REVIEWER),
        frozenset(token for kind, token in found if kind == REVIEW),
    )


def read_tombstones(database: Database) -> list[Grave]:
    """The database's tombstones, in order."""
    with database.read() as connection:
        found = connection.execute(select(Tombstone.kind, Tombstone.token, Tombstone.erased_on))
        return sorted(Grave(*row) for row in found)


def read_file(path: Path) -> list[Grave]:
    """The file's erasures, in order; none where there is no file.

    Raises:
        TombstoneError: a line is damaged, or the file cannot be read.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise TombstoneError(f"{path}: cannot be read: {error.strerror}") from None
    # After the last line there is nothing.
    whole = lines[:-1] if lines[-1] == b"" else lines
    return sorted({_grave(path, number, line) for number, line in enumerate(whole, start=1)})


def append_file(path: Path, graves: Iterable[Grave]) -> int:
    """Add the erasures that the file lacks, and how many; the file is whole and on the disk when this returns.

    Raises:
        TombstoneError: a line is damaged, or the file cannot be written.
    """
    known = read_file(path)
    buried = {(each.kind, each.token) for each in known}
    new = {(each.kind, each.token): each for each in graves if (each.kind, each.token) not in buried}
    if new:
        lines = [f"{each.kind} {each.token} {each.erased_on}\n" for each in (*known, *sorted(new.values()))]
        try:
            _replace(path, "".join(lines).encode())
        except OSError as error:
            raise TombstoneError(f"{path}: cannot be written: {error.strerror}; nothing was erased") from None
    return len(new)


def bury(database: Database, path: Path, graves: Iterable[Grave]) -> None:
    """Set tombstones, in the file first, and mark that their reviews are still to be erased (``finish``)."""
    new = list(graves)
    append_file(path, new)
    with database.write() as connection:
        _write(connection, new)


def reconcile(database: Database, path: Path) -> int:
    """Let the database and the file hold the same tombstones; how many the database lacked.

    It lacks some after a backup was restored; their reviews are marked as still to be erased.

    Raises:
        TombstoneError: the file is damaged, or cannot be written.
    """
    in_file, in_table = read_file(path), read_tombstones(database)
    tokens = {each.token for each in in_table}
    lacking = [each for each in in_file if each.token not in tokens]
    if len(in_table) + len(lacking) > len(in_file):
        append_file(path, in_table)
    if lacking:
        with database.write() as connection:
            _write(connection, lacking)
    return len(lacking)


def is_unfinished(database: Database) -> bool:
    """Whether an erasure was begun and not ended."""
    with database.read() as connection:
        return connection.scalar(select(State.value).where(State.name == _UNFINISHED)) is not None


def finish(database: Database) -> None:
    """Note that everything under the tombstones is gone."""
    with database.write() as connection:
        connection.execute(delete(State).where(State.name == _UNFINISHED))


def _write(connection: Connection, graves: Iterable[Grave]) -> None:
    rows = {each.token: {"token": each.token, "kind": each.kind, "erased_on": each.erased_on} for each in graves}
    upsert(connection, table_of(Tombstone), list(rows.values()))
    upsert(connection, table_of(State), [{"name": _UNFINISHED, "value": "yes"}])


def _grave(path: Path, number: int, line: bytes) -> Grave:
    found = _LINE.fullmatch(line.decode("ascii", "replace"))
    try:
        if found is not None:
            return Grave(found[1], found[2], dt.date.fromisoformat(found[3]))
    except ValueError:
        pass
    raise TombstoneError(
        f"{path}: line {number} is damaged, it should be 'reviewer' or 'review', 32 hex digits and a date: "
        "restore the file from its backup, or mend the line; nothing runs before, since somebody's wish stands there"
    )


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        # mkstemp gives mode 0600.
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
