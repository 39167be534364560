"""Reviews of a platform's size, drawn all at once: for what a pass costs, not for what it finds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detection.arrays import Ints
from detection.engines.local import Shards
from detection.hashing import hashed
from store.frames import REVIEWS, build

FIRST_DAY, DAYS = 19_000, 1095
A_LISTING, LISTINGS_OF_A_TOWN, ACCOUNTS_A_REVIEW = 75.0, 75, 0.28
# Pareto's exponents; those of simulate/reviewers.py and of the fitted worlds.
LISTING_TAIL, ACCOUNT_TAIL, MOST_ACTIVE = 2.01, 1.15, 300.0
AT_HOME, OF_A_TRIP, TRIP_DAYS = 0.35, 2, 6
# So many are drawn for each that is wanted, since some fall out as repetitions.
SPARE = 1.1
# One company of accounts that go about together for so many; every other one gives nothing but fives.
COMPANY_OF, MEMBERS, PLACES, ATTENDANCE, WITHIN = 5000, 8, 10, 0.6, 14
STAR_SHARES = (0.013, 0.047, 0.145, 0.463, 0.332)


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Reviews in the order of their days, as aligned arrays of numbers; ``town`` is that of each listing."""

    listing: Ints
    account: Ints
    day: Ints
    rating: NDArray[np.float64]
    town: Ints

    def first(self, number: int) -> History:
        """The oldest reviews."""
        some = slice(0, number)
        return History(self.listing[some], self.account[some], self.day[some], self.rating[some], self.town)


