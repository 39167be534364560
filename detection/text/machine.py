"""How much a text reads like a language model's: weights of words and pairs of words, learned for each language.

Letters alone are read: typography, casing and layout tell how reviews were collected rather than who wrote them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise, repeat

from detection.text import MOST_CHARACTERS
from detection.text.wordlists import words_of

_UNIT = 100


@dataclass(frozen=True, slots=True)
class Model:
    """A language's weights, in hundredths, and what was measured with hotels held out and lengths matched.

    ``auc`` with the lower end of its 95 % interval, and the ``recall`` where 1 in 100 honest reviews is beyond.
    """

    language: str
    bias: int
    weights: Mapping[str, int]
    auc: float
    auc_low: float
    recall: float

    def score(self, words: Sequence[str]) -> float:
        """The log-odds of a model against a guest, both as common; 0 for no words."""
        found = terms(words)
        if not found:
            return 0.0
        total = sum(map(self.weights.get, found, repeat(0)))
        return (self.bias + total / math.sqrt(len(found))) / _UNIT


def read_words(text: str) -> list[str]:
    """The folded words of a text's first ``MOST_CHARACTERS``."""
    return words_of(text[:MOST_CHARACTERS])


def terms(words: Sequence[str]) -> set[str]:
    """The words of a text and the pairs of words that follow each other."""
    return {*words, *map(" ".join, pairwise(words))}


@cache
def models() -> Mapping[str, Model]:
    """The shipped models by two-letter language."""
    text = resources.files("detection").joinpath("calibration", "generated_model.json").read_text("utf-8")
    return read_models(text)


def read_models(text: str) -> dict[str, Model]:
    """The models of a JSON text.

    Raises:
        KeyError: a part of a model is missing.
    """
    names = ("bias", "weights", "auc", "auc_low", "recall")
    said = json.loads(text)["languages"]
    return {code: Model(code, **{name: each[name] for name in names}) for code, each in said.items()}


def write_models(found: Sequence[Model]) -> str:
    """The models' JSON, a line for each; the same text for the same models."""
    lines = []
    for each in sorted(found, key=lambda model: model.language):
        measured = {"auc": each.auc, "auc_low": each.auc_low, "recall": each.recall, "bias": each.bias}
        rest = {**measured, "weights": dict(sorted(each.weights.items()))}
        lines.append(f'"{each.language}": {json.dumps(rest, ensure_ascii=False, separators=(",", ":"))}')
    return '{"format": 1, "languages": {\n' + ",\n".join(lines) + "\n}}\n"
