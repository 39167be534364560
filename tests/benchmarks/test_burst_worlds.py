from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from benchmarks.burst_scores import KINDS
from benchmarks.burst_worlds import (
    BURSTS,
    EACH,
    RAISED,
    Ground,
    episodes,
    findings,
    half_of,
    judged_on,
    judged_on_half,
    raised,
    run,
    run_all,
    world,
)
from tests.detection.worlds import DAY, reviews_of, together


@cache
def small() -> Ground:
    return world(1003, 40)


def test_what_nights_raise_has_the_scores_that_the_detector_gives() -> None:
    ground = small()
    found = raised(ground.reviews)
    scores = run(BURSTS, ground.reviews, stop=BURSTS.raised)
    assert isinstance(scores, np.ndarray)
    assert len(found) > 20
    # Those in which nobody is flagged are left out.
    assert len(found) <= len(scores)
    assert np.isin(found["score"].to_numpy(), scores).all()
    assert (found["start"] <= found["end"]).all()
    assert set(found["direction"]) == {"praise", "blame"}


def test_what_follows_a_window_is_counted_with_hindsight_alone() -> None:
    rng = np.random.default_rng(4)
    crowd = rng.integers(DAY + 700, DAY + 705, 30)
    # Two plain years of six listings, and the crowd; a month later the first listing goes on at a higher level or not.
    reviews = reviews_of(
        [*(DAY + rng.integers(0, 900, 1500)), *crowd],
        listing_key=[*np.repeat([f"p/{n}" for n in range(6)], 250), *["p/2"] * 30],
        rating=[*rng.choice([0.0, 0.5, 0.75, 1.0], 1500, p=[0.1, 0.3, 0.3, 0.3]), *[1.0] * 30],
        newborn=[*(rng.random(1500) < 0.3), *[True] * 30],
    )
    level = reviews_of(np.repeat(np.arange(DAY + 722, DAY + 742), 3), listing_key="p/2", rating=1.0)
    stays = together(reviews, level)

    def best(found: pd.DataFrame) -> float:
        here = (
            (found["listing_key"] == "p/2") & found["start"].le(DAY + 704) & found["end"].between(DAY + 702, DAY + 716)
        )
        return float(found.loc[here, "score"].max())

    def hindsight(frame: pd.DataFrame) -> float:
        return best(episodes(findings(BURSTS, frame)))

    lost = hindsight(reviews) - hindsight(stays)
    assert abs(best(raised(reviews)) - best(raised(stays))) < lost / 2


def test_halves_share_no_listing_and_leave_none_out() -> None:
    ground = small()
    halves = [half_of(ground, half) for half in (0, 1)]
    keys = [set(half.reviews["listing_key"]) for half in halves]
    assert not keys[0] & keys[1]
    assert keys[0] | keys[1] == set(ground.reviews["listing_key"])
    assert [half.listings for half in halves] == [len(each) for each in keys]
    assert min(len(each) for each in keys) > 8
    assert sum(half.listing_years for half in halves) == pytest.approx(ground.listing_years)
    assert sum(len(half.planted) for half in halves) == len(ground.planted)


def test_episodes_of_both_halves_are_all_of_them() -> None:
    ground = small()
    found = {"bursts": episodes(findings(BURSTS, ground.reviews))}
    whole = judged_on(ground, found["bursts"])
    halves = [judged_on_half(ground, found, half)["bursts"] for half in (0, 1)]
    assert sum(int(half.episodes["false"].sum()) for half in halves) == whole.episodes["false"].sum()
    best = pd.concat([half.attacks for half in halves]).sort_values("attack", ignore_index=True)
    pd.testing.assert_frame_equal(best, whole.attacks)


def test_every_kind_is_planted_and_every_method_judged() -> None:
    ran = run_all(small(), peers=False)
    assert list(ran.judged) == ["bursts", RAISED, "boosting", "bursts or boosting", "bursts, no texts"]
    assert set(ran.found) == set(ran.judged)
    planted = ran.judged[RAISED].attacks.groupby("kind").size()
    assert set(planted.index) == set(KINDS)
    assert planted.max() <= 5 * EACH
