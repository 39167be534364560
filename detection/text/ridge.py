"""Ridge regression of several targets on wide features, out of fold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from detection.arrays import Bools, Floats, Ints

_TOLERANCE, _MOST_STEPS, _TINY = 1e-3, 100, 1e-12


@dataclass(frozen=True, slots=True)
class Block:
    """One kind of features: a row for each text, the same transposed, and the ridge penalty."""

    matrix: Any
    transposed: Any
    penalty: float

    def gram(self, dual: Floats) -> Floats:
        """The matrix times its transposed times ``dual``."""
        return np.asarray(self.matrix @ (self.transposed @ dual.astype("float32")), dtype="float64")


def out_of_fold(block: Block, targets: Floats, folds: Ints, teaches: Bools) -> tuple[Floats, Floats]:
    """Predictions of ``targets`` (n, k) for each row by the rows of other folds that teach, and weights of the terms.

    The weights (columns of the block) are for the first target, from all rows that teach.
    """
    number = int(folds.max(initial=0)) + 1
    rows, wide = targets.shape
    taught = (folds[:, None] != np.arange(number + 1)) & teaches[:, None]
    counts = np.maximum(taught.sum(axis=0), 1)
    means = (taught.T.astype("float64") @ targets) / counts[:, None]
    # The last columns are the model of all that teach; only its first target is asked for.
    models = [(fold, target) for fold in range(number) for target in range(wide)] + [(number, 0)]
    fold, target = (np.array(each) for each in zip(*models, strict=True))
    inside = taught[:, fold].astype("float64")
    dual = _solve(block, inside * (targets[:, target] - means[fold, target]), inside)
    told = block.gram(dual[:, :-1]).reshape(rows, number, wide)
    return means[folds] + told[np.arange(rows), folds], np.asarray(block.transposed @ dual[:, -1], dtype="float64")


def blocks_of(matrices: Sequence[tuple[Any, float]]) -> list[Block]:
    """Blocks in single precision, which is all that memory has to move, from matrices (sparse or not) and penalties."""
    single = [(each.astype("float32"), penalty) for each, penalty in matrices]
    return [Block(each, each.T.tocsr() if hasattr(each, "tocsr") else each.T, penalty) for each, penalty in single]


def _solve(block: Block, targets: Floats, taught: Floats) -> Floats:
    """Ridge regression of each column of ``targets`` on the rows marked in ``taught``, by conjugate gradients."""
    dual, rest = np.zeros_like(targets), targets.copy()
    ahead, left = rest.copy(), (rest * rest).sum(axis=0)
    enough = _TOLERANCE**2 * left
    for _ in range(_MOST_STEPS):
        if np.all(left <= enough):
            break
        image = taught * block.gram(ahead) + block.penalty * ahead
        step = left / np.maximum((ahead * image).sum(axis=0), _TINY)
        dual += step * ahead
        rest -= step * image
        before, left = left, (rest * rest).sum(axis=0)
        ahead = rest + left / np.maximum(before, _TINY) * ahead
    return dual
