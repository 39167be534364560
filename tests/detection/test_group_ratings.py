from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import betabinom

from detection.arrays import Ints
from detection.collusion import LISTING, TOWN, Collusion
from detection.crowds import Crowds
from detection.engines.local import folded
from detection.group_ratings import one_sided
from detection.visits import Visits
from tests.detection.worlds import DAY, reviews_of

PLACES, OWN = 4, 20


def partials_of(reviews: pd.DataFrame) -> pd.DataFrame:
    fold = Collusion.fold
    assert fold is not None
    return folded(Collusion().scan(reviews), fold)


def role(partials: pd.DataFrame, number: int) -> pd.DataFrame:
    return partials[partials["role"] == number]


def seen(reviews: pd.DataFrame) -> tuple[Visits, Crowds]:
    """The visits of all accounts, and the crowds that they went among."""
    partials = partials_of(reviews)
    crowds = Crowds.of(role(partials, TOWN), role(partials, LISTING))
    return Visits.of(reviews[reviews["reviewer_key"].notna()], crowds), crowds


def group_of(stars: Sequence[float], elsewhere: float | Sequence[float] = (0.25, 0.5, 0.75, 1.0)) -> pd.DataFrame:
    """The reviews of five accounts (group-) of four listings among ordinary ones; twenty more of each elsewhere.

    ``stars`` are repeated over the group's reviews, ``elsewhere`` over their other ones.
    """
    rng = np.random.default_rng(5)
    usual = rng.choice([0.0, 0.25, 0.5, 0.75, 1.0], 400, p=[0.06, 0.08, 0.16, 0.3, 0.4])
    others = [(number % 10, f"u{number}", star, "usual") for number, star in enumerate(usual)]
    visits = [(place, account) for place in range(PLACES) for account in range(5)]
    group = [(place, f"group-{account}", stars[at % len(stars)], "group") for at, (place, account) in enumerate(visits)]
    told = [elsewhere] if isinstance(elsewhere, float) else elsewhere
    own = [
        (4 + turn % 6, f"group-{account}", told[(account + turn) % len(told)], "own")
        for account in range(5)
        for turn in range(OWN)
    ]
    rows = [*others, *group, *own]
    return reviews_of(
        DAY + rng.integers(0, 700, len(rows)),
        listing_key=[f"p/{place}" for place, *_ in rows],
        reviewer_key=[f"p/{account}" for _, account, *_ in rows],
        rating=[star for _, _, star, _ in rows],
        review_key=[f"{part}{at:04d}" for at, (*_, part) in enumerate(rows)],
    )


def rows_of(visits: Visits, part: str = "group") -> Ints:
    return np.flatnonzero(visits.frame["review_key"].str.startswith(part))


def judged(reviews: pd.DataFrame, *, usual: tuple[float, float] | None = None) -> tuple[float, float, float]:
    visits, crowds = seen(reviews)
    if usual is not None:
        crowds = replace(crowds, high_share=usual[0], low_share=usual[1])
    return one_sided(visits, crowds, rows_of(visits))


def odds(share: float) -> float:
    return float(np.log(share / (1.0 - share)))


@pytest.mark.parametrize("star", [0.0, 1.0])
def test_the_surprise_is_that_of_a_loop(star: float) -> None:
    """The place's others, the account's others, and the store's share, each by hand."""
    reviews = group_of([star, star, star, 0.5])
    end = reviews["rating"] >= 0.9 if star else reviews["rating"] <= 0.26
    told = reviews.assign(told=end, inside=reviews["review_key"].str.startswith("group"))
    usual = float(told["told"].mean())
    expected = []
    for row in told[told["inside"]].itertuples():
        there = told.loc[(told["listing_key"] == row.listing_key) & ~told["inside"], "told"]
        own = told.loc[(told["reviewer_key"] == row.reviewer_key) & ~told["inside"], "told"]
        place = (there.sum() + 10 * usual) / (len(there) + 10)
        mine = (own.sum() + 4 * usual) / (len(own) + 4)
        expected.append(1.0 / (1.0 + np.exp(-(odds(place) + odds(mine) - odds(usual)))))
    mean = np.mean(expected)
    tail = betabinom.sf(15 - 1, 20, mean * 12, (1 - mean) * 12)
    surprise, high, high_usual = judged(reviews)
    assert surprise == pytest.approx(-np.log10(tail), rel=1e-4)
    assert high == (0.75 if star == 1.0 else 0.0)
    if star == 1.0:
        assert high_usual == pytest.approx(mean)


@pytest.mark.parametrize("star", [0.0, 1.0])
def test_more_ratings_at_one_end_never_surprise_less(star: float) -> None:
    surprises = [judged(group_of([star] * k + [0.5] * (20 - k)), usual=(0.4, 0.06))[0] for k in range(21)]
    assert surprises == sorted(surprises)
    assert surprises[0] == pytest.approx(0.0, abs=1e-9)
    assert surprises[20] > surprises[10] + 1.0


def test_praise_is_told_from_blame() -> None:
    surprise, high, usual = judged(group_of([0.0]))
    assert surprise > 5.0, "hardly anybody gives one star there"
    assert high == 0.0 < usual
    assert judged(group_of([1.0, 0.75, 0.5, 0.25]))[0] < 0.7


def test_what_the_group_gave_is_not_what_is_usual_there() -> None:
    praise, middling = (judged(group_of([star]), usual=(0.4, 0.06)) for star in (1.0, 0.5))
    assert praise[2] == pytest.approx(middling[2], abs=1e-12)
    assert (praise[1], middling[1]) == (1.0, 0.0)


def test_accounts_that_always_give_the_best_rating_surprise_little() -> None:
    always, picky = judged(group_of([1.0], 1.0)), judged(group_of([1.0], [0.25, 0.5, 0.75, 0.5]))
    assert always[2] > picky[2]
    assert always[0] < 1.0
    assert picky[0] > 1.5


def test_a_place_that_all_praise_surprises_little() -> None:
    reviews = group_of([1.0])
    loved = reviews["listing_key"].isin([f"p/{place}" for place in range(PLACES)])
    everybody = judged(reviews.assign(rating=reviews["rating"].mask(loved, 1.0)), usual=(0.4, 0.06))
    assert everybody[0] < judged(reviews, usual=(0.4, 0.06))[0] / 2


def test_a_single_review_and_a_store_of_one_rating() -> None:
    visits, crowds = seen(group_of([1.0]))
    surprise, high, usual = one_sided(visits, crowds, rows_of(visits)[:1])
    assert 0.0 <= surprise < 1.0
    assert high == 1.0
    surprise, high, usual = judged(group_of([1.0], 1.0).assign(rating=1.0))
    assert np.isfinite([surprise, high, usual]).all()
    assert surprise < 0.2, "where all is the best there is nothing else to give"
