"""Single cells: text or typed value in, one checked Python value out, ``ValueError`` with a plain reason."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from urllib.parse import urlsplit

from crawlers.text import clean_text, quoted

FIRST_DAY = dt.date(1990, 1, 1)
LAST_DAY = dt.date(2100, 12, 31)
MAX_TEXT = 1_000_000
MAX_ID = 200
MAX_URL = 2000
MAX_STAY_DAYS = 90
MAX_COUNT = 2_000_000_000
MAX_ASPECT = 40
MAX_ASPECTS = 20

_BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_SLUG = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8})*")


def is_absent(value: object) -> bool:
    """Whether a cell says nothing: None, a blank string, NaN or NaT (the two that differ from themselves)."""
    if isinstance(value, str):
        return not value or value.isspace()
    return value is None or value != value  # noqa: PLR0124  (NaN and NaT do)


def as_string(value: object) -> str:
    """The text of a cell; whole numbers without a fraction, since Parquet turns ids with gaps into floats."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError(f"{quoted(value)} is not text")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def text(value: object) -> str | None:
    """Cleaned text of at most 1,000,000 characters; None where cleaning leaves nothing."""
    raw = as_string(value)
    if len(raw) > MAX_TEXT:
        raise ValueError(f"has {len(raw):,} characters, more than {MAX_TEXT:,}")
    return clean_text(raw) or None


def identifier(value: object) -> str:
    """An id of 1 to 200 printable characters."""
    raw = as_string(value).strip()
    if len(raw) > MAX_ID:
        raise ValueError(f"has {len(raw):,} characters, an id has at most {MAX_ID}")
    if not raw.isprintable():
        raise ValueError(f"{quoted(raw)} contains control characters")
    return raw


@lru_cache(maxsize=1024)
def _slug(raw: str) -> str:
    if len(raw) > MAX_ID or not _SLUG.fullmatch(raw):
        raise ValueError(f"{quoted(raw)} is not a lower-case name such as 'tripadvisor'")
    return raw


def platform(value: object) -> str:
    """A lower-case slug: letters and digits, joined by single dots, dashes or underscores."""
    return _slug(as_string(value).strip())


@lru_cache(maxsize=1024)
def _language(raw: str) -> str:
    tag = raw.lower().replace("_", "-")
    if len(tag) > 35 or not _LANGUAGE.fullmatch(tag):
        raise ValueError(f"{quoted(raw)} is not a language tag such as 'en' or 'pt-br'")
    return tag


def language(value: object) -> str:
    """A language tag in the shape of BCP 47, lower-case: ``en``, ``pt-br``."""
    return _language(as_string(value).strip())


