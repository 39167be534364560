"""Upper tails of count distributions, vectorised. All return -log10 of P(X >= count)."""

from __future__ import annotations

import numpy as np
from scipy.special import betaln, gammaln
from scipy.stats import nbinom

from detection.arrays import Floats

_SMALLEST = 1e-300


def negative_binomial(count: Floats, mean: Floats, shape: Floats) -> Floats:
    """Tail of a Poisson whose rate is gamma with that ``mean`` and ``shape`` (variance mean + mean**2 / shape)."""
    tail = nbinom.sf(count - 1, shape, shape / (shape + mean))
    return np.asarray(-np.log10(np.clip(tail, _SMALLEST, 1.0)), dtype="float64")


def beta_binomial(count: Floats, trials: Floats, share: Floats, weight: Floats) -> Floats:
    """Tail of a binomial whose share is beta with mean ``share`` and prior sample size ``weight``.

    The pmf is summed upwards by its own recursion until the terms no longer matter: the terms of an upper tail fall
    quickly, where ``scipy.stats.betabinom.sf`` sums every one anew.
    """
    a, b = share * weight, (1.0 - share) * weight
    chosen = gammaln(trials + 1) - gammaln(count + 1) - gammaln(trials - count + 1)
    term = np.exp(chosen + betaln(count + a, trials - count + b) - betaln(a, b))
    total, x = term.copy(), count.astype("float64").copy()
    while True:
        left = trials - x
        ratio = np.where(left > 0, left * (x + a) / ((x + 1.0) * np.maximum(left - 1.0 + b, 1e-12)), 0.0)
        term = term * ratio
        total += term
        x += 1.0
        if not np.any(term > 1e-6 * total):
            break
    return np.asarray(-np.log10(np.clip(total, _SMALLEST, 1.0)), dtype="float64")
