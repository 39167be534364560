import math
from typing import Any

import pytest

from detection import generated, lures, reuse
from detection.cards import load_card
from reports.explain import DETECTORS, REASONS
from reports.wording import banned_words
from reports.wording_texts import (
    ALIKE,
    MANNERS,
    MENTIONS,
    PASSAGES,
    REPEATS,
    generated_observation,
    generated_title,
    lures_observation,
    lures_title,
    mismatch_observation,
    mismatch_title,
    passage_kinds,
    reuse_observation,
    reuse_title,
)
from tests.reports.conftest import mismatch_facts
from tests.reports.test_quoted import made
from tests.reports.text_facts import HOSTILE, generated_facts, hit, lures_facts, reuse_facts, told_mismatch

TOLD = (
    (mismatch_title, mismatch_observation, "mismatch", told_mismatch(mismatch_facts(), ["k2"])),
    (reuse_title, reuse_observation, "reuse", reuse_facts()),
    (lures_title, lures_observation, "lures", lures_facts()),
    (generated_title, generated_observation, "generated", generated_facts()),
)


def test_a_mismatch_tells_the_ratings_that_such_texts_came_with() -> None:
    said = mismatch_observation(made("mismatch", told_mismatch(mismatch_facts())))
    assert said[0] == (
        "The text reads better than the rating: the rating is 1 of 5, texts like this one usually come with about 4.7."
    )
    assert said[1] == "9 in 10 texts that read like this one came with ratings from 4 to 5."
    same = mismatch_observation(made("mismatch", told_mismatch(mismatch_facts(), low=5.0, high=5.0)))
    assert same[1].endswith("came with a rating of 5.")


def test_a_mismatch_of_the_first_version_is_told_as_before() -> None:
    assert mismatch_observation(made("mismatch", mismatch_facts())) == (
        "The text reads better than the rating: the rating is 1 of 5, texts like this one usually come with about 4.7.",
        "The comparison rests on 12,000 reviews (TF-IDF).",
    )


def test_copies_are_told_with_where_they_stand_and_how_alike_they_are() -> None:
    said = reuse_observation(made("reuse", reuse_facts()))
    assert said == (
        "6 reviews follow one template, with a few words changed: 5 accounts, 3 listings, 1 platform, "
        "19 days from the first to the last.",
        "These texts have about 41 words.",
        "Any two that were joined are at least 71 % alike, where 100 % is word for word.",
        "Innocent readings that the check considered: one guest who wrote on several platforms; phrases that everybody "
        "uses.",
    )
    exact = reuse_observation(made("reuse", reuse_facts(kind="exact", likeness=1.0, span_days=0)))
    assert exact[0].startswith("6 reviews have the same text: ")
    assert exact[0].endswith("all on one day.")
    assert not any("alike" in each for each in exact)
    assert "at least 99 % alike" in reuse_observation(made("reuse", reuse_facts(likeness=0.999)))[2]
    assert len({reuse_title(made("reuse", {"kind": kind})) for kind in ALIKE}) == len(ALIKE) == 3
    unnamed = reuse_observation(made("reuse", reuse_facts(accounts=0, considered=["household", "accounts_unknown"])))
    assert "with a few words changed: accounts not named, 3 listings, 1 platform" in unnamed[0]
    assert "a couple or family with one text for one stay; one writer behind several" in unnamed[-1]


def test_passages_are_told_by_what_they_are_and_never_quoted() -> None:
    said = lures_observation(made("lures", lures_facts()))
    assert said[:2] == (
        "The text holds a link and a messenger contact.",
        "One of these passages is written so that a simple search misses it.",
    )
    assert lures_title(made("lures", lures_facts(hit("phone"), hit("email")))) == "Contact details in the text"
    offered = made("lures", lures_facts(hit("reward")))
    assert lures_title(offered) == "Words about an offer in return for a review"
    assert lures_observation(offered)[0] == "The text holds words about an offer in return for a review."
    assert lures_title(made("lures", lures_facts(hit("reward"), hit("link")))).startswith("Passages that lead")
    three = lures_observation(made("lures", lures_facts(*(hit(kind, hidden=True) for kind in list(PASSAGES)[:3]))))
    assert three[0] == "The text holds a link, a shortened link and a referral or affiliate address."
    assert three[1].startswith("3 of these passages are each written")
    assert passage_kinds({"hits": [hit("link"), hit("tomorrow"), 3, {"kind": None}]}) == ["link"]


