from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.text_copies import (
    LEVELS,
    Corpus,
    Found,
    card_of,
    datasketch,
    main,
    plant,
    recall,
    recall_of_groups,
    reuse,
    reuse_judged,
    simulated,
    with_real,
)


def test_copies_have_the_words_replaced_that_their_level_says() -> None:
    there = simulated(400, 1)
    planted = plant(there, range(400), 2, share=0.05)
    assert planted.texts[:400] == there.texts
    assert len(planted.level) == 4
    assert len(planted.texts) == len(planted.group) == 400 + 20
    for number, level in enumerate(LEVELS):
        source, *copies = (planted.texts[row].split() for row in np.flatnonzero(planted.group == number))
        assert len(copies) == 5
        for copy in copies:
            same = np.mean([one == other for one, other in zip(source, copy, strict=False)])
            assert 1.0 - level - 0.1 <= same <= 1.0 - level + 0.1


def test_recall_is_taken_where_the_precision_holds() -> None:
    group = np.repeat([0, 1, 2, 3, -1], [6, 6, 6, 6, 76])
    there = Corpus([""] * 100, [""] * 100, [""] * 100, group, np.array(LEVELS))
    first = np.array([0, 0, 6, 30, 12])
    second = np.array([1, 2, 7, 31, 13])
    found = Found(first, second, np.array([0.9, 0.8, 0.7, 0.6, 0.5]), 1.0)
    shares, wanted = recall(there, found)
    assert wanted == 0.7
    assert shares == pytest.approx([2 / 15, 1 / 15, 0.0, 0.0])
    shares, wanted = recall_of_groups(there, found)
    assert wanted == 0.7
    assert shares == pytest.approx([3 / 15, 1 / 15, 0.0, 0.0])


def test_both_methods_find_slightly_changed_copies() -> None:
    there = plant(simulated(600, 3), range(600), 4, share=0.04)
    for method in (reuse, datasketch):
        found = method(there)
        assert (found.first < found.second).all()
        assert recall(there, found)[0][0] > 0.8
        assert found.seconds > 0.0


def test_refused_texts_are_left_out_only_where_it_is_said() -> None:
    short, long = "Lovely rooms", " ".join(f"word{number}" for number in range(40))
    there = Corpus([short, short, long, long], ["en"] * 4, ["a", "b", "c", "d"])
    every, judged = reuse(there), reuse_judged(there)
    assert set(zip(every.first.tolist(), every.second.tolist(), strict=True)) >= {(2, 3)}
    assert list(zip(judged.first.tolist(), judged.second.tolist(), strict=True)) == [(2, 3)]


def test_copies_of_real_ones_among_simulated_ones() -> None:
    there = with_real(simulated(800, 5), simulated(50, 6), 7)
    assert (there.group[:800] == -1).all()
    assert (there.group >= 0).sum() == 4 * 6


def test_the_card_falls_and_says_what_it_was_made_on() -> None:
    card = card_of([simulated(500, 8), simulated(700, 9)])
    assert list(card.rates) == sorted(card.rates, reverse=True)
    assert 500 < card.data["reviews"] <= 1200
    assert card.data["texts"] <= 700


def test_without_the_data_it_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["text_copies", "--data", str(tmp_path)])
    assert main() == 2
    assert "No reviews in" in capsys.readouterr().err
