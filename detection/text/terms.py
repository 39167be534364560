"""A text as counted terms: words and pairs of words under their headings, where they stand, and runs of letters."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.feature_extraction.text import TfidfTransformer, TfidfVectorizer

from detection.text import MOST_CHARACTERS

_WORD = re.compile(r"\w\w+")
# "Liked: ...", "Nachteile: ...": a line's first words before a colon head a part of the text, if many texts have them.
_HEADING = re.compile(r"^[^\S\n]*([^\W\d_][^:\n]{0,23}):(?=\s)", re.MULTILINE)
_HEADING_SHARE = 0.1
# A term of one text teaches nothing of others.
_FEWEST_TEXTS = 2
# Platforms have a dozen at most; without a limit a few texts could make thousands.
MOST_HEADINGS = 40
# What comes before it says where a word stands; no word holds it.
_MARK = "\x1f"
# Words at a part's two ends are counted once more as such: guests say what they think first or last.
_END_SHARE, _END_WORDS = 4, 8


def normalised(text: str) -> str:
    """The text as it is hashed and embedded: NFC, one space between words."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def text_sha256(text: str) -> str:
    """SHA-256, in hex, of the normalised first ``MOST_CHARACTERS`` of a text: what lies beyond is never read."""
    return hashlib.sha256(normalised(text[:MOST_CHARACTERS]).encode("utf-8", "surrogatepass")).hexdigest()


def common_headings(texts: Sequence[str]) -> frozenset[str]:
    """The headings ("Liked", "Disliked") at line beginnings that at least a tenth of the texts have.

    Of more than ``MOST_HEADINGS`` the commonest.
    """
    counts = Counter(found for text in texts for found in set(_HEADING.findall(text)))
    common = [(-count, name) for name, count in counts.items() if count >= max(2.0, _HEADING_SHARE * len(texts))]
    return frozenset(name for _, name in sorted(common)[:MOST_HEADINGS])


def parts_of(text: str, headings: frozenset[str]) -> list[tuple[str, str]]:
    """The parts of a text, each with its heading in lower case, "" for what stands before the first."""
    heads = [found for found in _HEADING.finditer(text) if found[1] in headings] if headings else []
    starts = [0, *(found.end() for found in heads)]
    ends = [*(found.start() for found in heads), len(text)]
    names = ["", *(found[1].lower() for found in heads)]
    return [(name, text[start:end]) for name, start, end in zip(names, starts, ends, strict=True)]


def marked_words(text: str, headings: frozenset[str]) -> list[str]:
    """Words and pairs of words in lower case, marked with their heading; those at a long part's ends again."""
    said: list[str] = []
    for heading, part in parts_of(text, headings):
        under = heading + _MARK if heading else ""
        words = _WORD.findall(part.lower())
        said.extend(under + word for word in words)
        said.extend(f"{under}{first} {second}" for first, second in pairwise(words))
        end = max(_END_WORDS, len(words) // _END_SHARE)
        if len(words) > 2 * _END_WORDS:
            said.extend(f"{under}^{_MARK}{word}" for word in words[:end])
            said.extend(f"{under}${_MARK}{word}" for word in words[-end:])
    return said


def unmarked(term: str) -> str:
    """A term as a reader sees it."""
    return term.rpartition(_MARK)[2]


def tf_idf(texts: Sequence[str], analyse: Callable[[str], list[str]]) -> tuple[tuple[str, ...], sparse.csr_matrix]:
    """The terms that at least two texts hold and their weights: 1 + log count, times inverse document frequency."""
    vectoriser = TfidfVectorizer(analyzer=analyse, min_df=_FEWEST_TEXTS, sublinear_tf=True)
    try:
        matrix = vectoriser.fit_transform(texts)
    except ValueError:  # No term stands in two texts.
        return ("",), sparse.csr_matrix((len(texts), 1))
    return tuple(vectoriser.get_feature_names_out()), matrix.tocsr()


def tf_idf_of_letters(texts: Sequence[str]) -> sparse.csr_matrix:
    """The same weights of runs of three and four letters inside of words; each different word is cut only once."""
    said = [text.lower().split() for text in texts]
    ends = np.cumsum([0, *map(len, said)])
    flat = np.empty(int(ends[-1]), dtype=object)
    flat[:] = [word for words in said for word in words]
    word, names = pd.factorize(flat)
    held = sparse.csr_matrix((np.ones(len(word)), word, ends), shape=(len(texts), len(names)))
    place: dict[str, int] = {}
    cut = [[place.setdefault(run, len(place)) for run in runs_of(name)] for name in names]
    inside = np.array([run for runs in cut for run in runs], dtype="int64")
    bounds = np.cumsum([0, *map(len, cut)])
    runs = sparse.csr_matrix((np.ones(len(inside)), inside, bounds), shape=(len(names), len(place)))
    counts = held @ runs
    # In the order in which scikit-learn would have met them: sums of floats depend on it.
    counts.sort_indices()
    common = np.flatnonzero(np.bincount(counts.indices, minlength=len(place)) >= _FEWEST_TEXTS)
    if not len(common):
        return sparse.csr_matrix((len(texts), 1))
    counts = counts[:, common]
    names_of = np.array(list(place), dtype=object)[common].tolist()
    order = sorted(range(len(common)), key=names_of.__getitem__)
    rank = np.empty(len(common), dtype="int32")
    rank[order] = np.arange(len(common))
    counts.indices = rank[counts.indices]
    return sparse.csr_matrix(TfidfTransformer(sublinear_tf=True).fit_transform(counts))


def runs_of(word: str) -> list[str]:
    """Runs of three and four letters of a word between spaces, the word itself where it is no longer."""
    word = f" {word} "
    runs = [word[at : at + 3] for at in range(max(len(word) - 2, 1))]
    return [*runs, *(word[at : at + 4] for at in range(max(len(word) - 3, 1)))] if len(word) > 3 else runs
