"""The benchmark of generated texts: equal lengths, names taken out, and weights of terms that hotels share."""

import numpy as np
import pandas as pd

from benchmarks.text_generated import as_score, card_of, held_out, learn, length_matched, line_of, recall, without
from detection.cards import load_card
from detection.text.machine import terms


def reviews(n: int = 400, seed: int = 0) -> pd.DataFrame:
    """Made-up reviews of 20 hotels in which "splendid" gives the generated ones away; these are longer."""
    rng = np.random.default_rng(seed)
    made = rng.random(n) < 0.5
    lengths = rng.integers(30, 80, n) + 25 * made
    common = np.array(["room", "bed", "the", "was", "staff", "and"])
    words = [
        [*rng.choice(common, length - 1), "splendid" if gone else "ok"]
        for length, gone in zip(lengths, made, strict=True)
    ]
    hotels = [f"hotel {number % 20}" for number in range(n)]
    columns = {"generated": made, "hotel": hotels, "words": words, "length": lengths, "sides": 0, "raw": ""}
    return pd.DataFrame(columns)


def test_matched_reviews_have_the_same_lengths() -> None:
    whole = reviews()
    whole["sides"] = np.arange(len(whole)) % 3
    same = whole[length_matched(whole)]
    assert 20 < len(same) < len(whole)
    by_kind = same.groupby(["generated", "sides"]).size().unstack()
    assert (by_kind.loc[True] == by_kind.loc[False]).all()
    lengths = same.groupby("generated")["length"].mean()
    assert abs(lengths[True] - lengths[False]) < 3
    assert abs(whole.groupby("generated")["length"].mean().diff().iloc[1]) > 20


def test_names_are_taken_out_whatever_their_case() -> None:
    assert without("At the HOTEL Ickale in Ankara (2)", "Hotel Ickale\nAnkara\n").split() == ["At", "the", "in", "(2)"]
    assert without("a+b", "+\n.").split() == ["a", "b"]


def test_what_is_learned_is_the_word_that_tells() -> None:
    whole = reviews()
    model = learn("en", whole)
    assert model.language == "en"
    assert max(model.weights, key=lambda term: model.weights[term]) == "splendid"
    assert min(model.weights, key=lambda term: model.weights[term]) == "ok"
    assert set(model.weights) <= set().union(*(terms(words) for words in whole["words"]))


def test_terms_of_few_hotels_are_not_learned() -> None:
    whole = reviews()
    whole["words"] = [
        [*words, f"name{number % 5}"] if number % 20 < 5 else words for number, words in enumerate(whole["words"])
    ]
    assert not any("name" in term for term in learn("en", whole).weights)


def test_hotels_are_held_out_and_scores_tell() -> None:
    whole = reviews()
    whole["score"] = held_out(whole, np.ones(len(whole), dtype=bool))
    assert recall(whole, 0.01) > 0.9
    assert recall(whole.assign(score=0.0), 0.01) == 0.0


def test_a_line_needs_enough_honest_reviews() -> None:
    scores = np.linspace(0.0, 0.5, 500)
    assert line_of(scores, 1.0) == float("inf")
    assert 0.4 < line_of(scores, 10.0) <= 0.5


def test_a_card_takes_the_source_with_the_most() -> None:
    rng = np.random.default_rng(0)
    real = pd.DataFrame({"generated": False, "score": rng.normal(-3.0, 1.0, 2_000)})
    elsewhere = pd.DataFrame({"score": rng.normal(-1.0, 1.0, 4_000), "polished": np.arange(4_000) % 2 == 0})
    elsewhere["rating"] = 1 + np.arange(4_000) // 10 % 5
    card = card_of(real, elsewhere)
    assert (np.diff(card.scores) > 0).all()
    assert (np.diff(card.rates) <= 0).all()
    for rate in (50.0, 5.0):
        line = card.score_at(rate)
        for source in (real, elsewhere, elsewhere[elsewhere["polished"]], elsewhere[elsewhere["rating"] == 5]):
            assert 1000.0 * np.mean(as_score(source["score"].to_numpy()) >= line) <= rate


def test_the_shipped_card_says_whose_reviews_were_learned_from() -> None:
    card = load_card("generated")
    assert card.unit == "reviews"
    assert "MIT" in card.data["learned_from"]
    assert card.score_at(1.0) < 1.0
