"""Which alike reviews are one guest's: posted twice, on two platforms, or shown again in translation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detection.arrays import Floats, Ints

# A guest writes of one stay within so many days, and rates it alike on another platform's scale.
_NEAR_DAYS, _NEAR_RATING = 14, 0.13
# Where the texts are the same and each platform has it once, the bounds are wider and towns may be spelled differently.
_SAME_DAYS, _SAME_RATING = 30, 0.16
# Somebody presses the button twice.
_TWICE_DAYS = 3
# So many texts that stand at two listings of a platform on the same days were moved with the listing, where they are
# so much of the smaller one.
_MOVED_TEXTS, _MOVED_DAYS, _MOVED_SHARE = 5, 60, 0.5
# In a row of alike reviews each is compared with the next few.
_AHEAD = 4


def one_guest(reviews: pd.DataFrame, groups: Iterable[Ints], same: Iterable[Ints] = ()) -> Ints:
    """A number for each review's guest, as far as accounts and circumstances tell.

    ``reviews`` has the columns ``platform, listing_key, reviewer_key, city, rating, day, translated`` and rows in a
    fixed order; ``groups`` are rows with alike texts. Reviews of one account are one guest's. Beyond accounts, one
    guest's are alike reviews with the same rating at the same time: on another platform for the same town (once on
    each), a translation of the other, or two of one listing where the platform names no account; of the groups ``same``
    (the texts are the same but for a word) also one on each platform, whatever the town. Linear in the groups.
    """
    key = reviews["reviewer_key"].to_numpy(dtype=object)
    named = reviews["reviewer_key"].notna().to_numpy()
    account = pd.factorize(np.where(named, key, [f"\0{row}" for row in range(len(reviews))]))[0].astype("int64")
    guests = _Guests(account, pd.factorize(reviews["platform"])[0].astype("int64"))
    rating, day = reviews["rating"].to_numpy(dtype="float64"), reviews["day"].to_numpy(dtype="int64")
    listing, city = reviews["listing_key"].to_numpy(dtype=object), reviews["city"].to_numpy(dtype=object)
    translated = reviews["translated"].to_numpy(dtype=bool)
    for group in groups:
        rows = group[np.lexsort((group, day[group], np.round(rating[group], 6)))].tolist()
        for place, one in enumerate(rows):
            for other in rows[place + 1 : place + 1 + _AHEAD]:
                apart = abs(int(day[one]) - int(day[other]))
                if apart > _NEAR_DAYS or abs(rating[one] - rating[other]) > _NEAR_RATING:
                    continue
                somewhere = not city[one] or not city[other] or city[one] == city[other]
                if guests.platform[one] != guests.platform[other]:
                    if somewhere:
                        guests.join_platforms(one, other)
                    continue
                unnamed = not (named[one] and named[other])
                twice = listing[one] == listing[other] and apart <= _TWICE_DAYS and unnamed
                if twice or translated[one] != translated[other]:
                    guests.join_pair(one, other)
    same = list(same)
    for one, other in _moved(same, guests.platform, listing, rating, day, named):
        guests.join_pair(one, other)
    for group in same:
        where = [guests.platform[row] for row in group[: len(guests.platforms) + 1].tolist()]
        if len(group) > len(where) or len(set(where)) < len(where):
            continue
        for one, other in combinations(group.tolist(), 2):
            apart = abs(int(day[one]) - int(day[other]))
            if apart <= _SAME_DAYS and abs(rating[one] - rating[other]) <= _SAME_RATING:
                guests.join_platforms(one, other)
    return guests.numbers()


def _moved(
    same: Iterable[Ints],
    platform: Sequence[int],
    listing: NDArray[np.object_],
    rating: Floats,
    day: Ints,
    named: NDArray[np.bool_],
) -> Iterator[tuple[int, int]]:
    """Pairs of a text that stands once at each of two listings, where most of one stand there on the same days."""
    pairs: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for group in same:
        if len(group) != 2:
            continue
        one, other = sorted(group.tolist(), key=lambda row: str(listing[row]))
        alike = day[one] == day[other] and rating[one] == rating[other] and platform[one] == platform[other]
        if alike and listing[one] != listing[other] and not (named[one] or named[other]):
            pairs.setdefault((listing[one], listing[other]), []).append((one, other))
    sizes = Counter(listing.tolist())
    for (here, there), found in pairs.items():
        days = {int(day[one]) for one, _ in found}
        most = len(found) >= _MOVED_SHARE * min(sizes[here], sizes[there])
        if most and len(days) >= _MOVED_TEXTS and max(days) - min(days) >= _MOVED_DAYS:
            yield from found


class _Guests:
    """Accounts joined into guests."""

    def __init__(self, account: Ints, platform: Ints) -> None:
        self.platform = platform.tolist()
        self.platforms = frozenset(self.platform)
        self._account = account.tolist()
        self._of = list(range(int(account.max(initial=-1)) + 1))
        self._platforms: dict[int, set[int]] = {}
        for who, where in zip(self._account, self.platform, strict=True):
            self._platforms.setdefault(who, set()).add(where)
        self._paired: set[int] = set()

    def join_platforms(self, one: int, other: int) -> None:
        """A guest has one account on a platform."""
        first, second = self._find(self._account[one]), self._find(self._account[other])
        if first != second and not self._platforms[first] & self._platforms[second]:
            self._join(first, second)

    def join_pair(self, one: int, other: int) -> None:
        """No review is doubled more than once: a third one is somebody's."""
        first, second = self._find(self._account[one]), self._find(self._account[other])
        if first != second and not {first, second} & self._paired:
            self._join(first, second)
            self._paired.add(min(first, second))

    def numbers(self) -> Ints:
        return np.array([self._find(who) for who in self._account], dtype="int64")

    def _join(self, first: int, second: int) -> None:
        low, high = min(first, second), max(first, second)
        self._of[high] = low
        self._platforms[low] |= self._platforms[high]

    def _find(self, who: int) -> int:
        while self._of[who] != who:
            self._of[who] = self._of[self._of[who]]
            who = self._of[who]
        return who
