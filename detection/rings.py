"""A ring as a block of accounts by clients that is denser than habits explain, grown from two accounts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlogy

from detection.arrays import Floats, Ints
from detection.crowds import MONTH_DAYS, Crowds
from detection.visits import SPAN, Visits, firsts, ranges

# A listing that several of a ring's accounts review is a client with these odds before the reviews are looked at.
_CLIENT = 0.2
_FIRST_COVERAGE = 0.3
_COVERAGE = (0.05, 0.9)
# So many accounts are taken up one by one, each the likeliest then; later all that are likely enough together.
_ONE_BY_ONE = 8
_LEAST_GAIN = 1.0
_ROUNDS = 18
# How far above the chance of one false member for each true one an account must lie, in decades.
_MARGIN = 0.5
_SLACK = 0.5
_MOST = 300
_LEAST_PAD_DAYS = 7
# Ratings of one client that lie further apart than this are not about the same thing.
_SAME_SIDE = 0.3
_TOP = 0.9


@dataclass(frozen=True, slots=True)
class Ring:
    """Accounts (numbers, sorted) with the decades that speak for each, and the clients' rows.

    ``net`` sums what is left of each account's decades after the number of accounts to choose from is paid for.
    """

    accounts: Ints
    decades: Floats
    net: float
    coverage: float


@dataclass(frozen=True, slots=True)
class Met:
    """Whom each account met twice or more: ``others[start[account]:start[account + 1]]``."""

    others: Ints
    start: Ints

    @classmethod
    def of(cls, a: Ints, b: Ints, number: int) -> Met:
        """From the pairs that met, of so many accounts."""
        one, other = np.concatenate([a, b]), np.concatenate([b, a])
        order = np.lexsort((other, one))
        return cls(other[order], np.searchsorted(one[order], np.arange(number + 1)))

    def by(self, accounts: Ints) -> Ints:
        """These accounts and all that they met, sorted."""
        first = self.start[accounts]
        return np.union1d(accounts, self.others[ranges(first, self.start[accounts + 1] - first)])

    def links(self, accounts: Ints) -> Ints:
        """Whom each of these accounts met, one after another, as far as they are of these accounts."""
        first = self.start[accounts]
        others = self.others[ranges(first, self.start[accounts + 1] - first)]
        return others[np.isin(others, accounts)]


@dataclass(frozen=True, slots=True)
class _Clients:
    """Listings with the days about the members' reviews, and how likely each is a client.

    ``rating`` is the members' mean, ``common`` how many reviews by others the listing has in these days;
    ``likely_without`` is what is ``likely`` when one of the members does not count.
    """

    listing: Ints
    first: Ints
    last: Ints
    rating: Floats
    common: Floats
    likely: Floats
    likely_without: Floats


def grow(
    visits: Visits,
    crowds: Crowds,
    seed: Ints,
    *,
    among: NDArray[np.bool_],
    everyone: float,
    within_days: int,
    met: Met | None = None,
) -> Ring | None:
    """The ring about some accounts, or ``None``; its members are some of those ``among`` (told for each account).

    Expectation and maximisation in turn until the members stay the same. Where it is told whom each account ``met``,
    the likeliest of those are taken up first, one by one.

    Each member goes to a client with the probability ``coverage``, everybody else by habit and by how the town's guests
    lie over its listings then. An account belongs to it where its likelihood ratio pays for the ``everyone`` accounts
    (decades) that it was chosen from. Of the visits of an account to clients in one town and month, the first counts in
    full, the others as little as for somebody who is there anyway.
    """
    members, coverage = np.unique(seed), _FIRST_COVERAGE
    first_rounds = 0 if met is None else _ONE_BY_ONE
    for number in range(_ROUNDS + first_rounds):
        growing = number < first_rounds
        clients = _clients(visits, crowds, members, coverage, within_days, least=1 if growing else 2)
        if clients is None:
            return None
        if growing and met is not None:
            rows, client = _of_those(visits, clients, visits.rows_of(met.by(members)))
        else:
            rows, client = _there(visits, clients)
        told = among[visits.account[rows]]
        accounts, decades, visited, hits = _judged(
            visits, clients, rows[told], client[told], members, coverage, crowds.high_share
        )
        if growing:
            taken = _one_more(members, accounts, decades)
            if taken is None or number == first_rounds - 1:
                first_rounds = number if taken is None else number + 1
            members = members if taken is None else taken
            continue
        slack = 0.0 if met is None else max(0, first_rounds + 3 - number) * _SLACK
        needed = everyone - np.log10(len(members)) + _MARGIN - slack
        inside = (decades >= needed) & (visited >= 2)
        if np.count_nonzero(inside) > _MOST:
            inside &= decades >= np.sort(decades)[-_MOST]
        chosen = accounts[inside]
        if len(chosen) < 2:
            return None
        real = clients.likely > 0.5
        coverage = float(np.clip(hits(chosen, real) / max(len(chosen) * int(real.sum()), 1), *_COVERAGE))
        if slack == 0.0 and np.array_equal(chosen, members):
            break
        members = chosen
    else:
        return None
    own = decades[inside]
    net = float((own - (everyone - np.log10(np.arange(1, len(members) + 1)))).sum() / 2.0)
    return Ring(members, own, net, coverage)


def _one_more(members: Ints, accounts: Ints, decades: Floats) -> Ints | None:
    """The members with the likeliest of the other accounts, ``None`` where none is likely enough."""
    if not len(accounts):
        return None
    outside = np.where(np.isin(accounts, members), -np.inf, decades)
    best = int(np.argmax(outside))
    return np.sort(np.append(members, accounts[best])) if outside[best] >= _LEAST_GAIN else None


def _clients(
    visits: Visits, crowds: Crowds, members: Ints, coverage: float, within_days: int, *, least: int
) -> _Clients | None:
    """Where ``least`` members or more were, by stretches of days without a gap beyond ``within_days``."""
    rows = visits.rows_of(members)
    listing, day = visits.listing[rows], visits.day[rows]
    begins = firsts(listing)
    begins[1:] |= day[1:] - day[:-1] > within_days
    at = np.flatnonzero(begins)
    there = np.diff(np.append(at, len(rows)))
    told = np.flatnonzero(there >= least)
    if not len(told):
        return None
    number = there[told]
    # Of many members' days the next one's lies close to theirs, of one member's days anywhere near.
    pad = np.where(number == 1, within_days, np.maximum(within_days // (2 * number) + 3, _LEAST_PAD_DAYS))
    pad = pad if least == 2 else np.where(number == 1, within_days, within_days // 2)
    first, last = day[at][told] - pad, np.maximum.reduceat(day, at)[told] + pad
    town = visits.town[rows][at][told]
    guests = crowds.listings.within(visits.listing_code[rows][at][told], first, last)
    # The members' own reviews are not what others come for.
    common = np.maximum(guests - number, np.maximum(0.2 * guests, 0.5))
    chance = visits.habits(members, town).sum(axis=0) * common
    others = len(members) - 1
    return _Clients(
        listing=listing[at][told],
        first=first,
        last=last,
        rating=(np.add.reduceat(visits.rating[rows], at) / there)[told],
        common=common,
        likely=_likely(number - 1, others, coverage, chance),
        likely_without=_likely(number - 2, others - 1, coverage, chance * others / (others + 1)),
    )


def _likely(met: Ints, others: int, coverage: float, chance: Floats) -> Floats:
    """How likely a listing that ``met`` of ``others`` reviewed is a client: binomial against Poisson, prior odds."""
    trials = max(others, 1)
    hits = np.clip(met, 0, trials).astype("float64")
    ring = (
        gammaln(trials + 1)
        - gammaln(hits + 1)
        - gammaln(trials - hits + 1)
        + xlogy(hits, coverage)
        + (trials - hits) * np.log1p(-coverage)
    )
    habit = xlogy(hits, chance) - chance - gammaln(hits + 1)
    odds = np.clip(ring - habit + np.log(_CLIENT / (1 - _CLIENT)), -50.0, 50.0)
    return np.asarray(np.where(met >= 0, 1.0 / (1.0 + np.exp(-odds)), 0.0))


class _Hits:
    """Counts how often some accounts went to some of the clients."""

    def __init__(self, accounts: Ints, clients: Ints) -> None:
        self.accounts, self.clients = accounts, clients

    def __call__(self, accounts: Ints, real: NDArray[np.bool_]) -> int:
        return int(np.count_nonzero(np.isin(self.accounts, accounts) & real[self.clients]))


def _judged(
    visits: Visits,
    clients: _Clients,
    rows: Ints,
    client: Ints,
    members: Ints,
    coverage: float,
    high_share: float,
) -> tuple[Ints, Floats, Ints, _Hits]:
    """The accounts of reviews of clients: the decades for each, how many clients it met, and who was where."""
    account = visits.account[rows]
    inside = np.isin(account, members)
    likely = np.where(inside, clients.likely_without[client], clients.likely[client])
    chance = np.clip(visits.habit[rows] * clients.common[client], 1e-9, 0.5)
    ratio = coverage * _rating_ratio(visits.rating[rows] >= _TOP, inside, high_share) / chance
    gain = np.log10(1.0 - likely + likely * np.maximum(ratio, 1e-3))
    # Somebody who is in town anyway goes to its other listings half as surprisingly.
    again = np.log10(1.0 - likely + likely * np.maximum(ratio * np.sqrt(chance), 0.2))
    stay = (visits.day[rows] // MONTH_DAYS) * visits.towns + visits.town[rows]
    order = np.lexsort((rows, -gain, stay, account))
    account, client, gain, again = account[order], client[order], gain[order], again[order]
    gain = np.where(firsts(account, stay[order]), gain, np.minimum(gain, again))
    _, once = np.unique(account * len(clients.listing) + client, return_index=True)
    account, client, gain = account[once], client[once], gain[once]
    people, where = np.unique(account, return_inverse=True)
    missed = np.log10(1.0 - clients.likely * coverage * 0.999)
    decades = np.bincount(where, gain - missed[client]) + missed.sum()
    return people, np.asarray(decades), np.bincount(where).astype("int64"), _Hits(account, client)


def _there(visits: Visits, clients: _Clients) -> tuple[Ints, Ints]:
    """The rows of reviews of the clients in their days with ratings as the members', and the client of each."""
    begin = np.searchsorted(visits.keys, clients.listing * SPAN + clients.first)
    end = np.searchsorted(visits.keys, clients.listing * SPAN + clients.last, side="right")
    client = np.repeat(np.arange(len(begin)), end - begin)
    rows = ranges(begin, end - begin)
    alike = np.abs(visits.rating[rows] - clients.rating[client]) <= _SAME_SIDE
    return rows[alike], client[alike]


