from __future__ import annotations

import datetime as dt
import gzip
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from sqlalchemy import event, select

from crawlers.crawl import Source
from detection.engines.local import write_shards
from detection.text import MOST_CHARACTERS
from detection.text.terms import text_sha256
from fairstay import forgetting
from fairstay.collecting import collect
from fairstay.config import Config
from fairstay.delivering import deliver
from fairstay.forgetting import (
    ForgettingError,
    Forgotten,
    erase,
    forget_again,
    purge,
    review_grave,
    reviewer_grave,
    stored,
)
from fairstay.importing import Imported, import_file
from fairstay.progress import Progress
from fairstay.reporting import write_dossier, write_reports
from fairstay.traces import Wanted
from reports.export import EXPORTS, export
from store.archive import Archive
from store.base import Base
from store.canonical import review_key
from store.cases import CaseRow, read_cases, write_cases
from store.database import Database
from store.embeddings import read_vectors, write_vectors
from store.findings import replace_findings
from store.frames import EVIDENCE, MEMBERS, build
from store.privacy import Pseudonymiser
from store.provenance import Body
from store.reading import read_listing_reviews
from store.snapshot import read_reviews
from store.tombstones import TombstoneError, read_file, read_tombstones
from tests.conftest import KEY, SEEN
from tests.store.filled import nothing
from tests.store.raw import bytes_of

ON = dt.date(2026, 4, 1)
AS_OF = dt.date(2026, 3, 20)
ID, NAME, TEXT = "guest-zq4711", "Zora Quillfeather", "The kettle in room nine whistled the whole night long."
OTHERS = ("Quiet rooms and friendly people at the desk.", "The soup was cold and the waiter was not sorry.")
HEADER = (
    "platform,listing_id,listing_name,review_id,reviewer_id,reviewer_name,rating,published,title,text,language,"
    "subratings"
)
ROWS = (
    f"google,hotel-1,Seeblick,r-zq1,{ID},{NAME},1,2026-03-14,Kettle,{TEXT},en,Teapots=2; staff=1",
    f"google,hotel-1,Seeblick,r2,guest-2,Ann,5,2026-03-13,Good,{OTHERS[0]},en,staff=5",
    f"google,hotel-2,Adler,r3,guest-3,Bob,2,2026-03-12,Soup,{OTHERS[1]},en,",
)
MINE, SECOND, THIRD = (
    review_key("google", listing, review)
    for listing, review in (("hotel-1", "r-zq1"), ("hotel-1", "r2"), ("hotel-2", "r3"))
)
SECRETS = (ID, NAME, "Zora", "Quillfeather", TEXT, "kettle", "Teapots", "r-zq1", MINE)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "fairstay.key").write_text(KEY.hex() + "\n")
    return Config(folder=tmp_path, drop_folder=Path("drop"), keep_names=True)


def take_in(database: Database, config: Config, path: Path, pseudonymiser: Pseudonymiser) -> Imported:
    return import_file(
        database,
        path,
        seen_at=SEEN,
        pseudonymiser=pseudonymiser,
        keep_names=config.keep_names,
        progress=Progress(io.StringIO()),
        archive=Archive(config.path(config.archive)),
    )


def case(name: str, *reviews: str, status: str = "open") -> CaseRow:
    inside = dict.fromkeys(reviews, 1.0)
    return CaseRow(name, "campaign", status, 1.0, "strong", None, None, AS_OF, AS_OF, inside, ("e1",))


@pytest.fixture
def filled(database: Database, config: Config, pseudonymiser: Pseudonymiser) -> Database:
    """A store after a night, of both kinds."""
    return fill(database, config, pseudonymiser)


@pytest.fixture
def filled_sqlite(sqlite_database: Database, config: Config, pseudonymiser: Pseudonymiser) -> Database:
    """The same, for what is no matter of the database."""
    return fill(sqlite_database, config, pseudonymiser)


