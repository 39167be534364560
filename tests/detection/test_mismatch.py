"""The mismatch detector: finds stars that contradict their text, says what it saw, leaves the ordinary ones alone."""

from __future__ import annotations

import datetime as dt
import json
import pickle
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pandas.testing import assert_frame_equal
from sklearn.metrics import average_precision_score

from detection.arrays import Ints
from detection.cards import load_card, read_card
from detection.mismatch import Mismatch, p_values, turned_scales
from detection.protocol import Findings, Night
from detection.simulate.text import compose
from detection.text import MOST_CHARACTERS
from detection.text.terms import normalised, text_sha256
from store.frames import ABSTENTIONS, EVIDENCE, MEMBERS, REVIEWS, SIGNALS, build, check, empty
from tests.detection.text.hostile import PATTERNS, any_texts, long_text
from tests.timing import NO_LONGER, times_as_long

STARS = (0.10, 0.09, 0.13, 0.27, 0.41)
FACTS = {
    "stars",
    "worst",
    "best",
    "expected",
    "low",
    "high",
    "direction",
    "words",
    "quotes",
    "alike",
    "one_in",
    "model",
    "trained_on",
}
WORDS = "words and letters"
DENSE = "words, letters and sentence embeddings"


class NoSnapshot:
    def where(self, column: str, hashes: Ints, columns: tuple[str, ...]) -> pd.DataFrame:
        raise AssertionError("the detector needs no snapshot")


@dataclass
class FakeVectors:
    """Embeddings by text, and which were asked for; ``None`` for all where there is no allowance."""

    rows: dict[str, list[float]] | None
    languages: frozenset[str] | None = None
    encoder: str = "fake"
    asked: list[list[str]] = field(default_factory=list)

    def of(self, texts: Sequence[str]) -> NDArray[np.float32] | None:
        self.asked.append(list(texts))
        return None if self.rows is None else np.array([self.rows[text] for text in texts], dtype="float32")


NIGHT = Night(dt.date(2026, 3, 1), NoSnapshot())


def frame(texts: Sequence[str], stars: Sequence[float] | NDArray[np.float64], **changed: object) -> pd.DataFrame:
    number = np.arange(len(texts))
    values = {
        "review_key": [f"google/{i:05d}" for i in number],
        "listing_key": [f"google/hotel-{i % 5}" for i in number],
        "platform": "google",
        "kind": "hotel",
        "city": "Basel",
        "country": "CH",
        "latitude": np.nan,
        "longitude": np.nan,
        "reviewer_key": [f"r{i}" for i in number],
        "rating": (np.asarray(stars) - 1.0) / 4.0,
        "rating_worst": 1.0,
        "rating_best": 5.0,
        "sub_mean": np.nan,
        "day_from": 20_000 + number,
        "day_to": 20_000 + number,
        "stay_from": -1,
        "stay_to": -1,
        "stay_exact": False,
        "nth": 1,
        "reviewer_reviews": 1,
        "newborn": 1,
        "text": texts,
        "language": "en",
        "translated": False,
        "verified": False,
    }
    return build({**values, **changed}, REVIEWS)


@cache
def simulated(language: str = "en", number: int = 700, seed: int = 1) -> pd.DataFrame:
    """Honest reviews of hotels and restaurants."""
    rng = np.random.default_rng(seed)
    stars = rng.choice([1, 2, 3, 4, 5], size=number, p=STARS)
    kinds = [("hotel", "restaurant")[i % 2] for i in range(number)]
    said = [
        compose(rng, language=language, kind=kind, stars=int(value), city="Basel", listing="Hotel Aurora")
        for kind, value in zip(kinds, stars, strict=True)
    ]
    return frame([f"{text.title}\n{text.body}" for text in said], stars, kind=kinds, language=language)


def flipped(reviews: pd.DataFrame, share: float = 0.03, seed: int = 1) -> tuple[pd.DataFrame, set[str]]:
    """The same reviews with the stars of a few mirrored, and which those are."""
    rng = np.random.default_rng(seed)
    far = np.flatnonzero(np.abs(reviews["rating"] - 0.5) >= 0.25)
    chosen = rng.choice(far, int(share * len(reviews)), replace=False)
    rating = reviews["rating"].to_numpy().copy()
    rating[chosen] = 1.0 - rating[chosen]
    return reviews.assign(rating=rating), set(reviews["review_key"].iloc[chosen])


