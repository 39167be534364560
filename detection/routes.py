"""Where one account's stays lie, and which two of them nobody could have made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detection.arrays import Floats, Ints

_EARTH_KM = 6371.0
# Nearer than this, one bed serves for both places, and a pin may be wrong by as much.
NEAR_KM = 50.0
# Lunch here and dinner there takes a fast train up to the first, and the day's best flight from the second on.
SAME_DAY_KM = (200.0, 1000.0)
# Out and back on one day between two nights in one bed: by car up to the first, by two flights up to the second.
DAY_TRIP_KM = (300.0, 1200.0)
# Nobody covers more from one day to the next: seventeen hours in the air.
FLIGHT_KM_A_DAY = 15_000.0
# A room taken for so many nights is kept while its guest sleeps elsewhere.
KEPT_NIGHTS = 14
# One stay in fifty is told under a wrong date; twice as many conflicts are excused, beyond those of so few stays.
SLIPS, _FEW_STAYS = 0.04, 10
# A commuter hurries over the same way again and again.
MOST_HURRIED, _WAYS_A_PAIR = 2.0, 3.0
# A stay of more days is a season ticket or a slip.
LONGEST_STAY_DAYS = 60
# Of an account with more stays at once than this, the first that follow speak for the others.
_MOST_AT_ONCE = 64
_SPAN = 10_000_000


@dataclass(frozen=True, slots=True)
class Conflicts:
    """Pairs of rows of a frame of stays: kilometres, days between (0: one day), how hard to believe (nought to one).

    One is what only a slip, somebody else's booking or a shared account explains; below it a journey does, if a
    hurried one.
    """

    first: Ints
    second: Ints
    km: Floats
    days: Ints
    strength: Floats

    def take(self, told: NDArray[np.bool_]) -> Conflicts:
        """Some of them."""
        return Conflicts(self.first[told], self.second[told], self.km[told], self.days[told], self.strength[told])


def kilometres(latitude: Floats, longitude: Floats, other_latitude: Floats, other_longitude: Floats) -> Floats:
    """Great circle distances; degrees WGS 84."""
    one, other = np.radians(latitude), np.radians(other_latitude)
    across = np.radians(longitude - other_longitude)
    half = np.sin((one - other) / 2) ** 2 + np.cos(one) * np.cos(other) * np.sin(across / 2) ** 2
    return np.asarray(2.0 * _EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0))), dtype="float64")


def conflicts_of(stays: pd.DataFrame) -> Conflicts:
    """Pairs of exact stays of one account that cannot, or can hardly, both be true.

    Columns: ``account`` (a code), ``start``, ``end`` (days), ``hotel``, ``latitude``, ``longitude``; the rows must be
    sorted by account and start.
    """
    account = pd.factorize(stays["account"])[0].astype("int64")
    start, end = stays["start"].to_numpy("int64"), stays["end"].to_numpy("int64")
    first, second = _about_the_same_time(account, start, end)
    latitude, longitude = stays["latitude"].to_numpy(), stays["longitude"].to_numpy()
    km = kilometres(latitude[first], longitude[first], latitude[second], longitude[second])
    far = km >= NEAR_KM
    first, second, km = first[far], second[far], km[far]
    nights = np.minimum(end[first], end[second]) - start[second]
    strength = _strength(start, end, stays["hotel"].to_numpy(), first, second, km, nights)
    hard = strength > 0.0
    return Conflicts(first[hard], second[hard], km[hard], np.maximum(-nights[hard], 0), strength[hard])


def _about_the_same_time(account: Ints, start: Ints, end: Ints) -> tuple[Ints, Ints]:
    """Rows with the later rows of their account that begin before they end, or on the day after."""
    keys = account * _SPAN + start
    ends = np.searchsorted(keys, account * _SPAN + end + 1, side="right")
    own = np.arange(len(keys), dtype="int64")
    number = np.clip(ends - own - 1, 0, _MOST_AT_ONCE)
    first = np.repeat(own, number)
    offset = np.arange(len(first), dtype="int64") - np.repeat(np.cumsum(number) - number, number)
    return first, first + 1 + offset


def _strength(
    start: Ints, end: Ints, hotel: NDArray[np.bool_], first: Ints, second: Ints, km: Floats, nights: Ints
) -> Floats:
    """How hard it is to believe each pair, by what both stays claim of the days that they share."""
    beds = hotel[first] & hotel[second]
    day_trip = _ramp(km, DAY_TRIP_KM)
    single = (start[first] == end[first]) & (start[second] == end[second])
    # The second's only day lies between two nights of the first; on the days of arrival and departure people travel.
    inside = (start[first] < start[second]) & (end[second] < end[first])
    between = inside & (start[second] == end[second])
    kept = inside & ~between & (end[first] - start[first] >= KEPT_NIGHTS)
    kinds = (
        (nights < 0, np.where(km / np.maximum(-nights, 1) > FLIGHT_KM_A_DAY, 1.0, 0.0)),
        (kept, np.zeros(len(km))),
        ((nights > 0) & beds, np.ones(len(km))),
        (nights > 0, day_trip),
        (between, day_trip),
        (single, _ramp(km, SAME_DAY_KM)),
    )
    return np.asarray(np.select([told for told, _ in kinds], [said for _, said in kinds], 0.0), dtype="float64")


def _ramp(km: Floats, ends: tuple[float, float]) -> Floats:
    return np.asarray(np.clip((km - ends[0]) / (ends[1] - ends[0]), 0.0, 1.0), dtype="float64")


def independent(conflicts: Conflicts) -> NDArray[np.bool_]:
    """Which conflicts are counted when no stay may stand in two: one wrong date explains all of its own.

    The hardest are taken first; the rows' order breaks ties.
    """
    counted = np.zeros(len(conflicts.first), dtype=bool)
    used: set[int] = set()
    for place in np.lexsort((conflicts.second, conflicts.first, -conflicts.strength)):
        pair = {int(conflicts.first[place]), int(conflicts.second[place])}
        if not pair & used:
            counted[place] = True
            used |= pair
    return counted


def doubt(conflicts: Conflicts, stays: pd.DataFrame) -> float:
    """The sum of what is counted of an account's conflicts, less what slips of dates make of so many stays.

    Journeys that are hurried, but possible, make a commuter: they lift the sum of what is not by no more than two
    pairs, or by one for each three different ways. ``stays`` are the account's, as for ``conflicts_of``.
    """
    counted = conflicts.take(independent(conflicts))
    impossible = counted.strength >= 1.0
    excused = SLIPS * max(len(stays) - _FEW_STAYS, 0)
    most = max(MOST_HURRIED, _ways(stays, counted.take(~impossible)) / _WAYS_A_PAIR)
    return float(min(counted.strength.sum() - excused, impossible.sum() + most))


def _ways(stays: pd.DataFrame, journeys: Conflicts) -> int:
    """How many different ways these are: from one degree's field to another, or back."""
    field = pd.factorize(stays["latitude"].round() * 1000.0 + stays["longitude"].round())[0]
    ends = np.sort(np.c_[field[journeys.first], field[journeys.second]], axis=1)
    return len(np.unique(ends, axis=0))


def far_apart(latitude: Floats, longitude: Floats) -> Ints:
    """The rows of places that are all far from one another, each taken in turn if it is far from those before."""
    kept: list[int] = []
    for row in range(len(latitude)):
        here = np.full(len(kept), latitude[row]), np.full(len(kept), longitude[row])
        if (kilometres(*here, latitude[kept], longitude[kept]) >= NEAR_KM).all():
            kept.append(row)
    return np.array(kept, dtype="int64")
