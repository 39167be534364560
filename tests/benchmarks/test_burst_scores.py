from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from benchmarks.burst_scores import (
    Judged,
    cells,
    curve,
    false_rate,
    false_share,
    flagged,
    hits,
    judge,
    of_kinds,
    planted_reviews,
    pooled,
    recall,
    score_at,
    score_at_false_share,
    union,
)
from tests.detection.worlds import DAY, reviews_of


def episodes(*rows: tuple[str, str, int, int, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["listing_key", "direction", "start", "end", "score"])


def planted(*attacks: tuple[str, str, list[int]]) -> pd.DataFrame:
    """Attacks as (listing, kind, days of the reviews), numbered from 0, of strength 3."""
    rows = [
        {
            "review_key": f"{number}-{n}",
            "attack": number,
            "kind": kind,
            "strength": 3,
            "listing_key": listing,
            "direction": "blame" if kind == "bombing" else "praise",
            "day": day,
        }
        for number, (listing, kind, days) in enumerate(attacks)
        for n, day in enumerate(days)
    ]
    return pd.DataFrame(rows)


def judged(true: list[float], false: list[float], missed: int = 0, years: float = 1000.0) -> Judged:
    """One attack for each true episode's score, and some that no episode finds."""
    best = [*true, *([-np.inf] * missed)]
    attacks = pd.DataFrame({"attack": range(len(best)), "kind": "burst", "strength": 3, "best": best})
    kinds = [frozenset({"burst"})] * len(true) + [frozenset()] * len(false)
    said = {"score": [*true, *false], "false": [False] * len(true) + [True] * len(false), "kinds": kinds}
    return Judged(pd.DataFrame(said), attacks, years)


def test_planted_reviews_keep_their_keys() -> None:
    reviews = reviews_of([DAY, DAY + 3, DAY + 9], review_key=["a", "b", "c"], listing_key=["p/1", "p/2", "p/3"])
    truth = pd.DataFrame({"review_key": ["c", "a"], "attack": [4, 5], "kind": ["bombing", "aged"], "strength": [1, 2]})
    told = planted_reviews(reviews, truth)
    rows = told[["review_key", "attack", "listing_key", "direction", "day"]].to_numpy().tolist()
    assert rows == [["c", 4, "p/3", "blame", DAY + 9], ["a", 5, "p/1", "praise", DAY]]
    with pytest.raises(ValueError, match="length"):
        planted_reviews(reviews[:1], truth)


def test_an_episode_finds_an_attack_of_which_it_holds_a_quarter() -> None:
    attack = planted(("a", "burst", [10, 11, 12, 13, 14, 15, 16, 17]))
    for first, expected in ((16, 1), (17, 0)):
        found = hits(episodes(("a", "praise", first, 30, 1.0)), attack)
        assert len(found) == expected
    assert hits(episodes(("a", "praise", 1, 10, 1.0)), attack).empty
    assert hits(episodes(("b", "praise", 1, 30, 1.0)), attack).empty


def test_the_other_direction_finds_nothing_and_is_not_false() -> None:
    attack = planted(("a", "boosting", [10, 11, 12]))
    found = judge(episodes(("a", "blame", 9, 13, 2.0), ("a", "blame", 30, 40, 1.0)), attack, 1000.0)
    assert found.episodes["false"].tolist() == [False, True]
    assert found.attacks["best"].tolist() == [-np.inf]


def test_an_episode_without_direction_finds_both() -> None:
    attacks = planted(("a", "bombing", [10, 11]), ("b", "drip", [10, 90]))
    found = judge(episodes(("a", "any", 9, 13, 2.0), ("b", "any", 9, 13, 3.0)), attacks, 1000.0)
    assert found.attacks["best"].tolist() == [2.0, 3.0]


def test_the_best_episode_of_an_attack_counts_and_all_of_its_episodes_are_true() -> None:
    attack = planted(("a", "drip", [10, 20, 30, 40]))
    found = judge(episodes(("a", "praise", 9, 21, 2.0), ("a", "praise", 29, 50, 5.0)), attack, 1000.0)
    assert found.attacks["best"].tolist() == [5.0]
    assert not found.episodes["false"].any()


def test_two_attacks_on_one_listing_are_found_apart() -> None:
    attacks = planted(("a", "burst", [10, 11]), ("a", "drip", [12, 300, 400]))
    found = judge(episodes(("a", "praise", 9, 11, 2.0), ("a", "praise", 9, 12, 1.0)), attacks, 1000.0)
    assert found.attacks["best"].tolist() == [2.0, 1.0]
    assert found.episodes["kinds"].tolist() == [{"burst"}, {"burst", "drip"}]


def test_without_episodes_nothing_is_found() -> None:
    found = judge(episodes(), planted(("a", "burst", [1])), 10.0)
    assert recall(found, -np.inf) == 0.0
    assert false_share(found, -np.inf) == 0.0
    assert score_at(found, 10.0) == -np.inf
    assert score_at_false_share(found, 0.1) == np.inf


def test_kinds_apart_from_others() -> None:
    attacks = planted(("a", "burst", [10]), ("b", "aged", [10]))
    rows = episodes(("a", "praise", 9, 11, 3.0), ("b", "praise", 9, 11, 2.0), ("c", "praise", 9, 11, 1.0))
    found = of_kinds(judge(rows, attacks, 1000.0), ["burst"])
    assert found.attacks["kind"].tolist() == ["burst"]
    assert found.episodes["score"].tolist() == [3.0, 1.0]


def test_recall_at_a_rate_of_false_episodes() -> None:
    found = judged([9.0, 7.0, 5.0, 3.0], [8.0, 6.0, 4.0, 2.0], missed=1)
    # A false episode per 1,000 listing-years lies above the second false score.
    score = score_at(found, 1.0)
    assert score == 6.0
    assert recall(found, score) == pytest.approx(2 / 5)
    assert false_rate(found, score) == 1.0
    assert false_share(found, score) == pytest.approx(1 / 3)
    assert score_at(found, 0.99) == 8.0
    assert recall(found, score_at(found, 100.0)) == pytest.approx(4 / 5)


def test_a_tie_with_a_false_episode_is_no_find() -> None:
    found = judged([5.0], [5.0])
    assert recall(found, score_at(found, 0.0)) == 0.0


def test_the_lowest_score_with_few_false_ones() -> None:
    found = judged([9.0, 8.0, 7.0, 5.0, 4.0], [6.0, 3.0, 2.0])
    score = score_at_false_share(found, 0.2)
    assert score == 3.0
    assert recall(found, score) == 1.0
    assert false_share(found, score) == pytest.approx(1 / 6)
    assert recall(found, score_at_false_share(found, 0.1)) == pytest.approx(3 / 5)
    assert score_at_false_share(judged([1.0], [2.0]), 0.1) == np.inf


def test_episodes_of_one_score_are_above_a_threshold_together() -> None:
    assert score_at_false_share(judged([5.0, 4.0], [4.0, 4.0]), 0.1) == 4.0


@given(
    st.lists(st.floats(0, 10), min_size=1, max_size=20),
    st.lists(st.floats(0, 10), max_size=20),
    st.floats(0.0, 0.99),
    st.floats(0.0, 30.0),
)
@example(true=[1.0], false=[0.0, *[1.0] * 10], share=0.0, rate=float(np.nextafter(10.0, 0.0)))
def test_thresholds_keep_their_promise(true: list[float], false: list[float], share: float, rate: float) -> None:
    found = judged(true, false)
    assert false_share(found, score_at_false_share(found, share)) <= share
    score = score_at(found, rate)
    assert false_rate(found, score) <= rate + 1e-9
    line = curve(found)
    assert line["recall"].is_monotonic_increasing
    # Whole numbers of episodes are compared: two rates a rounding apart allow the same ones.
    allowed = int(np.floor(rate * found.listing_years / 1000.0 + 1e-9))
    reached = line[(line["false_rate"] * found.listing_years / 1000.0).round() <= allowed]
    if score > -np.inf:
        assert reached["recall"].iloc[-1] == pytest.approx(recall(found, score))


def test_worlds_together() -> None:
    both = pooled([judged([3.0], [2.0]), judged([1.0], [])])
    assert both.listing_years == 2000.0
    assert recall(both, score_at(both, 0.0)) == 0.5


def test_cells_are_means_by_kind_and_strength() -> None:
    found = judged([5.0, 1.0], [])
    table = cells(found, 2.0)
    assert table.loc["burst", 3] == 0.5


def test_flagged_reviews_of_the_best_episode() -> None:
    attack = planted(("a", "burst", [10, 11, 12, 40]))
    rows = episodes(("a", "praise", 9, 13, 5.0), ("a", "praise", 39, 41, 2.0)).assign(evidence_key=["e", "f"])
    members = pd.DataFrame(
        {
            "evidence_key": ["e", "e", "e", "f"],
            "review_key": ["0-0", "0-1", "guest", "0-3"],
            "weight": [0.9, 0.4, 0.5, 1.0],
        }
    )
    told = flagged(rows, members, attack, 1.0)
    assert told[["flagged", "right", "inside", "planted"]].to_numpy().tolist() == [[2, 1, 3, 4]]
    assert flagged(rows, members, attack, 5.0).empty


def test_detectors_meet_on_the_scale_of_their_false_rates() -> None:
    one = episodes(("a", "praise", 1, 2, 0.9)).assign(rate=10.0)
    other = episodes(("b", "praise", 1, 2, 0.2)).assign(rate=1.0)
    both = union({"one": one, "other": other})
    assert both.sort_values("score")["listing_key"].tolist() == ["a", "b"]
