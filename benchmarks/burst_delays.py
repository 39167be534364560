"""How many days a planted attack goes on before the nightly run would raise it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.burst_scores import hits
from benchmarks.burst_worlds import BURSTS, Ground, run
from detection.protocol import Night

SUDDEN = ("burst", "bombing")
FROM_REVIEW = 10
LONGEST_DAYS = 60
# Attacks close together in time are asked about at once, so that few days are asked about in vain.
_AT_ONCE = 6


def delays(ground: Ground, found: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Rows ``attack, kind, strength, tenth, first`` of each burst and bombing found above the threshold.

    Days from the tenth and from the first review to the first night whose score lies above it, 0 on the day itself or
    before it, inf where none does within ``LONGEST_DAYS`` of the last review. ``tenth`` is missing where there is none.
    """
    held = hits(found[found["score"] > threshold], ground.planted)
    wanted = held.loc[held["finds"] & held["kind"].isin(SUDDEN), "attack"].unique()
    planted = ground.planted[ground.planted["attack"].isin(wanted)].sort_values(["attack", "day"])
    last = int(ground.reviews["day_to"].max())
    table = run(
        BURSTS, ground.reviews, stop=lambda partials, night: _watched(planted, threshold, last, partials, night)
    )
    assert isinstance(table, pd.DataFrame)
    return table


def _watched(planted: pd.DataFrame, threshold: float, last: int, partials: pd.DataFrame, night: Night) -> pd.DataFrame:
    rows = []
    for few in _batches(planted):
        days = np.arange(int(few["day"].min()), min(int(few["day"].max()) + LONGEST_DAYS, last) + 1)
        listings = sorted(few["listing_key"].unique())
        seen = BURSTS.watch(partials, night, listings, str(few["direction"].iloc[0]), days)
        above = seen[seen["score"] > threshold]
        for attack, own in few.groupby("attack"):
            nights = above.loc[above["listing_key"] == own["listing_key"].iloc[0], "day"].to_numpy()
            rows.append(_row(int(str(attack)), own, nights))
    return pd.DataFrame(rows, columns=["attack", "kind", "strength", "tenth", "first"])


def _row(attack: int, own: pd.DataFrame, nights: NDArray[np.int64]) -> dict[str, object]:
    day = own["day"].to_numpy()
    during = nights[(nights >= day[0]) & (nights <= day[-1] + LONGEST_DAYS)]
    alarm = float(during.min()) if len(during) else np.inf
    return {
        "attack": attack,
        "kind": own["kind"].iloc[0],
        "strength": int(own["strength"].iloc[0]),
        "tenth": max(alarm - day[FROM_REVIEW - 1], 0.0) if len(day) >= FROM_REVIEW else np.nan,
        "first": alarm - day[0],
    }


def _batches(planted: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Reviews of some attacks of one direction that begin one after the other."""
    for _, of_direction in planted.groupby("direction"):
        order = of_direction.groupby("attack")["day"].min().sort_values(kind="stable").index
        for start in range(0, len(order), _AT_ONCE):
            yield of_direction[of_direction["attack"].isin(order[start : start + _AT_ONCE])]
