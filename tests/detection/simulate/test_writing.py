from dataclasses import replace

import numpy as np
import pytest

from detection.simulate.company import with_company
from detection.simulate.grammar import LANGUAGES
from detection.simulate.platform import Platform, large_spec, simulate
from detection.simulate.text import compose
from detection.simulate.world import Honest

ASIDES = (
    "wedding", "tour", "festival", "opening", "media", "card", "management", "cold", "water", "illness", "power",
)  # fmt: skip


@pytest.fixture(scope="module")
def platform() -> Platform:
    return simulate(large_spec(listings=60, texts=True), seed=1002)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("aside", ASIDES)
def test_every_language_speaks_of_every_event_in_many_ways(language: str, aside: str) -> None:
    def texts(aside: str) -> list[str]:
        rng = np.random.default_rng(5)
        place = {"city": "Rivanardo", "listing": "Hotel Aurora", "kind": "hotel"}
        return [compose(rng, language=language, stars=4, aside=aside, **place).body for _ in range(60)]

    with_it, without = texts(aside), texts("")
    assert all(one != other for one, other in zip(with_it, without, strict=True))
    assert not any(mark in text for text in with_it for mark in "{}[]|")
    first = {" ".join(text.split()[:3]) for text in with_it}
    assert len(first) > 20


def test_towns_speak_their_own_language_first(platform: Platform) -> None:
    own = {"IT": "it", "DE": "de", "GB": "en"}
    shares = platform.reviews.groupby("country")["language"].value_counts(normalize=True).unstack().fillna(0)
    assert set(shares.index) == set(own)
    assert all(0.4 < shares.loc[country, language] < 0.85 for country, language in own.items())


def test_owners_answer_some_in_the_language_of_the_town(platform: Platform) -> None:
    answered = platform.reviews[platform.reviews["response_text"].notna()]
    assert 0.1 < len(answered) / len(platform.reviews) < 0.5
    assert answered.loc[answered["country"] == "DE", "response_text"].str.contains("Vielen Dank|Das tut uns leid").all()
    glad = answered["response_text"].str.contains("Thank you|Vielen Dank|Grazie")
    assert (glad == (answered["rating"] >= 4)).mean() > 0.999


def test_texts_change_nothing_else() -> None:
    spec = replace(large_spec(listings=30, texts=True), honest=Honest())
    written, silent = simulate(spec, 3), simulate(replace(spec, texts=False), 3)
    columns = ["review_id", "reviewer_id", "rating", "published"]
    assert written.reviews[columns].equals(silent.reviews[columns])
    assert written.reviews["text"].notna().all()
    assert silent.reviews["text"].isna().all()


def test_parties_and_families_mostly_write_one_language() -> None:
    made = simulate(with_company(large_spec(listings=150, texts=True)), seed=4)
    written = made.reviews.merge(made.truth, on="review_id").merge(made.events, on="event_id")
    together = written[written["kind"].isin(["tour_party", "family"])].drop_duplicates(["event_id", "reviewer_id"])
    shares = together.groupby("event_id")["language"].agg(lambda said: said.value_counts(normalize=True).iloc[0])
    assert len(shares) > 3
    assert shares.mean() > 0.7
