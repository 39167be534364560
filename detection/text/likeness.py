"""How much alike the texts of a crowd are, beside how much alike texts of the same listings usually are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binom

from detection.arrays import Floats, Ints

# Two texts are called alike from a likeness on that so many usual pairs reach.
ALIKE = 0.02

# Scripts that are written without spaces count by the character.
_TOKEN = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\w+")
_WORDS = 3
# A language with fewer usual pairs than this is compared with all languages' together.
_LEAST_PAIRS = 2_000
# Beyond so many texts a crowd is judged by its first: pairs grow with the square.
_MOST_TEXTS = 150
# A text shorter than some four rare phrases is not alike to another on their strength alone.
_LEAST_NORM = 12.0
# Usual pairs that a listing's own count for.
_SHRINK = 50.0
_MOST_PHRASES = 300
# The share of all texts up to which a crowd's own texts make a phrase common.
_OWN_SHARE = 0.002
_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Alike:
    """For each crowd ``pairs`` of texts of one language, how many of them are ``alike``, and the ``surprise``, -log10
    of the binomial tail; for each text its ``partners`` in the crowd and with how many it is alike (``close``).
    """

    surprise: Floats
    pairs: Ints
    alike: Ints
    partners: Ints
    close: Ints


def likeness(
    texts: Sequence[str],
    languages: Sequence[str],
    crowd: Ints,
    usual: Ints,
    listing: Ints | None = None,
    *,
    author: Ints | None = None,
    crowds: int | None = None,
) -> Alike:
    """Compare texts within crowds.

    ``crowd`` numbers each text's crowd from 0 (below ``crowds``, of which some may hold none), -1 for none; ``usual``
    numbers, likewise, groups of ordinary texts of one listing, from which the usual likeness of two texts of one
    language is learned; where those of one ``listing`` (a code for each text) are alike more often, its crowds are held
    to that. Two texts of one ``author`` (a code for each text) are not compared within a crowd. A text of fewer than
    three words is left out. Likeness is the cosine of word 3-shingles (Broder, 1997), weighted by their inverse
    document frequency.
    """
    number = int(crowd.max(initial=-1)) + 1 if crowds is None else crowds
    spoken = pd.factorize(np.asarray(languages, dtype=object), sort=True)[0].astype("int64")
    phrases = _phrases(texts, crowd < 0)
    said = np.bincount(phrases.text, minlength=len(texts)) > 0
    crowd, usual = np.where(said, crowd, -1), np.where(said, usual, -1)
    null = _null(phrases, usual, spoken)
    group = _by_language(_thinned(crowd), spoken)
    first, second, cosine = phrases.pairs(group)
    by = np.arange(len(texts)) if author is None else author
    hit = (null.tail(cosine, spoken[first]) <= ALIKE) & (by[first] != by[second])
    close = np.bincount(first[hit], minlength=len(texts)) + np.bincount(second[hit], minlength=len(texts))
    sizes = np.bincount(group[group >= 0], minlength=1)
    _, place, own = np.unique(group * (by.max(initial=0) + 1) + by, return_inverse=True, return_counts=True)
    partners = np.where(group >= 0, sizes[np.maximum(group, 0)] - own[place], 0)
    inside = crowd >= 0
    pairs = np.bincount(crowd[inside], weights=partners[inside], minlength=number).astype("int64") // 2
    alike = np.bincount(crowd[first[hit]], minlength=number).astype("int64")
    usually = np.full(number, ALIKE)
    if listing is not None:
        usually[crowd[inside]] = _own_rate(phrases, usual, spoken, listing, null)[listing[inside]]
    surprise = np.where(alike > 0, -binom.logsf(alike - 1, np.maximum(pairs, 1), usually) / np.log(10.0), 0.0)
    return Alike(np.clip(surprise, 0.0, 300.0), pairs, alike, partners.astype("int64"), close.astype("int64"))


@dataclass(frozen=True, slots=True)
class _Phrases:
    """The rare phrases of texts: rows (text, shingle, weight), and each text's norm."""

    text: Ints
    shingle: Ints
    weight: Floats
    norm: Floats

    def pairs(self, group: Ints) -> tuple[Ints, Ints, Floats]:
        """Pairs of texts of one group (-1: none) that share a shingle, and their cosine."""
        asked = group[self.text] >= 0
        text, shingle, weight = self.text[asked], self.shingle[asked], self.weight[asked]
        owner = group[text]
        order = np.lexsort((text, shingle, owner))
        text, shingle, weight, owner = text[order], shingle[order], weight[order], owner[order]
        starts = np.flatnonzero(np.r_[True, (owner[1:] != owner[:-1]) | (shingle[1:] != shingle[:-1])][: len(text)])
        sizes = np.diff(np.r_[starts, len(text)])
        firsts, seconds, products = [np.zeros(0, "int64")], [np.zeros(0, "int64")], [np.zeros(0)]
        for size in np.unique(sizes[sizes > 1]):
            block = starts[sizes == size]
            one, other = np.triu_indices(int(size), 1)
            firsts.append(text[block[:, None] + one].ravel())
            seconds.append(text[block[:, None] + other].ravel())
            products.append(np.repeat(weight[block] ** 2, len(one)))
        number = max(len(self.norm), 1)
        pair, place = np.unique(np.concatenate(firsts) * number + np.concatenate(seconds), return_inverse=True)
        shared = np.bincount(place, weights=np.concatenate(products), minlength=len(pair))
        first, second = pair // number, pair % number
        return first, second, np.minimum(shared / (self.norm[first] * self.norm[second]), 1.0)


