"""fairstay.commands.calibrate: what the command says and refuses."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from fairstay.calibrating import Calibrated
from store.database import open_database
from store.runs import read_state
from tests.fairstay.conftest import Run


def test_the_help_has_an_example(run: Run) -> None:
    said = run("calibrate", "--help")
    assert said.code == 0
    assert "Example:" in said.out
    assert "fairstay calibrate --budget 30" in said.out


def test_an_empty_store_is_refused_in_one_line(run: Run) -> None:
    said = run("--quiet", "calibrate")
    assert (said.code, said.out, len(said.lines)) == (2, "", 1)
    assert "too small to plant attacks in (0 listings, 0 listing-years)" in said.lines[0]
    assert "10 listings and 365 days" in said.lines[0]


def test_a_small_store_is_refused_in_one_line(run: Run, town: Path) -> None:
    said = run("--config", town / "fairstay.toml", "--quiet", "calibrate", "--budget", "30")
    assert (said.code, said.out, len(said.lines)) == (2, "", 1)
    assert "(11 listings, 12 listing-years)" in said.lines[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--budget", "0"], "0"), (["--seeds", "0"], "0"), (["--packaged", "--budget", "3"], "exclude each other")],
)
def test_a_wrong_call(run: Run, arguments: list[str], words: str) -> None:
    said = run("calibrate", *arguments)
    assert said.code == 2
    assert words in said.lines[-1]


def test_the_options_reach_the_calibration(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, object]] = []

    def calibrate(database: object, config: object, **said: object) -> Calibrated:
        given = {name: said[name] for name in ("budget", "seed", "rounds", "dry_run")}
        asked.append({**given, "day": str(said["as_of"])})
        return Calibrated((), {}, None if said["dry_run"] else 30.0)

    monkeypatch.setattr("fairstay.calibrating.calibrate", calibrate)
    arguments = ["--budget", "30", "--seeds", "2", "--seed", "7", "--as-of", "2026-11-01"]
    assert "from the next detection on: 30 alarms" in run("calibrate", *arguments).out
    assert "from the next detection on" not in run("calibrate", *arguments, "--dry-run").out
    same = {"budget": 30.0, "seed": 7, "rounds": 2, "day": "2026-11-01"}
    assert asked == [{**same, "dry_run": False}, {**same, "dry_run": True}]


def test_back_to_the_packaged_cards(run: Run, town: Path) -> None:
    config = ["--config", town / "fairstay.toml"]
    assert run(*config, "calibrate", "--packaged", "--dry-run").out == "the packaged cards would be in use\n"
    with closing(open_database(f"sqlite:///{town / 'fairstay.sqlite'}")) as database:
        assert read_state(database, "calibrated") is None
    assert run(*config, "calibrate", "--packaged").out == "the packaged cards are in use\n"
    with closing(open_database(f"sqlite:///{town / 'fairstay.sqlite'}")) as database:
        assert json.loads(str(read_state(database, "calibrated"))) == {"budget": None, "detectors": {}}


def test_the_status_says_what_the_last_detection_was_calibrated_with(run: Run, town: Path) -> None:
    said = run("--config", town / "fairstay.toml", "status").out
    assert "calibration bursts: " in said
    assert "false alarms per 1,000 listing-years" in said