def fill(database: Database, config: Config, pseudonymiser: Pseudonymiser) -> Database:
    """The person's review and another's are a finding, a case, and in every report; a second file was refused it."""
    inbox = config.path(config.inbox)
    inbox.mkdir()
    (inbox / "a.csv").write_text("\n".join((HEADER, *ROWS)) + "\n")
    (inbox / "b.csv").write_text("\n".join((HEADER, ROWS[1].replace("r2", "r4"), ROWS[0].replace(",1,", ",nine,"))))
    (inbox / "c.csv").write_text("\n".join((HEADER, ROWS[1].replace("r2", "r5"))))
    for name in ("a.csv", "b.csv", "c.csv"):
        take_in(database, config, inbox / name, pseudonymiser)
    (inbox / "b.csv").unlink()
    write_shards(read_reviews(database), config.path(config.work_folder) / "shards", 2)
    write_vectors(database, "e", {text_sha256(text): _vector() for text in read_reviews(database)["text"]})
    evidence = {
        "evidence_key": ["e1"],
        "detector": "mismatch",
        "version": 1,
        "subject_kind": "review",
        "subject_id": MINE,
        "window_start": 20520,
        "window_end": 20530,
        "score": 0.9,
        "p_value": 0.01,
        "q_value": float("nan"),
        "effect": 3.5,
        "n_reviews": 2,
        "facts": '{"words": ["kettle", "whistled"], "stars": 1}',
    }
    members = {"evidence_key": "e1", "review_key": [MINE, SECOND], "role": "subject", "weight": 1.0}
    replace_findings(
        database, **{**nothing(), "evidence": build(evidence, EVIDENCE), "members": build(members, MEMBERS)}
    )
    case = CaseRow(
        "C-1", "campaign", "open", 1.0, "strong", None, None, AS_OF, AS_OF, {MINE: 1.0, SECOND: 1.0}, ("e1",)
    )
    alone = CaseRow("C-2", "review", "open", 1.0, "strong", None, None, AS_OF, AS_OF, {MINE: 1.0}, ("e1",))
    write_cases(database, [case, alone], {})
    reports = config.path(config.reports_folder)
    write_reports(database, reports, as_of=AS_OF, pdf_dossiers=0, progress=Progress(io.StringIO()))
    write_dossier(database, "google/hotel-1", config.folder, as_of=AS_OF, pdf=False)
    deliver(reports, config.folder / "drop")
    return database


def _vector() -> Any:
    import numpy as np

    return np.ones(3)


def forgotten(database: Database, config: Config, pseudonymiser: Pseudonymiser) -> Forgotten:
    grave = reviewer_grave(pseudonymiser, "google", ID, ON)
    wanted = Wanted(accounts=frozenset([("google", ID)]))
    return erase(database, config, grave, on=ON, by="A. Perez", wanted=wanted, pseudonymiser=pseudonymiser)


def told(database: Database) -> dict[str, list[str]]:
    """Every row of every table."""
    with database.read() as connection:
        tables = Base.metadata.sorted_tables
        return {table.name: sorted(map(repr, connection.execute(select(table)).all())) for table in tables}


def files(config: Config, *, but: str = "inbox") -> Iterator[bytes]:
    """The contents of all files of the folder, unpacked where they are compressed; those of the inbox left out."""
    for path in config.folder.rglob("*"):
        if path.is_file() and but not in path.parts:
            yield str(path).encode()
            content = path.read_bytes()
            yield gzip.decompress(content) if path.suffix == ".gz" else content


def traces_left(database: Database, config: Config, secrets: tuple[str, ...] = SECRETS) -> list[str]:
    everything = [bytes_of(database), *files(config)]
    return [secret for secret in secrets if any(secret.encode() in content for content in everything)]


def test_before_the_erasure_the_person_is_everywhere(filled: Database, config: Config) -> None:
    assert traces_left(filled, config, (NAME, TEXT)) == [NAME, TEXT]
    shows = [path.parts[-3:] for path in config.folder.rglob("*.html") if TEXT in path.read_text()]
    assert len(shows) == 7
    assert any(TEXT.encode() in content for content in files(config))