def judged(reviews: pd.DataFrame, night: Night = NIGHT, detector: Mismatch | None = None) -> Findings:
    detector = detector or Mismatch()
    return detector.conclude(detector.scan(reviews[list(detector.columns)]), night)


def facts_of(found: Findings) -> list[dict[str, object]]:
    return [json.loads(facts) for facts in found.evidence["facts"]]


def refused(found: Findings) -> dict[str, int]:
    return {str(reason): int(count) for reason, count in found.abstentions.groupby("reason")["reviews"].sum().items()}


def same(one: Findings, other: Findings) -> None:
    for name, by in (("evidence", "evidence_key"), ("members", "evidence_key"), ("signals", "review_key")):
        first, second = (getattr(each, name).sort_values(by, ignore_index=True) for each in (one, other))
        assert_frame_equal(first, second, check_exact=True)
    assert_frame_equal(one.abstentions, other.abstentions)


def test_the_frames_are_as_declared_and_every_key_is_known() -> None:
    reviews, _ = flipped(simulated())
    found = judged(reviews)
    for part, columns in (("evidence", EVIDENCE), ("members", MEMBERS), ("signals", SIGNALS)):
        check(getattr(found, part), columns, part)
    check(found.abstentions, ABSTENTIONS, "abstentions")
    known = set(reviews["review_key"])
    assert set(found.members["review_key"]) == set(found.evidence["subject_id"]) <= known
    assert set(found.members["evidence_key"]) == set(found.evidence["evidence_key"])
    assert found.signals["review_key"].is_unique
    assert len(found.signals) + found.abstentions["reviews"].sum() == len(reviews)
    assert found.signals["p_value"].between(0, 1, inclusive="right").all()


def test_empty_frames_give_empty_findings() -> None:
    detector = Mismatch()
    partials = detector.scan(empty(REVIEWS))
    assert {name: str(kind) for name, kind in partials.dtypes.items()} == dict(detector.partial)
    found = detector.conclude(partials, NIGHT)
    assert len(found.evidence) == len(found.members) == len(found.signals) == len(found.abstentions) == 0


def test_shards_and_shuffled_rows_give_the_same() -> None:
    reviews, _ = flipped(simulated())
    detector = Mismatch()
    whole = judged(reviews)
    shuffled = reviews.sample(frac=1.0, random_state=3)
    parts = [detector.scan(part) for _, part in shuffled.groupby("listing_key")]
    same(whole, judged(shuffled))
    same(whole, detector.conclude(pd.concat(parts, ignore_index=True), NIGHT))


def test_twice_is_the_same_to_the_byte() -> None:
    reviews, _ = flipped(simulated("fr", 400))
    one, other = judged(reviews), judged(reviews)
    for name in ("evidence", "members", "signals", "abstentions"):
        first, second = getattr(one, name), getattr(other, name)
        assert_frame_equal(first, second, check_exact=True)
        assert first.to_csv() == second.to_csv()


def test_the_input_is_left_alone_and_the_detector_pickles() -> None:
    reviews = simulated(number=200).copy()
    before = reviews.copy(deep=True)
    detector = pickle.loads(pickle.dumps(Mismatch(least_words=6)))
    partials = detector.scan(reviews)
    kept = partials.copy(deep=True)
    detector.conclude(partials, NIGHT)
    assert detector == Mismatch(least_words=6)
    assert_frame_equal(reviews, before)
    assert_frame_equal(partials, kept)


@pytest.mark.parametrize("language", ["en", "de", "fr", "it", "es"])
def test_swapped_stars_are_found(language: str) -> None:
    reviews, planted = flipped(simulated(language))
    found = judged(reviews)
    told = found.signals["review_key"].isin(planted)
    assert average_precision_score(told, -found.signals["p_value"]) > 0.7
    hits = found.evidence["subject_id"].isin(planted)
    assert hits.mean() > 0.7
    assert hits.sum() >= 0.15 * len(planted)


@pytest.mark.parametrize("language", ["en", "de", "fr", "it", "es"])
def test_honest_reviews_are_seldom_flagged(language: str) -> None:
    found = judged(simulated(language, number=1200, seed=5))
    assert len(found.evidence) <= 6
    assert (found.signals["p_value"] <= 0.05).mean() < 0.1


