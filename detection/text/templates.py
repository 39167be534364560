"""A template from texts made of it: what stays, and the slots where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz.distance import LCSseq

from detection.text.copies import Said, split_with_places, undisguised

# What fewer texts have in common is a copy with changes.
_LEAST_TEXTS, MOST_TEXTS = 3, 50
_LEAST_FIXED = 0.5
_MOST_SLOTS, _LONGEST_SLOT = 20, 12
# A word stays if it does in nearly all texts; alone between two slots it is part of them.
_STAYS, _LEAST_RUN = 0.9, 2
_EXAMPLES, _MOST_QUOTED = 3, 120


@dataclass(frozen=True, slots=True)
class Template:
    """Fixed passages in their order with ``None`` for a slot, and some of what stands in each slot."""

    parts: list[str | None]
    slots: list[list[str]]


def template(texts: Sequence[str]) -> Template | None:
    """The template of different texts, shown in the words of the first; ``None`` where they are not made of one.

    At least half of the first text must stay, and no slot may be long.
    """
    if len(texts) < _LEAST_TEXTS:
        return None
    texts = [undisguised(text) for text in texts[:MOST_TEXTS]]
    said = [split_with_places(text) for text in texts]
    base, number = said[0], len(said)
    # Where each word of the first text stands in each of the others.
    places = [dict(_kept(base.words, other.words)) for other in said]
    stays = [sum(word in each for each in places) >= _STAYS * number for word in range(len(base.words))]
    runs = [run for run in _runs(stays) if run[1] - run[0] >= _LEAST_RUN]
    if not runs or sum(end - start for start, end in runs) < _LEAST_FIXED * len(base.words):
        return None
    edges = [(0, 0), *runs, (len(base.words), len(base.words))]
    parts: list[str | None] = []
    slots: list[list[str]] = []
    for (_, before), (after, end) in pairwise(edges):
        if after > before:
            if after - before > _LONGEST_SLOT:
                return None
            parts.append(None)
            slots.append(_examples(texts, said, places, before, after))
        if end > after:
            parts.append(_cut(texts[0][base.spans[after][0] : base.spans[end - 1][1]]))
    return Template(parts, slots) if 1 <= len(slots) <= _MOST_SLOTS else None


def _kept(base: list[str], other: list[str]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for block in LCSseq.opcodes(base, other):
        if block.tag == "equal":
            found.extend(
                zip(range(block.src_start, block.src_end), range(block.dest_start, block.dest_end), strict=True)
            )
    return found


def _runs(stays: list[bool]) -> list[tuple[int, int]]:
    changes = [place for place, (one, other) in enumerate(pairwise([False, *stays, False])) if one != other]
    return list(zip(changes[::2], changes[1::2], strict=True))


def _examples(
    texts: Sequence[str], said: list[Said], places: list[dict[int, int]], before: int, after: int
) -> list[str]:
    """What stands between the words around a slot, as far as a text has both."""
    found: dict[str, None] = {}
    for text, words, place in zip(texts, said, places, strict=False):
        spans = words.spans
        low = place.get(before - 1, -1) + 1 if before else 0
        high = place.get(after, len(spans))
        if low < high and high - low <= 2 * _LONGEST_SLOT:
            found.setdefault(_cut(text[spans[low][0] : spans[high - 1][1]]))
        if len(found) == _EXAMPLES:
            break
    return list(found)


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _MOST_QUOTED else text[: _MOST_QUOTED - 1] + "…"
