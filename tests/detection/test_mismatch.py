"""The mismatch detector: finds stars that contradict their text, and leaves ordinary reviews alone."""

import datetime as dt
import json
import pickle
import time
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from sklearn.metrics import average_precision_score

from detection.cards import load_card
from detection.hashing import Ints
from detection.mismatch import Mismatch
from detection.protocol import Findings, Night, Vectors
from detection.simulate.text import compose
from detection.text.features import text_sha256
from store.frames import ABSTENTIONS, EVIDENCE, MEMBERS, REVIEWS, SIGNALS, build, check, empty

STARS = (0.10, 0.09, 0.13, 0.27, 0.41)
FACTS = {"stars", "worst", "best", "expected", "direction", "words", "one_in", "model", "trained_on"}


class NoSnapshot:
    def where(self, column: str, hashes: Ints, columns: tuple[str, ...]) -> pd.DataFrame:
        raise AssertionError("the detector needs no snapshot")


NIGHT = Night(dt.date(2026, 3, 1), NoSnapshot())


def frame(texts: list[str], stars: np.ndarray, **changed: object) -> pd.DataFrame:
    number = np.arange(len(texts))
    values = {
        "review_key": [f"google/{i:05d}" for i in number],
        "listing_key": [f"google/hotel-{i % 5}" for i in number],
        "platform": "google",
        "kind": "hotel",
        "city": "Basel",
        "country": "CH",
        "reviewer_key": [f"r{i}" for i in number],
        "rating": (np.asarray(stars) - 1.0) / 4.0,
        "rating_worst": 1.0,
        "rating_best": 5.0,
        "day_from": 20_000 + number,
        "day_to": 20_000 + number,
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


def same(one: Findings, other: Findings) -> None:
    for name, by in (("evidence", "evidence_key"), ("members", "evidence_key"), ("signals", "review_key")):
        first, second = (getattr(each, name).sort_values(by, ignore_index=True) for each in (one, other))
        assert_frame_equal(first, second, check_exact=True)
    assert_frame_equal(one.abstentions, other.abstentions)


def test_the_frames_are_as_declared_and_every_key_is_known():
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


def test_empty_frames_give_empty_findings():
    detector = Mismatch()
    partials = detector.scan(empty(REVIEWS))
    assert {name: str(kind) for name, kind in partials.dtypes.items()} == dict(detector.partial)
    found = detector.conclude(partials, NIGHT)
    assert len(found.evidence) == len(found.members) == len(found.signals) == len(found.abstentions) == 0


def test_shards_and_shuffled_rows_give_the_same():
    reviews, _ = flipped(simulated())
    detector = Mismatch()
    whole = judged(reviews)
    shuffled = reviews.sample(frac=1.0, random_state=3)
    parts = [detector.scan(part) for _, part in shuffled.groupby("listing_key")]
    same(whole, judged(shuffled))
    same(whole, detector.conclude(pd.concat(parts, ignore_index=True), NIGHT))


def test_the_input_is_left_alone_and_the_detector_pickles():
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
def test_planted_flips_are_found(language: str):
    reviews, planted = flipped(simulated(language))
    found = judged(reviews)
    told = found.signals["review_key"].isin(planted)
    assert average_precision_score(told, -found.signals["p_value"]) > 0.7
    hits = found.evidence["subject_id"].isin(planted)
    assert hits.mean() > 0.7
    assert hits.sum() >= 0.15 * len(planted)


@pytest.mark.parametrize("language", ["en", "de", "fr", "it", "es"])
def test_honest_reviews_are_seldom_flagged(language: str):
    found = judged(simulated(language, number=1200, seed=5))
    assert len(found.evidence) <= 6
    assert (found.signals["p_value"] <= 0.05).mean() < 0.1


def test_a_finding_says_what_was_observed():
    reviews = flipped(simulated())[0].assign(rating_worst=1.0, rating_best=10.0)
    found = judged(reviews)
    card = load_card("mismatch")
    p_values = found.signals.set_index("review_key")["p_value"]
    assert len(found.evidence)
    for row in found.evidence.itertuples():
        facts = json.loads(str(row.facts))
        review = reviews.set_index("review_key").loc[row.subject_id]
        assert set(facts) == FACTS
        assert (facts["worst"], facts["best"]) == (1.0, 10.0)
        assert facts["stars"] == pytest.approx(1.0 + 9.0 * review["rating"])
        assert (facts["expected"] > facts["stars"]) == (facts["direction"] == "text_better")
        assert row.effect == pytest.approx(abs(facts["expected"] - facts["stars"]) / 9.0, abs=1e-5)
        assert facts["one_in"] >= card.per / Mismatch().false_per_1000_reviews * 0.99
        assert 0 < len(facts["words"]) <= 8
        assert facts["model"] == "TF-IDF"
        assert facts["trained_on"] == len(found.signals)
        assert row.subject_kind == "review"
        assert row.window_start == row.window_end == review["day_to"]
        assert row.p_value == pytest.approx(p_values[row.subject_id], rel=1e-5)
    assert (found.members["role"] == "subject").all()
    assert (found.members["weight"] == 1.0).all()


def test_both_directions_are_found():
    rng = np.random.default_rng(1)
    reviews, _ = flipped(simulated(number=1200, seed=int(rng.integers(99))), share=0.04)
    found = judged(reviews)
    assert {json.loads(facts)["direction"] for facts in found.evidence["facts"]} == {"text_better", "text_worse"}


def test_what_cannot_be_judged_is_said_by_listing_and_reason():
    reviews = simulated(number=400).copy()
    spoiled = {
        "no_text": ("", "en", False),
        "too_short": ("Very nice 😀 12", "en", False),
        "translated": ("The room was very good and clean", "en", True),
        "too_few_reviews_in_language": ("Het was een heel mooi hotel", "nl", False),
    }
    for row, values in enumerate(spoiled.values()):
        reviews.loc[reviews.index[row], ["text", "language", "translated"]] = values
    found = judged(reviews)
    rows = found.abstentions[["listing_key", "reason", "reviews"]].to_numpy().tolist()
    assert sorted(rows) == sorted([f"google/hotel-{row}", reason, 1] for row, reason in enumerate(spoiled))
    assert (found.abstentions["detector"] == "mismatch").all()
    assert len(found.signals) == len(reviews) - len(spoiled)


def test_reviews_of_no_known_language_are_judged_among_themselves_if_there_are_enough():
    reviews = pd.concat([simulated(number=300), simulated("de", 200).assign(language="und")], ignore_index=True)
    reviews["review_key"] = [f"google/{i:05d}" for i in range(len(reviews))]
    assert len(judged(reviews).signals) == 500
    few = judged(reviews, detector=Mismatch(least_reviews_in_language=250))
    assert len(few.signals) == 300
    assert set(few.abstentions["reason"]) == {"too_few_reviews_in_language"}


def test_copies_of_one_text_do_not_vouch_for_each_other():
    reviews = simulated().copy()
    praise = "Wonderful stay, the staff was friendly, the room clean and comfortable, we would gladly come again."
    campaign = reviews.head(12).assign(rating=0.0, text=praise, listing_key="google/hotel-0")
    campaign["review_key"] = [f"google/copy-{i}" for i in range(len(campaign))]
    found = judged(pd.concat([reviews, campaign], ignore_index=True))
    flagged = set(found.evidence["subject_id"])
    assert len(flagged & set(campaign["review_key"])) == len(campaign)


def test_mixed_and_ironic_reviews_of_three_stars_are_no_evidence():
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


def test_vectors_are_used_when_every_text_has_one():
    reviews, _ = flipped(simulated())
    keys = [text_sha256(text) for text in reviews["text"]]
    rows = {key: row for row, key in enumerate(dict.fromkeys(keys))}
    rng = np.random.default_rng(1)
    matrix = rng.normal(size=(len(rows), 16)).astype("float16")
    full = replace(NIGHT, vectors=Vectors("some encoder", rows, matrix))
    lacking = replace(NIGHT, vectors=Vectors("some encoder", dict(list(rows.items())[:-1]), matrix))
    models = {
        json.loads(facts)["model"]: night
        for night, found in (("full", judged(reviews, full)), ("lacking", judged(reviews, lacking)))
        for facts in found.evidence["facts"]
    }
    assert models == {"TF-IDF and sentence embeddings": "full", "TF-IDF": "lacking"}


def test_large_languages_are_judged_in_parts():
    reviews, planted = flipped(simulated(number=1200))
    found = judged(reviews, detector=Mismatch(most_reviews_together=700))
    assert len(found.signals) == len(judged(reviews).signals)
    assert {json.loads(facts)["trained_on"] < 700 for facts in found.evidence["facts"]} == {True}
    assert found.evidence["subject_id"].isin(planted).mean() > 0.6


def test_a_model_that_predicts_badly_is_not_believed():
    rng = np.random.default_rng(2)
    reviews = simulated().assign(rating=rng.choice([0.0, 1.0], 700))
    found = judged(reviews)
    assert len(found.evidence) <= 3


def test_hostile_texts_neither_break_nor_slow_it():
    reviews = simulated().copy()
    hostile = [
        "good room " * 100_000,
        "a" * 10**6,
        "\x00\x1f bad \x7f room \u202e here today",
        "😀" * 5_000,
        "\n" * 10**6,
    ]
    reviews.loc[reviews.index[: len(hostile)], "text"] = hostile
    started = time.process_time()
    found = judged(reviews)
    assert time.process_time() - started < 15
    assert found.abstentions.groupby("reason")["reviews"].sum().to_dict() == {"no_text": 1, "too_short": 2}
