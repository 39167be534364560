"""Texts as terms: the hash, the headings, the marked words and their weights."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from detection.text import MOST_CHARACTERS
from detection.text.terms import (
    MOST_HEADINGS,
    common_headings,
    marked_words,
    normalised,
    parts_of,
    runs_of,
    text_sha256,
    tf_idf,
    tf_idf_of_letters,
    unmarked,
)
from tests.detection.text.hostile import PATTERNS, any_texts, long_text
from tests.timing import LINEAR_IN_EIGHT, NO_LONGER, times_as_long

MARK = "\x1f"


def test_the_hash_ignores_spacing_and_unicode_forms() -> None:
    assert normalised("  Cafe\u0301\n\tgood ") == "Café good"
    assert text_sha256("Cafe\u0301  good") == text_sha256("Café good") != text_sha256("café good")


def test_the_hash_is_of_the_first_characters_only() -> None:
    start = "The soup was cold. ".ljust(MOST_CHARACTERS, "x")
    assert text_sha256(start) == text_sha256(start + "y") == text_sha256(start + "\u0301 and on")
    assert text_sha256(start) != text_sha256("y" + start[1:])
    assert text_sha256(start) != text_sha256(start[:-1] + "y")


@given(any_texts(), any_texts(50))
def test_the_hash_of_a_cut_text_is_that_of_the_whole(text: str, beyond: str) -> None:
    whole = long_text(text, MOST_CHARACTERS) + beyond if text else beyond
    assert text_sha256(whole) == text_sha256(whole[:MOST_CHARACTERS])


def test_a_lone_surrogate_has_a_hash() -> None:
    assert len(text_sha256("room \ud800 nine")) == 64


def test_headings_that_many_texts_share_mark_their_words() -> None:
    texts = ["Liked: the pool\nDisliked: the bar", "Liked: all", "Disliked: the food: cold", *["plain words"] * 9]
    headings = common_headings(texts)
    assert headings == {"Liked", "Disliked"}
    marked = marked_words(texts[0], headings)
    assert len(marked) == len(set(marked)) == 6
    assert {word.rpartition(MARK)[0] for word in marked} == {"liked", "disliked"}
    assert marked_words("Note: the pool", headings) == ["note", "the", "pool", "note the", "the pool"]


def test_a_heading_stands_at_the_beginning_of_a_line() -> None:
    texts = ["we liked: the pool, and it was: fine", "Zur Erinnerung: alles gut", "   Plus: pool", "Plus:pool"] * 3
    assert common_headings(texts) == {"we liked", "Zur Erinnerung", "Plus"}


def test_a_heading_of_one_text_in_ten_is_common_and_one_of_fewer_is_not() -> None:
    plain = ["nothing but words"] * 18
    assert common_headings([*plain, "Liked: pool", "Liked: bar"]) == {"Liked"}
    assert common_headings([*plain, "words", "Liked: pool", "Liked: bar"]) == frozenset()
    assert common_headings(["Liked: pool"]) == frozenset()


def test_of_very_many_headings_the_commonest_count() -> None:
    names = [chr(97 + number // 26) + chr(97 + number % 26) for number in range(3 * MOST_HEADINGS)]
    many = "\n".join(f"{name}: word" for name in names)
    found = common_headings([many] * 10 + ["Liked: all"] * 11)
    assert len(found) == MOST_HEADINGS
    assert "Liked" in found
    assert found == common_headings(["Liked: all"] * 11 + [many] * 10)


def test_parts_are_the_text_without_its_headings() -> None:
    text = "First.\nLiked: the pool\nand the bar\nDisliked: noise"
    parts = parts_of(text, frozenset({"Liked", "Disliked"}))
    assert [(name, part.strip()) for name, part in parts] == [
        ("", "First."),
        ("liked", "the pool\nand the bar"),
        ("disliked", "noise"),
    ]
    assert parts_of(text, frozenset()) == [("", text)]


def test_words_at_a_long_text_s_ends_count_again() -> None:
    words = [f"w{chr(97 + number)}" for number in range(20)]
    marked = marked_words(" ".join(words), frozenset())
    at_ends = [term for term in marked if term.startswith(("^" + MARK, "$" + MARK))]
    assert at_ends == [f"^{MARK}{word}" for word in words[:8]] + [f"${MARK}{word}" for word in words[-8:]]
    assert not [term for term in marked_words(" ".join(words[:16]), frozenset()) if MARK in term]


def test_readers_see_terms_without_marks() -> None:
    headings = frozenset({"Liked"})
    terms = marked_words("Liked: " + "clean pool " * 10, headings)
    assert {unmarked(term) for term in terms} == {"clean", "pool", "clean pool", "pool clean"}


def test_terms_of_one_text_only_are_left_out() -> None:
    terms, matrix = tf_idf(["good pool", "good bar", "good bar"], str.split)
    assert terms == ("bar", "good")
    assert matrix.shape == (3, 2)
    assert np.allclose(np.sqrt(matrix.multiply(matrix).sum(axis=1)), 1.0)
    bar, good = matrix.toarray()[1]
    assert bar > good


@pytest.mark.parametrize("texts", [[], ["alone"], ["one", "two"], ["", ""]])
def test_texts_without_common_terms_give_an_empty_column(texts: list[str]) -> None:
    terms, matrix = tf_idf(texts, str.split)
    assert terms == ("",)
    assert matrix.shape == (len(texts), 1)
    assert matrix.nnz == 0


def test_letters_are_runs_inside_of_words() -> None:
    runs = [" po", "poo", "ool", "ol ", " poo", "pool", "ool "]
    assert runs_of("pool") == runs
    assert runs_of("a") == [" a "]


@given(st.lists(any_texts(), min_size=1, max_size=8))
def test_letters_weigh_what_scikit_learn_says(texts: list[str]) -> None:
    texts = [*texts, *texts[:2], "Öl öl\x1fa pool"]
    terms, known = tf_idf(texts, TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 4)).build_analyzer())
    found = tf_idf_of_letters(texts)
    assert found.shape == (len(texts), len(terms))
    for name in ("data", "indices", "indptr"):
        assert getattr(found, name).tolist() == getattr(known, name).tolist()


@pytest.mark.parametrize("texts", [[], ["alone"], ["one", "two"], ["", ""]])
def test_texts_without_common_letters_give_an_empty_column(texts: list[str]) -> None:
    matrix = tf_idf_of_letters(texts)
    assert (matrix.shape, matrix.nnz) == ((len(texts), 1), 0)


@given(st.lists(any_texts(), min_size=1, max_size=8))
def test_any_texts_are_cut_into_parts_that_hold_all_their_words(texts: list[str]) -> None:
    headings = common_headings(texts)
    for text in texts:
        parts = parts_of(text, headings)
        assert parts[0][0] == ""
        held = sum(len(part) for _, part in parts)
        assert held <= len(text)
        assert set(marked_words(text, frozenset())) >= {
            unmarked(term) for term in marked_words(text, headings) if " " not in unmarked(term)
        }
        assert normalised(unicodedata.normalize("NFD", text)) == normalised(text)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_time_grows_with_the_length_only(pattern: str) -> None:
    def reading(length: int) -> Callable[[], list[list[str]]]:
        texts = [long_text(pattern, length)] * 2
        return lambda: [marked_words(text, common_headings(texts)) for text in texts]

    assert times_as_long(reading(64_000), reading(8_000)) < LINEAR_IN_EIGHT


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_hash_costs_the_same_beyond_the_cap(pattern: str) -> None:
    capped, long = long_text(pattern, MOST_CHARACTERS), long_text(pattern, 10**6)
    assert times_as_long(lambda: text_sha256(long), lambda: text_sha256(capped)) < NO_LONGER
