"""The detector of texts like a language model's: what it shows, and the many texts that it is silent about."""

import datetime as dt
import json
import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from detection.arrays import Ints
from detection.cards import load_card
from detection.generated import Generated, as_score
from detection.protocol import Findings, Night
from detection.text.machine import models, read_words
from store.frames import ABSTENTIONS, EVIDENCE, MEMBERS, REVIEWS, SIGNALS, build, check, empty
from tests.detection.worlds import demo

# Written by a language model for this test.
LIKE_A_MODEL = {
    "en": "The location of the hotel was excellent, within walking distance of the main attractions. The staff was "
    "friendly and attentive, ensuring a comfortable stay. However, the room was quite small and the breakfast options "
    "were limited. The cleanliness of the bathroom could be improved and the decor felt a bit outdated.",
    "de": "Die Lage des Hotels war ausgezeichnet und das Personal war sehr freundlich und hilfsbereit. Leider ließ die "
    "Sauberkeit der Zimmer zu wünschen übrig. Die Auswahl beim Frühstück war begrenzt und die Einrichtung wirkte etwas "
    "veraltet. Insgesamt war der Aufenthalt angenehm, aber es gibt noch Verbesserungspotenzial.",
    "fr": "L'emplacement de l'hôtel était excellent, à proximité des principales attractions. Le personnel "
    "était très accueillant et serviable. Cependant, la propreté des chambres laissait à désirer et le petit-déjeuner "
    "manquait de variété. De plus, l'isolation phonique pourrait être améliorée.",
}
BY_A_GUEST = (
    "stayed here with my mate for the cup final, room was fine but the lift was bust both days so 4 flights of stairs "
    "with bags, guy at desk gave us a couple of beers for it so cant complain tbh, would go again if its under 80 quid"
)


class NoSnapshot:
    def where(self, column: str, hashes: Ints, columns: tuple[str, ...]) -> pd.DataFrame:
        raise AssertionError("the detector needs no snapshot")


NIGHT = Night(dt.date(2026, 3, 1), NoSnapshot())


def frame(texts: list[str], **changed: object) -> pd.DataFrame:
    number = np.arange(len(texts))
    values = {
        **dict.fromkeys(REVIEWS, 0),
        "review_key": [f"google/{i:05d}" for i in number],
        "listing_key": [f"google/hotel-{i % 5}" for i in number],
        "platform": "google",
        "day_to": 20_000 + number,
        "text": texts,
        "language": "en",
        "translated": False,
    }
    return build({**values, **changed}, REVIEWS)


def findings(reviews: pd.DataFrame, detector: Generated | None = None) -> Findings:
    detector = detector or Generated()
    return detector.conclude(detector.scan(reviews), NIGHT)


def reasons(found: Findings) -> dict[str, int]:
    return found.abstentions.groupby("reason")["reviews"].sum().to_dict()


@pytest.mark.parametrize("language", LIKE_A_MODEL)
def test_a_text_like_a_models_is_shown(language: str) -> None:
    found = findings(frame([LIKE_A_MODEL[language], BY_A_GUEST], language=[language, "en"]))
    assert list(found.evidence["subject_id"]) == ["google/00000"]
    row = found.evidence.iloc[0]
    facts = json.loads(row["facts"])
    assert set(facts) == {"language", "score", "one_in", "quality", "words", "considered"}
    assert facts["language"] == language
    assert facts["quality"] == models()[language].auc
    assert facts["words"] == len(read_words(LIKE_A_MODEL[language]))
    assert facts["one_in"] >= 1000.0
    assert facts["score"] == row["score"]
    assert row["p_value"] == pytest.approx(-np.expm1(-1.0 / facts["one_in"]), rel=0.01)
    assert (row["window_start"], row["window_end"], row["n_reviews"]) == (20_000, 20_000, 1)
    assert found.members.to_dict("records") == [
        {"evidence_key": row["evidence_key"], "review_key": "google/00000", "role": "subject", "weight": 1.0}
    ]
    for name, columns in {"evidence": EVIDENCE, "members": MEMBERS, "abstentions": ABSTENTIONS}.items():
        check(getattr(found, name), columns, name)


def test_no_reviews_score_rests_on_it() -> None:
    assert_frame_equal(findings(frame([*LIKE_A_MODEL.values(), BY_A_GUEST])).signals, empty(SIGNALS))


def test_silence_has_a_reason() -> None:
    text = LIKE_A_MODEL["en"]
    texts = ["", "  ", text, " ".join(text.split()[:29]), text, text]
    languages = ["en", "en", "en", "en", "sv", "und"]
    found = findings(frame(texts, language=languages, translated=[False, False, True, False, False, False]))
    assert found.evidence.empty
    assert reasons(found) == {"no_text": 2, "translated": 1, "too_short": 1, "no_measurement": 2}


@pytest.mark.parametrize("detector", [Generated(least_auc=0.999), Generated(least_recall=0.999)])
def test_below_the_stated_quality_it_is_silent(detector: Generated) -> None:
    found = findings(frame([LIKE_A_MODEL["en"]]), detector)
    assert found.evidence.empty
    assert reasons(found) == {"quality_too_low": 1}


def test_a_region_is_the_same_language() -> None:
    assert len(findings(frame([LIKE_A_MODEL["en"]], language="en-GB")).evidence) == 1


def test_the_stricter_the_promise_the_fewer_are_shown() -> None:
    card = load_card("generated")
    lines = [card.score_at(rate) for rate in (100.0, 10.0, 1.0)]
    assert lines == sorted(lines)
    assert lines[-1] < 1.0
    assert findings(frame([LIKE_A_MODEL["en"]]), replace(Generated(), false_per_1000_reviews=1e-6)).evidence.empty


def test_the_simulators_honest_reviews_are_left_alone() -> None:
    reviews = demo(attacks=False, seed=9)
    judged = Generated().scan(reviews)
    assert (judged["abstained"] == "").sum() > 100
    assert findings(reviews).evidence.empty


def test_scores_keep_the_order_of_the_odds() -> None:
    odds = np.array([-1e9, -2.0, 0.0, 2.5, 1e9])
    assert as_score(odds).tolist() == [0.0, 0.1192, 0.5, 0.9241, 0.9999]


def test_shards_rows_and_input_do_not_matter() -> None:
    detector = Generated()
    reviews = frame([LIKE_A_MODEL["en"], BY_A_GUEST, "", LIKE_A_MODEL["en"]])
    before = reviews.copy(deep=True)
    whole = findings(reviews)
    parts = [detector.scan(part) for part in (reviews.iloc[2:], reviews.iloc[:2])]
    apart = detector.conclude(pd.concat(parts, ignore_index=True), NIGHT)
    for name in ("evidence", "members", "abstentions"):
        assert_frame_equal(getattr(apart, name), getattr(whole, name))
    assert_frame_equal(reviews, before)
    assert pickle.loads(pickle.dumps(detector)) == detector
    check(detector.scan(reviews), Generated.partial, "partial")


def test_nothing_comes_of_nothing() -> None:
    found = findings(empty(REVIEWS))
    assert_frame_equal(found.evidence, empty(EVIDENCE))
    assert_frame_equal(found.members, empty(MEMBERS))
    assert_frame_equal(found.abstentions, empty(ABSTENTIONS), check_index_type=False)
