from __future__ import annotations

import gzip
import json
import os
import stat
from pathlib import Path

import pandas as pd
import pytest

from crawlers.page import Refusal
from crawlers.refused import write_refused
from fairstay.config import Config
from fairstay.traces import Wanted, bodies_with, clear_inbox, packages, remove_caches, remove_reports
from reports.safety import file_name
from store.archive import Archive
from store.canonical import review_key

ID, SHORT = "guest-4711-zq", "4711"
TEXT = "The kettle in room nine whistled the whole night long."
KEY = review_key("google", "hotel-1", "r1")
PERSON = Wanted(accounts=frozenset([("google", ID)]), texts=frozenset([TEXT]))
REVIEW = Wanted(reviews=frozenset([KEY]), review_ids=frozenset(["r1"]))
HEADER = "platform,listing_id,review_id,reviewer_id,rating,published,text\n"
MINE = f"google,hotel-1,r1,{ID},4,2026-03-01,{TEXT}\n"
OTHER = "google,hotel-1,r2,guest-2,5,2026-03-02,Fine.\n"


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def looked_at(inbox: Path, wanted: Wanted) -> list[str]:
    return [str(path.relative_to(inbox)) for path in clear_inbox(inbox, wanted).look_at]


def test_there_need_be_no_inbox(tmp_path: Path) -> None:
    assert clear_inbox(tmp_path / "none", PERSON).look_at == []


@pytest.mark.parametrize("wanted", [PERSON, REVIEW])
def test_files_that_show_the_person_are_named_and_left_alone(inbox: Path, wanted: Wanted) -> None:
    (inbox / "a.csv").write_text(HEADER + OTHER + MINE)
    (inbox / "b.csv").write_text(HEADER + OTHER)
    (inbox / "c.csv.gz").write_bytes(gzip.compress((HEADER + MINE).encode()))
    row = dict(zip(HEADER.strip().split(","), MINE.strip().split(","), strict=True))
    (inbox / "d.jsonl").write_text(json.dumps(row) + "\n")
    pd.DataFrame([row]).to_parquet(inbox / "e.parquet")
    before = {path: path.read_bytes() for path in inbox.iterdir()}
    assert looked_at(inbox, wanted) == ["a.csv", "c.csv.gz", "d.jsonl", "e.parquet"]
    assert {path: path.read_bytes() for path in inbox.iterdir()} == before


def test_an_id_on_another_platform_is_somebody_else(inbox: Path) -> None:
    (inbox / "a.csv").write_text(HEADER + "lake,hotel-1,r1,4711,4,2026-03-01,Fine.\n")
    assert looked_at(inbox, Wanted(accounts=frozenset([("google", SHORT)]))) == []
    assert looked_at(inbox, REVIEW) == []
    assert looked_at(inbox, Wanted(accounts=frozenset([("lake", SHORT)]))) == ["a.csv"]


def test_a_short_id_in_a_readable_file_counts_only_where_ids_stand(inbox: Path) -> None:
    (inbox / "a.csv").write_text(HEADER + OTHER.replace("Fine.", "We paid 4711 for it."))
    assert looked_at(inbox, Wanted(accounts=frozenset([("google", SHORT)]))) == []


def test_a_long_id_counts_in_columns_that_nothing_reads_too(inbox: Path) -> None:
    (inbox / "a.csv").write_text(f"profile,{HEADER}https://g.example/{ID}/x,{OTHER}")
    assert looked_at(inbox, PERSON) == ["a.csv"]


def test_the_same_text_without_an_id_is_found(inbox: Path) -> None:
    (inbox / "a.csv").write_text(HEADER + f"google,hotel-1,r9,,4,2026-03-01,{TEXT}\n")
    (inbox / "b.csv").write_text(HEADER + "google,hotel-1,r9,,4,2026-03-01,Fine.\n")
    assert looked_at(inbox, Wanted(accounts=PERSON.accounts, texts=frozenset([TEXT, "Fine."]))) == ["a.csv"]


def test_a_row_that_would_be_refused_is_searched_too(inbox: Path) -> None:
    (inbox / "a.csv").write_text(HEADER + MINE.replace(ID, SHORT).replace(",4,", ",nine,"))
    assert looked_at(inbox, Wanted(accounts=frozenset([("google", SHORT)]))) == ["a.csv"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("apify-google/dataset.json", b'[{"reviewerId":"' + ID.encode() + b'"}]'),
        ("notes.txt", b"called by " + ID.encode()),
        (".draft.csv.x1", ID.encode()),
        ("big.json", b"x" * ((1 << 20) - 5) + b" " + ID.encode() + b" " + b"x" * 100),
        ("no-columns.csv", b"a,b\n1," + ID.encode() + b"\n"),
        ("z.json.gz", gzip.compress(ID.encode(), mtime=0)),
        ("damaged.json.gz", gzip.compress(b"nothing of it", mtime=0)[:-6]),
    ],
)
def test_of_other_files_the_bytes_are_searched(inbox: Path, name: str, content: bytes) -> None:
    path = inbox / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    (inbox / "clean.txt").write_text(f"x{ID} {ID}x")
    assert looked_at(inbox, PERSON) == [name]


def test_refused_rows_of_the_person_go_and_the_others_keep_their_bytes(inbox: Path) -> None:
    path = inbox / "a.csv.refused.csv"
    head = "line,column,reason," + HEADER
    other = '7,rating,"bad, so",' + OTHER.replace("Fine.", '"Two\nlines, ""quoted"""')
    path.write_bytes((head + "3,rating,bad," + MINE + other + "9,rating,bad," + MINE.replace("google", "")).encode())
    path.chmod(0o600)
    cleared = clear_inbox(inbox, PERSON)
    assert (cleared.rows, cleared.look_at) == (2, [])
    assert path.read_bytes() == (head + other).encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(inbox) == [path.name]


