import math

import pytest

from store.strength import SCALES, STRENGTHS, Scale


@pytest.mark.parametrize(
    ("one_in", "word"),
    [(9, "weak"), (10, "moderate"), (100, "strong"), (999, "strong"), (1_000, "very strong"), (math.inf, "strong")],
)
def test_a_limit_reached_is_the_stronger_word(one_in: float, word: str) -> None:
    assert Scale("reviews", 10, 100, 1_000).word(one_in) == word


def test_an_infinite_limit_is_never_reached() -> None:
    assert [Scale("reviews", 10, math.inf, math.inf).word(each) for each in (9, 10, 1e300, math.inf)] == [
        "weak",
        "moderate",
        "moderate",
        "moderate",
    ]
    assert {SCALES["generated"].word(each) for each in (1, 1e12, math.inf)} == {"weak"}
    assert SCALES["lures"].word(1e12) == "strong"


@pytest.mark.parametrize("scale", SCALES.values(), ids=SCALES)
def test_every_scale_rises(scale: Scale) -> None:
    limits = [scale.moderate, scale.strong, scale.very_strong]
    assert limits == sorted(limits)
    words = [STRENGTHS.index(scale.word(one_in)) for one_in in (1, 1e2, 1e4, 1e6, 1e9)]
    assert words == sorted(words)
    assert words[0] == 0
