"""Texts that share what few others hold: the search for pairs that may be copies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from sparse_dot_topn import sp_matmul_topn

from detection.arrays import Floats, Ints
from detection.text import MOST_CHARACTERS
from detection.text.disguise import bare

# A passage between quotation marks is somebody else's, if it is of some length and not nearly all there is.
_QUOTED = re.compile(r"[\"“”„«»][^\"“”„«»]{16,}[\"“”„«»]")
_MARKS = '"“”„«»'
# Scripts without spaces: there a letter counts as a word.
_WORD = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]|[^\W_]+")

# Marks that show nothing, in a word of a script that needs none.
_UNSEEN = re.compile(r"(?<=[A-Za-z\u00c0-\u024f\u0370-\u052f])[\u00ad\u034f\u200b-\u200f\u2060-\u2064\ufeff]+")
# A Latin letter beside a Greek or Cyrillic one.
_MIXED = re.compile(r"[A-Za-z][\u0370-\u052f]|[\u0370-\u052f][A-Za-z]")
_WHOLE_WORD = re.compile(r"\w+")
_LETTERS = re.compile(r"[A-Za-z]+"), re.compile(r"[\u0370-\u052f]+")
_LATIN = "latin "

# A word in more texts than this tells nothing of who wrote it; a pair of words is rarer.
_COMMON_WORD, _COMMON_PAIR = 1_000, 200
# Pairs of neighbours, and of words with one between them.
_REACH = (1, 2)
_FEWEST_BUCKETS, _MOST_BUCKETS = 10, 24
_NEIGHBOURS = 12
_LEAST_COSINE = 0.1
# Where so many texts are alike that all they share is common, each is held to the next with the same long phrase.
_LONG_PHRASE, _PHRASES_OF_TEXT = 8, 2
_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Words:
    """Texts as numbers of words: those of text n are ``word[start[n]:start[n + 1]]``, and ``text`` says n of each."""

    word: Ints
    start: Ints
    text: Ints
    names: NDArray[np.object_]

    @property
    def lengths(self) -> Ints:
        """Words of each text."""
        return np.diff(self.start)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of texts, ``first`` below ``second``, each once, with the cosine of what is rare in them (0: not known)."""

    first: Ints
    second: Ints
    cosine: Floats


@dataclass(frozen=True, slots=True)
class Said:
    """A text's words in their order, case folded, and where each stands in it."""

    words: list[str]
    spans: list[tuple[int, int]]


def undisguised(text: str) -> str:
    """The text as it is read, up to ``MOST_CHARACTERS``: no invisible marks in words, no letters of another alphabet.

    Letters that look alike are replaced where a text is mostly Latin and mixes alphabets in a word.
    """
    text = text[:MOST_CHARACTERS]
    if text.isascii():
        return text
    text = _UNSEEN.sub("", text)
    if not _MIXED.search(text):
        return text
    latin, other = (sum(map(len, letters.findall(text))) for letters in _LETTERS)
    return _WHOLE_WORD.sub(_as_latin, text) if latin > other else text


def _as_latin(found: re.Match[str]) -> str:
    word = found.group()
    return bare(_LATIN + word).text[len(_LATIN) :] if _LETTERS[1].search(word) else word


def split(text: str) -> list[str]:
    """The words of a text in their order, case folded, without what it quotes; of a long text the beginning."""
    return [word.casefold() for word in _WORD.findall(_own(undisguised(text)))]


def split_with_places(text: str) -> Said:
    """The words that ``split`` gives of a text without disguise, with their places."""
    found = list(_WORD.finditer(_own(text[:MOST_CHARACTERS])))
    return Said([each.group().casefold() for each in found], [each.span() for each in found])


def _own(text: str) -> str:
    if not any(mark in text for mark in _MARKS):
        return text
    own = _QUOTED.sub(lambda found: " " * len(found.group()), text)
    return own if 2 * len(own.split()) >= len(text.split()) else text


def read_words(texts: Sequence[Sequence[str]]) -> Words:
    """Number the words of texts that are split."""
    size = np.fromiter((len(words) for words in texts), dtype="int64", count=len(texts))
    flat = np.empty(int(size.sum()), dtype=object)
    flat[:] = [word for words in texts for word in words]
    word, names = pd.factorize(flat)
    text = np.repeat(np.arange(len(texts)), size)
    return Words(word.astype("int64"), np.concatenate([[0], np.cumsum(size)]), text, np.asarray(names, dtype=object))


def search(words: Words) -> Pairs:
    """Pairs of texts that may be copies: each text with the nearest by the cosine of rare words and pairs of words.

    Rare is what no more than a thousand texts hold, or two hundred for pairs; so the cost is that of the texts' length.
    Weights are inverse document frequencies (Salton & Buckley, 1988).
    """
    number = len(words.start) - 1
    rare = _rare(words)
    near = sp_matmul_topn(rare, rare.T.tocsr(), top_n=_NEIGHBOURS + 1, threshold=_LEAST_COSINE).tocoo()
    chained, to = _chained(words)
    first = np.concatenate([near.row.astype("int64"), chained])
    second = np.concatenate([near.col.astype("int64"), to])
    cosine = np.concatenate([near.data.astype("float64"), np.zeros(len(chained))])
    first, second = np.minimum(first, second), np.maximum(first, second)
    order = np.lexsort((-cosine, second, first))
    order = order[first[order] != second[order]]
    key = first[order] * number + second[order]
    order = order[np.flatnonzero(np.r_[True, key[1:] != key[:-1]][: len(key)])]
    return Pairs(first[order], second[order], np.minimum(cosine[order], 1.0))


