"""What reviews speak of and find wrong, in nine languages: word lists, turned words, clauses and stars."""

import numpy as np
import pytest

from detection.text.aspects import Said, aspects, languages, read_aspects
from detection.text.wordlists import load
from tests.timing import LINEAR_IN_EIGHT, NO_LONGER, times_as_long

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


def test_what_people_praise_in_bad_reviews_too_needs_a_negative_word() -> None:
    assert judged("Location\nBreakfast", "en", 0.0) == ({"location", "breakfast"}, {"breakfast"})
    assert judged("Ubicación", "es", 0.0) == ({"location"}, set())
    assert judged("A terrible location", "en", 1.0)[1] == {"location"}


@pytest.mark.parametrize(
    ("language", "text", "aspect"),
    [
        ("en", "The breakfast was not good", "breakfast"),
        ("de", "Das Frühstück war nicht gut", "breakfast"),
        ("fr", "Le lit n'est pas confortable", "bed"),
        ("it", "La colazione non è buona", "breakfast"),
        ("es", "El desayuno no era bueno", "breakfast"),
    ],
)
def test_turned_praise_is_blame(language: str, text: str, aspect: str) -> None:
    assert judged(text, language, 1.0)[1] == {aspect}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "We didn't have any problem with the staff"),
        ("en", "Breakfast without any problems"),
        ("it", "Nessun problema con il personale"),
        ("es", "Ningún problema con el personal"),
    ],
)
def test_turned_blame_is_no_fault(language: str, text: str) -> None:
    for rating in (0.0, 1.0):
        named, fault = judged(text, language, rating)
        assert len(named) == 1
        assert fault == set()


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("en", ("The rooms are cramped", "The toilet was clogged", "The pool was closed", "No parking")),
        ("de", ("Zimmer winzig", "Dusche verstopft", "Pool geschlossen", "Kein Parkplatz")),
        ("it", ("Camera piccola", "Doccia intasata", "Piscina chiusa", "Senza parcheggio")),
        ("fr", ("Chambre minuscule", "Douche bouchée", "Piscine fermée", "Pas de parking")),
        ("es", ("Habitación pequeña", "Ducha atascada", "Piscina cerrada", "Sin aparcamiento")),
        ("nl", ("Kamer te klein", "Douche verstopt", "Zwembad gesloten", "Geen parkeerplaats")),
        ("pt", ("Quarto pequeno", "Chuveiro entupido", "Piscina fechada", "Sem estacionamento")),
        ("pl", ("Ciasny pokój", "Zatkany prysznic", "Basen był zamknięty", "Brak parkingu")),
        ("tr", ("Oda küçük", "Duş tıkalı", "Havuz kapalı", "Otopark yok")),
    ],
)
def test_rooms_bathrooms_facilities_and_parking(language: str, texts: tuple[str, ...]) -> None:
    for aspect, text in zip(("room", "bathroom", "facilities", "parking"), texts, strict=True):
        for rating in (0.0, 1.0):
            assert aspect in judged(text, language, rating)[1]


def test_bits_keep_their_aspects() -> None:
    """Partials of two nights are compared by bit."""
    assert aspects() == (
        *("building_work", "noise", "cleanliness", "pests", "temperature", "staff", "food", "breakfast", "wifi"),
        *("billing", "safety", "location", "bed", "view", "wait", "smell", "lift", "condition"),
        *("room", "bathroom", "facilities", "parking"),
    )


HOSTILE = {
    "one word": "a",
    "turned words": "not bad ",
    "beginnings": "renovat renovation builder building ",
    "no clause ends": "dirty room bad breakfast nicht gut pas bon ",
    "clause ends": ".,;:!?()",
    "marks": "e\u0301\u0302\u0303",
    "control": "\x00\x1b\u200b\u202e",
    "scripts": "汚い部屋 غرفة قذرة ห้องสกปรก грязно ",
    "wide": "\ufdfa",
}


@pytest.mark.parametrize("language", ["en", "und"])
@pytest.mark.parametrize("seed", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_megabyte_costs_no_more_than_a_page(seed: str, language: str) -> None:
    """Only the first characters are read; these in time that grows with their number."""

    def read(text: str) -> Said:
        return read_aspects([text], [language], [0.0])

    eighth, page, megabyte = ((seed * size)[:size] for size in (500, 4_000, 1_000_000))
    one = read(megabyte)
    assert one.read.all()
    assert (one.fault & ~one.named == 0).all()
    assert times_as_long(lambda: read(page), lambda: read(eighth)) < LINEAR_IN_EIGHT
    assert times_as_long(lambda: read(megabyte), lambda: read(page)) < NO_LONGER


def test_clauses_are_judged_apart() -> None:
    assert judged("Lovely breakfast, terrible bed", "en", 0.75) == ({"breakfast", "bed"}, {"bed"})


def test_an_unknown_language_is_looked_for_in_all_lists() -> None:
    assert judged("Überall Baustelle", "und", 0.0)[1] == {"building_work"}
    assert judged("Chambre sale", "und", 0.0)[1] == {"cleanliness", "room"}


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