def test_no_table_and_no_file_holds_the_person_and_all_others_stay(
    filled: Database, config: Config, pseudonymiser: Pseudonymiser, tmp_path: Path
) -> None:
    before = told(filled)
    found = forgotten(filled, config, pseudonymiser)
    assert traces_left(filled, config) == []
    after = told(filled)
    token = pseudonymiser.token("google", ID)
    assert [name for name, lines in after.items() if any(token in line for line in lines)] == ["tombstone"]
    for name in ("review", "review_version", "reviewer", "embedding", "listing", "body_listing", "source_file"):
        assert set(after[name]) <= set(before[name]), name
    assert set(read_listing_reviews(filled)["review_id"]) == {"r2", "r3", "r4", "r5"}
    assert set(read_listing_reviews(filled)["text"]) == set(OTHERS)
    for what in EXPORTS:
        export(filled, what, tmp_path / f"{what}.csv", format="csv", pseudonymiser=pseudonymiser)
    write_reports(
        filled, config.path(config.reports_folder), as_of=AS_OF, pdf_dossiers=0, progress=Progress(io.StringIO())
    )
    assert traces_left(filled, config) == []
    cases = {each.id: each for each in read_cases(filled)}
    assert (cases["C-1"].status, set(cases["C-1"].reviews)) == ("open", {SECOND})
    assert (cases["C-2"].status, set(cases["C-2"].reviews)) == ("closed", set())
    assert (found.refused, found.rows.reviews, found.rows.evidence, found.rows.cases_closed) == (1, 1, 1, 1)
    assert not (config.path(config.inbox) / "b.csv.refused.csv").exists()
    assert found.look_at == [
        f"{Path('inbox') / 'a.csv'} shows or may show the person: take the rows out; they are never imported again"
    ]
    assert str(found) == (
        "erased: 1 reviews in 1 versions, 1 accounts, 0 entries of owners, 1 pieces of evidence, 1 embeddings, "
        f"2 archived pages and files, {found.reports} report files, 1 refused rows; 1 cases are left without reviews"
    )


def test_what_shows_it_is_known_by_its_hash_and_the_reason(
    filled: Database, config: Config, pseudonymiser: Pseudonymiser
) -> None:
    forgotten(filled, config, pseudonymiser)
    with filled.read() as connection:
        found = connection.execute(select(Body.kept, Body.removed_on, Body.removed_why)).all()
    assert sorted(map(tuple, found), key=str) == [
        (False, ON, "erased at a person's request"),
        (False, ON, "erased at a person's request"),
        (True, None, None),
    ]


def test_the_next_import_of_the_same_file_brings_nothing_back(
    filled: Database, config: Config, pseudonymiser: Pseudonymiser
) -> None:
    forgotten(filled, config, pseudonymiser)
    before = told(filled)
    again = take_in(filled, config, config.path(config.inbox) / "a.csv", pseudonymiser)
    assert (again.written.new, again.written.withheld, again.written.unchanged) == (0, 1, 2)
    assert traces_left(filled, config) == []
    assert told(filled)["review"] == before["review"]
    with filled.read() as connection:
        why = connection.scalars(select(Body.removed_why).where(Body.kept.is_(False)).order_by(Body.removed_why)).all()
    assert why == ["erased at a person's request", "shows a review that was erased"]


def test_a_source_that_gives_no_reviewer_id_brings_nothing_back_either(
    filled_sqlite: Database, config: Config, pseudonymiser: Pseudonymiser, tmp_path: Path
) -> None:
    forgotten(filled_sqlite, config, pseudonymiser)
    path = tmp_path / "c.csv"
    path.write_text(f"{HEADER}\n{ROWS[0].replace(ID, '').replace(NAME, '')}\n")
    again = take_in(filled_sqlite, config, path, pseudonymiser)
    assert (again.written.new, again.written.withheld) == (0, 1)


def test_one_review_is_erased_where_there_are_no_reviewer_ids(
    database: Database, config: Config, pseudonymiser: Pseudonymiser
) -> None:
    path = config.folder / "a.csv"
    path.write_text("\n".join((HEADER, *(row.replace(ID, "").replace(NAME, "") for row in ROWS))))
    take_in(database, config, path, pseudonymiser)
    path.unlink()
    grave, key = review_grave("google/hotel-1", "r-zq1", ON)
    assert key == MINE
    assert stored(database, grave).reviews == {MINE}
    wanted = Wanted(reviews=frozenset([key]), review_ids=frozenset(["r-zq1"]))
    found = erase(database, config, grave, on=ON, by="fairstay", wanted=wanted, pseudonymiser=None)
    assert (found.rows.reviews, found.rows.accounts, found.look_at) == (1, 0, [])
    assert traces_left(database, config) == []
    path.write_text("\n".join((HEADER, ROWS[0])))
    assert take_in(database, config, path, pseudonymiser).written.withheld == 1


