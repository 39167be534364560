"""Reading a finding's facts: what isn't there, or isn't what was expected, is ``None`` or empty."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

Facts = Mapping[str, Any]


def number(facts: Facts, name: str) -> float | None:
    """A finite number, or ``None``."""
    return as_number(facts.get(name))


def text(facts: Facts, name: str) -> str | None:
    """A text that isn't empty, or ``None``."""
    value = facts.get(name)
    return value if isinstance(value, str) and value else None


def texts(facts: Facts, name: str) -> tuple[str, ...]:
    """A list of texts; other entries are left out."""
    value = facts.get(name)
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def rows(facts: Facts, name: str, length: int) -> list[list[Any]]:
    """A list of lists of at least ``length`` entries; shorter ones are left out."""
    value = facts.get(name)
    if not isinstance(value, list):
        return []
    return [each for each in value if isinstance(each, list) and len(each) >= length]


def as_number(value: object) -> float | None:
    """A finite number, or ``None``."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def as_day(value: object) -> dt.date | None:
    """An ISO date, or ``None``."""
    try:
        return dt.date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None
