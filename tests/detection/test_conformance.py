"""One suite over every detector: what each must keep so that engine, store, fusion and reports can rely on it."""

from __future__ import annotations

import json
import math
import pickle
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from scipy.stats import poisson

from detection import DETECTORS, all_detectors
from detection.arrays import Ints
from detection.cards import load_card
from detection.engines.local import folded
from detection.generated import Generated
from detection.hashing import hashed
from detection.lures import Lures
from detection.protocol import Detector, Findings, Night
from detection.reuse import Reuse
from store.frames import ABSTENTIONS, EVIDENCE, MEMBERS, REVIEWS, SIGNALS, check, empty
from store.strength import INDICATIONS
from tests.detection.test_generated import LIKE_A_MODEL
from tests.detection.worlds import AS_OF, demo, findings, honest

FRAMES = {"evidence": EVIDENCE, "members": MEMBERS, "signals": SIGNALS, "abstentions": ABSTENTIONS}
SECTIONS = ("Claim:", "Null model:", "Statistic:", "Innocent explanations:", "Cost:", "Source:")
# What a detector's parameters promise on honest data, per unit of its card.
PROMISED = {
    "accounts": "false_accounts_per_100k",
    "boosting": "false_per_1000_listing_years",
    "bursts": "false_per_1000_listing_years",
    "collusion": "false_groups_per_100k_accounts",
    "generated": "false_per_1000_reviews",
    "lures": "false_per_1000_reviews",
    "mismatch": "false_per_1000_reviews",
    "reuse": "false_per_1000_reviews",
    "travel": "false_accounts_per_100k",
}
# Accounts that a card counts, by their reviews.
LEAST_REVIEWS = {
    f"accounts with {word} reviews or more": number for number, word in ((2, "two"), (3, "three"), (5, "five"))
}
# None of these made a card.
HONEST_SEEDS = (31, 32, 33)
OPPOSITE = {"praise": "blame", "blame": "praise", "text_better": "text_worse", "text_worse": "text_better"}

COPIED = (
    "We came for our anniversary and were given the small attic room although we had booked the suite in March. The "
    "night porter shrugged, the lift was out of order, and nobody carried the bags to the fourth floor. In the morning "
    "the coffee machine leaked over the toast. Only the old gardener, who drove us to the ferry, was a gentleman."
)
LURE = "Free dessert for five stars, see www.villamar.com"

every_detector = pytest.mark.parametrize("make", DETECTORS, ids=lambda make: make.name)


@cache
def world() -> pd.DataFrame:
    """One of nearly everything, with texts in two of its languages, a hired hand, an impossible traveller and texts."""
    reviews = demo(silent=("en",))
    last = int(reviews["day_to"].max())
    hand = visits(reviews, "tripadvisor", last - np.repeat([260, 240, 220, 200], 12) + np.tile([0, 1], 24))
    pairs = visits(reviews, "lakeguide", last - np.repeat([300, 260, 220, 150], 2), stays=True)
    return pd.concat([reviews, hand, pairs, texts(reviews)], ignore_index=True)


def visits(reviews: pd.DataFrame, platform: str, days: Ints, *, stays: bool = False) -> pd.DataFrame:
    """An account's five stars for a platform's listings, town after town and again; the days are stays or not."""
    listings = reviews[reviews["platform"] == platform].groupby("listing_key").head(1)
    turn = listings.groupby("city").cumcount()
    listings = listings.assign(turn=turn).sort_values(["turn", "latitude"])
    listings = listings.iloc[np.arange(len(days)) % len(listings)]
    count = np.arange(1, len(days) + 1)
    said = {
        "review_key": [f"{platform}-extra-{number}" for number in count],
        "reviewer_key": f"{platform}/extra",
        "rating": 1.0,
        "day_from": days,
        "day_to": days,
        "stay_from": days if stays else -1,
        "stay_to": days if stays else -1,
        "stay_exact": stays,
        "nth": count,
        "reviewer_reviews": len(days),
        "newborn": count == 1,
        "text": "",
        "language": "und",
    }
    return listings.assign(**said)[list(REVIEWS)].astype(dict(REVIEWS))


