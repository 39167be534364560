from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection import episodes
from detection.episodes import Episodes, separate
from detection.windows import Windows

Said = list[tuple[int, int, int, float]]
# Windows that differ: listing, last day, length; scores that may be equal.
windows = st.dictionaries(
    st.tuples(st.integers(0, 2), st.integers(0, 90), st.sampled_from([3, 4, 7, 14, 28])),
    st.integers(-4, 8).map(lambda n: n / 2.0),
    max_size=30,
).map(lambda said: [(*key, score) for key, score in said.items()])


def separated(said: Said, *, merge_days: int = 14) -> Episodes:
    listing, last, length = (np.array([row[n] for row in said], dtype="int64") for n in range(3))
    return separate(Windows(listing, last, length), np.array([row[3] for row in said]), merge_days=merge_days)


def rows_of(found: Episodes) -> list[tuple[int, int, int, float]]:
    return list(
        zip(found.listing.tolist(), found.first.tolist(), found.last.tolist(), found.score.tolist(), strict=True)
    )


def greedy(said: Said, merge_days: int) -> list[tuple[int, int, int, float]]:
    """The best of all windows, what joins it, then the same without whatever is near."""
    left = sorted(said, key=lambda row: (-row[3], row[1], row[2]))
    found = []
    while left:
        listing, last, length, score = left[0]
        first = last - length + 1
        joined = [
            (end - days + 1, end)
            for code, end, days, value in left
            if code == listing
            and end >= first
            and end - days + 1 <= last
            and value >= score - episodes._JOINS_WITHIN
            and end - days + 1 >= first - length // episodes._JOINS_BEYOND
            and end <= last + length // episodes._JOINS_BEYOND
        ]
        begin, end = min(span[0] for span in joined), max(span[1] for span in joined)
        found.append((listing, begin, end, score))
        left = [
            row
            for row in left
            if row[0] != listing or row[1] - row[2] + 1 > end + merge_days or row[1] < begin - merge_days
        ]
    return sorted(found)


@given(windows, st.integers(0, 20))
def test_episodes_are_those_of_a_greedy_loop(said: Said, merge_days: int) -> None:
    assert rows_of(separated(said, merge_days=merge_days)) == greedy(said, merge_days)


@given(windows, st.integers(0, 20))
def test_episodes_of_a_listing_never_touch(said: Said, merge_days: int) -> None:
    found = separated(said, merge_days=merge_days)
    same = found.listing[1:] == found.listing[:-1]
    assert (found.first[1:] - found.last[:-1] > merge_days)[same].all()
    assert (found.first <= found.last).all()
    assert set(found.listing) == {row[0] for row in said}, "each listing keeps its best at least"


@given(windows, st.randoms(use_true_random=False))
def test_the_order_of_rows_is_nothing(said: Said, shuffle: object) -> None:
    mixed = list(said)
    shuffle.shuffle(mixed)  # type: ignore[attr-defined]
    one, other = separated(said), separated(mixed)
    assert rows_of(one) == rows_of(other)
    assert [said[row] for row in one.best] == [mixed[row] for row in other.best]


@given(windows)
def test_best_is_the_window_whose_score_is_told(said: Said) -> None:
    found = separated(said)
    for row, (listing, first, last, score) in zip(found.best, rows_of(found), strict=True):
        code, end, days, value = said[row]
        assert (code, value) == (listing, score)
        assert first <= end - days + 1
        assert end <= last


def test_what_overlaps_joins_only_if_nearly_as_good_and_not_much_longer() -> None:
    best = (0, 100, 7, 5.0)
    assert rows_of(separated([best, (0, 101, 7, 4.9)])) == [(0, 94, 101, 5.0)]
    assert rows_of(separated([best, (0, 103, 7, 4.9)])) == [(0, 94, 100, 5.0)], "too far"
    assert rows_of(separated([best, (0, 103, 7, -9.0)])) == [(0, 94, 100, 5.0)], "too weak"
    assert rows_of(separated([best, (0, 110, 28, 4.9)])) == [(0, 94, 100, 5.0)], "too long"
    assert rows_of(separated([best, (1, 103, 7, 4.9)])) == [(0, 94, 100, 5.0), (1, 97, 103, 4.9)], "another listing"


@pytest.mark.parametrize(("last", "expected"), [(117, 1), (120, 1), (121, 2), (300, 2)])
def test_two_peaks_are_two_episodes_from_a_gap_on(last: int, expected: int) -> None:
    assert len(separated([(0, 100, 7, 5.0), (0, last, 7, 4.0)])) == expected


def test_nothing_to_separate() -> None:
    assert rows_of(separated([])) == []


def test_take() -> None:
    found = separated([(0, 100, 7, 5.0), (0, 300, 7, 4.0), (1, 50, 3, 1.0)])
    assert rows_of(found.take(np.array([2, 0]))) == [rows_of(found)[2], rows_of(found)[0]]
    assert len(found.take(found.score > 3.0)) == 2
