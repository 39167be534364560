"""Accounts, and who writes which review: locals, travellers on their trips, and those who never review again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from detection.simulate.world import Floats, Ints, World


class Voice(IntEnum):
    """What a review's words are about, beside the listing."""

    ORDINARY = 0
    TEMPLATE = 1
    BUILDING_WORK = 2
    WEDDING = 3
    TOUR = 4
    FESTIVAL = 5
    OPENING = 6
    MEDIA = 7
    CARD = 8
    MANAGEMENT = 9
    COLD = 10
    WATER = 11
    ILLNESS = 12
    POWER = 13


# A slot is a review to be: `account` -1, `lag_days` -1 and `stars` 0 are still to be drawn, `event` -1 is an ordinary
# day, `newborn` the probability that its author has no earlier review, `shift` what the event adds to the quality,
# `nights` those before the stay's day, 0 where there are none or they are still to be drawn.
SLOT = np.dtype(
    [
        ("listing", "i4"),
        ("day", "i4"),
        ("lag_days", "i4"),
        ("stars", "i1"),
        ("account", "i8"),
        ("event", "i4"),
        ("newborn", "f4"),
        ("shift", "f4"),
        ("voice", "i1"),
        ("likeness", "f4"),
        ("swapped", "?"),
        ("nights", "i4"),
    ]
)
ACCOUNT = np.dtype([("home", "i4"), ("since", "i4"), ("elsewhere", "i4"), ("bias", "f4")])
Slots = NDArray[np.void]
Objects = NDArray[np.object_]

NEWBORN = 0.16
MOST_ACTIVE = 300.0
LOCAL = {False: 0.55, True: 0.03}
TRIP_REVIEWS = 2.2
EARLIEST_TRIP = -60
# Innocent events lift the stars a little; what they lift is taken off everywhere.
USUAL_LIFT = 0.05
# The share of a wedding's or coach party's guests who write its language.
PARTY_LANGUAGE = 0.8
# Events' shifts are told for stars whose cuts lie so far apart, first to last; where they lie wider, it takes more.
USUAL_WIDTH = 1.78
_FIRST_NAMES = (
    "Anna Luca Marie Jonas Giulia Tom Sofia Paul Elena Marco Klara Hannah Pierre Lucía Oliver Emma Matteo Lena Felix "
    "Chiara Lukas Amelia Nora Hugo Carmen Ines Franz Greta Davide Alice Simon Paola Max Ruth George Camille Jürgen "
    "Monika Francesca Stefan Isabel Rosa Walter Jane Colin Beate Andrea Silvia Theo Ursula Ben Margit Carlo Eva"
)


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened on the platforms; ``accounts`` are named where they act together."""

    kind: str
    planted: bool
    listings: tuple[int, ...]
    start: int
    end: int
    strength: int = 0
    accounts: tuple[int, ...] = ()


class Ledger:
    """The events so far, and the slots of the reviews that they brought."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.slots: list[Slots] = []

    def add(self, event: Event, slots: Slots | None = None) -> int:
        """Enter an event with its slots; returns its number."""
        number = len(self.events)
        self.events.append(event)
        if slots is not None:
            slots["event"] = number
            self.slots.append(slots)
        return number


class Accounts:
    """The accounts of the world, numbered in the order in which they are added."""

    def __init__(self) -> None:
        self._parts: list[NDArray[np.void]] = []
        self.number = 0

    def add(self, rng: np.random.Generator, home: Ints, since: Ints, elsewhere: Ints | int = 0) -> Ints:
        """Open one account for each home town and day of registration; returns their numbers."""
        part = np.zeros(len(home), ACCOUNT)
        part["home"], part["since"], part["elsewhere"] = home, since, elsewhere
        part["bias"] = rng.normal(0, 0.45, len(home))
        self._parts.append(part)
        self.number += len(part)
        return np.arange(self.number - len(part), self.number)

    def table(self) -> NDArray[np.void]:
        """All accounts."""
        return np.concatenate([np.zeros(0, ACCOUNT), *self._parts])


def make_slots(number: int, **columns: Any) -> Slots:
    """Slots of ordinary reviews, with these columns set."""
    made = np.zeros(number, SLOT)
    made["account"] = made["event"] = made["lag_days"] = -1
    made["newborn"] = NEWBORN
    for name, values in columns.items():
        made[name] = values
    return made


def draw_lags(rng: np.random.Generator, world: World, slots: Slots) -> None:
    """Set the days between stay and review where they are open: some days, for a hotel more than for a restaurant."""
    mean = np.where(world.hotel[slots["listing"]], 7.0, 3.0)
    drawn = np.minimum(rng.exponential(mean), 120).astype(int)
    slots["lag_days"] = np.where(slots["lag_days"] < 0, drawn, slots["lag_days"])


