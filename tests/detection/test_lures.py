"""The lures detector: what it shows as evidence, what it leaves alone, and what it says that it cannot judge."""

import datetime as dt
import json
import pickle
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from detection.arrays import Ints
from detection.cards import load_card
from detection.lures import READINGS, Lures, masked, score_of
from detection.protocol import Findings, Night
from detection.text.lures import KINDS, Lure, read_lures
from store.frames import ABSTENTIONS, EVIDENCE, MEMBERS, REVIEWS, SIGNALS, check, empty
from tests.detection.worlds import DAY, reviews_of

ORDINARY = [
    "Great room, we booked on booking.com.",
    "Zimmer 1204 war sauber.",
    "Never coming back!",
    "I asked for a refund.",
]
PLANTED = {
    "link": "Much better at www.villamar.com",
    "shortener": "The truth: bit.ly/3xYz",
    "referral": "Book at villamar.com/?ref=anna",
    "code": "Use code SAVE20 and pay less",
    "phone": "Call +49 176 12345678 for a room",
    "messenger": "WhatsApp +49 176 12345678",
    "email": "Write to anna@villamar.com",
    "reward": "Free dessert for five stars",
    "threat": "I will kill you",
    "demand": "Refund or one star!",
}


class NoSnapshot:
    def where(self, column: str, hashes: Ints, columns: tuple[str, ...]) -> pd.DataFrame:
        raise AssertionError("the detector needs no snapshot")


NIGHT = Night(dt.date(2026, 3, 1), NoSnapshot())


def frame(texts: Sequence[str], **columns: object) -> pd.DataFrame:
    accounts = [f"p/guest-{number}" for number in range(len(texts))]
    said = {"reviewer_key": accounts, "language": "en", "text": list(texts), **columns}
    return reviews_of(DAY + np.arange(len(texts)), **said)


def judged(reviews: pd.DataFrame, detector: Lures | None = None) -> Findings:
    detector = detector or Lures()
    return detector.conclude(detector.scan(reviews[list(detector.columns)]), NIGHT)


def facts_of(found: Findings) -> list[dict[str, Any]]:
    return [json.loads(facts) for facts in found.evidence["facts"]]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_shown_with_its_quote_and_innocent_readings(kind: str) -> None:
    found = judged(frame([*ORDINARY, PLANTED[kind]]))
    (facts,) = facts_of(found)
    assert set(facts) == {"hits", "one_in", "considered"}
    (hit,) = facts["hits"]
    assert set(hit) == {"kind", "quote", "language", "hidden"}
    assert (hit["kind"], hit["hidden"]) == (kind, False)
    start, _, end = hit["quote"].partition("…")
    assert start in PLANTED[kind]
    assert end in PLANTED[kind]
    assert facts["considered"] == sorted(READINGS[kind])
    assert facts["one_in"] >= 1000.0 / Lures().false_per_1000_reviews
    assert found.evidence["subject_kind"].tolist() == ["review"]
    assert found.members["review_key"].tolist() == found.evidence["subject_id"].tolist()


def test_ordinary_reviews_have_a_signal_and_no_evidence() -> None:
    found = judged(frame(ORDINARY))
    assert found.evidence.empty
    assert found.members.empty
    assert found.signals["p_value"].tolist() == [1.0] * len(ORDINARY)
    assert found.abstentions.empty


def test_frames_are_as_declared() -> None:
    reviews = frame([*ORDINARY, *PLANTED.values(), "", "ありがとう"], language=["en"] * 15 + ["ja"])
    partial = Lures().scan(reviews)
    check(partial, Lures.partial, "partial")
    found = judged(reviews)
    for part, columns in (("evidence", EVIDENCE), ("members", MEMBERS), ("signals", SIGNALS)):
        check(getattr(found, part), columns, part)
    check(found.abstentions, ABSTENTIONS, "abstentions")
    assert len(found.evidence) == len(PLANTED)
    assert len(found.signals) == 15
    p_values = found.signals.set_index("review_key")["p_value"]
    for row in found.evidence.itertuples():
        assert row.p_value == pytest.approx(p_values[row.subject_id], rel=1e-5)
        assert 0.0 < row.score <= 1.0
        assert row.facts == json.dumps(json.loads(str(row.facts)), sort_keys=True)


