from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson

from benchmarks.burst_peers import PEERS, Stream, _adjusted, _bursts, ewma, peer, poisson_counts, streams
from tests.detection.worlds import DAY, reviews_of

ATTACK = (DAY + 700, DAY + 706)


def town(*, attacked: bool = True) -> pd.DataFrame:
    """Five listings with a review every fourth day or so; one gets 25 praises by new accounts within a week."""
    rng = np.random.default_rng(2)
    day = DAY + rng.integers(0, 1000, 1250)
    where = [f"p/{n % 5}" for n in range(len(day))]
    rating = rng.choice([0.0, 0.5, 0.75, 1.0], len(day), p=[0.1, 0.3, 0.3, 0.3])
    newborn = rng.random(len(day)) < 0.3
    extra = 25 if attacked else 0
    return reviews_of(
        [*day, *rng.integers(ATTACK[0], ATTACK[1] + 1, extra)],
        listing_key=[*where, *["p/2"] * extra],
        rating=[*rating, *[1.0] * extra],
        newborn=[*newborn, *[True] * extra],
    )


@pytest.mark.parametrize("name", PEERS)
def test_a_plain_burst_is_a_peers_strongest_episode(name: str) -> None:
    for found in peer(name, town()).values():
        strongest = found.sort_values("score").iloc[-1]
        assert strongest["listing_key"] == "p/2"
        assert strongest["direction"] in {"any", "praise"}
        assert strongest["start"] <= ATTACK[0] + 3
        assert strongest["end"] >= ATTACK[1] - 3
        assert strongest["end"] - strongest["start"] < 60


@pytest.mark.parametrize("method", [ewma, poisson_counts])
def test_the_past_is_judged_without_the_future(method: Callable[[Stream], pd.DataFrame]) -> None:
    def spans(reviews: pd.DataFrame) -> set[tuple[str, int, int]]:
        found = pd.concat([method(stream) for stream in streams(reviews, "stars")])
        early = found[found["end"] < DAY + 760]
        return set(zip(early["listing_key"], early["start"], early["end"], strict=True))

    reviews = town()
    assert spans(reviews) == spans(reviews[reviews["day_to"] < DAY + 900].reset_index(drop=True)) != set()


def test_a_stream_counts_its_own_reviews() -> None:
    reviews = town()
    counts = {mark: [int(stream.counts.sum()) for stream in streams(reviews, mark)] for mark in ("all", "stars", "new")}
    high, low, new = reviews["rating"] == 1.0, reviews["rating"] == 0.0, reviews["newborn"] == 1
    assert counts["all"] == [len(reviews)]
    assert counts["stars"] == [high.sum(), low.sum()]
    assert counts["new"] == [(high & new).sum(), (low & new).sum()]


def test_a_base_is_the_year_that_ends_a_week_before_the_window() -> None:
    day = [DAY, DAY + 400, DAY + 401, DAY + 800]
    (stream,) = streams(reviews_of(day), "all")
    past, days = stream.base(3)
    # A window of the days 406 to 408 has the days 34 to 398 behind it.
    assert [past[0, 408], past[0, 410], past[0, 411]] == [0, 1, 2]
    assert [days[0, 9], days[0, 10], days[0, 408]] == [0, 1, 365]


@given(st.lists(st.integers(0, 40), min_size=4, max_size=9), st.floats(1.5, 4.0), st.floats(0.2, 2.0))
def test_the_automaton_takes_the_cheapest_way(gaps: list[int], ratio: float, gamma: float) -> None:
    x = np.array(gaps)
    rate = len(x) / max(x.sum(), 1)
    costs = [a * x - np.log(a) for a in (rate, ratio * rate)]
    climb = gamma * np.log(len(x) + 1)

    def cost(states: tuple[int, ...]) -> float:
        climbs = sum(after > before for before, after in zip((0, *states), states, strict=False))
        return float(sum(costs[state][n] for n, state in enumerate(states)) + climb * climbs)

    taken = [0] * len(x)
    for first, last, weight in _bursts(x, ratio, gamma):
        taken[first:last] = [1] * (last - first)
        assert weight == pytest.approx(sum(costs[0][first:last]) - sum(costs[1][first:last]))
    assert cost(tuple(taken)) == pytest.approx(min(cost(states) for states in product((0, 1), repeat=len(x))))


def test_poisson_tails_are_adjusted_over_all_tests() -> None:
    p = np.array([1e-6, 1e-5, 1e-3, 0.02])
    q = 10 ** -_adjusted(-np.log10(p), -np.log10(p), tests=100)
    assert q == pytest.approx([1e-4, 5e-4, 1e-3 * 100 / 3, 0.5])


def test_a_poisson_episode_has_the_tail_of_its_best_window() -> None:
    quiet = np.arange(0, 700, 10)
    (stream,) = streams(reviews_of(DAY + np.r_[quiet, [720] * 12]), "all")
    found = poisson_counts(stream, lengths=(3,))
    tail = float(poisson.sf(11, 35.5 / 365 * 3))
    tests = 721 - (3 + 7 + 60 - 1)
    assert found["score"].max() == pytest.approx(-np.log10(tail * tests), abs=0.05)


def test_nothing_happens_where_nothing_happens() -> None:
    day = np.repeat(np.arange(0, 1000, 5), 1)
    for name in PEERS:
        for found in peer(name, reviews_of(DAY + day, rating=0.5)).values():
            assert found.empty
