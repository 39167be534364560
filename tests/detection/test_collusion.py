import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from detection.arrays import Ints
from detection.collusion import ACCOUNT, ANONYMOUS, LISTING, PAIR, PLACE, TOWN, Collusion
from detection.engines.local import folded
from detection.hashing import hashed
from detection.protocol import Findings, Night
from detection.simulate.frames import review_frame
from detection.simulate.platform import large_spec, simulate
from detection.simulate.world import Attack, Honest
from tests.detection.worlds import AS_OF, DAY, attacked, findings, reviews_of, together

RING = Attack(kind="ring", strength=4, camouflage=0.5)
NAMES = ["ann", "bob", "cyd", "dan", "eve"]
COMPANY = {f"p/{name}" for name in NAMES}
_FOUND: dict[int, Findings] = {}


def on_ring(seed: int) -> Findings:
    if seed not in _FOUND:
        _FOUND[seed] = findings(Collusion(), attacked(RING, listings=400, seed=seed)[0])
    return _FOUND[seed]


def accounts_of(found: Findings) -> list[set[str]]:
    return [set(json.loads(facts)["accounts"]) for facts in found.evidence["facts"]]


def facts_of(found: Findings) -> list[dict[str, Any]]:
    return [json.loads(facts) for facts in found.evidence["facts"]]


class Answers:
    """A snapshot in memory."""

    def __init__(self, reviews: pd.DataFrame) -> None:
        self.reviews = reviews

    def where(self, column: str, hashes: Ints, columns: tuple[str, ...]) -> pd.DataFrame:
        told = self.reviews[np.isin(hashed(self.reviews[column]), hashes)]
        return told.sort_values(["listing_key", "day_to", "review_key"], ignore_index=True)[list(columns)]


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
    group = findings(Collusion(), store(background, company(NAMES, 9)))
    assert accounts_of(group) == [COMPANY]
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
    for stars in (0.0, 1.0):
        found = findings(Collusion(), store(guests(), company(NAMES, 9, stars=stars)))
        assert accounts_of(found) == [COMPANY], stars


def test_friends_who_like_some_places_and_others_not_are_no_ring() -> None:
    """A club meets as often as a ring does; but its stars are all over the scale."""
    club = company(NAMES, 9)
    stars = {key: turn % 5 / 4 for turn, key in enumerate(club["listing_key"].unique())}
    found = findings(Collusion(), store(guests(), club.assign(rating=club["listing_key"].map(stars))))
    assert found.evidence.empty


def test_a_world_of_couples_is_quiet() -> None:
    spec = replace(large_spec(listings=150), honest=Honest(couples=100))
    platform = simulate(spec, 61)
    assert (platform.events["kind"] == "couple").sum() == 100
    assert findings(Collusion(), review_frame(platform)).evidence.empty


def test_accounts_with_few_reviews_are_not_judged() -> None:
    reviews = store(guests(), company(NAMES, 9))
    reviews["reviewer_reviews"] = reviews["reviewer_reviews"].where(~reviews["reviewer_key"].isin(COMPANY), 2)
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
        rows[number] = int(partial.loc[partial["role"] == PAIR, "kept"].sum())
        assert int((partial["role"] == ACCOUNT).sum()) == number
    # Each of the last 300 meets those after it; the others stand in a crowd.
    assert rows[1_000] == rows[4_000] == 300 * 301 / 2
    assert findings(Collusion(), crowded(1_000)).evidence.empty


def meetings_of(reviews: pd.DataFrame) -> dict[tuple[str, str], int]:
    """How often each two accounts met within 60 days and agreed, by a loop."""
    met: dict[tuple[str, str], int] = {}
    for _, own in reviews.groupby("listing_key"):
        rows = own[["reviewer_key", "day_to", "rating"]].to_numpy().tolist()
        for one in range(len(rows)):
            for other in range(one):
                (a, day_a, stars_a), (b, day_b, stars_b) = rows[one], rows[other]
                if a != b and abs(stars_a - stars_b) <= 0.26 and abs(day_a - day_b) <= 60:
                    met[min(a, b), max(a, b)] = met.get((min(a, b), max(a, b)), 0) + 1
    return met


