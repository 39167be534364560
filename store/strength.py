"""The words for how strong evidence is, in one place for cases and reports."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

STRENGTHS = ("weak", "moderate", "strong", "very strong")


@dataclass(frozen=True, slots=True)
class Scale:
    """A detector's scale: an honest alarm in at least so many ``unit`` for moderate, strong, very strong."""

    unit: str
    moderate: float
    strong: float
    very_strong: float

    def word(self, one_in: float) -> str:
        """The strength of an indication that honest data give once in ``one_in`` units."""
        # A calibration is finite: no honest alarm in it bears out "strong", not more.
        if math.isinf(one_in):
            return "strong"
        limits = (self.moderate, self.strong, self.very_strong)
        return STRENGTHS[sum(one_in >= limit for limit in limits)]


SCALES: Mapping[str, Scale] = {
    "bursts": Scale("listing-years", 50, 500, 5_000),
    "boosting": Scale("listing-years", 50, 500, 5_000),
    "collusion": Scale("accounts", 10_000, 100_000, 1_000_000),
    "mismatch": Scale("reviews", 100, 1_000, 10_000),
}
