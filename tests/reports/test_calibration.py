from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reports.calibration import calibration_sentences, last_calibration, read_calibration
from reports.explain import with_calibration
from reports.owner import owner_dossier, render_html
from reports.queue import write_queue
from reports.wording import banned_words, generated_text
from store.database import Database
from store.runs import write_state
from tests.reports.conftest import AS_OF, HOTEL

RECALL = [
    {"kind": "burst", "strength": 3, "planted": 60, "found": 50, "low": 0.715, "high": 0.917},
    {"kind": "burst", "strength": 1, "planted": 60, "found": 3, "low": 0.01, "high": 0.14},
    {"kind": "bombing", "strength": 3, "planted": 60, "found": 30, "low": 0.37, "high": 0.63},
]


def said(**platforms: dict[str, Any]) -> dict[str, Any]:
    """What a detection keeps of one detector."""
    whole = {
        "level": "unknown",
        "outside": [],
        "recall": RECALL,
        "recall_budget": 10.0,
        "delay": None,
        "raised": 8.0,
        "standing": 6.0,
    }
    told = {name: {**whole, **part} for name, part in platforms.items()}
    made_on = "6 simulated worlds, 21,585 listing-years"
    return {"bursts": {"made_on": made_on, "null": "", "budget": 10.0, "own": None, "platforms": told}}


def test_what_the_figures_rest_on_and_what_is_found() -> None:
    text = calibration_sentences(said(tripadvisor={"level": "like"}), "bursts", "tripadvisor")
    assert (
        "6 simulated worlds, 21,585 listing-years; about 10 false alarms per 1,000 listing-years on simulated data"
        in text
    )
    assert (
        "50 of 60 bursts of praise (72 % to 92 %), 30 of 60 waves of low ratings (37 % to 63 %) at 10 false alarms per"
        in text
    )
    assert "3 of 60" not in text
    assert "As raised, night by night, there were 8 false alarms per 1,000 listing-years; judged again" in text
    assert "with the following weeks known, 6. The figures hold" in text
    assert text.endswith("are like those that the calibration was made on.")


@pytest.mark.parametrize(("level", "care"), [("partly unlike", "less well"), ("unlike", "roughly at best")])
def test_how_far_the_data_are(level: str, care: str) -> None:
    far = {"level": level, "outside": ["share of high ratings", "days of history"]}
    text = calibration_sentences(said(tripadvisor=far, google={"level": "like"}), "bursts", "tripadvisor")
    assert f"are {level} those that the calibration was made on (share of high ratings, days of history)" in text
    assert f"hold {care} there" in text
    assert text.count("The data of") == 1
    assert calibration_sentences(said(tripadvisor=far, google={"level": "like"}), "bursts").count("The data of") == 2


def test_a_calibration_of_the_store_s_own_is_not_held_against_the_card() -> None:
    own = said(tripadvisor={"level": "unlike", "outside": ["days of history"]})
    own["bursts"]["own"] = {"listing_years": 1234.0, "alarms": 56, "as_of": "2026-11-01"}
    own["bursts"]["own"] |= {"recall": RECALL[:1], "recall_budget": 10.0}
    text = calibration_sentences(own, "bursts", "tripadvisor")
    assert "this store's own history (1,234 listing-years, 56 alarms" in text
    assert "about 10 alarms of any kind per 1,000 listing-years are let through" in text
    assert "50 of 60 bursts of praise (72 % to 92 %) at 10 alarms of any kind per 1,000 listing-years" in text
    assert "simulated" not in text
    assert "waves of low ratings" not in text
    assert "unlike" not in text


@pytest.mark.parametrize("detector", ["mismatch", "reuse", "lures", "generated"])
def test_a_card_counted_in_reviews_names_its_reviews_and_no_listing_years(detector: str) -> None:
    part = {**said(tripadvisor={})["bursts"], "made_on": "45,000 real hotel reviews", "budget": None}
    words = with_calibration(detector, {detector: part}, "tripadvisor").calibration
    assert words.endswith("In this report the figures rest on 45,000 real hotel reviews.")
    assert "listing-year" not in words


def test_without_a_card_nothing_is_said() -> None:
    assert calibration_sentences({}, "bursts", "tripadvisor") == ""
    words = with_calibration("bursts", {})
    assert words.calibration == words.calibration.strip()


def test_a_platform_that_is_new_gets_what_is_known_of_the_others() -> None:
    assert "50 of 60" in calibration_sentences(said(google={}), "bursts", "tripadvisor")
    assert "planted" not in calibration_sentences(said(), "bursts", "tripadvisor")


@pytest.mark.parametrize(("budget", "told"), [(4.9, False), (5.0, True), (20.0, True), (20.1, False), (None, False)])
def test_figures_of_quite_another_budget_are_left_out(budget: float | None, told: bool) -> None:
    kept = said(tripadvisor={})
    kept["bursts"]["budget"] = budget
    text = calibration_sentences(kept, "bursts", "tripadvisor")
    assert ("50 of 60" in text, "night by night" in text) == (told, told)
    own = said(tripadvisor={})
    own["bursts"] |= {"budget": budget, "own": {"listing_years": 9.0, "alarms": 5, "recall": RECALL}}
    own["bursts"]["own"]["recall_budget"] = 10.0
    assert ("50 of 60" in calibration_sentences(own, "bursts", "tripadvisor")) == told


def test_each_platform_has_its_own_figures() -> None:
    other = {"recall": [{**RECALL[0], "found": 20}], "standing": None}
    kept = said(tripadvisor={}, google=other)
    assert "20 of 60" in calibration_sentences(kept, "bursts", "google")
    assert "50 of 60" not in calibration_sentences(kept, "bursts", "google")
    every = calibration_sentences(kept, "bursts")
    assert "On Tripadvisor: Of planted campaigns of middling strength it found 50 of 60" in every
    assert "On Google: Of planted campaigns of middling strength it found 20 of 60" in every
    assert every.count("judged again") == 1
    agreed = calibration_sentences(said(tripadvisor={}, google={}), "bursts")
    assert agreed.count("50 of 60") == 1
    assert "On Google" not in agreed


def test_the_reports_quote_what_the_detection_kept(store: Database, tmp_path: Path) -> None:
    assert read_calibration(store) == {}
    write_state(store, "calibration", json.dumps(said(tripadvisor={"level": "unlike", "outside": ["days of history"]})))
    page = render_html(owner_dossier(store, HOTEL, as_of=AS_OF))
    write_queue(store, tmp_path, as_of=AS_OF)
    for html in (page, (tmp_path / "index.html").read_text("utf-8")):
        text = generated_text(html)
        assert "50 of 60 bursts of praise (72 % to 92 %)" in text
        assert "unlike those that the calibration was made on (days of history)" in text
        assert banned_words(text) == []


def test_lines_for_the_status(store: Database) -> None:
    far = {"level": "partly unlike", "outside": ["days of history", "share of low ratings"]}
    write_state(store, "calibration", json.dumps(said(google=far, booking={})))
    assert last_calibration(store) == [
        "bursts: 6 simulated worlds, 21,585 listing-years; about 10 false alarms per 1,000 listing-years on "
        "simulated data are let through",
        "bursts, google: partly unlike: days of history, share of low ratings",
    ]
