from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detection.text.alignment import align, information, score_of
from detection.text.copies import Pairs, Words, read_words

WORDS = ["the", "a", "pool", "room", "was", "very", "good", "bad", "not", "terrace"]
SENTENCE = st.lists(st.sampled_from(WORDS), min_size=1, max_size=25)


def pairs_of(first: list[int], second: list[int]) -> Pairs:
    # A cosine of 1 has each pair looked at in full.
    return Pairs(np.array(first, dtype="int64"), np.array(second, dtype="int64"), np.ones(len(first)))


def bits_of(words: Words, listing: list[int] | None = None) -> np.ndarray:
    number = len(words.lengths)
    return information(words, np.array(listing if listing else range(number), dtype="int64"), np.ones(number))


def likeness(one: list[str], other: list[str]) -> float:
    words = read_words([one, other])
    return float(align(words, bits_of(words), pairs_of([0], [1])).likeness[0])


@settings(deadline=None)
@given(SENTENCE)
def test_equal_texts_have_likeness_one(text: list[str]) -> None:
    words = read_words([text, list(text)])
    bits = bits_of(words)
    shared = align(words, bits, pairs_of([0], [1]))
    assert shared.likeness[0] == 1.0
    assert shared.bits[0] == pytest.approx(bits[: len(text)].sum())


@settings(deadline=None)
@given(SENTENCE, SENTENCE)
def test_it_is_the_same_both_ways_and_never_more_than_there_is(one: list[str], other: list[str]) -> None:
    words = read_words([one, other])
    bits = bits_of(words)
    there, back = align(words, bits, pairs_of([0], [1])), align(words, bits, pairs_of([1], [0]))
    assert there.likeness[0] == pytest.approx(back.likeness[0])
    assert there.bits[0] == pytest.approx(back.bits[0])
    assert 0.0 <= there.likeness[0] <= min(len(one), len(other)) / max(len(one), len(other))
    assert there.bits[0] <= min(bits[: len(one)].sum(), bits[len(one) :].sum()) + 1e-9


def test_likeness_is_the_share_of_the_longer_text() -> None:
    text = [f"w{number}" for number in range(20)]
    assert likeness(text, text[:10]) == 0.5
    assert likeness(text, [*text[:5], "x", *text[6:]]) == 0.95
    assert likeness(text, [f"v{number}" for number in range(20)]) == 0.0


def test_sentences_may_change_places() -> None:
    text = [f"w{number}" for number in range(40)]
    moved = [*text[30:], *text[10:20], *text[20:30], *text[:10]]
    assert likeness(text, moved) == 1.0
    assert likeness(text, text[::-1]) < 0.1


def test_pairs_are_judged_alike_alone_and_in_a_crowd() -> None:
    dice = random.Random(4)
    texts = [[f"w{dice.randint(0, 60)}" for _ in range(dice.randint(1, 300))] for _ in range(120)]
    words = read_words(texts)
    bits = bits_of(words)
    first, second = (list(each) for each in zip(*[(a, b) for a in range(120) for b in range(a)], strict=True))
    together = align(words, bits, pairs_of(first, second))
    for place in range(0, len(first), 700):
        alone = align(words, bits, pairs_of([first[place]], [second[place]]))
        assert alone.likeness[0] == pytest.approx(together.likeness[place], abs=0.03)


def test_what_many_write_tells_less() -> None:
    stock = ["good", "location", "and", "friendly", "staff"]
    rare = ["our", "zither", "teacher", "slept", "soundly"]
    words = read_words([stock] * 300 + [rare])
    bits = bits_of(words)
    told = np.bincount(words.text, weights=bits)
    assert told[-1] > 3 * told[0]


def test_a_short_text_counts_as_often_as_it_is_written() -> None:
    words = read_words([["nice", "place"], *[[f"a{number}", f"b{number}"] for number in range(50)]])
    listing, once = np.arange(51), np.ones(51)
    often = once.copy()
    often[0] = 40.0
    assert information(words, listing, often)[:2].sum() < 0.6 * information(words, listing, once)[:2].sum()


def test_a_place_has_phrases_of_its_own() -> None:
    """What guests of one listing all write tells less there than the same phrase spread over listings."""
    slogan = [["where", "dreams", "wake", f"x{number}"] for number in range(300)]
    other = [[f"y{number}", f"z{number}", f"q{number}"] for number in range(30_000)]
    words = read_words(slogan + other)
    apart = bits_of(words, list(range(30_300)))
    one_house = bits_of(words, [0] * 300 + list(range(1, 30_001)))
    assert one_house[0:3].sum() < apart[0:3].sum() - 1.0


def test_the_score_wants_both_likeness_and_information() -> None:
    bits, words = np.array([100.0, 140.0, 140.0, 1e9]), np.array([10, 20, 80, 20])
    found = score_of(np.array([1.0, 0.5, 0.5, 0.5]), bits, words)
    assert found.tolist() == pytest.approx([0.5, 0.5, 0.0, 1.0], abs=1e-6)


@given(st.floats(0.0, 1.0), st.floats(0.0, 1e4), st.integers(0, 4_000))
def test_a_score_is_a_share_and_falls_with_every_word_apart(likeness: float, bits: float, words: int) -> None:
    one, more = (
        float(score_of(np.array([likeness]), np.array([bits]), np.array([each]))[0]) for each in (words, 4_001)
    )
    assert 0.0 <= more <= one < 1.0


def test_no_pairs() -> None:
    words = read_words([["a"], ["b"]])
    assert len(align(words, bits_of(words), pairs_of([], [])).likeness) == 0
