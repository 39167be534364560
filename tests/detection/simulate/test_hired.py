import pandas as pd
import pytest

from detection.simulate.attacks import EXTREME_SHARE, grid
from detection.simulate.hired import HIRED
from detection.simulate.platform import Platform, large_spec, simulate
from tests.detection.simulate.test_attacks import event, reviews_of


@pytest.fixture(scope="module")
def platform() -> Platform:
    return simulate(large_spec(listings=500, attacks=grid(("hired",), each=1)), seed=11)


@pytest.mark.parametrize("strength", [5, 4, 3, 2, 1])
def test_one_account_writes_extremes_in_bursts_and_anywhere(platform: Platform, strength: int) -> None:
    happening, work = event(platform, "hired", strength), HIRED[strength]
    planted = reviews_of(platform, happening)
    assert len(planted) == work.reviews
    assert len(happening["reviewer_ids"]) == planted["reviewer_id"].nunique() == 1
    assert (planted["published"].max() - planted["published"].min()).days < work.days
    extreme = planted["rating"].isin([1.0, 5.0])
    assert extreme.sum() == round(EXTREME_SHARE[strength] * work.reviews)
    assert 0.6 < (planted["rating"] >= 4).mean() < 1
    at_home = planted["city"].value_counts().iloc[0] / len(planted)
    assert at_home >= round(work.at_home * len(planted)) / len(planted)
    assert planted["city"].nunique() >= min(4, len(planted) // 3)
    hurried = planted["published"].value_counts().nlargest(4 * work.bursts).sum()
    assert hurried >= round(work.in_bursts * len(planted)) / 2
    assert (planted["reviewer_since"] < happening["start"] - pd.Timedelta(days=190)).all()
    everything = platform.reviews[platform.reviews["reviewer_id"].isin(happening["reviewer_ids"])]
    assert len(everything) == len(planted)


def test_a_hired_hand_may_hide_among_harmless_reviews() -> None:
    made = simulate(large_spec(listings=300, attacks=grid(("hired",), each=1, strengths=(4,), camouflage=0.5)), seed=2)
    happening = event(made, "hired", 4)
    everything = made.reviews[made.reviews["reviewer_id"].isin(happening["reviewer_ids"])]
    assert 0.35 < 1 - HIRED[4].reviews / len(everything) < 0.6
