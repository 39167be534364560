"""The demo's parts; ``make demo`` runs the whole."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from fairstay.config import load_config
from fairstay.demo import AS_OF, CRAWLED, make_town, write_config
from fairstay.town.score import render, score
from tests.fairstay.conftest import Run
from tests.fairstay.towns import files_of


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "town"
    make_town(folder, 7)
    return folder


def test_simulate_says_what_it_wrote(run: Run, tmp_path: Path, made: Path) -> None:
    said = run("simulate", "--seed", "7", "-o", "town")
    events = [json.loads(line) for line in (tmp_path / "town/truth/events.jsonl").read_text().splitlines()]
    planted = sum(event["planted"] for event in events)
    assert said.code == 0
    assert said.out.startswith("town: ")
    assert said.out.endswith(f" {planted} planted attacks, {len(events) - planted} innocent events\n")
    assert planted == 7
    # The same seed gives the same files, byte for byte.
    assert files_of(tmp_path / "town") == files_of(made)


def test_another_seed_is_another_town(made: Path, tmp_path: Path) -> None:
    make_town(tmp_path / "other", 8)
    assert files_of(tmp_path / "other") != files_of(made)


def test_making_a_town_again_leaves_nothing_of_the_old_one(tmp_path: Path, made: Path) -> None:
    for name in ("sites", "inbox", "truth"):
        (tmp_path / "town" / name).mkdir(parents=True)
        (tmp_path / "town" / name / "old.csv").write_text("old")
    town = make_town(tmp_path / "town", 7)
    assert files_of(tmp_path / "town") == files_of(made)
    assert (town.reviews, town.planted) == (len(town.platform.reviews), 7)
    assert town.innocent == len(town.platform.events) - 7


def test_the_truth_names_reviews_of_the_town(made: Path) -> None:
    truth = pd.read_csv(made / "truth" / "reviews.csv")
    events = [json.loads(line) for line in (made / "truth/events.jsonl").read_text().splitlines()]
    assert set(truth["event_id"]) <= {event["event_id"] for event in events}
    assert truth.groupby("event_id").size().to_dict() == {
        event["event_id"]: event["reviews"] for event in events if event["reviews"]
    }


def test_the_written_configuration_can_be_read(tmp_path: Path) -> None:
    file = write_config(tmp_path, "http://127.0.0.1:8123", ("/la1/", '/la"2/'))
    config = load_config(file)
    (source,) = config.sources
    assert source.start_urls == ("http://127.0.0.1:8123/la1/", 'http://127.0.0.1:8123/la"2/')
    assert (source.name, source.platform, source.allow_private) == (CRAWLED, CRAWLED, True)
    assert (config.workers, config.shards, config.pdf_dossiers) == (2, 8, 1)
    assert "@" in config.contact


def test_a_night_that_found_nothing_is_told_as_such(tmp_path: Path) -> None:
    town = make_town(tmp_path / "town", 7)
    nothing = pd.DataFrame(columns=["case_id", "kind", "review_ids"])
    told = render(score(town.platform.truth, town.platform.events, nothing, town.platform.reviews))
    assert told.startswith("7 planted: 0 found, 7 missed; 0 false cases\n")
    assert f"{AS_OF:%Y-%m-%d}" == "2026-11-01"
