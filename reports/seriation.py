"""The reviews of a group as cells, and the order of rows and columns in which their structure shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reports import facts as read
from reports.facts import Facts

# Beyond so many different sets of listings their order is that of time alone.
_MOST_PATTERNS = 300


@dataclass(frozen=True, slots=True)
class Cell:
    """A review of a group: row and column from 0, its day and rating (0..1), where known."""

    account: int
    listing: int
    day: dt.date | None
    rating: float | None


def cells_of(facts: Facts, accounts: int, listings: int) -> list[Cell]:
    """The cells stored with a finding of so many accounts and listings; what names another row or column is left out.

    Sorted by account, listing and day; what has no day comes last.
    """
    found = []
    for account, listing, when, rating in (row[:4] for row in read.rows(facts, "cells", 4)):
        if _position(account, accounts) and _position(listing, listings):
            found.append(Cell(account, listing, read.as_day(when), read.as_number(rating)))
    return sorted(found, key=lambda cell: (cell.account, cell.listing, _late(cell.day), cell.rating or 0.0))


def listing_order(cells: Sequence[Cell], listings: int) -> list[int]:
    """Listings by the day on which a second account came, so by their first meeting; those without one last."""
    return sorted(range(listings), key=lambda at: (_meeting(cells, at), at))


def account_order(cells: Sequence[Cell], accounts: int) -> list[int]:
    """Accounts with like listings beside one another; those with the same ones by their first day.

    The likeness of two accounts is the share of their listings that both have. The likest are joined first, by the mean
    of all their pairs (average linkage), at the ends that are the most alike; the earliest account lies in the first
    half.
    """
    firsts, visited = [dt.date.max] * accounts, [set[int]() for _ in range(accounts)]
    for cell in cells:
        firsts[cell.account] = min(firsts[cell.account], _late(cell.day))
        visited[cell.account].add(cell.listing)
    alike: dict[tuple[int, ...], list[int]] = {}
    for account in sorted(range(accounts), key=lambda at: (firsts[at], sorted(visited[at]), at)):
        if visited[account]:
            alike.setdefault(tuple(sorted(visited[account])), []).append(account)
    seated = [account for pattern in _neighbours(list(alike)) for account in alike[pattern]]
    return [*seated, *(at for at in range(accounts) if not visited[at])]


def _neighbours(patterns: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Sets of listings, given by their earliest account, so that like ones are neighbours."""
    if not 3 <= len(patterns) <= _MOST_PATTERNS:
        return patterns
    table = np.zeros((len(patterns), max(map(max, patterns)) + 1), dtype="int64")
    for row, pattern in enumerate(patterns):
        table[row, list(pattern)] = 1
    both, sizes = table @ table.T, table.sum(axis=1)
    apart = 1.0 - both / (sizes[:, None] + sizes - both)
    # Sums of distances between two rows of accounts; whole steps on one number each give the same on every machine.
    total, count = apart.copy(), np.ones(len(patterns))
    np.fill_diagonal(total, np.inf)
    chains = {at: [at] for at in range(len(patterns))}
    while len(chains) > 1:
        one, other = divmod(int(np.argmin(total / np.outer(count, count))), len(patterns))
        chains[one] = _joined(chains[one], chains.pop(other), apart)
        total[one] += total[other]
        total[:, one] = total[one]
        total[one, one], total[other], total[:, other] = np.inf, np.inf, np.inf
        count[one] += count[other]
    (seats,) = chains.values()
    if seats.index(0) >= len(seats) / 2:
        seats.reverse()
    return [patterns[at] for at in seats]


def _joined(one: list[int], other: list[int], apart: NDArray[np.float64]) -> list[int]:
    """Two rows of accounts as one, turned so that the ends that meet are as alike as may be."""
    turned = [(first, second) for first in (one, one[::-1]) for second in (other, other[::-1])]
    first, second = min(turned, key=lambda pair: float(apart[pair[0][-1], pair[1][0]]))
    return [*first, *second]


def _meeting(cells: Sequence[Cell], listing: int) -> dt.date:
    firsts: dict[int, dt.date] = {}
    for cell in cells:
        if cell.listing == listing:
            firsts[cell.account] = min(firsts.get(cell.account, dt.date.max), _late(cell.day))
    return sorted(firsts.values())[1] if len(firsts) > 1 else dt.date.max


def _position(value: object, count: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < count


def _late(day: dt.date | None) -> dt.date:
    return dt.date.max if day is None else day
