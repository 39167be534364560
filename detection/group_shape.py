"""What a group looks like: whether chance in its towns and months would make it, and which innocent shape it fits."""

from __future__ import annotations

import numpy as np

from detection.arrays import Floats, Ints
from detection.crowds import month_of
from detection.visits import firsts

# A tour or a holiday together lies within so many days; an outing within a few.
_TOUR_DAYS = 30
_OUTING_DAYS = 14
_JOURNEY_DAYS = 10
_FAMILY = 5
_CLUB = 30
_EVENT_LISTINGS = 4


def permuted_p(
    listing: Ints, account: Ints, town: Ints, day: Ints, places: Places, *, permutations: int, seed: int
) -> float:
    """The p-value of the group's meetings when reviewers are exchanged within town and month.

    Each review of the group keeps its account, town and month, and falls on a listing as that town's reviews of that
    month do. Counted are the reviews of listings that another account of the group reviewed within a month; the p-value
    is (1 + b) / (1 + n) of n permutations, b of which count as many (Phipson and Smyth, 2010).
    """
    month = month_of(day)
    dice = np.random.default_rng(seed)
    drawn = places.draw(town, month, permutations, dice)
    observed = _meetings(listing[None, :], account, month)[0]
    reached = int(np.count_nonzero(_meetings(drawn, account, month) >= observed))
    return (1 + reached) / (1 + permutations)


def _meetings(listing: Ints, account: Ints, month: Ints) -> Ints:
    """By row of ``listing`` (permutations by reviews), how many reviews meet another account's within two months."""
    rounds, number = listing.shape
    people, who = np.unique(account, return_inverse=True)
    places, place = np.unique(listing, return_inverse=True)
    row = np.repeat(np.arange(rounds) * len(places), number)
    total = np.zeros(rounds, dtype="int64")
    for shift in (0, 1):
        times, time = np.unique((month + shift) // 2, return_inverse=True)
        # One number for round, place, time and account: sorting that is a third of the work of sorting four.
        cell = (row + place.ravel()) * len(times) + np.tile(time, rounds)
        both = np.sort(cell * len(people) + np.tile(who, rounds))
        cell = both // len(people)
        at = np.flatnonzero(firsts(cell))
        accounts = np.add.reduceat(firsts(both).astype("int64"), at)
        of_round = cell[at] // (len(places) * len(times))
        total += np.bincount(of_round, np.where(accounts > 1, accounts, 0), minlength=rounds).astype("int64")
    return total


class Places:
    """How each town's reviews lay over its listings, month by month."""

    def __init__(self, listing: Ints, town: Ints, month: Ints, reviews: Floats) -> None:
        """One row for each listing and month; ``listing`` and ``town`` are numbers."""
        cell = town * 20_000 + month + 10_000
        order = np.lexsort((listing, cell))
        self._cell, self._listing = cell[order], listing[order]
        self._until = np.concatenate([[0.0], np.cumsum(reviews[order])])

    def draw(self, town: Ints, month: Ints, rounds: int, dice: np.random.Generator) -> Ints:
        """Listings for reviews of these towns and months, so many times: an array of rounds by reviews."""
        cell = town * 20_000 + month + 10_000
        low = self._until[np.searchsorted(self._cell, cell)]
        high = self._until[np.searchsorted(self._cell, cell, side="right")]
        wanted = low + dice.random((rounds, len(cell))) * (high - low)
        at = np.searchsorted(self._until, wanted, side="right") - 1
        return np.asarray(self._listing[np.clip(at, 0, len(self._listing) - 1)])


def readings(account: Ints, listing: Ints, town: Ints, day: Ints) -> list[str]:
    """Innocent shapes that a group's reviews fit, of ``couple_or_family``, ``club``, ``tour_group``, ``outings``,
    ``event`` and ``one_list``."""
    accounts, listings, towns = (len(np.unique(each)) for each in (account, listing, town))
    length = int(day.max() - day.min())
    together = _near_share(listing, day, _OUTING_DAYS)
    fits = {
        "couple_or_family": accounts <= _FAMILY and together >= 0.5,
        "club": towns == 1 and accounts <= _CLUB and length > _TOUR_DAYS and together >= 0.5,
        "tour_group": length <= _TOUR_DAYS and listings >= 2,
        "outings": length > _TOUR_DAYS and _near_share(account, day, _JOURNEY_DAYS) >= 0.4,
        "event": listings <= _EVENT_LISTINGS and together >= 0.5,
        "one_list": together < 0.5,
    }
    return [name for name, told in fits.items() if told]


def _near_share(codes: Ints, day: Ints, days: int) -> float:
    """The share of neighbouring reviews of one code that lie so many days apart at the most."""
    order = np.lexsort((day, codes))
    same = ~firsts(codes[order])
    apart = np.diff(day[order], prepend=0)
    return float(np.mean(apart[same] <= days)) if same.any() else 0.0
