"""Honest people who act together: families, parties on tour, followers of a list, colleagues at lunch."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from detection.simulate.journeys import business_traveller, tour_party
from detection.simulate.owners import owner_neighbours
from detection.simulate.reviewers import Accounts, Ledger, Slots
from detection.simulate.scene import Scene, set_scene
from detection.simulate.world import Ints, Spec, World

# In a world of 1,200 listings.
USUAL = {
    "couples": 200,
    "food_clubs": 25,
    "elite_groups": 25,
    "families": 20,
    "tour_parties": 10,
    "list_followers": 8,
    "lunch_rounds": 15,
    "business_travellers": 30,
    "owner_neighbours": 20,
}
USUAL_LISTINGS = 1200
TRIP_DAYS = 4


def with_company(spec: Spec) -> Spec:
    """The world with honest people of every kind that acts together, in numbers that fit its size."""
    size = sum(source.listings for source in spec.sources) / USUAL_LISTINGS
    numbers = {kind: math.ceil(number * size) for kind, number in USUAL.items()}
    return replace(spec, honest=replace(spec.honest, **numbers))


def gather(seed: int, part: int, world: World, slots: Slots, accounts: Accounts, ledger: Ledger, *, hired: int) -> None:
    """Enter the world's companies after all others; every kind has dice of its own, numbered from ``part`` on.

    The first ``hired`` accounts are the attackers'.
    """
    numbers = [getattr(world.spec.honest, kind) for kind in _COMPANIES]
    if not any(numbers):
        return
    scene = set_scene(np.random.default_rng([seed, part]), world, slots, accounts, ledger, hired=hired)
    for turn, (number, draw) in enumerate(zip(numbers, _COMPANIES.values(), strict=True)):
        own = replace(scene, rng=np.random.default_rng([seed, part + turn]))
        for _ in range(number):
            draw(own)


def _family(scene: Scene) -> None:
    """Three to five who travel together over the years, and eat out together at home; one of them writes anyway."""
    rng, world = scene.rng, scene.world
    source = scene.platform()
    head = scene.pick(source, 1, least=3)
    if not len(head):
        return
    home = int(scene.home[head[0]])
    size = int(rng.integers(3, 6))
    members = np.concatenate([head, scene.open(np.full(size - 1, home), 0)])
    eats = scene.places(source, home, hotel=False)
    eats = rng.choice(eats, min(int(rng.integers(3, 9)), len(eats)), replace=False)
    places, days = [eats], [rng.integers(0, world.spec.days, len(eats))]
    trips = int(rng.integers(3, 9))
    towns = rng.permutation(np.setdiff1d(np.arange(world.spec.towns), home))[:trips]
    season = world.spec.days // (len(towns) + 1)
    for turn, town in enumerate(towns):
        there, nights = _holiday(scene, source, int(town)), int(rng.integers(3, 8))
        starts = turn * season + rng.integers(0, max(1, season - nights), 20)
        start = next((day for day in starts if scene.diary.idle(int(head[0]), int(day), int(day) + nights + 1)), None)
        if start is not None:
            # They leave the hotel on the last day, and ate out on the others.
            hotels = scene.world.hotel[there]
            places.append(there)
            days.append(start + np.where(hotels, nights, rng.integers(0, nights, len(there))))
    place, day = np.concatenate(places), np.concatenate(days)
    writes = rng.uniform(0.4, 0.9, size)
    member, visit = np.nonzero(rng.random((size, len(place))) < writes[:, None])
    slots = scene.visits(members[member], place[visit], day[visit], rng.integers(0, 9, len(member)))
    scene.ledger.slots.append(_alone_at_home(scene, source, home, members[1:], place))
    scene.enter("family", slots, members)


def _holiday(scene: Scene, source: int, town: int) -> Ints:
    """A hotel and a few restaurants, as far as the town has them."""
    hotels, eats = (scene.places(source, town, hotel=hotel) for hotel in (True, False))
    wanted = int(scene.rng.integers(1, 4))
    return np.concatenate(
        [scene.rng.choice(some, min(n, len(some)), replace=False) for some, n in ((hotels, 1), (eats, wanted))]
    )


def _alone_at_home(scene: Scene, source: int, home: int, members: Ints, avoid: Ints) -> Slots:
    """What members of a company wrote without it: none to four places of their own town."""
    rng = scene.rng
    alone = np.repeat(members, rng.integers(0, 5, len(members)))
    places = np.setdiff1d(scene.places(source, home, hotel=False), avoid)
    if not len(places):
        alone = alone[:0]
    listing = rng.choice(places, len(alone)) if len(alone) else np.zeros(0, int)
    stay, wait = rng.integers(0, scene.world.spec.days, len(alone)), rng.integers(0, 9, len(alone))
    return scene.visits(alone, listing, stay, wait)


def _list_followers(scene: Scene) -> None:
    """Keen reviewers who work through a published list of good places, each in an order and a time of their own."""
    rng, world = scene.rng, scene.world
    source = scene.platform()
    size = int(rng.integers(20, 41))
    towns = rng.permutation(np.unique(world.town[world.on(source)]))[: int(rng.integers(3, 7))]
    if rng.random() < 0.5:
        largest = np.bincount(world.town[world.on(source)], minlength=world.spec.towns)
        towns = towns[:1] if largest[towns[0]] >= 25 else np.array([np.argmax(largest)])
    known = np.concatenate([scene.places(source, int(town)) for town in towns])
    best = known[np.argsort(-world.quality[known], kind="stable")][: max(1, len(known) // 2)]
    published = rng.choice(best, min(int(rng.integers(12, 26)), len(best)), replace=False)
    local = int(towns[0]) if len(towns) == 1 else None
    members = scene.pick(source, size, home=local, least=3)
    start = int(rng.integers(0, max(1, world.spec.days - 200)))
    length = min(int(rng.integers(180, 541)), world.spec.days - start)
    share = rng.uniform(0.2, 0.5, len(members))
    member, visit = np.nonzero(rng.random((len(members), len(published))) < share[:, None])
    stay = start + rng.integers(0, length, len(member))
    if local is None:
        # Each goes to each town once, for some days.
        trips = rng.integers(0, length, (len(members), world.spec.towns))
        stay = start + trips[member, world.town[published[visit]]] + rng.integers(0, TRIP_DAYS, len(member))
    slots = scene.visits(members[member], published[visit], stay, rng.integers(0, 9, len(member)))
    scene.enter("list_followers", slots, members, np.sort(published))


def _lunch_round(scene: Scene) -> None:
    """Colleagues who eat near by together on working days, over months; some write about it."""
    rng, world = scene.rng, scene.world
    source = scene.platform()
    office = int(rng.choice(world.on(source)))
    town = int(world.town[office])
    eats = scene.places(source, town, hotel=False)
    away = np.hypot(world.latitude[eats] - world.latitude[office], world.longitude[eats] - world.longitude[office])
    near = eats[np.argsort(away, kind="stable")][: int(rng.integers(6, 16))]
    size = int(rng.integers(4, 10))
    regulars = scene.pick(source, size - size // 2, home=town, least=2)
    start = int(rng.integers(0, max(1, world.spec.days - 300)))
    members = np.concatenate([regulars, scene.open(np.full(size - len(regulars), town), start)])
    length = min(int(rng.integers(90, 300)), world.spec.days - start)
    day = start + rng.integers(0, length, len(near))
    # From Monday to Friday.
    day -= np.maximum((world.spec.start.weekday() + day) % 7 - 4, 0)
    writes = rng.uniform(0.15, 0.7, size)
    member, visit = np.nonzero(rng.random((size, len(near))) < 0.8 * writes[:, None])
    slots = scene.visits(members[member], near[visit], day[visit], rng.integers(0, 6, len(member)))
    scene.ledger.slots.append(_alone_at_home(scene, source, town, members[len(regulars) :], near))
    scene.enter("lunch_round", slots, members)


_COMPANIES: dict[str, Callable[[Scene], None]] = {
    "families": _family,
    "tour_parties": tour_party,
    "list_followers": _list_followers,
    "lunch_rounds": _lunch_round,
    "business_travellers": business_traveller,
    "owner_neighbours": owner_neighbours,
}
