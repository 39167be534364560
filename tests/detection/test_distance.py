from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detection.distance import QUANTITIES, Measured, Profile, Spread, how_far, measure, profile, read_profile
from tests.detection.worlds import DAY, reviews_of


def platform(listings: int = 12, *, reviews: int = 40, seed: int = 0, shape: float = 1e9) -> pd.DataFrame:
    """Listings with counts in 28 days that are gamma-Poisson of that shape, three years long."""
    dice = np.random.default_rng(seed)
    bins = 39
    days, names = [], []
    for number in range(listings):
        mean = reviews / bins * dice.gamma(shape, 1 / shape, bins) if shape < 1e8 else np.full(bins, reviews / bins)
        count = dice.poisson(mean)
        start = DAY + 28 * np.repeat(np.arange(bins), count)
        # The first and the last day are there, so that every listing spans the same time.
        days.append(np.r_[DAY, start + dice.integers(0, 28, len(start)), DAY + 28 * bins - 1])
        names.append(np.full(len(days[-1]), f"p/{number}"))
    return reviews_of(np.concatenate(days), listing_key=np.concatenate(names), newborn=1, rating=1.0)


def test_what_is_measured_of_a_platform() -> None:
    reviews = platform(listings=10, reviews=78)
    reviews["text"] = pd.Series(np.where(np.arange(len(reviews)) % 4 == 0, "fine", ""), dtype="str")
    reviews["language"] = pd.Series(np.where(reviews["text"] == "", "und", "de"), dtype="str")
    found = measure(reviews)
    assert found.platform["listings"] == 10.0
    assert found.platform["history_days"] == 39 * 28
    assert found.platform["with_account"] == 0.0
    assert found.platform["with_text"] == pytest.approx(0.25, abs=0.002)
    assert found.languages == {"de": 1.0}
    own = reviews.groupby("listing_key").size().to_numpy()
    assert np.sort(found.listings["reviews_per_listing_year"]) == pytest.approx(np.sort(own / (39 * 28 / 365.25)))
    assert found.listings["newborn_share"].tolist() == [1.0] * 10
    assert found.listings["low_share"].tolist() == [0.0] * 10


@pytest.mark.parametrize("shape", [1.0, 4.0])
def test_over_dispersion_is_that_of_the_gamma(shape: float) -> None:
    found = measure(platform(listings=150, reviews=160, shape=shape)).platform["dispersion_28"]
    assert found == pytest.approx(1.0 / shape, rel=0.15)


def test_over_dispersion_of_poisson_counts_is_none() -> None:
    assert abs(measure(platform(listings=150, reviews=160)).platform["dispersion_28"]) < 0.05


def test_what_is_too_small_is_not_measured() -> None:
    few = measure(platform(listings=9))
    assert np.isnan(few.platform["dispersion_28"])
    assert "dispersion_28" not in profile([few]).spreads
    short = measure(reviews_of([DAY, DAY + 1, DAY + 2]))
    assert np.isnan(short.listings["high_share"]).all()
    assert measure(reviews_of([])) == Measured({}, {}, {})
    assert profile([measure(reviews_of([]))]) == Profile()


def world(high: float, *, text: float = 1.0, account: float = 1.0) -> Measured:
    """A platform whose listings' shares of high ratings lie far apart around a median."""
    shares = np.clip(np.linspace(high - 0.35, high + 0.35, 101), 0.0, 1.0)
    given = {"listings": 50.0, "with_text": text, "with_account": account}
    return Measured({"high_share": shares}, given, {"de": 1.0} if text else {})


def test_a_profile_holds_the_range_of_the_platforms_values() -> None:
    shares = np.linspace(0.0, 1.0, 101)
    many = [
        Measured({"newborn_share": shares}, {"listings": 10.0}, {"de": 1.0}),
        Measured({"newborn_share": shares / 2}, {"listings": 50.0}, {"de": 0.5, "it": 0.499, "pl": 0.001}),
    ]
    made = profile(many)
    assert made.spreads["newborn_share"] == Spread(0.25, 0.375, 0.5)
    assert made.spreads["listings"] == Spread(10.0, 30.0, 50.0)
    assert made.languages == pytest.approx({"de": 0.75, "it": 0.2495})


def test_a_platform_is_held_against_platforms_and_not_against_single_listings() -> None:
    card = profile([world(0.38), world(0.42)])
    assert how_far(profile([world(0.46)]), card).level == "like"
    assert how_far(profile([world(0.6)]), card).outside == (QUANTITIES["high_share"].words,)


