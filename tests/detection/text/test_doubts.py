"""Irony and texts for both sides: found where a language's signs are, and not in plain praise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection.text.doubts import against, foreign, ironic, mixed
from detection.text.passages import Passage
from detection.text.polarity import spoken
from detection.text.wordlists import load, phrases
from tests.detection.text.hostile import PATTERNS, any_texts, long_text
from tests.timing import LINEAR_IN_EIGHT, times_as_long

SAID = [(language, phrase) for language, said in load("irony")["said"].items() for phrase in phrases(said)]
QUOTED = {
    "en": 'What a "clean" room that was.',
    "de": "Ein „sauberes“ Zimmer war das.",
    "fr": "Une chambre «propre» sans doute.",
    "it": 'Una camera "pulita" davvero.',
    "es": 'Una habitación "limpia" según ellos.',
    "nl": 'Een "schoon" hotel noemen ze dat.',
    "pt": 'Um quarto "limpo" segundo eles.',
    "pl": "Pokój „czysty” podobno.",
    "tr": 'Oda "temiz" imiş.',
}
HONEST = {
    "en": "The room was clean and the staff were lovely. Great breakfast, just as promised; we would come again!",
    "de": "Das Zimmer war sauber und das Personal freundlich. Super Frühstück, wir kommen gerne wieder!",
    "fr": "La chambre était propre et le personnel aimable. Très bon petit déjeuner, nous reviendrons !",
    "it": "La camera era pulita e il personale gentile. Ottima colazione, torneremo volentieri!",
    "es": "La habitación estaba limpia y el personal amable. Excelente desayuno, ¡volveremos!",
    "nl": "De kamer was schoon en het personeel vriendelijk. Heerlijk ontbijt, we komen graag terug!",
    "pt": "O quarto estava limpo e a equipa simpática. Excelente pequeno almoço, vamos voltar!",
    "pl": "Pokój był czysty, a obsługa miła. Świetne śniadanie, na pewno wrócimy!",
    "tr": "Oda temizdi ve personel güler yüzlüydü. Harika kahvaltı, yine geliriz!",
}


ORDINARY = {
    "en": "We were there for a week and the staff was very kind, but it is not cheap.",
    "de": "Wir waren eine Woche da und das Personal war sehr nett, aber es ist nicht billig.",
    "fr": "Nous avons dormi dans une chambre qui est très calme, et le personnel était aimable, mais pas pour tous.",
    "it": "Siamo stati una settimana e il personale era molto gentile, ma non è economico per una coppia.",
    "es": "Estuvimos una semana y el personal fue muy amable, pero no es barato para las parejas.",
    "nl": "We waren er een week en het personeel was heel aardig, maar het is niet goedkoop.",
    "pt": "Ficámos uma semana e o pessoal foi muito simpático, mas não é barato para os dois.",
    "pl": "Byliśmy tu tydzień i obsługa była bardzo miła, ale nie jest to tanie, jak na to miejsce.",
    "tr": "Bir hafta kaldık ve personel çok iyiydi ama bu otel ucuz değil, yine de bizim için her şey var.",
}


def test_every_language_with_word_lists_has_phrases_and_examples() -> None:
    assert spoken() == {language for language, _ in SAID} == set(QUOTED) == set(HONEST)
    assert set(load("function")["words"]) == spoken()


@pytest.mark.parametrize("language", sorted(ORDINARY))
def test_a_text_under_another_language_s_name_is_foreign_there_alone(language: str) -> None:
    text = ORDINARY[language]
    assert [stated for stated in sorted(ORDINARY) if foreign(text, stated)] == sorted(ORDINARY.keys() - {language})
    assert not foreign(text, f"{language}-XX")
    # Nobody says which language it is, or no list knows that one.
    assert not foreign(text, "und")
    assert not foreign(text, "ja")


def test_few_little_words_tell_no_language() -> None:
    assert not foreign("Top! Very good.", "de")
    # A guest quotes what the sign said.
    assert not foreign(f"{ORDINARY['de']} Da stand: the pool is closed for the winter.", "de")


@pytest.mark.parametrize(("language", "phrase"), SAID)
def test_each_phrase_of_irony_is_heard(language: str, phrase: str) -> None:
    assert ironic(f"{HONEST[language]} {phrase.capitalize()}, 12.", language)


@pytest.mark.parametrize("language", sorted(QUOTED))
def test_quoted_praise_may_be_irony(language: str) -> None:
    assert ironic(QUOTED[language], language)


@pytest.mark.parametrize("language", sorted(HONEST))
def test_plain_praise_is_none(language: str) -> None:
    assert not ironic(HONEST[language], language)


@pytest.mark.parametrize("sign", ["(!)", "(?)", "(!?)", "(?!)", " /s", *load("irony")["signs"]["any"].split()])
@pytest.mark.parametrize("language", ["en", "ja", "und"])
def test_signs_hold_in_any_language(sign: str, language: str) -> None:
    assert ironic(f"A lovely night {sign}", language)


@pytest.mark.parametrize(
    "text",
    [
        'The "Seeblick" suite was lovely.',
        'The sign said "we wish all of our guests a good day", and it was.',
        "Rates of 20/stay and 5/s1, see /src.",
        "Good (really!) and clean (why not?).",
        '"',
        "",
    ],
)
def test_names_long_quotes_and_slashes_are_none(text: str) -> None:
    assert not ironic(text, "en")


def test_phrases_are_their_own_language_s() -> None:
    assert ironic("Na toll", "de")
    assert not ironic("Na toll", "en")
    assert not ironic('A "clean" room, yeah right', "xx")
    assert ironic("Yeah right", "en-GB")


@pytest.mark.parametrize(
    ("pulls", "better", "expected"),
    [
        ([3.0, -2.0], True, True),
        ([3.0, -1.9], True, False),
        ([2.0, -3.0], False, True),
        ([1.9, -3.0], False, False),
        ([3.0], True, False),
        # All that it says speaks for the given stars.
        ([-3.0], True, True),
        ([0.0, 0.0], True, False),
        ([], False, False),
        ([1.0, 1.0, 1.0, -1.0, -1.0], True, True),
    ],
)
def test_mixed_where_two_fifths_speak_for_the_given_stars(pulls: list[float], better: bool, expected: bool) -> None:
    assert mixed([Passage("x", pull) for pull in pulls], better=better) == expected


@given(st.lists(st.floats(-9, 9), max_size=9))
def test_what_is_mixed_one_way_and_not_the_other_leans(pulls: list[float]) -> None:
    said = [Passage("x", pull) for pull in pulls]
    turned = [Passage("x", -pull) for pull in pulls]
    assert mixed(said, better=True) == mixed(turned, better=False)


@given(any_texts(), st.sampled_from([*sorted(QUOTED), "ja", "und", ""]))
def test_any_text_has_an_answer(text: str, language: str) -> None:
    assert foreign(text, language) in {True, False}
    assert ironic(text, language) in (True, False)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_time_grows_with_the_length_only(pattern: str) -> None:
    short, long = long_text(pattern, 8_000), long_text(pattern, 64_000)
    assert times_as_long(lambda: ironic(long, "en"), lambda: ironic(short, "en")) < LINEAR_IN_EIGHT


def test_listed_words_that_clearly_say_the_other_thing():
    assert against(0.75, better=False)
    assert against(-0.75, better=True)
    assert not against(0.75, better=True)
    assert not against(0.5, better=False)
