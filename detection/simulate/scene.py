"""Where companies meet: who is in which town on which day, who has no part in anything yet, and their visits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detection.simulate.honest import as_tuple
from detection.simulate.reviewers import Accounts, Event, Ledger, Slots, make_slots
from detection.simulate.world import Floats, Ints, World

# Stays may lie before the world's first day.
_BEFORE = 400


class Diary:
    """Who was in which town on which day, by the stays that they tell of."""

    def __init__(self, world: World, slots: Slots) -> None:
        self._days = world.spec.days + 2 * _BEFORE
        key = self._key(slots["account"], slots["day"] - slots["lag_days"])
        order = np.argsort(key, kind="stable")
        self._keys = key[order]
        self._towns = world.town[slots["listing"]][order]
        self._added: dict[int, int] = {}

    def free(self, account: int, day: int, town: int) -> bool:
        """Whether nothing places the account in another town on that day."""
        key = int(self._key(account, day))
        low, high = np.searchsorted(self._keys, [key, key + 1])
        return self._added.get(key, town) == town and bool((self._towns[low:high] == town).all())

    def idle(self, account: int, start: int, end: int) -> bool:
        """Whether the account tells of no stay from ``start`` up to, not including, ``end``."""
        low, high = (int(self._key(account, day)) for day in (start, end))
        held = np.searchsorted(self._keys, [low, high])
        return bool(held[0] == held[1]) and not any(key in self._added for key in range(low, high))

    def note(self, account: int, day: int, town: int) -> None:
        """Enter a stay."""
        self._added[int(self._key(account, day))] = town

    def _key(self, account: Ints | int, day: Ints | int) -> Ints:
        return np.asarray(account, np.int64) * self._days + day + _BEFORE


@dataclass(frozen=True)
class Scene:
    """What companies are drawn in: the reviews so far, which accounts belong to no event as yet (``loose``), and which
    listings have an owner who writes (``owned``); the last two change as companies are drawn.
    """

    rng: np.random.Generator
    world: World
    accounts: Accounts
    ledger: Ledger
    diary: Diary
    source: Ints
    home: Ints
    reviews: Ints
    loose: NDArray[np.bool_]
    owned: NDArray[np.bool_]

    def pick(
        self, source: int, number: int, *, home: int | None = None, least: int = 1, most: int | None = None
    ) -> Ints:
        """Loose accounts of a platform and town that wrote so many reviews, fewer where there are no more."""
        fits = self.loose & (self.source == source) & (self.reviews >= least)
        if home is not None:
            fits &= self.home == home
        if most is not None:
            fits &= self.reviews <= most
        eligible = np.flatnonzero(fits)
        chosen = self.rng.choice(eligible, min(number, len(eligible)), replace=False)
        self.loose[chosen] = False
        return chosen

    def open(self, homes: Ints, day: int) -> Ints:
        """New accounts, registered in the three years before a day."""
        return self.accounts.add(self.rng, homes, day - self.rng.integers(1, 1000, len(homes)))

    def platform(self) -> int:
        """A platform that shows its accounts, by its number of listings.

        Raises:
            ValueError: there is none.
        """
        sources = self.world.spec.sources
        size = np.array([source.listings * source.reviewer_ids for source in sources], float)
        if not size.sum():
            raise ValueError("people who act together need a platform that shows its accounts")
        return int(self.rng.choice(len(sources), p=size / size.sum()))

    def places(self, source: int, town: int, *, hotel: bool | None = None) -> Ints:
        """The listings of a platform in a town."""
        fits = (self.world.source == source) & (self.world.town == town)
        return np.flatnonzero(fits if hotel is None else fits & (self.world.hotel == hotel))

    def visits(self, account: Ints, listing: Ints, stay: Ints, wait: Ints, *, shift: float | Floats = 0.0) -> Slots:
        """Reviews ``wait`` days after stays; left out where a house is closed, or somebody is elsewhere just then."""
        world, kept = self.world, []
        for row in np.flatnonzero((stay >= 0) & (stay + wait < world.spec.days)):
            who, day, town = int(account[row]), int(stay[row]), int(world.town[listing[row]])
            if world.intensity[listing[row], day] > 0 and self.diary.free(who, day, town):
                self.diary.note(who, day, town)
                kept.append(row)
        rows = np.array(kept, int)
        return make_slots(
            len(rows),
            listing=listing[rows],
            day=stay[rows] + wait[rows],
            lag_days=wait[rows],
            account=account[rows],
            shift=np.broadcast_to(shift, len(listing))[rows],
        )

    def enter(self, kind: str, slots: Slots, accounts: Ints, listings: Ints | None = None) -> None:
        """Enter an event of people who act together; its listings are those reviewed, unless they are told."""
        if not len(slots):
            return
        there = np.unique(slots["listing"]) if listings is None else listings
        start, end = int(slots["day"].min()), int(slots["day"].max())
        event = Event(
            kind=kind, planted=False, listings=as_tuple(there), start=start, end=end, accounts=as_tuple(accounts)
        )
        self.ledger.add(event, slots)


def set_scene(
    rng: np.random.Generator, world: World, slots: Slots, accounts: Accounts, ledger: Ledger, *, hired: int
) -> Scene:
    """The scene after ordinary days, peaks and groups; the first ``hired`` accounts are the attackers'."""
    table = accounts.table()
    source = np.full(len(table), -1)
    source[slots["account"]] = world.source[slots["listing"]]
    loose = np.arange(len(table)) >= hired
    loose[slots["account"][slots["event"] >= 0]] = False
    loose[[account for event in ledger.events for account in event.accounts]] = False
    owned = np.zeros(len(world.town), bool)
    owned[[listing for event in ledger.events if event.kind == "owners" for listing in event.listings]] = True
    return Scene(
        rng=rng,
        world=world,
        accounts=accounts,
        ledger=ledger,
        diary=Diary(world, slots),
        source=source,
        home=table["home"].copy(),
        reviews=np.bincount(slots["account"], minlength=len(table)),
        loose=loose,
        owned=owned,
    )
