from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detection import counting
from detection.counting import DayCounts, WindowCounts, counts, thinned

reviews = st.lists(st.tuples(st.integers(0, 4), st.integers(-30, 400), st.booleans()), min_size=1, max_size=40)
questions = st.lists(
    st.tuples(st.integers(0, 4), st.integers(-500, 900), st.integers(-3, 500)), min_size=1, max_size=20
)


@pytest.mark.parametrize("make", [WindowCounts, DayCounts])
@settings(deadline=None)
@given(said=reviews, asked=questions)
def test_counts_and_exposure_are_those_of_a_loop(
    make: type[WindowCounts | DayCounts], said: list[tuple[int, int, bool]], asked: list[tuple[int, int, int]]
) -> None:
    subjects, days, marks = (np.array(column) for column in zip(*said, strict=True))
    asked = [question for question in asked if question[0] <= subjects.max()] or [(int(subjects[0]), 0, 10)]
    who, first, length = (np.array(column, dtype="int64") for column in zip(*asked, strict=True))
    last = first + length - 1
    streams = {"all": np.ones(len(days), dtype=bool), "marked": marks.astype(bool)}
    held = make(subjects.astype("int64"), days.astype("int64"), streams)

    found = held.count(who, first, last)
    exposure = held.exposure(who, first, last)
    for row, (subject, start, end) in enumerate(zip(who, first, last, strict=True)):
        inside = [mark for s, day, mark in said if s == subject and start <= day <= end]
        assert found["all"][row] == len(inside)
        assert found["marked"][row] == sum(inside)
        begun = min((day for s, day, _ in said if s == subject), default=None)
        days_open = 0 if begun is None else sum(1 for day in range(start, end + 1) if day >= begun)
        assert exposure[row] == days_open


@settings(deadline=None)
@given(reviews)
def test_anchors_are_the_days_with_a_review_and_count_what_lies_before_them(said: list[tuple[int, int, bool]]) -> None:
    said = [(subject, day + 30, mark) for subject, day, mark in said]
    subjects, days, marks = (np.array(column) for column in zip(*said, strict=True))
    held = WindowCounts(subjects.astype("int64"), days.astype("int64"), {"marked": marks.astype(bool)})
    anchors = held.anchors()
    pairs = list(zip(anchors.subject.tolist(), anchors.day.tolist(), strict=True))
    assert pairs == sorted({(subject, day) for subject, day, _ in said})
    for length in (1, 7, 500):
        found = held.count_up_to("marked", anchors, length).tolist()
        assert found == [
            sum(mark for s, d, mark in said if s == subject and day - length < d <= day) for subject, day in pairs
        ]
    some = anchors.take(anchors.day % 2 == 0)
    assert list(zip(some.subject.tolist(), some.day.tolist(), strict=True)) == [
        pair for pair in pairs if pair[1] % 2 == 0
    ]
    for subject in np.unique(subjects):
        row = held.first_row[subject]
        assert (subjects[row], days[row]) == (subject, days[subjects == subject].min())
        assert held.last_day[subject] == days[subjects == subject].max()


@settings(deadline=None)
@given(said=reviews, asked=questions)
def test_one_stream_is_counted_as_all_are(said: list[tuple[int, int, bool]], asked: list[tuple[int, int, int]]) -> None:
    subjects, days, marks = (np.array(column) for column in zip(*said, strict=True))
    who, first, length = (np.array(column, dtype="int64") for column in zip(*asked, strict=True))
    last = first + np.maximum(length, 1) - 1
    held = WindowCounts(subjects.astype("int64"), days.astype("int64"), {"marked": marks.astype(bool)})
    assert held.count_stream("marked", who, first, last).tolist() == held.count(who, first, last)["marked"].tolist()


def test_a_subject_without_a_review_has_no_last_day() -> None:
    held = WindowCounts(np.array([0, 2]), np.array([10, 20]), {"all": np.ones(2, dtype=bool)})
    assert held.last_day.tolist()[::2] == [10, 20]
    assert held.last_day[1] < -(10**9)


def test_few_subjects_are_looked_up_and_many_searched_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = np.array([0, 3, 3]), np.array([10, 20, 30]), {"all": np.ones(3, dtype=bool)}
    assert isinstance(counts(*asked), DayCounts)
    monkeypatch.setattr(counting, "_MOST_CELLS", 80)
    assert isinstance(counts(*asked), WindowCounts)


@pytest.mark.parametrize("make", [WindowCounts, DayCounts])
def test_both_ends_are_inside_and_neighbours_never_touch(make: type[WindowCounts | DayCounts]) -> None:
    subjects, days = np.array([0, 0, 1, 1]), np.array([10, 20, 10, 999_999])
    held = make(subjects, days, {"all": np.ones(4, dtype=bool)})
    asked = [
        (0, 10, 20, 2),
        (0, 11, 19, 0),
        (0, 20, 20, 1),
        (1, -900_000, 9, 0),
        (0, 21, 900_000, 0),
        (0, 20, 10, 0),
        (0, 21, 5, 0),
    ]
    for subject, first, last, expected in asked:
        found = held.count(np.array([subject]), np.array([first]), np.array([last]))["all"]
        assert found.tolist() == [expected], (subject, first, last)


@pytest.mark.parametrize("make", [WindowCounts, DayCounts, counts])
def test_nothing_to_count(make: Callable[..., WindowCounts | DayCounts]) -> None:
    none = np.array([], dtype="int64")
    held = make(none, none, {"all": none.astype(bool)})
    assert held.count(none, none, none)["all"].tolist() == []
    assert held.exposure(none, none, none).tolist() == []
    if isinstance(held, WindowCounts):
        assert held.count_up_to("all", held.anchors(), 7).tolist() == []


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 500))
def test_a_thinned_table_keeps_rows_and_columns_alike(rows: int, columns: int, most: int) -> None:
    cells = thinned(rows, columns, most)
    assert len(cells) == len(np.unique(cells)) <= most
    if rows * columns <= most:
        assert cells.tolist() == list(range(rows * columns))
    else:
        step = int(cells[1] - cells[0]) if len(cells) > 1 else rows * columns
        # A stride is seldom much more than was asked for, and each row is met as often as any other.
        assert step < rows * columns / most + 8
        by_row = np.bincount(cells // columns, minlength=rows)
        assert by_row.max() - by_row.min() <= 1
        by_column = np.bincount(cells % columns, minlength=columns)
        assert by_column.max() - by_column.min() <= 1
