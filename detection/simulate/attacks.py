"""Planted attacks, from strength 5 (trivial to see) to 1 (subtle), by new accounts and by aged ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from detection.simulate.hired import HIRED, plant_hired
from detection.simulate.honest import rows_between
from detection.simulate.reviewers import Accounts, Event, Ledger, Slots, Voice
from detection.simulate.rings import OWNERS, RINGS, plant_owners, plant_ring
from detection.simulate.stage import (
    EXTREME_SHARE,
    NEWBORN_SHARE,
    SIZES,
    TEMPLATE_SHARE,
    Stage,
    dates,
    enter,
    open_aged,
    review_elsewhere,
    source_of,
    targets,
)
from detection.simulate.travel import plant_travel
from detection.simulate.world import Attack, AttackKind, Floats, Ints, World

__all__ = [
    "EARLIER_REVIEWS",
    "EXTREME_SHARE",
    "HIRED",
    "LEAST_GUESTS",
    "NEWBORN_SHARE",
    "OWNERS",
    "RINGS",
    "SIZES",
    "SWAPPED_SHARE",
    "TEMPLATE_SHARE",
    "grid",
    "plant",
    "swap",
]

SWAPPED_SHARE = {5: 0.05, 4: 0.02, 3: 0.01, 2: 0.005, 1: 0.0025}
EARLIER_REVIEWS = (2, 9)
# A fault that praise covers needs guests who report it.
LEAST_GUESTS = 10.0


def grid(
    kinds: Sequence[AttackKind],
    *,
    each: int,
    strengths: Sequence[int] = (5, 4, 3, 2, 1),
    camouflage: float = 0.0,
    one_town: bool = False,
    blame: bool = False,
) -> tuple[Attack, ...]:
    """The same number of attacks of every kind and strength."""
    return tuple(
        Attack(kind=kind, strength=strength, camouflage=camouflage, one_town=one_town, blame=blame)
        for kind in kinds
        for strength in strengths
        for _ in range(each)
    )


def plant(rng: np.random.Generator, world: World, ordinary: Slots, accounts: Accounts, ledger: Ledger) -> None:
    """Enter the world's attacks, each on listings of its own, except swapped ratings, which need the stars first."""
    stage = Stage(rng, world, ordinary, accounts, ledger, np.zeros(len(world.town), bool))
    for attack in world.spec.attacks:
        if attack.kind != "swapped":
            _PLANTERS[attack.kind](stage, attack)


def swap(rng: np.random.Generator, world: World, attack: Attack, slots: Slots, ledger: Ledger) -> None:
    """Enter ordinary reviews whose rating stands at the wrong end of the scale; their words stay."""
    source = source_of(world, attack)
    own = (world.source[slots["listing"]] == source) & ~slots["swapped"]
    open_rows = np.flatnonzero(own & (slots["event"] < 0) & (slots["stars"] != 3))
    rows = np.sort(rng.choice(open_rows, round(SWAPPED_SHARE[attack.strength] * own.sum()), replace=False))
    listings = tuple(int(n) for n in np.unique(slots["listing"][rows]))
    start, end = int(slots["day"][rows].min()), int(slots["day"][rows].max())
    slots["swapped"][rows] = True
    slots["event"][rows] = ledger.add(
        Event(kind="swapped", planted=True, strength=attack.strength, listings=listings, start=start, end=end)
    )


def _plant_crowd(stage: Stage, attack: Attack) -> None:
    """A burst, a drip, a bombing, or the praise that covers a fault: one listing, some days, new and aged accounts."""
    number, length = SIZES[attack.kind][attack.strength]
    guests = LEAST_GUESTS if attack.kind == "boosting" else 0.0
    start, end = dates(stage, attack, length)
    listing = int(targets(stage, attack, 1, start, end, least_guests=guests)[0])
    if attack.kind == "season_drip" and attack.start_day is None:
        start, end = _high_season(stage, listing, length)
    praise = attack.kind != "bombing"
    day = _days(stage, listing, start, end, number, seasonal=attack.kind == "season_drip")
    if attack.kind == "boosting":
        _spoil(stage, listing, start, end)
    disguised = stage.rng.permutation(number) < round(attack.camouflage * number)
    author = _authors(stage, attack, day, start, np.array([listing]), disguised)
    enter(stage, attack, np.full(number, listing), day, author, praise=praise, disguised=disguised)


