"""A scorecard: one curve for each measured quantity, their sum the log-odds; each can be read and quoted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from detection.arrays import Floats

Measures = Mapping[str, Floats]


_LEAST_SPREAD = 1e-3


@dataclass(frozen=True, slots=True)
class Curve:
    """A piecewise linear function of one quantity, level beyond its ends."""

    points: tuple[float, ...]
    values: tuple[float, ...]

    def __call__(self, x: Floats) -> Floats:
        return np.interp(x, self.points, self.values)


@dataclass(frozen=True, slots=True)
class Term:
    """A quantity with the direction in which it may move the score: 1 up, -1 down, 0 either way."""

    name: str
    direction: int
    points: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Log-odds as a sum of curves (a generalised additive model; Hastie and Tibshirani, 1990)."""

    intercept: float
    curves: Mapping[str, Curve]

    def terms(self, measures: Measures) -> dict[str, Floats]:
        """What each quantity adds."""
        return {name: curve(measures[name]) for name, curve in self.curves.items()}

    def score(self, measures: Measures) -> Floats:
        """The log-odds, for each row of the measures."""
        total = np.full(len(next(iter(measures.values()))), self.intercept)
        for name, curve in self.curves.items():
            total += curve(measures[name])
        return total

    def as_json(self) -> dict[str, object]:
        """Plain values, rounded so that the file is the same on every machine."""
        curves = {
            name: [[round(x, 4) for x in curve.points], [round(y, 4) for y in curve.values]]
            for name, curve in self.curves.items()
        }
        return {"intercept": round(self.intercept, 4), "curves": curves}

    @classmethod
    def from_json(cls, said: Mapping[str, object]) -> Scorecard:
        """The inverse of ``as_json``."""
        curves = said["curves"]
        assert isinstance(curves, Mapping)
        made = {str(name): Curve(tuple(points), tuple(values)) for name, (points, values) in curves.items()}
        return cls(float(str(said["intercept"])), made)


def learn(
    measures: Measures, found: NDArray[np.bool_], weight: Floats, terms: Sequence[Term], *, ridge: float = 1.0
) -> Scorecard:
    """Fit the curves by penalised logistic regression; a directed term's steps are held to its direction.

    ``weight`` sums to what the rows are worth; ``ridge`` pulls each step, in log-odds, towards nought.

    Raises:
        ValueError: the search for the best curves did not end.
    """
    ramps = [_ramps(measures[term.name], term.points) for term in terms]
    design = np.column_stack([np.ones(len(found)), *ramps])
    scale = design.std(axis=0)
    # What never varies says nothing.
    idle = scale < _LEAST_SPREAD
    idle[0] = False
    scale[scale < _LEAST_SPREAD] = 1.0
    design = np.where(idle, 0.0, design) / scale
    bounds: list[tuple[float | None, float | None]] = [(None, None)]
    for term in terms:
        bounds += [(0.0 if term.direction > 0 else None, 0.0 if term.direction < 0 else None)] * (len(term.points) - 1)
    sign = np.where(found, 1.0, -1.0)

    def loss(beta: Floats) -> tuple[float, Floats]:
        margin = sign * (design @ beta)
        steps = beta / scale
        value = float(weight @ np.logaddexp(0.0, -margin)) + 0.5 * ridge * float(steps[1:] @ steps[1:])
        gradient = -(design.T @ (weight * sign * expit(-margin)))
        gradient[1:] += ridge * steps[1:] / scale[1:]
        return value, gradient

    start = np.zeros(design.shape[1])
    found_at = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 5000, "maxfun": 20_000}
    )
    if not found_at.success:
        raise ValueError(f"the scorecard was not learned: {found_at.message}")
    beta = found_at.x / scale
    curves, place = {}, 1
    for term in terms:
        steps = beta[place : place + len(term.points) - 1]
        curves[term.name] = Curve(term.points, tuple(float(y) for y in np.r_[0.0, np.cumsum(steps)]))
        place += len(steps)
    return Scorecard(float(beta[0]), curves)


def _ramps(x: Floats, points: Sequence[float]) -> Floats:
    """For each pair of neighbouring points how far x has come from one to the other, 0 to 1."""
    ends = np.array(points)
    return np.asarray(np.clip((x[:, None] - ends[:-1]) / np.diff(ends), 0.0, 1.0), dtype="float64")
