"""The picture of the burst benchmark: recall against false episodes."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure

# Okabe and Ito's colours, told apart by everybody; peers are grey and told apart by dashes and labels.
STYLES = {
    "bursts or boosting": ("#0072B2", "-", 2.6),
    "bursts": ("#D55E00", "-", 2.6),
    "bursts, as raised": ("#D55E00", "--", 2.0),
    "bursts, no texts": ("#E69F00", "-", 2.0),
    "boosting": ("#009E73", "-", 2.0),
    "EWMA z": ("#444444", "--", 1.3),
    "Poisson + BH": ("#444444", "-.", 1.3),
    "Kleinberg": ("#7a7a7a", ":", 1.6),
    "PELT": ("#7a7a7a", (0, (5, 1, 1, 1, 1, 1)), 1.3),
}
LOWEST, HIGHEST = 1.0, 100.0
_GAP = 0.034


def draw(curves: pd.DataFrame, path: Path) -> None:
    """Draw rows ``false_rate, recall, method``; of a peer's kinds of streams the best at ten false episodes."""
    chosen = _chosen(curves)
    with mpl.rc_context({"font.size": 10, "font.family": "DejaVu Sans", "svg.hashsalt": "fairstay"}):
        figure = Figure(figsize=(8.6, 5.2), layout="constrained", dpi=150)
        axes = figure.add_subplot()
        ends = {}
        for name, line in chosen.items():
            colour, dash, width = STYLES[name.split(", ", maxsplit=1)[0] if name not in STYLES else name]
            inside = _between(line)
            axes.step(inside["false_rate"], inside["recall"], where="post", color=colour, linestyle=dash, lw=width)
            ends[name] = (float(inside["recall"].iloc[-1]), colour)
        for name, height in _apart({name: end for name, (end, _) in ends.items()}).items():
            axes.annotate(
                name,
                (HIGHEST, ends[name][0]),
                (HIGHEST * 1.12, height),
                color=ends[name][1],
                va="center",
                arrowprops={
                    "arrowstyle": "-",
                    "color": ends[name][1],
                    "lw": 0.6,
                    "shrinkA": 0,
                    "shrinkB": 0,
                    "relpos": (0, 0.5),
                },
                annotation_clip=False,
            )
        axes.set(xscale="log", xlim=(LOWEST, HIGHEST), ylim=(0, 1))
        axes.set_xlabel("false episodes per 1,000 listing-years")
        axes.set_ylabel("share of the planted attacks found")
        axes.set_xticks([1, 3, 10, 30, 100], ["1", "3", "10", "30", "100"])
        axes.minorticks_off()
        axes.grid(color="#dddddd", lw=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        figure.savefig(path, metadata={"Software": None})


def _chosen(curves: pd.DataFrame) -> dict[str, pd.DataFrame]:
    lines = {str(name): line for name, line in curves.groupby("method", sort=False)}
    chosen = {}
    for name in STYLES:
        own = [each for each in lines if each == name or (name not in lines and each.startswith(f"{name}, "))]
        if own:
            best = max(own, key=lambda each: _at(lines[each], 10.0))
            chosen[best] = lines[best]
    return chosen


def _at(line: pd.DataFrame, rate: float) -> float:
    below = line.loc[line["false_rate"] <= rate, "recall"]
    return float(below.iloc[-1]) if len(below) else 0.0


def _between(line: pd.DataFrame) -> pd.DataFrame:
    """The curve from the lowest rate of the picture to its highest."""
    inside = line[(line["false_rate"] > LOWEST) & (line["false_rate"] < HIGHEST)]
    ends = [pd.DataFrame({"false_rate": [rate], "recall": [_at(line, rate)]}) for rate in (LOWEST, HIGHEST)]
    return pd.concat([ends[0], inside[["false_rate", "recall"]], ends[1]], ignore_index=True)


def _apart(heights: dict[str, float]) -> dict[str, float]:
    """Heights for labels, in the same order and far enough apart to be read."""
    placed: dict[str, float] = {}
    lowest = 0.0
    for name in sorted(heights, key=lambda each: heights[each]):
        placed[name] = max(heights[name], lowest)
        lowest = placed[name] + _GAP
    over = max(0.0, max(placed.values(), default=0.0) - 1.0)
    return {name: height - over if height - over >= 0 else height for name, height in placed.items()}
