"""Dates as reviews carry them, absolute or relative, as intervals of days: never a made-up point.

The words are data, one file for each language in ``date_words``. What a text leaves open stays open: ``04/05/2026``
without a known order covers both readings. A text gives nothing where it names no whole date, two dates, a number that
belongs to no date, or a word that turns the meaning round ("since", "before").

What "n units ago" covers follows from how platforms write it. Some cut the fraction off, some round; units are calendar
months or 30 days; their clock may stand in another time zone. So n weeks, months or years ago is from n + 1 units to
n - 1/2 units ago with one day more on either side, n days ago one day more on either side, and hours, minutes and
"today" are the day of the visit or the one before it. "Last week" may have been yesterday. The day of an absolute date
is that of the page; it may lie one day after the visit, in a time zone that is ahead.
"""

from __future__ import annotations

import datetime as dt
import math
from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from crawlers import values
from crawlers.date_words import LANGUAGES, Lexicon, Token, lexicon, tokens_of
from store.canonical import precision_of

MAX_LENGTH = 200

# Nobody writes a date in more words and numbers.
_MAX_TOKENS = 25
_MAX_UNKNOWN = 10
_MAX_HULL_DAYS = 366
_HOURS = {"second": 1 / 3600, "minute": 1 / 60, "hour": 1.0}
_MONTHS = {"month": 1, "year": 12}
# The longest and the shortest unit that platforms count in: a mean year and month above, 365 and 30 days below.
_LONGEST = {"week": 7.0, "month": 30.5, "year": 365.25}
_SHORTEST = {"week": 7, "month": 30, "year": 365}
_NUMERALS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2, "十": 10}