def assign(rng: np.random.Generator, world: World, slots: Slots, accounts: Accounts) -> None:
    """Give every slot without an account its author; moves the stay into the author's trip where there is one."""
    for source in range(len(world.spec.sources)):
        rows = np.flatnonzero((slots["account"] < 0) & (world.source[slots["listing"]] == source))
        if not len(rows):
            continue
        chosen = slots[rows]
        town = world.town[chosen["listing"]]
        pool = _draw_pool(rng, world, max(8, round(world.spec.pool_share * len(rows))), town, accounts)
        old = rng.random(len(rows)) >= chosen["newborn"]
        local = rng.random(len(rows)) < np.where(world.hotel[chosen["listing"]], LOCAL[True], LOCAL[False])
        trips = _draw_trips(rng, pool, town, visits=int((old & ~local).sum()))
        _send_travellers(rng, trips, chosen, town, np.flatnonzero(old & ~local))
        _send_locals(rng, pool, trips, chosen, town, np.flatnonzero(old & local))
        _forget_repetitions(chosen)
        _open_newborn(rng, world, chosen, town, accounts)
        slots[rows] = chosen


@dataclass(frozen=True)
class _Pool:
    """The platform's returning accounts, ordered by home town."""

    number: Ints
    home: Ints
    weight: Floats
    first: Ints
    last: Ints


@dataclass(frozen=True)
class _Trips:
    """Trips ordered by account and start; those of one account never overlap."""

    account: Ints
    town: Ints
    start: Ints
    length: Ints


def _draw_pool(rng: np.random.Generator, world: World, size: int, town: Ints, accounts: Accounts) -> _Pool:
    towns = world.spec.towns
    share = np.bincount(town, minlength=towns) + 1.0
    home = np.sort(rng.choice(towns, size, p=share / share.sum()))
    weight = np.minimum(rng.pareto(1.15, size) + 1, MOST_ACTIVE)
    span = np.maximum(rng.exponential(900, size), 60).astype(int)
    first = rng.integers(-700, world.spec.days - 30, size)
    last = np.minimum(first + span, world.spec.days)
    first = np.maximum(first, EARLIEST_TRIP)
    last = np.maximum(last, first + 30)
    since = first - 1 - rng.exponential(300, size).astype(int)
    elsewhere = rng.geometric(1 / (1 + 0.5 * weight)) - 1
    return _Pool(accounts.add(rng, home, since, elsewhere), home, weight, first, last)