@pytest.mark.parametrize("language", ["en", "de", "it"])
def test_a_finding_says_what_was_observed(language: str) -> None:
    reviews = flipped(simulated(language))[0].assign(rating_worst=1.0, rating_best=10.0)
    found = judged(reviews)
    signals = found.signals.set_index("review_key")["p_value"]
    by_key = reviews.set_index("review_key")
    assert len(found.evidence)
    for row in found.evidence.itertuples():
        facts = json.loads(str(row.facts))
        review = by_key.loc[row.subject_id]
        assert set(facts) == FACTS
        assert row.facts == json.dumps(facts, sort_keys=True)
        assert (facts["worst"], facts["best"]) == (1.0, 10.0)
        assert facts["stars"] == pytest.approx(1.0 + 9.0 * review["rating"])
        assert 1.0 <= facts["low"] <= facts["high"] <= 10.0
        assert (facts["expected"] > facts["stars"]) == (facts["direction"] == "text_better")
        assert row.effect == pytest.approx(abs(facts["expected"] - facts["stars"]) / 9.0, abs=1e-5)
        assert facts["one_in"] == pytest.approx(1.0 / row.p_value, rel=1e-2)
        assert facts["model"] == WORDS
        assert facts["trained_on"] == len(signals) + sum(refused(found).get(reason, 0) for reason in ("irony", "mixed"))
        assert (row.subject_kind, row.n_reviews, row.version) == ("review", 1, 2)
        assert row.window_start == row.window_end == review["day_to"]
        assert row.p_value == pytest.approx(signals[row.subject_id], rel=1e-5)
        assert row.p_value <= Mismatch().false_per_1000_reviews / 1000.0 or row.q_value <= Mismatch().false_share
        said = normalised(review["text"])
        assert 0 < len(facts["words"]) <= 8
        assert all(part in said.lower() for words in facts["words"] for part in words.split())
        assert 0 < len(facts["quotes"]) <= 3
        assert all(quote in said and 0 < len(quote) <= 120 for quote in facts["quotes"])
        assert 0 < len(facts["alike"]) <= 3
        for key, stars in facts["alike"]:
            assert key != row.subject_id
            assert stars == pytest.approx(1.0 + 9.0 * by_key.loc[key, "rating"])
            assert text_sha256(by_key.loc[key, "text"]) != text_sha256(review["text"])
    assert (found.members["role"] == "subject").all()
    assert (found.members["weight"] == 1.0).all()


def test_both_directions_are_found() -> None:
    rng = np.random.default_rng(1)
    reviews, _ = flipped(simulated(number=1200, seed=int(rng.integers(99))), share=0.04)
    found = judged(reviews)
    assert {json.loads(facts)["direction"] for facts in found.evidence["facts"]} == {"text_better", "text_worse"}


def test_what_cannot_be_judged_is_said_by_listing_and_reason() -> None:
    reviews = simulated(number=400).copy()
    spoiled = {
        "no_text": (" \n", "en", False),
        "too_short": ("Very nice 😀 12", "en", False),
        "translated": ("The room was very good and clean", "en", True),
        "too_few_reviews_in_language": ("Het was een heel mooi hotel", "nl", False),
    }
    for row, values in enumerate(spoiled.values()):
        for again in (row, row + 5):
            reviews.loc[reviews.index[again], ["text", "language", "translated"]] = values
    found = judged(reviews)
    rows = found.abstentions[["listing_key", "reason", "reviews"]]
    rows = rows[rows["reason"].isin(spoiled)].to_numpy().tolist()
    assert sorted(rows) == sorted([f"google/hotel-{row}", reason, 2] for row, reason in enumerate(spoiled))
    assert (found.abstentions["detector"] == "mismatch").all()
    mute = set(reviews["review_key"].iloc[[0, 1, 2, 3, 5, 6, 7, 8]])
    assert not mute & (set(found.signals["review_key"]) | set(found.evidence["subject_id"]))
    assert len(found.signals) == len(reviews) - found.abstentions["reviews"].sum()


