"""Ridge regression out of fold: the same as the textbook's, whatever the matrix is."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import Ridge

from detection.arrays import Bools, Floats, Ints
from detection.text.ridge import Block, blocks_of, out_of_fold


def problem(seed: int = 1, rows: int = 200, columns: int = 400) -> tuple[sparse.csr_matrix, Floats, Ints]:
    """Rows of length 1 as of texts, two targets that some columns carry, and five folds."""
    rng = np.random.default_rng(seed)
    dense = np.where(rng.random((rows, columns)) < 0.05, rng.random((rows, columns)), 0.0)
    dense /= np.maximum(np.linalg.norm(dense, axis=1, keepdims=True), 1e-9)
    weights = rng.normal(size=(columns, 2))
    targets = 0.6 + 0.3 * dense @ weights + 0.05 * rng.normal(size=(rows, 2))
    return sparse.csr_matrix(dense), targets, rng.integers(0, 5, rows)


def by_sklearn(matrix: sparse.csr_matrix, targets: Floats, folds: Ints, teaches: Bools, penalty: float) -> Floats:
    found = np.zeros_like(targets)
    for fold in np.unique(folds):
        taught = (folds != fold) & teaches
        mean = targets[taught].mean(axis=0)
        model = Ridge(alpha=penalty, fit_intercept=False, solver="cholesky").fit(
            matrix[taught].toarray(), targets[taught] - mean
        )
        found[folds == fold] = mean + model.predict(matrix[folds == fold].toarray())
    return found


def block(matrix: object, penalty: float) -> Block:
    return blocks_of([(matrix, penalty)])[0]


@pytest.mark.parametrize("penalty", [2.0, 1.0, 0.3, 0.05])
@pytest.mark.parametrize("share", [1.0, 0.7])
def test_predictions_are_those_of_sklearn(penalty: float, share: float) -> None:
    matrix, targets, folds = problem()
    teaches = np.random.default_rng(2).random(len(targets)) < share
    told, _ = out_of_fold(block(matrix, penalty), targets, folds, teaches)
    assert np.allclose(told, by_sklearn(matrix, targets, folds, teaches, penalty), atol=2e-3)


def test_the_weights_are_for_the_first_target_of_all_that_teach() -> None:
    matrix, targets, folds = problem()
    teaches = np.arange(len(targets)) % 4 > 0
    _, weights = out_of_fold(block(matrix, 1.0), targets, folds, teaches)
    first = targets[teaches, 0]
    model = Ridge(alpha=1.0, fit_intercept=False).fit(matrix[teaches].toarray(), first - first.mean())
    assert np.allclose(weights, model.coef_, atol=2e-3)


def test_sparse_and_dense_say_the_same() -> None:
    matrix, targets, folds = problem()
    everyone = np.ones(len(targets), dtype=bool)
    sparse_told, _ = out_of_fold(block(matrix, 1.0), targets, folds, everyone)
    dense_told, _ = out_of_fold(block(matrix.toarray(), 1.0), targets, folds, everyone)
    assert np.allclose(sparse_told, dense_told, atol=1e-9)


def test_a_row_s_own_target_changes_nothing_of_its_fold() -> None:
    matrix, targets, folds = problem()
    everyone = np.ones(len(targets), dtype=bool)
    changed = targets.copy()
    changed[folds == 2] += 100.0
    before, _ = out_of_fold(block(matrix, 1.0), targets, folds, everyone)
    after, _ = out_of_fold(block(matrix, 1.0), changed, folds, everyone)
    assert np.array_equal(before[folds == 2], after[folds == 2])
    assert not np.allclose(before[folds != 2], after[folds != 2])


def test_rows_that_do_not_teach_are_predicted_and_change_nothing() -> None:
    matrix, targets, folds = problem()
    teaches = np.arange(len(targets)) >= 50
    changed = targets.copy()
    changed[:50] = 99.0
    before, weights = out_of_fold(block(matrix, 1.0), targets, folds, teaches)
    after, same = out_of_fold(block(matrix, 1.0), changed, folds, teaches)
    assert np.array_equal(before, after)
    assert np.array_equal(weights, same)


def test_without_features_each_fold_is_told_the_others_mean() -> None:
    folds = np.array([0, 0, 1, 1, 1])
    targets = np.array([[0.0], [1.0], [2.0], [3.0], [4.0]])
    told, weights = out_of_fold(block(sparse.csr_matrix((5, 1)), 1.0), targets, folds, np.ones(5, dtype=bool))
    assert told.ravel().tolist() == [3.0, 3.0, 0.5, 0.5, 0.5]
    assert weights.tolist() == [0.0]


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_hardly_any_rows_do_not_break_it(rows: int) -> None:
    matrix, targets, folds = problem()
    told, weights = out_of_fold(block(matrix[:rows], 1.0), targets[:rows], folds[:rows], np.ones(rows, dtype=bool))
    assert told.shape == (rows, 2)
    assert np.isfinite(told).all()
    assert np.isfinite(weights).all()


def test_nobody_teaching_is_told_nought() -> None:
    matrix, targets, folds = problem()
    told, weights = out_of_fold(block(matrix, 1.0), targets, folds, np.zeros(len(targets), dtype=bool))
    assert not told.any()
    assert not weights.any()


def test_identical_rows_are_solved() -> None:
    matrix = np.ones((300, 3))
    rng = np.random.default_rng(3)
    targets = rng.random((300, 2))
    folds = rng.integers(0, 5, 300)
    told, _ = out_of_fold(block(matrix, 0.05), targets, folds, np.ones(300, dtype=bool))
    assert np.allclose(told, targets.mean(axis=0), atol=0.1)
