"""Words and phrases found in texts: whole words, folded, stars at either end."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection.text.wordlists import Hit, Pattern, Reader, WordList, fold, load, phrases, words_of
from tests.timing import LINEAR_IN_EIGHT, times_as_long


def found(listed: WordList, text: str) -> list[tuple[str, int, int]]:
    return [(hit.label, hit.start, hit.end) for hit in Reader(listed).hits(words_of(text))]


def test_case_and_accents_are_folded() -> None:
    assert fold("STRAẞE Ça coûte ŁÓDŹ DÜĞÜNÜ İyi ısı Smørrebrød") == "strasse ca coute lodz dugunu iyi isi smorrebrod"


def test_words_are_runs_of_letters() -> None:
    assert words_of("L'hôtel: 3-star, room_12 (no Wi-Fi)") == ["l", "hotel", "star", "room", "no", "wi", "fi"]


def test_only_whole_words_count() -> None:
    listed = WordList({"rat": ["rat"], "bed": ["camp bed"]})
    assert found(listed, "a rat, no pirate; the rate of a camp  bed") == [("rat", 1, 2), ("bed", 8, 10)]
    assert found(listed, "camp") == []


def test_stars_stand_for_ends_and_beginnings() -> None:
    listed = WordList({"noise": ["*lärm", "lärm*", "laut* musik*"]})
    assert found(listed, "Baulärm") == [("noise", 0, 1)]
    assert found(listed, "lärmende Gäste") == [("noise", 0, 1)]
    assert found(listed, "sehr lauter Musikverein") == [("noise", 1, 3)]
    assert found(listed, "lauter Verein") == []


def test_phrases_split_at_apostrophes_as_texts_do() -> None:
    assert found(WordList({"x": ["didn't work"]}), "It didn't work") == [("x", 1, 4)]


def test_what_is_remembered_changes_nothing() -> None:
    reader = Reader(WordList({"x": ["one*", "one two"]}))
    first = reader.hits(["one", "two"])
    assert reader.hits(["one", "two"]) == first
    assert sorted(first) == [Hit("x", 0, 1), Hit("x", 0, 2)]


LISTS = [["*"], ["a*"], ["*a"], ["ab*", "*ba", "a*", "aba"], ["abab*", "*b", "*"], ["*abab", "b* a"], ["a"], []]


@given(st.text("ab", max_size=12), st.sampled_from(LISTS))
def test_every_beginning_and_end_is_looked_at_in_order(word: str, said: list[str]) -> None:
    wanted = [Pattern("x", each, ()) for each in said if each == word]
    for cut in range(len(word) + 1):
        for each in said:
            first, *rest = each.split()
            if first.endswith("*") and first[:-1] == word[:cut]:
                wanted.append(Pattern("x", first, tuple(rest)))
        ends = [each for each in said if each.startswith("*") and not each.endswith("*")]
        wanted += [Pattern("x", each, ()) for each in ends if each[1:] == word[cut:]]
    assert WordList({"x": said}).beginning_with(word) == wanted


def test_time_grows_no_faster_than_the_word() -> None:
    listed, short, long = WordList({"x": ["laut*", "*lärm", "bed"]}), "a" * 5_000, "a" * 40_000
    assert times_as_long(lambda: listed.beginning_with(long), lambda: listed.beginning_with(short)) < LINEAR_IN_EIGHT


@given(st.text(max_size=60))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def entries(name: str) -> Iterator[tuple[str, str, str]]:
    """Label, language and phrases of a file, whose lists stand one or two tables deep."""
    for label, table in load(name).items():
        for key, inner in table.items():
            if isinstance(inner, str):
                yield label, key, inner
            else:
                yield from ((f"{label}:{key}", language, said) for language, said in inner.items())


@pytest.mark.parametrize("name", ["occasions", "aspects", "polarity"])
def test_every_phrase_finds_itself(name: str) -> None:
    for label, language, said in entries(name):
        for phrase in phrases(said):
            hits = Reader(WordList({label: [phrase]})).hits(words_of(phrase))
            assert any(hit.label == label for hit in hits), f"{language}: {phrase}"
