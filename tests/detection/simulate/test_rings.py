import pandas as pd
import pytest

from detection.simulate.attacks import OWNERS, RINGS, SIZES, grid
from detection.simulate.platform import Platform, large_spec, simulate
from tests.detection.simulate.test_attacks import event, reviews_of

PLANTED = grid(("ring", "ring_burst", "owners"), each=1, camouflage=0.5)


@pytest.fixture(scope="module")
def platform() -> Platform:
    return simulate(large_spec(listings=500, attacks=PLANTED), seed=11)


@pytest.mark.parametrize("strength", [5, 4, 3, 2, 1])
def test_a_ring_covers_its_clients_and_hides_among_others(platform: Platform, strength: int) -> None:
    accounts, clients, coverage, spread, _ = RINGS[strength]
    happening = event(platform, "ring", strength)
    planted = reviews_of(platform, happening)
    assert planted["listing_id"].nunique() == clients
    assert (planted.groupby("listing_id")["reviewer_id"].nunique() == max(2, round(coverage * accounts))).all()
    assert len(happening["reviewer_ids"]) <= accounts
    span = planted.groupby("listing_id")["published"].agg(lambda days: (days.max() - days.min()).days)
    assert (span < spread).all()
    everything = platform.reviews[platform.reviews["reviewer_id"].isin(happening["reviewer_ids"])]
    assert 0.35 < 1 - len(planted) / len(everything) < 0.55


def test_without_camouflage_a_ring_writes_for_its_clients_only() -> None:
    plain = simulate(large_spec(listings=100, attacks=grid(("ring",), each=1, strengths=(4,))), seed=3)
    happening = event(plain, "ring", 4)
    everything = plain.reviews[plain.reviews["reviewer_id"].isin(happening["reviewer_ids"])]
    assert set(everything["listing_id"]) == set(happening["listing_ids"])


@pytest.mark.parametrize("strength", [5, 3, 1])
def test_a_ring_may_end_in_a_burst(platform: Platform, strength: int) -> None:
    happening = event(platform, "ring_burst", strength)
    planted = reviews_of(platform, happening)
    size, days = SIZES["burst"][strength]
    last = planted[planted["published"] > planted["published"].max() - pd.Timedelta(days=days)]
    assert last["listing_id"].value_counts().iloc[0] == size
    assert set(last["reviewer_id"]) == set(happening["reviewer_ids"])


@pytest.mark.parametrize("strength", [5, 4, 3, 2, 1])
def test_owners_praise_one_another(platform: Platform, strength: int) -> None:
    size, _, spread, _ = OWNERS[strength]
    happening = event(platform, "owners", strength)
    assert len(happening["listing_ids"]) == len(happening["reviewer_ids"]) == size
    owned = dict(zip(happening["reviewer_ids"], happening["listing_ids"], strict=True))
    owner = {listing: account for account, listing in owned.items()}
    planted = reviews_of(platform, happening)
    given = {(r.reviewer_id, owner[r.listing_id]): r.published for r in planted.itertuples()}
    assert len(given) >= 4
    assert all(one != other for one, other in given)
    assert all(abs((given[other, one] - day).days) < spread for (one, other), day in given.items())


def test_the_clients_of_a_ring_may_lie_in_one_town() -> None:
    attacks = grid(("ring", "ring_burst"), each=1, strengths=(4, 2), one_town=True)
    made = simulate(large_spec(listings=500, attacks=attacks), seed=6)
    cities = made.listings.set_index("listing_id")["city"]
    for happening in made.events[made.events["planted"]].itertuples():
        assert cities[list(happening.listing_ids)].nunique() == 1
    assert len(event(made, "ring", 4)["listing_ids"]) == RINGS[4][1]


def test_a_ring_may_be_hired_to_blame() -> None:
    made = simulate(large_spec(listings=200, attacks=grid(("ring",), each=1, strengths=(3,), blame=True)), seed=6)
    planted = reviews_of(made, event(made, "ring", 3))
    assert planted["rating"].isin([1.0, 2.0]).all()
    assert (planted["rating"] == 1).mean() > 0.8
