"""Files that appear whole, and stay untouched when nothing changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def write_bytes(path: Path, content: bytes) -> bool:
    """Write the file in one step; ``False`` when it held these bytes already and was left alone."""
    if path.is_file() and path.read_bytes() == content:
        return False
    write_through(path, lambda draft: draft.write_bytes(content))
    return True


def write_through(path: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` fill a draft beside ``path``, then put the draft in its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        write(draft)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
