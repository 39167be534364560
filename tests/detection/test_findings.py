"""detection.findings: rows with the columns of frames, numbers alike on every machine, parts in their order."""

import json

import numpy as np
import pandas as pd
import pytest

from detection.findings import (
    abstentions,
    evidence_frame,
    evidence_row,
    joined,
    marked_abstentions,
    review_row,
    rounded,
)
from detection.generated import Generated
from detection.protocol import Findings, evidence_key
from store.frames import ABSTENTIONS, EVIDENCE, MEMBERS, SIGNALS, check

DETECTOR = Generated()


def test_numbers_have_six_digits() -> None:
    assert rounded(1 / 3) == 0.333333
    assert rounded(np.float64(123456.789)) == 123457.0
    assert rounded(1234.5, digits=3) == 1230.0
    assert isinstance(rounded(np.float64(2.0)), float)
    assert np.isnan(rounded(np.nan))


def test_a_row_has_the_columns_of_evidence() -> None:
    facts = {"b": 1, "a": [2]}
    row = evidence_row(
        DETECTOR, "k", ("group", "G-k"), (3, 5), score=1 / 3, p_value=0.5, effect=2, reviews=4, facts=facts
    )
    frame = check(evidence_frame([row]), EVIDENCE, "evidence")
    assert frame.iloc[0][["detector", "version", "subject_kind", "subject_id"]].tolist() == [
        "generated",
        DETECTOR.version,
        "group",
        "G-k",
    ]
    assert frame.iloc[0][["window_start", "window_end", "n_reviews"]].tolist() == [3, 5, 4]
    assert (frame["score"].iloc[0], frame["effect"].iloc[0]) == (0.333333, 2.0)
    assert frame["q_value"].isna().all()
    assert frame["facts"].iloc[0] == json.dumps(facts, sort_keys=True)


def test_a_review_is_its_own_subject_on_its_day() -> None:
    row = review_row(DETECTOR, "r", 7, score=0.5, p_value=0.1, q_value=0.2, effect=0.5, facts={})
    assert row["evidence_key"] == evidence_key("generated", "r", 7)
    assert (row["subject_kind"], row["subject_id"], row["window_start"], row["window_end"]) == ("review", "r", 7, 7)
    assert (row["n_reviews"], row["q_value"]) == (1, 0.2)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_parts_stand_one_after_another(number: int) -> None:
    rows = [review_row(DETECTOR, f"r{at}", 0, score=0.5, p_value=0.1, effect=0.5, facts={}) for at in range(number)]
    found = joined([Findings(evidence=evidence_frame([row])) for row in rows])
    assert found.evidence["subject_id"].tolist() == [f"r{at}" for at in range(number)]
    for frame, columns in ((found.evidence, EVIDENCE), (found.members, MEMBERS), (found.signals, SIGNALS)):
        check(frame, columns, "joined")


def test_what_was_not_judged_is_counted_by_reason_and_listing() -> None:
    partials = pd.DataFrame({"listing_key": ["b", "a", "b", "a"], "abstained": ["x", "x", "x", ""]})
    told = check(marked_abstentions(DETECTOR, partials, ("x", "y")), ABSTENTIONS, "abstentions")
    assert told[["listing_key", "reason", "reviews"]].to_numpy().tolist() == [["a", "x", 1], ["b", "x", 2]]
    assert check(abstentions(DETECTOR, []), ABSTENTIONS, "abstentions").empty
