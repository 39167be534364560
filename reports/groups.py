"""A group of accounts in pictures, with the same in a table: who reviewed what, and when."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from reports import facts as read
from reports.matrices import (
    MOST_ACCOUNTS,
    MOST_LISTINGS,
    dated_matrix,
    fits_dates,
    shaded_matrix,
    visit_line,
)
from reports.numbers import day, percent, plural, span, whole
from reports.records import Finding, Findings
from reports.reviews import Pseudonyms
from reports.safety import one_line
from reports.seriation import Cell, account_order, cells_of, listing_order


@dataclass(frozen=True, slots=True)
class Picture:
    """An image as a data URI and what it shows in words."""

    image: str
    alt: str


@dataclass(frozen=True, slots=True)
class Label:
    """What a column's label stands for; ``own`` says that it is the listing that the page is about."""

    label: str
    name: str
    own: bool


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One review of the group: account, listing label, day and rating in words."""

    account: str
    listing: str
    when: str
    rating: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """The pictures with their caption, legend and data; ``rows`` hold what the pictures leave out, too."""

    pictures: tuple[Picture, ...]
    caption: str
    labels: tuple[Label, ...]
    rows: tuple[MatrixRow, ...]


def matrix_of(finding: Finding, pseudonyms: Pseudonyms, findings: Findings, own: str = "") -> Matrix | None:
    """The matrix of a group finding on the page of the listing ``own``, or ``None`` where the facts hold no cells."""
    named = [pseudonyms.of(key) for key in read.texts(finding.facts, "accounts")]
    keys = read.texts(finding.facts, "listings")
    stored = cells_of(finding.facts, len(named), len(keys))
    if not stored:
        return None
    seats, columns = account_order(stored, len(named)), listing_order(stored, len(keys))
    accounts, labels = [named[at] for at in seats], [f"L{at + 1}" for at in range(len(keys))]
    cells = _moved(stored, seats, columns)
    rows = tuple(
        MatrixRow(
            accounts[cell.account],
            labels[cell.listing],
            "no day known" if cell.day is None else day(cell.day),
            "no rating" if cell.rating is None else percent(cell.rating),
        )
        for cell in cells
    )
    pictures, caption = _drawn(accounts, labels, cells)
    return Matrix(
        pictures=pictures,
        caption=caption,
        labels=tuple(
            Label(label, one_line(findings.listing_name(keys[at]), 80), keys[at] == own)
            for label, at in zip(labels, columns, strict=True)
        ),
        rows=rows,
    )


def _drawn(accounts: Sequence[str], listings: Sequence[str], cells: Sequence[Cell]) -> tuple[tuple[Picture, ...], str]:
    """The pictures for this size of group, and the words below them."""
    rows, columns = _kept(cells, len(accounts), len(listings))
    said = [_ORDER]
    if len(rows) < len(accounts) or len(columns) < len(listings):
        said.append(
            f"Shown are {len(rows)} of {plural(len(accounts), 'account')} and {len(columns)} of "
            f"{plural(len(listings), 'listing')}, those with the most reviews here; the table has all."
        )
    shown = _moved([cell for cell in cells if cell.account in rows and cell.listing in columns], rows, columns)
    who, where = [accounts[at] for at in rows], [listings[at] for at in columns]
    alt = f"{plural(len(who), 'account')} by {plural(len(where), 'listing')}: {_counted(shown)}."
    if fits_dates(len(who), len(where)):
        picture = Picture(dated_matrix(who, where, shown), f"Table of {alt} The same stands in the table below.")
        return (picture,), " ".join([_DATED, *said])
    square = Picture(shaded_matrix(who, where, shown), f"Squares for {alt} The same stands in the table below.")
    dated = [cell for cell in shown if cell.day is not None]
    if len(dated) < len(shown):
        said.append(f"{plural(len(shown) - len(dated), 'review')} without a known day: framed squares, and no mark.")
    if len({(cell.account, cell.listing) for cell in shown}) < len(shown):
        said.append("Where an account reviewed a listing more than once, its square has the first day.")
    if not dated:
        return (square,), " ".join([_SQUARES, *said])
    line = Picture(
        visit_line(who, dated),
        f"One line for each of {plural(len(who), 'account')} with a mark at the day of each review: {_counted(dated)}. "
        "The same stands in the table below.",
    )
    return (square, line), " ".join([_SQUARES, _MARKS, *said])


def _moved(cells: Sequence[Cell], rows: Sequence[int], columns: Sequence[int]) -> list[Cell]:
    """The cells with these rows and columns at the places where they stand here."""
    row_of, column_of = ({old: new for new, old in enumerate(each)} for each in (rows, columns))
    moved = [replace(cell, account=row_of[cell.account], listing=column_of[cell.listing]) for cell in cells]
    return sorted(moved, key=lambda cell: (cell.account, cell.listing, cell.day or dt.date.max, cell.rating or 0.0))


def _kept(cells: Sequence[Cell], accounts: int, listings: int) -> tuple[list[int], list[int]]:
    """Rows and columns that a picture has room for, by reviews; in their order."""
    by_row, by_column = Counter(cell.account for cell in cells), Counter(cell.listing for cell in cells)
    rows = sorted(range(accounts), key=lambda at: (-by_row[at], at))[:MOST_ACCOUNTS]
    columns = sorted(range(listings), key=lambda at: (-by_column[at], at))[:MOST_LISTINGS]
    return sorted(rows), sorted(columns)


def _counted(cells: Sequence[Cell]) -> str:
    days = [cell.day for cell in cells if cell.day is not None]
    low = sum(cell.rating is not None and cell.rating < 0.5 for cell in cells)
    when = f", {span(min(days), max(days))}" if days else ""
    return f"{plural(len(cells), 'review')}{when}, {whole(low)} of them with a rating in the lower half of the scale"


_ORDER = "Listings stand by the day of their first meeting, accounts with like listings beside one another."
_DATED = (
    "Each cell: the day of publication. Shaded: a rating in the upper half of the scale. With a bar at its left: one "
    "in the lower half. +1: the account reviewed the listing once more."
)
_SQUARES = "Squares: who reviewed which listing; the later the day of publication, the darker."
_MARKS = (
    "Marks: the same reviews, each at its day; full marks are ratings in the upper half of the scale, hollow ones "
    "others. Marks below one another are reviews at one time; reviews of one account on one day share a mark."
)
