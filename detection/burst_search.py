"""The search of one platform: windows, then episodes, then what the texts of the best say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np
import pandas as pd

from detection.arrays import Floats, Ints
from detection.burst_model import BurstModel, derived
from detection.crowd_texts import CrowdTexts, read_crowds
from detection.episodes import Episodes, separate
from detection.expectation import STREAMS, PlatformHistory, overdispersion
from detection.mixture import Mask, class_of
from detection.nulls import Null, reached, surprises
from detection.protocol import Snapshot
from detection.windows import DIRECTIONS, Windows, find_windows

# A kind of information counts as given where so many reviews have it.
_GIVEN = 0.3


@dataclass(frozen=True, slots=True)
class Judged:
    """An episode with its score (from nought up) and what its texts say."""

    listing: int
    first: int
    last: int
    direction: str
    score: float
    texts: int
    pairs: int
    alike_pairs: int
    alike: float
    occasion: str
    named: int
    rows: Ints
    close: Ints
    partners: Ints


def information_of(reviews: pd.DataFrame) -> str:
    """What a platform's reviews tell: ``text`` (and accounts), ``accounts``, ``unnamed`` (texts alone), ``counts``."""
    accounts = bool((reviews["newborn"] >= 0).mean() >= _GIVEN)
    texts = bool(reviews["texts"].mean() >= _GIVEN)
    return ("text" if texts else "accounts") if accounts else ("unnamed" if texts else "counts")


