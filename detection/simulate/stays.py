"""Stays: where honest people were on which day, for how many nights, and what a source tells of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detection.simulate.reviewers import Objects, Slots
from detection.simulate.world import Ints, World

# A night more is added at this probability, up to the most.
ANOTHER_NIGHT = 0.55
MOST_NIGHTS = 5
# A stay that cannot have been is moved back by so many days at the most.
_MOVED_DAYS = 60


def settle(world: World, slots: Slots, *, hired: int) -> None:
    """Move stays of honest accounts that lie in two towns on one day; those of events give way, to an earlier day.

    The first ``hired`` accounts are the attackers' and stay as they are.
    """
    stay, town = slots["day"] - slots["lag_days"], world.town[slots["listing"]]
    order = np.lexsort((town, stay, slots["account"]))
    same = (np.diff(slots["account"][order]) == 0) & (np.diff(stay[order]) == 0) & (np.diff(town[order]) != 0)
    torn = np.unique(slots["account"][order[1:][same]])
    for account in torn[torn >= hired]:
        rows = np.flatnonzero(slots["account"] == account)
        there: dict[int, int] = {}
        for row in rows[np.lexsort((slots["day"][rows], slots["event"][rows] >= 0))]:
            days = int(stay[row]) - np.arange(_MOVED_DAYS)
            moved = next((turn for turn, day in enumerate(days) if there.get(int(day), town[row]) == town[row]), 0)
            slots["lag_days"][row] += moved
            there[int(days[moved])] = int(town[row])


def draw_nights(rng: np.random.Generator, world: World, slots: Slots, *, hired: int) -> None:
    """Set the nights before the stay's day, on which guests leave, where a source tells of them and none are set.

    Guests of one event who leave a hotel together came together. An honest account's nights begin after its last stay
    in another town, at the earliest on the day on which it left a hotel there; where none fits, there are 0.
    """
    tells = np.array([source.stayed == "interval" for source in world.spec.sources])[world.source[slots["listing"]]]
    overnight = tells & world.hotel[slots["listing"]]
    if not overnight.any():
        return
    stay = slots["day"] - slots["lag_days"]
    visit = slots["event"].astype(np.int64) * len(world.town) + slots["listing"]
    party = visit * 2 * world.spec.days + world.spec.days + stay
    _, shared = np.unique(np.where(slots["event"] >= 0, party, -1 - np.arange(len(slots))), return_inverse=True)
    drawn = np.minimum(rng.geometric(1 - ANOTHER_NIGHT, len(slots)), MOST_NIGHTS)[shared]
    open_rows = overnight & (slots["nights"] == 0)
    sleeps = overnight
    while True:
        room = _room(world, slots, stay, sleeps, hired=hired)
        nights = np.where(open_rows, np.minimum(drawn, room), slots["nights"])
        # Where no night fits, the hotel is left aside, too, by those who come from it.
        if ((nights > 0) == sleeps).all():
            break
        sleeps = nights > 0
    slots["nights"] = nights


def _room(world: World, slots: Slots, stay: Ints, sleeps: NDArray[np.bool_], *, hired: int) -> Ints:
    """The most nights that fit between each stay and its account's last one in another town."""
    # On one day a table after a bed: whoever left a hotel and ate in its town as well was there all day.
    order = np.lexsort((~sleeps, stay, slots["account"]))
    who, where, when = slots["account"][order], world.town[slots["listing"]][order], stay[order]
    arrived = np.r_[True, (who[1:] != who[:-1]) | (where[1:] != where[:-1])]
    before = np.maximum.accumulate(np.where(arrived, np.arange(len(order)), 0)) - 1
    elsewhere = (before >= 0) & (who[before] == who) & (who >= hired)
    room = np.empty(len(slots), int)
    room[order] = np.where(elsewhere, when - when[before] - ~sleeps[order][before], MOST_NIGHTS)
    return room


def told(world: World, slots: Slots, day: pd.Series[str], arrival: pd.Series[str]) -> Objects:
    """What each source says of a stay: its day, its month, ``check-in/check-out``, or None."""
    by_precision: dict[str, NDArray[np.object_]] = {
        "day": day.to_numpy(object),
        "month": day.str.slice(0, 7).to_numpy(object),
        "interval": np.where(slots["nights"] > 0, arrival + "/" + day, day),
        "none": np.full(len(slots), None),
    }
    precision = np.array([source.stayed for source in world.spec.sources], object)[world.source[slots["listing"]]]
    said = np.full(len(slots), None, object)
    for name, values in by_precision.items():
        said[precision == name] = values[precision == name]
    return said
