import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detection.arrays import Ints
from detection.crowds import month_of
from detection.group_shape import Places, permuted_p, readings
from tests.detection.worlds import DAY

TOWNS, LISTINGS, MONTHS = 3, 10, 12
FIRST = DAY // 30 + 1


def places(seed: int = 0) -> Places:
    """Ten listings in each of three towns, some of which have many more reviews than others."""
    rng = np.random.default_rng(seed)
    listing, month = (grid.ravel() for grid in np.indices((TOWNS * LISTINGS, MONTHS)))
    reviews = rng.poisson(rng.gamma(1.0, 4.0, TOWNS * LISTINGS)[listing]) + 1.0
    return Places(listing, listing // LISTINGS, FIRST + month, reviews)


def journeys(rng: np.random.Generator, accounts: int = 8, each: int = 6) -> tuple[Ints, Ints, Ints]:
    """Accounts, towns and days of reviews by accounts that each have a town of their own and go elsewhere, too."""
    account = np.repeat(np.arange(accounts), each)
    town = np.where(rng.random(len(account)) < 0.6, account % TOWNS, rng.integers(0, TOWNS, len(account)))
    return account, town, FIRST * 30 + rng.integers(0, MONTHS * 30, len(account))


def ring() -> tuple[Ints, Ints, Ints, Ints]:
    """Six accounts that meet at one listing of each town every other month: listing, account, town, day."""
    turn, account = (grid.ravel() for grid in np.indices((6, 6)))
    return turn % TOWNS * LISTINGS + turn, account, turn % TOWNS, (FIRST + 2 * turn) * 30 + 3 + account


def test_groups_that_chance_made_have_p_values_as_chance_has() -> None:
    here, p_values = places(), []
    for seed in range(300):
        rng = np.random.default_rng([7, seed])
        account, town, day = journeys(rng)
        listing = here.draw(town, month_of(day), 1, rng)[0]
        p_values.append(permuted_p(listing, account, town, day, here, permutations=99, seed=seed))
    shares = {line: float(np.mean(np.array(p_values) <= line)) for line in (0.05, 0.2, 0.5)}
    assert shares[0.05] <= 0.1
    assert shares[0.2] <= 0.28
    assert 0.3 <= shares[0.5] <= 0.6, "neither too bold nor blind"


def test_people_of_a_whole_store_who_go_where_all_go_are_no_surprise() -> None:
    """The group's reviews are some of those that the shares were counted from."""
    low = 0
    for seed in range(200):
        rng = np.random.default_rng([8, seed])
        account, town, day = journeys(rng, accounts=150, each=5)
        listing = town * LISTINGS + rng.choice(LISTINGS, len(town), p=np.arange(1, LISTINGS + 1) / 55)
        cells, reviews = np.unique(np.stack([listing, month_of(day)]), axis=1, return_counts=True)
        here = Places(cells[0], cells[0] // LISTINGS, cells[1], reviews.astype("float64"))
        inside = np.isin(account, rng.choice(150, 8, replace=False))
        said = (each[inside] for each in (listing, account, town, day))
        low += permuted_p(*said, here, permutations=99, seed=seed) <= 0.05
    assert low <= 20


def test_planted_meetings_are_a_surprise() -> None:
    assert permuted_p(*ring(), places(), permutations=199, seed=0) == 1 / 200


def test_one_listing_towns_prove_nothing() -> None:
    """Where there is but one place to go, all who are there meet."""
    town, month = (grid.ravel() for grid in np.indices((TOWNS, MONTHS)))
    only = Places(town, town, FIRST + month, np.full(TOWNS * MONTHS, 9.0))
    _, account, town, day = ring()
    assert permuted_p(town, account, town, day, only, permutations=99, seed=0) == 1.0


def test_the_seed_decides() -> None:
    rng = np.random.default_rng(4)
    account, town, day = journeys(rng)
    here = places()
    listing = here.draw(town, month_of(day), 1, rng)[0]
    values = [permuted_p(listing, account, town, day, here, permutations=99, seed=seed) for seed in (1, 1, 2, 3, 4)]
    assert values[0] == values[1]
    assert len(set(values)) > 1


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), accounts=st.integers(1, 6), each=st.integers(1, 5), permutations=st.integers(1, 30))
def test_p_values_are_never_0(seed: int, accounts: int, each: int, permutations: int) -> None:
    rng = np.random.default_rng(seed)
    account, town, day = journeys(rng, accounts, each)
    here = places()
    listing = here.draw(town, month_of(day), 1, rng)[0]
    p_value = permuted_p(listing, account, town, day, here, permutations=permutations, seed=seed)
    assert 1 / (1 + permutations) <= p_value <= 1.0
    order = rng.permutation(len(day))
    nobody = permuted_p(listing, np.zeros_like(account), town, day, here, permutations=permutations, seed=seed)
    assert nobody == 1.0, "one account meets nobody"
    once = permuted_p(listing[order], account[order], town[order], day[order], here, permutations=1, seed=seed)
    assert once in (0.5, 1.0)


