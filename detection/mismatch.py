"""Mismatch: the text does not say what the stars say."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import false_discovery_control

from detection.arrays import Floats
from detection.cards import Card, load_card
from detection.findings import abstentions, evidence_frame, joined, review_row, rounded
from detection.protocol import Detector, Findings, Fold, Night, Vectors
from detection.text import MOST_CHARACTERS
from detection.text.doubts import against, foreign, ironic, mixed
from detection.text.passages import driving_words, most_alike, passages, pulls_of, strongest
from detection.text.polarity import balance_of
from detection.text.prior import prior
from detection.text.stars import Features, Prediction, disagreement, predict, read
from detection.text.terms import text_sha256
from store.frames import MEMBERS, SIGNALS, build

# Scripts without spaces: there a letter counts as a word.
_WORD = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]|[^\W\d_]+")
# Between these rates of a card (per 1,000) a store's own share is held against it, how many reviews the card counts for
# there, and how far the store may move it.
_COMMON, _RARE, _CARD_COUNTS, _LEAST_FACTOR, _MOST_FACTOR = 200.0, 40.0, 200.0, 1.0 / 3.0, 3.0
# Sub-ratings whose mean is this near explain a rating, as a share of the scale.
_EXPLAINS = 0.25
# So many texts tell whether listed words go with the stars.
_SOME = 300
# Where this share of a listing's or platform's reviews, of so many, contradict their texts, its scale is in doubt.
_TURNED_SHARE, _LEAST_TURNED, _LEAST_OF_SCALE = 0.15, 5, 20


@dataclass(frozen=True)
class Mismatch:
    """Claim: the text does not say what the stars say.

    Null model: reviews of one language whose words are alike have stars that are alike; which stars a text usually
    comes with is learned from the other reviews, with the platform and the kind of place taken into account.
    Statistic: how much more likely a text's stars are at least three quarters of the scale from those given than near
    them, where the text itself and its copies taught nothing. How often honest reviews show as much was counted on real
    ones (the card), and is moved by what the store's own reviews usually show. q-values: Benjamini & Hochberg.
    Innocent explanations: a slip of the finger or a scale read the wrong way round; irony; a text about one point and
    stars for the whole; stars for the price or the platform; a turn of phrase that the model does not know.
    Cost: about two CPU seconds for each 1,000 reviews; up to ``most_read_whole`` texts of a language that the sentence
    encoder reads, its own cost more; parts of ``most_reviews_together`` learn apart.
    Source: Wolpert, 1992 (stacking); Brodley & Friedl, JAIR 1999 (the suspicious don't teach); Benjamini & Hochberg,
    1995.
    """

    least_words: int = 4
    least_reviews_in_language: int = 150
    most_read_whole: int = 2_000
    most_reviews_together: int = 50_000
    false_per_1000_reviews: float = 1.0
    false_share: float = 0.05

    name: ClassVar[str] = "mismatch"
    version: ClassVar[int] = 2
    columns: ClassVar[tuple[str, ...]] = (
        "review_key",
        "listing_key",
        "platform",
        "kind",
        "rating",
        "rating_worst",
        "rating_best",
        "sub_mean",
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
        "sub_mean": "float64",
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
        found = joined(
            [
                self._judge(part, card, night.vectors)
                for _, reviews in eligible[many].groupby("language")
                for part in self._apart(reviews)
            ]
        )
        refused = [
            (reason, partials.loc[partials["abstained"] == reason, "listing_key"])
            for reason in ("no_text", "too_short", "translated")
        ]
        refused.append(("too_few_reviews_in_language", eligible.loc[~many, "listing_key"]))
        # Parts may abstain on the same listing for the same reason: these are counted together.
        refused += [
            (str(reason), of.loc[of.index.repeat(of["reviews"]), "listing_key"])
            for reason, of in found.abstentions.groupby("reason")
        ]
        return replace(found, abstentions=abstentions(self, refused))

    def _has_words(self, text: str) -> bool:
        return sum(1 for _, _ in zip(_WORD.finditer(text), range(self.least_words), strict=False)) >= self.least_words

    def _apart(self, reviews: pd.DataFrame) -> list[pd.DataFrame]:
        """Parts of bounded size, chosen by text so that copies stay together."""
        parts = -(-len(reviews) // self.most_reviews_together)
        home = reviews["text_sha256"].str[8:16].map(lambda digits: int(digits, 16) % parts)
        found = (reviews[home == part].reset_index(drop=True) for part in range(parts))
        return [part for part in found if len(part)]

    def _judge(self, reviews: pd.DataFrame, card: Card, vectors: Vectors | None) -> Findings:
        language = str(reviews["language"].iloc[0])
        texts = reviews["text"].tolist()
        features, model = read(texts, language, prior(texts, language)), "words and letters"
        dense = self._dense(reviews, language, vectors)
        if dense is not None:
            features, model = features.with_vectors(dense), "words, letters and sentence embeddings"
        ratings = reviews["rating"].to_numpy()
        groups = pd.factorize(reviews["platform"] + "\0" + reviews["kind"], sort=True)[0].astype("int64")
        prediction = predict(features, ratings, groups)
        score = disagreement(prediction, ratings)
        p = p_values(score, card)
        q = false_discovery_control(p)
        wanted = np.flatnonzero((p <= self.false_per_1000_reviews / 1000.0) | (q <= self.false_share)).tolist()
        pulls = pulls_of(features, prediction) if wanted else {}
        listed = listed_side(texts, language, prediction) if wanted else 0.0
        case = _Part(reviews, features, prediction, score, p, q, model, pulls, listed)
        turned = turned_scales(reviews, np.isin(np.arange(len(reviews)), wanted))
        doubts = {row: "scale" if turned[row] else case.doubt(row) for row in wanted}
        rows = [case.evidence(row, self) for row in wanted if not doubts[row]]
        evidence = evidence_frame(rows)
        inside = {
            "evidence_key": evidence["evidence_key"],
            "review_key": evidence["subject_id"],
            "role": "subject",
            "weight": 1.0,
        }
        judged = np.array([not doubts.get(row) for row in range(len(reviews))], dtype=bool)
        signals = build({"review_key": reviews["review_key"], "p_value": p}, SIGNALS)[judged]
        refused = (
            (reason, reviews["listing_key"].iloc[[row for row in wanted if doubts[row] == reason]])
            for reason in sorted({reason for reason in doubts.values() if reason})
        )
        return Findings(evidence, build(inside, MEMBERS), signals.reset_index(drop=True), abstentions(self, refused))

    def _dense(self, reviews: pd.DataFrame, language: str, vectors: Vectors | None) -> Floats | None:
        """The texts' embeddings, where the encoder reads the language and the texts are few enough to gain from it."""
        if vectors is None or len(reviews) > self.most_read_whole:
            return None
        if vectors.languages is not None and language[:2].lower() not in vectors.languages:
            return None
        found = vectors.of(reviews["text"].tolist())
        return None if found is None else np.asarray(found, dtype="float64")


def p_values(score: Floats, card: Card) -> Floats:
    """The share of honest reviews with as high a score: the card's, moved by how many of these reviews are as usual.

    Where more of them than of the card's own lie between its common and its rare scores, its rates rise, and where
    fewer do they fall, within bounds; few reviews move them little. The highest scores don't count: mismatches would
    hide one another.
    """
    low, high = (card.score_at(rate * card.per / 1000.0) for rate in (_COMMON, _RARE))
    stated = (_COMMON - _RARE) / 1000.0
    between = (np.sum((score >= low) & (score < high)) + _CARD_COUNTS * stated) / (len(score) + _CARD_COUNTS)
    factor = np.clip(between / stated, _LEAST_FACTOR, _MOST_FACTOR)
    # The card judged each of its reviews several times: it bears out no rate below one in their number.
    return np.clip(card.p_value(score) * factor, 1.0 / float(card.data["reviews"]), 1.0)


def listed_side(texts: Sequence[str], language: str, prediction: Prediction) -> float:
    """1 where listed words of praise come with high expected stars, -1 where with low ones, 0 where neither."""
    balance = np.array([balance_of(text, language) for text in texts[:_SOME]])
    return float(np.sign(np.round(np.sum((balance - balance.mean()) * prediction.expected[:_SOME]), 9)))


def turned_scales(reviews: pd.DataFrame, wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The reviews of listings and platforms where so many texts speak against their stars that the scale must.

    A campaign's texts say what its stars say; a column read the wrong way round does not.
    """
    turned = np.zeros(len(reviews), dtype=bool)
    for by in ("listing_key", "platform"):
        of = pd.Series(wanted).groupby(reviews[by].to_numpy())
        share, number, size = of.transform("mean"), of.transform("sum"), of.transform("size")
        turned |= ((share >= _TURNED_SHARE) & (number >= _LEAST_TURNED) & (size >= _LEAST_OF_SCALE)).to_numpy()
    return turned


@dataclass(frozen=True, slots=True)
class _Part:
    """Reviews that were judged together, and what is said of one of them."""

    reviews: pd.DataFrame
    features: Features
    prediction: Prediction
    score: Floats
    p: Floats
    q: Floats
    model: str
    pulls: Mapping[str, float]
    listed: float

    def better(self, row: int) -> bool:
        """Whether a text reads better than its stars."""
        return bool(self.prediction.expected[row] > self.reviews["rating"].iloc[row])

    def doubt(self, row: int) -> str:
        """Why a review's text and stars are not held against one another, "" where they are."""
        review = self.reviews.iloc[row]
        if foreign(review["text"], review["language"]):
            return "other_language"
        # Without sub-ratings the mean is NaN, which is near nothing.
        if abs(review["sub_mean"] - review["rating"]) <= _EXPLAINS:
            return "sub_ratings"
        if self.better(row) and ironic(review["text"], review["language"]):
            return "irony"
        better = self.better(row)
        if against(self.listed * balance_of(review["text"], review["language"]), better=better):
            return "mixed"
        if mixed(passages(self.features, self.pulls, row), better=better):
            return "mixed"
        return ""

    def evidence(self, row: int, detector: Detector) -> dict[str, object]:
        review, expected = self.reviews.iloc[row], float(self.prediction.expected[row])
        better = self.better(row)
        low, high = self.prediction.span(row)
        facts = {
            "stars": _stars(review, review["rating"]),
            "worst": rounded(review["worst"]),
            "best": rounded(review["best"]),
            "expected": _stars(review, expected),
            "low": _stars(review, low),
            "high": _stars(review, high),
            "direction": "text_better" if better else "text_worse",
            "words": driving_words(self.features, self.pulls, row, better=better),
            "quotes": strongest(passages(self.features, self.pulls, row), better=better),
            "alike": [self._alike(each) for each in most_alike(self.features, self.prediction, row)],
            "one_in": rounded(1.0 / float(self.p[row]), digits=3),
            "model": self.model,
            "trained_on": len(self.reviews),
        }
        return review_row(
            detector,
            str(review["review_key"]),
            int(review["day"]),
            score=expit(self.score[row]),
            p_value=self.p[row],
            q_value=self.q[row],
            effect=abs(expected - review["rating"]),
            facts=facts,
        )

    def _alike(self, row: int) -> list[object]:
        review = self.reviews.iloc[row]
        return [str(review["review_key"]), _stars(review, review["rating"])]


def _stars(review: pd.Series, rating: float) -> float:
    """A rating from 0 to 1 on the review's own scale."""
    return rounded(review["worst"] + rating * (review["best"] - review["worst"]))
