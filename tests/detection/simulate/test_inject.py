from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detection.simulate.attacks import EXTREME_SHARE, NEWBORN_SHARE, SIZES, grid
from detection.simulate.inject import KINDS, OPEN_DAYS, TRUTH, Injected, inject
from detection.simulate.world import Attack
from store.frames import REVIEWS, check
from tests.detection.worlds import DAY, honest, reviews_of

FIRST, LAST = DAY + 400, DAY + 1100


def town(listings: int = 30, seed: int = 3, each: int = 60, **columns: object) -> pd.DataFrame:
    """Listings with so many reviews in three years, each by an account of its own."""
    rng = np.random.default_rng(seed)
    day = DAY + rng.integers(0, 1101, each * listings)
    where = [f"p/{n % listings:03d}" for n in range(len(day))]
    rating = rng.choice([0.0, 0.25, 0.5, 0.75, 1.0], len(day))
    accounts = [f"p/u{n:06d}" for n in range(len(day))]
    said: dict[str, object] = {"reviewer_key": accounts, "rating": rating, "newborn": 1, **columns}
    return reviews_of(day, listing_key=where, **said)


def planted(*attacks: Attack, seed: int = 0, reviews: pd.DataFrame | None = None) -> Injected:
    rng = np.random.default_rng(seed)
    return inject(town() if reviews is None else reviews, attacks, rng, first_day=FIRST, last_day=LAST)


def told(injected: Injected) -> pd.DataFrame:
    """The planted reviews with the truth about them."""
    reviews = injected.reviews.drop(columns="kind")
    return injected.truth.merge(reviews, on="review_key", validate="one_to_one")


def one(kind: str, strength: int) -> Attack:
    return Attack(kind=kind, strength=strength)  # type: ignore[arg-type]


@given(
    st.lists(st.tuples(st.sampled_from(KINDS), st.integers(1, 5)), min_size=1, max_size=8), st.integers(0, 2**32 - 1)
)
@settings(max_examples=40, deadline=None)
def test_what_is_planted_is_what_was_asked(asked: list[tuple[str, int]], seed: int) -> None:
    injected = planted(*(one(*each) for each in asked), seed=seed)
    check(injected.reviews, REVIEWS, "reviews")
    check(injected.truth, TRUTH, "truth")
    assert injected.reviews["review_key"].is_unique
    found = told(injected)
    assert len(found) == len(injected.truth)
    listings = []
    for number, (kind, strength) in enumerate(asked):
        inside = found[found["attack"] == number]
        size, length = SIZES[kind][strength]
        assert len(inside) == size
        assert set(inside["kind"]) == {kind}
        assert set(inside["strength"]) == {strength}
        assert inside["day_to"].between(FIRST, LAST).all()
        assert inside["day_to"].max() - inside["day_to"].min() < length
        extreme = 0.0 if kind == "bombing" else 1.0
        assert (inside["rating"] == extreme).sum() == round(EXTREME_SHARE[strength] * size)
        share = 0.0 if kind == "aged" else NEWBORN_SHARE[strength]
        assert (inside["newborn"] == 1).sum() == round(share * size)
        assert inside["reviewer_key"].nunique() == size
        listings += inside["listing_key"].unique().tolist()
    assert len(set(listings)) == len(asked)


def test_honest_reviews_stay_and_the_input_is_not_touched() -> None:
    reviews = town()
    before = reviews.copy(deep=True)
    attacks = [attack for attack in grid(("burst", "drip", "bombing"), each=1) if attack.strength > 2]
    injected = planted(*attacks, one("aged", 4), one("season_drip", 4), reviews=reviews)
    pd.testing.assert_frame_equal(reviews, before)
    kept = injected.reviews[injected.reviews["review_key"].isin(before["review_key"])]
    order = ["review_key"]
    pd.testing.assert_frame_equal(
        kept.sort_values(order, ignore_index=True), before.sort_values(order, ignore_index=True)
    )


def test_the_same_seed_plants_the_same_and_another_one_does_not() -> None:
    attacks = [one(kind, 3) for kind in KINDS]
    first, again, other = (planted(*attacks, seed=seed) for seed in (5, 5, 6))
    pd.testing.assert_frame_equal(first.reviews, again.reviews)
    pd.testing.assert_frame_equal(first.truth, again.truth)
    assert not first.truth.equals(other.truth)


def test_the_order_of_the_rows_is_without_effect() -> None:
    attacks = [one(kind, 3) for kind in KINDS]
    shuffled = town().sample(frac=1.0, random_state=1)
    pd.testing.assert_frame_equal(planted(*attacks).reviews, planted(*attacks, reviews=shuffled).reviews)


def test_histories_are_as_the_store_would_count_them() -> None:
    reviews = planted(*(one(kind, strength) for kind in KINDS for strength in (1, 4))).reviews
    ordered = reviews.sort_values(["reviewer_key", "day_to", "review_key"])
    account = ordered.groupby("reviewer_key")
    assert (account.cumcount() + 1).equals(ordered["nth"].astype("int64"))
    assert account["review_key"].transform("size").equals(ordered["reviewer_reviews"].astype("int64"))
    assert (ordered["newborn"] == (ordered["nth"] == 1)).all()
    assert not ordered.duplicated(["reviewer_key", "listing_key"]).any()


