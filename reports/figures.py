"""Figures as SVG data URIs: drawn alike on every machine, readable without colour."""

from __future__ import annotations

import base64
import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from reports import facts as read
from reports.facts import Facts
from reports.numbers import day, span, whole

ACCENT = "#0b4f6c"
INK = "#222a30"
_BAND = "#d5dde2"
STYLE: Any = {
    "svg.hashsalt": "fairstay",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "hatch.linewidth": 0.8,
    "axes.edgecolor": "#77848c",
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}
_MOST_TICKS = 6


@dataclass(frozen=True, slots=True)
class Week:
    """One week: what came, what was expected, and the band that holds 95% of honest weeks."""

    monday: dt.date
    count: float
    expected: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """A figure of weeks with its data."""

    title: str
    image: str
    alt: str
    weeks: tuple[Week, ...]


def weeks_of(facts: Facts) -> tuple[Week, ...]:
    """The weeks stored with a finding, in order."""
    found = []
    for monday, *values in read.rows(facts, "weeks", 5):
        start, numbers = read.as_day(monday), [read.as_number(value) for value in values[:4]]
        if start is not None and None not in numbers:
            found.append(Week(start, *(float(value or 0.0) for value in numbers)))
    return tuple(sorted(found, key=lambda week: week.monday))


def timeline(title: str, weeks: Sequence[Week], start: dt.date | None, end: dt.date | None) -> Timeline:
    """Bars for weeks over the expected band, hatched inside the window."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(6.2, 2.9), layout="constrained")
        axes = figure.add_subplot()
        step = dt.timedelta(days=7)
        edges = [week.monday.toordinal() for week in weeks] + [(weeks[-1].monday + step).toordinal()]
        lows, highs = [week.low for week in weeks], [week.high for week in weeks]
        axes.fill_between(
            edges, [*lows, lows[-1]], [*highs, highs[-1]], step="post", color=_BAND, label="expected (95 of 100 weeks)"
        )
        labels = {True: "reviews inside the window", False: "reviews"}
        for left, week in zip(edges, weeks, strict=False):
            inside = start is not None and end is not None and week.monday <= end and week.monday + step > start
            axes.bar(
                left + 3.5,
                week.count,
                width=5.2,
                color="white" if inside else ACCENT,
                edgecolor=ACCENT,
                hatch="////" if inside else None,
                label=labels.pop(inside, None),
            )
        expected = [week.expected for week in weeks]
        axes.step(edges, [*expected, expected[-1]], where="post", color=INK, lw=1.2, ls="--", label="expected")
        named = weeks[:: -(-len(weeks) // _MOST_TICKS)]
        axes.set_xticks([week.monday.toordinal() for week in named], [short_day(week.monday) for week in named])
        axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
        axes.set_ylabel("reviews a week")
        axes.set_ylim(bottom=0)
        axes.spines[["top", "right"]].set_visible(False)
        figure.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=9)
        image = svg(figure)
    most = max(weeks, key=lambda week: week.count)
    alt = (
        f"Reviews a week from {span(weeks[0].monday, weeks[-1].monday)}; the busiest week has {whole(most.count)}, "
        f"its expected band reaches from {whole(most.low)} to {whole(most.high)}. The numbers stand in the table below."
    )
    return Timeline(title, image, alt, tuple(weeks))


def short_day(value: dt.date) -> str:
    """A day without relying on the machine's locale: ``3 Mar 26``."""
    written = day(value).split()
    return f"{written[0]} {written[1][:3]} {value.year % 100:02d}"


def svg(figure: Figure) -> str:
    """The figure as a data URI, without a date or a maker."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    return "data:image/svg+xml;base64," + base64.b64encode(buffer.getvalue()).decode()
