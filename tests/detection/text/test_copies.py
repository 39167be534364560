from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detection.text import MOST_CHARACTERS
from detection.text.copies import read_words, search, split, split_with_places, undisguised
from tests.timing import LINEAR_IN_EIGHT, NO_LONGER, times_as_long

WORDS = [f"word{number}" for number in range(3000)]


def texts_of(number: int, length: int, seed: int = 1) -> list[list[str]]:
    dice = random.Random(seed)
    return [[dice.choice(WORDS) for _ in range(length)] for _ in range(number)]


def found(texts: list[list[str]]) -> set[tuple[int, int]]:
    pairs = search(read_words(texts))
    return set(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))


def test_words_are_folded_and_letters_of_scripts_without_spaces_count() -> None:
    assert split("Straße, DON'T 24/7!") == ["strasse", "don", "t", "24", "7"]
    assert split("很好的酒店") == list("很好的酒店")
    assert split("ห้องดี")[0] == "ห"
    assert split("  \n\x00\u200b") == []


def test_what_a_text_quotes_is_not_its_own() -> None:
    own = "We read about it before we came and it was nothing of the kind at all"
    assert "heart" not in split(f'{own}: "the beating heart of the old town" they say.')
    assert "heart" not in split(f"{own}: „the beating heart of the old town“ they say.")
    assert "great" in split(f'"great" {own}')
    assert len(split('"The whole of it stands between quotation marks, as some platforms print it."')) == 13


def test_places_are_those_of_the_words() -> None:
    said = split_with_places('A fine "very long quotation of a brochure" Place for a STAY with the whole family')
    assert said.words == split('A fine "very long quotation of a brochure" Place for a STAY with the whole family')
    assert [said.spans[2], said.spans[0]] == [(43, 48), (0, 1)]


@given(st.text(max_size=300))
def test_any_text_is_split_alike_with_and_without_places(text: str) -> None:
    plain = undisguised(text)
    said = split_with_places(plain)
    assert said.words == split(text)
    assert all(plain[start:end].casefold() == word for word, (start, end) in zip(said.words, said.spans, strict=True))


def test_no_text_is_read_beyond_its_first_characters() -> None:
    assert len(split("a " * 500_000)) == MOST_CHARACTERS // 2


@pytest.mark.parametrize("unit", ['"', "“a ", "a ", '"x', "\ud800 ", "\x00\x1f"], ids=ascii)
def test_splitting_costs_by_length_and_nothing_beyond_the_cap(unit: str) -> None:
    eighth, whole, beyond = ((unit * size)[:size] for size in (MOST_CHARACTERS // 8, MOST_CHARACTERS, 1_000_000))
    assert times_as_long(lambda: split(whole), lambda: split(eighth)) < LINEAR_IN_EIGHT
    assert times_as_long(lambda: split(beyond), lambda: split(whole)) < NO_LONGER


def test_copies_are_found_among_strangers() -> None:
    texts = texts_of(400, 40)
    dice = random.Random(2)
    for source in range(10):
        texts.append([word if dice.random() > 0.3 else dice.choice(WORDS) for word in texts[source]])
    assert {(source, 400 + source) for source in range(10)} <= found(texts)


def test_each_pair_is_named_once_and_never_a_text_with_itself() -> None:
    texts = texts_of(200, 30)
    pairs = search(read_words(texts + texts[:50]))
    told = list(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))
    assert len(told) == len(set(told))
    assert all(first < second for first, second in told)
    assert {(row, 200 + row) for row in range(50)} <= set(told)
    assert (pairs.cosine <= 1.0).all()


def test_a_campaign_in_which_everything_is_common_is_chained() -> None:
    """Three hundred copies: no word or pair of words in them is rare, and they are found all the same."""
    base = texts_of(1, 40, seed=3)[0]
    texts = texts_of(300, 40) + [[*base[:20], f"name{number}", *base[20:]] for number in range(1200)]
    reached = {row for pair in found(texts) for row in pair if min(pair) >= 300}
    assert len(reached) == 1200


@settings(deadline=None, max_examples=40)
@given(st.lists(st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=12), max_size=12))
def test_any_texts_can_be_searched(texts: list[list[str]]) -> None:
    assert all(0 <= first < second < len(texts) for first, second in found(texts))


def test_a_text_of_one_word_and_no_texts_at_all() -> None:
    assert found([]) == set()
    assert found([["a"] * 2000, ["a"] * 2000, []]) <= {(0, 1)}
    assert len(read_words([]).lengths) == 0


def texts_of_rare_words(number: int) -> list[list[str]]:
    """As many different words as texts: in a larger store too a word is in few of them."""
    dice = random.Random(4)
    return [[f"word{dice.randrange(number)}" for _ in range(15)] for _ in range(number)]


def test_words_that_all_texts_share_cost_nothing() -> None:
    """Each text beside each other one would cost the square of their number."""
    texts, said = texts_of_rare_words(10_000), ["every", "guest", "of", "this", "house", "says", "so"]
    apart, shared = read_words(texts), read_words([[*text, *said] for text in texts])
    assert times_as_long(lambda: search(shared), lambda: search(apart)) < NO_LONGER


def test_time_grows_with_the_texts() -> None:
    few, many = (read_words(texts_of_rare_words(number)) for number in (1_000, 8_000))
    assert times_as_long(lambda: search(many), lambda: search(few)) < LINEAR_IN_EIGHT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The ho\u200btel w\u00adas\ufeff fine", "The hotel was fine"),
        ("The h\u043et\u0435l \u0430t the lake", "The hotel at the lake"),
        ("Caf\u00e9 \u0421\u0430f\u00e9 of the hotel", "Caf\u00e9 cafe of the hotel"),
    ],
)
def test_disguise_is_taken_off(text: str, expected: str) -> None:
    assert undisguised(text) == expected
    assert split(text) == expected.casefold().split()


@pytest.mark.parametrize(
    "text",
    [
        "Ein sch\u00f6nes Caf\u00e9, stra\u00dfenseitig laut",
        "\u041e\u0442\u0435\u043b\u044c \u0445\u043e\u0440\u043e\u0448\u0438\u0439, wi\u0444i \u043d\u0435\u0442",
        "The sign said \u0440\u0435\u0441\u0442\u043e\u0440\u0430\u043d and the food was good",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    ],
)
def test_ordinary_texts_stay_as_they_are(text: str) -> None:
    assert undisguised(text) == text


@pytest.mark.parametrize(
    "made",
    [lambda size: "x" * (size - 3) + " x\u0430", lambda size: "xx\u0430 " * size, lambda size: "x\u200b" * size],
)
def test_disguise_costs_by_length_and_nothing_beyond_the_cap(made: Callable[[int], str]) -> None:
    eighth, whole, beyond = (
        made(size)[:size] for size in (MOST_CHARACTERS // 8, MOST_CHARACTERS, 100 * MOST_CHARACTERS)
    )
    assert times_as_long(lambda: undisguised(whole), lambda: undisguised(eighth)) < LINEAR_IN_EIGHT
    assert times_as_long(lambda: undisguised(beyond), lambda: undisguised(whole)) < NO_LONGER
