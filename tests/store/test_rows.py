"""store.rows: days as numbers and days as dates."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.rows import day_or_none, none_if_nan, to_day


def test_the_days_count_from_1970():
    assert to_day(dt.date(1970, 1, 1)) == 0
    assert to_day(dt.date(2026, 3, 14)) == 20526
    assert day_or_none(20526) == dt.date(2026, 3, 14)


def test_minus_one_is_no_date_and_zero_is_one():
    assert day_or_none(-1) is None
    assert day_or_none(0) == dt.date(1970, 1, 1)


@given(st.dates(min_value=dt.date(1970, 1, 1)))
def test_a_date_comes_back_from_its_day(date):
    assert day_or_none(to_day(date)) == date


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA, pd.NaT])
def test_whatever_is_missing_becomes_none(missing):
    assert none_if_nan(missing) is None


@pytest.mark.parametrize("value", [0.0, 0.25, "", "group-1"])
def test_a_value_stays_itself(value):
    assert none_if_nan(value) == value
