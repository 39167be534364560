"""Attacks by accounts that act together: rings for hire, and owners who praise one another."""

from __future__ import annotations

import numpy as np

from detection.simulate.stage import SIZES, Stage, camouflage, dates, enter, open_aged, targets, town_with
from detection.simulate.world import Attack

# Strength: accounts, clients, share of the accounts that review a client, days for one client, days in all.
RINGS = {
    5: (25, 30, 0.70, 14, 300),
    4: (20, 30, 0.40, 30, 300),
    3: (15, 20, 0.25, 60, 360),
    2: (12, 15, 0.15, 150, 400),
    1: (10, 12, 0.10, 400, 450),
}
# Strength: owners, share of their pairs that praise each other, days until praise comes back, days in all.
OWNERS = {
    5: (12, 0.80, 60, 120),
    4: (10, 0.60, 90, 200),
    3: (8, 0.40, 120, 300),
    2: (6, 0.25, 200, 400),
    1: (5, 0.15, 400, 450),
}
CLIENTS_OF_BURSTING_RING = 6


def plant_ring(stage: Stage, attack: Attack) -> None:
    """Accounts for hire and their clients; as ``ring_burst``, at last all of them within days on one more client."""
    size, number, coverage, spread, length = RINGS[attack.strength]
    burst, burst_days = SIZES["burst"][attack.strength]
    last_act = attack.kind == "ring_burst"
    if last_act:
        size, number = burst, CLIENTS_OF_BURSTING_RING
    size, number, coverage = attack.accounts or size, attack.listings or number, attack.coverage or coverage
    start, end = dates(stage, attack, length)
    town = town_with(stage, attack, number + last_act) if attack.one_town else None
    hit = targets(stage, attack, number + last_act, start, end, town=town)
    last_act = last_act and len(hit) > 1
    number = len(hit) - last_act
    clients = hit[:number]
    members = open_aged(stage, size, start)
    per_client = max(2, round(coverage * size))
    opening = stage.rng.integers(start, max(start + 1, end - spread - burst_days * last_act), len(clients))
    chosen = np.argsort(stage.rng.random((len(clients), size)), axis=1)[:, :per_client]
    day = opening[:, None] + stage.rng.integers(0, spread, chosen.shape)
    listing, author = np.repeat(clients, per_client), members[chosen.ravel()]
    days = np.minimum(day.ravel(), end - 1)
    if last_act:
        listing = np.concatenate([listing, np.full(size, hit[-1])])
        author = np.concatenate([author, members])
        days = np.concatenate([days, stage.rng.integers(end - burst_days, end, size)])
    camouflage(stage, attack, members, len(listing), hit, start, end)
    enter(stage, attack, listing, days, author, praise=not attack.blame, members=np.unique(author))


def plant_owners(stage: Stage, attack: Attack) -> None:
    """Owners who praise one another; the event's accounts and listings stand in the same order, owner by owner."""
    size, coverage, spread, length = OWNERS[attack.strength]
    start, end = dates(stage, attack, length)
    owned = targets(stage, attack, attack.accounts or size, start, end)
    owners = open_aged(stage, len(owned), start)
    one, other = np.nonzero(np.triu(np.ones((len(owned), len(owned)), bool), 1))
    pairs = stage.rng.permutation(len(one))[: max(2, round(coverage * len(one)))]
    one, other = one[pairs], other[pairs]
    # Praise comes back within the strength's days.
    first = stage.rng.integers(start, max(start + 1, end - spread), len(pairs))
    back = np.minimum(first + stage.rng.integers(0, spread, len(pairs)), end - 1)
    author, listing = np.concatenate([owners[one], owners[other]]), np.concatenate([owned[other], owned[one]])
    camouflage(stage, attack, owners, len(listing), owned, start, end)
    enter(stage, attack, listing, np.concatenate([first, back]), author, praise=True, members=owners, order=owned)