@pytest.mark.parametrize(
    ("text", "account", "outside"),
    [
        (0.97, 1.0, ()),
        (0.0, 1.0, ()),
        (0.5, 1.0, ("with_text",)),
        (0.2, 1.0, ("with_text",)),
        (1.0, 0.6, ("with_account",)),
        (0.0, 0.0, ()),
        (1.0, 0.0, ("with_account",)),
    ],
)
def test_what_is_given_is_held_against_worlds_that_give_as_much(
    text: float, account: float, outside: tuple[str, ...]
) -> None:
    card = profile([world(0.4), world(0.4, text=0.0), world(0.4, text=0.0, account=0.0)])
    far = how_far(profile([world(0.4, text=text, account=account)]), card)
    assert far.outside == tuple(QUANTITIES[name].words for name in outside)


def test_a_profile_of_single_listings_is_ignored() -> None:
    old = {"quantities": {"high_share": {"low": 0.1, "middle": 0.4, "high": 0.8}}, "languages": {"de": 1.0}}
    assert read_profile(old) == Profile()


def test_a_profile_comes_back_from_its_json() -> None:
    made = profile([measure(platform())])
    again = read_profile(made.as_json())
    assert again.languages == made.languages
    assert list(again.spreads) == list(made.spreads)
    assert {kind: list(spreads) for kind, spreads in again.given.items()} == {"counts": ["with_text", "with_account"]}
    for name, spread in made.spreads.items():
        assert again.spreads[name].middle == pytest.approx(spread.middle, rel=1e-3)


def test_data_are_like_themselves() -> None:
    made = profile([measure(platform(seed=seed)) for seed in range(3)])
    far = how_far(profile([measure(platform(seed=1))]), made)
    assert (far.level, far.words, far.outside) == ("like", "like the data of the card", ())
    assert {row.quantity for row in far.rows} >= {"listings", "high_share", "dispersion_28"}


def test_each_difference_is_named() -> None:
    card = profile([measure(platform(listings=40, seed=seed)) for seed in range(3)])
    few = how_far(profile([measure(platform(listings=12, seed=5))]), card)
    assert few.words == "partly unlike: listings on the platform"
    other = platform(listings=12, seed=5, reviews=900).assign(newborn=0, rating=0.0)
    far = how_far(profile([measure(other)]), card)
    assert far.level == "unlike"
    assert "share of first-time accounts" in far.outside
    assert "reviews of a listing in a year" in far.outside


def test_more_listings_or_a_longer_past_are_not_far() -> None:
    card = Profile({"listings": Spread(10, 10, 10), "history_days": Spread(700, 700, 700)})
    assert (
        how_far(Profile({"listings": Spread(9e4, 9e4, 9e4), "history_days": Spread(9e3, 9e3, 9e3)}), card).level
        == "like"
    )
    assert how_far(Profile({"listings": Spread(9, 9, 9), "history_days": Spread(9e3, 9e3, 9e3)}), card).outside == (
        QUANTITIES["listings"].words,
    )


def test_only_what_a_detector_reads_counts() -> None:
    card = Profile({"with_text": Spread(0, 0, 0), "high_share": Spread(0.2, 0.5, 0.8)}, {"de": 1.0})
    yours = Profile({"with_text": Spread(1, 1, 1), "high_share": Spread(0.5, 0.5, 0.5)}, {"pl": 1.0})
    assert how_far(yours, card, ("rating", "newborn")).level == "like"
    seen = how_far(yours, card, ("rating", "text"))
    assert seen.outside == (QUANTITIES["with_text"].words, QUANTITIES["other_languages"].words)
    assert how_far(yours, card).rows == seen.rows


def test_nothing_in_common_is_unknown() -> None:
    assert how_far(Profile(), Profile()).level == "unknown"
    assert how_far(Profile(), Profile()).words == "not compared with the data of the card"


@settings(deadline=None)
@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.0, 0.5))
def test_a_wider_card_is_never_farther(value: float, middle: float, width: float) -> None:
    yours = Profile({"high_share": Spread(value, value, value)})
    narrow = Spread(middle, middle, middle)
    wide = replace(narrow, low=middle - width, high=middle + width)
    inside = [how_far(yours, Profile({"high_share": spread})).rows[0].inside for spread in (narrow, wide)]
    assert inside[0] <= inside[1]
    assert inside[1] == (middle - width - 0.05 <= value <= middle + width + 0.05)
