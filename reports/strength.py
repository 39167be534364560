"""Strength words and their table: how rarely honest data give an indication as strong."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from reports import facts as read
from reports.explain import explained
from reports.facts import Facts
from reports.numbers import about, whole
from store.strength import SCALES, STRENGTHS, Scale


def one_in(detector: str, facts: Facts) -> float | None:
    """How many units of honest data hold one such alarm; ``None`` where no calibrated figure is stored.

    A calibration that saw no alarm at all gives infinity.
    """
    if detector in _COUNTED_IN_REVIEWS:
        stored = read.number(facts, "one_in")
        return stored if stored is None or stored > 0 else None
    name, per = _RATES.get(detector, ("", 0.0))
    rate = read.number(facts, name)
    if rate is None or rate < 0:
        return None
    return per / rate if rate > 0 else math.inf


def strength_of(detector: str, facts: Facts) -> str | None:
    """The strength word of one indication, or ``None`` where it has no calibrated figure."""
    rarity = one_in(detector, facts)
    return None if rarity is None or detector not in SCALES else SCALES[detector].word(rarity)


def rarity_sentence(detector: str, facts: Facts) -> str:
    """The calibrated figure in words."""
    rarity = one_in(detector, facts)
    if rarity is None or detector not in SCALES:
        return "No figure calibrated on honest data is stored for this indication, so it is not graded."
    unit = SCALES[detector].unit
    if math.isinf(rarity):
        return f"The calibration on honest data, counted in {unit}, gave no alarm as strong as this one."
    if rarity < 2:
        return f"On honest data an alarm as strong as this one is common (more than one in two {unit})."
    if detector == "lures":
        return f"At most one in {_at_least(rarity)} honest reviews {_COUNTED_IN_REVIEWS[detector]}."
    if detector in _COUNTED_IN_REVIEWS:
        return f"About one honest review in {about(rarity)} {_COUNTED_IN_REVIEWS[detector]}."
    return f"About one alarm in {about(rarity)} {unit} on honest data."


@dataclass(frozen=True, slots=True)
class StrengthRow:
    """One line of the printed table: a check, and what each strength word means for it."""

    name: str
    ranges: tuple[tuple[str, str], ...]


def strength_table() -> tuple[StrengthRow, ...]:
    """The table as every report prints it, a line for each check with a scale."""
    return tuple(
        StrengthRow(explained(detector).name, tuple(zip(STRENGTHS, _ranges(scale), strict=True)))
        for detector, scale in SCALES.items()
    )


def strongest(words: list[str]) -> str | None:
    """The strongest of some strength words; unknown words are left aside."""
    known = [STRENGTHS.index(word) for word in words if word in STRENGTHS]
    return STRENGTHS[max(known)] if known else None


def _at_least(rarity: float) -> str:
    """Two significant digits, never more than the figure: a bound that is rounded up would be none."""
    step = 10 ** max(math.floor(math.log10(rarity)) - 1, 0)
    return whole(math.floor(rarity / step) * step)


def _ranges(scale: Scale) -> tuple[str, ...]:
    limits = [limit for limit in (scale.moderate, scale.strong, scale.very_strong) if math.isfinite(limit)]
    steps = [f"{limit:,.0f}" for limit in limits]
    if not steps:
        said = ["however rare"]
    else:
        between = [f"one in {low} to {high} {scale.unit}" for low, high in pairwise(steps)]
        said = [
            f"more often than one in {steps[0]} {scale.unit}",
            *between,
            f"one in {steps[-1]} {scale.unit}, or rarer",
        ]
    return (*said, *["never by this check alone"] * (len(STRENGTHS) - len(said)))


# Detectors that store the figure itself, and what the one honest review does.
_COUNTED_IN_REVIEWS = {
    "mismatch": "differs as much",
    "reuse": "shares as much of its text with others",
    "lures": "holds a passage like these",
    "generated": "reads as much like it",
}
_RATES = {
    "bursts": ("false_per_1000_listing_years", 1_000.0),
    "boosting": ("false_per_1000_listing_years", 1_000.0),
    "collusion": ("false_groups_per_100k_accounts", 100_000.0),
    "accounts": ("false_accounts_per_100k", 100_000.0),
    "travel": ("false_accounts_per_100k", 100_000.0),
}
