import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from detection.collusion import ACCOUNT, ANONYMOUS, LISTING, PAIR, TOWN, Collusion
from detection.protocol import Findings
from detection.simulate.frames import review_frame
from detection.simulate.platform import large_spec, simulate
from detection.simulate.world import Attack, Honest
from tests.detection.worlds import DAY, attacked, findings, reviews_of, together

RING = Attack(kind="ring", strength=4, camouflage=0.5)
_FOUND: dict[int, Findings] = {}


def on_ring(seed: int) -> Findings:
    if seed not in _FOUND:
        _FOUND[seed] = findings(Collusion(), attacked(RING, listings=400, seed=seed)[0])
    return _FOUND[seed]


def accounts_of(found: Findings) -> list[set[str]]:
    return [set(json.loads(facts)["accounts"]) for facts in found.evidence["facts"]]


def guests(accounts: int = 400, *, listings: int = 60, each: int = 5, seed: int = 2) -> pd.DataFrame:
    """Accounts that review some listings of three towns over two years, as it comes."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(accounts), each)
    where = rng.integers(0, listings, len(who))
    return reviews_of(
        DAY + rng.integers(0, 730, len(who)),
        listing_key=[f"p/{number:02d}" for number in where],
        city=[f"town {number % 3}" for number in where],
        reviewer_key=[f"p/u{number:04d}" for number in who],
        rating=rng.choice([0.0, 0.25, 0.5, 0.75, 1.0], len(who), p=[0.06, 0.08, 0.16, 0.3, 0.4]),
    )


def company(names: list[str], meetings: int, *, stars: float = 1.0, seed: int = 3) -> pd.DataFrame:
    """Accounts that are always at the same place within days."""
    rng = np.random.default_rng(seed)
    parts = []
    for turn, listing in enumerate(rng.permutation(60)[:meetings]):
        days = DAY + 60 * turn + 5 + rng.integers(0, 3, len(names))
        parts.append(
            reviews_of(
                days,
                listing_key=f"p/{listing:02d}",
                city=f"town {listing % 3}",
                reviewer_key=[f"p/{name}" for name in names],
                rating=stars,
            )
        )
    return together(*parts)


def store(*parts: pd.DataFrame) -> pd.DataFrame:
    """The parts together, with each account's reviews counted over all of them."""
    frame = together(*parts)
    count = frame.groupby("reviewer_key")["review_key"].transform("size")
    return frame.assign(reviewer_reviews=count.fillna(0).astype("int32"))


@pytest.mark.parametrize("seed", [12, 14])
def test_a_planted_ring_is_found(seed: int) -> None:
    """Half of what its accounts write is camouflage."""
    reviews, events = attacked(RING, listings=400, seed=seed)
    planted = reviews[reviews["review_key"].isin(events.loc[events["kind"] == "ring", "review_key"])]
    ring = set(planted["reviewer_key"])
    found = on_ring(seed)
    groups = [group for group in accounts_of(found) if group & ring]
    assert groups
    assert len(set().union(*groups) & ring) >= 0.7 * len(ring)
    assert not set().union(*groups) - ring, "nobody else stands in its groups"
    own = reviews["reviewer_key"].isin(ring)
    inside = reviews["review_key"].isin(found.members["review_key"])
    recall = inside[reviews["review_key"].isin(planted["review_key"])].mean()
    camouflage = inside[own & ~reviews["review_key"].isin(planted["review_key"])].mean()
    assert recall > 0.5
    assert camouflage < 0.25, "what they wrote elsewhere isn't held against them"


def test_three_who_are_always_together_are_a_group_and_two_are_not() -> None:
    """A couple is two; the third who is always there is what makes it worth a look."""
    background = guests()
    assert findings(Collusion(), background).evidence.empty
    couple = findings(Collusion(), store(background, company(["ann", "bob"], 9)))
    assert couple.evidence.empty
    names = ["ann", "bob", "cyd", "dan", "eve"]
    group = findings(Collusion(), store(background, company(names, 9)))
    assert accounts_of(group) == [{f"p/{name}" for name in names}]
    row, facts = group.evidence.iloc[0], json.loads(group.evidence["facts"].iloc[0])
    assert row["subject_kind"] == "group"
    assert row["n_reviews"] == 45
    assert facts["pairs"] == 10
    assert facts["shared"] == 90
    assert facts["near_share"] > 0.8
    assert facts["agreement"] == pytest.approx(1.0, abs=0.2)
    assert row["effect"] > 3
    assert (group.members["weight"] > 0.5).all()
    assert len(group.signals) == 45
    assert group.signals["p_value"].max() == row["p_value"]


