"""What a prediction rests on: passages that can be quoted, words of the text, and texts most like it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detection.arrays import Floats
from detection.text import MOST_CHARACTERS
from detection.text.passages import (
    LONGEST,
    Passage,
    driving_words,
    most_alike,
    passages,
    pulls_of,
    strongest,
)
from detection.text.stars import Features, Prediction, predict, read
from detection.text.terms import normalised
from tests.detection.text.hostile import PATTERNS, any_texts, long_text
from tests.detection.text.test_stars import reviews
from tests.timing import LINEAR_IN_EIGHT, times_as_long

BLAME = {"dirty", "rude", "cold", "noisy", "broken"}


@cache
def known() -> tuple[tuple[str, ...], Floats, Features, Prediction]:
    texts, ratings = reviews()
    features = read(texts, "xx")
    return tuple(texts), ratings, features, predict(features, ratings, np.zeros(len(texts), dtype="int64"))


def plain(text: str) -> Features:
    """Features of one text, without blocks: enough for its passages."""
    return Features((text,), frozenset(), (), (), np.zeros(1, dtype="int64"))


def said(text: str, pulls: dict[str, float] | None = None) -> list[Passage]:
    return passages(plain(text), pulls or {}, 0)


def test_passages_are_sentences_with_what_their_words_add() -> None:
    found = said("Good room! The bed was bad... Bad, bad\nend", {"good": 1.0, "bad": -2.0, "bad bad": -0.5})
    assert found == [
        Passage("Good room!", 1.0),
        Passage("The bed was bad...", -2.0),
        Passage("Bad, bad", -4.5),
        Passage("end", 0.0),
    ]


def test_passages_of_other_scripts_end_at_their_own_stops() -> None:
    assert [each.said for each in said("部屋は清潔。また来ます！良い？はい")] == [
        "部屋は清潔。",
        "また来ます！",
        "良い？",
        "はい",
    ]


def test_long_sentences_are_cut_between_words() -> None:
    found = [each.said for each in said(" ".join(["word"] * 100))]
    assert max(map(len, found)) <= LONGEST
    assert " ".join(found) == " ".join(["word"] * 100)
    assert min(map(len, found[:-1])) > LONGEST // 2


def test_a_word_longer_than_a_passage_is_cut_inside() -> None:
    found = [each.said for each in said("a" * 300)]
    assert found == ["a" * LONGEST, "a" * LONGEST, "a" * 60]
    assert [each.said for each in said("a" * LONGEST)] == ["a" * LONGEST]


def test_passages_under_a_heading_count_as_such_and_leave_it_out() -> None:
    features = replace(plain("Nice stay.\nDisliked: the pool\nLiked: pool"), headings=frozenset({"Disliked", "Liked"}))
    found = passages(features, {"disliked\x1fpool": -1.0, "liked\x1fpool": 1.0, "pool": 9.0}, 0)
    assert found == [Passage("Nice stay.", 0.0), Passage("the pool", -1.0), Passage("pool", 1.0)]


@given(any_texts(800))
def test_passages_are_of_the_text_in_order_short_and_leave_no_word_out(text: str) -> None:
    features = read([text], "xx")
    seen = features.texts[0]
    place = 0
    for each in passages(features, {}, 0):
        assert 0 < len(each.said) <= LONGEST
        found = seen.find(each.said, place)
        assert found >= place
        # What lies between two passages is no word.
        assert not any(letter.isalnum() for letter in seen[place:found])
        place = found + len(each.said)
    assert not any(letter.isalnum() for letter in seen[place:])


def test_the_strongest_are_of_the_asked_side() -> None:
    told = [Passage("a", 1.0), Passage("b", -3.0), Passage("c", 2.0), Passage("d", 0.0), Passage("e", -0.5)]
    assert strongest(told, better=True) == ["c", "a"]
    assert strongest(told, better=False) == ["b", "e"]
    assert strongest(told, better=True, most=1) == ["c"]
    assert strongest([], better=True) == []


def test_rare_words_pull_more_than_common_ones_of_the_same_weight() -> None:
    texts, _, features, prediction = known()
    even = replace(prediction, weights=np.ones(len(features.terms)))
    pulls = pulls_of(features, even)
    assert set(pulls) == set(features.terms)
    assert pulls["we"] == pytest.approx(0.0, abs=1e-9)
    holding = sum("rude" in text for text in texts)
    assert pulls["rude"] == pytest.approx(np.log(len(texts) / holding))


def test_the_driving_words_are_of_the_text_and_of_the_asked_side() -> None:
    texts, ratings, features, prediction = known()
    pulls = pulls_of(features, prediction)
    for row in np.flatnonzero(ratings == 0)[:20].tolist():
        words = driving_words(features, pulls, row, better=False)
        assert 0 < len(words) <= 8
        assert len(words) == len(set(words))
        spoken = texts[row].lower().replace(",", "").split()
        assert {word for pair in words for word in pair.split()} <= set(spoken)
        assert {word for pair in words for word in pair.split()} & BLAME
        assert not {word for pair in driving_words(features, pulls, row, better=True) for word in pair.split()} & BLAME


def test_marks_are_not_shown() -> None:
    texts, ratings = reviews()
    under = [f"{'Liked' if well else 'Disliked'}: {text} and so on" for text, well in zip(texts, ratings, strict=True)]
    features = read(under, "xx")
    prediction = predict(features, ratings, np.zeros(len(texts), dtype="int64"))
    pulls = pulls_of(features, prediction)
    for row in range(20):
        words = driving_words(features, pulls, row, better=bool(ratings[row]))
        assert words
        assert not any(mark in word for word in words for mark in "\x1f^$")


def test_the_most_alike_share_words_and_are_neither_itself_nor_copies() -> None:
    texts, ratings = reviews(100)
    texts = [*texts, "the lake and a ferry came late", "ferry on the lake was late", " the lake and a  ferry came late"]
    ratings = np.r_[ratings, 1.0, 1.0, 1.0]
    features = read(texts, "xx")
    everyone = replace(predict(features, ratings, np.zeros(103, dtype="int64")), teaches=np.ones(103, dtype=bool))
    assert most_alike(features, everyone, 100)[0] == 101
    assert not {100, 102} & set(most_alike(features, everyone, 100))
    assert set(most_alike(features, everyone, 101)[:2]) == {100, 102}
    assert len(most_alike(features, everyone, 0)) == 3
    kept = np.arange(103) != 101
    assert 101 not in most_alike(features, replace(everyone, teaches=kept), 100)


def test_a_text_that_shares_no_word_has_nothing_alike() -> None:
    texts, ratings = reviews(100)
    features = read([*texts, "qqq www"], "xx")
    prediction = predict(features, np.r_[ratings, 1.0], np.zeros(101, dtype="int64"))
    assert most_alike(features, prediction, 100) == []
    assert driving_words(features, pulls_of(features, prediction), 100, better=True) == []


@settings(max_examples=15)
@given(st.lists(any_texts(), min_size=3, max_size=20))
def test_anything_can_be_explained(texts: list[str]) -> None:
    ratings = np.arange(len(texts)) % 5 / 4.0
    features = read(texts, "en")
    prediction = predict(features, ratings, np.zeros(len(texts), dtype="int64"))
    pulls = pulls_of(features, prediction)
    for row, text in enumerate(texts):
        for better in (True, False):
            for quote in strongest(passages(features, pulls, row), better=better):
                assert quote in normalised(text)
            words = driving_words(features, pulls, row, better=better)
            assert all(part in features.texts[row].lower() for word in words for part in word.split())
        alike = most_alike(features, prediction, row)
        assert row not in alike
        assert len(alike) <= 3


@pytest.mark.parametrize("pattern", PATTERNS)
def test_time_grows_with_the_length_only(pattern: str) -> None:
    def reading(length: int) -> Callable[[], object]:
        features = plain(long_text(pattern, length))
        return lambda: passages(features, {"a": 1.0}, 0)

    assert times_as_long(reading(8 * MOST_CHARACTERS), reading(MOST_CHARACTERS)) < LINEAR_IN_EIGHT
