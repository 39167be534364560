"""Innocent events: crowds that come for a reason, listings that close or change, and people who travel together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from detection.simulate.reviewers import (
    BUILDING_WORK,
    NEWBORN,
    TOUR,
    WEDDING,
    Accounts,
    Event,
    Ledger,
    Slots,
    make_slots,
)
from detection.simulate.world import Floats, Honest, Ints, World

FOLLOWED_DAYS = 120
PARTNER_JOINS = 0.6


def honest_at_scale(listings: int, days: int, platforms: int = 1) -> Honest:
    """Innocent events of every kind in the numbers that so many listings see in so many days."""
    listing_years = listings * days / 365.25

    def often(per_listing_year: float) -> int:
        return round(per_listing_year * listing_years)

    return Honest(
        festivals_per_town_year=1.5,
        campaigns=round(2 * platforms * days / 365.25),
        openings=round(0.12 * listings),
        media_mentions=often(0.05),
        weddings=often(0.10),
        tour_groups=often(0.05),
        cards=often(0.04),
        renovations=often(0.03),
        new_managements=often(0.03),
        closures=often(0.03),
        outages=round(1.5 * days / 365.25),
        couples=listings // 6,
        food_clubs=listings // 48,
        elite_groups=listings // 48,
    )


def interrupt(rng: np.random.Generator, world: World, ledger: Ledger) -> World:
    """Silence listings before they open and while they are closed, and platforms during an outage."""
    spec, days = world.spec, world.spec.days
    intensity = world.intensity.copy()
    late = _some(rng, len(world.town), spec.honest.openings)
    for listing, day in zip(late, rng.integers(days // 10, days * 4 // 5, len(late)), strict=True):
        intensity[listing, :day] = 0
    for listing in _some(rng, len(world.town), spec.honest.closures):
        start, end = _window(rng, days, low=14, high=150)
        intensity[listing, start:end] = 0
        ledger.add(Event(kind="closure", planted=False, listings=(int(listing),), start=start, end=end - 1))
    for _ in range(spec.honest.outages):
        start, end = _window(rng, days, low=1, high=4)
        listings = world.on(int(rng.integers(len(spec.sources))))
        intensity[listings, start:end] *= 0.1
        ledger.add(Event(kind="outage", planted=False, listings=_tuple(listings), start=start, end=end - 1))
    return replace(world, intensity=intensity)


def ordinary_days(rng: np.random.Generator, world: World) -> Slots:
    """The reviews of days on which nothing happens, ordered by listing and day."""
    count = rng.poisson(world.intensity)
    listing, day = np.nonzero(count)
    times = count[listing, day]
    return make_slots(int(times.sum()), listing=np.repeat(listing, times), day=np.repeat(day, times))


def rows_between(world: World, ordinary: Slots, listing: int, start: int, end: int) -> slice:
    """Where the ordinary reviews of a listing from ``start`` up to, not including, ``end`` stand."""
    key = ordinary["listing"].astype(np.int64) * world.spec.days + ordinary["day"]
    low, high = np.searchsorted(key, [listing * world.spec.days + start, listing * world.spec.days + end])
    return slice(int(low), int(high))


def crowds(rng: np.random.Generator, world: World, ledger: Ledger) -> None:
    """Enter every event that brings more reviews than the days before it."""
    for event, slots in _crowds(rng, world):
        ledger.add(event, slots)


def changes(rng: np.random.Generator, world: World, ordinary: Slots, ledger: Ledger) -> None:
    """Enter renovations, which cost stars while they last, and new managements, which change them for good."""
    honest, days = world.spec.honest, world.spec.days
    for listing in _some(rng, len(world.town), honest.renovations):
        start, end = _window(rng, days, low=30, high=120)
        rows = rows_between(world, ordinary, listing, start, end)
        ordinary["shift"][rows] -= rng.uniform(0.7, 1.4)
        ordinary["voice"][rows] = np.where(rng.random(rows.stop - rows.start) < 0.5, BUILDING_WORK, 0)
        ordinary["event"][rows] = ledger.add(_event("renovation", listing, start, end))
    for listing in _some(rng, len(world.town), honest.new_managements):
        start, end = _window(rng, days, low=FOLLOWED_DAYS, high=FOLLOWED_DAYS + 1)
        rows = rows_between(world, ordinary, listing, start, days)
        ordinary["shift"][rows] += rng.choice([-1, 1]) * rng.uniform(0.4, 1.0)
        followed = rows_between(world, ordinary, listing, start, end)
        ordinary["event"][followed] = ledger.add(_event("new_management", listing, start, end))


def groups(
    rng: np.random.Generator, world: World, slots: Slots, accounts: Accounts, ledger: Ledger, *, hired: int
) -> None:
    """Enter couples, food clubs and groups of keen reviewers, who meet on listings because they know each other.

    The first ``hired`` accounts are the attackers' and belong to none of them.
    """
    table = accounts.table()
    on_platform = np.flatnonzero([s.reviewer_ids for s in world.spec.sources])
    theirs = (slots["event"] < 0) & (slots["account"] >= hired)
    written = slots[theirs & np.isin(world.source[slots["listing"]], on_platform)]
    reviews = np.bincount(written["account"], minlength=len(table))
    source = np.full(len(table), -1)
    source[written["account"]] = world.source[written["listing"]]
    _couples(rng, world, written, np.flatnonzero((reviews >= 3) & (reviews <= 25)), table["home"], accounts, ledger)
    for kind, number, least in (
        ("food_club", world.spec.honest.food_clubs, 2),
        ("elite_group", world.spec.honest.elite_groups, 5),
    ):
        keen = np.flatnonzero(reviews >= least)
        for _ in range(number if len(keen) else 0):
            # Members live in one town and use one platform: those of a random account.
            first = rng.choice(keen)
            peers = keen[(source[keen] == source[first]) & (table["home"][keen] == table["home"][first])]
            _club(rng, world, kind, peers, int(source[first]), int(table["home"][first]), ledger)


def _crowds(rng: np.random.Generator, world: World) -> Iterator[tuple[Event, Slots]]:
    honest, days = world.spec.honest, world.spec.days
    everyone = len(world.town)
    for town in range(world.spec.towns):
        for _ in range(round(honest.festivals_per_town_year * days / 365.25)):
            start, end = _window(rng, days, low=6, high=16)
            there = np.flatnonzero(world.town == town)
            yield _crowd(rng, world, "festival", there, start, end, rng.uniform(1.5, 3.0), 0.45, 0.05)
    for _ in range(honest.campaigns):
        start, end = _window(rng, days, low=5, high=15)
        listings = world.on(int(rng.integers(len(world.spec.sources))))
        reached = listings[rng.random(len(listings)) < rng.uniform(0.35, 0.9)]
        newborn = NEWBORN + rng.uniform(-0.2, 0.35)
        yield _crowd(rng, world, "campaign", reached, start, end, rng.uniform(1.4, 2.8), newborn, 0.1)
    open_since = np.argmax(world.intensity > 0, axis=1)
    for opened in np.flatnonzero(open_since > days // 20):
        start = int(open_since[opened])
        end = min(start + int(rng.integers(30, 91)), days)
        yield _crowd(
            rng, world, "opening", np.array([opened]), start, end, rng.uniform(1.5, 3.5), 0.5, 0.2, fading=True
        )
    popular = world.yearly_rate / world.yearly_rate.sum()
    for famous in rng.choice(everyone, honest.media_mentions, p=popular):
        start, end = _window(rng, days, low=10, high=46)
        factor = 1 + 1.6 * rng.lognormal(0, 0.8)
        yield _crowd(rng, world, "media", np.array([famous]), start, end, factor, 0.5, 0.0, fading=True, least=8)
    for listing in _some(rng, everyone, honest.cards):
        start, end = _window(rng, days, low=30, high=121)
        yield _crowd(rng, world, "card", np.array([listing]), start, end, rng.uniform(1.4, 2.5), 0.6, 0.3, least=6)
    party = np.where(world.hotel, 3.0, 1.0)
    for kind, number, voice in (("wedding", honest.weddings, WEDDING), ("tour_group", honest.tour_groups, TOUR)):
        for listing in rng.choice(everyone, number, p=party / party.sum()):
            yield _party(rng, world, kind, int(listing), voice)


def _crowd(
    rng: np.random.Generator,
    world: World,
    kind: str,
    listings: Ints,
    start: int,
    end: int,
    factor: float,
    newborn: float,
    shift: float,
    fading: bool = False,
    least: float = 0.0,
) -> tuple[Event, Slots]:
    """What comes on top when the listings' reviews multiply, evenly or fading to nothing, ``least`` in expectation."""
    profile: Floats = np.linspace(2, 0, end - start) if fading else np.ones(end - start)
    expected = world.intensity[listings, start:end] * (factor - 1) * profile
    total = expected.sum()
    count = rng.poisson(expected * (max(least / total, 1.0) if total > 0 else 1.0))
    row, offset = np.nonzero(count)
    times = count[row, offset]
    slots = make_slots(
        int(times.sum()),
        listing=np.repeat(listings[row], times),
        day=np.repeat(start + offset, times),
        newborn=newborn,
        shift=shift,
    )
    return Event(kind=kind, planted=False, listings=_tuple(listings), start=start, end=end - 1), slots


