"""Fits the simulator's knobs to a set of real reviews, by matching moments.

    python -m detection.simulate.fit --data metadata.tsv.gz [--picture FILE]

prints what the set is like, what worlds with the old knobs are like, and what worlds with the fitted ones are like.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from detection.simulate.frames import review_frame
from detection.simulate.moments import Moments, measure
from detection.simulate.platform import large_spec, simulate
from detection.simulate.world import Honest, Spec

YEARS = 3
TOWNS = 4
COLUMNS = ("user", "business", "rating", "label", "day")
RECOMMENDED = 1


@dataclass(frozen=True, kw_only=True)
class Knobs:
    """What is fitted: the fields of ``Spec`` that bear these names, and two of the world that is fitted in.

    ``rate`` is its reviews a listing and year, ``events`` the number of innocent events as a share of the usual.
    The first values are those of the worlds before anything was fitted.
    """

    rate_tail: float = 1.25
    growth: tuple[float, float] = (0.02, 0.12)
    weekly_sd: float = 0.28
    weekly_memory: float = 0.8
    daily_shape: float = 4.0
    day_sd: float = 0.08
    weekdays: tuple[float, ...] = (9.0, 8.0, 8.0, 8.0, 9.0, 12.0, 12.0)
    weekday_likeness: float = 66.0
    season: tuple[float, float] = (0.1, 0.3)
    once: float = 0.16
    once_trend: float = 0.0
    pool_share: float = 0.21
    stars: tuple[float, ...] = (0.066, 0.064, 0.20, 0.28, 0.39)
    first_spread: float = 1.0
    first_lift: float = 0.0
    rate: float = 25.5
    events: float = 1.0

    def of_spec(self) -> dict[str, Any]:
        """The fields of ``Spec``."""
        return {name: value for name, value in asdict(self).items() if name not in ("rate", "events")}


def world(knobs: Knobs, *, listings: int, hotel_share: float) -> Spec:
    """A world of three years without attacks in which the knobs are tried."""
    spec = large_spec(listings=listings, days=YEARS * 365)
    usual = {event.name: getattr(spec.honest, event.name) * knobs.events for event in fields(Honest)}
    honest = Honest(**{name: rate if name.endswith("_year") else round(rate) for name, rate in usual.items()})
    return replace(
        spec,
        towns=TOWNS,
        hotel_share=hotel_share,
        reviews_per_listing_year=knobs.rate,
        honest=honest,
        **knobs.of_spec(),
    )


def simulated(knobs: Knobs, seeds: Sequence[int], *, listings: int, hotel_share: float = 0.0) -> Moments:
    """The mean moments of a world for each seed."""
    spec = world(knobs, listings=listings, hotel_share=hotel_share)
    return mean([measure(review_frame(simulate(spec, seed))) for seed in seeds])


def mean(moments: Sequence[Moments]) -> Moments:
    """Each measure's mean over several sets of as many years."""
    table = [asdict(each) for each in moments]

    def middle(values: list[Any]) -> Any:
        if isinstance(values[0], tuple):
            return tuple(middle(list(place)) for place in zip(*values, strict=True))
        return type(values[0])(statistics.fmean(values))

    return Moments(**{name: middle([row[name] for row in table]) for name in table[0]})


