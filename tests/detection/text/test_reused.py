from __future__ import annotations

import random

import pandas as pd
import pytest

from detection.text.reused import Compared, compare

WORDS = [f"word{number}" for number in range(2000)]


def text(seed: int, length: int = 40) -> str:
    dice = random.Random(seed)
    return " ".join(dice.choice(WORDS) for _ in range(length))


def compared(*rows: dict[str, object]) -> Compared:
    plain = {"platform": "p", "listing_key": "p/a", "city": "", "rating": 1.0, "day": 5, "translated": False}
    strangers = [{"reviewer_key": f"s{number}", "text": text(number)} for number in range(300)]
    frame = pd.DataFrame([{**plain, **row} for row in [*rows, *strangers]])
    return compare(frame.astype({"reviewer_key": "str", "text": "str"}), 0.2)


def test_a_text_under_two_names_has_its_own_score() -> None:
    found = compared({"reviewer_key": "a", "text": text(900)}, {"reviewer_key": "b", "text": text(900).upper()})
    assert found.score[0] == found.score[1] > 0.6
    assert found.score[2:].max() == 0.0
    assert found.texts == 301
    assert (found.first.tolist(), found.second.tolist(), found.likeness.tolist()) == ([0], [1], [1.0])


def test_a_guest_alone_has_none() -> None:
    same = {"reviewer_key": "a", "text": text(900)}
    found = compared(same, same)
    assert found.score.max() == 0.0


def test_pairs_stand_for_different_guests() -> None:
    near = " ".join([*text(900).split()[:-2], "x", "y"])
    one, other = {"reviewer_key": "a", "text": text(900)}, {"reviewer_key": "a", "text": near}
    found = compared(one, other, {"reviewer_key": "b", "text": near})
    inexact = found.likeness < 1.0
    pairs = zip(found.first[inexact].tolist(), found.second[inexact].tolist(), strict=True)
    assert [sorted(pair) for pair in pairs] == [[0, 2]]
    assert found.likeness[inexact] == pytest.approx([0.95])
    assert (found.score[:3] > 0.5).all()


def test_a_short_text_of_many_is_a_phrase() -> None:
    few = compared(*[{"reviewer_key": f"a{number}", "text": text(900, 10)} for number in range(2)])
    spread = [
        {"reviewer_key": f"a{number}", "text": text(900, 10), "listing_key": f"p/{number % 20}", "day": 3 * number}
        for number in range(400)
    ]
    many = compared(*spread)
    assert many.stock.tolist() == [True] * 400 + [False] * 300
    assert many.told[0] < 0.5 * few.told[0]
    for narrow in ({"listing_key": "p/a"}, {"day": 5}, {"reviewer_key": "a"}):
        found = compared(*[{**each, **narrow} for each in spread])
        assert not found.stock.any()
        assert found.told[0] > 0.7 * few.told[0]
    long = compared(*[{"reviewer_key": f"a{number}", "text": text(900, 40)} for number in range(400)])
    assert long.told[0] > 0.9 * compared({"reviewer_key": "a", "text": text(900, 40)}).told[0]
