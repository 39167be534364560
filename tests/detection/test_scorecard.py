import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detection.scorecard import Curve, Scorecard, Term, learn

POINTS = (0.0, 1.0, 2.0, 4.0)
TERMS = (Term("up", 1, POINTS), Term("down", -1, POINTS), Term("either", 0, POINTS))


def sample(seed: int, number: int = 400) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Measures that say nothing of the labels, so that a free curve would go up here and down there."""
    rng = np.random.default_rng(seed)
    measures = {term.name: rng.uniform(-1.0, 5.0, number) for term in TERMS}
    return measures, rng.random(number) < 0.3, rng.uniform(0.1, 2.0, number)


@settings(max_examples=12)
@given(st.integers(0, 10_000))
def test_directed_curves_never_turn_back(seed: int) -> None:
    card = learn(*sample(seed), TERMS)
    assert (np.diff(card.curves["up"].values) >= 0.0).all()
    assert (np.diff(card.curves["down"].values) <= 0.0).all()


def test_an_undirected_curve_takes_the_shape_of_the_data() -> None:
    rng = np.random.default_rng(2)
    x = rng.uniform(0.0, 4.0, 4000)
    found = rng.random(4000) < np.where(np.abs(x - 2.0) < 1.0, 0.7, 0.1)
    values = learn({"x": x}, found, np.ones(4000), (Term("x", 0, (0.0, 1.0, 2.0, 3.0, 4.0)),)).curves["x"].values
    assert values[2] > values[0] + 1.0
    assert values[2] > values[4] + 1.0


def test_it_learns_the_odds_that_made_the_labels() -> None:
    rng = np.random.default_rng(3)
    one, two = rng.uniform(0.0, 4.0, 20_000), rng.uniform(0.0, 4.0, 20_000)
    odds = -2.0 + 0.9 * one - 0.5 * two
    found = rng.random(20_000) < 1.0 / (1.0 + np.exp(-odds))
    terms = (Term("one", 1, POINTS), Term("two", -1, POINTS))
    card = learn({"one": one, "two": two}, found, np.ones(20_000), terms, ridge=0.01)
    asked = {"one": np.array([0.0, 2.0, 4.0, 3.0]), "two": np.array([0.0, 2.0, 0.0, 4.0])}
    assert card.score(asked) == pytest.approx([-2.0, -1.2, 1.6, -1.3], abs=0.3)


def test_weights_count_as_repeated_rows() -> None:
    measures, found, _ = sample(5, 200)
    times = np.random.default_rng(6).integers(1, 4, 200)
    repeated = {name: np.repeat(values, times) for name, values in measures.items()}
    weighted = learn(measures, found, times.astype("float64"), TERMS, ridge=0.0)
    plain = learn(repeated, np.repeat(found, times), np.ones(times.sum()), TERMS, ridge=0.0)
    assert weighted.score(measures) == pytest.approx(plain.score(measures), abs=0.02)


def test_a_stronger_ridge_makes_flatter_curves() -> None:
    measures, _, weight = sample(7)
    found = measures["up"] > 2.0
    rise = [learn(measures, found, weight, TERMS, ridge=ridge).curves["up"].values[-1] for ridge in (0.1, 10.0, 1000.0)]
    assert rise[0] > 1.5 * rise[1] > 2.0 * rise[2] > 0.0


@pytest.mark.parametrize("place", range(3))
def test_what_never_varies_gets_no_weight(place: int) -> None:
    measures, found, weight = sample(8)
    name = TERMS[place].name
    measures[name] = np.full(400, 1.5)
    card = learn(measures, found, weight, TERMS)
    assert set(card.curves[name].values) == {0.0}
    without = learn(measures, found, weight, [term for term in TERMS if term.name != name])
    assert card.score(measures) == pytest.approx(without.score(measures), abs=1e-3)


def test_learning_twice_says_the_same() -> None:
    assert learn(*sample(9), TERMS) == learn(*sample(9), TERMS)


@given(st.floats(-1e6, 1e6), st.floats(0.0, 1e6))
def test_a_curve_is_level_beyond_its_ends(start: float, beyond: float) -> None:
    curve = Curve((start, start + 1.0, start + 3.0), (-1.0, 2.0, 0.5))
    x = np.array([start - beyond, start, start + 0.5, start + 2.0, start + 3.0, start + 3.0 + beyond])
    assert curve(x) == pytest.approx([-1.0, -1.0, 0.5, 1.25, 0.5, 0.5], abs=1e-4)


def test_a_score_is_the_sum_of_its_terms() -> None:
    card = Scorecard(-1.0, {"a": Curve((0.0, 2.0), (0.0, 4.0)), "b": Curve((0.0, 1.0), (0.5, -0.5))})
    measures = {"a": np.array([0.0, 1.0, 9.0]), "b": np.array([0.0, 0.5, 9.0]), "unused": np.array([7.0, 7.0, 7.0])}
    terms = card.terms(measures)
    assert set(terms) == {"a", "b"}
    assert terms["a"].tolist() == [0.0, 2.0, 4.0]
    assert card.score(measures).tolist() == [-0.5, 1.0, 2.5]
    assert card.score({name: values[:0] for name, values in measures.items()}).tolist() == []


@settings(max_examples=12)
@given(st.integers(0, 10_000))
def test_what_was_written_is_read_back(seed: int) -> None:
    card = learn(*sample(seed, 60), TERMS)
    text = json.dumps(card.as_json())
    again = Scorecard.from_json(json.loads(text))
    assert json.dumps(again.as_json()) == text
    assert Scorecard.from_json(again.as_json()) == again
    measures = sample(seed + 1)[0]
    assert again.score(measures) == pytest.approx(card.score(measures), abs=1e-3)


def test_a_rounded_card_is_read_back_exactly() -> None:
    card = Scorecard(0.1234, {"a": Curve((-1.0, 0.5), (0.0, 3.25)), "b": Curve((0.0, 1.585), (-0.1, 0.0))})
    assert Scorecard.from_json(json.loads(json.dumps(card.as_json()))) == card
