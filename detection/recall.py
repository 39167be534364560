"""What a detector finds of planted attacks, and after how many days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detection.cards import Delay, Recall, recall_row
from detection.protocol import Night

# Delays count from this review of an attack on, and longer ones as not found.
FROM_REVIEW = 10
LONGEST_DAYS = 120


@dataclass(frozen=True, slots=True)
class Planted:
    """Planted reviews in the columns of ``matching.PLANTED``."""

    reviews: pd.DataFrame

    @property
    def attacks(self) -> pd.DataFrame:
        """A row for each attack: ``attack, kind, strength, listing_key, direction``."""
        return self.reviews.drop(columns="day").drop_duplicates("attack").sort_values("attack", ignore_index=True)


# Kinds of attack that are over in days: to be told late is to be told nothing.
SUDDEN = ("burst", "bombing")


@runtime_checkable
class Watches(Protocol):
    """A detector that says for listings and days the best score of a window that ends there, from the past alone."""

    def watch(
        self, partials: pd.DataFrame, night: Night, listing_keys: Sequence[str], direction: str, days: NDArray[np.int64]
    ) -> pd.DataFrame: ...


def recall_rows(outcomes: pd.DataFrame) -> tuple[Recall, ...]:
    """A row for each kind and strength, the strongest first, of attacks in columns ``kind, strength, found``."""
    counted = outcomes.groupby(["kind", "strength"])["found"].agg(["size", "sum"]).reset_index()
    counted = counted.sort_values(["kind", "strength"], ascending=[True, False])
    rows = counted[["kind", "strength", "size", "sum"]].itertuples(index=False)
    return tuple(
        recall_row(str(kind), int(strength), int(planted), int(found)) for kind, strength, planted, found in rows
    )


def delays(detector: object, partials: pd.DataFrame, night: Night, planted: Planted, least: float) -> list[float]:
    """Days from each sudden attack's tenth review until the first day whose score is ``least``, infinite where none is.

    Attacks with fewer reviews, and slow ones, are left out; so are all where the detector can't watch.
    """
    if not isinstance(detector, Watches):
        return []
    waits = []
    for _, rows in planted.reviews.groupby("attack"):
        if len(rows) < FROM_REVIEW or rows["kind"].iloc[0] not in SUDDEN:
            continue
        tenth = int(np.sort(rows["day"].to_numpy())[FROM_REVIEW - 1])
        first = rows.iloc[0]
        days = np.arange(tenth, tenth + LONGEST_DAYS + 1)
        seen = detector.watch(partials, night, [first["listing_key"]], first["direction"], days)
        raised = seen.loc[seen["score"] >= least, "day"]
        waits.append(float(raised.min() - tenth) if len(raised) else float("inf"))
    return waits


def delay_of(waits: Sequence[float]) -> Delay | None:
    """Median and 90th percentile of the finite waits; ``None`` where there are none."""
    finite = np.array([wait for wait in waits if np.isfinite(wait)])
    if not len(finite):
        return None
    median, late = (float(x) for x in np.quantile(finite, (0.5, 0.9), method="higher"))
    return Delay(median, late, len(waits), len(finite))