def test_sub_ratings_that_agree_with_the_stars_explain_them() -> None:
    reviews, _ = flipped(simulated())
    before = judged(reviews)
    flagged = set(before.evidence["subject_id"])
    inside = reviews["review_key"].isin(flagged)
    found = judged(reviews.assign(sub_mean=(reviews["rating"] + 0.2).where(inside)))
    assert refused(found)["sub_ratings"] == len(flagged) > 3
    assert len(found.evidence) == 0
    assert not flagged & set(found.signals["review_key"])
    told = found.abstentions[found.abstentions["reason"] == "sub_ratings"].set_index("listing_key")["reviews"]
    assert told.to_dict() == reviews[inside].groupby("listing_key").size().to_dict()
    against = judged(reviews.assign(sub_mean=(1.0 - reviews["rating"]).where(inside)))
    assert set(against.evidence["subject_id"]) == flagged


@pytest.mark.parametrize(
    ("language", "aside"), [("en", "Yeah right."), ("de", "Na toll."), ("fr", "Chambre «propre».")]
)
def test_praise_with_a_sign_of_irony_is_not_judged(language: str, aside: str) -> None:
    reviews, _ = flipped(simulated(language), share=0.04)

    def directions(found: Findings) -> list[object]:
        return [facts["direction"] for facts in facts_of(found)]

    before = judged(reviews)
    # All have it, so that it teaches nothing.
    found = judged(reviews.assign(text=reviews["text"] + " " + aside))
    assert directions(before).count("text_better") >= 4
    assert refused(found)["irony"] >= directions(before).count("text_better") / 2
    # A sign of irony says nothing about blame.
    assert "text_better" not in directions(found)
    assert language == "fr" or "text_worse" in directions(found)
    silent = set(reviews["review_key"]) - set(found.signals["review_key"])
    assert len(silent) == found.abstentions["reviews"].sum()
    assert not silent & set(found.evidence["subject_id"])


def test_texts_in_another_language_than_stated_are_not_judged() -> None:
    reviews, _ = flipped(simulated("de"), share=0.04)
    before = set(judged(reviews).evidence["subject_id"])
    found = judged(reviews.assign(language="en"))
    assert refused(found)["other_language"] >= 4
    # Of a short text's words too few may be on the lists.
    assert len(found.evidence) <= len(before) / 4


def test_texts_for_both_sides_are_not_judged() -> None:
    reviews, _ = flipped(simulated())
    found = judged(reviews, detector=Mismatch(false_per_1000_reviews=100.0))
    assert refused(found)["mixed"] >= 5
    silent = set(reviews["review_key"]) - set(found.signals["review_key"])
    assert not silent & set(found.evidence["subject_id"])
    assert set(found.evidence["subject_id"]) <= set(found.signals["review_key"])
    assert len(silent) == found.abstentions["reviews"].sum()
    listings = reviews[reviews["review_key"].isin(silent)].groupby("listing_key").size().to_dict()
    assert found.abstentions.groupby("listing_key")["reviews"].sum().to_dict() == listings


def test_reviews_of_no_known_language_are_judged_among_themselves_if_there_are_enough() -> None:
    reviews = pd.concat([simulated(number=300), simulated("de", 200).assign(language="und")], ignore_index=True)
    reviews["review_key"] = [f"google/{i:05d}" for i in range(len(reviews))]
    found = judged(reviews)
    assert len(found.signals) + found.abstentions["reviews"].sum() == 500
    assert "too_few_reviews_in_language" not in refused(found)
    few = judged(reviews, detector=Mismatch(least_reviews_in_language=250))
    assert refused(few)["too_few_reviews_in_language"] + refused(few).get("too_short", 0) >= 200
    assert not set(few.signals["review_key"]) & set(reviews["review_key"].iloc[300:])


def test_copies_of_one_text_do_not_vouch_for_each_other() -> None:
    reviews = simulated().copy()
    praise = "Wonderful stay, the staff was friendly, the room clean and comfortable, we would gladly come again."
    campaign = reviews.head(12).assign(rating=0.0, text=praise, listing_key="google/hotel-0")
    campaign["review_key"] = [f"google/copy-{i}" for i in range(len(campaign))]
    found = judged(pd.concat([reviews, campaign], ignore_index=True))
    flagged = set(found.evidence["subject_id"])
    assert len(flagged & set(campaign["review_key"])) == len(campaign)


