"""benchmarks.mismatch_honest: the card is of the sets that it may know, and counts are what they say."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks import mismatch_honest
from benchmarks.mismatch_honest import (
    Shown,
    card_of,
    counted,
    detect,
    flagged,
    interval,
    pooled,
    print_leave_one_out,
    print_named,
    with_recall,
)
from benchmarks.mismatch_sets import Reviews
from detection.cards import read_card, write_card
from detection.simulate.text import compose


def simulated(number: int) -> Reviews:
    rng = np.random.default_rng(4)
    stars = rng.choice([1, 2, 3, 4, 5], number)
    said = [
        compose(rng, language="en", kind="hotel", stars=int(s), city="Basel", listing="Hotel Aurora") for s in stars
    ]
    return Reviews("a set", "en", 5.0, [f"{each.title}\n{each.body}" for each in said], (stars - 1.0) / 4.0)


def drawn(name: str, shift: float, size: int = 0, number: int = 4_000, seed: int = 1) -> Shown:
    return Shown(name, size, np.arange(number), np.random.default_rng(seed).normal(shift, 1.0, number))


def test_a_set_is_judged_whole_and_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mismatch_honest, "SIZES", (150, 0))
    there = simulated(320)
    shown = counted(there, None)
    assert [(each.size, len(each.score)) for each in shown] == [(150, 160), (150, 160), (0, 320)]
    assert sorted(np.concatenate([each.rows for each in shown[:2]]).tolist()) == list(range(320))
    assert pooled(shown, "a set") is shown[2].score
    assert counted(there, np.random.default_rng(0).normal(size=(320, 8)))[2].score.tolist() != shown[2].score.tolist()


def test_a_card_without_a_set_knows_nothing_of_it() -> None:
    shown = [drawn("one", 0.0), drawn("one", 0.0, size=250), drawn("two", 0.0, seed=2), drawn("far", 5.0, seed=3)]
    assert card_of(shown, without="far").scores[-1] < card_of(shown).scores[-1]
    assert "4,000 real hotel reviews in 1 sets" in card_of(shown[:2]).made_on
    assert card_of(shown, without="far").score_at(1.0) == pytest.approx(3.09, abs=0.35)


def test_honest_reviews_are_flagged_at_the_stated_rate() -> None:
    card = card_of([drawn("one", 0.0, number=40_000)])
    found = flagged(drawn("two", 0.0, number=40_000, seed=2), card, 5.0)
    assert found == pytest.approx(200, rel=0.25)


def test_the_interval_of_a_count_is_exact() -> None:
    assert interval(0) == (0.0, pytest.approx(3.689, abs=1e-3))
    assert interval(10) == (pytest.approx(4.795, abs=1e-3), pytest.approx(18.390, abs=1e-3))


def test_the_card_is_read_as_it_was_written() -> None:
    card = with_recall(card_of([drawn("one", 0.0)]), {"swapped_en": (30, 24)})
    assert [(row.kind, row.planted, row.found) for row in card.recall] == [("swapped_en", 30, 24)]
    assert list(card.rates) == sorted(card.rates, reverse=True)
    assert card.unit == "reviews"
    assert read_card(json.loads(write_card(card))) == card


def test_the_table_has_a_row_for_each_set_and_size(capsys: pytest.CaptureFixture[str]) -> None:
    print_leave_one_out([drawn("one", 0.0), drawn("one", 0.0, size=250), drawn("two", 0.0, seed=2)])
    rows = [
        line.split() for line in capsys.readouterr().out.splitlines() if line.split()[:1] in (["one"], ["two"], ["all"])
    ]
    assert [row[:2] for row in rows] == [["one", "whole"], ["one", "250"], ["two", "whole"], *[["all", "sets"]] * 2]
    assert rows[0][2] == "4,000"
    assert rows[-2][2:4] == ["whole", "8,000"]
    assert rows[-1][2:4] == ["250", "4,000"]


def test_the_whole_detector_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    there = simulated(200)
    there.ratings[:2] = np.where(there.ratings[:2] > 0.5, 0.0, 1.0)
    found = detect(there, None)
    assert len(found.signals) + found.abstentions["reviews"].sum() == 200
    print_named([there], {"a set": None})
    row = capsys.readouterr().out.splitlines()[-1].split()
    assert row[2:4] == ["200", str(len(found.evidence))]
