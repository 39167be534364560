"""Links, e-mail, telephones and messengers in texts, and what only looks like them."""

import pytest

from detection.text.contacts import contacts


def found(text: str, language: str = "en") -> list[tuple[str, str, bool]]:
    return [(each.kind, text[each.start : each.end], each.hidden) for each in contacts(text, language)]


@pytest.mark.parametrize(
    ("text", "kind", "quote"),
    [
        ("More at https://villa-mar.com/rooms?x=1.", "link", "https://villa-mar.com/rooms?x=1"),
        ("See www.villa-mar.it, nice", "link", "www.villa-mar.it"),
        ("cheaper on villamar.co.uk really", "link", "villamar.co.uk"),
        ("photos: bit.ly/3xYz", "shortener", "bit.ly/3xYz"),
        (
            "https://www.booking.com/hotel/x.html?aid=12345",
            "referral",
            "https://www.booking.com/hotel/x.html?aid=12345",
        ),
        ("villamar.com/?ref=anna", "referral", "villamar.com/?ref=anna"),
        ("write to Anna.Rossi@villa-mar.it!", "email", "Anna.Rossi@villa-mar.it"),
        ("call +49 176 12345678", "phone", "+49 176 12345678"),
        ("Tel. 089/123456", "phone", "089/123456"),
        ("Taxi Ahmed 0532 123 45 67 is great", "phone", "0532 123 45 67"),
        ("(212) 555-0187 for rooms", "phone", "(212) 555-0187"),
        ("whatsapp +34 612 345 678", "messenger", "+34 612 345 678"),
        ("wa.me/34612345678", "messenger", "wa.me/34612345678"),
        ("https://t.me/cheaprooms", "messenger", "https://t.me/cheaprooms"),
        ("telegram: johnny_88 answers", "messenger", "telegram: johnny_88"),
        ("insta @villa.mar", "messenger", "insta @villa.mar"),
        ("Telegram → @villamar", "messenger", "Telegram → @villamar"),
        ("telegram - @villa_mar", "messenger", "telegram - @villa_mar"),
        ("Line ID: guidebob", "messenger", "Line ID: guidebob"),
        ("line id guide_bob", "messenger", "line id guide_bob"),
        ("book on LINE @cheaprooms", "messenger", "LINE @cheaprooms"),
        ("WeChat ID: guidebob", "messenger", "WeChat ID: guidebob"),
        ("We Chat ID: bob88", "messenger", "We Chat ID: bob88"),
        ("Viber: bob_88", "messenger", "Viber: bob_88"),
        ("Signal: bob_88", "messenger", "Signal: bob_88"),
        ("KakaoTalk ID: guidebob", "messenger", "KakaoTalk ID: guidebob"),
        ("Kakao Talk: bob_88", "messenger", "Kakao Talk: bob_88"),
        ("Whats App: bob_88", "messenger", "Whats App: bob_88"),
    ],
)
def test_ways_out_are_found(text: str, kind: str, quote: str) -> None:
    assert found(text) == [(kind, quote, False)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("hxxp://villamar.com/x", "link"),
        ("w w w . villamar . com", "link"),
        ("villamar (dot) com", "link"),
        ("villamar dot com", "link"),
        ("villamаr.com", "link"),
        ("ｖｉｌｌａｍａｒ．ｃｏｍ", "link"),
        ("villa\u200bmar.com", "link"),
        ("villamar.c0m", "link"),
        ("anna [at] gmail.com", "email"),
        ("anna (at) villamar (dot) it", "email"),
        ("0 1 7 6 - 2 3 4 5 6 7 8 9", "phone"),
        ("0️⃣1️⃣7️⃣6️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣", "phone"),
        ("zero one seven six, two three four five six seven", "phone"),
        ("wh4tsapp: +49 176 12345678", "messenger"),
        ("te1egram @johnny_88", "messenger"),
        ("t . me / cheaprooms", "messenger"),
        ("t (dot) me/cheaprooms", "messenger"),
        ("t dot me slash cheaprooms", "messenger"),
        ("t\u200b.me/bob88", "messenger"),
        ("wa . me / 39333123456", "messenger"),
        ("w h a t s a p p : bob_88", "messenger"),
        ("Ｌｉｎｅ ＩＤ： ｂｏｂ８８", "messenger"),
        ("telegram: @bob\u200f_88", "messenger"),
        ("v😀i😀l😀l😀a😀.😀c😀o😀m", "link"),
    ],
)
def test_disguised_ways_out_are_found_and_told(text: str, kind: str) -> None:
    assert [(each[0], each[2] or kind == "messenger") for each in found(f"so: {text} !")] == [(kind, True)]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("We booked via booking.com and on Hotels.com, see TripAdvisor.co.uk", "en"),
        ("Great hotel.It was clean.In the morning.We left", "en"),
        ("nice room.it was clean.at night.is it", "en"),
        ("Ótimo hotel.com piscina.de dia", "pt"),
        ("Bel posto.Si mangia bene.in centro", "it"),
        ("Mooi hotel.Net verbouwd.Er is", "nl"),
        ("Room 1204, floor 12, 2 beds; rooms 101 102 103 104", "en"),
        ("Stayed 12.05.2024 - 15.05.2024, 2024-05-12 to 2024-05-15", "en"),
        ("Open 07.30 - 10.30 and 18.00-22.00", "en"),
        ("It cost 1.200.000 IDR, or 10 000 000", "en"),
        ("My booking number 0123456789 was lost", "en"),
        ("Buchungsnummer: 2345678901", "de"),
        ("10/10 10/10 10/10 10/10", "en"),
        ("1 2 3 4 5 6 7 8 9 10", "en"),
        ("0000000000", "en"),
        ("Wifi password guest12345678", "en"),
        ("Wifi password: guestwlan2024.com", "en"),
        ("Das WLAN Passwort war gaestewlan2024.de und hat nie funktioniert.", "de"),
        ("La contraseña es hotelmar2024.com", "es"),
        ("They answer on WhatsApp. Lovely staff @ reception", "en"),
        ("Follow the signs: Instagram: beautiful spot", "en"),
        ("e.g. the U.S.A. at 3 p.m. for approx. 2.5 km", "en"),
        ("see menu.pdf and v2.0.1", "en"),
        ("a signal as weak as in 1999/2000 - 2001", "en"),
        ("one two three, one two three", "en"),
    ],
)
def test_what_only_looks_like_one(text: str, language: str) -> None:
    assert found(text, language) == []


