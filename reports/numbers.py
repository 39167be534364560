"""Numbers and dates as people read them."""

from __future__ import annotations

import datetime as dt
import math


def whole(value: float) -> str:
    """A number without decimals, thousands parted: ``12,400``."""
    return f"{value:,.0f}"


def about(value: float) -> str:
    """At most two significant digits, thousands parted: ``about`` needs no more."""
    if value <= 0 or not math.isfinite(value):
        return "0"
    if value < 10:
        return f"{value:.2g}".removesuffix(".0") if value >= 0.01 else "less than 0.01"
    places = 1 - math.floor(math.log10(value))
    return f"{round(value, places):,.0f}"


def decimal(value: float, places: int = 1) -> str:
    """A fixed number of decimals, trailing zeros cut: ``4.5``, ``3``."""
    shown = f"{value:.{places}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def percent(share: float) -> str:
    """A share of 0..1 in percent."""
    return f"{min(max(share, 0.0), 1.0) * 100:.0f} %"


def day(value: dt.date) -> str:
    """A day in words that no reader takes for another: ``3 March 2026``."""
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def span(start: dt.date | None, end: dt.date | None) -> str:
    """A day, or the interval from a day to a day."""
    if start is None or end is None:
        known = start or end
        return "no fixed dates" if known is None else day(known)
    return day(start) if start == end else f"{day(start)} to {day(end)}"


def plural(count: float, one: str, many: str | None = None) -> str:
    """``1 review``, ``2 reviews``."""
    return f"{whole(count)} {one if round(count) == 1 else many or one + 's'}"


_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
