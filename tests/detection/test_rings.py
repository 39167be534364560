import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection.crowds import Crowds
from detection.rings import Met, Ring, client_rows, grow
from detection.visits import Visits
from tests.detection.test_crowds import crowds_of
from tests.detection.worlds import DAY, reviews_of, together

STARS = ([0.0, 0.25, 0.5, 0.75, 1.0], [0.06, 0.08, 0.16, 0.3, 0.4])
LISTINGS, TOWNS = 120, 6
WITHIN = 60


def stays(dice: np.random.Generator, names: list[str], each: int) -> pd.DataFrame:
    """Honest reviews over three years; two of three lie in the account's own town."""
    who = np.repeat(np.arange(len(names)), each)
    home = dice.integers(0, TOWNS, len(names))[who]
    town = np.where(dice.random(len(who)) < 2 / 3, home, dice.integers(0, TOWNS, len(who)))
    # Of a town's listings the first are the best known.
    listing = np.minimum((20 * dice.random(len(who)) ** 1.5).astype(int), 19) * TOWNS + town
    return reviews_of(
        DAY + dice.integers(0, 1000, len(who)),
        listing_key=[f"p/{number:03d}" for number in listing],
        city=[f"town {number % TOWNS}" for number in listing],
        reviewer_key=[names[number] for number in who],
        rating=dice.choice(STARS[0], len(who), p=STARS[1]),
    )


def planted(
    dice: np.random.Generator, *, size: int = 12, clients: int = 15, coverage: float = 0.4, stars: float = 1.0
) -> pd.DataFrame:
    """Accounts of which a share reviews each client within a month, all of them equally often or nearly so."""
    parts = []
    turns = dice.permutation(size)
    share = round(coverage * size)
    for turn, listing in enumerate(dice.permutation(LISTINGS)[:clients].tolist()):
        # Another order in each round, or the same accounts would always go together.
        turns = dice.permutation(turns) if turn * share % size < share else turns
        told = np.roll(turns, -turn * share)[:share]
        days = DAY + 300 + dice.integers(0, 300) + dice.integers(0, 30, len(told))
        said = {"listing_key": f"p/{listing:03d}", "city": f"town {listing % TOWNS}", "rating": stars}
        parts.append(reviews_of(days, reviewer_key=[f"p/ring{member:02d}" for member in told], **said))
    return together(*parts)


def world(seed: int, *, stars: float = 1.0) -> pd.DataFrame:
    """800 honest accounts and a ring, whose accounts write three honest reviews each as well."""
    dice = np.random.default_rng(seed)
    names = [f"p/ring{member:02d}" for member in range(12)]
    return together(
        stays(dice, [f"p/u{number:03d}" for number in range(800)], 5),
        stays(dice, names, 3),
        planted(dice, stars=stars),
    )


def seen(reviews: pd.DataFrame) -> tuple[Visits, Crowds]:
    crowds = crowds_of(reviews)
    return Visits.of(reviews, crowds), crowds