def draw(rng: np.random.Generator, reviews: int, accounts: int | None = None) -> History:
    """So many reviews, fewer where a small platform's accounts run out of listings: nobody reviews one twice.

    Listings have Pareto rates and lie in towns of uneven size, 75 to a town. Accounts have Pareto activity, a home and
    a stretch of time; they review at home (35%) or on trips of a week, two at a time, to towns by their reviews. One
    in some hundred accounts goes about in a company, half of which are rings.
    """
    number = max(round(reviews / A_LISTING), 3)
    towns = max(number // LISTINGS_OF_A_TOWN, 2)
    size = rng.gamma(2.0, 1.0, towns) + 0.5
    town = np.sort(rng.choice(towns, number, p=size / size.sum()))
    rate = np.cumsum(np.minimum(rng.pareto(LISTING_TAIL, number) + 1.0, 60.0))
    ends = np.searchsorted(town, np.arange(towns + 1))
    before = np.concatenate([[0.0], rate])[ends]
    people = accounts or round(ACCOUNTS_A_REVIEW * reviews)
    weight = np.minimum(rng.pareto(ACCOUNT_TAIL, people) + 1.0, MOST_ACTIVE)
    written = 1 + rng.poisson(weight * max(SPARE * reviews - people, 0) / weight.sum())
    home = _town_of(rng.random(people), before)
    opened = rng.integers(-DAYS // 2, DAYS - 30, people)
    account = np.repeat(np.arange(people), written)
    turn = np.arange(len(account)) - np.repeat(np.cumsum(written) - written, written)
    # The reviews of a trip are drawn from the trip's own numbers.
    trip = np.unique(account * (1 << 20) + turn // OF_A_TRIP, return_inverse=True)[1]
    where = _town_of(rng.random(trip.max() + 1), before)[trip]
    where = np.where(rng.random(len(account)) < AT_HOME, home[account], where)
    begun = rng.random(trip.max() + 1)[trip]
    span = np.minimum(np.maximum(rng.exponential(900, people), 60), DAYS)
    low = np.maximum(opened, 0)
    high = np.minimum(opened + span, DAYS)
    high = np.maximum(high, low + 30)
    day = (low[account] + begun * (high - low)[account] + rng.integers(0, TRIP_DAYS + 1, len(account))).astype("int64")
    place = before[where] + rng.random(len(account)) * (before[where + 1] - before[where])
    listing = np.minimum(np.searchsorted(rate, place, side="right"), number - 1)
    shares = np.array(STAR_SHARES) / sum(STAR_SHARES)
    rating = rng.choice(5, len(account), p=shares) / 4.0
    together = _companies(rng, people, number)
    account, listing, day, rating = (
        np.concatenate(both) for both in zip(together, (account, listing, day, rating), strict=True)
    )
    once = np.unique(account * number + listing, return_index=True)[1]
    once = np.concatenate([once[once < len(together[0])], rng.permutation(once[once >= len(together[0])])])[:reviews]
    once = once[np.argsort(day[once], kind="stable")]
    return History(listing[once], account[once], FIRST_DAY + np.minimum(day[once], DAYS - 1), rating[once], town)


def _companies(rng: np.random.Generator, people: int, listings: int) -> tuple[Ints, Ints, Ints, NDArray[np.float64]]:
    """Accounts, listings, days and ratings of the reviews of companies."""
    number = people // COMPANY_OF
    members = rng.integers(0, people, (number, MEMBERS))
    places = rng.integers(0, listings, (number, PLACES))
    days = rng.integers(0, DAYS - WITHIN, (number, PLACES))
    company, member, place = np.nonzero(rng.random((number, MEMBERS, PLACES)) < ATTENDANCE)
    stars = np.where(company % 2 == 0, 1.0, rng.integers(2, 5, len(company)) / 4.0)
    day = days[company, place] + rng.integers(0, WITHIN, len(company))
    return members[company, member], places[company, place], day, stars


def write(history: History, folder: Path, count: int) -> Shards:
    """The history as ``write_shards`` would write it, a shard's frame at a time.

    A file that is there already and has the same rows keeps its bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    number = len(history.listing)
    nth, total = _turns(history.account)
    names = _numbered("p/", np.arange(len(history.town)))
    home = (hashed(names).astype("uint64") % np.uint64(count)).astype("int64")[history.listing]
    order = np.lexsort((np.arange(number), home))
    bounds = np.searchsorted(home[order], np.arange(count + 1))
    files = []
    for shard in range(count):
        rows = order[bounds[shard] : bounds[shard + 1]]
        file = folder / f"{shard:04d}.parquet"
        frame(history, rows, nth, total).to_parquet(file, index=False, compression="zstd")
        files.append(file)
    return Shards(tuple(files))


def frame(history: History, rows: Ints, nth: Ints, total: Ints) -> pd.DataFrame:
    """Some of the reviews in the columns of ``frames.REVIEWS``."""
    listing, account, day = history.listing[rows], history.account[rows], history.day[rows]
    # An account reviews a listing once.
    keys = _numbered("", account) + _numbered("-", listing)
    town = history.town[listing]
    return build(
        {
            "review_key": keys,
            "listing_key": _numbered("p/", listing),
            "platform": "p",
            "kind": np.where(listing % 2 == 0, "hotel", "restaurant"),
            "city": _numbered("t", town),
            "country": "IT",
            "latitude": 40.0 + town % 100 / 10.0,
            "longitude": 5.0 + town // 100 / 10.0,
            "reviewer_key": _numbered("p/u", account),
            "rating": history.rating[rows],
            "rating_worst": 1.0,
            "rating_best": 5.0,
            "day_from": day,
            "day_to": day,
            "stay_from": -1,
            "stay_to": -1,
            "stay_exact": False,
            "nth": nth[rows],
            "reviewer_reviews": total[rows],
            "newborn": nth[rows] == 1,
            "text": "",
            "language": "und",
            "translated": False,
            "verified": False,
        },
        REVIEWS,
    )


def _turns(account: Ints) -> tuple[Ints, Ints]:
    """For reviews in the order of their days: the how-manieth of its account each is, and of how many."""
    order = np.argsort(account, kind="stable")
    written = np.bincount(account)
    starts = np.cumsum(written) - written
    nth = np.empty(len(account), dtype="int64")
    nth[order] = np.arange(len(account)) - starts[account[order]] + 1
    return nth, written[account]


def _town_of(luck: NDArray[np.float64], before: NDArray[np.float64]) -> Ints:
    """Towns in proportion to their listings' rates."""
    return np.minimum(np.searchsorted(before, luck * before[-1], side="right") - 1, len(before) - 2)


def _numbered(prefix: str, numbers: Ints) -> pd.Series:
    return pd.Series(prefix + pd.Series(numbers).astype("str"), dtype="str")
