"""The stars that texts usually come with: distributions out of fold, on each platform's own scale."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info, threadpool_limits

from detection.arrays import Floats, Ints
from detection.text import MOST_CHARACTERS, stars
from detection.text.stars import FAR, Features, Prediction, disagreement, normalised_lines, predict, read, values_of
from tests.detection.text.hostile import PATTERNS, any_texts, long_text
from tests.timing import LINEAR_IN_EIGHT, NO_LONGER, times_as_long

GOOD = ("clean room", "lovely staff", "great breakfast", "quiet night", "wonderful view")
BAD = ("dirty room", "rude staff", "cold breakfast", "noisy night", "broken shower")
FIVE = np.arange(5) / 4.0


def reviews(number: int = 300, seed: int = 1) -> tuple[list[str], Floats]:
    rng = np.random.default_rng(seed)
    good = rng.random(number) < 0.6
    texts = [
        f"We had a {', '.join(rng.choice(GOOD if well else BAD, 3))} on day {rng.integers(10**6)}" for well in good
    ]
    return texts, good.astype("float64")


def predicted(texts: list[str], ratings: Floats, dense: Floats | None = None, language: str = "xx") -> Prediction:
    features = read(texts, language)
    features = features if dense is None else features.with_vectors(dense)
    return predict(features, ratings, np.zeros(len(texts), dtype="int64"))


def told(chances: Floats, values: Floats = FIVE) -> Prediction:
    """A prediction of these chances."""
    rows = np.atleast_2d(chances)
    return Prediction(values, rows, np.zeros(1), np.ones(len(rows), dtype=bool))


def test_clear_texts_are_predicted() -> None:
    texts, ratings = reviews()
    assert np.abs(predicted(texts, ratings).expected - ratings).mean() < 0.1


def test_chances_are_a_distribution() -> None:
    texts, ratings = reviews()
    found = predicted(texts, ratings)
    assert found.chances.shape == (len(texts), len(found.values)) == (300, 2)
    assert np.allclose(found.chances.sum(axis=1), 1.0)
    assert found.chances.min() >= 0.0
    assert found.expected.min() >= 0.0
    assert found.expected.max() <= 1.0
    assert np.all(np.diff(found.values) > 0)


def test_word_lists_help_where_there_are_few_texts() -> None:
    rng = np.random.default_rng(6)
    praise = ["superb", "friendly", "cosy", "lovely", "spotless", "tasty", "beautiful", "attentive", "helpful", "comfy"]
    blame = ["awful", "broken", "gross", "slow", "misled", "pathetic", "shocking", "bad", "overpriced", "ruined"]
    ratings = rng.integers(0, 2, 60).astype("float64")
    texts = [" and ".join(rng.choice(praise if well else blame, 2, replace=False)) for well in ratings]
    assert (
        np.abs(predicted(texts, ratings, language="en").expected - ratings).mean()
        < np.abs(predicted(texts, ratings).expected - ratings).mean()
    )


def test_vectors_help_where_words_say_nothing() -> None:
    _, ratings = reviews()
    rng = np.random.default_rng(3)
    texts = [f"guest {rng.integers(10**9)} number {rng.integers(10**9)} stayed here" for _ in ratings]
    dense = rng.normal(size=(len(ratings), 12)) + ratings[:, None]
    blind = np.abs(predicted(texts, ratings).expected - ratings).mean()
    assert np.abs(predicted(texts, ratings, dense).expected - ratings).mean() < 0.7 * blind


def test_what_is_known_from_elsewhere_helps_on_any_scale() -> None:
    _, ratings = reviews()
    rng = np.random.default_rng(3)
    texts = [f"guest {rng.integers(10**9)} number {rng.integers(10**9)} stayed here" for _ in ratings]
    known = 40.0 + 7.0 * ratings + rng.normal(size=300)
    alone: Ints = np.zeros(300, dtype="int64")
    expected = predict(read(texts, "xx", known), ratings, alone).expected
    assert np.abs(expected - ratings).mean() < 0.5 * np.abs(predicted(texts, ratings).expected - ratings).mean()


def test_what_is_known_alike_of_all_is_left_out() -> None:
    texts, _ = reviews(49)
    assert len(read(texts, "xx", np.full(49, 0.1 + 0.2)).blocks) == len(read(texts, "xx").blocks) == 2
    assert len(read(texts, "en", np.arange(49.0)).blocks) == 4


def test_a_copy_does_not_predict_its_twin() -> None:
    # Each text is there twice, and nothing else says its stars: who sees the twin predicts it.
    rng = np.random.default_rng(4)
    syllables = np.array([a + b for a in "bdfgklmnprst" for b in "aeiou"])
    texts = [" ".join("".join(rng.choice(syllables, 4)) for _ in range(8)) for _ in range(150)]
    ratings = np.repeat(rng.integers(0, 2, 150).astype("float64"), 2)
    features = read([copy for text in texts for copy in (text, f" {text} ")], "xx")
    alone: Ints = np.zeros(300, dtype="int64")
    expected = predict(features, ratings, alone).expected
    seen = predict(replace(features, digests=rng.integers(0, 2**48, 300)), ratings, alone).expected
    assert np.corrcoef(seen, ratings)[0, 1] > 0.7
    assert np.corrcoef(expected, ratings)[0, 1] < 0.5
    assert np.allclose(expected[0::2], expected[1::2])


def test_a_group_shifts_its_own_reviews() -> None:
    rng = np.random.default_rng(5)
    groups = np.repeat([0, 1], 150)
    texts = [f"stay number {rng.integers(10**9)} of {rng.integers(10**9)}" for _ in groups]
    ratings = np.where(rng.random(300) < np.where(groups == 1, 0.9, 0.2), 1.0, 0.0)
    expected = predict(read(texts, "xx"), ratings, groups).expected
    assert expected[groups == 1].min() > 0.7
    assert expected[groups == 0].max() < 0.5


@pytest.mark.parametrize("steps", [2, 4, 9])
def test_a_group_s_chances_are_of_ratings_it_shows(steps: int) -> None:
    texts, ratings = reviews()
    rng = np.random.default_rng(7)
    groups: Ints = np.arange(300) % 2
    middle = np.abs(ratings - rng.integers(0, 3, 300) / 8.0)
    given = np.where(groups == 0, np.round(middle * 4) / 4, np.round(middle * steps) / steps)
    found = predict(read(texts, "xx"), given, groups)
    for group in (0, 1):
        inside = groups == group
        possible = found.values[(found.chances[inside] > 0).any(axis=0)]
        own = values_of(given[inside])
        # Where two scales have more values than are told apart, each is told to the nearest tenth.
        assert np.abs(possible[:, None] - own).min(axis=1).max() <= (
            0.0 if len(values_of(given)) == len(np.unique(given.round(6))) else 0.051
        )
        assert len(possible) <= len(own)


def test_values_are_the_ratings_given_or_tenths() -> None:
    assert values_of(np.array([1.0, 0.25, 0.25, 1 / 3])).tolist() == [0.25, 0.333333, 1.0]
    assert values_of(np.arange(11) / 10.0).tolist() == pytest.approx(np.arange(11) / 10.0)
    assert values_of(np.linspace(0.0, 1.0, 101)).tolist() == pytest.approx(np.arange(11) / 10.0)


def test_scales_of_five_and_of_ten_keep_their_own_values() -> None:
    both = np.concatenate([FIVE, np.arange(10) / 9.0])
    assert set(np.round(both, 6)) == set(values_of(both))


def test_the_most_suspicious_do_not_teach() -> None:
    texts, ratings = reviews(1000)
    swapped = np.arange(1000) < 15
    found = predicted(texts, np.where(swapped, 1.0 - ratings, ratings))
    assert not found.teaches[swapped].any()
    assert found.teaches.mean() > 0.94


def test_swapped_ratings_disagree_most() -> None:
    texts, ratings = reviews(1000)
    swapped = np.arange(1000) < 20
    given = np.where(swapped, 1.0 - ratings, ratings)
    score = disagreement(predicted(texts, given), given)
    assert score[swapped].min() > np.quantile(score[~swapped], 0.99)


@given(st.floats(0.0, 0.1), st.sampled_from([0.0, 1.0]))
def test_disagreement_rises_with_the_distance_from_a_clear_text_s_stars(falls: float, mode: float) -> None:
    distance = np.abs(FIVE - mode)
    chances = falls ** (distance * 4)
    prediction = told(np.tile(chances / chances.sum(), (5, 1)))
    score = disagreement(prediction, FIVE)
    assert np.all(np.diff(score[np.argsort(distance)]) >= -1e-9)


@given(st.lists(st.floats(0.0, 1.0), min_size=5, max_size=5).filter(lambda found: sum(found) > 0.1), st.floats(0, 1))
def test_disagreement_rises_with_what_lies_far(weights: list[float], moved: float) -> None:
    chances = np.array(weights) / sum(weights)
    further = chances.copy()
    further[0] -= moved * chances[0]
    further[4] += moved * chances[0]
    before, after = disagreement(told(np.vstack([chances, further])), np.zeros(2))
    assert after >= before - 1e-9


def test_disagreement_is_bounded() -> None:
    chances = np.eye(5)
    worst = disagreement(told(chances), np.array([1.0, 1.0, 0.5, 0.0, 0.0]))
    assert worst.max() == pytest.approx(np.log(1.001) - np.log(0.003), abs=0.05)
    none = disagreement(told(chances), FIVE)
    assert none == pytest.approx(np.log(0.001) - np.log(1.003))
    assert FAR == 0.75


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=11).filter(lambda found: sum(found) > 0.01), st.floats(0, 1))
def test_a_span_is_the_shortest_that_holds_its_share(weights: list[float], share: float) -> None:
    chances = np.array(weights) / sum(weights)
    values = np.linspace(0.0, 1.0, len(chances))
    low, high = told(chances, values).span(0, share)
    assert low <= high
    inside = (values >= low) & (values <= high)
    assert chances[inside].sum() >= share - 1e-6
    width = inside.sum()
    shorter = [chances[start : start + width - 1].sum() for start in range(len(chances) - width + 2)]
    assert width == 1 or max(shorter) < share + 1e-6


def test_spans_of_honest_texts_hold_nine_in_ten_stars() -> None:
    rng = np.random.default_rng(8)
    words = ["awful", "poor", "plain", "nice", "superb"]
    ratings = rng.integers(0, 5, 800) / 4.0
    near = np.clip(np.round(ratings[:, None] * 4 + rng.normal(0, 0.8, (800, 3))), 0, 4).astype("int64")
    texts = [" ".join(words[place] for place in row) + f" {number}" for number, row in enumerate(near)]
    found = predicted(texts, ratings)
    spans = np.array([found.span(row) for row in range(800)])
    held = (spans[:, 0] <= ratings + 1e-6) & (ratings <= spans[:, 1] + 1e-6)
    assert held.mean() >= 0.88
    assert (spans[:, 1] - spans[:, 0]).mean() < 0.8


@pytest.mark.parametrize("number", [1, 2, 7])
def test_few_texts_do_not_break_it(number: int) -> None:
    texts, ratings = reviews()
    assert len(predicted(texts[:number], ratings[:number]).expected) == number


def test_constant_ratings_and_texts_are_predicted_as_they_are() -> None:
    assert np.allclose(predicted(["always the same words"] * 40, np.full(40, 0.75)).expected, 0.75, atol=0.01)


def test_one_other_text_among_copies_does_not_break_it() -> None:
    ratings = np.r_[np.arange(59) % 5 / 4.0, 0.0]
    found = predicted(["always the same words"] * 59 + ["quite another text"], ratings)
    assert np.isfinite(found.chances).all()


def test_nothing_is_read_beyond_the_stated_length() -> None:
    texts, ratings = reviews()
    long = [text.ljust(MOST_CHARACTERS) for text in texts]
    other = [text + " awful" for text in long]
    assert np.array_equal(predicted(long, ratings).chances, predicted(other, ratings).chances)


def test_lines_are_kept_apart() -> None:
    assert normalised_lines("Liked:  the\u00a0pool \r\n\n\tbar") == "Liked: the pool\n\nbar"


def test_the_same_texts_give_the_same_bits() -> None:
    texts, ratings = reviews()
    one, other = predicted(texts, ratings, language="en"), predicted(texts, ratings, language="en")
    assert one.chances.tobytes() == other.chances.tobytes()
    assert one.weights.tobytes() == other.weights.tobytes()


@settings(max_examples=15)
@given(st.lists(any_texts(), min_size=2, max_size=30), st.integers(0, 10**6), st.sampled_from(["en", "xx"]))
def test_any_texts_and_ratings_have_a_distribution(texts: list[str], seed: int, language: str) -> None:
    rng = np.random.default_rng(seed)
    ratings = rng.integers(0, 5, len(texts)) / 4.0
    found = predict(read(texts, language), ratings, rng.integers(0, 3, len(texts)))
    assert np.allclose(found.chances.sum(axis=1), 1.0)
    assert np.isfinite(disagreement(found, ratings)).all()


def test_one_thread_of_linear_algebra_learns(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []

    def told(ratings: Floats) -> Floats:
        threads.extend(library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas")
        return values_of(ratings)

    monkeypatch.setattr(stars, "values_of", told)
    texts, ratings = reviews(60)
    with threadpool_limits(limits=2, user_api="blas"):
        predicted(texts, ratings)
        after = {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}
    assert set(threads) == {1}
    assert after == {2}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_hostile_texts_are_harmless(pattern: str) -> None:
    texts, ratings = reviews(120)
    texts[:20] = [long_text(pattern, 10**5)] * 20
    texts[20:24] = [long_text(pattern, MOST_CHARACTERS - 4) + f" ab{letter}" for letter in "wxyz"]
    assert np.isfinite(predicted(texts, ratings, language="en").expected).all()


@pytest.mark.parametrize("pattern", PATTERNS)
def test_reading_costs_by_length_and_nothing_beyond_the_cap(pattern: str) -> None:
    def reading(length: int) -> Callable[[], Features]:
        texts = [long_text(pattern, length - 2) + f" {end}" for end in "bcde"]
        return lambda: read(texts, "en")

    eighth, capped, beyond = reading(MOST_CHARACTERS // 8), reading(MOST_CHARACTERS), reading(10**6)
    assert times_as_long(capped, eighth) < LINEAR_IN_EIGHT
    assert times_as_long(beyond, capped) < NO_LONGER
