"""Numbers, days and scales as pages write them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from crawlers import values
from crawlers.parse.items import Item, Items, Value
from crawlers.text import clean_text

_GROUPED = re.compile(r"\d{1,3}(?:[., '\u00a0\u202f\u2019]\d{3})+")
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


def read_language(text: str | None) -> str | None:
    """A lower-case language tag; None where the text is none."""
    try:
        return values.language(text) if text else None
    except ValueError:
        return None


def read_rating(items: Items, review: Item) -> Rating:
    """The rating of a review. Raises ``UnreadableError`` with the name of the drop.

    The rating of one aspect among several is not the review's.
    Without ``bestRating`` a value up to 5 is on the scale from 1 to 5, and a higher one on a scale nobody named.
    A word in the number's place is read where it is one for the two highest grades of five.
    """
    found = items.values(review, "reviewRating", "rating")
    rated = _rated(items, review)
    whole = [value for value in rated if not items.values(value, "reviewAspect")]
    worst = best = None
    if whole or len(rated) == 1:
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


def read_subratings(items: Items, review: Item, rating: Rating) -> dict[str, float] | None:
    """The first 20 ratings of single aspects that are on the review's own scale, None where there is none.

    A scale that isn't named goes from 1 to 5, as schema.org has it. The only rating is the review's and stands beside
    none.
    """
    found: dict[str, float] = {}
    rated = _rated(items, review)
    for part in rated if len(rated) > 1 else ():
        value, worst, best = (
            read_number(items.text(part, name)) for name in ("ratingValue", "worstRating", "bestRating")
        )
        is_same_scale = (1.0 if worst is None else worst, 5.0 if best is None else best) == (rating.worst, rating.best)
        if value is not None and is_same_scale and rating.worst <= value <= rating.best:
            for aspect in items.values(part, "reviewAspect"):
                name = (
                    clean_text(str(aspect))
                    if not isinstance(aspect, Item)
                    else clean_text(items.text(aspect, "name") or "")
                )
                is_usable = name and name.isprintable() and len(name) <= values.MAX_ASPECT
                if is_usable and len(found) < values.MAX_ASPECTS:
                    found.setdefault(name, value)
    return dict(sorted(found.items())) or None


def _rated(items: Items, review: Item) -> list[Item]:
    found = items.values(review, "reviewRating", "rating")
    return [value for value in found if isinstance(value, Item) and items.values(value, "ratingValue")]


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
