"""Stars by words learned elsewhere: the arithmetic, the shipped models, and that hostile texts cost no more."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from detection.text import MOST_CHARACTERS
from detection.text.prior import (
    IDF_UNIT,
    WEIGHT_UNIT,
    Model,
    counted,
    models,
    prior,
    read_models,
    terms_of,
    write_models,
)
from tests.timing import NO_LONGER, times_as_long

MODEL = Model("en", 0.5, 0.7, (("bad", -6_000, 200), ("nice", 4_000, 100), ("not bad", 3_000, 300)))


def test_terms_are_words_of_two_letters_and_pairs() -> None:
    assert terms_of("A NICE, nice room") == ["nice", "nice", "room", "nice nice", "nice room"]
    assert terms_of("cafe\u0301") == ["caf\u00e9"]
    assert terms_of("") == []


def test_expected_stars_are_a_regression_on_rows_of_length_one() -> None:
    two = 1 + math.log(2)
    nice_and_bad = 0.5 + (0.4 * two - 0.6) / math.hypot(1.0 * two, 2.0)
    not_bad = 0.5 + (0.3 - 0.6) / math.hypot(3.0, 2.0)
    found = MODEL.expected(["Nice, but bad. Nice?", "Not bad", "nice", "nothing known", ""])
    assert found == pytest.approx([nice_and_bad, not_bad, 0.9, 0.5, 0.5])


def test_expected_stars_are_those_of_the_common_vectoriser() -> None:
    texts = ["the room was bad and the bed was bad", "a nice room, not bad", "the bed, the bed"]
    vectoriser = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    matrix = vectoriser.fit_transform(texts)
    idf = np.round(IDF_UNIT * vectoriser.idf_).astype(int)
    weights = np.random.default_rng(0).normal(size=matrix.shape[1])
    folded = np.round(WEIGHT_UNIT * weights * vectoriser.idf_).astype(int)
    terms = tuple(zip(vectoriser.get_feature_names_out().tolist(), folded.tolist(), idf.tolist(), strict=True))
    assert Model("en", 0.1, 0.0, terms).expected(texts) == pytest.approx(0.1 + matrix @ weights, abs=0.01)


def test_counts_are_one_plus_a_logarithm() -> None:
    counts = counted(["bed bed room", ""], {"room": 0, "bed": 1, "lift": 2}).toarray()
    assert counts == pytest.approx(np.array([[1.0, 1 + math.log(2), 0.0], [0.0, 0.0, 0.0]]))
    assert counted([], {"room": 0}).shape == (0, 1)


def test_models_survive_a_file() -> None:
    other = Model("de", 0.25, 0.6, (("sch\u00f6n", 7, 310),))
    text = write_models([MODEL, other], {"learned_from": "elsewhere"})
    assert read_models(text) == {"de": other, "en": MODEL}
    assert write_models([other, MODEL], {"learned_from": "elsewhere"}) == text
    assert '"learned_from": "elsewhere"' in text
    with pytest.raises(KeyError):
        read_models('{"languages": {"en": {"bias": 1}}}')


def test_shipped_models_hold_few_words_and_no_texts() -> None:
    assert set(models()) == {"de", "en", "es", "fr", "it", "tr"}
    for model in models().values():
        assert 0.5 < model.correlation < 1.0
        assert 0.0 < model.bias < 1.0
        assert 100 <= len(model.terms) <= 1_500
        assert all(1 <= len(term.split()) <= 2 and term in terms_of(term) for term, _, _ in model.terms)
        assert all(idf > 0 for _, _, idf in model.terms)


@pytest.mark.parametrize(
    ("language", "praise", "complaint"),
    [
        ("en", "Excellent stay, lovely room and friendly staff", "Dirty room, rude staff, never again"),
        (
            "de-AT",
            "Alles perfekt, sehr freundlich und sauber",
            "Das Zimmer war schmutzig und das Personal unfreundlich",
        ),
        ("fr", "Parfait, personnel tr\u00e8s gentil, chambre propre", "Chambre sale, personnel d\u00e9sagr\u00e9able"),
        ("it", "Tutto perfetto, personale gentilissimo", "Camera sporca e personale scortese"),
        ("es", "Todo perfecto, excelente ubicaci\u00f3n", "Habitaci\u00f3n muy sucia, p\u00e9simo servicio"),
        ("tr", "Her \u015fey m\u00fckemmeldi, harika bir otel", "Oda \u00e7ok kirli, personel ilgisiz, berbat"),
    ],
)
def test_praise_comes_with_more_stars_than_complaint(language: str, praise: str, complaint: str) -> None:
    found = prior([praise, complaint], language)
    assert found is not None
    assert found.shape == (2,)
    assert found[0] > found[1] + 0.2


def test_other_languages_have_no_prior() -> None:
    assert prior(["mooi"], "nl") is None
    assert prior(["mooi"], "") is None
    found = prior([], "EN-gb")
    assert found is not None
    assert found.shape == (0,)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=200), max_size=4))
def test_any_text_has_stars_whatever_stands_beside_it(texts: list[str]) -> None:
    for model in models().values():
        found = model.expected(texts)
        assert np.isfinite(found).all()
        assert found == pytest.approx([float(model.expected([text])[0]) for text in texts])


@pytest.mark.parametrize("seed", ["a", "aa ", "e\u0301\u0302", "\u0316\u0301", "\x00\u202e", "部屋", "\ufdfa", "bad "])
def test_a_hostile_megabyte_costs_no_more_than_a_page(seed: str) -> None:
    text, model = seed * (1_000_000 // len(seed)), models()["en"]
    page = text[:MOST_CHARACTERS]
    assert model.expected([text]) == model.expected([page])
    assert times_as_long(lambda: model.expected([text]), lambda: model.expected([page])) < NO_LONGER
