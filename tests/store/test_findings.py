"""store.findings: a night's findings take the place of the last one's, all of them or none."""

import json

import pandas as pd
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from store.findings import read_evidence, replace_findings
from store.frames import EVIDENCE, MEMBERS, FrameError
from store.reading import read_abstentions, read_review_scores, read_reviewer_scores
from tests.store.filled import KEYS, TOKENS, fill, findings, nothing


@pytest.fixture
def filled(database):
    return fill(database)


def state(database):
    tables = ("evidence", "evidence_review", "abstention", "review_score", "reviewer_score")
    with database.read() as connection:
        return {name: [str(row) for row in connection.execute(text(f"select * from {name}"))] for name in tables}


def test_evidence_comes_back_as_it_went(filled):
    given = findings()
    replace_findings(filled, **given)
    evidence, members = read_evidence(filled)
    pd.testing.assert_frame_equal(evidence, given["evidence"], check_exact=True)
    expected = given["members"].sort_values(["evidence_key", "review_key"], ignore_index=True)
    pd.testing.assert_frame_equal(members, expected, check_exact=True)


def test_missing_windows_and_numbers_come_back_missing(filled):
    nan = float("nan")
    given = findings(window_start=-1, window_end=-1, p_value=nan, q_value=nan, effect=nan)
    replace_findings(filled, **given)
    with filled.read() as connection:
        row = connection.execute(text("select window_start, window_end, p_value, q_value, effect from evidence")).one()
    assert tuple(row) == (None,) * 5
    pd.testing.assert_frame_equal(read_evidence(filled)[0], given["evidence"], check_exact=True)


def test_windows_are_days(filled):
    replace_findings(filled, **findings())
    with filled.read() as connection:
        row = connection.execute(text("select window_start, window_end from evidence")).one()
    assert [str(each) for each in row] == ["2026-03-08", "2026-03-18"]


def test_facts_are_read_in_one_order_of_their_names(filled):
    replace_findings(filled, **findings(facts='{"z": [1, {"b": 2, "a": "ü"}], "a": 0.1}'))
    facts = read_evidence(filled)[0]["facts"].item()
    assert facts == json.dumps(json.loads(facts), sort_keys=True)
    assert json.loads(facts) == {"z": [1, {"b": 2, "a": "ü"}], "a": 0.1}


def test_scores_keep_their_detectors_as_lists(filled):
    replace_findings(filled, **findings())
    scores = read_review_scores(filled).set_index("review_key")
    assert scores["detectors"].to_dict() == {KEYS[0]: ["bursts", "reuse"], KEYS[1]: []}
    assert scores["score"].to_dict() == {KEYS[0]: 0.9, KEYS[1]: 0.1}
    groups = read_reviewer_scores(filled).set_index("reviewer_key")["group_id"]
    assert groups[TOKENS[0]] == "g1"
    assert pd.isna(groups[TOKENS[1]])


def test_a_night_takes_the_place_of_the_last_one(filled):
    replace_findings(filled, **findings())
    other = findings(evidence_key=["e2"])
    other["members"] = other["members"].assign(evidence_key="e2").astype(dict(MEMBERS))
    replace_findings(filled, **other)
    evidence, members = read_evidence(filled)
    assert evidence["evidence_key"].tolist() == ["e2"]
    assert set(members["evidence_key"]) == {"e2"}
    assert len(read_abstentions(filled)) == 1


def test_the_same_night_again_changes_nothing(filled):
    replace_findings(filled, **findings())
    before = state(filled)
    replace_findings(filled, **findings())
    assert state(filled) == before


def test_a_night_that_found_nothing_empties_all(filled):
    replace_findings(filled, **findings())
    replace_findings(filled, **nothing())
    assert state(filled) == {name: [] for name in state(filled)}
    evidence, members = read_evidence(filled)
    assert {name: str(dtype) for name, dtype in evidence.dtypes.items()} == dict(EVIDENCE)
    assert {name: str(dtype) for name, dtype in members.dtypes.items()} == dict(MEMBERS)


def unknown(frame, column):
    return frame.assign(**{column: "0" * 24}).astype({column: "str"})


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("members", "review_key"),
        ("members", "evidence_key"),
        ("abstentions", "listing_key"),
        ("review_scores", "review_key"),
        ("reviewer_scores", "reviewer_key"),
    ],
)
def test_a_part_that_fails_leaves_the_last_nights_findings(filled, name, column):
    replace_findings(filled, **findings())
    before = state(filled)
    bad = findings(score=0.1)
    bad[name] = unknown(bad[name].head(1), column)
    with pytest.raises(DBAPIError):
        replace_findings(filled, **bad)
    assert state(filled) == before


@pytest.mark.parametrize("name", sorted(findings()))
def test_a_frame_that_is_not_as_declared_is_refused_before_anything_is_done(filled, name):
    replace_findings(filled, **findings())
    before = state(filled)
    bad = findings()
    bad[name] = bad[name].iloc[:, 1:]
    with pytest.raises(FrameError, match=f"^{name.replace('_', ' ')}: column '.*' is missing$"):
        replace_findings(filled, **bad)
    assert state(filled) == before


def test_more_columns_than_declared_do_no_harm(filled):
    given = {name: frame.assign(more=1) for name, frame in findings().items()}
    replace_findings(filled, **given)
    assert len(read_evidence(filled)[0]) == 1


def test_a_reader_sees_the_old_findings_until_the_new_ones_are_whole(filled):
    replace_findings(filled, **findings())
    with filled.write() as connection:
        connection.execute(text("delete from evidence_review"))
        connection.execute(text("delete from evidence"))
        assert len(read_evidence(filled)[0]) == 1
    assert len(read_evidence(filled)[0]) == 0
