"""Stars predicted from text: out of fold, by the words that carry it, whatever the text is made of."""

import time

import numpy as np
import pytest

from detection.text.features import (
    MOST_CHARACTERS,
    Prediction,
    common_headings,
    driving_words,
    marked_words,
    normalised,
    predict,
    text_sha256,
)

GOOD = ("clean room", "lovely staff", "great breakfast", "quiet night", "wonderful view")
BAD = ("dirty room", "rude staff", "cold breakfast", "noisy night", "broken shower")


def reviews(number: int = 300, seed: int = 1) -> tuple[list[str], np.ndarray]:
    rng = np.random.default_rng(seed)
    good = rng.random(number) < 0.6
    texts = [
        f"We had a {', '.join(rng.choice(GOOD if well else BAD, 3))} on day {rng.integers(10**6)}" for well in good
    ]
    return texts, good.astype("float64")


def predicted(texts: list[str], ratings: np.ndarray, dense: np.ndarray | None = None) -> Prediction:
    return predict(texts, ratings, np.zeros(len(texts), dtype="int64"), dense)


def test_the_hash_ignores_spacing_and_unicode_forms():
    assert normalised("  Cafe\u0301\n\tgood ") == "Café good"
    assert text_sha256("Cafe\u0301  good") == text_sha256("Café good") != text_sha256("café good")


def test_clear_texts_are_predicted():
    texts, ratings = reviews()
    assert np.abs(predicted(texts, ratings).expected - ratings).mean() < 0.1


def test_predictions_stay_on_the_scale():
    texts, ratings = reviews()
    expected = predicted(texts, ratings).expected
    assert expected.min() >= 0.0
    assert expected.max() <= 1.0


def test_vectors_help_where_words_say_nothing():
    _, ratings = reviews()
    rng = np.random.default_rng(3)
    texts = [f"guest {rng.integers(10**9)} number {rng.integers(10**9)} stayed here" for _ in ratings]
    dense = rng.normal(size=(len(ratings), 12)) + ratings[:, None]
    blind = np.abs(predicted(texts, ratings).expected - ratings).mean()
    assert np.abs(predicted(texts, ratings, dense).expected - ratings).mean() < 0.7 * blind


def test_a_copy_does_not_predict_its_twin():
    # Each text is there twice with stars drawn anew: who sees the twin predicts it, who does not is left with the mean.
    rng = np.random.default_rng(4)
    syllables = np.array([a + b for a in "bdfgklmnprst" for b in "aeiou"])
    texts = [" ".join("".join(rng.choice(syllables, 4)) for _ in range(8)) for _ in range(150)]
    ratings = np.repeat(rng.integers(0, 2, 150).astype("float64"), 2)
    expected = predicted([copy for text in texts for copy in (text, f" {text} ")], ratings).expected
    assert abs(np.corrcoef(expected, ratings)[0, 1]) < 0.25
    assert np.allclose(expected[0::2], expected[1::2])


def test_a_group_shifts_its_own_reviews():
    rng = np.random.default_rng(5)
    groups = np.repeat([0, 1], 150)
    texts = [f"stay number {rng.integers(10**9)} of {rng.integers(10**9)}" for _ in groups]
    expected = predict(texts, np.where(groups == 1, 0.9, 0.3), groups, None).expected
    assert expected[groups == 1].min() > 0.7
    assert expected[groups == 0].max() < 0.5


def test_the_driving_words_are_of_the_text_and_of_the_asked_side():
    texts, ratings = reviews()
    found = predicted(texts, ratings)
    row = int(np.flatnonzero(ratings == 0)[0])
    words = driving_words(found, row, praise=False)
    assert 0 < len(words) <= 8
    said = texts[row].lower().replace(",", "").replace(" a ", " ")
    assert all(word in said for word in words)
    assert {word for pair in words for word in pair.split()} & {"dirty", "rude", "cold", "noisy", "broken"}
    assert not {word for pair in driving_words(found, row, praise=True) for word in pair.split()} & {"dirty", "rude"}


def test_headings_that_many_texts_share_mark_their_words():
    texts = ["Liked: the pool\nDisliked: the bar", "Liked: all", "Disliked: the food: cold", *["plain words"] * 9]
    headings = common_headings(texts)
    assert headings == {"Liked", "Disliked"}
    marked = marked_words(texts[0], headings)
    assert len(marked) == len(set(marked)) == 6
    assert {word.rpartition("\x1f")[0] for word in marked} == {"liked", "disliked"}
    assert marked_words("Note: the pool", headings) == ["note", "the", "pool", "note the", "the pool"]


def test_marks_are_not_quoted():
    texts, ratings = reviews()
    under = [f"{'Liked' if well else 'Disliked'}: {text}" for text, well in zip(texts, ratings, strict=True)]
    found = predicted(under, ratings)
    assert not any("\x1f" in word for row in range(20) for word in driving_words(found, row, praise=bool(ratings[row])))


@pytest.mark.parametrize("number", [0, 1, 7])
def test_few_texts_do_not_break_it(number: int):
    texts, ratings = reviews()
    assert len(predicted(texts[:number], ratings[:number]).expected) == number


@pytest.mark.parametrize(
    "text", ["😀😀 😀😀 😀", "\x00\x01\x02 \x1f", "", "a" * 10**6, "Liked:" * 200_000, " \n" * 10**6]
)
def test_hostile_texts_are_harmless_and_quick(text: str):
    texts, ratings = reviews()
    texts[:20] = [text] * 20
    started = time.process_time()
    expected = predicted(texts, ratings).expected
    assert np.isfinite(expected).all()
    assert time.process_time() - started < 10


def test_nothing_is_read_beyond_the_stated_length():
    texts, ratings = reviews()
    long = [text.ljust(MOST_CHARACTERS) for text in texts]
    assert np.array_equal(
        predicted(long, ratings).expected, predicted([text + " awful" for text in long], ratings).expected
    )


def test_constant_ratings_and_texts_are_predicted_as_they_are():
    assert np.allclose(predicted(["always the same words"] * 40, np.full(40, 0.75)).expected, 0.75, atol=0.01)