def fit(
    target: Moments,
    seeds: Sequence[int],
    *,
    listings: int = 300,
    rounds: int = 10,
    hotel_share: float = 0.0,
    start: Knobs | None = None,
    say: Callable[[str], None] | None = None,
) -> Knobs:
    """The knobs whose worlds have the target's moments: each follows the moment that answers to it, round by round.

    The mean of the second half of the rounds is kept, since every round's moments are chancy.
    """
    knobs = start or replace(Knobs(), rate=target.reviews / target.listings / len(target.newborn))
    tried: list[Knobs] = []
    for number in range(rounds):
        seen = simulated(knobs, seeds, listings=listings, hotel_share=hotel_share)
        knobs = follow(knobs, seen, target)
        tried.append(knobs)
        if say is not None:
            say(f"round {number + 1} of {rounds}: weekly_sd {knobs.weekly_sd:.3f}, daily_shape {knobs.daily_shape:.1f}")
    return _middle(tried[rounds // 2 :])


def follow(knobs: Knobs, seen: Moments, target: Moments) -> Knobs:
    """The knobs moved from what was seen towards the target."""

    def scaled(value: float, wanted: float, found: float, power: float, low: float, high: float) -> float:
        ratio = max(wanted, 1e-3) / max(found, 1e-3)
        return float(np.clip(value * np.clip(ratio**power, 0.6, 1.6), low, high))

    week, month, quarter = seen.dispersion
    wanted_week, wanted_month, wanted_quarter = target.dispersion
    # Noise from day to day shows in weeks and is gone in months; what lasts shows in quarters.
    calmer = np.clip(3 * ((week - month) - (wanted_week - wanted_month)) / wanted_month, -0.5, 0.5)
    lasting = wanted_quarter / wanted_month - quarter / max(month, 1e-3)
    return replace(
        knobs,
        rate=scaled(knobs.rate, target.reviews / target.listings, seen.reviews / seen.listings, 1.0, 1, 1000),
        events=scaled(knobs.events, target.peaks, seen.peaks, 0.5, 0.05, 3.0),
        rate_tail=scaled(knobs.rate_tail, seen.rates[2], target.rates[2], 0.4, 1.05, 5.0),
        growth=_spread(knobs.growth, seen, target),
        weekly_sd=scaled(knobs.weekly_sd, wanted_month, month, 0.4, 0.02, 0.6),
        weekly_memory=float(np.clip(knobs.weekly_memory + np.clip(0.2 * lasting, -0.1, 0.1), 0.0, 0.98)),
        daily_shape=float(np.clip(knobs.daily_shape * np.exp(calmer), 1.0, 200.0)),
        day_sd=float(np.sqrt(np.clip(knobs.day_sd**2 + 0.5 * (target.day_noise**2 - seen.day_noise**2), 1e-4, 0.1))),
        weekdays=tuple(
            float(own * wanted / found)
            for own, wanted, found in zip(knobs.weekdays, target.weekdays, seen.weekdays, strict=True)
        ),
        weekday_likeness=scaled(knobs.weekday_likeness, seen.own_weekdays**2, target.own_weekdays**2, 0.7, 10, 3000),
        season=_times(knobs.season, scaled(1.0, target.season, seen.season, 0.5, 0.6, 1.6)),
        once=scaled(knobs.once, target.one_review_accounts, seen.one_review_accounts, 2.0, 0.02, 0.6),
        once_trend=float(np.clip(knobs.once_trend + 0.5 * (_trend(target) - _trend(seen)), -0.1, 0.1)),
        pool_share=float(np.clip(knobs.pool_share + 0.7 * (target.newborn[-1] - seen.newborn[-1]), 0.05, 0.8)),
        stars=_moved_stars(knobs.stars, seen.stars, target.stars),
        first_spread=float(np.clip(knobs.first_spread * np.exp(1.5 * (_ends(target) - _ends(seen))), 0.5, 3.0)),
        first_lift=float(np.clip(knobs.first_lift + 0.5 * (_gap(target) - _gap(seen)), -2.0, 2.0)),
    )


def _spread(growth: tuple[float, float], seen: Moments, target: Moments) -> tuple[float, float]:
    spread = growth[1] ** 2 + 0.5 * (target.growth_spread**2 - seen.growth_spread**2)
    return growth[0] + 0.7 * (target.growth - seen.growth), float(np.sqrt(np.clip(spread, 1e-4, 1.0)))


def _times(both: tuple[float, float], factor: float) -> tuple[float, float]:
    return both[0] * factor, both[1] * factor


def _trend(moments: Moments) -> float:
    """The change a year of the share of first reviews, the first year left out: there every account is new."""
    later = moments.newborn[1:]
    return (later[-1] - later[0]) / (len(later) - 1) if len(later) > 1 else 0.0


def _ends(moments: Moments) -> float:
    """How much larger a share of first reviews than of others lies at an end of the scale."""
    return sum(sign * stars[n] for sign, stars in _both(moments) for n in (0, 4))


def _gap(moments: Moments) -> float:
    """How many stars first reviews lie above others."""
    return sum(sign * share * n for sign, stars in _both(moments) for n, share in enumerate(stars))


def _both(moments: Moments) -> tuple[tuple[int, tuple[float, ...]], ...]:
    return (1, moments.stars_newborn), (-1, moments.stars_others)


def _moved_stars(stars: Sequence[float], seen: Sequence[float], target: Sequence[float]) -> tuple[float, ...]:
    cuts = [norm.ppf(np.cumsum(shares)[:4]) for shares in (stars, seen, target)]
    below = norm.cdf(np.maximum.accumulate(cuts[0] + cuts[2] - cuts[1]))
    return tuple(float(share) for share in np.diff(np.concatenate([[0.0], below, [1.0]])))


def _middle(tried: Sequence[Knobs]) -> Knobs:
    table = [asdict(knobs) for knobs in tried]

    def middle(values: list[Any]) -> Any:
        if isinstance(values[0], tuple):
            return tuple(middle(list(place)) for place in zip(*values, strict=True))
        return round(statistics.fmean(values), 4)

    return Knobs(**{name: middle([row[name] for row in table]) for name in table[0]})


def read(path: Path) -> pd.DataFrame:
    """The recommended reviews of the last three years, as far as ``measure`` looks at them.

    The file has no header: user, business, rating, label and day, parted by tabulators.
    """
    rows = pd.read_csv(path, sep="\t", header=None, names=list(COLUMNS), parse_dates=["day"])
    rows = rows[rows["label"] == RECOMMENDED].sort_values(["user", "day"], kind="stable")
    day = (rows["day"] - pd.Timestamp(1970, 1, 1)).dt.days.astype("int32")
    rows = rows.assign(day=day)[day > day.max() - YEARS * 365]
    first = rows.groupby("user").cumcount() == 0
    return pd.DataFrame(
        {
            "listing_key": rows["business"].astype("str"),
            "reviewer_key": rows["user"].astype("str"),
            "city": "",
            "kind": "restaurant",
            "rating": (rows["rating"] - 1) / 4,
            "day_to": rows["day"],
            "newborn": first.astype("int8"),
        }
    )


def table(columns: dict[str, Moments]) -> str:
    """The measures, one a line, and a column for each set."""
    sets = [asdict(moments) for moments in columns.values()]
    lines = ["".join([f"{'':<20}", *(f"  {name:<40}" for name in columns)]).rstrip()]
    for name in sets[0]:
        shown = [_shown(each[name]) for each in sets]
        lines.append("".join([f"{name:<20}", *(f"  {text:<40}" for text in shown)]).rstrip())
    return "\n".join(lines)


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(_shown(each) for each in value)
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


def draw(columns: dict[str, Moments], path: Path) -> None:
    """Two panels: dispersion by window, and stars of first and other reviews."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    counts, stars = figure.subplots(1, 2)
    colours = ("#222222", "#c46a1b", "#1b6fa8")
    for (name, moments), colour in zip(columns.items(), colours, strict=False):
        counts.plot([1, 2, 3], moments.dispersion, marker="o", color=colour, label=name)
        stars.plot(range(1, 6), moments.stars_newborn, marker="o", color=colour, label=f"{name}: first reviews")
        stars.plot(range(1, 6), moments.stars_others, marker="o", color=colour, linestyle=":", label=f"{name}: others")
    counts.set_xticks([1, 2, 3], ["7", "28", "112"])
    counts.set_xlabel("window (days)")
    counts.set_ylabel("over-dispersion of counts")
    counts.set_ylim(bottom=0)
    stars.set_xticks(range(1, 6))
    stars.set_xlabel("stars")
    stars.set_ylabel("share of reviews")
    stars.set_ylim(bottom=0)
    counts.legend(frameon=False)
    stars.legend(frameon=False, fontsize=8)
    for panel in (counts, stars):
        panel.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110, metadata={"Software": None})


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit, and print the table and the knobs."""
    parser = argparse.ArgumentParser(description="Fit the simulator's knobs to a set of real reviews.")
    parser.add_argument("--data", type=Path, required=True, help="user, business, rating, label, day; no header")
    parser.add_argument("--picture", type=Path, help="draw the comparison into this file")
    parser.add_argument("--listings", type=int, default=300, help="listings of each simulated world")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1001, 1002, 1003], help="worlds to fit in")
    parser.add_argument("--fresh", type=int, nargs="+", default=[1101, 1102, 1103, 1104], help="worlds to show")
    asked = parser.parse_args(arguments)
    target = measure(read(asked.data))
    knobs = fit(target, asked.seeds, listings=asked.listings, rounds=asked.rounds, say=print)
    before = replace(Knobs(), rate=knobs.rate)
    columns = {
        "real": target,
        "old knobs": simulated(before, asked.fresh, listings=asked.listings),
        "fitted knobs": simulated(knobs, asked.fresh, listings=asked.listings),
    }
    lines = [table(columns), *(f"{name} = {value}" for name, value in asdict(knobs).items())]
    sys.stdout.write("\n".join(lines) + "\n")
    if asked.picture is not None:
        draw(columns, asked.picture)


if __name__ == "__main__":
    main()
