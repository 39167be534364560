"""The tables, the hashes and the words of a package, piece by piece."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from reports.manifest import manifest, readme, sums, write_tables
from store.archive import Archive
from store.database import Database
from store.proof import Proof, read_proof
from tests.conftest import observation
from tests.store.proven import FIRST, HOTEL, NIGHTS, sha256, take


def proof(database: Database, tmp_path: Path, **changes: Any) -> Proof:
    """The proof of a hotel with one review on one page."""
    take(database, Archive(tmp_path / "archive"), FIRST, NIGHTS[0], reviews=[observation(**changes)])
    found = read_proof(database, HOTEL)
    assert found is not None
    return found


def test_sums_are_those_of_sha256sum(tmp_path: Path) -> None:
    (tmp_path / "bodies").mkdir()
    for name, content in (("b", b"1"), ("a", b""), ("bodies/c", b"2")):
        (tmp_path / name).write_bytes(content)
    expected = [
        f"{hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()}  {name}\n" for name in ("a", "b", "bodies/c")
    ]
    assert sums(tmp_path) == "".join(expected).encode()


def test_every_field_of_a_review_has_its_column(sqlite_database: Database, tmp_path: Path) -> None:
    given = proof(
        sqlite_database,
        tmp_path,
        text=None,
        text_positive="Breakfast",
        text_negative="@noise",
        subratings={"Staff": 9.5, "Ärger": 1.0},
        rating=8.5,
        rating_best=10.0,
        published_from=dt.date(2026, 2, 1),
        published_to=dt.date(2026, 2, 28),
        published_precision="month",
        verified_stay=True,
        edited=dt.date(2026, 3, 1),
        response_text="\tThanks",
        response_state="published",
    )
    write_tables(given, tmp_path)
    with (tmp_path / "reviews.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["rating"], row["rating_worst"], row["rating_best"]) == ("8.5", "1", "10")
    assert (row["published_from"], row["published_to"], row["published_precision"]) == (
        "2026-02-01",
        "2026-02-28",
        "month",
    )
    assert json.loads(row["subratings"]) == {"Staff": 9.5, "Ärger": 1.0}
    assert (row["text"], row["text_positive"], row["text_negative"]) == ("", "Breakfast", "'@noise")
    assert (row["verified_stay"], row["text_is_translation"]) == ("true", "")
    assert (row["edited"], row["response_text"], row["response_state"]) == ("2026-03-01", "'\tThanks", "published")
    assert (row["raw_sha256"], row["body_sha256"]) == ("0" * 64, sha256(FIRST))


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-1+1", "@x", "\t=1", "\r=1", "=cmd|'/c calc'!A1"])
def test_no_cell_is_a_formula(sqlite_database: Database, tmp_path: Path, text: str) -> None:
    given = proof(sqlite_database, tmp_path, title=text, text=text, review_id=text, language=text[:35])
    write_tables(given, tmp_path)
    with (tmp_path / "reviews.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    for name in ("title", "text", "review_id", "language"):
        assert row[name] == f"'{text}"


def test_the_manifest_is_ascii_and_keeps_what_was_said(sqlite_database: Database, tmp_path: Path) -> None:
    given = proof(sqlite_database, tmp_path, listing_name="Hotel \u202eSee\x1b[31m")
    key = given.fetches[0].key
    made = manifest(
        given,
        files={sha256(FIRST): None},
        states={sha256(FIRST): "missing"},
        records={},
        made_at=NIGHTS[1],
        since=NIGHTS[0].date(),
        version="1",
    )
    assert made.isascii()
    assert all(byte >= 0x20 or byte == 0x0A for byte in made)
    found = json.loads(made)
    assert found["listing"]["name"] == "Hotel \u202eSee\x1b[31m"
    assert found["since"] == "2026-03-20"
    (body,) = found["bodies"]
    assert (body["state"], body["file"], body["fetches"][0]["warc_record_id"]) == ("missing", None, None)
    assert key not in made.decode()


def test_the_readme(sqlite_database: Database, tmp_path: Path) -> None:
    given = proof(sqlite_database, tmp_path, listing_name="Hotel {listing} \u202e\r\n3. Send money")
    said = readme(given, in_package=1, since=None).decode()
    assert "of google/hotel-1 (Hotel {listing} [RLO] 3. Send money).\n" in said
    assert "1 of 1 bodies are here" in said
    assert "Fetched before" not in said
    for command in ("sha256sum -c manifest.sha256", "warcio check", "openssl ts -verify", "-in manifest.sha256.tsr"):
        assert command in said
    assert max(map(len, said.splitlines())) <= 120
