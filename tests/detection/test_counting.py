import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detection.counting import WindowCounts

reviews = st.lists(st.tuples(st.integers(0, 4), st.integers(-30, 400), st.booleans()), min_size=1, max_size=40)
questions = st.lists(
    st.tuples(st.integers(0, 4), st.integers(-500, 900), st.integers(-3, 500)), min_size=1, max_size=20
)


@settings(deadline=None)
@given(reviews, questions)
def test_counts_and_exposure_are_those_of_a_loop(
    said: list[tuple[int, int, bool]], asked: list[tuple[int, int, int]]
) -> None:
    subjects, days, marks = (np.array(column) for column in zip(*said, strict=True))
    asked = [question for question in asked if question[0] <= subjects.max()] or [(int(subjects[0]), 0, 10)]
    who, first, length = (np.array(column, dtype="int64") for column in zip(*asked, strict=True))
    last = first + length - 1
    streams = {"all": np.ones(len(days), dtype=bool), "marked": marks.astype(bool)}
    counts = WindowCounts(subjects.astype("int64"), days.astype("int64"), streams)

    found = counts.count(who, first, last)
    exposure = counts.exposure(who, first, last)
    for row, (subject, start, end) in enumerate(zip(who, first, last, strict=True)):
        inside = [mark for s, day, mark in said if s == subject and start <= day <= end]
        assert found["all"][row] == len(inside)
        assert found["marked"][row] == sum(inside)
        begun = min((day for s, day, _ in said if s == subject), default=None)
        days_open = 0 if begun is None else sum(1 for day in range(start, end + 1) if day >= begun)
        assert exposure[row] == days_open


def test_both_ends_are_inside_and_neighbours_never_touch() -> None:
    subjects, days = np.array([0, 0, 1, 1]), np.array([10, 20, 10, 999_999])
    counts = WindowCounts(subjects, days, {"all": np.ones(4, dtype=bool)})
    asked = [(0, 10, 20, 2), (0, 11, 19, 0), (0, 20, 20, 1), (1, -900_000, 9, 0), (0, 21, 900_000, 0), (0, 20, 10, 0)]
    for subject, first, last, expected in asked:
        found = counts.count(np.array([subject]), np.array([first]), np.array([last]))["all"]
        assert found.tolist() == [expected], (subject, first, last)


def test_nothing_to_count() -> None:
    none = np.array([], dtype="int64")
    counts = WindowCounts(none, none, {"all": none.astype(bool)})
    assert counts.count(none, none, none)["all"].tolist() == []
    assert counts.exposure(none, none, none).tolist() == []
