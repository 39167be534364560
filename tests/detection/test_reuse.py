from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from detection.cards import load_card
from detection.engines.local import Shards
from detection.protocol import Findings, Night
from detection.reuse import Reuse, crowding, p_values
from detection.text.copies import MOST_CHARACTERS
from store.frames import ABSTENTIONS, EVIDENCE, MEMBERS, REVIEWS, SIGNALS, check, empty
from tests.detection.worlds import findings, reviews_of
from tests.timing import LINEAR_IN_EIGHT, NO_LONGER, times_as_long

VOCABULARY = [f"word{number}" for number in range(4000)]


ENGLISH = [f"{one}{two}{three}" for one in ("be", "re", "le") for two in ("ne", "se", "te") for three in "deghklmnopr"]


def own_words(dice: random.Random, length: int = 45) -> str:
    return " ".join(dice.choice(VOCABULARY) for _ in range(length))


@cache
def strangers(number: int = 1500) -> pd.DataFrame:
    """Guests who share nothing; not to be changed."""
    dice = random.Random(5)
    return reviews_of(
        [1000 + row % 700 for row in range(number)],
        listing_key=[f"p/{row % 30:02d}" for row in range(number)],
        reviewer_key=[f"p/honest-{row}" for row in range(number)],
        rating=[dice.choice([0.25, 0.5, 0.75, 1.0]) for _ in range(number)],
        text=[own_words(dice) for _ in range(number)],
        language="en",
    )


def extra(texts: list[str], **columns: object) -> pd.DataFrame:
    number = len(texts)
    said = {
        "review_key": [f"extra{row:04d}" for row in range(number)],
        "reviewer_key": [f"p/extra-{row}" for row in range(number)],
        "listing_key": [f"p/{row % 30:02d}" for row in range(number)],
        "rating": 1.0,
        "language": "en",
        "text": texts,
        **columns,
    }
    return reviews_of([2000 + 40 * row for row in range(number)], **said)


def on_days(reviews: pd.DataFrame, days: list[int]) -> pd.DataFrame:
    reviews["day_from"] = reviews["day_to"] = pd.Series(days, dtype="int32")
    return reviews


def found(*parts: pd.DataFrame) -> Findings:
    return findings(Reuse(), pd.concat([strangers(), *parts], ignore_index=True))


def facts(result: Findings) -> list[dict[str, object]]:
    return [json.loads(each) for each in result.evidence["facts"]]


TEXT = own_words(random.Random(77))


def changed(share: float, seed: int) -> str:
    dice = random.Random(seed)
    words = TEXT.split()
    for place in dice.sample(range(len(words)), round(share * len(words))):
        words[place] = dice.choice(VOCABULARY)
    return " ".join(words)


def test_strangers_are_quiet() -> None:
    result = found()
    assert result.evidence.empty
    assert len(result.signals) == 1500
    assert result.signals["p_value"].gt(0.5).all()


def test_one_text_under_three_names() -> None:
    result = found(extra([TEXT, TEXT.upper(), TEXT.replace(" ", ", ")]))
    assert len(result.evidence) == 1
    row, said = result.evidence.iloc[0], facts(result)[0]
    assert row["subject_id"] == "reuse:extra0000"
    assert (row["window_start"], row["window_end"], row["n_reviews"]) == (2000, 2080, 3)
    assert {name: said[name] for name in ("kind", "copies", "accounts", "listings", "span_days", "words")} == {
        "kind": "exact",
        "copies": 3,
        "accounts": 3,
        "listings": 3,
        "span_days": 80,
        "words": 45,
    }
    assert said["likeness"] == 1.0
    assert said["pairs"] == [["extra0000", "extra0001", 1.0], ["extra0001", "extra0002", 1.0]]
    assert said["one_in"] == pytest.approx(1.0 / row["p_value"], rel=0.01)
    assert result.members["weight"].tolist() == [0.5, 1.0, 1.0], "the first, long before, may be the original"
    assert said["considered"][-1] == "earlier_original"
    signals = result.signals.set_index("review_key")["p_value"]
    assert (signals[["extra0000", "extra0001", "extra0002"]] <= row["p_value"] * 1.01).all()


@pytest.mark.parametrize("share", [0.05, 0.1, 0.2])
def test_changed_words(share: float) -> None:
    result = found(extra([changed(share, seed) for seed in range(5)]))
    assert len(result.evidence) == 1
    assert facts(result)[0]["copies"] == 5
    assert facts(result)[0]["kind"] in {"near", "template"}
    assert 1.0 - 3.0 * share <= facts(result)[0]["likeness"] < 1.0


def test_sentences_in_another_order() -> None:
    words = TEXT.split()
    moved = " ".join([*words[30:], *words[15:30], *words[:15]])
    assert facts(found(extra([TEXT, moved])))[0]["kind"] == "near"


