"""The forms that sites write dates in, language by language, and what they can mean."""

import datetime as dt
import re
from collections.abc import Callable
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.date_words import LANGUAGES
from crawlers.dates import MAX_LENGTH, DateInterval, read_dates
from store.canonical import PRECISIONS
from tests.timing import LINEAR_IN_EIGHT, times_as_long

FIGURES = re.compile(r"\d\d[./-]\d\d[./-]")
SEEN = dt.date(2026, 11, 22)
DAY = ("2026-05-03", "2026-05-03", "day")
MONTH = ("2026-05-01", "2026-05-31", "month")
TODAY = ("2026-11-21", "2026-11-22", "week")
DAYS_3 = ("2026-11-18", "2026-11-20", "week")
YESTERDAY = ("2026-11-20", "2026-11-22", "week")
WEEKS_2 = ("2026-10-31", "2026-11-13", "week")
A_MONTH = ("2026-09-21", "2026-11-08", "month")
MONTHS_5 = ("2026-05-21", "2026-07-11", "month")
A_YEAR = ("2024-11-20", "2026-05-25", "year")
LAST_WEEK = ("2026-11-07", "2026-11-22", "week")
LAST_MONTH = ("2026-09-21", "2026-11-22", "month")

FORMS = {
    "en": [
        ("May 3, 2026", DAY), ("3rd of May 2026", DAY), ("Reviewed on 3 May 2026", DAY), ("Dated: 2026-05-03", DAY),
        ("Written on Sunday, May 3rd, 2026 at 10:30 pm", DAY), ("Sun May 03 2026 10:00:00 GMT+0200 (CEST)", DAY),
        ("Reviewed in the United Kingdom on 3 May 2026", DAY), ("Date of stay: May 2026", MONTH), ("May '26", MONTH),
        ("Reviewed 3 days ago", DAYS_3), ("3d ago", DAYS_3), ("three days ago", DAYS_3), ("3 hours ago", TODAY),
        ("just now", TODAY), ("Today", TODAY), ("Yesterday at 9 am", YESTERDAY), ("2 weeks ago", WEEKS_2),
        ("a month ago", A_MONTH), ("Edited 5 months ago", MONTHS_5), ("a year ago", A_YEAR), ("last week", LAST_WEEK),
        ("less than a minute ago", TODAY), ("about 1 hour ago", TODAY),
    ],
    "fr": [
        ("3 mai 2026", DAY), ("Avis publié le 3 mai 2026", DAY), ("le 03/05/2026 à 10h30", DAY), ("mai 2026", MONTH),
        ("il y a 3 jours", DAYS_3), ("Avis publié il y a 3 jours", DAYS_3), ("Il y a 3 heures", TODAY),
        ("aujourd'hui", TODAY), ("hier", YESTERDAY), ("il y a 2 semaines", WEEKS_2), ("il y a un mois", A_MONTH),
        ("il y a 5 mois", MONTHS_5), ("il y a un an", A_YEAR), ("il y a plus d'un an", A_YEAR),
        ("la semaine dernière", LAST_WEEK), ("à l’instant", TODAY), ("1er septembre 2025", "2025-09-01"),
        ("il y a sept jours", ("2026-11-14", "2026-11-16", "week")),
    ],
    "de": [
        ("3. Mai 2026", DAY), ("Bewertet am 3. Mai 2026", DAY), ("03.05.2026, 10:30 Uhr", DAY), ("Mai 2026", MONTH),
        ("Bewertet im Mai 2026", MONTH), ("vor 3 Tagen", DAYS_3), ("vor 3 Stunden", TODAY), ("heute", TODAY),
        ("gestern", YESTERDAY), ("vor 2 Wochen", WEEKS_2), ("vor einem Monat", A_MONTH), ("vor 5 Monaten", MONTHS_5),
        ("Bearbeitet vor etwa einem Jahr", A_YEAR), ("letzte Woche", LAST_WEEK), ("gerade eben", TODAY),
        ("1. März 2025", "2025-03-01"),
    ],
    "es": [
        ("3 de mayo de 2026", DAY), ("Escrita el 3 de mayo de 2026", DAY), ("03/05/2026", DAY), ("mayo de 2026", MONTH),
        ("Fecha de la estancia: mayo de 2026", MONTH), ("hace 3 días", DAYS_3), ("hace 3 horas", TODAY), ("hoy", TODAY),
        ("ayer", YESTERDAY), ("hace 2 semanas", WEEKS_2), ("hace un mes", A_MONTH), ("hace 5 meses", MONTHS_5),
        ("Hace un año", A_YEAR), ("la semana pasada", LAST_WEEK), ("el mes pasado", LAST_MONTH),
        ("3 ago 2025", "2025-08-03"),
    ],
    "it": [
        ("3 maggio 2026", DAY), ("Recensito il 3 maggio 2026", DAY), ("03/05/2026", DAY), ("maggio 2026", MONTH),
        ("3 giorni fa", DAYS_3), ("3 ore fa", TODAY), ("oggi", TODAY), ("ieri", YESTERDAY), ("2 settimane fa", WEEKS_2),
        ("un mese fa", A_MONTH), ("5 mesi fa", MONTHS_5), ("un anno fa", A_YEAR), ("la scorsa settimana", LAST_WEEK),
        ("Data della visita: maggio 2026", MONTH),
    ],
    "pt": [
        ("3 de maio de 2026", DAY), ("Avaliado em 3 de maio de 2026", DAY), ("03/05/2026", DAY),
        ("maio de 2026", MONTH), ("há 3 dias", DAYS_3), ("3 dias atrás", DAYS_3),
        ("há 3 dias atrás", DAYS_3), ("há 3 horas", TODAY),
        ("hoje", TODAY), ("ontem", YESTERDAY), ("há 2 semanas", WEEKS_2), ("um mês atrás", A_MONTH),
        ("há 5 meses", MONTHS_5), ("há um ano", A_YEAR), ("semana passada", LAST_WEEK),
        ("1º de março de 2025", "2025-03-01"),
    ],
    "nl": [
        ("3 mei 2026", DAY), ("Beoordeeld op 3 mei 2026", DAY), ("03-05-2026", DAY), ("mei 2026", MONTH),
        ("Datum van verblijf: mei 2026", MONTH), ("3 dagen geleden", DAYS_3), ("3 uur geleden", TODAY),
        ("vandaag", TODAY), ("gisteren", YESTERDAY), ("2 weken geleden", WEEKS_2), ("een maand geleden", A_MONTH),
        ("5 maanden geleden", MONTHS_5), ("één jaar geleden", A_YEAR), ("vorige week", LAST_WEEK),
    ],
    "ru": [
        ("3 мая 2026", DAY), ("3 мая 2026 г.", DAY), ("Отзыв написан 3 мая 2026 года", DAY), ("03.05.2026", DAY),
        ("май 2026", MONTH), ("3 дня назад", DAYS_3), ("3 часа назад", TODAY), ("сегодня", TODAY),
        ("Вчера", YESTERDAY), ("2 недели назад", WEEKS_2), ("месяц назад", A_MONTH), ("5 месяцев назад", MONTHS_5),
        ("год назад", A_YEAR), ("на прошлой неделе", LAST_WEEK), ("только что", TODAY),
    ],
    "pl": [
        ("3 maja 2026", DAY), ("Opinia napisana 3 maja 2026 r.", DAY), ("03.05.2026", DAY), ("maj 2026", MONTH),
        ("3 dni temu", DAYS_3), ("3 godziny temu", TODAY), ("dzisiaj", TODAY), ("wczoraj", YESTERDAY),
        ("2 tygodnie temu", WEEKS_2), ("miesiąc temu", A_MONTH), ("5 miesięcy temu", MONTHS_5), ("rok temu", A_YEAR),
        ("w zeszłym tygodniu", LAST_WEEK), ("1 października 2025", "2025-10-01"),
    ],
    "tr": [
        ("3 Mayıs 2026", DAY), ("3 MAYIS 2026 tarihinde yazıldı", DAY), ("03.05.2026", DAY), ("Mayıs 2026", MONTH),
        ("3 gün önce", DAYS_3), ("3 saat önce", TODAY), ("bugün", TODAY), ("dün", YESTERDAY), ("2 hafta önce", WEEKS_2),
        ("bir ay önce", A_MONTH), ("5 ay önce", MONTHS_5), ("bir yıl önce", A_YEAR), ("geçen hafta", LAST_WEEK),
        ("1 KASIM 2025", "2025-11-01"),
    ],
    "ja": [
        ("2026年5月3日", DAY), ("投稿日：2026年5月3日(日) 10時30分", DAY), ("2026/05/03", DAY), ("2026年5月", MONTH),
        ("宿泊日 2026年5月", MONTH), ("2026年5月3日 午前10:30", DAY),
        ("3日前", DAYS_3), ("３日前", DAYS_3), ("3時間前", TODAY), ("今日", TODAY),
        ("昨日", YESTERDAY), ("2週間前", WEEKS_2), ("1か月前", A_MONTH), ("1 ヶ月前に編集", A_MONTH),
        ("5か月前", MONTHS_5), ("1年前", A_YEAR), ("先週", LAST_WEEK), ("一昨日", ("2026-11-19", "2026-11-21", "week")),
    ],
    "zh": [
        ("2026年5月3日", DAY), ("发布于 2026年5月3日 下午3:30", DAY), ("二〇二六年五月三日", DAY), ("2026-5-3", DAY),
        ("2026年5月", MONTH), ("入住日期：2026年5月", MONTH), ("3天前", DAYS_3), ("三天前", DAYS_3), ("3小时前", TODAY),
        ("3 小時前", TODAY), ("剛剛", TODAY), ("昨天", YESTERDAY), ("2周前", WEEKS_2), ("2 週前", WEEKS_2),
        ("一个月前", A_MONTH), ("5 個月前", MONTHS_5), ("一年前", A_YEAR), ("上周", LAST_WEEK), ("上個月", LAST_MONTH),
        ("2025年十二月十二日", "2025-12-12"),
    ],
    "ko": [
        ("2026년 5월 3일", DAY), ("작성일: 2026. 5. 3.", DAY), ("2026.05.03", DAY),
        ("2026년 5월", MONTH), ("3일 전", DAYS_3),
        ("2026년 5월 3일 오전 10:30", DAY),
        ("3시간 전", TODAY), ("오늘", TODAY), ("어제", YESTERDAY), ("2 주 전", WEEKS_2), ("한 달 전", A_MONTH),
        ("5개월 전", MONTHS_5), ("1년 전", A_YEAR), ("지난주", LAST_WEEK),
        ("이틀 전", ("2026-11-19", "2026-11-21", "week")),
    ],
    "sv": [
        ("3 maj 2026", DAY), ("Recenserat den 3 maj 2026", DAY), ("2026-05-03", DAY), ("03/05/2026", DAY),
        ("maj 2026", MONTH), ("för 3 dagar sedan", DAYS_3), ("3 timmar sedan", TODAY), ("i dag", TODAY),
        ("igår", YESTERDAY), ("för 2 veckor sedan", WEEKS_2), ("för en månad sedan", A_MONTH),
        ("för 5 månader sedan", MONTHS_5), ("ett år sedan", A_YEAR), ("förra veckan", LAST_WEEK),
    ],
}  # fmt: skip