@pytest.mark.parametrize(
    "text",
    ["We stood in line @reception for ages", "WE STOOD IN LINE @RECEPTION FOR AGES", "Take line 3 of the metro",
     "metro line: U4 is near", "bus line e102 stops here", "The bottom line: good_value", "Take the Red Line @Clark",
     "the signal was bad", "wifi signal: 2", "phone signal: 3g_only", "Signal - none in the room", "signal: 4 bars",
     "Kakao: lecker", "line id check at the door", "They paid with WeChat: quick and easy", "we chat: nice_people",
     "Mr T. Me / my wife loved it", "on-line: book_now", "5⭐5⭐5⭐5⭐5⭐5⭐5⭐", "10⭐10⭐10⭐10⭐"],
)  # fmt: skip
def test_words_that_are_messengers_too(text: str) -> None:
    assert found(text) == []


def test_pictures_do_not_hide_a_number() -> None:
    assert [each.target for each in contacts("call +39😀333😀123😀4567", "en")] == ["393331234567"]


def test_a_full_stop_before_a_capital_is_no_link() -> None:
    assert found("Nice hotel.Com fluent staff") == []
    assert found("NICEHOTEL.COM is cheaper") == [("link", "NICEHOTEL.COM", False)]


@pytest.mark.parametrize(
    "text",
    ["They forgot the password. villamar.com is better", "password: www.villamar.com", "password villamar.com/deal",
     "password: villamar (dot) com", "password for all I know lost, try villamar.com"],
)  # fmt: skip
def test_a_password_hides_no_address(text: str) -> None:
    assert [kind for kind, _, _ in found(text)] == ["link"]


def test_each_place_counts_once() -> None:
    assert found("anna@villamar.com") == [("email", "anna@villamar.com", False)]
    assert len(contacts("a@b.com " * 400, "en")) == 20


def test_where_it_leads_does_not_depend_on_the_writing() -> None:
    said = ["www.villamar.com/a", "http://villamar.com", "VillaMar.com"]
    assert {each.target for text in said for each in contacts(text, "en")} == {"villamar.com"}
    assert [each.target for each in contacts("facebook.com/x and facebook.com/y", "en")] == [
        "facebook.com/x",
        "facebook.com/y",
    ]
    links = ["t.me/bob_88", "https://t.me/bob_88?start=1", "telegram: @bob_88"]
    assert {each.target for text in links for each in contacts(text, "en")} == {"bob_88"}
    chats = ["wa.me/39333123456", "api.whatsapp.com/send?phone=39333123456&text=hi", "WhatsApp +39 333 123 456"]
    assert {each.target for text in chats for each in contacts(text, "en")} == {"39333123456"}
    assert {each.target for text in ("0176-2345 6789", "0176 23456789") for each in contacts(text, "en")} == {
        "017623456789"
    }
