"""What others use for groups: plain co-review, and FRAUDAR's greedy as published, beside detection's own peeling.

The reference is Hooi et al.'s: Python, node by node, a tree of minima for accounts and one for listings. Where
`rgmining-fraudar` is installed (GPL, so no dependency), its copy of the authors' code runs on the same graph as well.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import networkx as nx
import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from detection.arrays import Ints
from detection.peeling import peel

Nodes = tuple[set[int], set[int]]

EDGES, USERS_AN_EDGE, PRODUCTS_AN_EDGE = 1_000_000, 0.3, 0.03
TAIL = 1.5
BLOCK_ACCOUNTS, BLOCK_LISTINGS, EACH = 200, 100, 30


def co_review(reviews: pd.DataFrame, least: int = 3) -> set[str]:
    """Accounts in components of the graph of pairs with ``least`` listings in common (listings of 200 at the most)."""
    shared: dict[tuple[str, str], int] = {}
    for _, accounts in reviews[reviews["reviewer_reviews"] >= least].groupby("listing_key")["reviewer_key"]:
        there = sorted(set(accounts))
        for pair in combinations(there, 2) if len(there) <= 200 else ():
            shared[pair] = shared.get(pair, 0) + 1
    graph = nx.Graph([pair for pair, number in shared.items() if number >= least])
    return {account for part in nx.connected_components(graph) if len(part) >= 3 for account in part}


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """Edges in no order, each once, and the planted block."""

    accounts: Ints
    listings: Ints
    block: Nodes


def power_law(rng: np.random.Generator, edges: int = EDGES, *, tail: float = TAIL) -> Graph:
    """Edges drawn by Pareto weights of both ends, and a block of 200 accounts with 30 of the same 100 listings each.

    A million edges are those of 300,000 users and 30,000 products. A planted account has as many edges outside the
    block as inside, to listings by their popularity.
    """
    users, products = round(USERS_AN_EDGE * edges), round(PRODUCTS_AN_EDGE * edges)
    weights = [np.cumsum(rng.pareto(tail, number) + 1.0) for number in (users, products)]
    ends = [np.searchsorted(each, rng.random(round(1.4 * edges)) * each[-1]) for each in weights]
    keys = rng.permutation(np.unique(ends[0] * products + ends[1]))[:edges]
    account, listing = keys // products, keys % products
    chosen = np.sort(rng.choice(products, BLOCK_LISTINGS, replace=False))
    popular = np.bincount(listing, minlength=products).astype("float64")
    popular[chosen] = 0.0
    camouflage = [rng.choice(products, EACH, replace=False, p=popular / popular.sum()) for _ in range(BLOCK_ACCOUNTS)]
    inside = [rng.choice(chosen, EACH, replace=False) for _ in range(BLOCK_ACCOUNTS)]
    planted = np.arange(users, users + BLOCK_ACCOUNTS)
    accounts = np.concatenate([account, np.repeat(planted, EACH), np.repeat(planted, EACH)])
    listings = np.concatenate([listing, *inside, *camouflage])
    order = rng.permutation(len(accounts))
    return Graph(accounts[order], listings[order], (set(planted.tolist()), set(chosen.tolist())))


def ours(graph: Graph) -> Nodes:
    """The first block of ``detection.peeling``."""
    (block,) = peel(graph.accounts, graph.listings)
    return set(block.accounts.tolist()), set(block.listings.tolist())


def reference(graph: Graph) -> Nodes:
    """The first block as published: Python, a tree of minima on either side."""
    by_account, by_listing = _neighbours(graph.accounts, graph.listings), _neighbours(graph.listings, graph.accounts)
    weight = [1.0 / float(np.log(len(there) + 5.0)) for there in by_listing]
    accounts = _Minima([sum(weight[listing] for listing in there) for there in by_account])
    listings = _Minima([weight[listing] * len(there) for listing, there in enumerate(by_listing)])
    rows, columns, total = len(by_account), len(by_listing), sum(accounts.values())
    most, best = total / (rows + columns), 0
    order: list[tuple[int, int]] = []
    while rows and columns:
        (account, one), (listing, other) = accounts.least(), listings.least()
        if one <= other:
            for near in by_account[account]:
                listings.add(near, -weight[near])
            accounts.add(account, float("inf"))
            order.append((0, account))
            rows -= 1
        else:
            for near in by_listing[listing]:
                accounts.add(near, -weight[listing])
            listings.add(listing, float("inf"))
            order.append((1, listing))
            columns -= 1
        total -= min(one, other)
        if total / (rows + columns) > most:
            most, best = total / (rows + columns), len(order)
    gone = order[:best]
    return (
        set(range(len(by_account))) - {node for side, node in gone if side == 0},
        set(range(len(by_listing))) - {node for side, node in gone if side == 1},
    )


class _Minima:
    """Numbers, the smallest of which (the first of several) is found in logarithmic time."""

    def __init__(self, values: list[float]) -> None:
        self._leaves = 1 << max(len(values) - 1, 0).bit_length()
        self._number = len(values)
        self._tree = [float("inf")] * self._leaves + values + [float("inf")] * (self._leaves - len(values))
        for node in range(self._leaves - 1, 0, -1):
            self._tree[node] = min(self._tree[2 * node], self._tree[2 * node + 1])

    def values(self) -> list[float]:
        return self._tree[self._leaves : self._leaves + self._number]

    def least(self) -> tuple[int, float]:
        tree, node = self._tree, 1
        while node < self._leaves:
            node = 2 * node if tree[2 * node] <= tree[2 * node + 1] else 2 * node + 1
        return node - self._leaves, tree[node]

    def add(self, place: int, value: float) -> None:
        tree, node = self._tree, self._leaves + place
        tree[node] += value
        while node > 1:
            node //= 2
            smaller = min(tree[2 * node], tree[2 * node + 1])
            if tree[node] == smaller:
                break
            tree[node] = smaller


def rgmining(graph: Graph) -> Nodes:
    """The first block of `rgmining-fraudar`.

    Raises:
        ModuleNotFoundError: it isn't installed.
    """
    greedy = importlib.import_module("fraudar.export.greedy")
    matrix = csr_matrix((np.ones(len(graph.accounts)), (graph.accounts, graph.listings)))
    with contextlib.redirect_stdout(io.StringIO()):
        (accounts, listings), _ = greedy.logWeightedAveDegree(matrix)
    return set(accounts), set(listings)


def f1(found: Nodes, true: Nodes) -> float:
    """Over accounts and listings together."""
    hit = sum(len(one & other) for one, other in zip(found, true, strict=True))
    return 2.0 * hit / max(sum(len(side) for side in (*found, *true)), 1)


def table(graph: Graph) -> pd.DataFrame:
    """F1, CPU seconds and speed of each implementation on one graph, in this process, and whether blocks are alike."""
    methods: dict[str, Callable[[Graph], Nodes]] = {"detection.peeling": ours, "FRAUDAR, as published": reference}
    if importlib.util.find_spec("fraudar") is not None:
        methods["rgmining-fraudar"] = rgmining
    rows: dict[str, dict[str, str]] = {}
    cpu_s: dict[str, float] = {}
    blocks: dict[str, Nodes] = {}
    for name, method in methods.items():
        began = time.process_time()
        blocks[name] = method(graph)
        cpu_s[name] = time.process_time() - began
    for name, block in blocks.items():
        rows[name] = {
            "F1": f"{f1(block, graph.block):.3f}",
            "accounts x listings": f"{len(block[0])} x {len(block[1])}",
            "CPU s": f"{cpu_s[name]:.2f}",
            "edges a CPU s": f"{len(graph.accounts) / cpu_s[name]:,.0f}",
            "times ours": f"{cpu_s[name] / cpu_s['detection.peeling']:.0f}",
            "same block": "yes" if block == blocks["detection.peeling"] else "no",
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def _neighbours(here: Ints, there: Ints) -> list[list[int]]:
    order = np.lexsort((there, here))
    ends = np.cumsum(np.bincount(here))[:-1]
    return [part.tolist() for part in np.split(there[order], ends)]
