"""A hired hand: one aged account that writes where it is told to, in bursts, and then falls silent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detection.simulate.stage import Stage, camouflage, dates, enter, open_aged, targets, town_with
from detection.simulate.world import Attack


@dataclass(frozen=True)
class Work:
    """What one strength does; the share at the end of the scale is that of all attacks."""

    reviews: int
    days: int
    at_home: float
    in_bursts: float
    bursts: int


HIRED = {
    5: Work(reviews=60, days=60, at_home=0.0, in_bursts=1.0, bursts=5),
    4: Work(reviews=40, days=90, at_home=0.1, in_bursts=0.8, bursts=4),
    3: Work(reviews=25, days=150, at_home=0.2, in_bursts=0.6, bursts=3),
    2: Work(reviews=15, days=220, at_home=0.35, in_bursts=0.4, bursts=2),
    1: Work(reviews=10, days=300, at_home=0.5, in_bursts=0.2, bursts=1),
}
BURST_DAYS = 4
# The others blame a competitor.
PRAISE_SHARE = 0.8


def plant_hired(stage: Stage, attack: Attack) -> None:
    """Enter the reviews of one account, some of them in one town, the others anywhere."""
    rng, work = stage.rng, HIRED[attack.strength]
    start, end = dates(stage, attack, work.days)
    number = attack.listings or work.reviews
    at_home = round(work.at_home * number)
    home = targets(stage, attack, at_home, start, end, town=town_with(stage, attack, at_home))
    listing = rng.permutation(np.concatenate([home, targets(stage, attack, number - len(home), start, end)]))
    hurried = round(work.in_bursts * len(listing))
    opening = rng.integers(start, max(start + 1, end - BURST_DAYS + 1), work.bursts)
    day = rng.integers(start, end, len(listing))
    day[:hurried] = np.minimum(rng.choice(opening, hurried) + rng.integers(0, BURST_DAYS, hurried), end - 1)
    account = open_aged(stage, 1, start)
    camouflage(stage, attack, account, len(listing), listing, start, end)
    praise = rng.permutation(len(listing)) < round(PRAISE_SHARE * len(listing))
    enter(stage, attack, listing, day, np.repeat(account, len(listing)), praise=praise, members=account)
