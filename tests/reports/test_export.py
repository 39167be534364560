import csv
import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from reports.columns import ACCOUNTS, CASES, EVIDENCE, REVIEWS, SCORES
from reports.export import EXPORTS, FORMATS, export
from reports.formats import write_csv
from reports.records import ReportError
from store.database import Database
from store.privacy import Pseudonymiser
from tests.reports.conftest import KEYS, key_of

COLUMNS = {"reviews": REVIEWS, "evidence": EVIDENCE, "scores": SCORES, "accounts": ACCOUNTS, "cases": CASES}
ROWS = {"reviews": 165, "evidence": 5, "scores": 165, "accounts": 15, "cases": 4}


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("what", EXPORTS)
def test_three_formats_hold_the_same_rows(store: Database, tmp_path: Path, what: str) -> None:
    for form in FORMATS:
        assert export(store, what, tmp_path / f"x.{form}", format=form) == ROWS[what]
    table = pd.read_parquet(tmp_path / "x.parquet")
    lines = [json.loads(line) for line in (tmp_path / "x.jsonl").read_text().splitlines()]
    cells = rows_of(tmp_path / "x.csv")
    assert list(table.columns) == list(lines[0]) == list(cells[0]) == COLUMNS[what].names
    assert len(table) == len(lines) == len(cells) == ROWS[what]
    for at, line in enumerate(lines):
        for name, value in line.items():
            stored = table[name].iloc[at]
            if isinstance(value, list):
                assert list(stored) == value
                assert cells[at][name].lstrip("'") == " ".join(value)
            elif name == "facts":
                assert json.loads(stored) == json.loads(cells[at][name]) == value
            elif isinstance(value, float):
                assert stored == value == float(cells[at][name])


@pytest.mark.parametrize("what", EXPORTS)
def test_the_same_bytes_twice_and_no_draft_left(store: Database, tmp_path: Path, what: str) -> None:
    for form in FORMATS:
        export(store, what, tmp_path / "out/a", format=form)
        first = (tmp_path / "out/a").read_bytes()
        export(store, what, tmp_path / "out/a", format=form)
        assert (tmp_path / "out/a").read_bytes() == first
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a"]


@pytest.mark.parametrize("what", EXPORTS)
def test_an_empty_store_gives_the_header(empty_store: Database, tmp_path: Path, what: str) -> None:
    for form in FORMATS:
        assert export(empty_store, what, tmp_path / form, format=form) == 0
    assert (tmp_path / "csv").read_text().replace('"', "").strip().split(",") == COLUMNS[what].names
    assert (tmp_path / "jsonl").read_text() == ""
    assert list(pd.read_parquet(tmp_path / "parquet").columns) == COLUMNS[what].names


def test_scores_of_every_review_with_its_cases(store: Database, tmp_path: Path) -> None:
    export(store, "scores", tmp_path / "s.jsonl", format="jsonl", pseudonymiser=KEYS)
    rows = {row["review_id"]: row for row in map(json.loads, (tmp_path / "s.jsonl").read_text().splitlines())}
    assert rows["h1-100"]["case_ids"] == ["c-campaign"]
    assert rows["h1-100"]["reviewer_id"] == "ring-0"
    assert rows["h1-100"]["score"] == 0.123457
    assert rows["h1-100"]["detectors"] == ["bursts", "mismatch"]
    assert rows["h1-200"]["published"] == "2026-05-01/2026-05-31"
    assert rows["b1-1"]["reviewer_id"] is None


def test_another_key_leaves_the_pseudonym(store: Database, tmp_path: Path) -> None:
    export(store, "accounts", tmp_path / "a", format="csv", pseudonymiser=Pseudonymiser(b"o" * 32))
    assert KEYS.token("tripadvisor", "ring-0") in {row["reviewer_id"] for row in rows_of(tmp_path / "a")}


def test_cells_that_a_spreadsheet_would_run_are_guarded(store: Database, tmp_path: Path) -> None:
    export(store, "reviews", tmp_path / "r", format="csv")
    rows = rows_of(tmp_path / "r")
    assert {row["text"] for row in rows if "HYPERLINK" in row["text"]} == {
        '\'=HYPERLINK("http://evil.example","click")'
    }
    assert {row["title"] for row in rows} >= {"'-2+3", "Bad"}
    assert not any(cell[:1] in set("=+@\t\r") for row in rows for cell in row.values())


def test_the_record_is_passed_on_as_it_came(store: Database, tmp_path: Path) -> None:
    export(store, "reviews", tmp_path / "r", format="jsonl")
    rows = {row["review_id"]: row for row in map(json.loads, (tmp_path / "r").read_text().splitlines())}
    row = rows["h1-200"]
    assert (row["published_from"], row["published_to"], row["stayed"]) == ("2026-05-01", "2026-05-31", "2026-04")
    assert (row["latitude"], row["longitude"]) == (48.401234, 9.987654)
    assert len(rows["h1-102"]["text"]) > 50_000
    assert "\u202e" in rows["h1-101"]["text"]


def test_cases_and_evidence_name_reviews_in_listing_order(store: Database, tmp_path: Path) -> None:
    export(store, "cases", tmp_path / "c", format="jsonl", pseudonymiser=KEYS)
    cases = {row["case_id"]: row for row in map(json.loads, (tmp_path / "c").read_text().splitlines())}
    campaign = cases["c-campaign"]
    assert campaign["detectors"] == ["bursts", "collusion"]
    assert campaign["listing_ids"] == ["h1"]
    assert len(campaign["review_ids"]) == 40
    assert len(campaign["reviewer_ids"]) == 15
    assert campaign["review_ids"][0] in {"h1-100", "h1-114", "h1-128"}
    assert (cases["c-old"]["decision"], cases["c-old"]["reason"]) == ("upheld", "FAKE_ENGAGEMENT_GROUP")
    export(store, "evidence", tmp_path / "e", format="jsonl")
    burst = json.loads((tmp_path / "e").read_text().splitlines()[0])
    assert burst["review_ids"] == [key for _, key in sorted(_days(burst["review_ids"]))]
    assert burst["p_value"] == 1.23457e-12
    assert burst["window_start"] == "2026-09-07"


def _days(ids: list[str]) -> list[tuple[tuple[int, str], str]]:
    return [
        (((int(each.split("-")[1]) - 100) % 14, key_of("tripadvisor", "h1", int(each.split("-")[1]))), each)
        for each in ids
    ]


def test_unknown_names_are_refused_in_one_line(store: Database, tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="no export 'x': one of reviews"):
        export(store, "x", tmp_path / "x", format="csv")
    with pytest.raises(ReportError, match="no format 'xls': one of csv"):
        export(store, "cases", tmp_path / "x", format="xls")


def test_ids_that_begin_with_a_dash_stay_as_they_are(tmp_path: Path) -> None:
    ids = ["-A1b_2", "-a -b", "-2+3", "-f(x)", "=A1"]
    write_csv(pa.table({"id": ids}), tmp_path / "ids.csv")
    assert [row["id"] for row in rows_of(tmp_path / "ids.csv")] == ["-A1b_2", "-a -b", "'-2+3", "'-f(x)", "'=A1"]
