"""What attacks are planted in: whom they hit, when, by which accounts, and how their reviews are entered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detection.simulate.reviewers import Accounts, Event, Ledger, Slots, Voice, make_slots
from detection.simulate.world import Attack, Ints, World

# By strength, what all kinds share.
NEWBORN_SHARE = {5: 1.0, 4: 0.88, 3: 0.75, 2: 0.62, 1: 0.5}
EXTREME_SHARE = {5: 1.0, 4: 0.94, 3: 0.88, 2: 0.81, 1: 0.75}
TEMPLATE_SHARE = {5: 0.8, 4: 0.6, 3: 0.4, 2: 0.2, 1: 0.0}
# Of disguised reviews, so many have the second star of their side, the others the middle one.
MODERATE = 0.7
# Kind and strength: reviews, and the days they take.
SIZES: dict[str, dict[int, tuple[int, int]]] = {
    "burst": {5: (40, 4), 4: (20, 5), 3: (12, 7), 2: (8, 10), 1: (5, 14)},
    "drip": {5: (70, 120), 4: (34, 120), 3: (24, 120), 2: (17, 120), 1: (10, 120)},
    "bombing": {5: (30, 4), 4: (15, 5), 3: (9, 7), 2: (6, 10), 1: (4, 14)},
    "boosting": {5: (30, 60), 4: (20, 67), 3: (14, 75), 2: (10, 82), 1: (7, 90)},
    "templates": {5: (40, 120), 4: (25, 150), 3: (16, 180), 2: (10, 180), 1: (6, 180)},
    # Pairs of stays.
    "travel": {5: (20, 30), 4: (12, 60), 3: (8, 90), 2: (5, 120), 1: (3, 180)},
}
SIZES["ring_burst"] = SIZES["burst"]
SIZES["season_drip"] = SIZES["drip"]
SIZES["aged"] = SIZES["burst"]


@dataclass(frozen=True)
class Stage:
    """What an attack is planted in; ``attacked`` says which listings belong to an earlier one."""

    rng: np.random.Generator
    world: World
    ordinary: Slots
    accounts: Accounts
    ledger: Ledger
    attacked: NDArray[np.bool_]


def source_of(world: World, attack: Attack) -> int:
    """The number of the platform that is attacked.

    Raises:
        ValueError: the world has no such platform.
    """
    for number, source in enumerate(world.spec.sources):
        if source.reviewer_ids if attack.platform is None else source.slug == attack.platform:
            return number
    raise ValueError(f"no platform for the attack: {attack}")


def dates(stage: Stage, attack: Attack, length: int) -> tuple[int, int]:
    """First day and the day after the last; an attack that starts late ends with the world."""
    days = stage.world.spec.days
    length = min(length, days // 2)
    if attack.start_day is not None:
        return attack.start_day, min(attack.start_day + length, days)
    start = int(stage.rng.integers(min(365, days // 3), days - length + 1))
    return start, start + length


def targets(
    stage: Stage,
    attack: Attack,
    number: int,
    start: int,
    end: int,
    *,
    least_guests: float = 0.0,
    one_kind: bool = False,
    town: int | None = None,
) -> Ints:
    """Listings that have long been open, preferably not attacked and with no innocent peak just then."""
    world, rng = stage.world, stage.rng
    listings = world.on(source_of(world, attack))
    listings = listings if town is None else listings[world.town[listings] == town]
    settled = listings[world.intensity[listings, : max(1, start - 60)].sum(axis=1) > 0]
    if one_kind:
        hotels = bool(world.hotel[rng.choice(settled)])
        settled = settled[world.hotel[settled] == hotels]
    lively = settled[world.intensity[settled, start:end].sum(axis=1) >= least_guests]
    settled = lively if len(lively) >= number else settled
    busy = [
        event.listings[0]
        for event in stage.ledger.events
        if len(event.listings) == 1 and event.start < end + 30 and event.end > start - 30
    ]
    burden = 2 * stage.attacked[settled] + np.isin(settled, busy)
    chosen = settled[np.lexsort((rng.random(len(settled)), burden))[:number]]
    stage.attacked[chosen] = True
    return rng.permutation(chosen)


def town_with(stage: Stage, attack: Attack, number: int) -> int:
    """A town with at least so many listings of the platform, or the one that has most."""
    world = stage.world
    size = np.bincount(world.town[world.on(source_of(world, attack))], minlength=world.spec.towns)
    return int(stage.rng.choice(np.flatnonzero(size >= min(number, size.max()))))


def open_aged(stage: Stage, number: int, start: int) -> Ints:
    """Accounts that are some years old by the start of an attack, with a profile fuller than this platform shows."""
    towns = stage.world.spec.towns
    since = start - stage.rng.integers(200, 1500, number)
    return stage.accounts.add(
        stage.rng, stage.rng.integers(0, towns, number), since, stage.rng.geometric(0.25, number) - 1
    )


def review_elsewhere(
    stage: Stage, attack: Attack, author: Ints, avoid: Ints, start: int, end: int, sure: Ints | None = None
) -> None:
    """Add ordinary-looking reviews of other listings of the platform, on days when those are open."""
    world, rng = stage.world, stage.rng
    listings = np.setdiff1d(world.on(source_of(world, attack)), avoid)
    if not len(author) or not len(listings):
        return
    rate = world.yearly_rate[listings] ** 0.5
    listing = rng.choice(listings, len(author), p=rate / rate.sum())
    day = rng.integers(start, end, len(author))
    if sure is not None:
        # An aged account has at least one earlier review: where its listing was silent, of one that never is.
        first = np.searchsorted(author, sure)
        steady = listings[np.argmax((world.intensity[listings] > 0).sum(axis=1))]
        listing[first] = np.where(world.intensity[listing[first], day[first]] > 0, listing[first], steady)
    keep = world.intensity[listing, day] > 0
    once = np.unique(np.stack([author, listing], axis=1), axis=0, return_index=True)[1]
    rows = np.intersect1d(np.flatnonzero(keep), once)
    stage.ledger.slots.append(
        make_slots(len(rows), listing=listing[rows], day=day[rows], account=author[rows], shift=0.1)
    )


def camouflage(stage: Stage, attack: Attack, members: Ints, own: int, avoid: Ints, start: int, end: int) -> None:
    """Harmless reviews around the campaign, in the attack's share of all that its accounts write."""
    share = attack.camouflage
    number = round(own * share / (1 - share))
    first = max(0, start - 60)
    review_elsewhere(stage, attack, np.resize(members, number), avoid, first, end)


