"""The review texts: complete, varied, true to their stars, and alike only where a campaign says so."""

import re
import statistics

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline

from detection.simulate.text import ASPECTS, Text, campaign, compose, languages

PLACE = {"city": "Amsterdam", "listing": "Hotel Aurora"}
HONEST_STARS = (0.07, 0.08, 0.13, 0.28, 0.44)

WORDS_OF = {
    "en": ("nois|loud|sound|quiet", "construct|build|renovat|scaffold|drill|jackhammer"),
    "de": ("l[äa]rm|laut|leise|ruhig|ger[äa]usch|mucks|w[äa]nde", "bau|renov|presslufth"),
    "it": ("rumor|quiete|silenzio|muri|pareti", "lavori|cantiere"),
    "fr": ("bruit|calme", "travaux|chantier"),
    "es": ("ruido|silencio|calma|paredes|tabiques", "obras"),
}


def reviews(language: str, number: int, seed: int) -> tuple[np.ndarray, list[Text]]:
    rng = np.random.default_rng(seed)
    stars = rng.choice([1, 2, 3, 4, 5], size=number, p=HONEST_STARS)
    kinds = ("hotel", "restaurant")
    texts = [
        compose(rng, language=language, kind=kinds[i % 2], stars=int(value), **PLACE) for i, value in enumerate(stars)
    ]
    return stars, texts


def shingles(text: str) -> frozenset[tuple[str, ...]]:
    words = text.lower().split()
    return frozenset(tuple(words[i : i + 3]) for i in range(max(1, len(words) - 2)))


def likeness_of(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> float:
    return len(one & other) / len(one | other)


def nearest(bodies: list[str]) -> list[float]:
    sets = [shingles(body) for body in bodies]
    return [max(likeness_of(one, other) for other in sets if other is not one) for one in sets]


def test_the_same_generator_state_gives_the_same_texts() -> None:
    first, again = reviews("en", 50, 7)[1], reviews("en", 50, 7)[1]
    assert first == again
    assert first != reviews("en", 50, 8)[1]


def test_a_campaign_is_deterministic() -> None:
    def texts() -> list[Text]:
        rng = np.random.default_rng(3)
        made = campaign(rng, language="it", kind="hotel", stars=1, **PLACE)
        return [made.text(rng, likeness) for likeness in (0.0, 0.3, 0.7, 1.0)]

    assert texts() == texts()


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("kind", list(ASPECTS))
@pytest.mark.parametrize("stars", [1, 2, 3, 4, 5])
def test_every_text_is_complete(language: str, kind: str, stars: int) -> None:
    rng = np.random.default_rng(stars)
    made = campaign(rng, language=language, kind=kind, stars=stars, **PLACE)
    texts = [compose(rng, language=language, kind=kind, stars=stars, **PLACE) for _ in range(150)]
    texts += [made.text(rng, likeness) for likeness in np.linspace(0, 1, 30)]
    for text in texts:
        assert text.title
        assert text.body
        assert not re.search(r"[{}\[\]|]|  | ,|None", text.title + " " + text.body), text
        assert len(text.body.split()) <= 300


@pytest.mark.parametrize("language", languages())
def test_lengths_are_spread_about_forty_five_words(language: str) -> None:
    lengths = [len(text.body.split()) for text in reviews(language, 1500, 2)[1]]
    assert 38 <= statistics.median(lengths) <= 52
    assert 0.06 < statistics.mean(length <= 10 for length in lengths) < 0.2
    assert max(lengths) > 200


@pytest.mark.parametrize("language", languages())
def test_honest_texts_are_hardly_ever_near_copies(language: str) -> None:
    bodies = [text.body for text in reviews(language, 500, 4)[1] if len(text.body.split()) >= 20]
    near = nearest(bodies)
    assert statistics.mean(value >= 0.5 for value in near) <= 0.005
    assert statistics.median(near) < 0.15


@pytest.mark.parametrize("language", languages())
def test_a_campaign_is_as_alike_as_it_is_told(language: str) -> None:
    rng = np.random.default_rng(6)
    made = campaign(rng, language=language, kind="restaurant", stars=5, **PLACE)
    median = {
        likeness: statistics.median(nearest([made.text(rng, likeness).body for _ in range(30)]))
        for likeness in (0.0, 0.5, 1.0)
    }
    assert median[1.0] > 0.6
    assert median[0.0] < 0.35
    assert median[0.0] < median[0.5] < median[1.0]


@pytest.mark.parametrize("language", languages())
def test_the_wording_follows_the_stars_but_not_to_the_letter(language: str) -> None:
    rng = np.random.default_rng(11)
    stars = np.asarray([1, 2, 3, 4, 5] * 120)
    texts = [compose(rng, language=language, kind="hotel", stars=int(value), **PLACE) for value in stars]
    model = make_pipeline(TfidfVectorizer(sublinear_tf=True), Ridge())
    guessed = cross_val_predict(model, [f"{text.title}. {text.body}" for text in texts], stars.astype(float), cv=5)
    assert 0.6 < spearmanr(guessed, stars).statistic < 0.97
    assert np.abs(np.clip(guessed, 1, 5) - stars).mean() > 0.4


@pytest.mark.parametrize("language", languages())
def test_topics_are_spoken_of(language: str) -> None:
    rng = np.random.default_rng(9)
    for topic, words in zip(("noise", "building_work"), WORDS_OF[language], strict=True):
        for sign in ("", "+", "-"):
            texts = [
                compose(rng, language=language, kind="hotel", stars=4, topics=[sign + topic], **PLACE)
                for _ in range(100)
            ]
            told = statistics.mean(bool(re.search(words, text.body.lower())) for text in texts)
            assert told > 0.9, (topic, sign, told)


def test_every_aspect_of_either_kind_can_be_forced() -> None:
    rng = np.random.default_rng(10)
    for language in languages():
        for kind, aspects in ASPECTS.items():
            signed = [sign + aspect for sign, aspect in zip("+-" * 7, aspects, strict=True)]
            body = compose(rng, language=language, kind=kind, stars=3, topics=signed, **PLACE).body
            assert len(body.split()) > 40


def test_a_topic_without_a_sign_goes_by_the_stars() -> None:
    rng = np.random.default_rng(12)
    for stars, words in ((5, "construct|build|renovat|paused|bother"), (1, "drill|dust|build|warned|scaffold|constr")):
        body = compose(rng, language="en", kind="hotel", stars=stars, topics=["building_work"], **PLACE).body
        assert re.search(words, body.lower())


@pytest.mark.parametrize("wrong", [{"language": "xx"}, {"kind": "bar"}, {"topics": ["-ghosts"]}])
def test_an_unknown_language_kind_or_aspect_is_refused(wrong: dict[str, object]) -> None:
    right: dict[str, object] = {"language": "en", "kind": "hotel", "stars": 3}
    with pytest.raises(ValueError, match=r"xx|bar|ghosts"):
        compose(np.random.default_rng(1), **{**right, **wrong, **PLACE})  # type: ignore[arg-type]  # wrong on purpose