def test_three_stars_are_never_far_from_a_text() -> None:
    reviews = simulated().copy()
    odd = [
        "The staff was wonderful and the breakfast excellent, but the room was dirty and the night awful.",
        "Oh great, another fantastic hour in the queue. Simply perfect, thank you so much for the lovely noise.",
        "Terrible, dirty, rude, awful, worst night ever, never again.",
        "Wonderful, perfect, lovely, excellent, best stay ever, fantastic staff.",
    ]
    rows = reviews.index[: len(odd)]
    reviews.loc[rows, "text"] = odd
    reviews.loc[rows, "rating"] = 0.5
    assert not set(judged(reviews).evidence["subject_id"]) & set(reviews.loc[rows, "review_key"])


def blank(number: int = 600, language: str = "en") -> tuple[pd.DataFrame, dict[str, list[float]]]:
    """Reviews whose words say nothing, a twentieth of them with swapped stars, and vectors that say all."""
    rng = np.random.default_rng(3)
    good = rng.random(number) < 0.6
    texts = [f"guest {rng.integers(10**9)} came on {rng.integers(10**9)} and went" for _ in range(number)]
    rows = {text: [float(well), *rng.normal(size=3).tolist()] for text, well in zip(texts, good, strict=True)}
    given = np.where(np.arange(number) < number // 20, ~good, good)
    return frame(texts, np.where(given, 5.0, 1.0), language=language), rows


def test_vectors_help_where_words_say_nothing() -> None:
    reviews, rows = blank()
    vectors = FakeVectors(rows, frozenset({"en"}))
    seen, unseen = judged(reviews, replace(NIGHT, vectors=vectors)), judged(reviews)
    swapped = set(reviews["review_key"].iloc[:30])

    def precision(found: Findings) -> float:
        return average_precision_score(found.signals["review_key"].isin(swapped), -found.signals["p_value"])

    assert precision(seen) > 0.8
    assert precision(unseen) < 0.3
    assert len(vectors.asked) == 1
    assert sorted(vectors.asked[0]) == sorted(reviews["text"])
    flipping, _ = flipped(simulated())
    some = FakeVectors({text: [float(len(text) % 7)] for text in flipping["text"]})
    assert {facts["model"] for facts in facts_of(judged(flipping, replace(NIGHT, vectors=some)))} == {DENSE}


def test_vectors_are_asked_for_only_where_the_encoder_reads_the_language() -> None:
    reviews = pd.concat([simulated(number=200), simulated("de", 200)], ignore_index=True)
    reviews["review_key"] = [f"google/{number:05d}" for number in range(len(reviews))]
    rows = {text: [1.0, 0.0] for text in reviews["text"]}
    english, any_language = FakeVectors(rows, frozenset({"en"})), FakeVectors(rows)
    judged(reviews, replace(NIGHT, vectors=english))
    assert len(english.asked) == 1
    assert set(english.asked[0]) <= set(reviews["text"].iloc[:200])
    judged(reviews.replace({"language": {"en": "en-GB"}}), replace(NIGHT, vectors=english))
    assert len(english.asked) == 2
    judged(reviews, replace(NIGHT, vectors=any_language))
    assert len(any_language.asked) == 2


def test_vectors_are_not_asked_for_beyond_the_number_that_gains_from_them() -> None:
    reviews, rows = blank(300)
    vectors = FakeVectors(rows)
    judged(reviews, replace(NIGHT, vectors=vectors), Mismatch(most_read_whole=299))
    assert vectors.asked == []
    judged(reviews, replace(NIGHT, vectors=vectors), Mismatch(most_read_whole=300))
    assert len(vectors.asked) == 1


def test_a_night_without_allowance_is_judged_without_vectors() -> None:
    reviews, _ = flipped(simulated(number=400))
    refusing = FakeVectors(None)
    same(judged(reviews), judged(reviews, replace(NIGHT, vectors=refusing)))
    assert len(refusing.asked) == 1


def test_vectors_are_asked_for_no_more_of_a_text_than_is_read() -> None:
    reviews, rows = blank(200)
    long = [text + " " + "x" * 10 * MOST_CHARACTERS for text in reviews["text"]]
    cut = {text[:MOST_CHARACTERS]: row for text, row in zip(long, rows.values(), strict=True)}
    vectors = FakeVectors(cut)
    judged(reviews.assign(text=long), replace(NIGHT, vectors=vectors))
    assert set(vectors.asked[0]) == set(cut)


def test_each_platform_is_held_against_its_own_scale() -> None:
    reviews, _ = flipped(simulated(number=900), share=0.05)
    other = np.arange(900) % 2 == 1
    rating = reviews["rating"].to_numpy()
    reviews = reviews.assign(
        platform=np.where(other, "smileys", "google"),
        rating=np.where(other, np.round(rating * 2 + 0.01) / 2, rating),
        rating_best=np.where(other, 3.0, 5.0),
    ).astype(dict(REVIEWS))
    found = judged(reviews)
    platforms = reviews.set_index("review_key")["platform"]
    shown = {"smileys": {1.0, 2.0, 3.0}, "google": {1.0, 2.0, 3.0, 4.0, 5.0}}
    seen = {key: platforms[key] for key in found.evidence["subject_id"]}
    assert set(seen.values()) == set(shown)
    for key, facts in zip(seen, facts_of(found), strict=True):
        own = shown[seen[key]]
        assert facts["best"] == max(own)
        assert {facts["stars"], facts["low"], facts["high"]} <= own
        assert {stars for _, stars in facts["alike"]} <= shown["google"]
        assert all(stars in shown[platforms[alike]] for alike, stars in facts["alike"])


def test_large_languages_are_judged_in_parts() -> None:
    reviews, planted = flipped(simulated(number=1200))
    found = judged(reviews, detector=Mismatch(most_reviews_together=700))
    assert len(found.signals) + found.abstentions["reviews"].sum() == 1200
    assert {json.loads(facts)["trained_on"] < 700 for facts in found.evidence["facts"]} == {True}
    assert found.evidence["subject_id"].isin(planted).mean() > 0.6


def test_copies_that_fill_one_part_leave_others_empty() -> None:
    reviews = simulated(number=300).assign(text="The very same words for all of them")
    found = judged(reviews, detector=Mismatch(most_reviews_together=50))
    # Nothing is known of any, and so many at once are no finding.
    assert len(found.signals) + found.abstentions["reviews"].sum() == 300
    assert not len(found.evidence)


def test_a_model_that_predicts_badly_is_not_believed() -> None:
    rng = np.random.default_rng(2)
    reviews = simulated().assign(rating=rng.choice([0.0, 1.0], 700))
    found = judged(reviews)
    assert len(found.evidence) <= 3


def test_a_store_s_own_share_moves_the_rates_within_bounds() -> None:
    said = {"detector": "x", "unit": "reviews", "per": 1000.0, "made_on": "nothing"}
    card = read_card(
        {
            **said,
            "scores": [0.0, 1.0, 2.0, 3.0, 4.0],
            "rates": [1000.0, 200.0, 40.0, 10.0, 1.0],
            "data": {"reviews": 1e9},
        }
    )

    def factor(*scores: NDArray[np.float64]) -> float:
        """What the rate of the last score is multiplied by."""
        found = np.concatenate(scores)
        return float(p_values(found, card)[-1] / card.p_value(found)[-1])

    usual = (np.zeros(800), np.full(160, 1.5), np.full(39, 2.5), np.array([4.0]))
    assert factor(*usual) == pytest.approx(1.0)
    assert factor(np.full(5_000, 1.5), np.array([4.0])) == pytest.approx(3.0)
    assert factor(np.zeros(50_000), np.array([4.0])) == pytest.approx(1.0 / 3.0)
    assert 1.0 < factor(np.full(5, 1.5), np.array([4.0])) < 1.3
    # The highest don't raise it: mismatches would hide one another.
    assert factor(*usual, np.full(100, 4.0)) < 1.0
    assert p_values(np.full(5_000, 1.5), card).max() <= 1.0


def test_the_card_is_of_this_statistic() -> None:
    # The score is a logarithm of odds: all that is clear and near is far below nought, and few honest ones above.
    card = load_card("mismatch")
    assert card.scores[0] < -1.0
    assert card.scores[-1] <= np.log(1.001 / 0.003)
    assert np.all(np.diff(card.scores) > 0)
    assert np.all(np.diff(card.rates) <= 0)
    assert np.isfinite(card.score_at(40.0))


def test_texts_are_cut_and_hashed_by_what_is_read() -> None:
    texts = ["word " * 2_000, "word " * 3_000, "  one\ntwo  three four ", ""]
    partials = Mismatch().scan(frame(texts, [1.0] * 4)[list(Mismatch.columns)])
    assert partials["text"].str.len().max() == MOST_CHARACTERS
    hashes = partials["text_sha256"].tolist()
    assert hashes[0] == hashes[1] == text_sha256(texts[0])
    assert hashes[2] == text_sha256("one two three four")
    assert hashes[3] == ""
    assert partials["abstained"].tolist() == ["", "", "", "no_text"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("one two three four", ""),
        ("one two three", "too_short"),
        ("....!!! ??? 12 34 56 78 😀 😀", "too_short"),
        ("とても良", ""),
        ("良い宿", "too_short"),
        ("\u200b\u200b", "too_short"),
        ("\u3000\u00a0\n", "no_text"),
    ],
)
def test_four_words_are_enough(text: str, reason: str) -> None:
    assert Mismatch().scan(frame([text], [1.0])[list(Mismatch.columns)])["abstained"].tolist() == [reason]


