"""Saved examples of what sources reply, and pages as JSON to compare them with."""

import datetime as dt
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from crawlers.page import Context, Page

FOLDER = Path(__file__).parent / "examples"


def context(url: str, platform: str, listing_id: str | None = None) -> Context:
    """Seen on 2026-11-21."""
    return Context(url, platform, dt.date(2026, 11, 21), listing_id)


def saved(name: str) -> bytes:
    """The bytes of ``examples/{name}``."""
    return (FOLDER / name).read_bytes()


def document(name: str) -> Any:
    """A saved example, decoded."""
    return json.loads(saved(name))


def as_json(page: Page) -> Any:
    """What a page says: fields that are None, empty or hashes are left out, days are text."""
    said = asdict(page)
    said["refusals"] = [{"line": each.line, "column": each.column, "reason": each.reason} for each in page.refusals]
    for name in ("observations", "snapshots"):
        said[name] = [
            {key: value for key, value in each.items() if value is not None and key != "raw_sha256"}
            for each in said[name]
        ]
    return json.loads(json.dumps({key: value for key, value in said.items() if value}, default=str))
