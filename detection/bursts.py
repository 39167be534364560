"""Bursts: more reviews of one kind than the listing, its town and the platform's day explain."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detection.cards import Card, load_card
from detection.expectation import STREAMS, Expected, Floats, PlatformHistory, overdispersion
from detection.protocol import Findings, Fold, Night, abstention_rows, evidence_key
from detection.tails import beta_binomial, negative_binomial
from detection.timeline import weekly_timeline
from store.frames import EVIDENCE, MEMBERS, SIGNALS, build, empty

DIRECTIONS: Mapping[str, tuple[str, str]] = {"praise": ("new_high", "high"), "blame": ("new_low", "low")}

_HIGH = 0.9
_LOW = 0.26
_WIDEST_DATE_DAYS = 3
# A short window that overlaps the best one belongs to its episode from this share of its score on: a best window of
# three days often cuts a campaign of five. Long ones would take honest guests of the weeks around in.
_JOINS, _JOINS_DAYS = 0.6, 7


@dataclass(frozen=True, slots=True)
class _Windows:
    """The best window for each anchor (a listing and a day) in one direction."""

    score: Floats
    length: NDArray[np.int64]
    stream: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Episode:
    """A span of days of one listing (a code) in one direction, with the score and stream of its best window."""

    listing: int
    first: int
    last: int
    score: float
    stream: str
    direction: str


@dataclass(frozen=True)
class Bursts:
    """Claim: in some window the listing got more praise (or blame) than expected, from a crowd unlike its own.

    Null model: a listing's reviews of one kind come at its own past rate, moved by its town's and the platform's
    window (leaving the listing itself out), gamma-Poisson with the platform's fitted over-dispersion; and among a
    window's reviews the share of that kind is the listing's own, moved as the platform's.
    Statistic: the smaller of two surprises, -log10 of the negative-binomial tail of the count and of the
    beta-binomial tail of the share, the largest over windows of 3 to 112 days and over all or only first-time
    accounts. Its false alarms are counted on simulated worlds without attacks (the card).
    Innocent explanations: an event, a wedding or tour group, the press, an owner's drive for reviews, an opening, a
    renovation or a change of management, a platform's own mailing, an import of listings.
    Cost: a few binary searches for each review and window length, vectorised; no loop over listings.
    Source: Xie et al., KDD 2012 (bursts of singleton reviewers); Fei et al., ICWSM 2013; Noufaily et al., 2013.
    """

    window_days: tuple[int, ...] = (3, 7, 14, 28, 56, 112)
    least_reviews: int = 4
    least_ratio: float = 1.5
    false_per_1000_listing_years: float = 30.0
    merge_days: int = 14
    card: Card | None = None

    name: ClassVar[str] = "bursts"
    version: ClassVar[int] = 1
    columns: ClassVar[tuple[str, ...]] = (
        "review_key",
        "listing_key",
        "platform",
        "city",
        "kind",
        "rating",
        "day_from",
        "day_to",
        "newborn",
    )
    partial: ClassVar[Mapping[str, str]] = {
        "review_key": "str",
        "listing_key": "str",
        "platform": "str",
        "city": "str",
        "kind": "str",
        "day": "int32",
        "high": "bool",
        "low": "bool",
        "newborn": "int8",
        "imprecise": "bool",
    }
    fold: ClassVar[Fold | None] = None

    def scan(self, reviews: pd.DataFrame) -> pd.DataFrame:
        partial = reviews[["review_key", "listing_key", "platform", "city", "kind", "newborn"]].copy()
        partial["day"] = reviews["day_to"]
        partial["high"] = reviews["rating"] >= _HIGH
        partial["low"] = reviews["rating"] <= _LOW
        partial["imprecise"] = reviews["day_to"] - reviews["day_from"] > _WIDEST_DATE_DAYS
        return partial[list(self.partial)].astype(dict(self.partial)).reset_index(drop=True)

    def conclude(self, partials: pd.DataFrame, night: Night) -> Findings:
        card = self.card or load_card(self.name)
        abstained = abstention_rows(self.name, partials.loc[partials["imprecise"], "listing_key"], "imprecise_date")
        usable = partials[~partials["imprecise"]].sort_values(["platform", "listing_key", "day", "review_key"])
        parts = [self._judge(group.reset_index(drop=True), card) for _, group in usable.groupby("platform")]
        return Findings(
            evidence=pd.concat([empty(EVIDENCE), *(part.evidence for part in parts)], ignore_index=True),
            members=pd.concat([empty(MEMBERS), *(part.members for part in parts)], ignore_index=True),
            signals=pd.concat([empty(SIGNALS), *(part.signals for part in parts)], ignore_index=True),
            abstentions=abstained,
        )

    def _judge(self, reviews: pd.DataFrame, card: Card) -> Findings:
        history = PlatformHistory(reviews)
        best, anchors = self.best_windows(history)
        rows, members = [], []
        strongest = np.zeros(len(reviews))
        for direction, windows in best.items():
            for episode in self._episodes(anchors, windows, direction, card):
                inside = _inside(history, reviews, episode)
                row, weights = self._evidence(history, reviews, episode, inside, card)
                rows.append(row)
                chosen = np.flatnonzero(weights > 0)
                members.append(
                    build(
                        {
                            "evidence_key": row["evidence_key"],
                            "review_key": reviews["review_key"].to_numpy()[chosen],
                            "role": direction,
                            "weight": weights[chosen],
                        },
                        MEMBERS,
                    )
                )
                strongest[chosen] = np.maximum(strongest[chosen], episode.score * weights[chosen])
        p_values = np.where(strongest > 0, card.p_value(strongest), 1.0)
        evidence = pd.DataFrame(rows, columns=list(EVIDENCE)).astype(dict(EVIDENCE))
        inside_reviews = pd.concat([empty(MEMBERS), *members], ignore_index=True)
        signals = build({"review_key": reviews["review_key"].to_numpy(), "p_value": p_values}, SIGNALS)
        return Findings(evidence, inside_reviews, signals)

    def best_windows(self, history: PlatformHistory) -> tuple[dict[str, _Windows], NDArray[np.int64]]:
        """For each anchor the best window in each direction; anchors are rows (listing code, day)."""
        anchors = np.unique(np.column_stack([history.listings, history.days]), axis=0)
        listings, last = anchors[:, 0], anchors[:, 1]
        zeros = np.zeros(len(anchors))
        best = {name: _Windows(zeros.copy(), zeros.astype("int64"), zeros.astype("int64")) for name in DIRECTIONS}
        for length in self.window_days:
            spread = overdispersion(history, length)
            expected = history.expect(listings, last, length)
            for direction, streams in DIRECTIONS.items():
                for stream in streams:
                    score = self._surprise(expected, stream, spread)
                    better = score > best[direction].score
                    best[direction].score[better] = score[better]
                    best[direction].length[better] = length
                    best[direction].stream[better] = STREAMS.index(stream)
        return best, anchors

    def _surprise(self, expected: Expected, stream: str, spread: float) -> Floats:
        count, mean = expected.count[stream].astype("float64"), expected.mean[stream]
        score = np.zeros(len(count))
        asked = np.flatnonzero((count >= self.least_reviews) & (count > self.least_ratio * mean))
        if not len(asked):
            return score
        shape = 1.0 / (1.0 / expected.shape[stream][asked] + spread)
        by_count = negative_binomial(count[asked], mean[asked], shape)
        base_all = expected.base["all"][asked].astype("float64")
        usual = (expected.base[stream][asked] + 6.0 * expected.share[stream]) / (base_all + 6.0)
        usual = np.clip(usual * expected.drift[stream][asked], 0.001, 0.98)
        weight = 1.0 / (1.0 / (6.0 + base_all) + 0.03)
        by_share = beta_binomial(count[asked], expected.count["all"][asked].astype("float64"), usual, weight)
        score[asked] = np.minimum(by_count, by_share)
        return score

    def _episodes(self, anchors: NDArray[np.int64], windows: _Windows, direction: str, card: Card) -> list[_Episode]:
        """The best windows that stand apart, each with the strong windows that overlap it."""
        threshold = card.score_at(self.false_per_1000_listing_years)
        candidates = np.flatnonzero(windows.score >= threshold)
        candidates = candidates[np.lexsort((anchors[candidates, 1], -windows.score[candidates]))]
        listing, last = anchors[candidates, 0], anchors[candidates, 1]
        first = last - windows.length[candidates] + 1
        free = np.ones(len(candidates), dtype=bool)
        episodes = []
        for index in range(len(candidates)):
            if not free[index]:
                continue
            near = (listing == listing[index]) & (first <= last[index]) & (last >= first[index])
            best = float(windows.score[candidates[index]])
            strong = near & (windows.score[candidates] >= _JOINS * best)
            strong &= windows.length[candidates] <= _JOINS_DAYS
            strong[index] = True
            start, end = int(first[strong].min()), int(last[strong].max())
            free &= ~(
                (listing == listing[index]) & (first <= end + self.merge_days) & (last >= start - self.merge_days)
            )
            stream = STREAMS[int(windows.stream[candidates[index]])]
            episodes.append(_Episode(int(listing[index]), start, end, best, stream, direction))
        return sorted(episodes, key=lambda episode: (episode.listing, episode.first))

    def _evidence(
        self,
        history: PlatformHistory,
        reviews: pd.DataFrame,
        episode: _Episode,
        inside: NDArray[np.int64],
        card: Card,
    ) -> tuple[dict[str, object], Floats]:
        length = episode.last - episode.first + 1
        expected = history.expect(np.array([episode.listing]), np.array([episode.last]), length)
        new_stream, stream = DIRECTIONS[episode.direction]
        count = {name: int(expected.count[name][0]) for name in STREAMS}
        mean = {name: float(expected.mean[name][0]) for name in STREAMS}
        weights = np.zeros(len(reviews))
        newborn = reviews["newborn"].to_numpy()[inside] == 1
        old_count, old_mean = count[stream] - count[new_stream], mean[stream] - mean[new_stream]
        excess = np.where(newborn, _excess(count[new_stream], mean[new_stream]), _excess(old_count, max(old_mean, 0.0)))
        weights[inside] = np.round(excess, 4)
        first_day = int(history.days[inside].min())
        base_all = int(expected.base["all"][0])
        facts = {
            "direction": episode.direction,
            "window_days": length,
            "count": count[stream],
            "expected": _rounded(mean[stream]),
            "all_count": count["all"],
            "all_expected": _rounded(mean["all"]),
            "newborn_count": count[new_stream],
            "newborn_share_usual": _rounded((int(expected.base["new"][0]) + 0.5) / (base_all + 1.0)),
            "share": _rounded(count[stream] / count["all"]),
            "share_usual": _rounded((int(expected.base[stream][0]) + 0.5) / (base_all + 1.0)),
            "trigger": "newborn" if episode.stream == new_stream else "all",
            "false_per_1000_listing_years": _rounded(card.rate(episode.score)),
            "weeks": weekly_timeline(history, episode.listing, stream, first_day, episode.last),
        }
        subject = str(history.names[episode.listing])
        row = {
            "evidence_key": evidence_key(self.name, f"{subject}\0{episode.direction}", first_day),
            "detector": self.name,
            "version": self.version,
            "subject_kind": "listing",
            "subject_id": subject,
            "window_start": first_day,
            "window_end": int(history.days[inside].max()),
            "score": _rounded(episode.score / (episode.score + 4.0)),
            "p_value": _rounded(float(card.p_value(np.array([episode.score]))[0])),
            "q_value": np.nan,
            "effect": _rounded(count[stream] / max(mean[stream], 0.05)),
            "n_reviews": int(np.count_nonzero(weights)),
            "facts": json.dumps(facts, sort_keys=True),
        }
        return row, weights


def _inside(history: PlatformHistory, reviews: pd.DataFrame, episode: _Episode) -> NDArray[np.int64]:
    """The rows of the episode's direction within its days."""
    here = (history.listings == episode.listing) & (history.days >= episode.first) & (history.days <= episode.last)
    marked = reviews["high" if episode.direction == "praise" else "low"].to_numpy()
    return np.flatnonzero(here & marked)


def _excess(count: float, mean: float) -> float:
    """The share of a count beyond its expectation: the weight of each review inside."""
    return float(np.clip((count - mean) / count, 0.0, 1.0)) if count else 0.0


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")
