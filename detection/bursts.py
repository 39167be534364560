"""Bursts: more reviews of one kind than the listing, its town and the platform's day explain."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detection.arrays import Floats
from detection.burst_evidence import Members, episode_row, members_of
from detection.burst_model import BurstModel, load_model
from detection.burst_search import Search, information_of
from detection.cards import Card, load_card
from detection.expectation import STREAMS
from detection.findings import evidence_frame, joined
from detection.protocol import Findings, Fold, Night, abstention_rows
from store.frames import MEMBERS, SIGNALS, build, empty

_HIGH, _NEAR = 0.9, 0.7
_LOW = 0.26
_WIDEST_DATE_DAYS = 3
_HALF = 4.0
_EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True)
class Bursts:
    """Claim: in some window the listing got more praise (or blame) than expected, from a crowd unlike its own.

    Null model: a listing's reviews of one kind come at its own past rate, moved by its town's and the platform's
    window (leaving the listing itself out), gamma-Poisson with the platform's fitted over-dispersion, its tail
    recalibrated on honest worlds; among a window's reviews the share of that kind is the listing's own, moved as the
    platform's; two texts are as much alike as two of the same listings usually are.
    Statistic: log-odds by a scorecard learned on simulated worlds: surprises of counts and of shares (all accounts and
    first-time ones), pairs of texts too much alike, less what speaks for guests (other ratings rise too, the texts name
    an occasion); the best of windows of 3 to 112 days, then by episode. Its false alarms are counted on other simulated
    worlds without attacks (the card).
    Innocent explanations: an event, a wedding or tour group, the press, an owner's drive for reviews, an opening, a
    renovation or a change of management, a platform's own mailing, an import of listings.
    Cost: binary searches for each review and window length, tails only where a window holds clearly more than expected;
    texts are read for the best episodes alone.
    Source: Xie et al., KDD 2012 (bursts of singleton reviewers); Fei et al., ICWSM 2013; Noufaily et al., Statistics in
    Medicine 2013 (over-dispersion, past outbreaks); Efron, JASA 2004 (empirical null).
    """

    window_days: tuple[int, ...] = (3, 7, 14, 28, 56, 112)
    least_reviews: int = 3
    least_ratio: float = 1.5
    false_per_1000_listing_years: float = 10.0
    merge_days: int = 14
    card: Card | None = None
    model: BurstModel | None = None

    name: ClassVar[str] = "bursts"
    version: ClassVar[int] = 2
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
        "text",
    )
    partial: ClassVar[Mapping[str, str]] = {
        "review_key": "str",
        "listing_key": "str",
        "platform": "str",
        "city": "str",
        "kind": "str",
        "day": "int32",
        "high": "bool",
        "near": "bool",
        "low": "bool",
        "newborn": "int8",
        "texts": "bool",
        "imprecise": "bool",
    }
    fold: ClassVar[Fold | None] = None

    def scan(self, reviews: pd.DataFrame) -> pd.DataFrame:
        partial = reviews[["review_key", "listing_key", "platform", "city", "kind", "newborn"]].copy()
        partial["day"] = reviews["day_to"]
        partial["high"] = reviews["rating"] >= _HIGH
        partial["near"] = (reviews["rating"] >= _NEAR) & (reviews["rating"] < _HIGH)
        partial["low"] = reviews["rating"] <= _LOW
        partial["texts"] = reviews["text"] != ""
        partial["imprecise"] = reviews["day_to"] - reviews["day_from"] > _WIDEST_DATE_DAYS
        return partial[list(self.partial)].astype(dict(self.partial)).reset_index(drop=True)

    def conclude(self, partials: pd.DataFrame, night: Night) -> Findings:
        abstained = abstention_rows(self.name, partials.loc[partials["imprecise"], "listing_key"], "imprecise_date")
        # A date after the night is a slip of somebody's clock, and would make the days before it look observed.
        known = partials[partials["day"].between(0, (night.as_of - _EPOCH).days)]
        parts = [self._judge(reviews, night) for reviews in platforms_of(known)]
        return replace(joined(parts), abstentions=abstained)

    def stream_tails(self, partials: pd.DataFrame) -> dict[str, Floats]:
        """Calibrated -log10 p by stream, of windows of all lengths that end a week apart, on all listings."""
        found: dict[str, list[Floats]] = {stream: [] for stream in STREAMS}
        for reviews in platforms_of(partials):
            search = self.search(reviews)
            for stream, values in search.tails().items():
                found[stream].append(values)
        return {stream: np.concatenate([np.zeros(0), *values]) for stream, values in found.items()}

    def watch(
        self, partials: pd.DataFrame, night: Night, listing_keys: Sequence[str], direction: str, days: NDArray[np.int64]
    ) -> pd.DataFrame:
        """The best score of windows that end on each of these days, by the reviews up to then: listing_key, day, score.

        The platform's fitted constants (over-dispersion, tails) are those of the whole history.
        """
        parts = []
        for reviews in platforms_of(partials):
            search = self.search(reviews)
            parts.append(search.watch(listing_keys, direction, days, night.snapshot))
        watched = (
            pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["listing_key", "day", "score"])
        )
        watched["score"] = _shown(watched["score"].to_numpy(dtype="float64"))
        return watched

    def raised(self, partials: pd.DataFrame, night: Night) -> Floats:
        """Scores, as evidence shows them, of all episodes as they stood on their last day."""
        parts = [self.search(reviews).episodes(night.snapshot, hindsight=False) for reviews in platforms_of(partials)]
        return _shown(np.array([judged.score for part in parts for judged in part], dtype="float64"))

    def search(self, reviews: pd.DataFrame) -> Search:
        """What can be asked of one platform's reviews (a frame of ``platforms_of``)."""
        return Search(
            reviews,
            self.model or load_model(),
            lengths=self.window_days,
            least=self.least_reviews,
            least_ratio=self.least_ratio,
            merge_days=self.merge_days,
        )

    def _judge(self, reviews: pd.DataFrame, night: Night) -> Findings:
        card = (self.card or load_card(self.name)).table(information_of(reviews))
        threshold = card.score_at(self.false_per_1000_listing_years)
        search = self.search(reviews)
        rows: list[dict[str, object]] = []
        inside: list[Members] = []
        p_values = np.ones(len(reviews))
        for judged in search.episodes(night.snapshot):
            if judged.score < threshold:
                continue
            members = members_of(search, judged)
            # A surprise that nobody in particular is part of says nothing that can be looked into.
            if not members.flagged:
                continue
            rows.append(episode_row(self, search, judged, members, card, shown=float(_shown(judged.score))))
            inside.append(members)
            p_values[members.rows] = np.minimum(
                p_values[members.rows], card.p_value(np.array([judged.score]))[0] ** members.weight
            )
        evidence = evidence_frame(rows)
        signals = build({"review_key": reviews["review_key"].to_numpy(), "p_value": p_values}, SIGNALS)
        return Findings(evidence, _members(evidence, reviews, inside), signals)