@dataclass(frozen=True, slots=True)
class _Null:
    """Sorted likenesses of usual pairs by language code, and of all languages."""

    by_language: dict[int, Floats]
    pooled: Floats

    def tail(self, cosine: Floats, language: Ints) -> Floats:
        """The chance that a usual pair of that language is as much alike."""
        result = _tail(self.pooled, cosine)
        for code, values in self.by_language.items():
            rows = language == code
            result[rows] = _tail(values, cosine[rows])
        return result


def _tail(values: Floats, asked: Floats) -> Floats:
    above = len(values) - np.searchsorted(values, asked, side="left")
    return np.asarray((above + 0.5) / (len(values) + 1.0), dtype="float64")


def _null(phrases: _Phrases, usual: Ints, spoken: Ints) -> _Null:
    languages = int(spoken.max(initial=0)) + 1
    group = _by_language(usual, spoken)
    first, _, cosine = phrases.pairs(group)
    # Pairs that share nothing are not listed: they are counted from the groups' sizes.
    sizes = np.bincount(group[group >= 0], minlength=1)
    number = sizes * (sizes - 1) // 2
    of_language = np.bincount(np.arange(len(sizes)) % languages, weights=number, minlength=languages).astype("int64")
    by_language = {
        int(code): _with_noughts(cosine[spoken[first] == code], int(of_language[code]))
        for code in np.flatnonzero(of_language >= _LEAST_PAIRS)
    }
    return _Null(by_language, _with_noughts(cosine, max(int(number.sum()), 1)))


def _own_rate(phrases: _Phrases, usual: Ints, spoken: Ints, listing: Ints, null: _Null) -> Floats:
    """By listing, how often two of its usual texts are alike: at least as often as anywhere, and shrunk to that."""
    group = _by_language(usual, spoken)
    first, _, cosine = phrases.pairs(group)
    hit = null.tail(cosine, spoken[first]) <= ALIKE
    sizes = np.bincount(group[group >= 0], minlength=1)
    home = np.zeros(len(sizes), dtype="int64")
    home[group[group >= 0]] = listing[group >= 0]
    size = int(listing.max(initial=-1)) + 1
    pairs = np.bincount(home, weights=sizes * (sizes - 1) / 2, minlength=size)
    alike = np.bincount(listing[first[hit]], minlength=size)
    return np.maximum((alike + ALIKE * _SHRINK) / (pairs + _SHRINK), ALIKE)


def _with_noughts(shared: Floats, number: int) -> Floats:
    values = np.zeros(max(number, len(shared)))
    values[len(values) - len(shared) :] = np.sort(shared)
    return values


def _by_language(crowd: Ints, spoken: Ints) -> Ints:
    return np.where(crowd >= 0, crowd * (int(spoken.max(initial=0)) + 1) + spoken, -1)


def _thinned(crowd: Ints) -> Ints:
    """The crowds' numbers, -1 beyond the first texts of a large one."""
    order = np.argsort(crowd, kind="stable")
    place = np.arange(len(crowd)) - np.searchsorted(crowd[order], crowd[order])
    result = crowd.copy()
    result[order[place >= _MOST_TEXTS]] = -1
    return result


def _phrases(texts: Sequence[str], outside: NDArray[np.bool_]) -> _Phrases:
    """Each text's word 3-shingles, each once, with their inverse document frequency.

    In a small store a crowd's own phrases must not become common by the crowd alone: beyond a small share only texts
    ``outside`` of crowds count.
    """
    tokens = [_TOKEN.findall(text.casefold()) for text in texts]
    owner = np.repeat(np.arange(len(texts)), [len(each) for each in tokens])
    words = pd.factorize(np.array([word for each in tokens for word in each], dtype=object))[0].astype("uint64")
    number = max(len(words) - _WORDS + 1, 0)
    mixed = np.zeros(number, dtype="uint64")
    for place in range(_WORDS):
        mixed = (mixed + words[place : number + place] + np.uint64(1)) * _MIX
        mixed ^= mixed >> np.uint64(29)
    whole = owner[:number] == owner[_WORDS - 1 : number + _WORDS - 1]
    text, shingle = owner[:number][whole], mixed[whole].view("int64")
    order = np.lexsort((shingle, text))
    text, shingle = text[order], shingle[order]
    fresh = np.r_[True, (text[1:] != text[:-1]) | (shingle[1:] != shingle[:-1])][: len(text)]
    text, shingle = text[fresh], shingle[fresh]
    # Of an endless text the smallest hashes stand for all (bottom-k sketch): equal texts keep equal ones.
    few = np.arange(len(text)) - np.searchsorted(text, text) < _MOST_PHRASES
    text, shingle = text[few], shingle[few]
    _, code, held = np.unique(shingle, return_inverse=True, return_counts=True)
    elsewhere = np.bincount(code[outside[text]], minlength=len(held))
    held = np.minimum(held, elsewhere + 1.0 + _OWN_SHARE * len(texts))
    weight = np.log((len(texts) + 1.0) / held[code])
    norm = np.sqrt(np.bincount(text, weights=weight**2, minlength=len(texts)))
    return _Phrases(text, shingle, weight, np.maximum(norm, _LEAST_NORM))
