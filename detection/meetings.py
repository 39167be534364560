"""Meetings: pairs of reviews of one listing by two accounts, counted all at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detection.arrays import Ints


@dataclass(frozen=True, slots=True)
class Meetings:
    """Pairs of rows (``first`` < ``second`` in time) of one listing, and how many days lie between."""

    first: Ints
    second: Ints
    days: Ints


def meet(listings: Ints, days: Ints, *, within_days: int, most: int) -> Meetings:
    """Each row with the later rows of its listing at most ``within_days`` after it.

    Rows must be sorted by listing and day. A row with more than ``most`` such neighbours stands in a
    crowd and meets nobody.
    """
    span = 10_000_000
    keys = listings * span + days
    ends = np.searchsorted(keys, keys + within_days, side="right")
    ends = np.minimum(ends, np.searchsorted(listings, listings, side="right"))
    own = np.arange(len(keys), dtype="int64")
    number = ends - own - 1
    number[number > most] = 0
    first = np.repeat(own, number)
    offset = np.arange(len(first), dtype="int64") - np.repeat(np.cumsum(number) - number, number)
    second = first + 1 + offset
    return Meetings(first, second, days[second] - days[first])