def test_hostile_texts_neither_break_nor_slow_it() -> None:
    plain = simulated(number=400)
    hostile = [long_text(pattern, 10**6) for pattern in PATTERNS] + ['"' * 10**6, "a: " * 300_000, "(!" * 400_000]
    reviews = plain.assign(text=[*hostile, *plain["text"].iloc[len(hostile) :]])
    capped = reviews.assign(text=[text[:MOST_CHARACTERS] for text in reviews["text"]])
    found = judged(reviews)
    same(found, judged(capped))
    assert len(found.signals) + found.abstentions["reviews"].sum() == 400
    texts = plain["text"].tolist()
    long = [" ".join(texts[row : row + 60])[:MOST_CHARACTERS] for row in range(len(hostile))]
    ordinary = plain.assign(text=[*long, *texts[len(hostile) :]])
    assert times_as_long(lambda: judged(reviews), lambda: judged(ordinary), rounds=2) < NO_LONGER


@settings(max_examples=8)
@given(st.lists(any_texts(), min_size=30, max_size=40), st.sampled_from(["en", "tr", "ja", "und", "x"]))
def test_any_texts_have_an_answer_for_each_review(texts: list[str], language: str) -> None:
    reviews = frame(texts, [1.0 + 4.0 * (number % 2) for number in range(len(texts))], language=language)
    loose = Mismatch(least_words=1, least_reviews_in_language=10, false_per_1000_reviews=1000.0)
    found = judged(reviews, detector=loose)
    assert len(found.signals) + found.abstentions["reviews"].sum() == len(reviews)
    said = reviews.set_index("review_key")["text"]
    for key, facts in zip(found.evidence["subject_id"], facts_of(found), strict=True):
        assert all(quote in normalised(said[key]) and len(quote) <= 120 for quote in facts["quotes"])
        assert key not in {alike for alike, _ in facts["alike"]}


