from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from detection.text.repeats import one_guest
from tests.timing import LINEAR_IN_EIGHT, times_as_long

PLAIN = {
    "platform": "p",
    "listing_key": "p/a",
    "reviewer_key": "p/x",
    "city": "Konstanz",
    "rating": 0.75,
    "day": 100,
    "translated": False,
}

MOVED = {"listing_key": "p/b"}


def guests(*rows: dict[str, object]) -> list[int]:
    frame = pd.DataFrame([{**PLAIN, **row} for row in rows]).astype({"reviewer_key": "str"})
    found = one_guest(frame, [np.arange(len(rows))])
    return pd.factorize(found)[0].tolist()


def test_an_account_is_one_guest_wherever_and_whenever() -> None:
    assert guests({}, {"listing_key": "p/b", "day": 900, "rating": 0.0}, {"reviewer_key": "p/y"}) == [0, 0, 1]


def test_one_stay_on_two_platforms() -> None:
    other = {"platform": "q", "listing_key": "q/1", "reviewer_key": "q/1", "day": 108, "rating": 0.8}
    assert guests({}, other) == [0, 0]
    assert guests({}, {**other, "day": 130}) == [0, 1]
    assert guests({}, {**other, "rating": 0.0}) == [0, 1]
    assert guests({}, {**other, "city": "Rome"}) == [0, 1]
    assert guests({}, {**other, "city": ""}) == [0, 0]


def test_the_same_text_once_on_each_platform() -> None:
    def same(*rows: dict[str, object]) -> list[int]:
        frame = pd.DataFrame([{**PLAIN, **row} for row in rows]).astype({"reviewer_key": "str"})
        group = np.arange(len(rows))
        return pd.factorize(one_guest(frame, [group], [group]))[0].tolist()

    other = {"platform": "q", "listing_key": "q/1", "reviewer_key": "q/1", "city": "Constance", "day": 130}
    assert same({}, {**other, "rating": 0.9}) == [0, 0]
    assert same({}, {**other, "rating": 0.92}) == [0, 1]
    assert same({}, {**other, "day": 131}) == [0, 1]
    assert same({}, other, {**other, "reviewer_key": "q/2"}) == [0, 1, 2], "twice on one platform is not one guest's"
    assert same({}, other, {**other, "platform": "r", "reviewer_key": "r/1"}) == [0, 0, 0]


def test_reviews_that_moved_with_their_listing() -> None:
    def people(texts: int, apart: int = 20, more: int = 0, **other: object) -> int:
        """How many guests wrote texts that stand at two listings, which have so many more of their own."""
        pairs = [({"day": 100 + apart * at}, {"day": 100 + apart * at, **MOVED, **other}) for at in range(texts)]
        rows = [row for pair in pairs for row in pair] + [own for own in ({}, MOVED) for _ in range(more)]
        frame = pd.DataFrame([{**PLAIN, "reviewer_key": None, **row} for row in rows])
        groups = list(np.arange(2 * texts).reshape(texts, 2))
        return len(np.unique(one_guest(frame.astype({"reviewer_key": "str"}), groups, groups))) - 2 * more

    assert people(5) == 5
    assert people(4) == 8, "too few to tell"
    assert people(5, more=5) == 5
    assert people(5, more=6) == 10, "most of both listings did not move"
    assert people(8, apart=2) == 16, "all in a fortnight: a campaign at two listings"
    assert people(5, rating=0.5) == 10
    assert people(5, reviewer_key="p/z") == 6, "one account is one guest, and no listing moved"


def test_a_guest_has_one_account_on_a_platform() -> None:
    other = {"platform": "q", "listing_key": "q/1", "reviewer_key": "q/1"}
    assert guests({}, other, {"reviewer_key": "p/y"}) == [0, 0, 1]
    assert guests({}, {"reviewer_key": "p/y"}) == [0, 1]


def test_a_review_sent_twice_where_no_account_is_named() -> None:
    nobody = {"reviewer_key": None}
    assert guests(nobody, {**nobody, "day": 102}) == [0, 0]
    assert guests(nobody, {**nobody, "day": 104}) == [0, 1]
    assert guests(nobody, {**nobody, "listing_key": "p/b"}) == [0, 1]
    assert guests(nobody, nobody, nobody) == [0, 0, 1], "twice is a slip, three times is not"


def test_a_review_shown_again_in_translation() -> None:
    assert guests({}, {"reviewer_key": "p/y", "translated": True}) == [0, 0]
    assert guests({}, {"reviewer_key": "p/y", "translated": True, "rating": 0.0}) == [0, 1]
    assert guests({}, {"reviewer_key": "p/y", "translated": True, "day": 300}) == [0, 1]


def test_no_reviews_and_no_groups() -> None:
    assert guests({}) == [0]
    assert len(one_guest(pd.DataFrame({name: [] for name in PLAIN}), [])) == 0


def test_time_grows_with_the_alike_reviews() -> None:
    def joined(number: int) -> Callable[[], None]:
        frame = pd.DataFrame({**PLAIN, "reviewer_key": [f"p/{each}" for each in range(number)]})

        def call() -> None:
            assert len(np.unique(one_guest(frame, [np.arange(number)]))) == number

        return call

    assert times_as_long(joined(4_000), joined(500)) < LINEAR_IN_EIGHT
