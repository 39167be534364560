"""benchmarks.mismatch_sets: what is planted, and that a text is embedded once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchmarks.mismatch_sets import HOTEL, LANGUAGES, Kept, Reviews, embed, plant, read_sets
from detection.text.terms import text_sha256


def of(ratings: Sequence[float], best: float = 5.0) -> Reviews:
    return Reviews("a set", "en", best, [f"text {i}" for i in range(len(ratings))], np.array(ratings, dtype="float64"))


@pytest.mark.parametrize(("best", "least"), [(5.0, 3.0), (10.0, 7.0)])
def test_swaps_are_as_far_off_as_the_protocol_says(best: float, least: float) -> None:
    scale = np.linspace(0.0, 1.0, int(best))
    there = of(np.random.default_rng(1).choice(scale, 1_000).tolist(), best)
    swapped, planted = plant(there, 3)
    assert planted.sum() == 30
    moved = np.abs(swapped.ratings - there.ratings) * (best - 1.0)
    assert moved[planted].min() == pytest.approx(least)
    assert moved[~planted].max() == 0.0
    assert np.isin(swapped.ratings, scale).all()
    again, same = plant(there, 3)
    assert (again.ratings == swapped.ratings).all()
    assert (same == planted).all()
    assert (plant(there, 4)[1] != planted).any()


def test_a_rating_in_the_middle_has_nowhere_to_go() -> None:
    swapped, planted = plant(of([0.5] * 99 + [1.0]), 0)
    assert np.flatnonzero(planted).tolist() == [99]
    assert swapped.ratings[99] in {0.0, 0.25}


def test_parts_hold_every_review_once() -> None:
    parts = of([0.0] * 1_030).parts(250)
    assert [len(part) for part in parts] == [258, 258, 257, 257]
    assert sorted(np.concatenate(parts).tolist()) == list(range(1_030))
    assert len(of([0.0] * 10).parts(250)) == 1


def test_some_of_a_set() -> None:
    some = of([0.0, 0.25, 1.0]).take(np.array([2, 0]))
    assert some.texts == ["text 2", "text 0"]
    assert some.ratings.tolist() == [1.0, 0.0]


class Counting:
    key = "0123456789abcdef"
    languages = frozenset({"en"})

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: list[str]) -> np.ndarray[Any, Any]:
        self.asked += texts
        return np.array([[len(text), 1.0] for text in texts], dtype="float16")


def test_a_text_is_embedded_once(tmp_path: Path) -> None:
    encoder: Any = Counting()
    there = Reviews("a set", "en", 5.0, ["one", "three", "one"], np.zeros(3))
    assert embed(there, encoder, tmp_path)[:, 0].tolist() == [3.0, 5.0, 3.0]
    more = Reviews("a set", "en", 5.0, ["three", "eleven"], np.zeros(2))
    assert embed(more, encoder, tmp_path)[:, 0].tolist() == [5.0, 6.0]
    assert encoder.asked == ["one", "three", "eleven"]


def test_kept_vectors_are_found_by_text() -> None:
    kept = Kept("key", None, {text_sha256("one"): np.array([1.0, 2.0])})
    found = kept.of(["one", " one "])
    assert found is not None
    assert found.tolist() == [[1.0, 2.0], [1.0, 2.0]]


def test_the_sets_are_read_with_their_headings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = pd.DataFrame({"expected": [0.9, 0.1, 0.5]})
    monkeypatch.setattr("benchmarks.text_prior.read", lambda file: told)
    monkeypatch.setattr("benchmarks.text_prior.held_out", lambda rows: rows)
    for folder in ("hotel_reviews_en", "maide_up/real"):
        (tmp_path / folder).mkdir(parents=True)
    pd.DataFrame({"rating": [5, 1, 3], "text": ["good", None, "so so"]}).to_csv(
        tmp_path / "hotel_reviews_en" / "reviews.csv.gz", index=False
    )
    said = {
        "Upside_Review": ["all", None, ""],
        "Downside_Review": ["the bed", "noise", None],
        "Review_Score": [10, 1, 5],
    }
    for name in LANGUAGES:
        pd.DataFrame(said).to_csv(tmp_path / "maide_up" / "real" / f"{name}.csv", index=False)
    hotel, english, *others = read_sets(tmp_path, 10)
    assert (hotel.name, hotel.texts, hotel.ratings.tolist()) == (HOTEL, ["good", "so so"], [1.0, 0.5])
    assert english.texts == ["Liked: all\nDisliked: the bed", "Disliked: noise"]
    assert english.ratings.tolist() == [1.0, 0.0]
    assert english.known is not None
    assert english.known.tolist() == [0.9, 0.1]
    assert [each.language for each in others] == ["de", "fr", "it", "es", "tr"]
