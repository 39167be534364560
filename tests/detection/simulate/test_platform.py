import datetime as dt
from dataclasses import replace
from itertools import pairwise

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from detection.simulate.attacks import grid
from detection.simulate.honest import honest_at_scale
from detection.simulate.platform import LISTING_COLUMNS, REVIEW_COLUMNS, Platform, demo_spec, large_spec, simulate
from detection.simulate.world import Attack, Source, Spec
from tests.timing import LINEAR_IN_EIGHT, times_as_long

WORLD = large_spec(
    listings=900, attacks=grid(("burst", "drip", "bombing", "boosting"), each=2) + grid(("ring",), each=1)
)
MIXED = Spec(
    start=dt.date(2024, 2, 1),
    days=400,
    sources=(
        Source(slug="tripadvisor", listings=30, stayed="month"),
        Source(slug="lakeguide", listings=10, verified_stays=True),
        Source(slug="google", listings=10, reviewer_ids=False, stayed="none"),
    ),
    towns=4,
    honest=honest_at_scale(50, 400, platforms=3),
    attacks=(Attack(kind="burst", strength=4, platform="google"), *grid(("ring",), each=1, strengths=(3,))),
)


@pytest.fixture(scope="module")
def world() -> Platform:
    return simulate(WORLD, seed=1)


@pytest.fixture(scope="module")
def mixed() -> Platform:
    return simulate(MIXED, seed=2)


@pytest.fixture(scope="module")
def demo() -> Platform:
    return simulate(demo_spec(), seed=7)


def test_the_same_seed_makes_the_same_platform(mixed: Platform) -> None:
    again = simulate(MIXED, seed=2)
    for one, other in zip(
        (mixed.listings, mixed.reviews, mixed.truth, mixed.events),
        (again.listings, again.reviews, again.truth, again.events),
        strict=True,
    ):
        assert_frame_equal(one, other)
    assert not simulate(MIXED, seed=3).reviews["rating"].equals(mixed.reviews["rating"])


def test_the_columns_are_the_canonical_ones(mixed: Platform) -> None:
    reviews = mixed.reviews
    assert tuple(reviews.columns) == REVIEW_COLUMNS
    assert tuple(mixed.listings.columns) == LISTING_COLUMNS
    assert str(reviews["published"].dtype) == "datetime64[s]"
    assert_frame_equal(reviews, reviews.sort_values(["published", "review_id"], ignore_index=True))
    assert reviews["review_id"].is_unique
    assert reviews["published"].between(pd.Timestamp(2024, 2, 1), pd.Timestamp(2025, 3, 6)).all()
    assert reviews["rating"].isin([1.0, 2.0, 3.0, 4.0, 5.0]).all()
    shown = reviews[list(LISTING_COLUMNS)].drop_duplicates().set_index("listing_id").sort_index()
    known = mixed.listings.set_index("listing_id")
    assert_frame_equal(shown, known.loc[shown.index], check_dtype=False)


def test_a_platform_shows_what_its_source_tells(mixed: Platform) -> None:
    by_platform = dict(iter(mixed.reviews.groupby("platform")))
    google, tripadvisor, lakeguide = (by_platform[slug] for slug in ("google", "tripadvisor", "lakeguide"))
    assert google["reviewer_id"].isna().all()
    assert google["reviewer_since"].isna().all()
    assert google["stayed"].isna().all()
    assert tripadvisor["reviewer_id"].notna().all()
    assert tripadvisor["stayed"].str.fullmatch(r"\d{4}-\d\d").all()
    assert lakeguide["stayed"].str.fullmatch(r"\d{4}-\d\d-\d\d").all()
    assert lakeguide["verified_stay"].isin([True, False]).all()
    assert tripadvisor["verified_stay"].isna().all()
    assert not set(tripadvisor["reviewer_id"]) & set(lakeguide["reviewer_id"])


def test_accounts_are_older_than_their_reviews_and_visit_a_listing_once(mixed: Platform) -> None:
    known = mixed.reviews[mixed.reviews["reviewer_id"].notna()]
    assert (known["reviewer_since"] <= known["published"]).all()
    assert not known.duplicated(["reviewer_id", "listing_id"]).any()
    so_far = known.groupby("reviewer_id").cumcount() + 1
    assert (known["reviewer_review_count"] >= so_far).all()
    assert (known["reviewer_review_count"] > so_far).any()
    exact = known[known["platform"] == "lakeguide"]
    assert (pd.to_datetime(exact["stayed"]) <= exact["published"]).all()


def test_truth_and_events_agree(mixed: Platform) -> None:
    assert set(mixed.truth["review_id"]) <= set(mixed.reviews["review_id"])
    assert mixed.truth["review_id"].is_unique
    counted = mixed.truth["event_id"].value_counts()
    assert (mixed.events.set_index("event_id")["reviews"].sub(counted, fill_value=0) == 0).all()
    marked = mixed.truth.merge(mixed.reviews, on="review_id").merge(mixed.events, on="event_id")
    assert all(
        listing in listings for listing, listings in zip(marked["listing_id"], marked["listing_ids"], strict=True)
    )
    assert (marked["published"] >= marked["start"]).all()
    assert (marked["strength"] > 0).equals(marked["planted"].astype(bool))
    burst = mixed.events[mixed.events["kind"] == "burst"].iloc[0]
    assert burst["platform"] == "google"


