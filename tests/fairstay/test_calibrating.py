"""The store's own calibration, on a small platform of its own."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from detection import all_detectors
from detection.budgets import BUDGET, has_budget
from detection.cards import load_card
from detection.distance import measure, profile
from detection.protocol import Detector
from detection.simulate.platform import large_spec, simulate
from detection.trial import Progress as Say
from detection.trial import Trial, listing_years, own_rates
from fairstay import calibrating
from fairstay.calibrating import Calibrated, CalibrationError, calibrate, describe, forget_own, in_use, lines_in_use
from fairstay.config import Config, load_config
from fairstay.detecting import Detected, detect
from fairstay.importing import import_files
from fairstay.progress import Progress
from store.database import Database, open_database
from store.runs import read_state, write_state
from store.snapshot import read_reviews

AS_OF = dt.date(2026, 2, 1)
QUIET = Progress(quiet=True)
# Eighty listing-years hold ten alarms at this budget.
BUDGET_OF_TEN = 150.0


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store of forty listings; copy it."""
    folder = tmp_path_factory.mktemp("filled")
    platform = simulate(large_spec(listings=40, days=800), 1950)
    platform.reviews.to_csv(folder / "reviews.csv", index=False)
    (folder / "fairstay.toml").write_text('[text]\nmodel = ""\n[run]\nworkers = 1\nshards = 2\n', "utf-8")
    config = load_config(folder / "fairstay.toml")
    with closing(open_database(config.database_url)) as database:
        seen = dt.datetime.combine(AS_OF, dt.time())
        assert not import_files(database, [folder / "reviews.csv"], config, seen_at=seen, progress=QUIET).partial
    return folder