def texts(reviews: pd.DataFrame) -> pd.DataFrame:
    """New accounts' first reviews, a week apart at listings of their own: a lure, one like a model's, three copies."""
    said = [(LURE, "en"), (LIKE_A_MODEL["de"], "de"), *[(COPIED, "en")] * 3]
    listings = reviews[reviews["platform"] == "tripadvisor"].groupby("listing_key").head(1).head(len(said))
    days = int(reviews["day_to"].max()) - 100 - 7 * np.arange(len(said))
    given = {
        "review_key": [f"said-{number}" for number in range(len(said))],
        "reviewer_key": [f"tripadvisor/said-{number}" for number in range(len(said))],
        "rating": 0.75,
        "day_from": days,
        "day_to": days,
        "nth": 1,
        "reviewer_reviews": 1,
        "newborn": 1,
        "text": [text for text, _ in said],
        "language": [language for _, language in said],
        "translated": False,
    }
    return listings.assign(**given)[list(REVIEWS)].astype(dict(REVIEWS))


@cache
def found(make: type[Detector]) -> Findings:
    """The findings that the others are compared with."""
    return findings(make(), world(), shards=1)


def same(one: Findings, other: Findings) -> None:
    for name in FRAMES:
        assert_frame_equal(getattr(one, name), getattr(other, name), obj=name)


def facts_of(found: Findings) -> list[dict[str, Any]]:
    return [json.loads(facts) for facts in found.evidence["facts"]]


def test_the_list_names_each_detector_once() -> None:
    names = [make.name for make in DETECTORS]
    assert set(names) == set(PROMISED)
    assert len(set(names)) == len(names)
    assert [detector.name for detector in all_detectors()][: len(names)] == names


@every_detector
def test_what_it_says_about_itself(make: type[Detector]) -> None:
    text = make.__doc__ or ""
    places = [text.find(section) for section in SECTIONS]
    assert places[0] == 0, "the docstring begins with the claim"
    assert all(0 <= one < other for one, other in pairwise(places)), dict(zip(SECTIONS, places, strict=True))
    ends = [*places[1:], len(text)]
    for section, start, end in zip(SECTIONS, places, ends, strict=True):
        assert len(text[start + len(section) : end].split()) >= 3, f"{section} says nothing"
    assert set(make.columns) <= set(REVIEWS)
    assert make.version >= 1
    assert make.fold is None or set(make.fold.by) | set(make.fold.total) <= set(make.partial)


@every_detector
def test_it_finds_something_here(make: type[Detector]) -> None:
    """Without this the rest would hold for a detector that says nothing."""
    assert len(found(make).evidence) >= 1
    assert len(found(make).members) >= 1
    # What is only ever an indication gives none, so that no review's score rests on it.
    assert (len(found(make).signals) >= 1) != (make.name in INDICATIONS)


def test_what_was_planted_in_the_texts_is_found() -> None:
    inside = {make.name: set(found(make).members["review_key"]) for make in (Reuse, Lures, Generated)}
    assert {f"said-{number}" for number in (2, 3, 4)} <= inside["reuse"]
    assert inside["lures"] == {"said-0"}
    assert inside["generated"] == {"said-1"}


@every_detector
def test_frames_are_as_declared(make: type[Detector]) -> None:
    for name, columns in FRAMES.items():
        frame = getattr(found(make), name)
        check(frame, columns, name)
        assert list(frame.columns) == list(columns)
        assert isinstance(frame.index, pd.RangeIndex)
    partial = make().scan(world()[list(make.columns)])
    check(partial, make.partial, "partial")
    assert list(partial.columns) == list(make.partial)


