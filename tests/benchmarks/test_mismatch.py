"""benchmarks.mismatch: the tables hold what was measured, on the same plants for every method."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import mismatch
from benchmarks.mismatch import (
    OURS,
    SEEDS,
    Trial,
    half_b,
    main,
    outcome,
    print_methods,
    print_rule,
    print_small,
    print_swaps,
    recall_at,
    rule_at,
    shipped,
)
from benchmarks.mismatch_honest import Shown, card_of
from benchmarks.mismatch_sets import HOTEL, Reviews
from detection.simulate.text import compose
from detection.text.stars import read


def simulated(name: str, number: int, best: float = 5.0) -> Reviews:
    rng = np.random.default_rng(4)
    stars = rng.choice([1, 2, 3, 4, 5], number)
    said = [
        compose(rng, language="en", kind="hotel", stars=int(s), city="Basel", listing="Hotel Aurora") for s in stars
    ]
    return Reviews(name, "en", best, [f"{each.title}\n{each.body}" for each in said], (stars - 1.0) / 4.0)


def honest(name: str, seed: int, number: int = 5_000) -> Shown:
    return Shown(name, 0, np.arange(number), np.random.default_rng(seed).normal(0.0, 1.0, number))


def trial(name: str, shift: float, number: int = 5_000, seed: int = 9) -> Trial:
    planted = np.arange(number) < 0.03 * number
    score = np.random.default_rng(seed).normal(0.0, 1.0, number) + shift * planted
    return Trial(name, number, score, planted)


def test_average_precision_and_the_recall_at_precision() -> None:
    planted = np.array([True, True, False, True, False])
    assert outcome(np.array([5.0, 4.0, 3.0, 2.0, 1.0]), planted) == (
        pytest.approx((1 + 1 + 0.75) / 3),
        pytest.approx(2 / 3),
    )
    assert recall_at(Trial("", 5, np.array([5.0, 4.0, 3.0, 2.0, 1.0]), planted), 0.75) == 1.0


def test_a_rule_counts_over_all_seeds() -> None:
    card = card_of([honest("one", 1, 50_000)])
    strong = [trial("two", 8.0, seed=seed) for seed in (1, 2)]
    precision, recall, beyond = rule_at(strong, card, 0.05).replace("/", " ").replace("(", "").rstrip(")").split()
    assert float(precision) == pytest.approx(0.95, abs=0.04)
    assert float(recall) == 1.0
    assert float(beyond) == pytest.approx(100 * (float(precision) - 0.95), abs=0.11)
    assert rule_at([trial("two", 0.0, number=100)], card, 0.05) == "- / 0.00"


def test_a_set_is_judged_by_the_others_card(capsys: pytest.CaptureFixture[str]) -> None:
    print_rule([honest("one", 1), honest("two", 2)], [trial("one", 8.0), trial("two, 250", 8.0, number=300)])
    rows = capsys.readouterr().out.splitlines()[-2:]
    assert [row[:8].strip() for row in rows] == ["one", "two, 250"]
    assert rows[0].split()[-3:] == ["1.00", "/", "1.00"]


def test_the_card_says_what_was_found_by_language() -> None:
    card = shipped(
        [honest(HOTEL, 1), honest("German", 2)], [trial(HOTEL, 9.0), trial("German", 0.0), trial("German", 9.0)]
    )
    assert [(row.kind, row.planted, row.found) for row in card.recall] == [
        ("swapped_hotel_en", 150, 150),
        ("swapped_de", 300, 150),
    ]
    assert card.budget == 1.0


def test_every_method_has_a_row_and_every_set_a_column(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mismatch, "SEEDS", range(20, 21))
    monkeypatch.setattr(mismatch, "_LEXICON_ROWS", 100)
    sets = [simulated(HOTEL, 300)]
    features = {each.name: read(each.texts, each.language) for each in sets}
    trials = print_swaps(sets, features, {HOTEL: np.random.default_rng(0).normal(size=(300, 8))})
    assert [(each.reviews, each.size, int(each.planted.sum())) for each in trials] == [(HOTEL, 300, 9)]
    said = capsys.readouterr().out
    for method in (
        OURS,
        "prototype, TF-IDF",
        "cleanlab self_confidence",
        "VADER, raw",
        "TextBlob, isotonic",
        "|rating",
    ):
        assert f"\n{method}" in said
    assert "AP +0.00 points" in said
    ours = next(line for line in said.splitlines() if line.startswith(OURS))
    assert float(ours.split()[-3]) == pytest.approx(outcome(trials[0].score, trials[0].planted)[0], abs=5e-4)


def test_what_was_not_measured_is_a_dash(capsys: pytest.CaptureFixture[str]) -> None:
    print_methods(["one", "two"], {("a", "one"): [(0.5, 0.25), (1.0, 0.75)], ("b", "two"): [(1.0, 1.0)]})
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows[1:] == [["a", "0.750", "/", "0.500", "-"], ["b", "-", "1.000", "/", "1.000"]]


def test_small_stores_are_samples_with_a_spread(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("_SMALL", 120), ("_SMALL_SAMPLES", 2), ("_SMALL_SEEDS", 2)):
        monkeypatch.setattr(mismatch, name, value)
    trials = print_small(simulated(HOTEL, 300), np.zeros((300, 2)))
    assert [each.reviews for each in trials] == [f"{HOTEL}, 120"] * 4
    ours = next(line for line in capsys.readouterr().out.splitlines() if line.startswith(OURS)).split()
    found = [outcome(each.score, each.planted)[0] for each in trials]
    assert float(ours[-5]) == pytest.approx(np.mean(found), abs=1e-3)
    assert float(ours[-2]) == pytest.approx(min(found), abs=1e-3)


def test_a_text_stays_in_its_half() -> None:
    texts = [f"text {number}" for number in range(400)]
    assert 150 < half_b(texts).sum() < 250
    assert (half_b(texts[::-1]) == half_b(texts)[::-1]).all()


def test_the_seeds_are_not_those_of_development() -> None:
    assert min(SEEDS) > 14


def test_without_the_data_it_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["mismatch", "--data", str(tmp_path)])
    assert main() == 2
    assert "No reviews in" in capsys.readouterr().err
