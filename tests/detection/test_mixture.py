from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection.mixture import Classes, class_of, weights

# Five-star reviews by others and by first-time accounts, the same next to the top; all other reviews.
PLATFORM = np.array([0.30, 0.10, 0.25, 0.05, 0.30])

counts = st.lists(st.integers(0, 60), min_size=5, max_size=5)


def weighed(
    window: list[int] | tuple[int, ...],
    past: list[int] | tuple[int, ...] = (0, 0, 0, 0, 0),
    *,
    expected: float = 5.0,
    near: dict[int, int] | None = None,
    surprise: float = 0.0,
) -> np.ndarray:
    """The weights of a window's reviews in the order of their classes; ``near`` are the near twins of some rows."""
    kind = np.repeat(np.arange(4), window[:4])
    close = np.zeros(len(kind), dtype="int64")
    for row, number in (near or {}).items():
        close[row] = number
    return weights(
        kind,
        Classes(np.array(window, dtype="float64"), np.array(past, dtype="float64"), PLATFORM),
        expected=expected,
        close=close,
        partners=np.full(len(kind), max(len(kind) - 1, 0)),
        alike_pairs=int(close.sum()) // 2,
        alike_surprise=surprise,
    )


def test_classes() -> None:
    far, newborn = np.array([True, True, False, False]), np.array([False, True, False, True])
    assert class_of(far, newborn).tolist() == [0, 1, 2, 3]


def test_a_class_with_nothing_in_excess_has_no_weight() -> None:
    """Nine first-time accounts where half a one is usual; the guests of always beside them."""
    weight = weighed((3, 9, 2, 0, 3), (60, 20, 50, 10, 60), expected=10.0)
    assert weight[:3].tolist() == [0.0] * 3
    assert weight[12:].tolist() == [0.0] * 2
    assert (weight[3:12] > 0.7).all()


@pytest.mark.parametrize("surprise", [0.0, 40.0])
def test_no_text_makes_a_member_of_a_class_without_excess(surprise: float) -> None:
    weight = weighed((3, 9, 0, 0, 3), (60, 20, 50, 10, 60), expected=10.0, near=dict.fromkeys(range(12), 11))
    assert (weight[:3] == 0.0).all()
    assert (weight[3:] > 0.0).all()


@given(counts, counts, st.floats(0.0, 300.0), st.integers(0, 60), st.floats(0.0, 60.0))
def test_weights_are_shares(window: list[int], past: list[int], expected: float, close: int, surprise: float) -> None:
    number = sum(window[:4])
    near = {row: min(close, number - 1) for row in range(0, number, 2)}
    weight = weighed(window, past, expected=expected, near=near, surprise=surprise)
    assert len(weight) == number
    assert ((weight >= 0.0) & (weight < 1.0)).all()


@given(counts, counts, st.floats(0.0, 100.0), st.integers(0, 3), st.integers(1, 30))
def test_more_reviews_of_a_class_never_lower_what_is_named_together(
    window: list[int], past: list[int], expected: float, kind: int, more: int
) -> None:
    raised = list(window)
    raised[kind] += more
    before, after = weighed(window, past, expected=expected), weighed(raised, past, expected=expected)
    # Each weight is rounded to four digits.
    assert after.sum() >= before.sum() - 1e-4 * (len(after) + 1)


@given(counts, counts, st.floats(0.0, 1.0))
def test_where_less_was_expected_no_less_is_named_together(window: list[int], past: list[int], part: float) -> None:
    expected = part * sum(window)
    before, after = weighed(window, past, expected=expected), weighed(window, past, expected=expected / 2.0)
    assert after.sum() >= before.sum() - 1e-4 * (len(after) + 1)


@given(counts, counts, st.floats(0.0, 300.0))
def test_never_more_than_came_beyond_expectation_of_all_kinds(
    window: list[int], past: list[int], expected: float
) -> None:
    """Whatever the stars: by a standard error at most."""
    weight = weighed(window, past, expected=expected)
    assert weight.sum() <= max(sum(window) - expected, 0.0) + np.sqrt(expected + 1.0) + 1e-4 * (len(weight) + 1)


@pytest.mark.parametrize("volume", [20, 60, 240])
def test_a_renovated_house_names_nobody(volume: int) -> None:
    """As many guests as ever, of whom nine in ten are delighted, where it was four in ten."""
    delighted = round(0.9 * volume)
    past = (120, 40, 100, 20, 120)
    weight = weighed(
        (round(0.6 * delighted), delighted - round(0.6 * delighted), 0, 0, volume - delighted),
        past,
        expected=float(volume),
    )
    assert weight.max() < 0.5
    # The same delighted guests on top of the usual ones are a crowd.
    usual = (round(0.3 * volume), round(0.1 * volume) + delighted, round(0.25 * volume), 0, round(0.3 * volume))
    assert weighed(usual, past, expected=float(volume))[usual[0]] > 0.5


def test_what_chance_adds_is_not_surplus() -> None:
    """Of 100 guests 30 are usual in the first class: one more is nothing, thirty more are."""
    past = (300, 100, 250, 50, 300)
    assert weighed((31, 10, 25, 5, 30), past, expected=100.0).max() == 0.0
    assert weighed((60, 10, 25, 5, 30), past, expected=100.0)[0] > 0.4


def test_usual_shares_are_the_listings_own_where_it_has_a_past() -> None:
    none = np.zeros(5)
    assert Classes(none, none, PLATFORM).usual_shares() == pytest.approx(PLATFORM)
    own = np.array([0.0, 0.0, 500.0, 0.0, 500.0])
    assert Classes(none, own, PLATFORM).usual_shares() == pytest.approx([0, 0, 0.5, 0, 0.5], abs=0.01)
    between = Classes(none, own / 100.0, PLATFORM).usual_shares()
    assert between.sum() == pytest.approx(1.0)
    assert PLATFORM[2] < between[2] < 0.5


def test_a_surge_of_other_guests_excuses_and_a_lull_does_not() -> None:
    past = (30, 10, 25, 5, 30)
    steady = weighed((0, 8, 0, 0, 6), past, expected=20.0)[0]
    surge = weighed((0, 8, 0, 0, 18), past, expected=20.0)[0]
    lull = weighed((0, 8, 0, 0, 0), past, expected=20.0)[0]
    assert surge < steady - 0.1
    assert steady <= lull


def test_the_platforms_shares_stand_in_for_a_missing_past() -> None:
    """Of new accounts next to the top there are fewest, so that more of them are in excess."""
    weight = weighed((5, 5, 5, 5, 5), expected=10.0)
    by_class = weight.reshape(4, 5)[:, 0]
    assert by_class[0] < by_class[2] < by_class[1] < by_class[3]


def test_text_twins_raise_and_lone_texts_lower() -> None:
    """Of ten in excess by half, five are near twins of one another."""
    window, twins = (10, 0, 0, 0, 3), dict.fromkeys(range(5), 4)
    plain = weighed(window, expected=15.0)
    told = weighed(window, expected=15.0, near=twins, surprise=8.0)
    assert (told[:5] > plain[:5] + 0.1).all()
    assert (told[5:] < plain[5:] - 0.05).all()
    assert len(set(told[:5])) == len(set(told[5:])) == 1


def test_texts_that_are_no_more_alike_than_usual_say_nothing() -> None:
    window, twins = (10, 0, 0, 0, 3), {0: 1, 1: 1}
    assert weighed(window, near=twins, surprise=0.3).tolist() == weighed(window).tolist()


def test_nobody() -> None:
    assert weighed((0, 0, 0, 0, 4)).tolist() == []