def met_often(visits: Visits) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Accounts that met twice or more, by pandas; and how often."""
    frame = pd.DataFrame({"listing": visits.listing, "who": visits.account, "day": visits.day, "stars": visits.rating})
    both = frame.merge(frame, on="listing")
    both = both[(both["who_x"] < both["who_y"]) & ((both["day_x"] - both["day_y"]).abs() <= WITHIN)]
    both = both[(both["stars_x"] - both["stars_y"]).abs() <= 0.26]
    number = both.groupby(["who_x", "who_y"]).size()
    number = number[number >= 2].sort_values(ascending=False, kind="stable")
    return *(number.index.get_level_values(side).to_numpy() for side in (0, 1)), number.to_numpy()


def about(reviews: pd.DataFrame, seed: list[str], *, among: set[str] | None = None) -> tuple[set[str], Ring | None]:
    """The names in the ring about some accounts, and the ring."""
    visits, crowds = seen(reviews)
    a, b, _ = met_often(visits)
    told = np.ones(len(visits.names), dtype=bool) if among is None else visits.names.isin(among)
    ring = grow(
        visits,
        crowds,
        visits.names.get_indexer(seed),
        among=told,
        everyone=math.log10(len(visits.names)),
        within_days=WITHIN,
        met=Met.of(a, b, len(visits.names)),
    )
    return set() if ring is None else set(visits.names[ring.accounts]), ring


RING = {f"p/ring{member:02d}" for member in range(12)}


@given(
    st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(lambda pair: pair[0] < pair[1])),
    st.sets(st.integers(0, 6)),
)
def test_whom_accounts_met_is_a_loop(pairs: set[tuple[int, int]], asked: set[int]) -> None:
    a, b = (np.array([pair[side] for pair in sorted(pairs)], dtype="int64") for side in (0, 1))
    expected = asked | {b for a, b in pairs if a in asked} | {a for a, b in pairs if b in asked}
    accounts = np.array(sorted(asked), dtype="int64")
    assert Met.of(a, b, 7).by(accounts).tolist() == sorted(expected)
    links = [other for one in sorted(asked) for other in range(7) if {(one, other), (other, one)} & pairs]
    assert Met.of(a, b, 7).links(accounts).tolist() == [other for other in links if other in asked]


@pytest.mark.parametrize("stars", [1.0, 0.0], ids=["praise", "blame"])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_planted_block_is_found_from_any_two_of_it(seed: int, stars: float) -> None:
    """12 accounts, 15 clients in several towns, 800 honest accounts among whom there is nothing."""
    visits, crowds = seen(world(seed, stars=stars))
    inside = visits.names.isin(RING)
    a, b, _ = met_often(visits)
    met, among = Met.of(a, b, len(visits.names)), np.ones(len(visits.names), dtype=bool)
    found = [
        grow(visits, crowds, np.array(pair), among=among, everyone=2.9, within_days=WITHIN, met=met)
        for pair in np.stack([a, b], axis=1)[inside[a] & inside[b]]
    ]
    assert len(found) > 30
    for ring in found:
        assert ring is not None
        assert ring.accounts.tolist() == np.flatnonzero(inside).tolist()
        assert ring.net == pytest.approx(found[0].net if found[0] else None)
        assert ring.coverage == pytest.approx(0.4, abs=0.05)
    # The honest pairs that met most often.
    honest = np.stack([a, b], axis=1)[~inside[a] & ~inside[b]][:40]
    assert len(honest) == 40
    innocent = [grow(visits, crowds, pair, among=among, everyone=2.9, within_days=WITHIN, met=met) for pair in honest]
    assert sum(ring is None for ring in innocent) >= 38
    assert all(ring.net < 3 for ring in innocent if ring is not None)


def test_a_block_in_one_town() -> None:
    reviews = world(4).assign(city="town 0")
    names, ring = about(reviews, ["p/ring00", "p/ring01", "p/ring02"])
    assert names == RING
    assert ring is not None
    towns, spread = about(world(4), ["p/ring00", "p/ring01", "p/ring02"])
    assert towns == RING
    assert spread is not None
    assert ring.net < spread.net, "that several go about in one town is less surprising"


def test_what_is_left_when_the_choice_is_paid_for() -> None:
    _, ring = about(world(0), ["p/ring00", "p/ring01"])
    assert ring is not None
    assert (np.diff(ring.accounts) > 0).all()
    assert len(ring.decades) == len(ring.accounts) == 12
    paid = [math.log10(812 / nth) for nth in range(1, 13)]
    assert ring.net == pytest.approx((ring.decades.sum() - sum(paid)) / 2)


def test_who_went_to_more_clients_belongs_more_surely() -> None:
    reviews = world(0)
    # What was planted stands last.
    own = np.flatnonzero(reviews["reviewer_key"].eq("p/ring05") & (reviews.index >= 800 * 5 + 12 * 3))
    decades = []
    for visits in (3, 4, 5, 6):
        left = reviews.drop(index=own[visits:])
        names, ring = about(left, ["p/ring00", "p/ring01"])
        assert ring is not None
        decades.append(float(ring.decades[sorted(names).index("p/ring05")]) if "p/ring05" in names else -math.inf)
    assert decades == sorted(set(decades))
    assert decades[-1] - decades[0] > 3


def test_others_than_those_asked_about_are_not_taken_up() -> None:
    reviews = world(1)
    asked = set(reviews["reviewer_key"]) - {"p/ring03", "p/ring07"}
    names, _ = about(reviews, ["p/ring00", "p/ring01"], among=asked)
    assert names == RING - {"p/ring03", "p/ring07"}


def test_more_accounts_to_choose_from_ask_for_more() -> None:
    visits, crowds = seen(world(2))
    a, b, _ = met_often(visits)
    met, among = Met.of(a, b, len(visits.names)), np.ones(len(visits.names), dtype=bool)
    seed = visits.names.get_indexer(["p/ring00", "p/ring01"])
    nets, sizes = [], []
    for everyone in (3.0, 5.0, 7.0, 40.0):
        ring = grow(visits, crowds, seed, among=among, everyone=everyone, within_days=WITHIN, met=met)
        nets.append(0.0 if ring is None else ring.net)
        sizes.append(0 if ring is None else len(ring.accounts))
    assert nets == sorted(nets, reverse=True)
    assert sizes == sorted(sizes, reverse=True)
    assert (sizes[0], sizes[-1]) == (12, 0)


def test_neither_the_order_of_rows_nor_the_names_matter() -> None:
    reviews = world(3)
    names, ring = about(reviews, ["p/ring02", "p/ring04"])
    assert ring is not None
    shuffled, same = about(reviews.sample(frac=1.0, random_state=1), ["p/ring02", "p/ring04"])
    assert same is not None
    assert (shuffled, same.decades.tolist(), same.net) == (names, ring.decades.tolist(), ring.net)
    dice = np.random.default_rng(5)
    renamed = reviews.copy()
    new: dict[str, dict[str, str]] = {}
    for column in ("reviewer_key", "listing_key", "city"):
        old = sorted(set(reviews[column]))
        new[column] = dict(zip(old, [f"n{number:04d}" for number in dice.permutation(len(old))], strict=True))
        renamed[column] = renamed[column].map(new[column])
    account = new["reviewer_key"]
    others, again = about(renamed, [account["p/ring02"], account["p/ring04"]])
    assert others == {account[name] for name in names}
    assert again is not None
    assert again.net == pytest.approx(ring.net)
    told = dict(zip(sorted(names), ring.decades, strict=True))
    other = dict(zip(sorted(others), again.decades, strict=True))
    assert {account[name]: value for name, value in told.items()} == pytest.approx(other)


def test_a_ring_grows_to_itself_again() -> None:
    """As where two finds are merged: from all of its accounts, without whom they met."""
    visits, crowds = seen(world(1))
    inside = np.flatnonzero(visits.names.isin(RING))
    among = np.ones(len(visits.names), dtype=bool)
    ring = grow(visits, crowds, inside, among=among, everyone=2.9, within_days=WITHIN)
    assert ring is not None
    assert ring.accounts.tolist() == inside.tolist()


def test_the_clients_reviews_are_told_from_the_camouflage() -> None:
    reviews = world(0)
    visits, crowds = seen(reviews)
    _, ring = about(reviews, ["p/ring00", "p/ring01"])
    assert ring is not None
    rows = client_rows(visits, crowds, ring, WITHIN)
    assert (np.diff(rows) > 0).all()
    assert np.isin(visits.account[rows], ring.accounts).all()
    keys = set(visits.frame["review_key"].iloc[rows])
    sold = set(reviews["review_key"].iloc[800 * 5 + 12 * 3 :])
    assert len(keys & sold) >= 0.95 * len(sold)
    assert len(keys - sold) <= 0.25 * 36
    assert visits.frame["city"].iloc[rows].nunique() >= 4


def test_no_place_in_common() -> None:
    reviews = reviews_of(
        [DAY, DAY + 1, DAY, DAY + 1, DAY + 9],
        listing_key=["p/a", "p/b", "p/c", "p/d", "p/a"],
        reviewer_key=["p/u", "p/u", "p/v", "p/v", "p/w"],
    )
    for seed in (["p/u", "p/v"], ["p/u", "p/w"], ["p/v", "p/w"]):
        assert about(reviews, seed) == (set(), None)


def test_clients_about_whom_nobody_is_of_one_mind() -> None:
    """Who gives one star and five stars to each place agrees with nobody's mean."""
    reviews = reviews_of(
        DAY + np.tile([0, 1, 0, 1], 3) + np.repeat([0, 100, 200], 4),
        listing_key=np.repeat(["p/a", "p/b", "p/c"], 4),
        reviewer_key=["p/u", "p/u", "p/v", "p/v"] * 3,
        rating=[0.0, 1.0] * 6,
    )
    assert about(reviews, ["p/u", "p/v"]) == (set(), None)
