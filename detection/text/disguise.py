"""Texts freed of disguise: look-alike letters, invisible marks, spaced and bracketed dots, with the way back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from detection.text import MOST_CHARACTERS
from detection.text.wordlists import fold, load, phrases

_PLAIN, _SHAPED, _ALIKE, _UNSEEN, _FOREIGN, _FRAME = range(6)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x0d\x0e-\x1f\x7f]")
# Letters of other scripts and small capitals, with the Latin letters they look like (Unicode TR 39, a small part).
_LOOKALIKES = dict(
    zip(
        "аеорсухіјѕԁһԛԝкмтвнгпьӏАВЕКМНОРСТУХЅІЈαορυνικτχεηβγωΑΒΕΖΗΙΚΜΝΟΡΤΥΧոօսհɡɑɩᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ",
        "aeopcyxijsdhqwkmtbhrnblabekmhopctyxsijaopuviktxenbywabezhikmnoptyxnouhgaiabcdefghijklmnoprstuvwyz",
        strict=True,
    )
)
# Letters in black circles and squares, which no Unicode decomposition opens.
_BLACK = {chr(first + n): chr(97 + n) for first in (0x1F150, 0x1F170) for n in range(26)}
_DOTS = frozenset("·•∙‧⋅。․")
_OPEN, _CLOSE = r"\s{0,2}[(\[{<]\s{0,2}", r"\s{0,2}[)\]}>]\s{0,2}"
_NOT_PLAIN = "\0"
_MOST_SIGNS = 20_000
# Links to messengers in parts; "." after "t" alone ends many a sentence, so what follows must be a path.
_MESSENGER_DOT = r"(?:(?<=(?<![\w'’&.-])t)|(?<=(?<![\w'’&.-])wa))"
_MESSENGER_PATH = r"(?=me\s{0,2}(?:/|\sslash\s)\s{0,2}[a-z0-9_+@]{3})"
_CHAT = re.compile(r"me\s{0,2}(?:/|slash\s)")
_MESSENGER_SLASH = r"(?:(?<=(?<![\w.-])t\.me)|(?<=(?<![\w.-])wa\.me))"
# Arrows, stars and emojis, for a class of signs in a pattern.
PICTURES = r"\u2190-\u2bff\U0001f000-\U0001faff"
_STREWN = re.compile(rf"(?<![^\W_])[a-z0-9@./:](?:[{PICTURES}]{{1,3}}[a-z0-9@./:]){{3,60}}(?![^\W_])")
_PICTURE = re.compile(f"[{PICTURES}]")
_LETTER_BY_LETTER = re.compile(r"(?<!\S)(?:[a-z0-9.@/:_-] ){3,60}[a-z0-9.@/:_-](?!\S)")


@dataclass(frozen=True, slots=True)
class Bare:
    """A text as it is searched: lower case, without accents, look-alikes and invisible marks.

    Character n stands for the characters from ``starts[n]`` to ``ends[n]`` of the original; ``odd[n]`` is 1 where it
    stood there in disguise.
    """

    text: str
    starts: Sequence[int]
    ends: Sequence[int]
    odd: bytes

    def hidden(self, start: int, end: int) -> bool:
        """Whether a part can only be read once the disguise is off."""
        return self.odd.find(1, start, end) >= 0

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where a part stands in the original."""
        return self.starts[start], self.ends[end - 1]


@lru_cache(maxsize=2)
def bare(text: str) -> Bare:
    """The first ``MOST_CHARACTERS`` of a text, folded, without pictures strewn between single letters."""
    told = _folded(text)
    if told.text.isascii():
        return told
    strewn = _STREWN.finditer(told.text)
    spots = [(found.start(), found.end()) for run in strewn for found in _PICTURE.finditer(told.text, *run.span())]
    return _rewritten(told, ((start, end, "") for start, end in spots))


