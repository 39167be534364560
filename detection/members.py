"""A group of accounts: how often its members met, how often that was to be expected, and who belongs to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaln

from detection.crowds import Crowds
from detection.hashing import Ints, hashed
from detection.meetings import Floats, Meetings, meet
from detection.tails import beta_binomial, negative_binomial

# How surely the expectation of a pair or a group of three is known, as a gamma's shape; the errors of more accounts
# even out.
SHAPE = 8.0
# The top and the bottom of the scale. Friends go where all like it: their ratings clump as in a prior sample this big.
HIGH, LOW = 0.9, 0.26
_CLUMP = 12.0
# One decimal of one-sidedness stands against so many of meeting: clubs meet as often as rings do, and praise as all do.
_ONE_SIDED_WEIGHT = 5.0
# Being in one town at one time is natural once, as a trip is; in further quarters only as often as habits have it.
QUARTER_DAYS = 90
QUARTERS = 10_000
_EVER_DAYS = 4_000_000


@dataclass(frozen=True, slots=True)
class Group:
    """Accounts that meet, with the reviews in which they do (column ``weight`` added), and the group's figures."""

    reviews: pd.DataFrame
    score: float
    pairs: int
    met: float
    expected: float
    near_share: float
    agreement: float
    usual_rating: float


@dataclass(frozen=True, slots=True)
class Windows:
    """How close in time a meeting must be: ``near`` asks for exact dates, ``wide`` doesn't. Ratings agree within."""

    near_days: int
    wide_days: int
    agreement: float


def expected_meetings(pairs: Ints, here: Ints, chance: Floats, about: Floats, size: int) -> Floats:
    """The expected meetings of each pair, from pairs of reviews close in time.

    ``here`` names the town and quarter. A pair's likeliest town and quarter count in full, as a trip would; the others
    times ``about``, how likely it is that both are about again.
    """
    width = int(here.max()) + 1 if len(here) else 1
    cells, where = np.unique(pairs * width + here, return_inverse=True)
    full = np.bincount(where, chance, minlength=len(cells))
    scaled = np.bincount(where, chance * about, minlength=len(cells))
    owner = cells // width
    best = np.zeros(size)
    np.maximum.at(best, owner, full - scaled)
    return np.asarray(np.bincount(owner, scaled, minlength=size) + best)


class Members:
    """A community's reviews, with meetings and expectations between each two accounts as matrices."""

    def __init__(self, reviews: pd.DataFrame, crowds: Crowds, windows: Windows) -> None:
        self.reviews = reviews
        self.crowds = crowds
        self.account, self.names = pd.factorize(reviews["reviewer_key"], sort=True)
        exact = (reviews["day_to"] - reviews["day_from"]).to_numpy() <= windows.near_days
        self.meetings = self._pairs(pd.factorize(reviews["listing_key"])[0], _EVER_DAYS)
        about = self._pairs(reviews["town"].to_numpy(), windows.wide_days)
        rating = reviews["rating"].to_numpy()
        self.alike = np.abs(rating[self.meetings.first] - rating[self.meetings.second]) <= windows.agreement
        lengths = {"near": windows.near_days, "wide": windows.wide_days}
        self.within = {"ever": np.ones(len(self.meetings.days), dtype=bool)}
        self.met, self.mean = {}, {}
        share = crowds.shares(reviews)
        for name, days in lengths.items():
            self.within[name] = self._soon(self.meetings, days, exact if name == "near" else None)
            told = self._soon(about, days, exact if name == "near" else None)
            self.mean[name] = self._mean(_some(about, told), share, days)
        for name, soon in self.within.items():
            self.met[name] = self._counted(_some(self.meetings, soon & self.alike))
        self.mean["ever"] = self._mean_ever(share)

    def _pairs(self, codes: Ints, within_days: int) -> Meetings:
        """Pairs of reviews of different accounts that agree in ``codes``, so many days apart at the most."""
        days = self.reviews["day_to"].to_numpy().astype("int64")
        order = np.lexsort((days, codes))
        met = meet(codes[order].astype("int64"), days[order], within_days=within_days, most=len(order))
        pairs = Meetings(order[met.first], order[met.second], met.days)
        return _some(pairs, self.account[pairs.first] != self.account[pairs.second])

    @staticmethod
    def _soon(pairs: Meetings, days: int, exact: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
        soon = pairs.days <= days
        return np.asarray(soon if exact is None else soon & exact[pairs.first] & exact[pairs.second])

    def _cells(self, pairs: Meetings) -> Ints:
        one, other = self.account[pairs.first], self.account[pairs.second]
        return np.asarray(np.minimum(one, other) * len(self.names) + np.maximum(one, other), dtype="int64")

    def _counted(self, pairs: Meetings) -> Floats:
        return self._square(np.bincount(self._cells(pairs), minlength=len(self.names) ** 2).astype("float64"))

    def _mean(self, pairs: Meetings, share: Floats, within_days: int) -> Floats:
        activity = self.reviews["activity"].to_numpy() * within_days
        about = np.clip(activity[pairs.first] * activity[pairs.second], 0.0, 1.0) ** 0.5
        days, town = self.reviews["day_to"].to_numpy().astype("int64"), self.reviews["town"].to_numpy()
        here = town[pairs.first] * QUARTERS + days[pairs.first] // QUARTER_DAYS
        chance = (share[pairs.first] + share[pairs.second]) / 2.0
        return self._square(expected_meetings(self._cells(pairs), here, chance, about, len(self.names) ** 2))

    def _mean_ever(self, share: Floats) -> Floats:
        """As ``_mean`` without a limit of time, when every pair counts in full: products of sums by town."""
        towns = pd.factorize(self.reviews["town"])[0]
        cells = self.account * (int(towns.max()) + 1) + towns
        shape = (len(self.names), int(towns.max()) + 1)
        number = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape).astype("float64")
        mass = np.bincount(cells, share, minlength=shape[0] * shape[1]).reshape(shape)
        expected = (mass @ number.T + number @ mass.T) / 2.0
        np.fill_diagonal(expected, 0.0)
        return np.asarray(expected)

    def _square(self, cells: Floats) -> Floats:
        matrix = cells.reshape(len(self.names), len(self.names))
        return matrix + matrix.T

    def strongest(self, least: int, everyone: int) -> Group | None:
        """Peel the weakest account again and again; the best set on the way is the group."""
        inside = np.ones(len(self.names), dtype=bool)
        sums = _Sums.of(self, inside)
        best, best_score, best_name = inside.copy(), -np.inf, "near"
        for size in range(len(self.names), least - 1, -1):
            for name in ("near", "wide"):
                score = sums.surprise(name, size) - _ways(everyone, size)
                if score > best_score:
                    best, best_score, best_name = inside.copy(), score, name
            weakest = sums.weakest(inside)
            inside[weakest] = False
            sums.leave(self, weakest)
        return None if best_score <= 0 else self._group(best, best_score, best_name)

    def _group(self, inside: NDArray[np.bool_], score: float, name: str) -> Group | None:
        own_met = self.met[name][:, inside].sum(axis=1)
        own_mean = self.mean[name][:, inside].sum(axis=1)
        excess = np.clip((own_met - own_mean) / np.maximum(own_met, 1.0), 0.0, 1.0).round(4)
        weight = np.where(inside & (own_met > 0), excess, 0.0)
        first, second = self.meetings.first, self.meetings.second
        met = inside[self.account[first]] & inside[self.account[second]]
        counted = met & self.alike & self.within[name]
        rows = np.unique(np.r_[first[counted], second[counted]])
        rows = rows[weight[self.account[rows]] > 0]
        if not len(rows):
            return None
        reviews = self.reviews.iloc[rows].assign(weight=weight[self.account[rows]]).reset_index(drop=True)
        size = int(inside.sum())
        total_met, expected = _Sums.of(self, inside).figures(name)
        one_sided = self._one_sided(reviews["rating"].to_numpy())
        return Group(
            reviews=reviews,
            score=min(score, _ONE_SIDED_WEIGHT * one_sided),
            pairs=size * (size - 1) // 2,
            met=total_met,
            expected=expected,
            near_share=float(self.within["near"][met].mean()),
            agreement=float(self.alike[met].mean()),
            usual_rating=float(self.crowds.ratings.reindex(hashed(reviews["listing_key"])).mean()),
        )

    def _one_sided(self, rating: Floats) -> float:
        """-log10 of the tail of the reviews at one end of the scale, by the store's usual share of that end."""
        number = np.array([float(len(rating))])
        tails = []
        for count, share in (
            (np.count_nonzero(rating >= HIGH), self.crowds.high_share),
            (np.count_nonzero(rating <= LOW), self.crowds.low_share),
        ):
            usual, weight = np.array([np.clip(share, 0.02, 0.98)]), np.array([_CLUMP])
            tails.append(beta_binomial(np.array([float(count)]), number, usual, weight)[0])
        return float(max(tails))