def test_a_program_s_manner_is_told_with_its_quality_and_its_limits() -> None:
    said = generated_observation(made("generated", generated_facts()))
    assert said[0] == "The text (61 words) reads like text that a program wrote; this is an indication only."
    assert "gave the program's the higher figure in 95 % of them, where guessing gives 50 %" in said[1]
    assert "Many people let software tidy" in said[2]
    assert "never by itself a ground" in said[2]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize(("title", "observation", "detector", "facts"), TOLD, ids=[each[2] for each in TOLD])
def test_no_text_of_a_stranger_stands_in_a_sentence(
    title: Any, observation: Any, detector: str, facts: dict[str, Any], text: str
) -> None:
    quoted = {"quotes": [text], "hits": [hit("link", text)], "template": [text], "slots": [[text]], "kind": text}
    for changed in ({**facts, **quoted}, {**facts, "considered": [text], "language": text, "direction": text}):
        said = " ".join([title(made(detector, changed)), *observation(made(detector, changed))])
        assert banned_words(said) == []
        assert len(said) < 1_500
        assert "evil" not in said


@pytest.mark.parametrize("odd", [0, -1, 1e300, 2.5, None, "text", [], {}, True, math.nan, [[]], [None]], ids=repr)
@pytest.mark.parametrize(("title", "observation", "detector", "facts"), TOLD, ids=[each[2] for each in TOLD])
def test_odd_facts_never_fail(title: Any, observation: Any, detector: str, facts: dict[str, Any], odd: Any) -> None:
    for changed in [dict.fromkeys(facts, odd), *({**facts, name: odd} for name in facts)]:
        said = [title(made(detector, changed)), *observation(made(detector, changed))]
        assert all(each.strip() and "None" not in each and "nan" not in each for each in said)


def test_every_reading_that_the_detectors_name_has_words() -> None:
    later = {"accounts_unknown", "household", "form_words", "earlier_original"}
    assert {*reuse._CONSIDERED, *later} == set(REPEATS)
    assert {reading for readings in lures.READINGS.values() for reading in readings} == set(MENTIONS)
    assert set(generated._CONSIDERED) == set(MANNERS)
    assert set(lures.READINGS) == set(PASSAGES)


def test_what_copies_are_compared_with_is_what_their_card_was_made_on() -> None:
    data, words = load_card("reuse").data, DETECTORS["reuse"]
    real, simulated = (round(each, -3) for each in (data["real"], data["reviews"] - data["real"]))
    assert f"{real:,.0f} real and {simulated:,.0f} simulated reviews" in words.calibration
    assert "copied are in neither" in words.calibration
    assert "length" not in words.compared_with
    assert "not compared" in words.checked


def test_fixed_words_hold_no_banned_word() -> None:
    fixed = [*PASSAGES.values(), *REPEATS.values(), *MENTIONS.values(), *MANNERS.values(), *REASONS.values()]
    fixed += [part for pair in ALIKE.values() for part in pair]
    assert banned_words(" ".join(fixed)) == []
    assert {"reuse", "lures", "generated", "mismatch"} <= set(DETECTORS)
    assert {"scale", "stock_phrase"} <= set(REASONS)
    assert "a text that speaks of an earlier visit, an earlier owner or another place" in DETECTORS["mismatch"].innocent
    assert {"mixed", "irony", "sub_ratings", "quality_too_low", "no_measurement", "no_words_for_language"} <= set(
        REASONS
    )
