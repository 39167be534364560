"""What a prediction rests on, to be quoted: a text's passages, its words, and the reviews most like it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from detection.text.stars import Features, Prediction
from detection.text.terms import marked_words, parts_of, unmarked

LONGEST = 120
_SENTENCE = re.compile(r"[^.!?…。！？\n]+[.!?…。！？]*")
# Below this cosine two texts share next to nothing.
_LEAST_ALIKE = 0.05
# A word that pulls less than this share of the strongest one isn't told.
_LEAST_PULL = 0.2


@dataclass(frozen=True, slots=True)
class Passage:
    """Some words of a text, verbatim, and how far they pull the expected stars up (above 0) or down."""

    said: str
    pull: float


def passages(features: Features, pulls: Mapping[str, float], row: int) -> list[Passage]:
    """The sentences of one text in their order, longer ones cut at words."""
    found = []
    for heading, part in parts_of(features.texts[row], features.headings):
        for sentence in _SENTENCE.findall(part):
            for said in _cut(sentence.strip()):
                terms = marked_words(f"{heading}: {said}" if heading else said, frozenset({heading}))
                found.append(Passage(said, sum(pulls.get(term, 0.0) for term in terms)))
    return found


def pulls_of(features: Features, prediction: Prediction) -> dict[str, float]:
    """What each term adds to the stars expected, rare ones the more: "and" carries weight too, but tells nothing."""
    texts_with = np.bincount(features.blocks[0].matrix.indices, minlength=len(features.terms))
    rare = np.log(max(len(features.texts), 1) / np.maximum(texts_with, 1))
    return dict(zip(features.terms, (prediction.weights * rare).tolist(), strict=True))


def strongest(said: Sequence[Passage], *, better: bool, most: int = 3) -> list[str]:
    """The passages that pull most towards the expected stars: up if the text reads ``better``, else down."""
    side = 1.0 if better else -1.0
    chosen = sorted((each for each in said if side * each.pull > 0), key=lambda each: -side * each.pull)[:most]
    return [each.said for each in chosen]


def driving_words(
    features: Features, pulls: Mapping[str, float], row: int, *, better: bool, most: int = 8
) -> list[str]:
    """The words of one text that pull its prediction up (``better``) or down most."""
    cells = features.blocks[0].matrix[row]
    weights = np.array([pulls[features.terms[column]] for column in cells.indices], dtype="float64")
    pull = cells.data * weights * (1.0 if better else -1.0)
    enough = max(_LEAST_PULL * pull.max(initial=0.0), 1e-12)
    order = [place for place in np.argsort(-pull, kind="stable") if pull[place] >= enough]
    told = (unmarked(features.terms[cells.indices[place]]) for place in order)
    return list(dict.fromkeys(told))[:most]


def most_alike(features: Features, prediction: Prediction, row: int, most: int = 3) -> list[int]:
    """The rows of the texts most like one, among those that teach and are no copies of it; the likest first."""
    words = features.blocks[0].matrix
    cosine = np.asarray((words @ words[row].T).todense(), dtype="float64").ravel()
    cosine[~prediction.teaches | (features.digests == features.digests[row])] = 0.0
    order = np.argsort(-cosine, kind="stable")[:most]
    return [int(place) for place in order if cosine[place] >= _LEAST_ALIKE]


def _cut(sentence: str) -> list[str]:
    """Pieces of at most ``LONGEST`` characters, between words where there are any."""
    pieces, rest = [], sentence
    while len(rest) > LONGEST:
        end = rest.rfind(" ", LONGEST // 2, LONGEST + 1)
        end = end if end > 0 else LONGEST
        pieces.append(rest[:end].strip())
        rest = rest[end:].strip()
    return [*pieces, rest] if rest else pieces
