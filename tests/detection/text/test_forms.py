from __future__ import annotations

import random

import numpy as np
import pandas as pd
import pytest

from detection.text.copies import read_words, split
from detection.text.forms import form_words
from tests.detection.worlds import demo

FORM = ["what", "did", "you", "like", "about", "your", "stay"]
WORDS = [f"word{number}" for number in range(3000)]


def marked(texts: list[list[str]], **codes: list[int]) -> list[int]:
    """Words of a form in each text."""
    number = len(texts)
    plain = {
        "platform": [0] * number,
        "listing": [row % 10 for row in range(number)],
        "day": [20 * row for row in range(number)],
    }
    words = read_words(texts)
    form = form_words(
        words, *(np.array({**plain, **codes}[name], dtype="int64") for name in ("platform", "listing", "day"))
    )
    return np.bincount(words.text[form], minlength=number).tolist()


def own(seed: int, length: int = 12) -> list[str]:
    return random.Random(seed).choices(WORDS, k=length)


def test_a_form_of_a_platform_wherever_it_stands() -> None:
    texts = [[*own(row, 4), *FORM, *own(row + 500)] if row < 20 else own(row) for row in range(100)]
    assert marked(texts) == [7] * 20 + [0] * 80
    assert marked([[*FORM, f"{row}"] if row < 20 else own(row) for row in range(100)]) == [7] * 20 + [0] * 80


@pytest.mark.parametrize(
    ("holders", "codes"),
    [
        (19, {}),
        (20, {"day": list(range(100))}),
        (20, {"listing": [0] * 4 + [1] * 4 + [2] * 4 + [3] * 8 + [4] * 80}),
    ],
    ids=["a smaller share", "in a short time", "at few places"],
)
def test_what_is_no_form_of_a_platform(holders: int, codes: dict[str, list[int]]) -> None:
    texts = [[*FORM, *own(row, 3)] if row < holders else own(row) for row in range(100)]
    assert marked(texts, **codes) == [0] * 100


def test_a_form_of_one_place_leaves_its_guests_words_of_their_own() -> None:
    listing = [0 if row < 50 else 1 + row % 30 for row in range(300)]
    for length, expected in ((12, 7), (7, 0)):
        texts = [[*FORM, *own(row, length)] if row < 40 and row % 2 else own(row) for row in range(300)]
        told = marked(texts, listing=listing)
        assert told == [expected if row < 40 and row % 2 else 0 for row in range(300)]


def test_five_words_and_no_texts() -> None:
    assert marked([[*FORM[:5], *own(row)] for row in range(100)]) == [0] * 100
    assert marked([]) == []
    assert marked([[], ["a"]]) == [0, 0]


def test_what_simulated_guests_write_is_no_form() -> None:
    reviews = demo(attacks=False)
    texts = reviews[reviews["text"] != ""].drop_duplicates("text")
    words = read_words([split(text) for text in texts["text"]])
    platform, listing = (pd.factorize(texts[name])[0].astype("int64") for name in ("platform", "listing_key"))
    assert len(texts) > 4_000
    assert not form_words(words, platform, listing, texts["day_to"].to_numpy(dtype="int64")).any()
