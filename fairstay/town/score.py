"""A night's cases against the planted truth: which attacks were found, and which cases are about nothing planted."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Set
from typing import Any

import pandas as pd

# A third of an event counts as finding it.
PARTS = 3

ReviewId = tuple[str, str, str]

# fmt: off
COLUMNS = (
    "verdict", "event_id", "event_kind", "strength", "reviews", "flagged", "held", "case_id", "case_kind", "case_size",
)
# fmt: on


def score(truth: pd.DataFrame, events: pd.DataFrame, cases: pd.DataFrame, reviews: pd.DataFrame) -> pd.DataFrame:
    """A row for every planted event that has reviews, and one for every case that matches none of them.

    ``truth`` and ``events`` are a simulation's, ``reviews`` what the night could see; ``cases`` has ``case_id``,
    ``kind`` and ``review_ids``, sets of (platform, listing_id, review_id). The columns:

    - ``verdict``: ``found`` where one case holds a third of the event's reviews (of ``swapped`` ratings, which are
      single reviews: where all cases together do), else ``missed``; ``false`` for a case without a planted event;
    - ``event_id``, ``event_kind``, ``strength``, ``reviews``: the event and how many reviews it has; of a false case
      the innocent event that it shares most reviews with, if any;
    - ``flagged``: how many of the event's reviews are in any case, ``held``: in the case of this row;
    - ``case_id``, ``case_kind``, ``case_size``: the case that holds most of the event, or the false one.

    A case matches an event when it holds a third of the event's reviews, or when a third of its own are the event's.
    """
    members = _members(truth, reviews)
    held = [
        _Case(case_id, kind, frozenset(inside))
        for case_id, kind, inside in zip(cases["case_id"], cases["kind"], cases["review_ids"], strict=True)
    ]
    planted = _with_reviews(events[events["planted"]], members)
    innocent = _with_reviews(events[~events["planted"]], members)
    rows = [_planted_row(event, held) for event in planted]
    rows += [_false_row(case, innocent, held) for case in held if not any(case.matches(event) for event in planted)]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    numbers = ["strength", "reviews", "flagged", "held", "case_size"]
    return table.astype(dict.fromkeys(numbers, "Int64"))


def render(table: pd.DataFrame) -> str:
    """The score as plain text of at most 100 columns, ending without a newline."""
    counts = table["verdict"].value_counts()
    found, missed, false = (int(counts.get(verdict, 0)) for verdict in ("found", "missed", "false"))
    lines = [f"{found + missed} planted: {found} found, {missed} missed; {false} false {_noun(false)}"]
    if len(table):
        lines += ["", _LINE.format("", "event", "strength", "reviews in a case", "case").rstrip()]
    lines += [_line(row) for row in table.astype(object).where(table.notna(), None).to_dict("records")]
    return "\n".join(lines)


_LINE = "{:<7} {:<25} {:>8}  {:>17}  {}"


def _line(row: Mapping[Hashable, Any]) -> str:
    is_false = row["verdict"] == "false"
    event = inside = case = ""
    if row["event_id"] is not None:
        event = f"{row['event_kind']} (innocent)" if is_false else row["event_kind"]
        inside = f"{row['held'] if is_false else row['flagged']} of {row['reviews']}"
    if row["case_id"] is not None:
        case = f"{row['case_id']} {row['case_kind']}, {row['case_size']} reviews"
    return _LINE.format(row["verdict"], event or "none", row["strength"] or "", inside, case).rstrip()


def _noun(cases: int) -> str:
    return "case" if cases == 1 else "cases"


class _Event:
    """An event with those of its reviews that the night could see."""

    def __init__(self, event_id: str, kind: str, strength: int, reviews: Set[ReviewId]) -> None:
        self.reviews = reviews
        self.is_scattered = kind == "swapped"
        self.told = {"event_id": event_id, "event_kind": kind, "strength": strength}

    def row(self, verdict: str, case: _Case | None, cases: list[_Case]) -> dict[str, Any]:
        numbers = {"reviews": len(self.reviews), "flagged": self.flagged(cases)}
        own = {} if case is None else case.told | {"held": len(case.reviews & self.reviews)}
        return {"verdict": verdict, **self.told, **numbers, **own}

    def flagged(self, cases: list[_Case]) -> int:
        return len(self.reviews & frozenset().union(*(case.reviews for case in cases)))


class _Case:
    def __init__(self, case_id: str, kind: str, reviews: frozenset[ReviewId]) -> None:
        self.reviews = reviews
        self.told = {"case_id": case_id, "case_kind": kind, "case_size": len(reviews)}

    def shared(self, event: _Event) -> int:
        return len(self.reviews & event.reviews)

    def matches(self, event: _Event) -> bool:
        shared = self.shared(event)
        return shared > 0 and PARTS * shared >= min(len(event.reviews), len(self.reviews))


def _members(truth: pd.DataFrame, reviews: pd.DataFrame) -> dict[str, set[ReviewId]]:
    """The reviews of every event; a simulation's review ids are unique over all its platforms."""
    seen = truth.merge(reviews[["platform", "listing_id", "review_id"]], on="review_id")
    members: dict[str, set[ReviewId]] = {}
    columns = (seen[name].tolist() for name in ("event_id", "platform", "listing_id", "review_id"))
    for event_id, platform, listing_id, review_id in zip(*columns, strict=True):
        members.setdefault(event_id, set()).add((platform, listing_id, review_id))
    return members


def _with_reviews(events: pd.DataFrame, members: Mapping[str, Set[ReviewId]]) -> list[_Event]:
    columns = (events[name].tolist() for name in ("event_id", "kind", "strength"))
    return [
        _Event(event_id, kind, strength, members[event_id])
        for event_id, kind, strength in zip(*columns, strict=True)
        if event_id in members
    ]


def _planted_row(event: _Event, cases: list[_Case]) -> dict[str, Any]:
    best = max(cases, key=lambda case: case.shared(event), default=None)
    held = 0 if best is None else best.shared(event)
    caught = event.flagged(cases) if event.is_scattered else held
    verdict = "found" if PARTS * caught >= len(event.reviews) else "missed"
    return event.row(verdict, best if held else None, cases)


def _false_row(case: _Case, innocent: list[_Event], cases: list[_Case]) -> dict[str, Any]:
    event = max(innocent, key=case.shared, default=None)
    if event is None or not case.shared(event):
        return {"verdict": "false", **case.told}
    return event.row("false", case, cases)
