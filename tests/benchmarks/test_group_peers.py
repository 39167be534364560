from __future__ import annotations

import numpy as np
import pytest

from benchmarks.group_peers import Graph, co_review, f1, ours, power_law, reference, table
from tests.detection.worlds import DAY, reviews_of


def small(seed: int, tail: float = 1.5) -> Graph:
    return power_law(np.random.default_rng(seed), 9000, tail=tail)


@pytest.mark.parametrize("seed", range(6))
def test_the_reference_and_our_own_give_one_block(seed: int) -> None:
    graph = small(seed, tail=(1.1, 1.5, 2.5)[seed % 3])
    assert reference(graph) == ours(graph)


def test_a_graph_holds_its_block() -> None:
    graph = small(7)
    accounts, listings = graph.block
    edges = set(zip(graph.accounts.tolist(), graph.listings.tolist(), strict=True))
    assert len(edges) == len(graph.accounts) == 9000 + 200 * 60
    assert (len(accounts), len(listings)) == (200, 100)
    inside = [sum((account, listing) in edges for listing in listings) for account in accounts]
    assert set(inside) == {30}
    assert np.isin(graph.accounts, list(accounts)).sum() == 200 * 60
    assert f1(ours(graph), graph.block) > 0.6


def test_the_table_says_whether_blocks_are_alike() -> None:
    rows = table(small(8))
    assert rows.index[:2].tolist() == ["detection.peeling", "FRAUDAR, as published"]
    assert set(rows["same block"]) == {"yes"}


def test_f1_is_over_both_sides() -> None:
    assert f1(({1, 2}, {7}), ({1}, {7, 8})) == pytest.approx(4 / 6)


def test_plain_co_review_needs_three_accounts_and_three_listings() -> None:
    names = [name for name in ("ann", "bob", "cid") for _ in range(3)] + ["dan"] * 2
    listings = ["p/1", "p/2", "p/3"] * 3 + ["p/1", "p/2"]
    reviews = reviews_of(DAY + np.arange(11), reviewer_key=names, listing_key=listings)
    assert co_review(reviews) == {"ann", "bob", "cid"}
    assert co_review(reviews[reviews["reviewer_key"] != "cid"]) == set()