def _rare(words: Words) -> sparse.csr_matrix:
    """A row of unit length for each text: its rare words and pairs of words by their inverse document frequency."""
    number, buckets = len(words.start) - 1, _buckets(words)
    texts, columns, weights = [], [], []
    width = 0
    kinds = [(words.word, words.text, len(words.names), _COMMON_WORD)]
    for reach in _REACH:
        inside = np.flatnonzero(words.text[reach:] == words.text[:-reach])
        pair = _mixed(words.word[inside], words.word[inside + reach], reach, buckets)
        kinds.append((pair, words.text[inside], 1 << buckets, _COMMON_PAIR))
    for term, text, size, common in kinds:
        held = np.bincount(term, minlength=size)
        rare = (held >= 2) & (held <= common)
        column = np.cumsum(rare) - 1 + width
        used = rare[term]
        texts.append(text[used])
        columns.append(column[term[used]])
        weights.append(np.log(number / held[term[used]]).clip(0.0) + 1.0)
        width += int(rare.sum())
    row, place = np.concatenate(texts).astype("int32"), np.concatenate(columns).astype("int32")
    said = sparse.csr_matrix((np.concatenate(weights).astype("float32"), (row, place)), shape=(number, width))
    said.sum_duplicates()
    norm = np.sqrt(np.bincount(np.repeat(np.arange(number), np.diff(said.indptr)), said.data**2, minlength=number))
    said.data /= np.repeat(norm, np.diff(said.indptr)).astype("float32")
    return said


def _buckets(words: Words) -> int:
    """Bits of a bucket's number: eight buckets for a word, within bounds."""
    return min(max((8 * len(words.word)).bit_length(), _FEWEST_BUCKETS), _MOST_BUCKETS)


def _mixed(one: Ints, other: Ints, salt: int, buckets: int) -> Ints:
    """A bucket for each pair of numbers."""
    mixed = (one.astype("uint64") + np.uint64(salt)) * _MIX
    mixed ^= mixed >> np.uint64(31)
    mixed = (mixed + other.astype("uint64")) * _MIX
    mixed ^= mixed >> np.uint64(29)
    return np.asarray(mixed * _MIX >> np.uint64(64 - buckets), dtype="int64")


def _chained(words: Words) -> tuple[Ints, Ints]:
    """Texts in a row that hold the same long phrase, where more hold it than the search by rarity looks at."""
    inside, bucket, held = phrases(words, _LONG_PHRASE)
    many = held[bucket] > _COMMON_PAIR
    bucket, text = bucket[many], words.text[inside[many]]
    # Of each text the phrases with the smallest hashes: copies choose the same ones.
    order = np.lexsort((bucket, text))
    bucket, text = bucket[order], text[order]
    fresh = np.r_[True, (bucket[1:] != bucket[:-1]) | (text[1:] != text[:-1])][: len(text)]
    bucket, text = bucket[fresh], text[fresh]
    few = np.arange(len(text)) - np.searchsorted(text, text) < _PHRASES_OF_TEXT
    bucket, text = bucket[few], text[few]
    order = np.lexsort((text, bucket))
    bucket, text = bucket[order], text[order]
    same = np.flatnonzero(bucket[1:] == bucket[:-1])
    return text[same], text[same + 1]


def repetition(words: Words) -> Floats:
    """How many texts hold what a text says: of its phrases of eight words the middle one's count, at least 1."""
    inside, bucket, held = phrases(words, _LONG_PHRASE)
    result = np.ones(len(words.start) - 1)
    text, count = words.text[inside], held[bucket]
    order = np.lexsort((count, text))
    each = np.bincount(text, minlength=len(result))
    ends = np.cumsum(each)
    told = np.flatnonzero(each)
    result[told] = count[order][(ends - each + each // 2)[told]]
    return np.maximum(result, 1.0)


def phrases(words: Words, length: int) -> tuple[Ints, Ints, Ints]:
    """Where each run of ``length`` words of one text begins, its bucket, and how often each bucket is used."""
    number, buckets = max(len(words.word) - length + 1, 0), _buckets(words)
    inside = np.flatnonzero(words.text[:number] == words.text[len(words.text) - number :])
    mixed = np.zeros(number, dtype="uint64")
    for place in range(length):
        mixed = (mixed + words.word[place : number + place].astype("uint64") + np.uint64(1)) * _MIX
        mixed ^= mixed >> np.uint64(29)
    bucket = (mixed[inside] * _MIX >> np.uint64(64 - buckets)).astype("int64")
    return inside, bucket, np.bincount(bucket, minlength=1 << buckets)