def _folded(text: str) -> Bare:
    """A text folded sign by sign.

    Look-alikes count as the letters they look like in words that have letters of no other script, where the text as a
    whole or the word is Latin; digits and letters of unusual shape are disguise in Latin texts only.
    """
    read = text[:MOST_CHARACTERS]
    if read.isascii() and not _CONTROL.search(read):
        places = range(len(read) + 1)
        return Bare(read.lower(), places[:-1], places[1:], bytes(len(read)))
    plain = read.translate(_plain_signs)
    if _NOT_PLAIN not in plain:
        places = range(len(read) + 1)
        return Bare(plain, places[:-1], places[1:], bytes(len(read)))
    looks = [_look(sign) for sign in read]
    kinds = [kind for _, kind in looks]
    latin = sum(kind == _PLAIN and said.isalpha() for said, kind in looks)
    foreign, alike = kinds.count(_FOREIGN), kinds.count(_ALIKE)
    mostly_latin = latin >= foreign + alike or (latin > 0 and not foreign)
    as_latin = _read_as_latin(looks, mostly_latin) if alike else bytes(len(looks))
    said: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    odd, veiled = bytearray(), False
    for place, (shown, kind) in enumerate(looks):
        if kind == _UNSEEN:
            veiled = bool(said) and not said[-1].isspace()
            continue
        if kind == _FRAME:
            odd[-1:] = b"\1" * bool(odd)
            continue
        letters = read[place].lower() if kind == _ALIKE and not as_latin[place] else shown
        strange = veiled or (kind == _SHAPED and mostly_latin) or (kind == _ALIKE and as_latin[place])
        for letter in letters:
            said.append(letter)
            starts.append(place)
            ends.append(place + 1)
            odd.append(strange and not letter.isspace())
        veiled = veiled and not letters
        if len(said) >= MOST_CHARACTERS:
            break
    return Bare("".join(said), starts, ends, bytes(odd))


def joined(told: Bare, language: str) -> Bare:
    """The text with what hides an address undone: ``w w w . x``, ``x (dot) com``, ``x . com``, ``name [at] x``."""
    runs = [match for match in _LETTER_BY_LETTER.finditer(told.text) if _is_address(match.group())]
    spots = [
        (place, place + 1, "") for run in runs for place in range(run.start(), run.end()) if told.text[place] == " "
    ]
    told = _rewritten(told, spots)
    for pattern, sign in (*_rewritings(language), *(_chat_rewritings() if _CHAT.search(told.text) else ())):
        told = _rewritten(told, ((match.start(), match.end(), sign) for match in pattern.finditer(told.text)))
    return told


def _is_address(run: str) -> bool:
    """Whether letters set apart spell an address or a messenger's name."""
    together = run.replace(" ", "")
    return "." in run or "@" in run or any(name in together for name in _messengers())


@cache
def _messengers() -> tuple[str, ...]:
    return tuple(phrases(load("lures")["contacts"]["messenger_names"]))


def _rewritten(told: Bare, spots: Iterable[tuple[int, int, str]]) -> Bare:
    """The text with each spot (start, end, one sign or nothing) replaced, which makes it and its neighbours odd."""
    spots = list(spots)
    if not spots:
        return told
    said: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    odd, last = bytearray(), 0
    for start, end, sign in [*spots, (len(told.text), len(told.text), "")]:
        said.append(told.text[last:start])
        starts.extend(told.starts[last:start])
        ends.extend(told.ends[last:start])
        odd += told.odd[last:start]
        if start < end:
            odd[-1:] = b"\1" * bool(odd)
            if sign:
                said.append(sign)
                starts.append(told.starts[start])
                ends.append(told.ends[end - 1])
                odd.append(1)
        last = end
    return Bare("".join(said), starts, ends, bytes(odd))


