"""Planted attacks, from strength 5 (trivial to see) to 1 (subtle), by new accounts and by aged ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detection.simulate.honest import rows_between
from detection.simulate.reviewers import BUILDING_WORK, TEMPLATE, Accounts, Event, Ledger, Slots, make_slots
from detection.simulate.world import Attack, AttackKind, Floats, Ints, World

# By strength, what all kinds share.
NEWBORN_SHARE = {5: 1.0, 4: 0.88, 3: 0.75, 2: 0.62, 1: 0.5}
EXTREME_SHARE = {5: 1.0, 4: 0.94, 3: 0.88, 2: 0.81, 1: 0.75}
TEMPLATE_SHARE = {5: 0.8, 4: 0.6, 3: 0.4, 2: 0.2, 1: 0.0}
# Kind and strength: reviews, and the days they take.
SIZES: dict[str, dict[int, tuple[int, int]]] = {
    "burst": {5: (40, 4), 4: (20, 5), 3: (12, 7), 2: (8, 10), 1: (5, 14)},
    "drip": {5: (70, 120), 4: (34, 120), 3: (24, 120), 2: (17, 120), 1: (10, 120)},
    "bombing": {5: (30, 4), 4: (15, 5), 3: (9, 7), 2: (6, 10), 1: (4, 14)},
    "boosting": {5: (30, 60), 4: (20, 67), 3: (14, 75), 2: (10, 82), 1: (7, 90)},
    "templates": {5: (40, 120), 4: (25, 150), 3: (16, 180), 2: (10, 180), 1: (6, 180)},
    "travel": {5: (20, 30), 4: (12, 60), 3: (8, 90), 2: (5, 120), 1: (3, 180)},
}
SIZES["ring_burst"] = SIZES["burst"]
SIZES["season_drip"] = SIZES["drip"]
# Strength: accounts, clients, share of the accounts that review a client, days for one client, days in all.
RINGS = {
    5: (25, 30, 0.70, 14, 300),
    4: (20, 30, 0.40, 30, 300),
    3: (15, 20, 0.25, 60, 360),
    2: (12, 15, 0.15, 150, 400),
    1: (10, 12, 0.10, 400, 450),
}
OWNERS = {
    5: (12, 0.80, 60, 120),
    4: (10, 0.60, 90, 200),
    3: (8, 0.40, 120, 300),
    2: (6, 0.25, 200, 400),
    1: (5, 0.15, 400, 450),
}
SWAPPED_SHARE = {5: 0.05, 4: 0.02, 3: 0.01, 2: 0.005, 1: 0.0025}
EARLIER_REVIEWS = (2, 9)
CLIENTS_OF_BURSTING_RING = 6
# A fault that praise covers needs guests who report it.
LEAST_GUESTS = 10.0


def grid(
    kinds: Sequence[AttackKind], *, each: int, strengths: Sequence[int] = (5, 4, 3, 2, 1), camouflage: float = 0.0
) -> tuple[Attack, ...]:
    """The same number of attacks of every kind and strength."""
    return tuple(
        Attack(kind=kind, strength=strength, camouflage=camouflage)
        for kind in kinds
        for strength in strengths
        for _ in range(each)
    )


@dataclass(frozen=True)
class _Stage:
    """What an attack is planted in; ``attacked`` says which listings belong to an earlier one."""

    rng: np.random.Generator
    world: World
    ordinary: Slots
    accounts: Accounts
    ledger: Ledger
    attacked: NDArray[np.bool_]


def plant(rng: np.random.Generator, world: World, ordinary: Slots, accounts: Accounts, ledger: Ledger) -> None:
    """Enter the world's attacks, each on listings of its own, except swapped ratings, which need the stars first."""
    stage = _Stage(rng, world, ordinary, accounts, ledger, np.zeros(len(world.town), bool))
    for attack in world.spec.attacks:
        if attack.kind != "swapped":
            _PLANTERS[attack.kind](stage, attack)


def swap(rng: np.random.Generator, world: World, attack: Attack, slots: Slots, ledger: Ledger) -> None:
    """Enter ordinary reviews whose rating stands at the wrong end of the scale; their words stay."""
    source = _source(world, attack)
    own = (world.source[slots["listing"]] == source) & ~slots["swapped"]
    open_rows = np.flatnonzero(own & (slots["event"] < 0) & (slots["stars"] != 3))
    rows = np.sort(rng.choice(open_rows, round(SWAPPED_SHARE[attack.strength] * own.sum()), replace=False))
    listings = tuple(int(n) for n in np.unique(slots["listing"][rows]))
    start, end = int(slots["day"][rows].min()), int(slots["day"][rows].max())
    slots["swapped"][rows] = True
    slots["event"][rows] = ledger.add(
        Event(kind="swapped", planted=True, strength=attack.strength, listings=listings, start=start, end=end)
    )


