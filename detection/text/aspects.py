"""What a review speaks of, and what it finds wrong: building work, cleanliness, staff and so on, by word lists.

A word that names a fault counts unless it is turned ("not dirty"); a word that only names the thing counts as a fault
where its clause holds a negative word or a turned positive one ("not good"), or in a review with few stars where the
clause holds no positive one; not so for what people praise in bad reviews as well.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from detection.arrays import Ints
from detection.text import MOST_CHARACTERS
from detection.text.wordlists import Hit, Reader, WordList, fold, load, phrases

# Up to so many words before a word, "not" turns it.
_REACH = 3
# On a scale from 0 to 1: up to there a review complains rather than praises.
_FEW_STARS = 0.5
# What is named in a review with few stars is at fault, but these are as often its one good point.
_PRAISED_ANYWAY = ("location", "view")
_TOKEN = re.compile(r"[^\W\d_]+|[.!?;:,()\n]")
_ENDS = ".!?;:,()\n"
_ALL = "und"
_POLAR = ("negative", "positive")


@dataclass(frozen=True, slots=True)
class Said:
    """For each review, bit n set where aspect n of ``aspects()`` is named, or found at fault; whether it was read."""

    named: Ints
    fault: Ints
    read: NDArray[np.bool_]


@cache
def aspects() -> tuple[str, ...]:
    """The names of the aspects, in the order of their bits."""
    return tuple(load("aspects"))


@cache
def languages() -> frozenset[str]:
    """The languages that have word lists."""
    return frozenset(load("polarity")["not"])


def read_aspects(texts: Sequence[str], spoken: Sequence[str], ratings: Sequence[float]) -> Said:
    """The aspects of texts in the languages ``spoken``, with ratings from 0 to 1.

    Where the language is not known ("und"), the words of all of them are looked for. A text in a language without word
    lists is not read.
    """
    named, fault = np.zeros(len(texts), dtype="int64"), np.zeros(len(texts), dtype="int64")
    read = np.zeros(len(texts), dtype=bool)
    rows_of = defaultdict(list)
    for row, language in enumerate(spoken):
        code = language[:2].lower() if language != _ALL else _ALL
        if texts[row] and (code == _ALL or code in languages()):
            rows_of[code].append(row)
    for code, rows in sorted(rows_of.items()):
        reader = Reader(_listed(code))
        read[rows] = True
        for row in rows:
            named[row], fault[row] = _judge(reader, texts[row][:MOST_CHARACTERS], ratings[row] <= _FEW_STARS)
    return Said(named, fault, read)


def _judge(reader: Reader, text: str, few_stars: bool) -> tuple[int, int]:
    named = fault = 0
    clause: list[Hit] = []
    for hit in [*reader.hits(_TOKEN.findall(fold(text))), Hit(".", 0, 0)]:
        if hit.label != ".":
            clause.append(hit)
            continue
        if clause:
            here, wrong = _judge_clause(clause, few_stars)
            named |= here
            fault |= wrong
            clause = []
    return named, fault


def _judge_clause(clause: Sequence[Hit], few_stars: bool) -> tuple[int, int]:
    """The bits of the aspects that one clause names, and of those that it finds at fault."""
    turns = {hit.end for hit in clause if hit.label == "not"}

    def turned(hit: Hit) -> bool:
        return any(hit.start - apart in turns for apart in range(_REACH))

    negative = any((hit.label == "negative") != turned(hit) for hit in clause if hit.label in _POLAR)
    positive = any((hit.label == "positive") != turned(hit) for hit in clause if hit.label in _POLAR)
    named = fault = 0
    for hit in clause:
        how, _, number = hit.label.partition(":")
        if not number:
            continue
        bit = 1 << int(number)
        named |= bit
        blamed = negative or (few_stars and not positive and int(number) not in _praised_anyway())
        if (how == "fault" and not turned(hit)) or (how == "named" and blamed):
            fault |= bit
    return named, fault


@cache
def _praised_anyway() -> frozenset[int]:
    return frozenset(aspects().index(name) for name in _PRAISED_ANYWAY)


@cache
def _listed(code: str) -> WordList:
    """The words of one language, or of all."""
    labelled: dict[str, list[str]] = {".": list(_ENDS)}

    def enter(label: str, by_language: dict[str, str]) -> None:
        said = by_language.values() if code == _ALL else [by_language[code]]
        labelled[label] = [phrase for each in said for phrase in phrases(each)]

    for number, by_kind in enumerate(load("aspects").values()):
        for kind, by_language in by_kind.items():
            enter(f"{kind}:{number}", by_language)
    for label, by_language in load("polarity").items():
        enter(label, by_language)
    return WordList(labelled)