def interval(first: str, last: str, precision: str) -> DateInterval:
    return DateInterval(dt.date.fromisoformat(first), dt.date.fromisoformat(last), precision)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_forms_of_a_language(language: str) -> None:
    for text, meant in FORMS[language]:
        expected = interval(meant, meant, "day") if isinstance(meant, str) else interval(*meant)
        assert read_dates(text, SEEN, language=language) == expected, text


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_tell_their_language_by_themselves(language: str) -> None:
    """Without a language, or under the wrong one, a text in words means the same; figures alone may stay open."""
    wrong = "ja" if language == "en" else "en"
    for text, meant in FORMS[language]:
        expected = interval(meant, meant, "day") if isinstance(meant, str) else interval(*meant)
        for other in (None, "xx", wrong):
            got = read_dates(text, SEEN, language=other)
            assert got is not None, text
            assert got.first <= expected.first <= expected.last <= got.last, (text, other)
            assert got == expected or FIGURES.search(text), (text, other)


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("04/05/2026", None, ("2026-04-05", "2026-05-04", "month")),
        ("04/05/2026", "en", ("2026-04-05", "2026-05-04", "month")),
        ("04/05/2026", "en-US", ("2026-04-05", "2026-04-05", "day")),
        ("04/05/2026", "en_GB", ("2026-05-04", "2026-05-04", "day")),
        ("04.05.26", "de-AT", ("2026-05-04", "2026-05-04", "day")),
        ("26.05.04", "ko", ("2026-05-04", "2026-05-04", "day")),
        ("13/05/2026", None, ("2026-05-13", "2026-05-13", "day")),
        ("05/13/2026", "de", ("2026-05-13", "2026-05-13", "day")),
        ("05/05/2026", None, ("2026-05-05", "2026-05-05", "day")),
        # The other reading lies in the future.
        ("12/11/2026", None, ("2026-11-12", "2026-11-12", "day")),
        ("11/12/2026", "de", None),
        ("04/05/06", None, None),
        ("31/02/2026", None, None),
        ("05/2026", None, MONTH),
        ("2026-05", None, MONTH),
        ("13/2026", None, None),
        ("2026", None, ("2026-01-01", "2026-11-23", "year")),
        ("2025年", None, ("2025-01-01", "2025-12-31", "year")),
        ("November 2026", "en", ("2026-11-01", "2026-11-23", "month")),
        ("2026-11-23T00:10:00+13:00", None, ("2026-11-23", "2026-11-23", "day")),
        ("2026-11-24", None, None),
        ("1989-12-31", None, None),
        ("36 years ago", "en", ("1990-01-01", "1991-06-03", "year")),
        ("40 years ago", "en", None),
    ],
)
def test_figures_and_bounds(text: str, language: str | None, expected: tuple[str, str, str] | None) -> None:
    assert read_dates(text, SEEN, language=language) == (None if expected is None else interval(*expected))


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "never", "12 May", "May", "3 days", "months ago", "since May 2026", "before 3 May 2026",
        "30+ days ago",
        "> 3 days ago", "in 3 days", "several months ago", "2.5 weeks ago", "1 year 2 months ago", "99 May 2026",
        "May 2026, 3 days ago", "3 May 2026 - 5 May 2026", "3-5 May 2026", "4 of 5 stars", "vor Mai 2026", "半年前",
        "1年半前", "2026年前", "令和8年5月3日", "depuis 3 jours", "30 February 2026", "1717171717", "3 дня",
        "9" * 190 + " days ago", "9" * 200, "May 3, 2026 " + "x" * 200, "May 3, 2026 " + "x " * 11,
        "a month ago " + "in " * 30,
    ],
)  # fmt: skip
def test_what_names_no_date_that_can_be_relied_on(text: str) -> None:
    assert read_dates(text, SEEN) is None
    assert read_dates(text, SEEN, language="en") is None


