"""Words and phrases looked for in texts of any language: whole words, accents and case folded."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from itertools import chain
from typing import Any, NamedTuple

_WORD = re.compile(r"[^\W\d_]+")
# Letters that no Unicode decomposition brings to their plain form.
_PLAIN = {"ı": "i", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"}
_MOST_LETTERS = 20_000


class Hit(NamedTuple):
    """A phrase found: its label, the first of its words and the word after its last."""

    label: str
    start: int
    end: int


class Pattern(NamedTuple):
    """A phrase as it is looked for."""

    label: str
    first: str
    rest: tuple[str, ...]


def fold(text: str) -> str:
    """The text in lower case without accents; 'ß' is 'ss'."""
    if text.isascii():
        return text.lower()
    # Some letters have a lower case only once they are decomposed, and the other way round.
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return apart.translate(_unaccented)


class _Unaccented(dict[int, str]):
    """Each letter in its plain form, accents as nothing."""

    def __missing__(self, point: int) -> str:
        letter = chr(point)
        found = "" if unicodedata.combining(letter) else _PLAIN.get(letter, letter)
        if len(self) < _MOST_LETTERS:
            self[point] = found
        return found


_unaccented = _Unaccented()


def words_of(text: str) -> list[str]:
    """The folded words of a text in their order: runs of letters."""
    return _WORD.findall(fold(text))


@cache
def load(name: str) -> Mapping[str, Any]:
    """A file of the folder ``words`` as it stands, read once; phrases are separated by commas there."""
    return tomllib.loads(resources.files("detection.text").joinpath("words", f"{name}.toml").read_text("utf-8"))


def phrases(said: str) -> list[str]:
    """The phrases of one entry."""
    return [phrase.strip() for phrase in said.split(",") if phrase.strip()]


class WordList:
    """Labelled phrases; a word that begins or ends with ``*`` stands for all words with that end or beginning."""

    def __init__(self, labelled: Mapping[str, Iterable[str]]) -> None:
        self._whole: dict[str, list[Pattern]] = {}
        self._beginnings: dict[str, list[Pattern]] = {}
        self._ends: dict[str, list[Pattern]] = {}
        for label, said in labelled.items():
            for phrase in said:
                first, *rest = fold(phrase).replace("'", " ").replace("’", " ").replace("-", " ").split() or [phrase]
                pattern = Pattern(label, first, tuple(rest))
                if first.endswith("*"):
                    self._beginnings.setdefault(first[:-1], []).append(pattern)
                elif first.startswith("*"):
                    self._ends.setdefault(first[1:], []).append(pattern)
                else:
                    self._whole.setdefault(first, []).append(pattern)
        self._longest_beginning = max(map(len, self._beginnings), default=-1)
        self._longest_end = max(map(len, self._ends), default=-1)

    def beginning_with(self, word: str) -> list[Pattern]:
        """The phrases whose first word this is; a word is read no further than the longest beginning and end."""
        found = list(self._whole.get(word, ()))
        length, first, last = len(word), self._longest_beginning, self._longest_end
        apart = chain(range(first + 1), range(length - last, length + 1))
        for cut in apart if length > first + last else range(length + 1):
            if cut <= first:
                found.extend(self._beginnings.get(word[:cut], ()))
            if length - cut <= last:
                found.extend(self._ends.get(word[cut:], ()))
        return found


class Reader(dict[str, list[Pattern]]):
    """Looks for a list's phrases in one text after another, and remembers what begins with each word."""

    def __init__(self, listed: WordList) -> None:
        super().__init__()
        self._listed = listed

    def __missing__(self, word: str) -> list[Pattern]:
        found = self[word] = self._listed.beginning_with(word)
        return found

    def hits(self, words: Sequence[str]) -> list[Hit]:
        """The phrases in folded words, in the order of their first words."""
        found = []
        for position in [position for position, word in enumerate(words) if self[word]]:
            for pattern in self[words[position]]:
                end = position + 1 + len(pattern.rest)
                if end <= len(words) and all(map(_matches, pattern.rest, words[position + 1 : end])):
                    found.append(Hit(pattern.label, position, end))
        return found


def _matches(pattern: str, word: str) -> bool:
    if pattern.endswith("*"):
        return word.startswith(pattern[:-1])
    return word == pattern
