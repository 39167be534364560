"""Two texts side by side with the words that they share, in their order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

MOST_WORDS = 300
# A word with what follows it up to the next; where a script has no spaces, a letter.
_WORDS = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]|[^\W_\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text, and whether the other text has it too."""

    text: str
    shared: bool


def side_by_side(one: str, other: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Both texts in pieces; of each the first ``MOST_WORDS`` words are read, and what comes after is left out.

    The shared words are a longest common subsequence, letter case aside: at most ``MOST_WORDS`` squared steps.
    """
    words, others = (list(_words(text)) for text in (one, other))
    ours, theirs = _common([text.casefold() for _, _, text in words], [text.casefold() for _, _, text in others])
    return _pieces(one, words, ours), _pieces(other, others, theirs)


def _words(text: str) -> list[tuple[int, int, str]]:
    found: list[tuple[int, int, str]] = []
    for match in _WORDS.finditer(text):
        if len(found) == MOST_WORDS:
            break
        found.append((match.start(), match.end(), match.group()))
    return found


def _common(one: Sequence[str], other: Sequence[str]) -> tuple[set[int], set[int]]:
    """The places of a longest common subsequence in both."""
    lengths = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for at in range(len(one) - 1, -1, -1):
        row, below, word = lengths[at], lengths[at + 1], one[at]
        for to in range(len(other) - 1, -1, -1):
            row[to] = below[to + 1] + 1 if word == other[to] else max(below[to], row[to + 1])
    ours, theirs, at, to = set(), set(), 0, 0
    while at < len(one) and to < len(other):
        if one[at] == other[to]:
            ours.add(at)
            theirs.add(to)
            at, to = at + 1, to + 1
        elif lengths[at + 1][to] >= lengths[at][to + 1]:
            at += 1
        else:
            to += 1
    return ours, theirs


def _pieces(text: str, words: Sequence[tuple[int, int, str]], shared: set[int]) -> tuple[Piece, ...]:
    """The text parted where shared words begin and end; what stands between two shared words is shared with them."""
    made: list[Piece] = []
    done = 0
    for at, (start, end, _) in enumerate(words):
        if at not in shared:
            continue
        joined = at - 1 in shared
        if not joined and start > done:
            made.append(Piece(text[done:start], False))
        if joined:
            made[-1] = Piece(made[-1].text + text[done:end], True)
        else:
            made.append(Piece(text[start:end], True))
        done = end
    rest = text[done : words[-1][1]] if words and len(words) == MOST_WORDS else text[done:]
    cut = len(words) == MOST_WORDS and words[-1][1] < len(text)
    return (*made, *([Piece(f"{rest}…" if cut else rest, False)] if rest or cut else []))