def number(value: object) -> float:
    """A finite number; a single decimal comma is read as a point."""
    try:
        raw = as_string(value).strip()
        if "_" in raw:
            raise ValueError
        found = float(raw.replace(",", ".") if raw.count(",") == 1 and "." not in raw else raw)
    except (ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        raise ValueError(f"{quoted(value)} is not a number")
    return found


def number_between(low: float, high: float) -> Callable[[object], float]:
    """A reader of numbers from ``low`` to ``high``, both included."""

    def read(value: object) -> float:
        try:
            found = number(value)
        except ValueError:
            found = math.nan
        if not low <= found <= high:
            raise ValueError(f"{quoted(value)} is not a number between {low:g} and {high:g}")
        return found

    return read


def count(value: object) -> int:
    """A whole number from 0 to 2,000,000,000."""
    try:
        found = number(value)
    except ValueError:
        found = -1
    if found != int(found) or not 0 <= found <= MAX_COUNT:
        raise ValueError(f"{quoted(value)} is not a whole number from 0 to {MAX_COUNT:,}")
    return int(found)


def boolean(value: object) -> bool:
    """true/false, 1/0 or yes/no in any case."""
    if isinstance(value, bool):
        return value
    try:
        return _BOOLEANS[as_string(value).strip().lower()]
    except (KeyError, ValueError):
        raise ValueError(f"{quoted(value)} is not true or false") from None


def aspect(value: object) -> str:
    """What one sub-rating is for, in the source's own words: 1 to 40 printable characters of any script."""
    name = identifier(value)
    if not 0 < len(name) <= MAX_ASPECT:
        raise ValueError(f"{quoted(name)} is not the name of a sub-rating, which has 1 to {MAX_ASPECT} characters")
    return name


def subratings(value: object) -> dict[str, float] | None:
    """Up to 20 raw values by aspect: a mapping, a JSON object as text, or ``staff=8.5; rooms=7``.

    Aspects whose value is null are left out, also where all are.
    """
    try:
        pairs = _pairs(value)
    except (ValueError, RecursionError):
        expected = '{"staff": 8.5} or staff=8.5; rooms=7'
        raise ValueError(f"{quoted(value)} is not an object of numbers such as {expected}") from None
    if len(pairs) > MAX_ASPECTS:
        raise ValueError(f"has {len(pairs)} sub-ratings, more than {MAX_ASPECTS}")
    said: dict[str, float] = {}
    for each, grade in pairs:
        name = aspect(each)
        if name in said:
            raise ValueError(f"{quoted(name)} stands there twice")
        try:
            said[name] = number(grade)
        except ValueError as error:
            raise ValueError(f"{quoted(name)}: {error}") from None
    return dict(sorted(said.items())) or None


def _pairs(value: object) -> list[tuple[object, object]]:
    """Names and values in order, as often as they stand there, without nulls."""
    if isinstance(value, Mapping):
        found: object = tuple(value.items())
    elif not isinstance(value, str):
        found = None
    elif value.lstrip().startswith("{"):
        found = json.loads(value, object_pairs_hook=tuple)
    else:
        parts = (part.partition("=") for part in value.split(";") if part.strip())
        found = tuple((name, grade if equals else None) for name, equals, grade in parts)
        if any(grade is None for _, grade in found):
            raise ValueError
    if not isinstance(found, tuple):
        raise ValueError
    return [(name, grade) for name, grade in found if grade is not None]


def url(value: object) -> str:
    """An absolute http or https address of at most 2,000 characters."""
    raw = as_string(value).strip()
    if len(raw) > MAX_URL:
        raise ValueError(f"has {len(raw):,} characters, an address has at most {MAX_URL:,}")
    try:
        parts = urlsplit(raw)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable or not raw.isprintable() or " " in raw:
        raise ValueError(f"{quoted(raw)} is not an http or https address")
    return raw


def _checked(day: dt.date) -> dt.date:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(f"{day.isoformat()} lies outside of 1990 to 2100")
    return day


@lru_cache(maxsize=65_536)
def _parse_day(raw: str) -> dt.date:
    # fromisoformat alone would also take 20240131 and week dates.
    try:
        if raw[4:5] != "-" or raw[7:8] != "-":
            raise ValueError
        found = dt.date.fromisoformat(raw) if len(raw) == 10 else dt.datetime.fromisoformat(raw).date()
    except ValueError:
        raise ValueError(f"{quoted(raw)} is not a day (YYYY-MM-DD) or an ISO 8601 date-time") from None
    return _checked(found)


def day(value: object) -> dt.date:
    """A day from 1990 to 2100: ISO 8601 day or date-time, the latter giving the day on its own clock."""
    if isinstance(value, str):
        return _parse_day(value.strip())
    if isinstance(value, dt.datetime):
        return _checked(value.date())
    if isinstance(value, dt.date):
        return _checked(value)
    raise ValueError(f"{quoted(value)} is not a day (YYYY-MM-DD)")


@lru_cache(maxsize=4096)
def _parse_month(raw: str) -> tuple[dt.date, dt.date]:
    first = _checked(dt.date.fromisoformat(raw + "-01"))
    return first, first.replace(day=monthrange(first.year, first.month)[1])


def day_or_month(value: object) -> tuple[dt.date, dt.date]:
    """First and last day, both included, of a day or of a month ``YYYY-MM``."""
    if isinstance(value, str) and len(raw := value.strip()) == 7 and raw[4] == "-":
        try:
            return _parse_month(raw)
        except ValueError:
            raise ValueError(f"{quoted(value)} is not a month (YYYY-MM) of 1990 to 2100") from None
    found = day(value)
    return found, found


def stay(value: object) -> tuple[dt.date, dt.date]:
    """First and last day of a stay: a day, a month ``YYYY-MM``, or check-in and check-out ``YYYY-MM-DD/YYYY-MM-DD``."""
    if not isinstance(value, str) or "/" not in value:
        return day_or_month(value)
    start, _, end = value.partition("/")
    first, last = day(start), day(end)
    if last < first:
        raise ValueError(f"{quoted(value)} ends before it begins")
    if (last - first).days > MAX_STAY_DAYS:
        raise ValueError(f"{quoted(value)} is longer than {MAX_STAY_DAYS} days")
    return first, last