def test_praise_and_blame_alike() -> None:
    names = ["ann", "bob", "cyd", "dan", "eve"]
    for stars in (0.0, 1.0):
        found = findings(Collusion(), store(guests(), company(names, 9, stars=stars)))
        assert accounts_of(found) == [{f"p/{name}" for name in names}], stars


def test_friends_who_like_some_places_and_others_not_are_no_ring() -> None:
    """A club meets as often as a ring does; but its stars are all over the scale."""
    names = ["ann", "bob", "cyd", "dan", "eve"]
    club = company(names, 9)
    stars = {key: turn % 5 / 4 for turn, key in enumerate(club["listing_key"].unique())}
    found = findings(Collusion(), store(guests(), club.assign(rating=club["listing_key"].map(stars))))
    assert found.evidence.empty


def test_a_world_of_couples_is_quiet() -> None:
    spec = replace(large_spec(listings=150), honest=Honest(couples=100))
    platform = simulate(spec, 61)
    assert (platform.events["kind"] == "couple").sum() == 100
    assert findings(Collusion(), review_frame(platform)).evidence.empty


def test_accounts_with_few_reviews_are_not_judged() -> None:
    names = ["ann", "bob", "cyd", "dan", "eve"]
    reviews = store(guests(), company(names, 9))
    reviews["reviewer_reviews"] = reviews["reviewer_reviews"].where(
        ~reviews["reviewer_key"].isin([f"p/{name}" for name in names]), 2
    )
    assert findings(Collusion(), reviews.astype({"reviewer_reviews": "int32"})).evidence.empty


def crowded(number: int) -> pd.DataFrame:
    """A listing that so many active accounts review in one week."""
    days = DAY + np.arange(number) * 7 // number
    reviews = reviews_of(days, reviewer_key=[f"p/u{n}" for n in range(number)], rating=1.0)
    return reviews.assign(reviewer_reviews=np.int32(5))


def test_a_crowd_costs_no_more_for_being_larger() -> None:
    rows = {}
    for number in (1_000, 4_000):
        partial = Collusion().scan(crowded(number))
        rows[number] = int((partial["role"] == PAIR).sum())
        assert int((partial["role"] == ACCOUNT).sum()) == number
    # Each of the last 300 (120) meets those after it; the others stand in a crowd.
    assert rows[1_000] == rows[4_000] == 300 * 301 / 2 + 120 * 121 / 2
    assert findings(Collusion(), crowded(1_000)).evidence.empty


def test_partials_count_what_they_say() -> None:
    reviews = store(guests(50, listings=6))
    partial = Collusion().scan(reviews)
    by_role = partial.groupby("role")["reviews"].sum()
    assert by_role[ACCOUNT] == by_role[TOWN] == by_role[LISTING] == len(reviews)
    # Meetings of two accounts, by a loop.
    wide = near = 0
    for _, own in reviews.groupby("listing_key"):
        rows = own[["reviewer_key", "day_to", "rating"]].to_numpy().tolist()
        for one in range(len(rows)):
            for other in range(one):
                (a, day_a, stars_a), (b, day_b, stars_b) = rows[one], rows[other]
                if a != b and abs(stars_a - stars_b) <= 0.26:
                    wide += abs(day_a - day_b) <= 60
                    near += abs(day_a - day_b) <= 21
    pairs = partial[partial["role"] == PAIR]
    assert (pairs["wide"].sum(), pairs["near"].sum()) == (wide, near)
    assert (pairs["a"] < pairs["b"]).all()
    assert near > 10


def test_without_reviewer_ids_it_abstains() -> None:
    nobody = reviews_of(DAY + np.arange(30), listing_key=[f"q/{n % 2}" for n in range(30)], platform="q")
    for reviews in (nobody, store(guests(), nobody)):
        found = findings(Collusion(), reviews, shards=3)
        assert found.evidence.empty
        assert found.signals.empty
        assert found.abstentions.to_numpy().tolist() == [
            ["collusion", "q/0", "no_reviewer_ids", 15],
            ["collusion", "q/1", "no_reviewer_ids", 15],
        ]
    partial = Collusion().scan(nobody)
    assert set(partial["role"]) == {ANONYMOUS}


def test_imprecise_dates_count_as_wide_meetings_only() -> None:
    reviews = store(guests(50, listings=6))
    reviews["day_from"] = reviews["day_to"] - 30
    pairs = Collusion().scan(reviews).query("role == @PAIR")
    assert pairs["near"].sum() == 0
    assert pairs["wide"].sum() > 10
