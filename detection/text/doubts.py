"""What a reader of words can't judge: another language than is stated, irony, and texts that speak for both sides."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from detection.text.passages import Passage
from detection.text.polarity import short_words, spoken
from detection.text.wordlists import Reader, WordList, load, phrases, words_of

# A word or two in quotation marks, as in: such a "clean" room. Bounded, so that no text makes it slow.
_QUOTED = re.compile(r"[\"“”„«»]([^\"“”„«»\n]{2,40})[\"“”„«»]")
_DOUBTED = re.compile(r"\((?:!|\?|!\?|\?!)\)|(?<!\w)/s(?!\w)")
# The share of all that a text says which may speak for the given stars, at most.
_LEAST_MIXED = 0.4
# Three words of praise and none of complaint, or the other way round, are clear.
_CLEAR = 0.7
# So many little words of another language tell, where they are so many times those of the stated one.
_LEAST_FOREIGN, _TIMES_OWN = 3, 3


def ironic(text: str, language: str) -> bool:
    """Whether words of praise may be meant otherwise: a phrase or sign that says so, or praise in quotation marks."""
    code = language[:2].lower()
    if _DOUBTED.search(text) or any(sign in text for sign in _signs()):
        return True
    words = short_words(text)
    if code in load("irony")["said"] and Reader(_said(code)).hits(words):
        return True
    if code not in spoken():
        return False
    praise = Reader(_praise(code))
    return any(len(said := short_words(quoted)) <= 3 and praise.hits(said) for quoted in _QUOTED.findall(text))


def mixed(passages: Sequence[Passage], *, better: bool) -> bool:
    """Whether much of a text speaks for the given stars too; ``better`` where it reads better than they do."""
    up = sum(passage.pull for passage in passages if passage.pull > 0)
    down = -sum(passage.pull for passage in passages if passage.pull < 0)
    return up + down > 0 and (down if better else up) / (up + down) >= _LEAST_MIXED


def against(balance: float, *, better: bool) -> bool:
    """Whether a text's listed words of praise less those of complaint, from -1 to 1, clearly say the other thing."""
    return -balance >= _CLEAR if better else balance >= _CLEAR


def foreign(text: str, language: str) -> bool:
    """Whether a text's little words are another language's than the one that it is said to be in.

    Sources that don't tell a text's language give the page's or the account's. A language without a list is believed.
    """
    own = language[:2].lower()
    lists = _little()
    if own not in lists:
        return False
    words = short_words(text)
    hits = {code: sum(word in little for word in words) for code, little in lists.items()}
    most = max(number for code, number in hits.items() if code != own)
    return most >= _LEAST_FOREIGN and most >= _TIMES_OWN * max(hits[own], 1)


@cache
def _little() -> dict[str, frozenset[str]]:
    return {code: frozenset(words_of(said)) for code, said in load("function")["words"].items()}


@cache
def _signs() -> tuple[str, ...]:
    return tuple(load("irony")["signs"]["any"].split())


@cache
def _said(code: str) -> WordList:
    return WordList({"irony": phrases(load("irony")["said"][code])})


@cache
def _praise(code: str) -> WordList:
    return WordList({"praise": phrases(load("polarity")["positive"][code])})
