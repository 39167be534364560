"""The occasions that texts name, in a dozen languages."""

import pytest

from detection.text.occasions import kinds, occasions
from detection.text.wordlists import load

LANGUAGES = {"en", "de", "it", "fr", "es", "nl", "pt", "pl", "tr"}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("We were here for a wedding.", "wedding"),
        ("Wir waren zu einer Hochzeit hier.", "wedding"),
        ("Eravamo qui per un matrimonio.", "wedding"),
        ("Nous étions là pour un MARIAGE.", "wedding"),
        ("Vinimos a una boda.", "wedding"),
        ("We waren er voor de bruiloft van mijn zus", "wedding"),
        ("Estivemos cá para um casamento", "wedding"),
        ("Byliśmy tu na weselu brata", "wedding"),
        ("Kuzenimizin DÜĞÜNÜ için geldik", "wedding"),
        ("Vi var här på bröllopsfest", "wedding"),
        ("We came with a coach party.", "group_tour"),
        ("Wir waren mit einer Reisegruppe da.", "group_tour"),
        ("Siamo venuti con una gita in pullman.", "group_tour"),
        ("Voyage en autocar avec des amis", "group_tour"),
        ("Nocowaliśmy na szkoleniu firmowym", "conference"),
        ("Zur Messe in der Stadt", "conference"),
        ("Op bezoek bij de Kerstmarkt", "festival"),
        ("Etli ekmek ve festival", "festival"),
        ("Corrimos el maratón al día siguiente", "sports"),
        ("Zum 60. Geburtstag meiner Mutter", "celebration"),
        ("Fuimos al concierto y dormimos aquí", "concert"),
    ],
)
def test_an_occasion_is_found(text: str, kind: str) -> None:
    assert occasions([text]) == [frozenset({kind})]


def test_texts_without_an_occasion_name_none() -> None:
    plain = [
        "",
        "Great room, bridge view, fairly priced",
        "Das Zimmer war sauber",
        "東京 1234 !!",
        "mariachi in the bar",
    ]
    assert occasions(plain) == [frozenset()] * len(plain)


def test_a_text_may_name_several() -> None:
    assert occasions(["A wedding, then a conference", "nothing"]) == [{"wedding", "conference"}, frozenset()]


def test_every_kind_knows_the_languages() -> None:
    listed = load("occasions")
    assert tuple(listed) == kinds()
    for kind, by_language in listed.items():
        assert set(by_language) >= LANGUAGES, kind
