from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detection.cards import Delay, Recall
from detection.engines.local import Shards
from detection.matching import PLANTED
from detection.protocol import Night
from detection.recall import LONGEST_DAYS, Planted, delay_of, delays, recall_rows
from store.frames import build

NIGHT = Night(dt.date(2026, 11, 1), Shards(()))


def planted(*attacks: tuple[int, str, list[int]]) -> Planted:
    frames = [
        build(
            {"attack": n, "kind": "burst", "strength": 3, "listing_key": "p/a", "direction": direction, "day": days},
            PLANTED,
        )
        for n, direction, days in attacks
    ]
    return Planted(pd.concat(frames, ignore_index=True))


class Watcher:
    """Scores blame from its 25th day on."""

    def watch(
        self, partials: pd.DataFrame, night: Night, listing_keys: Sequence[str], direction: str, days: NDArray[np.int64]
    ) -> pd.DataFrame:
        score = np.where((days >= 25) & (direction == "blame"), 0.8, 0.1)
        return pd.DataFrame({"listing_key": listing_keys[0], "day": days, "score": score})


def test_rows_by_kind_and_strength() -> None:
    outcomes = pd.DataFrame(
        {"kind": ["drip"] * 3 + ["burst"], "strength": [5, 5, 4, 1], "found": [True, False, True, False]}
    )
    assert recall_rows(outcomes) == (
        Recall("burst", 1, 1, 0, 0.0, 0.975),
        Recall("drip", 5, 2, 1, 0.0126, 0.9874),
        Recall("drip", 4, 1, 1, 0.025, 1.0),
    )


def test_attacks_have_a_row_each() -> None:
    said = planted((3, "praise", [1, 2]), (1, "blame", [4])).attacks
    assert said["attack"].tolist() == [1, 3]
    assert said["direction"].tolist() == ["blame", "praise"]


def test_delays_count_from_the_tenth_review() -> None:
    many = planted((0, "blame", [*range(10, 20), 60]), (1, "praise", list(range(10))), (2, "blame", [1, 2]))
    found = delays(Watcher(), pd.DataFrame(), NIGHT, many, 0.5)
    assert found == [25.0 - 19.0, float("inf")]
    assert delays(Watcher(), pd.DataFrame(), NIGHT, many, 0.05) == [0.0, 0.0]
    late = planted((0, "blame", [25 - LONGEST_DAYS - 1] * 10))
    assert delays(Watcher(), pd.DataFrame(), NIGHT, late, 0.5) == [float("inf")]


def test_who_cannot_watch_has_no_delays() -> None:
    assert delays(object(), pd.DataFrame(), NIGHT, planted((0, "blame", [1] * 10)), 0.5) == []


def test_the_delay_is_of_those_found() -> None:
    assert delay_of([float("inf"), 3.0, 1.0, 2.0]) == Delay(2.0, 3.0, 4, 3)
    assert delay_of([float("inf")]) is None
    assert delay_of([]) is None
