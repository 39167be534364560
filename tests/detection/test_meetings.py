import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detection.meetings import meet

rows = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 60)), max_size=30)


@settings(deadline=None, max_examples=200)
@given(rows, st.integers(0, 70), st.integers(0, 30))
def test_meetings_are_those_of_two_loops(said: list[tuple[int, int]], within: int, most: int) -> None:
    said = sorted(said)
    listings = np.array([listing for listing, _ in said], dtype="int64")
    days = np.array([day for _, day in said], dtype="int64")
    expected = []
    for one, (listing, day) in enumerate(said):
        later = [n for n in range(one + 1, len(said)) if said[n][0] == listing and said[n][1] - day <= within]
        if len(later) <= most:
            expected.extend((one, other, said[other][1] - day) for other in later)
    found = meet(listings, days, within_days=within, most=most)
    assert list(zip(found.first, found.second, found.days, strict=True)) == expected


def test_a_crowd_meets_nobody_and_costs_no_more() -> None:
    number = 200_000
    found = meet(np.zeros(number, dtype="int64"), np.full(number, 5), within_days=21, most=120)
    # Only the last of the crowd have so few after them.
    assert len(found.first) == 120 * 121 // 2


def test_ever() -> None:
    """The widest window that is asked for stays inside the listing."""
    found = meet(np.array([0, 0, 1, 1]), np.array([0, 20_000, 0, 20_000]), within_days=4_000_000, most=9)
    assert found.first.tolist() == [0, 2]
    assert found.second.tolist() == [1, 3]
