"""Lures in a review: ways out of it, rewards for reviews, demands and threats, by word patterns of nine languages."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import NamedTuple

from detection.text.contacts import contacts
from detection.text.disguise import Bare, bare
from detection.text.wordlists import Hit, Reader, WordList, load, phrases

KINDS = ("link", "shortener", "referral", "code", "phone", "messenger", "email", "reward", "threat", "demand")
WORDED = ("reward", "demand", "threat", "code", "referral")
MOST_QUOTED = 120
_MOST_HITS, _MOST_READ = 20, 60
_ALL = "und"
_TOKEN = re.compile(r"[^\W\d_]{1,40}|\d{1,12}|%|[.!?\n,;:()=⭐★🌟]")
_STARS = str.maketrans("★🌟", "⭐⭐")
_ENDS = ".!?\n;:"
# A comma parts these words from what they would belong to.
_PAUSES = ",()"
_BOUND = (" for", " deal", " against", " because")
# "A discount for a review? Never." offers none: so many words after a reward its sentence may turn out a question.
_QUESTION = 8
# And so does this of what something was given for: "a free dessert for my birthday and five stars".
_AND = "and"
_PARTED: Mapping[str, tuple[str, ...]] = {",": _BOUND, "&": (" for",)}
# And what would come before these: "a refund was refused, for that reason ...", "a discount, and if you have time ...".
_BEHIND: Mapping[str, tuple[str, ...]] = {",": (" for",), "&": (" if",)}
# Up to so many words before a pattern, "not" turns it.
_REACH = 5
# In a reward "not" inside turns it too; a demand is made of "if you don't".
_TURNED_INSIDE = frozenset({"reward", "code", "referral"})
_CODE = re.compile(r"[A-Z0-9][A-Z0-9_-]{3,19}")


class Lure(NamedTuple):
    """A lure: what it is, its words as they stand, the language of its pattern, whether disguised, where it leads."""

    kind: str
    quote: str
    language: str
    hidden: bool
    target: str


class _Pattern(NamedTuple):
    kind: str
    language: str
    steps: tuple[str, ...]
    gaps: tuple[int, ...]


@dataclass(slots=True)
class _Listed:
    """The patterns of a language (or of all), and where each word class stands in them."""

    reader: Reader
    patterns: tuple[_Pattern, ...]
    places: dict[str, list[tuple[int, int]]] = field(default_factory=dict)


class _Match(NamedTuple):
    pattern: _Pattern
    start: int
    end: int


@cache
def languages() -> frozenset[str]:
    """The languages that have patterns of words."""
    return frozenset(load("lures")["classes"])


def read_lures(texts: Sequence[str], spoken: Sequence[str]) -> list[tuple[Lure, ...]]:
    """The lures of texts in the languages ``spoken`` (codes; "und" is looked at in all), each once, 20 at most.

    A text is read up to ``disguise.MOST_CHARACTERS``; in a language without patterns only ways out are looked for.
    """
    listed: dict[str, _Listed] = {}
    found = []
    for text, language in zip(texts, spoken, strict=True):
        code = language[:2].lower() if language != _ALL else _ALL
        lures = [
            Lure(each.kind, text[each.start : each.end][:MOST_QUOTED], _ALL, each.hidden, each.target)
            for each in contacts(text, code)
        ]
        if code in languages() or code == _ALL:
            if code not in listed:
                listed[code] = _list(code)
            lures += islice(_worded(text, listed[code]), _MOST_READ)
        once = {(lure.kind, lure.quote): lure for lure in reversed(lures) if not _inside(lure, lures)}
        found.append(tuple(sorted(once.values(), key=lambda lure: (KINDS.index(lure.kind), lure.quote))[:_MOST_HITS]))
    return found


def _inside(lure: Lure, lures: Sequence[Lure]) -> bool:
    """Whether a lure of words is part of a longer one of its kind."""
    return any(
        not lure.target and lure.kind == each.kind and len(lure.quote) < len(each.quote) and lure.quote in each.quote
        for each in lures
    )


def _list(code: str) -> _Listed:
    words = load("lures")
    spoken = [code] if code != _ALL else sorted(languages())
    labelled = {f"{each} {name}": phrases(said) for each in spoken for name, said in words["classes"][each].items()}
    patterns = tuple(
        _Pattern(kind, each, tuple(f"{each} {name}" for name in said.split()[::2]), tuple(map(int, said.split()[1::2])))
        for each in spoken
        for kind in WORDED
        for said in words[kind][each]["patterns"]
    )
    listed = _Listed(Reader(WordList({**labelled, ".": list(_ENDS)})), patterns)
    for number, pattern in enumerate(patterns):
        for step, label in enumerate(pattern.steps):
            listed.places.setdefault(label, []).insert(0, (number, step))
    return listed


def _worded(text: str, listed: _Listed) -> Iterable[Lure]:
    told = bare(text)
    words: list[str] = []
    pauses: list[Hit] = []
    for said in _TOKEN.findall(told.text.translate(_STARS)):
        if said in _PAUSES:
            pauses.append(Hit(",", len(words), len(words)))
            continue
        if said == _AND:
            pauses.append(Hit("&", len(words), len(words)))
        words.append(said)
    hits = listed.reader.hits(words)
    # A pause comes before the word that it stands before.
    hits = sorted([*pauses, *hits], key=lambda hit: hit.start)
    turns: dict[str, list[int]] = {}
    for hit in hits:
        if hit.label.endswith(" not"):
            turns.setdefault(hit.label[:2], []).append(hit.start)
    tokens: list[re.Match[str]] = []
    for match in _matches(hits, listed):
        # Few texts hold a pattern: where its words stand is looked up only then.
        tokens = tokens or [token for token in _TOKEN.finditer(told.text) if token.group() not in _PAUSES]
        pattern, last = match.pattern, match.end
        reach = last + 1 if pattern.kind in _TURNED_INSIDE else match.start
        places = turns.get(pattern.language, [])
        at = bisect_left(places, match.start - _REACH)
        if at < len(places) and places[at] < reach:
            continue
        if pattern.kind == "reward" and _asks(words[last : last + _QUESTION]):
            continue
        start, end = tokens[match.start].start(), tokens[last - 1].end()
        if pattern.kind == "code":
            end = _code_after(text, told, end)
            if not end:
                continue
        first, final = told.place(start, end)
        quote = text[first:final][:MOST_QUOTED]
        yield Lure(pattern.kind, quote, pattern.language, told.hidden(start, end), "")


def _matches(hits: Iterable[Hit], listed: _Listed) -> Iterable[_Match]:
    """Patterns whose classes follow one another in one sentence: one pass, each pattern's latest beginning kept."""
    reached: dict[tuple[int, int], tuple[int, int]] = {}
    for hit in hits:
        if hit.label == ".":
            reached.clear()
            continue
        if hit.label in _PARTED:
            for number, step in [at for at in reached if _parts(hit.label, listed.patterns[at[0]].steps, at[1])]:
                del reached[number, step]
            continue
        for number, step in listed.places.get(hit.label, ()):
            pattern = listed.patterns[number]
            start = hit.start
            if step:
                before = reached.get((number, step - 1))
                if before is None or not 0 <= hit.start - before[1] <= pattern.gaps[step - 1]:
                    continue
                start = before[0]
            if step + 1 == len(pattern.steps):
                yield _Match(pattern, start, hit.end)
            elif reached.get((number, step), (0, 0))[1] <= hit.end:
                reached[number, step] = (start, hit.end)


def _asks(words: Sequence[str]) -> bool:
    return next((word for word in words if word in _ENDS), "") == "?"


def _parts(sign: str, steps: Sequence[str], step: int) -> bool:
    """Whether a sign ends a pattern that has come as far as ``step``."""
    return steps[step].endswith(_PARTED[sign]) or steps[step + 1].endswith(_BEHIND[sign])


def _code_after(text: str, told: Bare, end: int) -> int:
    """Where a code ends that stands just after ``end``, 0 where there is none: capitals, perhaps with digits."""
    for match, _ in zip(re.finditer(r"[^\s:\"'“”„«».,!?()]{1,40}", told.text[end : end + 60]), range(2), strict=False):
        first, last = told.place(end + match.start(), end + match.end())
        code = text[first:last]
        if _CODE.fullmatch(code) and sum(letter.isalpha() for letter in code) >= 3:
            return end + match.end()
    return 0
