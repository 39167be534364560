"""Texts freed of disguise, with the way back to the original."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection.text import MOST_CHARACTERS
from detection.text.disguise import Bare, bare, joined, word_endings

HIDDEN_WORDS = [
    "exаmple",  # Cyrillic a
    "eхample",  # Cyrillic kha
    "ехаmрlе",
    "exαmple",
    "ｅｘａｍｐｌｅ",
    "𝐞𝐱𝐚𝐦𝐩𝐥𝐞",
    "𝓮𝔁𝓪𝓶𝓹𝓵𝓮",
    "ⓔⓧⓐⓜⓟⓛⓔ",
    "🅔🅧🅐🅜🅟🅛🅔",
    "🅴🆇🅰🅼🅿🅻🅴",
    "e\u200bx\u200bample",
    "exam\u00adple",
    "e\u2060x\ufeffample",
    "ex\u0336a\u0336mple",
    "exa\x00mple",
    "ᴇxᴀᴍᴘʟᴇ",
    "e🔥x🔥a🔥m🔥p🔥l🔥e",
    "e⭐x➡️a✨m🔥p❤l🔥e",
    "e\u200fx\u202aample",
]


@pytest.mark.parametrize("text", HIDDEN_WORDS)
def test_disguise_comes_off_and_is_told(text: str) -> None:
    told = bare(f"see {text} now")
    at = told.text.index("example")
    assert told.hidden(at, at + 7)
    assert not told.hidden(0, 3)
    assert not told.hidden(len(told.text) - 3, len(told.text))
    start, end = told.place(at, at + 7)
    assert f"see {text} now"[start:end].strip("\u0336") == text.strip("\u0336")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Überraschend GUT, fiancée à Łódź", "uberraschend gut, fiancee a lodz"),
        ("Çok güzel İyi ısı", "cok guzel iyi isi"),
        ("cafe\u0301 50 m\u00b2", "cafe 50 m2"),
        ("Отель очень хороший, рядом море", "отель очень хорошии, рядом море"),
        ("Το ξενοδοχείο και η θέα", "το ξενοδοχειο και η θεα"),
        ("👨\u200d👩\u200d👧 ❤\ufe0f great", "👨👩👧 ❤ great"),
    ],
)
def test_ordinary_texts_are_only_folded(text: str, read: str) -> None:
    told = bare(text)
    assert told.text == read
    words = [at for at, sign in enumerate(told.text) if sign.isalnum()]
    assert not any(told.odd[at] for at in words)


def test_other_scripts_keep_their_own_letters() -> None:
    assert "сосед" in bare("Мой сосед и море").text
    assert bare("Hotel сосо").text == "hotel coco"


def test_wide_digits_are_ordinary_where_the_script_is_wide() -> None:
    here, there = bare("電話番号は０３です"), bare("call ０３ now")
    assert "03" in here.text
    assert "03" in there.text
    assert not any(here.odd)
    assert any(there.odd)


def test_keycaps_are_digits() -> None:
    told = bare("0\ufe0f\u20e31\ufe0f\u20e3")
    assert told.text == "01"
    assert told.odd == b"\1\1"


@pytest.mark.parametrize(
    "text",
    [
        "w w w . x y . com",
        "www . xy . com",
        "www dot xy dot com",
        "www.xy (dot) com",
        "www[.]xy[.]com",
        "www.xy•com",
        "w w w . x y . c o m",
        "WWW .  XY . COM",
    ],
)
def test_addresses_are_joined(text: str) -> None:
    told = joined(bare(f"see {text} now"), "en")
    at = told.text.index("www.xy.com")
    assert told.hidden(at, at + 10)
    start, end = told.place(at, at + 10)
    assert f"see {text} now"[start:end] == text


def test_a_messengers_name_letter_by_letter_is_joined() -> None:
    assert "telegram:bob_88" in joined(bare("T e l e g r a m : b o b _ 8 8"), "en").text
    assert joined(bare("a b c d e f g h"), "en").text == "a b c d e f g h"


def test_pictures_between_words_stay() -> None:
    for text in ("great😀food😀thanks", "a 😀 b 😀 c 😀 d 😀 e", "1⭐ 2⭐ 3⭐ 4⭐ 5⭐"):
        assert bare(text).text == text


def test_mail_signs_are_joined() -> None:
    for text in ("anna [at] gmail.com", "anna(at)gmail.com", "anna at gmail dot com", "a n n a @ g m a i l . c o m"):
        assert "anna@gmail.com" in joined(bare(text), "en").text


def test_sentences_are_left_apart() -> None:
    for text, language in [
        ("Ótimo ponto . com boa vista", "pt"),
        ("Il punto di ritrovo. it is", "it"),
        ("a b c d e", "en"),
        ("It was nice . We liked it", "en"),
    ]:
        assert joined(bare(text), language).text == bare(text).text


def test_words_that_are_endings_too() -> None:
    assert "com" in word_endings("pt")
    assert "com" not in word_endings("en")
    assert {"com", "it"} <= word_endings("xx")


@given(st.text(max_size=300))
def test_every_sign_knows_its_place(text: str) -> None:
    for told in (bare(text), joined(bare(text), "en")):
        assert len(told.text) == len(told.starts) == len(told.ends) == len(told.odd)
        assert list(told.starts) == sorted(told.starts)
        assert all(0 <= start < end <= len(text) for start, end in zip(told.starts, told.ends, strict=True))


def test_only_so_much_is_read() -> None:
    for text in ("a" * 10_000, "\ufdfa" * 10_000, "é" * 10_000):
        told = bare(text)
        assert isinstance(told, Bare)
        assert len(told.text) <= MOST_CHARACTERS + 20


@given(st.text(alphabet="aéñ0. \t\n’ж", max_size=40))
def test_a_plain_text_is_read_as_sign_by_sign(text: str) -> None:
    """A sign in disguise behind it has the whole read the long way, to the same end."""
    plain, whole = bare("é" + text), bare("é" + text + " \u200bx")
    length = len(plain.text)
    assert whole.text[:length] == plain.text
    assert list(whole.starts[:length]) == list(plain.starts)
    assert list(whole.ends[:length]) == list(plain.ends)
    assert whole.odd[:length] == plain.odd == bytes(length)