def _members(evidence: pd.DataFrame, reviews: pd.DataFrame, inside: list[Members]) -> pd.DataFrame:
    """The reviews inside each row of the evidence; their role is its direction."""
    if evidence.empty:
        return empty(MEMBERS)
    sizes = [len(each.rows) for each in inside]
    directions = [json.loads(facts)["direction"] for facts in evidence["facts"]]
    return build(
        {
            "evidence_key": np.repeat(evidence["evidence_key"].to_numpy(), sizes),
            "review_key": reviews["review_key"].take(np.concatenate([each.rows for each in inside])).to_numpy(),
            "role": np.repeat(np.array(directions, dtype=object), sizes),
            "weight": np.concatenate([each.weight for each in inside]),
        },
        MEMBERS,
    )


def platforms_of(partials: pd.DataFrame) -> list[pd.DataFrame]:
    """Each platform's usable reviews, ordered by listing and day."""
    usable = partials[~partials["imprecise"]]
    platform, _ = pd.factorize(usable["platform"], sort=True)
    listing, _ = pd.factorize(usable["listing_key"], sort=True)
    order = np.lexsort((usable["day"].to_numpy(), listing, platform))
    # Reviews of one listing and day stand in the order of their keys, so that findings don't depend on shards.
    same = (listing[order][1:] == listing[order][:-1]) & (np.diff(usable["day"].to_numpy()[order]) == 0)
    order = _ties_by_key(order, same, usable["review_key"])
    cuts = np.flatnonzero(np.diff(platform[order])) + 1
    return [usable.iloc[part].reset_index(drop=True) for part in np.split(order, cuts) if len(part)]


def _ties_by_key(order: NDArray[np.int64], same: NDArray[np.bool_], keys: pd.Series) -> NDArray[np.int64]:
    run = np.r_[0, np.cumsum(~same)] if len(order) else order
    tied = np.flatnonzero(np.r_[False, same] | np.r_[same, False]) if len(order) else order
    chosen = keys.iloc[order[tied]].to_numpy(dtype=object)
    result = order.copy()
    result[tied] = order[tied][np.lexsort((chosen, run[tied]))]
    return result


def _shown(score: Floats | float) -> Floats:
    """A score from nought up as evidence shows it, in [0, 1)."""
    raised = np.maximum(np.asarray(score, dtype="float64"), 0.0)
    return np.asarray(raised / (raised + _HALF), dtype="float64")