def test_a_template_is_shown_with_its_slots() -> None:
    words = TEXT.split()
    texts = [" ".join([*words[:15], name, *words[15:]]) for name in ("Adler", "Krone", "Rose", "Anker")]
    said = facts(found(extra(texts)))[0]
    assert said["kind"] == "template"
    assert said["template"] == [" ".join(words[:15])[:119] + "…", None, " ".join(words[15:])[:119] + "…"]
    assert said["slots"] == [["Adler", "Krone", "Rose"]]


def test_one_account_may_repeat_itself() -> None:
    assert found(extra([TEXT] * 4, reviewer_key="p/one")).evidence.empty


def test_one_guest_on_two_platforms() -> None:
    there = extra([TEXT, TEXT], platform=["p", "q"], listing_key=["p/00", "q/9"])
    there["day_from"] = there["day_to"] = pd.Series([2000, 2003], dtype="int32")
    assert found(there).evidence.empty
    there["rating"] = [1.0, 0.0]
    assert len(found(there).evidence) == 1


def test_a_review_sent_twice() -> None:
    there = extra([TEXT, TEXT], reviewer_key=None, listing_key="p/00")
    there["day_from"] = there["day_to"] = pd.Series([2000, 2001], dtype="int32")
    assert found(there).evidence.empty
    there["listing_key"] = ["p/00", "p/01"]
    assert "accounts_unknown" in facts(found(there))[0]["considered"]


def test_a_review_shown_again_in_translation() -> None:
    there = extra([TEXT, TEXT], translated=[False, True])
    there["day_to"] = there["day_from"]
    there["day_from"] = there["day_to"] = pd.Series([2000, 2000], dtype="int32")
    assert found(there).evidence.empty


def test_good_location() -> None:
    result = found(extra(["Good location, friendly staff, clean room."] * 60))
    assert result.evidence.empty
    assert result.abstentions.set_index("reason")["reviews"].sum() == 60


def test_stock_phrases_of_many() -> None:
    phrase = "The location is good, the staff were friendly and the room was clean and quiet."
    assert found(extra([phrase] * 80)).evidence.empty


@pytest.mark.parametrize("copies", [2, 5, 20, 60, 300])
def test_more_copies_of_a_short_text_do_not_tell_less(copies: int) -> None:
    said = own_words(random.Random(4), 18)
    result = found(on_days(extra([said] * copies), [2000 + row for row in range(copies)]))
    assert result.evidence["n_reviews"].tolist() == [copies]


def test_a_short_text_of_many_everywhere_and_for_years_is_a_stock_phrase() -> None:
    said = own_words(random.Random(4), 12)
    result = found(extra([said] * 300))
    assert result.evidence.empty
    assert result.abstentions.groupby("reason")["reviews"].sum().to_dict() == {"stock_phrase": 300}


def test_the_words_of_a_form_accuse_nobody() -> None:
    form = "What did you like about your stay and what could we do better next time"
    answers = [own_words(random.Random(300 + row), 15) for row in range(600)]
    copied = own_words(random.Random(78), 30)
    texts = [f"{form} {answer}" for answer in [*answers, copied, copied]]
    result = found(extra(texts))
    assert result.evidence["n_reviews"].tolist() == [2]
    assert "form_words" in facts(result)[0]["considered"]
    assert result.members["review_key"].tolist() == ["extra0600", "extra0601"]


def test_without_accounts_one_traveller_cannot_be_told() -> None:
    result = found(on_days(extra([TEXT] * 5, reviewer_key=None), [2000 + 20 * row for row in range(5)]))
    said = facts(result)[0]
    assert (said["copies"], said["accounts"]) == (5, 0)
    assert "accounts_unknown" in said["considered"]
    assert result.members["weight"].tolist() == [0.5] * 5


@pytest.mark.parametrize(
    ("guests", "last", "listings", "household"),
    [(2, 2001, 1, True), (4, 2003, 1, True), (5, 2003, 1, False), (3, 2004, 1, False), (3, 2001, 2, False)],
)
def test_a_household_weighs_little(guests: int, last: int, listings: int, household: bool) -> None:
    places = [f"p/{row % listings:02d}" for row in range(guests)]
    result = found(on_days(extra([TEXT] * guests, listing_key=places), [2000] * (guests - 1) + [last]))
    assert ("household" in facts(result)[0]["considered"]) is household
    assert (result.evidence["p_value"][0] == 1 / 500) is np.bool_(household)
    signals = result.signals[result.signals["review_key"].str.startswith("extra")]["p_value"]
    assert (signals >= 1 / 500).all() is np.bool_(household)


def test_no_figure_beyond_what_real_texts_could_show() -> None:
    result = found(extra([TEXT] * 40))
    assert result.signals["p_value"].min() >= 1 / 15_000
    assert facts(result)[0]["one_in"] == 15_000