def test_the_vector_of_a_text_longer_than_is_read_goes_with_it(
    sqlite_database: Database, config: Config, pseudonymiser: Pseudonymiser
) -> None:
    long = "The kettle whistled on. ".ljust(MOST_CHARACTERS, "x") + " And so on."
    path = config.folder / "a.csv"
    path.write_text("\n".join((HEADER, ROWS[0].replace(TEXT, long), *ROWS[1:])) + "\n")
    take_in(sqlite_database, config, path, pseudonymiser)
    texts = read_reviews(sqlite_database)["text"].tolist()
    assert max(map(len, texts)) > MOST_CHARACTERS
    # A detector hands over no more of a text than is read.
    keys = {text_sha256(text[:MOST_CHARACTERS]) for text in texts}
    write_vectors(sqlite_database, "e", {key: _vector() for key in keys})
    assert len(read_vectors(sqlite_database, "e", sorted(keys))) == 3
    found = forgotten(sqlite_database, config, pseudonymiser)
    assert found.rows.embeddings == 1
    others = {text_sha256(text) for text in read_reviews(sqlite_database)["text"]}
    assert len(others) == 2
    assert set(read_vectors(sqlite_database, "e", sorted(keys))) == others


def test_somebody_unknown_gets_a_tombstone(
    filled_sqlite: Database, config: Config, pseudonymiser: Pseudonymiser
) -> None:
    before = told(filled_sqlite)
    grave = reviewer_grave(pseudonymiser, "google", "nobody", ON)
    found = erase(filled_sqlite, config, grave, on=ON, by="fairstay", wanted=Wanted(), pseudonymiser=pseudonymiser)
    assert (found.rows.reviews, found.bodies, found.reports, found.look_at) == (0, 0, 0, [])
    assert read_tombstones(filled_sqlite) == read_file(config.folder / "fairstay.erased") == [grave]
    after = told(filled_sqlite)
    assert {name for name in after if after[name] != before[name]} == {"tombstone"}


# A backup of the database from before the erasure.


@contextmanager
def restored(database: Database) -> Iterator[None]:
    """Inside, erase; at the end every table is as it was."""
    tables = Base.metadata.sorted_tables
    with database.read() as connection:
        rows = {table: [dict(row) for row in connection.execute(select(table)).mappings()] for table in tables}
    yield
    trigger = "drop trigger if exists case_event_no_delete" if database.engine.dialect.name == "sqlite" else None
    with database.write() as connection:
        if trigger is None:
            connection.exec_driver_sql("alter table case_event disable trigger user")
        else:
            connection.exec_driver_sql(trigger)
        for table in reversed(tables):
            connection.execute(table.delete())
        for table in tables:
            if rows[table]:
                connection.execute(table.insert(), rows[table])
        if trigger is None:
            connection.exec_driver_sql("alter table case_event enable trigger user")


def test_a_restored_backup_is_forgotten_again_by_the_next_command(
    filled: Database, config: Config, pseudonymiser: Pseudonymiser
) -> None:
    with restored(filled):
        forgotten(filled, config, pseudonymiser)
    assert read_tombstones(filled) == []
    assert MINE in set(read_listing_reviews(filled)["review_key"])
    found = forget_again(filled, config, on=ON)
    assert found is not None
    assert (found.rows.reviews, found.rows.accounts) == (1, 1)
    # The id is known from the sealed copy: the file in the inbox is named again.
    assert len(found.look_at) == 1
    assert traces_left(filled, config) == []
    assert read_tombstones(filled) == read_file(config.folder / "fairstay.erased")
    assert forget_again(filled, config, on=ON) is None


def test_a_restored_backup_is_forgotten_again_without_the_key_too(
    filled_sqlite: Database, config: Config, pseudonymiser: Pseudonymiser
) -> None:
    with restored(filled_sqlite):
        forgotten(filled_sqlite, config, pseudonymiser)
    (config.folder / "fairstay.key").unlink()
    assert forget_again(filled_sqlite, config, on=ON) is not None
    assert traces_left(filled_sqlite, config) == []
    assert not (config.folder / "fairstay.key").exists()


def test_where_there_is_nothing_to_do_it_costs_two_queries(
    filled: Database, config: Config, pseudonymiser: Pseudonymiser
) -> None:
    forgotten(filled, config, pseudonymiser)
    asked: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        asked.append(statement)

    event.listen(filled.engine, "before_cursor_execute", note)
    try:
        assert forget_again(filled, config, on=ON) is None
    finally:
        event.remove(filled.engine, "before_cursor_execute", note)
    assert len([each for each in asked if not each.startswith("BEGIN")]) == 2


