"""The reviews of the accounts that may belong to groups, as arrays, with what each one's habits make likely."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detection.arrays import Floats, Ints
from detection.crowds import Crowds, town_hash
from detection.hashing import hashed

SPAN = 10_000_000
# An account's habits are those of its active time and so many days on either side; of half a year at the least.
ABOUT_DAYS = 90


@dataclass(frozen=True, slots=True)
class Visits:
    """Reviews ordered by listing, day and key; accounts, towns and listings are numbers.

    ``habit`` is how often the review's account reviews in that town, for each review that the town gets in the
    account's active time; ``listing_code`` is the listing's number in the crowds' counts. ``spots`` are the
    combinations of account and town, in order, with their ``spot_habit``. ``order`` sorts the rows by account,
    ``start`` cuts it.
    """

    account: Ints
    listing: Ints
    town: Ints
    day: Ints
    rating: Floats
    habit: Floats
    listing_code: Ints
    keys: Ints
    spots: Ints
    spot_habit: Floats
    order: Ints
    start: Ints
    names: pd.Index
    frame: pd.DataFrame
    towns: int

    @classmethod
    def of(cls, details: pd.DataFrame, crowds: Crowds) -> Visits:
        """From reviews with accounts, in the columns of ``frames.REVIEWS``."""
        frame = details.sort_values(["listing_key", "day_to", "review_key"], ignore_index=True)
        account, names = pd.factorize(frame["reviewer_key"], sort=True)
        listing = pd.factorize(frame["listing_key"], sort=True)[0].astype("int64")
        # A listing has one town, and its rows stand together.
        first_rows = frame.iloc[np.flatnonzero(firsts(listing))]
        town, known_towns = pd.factorize(town_hash(first_rows)[listing], sort=True)
        day = frame["day_to"].to_numpy().astype("int64")
        number = len(known_towns)
        spots, of_row, visits = np.unique(account * number + town, return_inverse=True, return_counts=True)
        first, last = np.full(len(names), SPAN), np.full(len(names), -SPAN)
        np.minimum.at(first, account, day)
        np.maximum.at(last, account, day)
        who = spots // max(number, 1)
        there = crowds.towns.within(
            crowds.towns.code(known_towns)[spots % max(number, 1)], first[who] - ABOUT_DAYS, last[who] + ABOUT_DAYS
        )
        spot_habit = visits / np.maximum(there, visits)
        order = np.argsort(account, kind="stable")
        return cls(
            account=account.astype("int64"),
            listing=listing,
            town=town.astype("int64"),
            day=day,
            rating=frame["rating"].to_numpy(),
            habit=spot_habit[of_row],
            listing_code=crowds.listings.code(hashed(first_rows["listing_key"]))[listing],
            keys=listing * SPAN + day,
            spots=spots,
            spot_habit=spot_habit,
            order=order,
            start=np.searchsorted(account[order], np.arange(len(names) + 1)),
            names=names,
            frame=frame,
            towns=number,
        )

    def rows_of(self, accounts: Ints) -> Ints:
        """The rows of these accounts, ordered by listing and day."""
        number = self.start[accounts + 1] - self.start[accounts]
        return np.asarray(np.sort(self.order[ranges(self.start[accounts], number)]))

    def habits(self, accounts: Ints, towns: Ints) -> Floats:
        """The habit of each account (row) in each town (column); 0 where it has no review."""
        wanted = accounts[:, None] * self.towns + towns[None, :]
        at = np.minimum(np.searchsorted(self.spots, wanted), len(self.spots) - 1)
        return np.asarray(np.where(self.spots[at] == wanted, self.spot_habit[at], 0.0))


def ranges(first: Ints, number: Ints) -> Ints:
    """The numbers ``first[i]`` .. ``first[i] + number[i] - 1``, one after another."""
    return np.asarray(np.arange(int(number.sum())) + np.repeat(first - (np.cumsum(number) - number), number))


def firsts(*columns: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where a row differs from the one before in any of the columns."""
    changed = np.zeros(len(columns[0]), dtype=bool)
    changed[:1] = True
    for column in columns:
        changed[1:] |= column[1:] != column[:-1]
    return changed
