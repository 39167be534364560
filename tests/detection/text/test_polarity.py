"""Words of praise and of complaint: which, under which heading, and turned by "not"."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection.text import MOST_CHARACTERS
from detection.text.polarity import balance_of, polarity, spoken
from detection.text.wordlists import load, phrases
from tests.detection.text.hostile import PATTERNS, any_texts, long_text
from tests.timing import LINEAR_IN_EIGHT, times_as_long

NONE = frozenset[str]()
# Praise, what turns it, and complaint, in words of the lists; Turkish turns from behind.
TURNED = {
    "en": ("the room was good", "the room was not good", "the room was awful"),
    "de": ("das Zimmer war gut", "das Zimmer war nicht gut", "das Zimmer war schrecklich"),
    "fr": ("un accueil agréable", "un accueil pas agréable", "un accueil affreux"),
    "it": ("camera pulita", "camera non pulita", "camera orribile"),
    "es": ("la cama cómoda", "la cama no era cómoda", "la cama horrible"),
    "nl": ("de kamer was schoon", "de kamer was niet schoon", "de kamer was slecht"),
    "pt": ("o quarto limpo", "o quarto não estava limpo", "o quarto horrível"),
    "pl": ("pokój czysty", "pokój nie czysty", "pokój okropny"),
    "tr": ("oda temiz", "oda temiz değil", "oda berbat"),
}


def sides(texts: list[str], language: str) -> np.ndarray:
    """The last column, the balance of praise and complaint, of each text."""
    found = polarity(texts, language, NONE)
    assert found is not None
    return found[:, -1]


def test_the_examples_are_of_all_languages_with_lists() -> None:
    assert spoken() == set(TURNED)


@pytest.mark.parametrize("language", sorted(TURNED))
def test_praise_is_above_nothing_and_complaint_below(language: str) -> None:
    praise, turned, complaint = TURNED[language]
    good, nothing, bad, not_good = sides([praise, "123", complaint, turned], language)
    assert good > nothing > bad
    assert not_good < nothing
    # The Turkish word for not is listed as a complaint of its own too.
    assert not_good < bad if language == "tr" else not_good == pytest.approx(bad)


def test_a_complaint_that_is_turned_is_praise() -> None:
    good, turned, bad = sides(["good stay", "never a problem", "a problem"], "en")
    assert good == pytest.approx(turned)
    assert good > bad


@pytest.mark.parametrize(
    ("text", "turned"),
    [
        ("not good", True),
        ("wasn't very good", True),
        ("not what we had called good", False),
        ("good not cheap", False),
        ("not not good", True),
        ("no lift but a good bed", False),
    ],
)
def test_not_turns_the_three_words_behind_it(text: str, turned: bool) -> None:
    nothing, this = sides(["words", text], "en")
    assert (this < nothing) == turned


def test_in_turkish_not_stands_behind_one_word_at_most() -> None:
    nothing, near, far = sides(["oda", "iyi değil", "iyi bir otel kaldık burada değil"], "tr")
    assert near < far
    assert near < nothing


@pytest.mark.parametrize("language", ["xx", "ja", "", "und", "sw"])
def test_a_language_without_lists_has_none(language: str) -> None:
    assert polarity(["good room"], language, NONE) is None


def test_no_texts_have_none() -> None:
    assert polarity([], "en", NONE) is None


@pytest.mark.parametrize("language", ["EN", "en-GB", "en_US"])
def test_regions_and_capitals_are_the_same_language(language: str) -> None:
    texts = ["good room", "bad room"]
    found, plain = polarity(texts, language, NONE), polarity(texts, "en", NONE)
    assert found is not None
    assert np.array_equal(found, plain)


def test_the_same_word_counts_apart_under_its_heading() -> None:
    headings = frozenset({"Liked", "Disliked"})
    texts = ["Liked: good pool\nDisliked: 1", "Liked: 1\nDisliked: good pool", "good pool"]
    found = polarity(texts, "en", headings)
    assert found is not None
    assert found.shape == (3, 5 * 3 + 1)
    assert len({row.tobytes() for row in found}) == 3
    assert np.allclose(found[:, -1], 0.0)


def test_headings_that_differ_in_case_only_are_one() -> None:
    one = polarity(["Liked: good", "liked: good", "bad"], "en", frozenset({"Liked", "liked"}))
    assert one is not None
    assert np.array_equal(one[0], one[1])


def test_columns_are_centred_and_rows_about_one_long() -> None:
    rng = np.random.default_rng(1)
    texts = [" ".join(rng.choice(["good", "bad", "room", "not", "clean"], 8)) for _ in range(200)]
    found = polarity(texts, "en", NONE)
    assert found is not None
    assert np.allclose(found.mean(axis=0), 0.0)
    assert 0.5 < np.mean((found**2).sum(axis=1)) <= 1.0 + 1e-9


def test_every_listed_phrase_is_counted_on_its_side() -> None:
    listed = load("polarity")
    for language in spoken():
        turning = {phrase.casefold() for phrase in phrases(listed["not"][language])}
        for label, above in (("positive", True), ("negative", False)):
            said = [phrase.replace("*", "") for phrase in phrases(listed[label][language]) if phrase not in turning]
            found = sides(["12345", *said], language)
            assert (found[1:] > found[0]).mean() > 0.9 if above else (found[1:] < found[0]).mean() > 0.9, language


@given(st.lists(any_texts(), min_size=1, max_size=6), st.sampled_from(sorted(TURNED)))
def test_any_texts_give_finite_rows(texts: list[str], language: str) -> None:
    found = polarity(texts, language, frozenset({"a", "aa", "Liked"}))
    assert found is not None
    assert len(found) == len(texts)
    assert np.isfinite(found).all()


@pytest.mark.parametrize("pattern", PATTERNS)
def test_time_grows_with_the_length_only(pattern: str) -> None:
    def reading(length: int) -> Callable[[], object]:
        texts = [long_text(pattern, length - 1) + end for end in "bc"]
        return lambda: polarity(texts, "en", frozenset({"a"}))

    assert times_as_long(reading(8 * MOST_CHARACTERS), reading(MOST_CHARACTERS)) < LINEAR_IN_EIGHT


def test_time_grows_with_the_words_and_headings_only() -> None:
    short, long = (["\u3316" * length] * 20 for length in (MOST_CHARACTERS // 8, MOST_CHARACTERS))
    assert times_as_long(lambda: polarity(long, "en", NONE), lambda: polarity(short, "en", NONE)) < LINEAR_IN_EIGHT

    def under(number: int) -> Callable[[], object]:
        names = frozenset(chr(97 + each // 26) + chr(97 + each % 26) for each in range(number))
        texts = ["\n".join(f"{name}: x" for name in names)] * 20
        return lambda: polarity(texts, "en", names)

    assert times_as_long(under(600), under(75)) < LINEAR_IN_EIGHT


def test_the_balance_of_one_text():
    assert balance_of("Wonderful clean rooms and friendly staff, and never a problem.", "en") > 0.5
    assert balance_of("Terrible room, awful food, rude staff.", "en-GB") < 0
    assert balance_of("Terrible room.", "xx") == 0.0
