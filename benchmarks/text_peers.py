"""What others would use for texts that contradict their stars: each gives a suspicion of every review, high first.

The prototype (a ridge on TF-IDF and sentence embeddings), cleanlab's label quality, the lexicons VADER and TextBlob,
and the distance from the mean. cleanlab gets this project's own predictions out of fold: its figures are those of its
scores, not of a weaker model.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from cleanlab.rank import get_label_quality_scores
from cleanlab.regression.rank import get_label_quality_scores as get_regression_scores
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold
from textblob import TextBlob
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from detection.arrays import Floats
from detection.text.stars import Prediction

LEXICONS = ("VADER", "TextBlob")
_FOLDS, _SET_ASIDE, _BANDS = 5, 0.04, 5
_HEADINGS = ("Liked: ", "Disliked: ")


def prototype(texts: Sequence[str], ratings: Floats, vectors: Floats | None) -> Floats:
    """|rating - expected| by a ridge on words, pairs of words and vectors; two rounds, five folds."""
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True).fit_transform(texts)
    features = words.tocsr() if vectors is None else sparse.hstack([words, sparse.csr_matrix(vectors)]).tocsr()
    distance = _residual(features, ratings, np.ones(len(ratings), dtype=bool))
    return _residual(features, ratings, distance <= np.quantile(distance, 1.0 - _SET_ASIDE))


def _residual(features: sparse.csr_matrix, ratings: Floats, teaches: np.ndarray) -> Floats:
    expected = np.zeros(len(ratings))
    for taught, here in KFold(_FOLDS, shuffle=True, random_state=0).split(ratings):
        rows = taught[teaches[taught]]
        expected[here] = Ridge(alpha=1.0, solver="lsqr").fit(features[rows], ratings[rows]).predict(features[here])
    return np.abs(ratings - expected)


def cleanlab_classes(prediction: Prediction, ratings: Floats, method: str) -> Floats:
    """cleanlab's classification score by ``method``, of fifths of the scale."""
    band = np.round(prediction.values * (_BANDS - 1)).astype("int64")
    chances = prediction.chances @ (band[:, None] == np.arange(_BANDS)).astype("float64")
    labels = np.round(ratings * (_BANDS - 1)).astype("int64")
    held = np.flatnonzero(np.isin(np.arange(_BANDS), labels))
    quality = get_label_quality_scores(np.searchsorted(held, labels), chances[:, held], method=method)
    return -np.asarray(quality, dtype="float64")


def cleanlab_regression(prediction: Prediction, ratings: Floats, method: str) -> Floats:
    """cleanlab's regression score by ``method``."""
    return -np.asarray(get_regression_scores(ratings, prediction.expected, method=method), dtype="float64")


def lexicon(name: str, texts: Sequence[str]) -> Floats:
    """Each text's polarity from -1 to 1 by VADER or TextBlob; the headings of its parts are no words of praise."""
    if name == "VADER":
        vader = SentimentIntensityAnalyzer()
        return np.array([vader.polarity_scores(_plain(text))["compound"] for text in texts], dtype="float64")
    return np.array([TextBlob(_plain(text)).sentiment.polarity for text in texts], dtype="float64")


def _plain(text: str) -> str:
    for heading in _HEADINGS:
        text = text.replace(heading, "")
    return text


def raw_distance(polarity: Floats, ratings: Floats) -> Floats:
    """|stars - polarity|, both from -1 to 1."""
    return np.abs(2.0 * ratings - 1.0 - polarity)


def isotonic_distance(polarity: Floats, ratings: Floats) -> Floats:
    """|rating - expected|, where expected rises with polarity; out of fold."""
    expected = np.zeros(len(ratings))
    for taught, here in KFold(_FOLDS, shuffle=True, random_state=0).split(ratings):
        model = IsotonicRegression(out_of_bounds="clip").fit(polarity[taught], ratings[taught])
        expected[here] = model.predict(polarity[here])
    return np.abs(ratings - expected)


def from_mean(ratings: Floats) -> Floats:
    """|rating - mean|."""
    return np.abs(ratings - ratings.mean())
