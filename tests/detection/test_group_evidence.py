import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from detection import group_evidence
from detection.collusion import LISTING, PLACE
from detection.crowds import Crowds
from detection.group_evidence import Group, Judge, cells
from detection.hashing import hashed
from detection.peeling import Block
from detection.rings import Ring
from detection.visits import Visits
from tests.detection.test_group_ratings import partials_of, role, seen
from tests.detection.test_group_texts import Answers
from tests.detection.text.test_likeness import TEMPLATE
from tests.detection.worlds import DAY, reviews_of

NAMES = ("ann", "bob", "cyd", "dan", "eve")
PLACES, GAP = 6, 50
MIXED = (0.25, 0.5, 0.75, 1.0, 0.75, 1.0)
CONTRACT = {
    "accounts", "listings", "pairs", "shared", "expected", "within_days", "near_share", "agreement", "rating_lift",
    "cells", "high_share", "high_share_usual", "towns", "permutation_p", "permutations", "readings", "kind",
    "dense_block", "few_inside",
}  # fmt: skip


def guests(number: int = 400, *, seed: int = 2) -> pd.DataFrame:
    """Accounts that review five of thirty listings of three towns each, as it comes."""
    rng = np.random.default_rng(seed)
    where = rng.integers(0, 30, 5 * number)
    return reviews_of(
        DAY + rng.integers(0, 600, len(where)),
        listing_key=[f"p/{place:02d}" for place in where],
        city=[f"town {place % 3}" for place in where],
        reviewer_key=[f"p/u{at // 5:03d}" for at in range(len(where))],
        rating=rng.choice([0.0, 0.25, 0.5, 0.75, 1.0], len(where), p=[0.06, 0.08, 0.16, 0.3, 0.4]),
        review_key=[f"u{at:05d}" for at in range(len(where))],
    )


def company(
    names: Sequence[str] = NAMES,
    *,
    stars: Sequence[float] = (1.0,),
    first: int = 0,
    places: int = PLACES,
    text: str = "",
) -> pd.DataFrame:
    """Accounts at one place after the other, fifty days apart, each a day after the one before."""
    turn, who = (grid.ravel() for grid in np.indices((places, len(names))))
    turn = turn + first
    return reviews_of(
        DAY + 20 + GAP * turn + who,
        listing_key=[f"p/{place:02d}" for place in turn],
        city=[f"town {place % 3}" for place in turn],
        reviewer_key=[f"p/{names[at]}" for at in who],
        rating=[stars[place % len(stars)] for place in turn],
        review_key=[f"{names[at]}{place:02d}" for at, place in zip(who, turn, strict=True)],
        text=[text.format(place) for place in turn],
        language="en" if text else "und",
    )


def store(*parts: pd.DataFrame) -> pd.DataFrame:
    frame = pd.concat([guests(), *parts], ignore_index=True)
    return frame.assign(reviewer_reviews=frame.groupby("reviewer_key")["review_key"].transform("size").astype("int32"))


def ring_of(visits: Visits, names: Sequence[str] = NAMES, *, net: float = 20.0) -> Ring:
    numbers = np.sort(visits.names.get_indexer([f"p/{name}" for name in names])).astype("int64")
    return Ring(numbers, np.linspace(0.5, 6.0, len(names)), net, 0.9)


def judge_of(visits: Visits, crowds: Crowds, **said: int) -> Judge:
    given = {"near_days": 21, "wide_days": 60, "permutations": 99, "seed": 0, **said}
    return Judge(visits, crowds, agreement=0.26, **given)


def judged(
    reviews: pd.DataFrame, *rings: Sequence[str], net: float = 20.0, wanted: float = 5.0, **said: int
) -> list[Group]:
    visits, crowds = seen(reviews)
    partials = partials_of(reviews)
    found = [ring_of(visits, names, net=net) for names in rings or (NAMES,)]
    homes, months = role(partials, PLACE), role(partials, LISTING)
    return judge_of(visits, crowds, **said).groups(found, Answers(reviews), homes, months, wanted)


def test_the_facts_of_a_ring() -> None:
    reviews = store(company())
    (group,) = judged(reviews, net=12.0)
    facts = group.facts
    assert set(facts) == CONTRACT
    assert json.loads(json.dumps(facts)) == facts
    assert facts["kind"] == "ring"
    assert sorted(facts["accounts"]) == [f"p/{name}" for name in NAMES]
    assert sorted(facts["listings"]) == [f"p/{place:02d}" for place in range(PLACES)]
    assert facts["pairs"] == 10
    assert facts["shared"] == 10 * PLACES
    assert (facts["within_days"], facts["near_share"], facts["agreement"]) == (21, 1.0, 1.0)
    means = reviews.groupby("listing_key")["rating"].mean()
    assert facts["rating_lift"] == pytest.approx(1.0 - means.iloc[:PLACES].mean(), abs=1e-6)
    assert facts["high_share"] == 1.0
    assert 0.3 < facts["high_share_usual"] < 0.6
    assert facts["towns"] == 3
    assert (facts["permutation_p"], facts["permutations"]) == (0.01, 99)
    assert facts["readings"] == ["couple_or_family"]
    assert 0 < facts["expected"] < facts["shared"] / 4
    assert group.effect == pytest.approx(facts["shared"] / facts["expected"], rel=1e-5)
    assert group.score == pytest.approx(12.0)
    assert group.subject == "ann00"


