"""The quality gate: a source that suddenly gives less than on its last nights has a broken reader, not a new truth."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from store.canonical import Observation
from store.database import Database
from store.source_runs import SourceRunRow, read_source_runs, runs_of_night, write_source_run

# What is watched of each review, and how it is present.
_FIELDS = (
    "title",
    "text",
    "text_positive",
    "text_negative",
    "subratings",
    "language",
    "review_url",
    "reviewer_id",
    "stayed_from",
    "edited",
    "verified_stay",
    "response_text",
    "listing_name",
)

HISTORY_NIGHTS = 30
_LEAST_NIGHTS = 5
_LEAST_REVIEWS = 20
_LEAST_PAGES = 5
_LEAST_SHARE = 0.1
_LEAST_LOST = 10


class Coverage:
    """Counts, over the reviews of one run, how many have each field. Shares are from 0 to 1."""

    def __init__(self) -> None:
        self.reviews = 0
        self._counts: Counter[str] = Counter()

    def add(self, observation: Observation) -> None:
        """Count one review."""
        self.reviews += 1
        self._counts.update(name for name in _FIELDS if getattr(observation, name) is not None)
        self._counts["day"] += observation.published_from == observation.published_to
        self._counts["review_id"] += not observation.synthetic_id

    def shares(self) -> dict[str, float]:
        """The share of reviews that have each field, empty without reviews."""
        if not self.reviews:
            return {}
        return {name: round(self._counts[name] / self.reviews, 6) for name in (*_FIELDS, "day", "review_id")}


@dataclass(frozen=True, slots=True)
class SourceNight:
    """One night of one source, as the gate looks at it: pages read, reviews on them, and the share with each field."""

    pages: int
    reviews: int
    coverage: Mapping[str, float]


def alarms(source: str, tonight: SourceNight, history: Sequence[SourceNight]) -> list[str]:
    """What is suddenly less than half of its median over the last 30 nights, a line each; empty when all is well.

    A field is judged on 20 reviews or more and at least ten of them lost, the number of reviews a page on five pages
    or more; both need five earlier nights that were large enough.
    """
    found = []
    pages = [night for night in history if night.pages >= _LEAST_PAGES]
    if tonight.pages >= _LEAST_PAGES and len(pages) >= _LEAST_NIGHTS:
        usual = median(night.reviews / night.pages for night in pages)
        now = tonight.reviews / tonight.pages
        if now < usual / 2 and usual * tonight.pages - tonight.reviews >= _LEAST_LOST:
            found.append(f"{source}: reviews a page fell to {now:.1f} from {usual:.1f} over {len(pages)} nights")
    nights = [night for night in history if night.reviews >= _LEAST_REVIEWS]
    if tonight.reviews >= _LEAST_REVIEWS and len(nights) >= _LEAST_NIGHTS:
        for name in sorted({name for night in nights for name in night.coverage}):
            usual = median(night.coverage.get(name, 0.0) for night in nights)
            now = tonight.coverage.get(name, 0.0)
            if usual >= _LEAST_SHARE and now < usual / 2 and (usual - now) * tonight.reviews >= _LEAST_LOST:
                found.append(f"{source}: field {name} fell to {now:.0%} from {usual:.0%} over {len(nights)} nights")
    return found


def note_import(database: Database, source: str, seen_at: dt.datetime, coverage: Coverage) -> None:
    """Keep what the reviews of one night's files have, as of a source that has no pages."""
    row = SourceRunRow(
        source=source,
        seen_at=seen_at,
        requests=0,
        pages=0,
        not_modified=0,
        received_bytes=0,
        forbidden=0,
        errors=0,
        drops={},
        reviews=coverage.reviews,
        coverage=coverage.shares(),
        complete=False,
    )
    write_source_run(database, row)


def drops(database: Database, seen_at: dt.datetime) -> list[str]:
    """What the sources of one night give far less of than on their last nights, a line each."""
    return [
        alarm
        for run in runs_of_night(database, seen_at)
        for alarm in alarms(run.source, _night(run), _history(database, run))
    ]


def _history(database: Database, run: SourceRunRow) -> list[SourceNight]:
    earlier = read_source_runs(database, run.source, before=run.seen_at, count=HISTORY_NIGHTS)
    return [_night(each) for each in earlier]


def _night(run: SourceRunRow) -> SourceNight:
    return SourceNight(run.pages, run.reviews, run.coverage)
