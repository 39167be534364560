"""Groups of accounts as a matrix: who reviewed what, and when."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reports import facts as read
from reports.figures import Cell, matrix
from reports.numbers import day, percent, plural
from reports.records import Finding, Findings
from reports.reviews import Pseudonyms
from reports.safety import one_line


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One review of the group: account, listing label, day and rating in words."""

    account: str
    listing: str
    when: str
    rating: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """The figure with its legend and data; ``image`` is "" where no cells are stored."""

    image: str
    alt: str
    listings: tuple[tuple[str, str], ...]
    rows: tuple[MatrixRow, ...]
    left_out: str


def matrix_of(finding: Finding, pseudonyms: Pseudonyms, findings: Findings) -> Matrix | None:
    """The matrix of a group finding, or ``None`` where the facts hold no cells."""
    named = [pseudonyms.of(key) for key in read.texts(finding.facts, "accounts")]
    order = sorted(range(len(named)), key=lambda at: (len(named[at]), named[at]))
    row_of = {at: row for row, at in enumerate(order)}
    accounts = [named[at] for at in order]
    keys = read.texts(finding.facts, "listings")
    cells = [
        replace(cell, account=row_of[cell.account])
        for cell in _cells(finding)
        if cell.account < len(named) and cell.listing < len(keys)
    ]
    if not cells:
        return None
    labels = [f"L{at + 1}" for at in range(len(keys))]
    rows = tuple(
        MatrixRow(
            accounts[cell.account],
            labels[cell.listing],
            "no day known" if cell.day is None else day(cell.day),
            "no rating" if cell.rating is None else percent(cell.rating),
        )
        for cell in sorted(cells, key=lambda cell: (cell.account, cell.listing, cell.day is None, cell.day))
    )
    return Matrix(
        image=matrix(accounts, labels, cells),
        alt=f"Table of {plural(len(accounts), 'account')} by {plural(len(keys), 'listing')}: "
        f"{plural(len(cells), 'review')} with their days; barred cells are low ratings. "
        "The same stands in the table below.",
        listings=tuple(
            (label, one_line(findings.listing_name(key), 80)) for label, key in zip(labels, keys, strict=True)
        ),
        rows=rows,
        left_out="The figure shows the first 25 accounts and 10 listings; the table has all of them."
        if len(accounts) > 25 or len(keys) > 10
        else "",
    )


def _cells(finding: Finding) -> list[Cell]:
    found = []
    for account, listing, when, rating in (row[:4] for row in read.rows(finding.facts, "cells", 4)):
        if isinstance(account, int) and isinstance(listing, int) and account >= 0 and listing >= 0:
            found.append(Cell(account, listing, read.as_day(when), read.as_number(rating)))
    return found