def test_partials_count_what_they_say() -> None:
    reviews = store(guests(50, listings=6))
    partial = Collusion().scan(reviews)
    by_role = partial.groupby("role")["reviews"].sum()
    assert by_role[ACCOUNT] == reviews["reviewer_key"].nunique() == 50
    assert by_role[TOWN] == by_role[LISTING] == by_role[PLACE] == len(reviews)
    listings = partial[partial["role"] == LISTING]
    assert listings["high"].sum() == (reviews["rating"] == 1.0).sum()
    assert listings["low"].sum() == (reviews["rating"] <= 0.25).sum()
    assert listings["rating"].sum() == reviews["rating"].sum()
    pairs = partial[partial["role"] == PAIR]
    assert (pairs["a"] < pairs["b"]).all()
    told = {(int(a), int(b)): int(met) for a, b, met in zip(pairs["a"], pairs["b"], pairs["kept"], strict=True)}
    number = dict(zip(reviews["reviewer_key"], hashed(reviews["reviewer_key"]).tolist(), strict=True))
    loop = {(min(number[a], number[b]), max(number[a], number[b])): met for (a, b), met in meetings_of(reviews).items()}
    assert told == loop
    assert max(loop.values()) > 1


def test_who_met_once_is_forgotten_and_everybody_else_is_kept() -> None:
    reviews = store(guests(50, listings=6))
    fold = Collusion.fold
    assert fold is not None
    partial = Collusion().scan(reviews)
    kept = folded(partial, fold)
    assert (kept["role"] == PAIR).sum() == sum(met > 1 for met in meetings_of(reviews).values())
    for role in (ACCOUNT, TOWN, LISTING, PLACE):
        assert kept.loc[kept["role"] == role, "reviews"].sum() == partial.loc[partial["role"] == role, "reviews"].sum()


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
    # They are guests of their towns and listings all the same.
    assert set(Collusion().scan(nobody)["role"]) == {ANONYMOUS, TOWN, LISTING, PLACE}


def test_dates_that_say_two_months_meet_and_dates_that_say_half_a_year_do_not() -> None:
    reviews = store(guests(50, listings=6))
    sharp = Collusion().scan(reviews).query("role == @PAIR")["kept"].sum()
    for days, expected in ((30, sharp), (60, sharp), (61, 0.0), (182, 0.0)):
        vague = reviews.assign(day_from=(reviews["day_to"] - days).astype("int32"))
        assert Collusion().scan(vague).query("role == @PAIR")["kept"].sum() == expected, days
    company_too = store(guests(), company(NAMES, 9))
    vague = company_too.assign(day_from=(company_too["day_to"] - 182).astype("int32"))
    assert findings(Collusion(), vague).evidence.empty


def test_an_empty_store() -> None:
    nothing = guests().iloc[:0]
    assert Collusion().scan(nothing).empty
    for shards in (1, 3):
        found = findings(Collusion(), nothing, shards=shards)
        assert found.evidence.empty
        assert found.members.empty
        assert found.abstentions.empty


def test_towns_of_one_name_in_two_countries_are_two() -> None:
    """Who is often in Neustadt in Austria is not so to be met in Neustadt in Germany."""
    towns = guests().assign(city="Neustadt")
    towns["country"] = np.where(towns["listing_key"].str[-1].astype(int) < 5, "DE", "AT")
    group = company(NAMES, 9).assign(city="Neustadt")
    group["country"] = np.where(group["listing_key"].str[-1].astype(int) < 5, "DE", "AT")
    found = facts_of(findings(Collusion(), store(towns, group)))
    assert [set(facts["accounts"]) for facts in found] == [COMPANY]
    assert found[0]["towns"] == 2


def test_a_store_of_one_town() -> None:
    one = store(guests(), company(NAMES, 9)).assign(city="Konstanz")
    found = facts_of(findings(Collusion(), one))
    assert [set(facts["accounts"]) for facts in found] == [COMPANY]
    assert found[0]["towns"] == 1
    assert findings(Collusion(), guests().assign(city="Konstanz")).evidence.empty


