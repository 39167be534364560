"""Innocent events of listings and towns: crowds that come for a reason, and changes of what is served."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from detection.simulate.honest import as_tuple, rows_between, some, window
from detection.simulate.reviewers import NEWBORN, Event, Ledger, Slots, Voice, make_slots
from detection.simulate.world import Floats, Ints, World

YEAR = 365.25
FOLLOWED_DAYS = 120
# What may break in a hotel (True) and in a restaurant.
FAULTS = {
    True: (Voice.COLD, Voice.WATER, Voice.POWER, Voice.ILLNESS),
    False: (Voice.ILLNESS, Voice.COLD, Voice.POWER),
}
FAULT_COST = (1.6, 2.6)
# Of the guests during a fault, so many were struck by it.
STRUCK = 0.8
FAULT_DAYS = (7, 29)
IMPORT_NEWBORN = (0.75, 0.95)


@dataclass(frozen=True, kw_only=True)
class _Shape:
    """A crowd: how often the usual number comes, who they are, how content, and what they speak of.

    ``least`` is the smallest number expected on top of the usual; a ``fading`` crowd is largest on its first day.
    """

    factor: float
    newborn: float
    shift: float
    voice: Voice = Voice.ORDINARY
    fading: bool = False
    least: float = 0.0


def crowds(rng: np.random.Generator, world: World, ledger: Ledger) -> None:
    """Enter every event that brings more reviews than the days before it."""
    for happen in (_festivals, _campaigns, _openings, _mentions, _cards, _mailings, _parties, _imports):
        for event, slots in happen(rng, world):
            ledger.add(event, slots)


def changes(rng: np.random.Generator, world: World, ordinary: Slots, ledger: Ledger) -> None:
    """Enter renovations and faults, which cost stars while they last, and new managements, which last."""
    honest, days = world.spec.honest, world.spec.days
    for listing in some(rng, len(world.town), honest.renovations):
        start, end = window(rng, days, low=30, high=120)
        rows = rows_between(world, ordinary, listing, start, end)
        ordinary["shift"][rows] -= rng.uniform(0.7, 1.4)
        ordinary["voice"][rows] = np.where(rng.random(rows.stop - rows.start) < 0.5, Voice.BUILDING_WORK, 0)
        ordinary["event"][rows] = ledger.add(_event("renovation", listing, start, end))
    for listing in some(rng, len(world.town), honest.new_managements):
        start, end = window(rng, days, low=FOLLOWED_DAYS, high=FOLLOWED_DAYS + 1)
        rows = rows_between(world, ordinary, listing, start, days)
        ordinary["shift"][rows] += rng.choice([-1, 1]) * rng.uniform(0.4, 1.0)
        followed = rows_between(world, ordinary, listing, start, end)
        ordinary["voice"][followed] = Voice.MANAGEMENT
        ordinary["event"][followed] = ledger.add(_event("new_management", listing, start, end))
    for listing in some(rng, len(world.town), honest.faults):
        _fault(rng, world, ordinary, ledger, listing)


def _fault(rng: np.random.Generator, world: World, ordinary: Slots, ledger: Ledger, listing: int) -> None:
    """Something breaks: the usual guests complain of one thing, and more of them write than usually do."""
    start, end = window(rng, world.spec.days, low=FAULT_DAYS[0], high=FAULT_DAYS[1])
    kinds = FAULTS[bool(world.hotel[listing])]
    voice = kinds[int(rng.integers(len(kinds)))]
    shape = _Shape(factor=rng.uniform(1.3, 2.5), newborn=world.spec.once, shift=0, least=float(rng.uniform(4, 12)))
    event, extra = _crowd(rng, world, "fault", np.array([listing]), start, end, shape)
    rows = rows_between(world, ordinary, listing, start, end)
    number = ledger.add(event, extra)
    usual = ordinary[rows]
    usual["event"] = number
    cost = rng.uniform(*FAULT_COST)
    for guests in (usual, extra):
        struck = rng.random(len(guests)) < STRUCK
        guests["shift"] -= np.where(struck, cost, 0)
        guests["voice"] = np.where(struck, voice, guests["voice"])
    ordinary[rows] = usual


def _festivals(rng: np.random.Generator, world: World) -> Iterator[tuple[Event, Slots]]:
    """A town's festivals come again in the same weeks, every year or every few years, never quite alike."""
    rate, days = world.spec.honest.festivals_per_town_year, world.spec.days
    rest = rate - int(rate)
    periods = [1] * int(rate) + ([round(1 / rest)] if rest > 0.05 else [])
    for town in range(world.spec.towns):
        there = np.flatnonzero(world.town == town)
        for period in periods:
            length = int(rng.integers(6, 16))
            first = int(rng.integers(0, max(1, min(round(period * YEAR), days) - length)))
            factor = rng.uniform(1.5, 3.0)
            for turn in range(1 + round(days / (period * YEAR))):
                start = first + round(turn * period * YEAR)
                start = max(0, start + int(rng.integers(-2, 3))) if turn else start
                end = min(start + length, days)
                if start >= days - 2:
                    break
                shape = _Shape(
                    factor=1 + (factor - 1) * rng.uniform(0.8, 1.2), newborn=0.45, shift=0.05, voice=Voice.FESTIVAL
                )
                yield _crowd(rng, world, "festival", there, start, end, shape)


