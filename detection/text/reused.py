"""Every review with its nearest text under another name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detection.arrays import Floats, Ints
from detection.text.alignment import align, information, score_of
from detection.text.copies import Words, read_words, repetition, search, split
from detection.text.forms import form_words
from detection.text.repeats import one_guest

# A shorter text that many write, of many places and for long, is a phrase, and each use of it makes it more so; of
# others so many uses count, that more copies do not tell less.
_PHRASE_WORDS, _MOST_USES = 20, 5
_STOCK_LISTINGS, _STOCK_ACCOUNTS, _STOCK_DAYS = 10, 20, 365
# Texts as much alike may be one guest's; of texts with many reviews the first few are looked at.
_ONE_GUEST, _SAME, _FIRST = 0.8, 0.95, 3


@dataclass(frozen=True, slots=True)
class Compared:
    """For each review its ``score`` (0: none is near under another name), the bits that its text tells, its ``guest``.

    ``first`` and ``second`` are rows of reviews with alike texts, with ``likeness`` and ``pair_score``: a tree rather
    than all pairs where many have one text. ``texts`` is the number of different texts. ``stock`` marks short texts
    that many write everywhere, ``formed`` those of which the words of a form were left out.
    """

    score: Floats
    told: Floats
    guest: Ints
    words: Ints
    same: Ints
    stock: NDArray[np.bool_]
    formed: NDArray[np.bool_]
    texts: int
    first: Ints
    second: Ints
    likeness: Floats
    pair_score: Floats


def compare(reviews: pd.DataFrame, least_score: float) -> Compared:
    """Compare the texts of reviews, each with all others; pairs are kept from ``least_score`` on.

    ``reviews`` has the columns of ``one_guest`` and ``text``, rows in a fixed order.
    """
    said = [split(text) for text in reviews["text"]]
    same, head, words = _numbered(said)
    formed = np.zeros(len(said), dtype=bool)
    platform, listing = _codes(reviews, "platform"), _codes(reviews, "listing_key")
    form = form_words(words, platform[head], listing[head], reviews["day"].to_numpy(dtype="int64")[head])
    if form.any():
        own = [
            [word for word, left in zip(said[row], form[start:end].tolist(), strict=True) if not left]
            for row, start, end in zip(head.tolist(), words.start[:-1].tolist(), words.start[1:].tolist(), strict=True)
        ]
        formed = np.bincount(words.text, weights=form, minlength=len(head))[same] > 0
        same, head, words = _numbered([own[text] for text in same.tolist()])
    times = np.bincount(same, minlength=len(head)).astype("float64")
    stock = _stock(reviews, same, (times > _MOST_USES) & (words.lengths < _PHRASE_WORDS))
    times[~stock] = np.minimum(times[~stock], _MOST_USES)
    # A long text's copies count as one: what a campaign says is not thereby what everybody says.
    long = words.lengths >= _PHRASE_WORDS
    times[long] = 1.0 / repetition(words)[long]
    bits = information(words, listing[head], times)
    pairs = search(words)
    shared = align(words, bits, pairs)
    score = shared.score
    near = np.flatnonzero(score >= least_score)
    one, other, likeness, score = pairs.first[near], pairs.second[near], shared.likeness[near], score[near]
    rows = np.argsort(same, kind="stable")
    starts = np.searchsorted(same[rows], np.arange(len(head) + 1))
    alike = likeness >= _ONE_GUEST
    equal = likeness >= _SAME
    guest = one_guest(
        reviews,
        _groups(rows, starts, one[alike], other[alike]),
        _groups(rows, starts, one[equal], other[equal]),
    )
    told = np.bincount(words.text, weights=bits, minlength=len(head)).astype("float64")
    exact = score_of(np.ones(len(head)), told, words.lengths)
    several = _another(rows, starts, guest)
    best = np.where(several >= 0, exact, 0.0)
    apart = (several[one] >= 0) | (several[other] >= 0) | (guest[head[one]] != guest[head[other]])
    for here in (one, other):
        np.maximum.at(best, here[apart], score[apart])
    one, other, likeness, score = one[apart], other[apart], likeness[apart], score[apart]
    # Rows of different guests stand for two alike texts.
    first, second = head[one], head[other]
    clash = guest[first] == guest[second]
    second = np.where(clash & (several[other] >= 0), several[other], second)
    first = np.where(clash & (several[other] < 0), several[one], first)
    row = np.flatnonzero(same[rows][1:] == same[rows][:-1])
    return Compared(
        score=best[same],
        told=told[same],
        guest=guest,
        words=words.lengths[same],
        same=same,
        stock=stock[same],
        formed=formed,
        texts=len(head),
        first=np.concatenate([first, rows[row]]),
        second=np.concatenate([second, rows[row + 1]]),
        likeness=np.concatenate([likeness, np.ones(len(row))]),
        pair_score=np.concatenate([score, exact[same[rows[row]]]]),
    )


def _numbered(said: list[list[str]]) -> tuple[Ints, Ints, Words]:
    """A number for each text, equal ones alike, the first row of each, and their words."""
    whole = np.fromiter((" ".join(each) for each in said), dtype=object, count=len(said))
    same = pd.factorize(whole)[0].astype("int64")
    _, head = np.unique(same, return_index=True)
    return same, head, read_words([said[row] for row in head])


def _codes(reviews: pd.DataFrame, name: str) -> Ints:
    return pd.factorize(reviews[name].to_numpy(dtype=object))[0].astype("int64")


def _stock(reviews: pd.DataFrame, same: Ints, often: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of the texts used ``often`` stand at many listings, under many accounts and for long."""
    used = reviews[often[same]]
    uses = used.groupby(same[often[same]])
    accounts = uses["reviewer_key"].nunique() + used["reviewer_key"].isna().groupby(same[often[same]]).sum()
    wide = (uses["listing_key"].nunique() >= _STOCK_LISTINGS) & (accounts >= _STOCK_ACCOUNTS)
    stock = wide & (uses["day"].max() - uses["day"].min() >= _STOCK_DAYS)
    result = np.zeros(len(often), dtype=bool)
    result[stock[stock].index.to_numpy(dtype="int64")] = True
    return result


def _groups(rows: Ints, starts: Ints, one: Ints, other: Ints) -> Iterator[Ints]:
    """Rows of reviews with one text, and the first rows of two alike ones."""
    for text in np.flatnonzero(np.diff(starts) > 1).tolist():
        yield rows[starts[text] : starts[text + 1]]
    for here, there in zip(one.tolist(), other.tolist(), strict=True):
        yield np.concatenate(
            [rows[starts[text] : min(starts[text + 1], starts[text] + _FIRST)] for text in (here, there)]
        )


def _another(rows: Ints, starts: Ints, guest: Ints) -> Ints:
    """For each text the first row by another guest than its first row's, -1 where one guest wrote all of them."""
    result = np.full(len(starts) - 1, -1, dtype="int64")
    first = np.repeat(guest[rows[starts[:-1]]] if len(rows) else rows, np.diff(starts))
    text = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    differs = np.flatnonzero(guest[rows] != first)[::-1]
    result[text[differs]] = rows[differs]
    return result
