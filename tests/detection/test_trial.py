from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from detection.bursts import Bursts
from detection.cards import Card, load_card
from detection.simulate.inject import KINDS
from detection.trial import LEAST_ALARMS, OwnRates, Trial, TrialError, listing_years, own_rates, try_out
from tests.detection.worlds import DAY, honest, reviews_of

CARD = Card("bursts", "listing-years", 1000.0, (1.0, 2.0, 3.0), (1000.0, 100.0, 10.0), "somewhere")


@cache
def history() -> pd.DataFrame:
    reviews = honest(1081, listings=60)
    return pd.DataFrame(reviews[reviews["day_to"] > reviews["day_to"].max() - 730]).reset_index(drop=True)


def run(seed: int) -> Trial:
    said: list[str] = []
    with TemporaryDirectory() as folder:
        (trial,) = try_out([Bursts()], history(), seed=seed, rounds=1, folder=Path(folder), say=said.append)
        assert list(Path(folder).iterdir()) == []
    # Sixty listings are attacked six at a time.
    assert len(said) == 5
    return trial


tried = cache(run)


def test_every_kind_and_strength_is_planted_and_plain_ones_are_found() -> None:
    before = history().copy()
    trial = tried(1)
    assert len(trial.outcomes) == len(KINDS) * 5
    assert trial.outcomes.groupby(["kind", "strength"]).size().eq(1).all()
    plain, subtle = (sum(row.found for row in trial.recall(30.0, own=False) if row.strength == n) for n in (5, 1))
    assert plain >= 4
    assert plain > subtle
    everything, strict = (sum(row.found for row in trial.recall(budget, own=False)) for budget in (1e6, 3.0))
    assert everything > strict
    assert_frame_equal(history(), before)


def test_the_same_seed_gives_the_same_trial_and_another_does_not() -> None:
    one, again, other = tried(1), run(1), tried(2)
    assert_frame_equal(one.outcomes, again.outcomes)
    assert one.own == again.own == other.own
    assert not one.outcomes["rate"].equals(other.outcomes["rate"])


def test_what_is_too_small_is_refused(tmp_path: Path) -> None:
    few = history()[history()["listing_key"].isin(sorted(set(history()["listing_key"]))[:9])]
    short = history()[history()["day_to"] < history()["day_to"].min() + 364]
    for reviews in (few, short, reviews_of([])):
        with pytest.raises(TrialError, match="10 listings and 365 days; until then the packaged cards hold"):
            try_out([Bursts()], reviews, seed=1, rounds=1, folder=tmp_path, say=lambda _: None)


def test_listing_years_begin_with_each_listing() -> None:
    reviews = reviews_of(
        [DAY, DAY + 730, DAY + 365, DAY + 5], listing_key=["p/a", "p/a", "p/b", "q/c"], platform=["p", "p", "p", "q"]
    )
    assert listing_years(reviews) == pytest.approx((731 + 366 + 1) / 365.25)


def test_own_rates_are_counts_of_alarms() -> None:
    rates = np.geomspace(1.0, 1000.0, 200)
    own = own_rates(rates, 500.0)
    assert own.alarms == 200
    for old, new in zip(own.old, own.new, strict=True):
        assert new == pytest.approx((np.count_nonzero(rates <= old * 1.0001) + 1) / 500.0 * 1000.0, rel=1e-3)
    assert own.old[0] == pytest.approx(rates[LEAST_ALARMS - 1], rel=1e-4)


def test_too_few_alarms_give_no_rates() -> None:
    own = own_rates(np.full(LEAST_ALARMS - 1, 3.0), 1e6)
    assert (own.old, own.new, own.alarms) == ((), (), LEAST_ALARMS - 1)
    assert own.applied(CARD) is CARD
    assert own.cut(30.0) == 30.0
    assert not own.long_enough(1e6)


def test_a_history_is_long_enough_for_ten_alarms_in_the_budget() -> None:
    own = own_rates(np.geomspace(1.0, 1000.0, 200), 500.0)
    assert own.long_enough(20.0)
    assert not own.long_enough(19.9)


@settings(deadline=None)
@given(st.floats(5.0, 500.0), st.integers(0, 2**32 - 1))
def test_the_cut_and_the_changed_card_draw_one_line(budget: float, seed: int) -> None:
    dice = np.random.default_rng(seed)
    own = own_rates(10.0 ** dice.uniform(1.0, 3.0, 300), 1000.0)
    cut = own.cut(budget)
    if not 10.0 < cut < 1000.0:
        return
    # The score at which the changed card reaches the budget has, by the packaged card, the rate of the cut.
    fine = np.linspace(1.0, 3.0, 2000)
    card = Card("d", "u", 1000.0, tuple(fine), tuple(10.0 ** (4.0 - fine)), "somewhere")
    assert card.rate(own.applied(card).score_at(budget)) == pytest.approx(cut, rel=0.02)


def test_the_history_s_budget_holds_on_the_history() -> None:
    rates = np.random.default_rng(5).uniform(10.0, 800.0, 400)
    own = own_rates(rates, 1000.0)
    trial = Trial("bursts", own, np.sort(rates), pd.DataFrame({"kind": [], "strength": [], "rate": []}))
    for budget in (20.0, 50.0, 200.0):
        assert abs(trial.count(budget, own=True) - budget) <= 0.1 * budget + 1
        assert trial.count(budget, own=False) == np.count_nonzero(rates <= budget)


def test_recall_goes_by_the_rarest_alarm() -> None:
    outcomes = pd.DataFrame({"kind": "burst", "strength": 3, "rate": [1.0, 19.0, np.inf]})
    trial = Trial("bursts", OwnRates(1000.0, 20, (10.0, 100.0), (20.0, 200.0)), np.zeros(0), outcomes)
    assert [trial.recall(budget, own=False)[0].found for budget in (0.5, 1.0, 20.0, 1e9)] == [0, 1, 2, 2]
    assert [trial.recall(budget, own=True)[0].found for budget in (20.0, 40.0)] == [1, 2]


class Reader(Bursts):
    """Bursts under the name of a detector that compares texts."""

    name = "boosting"


@pytest.mark.parametrize(("text", "tried"), [("", 5), ("fine", 0)])
def test_who_compares_texts_is_tried_only_where_there_are_none(tmp_path: Path, text: str, tried: int) -> None:
    few = sorted(set(history()["listing_key"]))[:20]
    reviews = history()[history()["listing_key"].isin(few)].assign(text=text).astype({"text": "str"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("detection.trial._ATTACKED", 1.0)
        (trial,) = try_out(
            [Reader(card=load_card("bursts"))], reviews, seed=1, rounds=1, folder=tmp_path, say=lambda _: None
        )
    assert len(trial.outcomes) == tried
    assert set(trial.outcomes["kind"]) <= {"boosting"}
    assert trial.own.alarms == len(trial.alarms)
    assert (trial.recall(30.0, own=False) == ()) == (tried == 0)