@every_detector
def test_figures_lie_where_they_must(make: type[Detector]) -> None:
    evidence, members, signals, abstentions = (getattr(found(make), name) for name in FRAMES)
    assert (evidence["detector"] == make.name).all()
    assert (evidence["version"] == make.version).all()
    assert evidence["p_value"].between(0.0, 1.0).all()
    assert (evidence["p_value"] > 0.0).all(), "a calibrated p-value is never nought"
    assert evidence["score"].between(0.0, 1.0).all()
    assert evidence["effect"].gt(0.0).all()
    assert (evidence["window_start"] <= evidence["window_end"]).all()
    assert signals["p_value"].between(0.0, 1.0).all()
    assert (members["weight"] > 0.0).all()
    assert (members["weight"] <= 1.0).all()
    assert (abstentions["detector"] == make.name).all()
    assert (abstentions["reviews"] > 0).all()
    assert not evidence["evidence_key"].duplicated().any()
    assert not members.duplicated(["evidence_key", "review_key"]).any()
    assert not signals["review_key"].duplicated().any()
    assert not abstentions.duplicated(["listing_key", "reason"]).any()


@every_detector
def test_everything_it_names_is_known(make: type[Detector]) -> None:
    reviews, result = world().set_index("review_key"), found(make)
    assert set(result.members["review_key"]) <= set(reviews.index)
    assert set(result.signals["review_key"]) <= set(reviews.index)
    assert set(result.members["evidence_key"]) == set(result.evidence["evidence_key"])
    inside = result.members.groupby("evidence_key")
    for row in result.evidence.itertuples():
        keys = inside.get_group(row.evidence_key)["review_key"]
        assert row.n_reviews == len(keys)
        assert reviews.loc[keys, "day_to"].between(row.window_start, row.window_end).all()
        if row.subject_kind == "listing":
            assert set(reviews.loc[keys, "listing_key"]) == {row.subject_id}
        if row.subject_kind == "review":
            assert list(keys) == [row.subject_id]
    held = world()["listing_key"].value_counts()
    unjudged = result.abstentions.groupby("listing_key")["reviews"].sum()
    assert (unjudged <= held.reindex(unjudged.index)).all()


@every_detector
def test_members_have_a_signal_no_weaker_than_their_evidence_allows(make: type[Detector]) -> None:
    """Fusion reads the signals: a review inside a finding must not look ordinary there."""
    if make.name in INDICATIONS:
        return
    result = found(make)
    signals = result.signals.set_index("review_key")["p_value"]
    heavy = result.members[result.members["weight"] >= 0.999]
    evidence = result.evidence.set_index("evidence_key")["p_value"]
    said, own = signals.reindex(heavy["review_key"]).to_numpy(), evidence.reindex(heavy["evidence_key"]).to_numpy()
    assert (said <= own * 1.01).all()


@every_detector
def test_facts_are_json_of_plain_values(make: type[Detector]) -> None:
    def never(constant: str) -> None:
        raise AssertionError(f"facts hold {constant}, which is no JSON")

    def plain(value: object) -> None:
        if isinstance(value, list | dict):
            for each in value.values() if isinstance(value, dict) else value:
                plain(each)
            return
        # A slot of a template.
        if value is None:
            return
        assert isinstance(value, int | float | str), value
        assert not isinstance(value, float) or math.isfinite(value)

    for text in found(make).evidence["facts"]:
        facts = json.loads(text, parse_constant=never)
        assert isinstance(facts, dict)
        assert facts
        for value in facts.values():
            plain(value)
        assert json.dumps(facts, sort_keys=True) == text, "the same facts must be the same text"


@every_detector
def test_an_empty_store_is_quiet(make: type[Detector]) -> None:
    for shards in (1, 3):
        result = findings(make(), empty(REVIEWS), shards=shards)
        for name, columns in FRAMES.items():
            assert_frame_equal(getattr(result, name), empty(columns), check_index_type=False)


