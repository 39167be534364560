"""Delivery: a copy of the reports in a drop folder, where something else picks them up."""

from __future__ import annotations

from pathlib import Path

from reports.files import write_bytes


def deliver(reports: Path, drop_folder: Path | None) -> str:
    """Copy what changed, each file whole, and say what was done."""
    if drop_folder is None:
        return "no drop folder is configured"
    files = sorted(path for path in reports.rglob("*") if path.is_file() and not path.name.startswith("."))
    changed = sum(write_bytes(drop_folder / path.relative_to(reports), path.read_bytes()) for path in files)
    remove_drafts(drop_folder)
    return f"{changed:,} of {len(files):,} files copied to {drop_folder}"


def remove_drafts(folder: Path) -> None:
    """Remove what a killed run left of files that it was writing (``reports.files.write_through``)."""
    for draft in folder.rglob(".*.new"):
        draft.unlink(missing_ok=True)
