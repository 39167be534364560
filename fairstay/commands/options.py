"""What the commands share: exit statuses, days, moments, the clock, and how an example stands in a help text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import click

DONE, USAGE, PARTIAL, STOPPED, LOCKED = 0, 2, 3, 4, 75

# A command of its own keeps the help options of whoever first called it, so each says them itself.
HELP = {"help_option_names": ["-h", "--help"]}

DAY = click.DateTime(["%Y-%m-%d"])
MOMENT = click.DateTime(["%Y-%m-%dT%H:%M:%S"])


def now_utc() -> dt.datetime:
    """The moment, UTC without an offset, to the second."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)


def clock_of(now: dt.datetime | None) -> Callable[[], dt.datetime]:
    """The clock, or one that stands still."""
    return now_utc if now is None else lambda: now


def day_of(given: dt.datetime | None) -> dt.date:
    """The day that was given, else today's."""
    return (given or now_utc()).date()


def example(text: str) -> str:
    """A help text's last lines."""
    return f"\b\nExample:\n  {text}"