class Search:
    """One platform's reviews (a detector's partial, ordered by listing and day), and what can be asked of them."""

    def __init__(
        self,
        reviews: pd.DataFrame,
        model: BurstModel,
        *,
        lengths: Sequence[int],
        least: int,
        least_ratio: float,
        merge_days: int,
    ) -> None:
        self.reviews, self.model = reviews, model
        self.history = PlatformHistory(reviews)
        self.information = information_of(reviews)
        self._lengths, self._least, self._least_ratio = tuple(lengths), least, least_ratio
        self._merge_days = merge_days
        self.spreads = {length: overdispersion(self.history, length) for length in lengths}
        # Next to the top of the scale is praise, too: those who praise to order don't always give the most.
        praise = reviews["high"].to_numpy(dtype=bool) | reviews["near"].to_numpy(dtype=bool)
        self.leans: dict[str, Mask] = {"praise": praise, "blame": reviews["low"].to_numpy(dtype=bool)}
        newborn = reviews["newborn"].to_numpy() == 1
        # By direction, each review's class (``mixture.class_of``), 4 where it leans the other way or neither.
        self.kinds: dict[str, Ints] = {
            direction: np.where(
                self.leans[direction], class_of(reviews[stream].to_numpy(dtype=bool), newborn), 4
            ).astype("int64")
            for direction, (stream, _) in DIRECTIONS.items()
        }
        self._keys = self.history.listings * 1_000_000 + self.history.days

    def null(self) -> Null:
        """The learned null, fitted to this platform's own bulk."""
        own = surprises(self.history, self._lengths, self.spreads)
        windows = min((len(values) for values in own.values()), default=0)
        return self.model.null.fitted({key: reached(values) for key, values in own.items()}, windows)

    def tails(self) -> dict[str, Floats]:
        """Calibrated surprises on the whole weekly grid, by stream."""
        null = self.null()
        every = surprises(self.history, self._lengths, self.spreads, most=10**9)
        return {
            stream: np.concatenate([null.calibrated(stream, length, every[stream, length]) for length in self._lengths])
            for stream in STREAMS
        }

    def windows(
        self,
        direction: str,
        null: Null,
        *,
        listings: Sequence[str] | None = None,
        days: Ints | None = None,
        hindsight: bool = True,
    ) -> tuple[Windows, dict[str, Floats]]:
        """Windows of a direction with their measures; of some listings, ending on some days, where these are given."""
        asked = None if listings is None else np.isin(self.history.names, list(listings))
        found, measures = find_windows(
            self.history,
            self._lengths,
            direction,
            least=self._least,
            least_ratio=self._least_ratio,
            spreads=self.spreads,
            null=null,
            listings=asked,
            days=days,
            hindsight=hindsight,
        )
        return found, derived(measures)

    def candidates(self, direction: str, null: Null, *, hindsight: bool = True) -> tuple[Episodes, dict[str, Floats]]:
        """Episodes of a direction above the model's floor, and the measures of their best windows."""
        windows, measures = self.windows(direction, null, hindsight=hindsight)
        score = self.model.windows[direction, self.information].score(measures)
        high = np.flatnonzero(score >= self.model.floor[direction, self.information])
        episodes = self.separate(windows.take(high), score[high])
        best = high[episodes.best]
        return episodes, {**_rows(measures, best), "window": score[best], "last": windows.last[best].astype("float64")}

    def episodes(self, snapshot: Snapshot, *, hindsight: bool = True) -> list[Judged]:
        """Every episode of both directions with a score above nought, ordered by listing, day and direction.

        Without ``hindsight`` each as it stood on its last day: what a monitor that runs every night would have raised.
        """
        null = self.null()
        found = [
            self.judge(*self.candidates(direction, null, hindsight=hindsight), direction, snapshot)
            for direction in DIRECTIONS
        ]
        judged = [each for part in found for each in part if each.score > 0]
        return sorted(judged, key=lambda each: (each.listing, each.first, each.direction))

    def judge(
        self,
        episodes: Episodes,
        measures: Mapping[str, Floats],
        direction: str,
        snapshot: Snapshot,
        known: Mask | None = None,
    ) -> list[Judged]:
        """Score episodes with what their texts say; usual texts are those ``known``."""
        rows, crowd, said = self.described(episodes, measures, direction, snapshot, known)
        score = self.model.episodes[direction, self.information].score(said) - self.model.offset
        return [
            Judged(
                listing=int(episodes.listing[row]),
                first=int(episodes.first[row]),
                last=int(episodes.last[row]),
                direction=direction,
                score=float(score[row]),
                texts=int(crowd.texts[row]),
                pairs=int(crowd.pairs[row]),
                alike_pairs=int(crowd.alike_pairs[row]),
                alike=float(crowd.alike[row]),
                occasion=crowd.occasion[row],
                named=int(crowd.named[row]),
                rows=rows[row],
                close=crowd.close[row],
                partners=crowd.partners[row],
            )
            for row in range(len(episodes))
        ]

    def described(
        self,
        episodes: Episodes,
        measures: Mapping[str, Floats],
        direction: str,
        snapshot: Snapshot,
        known: Mask | None = None,
    ) -> tuple[list[Ints], CrowdTexts, dict[str, Floats]]:
        """The rows inside each episode, what their texts say, and the measures with that."""
        spans = zip(episodes.listing, episodes.first, episodes.last, strict=True)
        rows = [self.inside(*span, direction) for span in spans]
        crowd = self.texts(rows, snapshot, known)
        return (
            rows,
            crowd,
            {
                **measures,
                "alike": crowd.alike,
                "unlike": crowd.unlike,
                "language": crowd.language,
                "occasion": crowd.occasion_surprise,
            },
        )

    def separate(self, windows: Windows, score: Floats) -> Episodes:
        """``episodes.separate`` with this search's distance."""
        return separate(windows, score, merge_days=self._merge_days)

    def with_model(self, model: BurstModel) -> Search:
        """The same search with another model; what was counted is kept."""
        other = copy(self)
        other.model = model
        return other

    def texts(self, rows: list[Ints], snapshot: Snapshot, known: Mask | None = None) -> CrowdTexts:
        """What the texts of crowds of rows say; nothing where the platform shows too few texts."""
        if self.information in ("text", "unnamed") and rows:
            return read_crowds(rows, self.reviews, snapshot, self.history.listings, self.history.names, known=known)
        zero, none, number = np.zeros(len(rows)), np.zeros(len(rows), dtype="int64"), len(rows)
        silent = tuple(np.zeros(len(each), dtype="int64") for each in rows)
        return CrowdTexts(none, none, none, zero, zero, zero, ("",) * number, none, zero, silent, silent)

    def inside(self, listing: int, first: int, last: int, direction: str) -> Ints:
        """Rows of the listing's reviews within the days that lean to the direction."""
        here = self.span(listing, first, last)
        return np.asarray(np.flatnonzero(self.leans[direction][here]) + here.start, dtype="int64")

    def span(self, listing: int, first: int, last: int) -> slice:
        """Where the listing's reviews of these days stand."""
        low = np.searchsorted(self._keys, listing * 1_000_000 + first, side="left")
        high = np.searchsorted(self._keys, listing * 1_000_000 + last, side="right")
        return slice(int(low), int(max(high, low)))

    def class_shares(self, direction: str) -> Floats:
        """The platform's shares of the classes of ``kinds``."""
        return np.bincount(self.kinds[direction], minlength=5) / max(len(self.reviews), 1)

    def watch(self, listings: Sequence[str], direction: str, days: Ints, snapshot: Snapshot) -> pd.DataFrame:
        """The best score among windows that end on each day: listing_key, day, score (nought where there is none)."""
        windows, measures = self.windows(direction, self.null(), listings=listings, days=days, hindsight=False)
        score = self.model.windows[direction, self.information].score(measures)
        order = np.lexsort((-score, windows.last, windows.listing))
        listing, last = windows.listing[order], windows.last[order]
        best = order[np.r_[True, (listing[1:] != listing[:-1]) | (last[1:] != last[:-1])][: len(order)]]
        spans = Episodes(
            windows.listing[best], windows.last[best] - windows.length[best] + 1, windows.last[best], score[best], best
        )
        told = {**_rows(measures, best), "window": score[best], "last": windows.last[best].astype("float64")}
        known = self.history.days < int(days.min()) if len(days) else None
        judged = self.judge(spans, told, direction, snapshot, known)
        return pd.DataFrame(
            {
                "listing_key": [str(self.history.names[each.listing]) for each in judged],
                "day": np.array([each.last for each in judged], dtype="int64"),
                "score": np.array([max(each.score, 0.0) for each in judged], dtype="float64"),
            }
        )


def _rows(measures: Mapping[str, Floats], rows: Ints) -> dict[str, Floats]:
    return {name: values[rows] for name, values in measures.items()}
