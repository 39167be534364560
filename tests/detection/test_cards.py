import json
from importlib import resources

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detection import DETECTORS
from detection.cards import Card, load_card, make_rates

CARD = Card("d", "nights", 1000.0, (1.0, 2.0, 4.0), (100.0, 10.0, 1.0), "three worlds")


def test_points_and_what_lies_between() -> None:
    assert [CARD.rate(score) for score in (1.0, 2.0, 4.0)] == pytest.approx([100.0, 10.0, 1.0])
    assert CARD.rate(1.5) == pytest.approx(10.0**1.5)
    assert CARD.rate(3.0) == pytest.approx(10.0**0.5)


def test_beyond_its_ends_a_card_claims_nothing() -> None:
    assert CARD.rate(0.0) == pytest.approx(100.0)
    assert CARD.rate(1e9) == pytest.approx(1.0)
    assert CARD.score_at(1e6) == 1.0
    assert CARD.score_at(0.5) == float("inf")


def test_p_value_is_the_chance_of_one_alarm_in_a_unit() -> None:
    scores = np.array([0.0, 1.0, 2.0, 3.0, 9.0])
    expected = [1.0 - np.exp(-CARD.rate(score) / 1000.0) for score in scores]
    assert CARD.p_value(scores) == pytest.approx(expected)


@settings(deadline=None)
@given(st.floats(1.0, 100.0))
def test_score_at_undoes_rate(rate: float) -> None:
    assert CARD.rate(CARD.score_at(rate)) == pytest.approx(rate, rel=1e-9)


@settings(deadline=None)
@given(st.floats(1.0, 4.0))
def test_rate_undoes_score_at(score: float) -> None:
    assert CARD.score_at(CARD.rate(score) * (1.0 + 1e-12)) == pytest.approx(score, abs=1e-6)


@pytest.mark.parametrize("name", [make.name for make in DETECTORS])
def test_the_shipped_cards(name: str) -> None:
    card = load_card(name)
    assert card.detector == name
    assert len(card.scores) == len(card.rates) >= 10
    assert (np.diff(card.scores) > 0).all()
    assert (np.diff(card.rates) <= 0).all()
    assert min(card.rates) > 0
    assert card.made_on
    assert card.unit
    grid = np.linspace(card.scores[0] - 1.0, card.scores[-1] + 1.0, 500)
    p_values = card.p_value(grid)
    assert (np.diff(p_values) <= 0).all()
    assert p_values.min() > 0
    assert p_values.max() <= 1
    kept = json.loads(resources.files("detection").joinpath("calibration", f"{name}.json").read_text("utf-8"))
    assert kept["per"] == card.per


@settings(deadline=None)
@given(st.lists(st.floats(0.0, 50.0), min_size=1, max_size=200), st.floats(10.0, 1e5))
def test_made_rates_are_counts(scores: list[float], units: float) -> None:
    grid, rates = make_rates(np.array(scores), units, 1000.0)
    assert len(grid) == len(rates) <= 40
    assert (np.diff(grid) > 0).all()
    assert (np.diff(rates) <= 0).all()
    for score, rate in zip(grid, rates, strict=True):
        # The grid is rounded to four digits; what lies within that of a point may count or not.
        least = sum(1 for each in scores if each >= score + 1e-4)
        most = sum(1 for each in scores if each >= score - 1e-4)
        assert (least + 1) / units * 1000.0 * 0.9999 <= rate <= (most + 1) / units * 1000.0 * 1.0001
    # One more than was seen, so that no card claims that something never happens.
    assert rates[-1] >= 1 / units * 1000.0 * 0.999
