"""Generated: the text reads like a language model's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from detection.arrays import Floats
from detection.cards import Card, load_card
from detection.findings import evidence_frame, marked_abstentions, review_row, rounded
from detection.protocol import Findings, Fold, Night
from detection.text.machine import Model, models, read_words
from store.frames import MEMBERS, SIGNALS, build, empty

_REASONS = ("no_text", "translated", "too_short", "no_measurement", "quality_too_low")
_CONSIDERED = ("translated", "too_short", "long_words")


@dataclass(frozen=True)
class Generated:
    """Claim: the text reads like a language model's; an indication, never a case of its own.

    Null model: guests' reviews in the same language, of the places where they were counted (the card): one platform in
    six languages, another in English, and of that those in the longest words or with five stars, whichever show most.
    Statistic: the log-odds, as a number from 0 to 1, by a language's words and pairs of words, learned from real
    reviews and GPT-4's of the same hotels and lengths. Silent in a language where that was not measured or not good
    enough. No signals are given, so that no review's score rests on this.
    Innocent explanations: a guest who lets software write out or tidy notes; a translation that isn't marked; a
    practised or formal writer; a language learned from books; praise in phrases that everyone uses, which is what
    most guests had who were beyond the line. Another model may read quite unlike the one that was learned from.
    Cost: a CPU second for about 9,000 reviews of 75 words.
    Source: MAiDE-up (Ignat et al., 2024), real and generated reviews; its weights are learned from that.
    """

    least_words: int = 30
    least_auc: float = 0.9
    least_recall: float = 0.3
    false_per_1000_reviews: float = 1.0

    name: ClassVar[str] = "generated"
    version: ClassVar[int] = 1
    columns: ClassVar[tuple[str, ...]] = ("review_key", "listing_key", "day_to", "text", "language", "translated")
    partial: ClassVar[Mapping[str, str]] = {
        "review_key": "str",
        "listing_key": "str",
        "day": "int32",
        "language": "str",
        "words": "int32",
        "score": "float64",
        "abstained": "str",
    }
    fold: ClassVar[Fold | None] = None

    def scan(self, reviews: pd.DataFrame) -> pd.DataFrame:
        partial = reviews[["review_key", "listing_key"]].assign(day=reviews["day_to"])
        judged = [
            self._judge(*each) for each in zip(reviews["text"], reviews["language"], reviews["translated"], strict=True)
        ]
        columns = ("language", "words", "score", "abstained")
        for place, name in enumerate(columns):
            partial[name] = [each[place] for each in judged]
        return partial[list(self.partial)].astype(dict(self.partial)).reset_index(drop=True)

    def conclude(self, partials: pd.DataFrame, night: Night) -> Findings:
        card = load_card(self.name)
        wanted = card.score_at(self.false_per_1000_reviews)
        flagged = partials[(partials["abstained"] == "") & (partials["score"] >= wanted)].sort_values("review_key")
        columns = (flagged[name].tolist() for name in ("review_key", "day", "language", "words", "score"))
        rows = [self._evidence(card, *each) for each in zip(*columns, strict=True)]
        evidence = evidence_frame(rows)
        inside = {"evidence_key": evidence["evidence_key"], "review_key": evidence["subject_id"]}
        return Findings(
            evidence=evidence,
            members=build({**inside, "role": "subject", "weight": 1.0}, MEMBERS),
            signals=empty(SIGNALS),
            abstentions=marked_abstentions(self, partials, _REASONS),
        )

    def _evidence(
        self, card: Card, subject: str, day: int, language: str, words: int, score: float
    ) -> dict[str, object]:
        facts = {
            "language": language,
            "score": rounded(score),
            "one_in": rounded(card.per / card.rate(score), digits=3),
            "quality": models()[language].auc,
            "words": words,
            "considered": list(_CONSIDERED),
        }
        p_value = card.p_value(np.array([score]))[0]
        return review_row(self, subject, day, score=score, p_value=p_value, effect=score, facts=facts)

    def _judge(self, text: str, language: str, translated: bool) -> tuple[str, int, float, str]:
        """A review's two-letter language, words and score, and why it is not judged ("" where it is)."""
        code = language.partition("-")[0].lower()
        model = models().get(code)
        if not text.strip():
            return code, 0, 0.0, "no_text"
        if translated:
            return code, 0, 0.0, "translated"
        words = read_words(text)
        if len(words) < self.least_words:
            return code, len(words), 0.0, "too_short"
        if model is None:
            return code, len(words), 0.0, "no_measurement"
        if not self._is_good(model):
            return code, len(words), 0.0, "quality_too_low"
        return code, len(words), float(as_score(np.array([model.score(words)]))[0]), ""

    def _is_good(self, model: Model) -> bool:
        return model.auc_low >= self.least_auc and model.recall >= self.least_recall


def as_score(odds: Floats) -> Floats:
    """Log-odds as numbers from 0 to 1, with four digits, downwards."""
    return np.asarray(np.floor(1e4 / (1.0 + np.exp(-np.clip(odds, -30.0, 30.0)))) / 1e4, dtype="float64")
