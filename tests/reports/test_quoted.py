import datetime as dt
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest

from reports.quoted import MOST_CHARACTERS, Quoted, alike_keys, named_reviews, quotes_of
from reports.records import Finding
from tests.reports.conftest import mismatch_facts
from tests.reports.text_facts import HOSTILE, reuse_facts, told_mismatch


def row(**given: Any) -> dict[str, Any]:
    day = dt.date(2026, 9, 7)
    values = {
        "review_key": "k1",
        "reviewer_key": "A-1",
        "listing_key": "a/1",
        "listing_name": None,
        "rating": 8.5,
        "rating_worst": 1.0,
        "rating_best": 10.0,
        "title": "A stay",
        "text": "Clean.",
        "text_positive": None,
        "text_negative": None,
        "language": "en",
        "published_from": day,
        "published_to": day,
    }
    return {**values, **given}


def quoted(**given: Any) -> Quoted:
    return quotes_of(pd.DataFrame([row(**given)]))["k1"]


def made(detector: str, facts: Mapping[str, Any], members: tuple[str, ...] = ("k1",)) -> Finding:
    return Finding("e", detector, 1, "review", "k1", None, None, len(members), facts, dict.fromkeys(members, 1.0))


def test_a_review_is_quoted_with_its_rating_day_and_place() -> None:
    review = quoted()
    assert (review.scale, review.when, review.listing_name) == ("8.5 of 10", "7 September 2026", "a/1")
    assert (review.text, review.language, review.reviewer_key) == ("Clean.", "en", "A-1")
    assert quoted(rating=3.0, rating_worst=0.0, rating_best=5.0).scale == "3 of 5 (lowest 0)"
    assert quoted(text_positive="Bed", text_negative="Noise").text == "Clean.\nBed\nNoise"
    assert quoted(text=None).text == "A stay"
    assert quoted(text="www.a.example, 0151 234567").text == "www[.]a[.]example, 0151[-]2345[-]67"
    assert quoted(text=None, title=None, reviewer_key=None, language='x" y').reviewer_key is None


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_are_cut_and_their_marks_are_seen(text: str) -> None:
    review = quoted(text=text, listing_name=text)
    assert len(review.text) <= 8 * MOST_CHARACTERS
    assert not set(review.text + review.listing_name) & set("\u202e\u200b\x00\x07")
    assert len(review.listing_name) <= 60


def test_named_are_the_texts_that_are_alike() -> None:
    mismatch = made("mismatch", told_mismatch(mismatch_facts(), ["k2", "k1", "k2"]))
    assert alike_keys(mismatch) == ["k2"]
    reuse = made("reuse", reuse_facts(), ("k3", "k4"))
    assert named_reviews([mismatch, reuse, made("lures", {}), made("mismatch", mismatch_facts())]) == {"k2", "k3", "k4"}


@pytest.mark.parametrize("odd", [None, "x", 3, [], [[]], [["k2"]], [[7, 8]], {"k2": 1}])
def test_odd_facts_name_nothing(odd: Any) -> None:
    assert alike_keys(made("mismatch", {"alike": odd})) == []