def _of_those(visits: Visits, clients: _Clients, rows: Ints) -> tuple[Ints, Ints]:
    """As ``_there``, of some rows alone; of clients whose days overlap a row counts for the later one."""
    order = np.argsort(clients.listing * SPAN + clients.first, kind="stable")
    begins = (clients.listing * SPAN + clients.first)[order]
    at = np.searchsorted(begins, visits.keys[rows], side="right") - 1
    client = order[np.maximum(at, 0)]
    there = (at >= 0) & (clients.listing[client] == visits.listing[rows]) & (visits.day[rows] <= clients.last[client])
    there &= np.abs(visits.rating[rows] - clients.rating[client]) <= _SAME_SIDE
    return rows[there], client[there]


def client_rows(visits: Visits, crowds: Crowds, ring: Ring, within_days: int) -> Ints:
    """The rows of the members' reviews of the listings that are rather clients than met by chance."""
    clients = _clients(visits, crowds, ring.accounts, ring.coverage, within_days, least=2)
    if clients is None:
        return np.zeros(0, dtype="int64")
    rows, client = _there(visits, clients)
    told = np.isin(visits.account[rows], ring.accounts) & (clients.likely[client] > 0.5)
    return np.unique(rows[told])


def _rating_ratio(top: NDArray[np.bool_], inside: NDArray[np.bool_], usual: float) -> Floats:
    """How much likelier each review's rating is among the other members than among all reviews: top or not."""
    own = inside.astype("float64")
    share = (float(np.count_nonzero(top & inside)) - own * top + 1.0) / (own.sum() - own + 2.0)
    usual = min(max(usual, 0.05), 0.95)
    return np.asarray(np.where(top, share / usual, (1.0 - share) / (1.0 - usual)))