Element = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DateInterval:
    """Inclusive days, ``first <= last``; ``precision`` is the unit said, one of ``store.canonical.PRECISIONS``.

    "3 days ago" or "yesterday" is wider than a day and has the precision ``week``: ``day`` is said of days alone.
    """

    first: dt.date
    last: dt.date
    precision: str


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one language makes of a text: the interval, if any, and how many words were none of its own."""

    interval: DateInterval | None
    unknown: int
    is_barred: bool = False


def read_dates(text: str, seen: dt.date, *, language: str | None = None) -> DateInterval | None:
    """The days that a text of at most 200 characters speaks of; None where it names no date that can be relied on.

    ``seen`` is the day of the visit, ``language`` the tag of the page's language (``pt-br``), which is tried first.
    No interval begins before 1990, and none ends after the day that follows ``seen``.
    """
    text = text.strip()
    if len(text) > MAX_LENGTH:
        return None
    return _read(text, seen, (language or "").lower().replace("_", "-"))


@lru_cache(maxsize=8192)
def _read(text: str, seen: dt.date, language: str) -> DateInterval | None:
    try:
        day = values.day(text)
    except ValueError:
        pass
    else:
        return _within(day.toordinal(), day.toordinal(), "day", seen.toordinal() + 1)
    tokens = tuple(islice(tokens_of(text), _MAX_TOKENS + 1))
    if len(tokens) > _MAX_TOKENS:
        return None
    own, *rest = language.split("-")
    if own not in LANGUAGES:
        return _agreed([_reading(tokens, name, "", seen) for name in LANGUAGES])
    first = _reading(tokens, own, rest[-1] if rest else "", seen)
    is_all_figures = all(token.kind != "word" for token in tokens)
    if first.interval is not None or first.is_barred or is_all_figures:
        return first.interval
    return _agreed([first, *(_reading(tokens, name, "", seen) for name in LANGUAGES if name != own)])


def _agreed(readings: list[_Reading]) -> DateInterval | None:
    """What the languages that know most of the words say: where they differ, an interval that covers all."""
    fewest = min(reading.unknown for reading in readings)
    best = [reading for reading in readings if reading.unknown == fewest]
    if any(reading.is_barred for reading in best):
        return None
    return _hull([reading.interval for reading in best if reading.interval is not None])


def _hull(found: Sequence[DateInterval]) -> DateInterval | None:
    if len(set(found)) <= 1:
        return found[0] if found else None
    first, last = min(each.first for each in found), max(each.last for each in found)
    if (last - first).days > _MAX_HULL_DAYS:
        return None
    return DateInterval(first, last, precision_of(first, last))


def _within(first: int, last: int, precision: str, latest: int) -> DateInterval | None:
    """An interval of ordinals, cut to what can be; None where nothing is left."""
    first = max(first, values.FIRST_DAY.toordinal())
    last = min(last, latest, dt.date.max.toordinal())
    return DateInterval(dt.date.fromordinal(first), dt.date.fromordinal(last), precision) if first <= last else None


def _reading(tokens: Sequence[Token], language: str, region: str, seen: dt.date) -> _Reading:
    words = lexicon(language)
    elements = _elements(tokens, words)
    unknown = sum(not element for element in elements)
    if unknown > _MAX_UNKNOWN:
        return _Reading(None, unknown)
    if any("barred" in element for element in elements):
        return _Reading(None, unknown, is_barred=True)
    is_under = any("under" in element for element in elements)
    known = [element for element in elements if element.keys() not in ({"label"}, {"under"})]
    return _Reading(_only_date(known, words.orders_in(region), seen, is_under=is_under), unknown)


def _elements(tokens: Sequence[Token], words: Lexicon) -> list[Element]:
    """The tokens as roles and values, the longest phrase first; no roles for a word that the language does not have."""
    elements: list[Element] = []
    at = 0
    unknown = 0
    while at < len(tokens) and unknown <= _MAX_UNKNOWN:
        token = tokens[at]
        used = 1
        if token.kind == "number":
            elements.append({"number": int(token.text), "digits": len(token.text)})
        elif token.kind in ("day", "month"):
            elements.append({"figures": token})
        elif token.kind == "open_end":
            elements.append({"barred": True})
        elif token.text in words.longest or token.text in _NUMERALS:
            used, element = _phrase(tokens, at, words)
            elements.append(element)
        else:
            elements.append({})
        unknown += not elements[-1]
        at += used
    return elements


def _phrase(tokens: Sequence[Token], at: int, words: Lexicon) -> tuple[int, Element]:
    longest = words.longest.get(tokens[at].text, 0)
    run = [token.text for token in tokens[at : at + longest] if token.kind == "word"]
    for length in range(len(run), 0, -1):
        if (meaning := words.meanings.get(tuple(run[:length]))) is not None:
            return length, meaning
    end = at
    while end < len(tokens) and tokens[end].text in _NUMERALS:
        end += 1
    if end == at:
        return 1, {}
    digits = [_NUMERALS[token.text] for token in tokens[at:end]]
    return end - at, _numeral(digits) if len(digits) <= 4 else {}


def _numeral(digits: list[int]) -> Element:
    """十二 and 二十 by tens, 二〇二六 figure by figure."""
    if 10 in digits:
        ten = digits.index(10)
        tens, ones = digits[:ten] or [1], digits[ten + 1 :] or [0]
        if len(tens) == len(ones) == 1 and 10 not in ones:
            return {"number": tens[0] * 10 + ones[0], "digits": 2}
        return {}
    return {"number": int("".join(map(str, digits))), "digits": len(digits)}


def _only_date(
    elements: Sequence[Element], orders: tuple[str, ...], seen: dt.date, *, is_under: bool
) -> DateInterval | None:
    """The one date among the elements; None where there are several, or figures beside it that are none of it."""
    found: list[DateInterval] = []
    at = 0
    while at < len(elements):
        element = elements[at]
        if (relative := _relative(elements, at)) is not None:
            used, number, unit = relative
            interval = _ago(number, unit, seen, is_under=is_under)
        elif "phrase" in element:
            used, interval = 1, _said(element["phrase"], seen)
        elif "figures" in element:
            used, interval = 1, _in_figures(element["figures"], orders, seen)
        elif (calendar := _calendar(elements, at)) is not None:
            used, interval = calendar[0], _calendar_days(*calendar[1:], seen)
        elif "digits" in element or "before" in element or "after" in element:
            return None
        else:
            at += 1
            continue
        if interval is None or found:
            return None
        found.append(interval)
        at += used
    return found[0] if found else None


def _relative(elements: Sequence[Element], start: int) -> tuple[int, int, str] | None:
    """How many elements from ``start`` say "n units ago", the number and the unit; None where they do not."""
    at = start + ("before" in elements[start])
    ahead = [*elements[at : at + 3], {}, {}]
    if "number" in ahead[0] and "unit" in ahead[1]:
        number, unit = ahead[0]["number"], ahead[1]["unit"]
        at += 2
        is_after = "after" in ahead[2]
    elif "amount" in ahead[0]:
        number, unit = ahead[0]["amount"]
        at += 1
        is_after = "after" in ahead[1]
    else:
        return None
    is_ago = is_after or "before" in elements[start]
    return (at + is_after - start, number, unit) if is_ago else None


def _ago(number: int, unit: str, seen: dt.date, *, is_under: bool) -> DateInterval | None:
    today = seen.toordinal()
    if unit in _HOURS:
        hours = number * _HOURS[unit]
        first, last, precision = today - int(hours // 24) - 1, today - int(max(hours - 0.5, 0) // 24), "day"
    elif unit == "day":
        first, last, precision = today - number - 1, today - number + 1, "day"
    else:
        most, least = math.ceil((number + 1) * _LONGEST[unit]), math.floor((number - 0.5) * _SHORTEST[unit])
        if unit in _MONTHS:
            most = max(most, _months_back(seen, (number + 1) * _MONTHS[unit]))
            if number:
                middle = (number - 1) * _MONTHS[unit], number * _MONTHS[unit]
                least = min(least, sum(_months_back(seen, months) for months in middle) // 2)
        first, last, precision = today - most - 1, today - least + 1, unit
    # "Less than a month ago" may be now.
    last = today if is_under else min(last, today)
    return _within(first, last, "week" if precision == "day" else precision, today)


def _months_back(seen: dt.date, months: int) -> int:
    """How many days ago the same day of an earlier month was."""
    month = seen.year * 12 + seen.month - 1 - months
    if month < 12:
        return seen.toordinal()
    year, month = month // 12, month % 12 + 1
    return seen.toordinal() - dt.date(year, month, min(seen.day, monthrange(year, month)[1])).toordinal()


def _said(phrase: str, seen: dt.date) -> DateInterval | None:
    """``now``, ``today``, ``yesterday``, ``before_yesterday``, ``this_...`` or ``last_...`` week, month or year."""
    today = seen.toordinal()
    if phrase in ("now", "today"):
        return _within(today - 1, today, "week", today)
    if phrase in ("yesterday", "before_yesterday"):
        return _ago(1 if phrase == "yesterday" else 2, "day", seen, is_under=False)
    which, unit = phrase.split("_")
    return _ago(1 if which == "last" else 0, unit, seen, is_under=True)


def _calendar(elements: Sequence[Element], start: int) -> tuple[int, int, int | None, int | None] | None:
    """How many elements from ``start`` make a date in words, and its year, month and day."""
    ahead = elements[start : start + 6]
    marks = [element.get("mark") for element in ahead[1::2]]
    numbers = [element["number"] if "digits" in element else None for element in ahead[::2]]
    if ahead[0].get("digits") == 4 and marks[:1] == ["year"]:
        for length in (3, 2, 1):
            if marks[:length] == ["year", "month", "day"][:length] and None not in numbers[:length]:
                year, month, day = [*numbers[:length], None, None][:3]
                return 2 * length, year or 0, month, day
    shape = "".join(map(_shape, ahead[:3]))
    for wanted in ("DMY", "MDY", "YMD", "MY", "YM"):
        if shape.startswith(wanted):
            said = dict(zip(wanted, ahead, strict=False))
            return len(wanted), said["Y"]["number"], said["M"]["month"], said.get("D", {}).get("number")
    if shape == "Y" and len(elements) == 1:
        return 1, ahead[0]["number"], None, None
    return None


def _shape(element: Element) -> str:
    if "month" in element:
        return "M"
    return {4: "Y", 1: "D", 2: "D"}.get(element.get("digits", 0), "-")


def _calendar_days(year: int, month: int | None, day: int | None, seen: dt.date) -> DateInterval | None:
    try:
        first = dt.date(year, 1 if month is None else month, 1 if day is None else day)
    except ValueError:
        return None
    if day is not None:
        last, precision = first, "day"
    elif month is not None:
        last, precision = first.replace(day=monthrange(first.year, first.month)[1]), "month"
    else:
        last, precision = first.replace(month=12, day=31), "year"
    return _within(first.toordinal(), last.toordinal(), precision, seen.toordinal() + 1)


def _in_figures(token: Token, orders: tuple[str, ...], seen: dt.date) -> DateInterval | None:
    """A numeric date in the first of the orders that gives one; without any, in all orders that do."""
    parts = "".join(each if each.isdecimal() else " " for each in token.text).split()
    if token.kind == "month":
        year, month = parts if len(parts[0]) == 4 else reversed(parts)
        return _calendar_days(int(year), int(month), None, seen)
    for order in orders:
        if (day := _ordered(parts, order, seen)) is not None:
            return _calendar_days(day.year, day.month, day.day, seen)
    days = (_ordered(parts, order, seen) for order in ("dmy", "mdy", "ymd") if order not in orders)
    return _hull(_present(_calendar_days(day.year, day.month, day.day, seen) for day in days if day is not None))


def _present(found: Iterable[DateInterval | None]) -> list[DateInterval]:
    return [each for each in found if each is not None]


def _ordered(parts: Sequence[str], order: str, seen: dt.date) -> dt.date | None:
    """Figures read in one order; a year of two figures is the latest that was not after ``seen``."""
    said = dict(zip(order, parts, strict=True))
    year = int(said["y"])
    if len(said["y"]) == 2:
        year += 2000 if year <= seen.year % 100 + (seen.year // 100 - 20) * 100 + 1 else 1900
    elif len(said["y"]) != 4:
        return None
    try:
        return dt.date(year, int(said["m"]), int(said["d"]))
    except ValueError:
        return None