def test_what_cannot_be_judged_is_said() -> None:
    texts = ["", " \n", "ありがとう www.villamar.com", "良い", "Fine"]
    found = judged(frame(texts, language=["en", "en", "ja", "ja", "und"]))
    said = dict(zip(found.abstentions["reason"], found.abstentions["reviews"], strict=True))
    assert said == {"no_text": 2, "no_words_for_language": 2}
    assert len(found.signals) == 3
    assert [facts["hits"][0]["kind"] for facts in facts_of(found)] == ["link"]


def test_a_disguised_lure_weighs_no_less_than_an_open_one() -> None:
    found = judged(frame(["Better at www.villamar.com", "Better at www . villamar (dot) com"]))
    open_one, hidden = found.signals["p_value"]
    assert hidden <= open_one
    assert [facts["hits"][0]["hidden"] for facts in facts_of(found)] == [False, True]


def test_the_budget_decides_which_kinds_are_shown() -> None:
    card = load_card("lures")
    reviews = frame(list(PLANTED.values()))
    least = card.rates[-1]
    shown = judged(reviews, Lures(false_per_1000_reviews=least))
    rates = {kind: card.rate(score_of({"kind": kind, "hidden": False}, card)) for kind in KINDS}
    assert {hit["kind"] for facts in facts_of(shown) for hit in facts["hits"]} == {
        kind for kind, rate in rates.items() if rate <= least * 1.0001
    }
    assert 0 < len(shown.evidence) < len(PLANTED)
    assert len(judged(reviews).evidence) == len(PLANTED)
    assert judged(reviews, Lures(false_per_1000_reviews=least / 2)).evidence.empty


SITE = "www.hotel-aurora.com"
WHO = ("my wife", "a colleague", "our guide", "the porter", "a neighbour")
WHAT = ("found the garden room", "asked for late check in", "got our taxi", "booked", "ordered towels", "was answered")


def told(contact: str, number: int) -> list[str]:
    """Sentences of as many guests, each in words of its own, that name a contact."""
    return [f"{who} {what} through {contact} quickly" for who in WHO for what in WHAT][:number]


OWN = told(SITE, 4)
MONTHS = [0, 40, 80, 120]
GUESTS = ["p/a", "p/b", "p/c", "p/d"]


def named(texts: Sequence[str], days: Sequence[int], **columns: object) -> Findings:
    said = {"reviewer_key": [f"p/guest-{number}" for number in range(len(texts))], "language": "en", **columns}
    return judged(reviews_of(DAY + np.array(days), text=list(texts), **said))


@pytest.mark.parametrize(
    "contact", [SITE, "+49 176 12345678", "info@hotel-aurora.com", "WhatsApp +49 176 12345678", "Telegram @aurora_desk"]
)
@pytest.mark.parametrize("listings", [["p/a"] * 4, ["p/a", "p/a", "p/b", "p/b"]], ids=["one listing", "a chain"])
def test_what_several_guests_name_over_months_is_the_listings_own(contact: str, listings: list[str]) -> None:
    assert len(named(told(contact, 3), MONTHS[:3], listing_key=listings[:3]).evidence) == 3
    found = named(told(contact, 4), MONTHS, listing_key=listings)
    assert found.evidence.empty
    assert found.signals["p_value"].tolist() == [1.0] * 4


def test_one_mention_elsewhere_takes_nothing_from_the_listings_own() -> None:
    worse = "Worse than www.hotel-aurora.com next door"
    assert named([*OWN, worse], [*MONTHS, 130], listing_key=["p/a"] * 4 + ["p/b"]).evidence.empty


