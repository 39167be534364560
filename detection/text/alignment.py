"""How much two texts have word for word, in order or in passages: exact, and the same both ways."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from rapidfuzz import process
from rapidfuzz.distance import LCSseq

from detection.arrays import Floats, Ints
from detection.text.copies import Pairs, Words

# Words' worth of doubt that what follows a word follows from it; a phrase that many write says little more than its
# first word.
_DOUBT = 200.0
# So much in common is worth half of what any more would be: some twelve ordinary words.
_HALF_BITS = 100.0
# A word that only one has weighs against a copy by half of what an ordinary word in common weighs for it.
_BITS_APART = 4.0
# Words that are numbered and aligned together: code points stand for them.
_TOGETHER = 400_000
_SURROGATES = 0xD800
# A pair that has fewer of its words in order is no copy word for word.
_LEAST_IN_ORDER = 0.4
# With so much that is rare in common a pair is looked at all the same.
_LEAST_COSINE = 0.3


def information(words: Words, listing: Ints, times: Floats) -> Floats:
    """Bits that each word tells, given the one before it, among all texts or among those of its listing (a code each).

    ``times`` says how often each text counts. The smaller counts: what many write, or what many write of one place (its
    dishes, its slogan), tells little. A bigram model with a Dirichlet prior (MacKay & Peto, 1995).
    """
    often = times[words.text]
    count = np.bincount(words.word, weights=often, minlength=len(words.names))
    alone = count[words.word] / max(float(often.sum()), 1.0)
    begins = np.zeros(len(words.word), dtype=bool)
    begins[words.start[:-1][words.lengths > 0]] = True
    before = np.where(begins, len(words.names), np.concatenate([[0], words.word[:-1]])[: len(words.word)])
    everywhere = _following(before, words.word, alone, often, own=0.0)
    home = listing[words.text] * (len(words.names) + 1) + before
    here = _following(pd.factorize(home)[0].astype("int64"), words.word, everywhere, often, own=1.0)
    return np.asarray(-np.log2(np.maximum(everywhere, here)), dtype="float64")


def _following(before: Ints, word: Ints, prior: Floats, often: Floats, own: float) -> Floats:
    """The chance of each word after the one before it; ``own`` uses of it are not counted."""
    place = pd.factorize(before * (int(word.max(initial=0)) + 1) + word)[0]
    pairs = np.bincount(place, weights=often)[place]
    befores = np.bincount(before, weights=often)[before]
    return np.asarray(
        (np.maximum(pairs - own, 0.0) + _DOUBT * prior) / (np.maximum(befores - own, 0.0) + _DOUBT), dtype="float64"
    )


@dataclass(frozen=True, slots=True)
class Shared:
    """For each pair of texts the share of the longer one's words that both have, the bits that these tell, and how many
    words the longer one has.
    """

    likeness: Floats
    bits: Floats
    words: Ints

    @property
    def score(self) -> Floats:
        """What is shared tells for a copy, each word that is not tells against it: 0 to 1."""
        return score_of(self.likeness, self.bits, self.words)


def score_of(likeness: Floats, bits: Floats, words: Ints) -> Floats:
    """A pair's score, 0 to 1: a log-likelihood ratio of copy and chance, in bits, on a bounded scale."""
    ratio = np.maximum(bits - _BITS_APART * (1.0 - likeness) * words, 0.0)
    return np.asarray(ratio / (ratio + _HALF_BITS), dtype="float64")


def align(words: Words, bits: Floats, pairs: Pairs) -> Shared:
    """What two texts share: in a longest common subsequence (Hirschberg, 1977), or in passages of two words and more
    that both hold, in whatever order; whichever tells more. The same words in the same order have likeness 1.
    """
    told = np.zeros((2, len(pairs.first)))
    for chunk in _chunks(words, pairs):
        first, second = pairs.first[chunk], pairs.second[chunk]
        inside = _code_points(words, first, second)
        one, other = [inside[text] for text in first], [inside[text] for text in second]
        length = process.cpdist(one, other, scorer=LCSseq.similarity, dtype=np.int32)
        longest = np.maximum(words.lengths[first], words.lengths[second])
        close = pairs.cosine[chunk] >= _LEAST_COSINE
        worth = np.flatnonzero(close | (length >= _LEAST_IN_ORDER * longest))
        said = _in_order(words, bits, first[worth], second[worth], [one[n] for n in worth], [other[n] for n in worth])
        shuffled = np.flatnonzero(close[worth] & (length[worth] < longest[worth]))
        passages = _in_passages(words, bits, first[worth[shuffled]], second[worth[shuffled]])
        said[:, shuffled] = np.where(passages[1] > said[1, shuffled], passages, said[:, shuffled])
        told[:, chunk.start + worth] = said
    most = np.maximum(words.lengths[pairs.first], words.lengths[pairs.second])
    return Shared(told[0] / np.maximum(most, 1), told[1], most)


