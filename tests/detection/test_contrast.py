"""Two crowds of the same weeks: counts, expectations, and tails that honest crowds don't make small."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from detection.contrast import STARS, Crowds, Windows

DAYS = 700


def honest(seed: int, listings: int = 80) -> pd.DataFrame:
    """Listings whose two crowds feel alike; a fault (bit 0) is found by one guest in ten who has few stars or not."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(2.0, 60.0, listings)
    number = rng.poisson(rate * DAYS / 365)
    total = int(number.sum())
    quality = np.repeat(rng.beta(6, 4, listings), number)
    named = (rng.random(total) < 0.1).astype("int64")
    frame = pd.DataFrame(
        {
            "listing_key": np.repeat([f"p/{each:03d}" for each in range(listings)], number),
            "day": rng.integers(19_000, 19_000 + DAYS, total),
            "rating": np.where(rng.random(total) < quality, 1.0, 0.25),
            "newborn": (rng.random(total) < 0.4).astype("int8"),
            "named": named,
            "fault": named,
            "read": True,
        }
    )
    return frame.sort_values(["listing_key", "day"], ignore_index=True)


def random_windows(crowds: Crowds, rng: np.random.Generator, number: int = 4000) -> Windows:
    listing = rng.integers(0, len(crowds.names), number)
    return Windows(listing, rng.integers(19_400, 19_000 + DAYS, number), rng.choice([28, 63, 120], number))


@pytest.mark.parametrize("aspect", [0, STARS])
def test_tails_of_honest_crowds_are_no_smaller_than_they_should_be(aspect: int) -> None:
    crowds = Crowds(honest(1))
    contrast = crowds.contrast(random_windows(crowds, np.random.default_rng(2)), aspect)
    for tail in (contrast.fault, contrast.praise, contrast.more):
        for level in (1.0, 2.0, 3.0):
            assert (tail >= level).mean() <= 1.5 * 10**-level + 0.002


def test_counts_are_those_of_the_window() -> None:
    reviews = honest(3, listings=4)
    crowds = Crowds(reviews)
    windows = Windows(np.array([2, 0]), np.array([19_500, 19_650]), np.array([63, 28]))
    contrast = crowds.contrast(windows, 0)
    for row in range(2):
        first, last = int(windows.first[row]), int(windows.last[row])
        name = crowds.names[windows.listing[row]]
        inside = reviews[(reviews["listing_key"] == name) & reviews["day"].between(first, last)]
        established, new = inside[inside["newborn"] == 0], inside[(inside["newborn"] == 1) & (inside["rating"] == 1.0)]
        assert contrast.established[row] == len(established)
        assert contrast.faulting[row] == established["fault"].sum()
        assert contrast.praising[row] == len(new)
        assert contrast.naming[row] == new["named"].sum()
        rows = crowds.praise_in(windows, row, 0)
        assert list(rows) == list(new.index[new["named"] == 0])
        _, now, ours = crowds.mean_ratings(windows, row)
        assert now == pytest.approx(established["rating"].mean())
        assert ours == pytest.approx(inside.loc[inside["newborn"] == 1, "rating"].mean())


def test_windows_end_with_praise_and_hold_enough_of_it() -> None:
    reviews = honest(4, listings=10)
    crowds = Crowds(reviews)
    windows = crowds.windows((28, 90), 4)
    praise = reviews[(reviews["newborn"] == 1) & (reviews["rating"] == 1.0)]
    ends = set(zip(praise["listing_key"], praise["day"], strict=True))
    assert {(crowds.names[code], day) for code, day in zip(windows.listing, windows.last, strict=True)} <= ends
    assert (crowds.contrast(windows, STARS).praising >= 4).all()
    assert set(windows.length) == {28, 90}


def test_unhappy_established_guests_lower_the_expected_praise() -> None:
    reviews = honest(5, listings=6)
    window = Windows(np.array([1]), np.array([19_600]), np.array([60]))
    before = Crowds(reviews).contrast(window, 0).expected[0]
    spoiled = reviews["listing_key"].eq("p/001") & reviews["day"].between(19_541, 19_600) & reviews["newborn"].eq(0)
    worse = reviews.assign(rating=reviews["rating"].mask(spoiled, 0.0))
    assert Crowds(worse).contrast(window, 0).expected[0] < 0.75 * before


