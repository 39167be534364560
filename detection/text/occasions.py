"""The occasion that a review names: what brings a crowd of guests to one place at one time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from detection.text.wordlists import Reader, WordList, load, phrases, words_of


def occasions(texts: Sequence[str]) -> list[frozenset[str]]:
    """The kinds of occasion that each text names: ``wedding``, ``conference``, ``group_tour`` and so on.

    Words of all languages are looked for at once. A text may name an occasion in passing: what tells is the share of a
    crowd that names the same one.
    """
    reader = Reader(_listed())
    return [frozenset(hit.label for hit in reader.hits(words_of(text))) for text in texts]


def kinds() -> tuple[str, ...]:
    """The kinds of occasion that are known."""
    return tuple(load("occasions"))


@cache
def _listed() -> WordList:
    return WordList(
        {
            kind: [phrase for said in by_language.values() for phrase in phrases(said)]
            for kind, by_language in load("occasions").items()
        }
    )
