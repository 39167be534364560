from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from crawlers.files import FileError
from fairstay import importing
from fairstay.importing import Imported, import_file, import_inbox, inbox_files
from fairstay.progress import Progress
from store.database import Database
from store.privacy import Pseudonymiser
from store.reading import read_listing_reviews
from tests.conftest import SEEN

ROW = {
    "platform": "google", "listing_id": "h1", "review_id": "r1", "reviewer_id": "g1", "reviewer_name": "Ann Lee",
    "rating": 4, "published": "2026-03-14",
}  # fmt: skip
BAD = {**ROW, "review_id": "r9", "rating": 9}


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def settings(pseudonymiser: Pseudonymiser, stream: io.StringIO | None = None) -> dict[str, Any]:
    progress = Progress(stream or io.StringIO())
    return {"seen_at": SEEN, "pseudonymiser": pseudonymiser, "keep_names": False, "progress": progress}


def counts(found: Imported) -> tuple[int, ...]:
    written = found.written
    return found.files, written.new, written.changed, written.unchanged, found.refused


def test_a_file_twice_changes_nothing(database: Database, pseudonymiser: Pseudonymiser, tmp_path: Path) -> None:
    path = write(tmp_path / "x.jsonl", ROW, {**ROW, "review_id": "r2"})
    assert counts(import_file(database, path, **settings(pseudonymiser))) == (1, 2, 0, 0, 0)
    before = read_listing_reviews(database)
    assert counts(import_file(database, path, **settings(pseudonymiser))) == (1, 0, 0, 2, 0)
    assert read_listing_reviews(database).equals(before)


def test_good_rows_are_kept_and_bad_ones_written_beside_the_file(
    sqlite_database: Database, pseudonymiser: Pseudonymiser, tmp_path: Path
) -> None:
    path = write(tmp_path / "x.jsonl", BAD, ROW)
    found = import_file(sqlite_database, path, **settings(pseudonymiser))
    assert counts(found) == (1, 1, 0, 0, 1)
    assert found.partial
    (refused,) = found.refused_files
    assert refused == tmp_path / "x.jsonl.refused.csv"
    assert refused.read_text().splitlines()[1].startswith("1,rating,")
    assert str(found) == "1 files: 1 new, 0 changed, 0 unchanged, 1 rows refused"


def test_a_file_that_cannot_be_read(sqlite_database: Database, pseudonymiser: Pseudonymiser, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no such file"):
        import_file(sqlite_database, tmp_path / "x.csv", **settings(pseudonymiser))


def test_unused_columns_are_named(sqlite_database: Database, pseudonymiser: Pseudonymiser, tmp_path: Path) -> None:
    stream = io.StringIO()
    import_file(sqlite_database, write(tmp_path / "x.jsonl", {**ROW, "mood": 1}), **settings(pseudonymiser, stream))
    assert stream.getvalue() == "x.jsonl: these columns are not used: mood\n"


def test_a_long_file_says_how_far_it_is(
    sqlite_database: Database, pseudonymiser: Pseudonymiser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "_EVERY", 2)
    stream = io.StringIO()
    path = write(tmp_path / "x.jsonl", *({**ROW, "review_id": f"r{number}"} for number in range(5)))
    import_file(sqlite_database, path, **settings(pseudonymiser, stream))
    assert stream.getvalue() == "  x.jsonl: 2 rows read\n  x.jsonl: 4 rows read\n"


def test_an_inbox_is_imported_once(database: Database, pseudonymiser: Pseudonymiser, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    write(inbox / "a.jsonl", ROW)
    write(inbox / "b.jsonl", {**ROW, "review_id": "r2"})
    assert counts(import_inbox(database, inbox, **settings(pseudonymiser))) == (2, 2, 0, 0, 0)
    assert counts(import_inbox(database, inbox, **settings(pseudonymiser))) == (0, 0, 0, 0, 0)
    write(inbox / "b.jsonl", {**ROW, "review_id": "r2", "rating": 1})
    assert counts(import_inbox(database, inbox, **settings(pseudonymiser))) == (1, 0, 1, 0, 0)


def test_an_inbox_that_is_not_there_is_empty(
    sqlite_database: Database, pseudonymiser: Pseudonymiser, tmp_path: Path
) -> None:
    found = import_inbox(sqlite_database, tmp_path / "none", **settings(pseudonymiser))
    assert (counts(found), found.partial) == ((0, 0, 0, 0, 0), False)


def test_a_bad_file_never_stops_the_others(
    sqlite_database: Database, pseudonymiser: Pseudonymiser, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    write(inbox / "b.jsonl", ROW)
    (inbox / "a.csv").write_text("nothing,useful\n1,2\n")
    found = import_inbox(sqlite_database, inbox, **settings(pseudonymiser))
    assert counts(found) == (1, 1, 0, 0, 0)
    assert found.partial
    assert len(found.errors) == 1
    assert "required columns are missing" in found.errors[0]
    # It wasn't imported, so it is tried and told again.
    assert len(import_inbox(sqlite_database, inbox, **settings(pseudonymiser)).errors) == 1


def test_a_file_that_may_not_be_read_never_stops_the_others(
    sqlite_database: Database, pseudonymiser: Pseudonymiser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = tmp_path / "inbox"
    for name in ("a", "b"):
        write(inbox / f"{name}.jsonl", {**ROW, "review_id": name})
    really = importing.file_sha256

    def refuse(path: Path) -> str:
        if path.name == "a.jsonl":
            raise PermissionError(13, "Permission denied", str(path))
        return really(path)

    monkeypatch.setattr(importing, "file_sha256", refuse)
    found = import_inbox(sqlite_database, inbox, **settings(pseudonymiser))
    assert counts(found) == (1, 1, 0, 0, 0)
    assert "Permission denied" in found.errors[0]


def test_an_import_that_is_killed_counts_the_refused_rows_again(
    sqlite_database: Database, pseudonymiser: Pseudonymiser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = tmp_path / "inbox"
    write(inbox / "a.jsonl", ROW, BAD)
    write(inbox / "b.jsonl", {**ROW, "review_id": "r2"})
    write(inbox / "c.jsonl", {**ROW, "review_id": "r3"})
    really = importing.import_file

    def killed(database: Database, path: Path, **rest: Any) -> Imported:
        if path.name == "c.jsonl":
            raise KeyboardInterrupt
        return really(database, path, **rest)

    with monkeypatch.context() as patch:
        patch.setattr(importing, "import_file", killed)
        with pytest.raises(KeyboardInterrupt):
            import_inbox(sqlite_database, inbox, **settings(pseudonymiser))
    again = import_inbox(sqlite_database, inbox, **settings(pseudonymiser))
    assert counts(again) == (2, 1, 0, 1, 1)  # a and c; b was done
    assert again.partial
    assert import_inbox(sqlite_database, inbox, **settings(pseudonymiser)).files == 0


def test_what_an_inbox_holds(tmp_path: Path) -> None:
    for name in ("b.csv", "a.JSONL", "c.csv.gz", "d.parquet", "notes.txt", "b.csv.refused.csv", ".hidden"):
        (tmp_path / name).touch()
    (tmp_path / "folder.csv").mkdir()
    assert [path.name for path in inbox_files(tmp_path)] == ["a.JSONL", "b.csv", "c.csv.gz", "d.parquet"]
