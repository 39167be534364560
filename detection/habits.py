"""What an account had done by its n-th review: pace, extremes, moves between towns, bursts and silences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detection.arrays import Floats, Ints
from detection.routes import NEAR_KM, kilometres

BURST_DAYS = 7
# One journey, told once: the densest month says nothing of the pace.
JOURNEY_DAYS = 30
# So many days are added to each life: who begins with a holiday begins with a burst.
_LEAST_LIFE_DAYS = 60.0
# On one journey people get on by so many kilometres a day, and stay away for so many days at the most.
_ROUTE_KM_A_DAY, _ROUTE_DAYS = 400.0, 14
# Who posts a whole journey on its last evening may have been so many days apart, where no stay's day is told.
_LATE_DAYS = 3
# A home is the town of most reviews so far, of two at least and of a quarter of them all.
_HOME_REVIEWS, _HOME_SHARE = 2, 0.25
# A silence of a year weighs as much as half a burst's logarithm.
_SILENCE_DAYS, _SILENCE_WEIGHT = 30.0, 0.25
# The usual share of extremes counts as so many reviews of the listing, and is itself known at first from so many.
_OF_PLATFORM, _AT_FIRST, _SHARE_AT_FIRST = 10.0, 200.0, 0.45
# People's own taste: how much two reviews of one account resemble each other in being extreme.
TASTE = 0.12
_SPAN = 10_000_000
_STEPS = 10_000.0
# The usual value of accounts that have done as much, from earlier days, starts as one of so many.
_PRIOR = 20.0
_HELD = 3.0


@dataclass(frozen=True, slots=True)
class Habits:
    """For each review of an account, in order, what the account had done by then.

    ``begins`` are the rows of first reviews, ``n`` counts from 1. ``far`` marks moves that neither a home nor a route
    explains, ``places`` the platform's towns that were known on that day. ``burst`` is the most reviews within seven
    days, ``month`` within thirty, ``silence`` the longest time without one, in days; ``life`` the days since the first.
    """

    begins: Ints
    n: Ints
    day: Ints
    life: Floats
    far: NDArray[np.bool_]
    placed: NDArray[np.bool_]
    burst: Floats
    month: Floats
    silence: Floats

    @property
    def ends(self) -> Ints:
        """The rows of last reviews."""
        return np.asarray(np.r_[self.begins[1:], len(self.n)] - 1, dtype="int64")


def habits_of(rows: pd.DataFrame) -> Habits:
    """Of rows sorted by account and day.

    Columns: ``account``, ``day``, ``precise`` (whether the day is known), ``stay`` (its day, -1 where unknown),
    ``place`` (0 where unknown), ``latitude``, ``longitude``.
    """
    account = pd.factorize(rows["account"])[0].astype("int64")
    day = rows["day"].to_numpy("int64")
    own = np.arange(len(rows), dtype="int64")
    begins = np.flatnonzero(np.diff(account, prepend=-1)).astype("int64")
    first = begins[account] if len(rows) else own
    gap = np.where(own > first, np.diff(day, prepend=0), 0)
    far, placed = _moves(rows, account, first)
    precise = np.r_[0, np.cumsum(rows["precise"].to_numpy("int64"))]
    keys = account * _SPAN + day
    week, month = (np.searchsorted(keys, keys - (days - 1), side="left") for days in (BURST_DAYS, JOURNEY_DAYS))
    return Habits(
        begins=begins,
        n=own - first + 1,
        day=day,
        life=(day - day[first]).astype("float64"),
        far=far,
        placed=placed,
        burst=_so_far(account, np.maximum(precise[own + 1] - precise[week], 1)),
        month=_so_far(account, own + 1 - month),
        silence=_so_far(account, gap),
    )


def _so_far(account: Ints, values: Ints) -> Floats:
    """The largest of an account's values up to each row."""
    lifted = np.maximum.accumulate(account * _SPAN + values) if len(values) else values
    return np.asarray(lifted - account * _SPAN, dtype="float64")


def _moves(rows: pd.DataFrame, account: Ints, first: Ints) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Moves between places far apart that neither a home nor a route explains; and where that can be told."""
    place, stay = rows["place"].to_numpy("int64"), rows["stay"].to_numpy("int64")
    latitude, longitude = rows["latitude"].to_numpy(), rows["longitude"].to_numpy()
    before = np.maximum(np.arange(len(rows)) - 1, 0)
    placed = (np.arange(len(rows)) > first) & (place != 0) & (place[before] != 0)
    km = kilometres(latitude, longitude, latitude[before], longitude[before])
    apart = np.where(np.isnan(km), place != place[before], km >= NEAR_KM)
    visits = pd.DataFrame({"account": account, "place": place}).groupby(["account", "place"]).cumcount().to_numpy() + 1
    most = _so_far(account, np.where(place != 0, visits, 0))
    number = np.arange(len(rows)) - first + 1
    home = (visits >= _HOME_REVIEWS) & (visits == most) & (visits >= _HOME_SHARE * number)
    known = (stay >= 0) & (stay[before] >= 0)
    when = np.where(stay >= 0, stay, rows["day"].to_numpy("int64"))
    days = np.where(
        known, np.maximum(np.abs(when - when[before]), 1), np.maximum(np.abs(when - when[before]), _LATE_DAYS)
    )
    route = (days <= _ROUTE_DAYS) & (np.nan_to_num(km, nan=0.0) <= _ROUTE_KM_A_DAY * days)
    return placed & apart & ~home & ~home[before] & ~route, placed


def extremes(habits: Habits, extreme: NDArray[np.bool_], usual: Floats) -> Floats:
    """How far an account's extreme ratings up to each row exceed the listings' own usual shares, in deviations."""
    excess = _sums(habits, np.rint((extreme - usual) * _STEPS).astype("int64")) / _STEPS
    spread = _sums(habits, np.rint(usual * (1.0 - usual) * _STEPS).astype("int64")) / _STEPS
    taste = 1.0 + (habits.n - 1.0) * TASTE
    return np.asarray(excess / np.sqrt(np.maximum(spread, 0.05) * taste), dtype="float64")


def _sums(habits: Habits, values: Ints) -> Ints:
    """The sum of an account's values up to each row."""
    total = np.r_[0, np.cumsum(values)]
    first = np.arange(len(values)) - habits.n + 1
    return np.asarray(total[1:] - total[first], dtype="int64")


