import json
from importlib import resources

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from detection import DETECTORS
from detection.cards import Card, Delay, Recall, load_card, make_rates, read_card, recall_row, write_card
from detection.distance import Profile, Spread

CARD = Card("d", "nights", 1000.0, (1.0, 2.0, 4.0), (100.0, 10.0, 1.0), "three worlds")
COUNTS = Card(
    "d", "nights", 1000.0, (1.0, 3.0), (200.0, 2.0), "two worlds", recall=(Recall("drip", 3, 5, 1, 0.005, 0.7),)
)
FULL = Card(
    "d",
    "nights",
    1000.0,
    (1.0, 2.5e-05, 4.0),
    (100.0, 10.0, 1.0),
    "three worlds",
    data={"listings": 30, "seeds": [1, 2], "informations": ["text", "counts"], "knobs": [{"weekly_sd": 0.1}]},
    null="nothing but chance",
    budget=30.0,
    standing=12.5,
    recall=(Recall("burst", 5, 20, 19, 0.75, 0.99), Recall("burst", 4, 20, 9, 0.23, 0.69)),
    delay=Delay(2.0, 9.0, 40, 30),
    profile=Profile({"high_share": Spread(0.1, 0.5, 0.9)}, {"de": 0.6, "it": 0.4}),
    tables={"counts": COUNTS},
)


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


def test_a_card_comes_back_from_its_text() -> None:
    text = write_card(FULL)
    assert read_card(json.loads(text)) == FULL
    assert write_card(read_card(json.loads(text))) == text
    assert json.loads(text)["format"] == 2
    assert (json.loads(text)["standing"], read_card(json.loads(text)).standing) == (12.5, 12.5)
    # A person reads it: a row of numbers or facts is one line.
    assert ' "rates": [100.0, 10.0, 1.0],' in text.splitlines()
    assert (
        '  {"kind": "burst", "strength": 5, "planted": 20, "found": 19, "low": 0.75, "high": 0.99},'
        in text.splitlines()
    )


def test_an_old_card_has_only_its_table() -> None:
    said = {
        "detector": "d",
        "unit": "nights",
        "per": 1000.0,
        "made_on": "three worlds",
        "scores": [1.0],
        "rates": [3.0],
    }
    card = read_card(said)
    assert card == Card("d", "nights", 1000.0, (1.0,), (3.0,), "three worlds")
    assert (card.recall, card.delay, card.profile, card.budget, card.standing) == ((), None, None, None, None)
    assert not {"recall", "standing"} & set(json.loads(write_card(card)))


@pytest.mark.parametrize("missing", ["unit", "per", "made_on", "scores", "rates"])
def test_what_every_card_says(missing: str) -> None:
    said = json.loads(write_card(CARD))
    del said[missing]
    with pytest.raises(KeyError, match=missing):
        read_card(said)


def test_a_table_is_a_card_and_without_one_the_card_is() -> None:
    assert FULL.table("counts") == COUNTS
    assert FULL.table("counts").rate(3.0) == pytest.approx(2.0)
    assert FULL.table("text") is FULL
    assert CARD.table("counts") is CARD


def test_other_rates_in_all_tables() -> None:
    changed = FULL.with_rates((np.array([1.0, 100.0]), np.array([5.0, 100.0])))
    assert changed.rates == pytest.approx((100.0, 10**1.349485, 5.0), rel=1e-4)
    assert changed.scores == FULL.scores
    # Beyond the last the factor stays.
    assert changed.table("counts").rates == pytest.approx((200.0, 10 ** (np.log10(2.0) + 0.59372)), rel=1e-3)
    assert changed.table("counts").recall == COUNTS.recall


@settings(deadline=None)
@given(st.lists(st.floats(0.01, 1e4), min_size=2, max_size=10, unique=True), st.integers(0, 2**32 - 1))
def test_other_rates_still_fall(old: list[float], seed: int) -> None:
    new = np.sort(np.random.default_rng(seed).uniform(0.01, 1e4, len(old)))
    assert (np.diff(CARD.with_rates((np.sort(old), new)).rates) <= 0).all()


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 200), st.data())
def test_the_interval_of_a_recall_is_exact(planted: int, data: st.DataObject) -> None:
    found = data.draw(st.integers(0, planted))
    row = recall_row("burst", 3, planted, found)
    said = binomtest(found, planted).proportion_ci(0.95, method="exact")
    assert (row.low, row.high) == pytest.approx((said.low, said.high), abs=1e-4)
    assert row.low <= found / planted <= row.high


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


def test_rare_alarms_have_points_of_their_own() -> None:
    scores = np.random.default_rng(3).exponential(1.0, 20_000)
    grid, rates = make_rates(scores, 1000.0, 1000.0)
    assert sum(rate <= 20 for rate in rates) >= 8
    assert rates[-1] == pytest.approx(2.0)
    assert grid[0] == pytest.approx(scores.min(), abs=1e-4)
