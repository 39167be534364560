"""What the texts of crowds say about them: how much alike they are, and the occasion that they name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binom

from detection.arrays import Floats, Ints
from detection.hashing import hashed
from detection.protocol import Snapshot
from detection.tails import beta_binomial
from detection.text.likeness import likeness
from detection.text.occasions import occasions

# Ordinary texts, from which the usual likeness and the usual mention of occasions are learned.
_MOST_USUAL = 24_000
_GROUP = 10
# The share of pairs that are alike among an author's texts that are hardly meant to be.
_ONE_AUTHOR = 0.1
# Texts that all listings' languages count for beside a listing's own, and how well a share can be known.
_LANGUAGE_PRIOR, _LANGUAGE_DRIFT = 6.0, 0.03
# Rarer than this an occasion is not believed to be, whatever the usual texts say.
_LEAST_OCCASION = 0.02


@dataclass(frozen=True)
class CrowdTexts:
    """What each crowd's texts say; surprises are -log10 of tails.

    ``alike``: of so many pairs alike (``alike_pairs`` of ``pairs``); ``unlike``: of so few, had one author written
    them; ``language``: of so many in one language; ``occasion``: what most texts name ("" where fewer than two do),
    ``named`` by so many, with its surprise. ``close`` and ``partners`` say for each of a crowd's rows with how many of
    how many others its text is alike.
    """

    texts: Ints
    pairs: Ints
    alike_pairs: Ints
    alike: Floats
    unlike: Floats
    language: Floats
    occasion: tuple[str, ...]
    named: Ints
    occasion_surprise: Floats
    close: tuple[Ints, ...]
    partners: tuple[Ints, ...]


def read_crowds(
    crowds: Sequence[Ints],
    reviews: pd.DataFrame,
    snapshot: Snapshot,
    listings: Ints,
    names: pd.Index,
    *,
    known: NDArray[np.bool_] | None = None,
) -> CrowdTexts:
    """The texts of ``crowds`` (arrays of rows of ``reviews``), beside other texts of the same listings.

    ``listings`` are the listings' codes by row of ``reviews``, ``names`` their keys; ``known`` marks the rows whose
    texts may stand for the usual, where not all may.
    """
    codes = np.unique(listings[np.concatenate([np.zeros(0, "int64"), *crowds])])
    told = snapshot.where(
        "listing_key", hashed(pd.Series(names[codes], dtype="str")), ("review_key", "text", "language", "translated")
    )
    # A machine's translation is not its writer's words.
    told = told[(told["text"].str.len() > 0) & ~told["translated"]]
    place = pd.Series(np.arange(len(told)), index=told["review_key"])
    row_of = place.reindex(reviews["review_key"]).fillna(-1).to_numpy().astype("int64")
    members = [rows[row_of[rows] >= 0] for rows in crowds]
    inside = np.zeros(len(reviews), dtype=bool)
    for rows in crowds:
        inside[rows] = True
    if known is not None:
        inside |= ~known
    usual, group = _usual(reviews, listings, row_of, inside)
    rows = np.concatenate([np.zeros(0, "int64"), *members, usual])
    sizes = [len(each) for each in members]
    crowd = np.r_[np.repeat(np.arange(len(members)), sizes), np.full(len(usual), -1)].astype("int64")
    groups = np.r_[np.full(int(sum(sizes)), -1), group].astype("int64")
    texts = told["text"].to_numpy(dtype=object)[row_of[rows]]
    languages = told["language"].to_numpy(dtype=object)[row_of[rows]]
    found = likeness(list(texts), list(languages), crowd, groups, listings[rows], crowds=len(members))
    occasion, named, surprise = _occasions(texts, crowd, len(members))
    spoken = np.full(len(reviews), -1, dtype="int64")
    language = told["language"].where(told["language"] != "und")
    spoken[row_of >= 0] = pd.factorize(language, sort=True)[0][row_of[row_of >= 0]]
    ends = np.cumsum(sizes)
    return CrowdTexts(
        texts=np.array(sizes, dtype="int64"),
        pairs=found.pairs,
        alike_pairs=found.alike,
        alike=found.surprise,
        unlike=-binom.logcdf(found.alike, found.pairs, _ONE_AUTHOR) / np.log(10.0),
        language=_one_language(members, spoken, listings, inside),
        occasion=occasion,
        named=named,
        occasion_surprise=surprise,
        close=_spread(crowds, members, found.close, ends),
        partners=_spread(crowds, members, found.partners, ends),
    )


def _spread(crowds: Sequence[Ints], members: list[Ints], values: Ints, ends: Ints) -> tuple[Ints, ...]:
    """For each crowd, the values of its members with a text in the order of all its rows, nought elsewhere."""
    parts = []
    for rows, kept, end in zip(crowds, members, ends, strict=True):
        result = np.zeros(len(rows), dtype="int64")
        result[np.isin(rows, kept)] = values[end - len(kept) : end]
        parts.append(result)
    return tuple(parts)


def _usual(reviews: pd.DataFrame, listings: Ints, row_of: Ints, inside: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Rows of ordinary texts, and groups of some ten of one listing and end of the scale that follow one another."""
    low = reviews["low"].to_numpy(dtype=bool)
    rows = np.flatnonzero(~inside & (row_of >= 0) & (low | reviews["high"].to_numpy(dtype=bool)))
    end = listings[rows] * 2 + low[rows]
    order = np.argsort(end, kind="stable")
    rows, end = rows[order], end[order]
    group = end * 100_000 + (np.arange(len(end)) - np.searchsorted(end, end)) // _GROUP
    _, group = np.unique(group, return_inverse=True)
    step = max(1, -(-len(rows) // _MOST_USUAL))
    kept = group % step == 0
    return rows[kept], group[kept].astype("int64")


def _one_language(members: list[Ints], spoken: Ints, listings: Ints, inside: NDArray[np.bool_]) -> Floats:
    """-log10 of the beta-binomial tail of a crowd's commonest language, by the listing's and all listings' texts.

    A text whose language isn't known (-1) says nothing.
    """
    languages = int(spoken.max(initial=0)) + 1
    ordinary = np.flatnonzero((spoken >= 0) & ~inside)
    everywhere = (np.bincount(spoken[ordinary], minlength=languages) + 1.0) / (len(ordinary) + languages)
    own = np.bincount(
        listings[ordinary] * languages + spoken[ordinary], minlength=(int(listings.max(initial=0)) + 1) * languages
    ).reshape(-1, languages)
    told = [spoken[rows][spoken[rows] >= 0] for rows in members]
    counts = np.array([np.bincount(each, minlength=languages) for each in told]).reshape(-1, languages)
    home = np.array([listings[rows[0]] if len(rows) else 0 for rows in members], dtype="int64")
    most = counts.argmax(axis=1)
    count = counts[np.arange(len(most)), most].astype("float64")
    total = own[home].sum(axis=1)
    share = (own[home, most] + _LANGUAGE_PRIOR * everywhere[most]) / (total + _LANGUAGE_PRIOR)
    weight = 1.0 / (1.0 / (_LANGUAGE_PRIOR + total) + _LANGUAGE_DRIFT)
    tail = beta_binomial(count, counts.sum(axis=1).astype("float64"), np.clip(share, 0.001, 0.999), weight)
    return np.where(counts.sum(axis=1) > 1, tail, 0.0)


def _occasions(texts: NDArray[np.object_], crowd: Ints, number: int) -> tuple[tuple[str, ...], Ints, Floats]:
    named = occasions(list(texts))
    kinds = sorted(set().union(*named)) if named else []
    sizes = np.bincount(crowd[crowd >= 0], minlength=number)
    best, count, surprise = np.full(number, -1), np.zeros(number, dtype="int64"), np.zeros(number)
    for code, kind in enumerate(kinds):
        says = np.array([kind in each for each in named], dtype=bool)
        usual = (says[crowd < 0].sum() + 1.0) / ((crowd < 0).sum() + 2.0)
        here = np.bincount(crowd[(crowd >= 0) & says], minlength=number)
        tail = -binom.logsf(here - 1, np.maximum(sizes, 1), max(usual, _LEAST_OCCASION)) / np.log(10.0)
        better = (here >= 2) & (tail > surprise)
        best[better], count[better], surprise[better] = code, here[better], tail[better]
    return tuple(kinds[code] if code >= 0 else "" for code in best), count, surprise