def _some(pairs: Meetings, told: NDArray[np.bool_]) -> Meetings:
    return Meetings(pairs.first[told], pairs.second[told], pairs.days[told])


@dataclass(slots=True)
class _Sums:
    """For each account of a community, its meetings with those inside and what is expected of them."""

    met: dict[str, Floats]
    mean: dict[str, Floats]
    total_met: dict[str, float]
    total_mean: dict[str, float]

    @classmethod
    def of(cls, members: Members, inside: NDArray[np.bool_]) -> _Sums:
        met = {name: matrix[:, inside].sum(axis=1) for name, matrix in members.met.items()}
        mean = {name: matrix[:, inside].sum(axis=1) for name, matrix in members.mean.items()}
        return cls(
            met,
            mean,
            {name: float(sums[inside].sum()) / 2.0 for name, sums in met.items()},
            {name: float(sums[inside].sum()) / 2.0 for name, sums in mean.items()},
        )

    def figures(self, name: str) -> tuple[float, float]:
        """The set's meetings, and how many its habits and its common taste explain."""
        far_met = self.total_met["ever"] - self.total_met[name]
        far_mean = max(self.total_mean["ever"] - self.total_mean[name], 0.0)
        taste = max((far_met + 1.0) / (far_mean + 1.0), 1.0)
        return self.total_met[name], max(self.total_mean[name] * taste, 1e-6)

    def surprise(self, name: str, size: int) -> float:
        met, mean = self.figures(name)
        shape = SHAPE * size / 3.0
        return float(negative_binomial(np.array([met]), np.array([mean]), np.array([shape]))[0])

    def weakest(self, inside: NDArray[np.bool_]) -> int:
        lift = np.maximum(*(self.met[name] / (self.mean[name] + 0.5) for name in ("near", "wide")))
        return int(np.argmin(np.where(inside, lift, np.inf)))

    def leave(self, members: Members, account: int) -> None:
        for name in self.met:
            self.total_met[name] -= float(self.met[name][account])
            self.total_mean[name] -= float(self.mean[name][account])
            self.met[name] = self.met[name] - members.met[name][:, account]
            self.mean[name] = self.mean[name] - members.mean[name][:, account]


def _ways(everyone: int, size: int) -> float:
    """The decimal logarithm of the number of ways to choose so many accounts."""
    total = max(everyone, size)
    return float((gammaln(total + 1) - gammaln(size + 1) - gammaln(total - size + 1)) / np.log(10.0))
