"""Pictures of a group: accounts by listings with the days in the cells, or shades of time and a line of days.

One unit is a point. Labels are the only text in them, so nothing that strangers wrote can stand in a picture.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from reports.figures import ACCENT, INK, STYLE, short_day, svg
from reports.seriation import Cell

# Beyond these a picture of one page's height is no longer readable.
MOST_ACCOUNTS, MOST_LISTINGS = 100, 40
# A day fits into a cell, on one line or on two, up to so many listings (a phone's width) and accounts (a page).
_ONE_LINE, _TWO_LINES = (4, 42), (8, 30)
_POINTS_AN_INCH = 72.0
_DATED_WIDTH, _SHADED_WIDTH = 360.0, 300.0
_LEFT, _TOP = 27.0, 20.0
_ROW, _FOOT = 9.0, 30.0
_LINE, _SHADE = "#c9d1d6", "#dbe5ea"
# Equal steps of lightness: a copy in black and white keeps their order.
_STEPS = ("#c6dae3", "#a2c0cd", "#7ca3b5", "#55859c", "#2f6780", "#0a3c50")
_MONTHS_A_TICK = (1, 2, 3, 6, 12, 24, 60, 120)
_MOST_TICKS = 4


def fits_dates(accounts: int, listings: int) -> bool:
    """Whether the days can stand in the cells."""
    return any(listings <= columns and accounts <= rows for columns, rows in (_ONE_LINE, _TWO_LINES))


def dated_matrix(accounts: Sequence[str], listings: Sequence[str], cells: Sequence[Cell]) -> str:
    """The day of the first review in each cell, shaded where the rating is high, barred where it is low.

    ``+1`` says that the account reviewed the listing once more.
    """
    height = 15.0 if len(listings) <= _ONE_LINE[0] else 23.0
    wide = (_DATED_WIDTH - _LEFT) / len(listings)
    with mpl.rc_context(STYLE):
        figure, axes = _canvas(_DATED_WIDTH, _TOP + height * len(accounts) + 1)
        for inside in _by_cell(cells):
            cell, x, y = inside[0], _LEFT + wide * inside[0].listing, _TOP + height * inside[0].account
            if _is_high(cell):
                _fill(axes, [(x, y, wide, height)], _SHADE)
            elif cell.rating is not None:
                _fill(axes, [(x, y, 3.0, height)], INK)
            written = _written(cell.day, len(inside) - 1, height > 15)
            axes.text(x + wide / 2 + 1, y + height / 2, written, ha="center", va="center", fontsize=8, linespacing=1.15)
        _grid(axes, [_LEFT + wide * at for at in range(len(listings) + 1)], _TOP, _TOP + height * len(accounts))
        _rules(axes, [_TOP + height * at for at in range(len(accounts) + 1)], _LEFT, _DATED_WIDTH)
        for at, label in enumerate(listings):
            axes.text(_LEFT + wide * (at + 0.5), _TOP - 4, label, ha="center", va="bottom", fontsize=8.5)
        _row_labels(axes, accounts, height, 8.5)
        return svg(figure)


def shaded_matrix(accounts: Sequence[str], listings: Sequence[str], cells: Sequence[Cell]) -> str:
    """A cell for each pair that has a review: the earlier its first day, the lighter; a framed one has no day."""
    wide, bottom = (_SHADED_WIDTH - _LEFT) / len(listings), _TOP + _ROW * len(accounts)
    firsts = [inside[0] for inside in _by_cell(cells)]
    starts = _steps([cell.day for cell in firsts if cell.day is not None])
    with mpl.rc_context(STYLE):
        figure, axes = _canvas(_SHADED_WIDTH, bottom + _FOOT)
        _rules(axes, [_TOP + _ROW * (at + 0.5) for at in range(len(accounts))], _LEFT, _SHADED_WIDTH)
        boxes: dict[int, list[tuple[float, float, float, float]]] = {}
        for cell in firsts:
            step = -1 if cell.day is None else sum(cell.day >= start for start in starts) - 1
            x, y = _LEFT + wide * cell.listing, _TOP + _ROW * cell.account
            boxes.setdefault(step, []).append((x + 0.4, y + 0.4, wide - 0.8, _ROW - 0.8))
        for step, drawn in sorted(boxes.items()):
            _fill(axes, drawn, "white" if step < 0 else _STEPS[step], framed=step < 0)
        for at, label in enumerate(listings):
            x = _LEFT + wide * (at + 0.5)
            axes.text(x, _TOP - 3, label, ha="center", va="bottom", fontsize=min(7.5, wide + 0.5), rotation=90)
        _row_labels(axes, accounts, _ROW, 7.5)
        for at, start in enumerate(starts):
            x, y = _LEFT + 91 * (at % 3), bottom + 6 + 12 * (at // 3)
            _fill(axes, [(x, y, 9.0, 9.0)], _STEPS[at])
            axes.text(x + 13, y + 4.5, f"from {short_day(start)}", va="center", fontsize=7.5)
        return svg(figure)


def visit_line(accounts: Sequence[str], cells: Sequence[Cell]) -> str:
    """A row for each account, a mark for each review at its day: full for a high rating, hollow for another or none.

    ``cells`` must hold a day.
    """
    dated = [(cell, cell.day) for cell in cells if cell.day is not None]
    first, last = min(day for _, day in dated), max(day for _, day in dated)
    bottom, span = _TOP + _ROW * len(accounts), max((last - first).days, 1)
    left, wide = _LEFT + 6, _SHADED_WIDTH - _LEFT - 12

    def across(day: dt.date) -> float:
        return left + wide * (day - first).days / span

    with mpl.rc_context(STYLE):
        figure, axes = _canvas(_SHADED_WIDTH, bottom + _FOOT)
        _rules(axes, [_TOP + _ROW * (at + 0.5) for at in range(len(accounts))], _LEFT, _SHADED_WIDTH)
        for day in _ticks(first, last):
            axes.plot([across(day)] * 2, [_TOP - 2, bottom + 4], color=_LINE, lw=0.8)
            side = "left" if day == first else "right" if day == last else "center"
            axes.text(across(day), bottom + 8, short_day(day), ha=side, va="top", fontsize=7.5)
        for high in (True, False):
            marks = [(across(day), _TOP + _ROW * (cell.account + 0.5)) for cell, day in dated if _is_high(cell) == high]
            if marks:
                _dots(axes, marks, ACCENT, 6.0)
            if marks and not high:
                _dots(axes, marks, "white", 3.6)
        _row_labels(axes, accounts, _ROW, 7.5)
        return svg(figure)


def _canvas(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width / _POINTS_AN_INCH, height / _POINTS_AN_INCH))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.set_autoscale_on(False)
    axes.axis("off")
    return figure, axes


def _fill(axes: Axes, boxes: Iterable[tuple[float, float, float, float]], color: str, *, framed: bool = False) -> None:
    """Boxes (x, y, width, height) as one path."""
    corners = [Path([(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)], closed=True) for x, y, w, h in boxes]
    edge = {"edgecolor": ACCENT, "lw": 0.8} if framed else {"lw": 0}
    axes.add_patch(PathPatch(Path.make_compound_path(*corners), facecolor=color, zorder=0.5, **edge))


def _dots(axes: Axes, marks: Sequence[tuple[float, float]], color: str, size: float) -> None:
    """Round marks as one path of short strokes, a sixth of the bytes that a marker for each would take."""
    strokes = [Path([(x, y), (x + 0.01, y)]) for x, y in marks]
    path = Path.make_compound_path(*strokes)
    axes.add_patch(PathPatch(path, fill=False, edgecolor=color, lw=size, capstyle="round"))


def _grid(axes: Axes, across: Sequence[float], top: float, bottom: float) -> None:
    axes.vlines(across, top, bottom, color=_LINE, lw=0.6)


def _rules(axes: Axes, down: Sequence[float], left: float, right: float) -> None:
    axes.hlines(down, left, right, color=_LINE, lw=0.6, zorder=0.4)


def _row_labels(axes: Axes, accounts: Sequence[str], height: float, size: float) -> None:
    for at, label in enumerate(accounts):
        axes.text(_LEFT - 4, _TOP + height * (at + 0.5), label, ha="right", va="center", fontsize=size)


def _by_cell(cells: Sequence[Cell]) -> list[list[Cell]]:
    """The reviews of each pair of account and listing, earliest first."""
    ordered = sorted(cells, key=lambda cell: (cell.account, cell.listing, cell.day or dt.date.max))
    return [list(inside) for _, inside in itertools.groupby(ordered, key=lambda cell: (cell.account, cell.listing))]


def _is_high(cell: Cell) -> bool:
    return cell.rating is not None and cell.rating >= 0.5


def _written(day: dt.date | None, more: int, lines: bool) -> str:
    again = f" +{more}" if more else ""
    if day is None:
        return f"•{again}"
    written = short_day(day)
    return f"{written[:-3]}\n{day.year}{again}" if lines else written + again


def _steps(days: Sequence[dt.date]) -> list[dt.date]:
    """The first days of up to six equal stretches of time."""
    if not days:
        return []
    first, span = min(days), (max(days) - min(days)).days + 1
    parts = min(len(_STEPS), span)
    return [first + dt.timedelta(days=int(at)) for at in np.ceil(np.arange(parts) * span / parts)]


def _ticks(first: dt.date, last: dt.date) -> list[dt.date]:
    """First days of months, as many as there is room for; the first and the last day where a span is short."""
    months = [
        dt.date(at // 12, at % 12 + 1, 1)
        for at in range(first.year * 12 + first.month, last.year * 12 + last.month)
        if at // 12 <= dt.MAXYEAR
    ]
    if len(months) < 2:
        return sorted({first, last})
    for every in _MONTHS_A_TICK:
        kept = [day for day in months if ((day.year * 12 + day.month - 1) % every) == 0]
        if len(kept) <= _MOST_TICKS:
            return kept or months[:1]
    return months[:1]
