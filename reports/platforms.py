"""What each platform says about reporting reviews: answer times, appeals, limits of its forms."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_OLD_AFTER = dt.timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Platform:
    """One platform's rules; ``known`` is false where none are on file."""

    slug: str
    name: str
    where: str
    answer: str
    appeal: str
    advice: str
    caution: str
    source: str
    basis: str
    verified_on: dt.date | None = None
    answer_business_days: int | None = None
    appeal_after_days: int | None = None
    limit_chars: int | None = None

    @property
    def known(self) -> bool:
        return self.verified_on is not None

    def is_old(self, as_of: dt.date) -> bool:
        """Whether the rules were last looked at so long ago that they need another look."""
        return self.verified_on is not None and as_of - self.verified_on > _OLD_AFTER


def platform(slug: str) -> Platform:
    """The platform's rules, or an entry that says that none are on file."""
    return _on_file().get(slug) or Platform(
        slug=slug,
        name=slug,
        where="the platform's own page for businesses",
        answer="No answer time is on file for this platform.",
        appeal="No rule for appeals is on file for this platform.",
        advice="No rules are on file for this platform: read its own before you report anything.",
        caution="",
        source="",
        basis="",
    )


def business_days_after(start: dt.date, count: int) -> dt.date:
    """The day that is ``count`` weekdays (Monday to Friday) after ``start``."""
    day = start
    while count > 0:
        day += dt.timedelta(days=1)
        count -= day.weekday() < 5
    return day


@cache
def _on_file() -> Mapping[str, Platform]:
    content = tomllib.loads(files("reports").joinpath("platforms.toml").read_text(encoding="utf-8"))
    return {slug: Platform(slug=slug, **rules) for slug, rules in content.items()}
