"""How many alarms a detector may raise: a budget per 1,000 listing-years, and the card behind it."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

from detection.cards import Card
from detection.protocol import Detector

# The detectors' parameter and the fact that holds an alarm's rate have the same name.
BUDGET = "false_per_1000_listing_years"
EVERYTHING = 1e6


def has_budget(detector: Detector) -> bool:
    """Whether a detector's alarms are counted per 1,000 listing-years."""
    return is_dataclass(detector) and {BUDGET, "card"} <= {each.name for each in fields(detector)}


def with_budget(detector: Detector, budget: float | None, card: Card | None = None) -> Detector:
    """The detector at another budget and with another card, where they are given."""
    changed: dict[str, Any] = {} if budget is None else {BUDGET: budget}
    if card is not None:
        changed["card"] = card
    return replace(detector, **changed) if changed else detector  # type: ignore[type-var]  # detectors are dataclasses, which a protocol can't say
