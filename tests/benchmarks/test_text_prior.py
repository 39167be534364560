"""The benchmark of stars by words: what is read, which terms are learned, that hotels are held out, what is shipped."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.text_prior import ABOUT, FILE, correlation, held_out, learn, read
from detection.text.prior import read_models, write_models

HEAD = "Language,City Name,Hotel Name,Upside_Review,Downside_Review,Review_Score,Sentiment\n"


def reviews(n: int = 300, seed: int = 0) -> pd.DataFrame:
    """Made-up reviews of 20 hotels in which "splendid" and "dirty" tell the stars."""
    rng = np.random.default_rng(seed)
    good = rng.random(n) < 0.5
    common = np.array(["room", "bed", "the", "was", "staff", "and"])
    texts = [" ".join([*rng.choice(common, 12), "splendid" if each else "dirty"]) for each in good]
    hotels = [f"hotel {number % 20}" for number in range(n)]
    columns = {"hotel": hotels, "half": 0, "text": texts, "stars": np.where(good, 0.9, 0.2), "weight": 1.0}
    return pd.DataFrame(columns)


def test_rows_are_whole_reviews_and_their_longer_sides(tmp_path: Path) -> None:
    file = tmp_path / "English.csv"
    lines = (
        "English,Ankara,Hotel Ickale,Good breakfast at hotel ickale in Ankara,-,10,POS",
        "English,Ankara,Other,Location,The bed was hard,4,NEG",
        "English,Ankara,Other,,n/a,1,NEG",
    )
    file.write_text(HEAD + "\n".join(lines) + "\n", "utf-8")
    rows = read(file)
    assert [" ".join(text.split()) for text in rows["text"]] == [
        "Good breakfast at in",
        "Location The bed was hard",
        "Good breakfast at in",
        "The bed was hard",
    ]
    assert rows["stars"].tolist() == pytest.approx([1.0, 1 / 3, 0.95, 0.1])
    assert (rows["weight"] == 1.0).tolist() == [True, True, False, False]
    assert rows["hotel"].tolist() == ["Hotel Ickale", "Other", "Hotel Ickale", "Other"]


def test_what_is_learned_is_the_words_that_tell() -> None:
    model = learn("en", reviews())
    words = sorted((weight, term) for term, weight, _ in model.terms if " " not in term)
    assert (words[0][1], words[-1][1]) == ("dirty", "splendid")
    found = model.expected(["the room was splendid", "the room was dirty"])
    assert found[0] > found[1] + 0.3


def test_terms_of_few_hotels_are_not_learned() -> None:
    rows = reviews()
    for count, learned in ((4, False), (5, True)):
        few = rows["hotel"].isin([f"hotel {number}" for number in range(count)])
        texts = rows["text"].mask(few, rows["text"] + " sidra")
        terms = {term for term, _, _ in learn("en", rows.assign(text=texts)).terms}
        assert any("sidra" in term for term in terms) is learned


def test_sides_teach_less_than_reviews() -> None:
    rows = reviews()
    turned = pd.concat([rows, rows.assign(stars=1.1 - rows["stars"], weight=0.1)], ignore_index=True)
    found = learn("en", turned).expected(["the room was splendid", "the room was dirty"])
    assert found[0] > found[1] + 0.2


def test_hotels_are_held_out_and_words_tell() -> None:
    rows = reviews()
    sides = rows.assign(weight=0.1)
    told = held_out(pd.concat([rows, sides], ignore_index=True))
    assert len(told) == len(rows)
    assert correlation(told) > 0.9
    # A hotel's own word, which tells everything of it, is unknown where the hotel is held out.
    own = rows.assign(text="room name" + rows["hotel"].str.replace("hotel ", ""))
    assert held_out(own.assign(stars=(rows["hotel"] < "hotel 2").astype(float)))["expected"].nunique() <= 5


def test_the_shipped_file_says_whose_reviews_were_learned_from_and_is_as_it_was_written() -> None:
    text = FILE.read_text("utf-8")
    said = json.loads(text)
    assert "MIT licence, (c) 2024 Oana Ignat" in said["learned_from"]
    assert {name: said[name] for name in ABOUT} == ABOUT
    assert write_models(list(read_models(text).values()), ABOUT) == text
    assert len(text.encode("utf-8")) < 250_000
