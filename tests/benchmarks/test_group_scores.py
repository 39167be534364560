from __future__ import annotations

import pandas as pd
import pytest

from benchmarks.group_scores import companies, f1_of, overview, recall_by_strength, score, spread


def members(*rows: tuple[str, str, bool, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["account", "kind", "planted", "strength"])


TOLD = members(
    *[(f"r{n}", "ring", True, 5) for n in range(4)],
    *[(f"w{n}", "ring", True, 2) for n in range(4)],
    *[(f"c{n}", "couple", False, 0) for n in range(2)],
    ("r0", "food_club", False, 0),
    ("c0", "food_club", False, 0),
)


def test_accounts_are_planted_innocent_or_plain() -> None:
    named = score(["r0", "r1", "r2", "w0", "c0", "x"], TOLD, 1000)
    assert (named.hit, named.named, named.planted) == (4, 6, 8)
    assert (named.innocent_named, named.innocent, named.others) == (1, 2, 1)
    assert (named.precision, named.recall, named.f1) == (4 / 6, 0.5, 8 / 14)


def test_a_member_of_a_ring_is_no_innocent() -> None:
    assert score(["r0"], TOLD, 10).innocent_named == 0


def test_nobody_is_named() -> None:
    named = score([], TOLD, 10)
    assert (named.precision, named.recall, named.f1, named.others) == (1.0, 0.0, 0.0, 0)


def test_tables_sum_over_worlds() -> None:
    series = {"a method": [score(["r0", "r1", "x"], TOLD, 500_000), score(["r0", "w1", "c0", "c1"], TOLD, 500_000)]}
    row = overview(series).loc["a method"]
    assert row["precision"] == "0.58 (0.50-0.67)"
    assert (row["plain"], row["per million"], row["in company"]) == ("1 of 1,000,000", "1", "2 of 4")
    strengths = recall_by_strength(series)
    assert strengths.columns.tolist() == ["ring 5", "ring 2"]
    assert strengths.loc["a method"].tolist() == ["0.38", "0.12"]
    honest = companies(series).loc["a method"]
    assert (honest["couple"], honest["food_club"]) == ("2/4", "3/4")


def test_f1_of_sets() -> None:
    assert f1_of({"a", "b"}, {"b", "c", "d", "e"}) == pytest.approx(2 / 6)
    assert f1_of(set(), {"a"}) == f1_of(set(), set()) == 0.0
    assert spread([]) == "-"