def _plant_crowd(stage: _Stage, attack: Attack) -> None:
    """A burst, a drip, a bombing, or the praise that covers a fault: one listing, some days, new and aged accounts."""
    number, length = SIZES[attack.kind][attack.strength]
    guests = LEAST_GUESTS if attack.kind == "boosting" else 0.0
    start, end = _dates(stage, attack, length)
    listing = int(_targets(stage, attack, 1, start, end, least_guests=guests)[0])
    if attack.kind == "season_drip" and attack.start_day is None:
        start, end = _high_season(stage, listing, length)
    praise = attack.kind != "bombing"
    day = _days(stage, listing, start, end, number, seasonal=attack.kind == "season_drip")
    if attack.kind == "boosting":
        _spoil(stage, listing, start, end)
    author = _authors(stage, attack, day, start, avoid=np.array([listing]))
    _enter(stage, attack, np.full(number, listing), day, author, praise=praise)


def _plant_templates(stage: _Stage, attack: Attack) -> None:
    """One author's template, review by review on different listings of one kind, under as many names."""
    number, length = SIZES["templates"][attack.strength]
    start, end = _dates(stage, attack, length)
    listings = _targets(stage, attack, attack.listings or number, start, end, one_kind=True)
    day = np.sort(stage.rng.integers(start, end, number))
    author = _authors(stage, attack, day, start, avoid=listings)
    _enter(stage, attack, np.resize(listings, number), day, author, praise=True)


def _plant_ring(stage: _Stage, attack: Attack) -> None:
    """Accounts for hire and their clients; as ``ring_burst``, at last all of them within days on one more client."""
    size, number, coverage, spread, length = RINGS[attack.strength]
    burst, burst_days = SIZES["burst"][attack.strength]
    last_act = attack.kind == "ring_burst"
    if last_act:
        size, number = burst, CLIENTS_OF_BURSTING_RING
    size, number, coverage = attack.accounts or size, attack.listings or number, attack.coverage or coverage
    start, end = _dates(stage, attack, length)
    targets = _targets(stage, attack, number + last_act, start, end)
    clients = targets[:number]
    members = _open(stage, size, start)
    per_client = max(2, round(coverage * size))
    opening = stage.rng.integers(start, max(start + 1, end - spread - burst_days * last_act), len(clients))
    chosen = np.argsort(stage.rng.random((len(clients), size)), axis=1)[:, :per_client]
    day = opening[:, None] + stage.rng.integers(0, spread, chosen.shape)
    listing, author = np.repeat(clients, per_client), members[chosen.ravel()]
    days = np.minimum(day.ravel(), end - 1)
    if last_act:
        listing = np.concatenate([listing, np.full(size, targets[-1])])
        author = np.concatenate([author, members])
        days = np.concatenate([days, stage.rng.integers(end - burst_days, end, size)])
    _camouflage(stage, attack, members, len(listing), targets, start, end)
    _enter(stage, attack, listing, days, author, praise=True, members=np.unique(author))


def _plant_owners(stage: _Stage, attack: Attack) -> None:
    """Owners who praise one another; the event's accounts and listings stand in the same order, owner by owner."""
    size, coverage, spread, length = OWNERS[attack.strength]
    start, end = _dates(stage, attack, length)
    owned = _targets(stage, attack, attack.accounts or size, start, end)
    owners = _open(stage, len(owned), start)
    one, other = np.nonzero(np.triu(np.ones((len(owned), len(owned)), bool), 1))
    pairs = stage.rng.permutation(len(one))[: max(2, round(coverage * len(one)))]
    one, other = one[pairs], other[pairs]
    # Praise comes back within the strength's days.
    first = stage.rng.integers(start, max(start + 1, end - spread), len(pairs))
    back = np.minimum(first + stage.rng.integers(0, spread, len(pairs)), end - 1)
    author, listing = np.concatenate([owners[one], owners[other]]), np.concatenate([owned[other], owned[one]])
    _camouflage(stage, attack, owners, len(listing), owned, start, end)
    _enter(stage, attack, listing, np.concatenate([first, back]), author, praise=True, members=owners, order=owned)


def _plant_travel(stage: _Stage, attack: Attack) -> None:
    """One account whose stays lie, two by two, on the same day in different towns."""
    number, length = SIZES["travel"][attack.strength]
    start, end = _dates(stage, attack, length)
    listings = _targets(stage, attack, 2 * number, start, end)
    order = listings[np.argsort(stage.world.town[listings], kind="stable")]
    half = len(order) // 2
    pairs = np.stack([order[:half], order[half : 2 * half]], axis=1).ravel()
    day = np.repeat(np.sort(stage.rng.integers(start, end, half)), 2)
    author = np.repeat(_open(stage, 1, start), len(pairs))
    _enter(stage, attack, pairs, day, author, praise=True, members=author[:1], lag_days=0)


_PLANTERS: dict[str, Callable[[_Stage, Attack], None]] = {
    "burst": _plant_crowd,
    "drip": _plant_crowd,
    "season_drip": _plant_crowd,
    "bombing": _plant_crowd,
    "boosting": _plant_crowd,
    "templates": _plant_templates,
    "ring": _plant_ring,
    "ring_burst": _plant_ring,
    "owners": _plant_owners,
    "travel": _plant_travel,
}