def _campaigns(rng: np.random.Generator, world: World) -> Iterator[tuple[Event, Slots]]:
    """The platform asks its users by e-mail for reviews; some of these drives wake old accounts, some bring new."""
    for _ in range(world.spec.honest.campaigns):
        start, end = window(rng, world.spec.days, low=5, high=15)
        listings = world.on(int(rng.integers(len(world.spec.sources))))
        reached = listings[rng.random(len(listings)) < rng.uniform(0.35, 0.9)]
        newborn = max(NEWBORN + rng.uniform(-0.2, 0.35), 0.0)
        shape = _Shape(factor=rng.uniform(1.4, 2.8), newborn=newborn, shift=0.1)
        yield _crowd(rng, world, "campaign", reached, start, end, shape)


def _openings(rng: np.random.Generator, world: World) -> Iterator[tuple[Event, Slots]]:
    open_since = np.argmax(world.intensity > 0, axis=1)
    for opened in np.flatnonzero(open_since > world.spec.days // 20):
        start = int(open_since[opened])
        end = min(start + int(rng.integers(30, 91)), world.spec.days)
        shape = _Shape(factor=rng.uniform(1.5, 3.5), newborn=0.5, shift=0.2, voice=Voice.OPENING, fading=True)
        yield _crowd(rng, world, "opening", np.array([opened]), start, end, shape)


def _mentions(rng: np.random.Generator, world: World) -> Iterator[tuple[Event, Slots]]:
    popular = world.yearly_rate / world.yearly_rate.sum()
    for famous in rng.choice(len(world.town), world.spec.honest.media_mentions, p=popular):
        start, end = window(rng, world.spec.days, low=10, high=46)
        factor = 1 + 1.6 * rng.lognormal(0, 0.8)
        shape = _Shape(factor=factor, newborn=0.5, shift=0.0, voice=Voice.MEDIA, fading=True, least=8)
        yield _crowd(rng, world, "media", np.array([famous]), start, end, shape)


def _cards(rng: np.random.Generator, world: World) -> Iterator[tuple[Event, Slots]]:
    """An owner lays out cards that ask guests for a review."""
    for listing in some(rng, len(world.town), world.spec.honest.cards):
        start, end = window(rng, world.spec.days, low=30, high=121)
        shape = _Shape(factor=rng.uniform(1.4, 2.5), newborn=0.6, shift=0.3, voice=Voice.CARD, least=6)
        yield _crowd(rng, world, "card", np.array([listing]), start, end, shape)


def _mailings(rng: np.random.Generator, world: World) -> Iterator[tuple[Event, Slots]]:
    """An owner begins to ask every guest by e-mail, and never stops."""
    for listing in some(rng, len(world.town), world.spec.honest.mailings):
        start = int(rng.integers(world.spec.days // 6, world.spec.days * 9 // 10))
        shape = _Shape(
            factor=rng.uniform(1.5, 3.5), newborn=0.5, shift=rng.uniform(0.2, 0.7), voice=Voice.CARD, least=6
        )
        yield _crowd(rng, world, "mailing", np.array([listing]), start, world.spec.days, shape)


def _parties(rng: np.random.Generator, world: World) -> Iterator[tuple[Event, Slots]]:
    """Weddings and tour groups: mostly first reviews, content, and close together."""
    honest = world.spec.honest
    place = np.where(world.hotel, 3.0, 1.0)
    kinds = (("wedding", honest.weddings, Voice.WEDDING), ("tour_group", honest.tour_groups, Voice.TOUR))
    for kind, wanted, voice in kinds:
        for listing in rng.choice(len(world.town), wanted, p=place / place.sum()):
            start, end = window(rng, world.spec.days, low=4, high=22)
            number = int(np.clip(rng.lognormal(np.log(10), 0.5), 5, 40))
            slots = make_slots(
                number,
                listing=listing,
                day=np.minimum(start + rng.exponential((end - start) / 3, number).astype(int), end - 1),
                newborn=rng.uniform(0.7, 0.95),
                shift=rng.uniform(0.6, 1.3) if kind == "wedding" else rng.normal(0.2, 0.5),
                voice=voice,
            )
            yield _event(kind, int(listing), start, end), slots


def _imports(rng: np.random.Generator, world: World) -> Iterator[tuple[Event, Slots]]:
    """Reviews of months arrive at once from elsewhere or from a twin listing, most by accounts without a history."""
    for listing in some(rng, len(world.town), world.spec.honest.imports):
        start, end = window(rng, world.spec.days, low=1, high=4)
        months = rng.uniform(3, 18)
        number = int(np.clip(rng.poisson(world.yearly_rate[listing] * months / 12), 8, 150))
        day = rng.integers(start, end, number)
        age = rng.integers(0, round(months * 30), number)
        newborn = rng.uniform(*IMPORT_NEWBORN)
        slots = make_slots(number, listing=listing, day=day, lag_days=age, newborn=newborn)
        yield _event("import", listing, start, end), slots


def _crowd(
    rng: np.random.Generator, world: World, kind: str, listings: Ints, start: int, end: int, shape: _Shape
) -> tuple[Event, Slots]:
    """What comes on top when the listings' reviews multiply, evenly or fading to nothing."""
    profile: Floats = np.linspace(2, 0, end - start) if shape.fading else np.ones(end - start)
    expected = world.intensity[listings, start:end] * (shape.factor - 1) * profile
    total = expected.sum()
    count = rng.poisson(expected * (max(shape.least / total, 1.0) if total > 0 else 1.0))
    row, offset = np.nonzero(count)
    times = count[row, offset]
    slots = make_slots(
        int(times.sum()),
        listing=np.repeat(listings[row], times),
        day=np.repeat(start + offset, times),
        newborn=shape.newborn,
        shift=shape.shift,
        voice=shape.voice,
    )
    return Event(kind=kind, planted=False, listings=as_tuple(listings), start=start, end=end - 1), slots


def _event(kind: str, listing: int, start: int, end: int) -> Event:
    return Event(kind=kind, planted=False, listings=(int(listing),), start=start, end=end - 1)