@cache
def _rewritings(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    words = load("lures")["contacts"]
    dot, at = ("|".join(map(fold, phrases(words[name]))) for name in ("dot", "at"))
    endings = [each for each in ("com", "net", "org") if each not in word_endings(language)]
    ended = rf"(?=(?:{'|'.join(endings)})(?![a-z0-9]))"
    mail = rf"(?=(?:{'|'.join(phrases(words['mail']))})\.)"
    rules = [
        (rf"{_OPEN}(?:{dot}|\.){_CLOSE}", "."),
        (rf"{_OPEN}(?:{at}|@){_CLOSE}", "@"),
        (rf"(?<=www)\s{{0,2}}(?:\.|\s(?:{dot}))\s{{1,2}}(?=[a-z0-9])", "."),
        (r"\s{1,2}(?:dot|punkt|punto|kropka|nokta)\s{1,2}" + ended, "."),
        (r"\s{1,2}\.\s{0,2}" + ended, "."),
        (r"\.\s{1,2}(?=com(?![a-z0-9]))", "." if "com" in endings else ""),
        (rf"\s{{1,2}}(?:{at}|@)\s{{1,2}}{mail}", "@"),
    ]
    return tuple((re.compile(pattern), sign) for pattern, sign in rules if sign)


@cache
def _chat_rewritings() -> tuple[tuple[re.Pattern[str], str], ...]:
    dot = "|".join(map(fold, phrases(load("lures")["contacts"]["dot"])))
    dots = rf"{_MESSENGER_DOT}(?:\s{{1,2}}\.\s{{0,2}}|\.\s{{1,2}}|\s(?:{dot})\s){_MESSENGER_PATH}"
    slashes = rf"{_MESSENGER_SLASH}(?:\s{{1,2}}/\s{{0,2}}|/\s{{1,2}}|\sslash\s)(?=[a-z0-9_+@]{{3}})"
    return (re.compile(dots), "."), (re.compile(slashes), "/")


@cache
def word_endings(language: str) -> frozenset[str]:
    """Endings of addresses that are words of a language, or of any where it has no list."""
    by_language = load("lures")["contacts"]["word_endings"]
    said = [by_language[language]] if language in by_language else by_language.values()
    return frozenset(each for entry in said for each in phrases(entry))


def _read_as_latin(looks: Sequence[tuple[str, int]], mostly_latin: bool) -> bytearray:
    """Which look-alikes stand for Latin letters, by the word that they are in."""
    found = bytearray(len(looks))
    start = 0
    for place in range(len(looks) + 1):
        if place < len(looks) and not looks[place][0].isspace():
            continue
        word = looks[start:place]
        kinds = {kind for _, kind in word}
        latin = mostly_latin or any(kind == _PLAIN and said.isalpha() for said, kind in word)
        if _ALIKE in kinds and _FOREIGN not in kinds and latin:
            found[start:place] = b"\1" * (place - start)
        start = place + 1
    return found


@lru_cache(maxsize=_MOST_SIGNS)
def _look(sign: str) -> tuple[str, int]:
    """How a sign is read, and what kind of sign it is."""
    category, point = unicodedata.category(sign), ord(sign)
    digit = unicodedata.decimal(sign, None)
    folded = fold(sign)
    ordinary = point < 0x250 or unicodedata.normalize("NFD", sign)[0].isascii()
    rules: tuple[tuple[bool, str, int], ...] = (
        (sign in _LOOKALIKES, _LOOKALIKES.get(sign, ""), _ALIKE),
        (sign in _BLACK, _BLACK.get(sign, ""), _SHAPED),
        (sign in _DOTS, ".", _SHAPED),
        (sign == "\u20e3", "", _FRAME),
        (category == "Cc" and sign.isspace(), " " if sign == "\t" else "\n", _PLAIN),
        (category in {"Cc", "Cf", "Cs"} or sign in "\u034f\u115f\u1160\u3164", "", _UNSEEN),
        (0xFE00 <= point <= 0xFE0F or 0x334 <= point <= 0x338 or category == "Me", "", _UNSEEN),
        (category[0] == "M", "", _PLAIN),
        (category[0] == "Z", " " if category == "Zs" else "\n", _PLAIN),
        (sign.isascii(), sign.lower(), _PLAIN),
        (digit is not None, str(digit), _SHAPED),
        (folded.isascii(), folded, _PLAIN if ordinary else _SHAPED),
    )
    for holds, said, kind in rules:
        if holds:
            return said, kind
    return folded, _FOREIGN if sign.isalpha() else _PLAIN


class _PlainSigns(dict[int, str]):
    """What each sign is read as, where that is one letter without disguise; ``_NOT_PLAIN`` where it is not."""

    def __missing__(self, point: int) -> str:
        said, kind = _look(chr(point))
        found = said if kind == _PLAIN and len(said) == 1 else _NOT_PLAIN
        if len(self) < _MOST_SIGNS:
            self[point] = found
        return found


_plain_signs = _PlainSigns()