def _plant_templates(stage: Stage, attack: Attack) -> None:
    """One author's template, review by review on different listings of one kind, under as many names."""
    number, length = SIZES["templates"][attack.strength]
    start, end = dates(stage, attack, length)
    listings = targets(stage, attack, attack.listings or number, start, end, one_kind=True)
    day = np.sort(stage.rng.integers(start, end, number))
    author = _authors(stage, attack, day, start, listings, np.zeros(number, bool))
    enter(stage, attack, np.resize(listings, number), day, author, praise=True)


def _days(stage: Stage, listing: int, start: int, end: int, number: int, *, seasonal: bool) -> Ints:
    """Days of an attack: even, or in proportion to the listing's own guests."""
    if not seasonal:
        return np.sort(stage.rng.integers(start, end, number))
    expected: Floats = stage.world.intensity[listing, start:end] + 1e-9
    return np.sort(stage.rng.choice(np.arange(start, end), number, p=expected / expected.sum()))


def _high_season(stage: Stage, listing: int, length: int) -> tuple[int, int]:
    """The stretch of that length in which the listing expects most, not before the second year."""
    days = stage.world.spec.days
    total = np.concatenate([[0.0], np.cumsum(stage.world.intensity[listing])])
    starts = np.arange(min(365, days // 3), days - length + 1)
    start = int(starts[np.argmax(total[starts + length] - total[starts])])
    return start, start + length


def _spoil(stage: Stage, listing: int, start: int, end: int) -> None:
    """The listing's own guests complain of building work, about two stars lower than they would have been."""
    rows = rows_between(stage.world, stage.ordinary, listing, start, end)
    event = Event(kind="building_work", planted=False, listings=(listing,), start=start, end=end - 1)
    stage.ordinary["shift"][rows] = -1.9
    stage.ordinary["voice"][rows] = Voice.BUILDING_WORK
    stage.ordinary["event"][rows] = stage.ledger.add(event)


def _authors(stage: Stage, attack: Attack, day: Ints, start: int, avoid: Ints, disguised: NDArray[np.bool_]) -> Ints:
    """One account for each review: with earlier reviews of elsewhere or, the strength's share, registered for it.

    An attack of kind ``aged`` has none registered for it, and neither have the disguised reviews.
    """
    rng = stage.rng
    share = 0.0 if attack.kind == "aged" else NEWBORN_SHARE[attack.strength]
    new = np.zeros(len(day), bool)
    new[~disguised] = rng.permutation(int((~disguised).sum())) < round(share * (~disguised).sum())
    old = open_aged(stage, int((~new).sum()), start)
    earlier = np.repeat(old, rng.integers(*EARLIER_REVIEWS, len(old)))
    review_elsewhere(stage, attack, earlier, avoid, 0, max(1, start - 14), sure=old)
    home = rng.integers(0, stage.world.spec.towns, int(new.sum()))
    author = np.zeros(len(day), int)
    author[new] = stage.accounts.add(rng, home, day[new] - rng.integers(0, 15, len(home)))
    author[~new] = old
    return author


_PLANTERS: dict[str, Callable[[Stage, Attack], None]] = {
    "burst": _plant_crowd,
    "aged": _plant_crowd,
    "drip": _plant_crowd,
    "season_drip": _plant_crowd,
    "bombing": _plant_crowd,
    "boosting": _plant_crowd,
    "templates": _plant_templates,
    "ring": plant_ring,
    "ring_burst": plant_ring,
    "owners": plant_owners,
    "travel": plant_travel,
    "hired": plant_hired,
}