@pytest.mark.parametrize(("gap", "first"), [(30, 1.0), (31, 0.5)])
def test_the_first_may_be_the_original(gap: int, first: float) -> None:
    result = found(on_days(extra([TEXT] * 3), [2000, 2000 + gap, 2001 + gap]))
    assert result.members["weight"].tolist() == [first, 1.0, 1.0]
    assert set(result.members["role"]) == {"subject"}
    assert ("earlier_original" in facts(result)[0]["considered"]) is (first < 1.0)


def test_invisible_marks_and_letters_of_another_alphabet() -> None:
    plain = " ".join(random.Random(6).sample(ENGLISH, 40))
    unseen = "".join(f"{sign}\u200b" if row % 3 else sign for row, sign in enumerate(plain))
    mixed = "".join("\u0435" if sign == "e" and row % 2 else sign for row, sign in enumerate(plain))
    result = found(extra([plain, unseen, mixed]))
    assert result.evidence["n_reviews"].tolist() == [3]
    assert facts(result)[0]["kind"] == "exact"


def test_a_slogan_or_a_dish_of_one_house() -> None:
    dice = random.Random(8)
    slogan = "where the lake meets the sky and every guest leaves as a friend of the house"
    texts = [f"{own_words(dice, 18)} {slogan} {own_words(dice, 18)}" for _ in range(60)]
    assert found(extra(texts, listing_key="p/00")).evidence.empty


def test_quotations_of_a_brochure() -> None:
    dice = random.Random(9)
    quoted = own_words(dice, 25)
    texts = [f'{own_words(dice, 30)} They promise "{quoted}".' for _ in range(3)]
    assert found(extra(texts)).evidence.empty


def test_no_text_and_short_ones_are_not_judged() -> None:
    result = found(extra(["", "  \n", "Nice."], listing_key="p/00"))
    assert result.abstentions.values.tolist() == [["reuse", "p/00", "no_text", 2], ["reuse", "p/00", "too_short", 1]]
    assert not set(result.signals["review_key"]) & {"extra0000", "extra0001", "extra0002"}


def test_hostile_texts() -> None:
    texts = [
        "a " * 500_000,
        "a " * 500_000,
        "\x00\x01\u200b " * 100_000,
        "很好的酒店" * 100_000,
        "ห้องดี" * 1000,
        '"' * 1_000_000,
        "x" * 1_000_000,
        " ".join("word" * 3 for _ in range(10_000)),
    ]
    dice = random.Random(4)
    pages = [own_words(dice, MOST_CHARACTERS)[:MOST_CHARACTERS] for _ in texts]
    hostile, ordinary = (pd.concat([strangers(), extra(said)], ignore_index=True) for said in (texts, pages))
    result = findings(Reuse(), hostile)
    assert times_as_long(lambda: findings(Reuse(), hostile), lambda: findings(Reuse(), ordinary)) < NO_LONGER
    for frame, columns in ((result.evidence, EVIDENCE), (result.members, MEMBERS), (result.signals, SIGNALS)):
        check(frame, columns, "frame")


@pytest.mark.parametrize("named", [lambda row: TEXT, lambda row: f"{TEXT} name{row}"], ids=["equal", "nearly equal"])
def test_time_grows_with_the_texts_that_are_alike(named: Callable[[int], str]) -> None:
    def concluding(number: int) -> Callable[[], None]:
        there = on_days(extra([named(row) for row in range(number)]), [2000 + row % 90 for row in range(number)])
        partials = pd.concat([Reuse().scan(there), Reuse().scan(strangers())], ignore_index=True)

        def call() -> None:
            result = Reuse().conclude(partials, Night(dt.date(2026, 1, 1), Shards(())))
            assert result.evidence["n_reviews"].sum() >= 0.99 * number

        return call

    assert times_as_long(concluding(8_000), concluding(1_000), rounds=2) < LINEAR_IN_EIGHT


def test_neither_order_nor_shards_matter() -> None:
    there = pd.concat([strangers(), extra([changed(0.1, seed) for seed in range(6)])], ignore_index=True)
    one = findings(Reuse(), there, shards=1)
    other = findings(Reuse(), there.sample(frac=1.0, random_state=3), shards=7)
    for name in ("evidence", "members", "signals", "abstentions"):
        assert_frame_equal(getattr(one, name), getattr(other, name))


def test_an_empty_store() -> None:
    result = findings(Reuse(), empty(REVIEWS))
    assert result.evidence.empty
    assert list(result.abstentions.columns) == list(ABSTENTIONS)


def test_a_larger_store_wants_more() -> None:
    card = load_card("reuse")
    texts = int(card.data["texts"])
    assert crowding(card, 10) == crowding(card, texts) == 1.0
    assert crowding(card, 5 * texts) == 5.0
    assert Reuse().wanted(card, 3 * texts) > Reuse().wanted(card, texts) >= Reuse().least_score
    score = pd.Series([0.35]).to_numpy()
    assert p_values(card, score, 2 * texts)[0] == pytest.approx(2.0 * p_values(card, score, texts)[0], rel=0.01)
