"""The words for how strong evidence is, in one place for cases and reports."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

STRENGTHS = ("weak", "moderate", "strong", "very strong")
# Checks that only ever go with others: they open no case, make none stronger and are no ground on any platform.
INDICATIONS = frozenset({"generated"})


@dataclass(frozen=True, slots=True)
class Scale:
    """A detector's scale: an honest alarm in at least so many ``unit`` for moderate, strong, very strong.

    A limit of infinity is never reached: the check alone cannot bear that word out.
    """

    unit: str
    moderate: float
    strong: float
    very_strong: float

    def word(self, one_in: float) -> str:
        """The strength of an indication that honest data give once in ``one_in`` units."""
        limits = [each for each in (self.moderate, self.strong, self.very_strong) if math.isfinite(each)]
        # A calibration is finite: no honest alarm in it bears out "strong", not more.
        if math.isinf(one_in):
            return STRENGTHS[min(len(limits), STRENGTHS.index("strong"))]
        return STRENGTHS[sum(one_in >= limit for limit in limits)]


SCALES: Mapping[str, Scale] = {
    "bursts": Scale("listing-years", 50, 500, 5_000),
    "boosting": Scale("listing-years", 50, 500, 5_000),
    "collusion": Scale("accounts", 10_000, 100_000, 1_000_000),
    "accounts": Scale("accounts", 50_000, 1_000_000, 10_000_000),
    "travel": Scale("accounts", 50_000, 500_000, 5_000_000),
    # One text, which a model may read wrong: rarity alone does not make it more than strong.
    "mismatch": Scale("reviews", 100, 1_000, math.inf),
    # Its findings are of several reviews and no cap holds them down, so the words wait for rarer ones.
    "reuse": Scale("reviews", 1_000, 20_000, 500_000),
    # One review, read for ten kinds of passages at once; that a passage is rare says nothing of why it is there.
    "lures": Scale("reviews", 200, 5_000, math.inf),
    # Many people let software tidy their words: however rare, it stays the weakest.
    "generated": Scale("reviews", math.inf, math.inf, math.inf),
}