@pytest.fixture
def config(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.delenv("FAIRSTAY_DB", raising=False)
    return load_config(Path(shutil.copytree(filled, tmp_path / "store")) / "fairstay.toml")


@pytest.fixture
def store(config: Config) -> Iterator[Database]:
    with closing(open_database(config.database_url)) as database:
        yield database


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """A trial that is said to come to this much, whatever is asked; the seeds and rounds that were asked for."""
    asked = []

    def try_out(
        detectors: Sequence[Detector], reviews: pd.DataFrame, *, seed: int, rounds: int, folder: Path, say: Say
    ) -> tuple[Trial, ...]:
        asked.append((seed, rounds))
        alarms = np.geomspace(20.0, 400.0, 60)
        own = own_rates(alarms, listing_years(reviews))
        outcomes = pd.DataFrame({"kind": "burst", "strength": [5, 4, 3, 2, 1], "rate": [1.0, 30.0, 60.0, 90.0, np.inf]})
        return (Trial("bursts", own, alarms, outcomes),)

    monkeypatch.setattr(calibrating, "try_out", try_out)
    return asked


def calibrated(store: Database, config: Config, **changed: object) -> calibrating.Calibrated:
    said = {"budget": BUDGET_OF_TEN, "seed": 1, "rounds": 1, "dry_run": False, **changed}
    return calibrate(store, config, as_of=AS_OF, progress=QUIET, **said)  # type: ignore[arg-type]


def detected(store: Database, config: Config) -> Detected:
    return detect(store, config, as_of=AS_OF, progress=QUIET)


def budget_of_bursts(store: Database, config: Config) -> float:
    detector = next(each for each in in_use(store, config).detectors() if each.name == "bursts")
    return float(getattr(detector, BUDGET))


def test_without_any_the_packaged_cards_hold(store: Database, config: Config) -> None:
    calibration = in_use(store, config)
    assert calibration.detectors() == all_detectors()
    assert calibration.notes == ()
    (line,) = [line for line in lines_in_use(calibration.detectors(), calibration) if line.startswith("bursts")]
    assert "about 10 false alarms per 1,000 listing-years on simulated data, by" in line
    assert f"by the packaged card ({load_card('bursts').made_on})" in line


def test_a_budget_in_the_settings_reaches_the_detectors(store: Database, config: Config) -> None:
    few, many = replace(config, alarm_budget=0.5), replace(config, alarm_budget=500.0)
    assert budget_of_bursts(store, few) == 0.5
    lower, upper = detected(store, few).evidence, detected(store, many).evidence
    assert lower < upper
    kept = json.loads(str(read_state(store, calibrating.IN_USE)))
    assert kept["bursts"]["budget"] == 500.0


@pytest.mark.usefixtures("quick")
def test_what_is_stored_is_used_until_the_packaged_card_is_wanted_again(store: Database, config: Config) -> None:
    before = detected(store, config)
    done = calibrated(store, config)
    assert done.stored == BUDGET_OF_TEN
    calibration = in_use(store, config)
    assert calibration.budget == BUDGET_OF_TEN
    own = calibration.own["bursts"]
    (bursts,) = [each for each in calibration.detectors() if each.name == "bursts"]
    assert getattr(bursts, "card", None) == own.rates.applied(load_card("bursts"))
    (line,) = [line for line in lines_in_use(calibration.detectors(), calibration) if line.startswith("bursts")]
    assert f"by this store's history of {own.rates.listing_years:,.0f} listing-years, calibrated {AS_OF}" in line
    assert f"about {BUDGET_OF_TEN:g} alarms of any kind per 1,000 listing-years, by" in line
    assert detected(store, config).changed
    assert not detected(store, config).changed
    kept = json.loads(str(read_state(store, calibrating.IN_USE)))["bursts"]
    assert (kept["budget"], kept["own"]["alarms"]) == (BUDGET_OF_TEN, 60)
    assert [row["found"] for row in kept["own"]["recall"]] == [row.found for row in own.recall]
    assert kept["own"]["recall_budget"] == BUDGET_OF_TEN
    forget_own(store)
    assert in_use(store, config).own == {}
    assert in_use(store, config).detectors() == all_detectors()
    after = detected(store, config)
    assert (after.changed, after.evidence) == (True, before.evidence)


def test_a_real_trial_on_the_store(store: Database, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    # Half of the listings at a time is too many for good figures, and quick.
    monkeypatch.setattr("detection.trial._ATTACKED", 0.5)
    done = calibrated(store, config, budget=None)
    assert {trial.detector for trial in done.trials} == {each.name for each in all_detectors() if has_budget(each)}
    assert all(f"{trial.detector}: {trial.own.alarms:,} alarms" in str(done) for trial in done.trials)
    assert not any(config.path(config.work_folder).iterdir())


@pytest.mark.usefixtures("quick")
def test_the_settings_go_before_the_stored_budget_and_keep_its_rates(store: Database, config: Config) -> None:
    calibrated(store, config)
    changed = replace(config, alarm_budget=200.0)
    assert budget_of_bursts(store, changed) == 200.0
    assert set(in_use(store, changed).own) == {"bursts"}
    assert in_use(store, changed).own["bursts"].budget == BUDGET_OF_TEN


def test_a_dry_run_and_a_look_store_nothing(store: Database, config: Config, quick: list[tuple[int, int]]) -> None:
    assert calibrated(store, config, dry_run=True, seed=4).stored is None
    assert calibrated(store, config, budget=None, rounds=9).stored is None
    assert quick == [(4, 1), (1, 9)]
    assert in_use(store, config).own == {}
    assert read_state(store, "calibrated") is None


@pytest.mark.usefixtures("quick")
def test_the_table_says_by_what_each_budget_was_counted(store: Database, config: Config) -> None:
    lines = str(calibrated(store, config, budget=None)).splitlines()
    years = listing_years(read_reviews(store))
    assert lines[0] == f"bursts: 60 alarms of any strength in this history of {years:,.0f} listing-years"
    rows = {line.split()[0]: line.split() for line in lines[3:7]}
    assert list(rows) == ["3", "10", "30", "100"]
    assert {row[1] for row in rows.values()} == {"card"}
    assert rows["30"][2] == "8"
    assert rows["30"][3::2] == ["1/1", "1/1", "0/1", "0/1", "0/1"]
    assert "campaigns may be among them" in lines[-2].lower()
    more = str(calibrated(store, config, budget=BUDGET_OF_TEN, dry_run=True)).splitlines()
    chosen = next(line.split() for line in more if line.split()[0] == "150")
    assert chosen[1:3] == ["own", "history"]
    # One alarm is always taken to be unseen.
    assert abs(int(chosen[3]) + 1 - BUDGET_OF_TEN * years / 1000.0) <= 1.0


def test_a_detector_that_could_not_be_tried_shows_its_alarms_alone() -> None:
    nothing = pd.DataFrame({"kind": [], "strength": [], "rate": []})
    trial = Trial("boosting", own_rates(np.zeros(0), 50.0), np.array([5.0, 50.0]), nothing)
    lines = str(Calibrated((trial,), {"boosting": 3.0}, None)).splitlines()
    assert "planted reviews have none" in lines[1]
    rows = [line.split() for line in lines[3:7]]
    assert rows == [["3", "card", "0"], ["10", "card", "1"], ["30", "card", "1"], ["100", "card", "2"]]


@pytest.mark.usefixtures("quick")
def test_too_few_alarms_to_count(store: Database, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    def few(*_: object, **__: object) -> tuple[Trial, ...]:
        outcomes = pd.DataFrame({"kind": ["burst"], "strength": [5], "rate": [1.0]})
        return (Trial("bursts", own_rates(np.full(9, 5.0), 79.0), np.full(9, 5.0), outcomes),)

    monkeypatch.setattr(calibrating, "try_out", few)
    with pytest.raises(CalibrationError, match=r"fewer than 10 alarms .* set \[detect\]"):
        calibrated(store, config)
    assert read_state(store, "calibrated") is None


def test_a_history_that_is_too_short_for_a_budget(store: Database, config: Config) -> None:
    with pytest.raises(CalibrationError) as said:
        calibrated(store, config, budget=10.0)
    assert "too few to count 10 alarms per 1,000 (1,000 are needed)" in str(said.value)
    assert "ask for --budget 1" in str(said.value)
    assert f"set [detect] {BUDGET} = 10," in str(said.value)


@pytest.mark.usefixtures("quick")
def test_another_detector_or_card_makes_it_stale(store: Database, config: Config) -> None:
    calibrated(store, config)
    kept = json.loads(str(read_state(store, "calibrated")))
    kept["detectors"]["bursts"]["made_with"] = "another"
    write_state(store, "calibrated", json.dumps(kept))
    calibration = in_use(store, config)
    assert calibration.own == {}
    assert calibration.detectors() == all_detectors()
    assert any("run it again" in note for note in detected(store, config).notes)


def test_what_is_kept_for_the_reports(store: Database, config: Config) -> None:
    detected(store, config)
    kept = json.loads(str(read_state(store, calibrating.IN_USE)))
    assert kept == json.loads(describe(read_reviews(store), in_use(store, config)))
    assert set(kept) == {each.name for each in all_detectors()}
    assert kept["bursts"]["made_on"] == load_card("bursts").made_on
    assert kept["bursts"]["budget"] == budget_of_bursts(store, config)
    assert list(kept["bursts"]["platforms"]) == ["wideworld"]


def test_how_far_the_data_are_goes_by_the_card_s_profile(
    store: Database, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviews = read_reviews(store)
    yours = profile([measure(reviews)])
    card = replace(load_card("bursts"), profile=yours)
    monkeypatch.setattr(calibrating, "load_card", lambda name: card if name == "bursts" else load_card(name))
    told = json.loads(describe(reviews, in_use(store, config)))["bursts"]["platforms"]["wideworld"]
    assert (told["level"], told["outside"]) == ("like", [])
    told = json.loads(describe(reviews.assign(rating=1.0), in_use(store, config)))["bursts"]["platforms"]["wideworld"]
    assert told["level"] == "partly unlike"
    assert "share of high ratings" in told["outside"]