def test_time_grows_with_the_number_of_reviews() -> None:
    few, many = simulated(number=300), simulated(number=2400)
    # A large part of it costs the same for any number, so eight times as many must not cost eight times as much.
    assert times_as_long(lambda: judged(many), lambda: judged(few), rounds=2) < 8


def test_a_listing_or_platform_whose_ratings_run_against_its_texts_is_not_judged() -> None:
    listings = np.repeat(["a", "b", "c"], [40, 40, 10])
    reviews = pd.DataFrame({"listing_key": listings, "platform": np.where(listings == "c", "two", "one")})
    wanted = np.zeros(90, dtype=bool)
    wanted[:6] = wanted[40:44] = wanted[80:85] = True
    turned = turned_scales(reviews, wanted)
    # Listing b shows too few, and of c there are too few to tell.
    assert turned.tolist() == [True] * 40 + [False] * 50


def test_a_scale_read_the_wrong_way_round_accuses_nobody() -> None:
    reviews = simulated("en")
    here = np.arange(len(reviews)) < 40
    mirrored = reviews.assign(
        rating=np.where(here, 1.0 - reviews["rating"], reviews["rating"]),
        listing_key=np.where(here, "google/mirrored", reviews["listing_key"]),
    )
    found = judged(mirrored)
    assert not set(found.evidence["subject_id"]) & set(reviews["review_key"][here])
    assert refused(found)["scale"] >= 5


def test_no_rate_is_stated_below_one_in_the_card_s_own_reviews() -> None:
    card = load_card("mismatch")
    lowest = p_values(np.array([-5.0, 99.0]), card)[1]
    assert lowest == pytest.approx(1.0 / card.data["reviews"])
