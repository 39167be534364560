"""Stars predicted from text, out of fold."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

MOST_CHARACTERS = 4_000

_FOLDS = 5
# The most suspicious in the first round don't teach in the second.
_SET_ASIDE = 0.04
_SPARSE_PENALTY, _DENSE_PENALTY = 1.0, 0.3
# Reviews' worth of doubt about what a platform or a kind of place adds.
_GROUP_DAMPING = 5.0
_TOLERANCE, _MOST_STEPS, _TINY = 1e-3, 100, 1e-12
_WORD = re.compile(r"\w\w+")
# "Liked: ...", "Nachteile: ...": a line's first words before a colon head a part of the text, if many texts have them.
_HEADING = re.compile(r"^[^\S\n]*([^\W\d_][^:\n]{0,23}):(?=\s)", re.MULTILINE)
_HEADING_SHARE = 0.1
_MARK = "\x1f"


@dataclass(frozen=True, slots=True)
class Prediction:
    """Out-of-fold predictions on the scale 0..1, and the words that are quoted, with weights that favour rare ones."""

    expected: Floats
    words: tuple[str, ...]
    word_weights: Floats
    matrix: sparse.csr_matrix


@dataclass(frozen=True, slots=True)
class _Block:
    """One kind of features: a row for each text, the same transposed, and the ridge penalty."""

    matrix: Any
    transposed: Any
    penalty: float

    def gram(self, dual: Floats) -> Floats:
        return np.asarray(self.matrix @ (self.transposed @ dual), dtype="float64")


def normalised(text: str) -> str:
    """The text as it is hashed and embedded: NFC, one space between words."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def text_sha256(text: str) -> str:
    """SHA-256 of the normalised text, in hex."""
    return hashlib.sha256(normalised(text).encode("utf-8", "surrogatepass")).hexdigest()


def predict(texts: Sequence[str], ratings: Floats, groups: NDArray[np.int64], dense: Floats | None) -> Prediction:
    """Ratings (0..1) predicted from words and pairs of words, from letters, and from ``dense`` vectors.

    A ridge regression on each of these; then least squares on their out-of-fold predictions, with ``groups`` as
    indicators. Two rounds over five folds; texts that are alike share a fold, so that a copy never predicts its twin.
    A text is read up to ``MOST_CHARACTERS``.
    """
    read = [unicodedata.normalize("NFC", text[:MOST_CHARACTERS]) for text in texts]
    folds = np.array([int(text_sha256(text)[:8], 16) % _FOLDS for text in read], dtype=np.int64)
    headings = common_headings(read)
    terms, words = _tf_idf(read, lambda text: marked_words(text, headings))
    letters = _tf_idf(read, _letters())[1]
    blocks = [_Block(each, each.T.tocsr(), _SPARSE_PENALTY) for each in (words, letters)]
    if dense is not None:
        blocks.append(_Block(dense, dense.T, _DENSE_PENALTY))
    everyone = np.ones(len(ratings), dtype=bool)
    first, _ = _out_of_fold(blocks, ratings, groups, folds, everyone)
    off = np.abs(ratings - first)
    teaches = off <= np.quantile(off, 1.0 - _SET_ASIDE) if len(off) else everyone
    expected, weights = _out_of_fold(blocks, ratings, groups, folds, teaches)
    texts_with = np.bincount(words.indices, minlength=words.shape[1])
    # Words of every text ("and", "the") carry weight too, but tell a reader nothing.
    return Prediction(expected, terms, weights * np.log(max(len(read), 1) / np.maximum(texts_with, 1)), words)


def driving_words(prediction: Prediction, row: int, *, praise: bool, most: int = 8) -> list[str]:
    """The words of one text that pull its prediction up (``praise``) or down most."""
    cells = prediction.matrix[row]
    pull = cells.data * prediction.word_weights[cells.indices] * (1.0 if praise else -1.0)
    order = np.argsort(-pull, kind="stable")
    told = (prediction.words[cells.indices[i]].rpartition(_MARK)[2] for i in order if pull[i] > 0)
    return list(dict.fromkeys(told))[:most]


