"""The raw bytes of pages, replies and files, compressed and named by their SHA-256."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

_SHA256 = re.compile(r"[0-9a-f]{64}")
_SHELF = re.compile(r"[0-9a-f]{2}")
_REST = re.compile(r"[0-9a-f]{62}\.gz")
_DRAFTS = "drafts"


class ArchiveError(ValueError):
    """The archive cannot be used so; one line says which file or hash, and why."""


class Archive:
    """A folder of bodies: ``ab/cdef....gz`` holds the one whose SHA-256 is ``abcdef...`` (64 hex digits, lower case).

    The folder is made by the first ``put``, and only its owner may read it, since pages hold names. Several processes
    may use it at once.

    Raises:
        ArchiveError: (every method) the argument is no SHA-256, or the operating system refused.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, body: bytes) -> str:
        """Keep ``body`` and give its SHA-256. It is on the disk, whole, when this returns; a damaged file is mended."""
        sha256 = hashlib.sha256(body).hexdigest()
        if self.get(sha256) is None:
            try:
                self._write(self._path(sha256), sha256, gzip.compress(body, 6, mtime=0))
            except OSError as error:
                raise ArchiveError(f"{self.folder}: the bytes of a page cannot be kept: {error}") from None
        return sha256

    def get(self, sha256: str) -> bytes | None:
        """The body, checked against its hash; None where there is none, or where the file is damaged (``has``)."""
        path = self._path(sha256)
        try:
            body = gzip.decompress(path.read_bytes())
        except (FileNotFoundError, gzip.BadGzipFile, EOFError, zlib.error):
            return None
        except OSError as error:
            raise ArchiveError(f"{path}: cannot be read: {error.strerror}") from None
        return body if hashlib.sha256(body).hexdigest() == sha256 else None

    def has(self, sha256: str) -> bool:
        """Whether there is a file for the hash; where ``get`` gives None all the same, that file is damaged."""
        return self._path(sha256).is_file()

    def delete(self, sha256: str) -> bool:
        """Remove the body, and what an interrupted ``put`` left of it; whether there was a body."""
        path = self._path(sha256)
        try:
            for draft in (self.folder / _DRAFTS).glob(f"{sha256}.*"):
                draft.unlink(missing_ok=True)
            path.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise ArchiveError(f"{path}: cannot be removed: {error.strerror}") from None
        return True

    def sha256s(self) -> Iterator[str]:
        """The hashes of all bodies, in order; at most one shelf (a 256th part) is listed at a time."""
        for shelf in sorted(self._names(self.folder, _SHELF)):
            for name in sorted(self._names(self.folder / shelf, _REST)):
                yield shelf + name.removesuffix(".gz")

    def sweep(self) -> int:
        """Remove what killed processes left half written; how many files. Only while nobody else writes."""
        drafts = list((self.folder / _DRAFTS).glob("*"))
        for draft in drafts:
            draft.unlink(missing_ok=True)
        return len(drafts)

    def _path(self, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):
            raise ArchiveError(f"{sha256[:80]!r} is not a SHA-256 in 64 lower-case hex digits")
        return self.folder / sha256[:2] / f"{sha256[2:]}.gz"

    def _write(self, path: Path, sha256: str, content: bytes) -> None:
        drafts = self.folder / _DRAFTS
        for folder in (self.folder, drafts, path.parent):
            _make(folder)
        handle, name = tempfile.mkstemp(dir=drafts, prefix=f"{sha256}.")
        try:
            with os.fdopen(handle, "wb") as draft:
                draft.write(content)
                draft.flush()
                os.fsync(draft.fileno())
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _flush(path.parent)

    @staticmethod
    def _names(folder: Path, wanted: re.Pattern[str]) -> list[str]:
        try:
            with os.scandir(folder) as entries:
                return [entry.name for entry in entries if wanted.fullmatch(entry.name)]
        except FileNotFoundError:
            return []


def _make(folder: Path) -> None:
    """Make the folder where there is none, and have its name on the disk."""
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _flush(folder.parent)


def _flush(folder: Path) -> None:
    """Have a renamed file's new name on the disk (POSIX fsync of a directory)."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
