"""Innocent people: how often things happen, the reviews of ordinary days, and those who travel together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from detection.simulate.reviewers import Accounts, Event, Ledger, Slots, make_slots
from detection.simulate.world import Honest, Ints, World

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
        mailings=often(0.02),
        renovations=often(0.03),
        new_managements=often(0.03),
        imports=often(0.02),
        faults=often(0.03),
        closures=often(0.03),
        seasonal=round(0.04 * listings),
        outages=round(1.5 * days / 365.25),
        couples=listings // 6,
        food_clubs=listings // 48,
        elite_groups=listings // 48,
    )


def interrupt(rng: np.random.Generator, world: World, ledger: Ledger) -> World:
    """Silence listings before they open and while they are closed, and platforms during an outage."""
    spec, days = world.spec, world.spec.days
    intensity = world.intensity.copy()
    late = some(rng, len(world.town), spec.honest.openings)
    for listing, day in zip(late, rng.integers(days // 10, days * 4 // 5, len(late)), strict=True):
        intensity[listing, :day] = 0
    for listing in some(rng, len(world.town), spec.honest.closures):
        start, end = window(rng, days, low=14, high=150)
        intensity[listing, start:end] = 0
        ledger.add(Event(kind="closure", planted=False, listings=(int(listing),), start=start, end=end - 1))
    for _ in range(spec.honest.outages):
        start, end = window(rng, days, low=1, high=4)
        listings = world.on(int(rng.integers(len(spec.sources))))
        intensity[listings, start:end] *= 0.1
        ledger.add(Event(kind="outage", planted=False, listings=as_tuple(listings), start=start, end=end - 1))
    for listing in some(rng, len(world.town), spec.honest.seasonal):
        # The same months of every year.
        start, length = int(rng.integers(0, 365)), int(rng.integers(60, 151))
        intensity[listing, (np.arange(days) - start) % 365 < length] = 0
        ledger.add(Event(kind="seasonal", planted=False, listings=(int(listing),), start=0, end=days - 1))
    return replace(world, intensity=intensity)


def ordinary_days(rng: np.random.Generator, world: World) -> Slots:
    """The reviews of days on which nothing happens, ordered by listing and day."""
    count = rng.poisson(world.intensity)
    listing, day = np.nonzero(count)
    times = count[listing, day]
    spec = world.spec
    once = spec.once + spec.once_trend * (day - spec.days / 2) / 365.25
    return make_slots(
        int(times.sum()),
        listing=np.repeat(listing, times),
        day=np.repeat(day, times),
        newborn=np.repeat(np.clip(once, 0.0, 0.95), times),
    )


def rows_between(world: World, ordinary: Slots, listing: int, start: int, end: int) -> slice:
    """Where the ordinary reviews of a listing from ``start`` up to, not including, ``end`` stand."""
    key = ordinary["listing"].astype(np.int64) * world.spec.days + ordinary["day"]
    low, high = np.searchsorted(key, [listing * world.spec.days + start, listing * world.spec.days + end])
    return slice(int(low), int(high))


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
        listings = as_tuple(np.unique(joined["listing"]))
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
    start, end = window(rng, world.spec.days, low=min(400, world.spec.days // 2), high=world.spec.days)
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
            listings=as_tuple(np.sort(places)),
            start=start,
            end=end - 1,
            accounts=as_tuple(members),
        ),
        slots,
    )


def window(rng: np.random.Generator, days: int, *, low: int, high: int) -> tuple[int, int]:
    """A stretch of ``low`` up to, not including, ``high`` days that lies within the world."""
    length = min(int(rng.integers(low, high)), days - 1)
    start = int(rng.integers(0, days - length))
    return start, start + length


def some(rng: np.random.Generator, number: int, wanted: int) -> list[int]:
    """Distinct listings, in order."""
    return [int(n) for n in np.sort(rng.choice(number, min(wanted, number), replace=False))]


def as_tuple(numbers: Ints) -> tuple[int, ...]:
    """Numpy's integers as Python's."""
    return tuple(int(n) for n in numbers)
