import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import betabinom, gamma, nbinom, poisson

from detection.tails import beta_binomial, negative_binomial


def one(*values: float) -> list[np.ndarray]:
    return [np.array([float(value)]) for value in values]


@settings(deadline=None)
@given(st.integers(0, 120), st.floats(0.01, 60.0), st.floats(0.2, 50.0))
def test_negative_binomial_is_scipys_tail(count: int, mean: float, shape: float) -> None:
    expected = -np.log10(max(nbinom.sf(count - 1, shape, shape / (shape + mean)), 1e-300))
    assert negative_binomial(*one(count, mean, shape))[0] == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("count", "mean", "shape"), [(4, 0.7, 2.0), (9, 3.0, 0.5), (25, 8.0, 12.0)])
def test_negative_binomial_is_a_poisson_with_a_gamma_rate(count: int, mean: float, shape: float) -> None:
    rate = gamma(shape, scale=mean / shape)
    tail, _ = quad(lambda x: poisson.sf(count - 1, x) * rate.pdf(x), 0.0, np.inf)
    assert negative_binomial(*one(count, mean, shape))[0] == pytest.approx(-np.log10(tail), rel=1e-5)


@settings(deadline=None, max_examples=200)
@given(st.integers(1, 400), st.floats(0.0, 1.0), st.floats(0.001, 0.98), st.floats(2.0, 60.0))
def test_beta_binomial_is_the_sum_of_the_terms(trials: int, part: float, share: float, weight: float) -> None:
    count = round(part * trials)
    terms = betabinom.pmf(np.arange(count, trials + 1), trials, share * weight, (1.0 - share) * weight)
    expected = -np.log10(np.clip(terms.sum(), 1e-300, 1.0))
    assert beta_binomial(*one(count, trials, share, weight))[0] == pytest.approx(expected, rel=1e-4, abs=1e-3)


def test_rows_do_not_depend_on_their_neighbours() -> None:
    count, trials = np.array([4.0, 40.0, 6.0]), np.array([5.0, 900.0, 6.0])
    share, weight = np.array([0.4, 0.03, 0.02]), np.array([8.0, 30.0, 12.0])
    together = beta_binomial(count, trials, share, weight)
    alone = [beta_binomial(*(each[[row]] for each in (count, trials, share, weight)))[0] for row in range(3)]
    assert together == pytest.approx(alone, abs=1e-3)


@settings(deadline=None)
@given(st.floats(0.05, 40.0), st.floats(0.2, 40.0))
def test_more_is_never_less_surprising(mean: float, shape: float) -> None:
    counts = np.arange(0.0, 80.0)
    surprise = negative_binomial(counts, np.full(80, mean), np.full(80, shape))
    assert surprise[0] == 0.0
    assert (np.diff(surprise) >= 0.0).all()


def test_the_impossible_is_finite() -> None:
    assert np.isfinite(negative_binomial(*one(5000, 1e-6, 8.0)))[0]
    assert np.isfinite(beta_binomial(*one(5000, 5000, 0.001, 2000.0)))[0]


def test_nothing_to_judge() -> None:
    none = np.array([])
    assert len(negative_binomial(none, none, none)) == 0
    assert len(beta_binomial(none, none, none, none)) == 0