def _draw_trips(rng: np.random.Generator, pool: _Pool, town: Ints, visits: int) -> _Trips:
    """Trips in proportion to activity, each in its own stretch of the account's time so that no two overlap."""
    span = pool.last - pool.first
    further = max(visits / TRIP_REVIEWS - len(span), 0.0)
    number = np.minimum(1 + rng.poisson(pool.weight * further / pool.weight.sum()), span // 7)
    owner = np.repeat(np.arange(len(number)), number)
    turn = np.arange(len(owner)) - np.repeat(np.cumsum(number) - number, number)
    stretch = (span / np.maximum(number, 1))[owner]
    length = rng.integers(1, 7, len(owner))
    start = pool.first[owner] + (turn * stretch + rng.random(len(owner)) * (stretch - length)).astype(int)
    # Where people go is where there is something to review; a trip home is no trip.
    place = rng.choice(town, len(owner)) if len(owner) else np.zeros(0, int)
    away = place != pool.home[owner]
    return _Trips(pool.number[owner][away], place[away], start[away], length[away])


def _send_travellers(rng: np.random.Generator, trips: _Trips, slots: Slots, town: Ints, rows: Ints) -> None:
    """A visitor's review belongs to a trip that began in the week before the stay or, failing that, earlier."""
    towns = int(town.max(initial=0)) + 1
    offered = (trips.start - EARLIEST_TRIP) // 7 * towns + trips.town
    order = np.argsort(offered, kind="stable")
    for weeks_earlier in range(1, 5):
        stay = slots["day"][rows] - slots["lag_days"][rows]
        week = np.maximum((stay - EARLIEST_TRIP) // 7 - weeks_earlier, 0)
        wanted = week * towns + town[rows]
        low, high = np.searchsorted(offered[order], wanted), np.searchsorted(offered[order], wanted, side="right")
        found = high > low
        trip = order[(low + rng.random(len(rows)) * (high - low)).astype(int)[found]]
        served = rows[found]
        stay = trips.start[trip] + (rng.random(len(served)) * trips.length[trip]).astype(int)
        slots["account"][served] = trips.account[trip]
        slots["lag_days"][served] = slots["day"][served] - np.minimum(stay, slots["day"][served])
        rows = rows[~found]


def _send_locals(rng: np.random.Generator, pool: _Pool, trips: _Trips, slots: Slots, town: Ints, rows: Ints) -> None:
    """A local is drawn by activity among the town's accounts that are active then and not away."""
    edges = np.searchsorted(pool.home, np.arange(int(town.max(initial=0)) + 2))
    total = np.concatenate([[0.0], np.cumsum(pool.weight)])
    low, high = total[edges[town[rows]]], total[edges[town[rows] + 1]]
    stay = slots["day"][rows] - slots["lag_days"][rows]
    horizon = int(pool.last.max()) + 1000
    starts = trips.account * horizon + trips.start - EARLIEST_TRIP
    open_rows = np.flatnonzero(high > low)
    for _ in range(4):
        here = open_rows
        pick = np.searchsorted(total, low[here] + rng.random(len(here)) * (high - low)[here], side="right") - 1
        active = (pool.first[pick] <= stay[here]) & (slots["day"][rows[here]] <= pool.last[pick])
        number = pool.number[pick]
        before = np.searchsorted(starts, number * horizon + stay[here] - EARLIEST_TRIP, side="right") - 1
        before = np.clip(before, 0, max(len(starts) - 1, 0))
        if len(starts):
            away = (trips.account[before] == number) & (stay[here] < trips.start[before] + trips.length[before])
            active &= ~away
        slots["account"][rows[here[active]]] = number[active]
        open_rows = here[~active]


def _forget_repetitions(slots: Slots) -> None:
    """A second review of a listing by the same account becomes somebody else's."""
    known = np.flatnonzero(slots["account"] >= 0)
    order = known[np.lexsort((slots["day"][known], slots["listing"][known], slots["account"][known]))]
    again = (np.diff(slots["account"][order]) == 0) & (np.diff(slots["listing"][order]) == 0)
    slots["account"][order[1:][again]] = -1


def _open_newborn(rng: np.random.Generator, world: World, slots: Slots, town: Ints, accounts: Accounts) -> None:
    """Whoever is left reviews once: half of them registered for it, and many reviewed elsewhere as well."""
    rows = np.flatnonzero(slots["account"] < 0)
    age = np.where(rng.random(len(rows)) < 0.5, rng.integers(0, 8, len(rows)), rng.exponential(500, len(rows)))
    local = rng.random(len(rows)) < np.where(world.hotel[slots["listing"][rows]], LOCAL[True], LOCAL[False])
    home = np.where(local, town[rows], rng.integers(0, world.spec.towns, len(rows)))
    elsewhere = np.where(rng.random(len(rows)) < 0.3, rng.geometric(0.4, len(rows)), 0)
    since = slots["day"][rows] - age.astype(int)
    slots["account"][rows] = accounts.add(rng, home, since, elsewhere)


def draw_stars(rng: np.random.Generator, world: World, slots: Slots, accounts: Accounts) -> None:
    """Stars from the listing's quality, the author's bias, the event and chance, cut at the overall shares."""
    bias = accounts.table()["bias"][slots["account"]]
    mood = world.quality[slots["listing"]] + bias + rng.normal(0, np.sqrt(1 - 0.55**2 - 0.45**2), len(slots))
    # What makes somebody write for the first time is mostly very good or very bad.
    order = np.lexsort((slots["day"], slots["account"]))
    first = np.zeros(len(slots), bool)
    first[order] = np.diff(slots["account"][order], prepend=-1) != 0
    mood = np.where(first, mood * world.spec.first_spread + world.spec.first_lift, mood)
    cuts = norm.ppf(np.cumsum(world.spec.stars)[:4])
    mood += (slots["shift"] - USUAL_LIFT) * (cuts[3] - cuts[0]) / USUAL_WIDTH
    stars = 1 + np.searchsorted(cuts, mood)
    slots["stars"] = np.where(slots["stars"] == 0, stars, slots["stars"])


def draw_names(rng: np.random.Generator, number: int) -> Objects:
    """Display names; they are no key to an account."""
    first = np.array(_FIRST_NAMES.split(), object)
    initials = np.array(list("ABCDEFGHIKLMNOPRSTVWZ"), object)
    names: Objects = rng.choice(first, number) + " " + rng.choice(initials, number) + "."
    return names


def draw_languages(
    rng: np.random.Generator, world: World, slots: Slots, one_author: Sequence[int], parties: Sequence[int]
) -> list[str]:
    """A language for each slot: one an account, drawn from those of the town of its first review.

    All accounts of an event that has one author write that author's language, and most guests of a party their hosts'.
    """
    accounts, first, of_slot = np.unique(slots["account"], return_index=True, return_inverse=True)
    towns = [world.towns[t].languages for t in world.town[slots["listing"][first]]]
    chosen = [
        mix[min(int(np.searchsorted(np.cumsum([share for _, share in mix]), u)), len(mix) - 1)][0]
        for mix, u in zip(towns, rng.random(len(accounts)), strict=True)
    ]
    for event in one_author:
        members = np.unique(of_slot[slots["event"] == event])
        for member in members:
            chosen[member] = chosen[members[0]]
    for event in parties:
        members = np.unique(of_slot[slots["event"] == event])
        joins = rng.random(len(members)) < PARTY_LANGUAGE
        for member in members[joins]:
            chosen[member] = chosen[members[0]]
    return [chosen[n] for n in of_slot]
