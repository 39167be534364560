"""Which reviews of an episode belong to it, and which are guests who came in the same days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detection.arrays import Floats, Ints
from detection.text.likeness import ALIKE

Mask = NDArray[np.bool_]

# Past reviews that the platform's shares of the classes count for.
_PRIOR = 6.0
# A surge of the listing's other guests lifts what is expected of this kind, too; this many reviews damp it.
_DAMP = 3.0
_SURGE = (1.0, 3.0)
# Standard errors of what was expected that are not taken for surplus.
_CHANCE = 0.35
# The surprise from which the texts are listened to, and the most that they may add.
_LISTEN_FROM = 2.0
_MOST_LOG_ODDS = 3.5


@dataclass(frozen=True, slots=True)
class Classes:
    """Reviews counted in five classes (the four of ``class_of``, and all others): in the window, before it, and the
    platform's shares.
    """

    window: Floats
    past: Floats
    platform: Floats

    def usual_shares(self) -> Floats:
        """The listing's own past shares, the platform's where there is little past."""
        return np.asarray((self.past + _PRIOR * self.platform) / (self.past.sum() + _PRIOR), dtype="float64")


def class_of(far: Mask, newborn: Mask) -> Ints:
    """0 and 1: at the end of the scale; 2 and 3: next to it; odd ones by first-time accounts."""
    return np.asarray(np.where(far, 0, 2) + newborn, dtype="int64")


def weights(
    kind: Ints,
    classes: Classes,
    *,
    expected: float,
    close: Ints,
    partners: Ints,
    alike_pairs: int,
    alike_surprise: float,
) -> Floats:
    """For each review of the episode's direction the chance that it isn't one that would have come anyway, 0 to 1.

    A mixture with one known component: of each class so many were expected (of ``expected`` reviews of all kinds, by
    the listing's own past shares, lifted as its other reviews were), the rest is excess, but never more than all kinds
    together were beyond expectation, by a standard error. Texts that have a near twin inside, where the crowd as a
    whole is too much alike, raise the odds, lone texts lower them.
    """
    usual = expected * classes.usual_shares()
    surge = float(np.clip((classes.window[4] + _DAMP) / (usual[4] + _DAMP), *_SURGE))
    usual = surge * usual[:4]
    count = np.maximum(classes.window[:4], 1.0)
    excess = np.clip((classes.window[:4] - usual - _CHANCE * np.sqrt(usual + 1.0)) / count, 0.0, 0.98)
    # A crowd that came instead of another is no surplus: stars change with a kitchen, too.
    surplus = max(classes.window.sum() - expected, 0.0) + np.sqrt(expected + 1.0)
    weight = excess[kind]
    weight = weight * min(1.0, surplus / max(float(weight.sum()), 1e-9))
    if alike_surprise < _LISTEN_FROM or not weight.any():
        return np.asarray(np.round(weight, 4), dtype="float64")
    planted = float(weight.sum())
    theirs = alike_pairs / max(planted * (planted - 1.0) / 2.0, 1.0)
    share = np.clip(min(planted, len(weight)) / len(weight) * theirs, 2.0 * ALIKE, 0.9)
    # Binomial odds of so many near twins among the partners.
    log_odds = close * np.log(share / ALIKE) + (partners - close) * np.log((1.0 - share) / (1.0 - ALIKE))
    odds = weight / (1.0 - weight) * np.exp(np.clip(log_odds, -_MOST_LOG_ODDS, _MOST_LOG_ODDS))
    return np.asarray(np.round(np.clip(odds / (1.0 + odds), 0.0, 0.999), 4), dtype="float64")
