"""A room: reviews become evidence, evidence becomes cases.

``DETECTORS`` is the one list of detectors; a new one is a new file and a line here. Others come from the entry-point
group ``fairstay.detectors``.
"""

from __future__ import annotations

from importlib.metadata import entry_points

from detection.bursts import Bursts
from detection.collusion import Collusion
from detection.mismatch import Mismatch
from detection.protocol import Detector

DETECTORS: tuple[type[Detector], ...] = (Bursts, Collusion, Mismatch)


def all_detectors() -> tuple[Detector, ...]:
    """The detectors of this package and of the entry-point group, each with its own defaults."""
    outside = [point.load() for point in sorted(entry_points(group="fairstay.detectors"), key=lambda point: point.name)]
    return tuple(make() for make in (*DETECTORS, *outside))