def test_many_mentions_elsewhere_leave_the_listing_with_nearly_all_its_own() -> None:
    listings = ["p/a"] * 24 + [f"p/other-{number}" for number in range(6)]
    reviews = named(told(SITE, 30), range(0, 300, 10), listing_key=listings)
    assert len(reviews.evidence) == 6
    assert reviews.signals["p_value"].tolist()[:24] == [1.0] * 24
    fewer = named(told(SITE, 29), range(0, 290, 10), listing_key=listings[1:24] + listings[24:])
    assert len(fewer.evidence) == 29


@pytest.mark.parametrize(
    ("days", "changed"),
    [
        ([0, 5, 10, 15], {}),
        ([0, 1, 2, 90], {}),
        (MONTHS, {"text": [OWN[0]] * 4}),
        (MONTHS, {"text": [f"{OWN[0]}. A night with {each}." for each in WHO[:4]]}),
        (MONTHS, {"reviewer_key": ["p/a", "p/b", "p/c", "p/c"]}),
        (MONTHS, {"text": told("www . hotel-aurora (dot) com", 4)}),
        (MONTHS, {"text": told("t . me / aurora_desk", 4)}),
        *((MONTHS, {"text": told(said, 4)}) for said in ("bit.ly/3xYz", "villamar.com/?ref=anna")),
        (MONTHS, {"text": [f"{each}. {PLANTED['code']}" for each in OWN]}),
        *((MONTHS, {"text": [f"{each}. {PLANTED[kind]}" for each in told(contact, 4)]})
          for kind in ("reward", "threat", "demand") for contact in (SITE, "Telegram @aurora_desk")),
    ],
    ids=["within days", "in one week and once more", "in the same words", "in the same sentence", "three accounts",
         "in disguise", "messenger in disguise", "shortener", "referral", "code", "with a reward",
         "messenger with a reward", "with a threat", "messenger with a threat", "with a demand",
         "messenger with a demand"],
)  # fmt: skip
def test_what_is_not_the_listings_own(days: list[int], changed: dict[str, object]) -> None:
    said = {"text": OWN, "language": "en", "reviewer_key": GUESTS, **changed}
    assert len(judged(reviews_of(DAY + np.array(days), **said)).evidence) == 4


def test_reviews_with_a_reward_are_no_witnesses_for_a_contact() -> None:
    texts = [*OWN[:3], f"{OWN[0]}. {PLANTED['reward']}"]
    assert len(named(texts, MONTHS).evidence) == 4


@pytest.mark.parametrize("contact", [SITE, "WhatsApp +49 176 12345678", "Telegram @refund_help"])
def test_at_six_listings_a_contact_is_nobodys(contact: str) -> None:
    listings = [f"p/{number}" for number in range(6)]
    assert named(told(contact, 5), range(0, 200, 40), listing_key=listings[:5]).evidence.empty
    assert len(named(told(contact, 6), range(0, 240, 40), listing_key=listings).evidence) == 6


def test_a_number_is_the_same_called_written_to_or_linked() -> None:
    said = ["+39 333 123 4567", "WhatsApp 333 1234567", "wa.me/393331234567", "tel. 0039 333 1234567"]
    texts = [told(each, 4)[place] for place, each in enumerate(said)]
    assert named(texts, MONTHS).evidence.empty
    assert len(named([*texts[:3], told("WhatsApp +39 333 765 4321", 4)[3]], MONTHS).evidence) == 4


def test_a_handle_is_the_same_with_and_without_its_link() -> None:
    said = ["Telegram @aurora_desk", "t.me/aurora_desk", "telegram: aurora_desk", "https://t.me/aurora_desk?start=1"]
    assert named([told(each, 4)[place] for place, each in enumerate(said)], MONTHS).evidence.empty
    other = ["t.me/aurora_desk", "t.me/aurora_desk", "t.me/villa_mar", "t.me/villa_mar"]
    assert len(named([told(each, 4)[place] for place, each in enumerate(other)], MONTHS).evidence) == 4


