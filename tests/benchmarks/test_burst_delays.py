from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks.burst_delays import LONGEST_DAYS, _batches, _row


def attack(number: int, days: list[int], direction: str = "praise") -> pd.DataFrame:
    said = {"attack": number, "kind": "burst", "strength": 4, "listing_key": f"p/{number}", "direction": direction}
    return pd.DataFrame({**said, "day": days})


@pytest.mark.parametrize(
    ("nights", "tenth", "first"),
    [
        # The tenth review is of day 109; alarms of other times are no news of this attack.
        ([90, 112, 113], 3.0, 12.0),
        ([104, 115], 0.0, 4.0),
        ([99, 112 + LONGEST_DAYS], np.inf, np.inf),
        ([], np.inf, np.inf),
    ],
)
def test_days_from_the_tenth_and_from_the_first_review(nights: list[int], tenth: float, first: float) -> None:
    row = _row(0, attack(0, list(range(100, 112))), np.array(nights, dtype="int64"))
    assert (row["tenth"], row["first"]) == (tenth, first)


def test_an_attack_of_nine_has_no_tenth_review() -> None:
    row = _row(0, attack(0, list(range(100, 109))), np.array([101]))
    assert np.isnan(row["tenth"])  # type: ignore[call-overload]
    assert row["first"] == 1.0


def test_attacks_of_one_direction_are_watched_together_in_the_order_of_their_days() -> None:
    starts = [500, 100, 300, 400, 200, 600, 700, 150]
    parts = [attack(n, [start, start + 5], "blame" if n == 7 else "praise") for n, start in enumerate(starts)]
    batches = [sorted(set(batch["attack"])) for batch in _batches(pd.concat(parts))]
    assert batches == [[7], [0, 1, 2, 3, 4, 5], [6]]