def _party(rng: np.random.Generator, world: World, kind: str, listing: int, voice: int) -> tuple[Event, Slots]:
    """Guests of one party: mostly first reviews, much alike and close together."""
    start, end = _window(rng, world.spec.days, low=4, high=22)
    number = int(np.clip(rng.lognormal(np.log(10), 0.5), 5, 40))
    slots = make_slots(
        number,
        listing=listing,
        day=np.minimum(start + rng.exponential((end - start) / 3, number).astype(int), end - 1),
        newborn=rng.uniform(0.7, 0.95),
        shift=rng.uniform(0.6, 1.3) if kind == "wedding" else rng.normal(0.2, 0.5),
        voice=voice,
    )
    return _event(kind, listing, start, end), slots


def _couples(
    rng: np.random.Generator,
    world: World,
    written: Slots,
    eligible: Ints,
    home: Ints,
    accounts: Accounts,
    ledger: Ledger,
) -> None:
    number = min(world.spec.honest.couples, len(eligible))
    first = np.sort(rng.choice(eligible, number, replace=False))
    theirs = written[np.isin(written["account"], first)]
    earliest = np.full(len(home), world.spec.days)
    np.minimum.at(earliest, theirs["account"], theirs["day"])
    partner = accounts.add(rng, home[first], earliest[first] - rng.integers(1, 900, number))
    for one, other in zip(first, partner, strict=True):
        shared = theirs[theirs["account"] == one]
        joins = rng.random(len(shared)) < PARTNER_JOINS
        # Two are a couple by what they share.
        joins[:2] = True
        joined = shared[joins].copy()
        joined["account"] = other
        joined["shift"] = rng.normal(0, 0.2)
        joined["voice"] = 0
        wait = rng.integers(0, 5, len(joined))
        joined["day"] = np.minimum(joined["day"] + wait, world.spec.days - 1)
        joined["lag_days"] += joined["day"] - shared["day"][joins]
        listings = _tuple(np.unique(joined["listing"]))
        span = int(joined["day"].min()), int(joined["day"].max())
        both = (int(one), int(other))
        ledger.add(
            Event(kind="couple", planted=False, listings=listings, start=span[0], end=span[1], accounts=both), joined
        )


