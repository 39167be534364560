"""From pairs of accounts to rings: where to look, what was found there, and which finds are one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from detection.arrays import Floats, Ints
from detection.crowds import MONTH_DAYS, Crowds
from detection.hashing import hashed
from detection.rings import Met, Ring, grow
from detection.tails import negative_binomial
from detection.visits import Visits, firsts, ranges

# How surely a pair's expectation is known, as a gamma's shape.
_SHAPE = 8.0
# A ring is looked for about pairs that stand out by so much, and by so much less than one in all accounts.
_LEAST_SURPRISE, _BELOW_ALL = 2.6, 1.5
# Accounts about which so many searches found nothing are searched no more.
_TRIES = 3
# And about so many pairs of one neighbourhood, the strongest: a mob that shares some listings would take hours.
_MOST_SEARCHES = 2_000
# The share of the smaller one's accounts from which two finds may be one ring.
_SAME = 1 / 3
# A search reads the listings' counts no further than so many months from the accounts' own reviews.
_MONTHS_ABOUT = 4


@dataclass(frozen=True, slots=True)
class Pairs:
    """Accounts (numbers of ``visits``, ``a`` < ``b``) that met twice or more, and -log10 of the p-value of that."""

    a: Ints
    b: Ints
    surprise: Floats

    @classmethod
    def of(cls, a: Ints, b: Ints, met: Floats, visits: Visits, crowds: Crowds, within_days: int) -> Pairs:
        """From the number of meetings: each is expected as often as the other is in that town, and there."""
        days = visits.day
        there = crowds.listings.within(visits.listing_code, days - within_days, days + within_days) - 1.0
        spot = np.searchsorted(visits.spots, visits.account * visits.towns + visits.town)
        mass = np.bincount(spot, np.maximum(there, 0.5), minlength=len(visits.spots)).astype("float64")
        mean = (_crossed(visits, a, b, mass) + _crossed(visits, b, a, mass)) / 2.0
        return cls(a, b, negative_binomial(met, np.maximum(mean, 1e-6), np.full(len(a), _SHAPE)))


def _crossed(visits: Visits, a: Ints, b: Ints, mass: Floats) -> Floats:
    """For each pair the sum over towns of the one's crowds times the other's habit."""
    first, last = (np.searchsorted(visits.spots, edge * visits.towns) for edge in (a, a + 1))
    pair = np.repeat(np.arange(len(a)), last - first)
    spot = ranges(first, last - first)
    wanted = b[pair] * visits.towns + visits.spots[spot] % visits.towns
    at = np.minimum(np.searchsorted(visits.spots, wanted), len(visits.spots) - 1)
    habit = np.where(visits.spots[at] == wanted, visits.spot_habit[at], 0.0)
    return np.bincount(pair, mass[spot] * habit, minlength=len(a)).astype("float64")


def find_rings(
    pairs: Pairs,
    visits: Visits,
    crowds: Crowds,
    *,
    accounts: int,
    within_days: int,
    least: int,
    memo: MutableMapping[str, str],
    dense: Sequence[Ints] = (),
) -> list[Ring]:
    """Rings of at least ``least`` accounts, strongest first, none of which is another one's part.

    Pairs that stand out hang together in neighbourhoods; each is searched by itself, and what was found in it is kept
    in ``memo`` under a digest of all that the search read. Sets of accounts that are ``dense`` by another measure are
    grown from as well.
    """
    # To a twentieth of a decade and to a hundredth, so that a night hardly ever changes what was found before.
    everyone = round(20 * np.log10(max(accounts, 1))) / 20
    crowds = replace(crowds, high_share=round(crowds.high_share, 2))
    number = len(visits.names)
    hoods = list(_neighbourhoods(pairs, number, max(_LEAST_SURPRISE, everyone - _BELOW_ALL)))
    searched = np.unique(np.concatenate([np.zeros(0, dtype="int64"), *(inside for _, inside in hoods)]))
    digests = _digests(visits, crowds, visits.rows_of(searched))
    met = Met.of(pairs.a, pairs.b, number)
    # By name: the numbers of accounts change from night to night.
    names = hashed(visits.names.to_series())
    said = f"{everyone} {crowds.high_share} {within_days} {least}"
    found: list[Ring] = []
    for seeds, inside in hoods:
        links = names[met.links(inside)]
        key = _key(said, names[seeds], names[inside], links, np.sort(digests[visits.rows_of(inside)]))
        if key not in memo:
            among = np.zeros(number, dtype=bool)
            among[inside] = True
            memo[key] = _written(_search(seeds, met, visits, crowds, among, everyone, within_days, least), inside)
        found.extend(_read(memo[key], inside))
    among = np.ones(number, dtype=bool)
    inside = np.zeros(number, dtype=bool)
    for ring in found:
        inside[ring.accounts] = True
    for members in dense:
        # A block of several rings is not one of them.
        if inside[members].mean() >= _SAME:
            continue
        grown = grow(visits, crowds, members, among=among, everyone=everyone, within_days=within_days)
        found.extend([grown] if grown is not None and len(grown.accounts) >= least else [])
    settled = _settled(_merged(found, visits, crowds, everyone, within_days), visits, crowds, everyone, within_days)
    return [part for part in _parted(settled, visits, crowds, everyone, within_days) if len(part.accounts) >= least]


def _neighbourhoods(pairs: Pairs, number: int, line: float) -> Iterator[tuple[Ints, Ints]]:
    """Pairs above the line that hang together (rows a, b; strongest first), and their accounts with all they met."""
    told = np.flatnonzero(pairs.surprise >= line)
    told = told[np.lexsort((pairs.b[told], pairs.a[told], -pairs.surprise[told]))]
    a, b = pairs.a[told], pairs.b[told]
    graph = coo_array((np.ones(len(a), dtype="int8"), (a, b)), shape=(number, number))
    label = connected_components(graph, directed=False)[1].astype("int64") if len(a) else np.zeros(number, "int64")
    seeded = np.zeros(number, dtype=bool)
    seeded[a] = seeded[b] = True
    # Whom a neighbourhood's accounts met, whether that stands out or not.
    one, other = np.concatenate([pairs.a, pairs.b]), np.concatenate([pairs.b, pairs.a])
    touching = seeded[one]
    home = np.concatenate([label[one[touching]], label[np.flatnonzero(seeded)]])
    who = np.concatenate([other[touching], np.flatnonzero(seeded)])
    order = np.lexsort((who, home))
    home, who = home[order], who[order]
    fresh = firsts(home, who)
    home, who = home[fresh], who[fresh]
    of_pair = label[a]
    by_home = np.argsort(of_pair, kind="stable")
    homes, begin = np.unique(of_pair[by_home], return_index=True)
    for place, rows in zip(homes, np.split(by_home, begin[1:]), strict=True) if len(homes) else ():
        first, last = np.searchsorted(home, place), np.searchsorted(home, place, side="right")
        yield np.stack([a[rows], b[rows]]), who[first:last]


def _search(
    seeds: Ints,
    met: Met,
    visits: Visits,
    crowds: Crowds,
    among: NDArray[np.bool_],
    everyone: float,
    within_days: int,
    least: int,
) -> list[Ring]:
    """The rings grown from pairs of accounts (``seeds``, rows a and b, strongest first), merged."""
    found: dict[bytes, Ring] = {}
    tries = dict.fromkeys(np.unique(seeds).tolist(), 0)
    for one, other in seeds.T[:_MOST_SEARCHES].tolist():
        if min(tries[one], tries[other]) >= _TRIES:
            continue
        tries[one] += 1
        tries[other] += 1
        pair = np.array([one, other], dtype="int64")
        ring = grow(visits, crowds, pair, among=among, everyone=everyone, within_days=within_days, met=met)
        if ring is not None and len(ring.accounts) >= least:
            tries |= dict.fromkeys(ring.accounts.tolist(), _TRIES)
            found[ring.accounts.tobytes()] = ring
    return _merged(list(found.values()), visits, crowds, everyone, within_days)


def _merged(rings: list[Ring], visits: Visits, crowds: Crowds, everyone: float, within_days: int) -> list[Ring]:
    """The strongest of finds that overlap, or what grows out of both together where that is stronger."""
    kept: list[Ring] = []
    for ring in _ordered(rings):
        for at, other in enumerate(kept):
            common = np.intersect1d(ring.accounts, other.accounts)
            if len(common) < _SAME * min(len(ring.accounts), len(other.accounts)):
                continue
            both = np.union1d(ring.accounts, other.accounts)
            among = np.zeros(len(visits.names), dtype=bool)
            among[both] = True
            grown = grow(visits, crowds, both, among=among, everyone=everyone, within_days=within_days)
            if grown is not None and grown.net > other.net:
                kept[at] = grown
            break
        else:
            kept.append(ring)
    return _ordered(kept)


def _settled(rings: list[Ring], visits: Visits, crowds: Crowds, everyone: float, within_days: int) -> list[Ring]:
    """The rings with those that belong to them from outside of their neighbourhoods."""
    among = np.ones(len(visits.names), dtype=bool)
    settled = []
    for ring in rings:
        grown = grow(visits, crowds, ring.accounts, among=among, everyone=everyone, within_days=within_days)
        settled.append(ring if grown is None or grown.net < ring.net else grown)
    return _ordered(settled)


def _parted(rings: list[Ring], visits: Visits, crowds: Crowds, everyone: float, within_days: int) -> Iterator[Ring]:
    """The rings; of one whose accounts fall into parts that never met, what each part is by itself."""
    for ring in rings:
        parts = _that_met(ring.accounts, visits, within_days)
        if len(parts) == 1:
            yield ring
            continue
        for part in parts:
            among = np.zeros(len(visits.names), dtype=bool)
            among[part] = True
            grown = grow(visits, crowds, part, among=among, everyone=everyone, within_days=within_days)
            if grown is not None:
                yield grown


def _that_met(accounts: Ints, visits: Visits, within_days: int) -> list[Ints]:
    """The accounts in parts that hang together by reviews of one listing so many days apart at most."""
    rows = visits.rows_of(accounts)
    near = visits.listing[rows[1:]] == visits.listing[rows[:-1]]
    near &= visits.day[rows[1:]] - visits.day[rows[:-1]] <= within_days
    place = np.searchsorted(accounts, visits.account[rows])
    links = (place[:-1][near], place[1:][near])
    graph = coo_array((np.ones(len(links[0]), dtype="int8"), links), shape=(len(accounts), len(accounts)))
    number, label = connected_components(graph, directed=False)
    return [accounts[label == part] for part in range(number)]


def _ordered(rings: list[Ring]) -> list[Ring]:
    return sorted(rings, key=lambda ring: (-ring.net, ring.accounts.tolist()))


def _digests(visits: Visits, crowds: Crowds, rows: Ints) -> NDArray[np.uint64]:
    """For some rows (0 for the others) a number that changes with all that a search reads of them."""
    month = visits.day[rows] // MONTH_DAYS * MONTH_DAYS
    read = [
        hashed(visits.frame["review_key"].iloc[rows]).view("uint64"),
        visits.rating[rows].view("uint64"),
        visits.habit[rows].view("uint64"),
        visits.day[rows].view("uint64"),
    ]
    for step in range(-_MONTHS_ABOUT, _MONTHS_ABOUT + 1):
        first = month + step * MONTH_DAYS
        counts = crowds.listings.within(visits.listing_code[rows], first, first + MONTH_DAYS - 1)
        read.append(counts.astype("uint64"))
    mixed = np.zeros(len(rows), dtype="uint64")
    for part in read:
        mixed = (mixed ^ part) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    digests = np.zeros(len(visits.day), dtype="uint64")
    digests[rows] = mixed
    return digests


def _key(said: str, *parts: NDArray[np.generic]) -> str:
    digest = hashlib.sha256(said.encode())
    for part in parts:
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()[:32]


def _written(rings: list[Ring], inside: Ints) -> str:
    """Rings as JSON, their accounts by their place in the neighbourhood."""
    return json.dumps(
        [
            [np.searchsorted(inside, ring.accounts).tolist(), ring.decades.tolist(), ring.net, ring.coverage]
            for ring in rings
        ]
    )


def _read(text: str, inside: Ints) -> list[Ring]:
    return [
        Ring(inside[np.array(places, dtype="int64")], np.array(decades), net, coverage)
        for places, decades, net, coverage in json.loads(text)
    ]