def test_the_lock_is_taken_only_where_there_is_something_to_do(
    sqlite_database: Database, config: Config, pseudonymiser: Pseudonymiser
) -> None:
    with sqlite_database.lock():
        assert forget_again(sqlite_database, config, on=ON, is_locked=False) is None
    (config.folder / "fairstay.erased").write_text(f"reviewer {'a' * 32} 2026-04-01\n")
    assert forget_again(sqlite_database, config, on=ON, is_locked=False) is not None
    assert forget_again(sqlite_database, config, on=ON, is_locked=False) is None


def test_a_damaged_file_of_erasures_stops_before_anything_is_erased(
    filled_sqlite: Database, config: Config, pseudonymiser: Pseudonymiser
) -> None:
    (config.folder / "fairstay.erased").write_text("reviewer 12\n")
    before = told(filled_sqlite)
    with pytest.raises(TombstoneError, match="line 1 is damaged"):
        forgotten(filled_sqlite, config, pseudonymiser)
    with pytest.raises(TombstoneError, match="line 1 is damaged"):
        forget_again(filled_sqlite, config, on=ON)
    assert told(filled_sqlite) == before


# Stopped on the way.

STEPS = (
    "find",
    "_all_wanted",
    "remove_caches",
    "remove_reports",
    "clear_inbox",
    "packages",
    "remove",
    "wipe",
    "finish",
)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("go_on", ["erase", "any command"])
def test_a_stop_on_the_way_is_completed_by_the_next_run(
    filled_sqlite: Database,
    config: Config,
    pseudonymiser: Pseudonymiser,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    go_on: str,
) -> None:
    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(forgetting, step, killed)
        with pytest.raises(KeyboardInterrupt):
            forgotten(filled_sqlite, config, pseudonymiser)
    assert read_tombstones(filled_sqlite) != []
    if go_on == "erase":
        forgotten(filled_sqlite, config, pseudonymiser)
    else:
        assert forget_again(filled_sqlite, config, on=ON) is not None
    assert traces_left(filled_sqlite, config) == []
    assert forget_again(filled_sqlite, config, on=ON) is None


