"""Numbers, days and scales as pages write them."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass

from crawlers import values
from crawlers.parse.items import Item, Items, Value

_GROUPED = re.compile(r"\d{1,3}(?:[., '\u00a0\u202f\u2019]\d{3})+")
_SLASHED_DAY = re.compile(r"(\d{4})/(\d{2})/(\d{2})")
# The two highest grades of the five that sites give in words, where they give no number. The lower ones go by too many
# names to be read safely.
_GRADES = {
    **dict.fromkeys(
        ("ausgezeichnet", "eccellente", "excelente", "excellent", "mükemmel", "uitstekend", "utmärkt"), 5.0
    ),
    **dict.fromkeys(("bom", "bon", "bra", "bueno", "buono", "goed", "good", "gut", "iyi"), 4.0),
}


class UnreadableError(ValueError):
    """A review that cannot be taken; the message is the name under which it is counted."""


@dataclass(frozen=True, slots=True)
class Rating:
    """A raw value on its scale, ``worst <= value <= best``."""

    value: float
    worst: float
    best: float


def read_number(value: Value | None) -> float | None:
    """A finite number, also with a decimal comma; None where there is none."""
    if not isinstance(value, str | int | float):
        return None
    try:
        return values.number(value)
    except ValueError:
        return None


def read_count(value: Value | None) -> int | None:
    """A count, also with separated thousands (``1.234`` and ``1,234`` are both 1234); None where there is none."""
    if isinstance(value, str) and _GROUPED.fullmatch(value.strip()):
        return min(int("".join(character for character in value if character.isdecimal())), values.MAX_COUNT)
    number = read_number(value)
    if number is None or number != math.floor(number) or not 0 <= number <= values.MAX_COUNT:
        return None
    return int(number)


def read_day(text: str) -> dt.date | None:
    """The day of an ISO 8601 day or date-time, on its own clock, or of ``YYYY/MM/DD``; None for all else."""
    text = text.strip()
    if slashed := _SLASHED_DAY.fullmatch(text):
        text = "-".join(slashed.groups())
    try:
        return values.day(text)
    except ValueError:
        return None


def read_language(text: str | None) -> str | None:
    """A lower-case language tag; None where the text is none."""
    try:
        return values.language(text) if text else None
    except ValueError:
        return None


def read_rating(items: Items, review: Item) -> Rating:
    """The rating of a review. Raises ``UnreadableError`` with the name of the drop.

    Without ``bestRating`` a value up to 5 is on the scale from 1 to 5, and a higher one on a scale nobody named.
    A word in the number's place is read where it is one for the two highest grades of five.
    """
    found = items.values(review, "reviewRating", "rating")
    rated = [value for value in found if isinstance(value, Item) and items.values(value, "ratingValue")]
    whole = [value for value in rated if not items.values(value, "reviewAspect")]
    worst = best = None
    if rated:
        rating = (whole or rated)[0]
        raw: Value | None = items.values(rating, "ratingValue")[0]
        worst, best = (_bound(items, rating, name) for name in ("worstRating", "bestRating"))
    else:
        raw = next((value for value in found if not isinstance(value, Item)), None)
    if raw is None:
        return _in_words(items, found)
    value = read_number(raw)
    if value is None:
        raise UnreadableError("rating_unreadable")
    return _on_scale(value, worst, best)


def _in_words(items: Items, found: list[Value]) -> Rating:
    """A rating that is a word, as a grade of five."""
    said = [(items.text(each, "name") or "").casefold() for each in found if isinstance(each, Item)]
    grade = next((_GRADES[word] for word in said if word in _GRADES), None)
    if grade is None:
        raise UnreadableError("no_rating")
    return Rating(grade, 1.0, 5.0)


def _bound(items: Items, rating: Item, name: str) -> float | None:
    found = items.values(rating, name)
    if not found:
        return None
    bound = read_number(found[0])
    if bound is None:
        raise UnreadableError("rating_unreadable")
    return bound


def _on_scale(value: float, worst: float | None, best: float | None) -> Rating:
    worst = 1.0 if worst is None else worst
    if best is None:
        if value > 5:
            raise UnreadableError("rating_scale_unknown")
        best = 5.0
    if best <= worst:
        raise UnreadableError("rating_unreadable")
    if not worst <= value <= best:
        raise UnreadableError("rating_out_of_range")
    return Rating(value, worst, best)
