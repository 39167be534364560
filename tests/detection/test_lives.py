from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from detection.accounts import Accounts
from detection.engines.local import Shards
from detection.lives import SIGNS, TOGETHER, WEIGHTS, Lives, fused
from detection.protocol import Night
from detection.upheld import Company
from tests.detection.test_accounts import hand, honest_guests, store
from tests.detection.worlds import AS_OF


def lives_of(reviews: pd.DataFrame) -> Lives:
    found = Accounts().lives(Accounts().scan(reviews), Night(AS_OF, Shards(())))
    assert found is not None
    return found


def by_review(lives: Lives) -> pd.DataFrame:
    columns = {"score": lives.then, **dict(zip(SIGNS, lives.then_signs.T, strict=True)), "usual": lives.usual_then}
    return pd.DataFrame(columns, index=lives.rows["review"].to_numpy())


@pytest.mark.parametrize("until", [300, 500, 720])
def test_what_was_known_that_night_stays_the_same_when_later_reviews_come(until: int) -> None:
    """Those of the account, of others, and of the listings it reviewed; to the last bit."""
    reviews = store(honest_guests(), hand())
    known = reviews[reviews["day_to"] <= reviews["day_to"].min() + until]
    count = known.groupby("reviewer_key")["review_key"].transform("size").astype("int32")
    then, later = by_review(lives_of(known.assign(reviewer_reviews=count))), by_review(lives_of(reviews))
    assert 200 < len(then) < len(later)
    pd.testing.assert_frame_equal(later.reindex(then.index), then, check_exact=True)


def test_looking_back_does_change() -> None:
    reviews = store(honest_guests(), hand())
    before, after = (lives_of(frame) for frame in (reviews.iloc[:-200], reviews))
    shared = np.isin(after.rows["account"].to_numpy()[after.habits.begins], before.rows["account"].unique())
    assert not np.array_equal(after.ever[shared][: len(before.ever)], before.ever)


def test_signs_that_are_silent_are_left_out() -> None:
    every = np.array([[2.0, 2.0, 2.0, 2.0]])
    silent = np.array([[2.0, np.nan, 2.0, 2.0]])
    assert fused(every)[0] > fused(silent)[0] > 0.0
    assert fused(np.full((1, 4), np.nan))[0] == 0.0
    assert fused(np.array([[np.nan, 2.0, np.nan, np.nan]]))[0] == pytest.approx(2.0)


def test_one_sign_alone_never_speaks_for_all() -> None:
    for sign in range(len(SIGNS)):
        signs = np.zeros((1, len(SIGNS)))
        signs[0, sign] = 100.0
        assert fused(signs)[0] < 2.0


def test_meetings_with_upheld_reviews_add_what_they_are_worth() -> None:
    signs = np.array([[1.0, 1.0, 1.0, 1.0]] * 2)
    none, many = np.zeros(2), np.array([0.0, 3.0])
    company = Company(np.zeros(0, dtype=bool), many.astype("int64"), none, many, np.array([0.0, 0.04]))
    alone, together = fused(signs), fused(signs, company)
    assert together[0] == alone[0]
    assert together[1] > alone[1] + 1.0
    without = fused(
        np.full((1, 4), np.nan),
        Company(
            np.zeros(0, dtype=bool),
            *(each[1:] for each in (many.astype("int64"), none, np.array([0.0, -0.2]), np.array([0.0, 0.04]))),
        ),
    )
    assert -1.01 <= without[0] < 0.0


def test_signs_that_go_together_as_said_make_a_standard_sum() -> None:
    drawn = np.random.default_rng(1).multivariate_normal(np.zeros(len(SIGNS)), TOGETHER, 50_000) * 0.3
    assert fused(drawn).std() == pytest.approx(0.3, abs=0.01)
    assert len(WEIGHTS) == len(SIGNS)


def test_an_account_is_told_as_of_its_strangest_day_or_looking_back() -> None:
    lives = lives_of(store(honest_guests(), hand()))
    verdicts = lives.verdicts(0.0)
    assert {verdict.known for verdict in verdicts} == {"that_night", "looking_back"}
    for verdict in verdicts:
        own = slice(verdict.begin, verdict.row + 1)
        assert lives.rows["account"].iloc[own].nunique() == 1
        assert len(verdict.usual) == verdict.row + 1 - verdict.begin
        if verdict.known == "that_night":
            assert verdict.score == lives.then[verdict.row]
            assert verdict.score >= 0.0
    assert sorted(lives.highest())[-1] >= max(verdict.score for verdict in verdicts)


def test_in_one_town_nobody_is_far_from_home() -> None:
    one_town = store(honest_guests(), hand()).assign(city="Konstanz", latitude=np.nan, longitude=np.nan)
    lives = lives_of(one_town)
    assert np.isnan(lives.then_signs[:, SIGNS.index("no_home")]).all()
    assert np.isnan(lives.ever_signs[:, SIGNS.index("no_home")]).all()
