"""What a guest liked and disliked, where a page keeps the two apart and says which is which."""

from __future__ import annotations

import re

from crawlers import values
from crawlers.parse.items import Item, Items, Value
from crawlers.text import clean_text

_LIKED = """positive|positives|positivo|positivos|positivi|positiv|positif|positifs|positief|pontos positivos|
    punti positivi|puntos positivos|points positifs|pluspunten|pros|pro|liked|likes|le plus|lo mejor|plusy|достоинства|
    понравилось|olumlu|良かった点|优点|優點|좋았던 점"""
_DISLIKED = """negative|negatives|negativo|negativos|negativi|negativ|négatif|négatifs|negatief|pontos negativos|
    punti negativi|puntos negativos|points négatifs|minpunten|cons|contra|contras|disliked|dislikes|lo peor|minusy|
    недостатки|не понравилось|olumsuz|気になった点|缺点|缺點|아쉬웠던 점"""


def _label(names: str) -> re.Pattern[str]:
    words = "|".join(name.strip() for name in names.split("|"))
    return re.compile(rf"(?:{words})\s{{0,9}}(?:[:：\n–-]|\.{{2,3}}|…)\s{{0,9}}", re.IGNORECASE)


_LABELS = (_label(_LIKED), _label(_DISLIKED))


def read_sides(items: Items, review: Item, parts: list[str]) -> tuple[str | None, str | None]:
    """The liked and the disliked text: ``positiveNotes`` and ``negativeNotes``, else the labelled parts of the body."""
    noted = [_notes(items, review, name) for name in ("positiveNotes", "negativeNotes")]
    if not any(noted):
        noted = ["\n".join(_labelled(part, label) for part in parts if label.match(part)).strip() for label in _LABELS]
    liked, disliked = (said if 0 < len(said) <= values.MAX_TEXT else None for said in noted)
    return liked, disliked


def _labelled(part: str, label: re.Pattern[str]) -> str:
    return label.sub("", part, count=1)


def _notes(items: Items, review: Item, name: str) -> str:
    """Texts, list items and lists of either, one to a line."""
    lines: list[str] = []
    for value in items.values(review, name):
        entries = items.values(value, "itemListElement") if isinstance(value, Item) else []
        lines.extend(_line(items, entry) for entry in entries or [value])
    return "\n".join(line for line in lines if line)


def _line(items: Items, value: Value) -> str:
    if not isinstance(value, Item):
        return clean_text(str(value))
    inner = next((each for each in items.values(value, "item") if isinstance(each, Item)), value)
    return clean_text(items.text(inner, "name", "text", "description") or "")
