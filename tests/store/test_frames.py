"""store.frames: a frame is what was declared, or an error names the frame and the column."""

import pandas as pd
import pytest

from store import frames
from store.frames import FrameError, build, check, empty

COLUMNS = {"key": "str", "day": "int32", "score": "float64"}
DECLARED = {name: getattr(frames, name) for name in dir(frames) if name.isupper()}


def good():
    return build({"key": ["a", "b"], "day": [1, 2], "score": [0.5, 1.0]}, COLUMNS)


def test_a_good_frame_passes_with_its_columns_in_order():
    shuffled = good()[["score", "key", "day"]].assign(extra=1)
    passed = check(shuffled, COLUMNS, "things")
    assert list(passed.columns) == ["key", "day", "score"]
    assert passed["key"].tolist() == ["a", "b"]


def test_check_leaves_its_input_alone():
    frame = good().assign(extra=1)
    check(frame, COLUMNS, "things")
    assert "extra" in frame.columns


def test_a_missing_column_is_named():
    with pytest.raises(FrameError, match=r"^things: column 'day' is missing$"):
        check(good().drop(columns="day"), COLUMNS, "things")


@pytest.mark.parametrize(("column", "dtype", "declared"), [("day", "int64", "int32"), ("score", "float32", "float64")])
def test_a_wrong_dtype_is_named_with_the_right_one(column, dtype, declared):
    with pytest.raises(FrameError, match=rf"^things: column '{column}' is {dtype}, not {declared}$"):
        check(good().astype({column: dtype}), COLUMNS, "things")


def test_object_strings_are_not_str():
    with pytest.raises(FrameError, match="column 'key' is object, not str"):
        check(good().astype({"key": "object"}), COLUMNS, "things")


def test_build_repeats_scalars():
    frame = build({"key": ["a", "b"], "day": 7, "score": 0.5}, COLUMNS)
    assert frame["day"].tolist() == [7, 7]
    check(frame, COLUMNS, "things")


def test_build_keeps_missing_strings_missing():
    frame = build({"key": ["a", None], "day": [1, 2], "score": [0.5, 1.0]}, COLUMNS)
    assert frame["key"].isna().tolist() == [False, True]


def test_build_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="abc"):
        build({"key": ["a"], "day": [1], "score": ["abc"]}, COLUMNS)


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_an_empty_frame_of_every_declaration_passes(name):
    frame = check(empty(DECLARED[name]), DECLARED[name], name)
    assert len(frame) == 0
    assert list(frame.columns) == list(DECLARED[name])


def test_the_declarations_are_the_six_the_owners_and_the_reviews():
    assert set(DECLARED) == {
        "REVIEWS",
        "OWNERS",
        "EVIDENCE",
        "MEMBERS",
        "SIGNALS",
        "ABSTENTIONS",
        "REVIEW_SCORES",
        "REVIEWER_SCORES",
    }


def test_a_frame_error_is_a_type_error():
    assert issubclass(FrameError, TypeError)
    with pytest.raises(TypeError):
        check(pd.DataFrame(), COLUMNS, "things")
