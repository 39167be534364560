import datetime as dt
from itertools import pairwise

import numpy as np
import pandas as pd

from detection.expectation import PlatformHistory
from detection.timeline import weekly_timeline
from tests.detection.worlds import DAY

EPOCH = dt.date(1970, 1, 1)


def history_of(days: np.ndarray) -> PlatformHistory:
    frame = pd.DataFrame({"listing_key": "a", "city": "x", "kind": "hotel", "day": days})
    return PlatformHistory(frame.assign(high=True, low=False, newborn=0))


def test_weeks_around_a_window() -> None:
    days = np.sort(np.r_[DAY + np.arange(0, 900, 3), np.repeat(DAY + 500, 12)])
    rows = weekly_timeline(history_of(days), 0, "high", DAY + 498, DAY + 504)
    mondays = [dt.date.fromisoformat(str(row[0])) for row in rows]
    assert all(monday.weekday() == 0 for monday in mondays)
    assert {(b - a).days for a, b in pairwise(mondays)} == {7}
    for monday, count, expected, low, high in rows:
        first = (dt.date.fromisoformat(str(monday)) - EPOCH).days
        assert count == int(((days >= first) & (days < first + 7)).sum())
        assert 0 <= low <= high
        assert expected > 0
    first, last = (mondays[0] - EPOCH).days, (mondays[-1] - EPOCH).days
    assert first <= DAY + 498 - 140 < first + 7
    assert last <= DAY + 504 + 140 < last + 7
    above = [row for row in rows if row[1] > row[4]]
    assert len(above) == 1, "the planted week alone stands above the band"
    assert (dt.date.fromisoformat(str(above[0][0])) - EPOCH).days <= DAY + 500


def test_it_ends_where_the_store_does() -> None:
    days = DAY + np.arange(0, 60, 2)
    rows = weekly_timeline(history_of(days), 0, "all", DAY + 50, DAY + 58)
    assert sum(int(row[1]) for row in rows) == len(days)
    assert (dt.date.fromisoformat(str(rows[-1][0])) - EPOCH).days <= DAY + 58
