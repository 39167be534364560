"""An impossible traveller: one account whose stays cannot both be true."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detection.simulate.places import kilometres
from detection.simulate.stage import SIZES, Stage, camouflage, dates, enter, open_aged, source_of, targets
from detection.simulate.stays import MOST_NIGHTS
from detection.simulate.world import Attack, Ints

FAR_KM = 300.0
# Whoever never was there writes within so many days.
POSTED_WITHIN_DAYS = 7
# So many listings are looked at for each that is taken.
CHOICE = 2


def plant_travel(stage: Stage, attack: Attack) -> None:
    """Enter stays that lie, two by two, more than ``FAR_KM`` apart on the same day or, in hotels, in the same nights.

    Raises:
        ValueError: no two listings lie so far apart.
    """
    rng = stage.rng
    number, length = SIZES["travel"][attack.strength]
    start, end = dates(stage, attack, length)
    earlier = stage.attacked.copy()
    pairs = _far_pairs(stage, targets(stage, attack, CHOICE * 2 * number, start, end))[:number]
    stage.attacked[:] = earlier
    stage.attacked[pairs] = True
    if not len(pairs):
        raise ValueError(f"no two towns lie {FAR_KM:.0f} km apart: {attack}")
    first = min(start, stage.world.spec.days - MOST_NIGHTS - 1)
    there = np.sort(rng.integers(first, max(first + 1, end - MOST_NIGHTS), len(pairs)))
    told = stage.world.spec.sources[source_of(stage.world, attack)].stayed == "interval"
    stay, nights = _overlapping(rng, stage.world.hotel[pairs] & told, there)
    listing, stay, nights = pairs.ravel(), stay.ravel(), nights.ravel()
    day = np.minimum(stay + rng.integers(0, POSTED_WITHIN_DAYS, len(stay)), stage.world.spec.days - 1)
    account = open_aged(stage, 1, start)
    camouflage(stage, attack, account, len(listing), listing, start, end)
    author = np.repeat(account, len(listing))
    enter(stage, attack, listing, day, author, praise=True, members=account, lag_days=day - stay, nights=nights)


def _overlapping(rng: np.random.Generator, overnight: NDArray[np.bool_], there: Ints) -> tuple[Ints, Ints]:
    """Last days and nights of pairs of stays: two hotels share a night, and a day lies inside the nights of the other.

    Arrays of shape (pairs, 2), but ``there``, the day of each pair.
    """
    nights = np.where(overnight, rng.integers(2, MOST_NIGHTS + 1, overnight.shape), 0)
    later = (rng.random(overnight.shape) * (nights - 1)).astype(int) + 1
    # Both guests of two hotels sleep there in the night before the day.
    later -= np.all(overnight, axis=1, keepdims=True)
    return there[:, None] + np.where(overnight, later, 0), nights


def _far_pairs(stage: Stage, listings: Ints) -> Ints:
    """Pairs of listings far from each other, none twice; shape (pairs, 2)."""
    world, left, pairs = stage.world, list(listings), []
    while left:
        one = left.pop()
        at = np.array(left, int)
        away = kilometres(world.latitude[one], world.longitude[one], world.latitude[at], world.longitude[at])
        if (away > FAR_KM).any():
            pairs.append((one, left.pop(int(np.argmax(away > FAR_KM)))))
    return np.array(pairs, int).reshape(-1, 2)
