"""Mismatch: the text does not say what the stars say."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from detection.cards import Card, load_card
from detection.protocol import Findings, Fold, Night, Vectors, abstention_rows, evidence_key
from detection.text.features import MOST_CHARACTERS, Floats, Prediction, driving_words, predict, text_sha256
from store.frames import ABSTENTIONS, EVIDENCE, MEMBERS, SIGNALS, build, empty

# Scripts without spaces: there a letter counts as a word.
_WORD = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]|[^\W\d_]+")
# A card's rate above which a distance is too common to count in a model's usual distance: the tail is what is judged.
_TAIL_PER_1000 = 40.0


@dataclass(frozen=True)
class Mismatch:
    """Claim: the text does not say what the stars say.

    Null model: reviews of one language whose words are alike have stars that are alike; the stars expected of a text
    are those that the other reviews' texts teach, with the platform and the kind of place taken into account.
    Statistic: the distance between the stars given and those expected, as a share of the scale, where the text itself
    and its copies taught nothing; shrunk where the model predicts worse than the one of the card. How often honest
    reviews lie as far apart was counted on real ones (the card).
    Innocent explanations: a slip of the finger or a scale read the wrong way round; irony; a text about one point and
    stars for the whole; stars for the price or the platform; a turn of phrase that the model does not know.
    Cost: about a CPU second for each 1,000 reviews; parts of ``most_reviews_together`` learn apart.
    Source: Wolpert, 1992 (stacking); Brodley & Friedl, JAIR 1999 (the suspicious don't teach); Zhou et al., 2023
    (the residual of any regression as the score of a wrong number).
    """

    least_words: int = 4
    least_reviews_in_language: int = 150
    most_reviews_together: int = 50_000
    false_per_1000_reviews: float = 2.0
    least_distance: float = 0.5

    name: ClassVar[str] = "mismatch"
    version: ClassVar[int] = 1
    columns: ClassVar[tuple[str, ...]] = (
        "review_key",
        "listing_key",
        "platform",
        "kind",
        "rating",
        "rating_worst",
        "rating_best",
        "day_to",
        "text",
        "language",
        "translated",
    )
    partial: ClassVar[Mapping[str, str]] = {
        "review_key": "str",
        "listing_key": "str",
        "platform": "str",
        "kind": "str",
        "rating": "float64",
        "worst": "float64",
        "best": "float64",
        "day": "int32",
        "language": "str",
        "text": "str",
        "text_sha256": "str",
        "abstained": "str",
    }
    fold: ClassVar[Fold | None] = None

    def scan(self, reviews: pd.DataFrame) -> pd.DataFrame:
        names = {"rating_worst": "worst", "rating_best": "best", "day_to": "day"}
        partial = reviews[[name for name in self.columns if name != "translated"]].rename(columns=names)
        whole = partial["text"].to_numpy(dtype=object)
        partial["text"] = [text[:MOST_CHARACTERS] for text in whole]
        enough = [self._has_words(text) for text in partial["text"]]
        said = [bool(text.strip()) for text in partial["text"]]
        translated = reviews["translated"].to_numpy()
        partial["abstained"] = np.select(
            [~np.array(said, dtype=bool), translated, ~np.array(enough, dtype=bool)],
            ["no_text", "translated", "too_short"],
            "",
        )
        judged = (partial["abstained"] == "").to_numpy()
        partial["text_sha256"] = [text_sha256(text) if use else "" for text, use in zip(whole, judged, strict=True)]
        partial["text"] = partial["text"].where(judged, "")
        return partial[list(self.partial)].astype(dict(self.partial)).reset_index(drop=True)

    def conclude(self, partials: pd.DataFrame, night: Night) -> Findings:
        card = load_card(self.name)
        eligible = partials[partials["abstained"] == ""].sort_values("review_key")
        many = eligible.groupby("language")["review_key"].transform("size") >= self.least_reviews_in_language
        refused = [
            (reason, partials.loc[partials["abstained"] == reason, "listing_key"])
            for reason in ("no_text", "too_short", "translated")
        ]
        refused.append(("too_few_reviews_in_language", eligible.loc[~many, "listing_key"]))
        evidence, members, signals = [empty(EVIDENCE)], [empty(MEMBERS)], [empty(SIGNALS)]
        for _, reviews in eligible[many].groupby("language"):
            for part in self._apart(reviews):
                found = self._judge(part, card, night.vectors)
                evidence.append(found.evidence)
                members.append(found.members)
                signals.append(found.signals)
        return Findings(
            evidence=pd.concat(evidence, ignore_index=True),
            members=pd.concat(members, ignore_index=True),
            signals=pd.concat(signals, ignore_index=True),
            abstentions=pd.concat(
                [empty(ABSTENTIONS), *(abstention_rows(self.name, of, reason) for reason, of in refused)],
                ignore_index=True,
            ),
        )

    def _has_words(self, text: str) -> bool:
        return sum(1 for _, _ in zip(_WORD.finditer(text), range(self.least_words), strict=False)) >= self.least_words

    def _apart(self, reviews: pd.DataFrame) -> list[pd.DataFrame]:
        """Parts of bounded size, chosen by text so that copies stay together."""
        parts = -(-len(reviews) // self.most_reviews_together)
        home = reviews["text_sha256"].str[8:16].map(lambda digits: int(digits, 16) % parts)
        return [reviews[home == part].reset_index(drop=True) for part in range(parts)]

    def _judge(self, reviews: pd.DataFrame, card: Card, vectors: Vectors | None) -> Findings:
        ratings = reviews["rating"].to_numpy()
        groups = pd.factorize(reviews["platform"] + "\0" + reviews["kind"], sort=True)[0].astype("int64")
        dense = _dense(reviews["text_sha256"], vectors)
        prediction = predict(reviews["text"].tolist(), ratings, groups, dense)
        distance = np.abs(ratings - prediction.expected)
        score = distance * self.scale_of(distance, card)
        wanted = max(card.score_at(self.false_per_1000_reviews), self.least_distance)
        model = "TF-IDF" if dense is None else "TF-IDF and sentence embeddings"
        flagged = np.flatnonzero(score >= wanted).tolist()
        rows = [self._evidence(reviews, row, prediction, score, card, model) for row in flagged]
        evidence = pd.DataFrame(rows, columns=list(EVIDENCE)).astype(dict(EVIDENCE))
        inside = {
            "evidence_key": evidence["evidence_key"],
            "review_key": evidence["subject_id"],
            "role": "subject",
            "weight": 1.0,
        }
        signals = build({"review_key": reviews["review_key"], "p_value": card.p_value(score)}, SIGNALS)
        return Findings(evidence, build(inside, MEMBERS), signals)

    @staticmethod
    def scale_of(distance: Floats, card: Card) -> float:
        """What a model's distances are multiplied with: below 1 where it predicts worse than the card's."""
        end = card.score_at(_TAIL_PER_1000 * card.per / 1000.0)
        grid = np.linspace(0.0, end, 200)
        # The mean of distances cut off at ``end`` is the area beneath the share that lies beyond each.
        usual = float(np.trapezoid(np.interp(grid, card.scores, card.rates) / card.per, grid))
        return min(1.0, usual / max(float(np.minimum(distance, end).mean()), 1e-9))

    def _evidence(
        self, reviews: pd.DataFrame, row: int, prediction: Prediction, scores: Floats, card: Card, model: str
    ) -> dict[str, object]:
        review, score, expected = reviews.iloc[row], float(scores[row]), float(prediction.expected[row])
        better = expected > review["rating"]
        reach = review["best"] - review["worst"]
        facts = {
            "stars": _rounded(review["worst"] + review["rating"] * reach),
            "worst": _rounded(review["worst"]),
            "best": _rounded(review["best"]),
            "expected": _rounded(review["worst"] + expected * reach),
            "direction": "text_better" if better else "text_worse",
            "words": driving_words(prediction, row, praise=better),
            "one_in": _rounded(card.per / card.rate(score), digits=3),
            "model": model,
            "trained_on": len(reviews),
        }
        subject, day = str(review["review_key"]), int(review["day"])
        return {
            "evidence_key": evidence_key(self.name, subject, day),
            "detector": self.name,
            "version": self.version,
            "subject_kind": "review",
            "subject_id": subject,
            "window_start": day,
            "window_end": day,
            "score": _rounded(score),
            "p_value": _rounded(float(card.p_value(np.array([score]))[0])),
            "q_value": np.nan,
            "effect": _rounded(abs(expected - review["rating"])),
            "n_reviews": 1,
            "facts": json.dumps(facts, sort_keys=True),
        }


def _dense(keys: pd.Series, vectors: Vectors | None) -> Floats | None:
    """The texts' embeddings, if each of them has one."""
    if vectors is None or not all(key in vectors.rows for key in keys):
        return None
    return np.asarray(vectors.matrix[[vectors.rows[key] for key in keys]], dtype="float64")


def _rounded(value: float, *, digits: int = 6) -> float:
    return float(f"{value:.{digits}g}")