def test_an_aged_account_wrote_two_to_eight_harmless_reviews_of_other_listings() -> None:
    reviews = town()
    injected = planted(one("aged", 5), reviews=reviews)
    attack = told(injected)
    theirs = injected.reviews[injected.reviews["reviewer_key"].isin(attack["reviewer_key"])]
    earlier = theirs[~theirs["review_key"].isin(attack["review_key"])]
    assert earlier.groupby("reviewer_key").size().reindex(attack["reviewer_key"]).between(2, 8).all()
    assert set(earlier["listing_key"]).isdisjoint(attack["listing_key"])
    assert earlier["day_to"].max() <= attack["day_to"].min() - 14
    for _, review in earlier.iterrows():
        of_listing = reviews[reviews["listing_key"] == review["listing_key"]]
        assert (of_listing["day_to"] - review["day_to"]).abs().min() <= 3
        assert review["rating"] in set(of_listing["rating"])


def test_guests_of_a_boosted_listing_rate_it_two_stars_lower_during_the_praise_alone() -> None:
    reviews = town(listings=4, each=400)
    injected = planted(one("boosting", 5), reviews=reviews)
    attack = told(injected)
    both = reviews.merge(injected.reviews, on="review_key", suffixes=("_before", ""))
    lowered = both["rating"] < both["rating_before"]
    assert lowered.sum() >= 5
    assert set(both.loc[lowered, "listing_key"]) == set(attack["listing_key"])
    first, last = attack["day_to"].min(), attack["day_to"].max()
    during = (both["listing_key"] == attack["listing_key"].iloc[0]) & both["day_to"].between(first, last)
    expected = both["rating_before"].where(~during, (both["rating_before"] - 0.5).clip(lower=0.0))
    # The praise can begin and end within the attack's days, so its edges are left open.
    near = (both["listing_key"] == attack["listing_key"].iloc[0]) & both["day_to"].between(first - 60, last + 60)
    assert np.array_equal(both["rating"][during | ~near], expected[during | ~near])


def test_a_listing_has_been_open_and_still_is() -> None:
    old, new = (town(listings=8, seed=seed, each=600) for seed in (3, 4))
    closed = old[(old["listing_key"] < "p/004") & (old["day_to"] < FIRST)]
    running = old[old["listing_key"] >= "p/004"]
    late = new.assign(listing_key="q" + new["listing_key"], review_key="q" + new["review_key"])
    late = late[late["day_to"] > LAST - OPEN_DAYS].astype(dict(REVIEWS))
    injected = planted(*(one("burst", 1) for _ in range(4)), reviews=pd.concat([closed, running, late]))
    assert set(told(injected)["listing_key"]) == {f"p/{n:03d}" for n in range(4, 8)}


def test_a_season_drip_comes_with_the_guests() -> None:
    rng = np.random.default_rng(0)
    high = DAY + 700 + rng.integers(0, 120, 300)
    quiet = DAY + rng.integers(0, 1101, 60)
    attack = told(planted(one("season_drip", 5), reviews=reviews_of([*high, *quiet], reviewer_key=None, newborn=-1)))
    assert attack["day_to"].between(DAY + 690, DAY + 830).all()


def test_without_accounts_nobody_is_known() -> None:
    reviews = town(reviewer_key=None, newborn=-1)
    injected = planted(one("burst", 2), one("aged", 2), reviews=reviews)
    assert len(injected.reviews) == len(reviews) + len(injected.truth)
    assert set(injected.reviews["newborn"]) == {-1}
    assert injected.reviews["reviewer_key"].isna().all()


def test_an_attack_starts_when_and_where_it_is_told_to() -> None:
    here = town(listings=5)
    there = here.assign(platform="other", listing_key="o" + here["listing_key"], review_key="o" + here["review_key"])
    there["reviewer_key"] = "o" + there["reviewer_key"]
    attack = Attack(kind="burst", strength=5, platform="other", start_day=100)
    found = told(planted(attack, reviews=pd.concat([here, there]).astype(dict(REVIEWS))))
    assert set(found["platform"]) == {"other"}
    assert found["day_to"].between(FIRST + 100, FIRST + 103).all()


@pytest.mark.parametrize(
    ("attack", "reviews", "words"),
    [
        (Attack(kind="ring", strength=3), town(), "no attack to inject: ring"),
        (Attack(kind="burst", strength=3), town()[:0], "no listing has been open"),
        (Attack(kind="burst", strength=1), town(listings=1), "another listing"),
    ],
)
def test_what_cannot_be_planted_is_said(attack: Attack, reviews: pd.DataFrame, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        planted(attack, reviews=reviews)


def test_no_attacks_leave_the_frame_as_it_is() -> None:
    reviews = honest(1000, listings=60)
    injected = planted(reviews=reviews)
    pd.testing.assert_frame_equal(injected.reviews, reviews)
    assert injected.truth.empty