def _club(
    rng: np.random.Generator, world: World, kind: str, peers: Ints, source: int, town: int, ledger: Ledger
) -> None:
    """Members who go out together: a food club monthly in its town, keen reviewers to a few invitations."""
    club = kind == "food_club"
    size = int(rng.integers(4, 9) if club else rng.integers(10, 26))
    visits = int(rng.integers(8, 25) if club else rng.integers(3, 7))
    members = rng.choice(peers, min(size, len(peers)), replace=False)
    places = np.flatnonzero((world.source == source) & (world.town == town) & (~world.hotel | (not club)))
    places = rng.choice(places, min(visits, len(places)), replace=False)
    if not len(places) or len(members) < 2:
        return
    start, end = _window(rng, world.spec.days, low=min(400, world.spec.days // 2), high=world.spec.days)
    visit_day = np.sort(rng.integers(start, end - 10, len(places)))
    attends = rng.random((len(members), len(places))) < (0.6 if club else 0.5)
    member, visit = np.nonzero(attends & (world.intensity[places, visit_day] > 0))
    lag = rng.integers(0, 8 if club else 11, len(member))
    slots = make_slots(
        len(member),
        listing=places[visit],
        day=np.minimum(visit_day[visit] + lag, world.spec.days - 1),
        lag_days=lag,
        account=members[member],
        shift=0.2,
    )
    ledger.add(
        Event(
            kind=kind,
            planted=False,
            listings=_tuple(np.sort(places)),
            start=start,
            end=end - 1,
            accounts=_tuple(members),
        ),
        slots,
    )


def _event(kind: str, listing: int, start: int, end: int) -> Event:
    return Event(kind=kind, planted=False, listings=(int(listing),), start=start, end=end - 1)


def _window(rng: np.random.Generator, days: int, *, low: int, high: int) -> tuple[int, int]:
    """A stretch of ``low`` up to, not including, ``high`` days that lies within the world."""
    length = min(int(rng.integers(low, high)), days - 1)
    start = int(rng.integers(0, days - length))
    return start, start + length


def _some(rng: np.random.Generator, number: int, wanted: int) -> list[int]:
    """Distinct listings, in order."""
    return [int(n) for n in np.sort(rng.choice(number, min(wanted, number), replace=False))]


def _tuple(numbers: Ints) -> tuple[int, ...]:
    return tuple(int(n) for n in numbers)
