"""Who owns which listing: planted rings of owners, honest neighbours, and owners who never write."""

from __future__ import annotations

import numpy as np

from detection.simulate.reviewers import Ledger
from detection.simulate.scene import Scene
from detection.simulate.world import Ints, World

OWNER_KINDS = ("owners", "owner_neighbours")
# Of the listings that no event gives an owner, so many have one on file; so many of those owners have several.
OWNED = 0.3
OF_SEVERAL = 0.15


def owner_neighbours(scene: Scene) -> None:
    """Owners in one town who review as everybody does, and now and then one another's place.

    The event's accounts and listings stand in the same order, owner by owner.
    """
    rng, world = scene.rng, scene.world
    source = scene.platform()
    office = int(rng.choice(world.on(source)))
    town = int(world.town[office])
    here = scene.places(source, town)
    free = here[~scene.owned[here]]
    members = scene.pick(source, min(int(rng.integers(3, 7)), len(free)), home=town, least=4)
    if len(members) < 2:
        return
    owned = rng.choice(free, len(members), replace=False)
    scene.owned[owned] = True
    one, other = np.nonzero(~np.eye(len(members), dtype=bool))
    chosen = rng.permutation(len(one))[: int(rng.integers(1, len(members) + 1))]
    stay = rng.integers(0, world.spec.days, len(chosen))
    slots = scene.visits(members[one[chosen]], owned[other[chosen]], stay, rng.integers(0, 9, len(chosen)))
    scene.enter("owner_neighbours", slots, members, owned)


def draw_owners(rng: np.random.Generator, world: World, ledger: Ledger) -> tuple[Ints, Ints, Ints]:
    """Aligned listings, owners (numbered from 0) and the owners' accounts, -1 where none is known."""
    writers = [event for event in ledger.events if event.kind in OWNER_KINDS]
    pairs = [pair for event in writers for pair in zip(event.listings, event.accounts, strict=True)]
    known = np.array(pairs, int).reshape(-1, 2)
    others = np.setdiff1d(np.arange(len(world.town)), known[:, 0])
    others = np.sort(rng.choice(others, round(OWNED * len(others)), replace=False))
    # Whoever owns several owns the next on the list, too, wherever that lies.
    owner = len(known) + np.cumsum(rng.random(len(others)) >= OF_SEVERAL)
    return (
        np.concatenate([known[:, 0], others]),
        np.concatenate([np.arange(len(known)), owner]),
        np.concatenate([known[:, 1], np.full(len(others), -1)]),
    )
