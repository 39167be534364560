"""FRAUDAR's greedy peeling of the graph of accounts and listings, most nodes taken off at once, the answer unchanged.

Source: Hooi et al., FRAUDAR, KDD 2016. An edge weighs 1 / log(5 + its listing's edges); the lightest node is taken off
again and again; of all sets that are left on the way, the first of the greatest weight per node is the block.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from detection.arrays import Ints

Weights = Literal["log", "plain"]

# Weights are whole numbers of this part of one: sums are exact in any order, and ties are ties.
_ONE = 1 << 30
# A round that takes less than this share of the edges off is dearer than taking nodes off one by one.
_LEAST_SHARE = 0.005


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Accounts and listings, ascending, in the numbers that were given; the weight of their edges per node."""

    accounts: Ints
    listings: Ints
    density: float


@dataclass(frozen=True, slots=True)
class _Edges:
    """Distinct edges: nodes are numbered from 0, accounts before listings, which begin at ``border``."""

    account: Ints
    listing: Ints
    weight: Ints
    border: int
    nodes: int

    def of_nodes(self) -> Ints:
        """The weight of each node's edges."""
        sums = np.bincount(self.account, self.weight, self.nodes) + np.bincount(self.listing, self.weight, self.nodes)
        return sums.astype("int64")

    def only(self, kept: NDArray[np.bool_]) -> _Edges:
        return _Edges(self.account[kept], self.listing[kept], self.weight[kept], self.border, self.nodes)


def peel(accounts: Ints, listings: Ints, *, weights: Weights = "log", blocks: int = 1) -> list[Block]:
    """The first blocks of the graph with an edge for each (account, listing); fewer where edges run out.

    The edges inside a block are gone when the next is sought. Of nodes that weigh the same, accounts go before listings
    and smaller numbers before larger ones. With ``weights="plain"`` every edge weighs one.
    """
    names, account, listing, border = _numbered(accounts, listings)
    found: list[Block] = []
    while len(found) < blocks and len(account):
        if weights == "log":
            of_node = np.round(_ONE / np.log(np.bincount(listing, minlength=len(names)) + 5.0)).astype("int64")
        else:
            of_node = np.full(len(names), _ONE, dtype="int64")
        nodes, density = _densest(_Edges(account, listing, of_node[listing], border, len(names)))
        within = np.zeros(len(names), dtype=bool)
        within[nodes] = True
        chosen = names[nodes]
        found.append(Block(chosen[nodes < border], chosen[nodes >= border], density))
        outside = ~(within[account] & within[listing])
        account, listing = account[outside], listing[outside]
    return found


def _numbered(accounts: Ints, listings: Ints) -> tuple[Ints, Ints, Ints, int]:
    """Names of the nodes by number, the distinct edges' ends in these numbers, and the first listing's number."""
    one, account = _coded(accounts)
    other, listing = _coded(listings)
    edges = np.sort(account * len(other) + listing)
    edges = edges[np.diff(edges, prepend=-1) > 0]
    account, listing = edges // max(len(other), 1), edges % max(len(other), 1)
    return np.concatenate([one, other]), account, listing + len(one), len(one)


def _coded(values: Ints) -> tuple[Ints, Ints]:
    """The distinct values, ascending, and each value's place among them."""
    if len(values) and values.min() >= 0 and values.max() < 4 * len(values):
        there = np.bincount(values) > 0
        return np.flatnonzero(there), (np.cumsum(there) - 1)[values]
    distinct, codes = np.unique(values, return_inverse=True)
    return distinct, codes


def _densest(edges: _Edges) -> tuple[Ints, float]:
    """Nodes, ascending, and density of the best set on greedy's way.

    1. Greedy passes the c-core (the largest set in which every node weighs c) for every c: in any larger set some node
       weighs less, and none of the core's does. So all nodes below c may go at once, then those below c by then.
    2. Where c is not above the density, each that goes weighs less than the density and so raises it: the best set is
       the core or comes later. So c is the density of what is left, until no node weighs less.
    3. From any set between two such cores greedy and the rounds reach the same core: what is left goes one by one.
    """
    while True:
        weights = edges.of_nodes()
        # Whole numbers are below the density where they are below the next whole number.
        least = -(-int(edges.weight.sum()) // int(np.count_nonzero(weights)))
        kept = (weights[edges.account] >= least) & (weights[edges.listing] >= least)
        share = 1.0 - float(np.mean(kept))
        edges = edges.only(kept) if share > 0.0 else edges
        if share < _LEAST_SHARE:
            return _one_by_one(edges)


def _one_by_one(edges: _Edges) -> tuple[Ints, float]:
    """As ``_densest``, by a heap of the nodes with an edge."""
    nodes, ends = np.unique(np.concatenate([edges.account, edges.listing]), return_inverse=True)
    number = len(nodes)
    account, listing = np.split(ends, 2)
    own: list[int] = edges.of_nodes()[nodes].tolist()
    # Only listings give their edges weight.
    gives = np.zeros(number, dtype="int64")
    gives[listing] = edges.weight
    given: list[int] = gives.tolist()
    neighbours = _grouped(ends, np.concatenate([listing, account]))
    # A node's weight and, where two weigh the same, its number.
    heap = [weight * number + node for node, weight in enumerate(own)]
    heapify(heap)
    total, left, gone = sum(own) // 2, number, [False] * number
    best_total, best_left = total, left
    order: list[int] = []
    while total:
        weight, node = divmod(heappop(heap), number)
        if gone[node] or weight != own[node]:
            continue
        gone[node] = True
        order.append(node)
        total, left = total - weight, left - 1
        for other in neighbours[node]:
            if not gone[other]:
                own[other] -= given[node] + given[other]
                heappush(heap, own[other] * number + other)
        if total * best_left > best_total * left:
            best_total, best_left = total, left
    stays = np.ones(number, dtype=bool)
    stays[order[: number - best_left]] = False
    return nodes[stays], best_total / best_left / _ONE


def _grouped(codes: Ints, values: Ints) -> list[list[int]]:
    """For each code from 0 its values."""
    starts = np.cumsum(np.bincount(codes))[:-1]
    return [part.tolist() for part in np.split(values[np.argsort(codes, kind="stable")], starts)]
