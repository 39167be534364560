"""Evidence packages, checked as an outsider would: sha256sum and public WARC readers, on both databases."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from sqlalchemy import update
from warcio.archiveiterator import ArchiveIterator

from reports.evidence import Package, write_package
from reports.records import ReportError
from store.archive import Archive
from store.canonical import ListingSnapshot
from store.database import Database, table_of
from store.observations import write_listing_counts
from store.provenance import Body
from tests.conftest import observation
from tests.store.proven import FILE, FIRST, HOTEL, NIGHTS, SECOND, URL, fill, sha256, take

NOW = dt.datetime.fromisoformat("2026-03-24T09:00")
FILES = ["README.txt", "bodies", "events.csv", "evidence.warc.gz", "manifest.json", "manifest.sha256", "reviews.csv"]
FILES += ["runs.csv"]


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive")


@pytest.fixture
def filled(database: Database, archive: Archive) -> Database:
    fill(database, archive)
    return database


def write(database: Database, archive: Archive, folder: Path, listing: str = HOTEL, **given: Any) -> Package:
    values: dict[str, Any] = {"made_at": NOW, "since": None, "version": "9.9", **given}
    return write_package(database, archive, listing, folder, **values)


def check_sums(folder: Path) -> None:
    ended = subprocess.run(
        ["sha256sum", "--strict", "-c", "manifest.sha256"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    listed = {line.split(": ")[0] for line in ended.stdout.splitlines()}
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert listed == there - {"manifest.sha256"}


def check_warc(folder: Path) -> None:
    """Both public checkers find nothing wrong."""
    for command in (["warcio", "check", "-v"], ["fastwarc", "check", "-q", "-p"]):
        program = Path(sys.executable).with_name(command[0])
        ended = subprocess.run(
            [program, *command[1:], "evidence.warc.gz"], cwd=folder, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert "failed" not in ended.stdout.lower()


def records(folder: Path) -> list[tuple[str, str, bytes]]:
    """Kind, address and payload, as warcio and FastWARC agree."""
    with (folder / "evidence.warc.gz").open("rb") as file:
        found = [
            (record.rec_type, record.rec_headers.get_header("WARC-Target-URI") or "", record.content_stream().read())
            for record in ArchiveIterator(file)
        ]
    with (folder / "evidence.warc.gz").open("rb") as file:
        fast = [
            (record.headers["WARC-Type"], record.headers.get("WARC-Target-URI") or "", record.reader.read())
            for record in FastIterator(file)
        ]
    assert fast == found
    return found


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def said(folder: Path) -> dict[str, Any]:
    found = json.loads((folder / "manifest.json").read_text("ascii"))
    assert isinstance(found, dict)
    return found


def all_bytes(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_package_that_an_outsider_can_check(filled: Database, archive: Archive, tmp_path: Path) -> None:
    package = write(filled, archive, tmp_path / "out")
    assert package.folder.parent == tmp_path / "out"
    assert sorted(path.name for path in package.folder.iterdir()) == FILES
    assert [path.name for path in (tmp_path / "out").iterdir()] == [package.folder.name]
    check_sums(package.folder)
    check_warc(package.folder)
    assert str(package) == f"{package.folder}: 3 bodies, 4 fetches, 3 versions"
    assert package.lost == ()
    assert stat.S_IMODE(package.folder.stat().st_mode) == 0o700


def test_the_warc_holds_every_answer_in_time_order(filled: Database, archive: Archive, tmp_path: Path) -> None:
    folder = write(filled, archive, tmp_path / "out").folder
    info, *answers = records(folder)
    assert info[0] == "warcinfo"
    assert b"software: fairstay/9.9\r\n" in info[2]
    assert answers == [
        ("response", URL, FIRST),
        ("revisit", URL, b""),
        ("response", URL, SECOND),
        ("resource", "file:my%20reviews.csv", FILE),
    ]


def test_the_bodies_are_the_bytes_that_came(filled: Database, archive: Archive, tmp_path: Path) -> None:
    folder = write(filled, archive, tmp_path / "out").folder
    found = {path.name: path.read_bytes() for path in (folder / "bodies").iterdir()}
    assert found == {
        f"{sha256(FIRST)}.html.txt": FIRST,
        f"{sha256(SECOND)}.html.txt": SECOND,
        f"{sha256(FILE)}.csv.txt": FILE,
    }


def test_the_tables(filled: Database, archive: Archive, tmp_path: Path) -> None:
    folder = write(filled, archive, tmp_path / "out").folder
    first, edited, minus = rows(folder, "reviews.csv")
    assert {name: edited[name] for name in ("review_id", "version", "seen_at", "source", "url", "rating")} == {
        "review_id": "r1",
        "version": "2",
        "seen_at": "2026-03-22T02:30:00Z",
        "source": "lakeguide",
        "url": "https://reviews.example/r1",
        "rating": "3",
    }
    assert (first["version"], first["body_sha256"], edited["body_sha256"]) == ("1", sha256(FIRST), sha256(SECOND))
    assert (first["published_from"], first["published_to"], first["published_precision"]) == (
        "2026-03-14",
        "2026-03-14",
        "day",
    )
    assert edited["text"] == 'Mostly quiet, "mostly".\nAnd <b>clean</b>.'
    assert (edited["title"], minus["title"], minus["text"]) == ("'=SUM(A1)", "'-2+3", "'=1+1")
    assert [(row["at"], row["kind"], row["review_id"]) for row in rows(folder, "events.csv")] == [
        ("2026-03-22T02:30:00Z", "edited", "r1"),
        ("2026-03-23T02:30:00Z", "missing", "r1"),
    ]
    assert [(row["seen_at"][:10], row["status"], row["listed"]) for row in rows(folder, "runs.csv")] == [
        ("2026-03-20", "complete", "1"),
        ("2026-03-22", "complete", "1"),
        ("2026-03-23", "complete", "0"),
    ]


def test_the_tables_hold_pseudonyms_alone(filled: Database, archive: Archive, tmp_path: Path) -> None:
    folder = write(filled, archive, tmp_path / "out").folder
    names = ("Änne", "guest-1", "guest-9")
    for name, content in all_bytes(folder).items():
        if not name.startswith(("bodies/", "evidence.warc")):
            assert not any(each.encode() in content for each in names), name
    assert len(rows(folder, "reviews.csv")[0]["reviewer"]) == 32
    assert "names that reviewers chose to" in (folder / "README.txt").read_text()


def test_the_manifest(filled: Database, archive: Archive, tmp_path: Path) -> None:
    folder = write(filled, archive, tmp_path / "out").folder
    found = said(folder)
    assert found["listing"]["key"] == HOTEL
    assert (found["made_at"], found["since"]) == ("2026-03-24T09:00:00Z", None)
    assert found["tool"] == {"name": "fairstay", "version": "9.9"}
    assert found["counts"] == {
        "bodies": 3,
        "bodies_in_the_package": 3,
        "fetches": 4,
        "reviews": 2,
        "review_versions": 3,
        "events": 2,
        "runs": 3,
    }
    first = found["bodies"][0]
    assert (first["sha256"], first["size"], first["state"], first["review_ids"]) == (
        sha256(FIRST),
        len(FIRST),
        "kept",
        ["r1"],
    )
    assert [(each["url"], each["fetched_at"], each["status"]) for each in first["fetches"]] == [
        (URL, "2026-03-20T02:30:00Z", 200),
        (URL, "2026-03-21T02:30:00Z", 304),
    ]
    assert first["fetches"][1]["headers"] == [["ETag", '"v1"'], ["Content-Length", "31"]]
    with (folder / "evidence.warc.gz").open("rb") as file:
        ids = [record.rec_headers.get_header("WARC-Record-ID") for record in ArchiveIterator(file)][1:]
    assert sorted(ids) == sorted(each["warc_record_id"] for body in found["bodies"] for each in body["fetches"])
    for body in found["bodies"]:
        assert hashlib.sha256((folder / body["file"]).read_bytes()).hexdigest() == body["sha256"]
    assert {name.rstrip("/") for name in found["files"]} == set(FILES)


def test_every_changed_file_is_noticed(filled: Database, archive: Archive, tmp_path: Path) -> None:
    folder = write(filled, archive, tmp_path / "out").folder
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        before = path.read_bytes()
        path.write_bytes(before[:-2] + b"x" + before[-1:])
        ended = subprocess.run(["sha256sum", "-c", "manifest.sha256"], cwd=folder, capture_output=True, check=False)
        assert ended.returncode == 1, path
        path.write_bytes(before)
    check_sums(folder)


def test_the_same_store_gives_the_same_bytes(filled: Database, archive: Archive, tmp_path: Path) -> None:
    first = all_bytes(write(filled, archive, tmp_path / "a").folder)
    assert all_bytes(write(filled, archive, tmp_path / "b").folder) == first
    later = all_bytes(write(filled, archive, tmp_path / "c", made_at=NOW + dt.timedelta(days=1)).folder)
    assert {name for name in first if later[name] != first[name]} == {"manifest.json", "manifest.sha256"}


def test_a_package_is_never_written_over(filled: Database, archive: Archive, tmp_path: Path) -> None:
    folder = write(filled, archive, tmp_path / "out").folder
    before = all_bytes(folder)
    with pytest.raises(ReportError, match="is there already; move it away"):
        write(filled, archive, tmp_path / "out", made_at=NOW + dt.timedelta(days=1))
    assert all_bytes(folder) == before
    assert len(list((tmp_path / "out").iterdir())) == 1


def test_since(filled: Database, archive: Archive, tmp_path: Path) -> None:
    folder = write(filled, archive, tmp_path / "out", since=NIGHTS[2].date()).folder
    assert [payload for _, _, payload in records(folder)[1:]] == [SECOND, FILE]
    assert said(folder)["since"] == "2026-03-22"
    assert len(rows(folder, "runs.csv")) == 2
    assert "Fetched before 2026-03-22: left out" in (folder / "README.txt").read_text()
    check_sums(folder)


# What is not there.


def test_no_such_listing(database: Database, archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="no listing 'google/hotel-1': name it as platform/listing id"):
        write(database, archive, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_listing_without_kept_bytes_is_still_a_package(database: Database, archive: Archive, tmp_path: Path) -> None:
    take(database, archive, FIRST, NIGHTS[0], reviews=[observation()], kept=False)
    take(database, archive, FIRST, NIGHTS[1], status=304, kept=False)
    package = write(database, archive, tmp_path / "out")
    assert (package.bodies, package.not_kept, package.lost) == (0, 1, ())
    assert str(package) == f"{package.folder}: 0 bodies (1 more not kept), 2 fetches, 1 versions"
    check_sums(package.folder)
    check_warc(package.folder)
    assert [kind for kind, _, _ in records(package.folder)] == ["warcinfo"]
    (body,) = said(package.folder)["bodies"]
    assert (body["file"], body["state"], body["removed_on"], body["removed_why"]) == (
        None,
        "removed",
        "2026-03-21",
        "older than 400 days",
    )
    assert [each["warc_record_id"] for each in body["fetches"]] == [None, None]
    assert "0 of 1 bodies are here" in (package.folder / "README.txt").read_text()


def test_a_listing_without_any_fetch(database: Database, archive: Archive, tmp_path: Path) -> None:
    write_listing_counts(database, [ListingSnapshot("google", "hotel-1", 4.0, 5.0, 1)], NIGHTS[0].date())
    package = write(database, archive, tmp_path / "out")
    check_sums(package.folder)
    check_warc(package.folder)
    assert rows(package.folder, "reviews.csv") == []
    assert said(package.folder)["bodies"] == []


def test_bodies_that_the_archive_lost(filled: Database, archive: Archive, tmp_path: Path) -> None:
    archive.delete(sha256(FIRST))
    spoiled = archive.folder / sha256(SECOND)[:2] / f"{sha256(SECOND)[2:]}.gz"
    spoiled.write_bytes(spoiled.read_bytes()[:-9])
    package = write(filled, archive, tmp_path / "out")
    assert package.lost == (
        f"the body {sha256(FIRST)} is missing in {archive.folder}",
        f"the body {sha256(SECOND)} is damaged in {archive.folder}",
    )
    assert [(body["state"], body["file"] is None) for body in said(package.folder)["bodies"]] == [
        ("missing", True),
        ("damaged", True),
        ("kept", False),
    ]
    check_sums(package.folder)
    check_warc(package.folder)


def test_a_304_of_an_answer_that_never_came_is_in_the_manifest_alone(
    database: Database, archive: Archive, tmp_path: Path
) -> None:
    take(database, archive, FIRST, NIGHTS[0], status=304, reviews=[observation()])
    folder = write(database, archive, tmp_path / "out").folder
    assert [kind for kind, _, _ in records(folder)] == ["warcinfo"]
    ((fetch,),) = [body["fetches"] for body in said(folder)["bodies"]]
    assert (fetch["status"], fetch["warc_record_id"]) == (304, None)


def test_a_folder_that_cannot_be_made(filled: Database, archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(ReportError, match="cannot be written"):
        write(filled, archive, tmp_path / "out")


def test_a_write_that_fails_leaves_nothing(
    filled: Database, archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ReportError, match="cannot be written: No space left on device"):
        write(filled, archive, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


# Hostile.

HOSTILE = "../../x\r\nEvil: 1 <script>\u202e"


def test_a_hostile_listing_address_and_header(database: Database, archive: Archive, tmp_path: Path) -> None:
    review = observation(listing_id=HOSTILE, listing_name=HOSTILE, review_url="javascript:alert(1)")
    take(
        database,
        archive,
        FIRST,
        NIGHTS[0],
        url=f"https://reviews.example/{HOSTILE}\r\n\r\nWARC/1.1\r\n",
        headers=(("X-A", HOSTILE), (HOSTILE, "1"), ("Content-Length", "999999999")),
        media_type=HOSTILE,
        reviews=[review],
        listings=[f"google/{HOSTILE}"],
    )
    package = write(database, archive, tmp_path / "out", f"google/{HOSTILE}")
    assert package.folder.parent == tmp_path / "out"
    assert package.folder.name.isascii()
    check_sums(package.folder)
    check_warc(package.folder)
    assert [(kind, payload) for kind, _, payload in records(package.folder)[1:]] == [("response", FIRST)]
    assert [path.name for path in (package.folder / "bodies").iterdir()] == [f"{sha256(FIRST)}.bin"]
    readme = (package.folder / "README.txt").read_text()
    assert "\u202e" not in readme
    assert not any(line.startswith("Evil") for line in readme.splitlines())
    assert said(package.folder)["listing"]["key"] == f"google/{HOSTILE}"


@pytest.mark.parametrize(
    ("media_type", "url", "ending"),
    [
        ("Application/JSON; charset=utf-8", "https://a.example/", ".json"),
        ("image/svg+xml", "https://a.example/x.html", ".bin"),
        (None, "https://a.example/x.csv", ".bin"),
        (None, "file:x.CSV", ".csv.txt"),
        (None, "file:x.csv.gz", ".gz"),
        (None, "file:x.parquet", ".parquet"),
        (None, "file:x.exe", ".bin"),
        ("text/csv", "file:x", ".csv.txt"),
    ],
)
def test_endings(
    sqlite_database: Database, archive: Archive, tmp_path: Path, media_type: str | None, url: str, ending: str
) -> None:
    take(sqlite_database, archive, FIRST, NIGHTS[0], url=url, media_type=media_type, reviews=[observation()])
    folder = write(sqlite_database, archive, tmp_path / "out").folder
    assert [path.name for path in (folder / "bodies").iterdir()] == [sha256(FIRST) + ending]


def test_a_body_that_is_only_said_to_be_removed_is_left_out(filled: Database, archive: Archive, tmp_path: Path) -> None:
    with filled.write() as connection:
        body = table_of(Body)
        gone = update(body).where(body.c.sha256 == sha256(FIRST)).values(kept=False, removed_why="erased")
        connection.execute(gone)
    folder = write(filled, archive, tmp_path / "out").folder
    assert FIRST not in [path.read_bytes() for path in (folder / "bodies").iterdir()]
    assert "Änne".encode() not in b"".join(payload for _, _, payload in records(folder))
