import math
import pickle
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detection import groups, members
from detection.collusion import PAIR, Collusion
from detection.crowds import Crowds
from detection.engines.local import folded
from detection.groups import Group, find_groups
from detection.hashing import Ints, hashed
from detection.protocol import Night
from tests.detection.test_collusion import company, guests, store
from tests.detection.test_crowds import crowds_of
from tests.detection.worlds import AS_OF

NAMES = ["ann", "bob", "cyd", "dan", "eve"]
OTHERS = ["fay", "gus", "hal", "ida"]


class Answers:
    """A snapshot in memory that remembers how many reviews it was asked for."""

    def __init__(self, reviews: pd.DataFrame) -> None:
        self.reviews, self.handed = reviews, 0

    def where(self, column: str, hashes: Ints, columns: tuple[str, ...]) -> pd.DataFrame:
        told = self.reviews[np.isin(hashed(self.reviews[column]), hashes)]
        self.handed += len(told)
        return told.sort_values(["listing_key", "day_to", "review_key"], ignore_index=True)[list(columns)]


def groups_in(reviews: pd.DataFrame, *, seed: int = 0, least_group: int = 3) -> list[Group]:
    fold = Collusion.fold
    assert fold is not None
    partials = folded(Collusion().scan(reviews), fold)
    crowds: Crowds = crowds_of(reviews)
    return find_groups(
        partials[partials["role"] == PAIR],
        crowds,
        Night(AS_OF, Answers(reviews), seed),
        accounts=reviews["reviewer_key"].nunique(),
        near_days=21,
        wide_days=60,
        agreement=0.26,
        least_group=least_group,
    )


def names_in(group: Group) -> set[str]:
    return {key.removeprefix("p/") for key in group.reviews["reviewer_key"]}


def test_a_company_among_guests() -> None:
    group = groups_in(store(guests(), company(NAMES, 9)))[0]
    assert names_in(group) == set(NAMES)
    assert (group.pairs, group.met) == (10, 90.0)
    assert group.expected < 30
    assert group.score > 5
    assert group.reviews["weight"].between(0.0, 1.0, inclusive="right").all()
    assert 0.0 <= group.usual_rating <= 1.0
    assert pickle.loads(pickle.dumps(group)).met == group.met


def test_two_companies_are_two_groups_strongest_first() -> None:
    reviews = store(guests(), company(NAMES, 9), company(OTHERS, 7, seed=8))
    found = groups_in(reviews)
    assert [names_in(group) for group in found[:2]] == [set(NAMES), set(OTHERS)]
    assert all(one.score >= other.score for one, other in pairwise(found))


def test_of_two_groups_that_share_most_accounts_one_stays() -> None:
    reviews = store(guests(), company(NAMES, 9), company(OTHERS, 7, seed=8))
    found = groups_in(reviews)
    taken: set[str] = set()
    for group in found:
        assert len(names_in(group) & taken) < len(names_in(group)) / 2
        taken |= names_in(group)


def test_two_are_a_group_only_where_two_are_asked_for() -> None:
    reviews = store(guests(), company(["ann", "bob"], 12))
    assert not any({"ann", "bob"} & names_in(group) for group in groups_in(reviews))


def test_more_meetings_are_a_stronger_group() -> None:
    scores = [groups_in(store(guests(), company(NAMES, meetings)))[0].score for meetings in (5, 7, 9)]
    assert scores == sorted(scores)
    assert scores[0] < scores[-1]


def test_the_seed_decides_nothing_here() -> None:
    reviews = store(guests(), company(NAMES, 9), company(OTHERS, 7, seed=8))
    one, other = groups_in(reviews, seed=0), groups_in(reviews, seed=99)
    assert [names_in(group) for group in one] == [names_in(group) for group in other]


def test_nobody_met() -> None:
    assert groups_in(guests(3, each=3)) == []


def test_only_accounts_of_pairs_are_read() -> None:
    """A conclusion asks the snapshot for few reviews, not for the store."""
    reviews = store(guests(), company(NAMES, 9))
    answers = Answers(reviews)
    pair = hashed(pd.Series(["p/ann", "p/bob"]))
    pairs = pd.DataFrame({"a": [pair.min()], "b": [pair.max()], "near": [9.0], "wide": [9.0]})
    night = Night(AS_OF, answers)
    find_groups(
        pairs, crowds_of(reviews), night, accounts=400, near_days=21, wide_days=60, agreement=0.26, least_group=3
    )
    assert answers.handed == 18


@settings(deadline=None)
@given(st.lists(st.integers(0, 5), max_size=25), st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=8))
def test_cross_is_two_loops(codes: list[int], pairs: list[tuple[int, int]]) -> None:
    ordered = np.sort(np.array(codes, dtype="int64"))
    left, right = (np.array([pair[side] for pair in pairs], dtype="int64") for side in (0, 1))
    found = groups._cross(ordered, left, right)
    expected = [
        (number, one, other)
        for number, (a, b) in enumerate(pairs)
        for one in np.flatnonzero(ordered == a)
        for other in np.flatnonzero(ordered == b)
    ]
    assert [tuple(row) for row in np.column_stack(found).tolist()] == [tuple(map(int, row)) for row in expected]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3), st.floats(0.0, 1.0), st.floats(0.0, 1.0)),
        max_size=30,
    )
)
def test_expected_counts_the_likeliest_place_in_full(rows: list[tuple[int, int, float, float]]) -> None:
    pairs, here, chance, about = (np.array([row[n] for row in rows]) for n in range(4))
    found = members.expected_meetings(
        pairs.astype("int64"), here.astype("int64"), chance.astype(float), about.astype(float), 4
    )
    for pair in range(4):
        full, scaled = {}, {}
        for p, place, c, a in rows:
            if p == pair:
                full[place] = full.get(place, 0.0) + c
                scaled[place] = scaled.get(place, 0.0) + c * a
        most = max((full[place] - scaled[place] for place in full), default=0.0)
        assert found[pair] == pytest.approx(sum(scaled.values()) + max(most, 0.0), abs=1e-9)


@pytest.mark.parametrize(("everyone", "size"), [(5, 2), (100, 3), (5000, 20), (3, 3), (2, 5)])
def test_ways_is_the_binomial_coefficient(everyone: int, size: int) -> None:
    assert members._ways(everyone, size) == pytest.approx(math.log10(math.comb(max(everyone, size), size)), abs=1e-9)
