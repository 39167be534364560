"""What a night's new reviews cost on top of a history, and whether the answer is that of a pass from nothing."""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.group_history import History, draw, write
from detection.collusion import Collusion
from detection.engines.local import Shards, scan_and_fold
from detection.protocol import Detector, Findings, Night

SHARDS = 256


def incremental_rows(
    history: History, new: int, folder: Path, *, detector: Detector, shards: int = SHARDS
) -> dict[str, object]:
    """CPU seconds of a pass over all but the ``new`` last reviews from nothing, and of the next one with them.

    The second has the first one's partials and memo; a third, from nothing, says whether its
    findings are the same to the byte.
    """
    written, kept = folder / "shards", folder / "partials"
    memo: dict[str, str] = {}
    before = history.first(len(history.day) - new)
    row: dict[str, object] = {"history": len(before.day), "new": new}
    files = write(before, written, shards)
    row |= _named("first", _pass(detector, files, kept, memo)[0])
    old = {file.name: file.read_bytes() for file in files.files}
    files = write(history, written, shards)
    row["shards touched"] = sum(old[file.name] != file.read_bytes() for file in files.files)
    del old
    cost, found = _pass(detector, files, kept, memo)
    row |= _named("next", cost)
    cost, afresh = _pass(detector, files, folder / "afresh", {})
    row |= _named("from nothing", cost)
    row["same findings"] = _same(found, afresh)
    return row


def table(
    sizes: Sequence[int],
    new: int,
    seed: int,
    *,
    detector: Detector | None = None,
    shards: int = SHARDS,
) -> pd.DataFrame:
    """A row for each history's size."""
    judge = detector or Collusion()
    rows = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            history = draw(np.random.default_rng([seed, size]), size + new)
            rows.append(incremental_rows(history, new, Path(folder), detector=judge, shards=shards))
    return pd.DataFrame(rows).set_index("history")


def _pass(
    detector: Detector, shards: Shards, cache: Path, memo: MutableMapping[str, str]
) -> tuple[dict[str, float], Findings]:
    began = time.process_time()
    partials = scan_and_fold(detector, shards, cache)
    scanned = time.process_time()
    found = detector.conclude(partials, Night(dt.date(2030, 1, 1), shards, memo=memo))
    return {"scan": scanned - began, "conclude": time.process_time() - scanned}, found


def _named(name: str, cost: Mapping[str, float]) -> dict[str, object]:
    return {f"{name}: {step} CPU s": round(cpu, 2) for step, cpu in cost.items()}


def _same(one: Findings, other: Findings) -> bool:
    return all(getattr(one, each.name).equals(getattr(other, each.name)) for each in fields(Findings))
