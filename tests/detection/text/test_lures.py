"""Lures in texts: every pattern's own examples, and texts made to be slow."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detection.text import MOST_CHARACTERS
from detection.text.lures import KINDS, MOST_QUOTED, WORDED, languages, read_lures
from detection.text.wordlists import load
from tests.timing import LINEAR_IN_EIGHT, NO_LONGER, times_as_long

LANGUAGES = {"en", "de", "fr", "it", "es", "tr", "nl", "pt", "pl"}
NASTY = [
    "a.", "a@", "a.a@", "1 ", "+1 ", "1-", "0 1 7 6 ", "www.", "www . ", "w w w . ", "http://", "[dot]", "( dot ) ",
    "x dot com ", "free dessert ", "refund or ", "i will ", "review for ", "zero one two ", "telegram: a_", "use code ",
    "a\u200b", "аa", "е.с ", "𝐰", "ﷺ", "e\u0336", "\ud800", "\x00", "漢", "ا", "٠", "ก", "א", "😀", "1️⃣", "a-", " . com",
    "t . ", "t . me / ", "a😀", "t e l e g r a m ", "line id: ", "5 ⭐ ", "= ", "free = 5 stars ", "because we ",
    "?ref=", "x.com/", "insta @", "12.12.2020 - ", " at gmail.", "a@b.com ",
    "leave a review get free dessert for 5 stars ",
]  # fmt: skip


def kinds(text: str, language: str) -> set[str]:
    return {lure.kind for lure in read_lures([text], [language])[0]}


def examples() -> Iterator[tuple[str, str, str, bool]]:
    words = load("lures")
    for kind in WORDED:
        for language, entry in words[kind].items():
            yield from ((kind, language, text, True) for text in entry["hits"])
            yield from ((kind, language, text, False) for text in entry["not"])


@pytest.mark.parametrize(("kind", "language", "text", "wanted"), list(examples()))
def test_examples(kind: str, language: str, text: str, wanted: bool) -> None:
    if wanted:
        assert kind in kinds(text, language)
    else:
        assert kinds(text, language) == set()


def test_every_language_has_every_kind_with_examples_and_every_class_is_used() -> None:
    words = load("lures")
    assert languages() == LANGUAGES
    for language in LANGUAGES:
        used = {"not"}
        for kind in WORDED:
            entry = words[kind][language]
            assert len(entry["hits"]) >= 2, (kind, language)
            assert len(entry["not"]) >= 2, (kind, language)
            for pattern in entry["patterns"]:
                names, gaps = pattern.split()[::2], pattern.split()[1::2]
                assert len(names) == len(gaps) + 1
                assert all(0 <= int(gap) <= 6 for gap in gaps)
                used |= set(names)
        assert used >= set(words["classes"][language]), language
        assert used <= set(words["classes"][language]), language


def test_an_unknown_language_is_looked_at_in_all() -> None:
    assert kinds("Gratis Nachtisch für fünf Sterne!", "und") == {"reward"}
    assert kinds("Ti ammazzo", "und") == {"threat"}
    assert read_lures(["Ti ammazzo"], ["und"])[0][0].language == "it"


def test_a_language_without_patterns_still_has_its_ways_out() -> None:
    assert kinds("Free dessert for five stars, www.villamar.com", "ja") == {"link"}


def test_regional_codes_are_their_language() -> None:
    assert kinds("Sobremesa grátis por cinco estrelas!", "pt-BR") == {"reward"}


def test_disguised_words_are_told() -> None:
    (plain,) = read_lures(["Free dessert for five stars"], ["en"])[0]
    (veiled,) = read_lures(["Frее dеssert for five stars"], ["en"])[0]
    assert (plain.kind, plain.hidden) == ("reward", False)
    assert (veiled.kind, veiled.hidden) == ("reward", True)
    assert veiled.quote == "Frее dеssert for five stars"


def test_a_sentence_ends_a_pattern() -> None:
    assert kinds("We got a voucher. For a good review see below", "en") == set()


def test_a_question_offers_nothing() -> None:
    assert kinds("A free drink for a good review? Never heard of it.", "en") == set()
    assert kinds("A free drink for a good review! Who says no?", "en") == {"reward"}


@pytest.mark.parametrize("text", ["Free dessert for 5⭐", "Free dessert for 5★", "Free dessert for 🌟🌟🌟🌟🌟"])
def test_stars_are_read_as_signs_too(text: str) -> None:
    assert kinds(text, "en") == {"reward"}
    assert kinds(text.replace(" for", "!"), "en") == set()


def test_each_lure_is_told_once_and_not_too_many() -> None:
    assert len(read_lures(["I will kill you. " * 30], ["en"])[0]) == 1
    many = " ".join(f"site{number}.com" for number in range(100))
    assert len(read_lures([many], ["en"])[0]) == 20


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=200), st.sampled_from(["en", "pt", "und", "ja"]))
def test_any_text_is_read_and_quoted_as_it_stands(text: str, language: str) -> None:
    for lure in read_lures([text + " www.x1.com " + text], [language])[0]:
        assert lure.kind in KINDS
        assert lure.quote in text + " www.x1.com " + text
        assert 0 < len(lure.quote) <= MOST_QUOTED


def times(text: str, other: str) -> float:
    """How many times as long one text takes as another, each read a few times: the word lists cost something too."""
    return times_as_long(lambda: read_lures([text] * 6, ["en"] * 6), lambda: read_lures([other] * 6, ["en"] * 6))


@pytest.mark.parametrize("unit", NASTY, ids=ascii)
def test_time_grows_no_faster_than_the_text(unit: str) -> None:
    whole = (unit * MOST_CHARACTERS)[:MOST_CHARACTERS]
    assert times(whole, whole[: MOST_CHARACTERS // 8]) < LINEAR_IN_EIGHT


@pytest.mark.parametrize("unit", NASTY, ids=ascii)
def test_a_megabyte_takes_no_longer_than_what_is_read_of_it(unit: str) -> None:
    text = (unit * 1_000_000)[:1_000_000]
    assert times(text, text[:MOST_CHARACTERS]) < NO_LONGER


def test_a_megabyte_of_every_script() -> None:
    signs = [chr(point) for point in range(0x20, 0x30000) if not 0xD800 <= point < 0xE000]
    text = "".join(signs) * 6
    assert len(text) > 1_000_000
    for start in range(0, len(signs), 3_900):
        piece = "www.villamar.com " + "".join(signs[start : start + 3_900])
        assert "link" in kinds(piece, "en"), hex(start)
    assert times(text, text[:MOST_CHARACTERS]) < NO_LONGER
