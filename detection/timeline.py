"""The weeks around a window, with what was expected, for a picture."""

from __future__ import annotations

import datetime as dt

import numpy as np
from scipy.stats import nbinom

from detection.expectation import PlatformHistory

_EPOCH_MONDAY = 4  # 1970-01-05
_WEEKS_AROUND = 20


def weekly_timeline(
    history: PlatformHistory, listing: int, stream: str, first_day: int, last_day: int
) -> list[list[object]]:
    """Rows ``[ISO date of Monday, count, expected, low95, high95]`` of one stream around a window."""
    end = min(last_day + 7 * _WEEKS_AROUND, int(history.days.max()))
    start = max(first_day - 7 * _WEEKS_AROUND, int(history.days.min()))
    mondays = np.arange(start - (start - _EPOCH_MONDAY) % 7, end + 1, 7, dtype="int64")
    expected = history.expect(np.full(len(mondays), listing, dtype="int64"), mondays + 6, 7)
    mean, shape = expected.mean[stream], expected.shape[stream]
    low = np.asarray(nbinom.ppf(0.025, shape, shape / (shape + mean)))
    high = np.asarray(nbinom.ppf(0.975, shape, shape / (shape + mean)))
    rows: list[list[object]] = []
    for index, monday in enumerate(mondays):
        date = dt.date(1970, 1, 1) + dt.timedelta(days=int(monday))
        rows.append(
            [
                date.isoformat(),
                int(expected.count[stream][index]),
                round(float(mean[index]), 2),
                int(low[index]),
                int(high[index]),
            ]
        )
    return rows