def test_stars_and_one_review_accounts_are_as_the_fit_has_them(world: Platform) -> None:
    # In a small world the mailings of one large listing move the shares.
    large = simulate(large_spec(listings=3000), 1002)
    shares = large.reviews["rating"].value_counts(normalize=True)
    # YelpNYC, recommended, the last three years.
    for stars, share in {1: 0.038, 2: 0.058, 3: 0.134, 4: 0.371, 5: 0.399}.items():
        assert shares[stars] == pytest.approx(share, abs=0.03)
    reviews = world.reviews["reviewer_id"].value_counts()
    assert (reviews == 1).mean() == pytest.approx(0.66, abs=0.05)
    assert 1.7 < reviews.mean() < 2.2
    assert 25 < reviews.max() < 400


def test_innocent_events_outnumber_attacks(world: Platform) -> None:
    crowds = world.events[~world.events["kind"].isin(["closure", "outage", "couple", "food_club", "elite_group"])]
    planted = crowds[crowds["planted"]]
    assert len(planted) == 40 + 5
    assert 15 < (~crowds["planted"]).sum() / 48 < 30
    assert len(world.truth) < 0.3 * len(world.reviews)


def test_time_grows_with_the_listings() -> None:
    few, many = large_spec(listings=64), large_spec(listings=512)
    assert 30_000 < len(simulate(many, seed=9).reviews) < 70_000
    assert times_as_long(lambda: simulate(many, seed=9), lambda: simulate(few, seed=9), rounds=2) < LINEAR_IN_EIGHT


def test_the_demo_holds_what_it_promises(demo: Platform) -> None:
    reviews, events = demo.reviews, demo.events
    assert demo.listings["platform"].value_counts().to_dict() == {"tripadvisor": 26, "lakeguide": 10, "google": 8}
    assert demo.listings["city"].nunique() == 3
    assert demo.listings["listing_name"].is_unique
    assert reviews["published"].max() == pd.Timestamp(2026, 10, 31)
    assert 5500 < len(reviews) < 7500
    assert events[events["planted"]]["kind"].value_counts().to_dict() == {
        "burst": 2,
        "drip": 1,
        "bombing": 1,
        "boosting": 1,
        "ring": 1,
        "swapped": 1,
    }
    innocent = events[~events["planted"]]["kind"].value_counts()
    assert {kind: innocent[kind] for kind in ("festival", "wedding", "media", "campaign", "opening", "card")} == {
        "festival": 3,
        "wedding": 3,
        "media": 1,
        "campaign": 1,
        "opening": 1,
        "card": 1,
    }
    assert (innocent["couple"], innocent["food_club"]) == (12, 1)
    ring = events[events["kind"] == "ring"].iloc[0]
    assert (len(ring["reviewer_ids"]), len(ring["listing_ids"])) == (15, 8)
    running = events[events["planted"] & (events["kind"] != "swapped") & (events["end"] > pd.Timestamp(2026, 10, 24))]
    assert len(running) >= 1


def test_the_demo_speaks_three_languages(demo: Platform) -> None:
    reviews = demo.reviews
    written = reviews[reviews["text"].notna()]
    assert set(written["language"]) == {"en", "de", "it"}
    assert 4000 < (written["text"].str.split().str.len() >= 15).sum() < 5500
    assert reviews.loc[reviews["text"].isna(), ["title", "language"]].isna().all(axis=None)
    assert reviews.loc[reviews["platform"] == "google", "title"].isna().all()
    assert written.groupby("reviewer_id")["language"].nunique().max() == 1
    answered = reviews[reviews["response_text"].notna()]
    assert (answered["response_published"] > answered["published"]).all()
    assert answered["response_published"].notna().equals(answered["response_text"].notna())


def test_the_texts_follow_the_truth(demo: Platform) -> None:
    marked = demo.truth.merge(demo.reviews, on="review_id").merge(demo.events[["event_id", "kind"]], on="event_id")
    faults = marked[(marked["kind"] == "building_work") & marked["text"].notna()]
    assert len(faults) > 3
    praise = marked[marked["kind"] == "boosting"]
    assert praise["text"].notna().all()
    assert praise["language"].nunique() == 1
    others = demo.reviews[~demo.reviews["review_id"].isin(demo.truth["review_id"])]
    same = others[(others["language"] == praise["language"].iloc[0]) & others["text"].notna()]
    assert _shared_words(praise["text"]) > 2 * _shared_words(same["text"].head(30))


def test_a_text_names_no_listing_but_its_own(demo: Platform) -> None:
    names = set(demo.listings["listing_name"])
    written = demo.reviews[demo.reviews["text"].notna()]
    named = [
        (own, other)
        for own, text in zip(written["listing_name"], written["text"], strict=True)
        for other in names
        if other in text
    ]
    assert len(named) > 50
    assert all(own == other for own, other in named)


def _shared_words(texts: pd.Series) -> float:
    """The mean likeness of neighbours, by their words."""
    words = [set(text.lower().split()) for text in texts]
    likeness = [len(a & b) / len(a | b) for a, b in pairwise(words)]
    return sum(likeness) / len(likeness)


def test_without_texts_there_are_none(mixed: Platform) -> None:
    assert mixed.reviews[["title", "text", "language", "response_text"]].isna().all(axis=None)


def test_another_seed_makes_a_full_demo_too() -> None:
    for seed in (1, 2, 3):
        platform = simulate(replace(demo_spec(), texts=False), seed=seed)
        sizes = platform.events.set_index("kind")["reviews"]
        assert sizes["bombing"] == 15
        assert sizes["boosting"] == 30
        assert sizes["building_work"] >= 3
        assert sizes["media"] >= 3