def test_a_crowd_s_mood_does_not_move_what_the_past_leads_to_expect() -> None:
    reviews = honest(5, listings=6)
    window = Windows(np.array([1]), np.array([19_600]), np.array([60]))
    before = Crowds(reviews).contrast(window, 0)
    spoiled = reviews["listing_key"].eq("p/001") & reviews["day"].between(19_541, 19_600) & reviews["newborn"].eq(0)
    after = Crowds(reviews.assign(rating=reviews["rating"].mask(spoiled, 0.0))).contrast(window, 0)
    assert (after.by_past, after.more) == (before.by_past, before.more)
    past = reviews[reviews["listing_key"].eq("p/001") & reviews["newborn"].eq(1) & reviews["rating"].eq(1.0)]
    assert before.by_past[0] == pytest.approx(60 / 365 * past["day"].between(19_169, 19_533).sum(), rel=0.5)


def test_more_praise_elsewhere_lets_more_be_expected() -> None:
    reviews = honest(5, listings=6)
    window = Windows(np.array([1]), np.array([19_600]), np.array([60]))
    elsewhere = reviews["listing_key"].ne("p/001") & reviews["day"].between(19_541, 19_600)
    doubled = pd.concat([reviews, reviews[elsewhere]]).sort_values(["listing_key", "day"], ignore_index=True)
    before, after = (Crowds(each).contrast(window, 0).by_past[0] for each in (reviews, doubled))
    assert 1.3 * before < after < 2.1 * before


def test_a_second_look_sums_nothing_again(monkeypatch: pytest.MonkeyPatch) -> None:
    crowds = Crowds(honest(7, listings=3))
    first = crowds.weeks(1, 0, 19_500, 19_560)

    def again(*_: object) -> None:
        raise AssertionError("summed again")

    monkeypatch.setattr("detection.contrast.np.cumsum", again)
    assert crowds.weeks(1, 0, 19_500, 19_560) == first
    assert crowds.weeks(2, 0, 19_500, 19_560)


def test_only_windows_with_enough_reports_are_eligible_and_unread_ones_by_stars() -> None:
    crowds = Crowds(honest(6, listings=20))
    windows = random_windows(crowds, np.random.default_rng(1), 300)
    contrast = crowds.contrast(windows, 0)
    said = crowds.eligible(windows, 0, least_reports=2, least_share=0.15)
    wanted = (contrast.faulting >= 2) & (contrast.faulting >= 0.15 * contrast.established)
    assert not (said & ~wanted).any()
    assert (said | ~wanted)[windows.last >= 19_500].all()
    assert said.any()
    assert not crowds.eligible(windows, STARS, least_reports=1, least_share=0.0).any()
    unread = Crowds(honest(6, listings=20).assign(read=False))
    assert not unread.eligible(windows, 0, least_reports=1, least_share=0.0).any()
    assert unread.eligible(windows, STARS, least_reports=1, least_share=0.0).any()


def test_a_listing_without_a_past_is_not_judged() -> None:
    reviews = honest(8, listings=5)
    young = reviews[(reviews["listing_key"] != "p/000") | (reviews["day"] >= 19_600)].reset_index(drop=True)
    windows = Windows(np.array([0, 1]), np.array([19_690, 19_690]), np.array([90, 90]))
    said = Crowds(young).eligible(windows, 0, least_reports=0, least_share=0.0)
    assert said.tolist() == [False, True]


def test_weeks_hold_the_window_and_its_praise() -> None:
    crowds = Crowds(honest(7, listings=3))
    weeks = crowds.weeks(1, 0, 19_500, 19_560)
    assert len({str(week[0]) for week in weeks}) == len(weeks) >= 9
    assert all(0 <= int(str(week[3])) <= int(str(week[4])) for week in weeks)
