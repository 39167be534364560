"""How many words of praise and of complaint a text holds, by word lists: what a language's few reviews can't teach."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from detection.arrays import Floats
from detection.text.terms import parts_of
from detection.text.wordlists import Hit, Reader, WordList, load, phrases, words_of

# Up to so many words before a word, "not" turns it; some languages put it right behind.
_BEFORE, _BEHIND = 3, 1
_NOT_BEHIND = frozenset({"tr"})
_LONGEST_WORD = 40
# A column that spreads less differs by rounding only.
_CONSTANT = 1e-9


@cache
def spoken() -> frozenset[str]:
    """The two-letter codes of the languages that have word lists."""
    said = load("polarity")
    return frozenset.intersection(*(frozenset(by_language) for by_language in said.values()))


def short_words(text: str) -> list[str]:
    """The folded words of a text, cut where no listed word is as long: looking one up costs its length squared."""
    return [word[:_LONGEST_WORD] for word in words_of(text)]


def polarity(texts: Sequence[str], language: str, headings: frozenset[str]) -> Floats | None:
    """A row for each text: for each heading the words of praise, of complaint, their balance and the length.

    Columns are standardised and scaled so that a row's length is about 1; ``None`` in a language without word lists.
    """
    code = language[:2].lower()
    if code not in spoken() or not texts:
        return None
    reader = Reader(_listed(code))
    places = {name: place for place, name in enumerate(["", *sorted({name.lower() for name in headings})])}
    counts = np.zeros((len(texts), len(places), 3))
    for row, text in enumerate(texts):
        for heading, part in parts_of(text, headings):
            words = short_words(part)
            counts[row, places[heading]] += (*_counted(reader.hits(words), code), len(words))
    praise, complaint, length = counts[..., 0], counts[..., 1], counts[..., 2]
    columns = np.concatenate(
        [
            np.log1p(praise),
            np.log1p(complaint),
            _balance(praise, complaint),
            np.log1p(length),
            length > 0,
            _balance(praise.sum(axis=1, keepdims=True), complaint.sum(axis=1, keepdims=True)),
        ],
        axis=1,
    )
    spread = columns.std(axis=0)
    scaled = (columns - columns.mean(axis=0)) / np.where(spread > _CONSTANT, spread, 1.0)
    return np.asarray(scaled / np.sqrt(scaled.shape[1]), dtype="float64")


def balance_of(text: str, language: str) -> float:
    """A text's words of praise less those of complaint, from -1 to 1; 0 in a language without word lists."""
    code = language[:2].lower()
    if code not in spoken():
        return 0.0
    praise, complaint = _counted(Reader(_listed(code)).hits(short_words(text)), code)
    return (praise - complaint) / (praise + complaint + 1.0)


def _balance(praise: Floats, complaint: Floats) -> Floats:
    return np.asarray((praise - complaint) / (praise + complaint + 1.0), dtype="float64")


def _counted(hits: Sequence[Hit], code: str) -> tuple[int, int]:
    """Words of praise and of complaint, turned ones on the other side."""
    turns = [hit.start for hit in hits if hit.label == "not"]
    behind = _BEHIND if code in _NOT_BEHIND else -1
    praise = complaint = 0
    place = 0
    for hit in hits:
        if hit.label == "not":
            continue
        while place < len(turns) and turns[place] < hit.start - _BEFORE:
            place += 1
        near = turns[place : place + _BEFORE + 2]
        turned = any(1 <= hit.start - turn <= _BEFORE or 0 <= turn - hit.end <= behind for turn in near)
        if (hit.label == "positive") != turned:
            praise += 1
        else:
            complaint += 1
    return praise, complaint


@cache
def _listed(code: str) -> WordList:
    return WordList({label: phrases(by_language[code]) for label, by_language in load("polarity").items()})