def usual_share(extremes_here: Ints, here: Ints, platform: Floats) -> Floats:
    """A listing's share of extreme ratings, mixed with the platform's where it has few."""
    return np.asarray((extremes_here + _OF_PLATFORM * platform) / (here + _OF_PLATFORM), dtype="float64")


def platform_share(extremes_there: Floats, there: Floats) -> Floats:
    """A platform's share of extreme ratings by some day, mixed with what is usual anywhere."""
    return np.asarray((extremes_there + _AT_FIRST * _SHARE_AT_FIRST) / (there + _AT_FIRST), dtype="float64")


def pace(habits: Habits) -> Floats:
    """The logarithm of reviews a day of life outside the densest month, up to each review; one more is counted."""
    return np.asarray(np.log((habits.n - habits.month + 1.0) / (habits.life + _LEAST_LIFE_DAYS)))


def moves(habits: Habits) -> Floats:
    """Of an account's moves up to each review, the share that neither a home nor a route explains."""
    far, placed = (_sums(habits, told.astype("int64")) for told in (habits.far, habits.placed))
    return np.asarray(far / np.maximum(placed, 1.0))


def bursts(habits: Habits, silence: Floats) -> Floats:
    """The logarithm of the densest week, and a little of that of the longest silence."""
    return np.asarray(np.log(habits.burst) + _SILENCE_WEIGHT * np.log1p(silence / _SILENCE_DAYS))


def cells_of(platform: Ints, n: Ints, least: int) -> Ints:
    """Accounts of one platform with about as many reviews: from so many, twice or four times as many on."""
    return np.asarray(pd.factorize(platform)[0] * 10 + np.searchsorted(_steps(least), n, side="right"), dtype="int64")


def enters(n: Ints, least: int) -> NDArray[np.bool_]:
    """The reviews with which an account enters a cell."""
    return np.isin(n, _steps(least))


def _steps(least: int) -> Ints:
    return np.array([least, 2 * least, 4 * least], dtype="int64")


def against_earlier(
    cells: Ints, day: Ints, values: Floats, enter: NDArray[np.bool_], usual: tuple[float, float]
) -> Floats:
    """Each value's deviations from those with which accounts entered its cell on earlier days.

    ``usual`` is the mean and deviation to begin with. Sums are of whole numbers, so that what comes later changes
    nothing, to the last bit.
    """
    order = np.lexsort((day, cells))
    keys = cells[order] * _SPAN + day[order]
    start, before = np.searchsorted(keys, cells[order] * _SPAN), np.searchsorted(keys, keys)
    steps = np.where(enter, _in_steps(values, usual), 0)[order]
    number, total, squares = (np.r_[0, np.cumsum(each)] for each in (enter[order], steps, steps * steps))
    z = np.empty(len(values))
    z[order] = _deviations(
        values[order],
        number[before] - number[start],
        total[before] - total[start],
        squares[before] - squares[start],
        usual,
    )
    return z


def against_others(cells: Ints, values: Floats, usual: tuple[float, float]) -> Floats:
    """Each value's deviations from all others of its cell."""
    code = pd.factorize(cells)[0]
    steps = _in_steps(values, usual)
    frame = pd.DataFrame({"code": code, "number": 1, "steps": steps, "squares": steps * steps})
    own = frame[["number", "steps", "squares"]].to_numpy()
    others = frame.groupby("code")[["number", "steps", "squares"]].transform("sum").to_numpy() - own
    return _deviations(values, others[:, 0], others[:, 1], others[:, 2], usual)


def _in_steps(values: Floats, usual: tuple[float, float]) -> Ints:
    """Values as whole numbers, held to what is not too far from usual: one odd account must not excuse the next."""
    middle, spread = usual
    held = np.clip(values, middle - _HELD * spread, middle + _HELD * spread)
    return np.asarray(np.rint(held * _STEPS), dtype="int64")


def _deviations(values: Floats, number: Ints, total: Ints, squares: Ints, usual: tuple[float, float]) -> Floats:
    middle, spread = usual
    weight = number + _PRIOR
    mean = (total / _STEPS + _PRIOR * middle) / weight
    second = (squares / _STEPS**2 + _PRIOR * (middle**2 + spread**2)) / weight
    deviation = np.sqrt(np.maximum(second - mean**2, (0.25 * spread) ** 2))
    return np.asarray((values - mean) / deviation, dtype="float64")