def test_each_cell_is_a_review() -> None:
    (group,) = judged(store(company(stars=(1.0, 1.0, 1.0, 1.0, 0.75))), wanted=1.0)
    facts, reviews = group.facts, group.reviews
    accounts, listings = facts["accounts"], facts["listings"]
    assert len(facts["cells"]) == len(reviews) == 30
    told = {(accounts[who], listings[where], day, rating) for who, where, day, rating in facts["cells"]}
    assert told == {
        (row.reviewer_key, row.listing_key, str(np.datetime64(row.day_to, "D")), row.rating)
        for row in reviews.itertuples()
    }
    assert facts["cells"] == cells(reviews)["cells"]


def test_meetings_are_those_of_a_loop() -> None:
    """Two who come late, one of whom rates otherwise."""
    late = company().assign(
        day_to=lambda own: own["day_to"] + np.where(own["reviewer_key"].isin(["p/dan", "p/eve"]), 30, 0),
        rating=lambda own: own["rating"].mask(own["reviewer_key"].eq("p/eve"), 0.7),
    )
    (group,) = judged(store(late.assign(day_from=late["day_to"])))
    met = [
        (abs(one.day_to - other.day_to), abs(one.rating - other.rating))
        for _, there in group.reviews.groupby("listing_key")
        for one, other in combinations(there.itertuples(), 2)
        if abs(one.day_to - other.day_to) <= 60
    ]
    assert group.facts["shared"] == sum(apart <= 0.26 for _, apart in met) < len(met)
    assert group.facts["near_share"] == pytest.approx(np.mean([days <= 21 for days, _ in met]), abs=1e-6)
    assert group.facts["agreement"] == pytest.approx(np.mean([apart <= 0.26 for _, apart in met]), abs=1e-6)


def test_expected_meetings_are_those_of_a_loop() -> None:
    reviews = store(company())
    visits, crowds = seen(reviews)
    (group,) = judged(reviews)
    inside = visits.frame["review_key"].isin(group.reviews["review_key"]).to_numpy()
    expected = 0.0
    for row in np.flatnonzero(inside):
        own = int(np.count_nonzero(inside & (visits.listing == visits.listing[row])))
        about = np.array([visits.day[row] - 60]), np.array([visits.day[row] + 60])
        there = float(crowds.listings.within(visits.listing_code[[row]], *about)[0])
        for name in NAMES:
            other = visits.names.get_loc(f"p/{name}")
            habit = visits.habit[(visits.account == other) & (visits.town == visits.town[row])]
            if other != visits.account[row] and len(habit):
                expected += habit[0] * max(there - own, 0.5) / 2.0
    assert group.facts["expected"] == pytest.approx(expected, rel=1e-5)


def test_each_account_weighs_as_its_decades_say() -> None:
    (group,) = judged(store(company()))
    weights = group.reviews.groupby("reviewer_key")["weight"]
    assert (weights.nunique() == 1).all()
    assert group.reviews["weight"].between(0.0, 1.0, inclusive="right").all()
    assert weights.first().tolist() == pytest.approx(1.0 - 10.0 ** -np.linspace(0.5, 6.0, 5), abs=1e-4)


def test_even_an_account_for_which_nothing_speaks_has_a_weight() -> None:
    reviews = store(company())
    visits, crowds = seen(reviews)
    partials = partials_of(reviews)
    ring = Ring(ring_of(visits).accounts, np.array([-3.0, 0.0, 1.0, 2.0, 400.0]), 20.0, 0.9)
    (group,) = judge_of(visits, crowds).groups(
        [ring], Answers(reviews), role(partials, PLACE), role(partials, LISTING), 5.0
    )
    assert sorted(set(group.reviews["weight"])) == [0.01, 0.9, 0.99, 1.0]


def test_what_they_wrote_elsewhere_is_not_inside() -> None:
    rng = np.random.default_rng(6)
    alone = reviews_of(
        DAY + rng.integers(0, 600, 25),
        listing_key=[f"p/{place}" for place in rng.integers(10, 30, 25)],
        city="town 0",
        reviewer_key=[f"p/{NAMES[at % 5]}" for at in range(25)],
        review_key=[f"alone{at:02d}" for at in range(25)],
    )
    (group,) = judged(store(company(), alone))
    assert set(group.reviews["review_key"]) == set(company()["review_key"])


