"""Honest journeys through many towns: a party on its route, and those who travel for their work."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from detection.simulate.places import kilometres
from detection.simulate.scene import Scene
from detection.simulate.world import Floats, Ints

PARTY_DAYS = 14
POSTED_WITHIN_DAYS = 21
# What lies further away takes a coach another night.
COACH_KM = 500.0
# Who is on the road for work is seldom delighted and seldom appalled.
AT_WORK = -0.35
GOES_ON = 0.6
DESK_DAYS = 3


def tour_party(scene: Scene) -> None:
    """Ten to twenty-five people on one coach: the same hotels, town after town, within two weeks."""
    rng, world = scene.rng, scene.world
    source, size = scene.platform(), int(rng.integers(10, 26))
    known = scene.pick(source, int(rng.integers(0, size // 4 + 1)), most=2)
    start = int(rng.integers(0, max(1, world.spec.days - PARTY_DAYS - POSTED_WITHIN_DAYS)))
    homes = rng.integers(0, world.spec.towns, size - len(known))
    members = np.concatenate([known, scene.open(homes, start)])
    route = _route(scene, source, int(rng.integers(3, 8)))
    if not len(route):
        return
    nights = rng.integers(1, max(2, PARTY_DAYS // len(route) + 1), len(route))
    legs = [float(_away(scene, one, np.array([other]))[0]) for one, other in pairwise(route.tolist())]
    nights[1:] += np.array(legs) > COACH_KM
    in_time = np.cumsum(nights) <= PARTY_DAYS
    route, nights = route[in_time], nights[in_time]
    leaves = start + np.cumsum(nights)
    hotels = np.array([rng.choice(scene.places(source, int(town), hotel=True)) for town in route])
    place, day = hotels, leaves
    for town, last, length in zip(route, leaves, nights, strict=True):
        # A table for all of them, on an evening between two nights in the town.
        eats = scene.places(source, int(town), hotel=False)
        if len(eats) and length > 1 and rng.random() < 0.5:
            place = np.append(place, rng.choice(eats))
            day = np.append(day, last - 1)
    writes = rng.uniform(0.3, 0.7, size)
    member, visit = np.nonzero(rng.random((size, len(place))) < writes[:, None])
    wait = np.minimum(rng.exponential(6.0, len(member)).astype(int), POSTED_WITHIN_DAYS - 1)
    slots = scene.visits(members[member], place[visit], day[visit], wait)
    scene.enter("tour_party", slots, members)


def business_traveller(scene: Scene) -> None:
    """One account with twenty to sixty hotel stays in many towns, some of them on days that follow one another."""
    rng, world = scene.rng, scene.world
    source = scene.platform()
    hotels = np.flatnonzero((world.source == source) & world.hotel)
    number = min(int(rng.integers(20, 61)), len(hotels), world.spec.days // 3)
    if number < 2:
        return
    place = _many_towns(rng, hotels, world.town, number)
    # A round goes on after a night or two; between rounds lie some days at the desk.
    goes_on = rng.random(number) < GOES_ON
    step = np.where(goes_on, rng.integers(1, 3, number), DESK_DAYS)
    pause = np.where(goes_on, 0.0, rng.exponential(1.0, number))
    pause *= max(0, world.spec.days - 30 - int(step.sum())) / max(pause.sum(), 1e-9)
    stay = np.cumsum(step + pause.astype(int))
    account = scene.open(rng.integers(0, world.spec.towns, 1), 0)
    wait = np.minimum(rng.exponential(7.0, number), 90).astype(int)
    slots = scene.visits(np.repeat(account, number), place, stay, wait, shift=AT_WORK)
    scene.enter("business_traveller", slots, account)


def _route(scene: Scene, source: int, number: int) -> Ints:
    """Towns with hotels, one near the other, none twice."""
    world, rng = scene.world, scene.rng
    hotel_towns = np.unique(world.town[(world.source == source) & world.hotel])
    if not len(hotel_towns):
        return hotel_towns
    route = [int(rng.choice(hotel_towns))]
    while len(route) < min(number, len(hotel_towns)):
        ahead = np.setdiff1d(hotel_towns, route)
        near = ahead[np.argsort(_away(scene, route[-1], ahead), kind="stable")[:3]]
        route.append(int(rng.choice(near)))
    return np.array(route)


def _away(scene: Scene, town: int, others: Ints) -> Floats:
    """Kilometres from a town to others."""
    at = np.array([(each.latitude, each.longitude) for each in scene.world.towns])
    return kilometres(at[town, 0], at[town, 1], at[others, 0], at[others, 1])


def _many_towns(rng: np.random.Generator, hotels: Ints, town: Ints, number: int) -> Ints:
    """Hotels without repetition in random order, drawn town by town so that few follow one another in one town."""
    mixed = rng.permutation(hotels)
    order = np.argsort(town[mixed], kind="stable")
    turn = np.arange(len(mixed)) - np.searchsorted(town[mixed][order], town[mixed][order])
    return mixed[order][np.lexsort((rng.random(len(mixed)), turn))][:number]
