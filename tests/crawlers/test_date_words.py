from importlib import resources

import pytest

from crawlers.date_words import LANGUAGES, Token, folded, lexicon, tokens_of


def test_the_package_holds_one_file_for_each_language() -> None:
    names = {file.name for file in resources.files("crawlers.date_words").iterdir() if file.name.endswith(".toml")}
    assert names == {f"{language}.toml" for language in LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_a_language_has_its_meaning(language: str) -> None:
    words = lexicon(language)
    assert all(run and words.longest[run[0]] >= len(run) for run in words.meanings)
    months = {meaning["month"] for meaning in words.meanings.values() if "month" in meaning}
    marks = {meaning["mark"] for meaning in words.meanings.values() if "mark" in meaning}
    assert months == set(range(1, 13)) or marks == {"year", "month", "day"}
    units = {meaning["unit"] for meaning in words.meanings.values() if "unit" in meaning}
    assert units == {"second", "minute", "hour", "day", "week", "month", "year"}
    assert all("".join(sorted(order)) == "dmy" for order in (*words.orders, *words.orders_of_region.values()))


def test_combining_marks_case_and_width_are_folded() -> None:
    assert folded("AOU\u0302T Août août ＡＯÛＴ") == "aout aout aout aout"
    assert folded("Aralık ARALIK İki ŁĄKA ٣") == "aralik aralik iki laka 3"


def test_times_of_day_are_left_out_and_dates_in_figures_kept_together() -> None:
    assert list(tokens_of("Am 3.5.2026 um 10:30 Uhr")) == [
        Token("word", "am"),
        Token("day", "3.5.2026"),
        Token("word", "um"),
        Token("word", "uhr"),
    ]
    assert list(tokens_of("3時間前 10時30分")) == [Token("number", "3"), *(Token("word", each) for each in "時間前")]
    assert list(tokens_of("05/2026 '26 3+")) == [
        Token("month", "05/2026"),
        Token("number", "2026"),
        Token("number", "3"),
        Token("open_end", "+"),
    ]
