"""The stars that a text's words come with elsewhere: what a store with few reviews can't have learned yet."""

from __future__ import annotations

import json
import re
import unicodedata
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise

import numpy as np
from scipy import sparse

from detection.arrays import Floats
from detection.text import MOST_CHARACTERS

# What a weight, and an inverse document frequency, of 1 is in the file.
WEIGHT_UNIT, IDF_UNIT = 10_000, 100
_WORD = re.compile(r"\w\w+")


@dataclass(frozen=True, slots=True)
class Model:
    """A language's ridge regression of the stars (0..1) on TF-IDF of its terms.

    ``terms`` are (term, coefficient times inverse document frequency, inverse document frequency), the numbers in
    ``WEIGHT_UNIT`` and ``IDF_UNIT``. ``correlation`` with the stars was measured with hotels held out.
    """

    language: str
    bias: float
    correlation: float
    terms: tuple[tuple[str, int, int], ...]

    def expected(self, texts: Sequence[str]) -> Floats:
        """The stars of each text; the bias where it holds no term."""
        counts = counted(texts, {term: place for place, (term, _, _) in enumerate(self.terms)})
        weights = np.array([weight for _, weight, _ in self.terms]) / WEIGHT_UNIT
        idf = np.array([each for _, _, each in self.terms]) / IDF_UNIT
        lengths = np.sqrt(np.asarray(counts.power(2) @ idf**2))
        return np.asarray(self.bias + (counts @ weights) / np.where(lengths > 0, lengths, 1.0), dtype="float64")


def prior(texts: Sequence[str], language: str) -> Floats | None:
    """The stars (0..1, not clipped) of texts (n,) of one language, each read up to ``MOST_CHARACTERS``.

    ``None`` in a language without a model.
    """
    model = models().get(language.partition("-")[0].lower())
    return None if model is None else model.expected(texts)


def terms_of(text: str) -> list[str]:
    """The words of two characters or more, in lower case, and the pairs of words that follow each other."""
    words = _WORD.findall(unicodedata.normalize("NFC", text[:MOST_CHARACTERS]).lower())
    return [*words, *(f"{first} {second}" for first, second in pairwise(words))]


def counted(texts: Sequence[str], places: Mapping[str, int]) -> sparse.csr_matrix[np.float64]:
    """1 + the logarithm of how often each text holds each term, terms in the columns ``places``."""
    found, ends = array("i"), array("q", [0])
    for text in texts:
        found.extend(places[term] for term in terms_of(text) if term in places)
        ends.append(len(found))
    matrix = sparse.csr_matrix(
        (np.ones(len(found)), np.array(found, dtype="int64"), np.array(ends, dtype="int64")),
        shape=(len(texts), len(places)),
    )
    matrix.sum_duplicates()
    matrix.data = 1.0 + np.log(matrix.data)
    return matrix


@cache
def models() -> Mapping[str, Model]:
    """The shipped models by two-letter language."""
    return read_models(resources.files("detection").joinpath("calibration", "star_words.json").read_text("utf-8"))


def read_models(text: str) -> dict[str, Model]:
    """The models of a JSON text.

    Raises:
        KeyError: a part of a model is missing.
    """
    said = json.loads(text)["languages"]
    return {
        code: Model(
            code,
            each["bias"],
            each["correlation"],
            tuple((term, weight, idf) for term, (weight, idf) in each["terms"].items()),
        )
        for code, each in said.items()
    }


def write_models(found: Sequence[Model], about: Mapping[str, str]) -> str:
    """The models' JSON, a line for each, with what ``about`` says of them; the same text for the same models."""
    heads = [f'"{name}": {json.dumps(said, ensure_ascii=False)}' for name, said in about.items()]
    lines = []
    for model in sorted(found, key=lambda each: each.language):
        terms = {term: numbers for term, *numbers in sorted(model.terms)}
        said = {"bias": model.bias, "correlation": model.correlation, "terms": terms}
        lines.append(f'"{model.language}": {json.dumps(said, ensure_ascii=False, separators=(",", ":"))}')
    return "{" + ",\n".join(['"format": 1', *heads, '"languages": {\n' + ",\n".join(lines)]) + "\n}}\n"
