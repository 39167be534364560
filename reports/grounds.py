"""Which evidence is a ground for a report on which platform."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

# Detector names to the evidence kinds of the table.
_EVIDENCE = {
    "bursts": "burst",
    "boosting": "boosting",
    "collusion": "group",
    "mismatch": "mismatch",
    "reuse": "duplicate",
    "travel": "travel",
}
_BEST_FIRST = "DCN"


@dataclass(frozen=True, slots=True)
class Ground:
    """One row: ``fit`` is D (a listed ground), C (supports another ground) or N (none; ``label`` says why)."""

    evidence: str
    platform: str
    label: str
    fit: str
    attach: str
    basis: str
    source: str
    verified_on: dt.date | None

    @property
    def usable(self) -> bool:
        """Whether a report to the platform can rest on it."""
        return self.fit in {"D", "C"}


def ground_of(detector: str, platform: str) -> Ground:
    """The row for a detector on a platform; where the table has none, fit N."""
    evidence = _EVIDENCE.get(detector, detector)
    return _table().get((evidence, platform)) or Ground(
        evidence, platform, "no rule on file for this platform", "N", "", "", "", None
    )


def best_ground(detectors: Iterable[str], platform: str) -> tuple[str, Ground] | None:
    """The detector with the best ground, and that ground; the first named wins a tie. ``None`` without detectors."""
    found = [(each, ground_of(each, platform)) for each in detectors]
    return min(found, key=lambda pair: _BEST_FIRST.index(pair[1].fit)) if found else None


@cache
def _table() -> Mapping[tuple[str, str], Ground]:
    content = files("reports").joinpath("grounds.csv").read_text(encoding="utf-8")
    return {(row["evidence"], row["platform"]): _ground(row) for row in csv.DictReader(io.StringIO(content))}


def _ground(row: Mapping[str, str]) -> Ground:
    fit = row["fit"]
    label = row["ground"]
    if fit == "N":
        label = label.removeprefix("NONE").removeprefix(" direct").lstrip(" -").strip("()") or "none is listed"
    return Ground(
        evidence=row["evidence"],
        platform=row["platform"],
        label=label,
        fit=fit,
        attach="" if row["evidence_to_attach"] == "-" else row["evidence_to_attach"],
        basis=row["basis"],
        source=row["source"],
        verified_on=dt.date.fromisoformat(row["verified_on"]),
    )