@every_detector
def test_a_single_review_is_quiet(make: type[Detector]) -> None:
    for at in (0, len(world()) // 2):
        assert findings(make(), world().iloc[[at]]).evidence.empty


@every_detector
def test_neither_order_nor_shards_matter(make: type[Detector]) -> None:
    shuffled = world().sample(frac=1.0, random_state=1)
    assert not shuffled["review_key"].equals(world()["review_key"])
    same(findings(make(), shuffled, shards=7), found(make))


@every_detector
def test_two_runs_say_the_same(make: type[Detector]) -> None:
    same(findings(make(), world(), shards=1), found(make))


@every_detector
def test_scan_reads_only_its_columns(make: type[Detector]) -> None:
    reviews, detector = world(), make()
    whole = detector.scan(reviews)
    assert_frame_equal(detector.scan(reviews[list(reversed(make.columns))]), whole)
    assert_frame_equal(detector.scan(reviews[list(make.columns)]), whole)
    for column in make.columns:
        with pytest.raises(KeyError):
            detector.scan(reviews[list(make.columns)].drop(columns=column))


@every_detector
def test_scan_does_not_care_for_the_index(make: type[Detector]) -> None:
    reviews, detector = world()[list(make.columns)], make()
    whole = detector.scan(reviews)
    repeated = reviews.set_axis(np.zeros(len(reviews), dtype=int), axis=0)
    assert_frame_equal(detector.scan(repeated), whole)
    assert_frame_equal(detector.scan(reviews.set_axis(reviews.index[::-1], axis=0)), whole)


@every_detector
def test_input_is_left_as_it_was(make: type[Detector]) -> None:
    reviews = world()[list(make.columns)]
    before = reviews.copy(deep=True)
    partial = make().scan(reviews)
    assert_frame_equal(reviews, before)
    kept = partial.copy(deep=True)

    class Answers:
        def where(self, column: str, hashes: Ints, columns: tuple[str, ...]) -> pd.DataFrame:
            told = world()[np.isin(hashed(world()[column]), hashes)]
            return told.sort_values(["listing_key", "day_to", "review_key"], ignore_index=True)[list(columns)]

    partials = partial if make.fold is None else folded(partial, make.fold)
    handed = partials.copy(deep=True)
    same(make().conclude(partials, Night(AS_OF, Answers())), found(make))
    assert_frame_equal(partials, handed)
    assert_frame_equal(partial, kept)


@every_detector
def test_instances_and_findings_pickle(make: type[Detector]) -> None:
    detector = make()
    assert pickle.loads(pickle.dumps(detector)) == detector
    assert detector == make()
    same(pickle.loads(pickle.dumps(found(make))), found(make))


def inside_of(result: Findings) -> Iterable[tuple[str, list[str]]]:
    return result.members.groupby("evidence_key")["review_key"].agg(list).items()


@every_detector
def test_findings_that_go_on_keep_their_keys(make: type[Detector]) -> None:
    """A few days later, with a few more reviews of listings that nothing was found on."""
    reviews = world()
    inside = reviews[reviews["review_key"].isin(found(make).members["review_key"])]
    quiet = reviews[
        ~reviews["listing_key"].isin(inside["listing_key"]) & ~reviews["reviewer_key"].isin(inside["reviewer_key"])
    ]
    more = quiet.groupby("listing_key").head(1).head(5).copy()
    assert len(more) >= 3
    more["review_key"] = more["review_key"] + "-more"
    more["reviewer_key"] = more["reviewer_key"] + "-more"
    more["day_from"] = more["day_to"] = (reviews["day_to"].max() + 3).astype("int32")
    later = findings(make(), pd.concat([reviews, more], ignore_index=True))
    before, after = ({key: set(of) for key, of in inside_of(result)} for result in (found(make), later))
    going_on = {
        key: new
        for key, reviews_before in before.items()
        for new, reviews_after in after.items()
        if len(reviews_before & reviews_after) > len(reviews_before | reviews_after) / 2
    }
    # What lies just at the line may come or go.
    assert len(going_on) >= 0.8 * len(before)
    assert all(key == new for key, new in going_on.items())


@cache
def honest_findings(make: type[Detector]) -> tuple[list[Findings], float]:
    """The findings on honest worlds, and how many of the card's units those hold."""
    unit = load_card(make.name).unit
    if unit == "reviews":
        reviews = demo(attacks=False, seed=9)
        result = findings(make(), reviews)
        if make.name in INDICATIONS:
            return [result], float((make().scan(reviews)["abstained"] == "").sum())
        return [result], float(len(result.signals))
    results, units = [], 0.0
    for seed in HONEST_SEEDS:
        reviews = honest(seed)
        results.append(findings(make(), reviews, seed=seed))
        if unit == "listing-years":
            units += reviews["listing_key"].nunique() * 1095 / 365.25
        elif unit in LEAST_REVIEWS:
            units += reviews.loc[reviews["reviewer_reviews"] >= LEAST_REVIEWS[unit], "reviewer_key"].nunique()
        else:
            pytest.fail(f"this suite cannot count {unit}: teach it")
    return results, units


@pytest.mark.slow
@every_detector
def test_honest_worlds_raise_no_more_alarms_than_the_card_promises(make: type[Detector]) -> None:
    """The count of findings is Poisson about the promise; the bound is passed by chance once in 1,000 times."""
    card, promise = load_card(make.name), float(getattr(make(), PROMISED[make.name]))
    results, units = honest_findings(make)
    p_values = pd.concat([result.evidence["p_value"] for result in results])
    for rate in (promise, promise / 3.0, promise / 10.0):
        alarms = int((p_values <= -math.expm1(-rate / card.per) * 1.00001).sum())
        expected = units * rate / card.per
        assert alarms <= poisson.ppf(0.999, expected), f"{alarms} alarms of {rate:g} per {card.per:g}, not {expected:g}"
    assert (p_values <= -math.expm1(-promise / card.per) * 1.00001).all(), "weaker than what was promised"


@pytest.mark.slow
@every_detector
def test_signals_on_honest_worlds_are_no_smaller_than_p_values(make: type[Detector]) -> None:
    """Of the reviews that a detector judges, a hundredth at most may look like one in a hundred."""
    results, _ = honest_findings(make)
    reviews = demo(attacks=False, seed=9) if load_card(make.name).unit == "reviews" else None
    number = len(reviews) if reviews is not None else sum(len(honest(seed)) for seed in HONEST_SEEDS)
    small = sum(int((result.signals["p_value"] <= 0.01).sum()) for result in results)
    assert small <= poisson.ppf(0.999, 0.01 * number)


def mirrored(reviews: pd.DataFrame) -> pd.DataFrame:
    """The best for the worst and the other way round."""
    return reviews.assign(rating=1.0 - reviews["rating"])


@pytest.mark.parametrize("make", [m for m in DETECTORS if m.name == "mismatch"], ids=lambda m: m.name)
def test_praise_and_blame_are_treated_alike(make: type[Detector]) -> None:
    """Every star turned round, the same reviews are found, with the opposite said of them.

    Not so for bursts, which has learned a scorecard for each: crowds that praise and crowds that complain differ.
    """
    reviews = world()
    one, other = findings(make(), reviews), findings(make(), mirrored(reviews))
    assert len(one.evidence) >= 3

    def said(result: Findings, turn: dict[str, str]) -> set[tuple[str, str]]:
        direction = {
            key: turn.get(facts["direction"], facts["direction"])
            for key, facts in zip(result.evidence["evidence_key"], facts_of(result), strict=True)
        }
        pairs = zip(result.members["evidence_key"], result.members["review_key"], strict=True)
        return {(direction[key], review) for key, review in pairs}

    assert {direction for direction, _ in said(one, {})} <= set(OPPOSITE)
    assert said(one, {}) == said(other, OPPOSITE)
