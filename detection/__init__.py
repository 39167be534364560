"""A room: reviews become evidence, evidence becomes cases.

``DETECTORS`` is the one list of detectors; a new one is a new file and a line here. Others come from the entry-point
group ``fairstay.detectors``.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points
from types import MappingProxyType

from detection.accounts import Accounts
from detection.boosting import Boosting
from detection.budgets import has_budget, with_budget
from detection.bursts import Bursts
from detection.cards import Card
from detection.collusion import Collusion
from detection.generated import Generated
from detection.lures import Lures
from detection.mismatch import Mismatch
from detection.protocol import Detector
from detection.reuse import Reuse
from detection.travel import Travel

DETECTORS: tuple[type[Detector], ...] = (
    Bursts,
    Boosting,
    Collusion,
    Accounts,
    Travel,
    Mismatch,
    Reuse,
    Lures,
    Generated,
)


def all_detectors(
    budget: float | None = None, cards: Mapping[str, Card] = MappingProxyType({})
) -> tuple[Detector, ...]:
    """The detectors of this package and of the entry-point group, each with its own defaults.

    Those whose alarms are counted per 1,000 listing-years take another ``budget``, and a card where one is given.
    """
    outside = [point.load() for point in sorted(entry_points(group="fairstay.detectors"), key=lambda point: point.name)]
    made: list[Detector] = [make() for make in (*DETECTORS, *outside)]
    return tuple(with_budget(each, budget, cards.get(each.name)) if has_budget(each) else each for each in made)