@pytest.mark.parametrize(
    "text",
    [
        "  A\u00a0MONTH\u202fAGO\u200b ", "a month ago.", "(a month ago)", "ａ ｍｏｎｔｈ ａｇｏ", "１ month ago",
        "١ month ago", "a mo\u0301nth a\u0308go", "Reviewed: a month ago · by Ann",
    ],
)  # fmt: skip
def test_spelling_does_not_matter(text: str) -> None:
    assert read_dates(text, SEEN, language="en") == interval(*A_MONTH)


zones = st.integers(-12 * 60, 14 * 60).map(lambda minutes: dt.timedelta(minutes=minutes))
moments = st.datetimes(dt.datetime.fromisoformat("1995-01-01"), dt.datetime.fromisoformat("2060-01-01"))
UNITS = {"week": 7.0, "month": 30.0, "mean month": 30.436875, "year": 365.0, "mean year": 365.2425}


def ages(units: float, rule: str) -> tuple[int, str]:
    """The number that a platform writes, which cuts off or rounds."""
    number = int(units) if rule == "floor" else int(units + 0.5)
    return number, "s" if number != 1 else ""


@given(moments, st.integers(0, 40 * 365 * 24 * 60), st.sampled_from(sorted(UNITS)), st.sampled_from(["floor", "round"]))
def test_the_true_day_lies_in_what_a_platform_says(now: dt.datetime, minutes: int, unit: str, rule: str) -> None:
    posted = now - dt.timedelta(minutes=minutes)
    number, plural = ages(minutes / 1440 / UNITS[unit], rule)
    got = read_dates(f"{number} {unit.rpartition(' ')[2]}{plural} ago", now.date(), language="en")
    if posted.date() >= dt.date(1991, 6, 1):
        assert got is not None
        assert got.first <= posted.date() <= got.last <= now.date()
        assert got.precision == unit.rpartition(" ")[2]


