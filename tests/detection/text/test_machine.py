"""Weights of words: what a text scores, what the shipped models hold, and that hostile texts cost no more."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detection.text import MOST_CHARACTERS
from detection.text.machine import Model, models, read_models, read_words, terms, write_models
from tests.timing import LINEAR_IN_EIGHT, NO_LONGER, times_as_long

MODEL = Model("en", -50, {"hotel": 100, "the hotel": 300, "mate": -400}, 0.95, 0.93, 0.6)


def test_terms_are_words_and_pairs() -> None:
    assert terms(["the", "old", "hotel", "the"]) == {"the", "old", "hotel", "the old", "old hotel", "hotel the"}
    assert terms([]) == set()


def test_a_score_sums_the_weights_of_what_is_there_once() -> None:
    # Three terms are known here, of which one is a pair: the, hotel, the hotel.
    assert MODEL.score(["the", "hotel"]) == pytest.approx((-50 + 400 / math.sqrt(3)) / 100)
    assert MODEL.score(["hotel", "hotel"]) == pytest.approx((-50 + 100 / math.sqrt(2)) / 100)
    assert MODEL.score([]) == 0.0


def test_case_typography_and_layout_say_nothing() -> None:
    one = read_words("It’s “lovely”!\n\n- The HOTEL…")
    assert one == read_words("it's lovely. the hotel") == ["it", "s", "lovely", "the", "hotel"]


def test_models_survive_a_file() -> None:
    other = Model("de", 3, {"überall": -7}, 0.9, 0.8, 0.1)
    text = write_models([MODEL, other])
    assert read_models(text) == {"de": other, "en": MODEL}
    assert write_models([other, MODEL]) == text
    with pytest.raises(KeyError):
        read_models('{"languages": {"en": {"bias": 1}}}')


def test_shipped_models_hold_words_and_no_texts() -> None:
    assert set(models()) == {"de", "en", "es", "fr", "it", "tr"}
    for model in models().values():
        assert 0.5 < model.auc_low <= model.auc <= 1.0
        assert 0.0 < model.recall <= 1.0
        assert 100 <= len(model.weights) <= 600
        assert all(1 <= len(term.split()) <= 2 for term in model.weights)
        assert all(term == " ".join(read_words(term)) for term in model.weights)
    assert len(write_models(list(models().values())).encode()) < 60_000
    json.loads(write_models(list(models().values())))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text_has_a_score(text: str) -> None:
    words = read_words(text)
    assert all(math.isfinite(model.score(words)) for model in models().values())
    assert models()["en"].score(words) == models()["en"].score(read_words(text + " " * 10))


@pytest.mark.parametrize("seed", ["a", "a ", "e\u0301\u0302", "\x00\u202e", "部屋", "\ufdfa", "the hotel was "])
def test_a_hostile_megabyte_costs_no_more_than_a_page(seed: str) -> None:
    def score(text: str) -> float:
        return models()["en"].score(read_words(text))

    eighth, page, megabyte = ((seed * size)[:size] for size in (MOST_CHARACTERS // 8, MOST_CHARACTERS, 1_000_000))
    assert score(megabyte) == score(page)
    assert times_as_long(lambda: score(page), lambda: score(eighth)) < LINEAR_IN_EIGHT
    assert times_as_long(lambda: score(megabyte), lambda: score(page)) < NO_LONGER