@pytest.mark.parametrize("wanted", [PERSON, REVIEW])
@pytest.mark.parametrize("records", [False, True])
def test_a_file_of_nothing_but_their_refused_rows_goes(inbox: Path, wanted: Wanted, records: bool) -> None:
    row = dict(zip(HEADER.strip().split(","), MINE.strip().split(","), strict=True))
    path = write_refused(inbox / "a.csv", [Refusal(2, "rating", "bad", row)], records=records)
    cleared = clear_inbox(inbox, wanted)
    # A record's keys are the source's own, and a short id may stand in it for anything.
    if records and wanted is REVIEW:
        assert (cleared.rows, cleared.look_at) == (0, [path])
    else:
        assert (cleared.rows, os.listdir(inbox)) == (1, [])


def test_refused_records_go_by_an_id_in_any_place(inbox: Path) -> None:
    mine = Refusal(1, None, "bad", {"author": {"links": [{"id": ID}]}})
    other = Refusal(2, None, "bad", {"author": {"links": [{"id": "guest-2"}]}, "n": 4})
    path = write_refused(inbox / "a.json", [mine, other], records=True)
    assert clear_inbox(inbox, PERSON).rows == 1
    assert [json.loads(line)["line"] for line in path.read_text().splitlines()] == [2]


@pytest.mark.parametrize(
    "content",
    [
        f'line,column,reason,raw\n2,,broken quoting,"google;{ID};4"\n',
        f"line,column,reason,who,rating\n2,rating,bad,member {ID},9\n",
        f'line,column,"reason\n{ID}',
        f"line,rating,rating\n{ID},1,2\n",
    ],
)
def test_a_refused_file_in_which_something_is_left_is_named(inbox: Path, content: str) -> None:
    path = inbox / "a.csv.refused.csv"
    path.write_text(content)
    cleared = clear_inbox(inbox, PERSON)
    assert (cleared.rows, cleared.look_at) == (0, [path])
    assert path.read_text() == content


def test_nobody_wanted_is_nothing_read(inbox: Path) -> None:
    (inbox / "a.txt").write_text(ID)
    assert clear_inbox(inbox, Wanted(review_ids=frozenset([ID]))).look_at == []


LISTING, CASE = "google/hotel 1", "C-0123456789"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(folder=tmp_path, drop_folder=Path("drop"))


def test_reports_go_from_every_folder_that_the_commands_write_to(config: Config) -> None:
    name = file_name(LISTING)
    gone = [f"{folder}owners/{name}{end}" for folder in ("reports/", "drop/") for end in (".html", ".pdf")]
    gone += [f"{name}.html", f"{name}.pdf", "reports/owners/." + name + ".html.77.new"]
    gone += [
        f"{folder}queue/{page}" for folder in ("", "reports/", "drop/") for page in ("index.html", f"cases/{CASE}.html")
    ]
    kept = ["reports/owners/other.html", "reports/queue/cases/C-1.html", f"inbox/{name}.html", "drop/owners/other.pdf"]
    for each in (*gone, *kept):
        path = config.folder / each
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    assert remove_reports(config, [LISTING], [CASE]) == len(gone)
    left = {str(path.relative_to(config.folder)) for path in config.folder.rglob("*") if path.is_file()}
    assert left == set(kept)
    assert remove_reports(config, [LISTING], [CASE]) == 0


def test_the_queue_stays_where_no_case_was_touched(config: Config) -> None:
    index = config.folder / "reports" / "queue" / "index.html"
    index.parent.mkdir(parents=True)
    index.write_text("x")
    assert remove_reports(config, [LISTING], []) == 0
    assert index.exists()


def test_evidence_packages_are_named(config: Config) -> None:
    assert packages(config, [LISTING]) == []
    package = config.folder / "evidence" / file_name(LISTING)
    package.mkdir(parents=True)
    assert packages(config, [LISTING, "google/other"]) == [package]


def test_caches_go_and_nothing_else_of_their_folder(config: Config) -> None:
    remove_caches(config)
    for name in ("shards", "partials", "mine"):
        (config.folder / ".fairstay" / name / "deeper").mkdir(parents=True)
        (config.folder / ".fairstay" / name / "deeper" / "x.parquet").write_text("x")
    remove_caches(config)
    assert os.listdir(config.folder / ".fairstay") == ["mine"]


def test_bodies_that_name_the_person_are_found_compressed_or_not(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    row = dict(zip(HEADER.strip().split(","), MINE.strip().split(","), strict=True))
    pd.DataFrame([row]).to_parquet(tmp_path / "a.parquet")
    pd.DataFrame([row | {"reviewer_id": "guest-2", "text": "Fine."}]).to_parquet(tmp_path / "b.parquet")
    shows = [f"<p>{ID}</p>".encode(), f"<p>{TEXT}</p>".encode(), gzip.compress(MINE.encode(), mtime=0)]
    shows.append((tmp_path / "a.parquet").read_bytes())
    others = [
        f"<p>x{ID}</p>".encode(),
        b"<p>4711</p>",
        gzip.compress(OTHER.encode(), mtime=0),
        b"\x1f\x8b no gzip",
        b"",
    ]
    others.append((tmp_path / "b.parquet").read_bytes())
    for body in others:
        archive.put(body)
    wanted = {archive.put(body) for body in shows}
    assert bodies_with(archive, PERSON) == wanted
    assert bodies_with(archive, Wanted(accounts=frozenset([("google", SHORT)]))) == set()