@given(moments, st.integers(0, 60), st.integers(0, 27), zones)
def test_calendar_months_and_other_zones(now: dt.datetime, months: int, days: int, zone: dt.timedelta) -> None:
    """A platform that counts whole calendar months, and names the day on its own clock."""
    here = now + zone
    month = here.year * 12 + here.month - 1 - months
    posted = here.replace(year=month // 12, month=month % 12 + 1, day=min(here.day, 28)) - dt.timedelta(days=days)
    got = read_dates(f"il y a {months} mois", now.date(), language="fr")
    if posted.date() >= dt.date(1991, 1, 1) and posted <= now:
        assert got is not None
        assert got.first <= posted.date() <= got.last


@given(moments, st.integers(0, 60 * 24 * 60), st.sampled_from(["floor", "round"]), zones)
def test_the_true_day_lies_in_days_and_hours(now: dt.datetime, minutes: int, rule: str, zone: dt.timedelta) -> None:
    posted = now - dt.timedelta(minutes=minutes)
    days_apart = ((now + zone).date() - (posted + zone).date()).days
    texts = [
        f"vor {ages(minutes / size, rule)[0]} {unit}" for size, unit in ((1440, "Tagen"), (60, "Std."), (1, "Min."))
    ]
    texts.append(f"vor {days_apart} Tagen")
    texts += {0: ["heute"], 1: ["gestern"], 2: ["vorgestern"]}.get(days_apart, [])
    for text in texts:
        got = read_dates(text, now.date(), language="de")
        assert got is not None
        assert got.first <= posted.date() <= got.last, text


words = st.sampled_from(sorted({text for forms in FORMS.values() for text, _ in forms}))
pieces = st.one_of(words, st.text(max_size=12), st.integers(0, 9999).map(str), st.sampled_from(" .,-/+'’:年月日T"))


@given(
    st.lists(pieces, max_size=6).map(" ".join), st.dates(), st.one_of(st.none(), st.sampled_from(LANGUAGES), st.text())
)
def test_any_text_is_survived(text: str, seen: dt.date, language: str | None) -> None:
    got = read_dates(text, seen, language=language)
    if got is not None:
        assert dt.date(1990, 1, 1) <= got.first <= got.last
        assert got.last.toordinal() <= seen.toordinal() + 1
        assert got.precision in PRECISIONS
        assert got.precision != "day" or got.first == got.last


@pytest.mark.parametrize("unit", ["1 ", "il y a ", "年月日", "1-1-", ":00 ", "\ufdfa", "a\u0301", " ", "a"], ids=ascii)
def test_hostile_texts_take_time_in_line_with_their_length(unit: str) -> None:
    numbers = count()

    def reading(length: int) -> Callable[[], object]:
        said = (unit * length)[: length - 12]
        # What was read before is remembered.
        return lambda: read_dates(f"{next(numbers):010}{said}x", SEEN)

    assert times_as_long(reading(MAX_LENGTH), reading(MAX_LENGTH // 8)) < LINEAR_IN_EIGHT


def test_a_set_of_languages_covers_what_reviews_are_written_in() -> None:
    assert set(FORMS) == set(LANGUAGES)
