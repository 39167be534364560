"""The inbox: files of canonical columns lie in it, exports and tables of owners in folders named after their preset."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from crawlers import files, presets
from crawlers.presets import PRESETS

# What ``--preset`` names beside the exports: tables of who owns which listing.
OWNERS = "owners"
PRESET_NAMES = (*PRESETS, OWNERS)


def waiting_files(inbox: Path) -> list[tuple[Path, str | None]]:
    """The files that an inbox holds for import, by name, with the preset of their folder; refused rows of earlier
    imports are not among them."""
    found: list[tuple[Path, str | None]] = [(path, None) for path in _files(inbox, files.EXTENSIONS)]
    for preset in PRESET_NAMES:
        found += [(path, preset) for path in _files(inbox / preset, {*files.EXTENSIONS, *presets.EXTENSIONS})]
    return found


def misplaced(inbox: Path) -> list[str]:
    """A line for each folder of an inbox that is named after no preset, and for each document that lies in none."""
    if not inbox.is_dir():
        return []
    told = f"there are {', '.join(PRESET_NAMES)}"
    folders = sorted(path for path in inbox.iterdir() if path.is_dir() and not path.name.startswith("."))
    documents = _files(inbox, (".json", ".json.gz"))
    return [
        *(
            f"{path}: a folder of the inbox is named after a preset; {told}"
            for path in folders
            if path.name not in PRESET_NAMES
        ),
        *(f"{path}: a JSON document lies in a folder named after its preset; {told}" for path in documents),
    ]


def _files(folder: Path, endings: Iterable[str]) -> list[Path]:
    if not folder.is_dir():
        return []
    found = sorted(path for path in folder.iterdir() if path.is_file() and ".refused." not in path.name)
    return [path for path in found if path.name.lower().endswith(tuple(endings)) and not path.name.startswith(".")]