def _source(world: World, attack: Attack) -> int:
    for number, source in enumerate(world.spec.sources):
        if source.reviewer_ids if attack.platform is None else source.slug == attack.platform:
            return number
    raise ValueError(f"no platform for the attack: {attack}")


def _dates(stage: _Stage, attack: Attack, length: int) -> tuple[int, int]:
    """First day and the day after the last; an attack that starts late ends with the world."""
    days = stage.world.spec.days
    length = min(length, days // 2)
    if attack.start_day is not None:
        return attack.start_day, min(attack.start_day + length, days)
    start = int(stage.rng.integers(min(365, days // 3), days - length + 1))
    return start, start + length


def _targets(
    stage: _Stage,
    attack: Attack,
    number: int,
    start: int,
    end: int,
    *,
    least_guests: float = 0.0,
    one_kind: bool = False,
) -> Ints:
    """Listings that have long been open, preferably not attacked and with no innocent peak just then."""
    world, rng = stage.world, stage.rng
    listings = world.on(_source(world, attack))
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


def _days(stage: _Stage, listing: int, start: int, end: int, number: int, *, seasonal: bool) -> Ints:
    """Days of an attack: even, or in proportion to the listing's own guests."""
    if not seasonal:
        return np.sort(stage.rng.integers(start, end, number))
    expected: Floats = stage.world.intensity[listing, start:end] + 1e-9
    return np.sort(stage.rng.choice(np.arange(start, end), number, p=expected / expected.sum()))


def _high_season(stage: _Stage, listing: int, length: int) -> tuple[int, int]:
    """The stretch of that length in which the listing expects most, not before the second year."""
    days = stage.world.spec.days
    total = np.concatenate([[0.0], np.cumsum(stage.world.intensity[listing])])
    starts = np.arange(min(365, days // 3), days - length + 1)
    start = int(starts[np.argmax(total[starts + length] - total[starts])])
    return start, start + length


def _spoil(stage: _Stage, listing: int, start: int, end: int) -> None:
    """The listing's own guests complain of building work, about two stars lower than they would have been."""
    rows = rows_between(stage.world, stage.ordinary, listing, start, end)
    event = Event(kind="building_work", planted=False, listings=(listing,), start=start, end=end - 1)
    stage.ordinary["shift"][rows] = -1.9
    stage.ordinary["voice"][rows] = BUILDING_WORK
    stage.ordinary["event"][rows] = stage.ledger.add(event)


def _authors(stage: _Stage, attack: Attack, day: Ints, start: int, avoid: Ints) -> Ints:
    """One account for each review: registered for it, or, the strength's share, with earlier reviews of elsewhere."""
    rng = stage.rng
    new = rng.permutation(len(day)) < round(NEWBORN_SHARE[attack.strength] * len(day))
    old = _open(stage, int((~new).sum()), start)
    earlier = np.repeat(old, rng.integers(*EARLIER_REVIEWS, len(old)))
    _review_elsewhere(stage, attack, earlier, avoid, 0, max(1, start - 14), sure=old)
    home = rng.integers(0, stage.world.spec.towns, int(new.sum()))
    author = np.zeros(len(day), int)
    author[new] = stage.accounts.add(rng, home, day[new] - rng.integers(0, 15, len(home)))
    author[~new] = old
    return author


def _open(stage: _Stage, number: int, start: int) -> Ints:
    """Accounts that are some years old by the start of an attack, with a profile fuller than this platform shows."""
    towns = stage.world.spec.towns
    since = start - stage.rng.integers(200, 1500, number)
    return stage.accounts.add(
        stage.rng, stage.rng.integers(0, towns, number), since, stage.rng.geometric(0.25, number) - 1
    )


def _camouflage(stage: _Stage, attack: Attack, members: Ints, own: int, avoid: Ints, start: int, end: int) -> None:
    """Harmless reviews around the campaign, in the attack's share of all that its accounts write."""
    share = attack.camouflage
    number = round(own * share / (1 - share))
    first = max(0, start - 60)
    _review_elsewhere(stage, attack, np.resize(members, number), avoid, first, end)


def _review_elsewhere(
    stage: _Stage, attack: Attack, author: Ints, avoid: Ints, start: int, end: int, sure: Ints | None = None
) -> None:
    """Add ordinary-looking reviews of other listings of the platform, on days when those are open."""
    world, rng = stage.world, stage.rng
    listings = np.setdiff1d(world.on(_source(world, attack)), avoid)
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


def _enter(
    stage: _Stage,
    attack: Attack,
    listing: Ints,
    day: Ints,
    author: Ints,
    *,
    praise: bool,
    members: Sequence[int] | Ints = (),
    order: Ints | None = None,
    lag_days: int = -1,
) -> None:
    """Enter the reviews of one attack, with the strength's share of extreme stars and its likeness of texts."""
    number = len(listing)
    extreme = stage.rng.permutation(number) < round(EXTREME_SHARE[attack.strength] * number)
    stars = np.where(extreme, 5, 4) if praise else np.where(extreme, 1, 2)
    slots = make_slots(number, listing=listing, day=day, account=author, stars=stars, voice=TEMPLATE, lag_days=lag_days)
    slots["likeness"] = TEMPLATE_SHARE[attack.strength]
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
