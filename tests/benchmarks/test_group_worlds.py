from __future__ import annotations

from functools import cache

from benchmarks.group_worlds import METHODS, THIN, Ground, judged, mixed, weak_rings, world
from detection.simulate.attacks import grid
from store.frames import OWNERS, check


@cache
def small() -> Ground:
    """Two strong rings, and a thin one."""
    return world(3, 150, (*grid(("ring",), each=2, strengths=(5,)), THIN))


def test_members_are_the_authors_of_planted_reviews() -> None:
    there = small()
    rings = there.members[there.members["planted"]]
    assert rings.groupby(["kind", "strength"]).size().to_dict()["ring", 5] == 50
    thin = rings[rings["kind"] == "thin ring"]
    assert 10 <= len(thin) <= 15
    assert set(thin["strength"]) == {2}
    written = there.reviews[there.reviews["review_key"].isin(there.planted["review_key"])]
    assert set(written["reviewer_key"]) == set(rings["account"])


def test_companies_are_of_all_kinds_and_wrote_something() -> None:
    there = small()
    honest = there.members[~there.members["planted"]]
    assert {"couple", "food_club", "elite_group", "family", "list_followers", "owner_neighbours"} <= set(honest["kind"])
    assert set(honest["account"]) <= set(there.reviews["reviewer_key"].dropna())
    assert len(check(there.owners, OWNERS, "owners"))
    assert there.accounts == there.reviews["reviewer_key"].nunique()


def test_methods_are_judged_on_one_world() -> None:
    found = judged(small(), tuple(METHODS))
    assert set(found) == set(METHODS)
    assert found["FRAUDAR, 5 blocks"].hit >= found["FRAUDAR, 1 block"].hit
    plain = found["3 listings in common"].groups.set_index(["kind", "strength"])
    assert plain.loc[("ring", 5), "found"] == 50
    assert found["3 listings in common"].others > 100
    assert found["collusion"].precision > 0.5


def test_a_world_is_its_seeds() -> None:
    one, other = (world(4, 60, grid(("ring",), each=1, strengths=(5,))) for _ in range(2))
    assert one.reviews.equals(other.reviews)
    assert one.members.equals(other.members)


def test_the_attacks_of_the_parts() -> None:
    assert len(mixed(0.5)) == 20
    assert {attack.camouflage for attack in mixed(0.5)} == {0.5}
    assert [(attack.strength, attack == THIN) for attack in weak_rings(1)] == [(3, False), (2, False), (2, True)]
