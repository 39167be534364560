"""What detectors keep from night to night, in a file: answers under digests of all that they were made of."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path

from detection.protocol import Detector


class Memo(MutableMapping[str, str]):
    """A mapping that remembers what was asked for or put in, so that the rest can be forgotten."""

    def __init__(self, kept: Mapping[str, str] | None = None) -> None:
        self._kept = dict(kept or {})
        self._used: set[str] = set()

    def __getitem__(self, key: str) -> str:
        self._used.add(key)
        return self._kept[key]

    def __setitem__(self, key: str, value: str) -> None:
        self._used.add(key)
        self._kept[key] = value

    def __delitem__(self, key: str) -> None:
        del self._kept[key]
        self._used.discard(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def used(self) -> dict[str, str]:
        """What was asked for or put in since it was read."""
        return {key: self._kept[key] for key in sorted(self._used & self._kept.keys())}


def read_memo(detector: Detector, folder: Path) -> Memo:
    """What this detector, as it is, kept in ``folder``; a file of another version or that can't be read is as none."""
    try:
        said = json.loads(_file(detector, folder).read_text("utf-8"))
        return Memo(said["answers"] if said["detector"] == _identity(detector) else {})
    except (OSError, ValueError, KeyError, TypeError):
        return Memo()


def write_memo(memo: Memo, detector: Detector, folder: Path) -> None:
    """Keep what was used tonight."""
    folder.mkdir(parents=True, exist_ok=True)
    file = _file(detector, folder)
    draft = file.with_suffix(f".{os.getpid()}.new")
    draft.write_text(json.dumps({"detector": _identity(detector), "answers": memo.used()}), "utf-8")
    draft.replace(file)


def _file(detector: Detector, folder: Path) -> Path:
    return folder / f"{detector.name}.json"


def _identity(detector: Detector) -> str:
    return hashlib.sha256(f"{detector.version} {detector!r}".encode()).hexdigest()