def test_draws_stay_in_town_and_month() -> None:
    """Each listing has reviews in months of its own."""
    listing = np.arange(12)
    town, month = listing % 3, FIRST + listing % 4
    here = Places(listing, town, month, np.ones(12))
    drawn = here.draw(town, month, 50, np.random.default_rng(0))
    assert drawn.shape == (50, 12)
    assert (drawn == listing).all(), "town and month together leave one listing"
    before_1970 = Places(listing, town, -month, np.ones(12))
    assert (before_1970.draw(town, -month, 5, np.random.default_rng(0)) == listing).all()


def test_draws_follow_the_shares() -> None:
    here = Places(
        np.array([4, 2, 7, 2]), np.zeros(4, "int64"), np.array([5, 5, 5, 6]), np.array([60.0, 30.0, 10.0, 1.0])
    )
    drawn = here.draw(np.zeros(2, "int64"), np.array([5, 6]), 20_000, np.random.default_rng(1))
    known, times = np.unique(drawn[:, 0], return_counts=True)
    assert known.tolist() == [2, 4, 7]
    assert times / 20_000 == pytest.approx([0.3, 0.6, 0.1], abs=0.015)
    assert (drawn[:, 1] == 2).all()


def shape(visits: list[tuple[int, int, int, int]]) -> set[str]:
    """The readings of (account, listing, town, day)."""
    account, listing, town, day = np.array(visits).T
    order = np.random.default_rng(0).permutation(len(visits))
    return set(readings(account[order], listing[order], town[order], day[order]))


def test_a_couple_that_travels_together() -> None:
    visits = [(who, place, place % 4, 60 * place + who) for who in range(2) for place in range(8)]
    assert shape(visits) == {"couple_or_family"}


def test_a_club_in_its_town() -> None:
    visits = [(who, place, 0, 40 * place + who % 3) for who in range(12) for place in range(8)]
    assert shape(visits) == {"club"}


def test_a_tour_group() -> None:
    visits = [(who, place, place, 3 * place + who % 2) for who in range(20) for place in range(6)]
    assert shape(visits) == {"tour_group"}


def test_an_event() -> None:
    visits = [(who, place, place, 200 * place + who % 5) for who in range(25) for place in range(3)]
    assert shape(visits) == {"event"}


def test_followers_of_one_list() -> None:
    rng = np.random.default_rng(3)
    visits = [(who, place, place % 5, int(rng.integers(0, 700))) for who in range(10) for place in range(12)]
    assert shape(visits) == {"one_list"}


def test_a_ring_over_many_towns_and_months_has_no_innocent_shape() -> None:
    rng = np.random.default_rng(4)
    visits = [
        (who, place, place % 6, 45 * place + int(rng.integers(0, 14)))
        for place in range(12)
        for who in rng.choice(15, 8, replace=False).tolist()
    ]
    assert shape(visits) == set()


def test_readings_are_told_in_one_order() -> None:
    one = np.zeros(1, dtype="int64")
    assert readings(one, one, one, one) == ["one_list"]
    two = np.array([0, 1])
    day = np.array([3, 5])
    assert readings(two, one.repeat(2), one.repeat(2), day) == ["couple_or_family", "event"]
