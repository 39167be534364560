"""Cases: what belongs together is one, and keeps its id and its decision from night to night."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd
import pytest

from detection.cases import Opened, build_cases
from store.cases import CaseRow
from store.frames import EVIDENCE, MEMBERS
from tests.detection.worlds import AS_OF, DAY, reviews_of

TOMORROW = AS_OF + dt.timedelta(days=1)
REVIEWS = pd.concat(
    [
        reviews_of(
            range(DAY, DAY + 60),
            review_key=[f"{listing}{number:02d}" for number in range(60)],
            listing_key=f"p/{listing}",
            rating=[1.0 if number < 30 else 0.5 for number in range(60)],
        )
        for listing in "ab"
    ],
    ignore_index=True,
)


def keys(first: int, last: int, listing: str = "a") -> list[str]:
    return [f"{listing}{number:02d}" for number in range(first, last)]


def finding(
    key: str, *, detector: str = "bursts", subject: str = "listing", p_value: float = 1e-4, end: int = DAY + 9
) -> dict[str, object]:
    return {
        "evidence_key": key,
        "detector": detector,
        "version": 1,
        "subject_kind": subject,
        "subject_id": "p/a",
        "window_start": DAY,
        "window_end": end,
        "score": 9.0,
        "p_value": p_value,
        "q_value": 0.01,
        "effect": 2.0,
        "n_reviews": 1,
        "facts": "{}",
    }


def built(
    found: Mapping[str, Sequence[str]],
    earlier: Sequence[CaseRow] = (),
    *,
    as_of: dt.date = AS_OF,
    reviews: pd.DataFrame = REVIEWS,
    **rows: dict[str, object],
) -> Opened:
    """The cases of findings: key to reviews; rows that differ from a plain burst are given by key."""
    evidence = pd.DataFrame([rows.get(key) or finding(key) for key in found], columns=list(EVIDENCE))
    inside = [(key, review, "subject", 1.0) for key, held in found.items() for review in held]
    members = pd.DataFrame(inside, columns=list(MEMBERS))
    return build_cases(evidence.astype(dict(EVIDENCE)), members.astype(dict(MEMBERS)), reviews, list(earlier), as_of)


def only(opened: Opened) -> CaseRow:
    (case,) = opened.cases
    return case


def test_nothing_found_is_no_case() -> None:
    assert built({}) == Opened([], {})


def test_a_finding_opens_a_case_and_its_trail() -> None:
    opened = built({"e1": keys(0, 10)})
    case = only(opened)
    assert (case.kind, case.status, case.decision, case.opened, case.updated) == (
        "campaign",
        "open",
        None,
        AS_OF,
        AS_OF,
    )
    assert list(case.reviews) == keys(0, 10)
    assert case.evidence_keys == ("e1",)
    assert (case.window_start, case.window_end) == (dt.date(2022, 1, 8), dt.date(2022, 1, 17))
    assert opened.events == {case.id: [("opened", f"campaign of 10 reviews, {case.strength} evidence")]}


def test_the_next_night_without_news_writes_nothing() -> None:
    case = only(built({"e1": keys(0, 10)}))
    assert built({"e1": keys(0, 10)}, [case], as_of=TOMORROW) == Opened([], {})


def test_one_campaign_is_one_case_whatever_found_it() -> None:
    found = {"e1": keys(0, 20), "e2": keys(5, 25), "e3": keys(0, 30)}
    case = only(built(found, e3=finding("e3", detector="collusion", subject="group")))
    assert list(case.reviews) == keys(0, 30)
    assert case.evidence_keys == ("e1", "e2", "e3")
    assert case.kind == "campaign"


def test_a_single_accounts_finding_is_a_groups_case() -> None:
    """A profile is about all its reviews: it takes in a finding about one of them, and a campaign takes in both."""
    hired = finding("a1", detector="accounts", subject="account", p_value=1e-6)
    case = only(built({"a1": keys(0, 8)}, a1=hired))
    assert (case.kind, list(case.reviews)) == ("group", keys(0, 8))
    text = finding("m1", detector="mismatch", subject="review", p_value=1e-3)
    assert only(built({"a1": keys(0, 8), "m1": keys(3, 4)}, a1=hired, m1=text)).kind == "group"
    assert only(built({"a1": keys(0, 8), "e1": keys(0, 20)}, a1=hired)).kind == "campaign"


def test_copies_within_a_campaign_join_it_and_those_of_many_places_are_a_group() -> None:
    copies = finding("r1", detector="reuse", subject="group", p_value=1e-5)
    case = only(built({"e1": keys(0, 20), "r1": keys(4, 9)}, r1=copies))
    assert (case.kind, list(case.reviews), case.evidence_keys) == ("campaign", keys(0, 20), ("e1", "r1"))
    across = [*keys(0, 2), *keys(0, 2, "b")]
    assert only(built({"r1": across}, r1=copies)).kind == "group"
    both = built({"e1": keys(0, 20), "r1": [*across, *keys(50, 60)]}, r1=copies).cases
    assert sorted(case.kind for case in both) == ["campaign", "group"]


def test_a_lure_is_a_review_of_its_own() -> None:
    case = only(built({"l1": keys(3, 4)}, l1=finding("l1", detector="lures", subject="review", p_value=1e-4)))
    assert (case.kind, case.strength, list(case.reviews)) == ("review", "moderate", keys(3, 4))


def test_a_mere_indication_is_no_case() -> None:
    mere = finding("i1", detector="generated", subject="review", p_value=1e-9)
    assert built({"i1": keys(3, 4)}, i1=mere) == Opened([], {})
    other = finding("i2", detector="generated", subject="review", p_value=1e-9)
    assert built({"i1": keys(3, 4), "i2": keys(3, 4)}, i1=mere, i2=other) == Opened([], {})


@pytest.mark.parametrize(
    ("detector", "subject", "held"),
    [("bursts", "listing", keys(0, 20)), ("mismatch", "review", keys(3, 4)), ("accounts", "account", keys(0, 8))],
)
def test_a_mere_indication_is_listed_in_a_case_and_changes_nothing_else(
    detector: str, subject: str, held: list[str]
) -> None:
    rows = {"e1": finding("e1", detector=detector, subject=subject, p_value=1 / 60)}
    plain = only(built({"e1": held}, **rows))
    mere = finding("i1", detector="generated", subject="review", p_value=1e-9, end=DAY + 50)
    beside = only(built({"e1": held, "i1": keys(3, 4)}, i1=mere, **rows))
    assert beside.evidence_keys == ("e1", "i1")
    assert replace(beside, evidence_keys=plain.evidence_keys) == plain


def test_a_mere_indication_neither_joins_two_cases_nor_adds_weight() -> None:
    """Two campaigns that share one review, about which a text says little."""
    mere = finding("i1", detector="generated", subject="review", p_value=1e-9)
    evidence = pd.DataFrame([finding("e1"), finding("e2"), mere], columns=list(EVIDENCE)).astype(dict(EVIDENCE))
    weights = {"e1": (keys(0, 10), 0.25), "e2": (keys(9, 19), 0.5), "i1": (["a09"], 1.0)}
    inside = [(key, review, "subject", weight) for key, (held, weight) in weights.items() for review in held]
    members = pd.DataFrame(inside, columns=list(MEMBERS)).astype(dict(MEMBERS))
    cases = build_cases(evidence, members, REVIEWS, [], AS_OF).cases
    assert sorted(case.evidence_keys for case in cases) == [("e1", "i1"), ("e2", "i1")]
    assert sorted(case.reviews["a09"] for case in cases) == [0.25, 0.5]


def test_a_single_accounts_case_stays_when_a_ring_is_found_about_it() -> None:
    hired = finding("a1", detector="accounts", subject="account", p_value=1e-6)
    before = only(built({"a1": keys(0, 8)}, a1=hired))
    assert built({"a1": keys(0, 8)}, [before], as_of=TOMORROW, a1=hired) == Opened([], {})
    ring = finding("g1", detector="collusion", subject="group", p_value=1e-6)
    case = only(built({"a1": keys(0, 8), "g1": keys(0, 30)}, [before], as_of=TOMORROW, a1=hired, g1=ring))
    assert (case.id, case.kind, len(case.reviews)) == (before.id, "group", 30)


def test_what_shares_less_than_half_of_the_smaller_one_is_two_cases() -> None:
    assert len(built({"e1": keys(0, 20), "e2": keys(11, 31)}).cases) == 2
    assert len(built({"e1": keys(0, 20), "e2": keys(10, 30)}).cases) == 1


def test_tomorrows_burst_extends_todays_case() -> None:
    today = only(built({"e1": keys(0, 10)}))
    grown = built({"e9": keys(2, 14)}, [today], as_of=TOMORROW, e9=finding("e9", end=DAY + 14))
    case = only(grown)
    assert case.id == today.id
    assert (case.opened, case.updated) == (AS_OF, TOMORROW)
    assert list(case.reviews) == keys(2, 14)
    assert case.window_end == dt.date(2022, 1, 22)
    assert grown.events[case.id] == [("updated", f"4 new reviews, {case.strength} evidence")]


def test_an_id_lasts_through_many_nights_of_drift() -> None:
    case = only(built({"e1": keys(0, 10)}))
    first = case.id
    for night in range(1, 30):
        case = only(built({f"n{night}": keys(night, 10 + night)}, [case], as_of=AS_OF + dt.timedelta(days=night)))
        assert case.id == first
    assert list(case.reviews) == keys(29, 39)
    assert case.opened == AS_OF


def test_a_new_case_where_too_little_is_shared() -> None:
    today = only(built({"e1": keys(0, 10)}))
    case = only(built({"e9": keys(6, 20)}, [today], as_of=TOMORROW))
    assert case.id != today.id
    assert case.opened == TOMORROW


def test_a_case_whose_evidence_is_gone_stays_as_it_was() -> None:
    today = only(built({"e1": keys(0, 10)}))
    assert built({}, [today], as_of=TOMORROW) == Opened([], {})


@pytest.mark.parametrize("status", ["upheld", "dismissed", "closed"])
def test_a_decision_stays_and_a_little_more_does_not_open_the_case_again(status: str) -> None:
    decided = replace(only(built({"e1": keys(0, 20)})), status=status, decision=status, reason="BENIGN_EVENT")
    assert built({"e1": keys(0, 20)}, [decided], as_of=TOMORROW) == Opened([], {})
    case = only(built({"e1": keys(0, 25)}, [decided], as_of=TOMORROW))
    assert (case.id, case.status, case.decision, case.reason) == (decided.id, status, status, "BENIGN_EVENT")
    assert len(case.reviews) == 25


def test_a_decided_case_opens_again_when_it_has_grown() -> None:
    before = only(built({"e1": keys(0, 20)}))
    decided = replace(before, status="dismissed", decision="dismissed", reason="BENIGN_EVENT")
    opened = built({"e1": keys(0, 26)}, [decided], as_of=TOMORROW)
    case = only(opened)
    assert (case.id, case.status, case.decision) == (before.id, "open", "dismissed")
    assert opened.events[case.id][0][1].endswith("and opened again")


def test_a_decided_case_that_grows_a_little_each_night_opens_again() -> None:
    case = replace(only(built({"e1": keys(0, 20)})), status="dismissed", decision="dismissed")
    statuses = []
    for night in range(1, 5):
        opened = built({"e1": keys(0, 20 + 2 * night)}, [case], as_of=AS_OF + dt.timedelta(days=night))
        case = only(opened)
        statuses.append(case.status)
    assert statuses == ["dismissed", "dismissed", "open", "open"]


def test_a_claimed_case_stays_claimed_however_it_grows() -> None:
    claimed = replace(only(built({"e1": keys(0, 10)})), status="claimed")
    assert only(built({"e1": keys(0, 20)}, [claimed], as_of=TOMORROW)).status == "claimed"


def test_a_single_reviews_case_neither_swallows_a_campaign_nor_lends_its_id() -> None:
    alone = finding("m1", detector="mismatch", subject="review", p_value=1e-3)
    single = only(built({"m1": keys(3, 4)}, m1=alone))
    assert single.kind == "review"
    dismissed = replace(single, status="dismissed", decision="dismissed")
    case = only(built({"m1": keys(3, 4), "e1": keys(0, 10)}, [dismissed], as_of=TOMORROW, m1=alone))
    assert case.id != single.id
    assert (case.kind, case.status, case.decision) == ("campaign", "open", None)


def test_a_campaign_does_not_become_a_single_reviews_case() -> None:
    campaign = only(built({"e1": keys(0, 10)}))
    alone = finding("m1", detector="mismatch", subject="review", p_value=1e-3)
    case = only(built({"m1": keys(3, 4)}, [campaign], as_of=TOMORROW, m1=alone))
    assert (case.id != campaign.id, case.kind) == (True, "review")


def test_a_case_that_falls_in_two_gives_two_ids() -> None:
    whole = only(built({"e1": keys(0, 10)}))
    # e0 comes first and keeps the id; what is left of e1 must not be given the same one.
    halves = built({"e0": keys(0, 6), "e1": keys(6, 10)}, [whole], as_of=TOMORROW)
    ids = [case.id for case in halves.cases]
    assert len(ids) == len(set(ids)) == 2
    assert whole.id in ids
    assert built({"e0": keys(0, 6), "e1": keys(6, 10)}, halves.cases, as_of=TOMORROW) == Opened([], {})


def test_two_findings_never_share_one_earlier_case() -> None:
    earlier = only(built({"e1": keys(0, 20)}))
    found = built({"e5": keys(0, 10), "e6": keys(10, 20)}, [earlier], as_of=TOMORROW)
    assert sum(case.id == earlier.id for case in found.cases) == 1


def test_the_order_of_evidence_and_reviews_leaves_no_trace() -> None:
    found = {"e3": keys(0, 30), "e1": keys(40, 50), "e2": keys(5, 25), "e4": keys(0, 9, "b")}
    backwards = {key: held[::-1] for key, held in reversed(found.items())}
    shuffled = REVIEWS.sample(frac=1.0, random_state=1).reset_index(drop=True)
    one, other = built(found), built(backwards, reviews=shuffled)
    assert one == other
    assert len(one.cases) == 3


def test_the_order_of_earlier_cases_leaves_no_trace() -> None:
    earlier = [replace(only(built({"e1": keys(0, 10)})), id=f"C-{number}") for number in range(3)]
    found = {"e9": keys(1, 11)}
    assert built(found, earlier) == built(found, earlier[::-1])


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        ([("bursts", "listing", 1 / 10)], "weak"),
        ([("bursts", "listing", 1 / 60)], "moderate"),
        ([("bursts", "listing", 1 / 600)], "strong"),
        # The highest word takes two kinds of evidence.
        ([("bursts", "listing", 1e-9)], "strong"),
        ([("bursts", "listing", 1e-9), ("bursts", "listing", 1e-9)], "strong"),
        ([("bursts", "listing", 1e-9), ("collusion", "group", 0.5)], "very strong"),
        ([("collusion", "group", 1 / 2_000)], "weak"),
        ([("collusion", "group", 1 / 200_000)], "strong"),
        # A single review never gets further than moderate.
        ([("mismatch", "review", 1 / 20)], "weak"),
        ([("mismatch", "review", 1e-9)], "moderate"),
        ([("mismatch", "review", 1e-9), ("lures", "review", 1e-9)], "moderate"),
        ([("lures", "review", 1 / 100)], "weak"),
        ([("lures", "review", 1 / 500)], "moderate"),
        # Copies are of several reviews, and still one kind of evidence.
        ([("reuse", "group", 1 / 5_000)], "moderate"),
        ([("reuse", "group", 1e-9)], "strong"),
        # Bursts and groups read alike texts themselves.
        ([("reuse", "group", 1e-9), ("bursts", "listing", 0.5)], "strong"),
        ([("reuse", "group", 1e-9), ("collusion", "group", 0.5)], "strong"),
        ([("reuse", "group", 1e-9), ("bursts", "listing", 0.5), ("collusion", "group", 0.5)], "very strong"),
        ([("reuse", "group", 1e-9), ("accounts", "account", 0.5)], "very strong"),
        # A mere indication is no kind of evidence, however rare.
        ([("mismatch", "review", 1 / 20), ("generated", "review", 1e-9)], "weak"),
        ([("bursts", "listing", 1e-9), ("generated", "review", 1e-9)], "strong"),
        ([("accounts", "account", 1e-9), ("generated", "review", 1e-9)], "moderate"),
        # Nor does one kind of evidence about a single account.
        ([("accounts", "account", 1 / 10_000)], "weak"),
        ([("accounts", "account", 1e-9)], "moderate"),
        ([("travel", "account", 1e-9)], "moderate"),
        ([("accounts", "account", 1e-9), ("travel", "account", 0.5)], "very strong"),
        ([("accounts", "account", 1e-9), ("mismatch", "review", 0.5)], "very strong"),
        ([("accounts", "account", 1 / 60_000), ("collusion", "group", 1 / 200_000)], "strong"),
        # Of a detector that has no scale nothing is known.
        ([("elsewhere", "listing", 1e-9)], "weak"),
    ],
)
def test_the_words_for_strength_and_their_caps(rows: list[tuple[str, str, float]], word: str) -> None:
    single = {kind for _, kind, _ in rows} == {"review"}
    found = {f"e{at}": keys(0, 1 if single else 10) for at in range(len(rows))}
    given = {
        f"e{at}": finding(f"e{at}", detector=detector, subject=subject, p_value=p)
        for at, (detector, subject, p) in enumerate(rows)
    }
    assert only(built(found, **given)).strength == word


def test_priority_is_between_0_and_1_and_falls_with_age() -> None:
    fresh = only(built({"e1": keys(0, 10)}, as_of=dt.date(2022, 1, 18)))
    old = only(built({"e1": keys(0, 10)}, as_of=dt.date(2023, 1, 18)))
    assert 0.0 < old.priority < fresh.priority <= 1.0
    assert set(fresh.facts["priority_factors"]) == {"strength", "harm", "urgency"}
    assert fresh.facts["evidence_kinds"] == ["bursts"]


def test_harm_grows_with_how_far_the_reviews_move_the_rating() -> None:
    mover = only(built({"e1": keys(0, 30)}))  # all of the best ratings
    usual = only(built({"e1": keys(15, 45)}))  # half best, half not
    assert mover.facts["priority_factors"]["harm"] > usual.facts["priority_factors"]["harm"]
    assert mover.priority > usual.priority


def test_ageing_alone_is_nothing_to_report() -> None:
    case = only(built({"e1": keys(0, 10)}, as_of=dt.date(2022, 1, 18)))
    assert built({"e1": keys(0, 10)}, [case], as_of=dt.date(2024, 1, 18)) == Opened([], {})