def _chunks(words: Words, pairs: Pairs) -> Iterator[slice]:
    """Runs of pairs with a bounded number of words."""
    total = np.cumsum(words.lengths[pairs.first] + words.lengths[pairs.second])
    ends = np.flatnonzero(np.diff(total // _TOGETHER, append=-1)) + 1
    start = 0
    for end in ends.tolist():
        yield slice(start, end)
        start = end


def _code_points(words: Words, first: Ints, second: Ints) -> dict[int, str]:
    """Each of the texts as a string with a code point for each of their different words."""
    texts = np.unique(np.concatenate([first, second]))
    place = _places(words, texts)
    code = pd.factorize(words.word[place])[0].astype("uint32")
    code += np.uint32(0x800) * (code >= _SURROGATES)
    whole = code.astype("<u4").tobytes().decode("utf-32-le")
    ends = np.cumsum(words.lengths[texts]).tolist()
    return {text: whole[start:end] for text, start, end in zip(texts.tolist(), [0, *ends], ends, strict=False)}


def _places(words: Words, texts: Ints) -> Ints:
    """Where the words of the texts stand, one text after another."""
    return _ranges(words.start[texts], words.lengths[texts])


def _ranges(start: Ints, length: Ints) -> Ints:
    """The numbers from each start on, so many of each."""
    ends = np.cumsum(length)
    return np.asarray(np.arange(int(length.sum())) + np.repeat(start - (ends - length), length), dtype="int64")


def _in_order(words: Words, bits: Floats, first: Ints, second: Ints, one: list[str], other: list[str]) -> Floats:
    """Words, and bits (rows), in a longest common subsequence; of a word's bits in both texts the fewer."""
    blocks: list[tuple[int, int, int, int]] = []
    for pair, (here, there) in enumerate(zip(one, other, strict=True)):
        # The texts in a fixed order: of several longest ones the same is taken either way.
        swapped = here > there
        found = LCSseq.opcodes(there, here) if swapped else LCSseq.opcodes(here, there)
        for block in found:
            if block.tag == "equal":
                start, at = block.src_start, block.dest_start
                length = block.src_end - start
                blocks.append((pair, at, start, length) if swapped else (pair, start, at, length))
    told = np.array(blocks, dtype="int64").reshape(-1, 4)
    in_first = _ranges(words.start[first[told[:, 0]]] + told[:, 1], told[:, 3])
    in_second = _ranges(words.start[second[told[:, 0]]] + told[:, 2], told[:, 3])
    weight = np.minimum(bits[in_first], bits[in_second])
    owner = np.repeat(told[:, 0], told[:, 3])
    return np.stack([np.bincount(owner, weights=each, minlength=len(first)) for each in (np.ones(len(owner)), weight)])


def _in_passages(words: Words, bits: Floats, first: Ints, second: Ints) -> Floats:
    """Words, and their bits (rows), beside a neighbour that they have in the other text too; of both the fewer."""
    sides = [_neighbours(words, texts) for texts in (first, second)]
    code = pd.factorize(np.concatenate([key for key, _, _ in sides]))[0].astype("int64")
    number = int(code.max(initial=-1)) + 1
    told = []
    for (_, pair, place), codes in zip(sides, np.split(code, [len(sides[0][0])]), strict=True):
        told.append((pair * number + codes, pair, place))
    shared = []
    for (mine, pair, place), (theirs, _, _) in ((told[0], told[1]), (told[1], told[0])):
        held = np.isin(mine, theirs)
        # A word between two shared neighbours counts once.
        covered = np.unique(np.concatenate([pair[held] * len(words.word) + place[held] + shift for shift in (0, 1)]))
        pair_of, at = covered // len(words.word), covered % len(words.word)
        weights = (np.ones(len(at)), bits[at])
        shared.append(np.stack([np.bincount(pair_of, weights=each, minlength=len(first)) for each in weights]))
    return np.minimum(shared[0], shared[1])


def _neighbours(words: Words, texts: Ints) -> tuple[Ints, Ints, Ints]:
    """Each two neighbouring words of texts as a number, which of the texts they are in, and where the first stands."""
    length = np.maximum(words.lengths[texts] - 1, 0)
    place = _ranges(words.start[texts], length)
    key = words.word[place] * (len(words.names) + 1) + words.word[place + 1]
    return key, np.repeat(np.arange(len(texts)), length), place
