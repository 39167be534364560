"""What reviews speak of and find wrong, in nine languages: word lists, turned words, clauses and stars."""

import numpy as np
import pytest

from detection.text.aspects import Said, aspects, languages, read_aspects
from detection.text.wordlists import load

LANGUAGES = {"en", "de", "it", "fr", "es", "nl", "pt", "pl", "tr"}


def judged(text: str, language: str, rating: float) -> tuple[set[str], set[str]]:
    """The names of the aspects that one review names, and finds at fault."""
    said = read_aspects([text], [language], [rating])
    return names(said.named[0]), names(said.fault[0])


def names(bits: np.int64) -> set[str]:
    return {name for bit, name in enumerate(aspects()) if bits >> bit & 1}


@pytest.mark.parametrize(
    ("language", "text", "aspect"),
    [
        ("en", "Jackhammers from seven in the morning, it is a building site.", "building_work"),
        ("de", "Vor dem Fenster eine Großbaustelle.", "building_work"),
        ("it", "Cantiere davanti, trapano alle otto", "building_work"),
        ("fr", "Tout est en travaux, perceuses partout", "building_work"),
        ("es", "El andamio de las obras quitaba la luz", "building_work"),
        ("nl", "Naast het hotel is een bouwput", "building_work"),
        ("pt", "O hotel está em obras", "building_work"),
        ("pl", "Hotel w remoncie, wiercenie od rana", "building_work"),
        ("tr", "Yan tarafta şantiye var", "building_work"),
        ("en", "We found a cockroach behind the curtain", "pests"),
        ("de", "Das Bad war schmutzig und voller Schimmel", "cleanliness"),
        ("it", "Camera sporca", "cleanliness"),
        ("fr", "Chambre très sale et bruyante", "cleanliness"),
        ("es", "No hay ascensor", "lift"),
        ("nl", "Het personeel was onvriendelijk", "staff"),
        ("pt", "Cheirava mal e tinha baratas", "pests"),
        ("pl", "Brak ciepłej wody przez dwa dni", "temperature"),
        ("tr", "Odalar ÇOK SOĞUKTU", "temperature"),
    ],
)
def test_a_fault_is_found_whatever_the_stars(language: str, text: str, aspect: str) -> None:
    for rating in (0.0, 1.0):
        named, fault = judged(text, language, rating)
        assert aspect in fault
        assert fault <= named


@pytest.mark.parametrize(
    ("language", "text", "aspect"),
    [
        ("en", "The room was not dirty at all.", "cleanliness"),
        ("de", "Es war nicht laut.", "noise"),
        ("fr", "Personnel pas du tout désagréable", "staff"),
        ("en", "The renovation is done, everything looks lovely and new.", "building_work"),
        ("it", "Colazione ottima", "breakfast"),
    ],
)
def test_what_is_turned_or_praised_is_named_without_a_fault(language: str, text: str, aspect: str) -> None:
    named, fault = judged(text, language, 1.0)
    assert aspect in named
    assert aspect not in fault


def test_a_thing_that_is_only_named_is_a_fault_with_few_stars_or_beside_a_negative_word() -> None:
    assert judged("Breakfast in the cellar", "en", 0.25)[1] == {"breakfast"}
    assert judged("Breakfast in the cellar", "en", 0.75)[1] == set()
    assert judged("A terrible breakfast", "en", 1.0)[1] == {"breakfast"}
    assert judged("A lovely breakfast", "en", 0.0)[1] == set()


def test_clauses_are_judged_apart() -> None:
    assert judged("Lovely breakfast, terrible bed", "en", 0.75) == ({"breakfast", "bed"}, {"bed"})


def test_an_unknown_language_is_looked_for_in_all_lists() -> None:
    assert judged("Überall Baustelle", "und", 0.0)[1] == {"building_work"}
    assert judged("Chambre sale", "und", 0.0)[1] == {"cleanliness"}


def test_what_cannot_be_read_is_said() -> None:
    said = read_aspects(["", "部屋が汚い", "dirty", "dirty", "Lärm"], ["en", "ja", "en-GB", "sv", "und"], [0.0] * 5)
    assert said.read.tolist() == [False, False, True, False, True]
    assert said.named[~said.read].tolist() == [0, 0, 0]
    assert names(said.fault[2]) == {"cleanliness"}


def test_nothing_comes_of_nothing() -> None:
    said = read_aspects([], [], [])
    assert isinstance(said, Said)
    assert len(said.named) == len(said.fault) == len(said.read) == 0


def test_every_aspect_knows_every_language() -> None:
    assert languages() == LANGUAGES
    listed = load("aspects")
    assert tuple(listed) == aspects()
    assert len(aspects()) < 63
    for aspect, by_kind in listed.items():
        assert {kind: set(by_language) for kind, by_language in by_kind.items()} == {
            "named": LANGUAGES,
            "fault": LANGUAGES,
        }, aspect
    assert {name: set(by_language) for name, by_language in load("polarity").items()} == dict.fromkeys(
        ("negative", "positive", "not"), LANGUAGES
    )