def test_a_promise_to_change_a_review_is_no_demand() -> None:
    texts = [
        "If they refund me I will update this review",
        "Will change my rating once they reply",
        "Refund or one star",
    ]
    assert [facts["hits"][0]["quote"] for facts in facts_of(judged(frame(texts)))] == ["Refund or one star"]


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        ("Ask anna.kowalska1987@gmail.com", ["a…@gmail.com"]),
        ("Ask anna.kowalska1987 [at] gmail (dot) com", ["a…@gmail.com"]),
        ("Call +48 601 234 567", ["+48…67"]),
        ("Call 601-2345", ["60…45"]),
        ("zero one seven six, two three four five six seven", ["01…67"]),
        ("0️⃣1️⃣7️⃣6️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣", ["01…78"]),
        ("0 1 7 6 - 2 3 4 5 6 7 8 9", ["01…89"]),
        ("звоните +7 912 345-67-89", ["+7 9…89"]),
        ("wa.me/34612345678", ["wa.me/34…78"]),
        ("telegram: johnny_88 answers", ["telegram: johnny_88"]),
        ("www.villamar.com/rooms/12345678", ["www.villamar.com/rooms/12345678"]),
    ],
)
def test_quotes_hold_nobodys_address_or_number(text: str, quotes: list[str]) -> None:
    reviews = frame([text], language="und")
    assert [hit["quote"] for facts in facts_of(judged(reviews)) for hit in facts["hits"]] == quotes
    (hit,) = json.loads(Lures().scan(reviews[list(Lures.columns)])["hits"].iloc[0])
    (lure,) = read_lures([text], ["und"])[0]
    assert hit["quote"] == quotes[0]
    assert lure.target not in hit["target"]
    assert len(hit["target"]) == 16


def test_a_quoted_offer_holds_nobodys_address_or_number() -> None:
    said = "review to anna@villamar.com or 0176 2345678 for a free drink"
    assert masked(Lure("reward", said, "en", False, "")) == "review to a…@villamar.com or 01…78 for a free drink"


def test_without_accounts_each_review_is_by_its_own_guest() -> None:
    reviews = reviews_of(DAY + np.array(MONTHS), text=OWN, language="en")
    assert judged(reviews).evidence.empty


def test_a_rarer_kind_in_the_same_review_counts() -> None:
    (facts,) = facts_of(judged(frame(["I will kill you. See www.villamar.com"])))
    assert {hit["kind"] for hit in facts["hits"]} == {"threat", "link"}
    assert facts["one_in"] == pytest.approx(1000.0 / load_card("lures").rates[-1], rel=0.01)


def test_shards_order_and_pickling_change_nothing() -> None:
    reviews = frame([*ORDINARY, *PLANTED.values()], listing_key=[f"p/{number % 3}" for number in range(14)])
    detector = pickle.loads(pickle.dumps(Lures()))
    assert detector == Lures()
    before = reviews.copy(deep=True)
    shuffled = reviews.sample(frac=1.0, random_state=1)
    parts = [detector.scan(part) for _, part in shuffled.groupby("listing_key")]
    whole, other = judged(reviews), detector.conclude(pd.concat(parts, ignore_index=True), NIGHT)
    for part in ("evidence", "members", "signals", "abstentions"):
        assert_frame_equal(getattr(whole, part), getattr(other, part))
    assert_frame_equal(reviews, before)


def test_an_empty_store_is_quiet() -> None:
    found = judged(empty(REVIEWS))
    assert len(found.evidence) == len(found.members) == len(found.signals) == len(found.abstentions) == 0


def test_the_card_knows_every_kind_and_falls() -> None:
    card = load_card("lures")
    assert set(card.tables) == {*KINDS, "hidden"}
    assert list(card.rates) == sorted(card.rates, reverse=True)
    for table in card.tables.values():
        assert table.rate(1.0) <= card.rate(table.scores[-1]) * 1.0001
