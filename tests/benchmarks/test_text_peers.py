"""benchmarks.text_peers: each peer finds a plain swap, and learns nothing from the review that it judges."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.text_peers import (
    LEXICONS,
    cleanlab_classes,
    cleanlab_regression,
    from_mean,
    isotonic_distance,
    lexicon,
    prototype,
    raw_distance,
)
from detection.arrays import Floats
from detection.text.stars import Prediction

GOOD = "Liked: lovely clean rooms and friendly staff, wonderful breakfast"
BAD = "Disliked: dirty rooms and rude staff, horrible awful breakfast"


def reviews() -> tuple[list[str], Floats]:
    """Sixty plain reviews, the first of which has the wrong stars."""
    texts = [f"{GOOD} on day {day}" if day % 2 else f"{BAD} on day {day}" for day in range(60)]
    ratings = np.array([1.0 if day % 2 else 0.0 for day in range(60)])
    ratings[0] = 1.0
    return texts, ratings


def prediction(chances: list[list[float]], values: list[float]) -> Prediction:
    return Prediction(np.array(values), np.array(chances), np.zeros(1), np.ones(len(chances), dtype=bool))


@pytest.mark.parametrize("vectors", [None, np.eye(60)[:, :4]])
def test_the_prototype_finds_a_swap(vectors: Floats | None) -> None:
    texts, ratings = reviews()
    score = prototype(texts, ratings, vectors)
    assert score.argmax() == 0
    assert score[0] > 0.5


@pytest.mark.parametrize("method", ["self_confidence", "normalized_margin"])
def test_cleanlab_s_classes_are_fifths_of_the_scale(method: str) -> None:
    ratings = np.array([0.0, 1.0, 8.0 / 9.0, 1.0])
    said = prediction([[0.9, 0.05, 0.05], [0.1, 0.4, 0.5], [0.1, 0.4, 0.5], [0.9, 0.05, 0.05]], [0.0, 8.0 / 9.0, 1.0])
    score = cleanlab_classes(said, ratings, method)
    assert score.argmax() == 3
    assert score[1] == score[2]


@pytest.mark.parametrize("method", ["residual", "outre"])
def test_cleanlab_s_regression_finds_the_farthest(method: str) -> None:
    rng = np.random.default_rng(0)
    ratings = rng.choice([0.0, 1.0], 60)
    chances = np.column_stack([1.0 - ratings, ratings]) * 0.8 + 0.1 + rng.normal(0, 0.01, (60, 1)) * [1, -1]
    chances[7] = chances[7][::-1]
    assert cleanlab_regression(prediction(chances.tolist(), [0.0, 1.0]), ratings, method).argmax() == 7


@pytest.mark.parametrize("name", LEXICONS)
def test_a_lexicon_reads_the_words_and_not_the_headings(name: str) -> None:
    good, bad, empty, headed = lexicon(name, [GOOD, BAD, "", "Disliked: "])
    assert good > 0.3 > -0.3 > bad
    assert empty == headed == 0.0


def test_the_distances_are_on_one_scale() -> None:
    assert raw_distance(np.array([1.0, -1.0, 0.0]), np.array([1.0, 1.0, 0.5])).tolist() == [0.0, 2.0, 0.0]
    assert from_mean(np.array([0.0, 1.0, 0.5])).tolist() == [0.5, 0.5, 0.0]


def test_isotonic_distance_is_out_of_fold() -> None:
    polarity = np.linspace(-1.0, 1.0, 50)
    ratings = (polarity > 0).astype("float64")
    ratings[10] = 1.0
    score = isotonic_distance(polarity, ratings)
    # A fit that had seen it would have pooled it with its neighbours.
    assert score[10] == 1.0
    assert np.median(score) == 0.0