def test_a_file_that_cannot_be_deleted_is_one_line_and_the_next_run_ends_it(
    filled_sqlite: Database, config: Config, pseudonymiser: Pseudonymiser, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.unlink

    def refused(path: Path, *arguments: Any, **named: Any) -> None:
        if path.suffix == ".html":
            raise PermissionError(13, "Permission denied", str(path))
        real(path, *arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refused)
        with pytest.raises(ForgettingError, match=r"html: cannot be deleted \(Permission denied\)") as caught:
            forgotten(filled_sqlite, config, pseudonymiser)
    assert "\n" not in str(caught.value)
    assert ID not in str(caught.value)
    assert forget_again(filled_sqlite, config, on=ON) is not None
    assert traces_left(filled_sqlite, config) == []


def test_bytes_that_cannot_be_overwritten_yet_are_told_and_tried_again(
    filled_sqlite: Database, config: Config, pseudonymiser: Pseudonymiser, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(forgetting, "wipe", lambda _: "deleted rows are not overwritten yet: busy")
        found = forgotten(filled_sqlite, config, pseudonymiser)
    assert found.look_at[-1] == "deleted rows are not overwritten yet: busy; the next command tries again"
    assert forget_again(filled_sqlite, config, on=ON) is not None
    assert forget_again(filled_sqlite, config, on=ON) is None


# The next crawl.

PAGE = """<html><head><script type="application/ld+json">
{"@context": "https://schema.org", "@type": "Hotel", "@id": "hotel-9", "name": "Seeblick",
 "aggregateRating": {"@type": "AggregateRating", "ratingValue": 3, "reviewCount": 2},
 "review": [
  {"@type": "Review", "@id": "r-zq1", "author": {"@type": "Person", "@id": "guest-zq4711", "name": "Zora Quillfeather"},
   "datePublished": "2026-03-14", "reviewRating": {"@type": "Rating", "ratingValue": 1},
   "reviewBody": "The kettle in room nine whistled the whole night long."},
  {"@type": "Review", "@id": "r2", "author": {"@type": "Person", "name": "Ann"},
   "datePublished": "2026-03-13", "reviewRating": {"@type": "Rating", "ratingValue": 5},
   "reviewBody": "Quiet rooms and friendly people at the desk."}]}
</script></head><body></body></html>"""


@pytest.fixture
def crawl_once(
    sqlite_database: Database, config: Config, pseudonymiser: Pseudonymiser, httpserver: HTTPServer
) -> Callable[[int], Any]:
    httpserver.expect_request("/robots.txt").respond_with_data("User-agent: *\nAllow: /\n", content_type="text/plain")
    headers = {"ETag": '"1"', "Content-Type": "text/html"}
    httpserver.expect_request("/hotel-9").respond_with_data(PAGE, headers=headers)
    source = Source(
        name="lake",
        spider="schema_org",
        platform="lake",
        start_urls=(httpserver.url_for("/hotel-9"),),
        delay_s=0.0,
        allow_private=True,
    )

    def crawl(night: int) -> Any:
        seen = SEEN + dt.timedelta(days=night)
        return collect(
            sqlite_database,
            [source],
            contact="night@fairstay.example",
            seen_at=seen,
            clock=lambda: seen,
            archive=Archive(config.path(config.archive)),
            pseudonymiser=pseudonymiser,
            keep_names=True,
            progress=Progress(io.StringIO()),
        )

    return crawl


def test_the_next_crawl_brings_nothing_back(
    sqlite_database: Database, config: Config, pseudonymiser: Pseudonymiser, crawl_once: Callable[[int], Any]
) -> None:
    first = crawl_once(0)
    assert (first.errors, first.written.new) == ([], 2)
    assert traces_left(sqlite_database, config, (NAME, TEXT)) == [NAME, TEXT]
    with sqlite_database.read() as connection:
        assert connection.scalars(select(Body.kept)).all() == [True]
    stored_reviews = read_listing_reviews(sqlite_database)
    mine = stored_reviews[stored_reviews["text"] == TEXT].iloc[0]
    grave, key = review_grave(mine["listing_key"], mine["review_id"], ON)
    wanted = Wanted(reviews=frozenset([key]), review_ids=frozenset([mine["review_id"]]))
    found = erase(sqlite_database, config, grave, on=ON, by="fairstay", wanted=wanted, pseudonymiser=pseudonymiser)
    assert (found.rows.reviews, found.bodies) == (1, 1)
    secrets = (ID, NAME, TEXT, mine["review_id"])
    assert traces_left(sqlite_database, config, secrets) == []
    for night in (1, 2):
        again = crawl_once(night)
        assert again.errors == []
        assert (again.written.new, again.written.withheld, again.written.unchanged) == (0, 1, 1)
        assert traces_left(sqlite_database, config, secrets) == []
    with sqlite_database.read() as connection:
        found_bodies = connection.execute(select(Body.kept, Body.removed_why)).all()
    assert [tuple(each) for each in found_bodies] == [(False, "shows a review that was erased")]


# What is past its time.


def test_purge_deletes_what_the_configuration_says(
    filled: Database, config: Config, pseudonymiser: Pseudonymiser
) -> None:
    late = dt.date(2027, 6, 1)
    archive = Archive(config.path(config.archive))
    before = set(archive.sha256s())
    assert len(before) == 3
    timed = Config(folder=config.folder, review_days=30, body_days=30)
    would = purge(filled, timed, as_of=late, dry_run=True)
    assert set(archive.sha256s()) == before
    # The case is open: its reviews stay, and the file that shows them.
    assert (would.reviews, would.accounts, would.bodies) == (3, 1, 2)
    assert purge(filled, timed, as_of=late) == would
    assert set(read_listing_reviews(filled)["review_id"]) == {"r-zq1", "r2"}
    forgotten(filled, config, pseudonymiser)
    write_cases(filled, [case("C-1", status="closed")], {})
    (archive.folder / "drafts" / "left").write_text(TEXT)
    gone = purge(filled, timed, as_of=late)
    assert (gone.reviews, gone.bodies) == (1, 0)
    assert list(archive.sha256s()) == []
    assert os.listdir(archive.folder / "drafts") == []
    again = purge(filled, timed, as_of=late)
    assert (again.reviews, again.accounts, again.bodies, again.fetches) == (0, 0, 0, 0)
