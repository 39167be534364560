"""Between frames, which know only numbers and missing values, and rows, which know dates and NULL."""

from __future__ import annotations

import datetime as dt

import pandas as pd

_EPOCH = dt.date(1970, 1, 1)


def day_or_none(day: int) -> dt.date | None:
    """The date of a day counted from 1970-01-01; ``None`` for -1."""
    return None if day < 0 else _EPOCH + dt.timedelta(days=int(day))


def to_day(date: dt.date) -> int:
    """Days from 1970-01-01 to a date."""
    return (date - _EPOCH).days


def none_if_nan(value: float | str | None) -> object:
    """``None`` for a missing value, the value itself otherwise."""
    return None if pd.isna(value) else value
