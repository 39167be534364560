"""Boosting: praise by new accounts while the listing's established guests report a fault that it never mentions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detection.arrays import Floats, Ints
from detection.cards import Card, load_card
from detection.contrast import STARS, Contrast, Crowds, Windows
from detection.findings import evidence_frame, evidence_row, joined, marked_abstentions, rounded
from detection.protocol import Findings, Fold, Night, evidence_key
from detection.text.aspects import aspects, read_aspects
from store.frames import MEMBERS, SIGNALS, build, empty

_WIDEST_DATE_DAYS = 3
# Of the praise, no more than this share may speak of the fault at all.
_MOST_NAMING = 0.25
_LEAST_SCORE = 1e-3
# Praise that the null model gives more often than once in ten windows is no surplus, whatever the fault.
_LEAST_SURPRISE = 1.0
# The first aspects of the list, with which the card's false alarms were counted: each more tried would cost the others.
_ASPECTS = 18
# The card's table for what is judged by ratings alone.
_RATINGS_ONLY = "accounts"


@dataclass(frozen=True, slots=True)
class _Scored:
    """Windows of aspects (bits): their scores, and the numbers behind them."""

    windows: Windows
    score: Floats
    aspect: Ints
    contrast: Contrast


@dataclass(frozen=True)
class Boosting:
    """Claim: new accounts praise the listing while its established guests report one fault that they never mention.

    Null model: first-time accounts come and feel as the established guests of the same weeks do, in the proportion of
    the listing's past (gamma-Poisson), and speak of what those speak of; established guests find fault with an aspect
    as often as in the year before, moved as on the rest of the platform (beta-binomial).
    Statistic: the harmonic mean of three surprises (-log10 of tails), largest over windows of 28 to 120 days and over
    18 aspects of the word lists: the fault's rise among established guests (less the number of aspects tried), the
    count of first-time praise, and that praise's silence about the fault. All first-time praise must also exceed what
    the listing's past and the platform lead to expect, whatever the mood (half as much again, p <= 0.1). Where most
    texts cannot be read, the weaker form: few stars stand for the fault. Its false alarms are counted on simulated
    worlds without attacks (the card).
    Innocent explanations: a renovation that new guests did not mind, a new management that set things right, a wedding
    or a group in weeks with a real fault, the owner's drive for reviews after complaints, guests of another part of the
    house, words that the lists do not know.
    Cost: one pass over the texts (about 70 CPU microseconds each), then a few binary searches for each window.
    Source: Mukherjee et al., KDD 2013 (deviation of a crowd from the others' opinion); Lappas et al., ISR 2016 (praise
    that covers a weakness of the hotel).
    """

    window_days: tuple[int, ...] = (28, 42, 63, 90, 120)
    least_praise: int = 4
    least_reports: int = 3
    least_report_share: float = 0.25
    least_ratio: float = 1.5
    false_per_1000_listing_years: float = 3.0
    merge_days: int = 14
    card: Card | None = None

    name: ClassVar[str] = "boosting"
    version: ClassVar[int] = 1
    columns: ClassVar[tuple[str, ...]] = (
        "review_key",
        "listing_key",
        "platform",
        "rating",
        "day_from",
        "day_to",
        "newborn",
        "text",
        "language",
        "translated",
    )
    partial: ClassVar[Mapping[str, str]] = {
        "review_key": "str",
        "listing_key": "str",
        "platform": "str",
        "day": "int32",
        "rating": "float64",
        "newborn": "int8",
        "named": "int64",
        "fault": "int64",
        "read": "bool",
        "abstained": "str",
    }
    fold: ClassVar[Fold | None] = None

    def scan(self, reviews: pd.DataFrame) -> pd.DataFrame:
        partial = reviews[["review_key", "listing_key", "platform", "rating", "newborn"]].copy()
        partial["day"] = reviews["day_to"]
        translated = reviews["translated"].to_numpy(dtype=bool)
        texts = reviews["text"].mask(translated, "").tolist()
        said = read_aspects(texts, reviews["language"].tolist(), partial["rating"].tolist())
        partial["named"], partial["fault"], partial["read"] = said.named, said.fault, said.read
        partial["abstained"] = np.select(
            [
                (partial["newborn"] < 0).to_numpy(),
                (reviews["day_to"] - reviews["day_from"] > _WIDEST_DATE_DAYS).to_numpy(),
                ~said.read & np.array([bool(text) for text in texts], dtype=bool),
            ],
            ["no_reviewer_ids", "imprecise_date", "no_word_list"],
            "",
        )
        return partial[list(self.partial)].astype(dict(self.partial)).reset_index(drop=True)

    def conclude(self, partials: pd.DataFrame, night: Night) -> Findings:
        card = self.card or load_card(self.name)
        # A text that could not be read leaves its stars.
        usable = partials[partials["abstained"].isin(["", "no_word_list"])]
        usable = usable.sort_values(["platform", "listing_key", "day", "review_key"])
        parts = [self._judge(group.reset_index(drop=True), card) for _, group in usable.groupby("platform")]
        reasons = ("no_reviewer_ids", "imprecise_date", "no_word_list")
        return replace(joined(parts), abstentions=marked_abstentions(self, partials, reasons))

    def _judge(self, reviews: pd.DataFrame, card: Card) -> Findings:
        crowds = Crowds(reviews)
        best = self._best_windows(crowds, card)
        keys = reviews["review_key"].to_numpy()
        p_values = np.ones(len(reviews))
        rows, members = [], []
        for index in self._episodes(crowds, best):
            table = _table(card, int(best.aspect[index]))
            row, chosen, weights = self._evidence(crowds, best, index, table)
            rows.append(row)
            inside = {"evidence_key": row["evidence_key"], "review_key": keys[chosen], "role": "praise"}
            members.append(build({**inside, "weight": weights}, MEMBERS))
            p_values[chosen] = np.minimum(p_values[chosen], table.p_value(best.score[index] * weights))
        return Findings(
            evidence=evidence_frame(rows),
            members=pd.concat([empty(MEMBERS), *members], ignore_index=True),
            signals=build({"review_key": keys, "p_value": p_values}, SIGNALS),
        )

    def _best_windows(self, crowds: Crowds, card: Card) -> _Scored:
        """The windows and aspects whose score is rare enough."""
        every = crowds.windows(self.window_days, self.least_praise)
        found = []
        for aspect in (STARS, *range(_ASPECTS)):
            asked = crowds.eligible(
                every, aspect, least_reports=self.least_reports, least_share=self.least_report_share
            )
            windows = every.take(asked)
            contrast = crowds.contrast(windows, aspect)
            score = _together(contrast, 1 if aspect == STARS else _ASPECTS)
            score[~self._telling(contrast)] = 0.0
            threshold = _table(card, aspect).score_at(self.false_per_1000_listing_years)
            high = np.flatnonzero(score >= max(threshold, _LEAST_SCORE))
            found.append(_Scored(windows.take(high), score[high], np.full(len(high), aspect), contrast.take(high)))
        windows = Windows(
            *(np.concatenate([getattr(each.windows, name) for each in found]) for name in Windows.__slots__)
        )
        numbers = Contrast(
            *(np.concatenate([getattr(each.contrast, name) for each in found]) for name in Contrast.__slots__)
        )
        score, aspect = (np.concatenate([getattr(each, name) for each in found]) for name in ("score", "aspect"))
        return _Scored(windows, score, aspect, numbers)

    def _telling(self, contrast: Contrast) -> NDArray[np.bool_]:
        """Where the praise stands out by itself, and hardly any of it names the fault."""
        count = contrast.praising - contrast.naming
        more = (count >= self.least_ratio * contrast.expected) & (contrast.praise >= _LEAST_SURPRISE)
        # Others who grumble make no surplus of the newcomers who always came.
        more &= (contrast.praising >= self.least_ratio * contrast.by_past) & (contrast.more >= _LEAST_SURPRISE)
        return np.asarray(more & (contrast.naming <= _MOST_NAMING * contrast.praising), dtype=bool)

    def _episodes(self, crowds: Crowds, best: _Scored) -> list[int]:
        """The best windows that stand apart, by listing and day, of those whose established guests were less content.

        An aspect that guests name more often and mind no more is no fault that praise could cover.
        """
        windows = best.windows
        order = np.lexsort((best.aspect, windows.length, windows.last, -best.score))
        free = np.ones(len(windows), dtype=bool)
        chosen = []
        for index in order:
            if free[index] and _less_content(crowds, best.windows, int(index)):
                chosen.append(int(index))
                first, last = windows.first[index] - self.merge_days, windows.last[index] + self.merge_days
                free &= ~(
                    (windows.listing == windows.listing[index]) & (windows.first <= last) & (windows.last >= first)
                )
        return sorted(chosen, key=lambda index: (windows.listing[index], windows.first[index]))

    def _evidence(
        self, crowds: Crowds, best: _Scored, index: int, card: Card
    ) -> tuple[dict[str, object], Ints, Floats]:
        """The finding of one window, the rows of its members and their weights."""
        listing, aspect = int(best.windows.listing[index]), int(best.aspect[index])
        score, length = float(best.score[index]), int(best.windows.length[index])
        chosen = crowds.praise_in(best.windows, index, aspect)
        expected = float(best.contrast.expected[index])
        first_day, last_day = int(crowds.days[chosen].min()), int(crowds.days[chosen].max())
        established, reporting = int(best.contrast.established[index]), int(best.contrast.faulting[index])
        praising, naming = int(best.contrast.praising[index]), int(best.contrast.naming[index])
        usually, now, new = crowds.mean_ratings(best.windows, index)
        facts = {
            "direction": "praise",
            "judged_by": "ratings" if aspect == STARS else "texts",
            "aspect": "" if aspect == STARS else aspects()[aspect],
            "window_days": length,
            "count": len(chosen),
            "expected": rounded(expected),
            "praising": praising,
            "expected_by_past": rounded(float(best.contrast.by_past[index])),
            "established_count": established,
            "established_reporting": reporting,
            "fault_share_established": rounded(reporting / established),
            "fault_share_usual": rounded(float(best.contrast.usual[index])),
            "praise_naming": naming,
            "fault_share_praise": rounded(naming / praising),
            "rating_established": rounded(now),
            "rating_established_usual": rounded(usually),
            "rating_new": rounded(new),
            "rating_gap": rounded(new - now),
            "false_per_1000_listing_years": rounded(card.rate(score)),
            "weeks": crowds.weeks(listing, aspect, first_day, last_day),
        }
        subject = str(crowds.names[listing])
        row = evidence_row(
            self,
            evidence_key(self.name, subject, first_day),
            ("listing", subject),
            (first_day, last_day),
            score=score / (score + 4.0),
            p_value=card.p_value(np.array([score]))[0],
            effect=len(chosen) / expected,
            reviews=len(chosen),
            facts=facts,
        )
        weight = np.clip((len(chosen) - expected) / len(chosen), 0.0001, 1.0)
        return row, chosen, np.full(len(chosen), round(float(weight), 4))


def _less_content(crowds: Crowds, windows: Windows, index: int) -> bool:
    """Whether established guests rated lower in the window than in the year before."""
    usually, now, _ = crowds.mean_ratings(windows, index)
    return now < usually


def _table(card: Card, aspect: int) -> Card:
    return card.table(_RATINGS_ONLY) if aspect == STARS else card


def _together(contrast: Contrast, tried: int) -> Floats:
    """The harmonic mean of the three surprises, high only where each of them is; the fault is one of so many tried."""
    each = np.maximum([contrast.fault - np.log10(tried), contrast.praise, contrast.silence], 1e-9)
    return np.asarray(3.0 / (1.0 / each).sum(axis=0))
