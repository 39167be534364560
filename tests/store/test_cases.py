"""store.cases: cases whole, decisions that stay, a trail that only grows."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from store.cases import (
    DECISIONS,
    REASONS,
    STATUSES,
    CaseError,
    CaseRow,
    decide,
    read_cases,
    read_events,
    read_upheld,
    write_cases,
)
from tests.store.filled import KEYS, fill
from tests.store.processes import race

DAY = dt.date(2026, 3, 20)
NEXT = dt.date(2026, 3, 21)
CASE = CaseRow(
    id="case-1",
    kind="campaign",
    status="open",
    priority=12.5,
    strength="strong",
    window_start=dt.date(2026, 3, 1),
    window_end=dt.date(2026, 3, 14),
    opened=DAY,
    updated=DAY,
    reviews={KEYS[0]: 1.0, KEYS[1]: 0.25},
    evidence_keys=("e1", "e2"),
    facts={"observed": 40, "reasons": ["FAKE_ENGAGEMENT_GROUP"]},
)
GOOD = {"decision": "upheld", "reason": "FAKE_ENGAGEMENT_GROUP", "by": "Ada", "on": NEXT}


@pytest.fixture
def filled(database):
    return fill(database)


@pytest.fixture
def opened(filled):
    write_cases(filled, [CASE], {"case-1": [("opened", "40 reviews")]})
    return filled


def only(database):
    (case,) = read_cases(database)
    return case


def test_a_case_comes_back_as_it_went(opened):
    assert only(opened) == CASE


def test_reviews_that_people_upheld_as_a_campaigns(opened):
    assert read_upheld(opened) == ()
    decide(opened, "case-1", **GOOD)
    # The other one is hardly part of the case.
    assert read_upheld(opened) == (KEYS[0],)
    again = replace(CASE, id="case-2", reviews={KEYS[0]: 0.9, KEYS[2]: 0.5})
    write_cases(opened, [again], {})
    decide(opened, "case-2", **{**GOOD, "reason": "NOT_A_GUEST"})
    assert read_upheld(opened) == tuple(sorted((KEYS[0], KEYS[2])))


@pytest.mark.parametrize(
    "said",
    [{"decision": "dismissed"}, {"decision": "open"}, {"reason": "RATING_TEXT_MISMATCH"}, {"reason": "OFF_TOPIC_WAVE"}],
)
def test_other_decisions_say_nothing_of_others(opened, said):
    decide(opened, "case-1", **{**GOOD, **said})
    assert read_upheld(opened) == ()


def test_cases_come_by_id_each_with_its_own(filled):
    other = replace(CASE, id="a", reviews={KEYS[2]: 0.5}, evidence_keys=("e3",), window_start=None, window_end=None)
    bare = replace(CASE, id="z", reviews={}, evidence_keys=(), facts={})
    write_cases(filled, [CASE, bare, other], {})
    assert read_cases(filled) == [other, CASE, bare]
    assert read_events(filled, "a") == []


def test_writing_again_replaces_the_case_whole(opened):
    grown = replace(CASE, updated=NEXT, priority=13.0, reviews={KEYS[1]: 0.5, KEYS[2]: 1.0}, evidence_keys=("e2",))
    write_cases(opened, [grown], {})
    assert only(opened) == grown


def test_writing_the_same_again_changes_nothing(opened):
    write_cases(opened, [CASE], {})
    assert only(opened) == CASE
    assert len(read_events(opened, "case-1")) == 1


def test_writing_nothing_is_nothing(filled):
    write_cases(filled, [], {})
    assert read_cases(filled) == []


def test_the_trail_is_numbered_and_only_grows(opened):
    write_cases(opened, [replace(CASE, updated=NEXT)], {"case-1": [("extended", "2 more"), ("raised", "stronger")]})
    trail = read_events(opened, "case-1")
    assert [(each.number, each.on, each.kind, each.actor, each.note) for each in trail] == [
        (1, DAY, "opened", "fairstay", "40 reviews"),
        (2, NEXT, "extended", "fairstay", "2 more"),
        (3, NEXT, "raised", "fairstay", "stronger"),
    ]


def test_events_of_other_cases_are_not_entered(opened):
    write_cases(opened, [CASE], {"case-2": [("opened", "nothing")]})
    assert read_events(opened, "case-2") == []


def test_a_case_about_an_unknown_review_leaves_everything_as_it_was(opened):
    good, bad = replace(CASE, priority=99.0), replace(CASE, id="case-2", reviews={"0" * 24: 1.0})
    with pytest.raises(IntegrityError):
        write_cases(opened, [good, bad], {"case-1": [("extended", "")]})
    assert only(opened) == CASE
    assert len(read_events(opened, "case-1")) == 1


# Decisions


@pytest.mark.parametrize("decision", ["upheld", "dismissed", "closed"])
def test_a_decision_is_entered_and_stays(opened, decision):
    decide(opened, "case-1", **{**GOOD, "decision": decision}, note="seen the hotel's list")
    case = only(opened)
    assert (case.status, case.decision, case.reason, case.updated) == (decision, decision, GOOD["reason"], NEXT)
    assert (case.reviews, case.evidence_keys, case.opened) == (CASE.reviews, CASE.evidence_keys, DAY)
    last = read_events(opened, "case-1")[-1]
    assert (last.number, last.on, last.kind, last.actor) == (2, NEXT, "decided", "Ada")
    assert (last.decision, last.reason, last.note) == (decision, GOOD["reason"], "seen the hotel's list")
    write_cases(opened, [replace(case, priority=1.0)], {})
    assert (only(opened).status, only(opened).decision) == (decision, decision)


def test_a_case_can_be_opened_again_and_both_decisions_are_in_the_trail(opened):
    decide(opened, "case-1", **GOOD)
    decide(opened, "case-1", decision="open", reason="INSUFFICIENT", by="Grace", on=NEXT)
    assert (only(opened).status, only(opened).decision) == ("open", None)
    assert [(each.actor, each.decision) for each in read_events(opened, "case-1")[1:]] == [
        ("Ada", "upheld"),
        ("Grace", "open"),
    ]


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_can_be_given(opened, reason):
    decide(opened, "case-1", **{**GOOD, "reason": reason})
    assert only(opened).reason == reason


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"decision": "claimed"}, r"^no decision 'claimed': one of upheld, dismissed, closed, open$"),
        ({"decision": "UPHELD"}, "no decision 'UPHELD'"),
        ({"decision": ""}, "no decision ''"),
        ({"reason": "because"}, "no reason 'because': one of FAKE_ENGAGEMENT_GROUP, "),
        ({"reason": ""}, "no reason ''"),
        ({"by": ""}, "needs the name"),
        ({"by": " \t"}, "needs the name"),
    ],
)
def test_a_wrong_decision_is_refused_and_changes_nothing(opened, changes, words):
    with pytest.raises(CaseError, match=words) as caught:
        decide(opened, "case-1", **{**GOOD, **changes})
    assert "\n" not in str(caught.value)
    assert only(opened) == CASE
    assert len(read_events(opened, "case-1")) == 1


def test_a_decision_on_no_case_is_refused(opened):
    with pytest.raises(CaseError, match="no case 'case-9'"):
        decide(opened, "case-9", **GOOD)
    assert read_events(opened, "case-9") == []
    assert only(opened) == CASE


def test_the_name_is_trimmed(opened):
    decide(opened, "case-1", **{**GOOD, "by": "  Ada "})
    assert read_events(opened, "case-1")[-1].actor == "Ada"


def test_decisions_at_the_same_time_are_all_in_the_trail(opened, tmp_path):
    url = opened.engine.url.render_as_string(hide_password=False)
    prepare = f"""
import datetime as dt, os
from store.cases import decide
from store.database import open_database
database = open_database({url!r})
how = dict(decision="upheld", reason="STALE", by=str(os.getpid()), on=dt.date(2026, 3, 21))
"""
    code = "for _ in range(5): decide(database, 'case-1', **how)\ndatabase.close()"
    said = race(tmp_path / "go", prepare, code, processes=3)
    assert [each.returncode for each in said] == [0, 0, 0], [each.stderr for each in said]
    trail = read_events(opened, "case-1")
    assert [each.number for each in trail] == list(range(1, 17))
    assert len({each.actor for each in trail}) == 4


def test_the_words_are_those_of_the_design():
    assert STATUSES == ("open", "claimed", "upheld", "dismissed", "closed")
    assert set(DECISIONS) <= set(STATUSES)
    assert len(set(REASONS)) == 14


def test_words_fit_their_columns(opened):
    # PostgreSQL refuses what is longer than declared; SQLite would not notice.
    with opened.read() as connection:
        assert connection.scalar(text("select count(*) from cases")) == 1
    assert max(map(len, REASONS)) <= 32
    assert max(map(len, STATUSES)) <= 16