def enter(
    stage: Stage,
    attack: Attack,
    listing: Ints,
    day: Ints,
    author: Ints,
    *,
    praise: bool | NDArray[np.bool_],
    members: Sequence[int] | Ints = (),
    order: Ints | None = None,
    lag_days: Ints | int = -1,
    nights: Ints | int = 0,
    disguised: NDArray[np.bool_] | None = None,
) -> None:
    """Enter the reviews of one attack, with the strength's share of extreme stars and its likeness of texts.

    ``disguised`` ones have neither: their stars lie next to the middle of the scale, their words are a guest's.
    """
    number = len(listing)
    plain = np.zeros(number, bool) if disguised is None else disguised
    stars = np.zeros(number, int)
    kind = np.broadcast_to(praise, number)
    extreme = stage.rng.permutation(int((~plain).sum())) < round(EXTREME_SHARE[attack.strength] * (~plain).sum())
    stars[~plain] = np.where(kind[~plain], np.where(extreme, 5, 4), np.where(extreme, 1, 2))
    stars[plain] = np.where(stage.rng.random(int(plain.sum())) < MODERATE, np.where(kind[plain], 4, 2), 3)
    slots = make_slots(number, listing=listing, day=day, account=author, stars=stars, lag_days=lag_days, nights=nights)
    slots["voice"] = np.where(plain, Voice.ORDINARY, Voice.TEMPLATE)
    slots["likeness"] = np.where(plain, 0.0, TEMPLATE_SHARE[attack.strength])
    listings = np.unique(listing) if order is None else order
    event = Event(
        kind=attack.kind,
        planted=True,
        strength=attack.strength,
        listings=tuple(int(n) for n in listings),
        start=int(day.min()),
        end=int(day.max()),
        accounts=tuple(int(n) for n in members),
    )
    stage.ledger.add(event, slots)
