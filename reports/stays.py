"""The stays of one account as a table, with the pairs that are hard to fit together where days are known."""

from __future__ import annotations

from dataclasses import dataclass

from reports import facts as read
from reports.numbers import day, plural, span, whole
from reports.records import Finding, Findings
from reports.safety import one_line
from reports.wording_accounts import conflicts_of, is_indication_only

_MOST_PAIRS, _MOST_STAYS = 40, 80
_SINGLE_DAY = "day"


@dataclass(frozen=True, slots=True)
class Stay:
    """One stay: its number on this page, the listing's name and town, its days in words, how they are known."""

    number: int
    listing: str
    town: str
    when: str
    known_by: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two stays by their numbers, the distance and the days between them in words."""

    stays: str
    apart: str
    between: str


@dataclass(frozen=True, slots=True)
class Stays:
    """Stays by day, and their pairs, farthest first; so many further stays and pairs are left out here.

    Where there are pairs the stays are those that stand in one.
    """

    stays: tuple[Stay, ...]
    pairs: tuple[Pair, ...]
    stays_left_out: int
    pairs_left_out: int
    indication_only: bool


def stays_of(finding: Finding, findings: Findings) -> Stays | None:
    """The stays of a travel finding, or ``None`` where the facts hold none."""
    stored, keys = read.rows(finding.facts, "stays", 4), read.texts(finding.facts, "listings")
    if finding.detector != "travel" or not stored:
        return None
    every, rough = conflicts_of(finding.facts), is_indication_only(finding.facts)
    pairs = every[:_MOST_PAIRS]
    inside = {at for pair in pairs for at in (pair.first, pair.second)} or set(range(len(stored)))
    order = sorted(inside, key=lambda at: (str(stored[at][1]), str(stored[at][2]), at))
    numbers = {at: number for number, at in enumerate(order, start=1)}
    shown = order if pairs else order[:_MOST_STAYS]
    return Stays(
        stays=tuple(_stay(numbers[at], stored[at], keys, findings) for at in shown),
        pairs=tuple(
            Pair(
                " and ".join(str(number) for number in sorted((numbers[pair.first], numbers[pair.second]))),
                f"{whole(pair.km)} km",
                _between(pair.days_between, rough),
            )
            for pair in pairs
        ),
        stays_left_out=len(order) - len(shown),
        pairs_left_out=len(every) - len(pairs),
        indication_only=rough,
    )


def _stay(number: int, row: list[object], keys: tuple[str, ...], findings: Findings) -> Stay:
    listing, start, end, kind = row[0], read.as_day(row[1]), read.as_day(row[2]), row[3]
    key = keys[listing] if isinstance(listing, int) and 0 <= listing < len(keys) else ""
    known_by = {_SINGLE_DAY: "its day", "interval": "arrival and departure", "month": "its month"}.get(str(kind), "–")
    month = "" if start is None or kind != "month" else day(start).split(" ", 1)[1]
    return Stay(
        number,
        one_line(findings.listing_name(key), 80) if key else "not named",
        one_line(findings.town(key), 60),
        month or span(start, end),
        known_by,
    )


def _between(days: float, rough: bool) -> str:
    if rough:
        return "the same month" if days < 1 else "months close to each other"
    return "they share a day" if days < 1 else f"{plural(days, 'day')} from one to the other"
