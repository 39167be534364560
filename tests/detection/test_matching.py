from __future__ import annotations

import json

import numpy as np
import pandas as pd

from detection.matching import PLANTED, match, planted_reviews
from store.frames import EVIDENCE, build, empty
from tests.detection.worlds import DAY, reviews_of


def episodes(*rows: tuple[str, str, int, int]) -> pd.DataFrame:
    """Evidence rows from listing, direction, first and last day."""
    return build(
        {
            "evidence_key": [f"e{number}" for number in range(len(rows))],
            "detector": "bursts",
            "version": 1,
            "subject_kind": "listing",
            "subject_id": [row[0] for row in rows],
            "window_start": [row[2] for row in rows],
            "window_end": [row[3] for row in rows],
            "score": 0.5,
            "p_value": 0.5,
            "q_value": np.nan,
            "effect": 1.0,
            "n_reviews": 1,
            "facts": [json.dumps({"direction": row[1]}) for row in rows],
        },
        EVIDENCE,
    )


def planted(number: int, listing: str, direction: str, days: list[int]) -> pd.DataFrame:
    said = {"attack": number, "kind": "burst", "strength": 3, "listing_key": listing, "direction": direction}
    return build({**said, "day": days}, PLANTED)


def test_a_quarter_of_the_reviews_is_a_hit_and_less_is_not() -> None:
    attack = planted(4, "p/a", "praise", list(range(100, 108)))
    found = match(episodes(("p/a", "praise", 101, 102), ("p/a", "praise", 107, 140)), attack)
    assert found.false.tolist() == [False, True]
    assert found.hits.to_dict("list") == {"attack": [4], "episode": [0]}


def test_another_listing_is_false_and_another_direction_neither_false_nor_found() -> None:
    attack = planted(0, "p/a", "praise", [100, 101, 102])
    found = match(episodes(("p/b", "praise", 100, 102), ("p/a", "blame", 100, 102)), attack)
    assert found.false.tolist() == [True, False]
    assert found.hits.empty


def test_the_best_value_of_each_attack() -> None:
    attacks = pd.concat([planted(7, "p/a", "praise", [100, 101]), planted(9, "p/a", "blame", [300, 301])])
    rows = episodes(("p/a", "praise", 90, 101), ("p/a", "praise", 101, 120), ("p/a", "praise", 300, 301))
    found = match(rows, attacks)
    assert found.best(np.array([1.0, 3.0, 8.0]), np.array([7, 9])).tolist() == [3.0, -np.inf]


def test_without_episodes_or_attacks() -> None:
    attack = planted(0, "p/a", "praise", [100])
    nothing = match(empty(EVIDENCE), attack)
    assert nothing.false.tolist() == []
    assert nothing.best(np.zeros(0), np.array([0])).tolist() == [-np.inf]
    assert match(episodes(("p/a", "praise", 1, 2)), build({name: [] for name in PLANTED}, PLANTED)).false.tolist() == [
        True
    ]


def test_planted_reviews_carry_their_listing_day_and_direction() -> None:
    reviews = reviews_of([DAY, DAY + 1, DAY + 2], listing_key=["p/a", "p/b", "p/b"])
    truth = pd.DataFrame(
        {"review_key": ["r000001", "r000002"], "attack": [0, 1], "kind": ["bombing", "aged"], "strength": [2, 5]}
    )
    found = planted_reviews(reviews, truth)
    assert found["direction"].tolist() == ["blame", "praise"]
    assert found["day"].tolist() == [DAY + 1, DAY + 2]
    assert found["listing_key"].tolist() == ["p/b", "p/b"]
    assert dict(found.dtypes.astype("str")) == dict(PLANTED)
