"""The words that dates are written in: one file for each language, and texts cut into words and numbers."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

LANGUAGES = ("en", "fr", "de", "es", "it", "pt", "nl", "ru", "pl", "tr", "ja", "zh", "ko", "sv")

_CJK = r"\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7a3"
_TOKEN = re.compile(
    rf"""
      (?P<day>(?<!\d)\d{{1,4}}\s?(?P<sep>[-./])\s?\d{{1,2}}\s?(?P=sep)\s?\d{{1,4}}(?!\d))(?:t(?=\d\d:))?
    | (?P<month>(?<![\d./-])(?:\d{{4}}\s?[-./]\s?\d{{1,2}}|\d{{1,2}}[-./]\d{{4}})(?!\d|[./-]\d))
    | (?P<time>(?<!\d)\d{{1,2}}(?:
          :\d\d(?::\d\d(?:[.,]\d{{1,9}})?)?(?:\s?[ap]\.?\s?m\b\.?)?(?:\s?(?:z|utc|gmt)\b)?(?:\s?[+-]\d\d:?\d\d(?!\d))?
        | \s?(?:[ap]\.?m\b\.?|uhr\b(?:\s?\d\d\b)?|h\s?\d\d(?!\d))
        | \s?[時时点點](?![間间])(?:\s?\d{{1,2}}\s?分)?(?:\s?\d{{1,2}}\s?秒)?
        | \s?시(?!\s?간)(?:\s?\d{{1,2}}\s?분)?(?:\s?\d{{1,2}}\s?초)?))
    | ['’](?P<short_year>\d\d)(?!\d)
    | (?P<number>\d+)
    | (?P<cjk>[{_CJK}])
    | (?P<word>(?:(?![{_CJK}])[^\W\d_])+)
    | (?P<open_end>[<>+~≥≤±])
    """,
    re.VERBOSE,
)
# Letters that no mark is taken from in Unicode, as those who type without accents write them.
_PLAIN = str.maketrans({"ı": "i", "ł": "l", "ø": "o"})


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a text. ``kind`` is ``word``, ``number``, ``day``, ``month`` (both in figures) or ``open_end``."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Lexicon:
    """One language: what runs of words mean, as roles and values, and the orders of numeric dates, likeliest first.

    ``longest`` is the number of words of the longest run by the word that it begins with.
    """

    meanings: Mapping[tuple[str, ...], Mapping[str, Any]]
    longest: Mapping[str, int]
    orders: tuple[str, ...]
    orders_of_region: Mapping[str, str]

    def orders_in(self, region: str) -> tuple[str, ...]:
        """The orders of day, month and year that a region is known to write: ``dmy``, ``mdy``, ``ymd``."""
        return (self.orders_of_region[region],) if region in self.orders_of_region else self.orders


def folded(text: str) -> str:
    """Lower case without accents, full-width forms and invisible characters; decimal digits of all scripts as ASCII."""
    decomposed = unicodedata.normalize("NFKD", text)
    kept = (each for each in decomposed if unicodedata.category(each) not in ("Mn", "Me", "Cf"))
    plain = "".join(str(unicodedata.decimal(each)) if each.isdecimal() else each for each in kept)
    return unicodedata.normalize("NFC", plain).casefold().translate(_PLAIN)


def tokens_of(text: str) -> Iterator[Token]:
    """Words (Chinese, Japanese and Korean ones a character each), numbers and numeric dates; times of day left out."""
    for match in _TOKEN.finditer(folded(text)):
        kind = match.lastgroup or ""
        if kind == "short_year":
            yield Token("number", f"20{match[kind]}")
        elif kind == "sep":
            yield Token("day", match["day"])
        elif kind != "time":
            yield Token("word" if kind == "cjk" else kind, match[kind])


@cache
def lexicon(language: str) -> Lexicon:
    """The lexicon of one of ``LANGUAGES``."""
    file = resources.files(__name__) / f"{language}.toml"
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    meanings: dict[tuple[str, ...], dict[str, Any]] = {}
    for phrase, role, value in _entries(data):
        meanings.setdefault(tuple(token.text for token in tokens_of(phrase)), {})[role] = value
    longest: dict[str, int] = {}
    for run in meanings:
        longest[run[0]] = max(len(run), longest.get(run[0], 0))
    return Lexicon(meanings, longest, tuple(data.get("order", "").split()), data.get("orders", {}))


def _entries(data: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Phrase, role and value of everything that a language's file names."""
    for role in ("before", "after", "under", "barred"):
        yield from ((phrase, role, True) for phrase in data[role])
    yield from ((phrase, "label", True) for line in data["labels"] for phrase in line.split())
    yield from ((phrase, "month", number) for number, forms in enumerate(data["months"], 1) for phrase in forms.split())
    marks = zip(("year", "month", "day"), data.get("marks", ()), strict=False)
    yield from ((phrase, "mark", unit) for unit, forms in marks for phrase in forms.split())
    for number, forms in data["numbers"].items():
        yield from ((phrase, "number", int(number)) for phrase in forms.split())
    for unit, forms in data["units"].items():
        yield from ((phrase, "unit", unit) for phrase in forms.split())
    for amount, phrases in data["amounts"].items():
        number, unit = amount.split()
        yield from ((phrase, "amount", (int(number), unit)) for phrase in phrases)
    for name, phrases in data["phrases"].items():
        yield from ((phrase, "phrase", name) for phrase in phrases)
