from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detection.peeling import Block, Weights, peel

Edges = set[tuple[int, int]]
EDGES = st.sets(st.tuples(st.integers(0, 9), st.integers(0, 7)), min_size=1, max_size=60)
# Listings of the same degree weigh the same, so small graphs are full of ties.
WEIGHTS: Sequence[Weights] = ("log", "plain")


def greedy(edges: Edges, weights: Weights) -> tuple[list[int], list[int], Fraction]:
    """The algorithm as published, node by node, in exact numbers."""
    degree = {listing: sum(there == listing for _, there in edges) for _, listing in edges}
    # As peel rounds them.
    weight = {
        listing: Fraction(round(2**30 / log(number + 5.0)), 2**30) if weights == "log" else Fraction(1)
        for listing, number in degree.items()
    }
    left = {(0, account) for account, _ in edges} | {(1, listing) for _, listing in edges}
    best, most = left, Fraction(-1)
    while left:
        own = dict.fromkeys(left, Fraction(0))
        for account, listing in edges:
            if (0, account) in left and (1, listing) in left:
                own[0, account] += weight[listing]
                own[1, listing] += weight[listing]
        density = sum(own.values(), Fraction(0)) / 2 / len(left)
        if density > most:
            best, most = left, density
        left = left - {min(left, key=lambda node: (own[node], node))}
    return [n for side, n in sorted(best) if side == 0], [n for side, n in sorted(best) if side == 1], most


def peeled(edges: Edges | Sequence[tuple[int, int]], weights: Weights = "log", blocks: int = 1) -> list[Block]:
    ends = np.array(sorted(edges) if isinstance(edges, set) else list(edges), dtype="int64").reshape(-1, 2)
    return peel(ends[:, 0], ends[:, 1], weights=weights, blocks=blocks)


def clique(accounts: range, listings: range) -> Edges:
    return {(account, listing) for account in accounts for listing in listings}


@given(EDGES, st.sampled_from(WEIGHTS))
def test_the_block_is_that_of_plain_greedy(edges: Edges, weights: Weights) -> None:
    (block,) = peeled(edges, weights)
    accounts, listings, density = greedy(edges, weights)
    assert (block.accounts.tolist(), block.listings.tolist()) == (accounts, listings)
    assert block.density == pytest.approx(float(density), rel=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(WEIGHTS), st.floats(0.6, 3.0))
def test_so_it_is_where_degrees_lie_far_apart(seed: int, weights: Weights, tail: float) -> None:
    rng = np.random.default_rng(seed)
    share = rng.pareto(tail, 12) + 1.0
    account = rng.choice(40, 90, p=np.sort(rng.dirichlet(np.full(40, 0.5))))
    listing = rng.choice(12, 90, p=share / share.sum())
    edges = set(zip(account.tolist(), listing.tolist(), strict=True))
    (block,) = peeled(edges, weights)
    accounts, listings, _ = greedy(edges, weights)
    assert (block.accounts.tolist(), block.listings.tolist()) == (accounts, listings)


@given(EDGES, st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_nor_names_matter(edges: Edges, dice: object) -> None:
    rows = [*sorted(edges), *sorted(edges)[::2]]
    dice.shuffle(rows)  # type: ignore[attr-defined]
    (one,), (other,) = peeled(edges), peeled(rows)
    # Hashes are large and of either sign; these keep the order of the numbers.
    (far,) = peeled([(account * 2**58 - 2**62, listing * 2**57 - 2**63) for account, listing in rows])
    assert one.accounts.tolist() == other.accounts.tolist() == ((far.accounts + 2**62) >> 58).tolist()
    assert one.listings.tolist() == other.listings.tolist()
    assert one.density == other.density == far.density


def test_a_clique_among_guests() -> None:
    rng = np.random.default_rng(3)
    guests = set(zip(rng.integers(0, 500, 800).tolist(), rng.integers(0, 200, 800).tolist(), strict=True))
    (block,) = peeled(guests | clique(range(600, 620), range(300, 310)))
    assert block.accounts.tolist() == list(range(600, 620))
    assert block.listings.tolist() == list(range(300, 310))
    assert block.density == pytest.approx(200 / log(25.0) / 30)


def test_a_block_behind_a_large_calm_one() -> None:
    """Greedy has to go through a shell whose removal first lowers the density."""
    calm = {(account, (account + step) % 60) for account in range(60) for step in range(10)}
    (block,) = peeled(calm | clique(range(100, 112), range(100, 112)), "plain")
    assert block.accounts.tolist() == block.listings.tolist() == list(range(100, 112))
    assert block.density == 6.0


def test_blocks_come_densest_first_and_their_edges_are_gone() -> None:
    first, second = clique(range(12), range(9)), clique(range(20, 28), range(20, 26))
    found = peeled(first | second | {(0, 20), (20, 0)}, "plain", blocks=3)
    assert [(len(block.accounts), len(block.listings)) for block in found[:2]] == [(12, 9), (8, 6)]
    assert (found[2].accounts.tolist(), found[2].listings.tolist(), found[2].density) == ([0, 20], [0, 20], 0.5)
    assert [block.density for block in found] == sorted((block.density for block in found), reverse=True)


def test_listings_that_everybody_visits_weigh_less() -> None:
    crowd = {(account, listing) for account in range(400) for listing in range(2)}
    ring = clique(range(500, 505), range(10, 15))
    (by_log,), (by_number,) = peeled(crowd | ring, "log"), peeled(crowd | ring, "plain")
    assert by_log.accounts.tolist() == list(range(500, 505))
    assert by_log.density == pytest.approx(25 / log(10.0) / 10)
    assert by_number.density == pytest.approx(2.5)


def test_edges_run_out() -> None:
    assert peeled([]) == []
    (only,) = peeled([(7, 7)], blocks=5)
    assert (only.accounts.tolist(), only.listings.tolist()) == ([7], [7])
    assert only.density == pytest.approx(1 / log(6.0) / 2)


def test_a_chain_is_not_peeled_a_link_a_round() -> None:
    """The density lies a little above one: only the chain's ends are light, round after round."""
    number = np.arange(30_000)
    core = np.array(sorted(clique(range(40_000, 40_003), range(40_000, 40_003))))
    accounts = np.concatenate([number, number + 1, core[:, 0]])
    listings = np.concatenate([number, number, core[:, 1]])
    (block,) = peel(accounts, listings, weights="plain")
    assert block.accounts.tolist() == block.listings.tolist() == [40_000, 40_001, 40_002]
    assert block.density == 1.5
