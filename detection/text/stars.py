"""The stars that a text usually comes with, as a distribution, out of fold; and how far the given ones are from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from detection.arrays import Bools, Floats, Ints
from detection.text import MOST_CHARACTERS
from detection.text.polarity import polarity
from detection.text.ridge import Block, blocks_of, out_of_fold
from detection.text.terms import common_headings, marked_words, normalised, text_sha256, tf_idf, tf_idf_of_letters

# From three of five stars' four steps on, stars and text are far apart.
FAR = 0.75
# The most suspicious in the first round don't teach in the second.
_SET_ASIDE = 0.04
_WORDS, _LETTERS, _POLARITY, _KNOWN, _DENSE = 2.0, 1.0, 0.05, 0.05, 0.3
# Few texts are cut into more folds, very few ones several times; beyond, one cut into five is as good.
_VERY_FEW, _DRAWINGS = 600, 3
_FEW, _FOLDS_OF_FEW, _FOLDS = 2_500, 10, 5
_BANDS = 5
# Two scales of five and ten, halves too, still fit.
_MOST_VALUES = 25
# The distribution is learned on so many rows at most: it has some thirty inputs.
_MOST_TEACH = 8_000
_RIDGE = 0.3
# An input that spreads less differs by rounding only.
_CONSTANT = 1e-9
# How fast a rating stops counting as the one that was given, as a share of the scale.
_NEAR = 0.1
# Chances below these are not told apart: no text is that clear.
_LEAST_FAR, _LEAST_NEAR = 1e-3, 3e-3


@dataclass(frozen=True, slots=True)
class Features:
    """Texts of one language as blocks of features; the first one is of the words ``terms``."""

    texts: tuple[str, ...]
    headings: frozenset[str]
    blocks: tuple[Block, ...]
    terms: tuple[str, ...]
    digests: Ints

    def with_vectors(self, vectors: Floats) -> Features:
        """The same with a block of sentence embeddings more."""
        return replace(self, blocks=(*self.blocks, *blocks_of([(vectors, _DENSE)])))


@dataclass(frozen=True, slots=True)
class Prediction:
    """What stars texts usually come with: ``chances`` (n, k) of ``values`` (k, rising, on the scale 0..1), out of fold.

    ``weights`` (of the first block's columns) are what each term adds to the stars, ``teaches`` the rows that taught.
    """

    values: Floats
    chances: Floats
    weights: Floats
    teaches: Bools

    @property
    def expected(self) -> Floats:
        """The mean of each distribution."""
        return self.chances @ self.values

    def span(self, row: int, share: float = 0.9) -> tuple[float, float]:
        """The shortest run of values that holds at least this share of one text's chances."""
        sums = np.r_[0.0, np.cumsum(self.chances[row])]
        runs = [
            (last - first, first, last)
            for first in range(len(self.values))
            for last in range(first, len(self.values))
            if sums[last + 1] - sums[first] >= share - 1e-9
        ]
        _, first, last = min(runs)
        return float(self.values[first]), float(self.values[last])


def read(texts: Sequence[str], language: str, known: Floats | None = None) -> Features:
    """Features of texts of one language, each up to ``MOST_CHARACTERS``: words, letters and, where listed, polarity.

    ``known`` (n,) are the stars that a model from elsewhere expects (``prior``), on any scale.
    """
    seen = tuple(normalised_lines(text) for text in texts)
    headings = common_headings(seen)
    terms, words = tf_idf(seen, lambda text: marked_words(text, headings))
    matrices: list[tuple[Any, float]] = [(words, _WORDS), (tf_idf_of_letters(seen), _LETTERS)]
    listed = polarity(seen, language, headings)
    if listed is not None:
        matrices.append((listed, _POLARITY))
    if known is not None and known.std() > _CONSTANT:
        matrices.append((((known - known.mean()) / known.std())[:, None], _KNOWN))
    digests = np.array([int(text_sha256(text)[:12], 16) for text in texts], dtype="int64")
    return Features(seen, headings, tuple(blocks_of(matrices)), terms, digests)


def normalised_lines(text: str) -> str:
    """The text's first ``MOST_CHARACTERS`` in NFC, its lines kept apart."""
    return "\n".join(normalised(line) for line in text[:MOST_CHARACTERS].split("\n"))


def predict(features: Features, ratings: Floats, groups: Ints) -> Prediction:
    """The distribution of ratings (0..1) of each text, learned from the others.

    Ridge regressions on each block, of the rating and of its fifths of the scale; a multinomial regression on what they
    say out of fold (stacking: Wolpert, 1992), with ``groups`` (platform and kind of place) as indicators. A group's
    ratings are only ever those that it shows. Two rounds: the most suspicious of the first don't teach in the second.
    Texts that are alike share a fold, so that a copy never predicts its twin.
    """
    everyone = np.ones(len(ratings), dtype=bool)
    # Letters cost most and say little where there are many words: of many texts they teach in the second round only.
    few = len(ratings) <= _FEW
    rough = features if few else replace(features, blocks=(features.blocks[0], *features.blocks[2:]))
    # One thread gives the same bits on every machine, and small matrices take two a half more CPU time.
    with threadpool_limits(limits=1):
        first = _round(rough, ratings, groups, everyone)
        score = disagreement(first, ratings)
        teaches = score <= np.quantile(score, 1.0 - _SET_ASIDE) if len(score) else everyone
        return _round(features, ratings, groups, teaches)


def disagreement(prediction: Prediction, ratings: Floats) -> Floats:
    """The logarithm of how much more likely a text's stars are far from those given than near them."""
    apart = np.abs(prediction.values[None] - ratings[:, None])
    far = (prediction.chances * (apart >= FAR - 1e-9)).sum(axis=1)
    near = (prediction.chances * np.exp(-apart / _NEAR)).sum(axis=1)
    return np.asarray(np.log(far + _LEAST_FAR) - np.log(near + _LEAST_NEAR), dtype="float64")


def _round(features: Features, ratings: Floats, groups: Ints, teaches: Bools) -> Prediction:
    number = _FOLDS_OF_FEW if len(ratings) <= _FEW else _FOLDS
    values = values_of(ratings)
    targets = _targets(ratings)
    chances, weights = [], []
    for drawing in range(_DRAWINGS if len(ratings) <= _VERY_FEW else 1):
        folds = _folds(features.digests, number, drawing)
        said = [out_of_fold(block, targets, folds, teaches) for block in features.blocks]
        inputs = np.hstack([each for each, _ in said])
        chances.append(_distribution(inputs, ratings, groups, folds, teaches, values))
        weights.append(said[0][1])
    return Prediction(values, np.mean(chances, axis=0), np.mean(weights, axis=0), teaches)


def values_of(ratings: Floats) -> Floats:
    """The ratings that are told apart: those given, or tenths of the scale where there are many."""
    found = np.unique(np.round(ratings, 6))
    return found if len(found) <= _MOST_VALUES else np.unique(np.round(ratings * 10.0) / 10.0)


def _targets(ratings: Floats) -> Floats:
    """The rating, and which fifth of the scale it is nearest to."""
    band = np.clip(np.round(ratings * (_BANDS - 1)), 0, _BANDS - 1)
    return np.column_stack([ratings, *(band == each for each in range(_BANDS))]).astype("float64")


def _folds(digests: Ints, number: int, drawing: int) -> Ints:
    return (digests >> (8 * drawing)) % number


def _distribution(inputs: Floats, ratings: Floats, groups: Ints, folds: Ints, teaches: Bools, values: Floats) -> Floats:
    """Chances of the values by multinomial regression, out of fold."""
    labels = np.abs(ratings[:, None] - values).argmin(axis=1)
    names, group = np.unique(groups, return_inverse=True)
    held = inputs[teaches] if teaches.any() else inputs
    spread = held.std(axis=0)
    scaled = (inputs - held.mean(axis=0)) / np.where(spread > _CONSTANT, spread, 1.0)
    if len(names) > 1:
        scaled = np.hstack([scaled, (groups[:, None] == names).astype("float64")])
    chances = np.zeros((len(ratings), len(values)))
    for fold in np.unique(folds):
        taught = np.flatnonzero((folds != fold) & teaches)[:_MOST_TEACH]
        here = folds == fold
        given = np.unique(labels[taught])
        if len(given) < 2:
            chances[np.ix_(here, given)] = 1.0
            continue
        model = LogisticRegression(C=_RIDGE, max_iter=300, tol=1e-3).fit(scaled[taught], labels[taught])
        chances[np.ix_(here, given)] = model.predict_proba(scaled[here])
    shown = np.zeros((len(names), len(values)), dtype=bool)
    shown[group, labels] = True
    chances = np.where(shown[group], chances + 1e-9, 0.0)
    return np.asarray(chances / chances.sum(axis=1, keepdims=True), dtype="float64")