def test_a_ring_with_clients_in_several_towns() -> None:
    found = facts_of(findings(Collusion(), store(guests(), company(NAMES, 9))))
    assert found[0]["towns"] == 3
    assert len(found[0]["listings"]) == 9


@pytest.mark.parametrize("attack", [replace(RING, blame=True), replace(RING, one_town=True)], ids=["blame", "one town"])
def test_other_rings(attack: Attack) -> None:
    reviews, events = attacked(attack, listings=400, seed=12)
    ring = set(
        reviews.loc[reviews["review_key"].isin(events.loc[events["kind"] == "ring", "review_key"]), "reviewer_key"]
    )
    found = facts_of(findings(Collusion(), reviews))
    told = set().union(*(facts["accounts"] for facts in found))
    assert len(told & ring) >= 0.7 * len(ring)
    assert not told - ring
    assert (found[0]["towns"] == 1) == attack.one_town
    assert (found[0]["rating_lift"] < 0) == attack.blame


def test_the_second_night_says_the_same_and_searches_nothing() -> None:
    reviews = store(guests(), company(NAMES, 9))
    fold = Collusion.fold
    assert fold is not None
    partials = folded(Collusion().scan(reviews), fold)
    memo: dict[str, str] = {}
    first, again = (Collusion().conclude(partials, Night(AS_OF, Answers(reviews), memo=memo)) for _ in range(2))
    kept = dict(memo)
    fresh = Collusion().conclude(partials, Night(AS_OF, Answers(reviews)))
    assert memo == kept
    assert len(memo) >= 1
    for found in (again, fresh):
        assert_frame_equal(found.evidence, first.evidence, check_exact=True)
        assert_frame_equal(found.members, first.members, check_exact=True)


def test_neither_shards_nor_the_order_of_rows_matter() -> None:
    reviews = store(guests(), company(NAMES, 9))
    first = findings(Collusion(), reviews, shards=1)
    assert len(first.evidence) == 1
    other = findings(Collusion(), reviews.sample(frac=1.0, random_state=3), shards=7)
    for name in ("evidence", "members", "signals", "abstentions"):
        assert_frame_equal(getattr(other, name), getattr(first, name), check_exact=True)


def test_the_facts_of_a_group() -> None:
    reviews = store(guests(), company(NAMES, 9))
    found = findings(Collusion(), reviews)
    facts = facts_of(found)[0]
    assert facts["kind"] == "ring"
    assert sorted(facts["accounts"]) == sorted(COMPANY)
    inside = reviews[reviews["review_key"].isin(found.members["review_key"])]
    cells = {
        (facts["accounts"][account], facts["listings"][listing], day, rating)
        for account, listing, day, rating in facts["cells"]
    }
    assert cells == {
        (account, listing, str(np.datetime64(int(day), "D")), rating)
        for account, listing, day, rating in zip(
            inside["reviewer_key"], inside["listing_key"], inside["day_to"], inside["rating"], strict=True
        )
    }
    assert 0 < facts["expected"] < facts["shared"] / 3
    assert facts["high_share"] == 1.0
    assert 0.2 < facts["high_share_usual"] < 0.8
    assert facts["rating_lift"] > 0.1
    assert facts["permutations"] == Collusion().permutations
    assert facts["permutation_p"] == pytest.approx(1 / (1 + facts["permutations"]), rel=1e-4)
    assert "couple_or_family" in facts["readings"], "five at the most, always together"
    assert 0 < facts["false_groups_per_100k_accounts"] <= Collusion().false_groups_per_100k_accounts
    assert "texts" not in facts


def test_a_line_that_lets_more_through_lets_through_what_was_there() -> None:
    reviews = store(guests(), company(NAMES, 6), company(["fay", "gus", "hal"], 5, seed=8))
    told = []
    for rate in (1.0, 10.0, 100.0, 390.0):
        found = findings(Collusion(false_groups_per_100k_accounts=rate), reviews)
        told.append({tuple(facts["accounts"]) for facts in facts_of(found)})
    assert all(few <= many for few, many in pairwise(told))
    assert len(told[-1]) > len(told[0])