def test_later_reviews_leave_the_group_its_name() -> None:
    (before,) = judged(store(company()))
    (after,) = judged(store(company(), company(first=PLACES, places=2)))
    assert len(after.reviews) == len(before.reviews) + 10
    assert after.subject == before.subject
    (joined,) = judged(store(company(), company(["fay"]).assign(day_to=lambda own: own["day_to"] + 9)), (*NAMES, "fay"))
    assert len(joined.facts["accounts"]) == 6
    assert joined.subject == before.subject


def test_ratings_all_over_the_scale_are_no_group() -> None:
    club = store(company(stars=MIXED))
    assert judged(club) == []
    (low,) = judged(club, wanted=0.0)
    assert low.score < 3.0
    (blame,) = judged(store(company(stars=(0.0,))))
    assert blame.facts["high_share"] == 0.0
    assert blame.facts["rating_lift"] < -0.4


def test_the_score_is_the_smaller_surprise() -> None:
    (group,) = judged(store(company()), net=6.0)
    assert group.score == 6.0
    assert judged(store(company()), net=4.9) == []
    (many,) = judged(store(company()), net=1e6)
    assert 5.0 < many.score < 100.0


def test_texts_alike_make_a_group_of_a_club() -> None:
    own = [f"u{at:05d}" for at in range(2_000)]
    said = store(company(stars=MIXED, text=TEMPLATE))
    # Everybody else has words of his own.
    said["text"] = said["text"].mask(said["review_key"].isin(own), "we had " + said["review_key"] + " for lunch there")
    said["language"] = "en"
    (group,) = judged(said)
    assert (group.facts["texts"], group.facts["alike_texts"]) == (30, 30)
    assert set(group.facts) == CONTRACT | {"texts", "alike_texts"}


def test_of_groups_below_the_line_only_the_strongest_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups whose ratings suffice are told however many there are."""
    monkeypatch.setattr(group_evidence, "_MOST_READ", 1)
    read: list[int] = []
    reading = group_evidence.read_texts
    monkeypatch.setattr(
        group_evidence, "read_texts", lambda groups, said: read.append(len(groups)) or reading(groups, said)
    )
    clubs = [[f"{letter}{number}" for number in range(5)] for letter in "abc"]
    rings = [["x0", "x1", "x2", "x3", "x4"], ["y0", "y1", "y2", "y3", "y4"]]
    parts = [company(names, stars=MIXED, first=4 * at) for at, names in enumerate(clubs)]
    parts += [company(names, first=12 + 6 * at) for at, names in enumerate(rings)]
    found = judged(store(*parts), *clubs, *rings)
    assert [group.facts["accounts"][0][2] for group in found] == ["x", "y"]
    assert read == [3]


def test_a_group_inside_of_a_dense_block_says_so() -> None:
    reviews = store(company())
    visits, crowds = seen(reviews)
    partials = partials_of(reviews)
    ring = ring_of(visits)
    others = np.setdiff1d(np.arange(len(visits.names)), ring.accounts)
    around, half = np.sort(np.r_[ring.accounts, others[:3]]), ring.accounts[:3]
    for accounts, inside in ((around, True), (half, False), (others, False)):
        judge = replace(judge_of(visits, crowds), dense=(Block(accounts, np.zeros(0, dtype="int64"), 1.0),))
        (group,) = judge.groups([ring], Answers(reviews), role(partials, PLACE), role(partials, LISTING), 5.0)
        assert group.facts["dense_block"] is inside


def test_no_rings_are_no_groups() -> None:
    reviews = store(company())
    visits, crowds = seen(reviews)
    partials = partials_of(reviews)
    judge = judge_of(visits, crowds)
    assert judge.groups([], Answers(reviews), role(partials, PLACE), role(partials, LISTING), 5.0) == []
    apart = [f"u{number:03d}" for number in range(3)]
    assert judged(reviews, apart) == [], "accounts that never met have no clients"


def test_seeds_and_permutations() -> None:
    reviews = store(company())
    (one,), (same,), (few,) = judged(reviews), judged(reviews), judged(reviews, permutations=19)
    assert one.facts == same.facts
    pd.testing.assert_frame_equal(one.reviews, same.reviews)
    assert (few.facts["permutation_p"], few.facts["permutations"]) == (0.05, 19)


def test_cells_name_busy_listings_first() -> None:
    (group,) = judged(store(company()))
    thinned = group.reviews[~group.reviews["review_key"].isin(["ann00", "bob00"])]
    told = cells(thinned)
    assert told["listings"][-1] == "p/00"
    assert len(hashed(pd.Series(told["listings"]))) == PLACES