def common_headings(texts: Sequence[str]) -> frozenset[str]:
    """The headings ("Liked", "Disliked") at line beginnings that at least a tenth of the texts have."""
    counts = Counter(found for text in texts for found in set(_HEADING.findall(text)))
    return frozenset(name for name, count in counts.items() if count >= max(2.0, _HEADING_SHARE * len(texts)))


def marked_words(text: str, headings: frozenset[str]) -> list[str]:
    """Words and pairs of words in lower case, marked with the heading that they stand under."""
    said: list[str] = []
    for heading, part in _parts(text, headings):
        words = _WORD.findall(part.lower())
        said.extend(heading + word for word in words)
        said.extend(f"{heading}{first} {second}" for first, second in pairwise(words))
    return said


def _parts(text: str, headings: frozenset[str]) -> list[tuple[str, str]]:
    heads = [found for found in _HEADING.finditer(text) if found[1] in headings] if headings else []
    starts = [0, *(found.end() for found in heads)]
    ends = [*(found.start() for found in heads), len(text)]
    names = ["", *(found[1].lower() + _MARK for found in heads)]
    return [(name, text[start:end]) for name, start, end in zip(names, starts, ends, strict=True)]


def _letters() -> Callable[[str], list[str]]:
    analyse: Callable[[str], list[str]] = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 4)).build_analyzer()
    return analyse


def _tf_idf(
    texts: Sequence[str], analyse: Callable[[str], list[str]]
) -> tuple[tuple[str, ...], sparse.csr_matrix[np.float64]]:
    vectoriser = TfidfVectorizer(analyzer=analyse, min_df=2, sublinear_tf=True)
    try:
        matrix = vectoriser.fit_transform(texts)
    except ValueError:  # No term stands in two texts.
        return ("",), sparse.csr_matrix((len(texts), 1))
    return tuple(vectoriser.get_feature_names_out()), matrix.tocsr()


def _out_of_fold(
    blocks: Sequence[_Block], ratings: Floats, groups: NDArray[np.int64], folds: NDArray[np.int64], teaches: Bools
) -> tuple[Floats, Floats]:
    """Predictions for every row by those of other folds that teach, and the first block's weights from all that do."""
    columns = np.arange(_FOLDS + 1)
    taught = (folds[:, None] != columns) & teaches[:, None]
    means = (taught * ratings[:, None]).sum(axis=0) / np.maximum(taught.sum(axis=0), 1)
    targets = taught * (ratings[:, None] - means)
    duals = [_solve(block, targets, taught.astype("float64")) for block in blocks]
    rows = np.arange(len(ratings))
    apart = [(means + block.gram(dual))[rows, folds] for block, dual in zip(blocks, duals, strict=True)]
    expected = _together(np.column_stack(apart), ratings, groups, folds, teaches)
    return expected, np.asarray(blocks[0].transposed @ duals[0][:, -1])


def _solve(block: _Block, targets: Floats, taught: Floats) -> Floats:
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


def _together(
    apart: Floats, ratings: Floats, groups: NDArray[np.int64], folds: NDArray[np.int64], teaches: Bools
) -> Floats:
    """One prediction from the blocks' by least squares, with a damped shift for each group; again out of fold."""
    indicators = (groups[:, None] == np.unique(groups)).astype("float64")
    inputs = np.column_stack([np.ones(len(ratings)), apart, indicators])
    damping = np.r_[_TINY, np.full(apart.shape[1], 0.01), np.full(indicators.shape[1], _GROUP_DAMPING)]
    expected = np.full(len(ratings), ratings[teaches].mean() if teaches.any() else 0.0)
    for fold in range(_FOLDS):
        told, held = (folds != fold) & teaches, folds == fold
        if told.any() and held.any():
            normal = inputs[told].T @ inputs[told] + np.diag(damping)
            expected[held] = inputs[held] @ np.linalg.solve(normal, inputs[told].T @ ratings[told])
    return np.asarray(np.clip(expected, 0.0, 1.0))
