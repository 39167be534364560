from __future__ import annotations

import gzip
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import select

from crawlers.files import FileError
from crawlers.presets import PRESETS
from fairstay import importing
from fairstay.importing import Imported, import_file, import_inbox
from fairstay.progress import Progress
from store.archive import Archive
from store.database import Database, open_database
from store.fetches import ERASED
from store.models import ListingCount, ReviewVersion
from store.owners import read_owners
from store.privacy import Pseudonymiser
from store.provenance import Body, BodyListing, BodyReview, Fetch
from store.reading import read_listing_reviews, read_listings
from tests.conftest import SEEN
from tests.crawlers.sources.saved import saved
from tests.crawlers.test_presets import EXAMPLES
from tests.fairstay.conftest import Run

ROW = {
    "platform": "google", "listing_id": "h1", "review_id": "r1", "reviewer_id": "g1", "reviewer_name": "Ann Lee",
    "rating": 4, "published": "2026-03-14",
}  # fmt: skip
BAD = {**ROW, "review_id": "r9", "rating": 9}


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
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


def test_marks_beside_the_rating_come_in_go_out_and_come_in_again(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(
        "listing_id,review_id,rating,rating_best,published,subratings\n"
        "h1,r1,8,10,2026-03-14,cleanliness=7.5; staff=10\n"
        "h1,r2,8,10,2026-03-14,staff=10.5\n"
        'h1,r3,8,10,2026-03-14,"{""staff"": 2.5}"\n'
        "h1,r4,8,10,2026-03-14,\n"
    )
    first = run("import", "x.csv", "--platform", "booking")
    assert (first.code, first.out) == (3, "1 files: 3 new, 0 changed, 0 unchanged, 1 rows refused\n")
    refused = (tmp_path / "x.csv.refused.csv").read_text().splitlines()[1]
    assert refused.startswith("3,subratings,'staff': 10.5 is not a number between 1 and 10,")
    assert "3 unchanged" in run("import", "x.csv", "--platform", "booking").out
    database = open_database(f"sqlite:///{tmp_path / 'fairstay.sqlite'}")
    said = read_listing_reviews(database).set_index("review_id")["subratings"].to_dict()
    database.close()
    assert said == {"r1": {"cleanliness": 7.5, "staff": 10.0}, "r3": {"staff": 2.5}, "r4": None}
    for form in ("csv", "jsonl", "parquet"):
        assert run("export", "reviews", "--format", form, "--output", f"out.{form}").code == 0
        assert run("import", f"out.{form}").out == "1 files: 0 new, 0 changed, 3 unchanged, 0 rows refused\n"


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


def test_folders_of_the_inbox_are_imported_with_their_preset(
    sqlite_database: Database, pseudonymiser: Pseudonymiser, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    write(inbox / "a.jsonl", ROW)
    for preset in ("apify-booking", "yelp-open-dataset"):
        (inbox / preset).mkdir()
        (inbox / preset / "x.json").write_bytes(saved(EXAMPLES[preset]))
    (inbox / "apify-booking" / "y.csv").write_text("a\n1\n")
    for name in ("notes", ".git"):
        (inbox / name).mkdir()
    (inbox / "x.json").write_text("[]")
    found = import_inbox(sqlite_database, inbox, **settings(pseudonymiser))
    assert counts(found) == (3, 5, 0, 0, 2)
    assert [path.name for path in found.refused_files] == ["x.json.refused.jsonl"] * 2
    assert len(found.errors) == 3
    assert f"{inbox / 'notes'}: a folder of the inbox is named after a preset; there are " in found.errors[0]
    assert f"{inbox / 'x.json'}: a JSON document lies in a folder named after its preset" in found.errors[1]
    assert "y.csv: is none of the kinds" in found.errors[2]
    assert sum(each.reviews for each in found.coverage.values()) == 5
    again = import_inbox(sqlite_database, inbox, **settings(pseudonymiser))
    assert counts(again) == (0, 0, 0, 0, 0)
    assert len(again.errors) == 3


def test_one_file_may_be_in_two_folders(
    sqlite_database: Database, pseudonymiser: Pseudonymiser, tmp_path: Path
) -> None:
    for preset in ("google-business", "google-takeout"):
        folder = tmp_path / preset
        folder.mkdir()
        (folder / "x.json").write_bytes(saved("google_business/page.json"))
    assert import_inbox(sqlite_database, tmp_path, **settings(pseudonymiser)).files == 2


def test_coverage_counts_what_reviews_have(
    sqlite_database: Database, pseudonymiser: Pseudonymiser, tmp_path: Path
) -> None:
    path = write(tmp_path / "x.jsonl", {**ROW, "text": "Fine."}, {**ROW, "review_id": "r2"}, BAD)
    found = import_file(sqlite_database, path, **settings(pseudonymiser))
    (coverage,) = found.coverage.values()
    shares = coverage.shares()
    assert (coverage.reviews, shares["text"], shares["reviewer_id"], shares["title"]) == (2, 0.5, 1, 0)


def bodies(database: Database) -> list[tuple[Any, ...]]:
    with database.read() as connection:
        return [tuple(row) for row in connection.execute(select(Body.sha256, Body.kept, Body.removed_why))]


def test_the_bytes_of_a_file_are_kept(database: Database, pseudonymiser: Pseudonymiser, tmp_path: Path) -> None:
    path = tmp_path / "x.json.gz"
    path.write_bytes(gzip.compress(saved(EXAMPLES["apify-google"])))
    archive = Archive(tmp_path / "archive")
    for _ in range(2):
        import_file(database, path, **settings(pseudonymiser), preset="apify-google", archive=archive)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    assert archive.get(sha256) == path.read_bytes()
    assert bodies(database) == [(sha256, True, None)]
    with database.read() as connection:
        (fetch,) = connection.execute(select(Fetch.source, Fetch.url, Fetch.status, Fetch.body_sha256)).all()
        assert tuple(fetch) == ("x.json.gz", "file:x.json.gz", 200, sha256)
        assert len(connection.scalars(select(BodyReview.review_key)).all()) == 3
        assert connection.scalars(select(BodyListing.listing_key)).all() == ["google/ChIJexample0000000000000001"]
        assert set(connection.scalars(select(ReviewVersion.body_sha256))) == {sha256}


def test_a_large_file_is_noted_and_not_kept(
    sqlite_database: Database, pseudonymiser: Pseudonymiser, tmp_path: Path
) -> None:
    path = write(
        tmp_path / "x.jsonl", {**ROW, "text": "x" * (1 << 19)}, {**ROW, "review_id": "r2", "text": "y" * (1 << 19)}
    )
    archive = Archive(tmp_path / "archive")
    import_file(sqlite_database, path, **settings(pseudonymiser), archive=archive, largest_file_mib=1)
    assert list(archive.sha256s()) == []
    ((_, kept, why),) = bodies(sqlite_database)
    assert (kept, why) == (False, "is larger than 1 MiB")


def test_a_file_that_shows_an_erased_review_is_not_kept(
    sqlite_database: Database, pseudonymiser: Pseudonymiser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "x.jsonl", ROW)
    archive = Archive(tmp_path / "archive")
    import_file(sqlite_database, path, **settings(pseudonymiser), archive=archive)
    assert len(list(archive.sha256s())) == 1
    really = importing.write_observations

    def withholding(*arguments: Any, **said: Any) -> Any:
        written = really(*arguments, **said)
        written.withheld = 1
        return written

    monkeypatch.setattr(importing, "write_observations", withholding)
    found = import_file(sqlite_database, path, **settings(pseudonymiser), archive=archive)
    assert list(archive.sha256s()) == []
    assert bodies(sqlite_database)[0][1:] == (False, ERASED)
    assert str(found) == "1 files: 0 new, 0 changed, 1 unchanged, 1 withheld, 0 rows refused"


def test_listings_of_an_export_become_known(database: Database, pseudonymiser: Pseudonymiser, tmp_path: Path) -> None:
    path = tmp_path / "business.json"
    path.write_bytes(saved("yelp_open/business.json"))
    found = import_file(database, path, **settings(pseudonymiser), preset="yelp-open-dataset")
    assert counts(found) == (1, 0, 0, 0, 0)
    listings = read_listings(database)
    assert list(listings["name"]) == ["Station Hotel", "Cafe Marion", "Green Dental"]
    assert list(listings["kind"][:2]) == ["hotel", "restaurant"]
    with database.read() as connection:
        assert set(connection.scalars(select(ListingCount.review_count))) == {45, 12, 7}


def test_more_listings_than_are_written_at_once(
    sqlite_database: Database, pseudonymiser: Pseudonymiser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "_LISTINGS_AT_ONCE", 10)
    items = [
        {"placeId": f"p{number % 25}", "totalScore": 4, "reviewsCount": number, "reviewId": f"r{number}", "stars": 4,
         "publishedAtDate": "2026-03-14"}
        for number in range(60)
    ]  # fmt: skip
    path = write(tmp_path / "x.jsonl", *items)
    found = import_file(sqlite_database, path, **settings(pseudonymiser), preset="apify-google")
    assert counts(found) == (1, 60, 0, 0, 0)
    with sqlite_database.read() as connection:
        assert sorted(connection.scalars(select(ListingCount.review_count))) == list(range(35, 60))


# Tables of owners.

OWNERS = [
    {"platform": "google", "listing_id": "h1", "owner": "Lake Ltd", "reviewer_id": "g1"},
    {"platform": "yelp", "listing_id": "7", "owner": "Lake Ltd", "reviewer_id": None},
]


def owners_file(path: Path) -> Path:
    table = pd.DataFrame(OWNERS)
    if path.suffix == ".parquet":
        table.to_parquet(path)
    elif path.suffix == ".jsonl":
        table.to_json(path, orient="records", lines=True)
    else:
        table.to_csv(path, index=False)
    return path


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "jsonl", "parquet"])
def test_a_table_of_owners_twice_changes_nothing(
    database: Database, pseudonymiser: Pseudonymiser, tmp_path: Path, ending: str
) -> None:
    path, archive = owners_file(tmp_path / f"owners.{ending}"), Archive(tmp_path / "archive")
    said = settings(pseudonymiser) | {"preset": "owners", "archive": archive}
    assert counts(import_file(database, path, **said)) == (1, 2, 0, 0, 0)
    before = read_owners(database)
    assert counts(import_file(database, path, **said)) == (1, 0, 0, 2, 0)
    assert read_owners(database).equals(before)
    assert before["listing_key"].tolist() == ["google/h1", "yelp/7"]
    assert before["owner"].tolist() == [pseudonymiser.owner("Lake Ltd")] * 2
    assert before["reviewer_key"].fillna("").tolist() == [pseudonymiser.token("google", "g1"), ""]
    assert list(archive.sha256s()) == []
    assert bodies(database) == []


def test_bad_owners_are_refused_mended_and_imported(run: Run, tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text("place,owner,reviewer_id,note\nh1,Lake Ltd,g1,x\nh2,,g2,y\n,Lake Ltd,,z\n")
    command = ("import", "--preset", "owners", "--platform", "google", "--map", "place=listing_id")
    first = run(*command, "o.csv")
    assert (first.code, first.out) == (3, "1 files: 1 new, 0 changed, 0 unchanged, 2 rows refused\n")
    assert "o.csv: these columns are not used: note" in first.lines
    refused = tmp_path / "o.csv.refused.csv"
    assert refused.read_text() == (
        "line,column,reason,place,owner,reviewer_id,note\n"
        "3,owner,is missing,h2,,g2,y\n4,listing_id,is missing,,Lake Ltd,,z\n"
    )
    refused.write_text(refused.read_text().replace("h2,,g2", "h2,A. Perez,g2").replace(",,Lake", ",h3,Lake"))
    mended = run(*command, refused.name)
    assert (mended.code, mended.out) == (0, "1 files: 2 new, 0 changed, 0 unchanged, 0 rows refused\n")


def test_a_file_that_is_no_table_of_owners_is_one_line(run: Run, tmp_path: Path) -> None:
    write(tmp_path / "x.jsonl", {"platform": "google", "listing_id": "h1"})
    said = run("import", "x.jsonl", "--preset", "owners")
    assert said.code == 2
    assert said.lines[0].startswith("fairstay: x.jsonl: required columns are missing: owner; ")
    assert "--map" not in said.lines[0], "it excludes --preset"


def test_owners_lie_in_their_folder_of_the_inbox(
    database: Database, pseudonymiser: Pseudonymiser, tmp_path: Path
) -> None:
    (tmp_path / "owners").mkdir()
    owners_file(tmp_path / "owners" / "o.csv")
    assert counts(import_inbox(database, tmp_path, **settings(pseudonymiser))) == (1, 2, 0, 0, 0)
    assert counts(import_inbox(database, tmp_path, **settings(pseudonymiser))) == (0, 0, 0, 0, 0)
    assert len(read_owners(database)) == 2


def test_the_listing_of_a_business_account_is_taken_from_the_reviews(
    database: Database, pseudonymiser: Pseudonymiser, tmp_path: Path
) -> None:
    path = write(tmp_path / "x.jsonl", {**ROW, "reviewer_listing_id": "own"}, {**ROW, "review_id": "r2"})
    import_file(database, path, **settings(pseudonymiser))
    account = pseudonymiser.token("google", "g1")
    assert read_owners(database).to_numpy().tolist() == [[account, "google/own", account]]


# From the command line.


@pytest.mark.parametrize("preset", PRESETS)
def test_an_export_twice_changes_nothing(run: Run, tmp_path: Path, preset: str) -> None:
    (tmp_path / "x.json").write_bytes(saved(EXAMPLES[preset]))
    command = ("import", "x.json", "--preset", preset, "--listing", "mine", "--now", "2026-11-21T01:00:00")
    first, second = run(*command), run(*command)
    new, refused = (int(first.out.split(word)[0].split()[-1]) for word in (" new", " rows"))
    assert new > 0
    assert first.out == f"1 files: {new} new, 0 changed, 0 unchanged, {refused} rows refused\n"
    assert second.out == f"1 files: 0 new, 0 changed, {new} unchanged, {refused} rows refused\n"
    assert first.code == second.code == (3 if refused else 0)
    assert (tmp_path / "x.json.refused.jsonl").exists() == bool(refused)
    if refused:
        assert first.lines[-1:] == [
            "refused rows, with their reasons, are in x.json.refused.jsonl: mend it and import it with the same options"
        ]
    database = open_database(f"sqlite:///{tmp_path / 'fairstay.sqlite'}")
    assert set(read_listings(database)["platform"]) == {PRESETS[preset].platform}
    assert len(read_listing_reviews(database)) == new
    assert bodies(database) == [(hashlib.sha256(saved(EXAMPLES[preset])).hexdigest(), True, None)]
    database.close()


def test_refused_records_are_mended_and_imported(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(saved("apify_booking/reviews.json"))
    assert run("import", "x.json", "--preset", "apify-booking").code == 3
    refused = tmp_path / "x.json.refused.jsonl"
    refused.write_text(refused.read_text().replace('"rating": 11', '"rating": 10'))
    mended = run("import", refused.name, "--preset", "apify-booking")
    assert (mended.code, mended.out) == (0, "1 files: 1 new, 0 changed, 0 unchanged, 0 rows refused\n")


def test_the_platform_of_an_export_may_be_another(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(saved("yelp_open/review.json"))
    assert run("import", "x.json", "--preset", "yelp-open-dataset", "--platform", "elsewhere").code == 3
    database = open_database(f"sqlite:///{tmp_path / 'fairstay.sqlite'}")
    assert set(read_listings(database)["platform"]) == {"elsewhere"}
    database.close()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--preset", "apify-google", "--map", "a=text"], ["--map and --preset"]),
        (["--preset", "apify"], ["--preset", "google-business", "apify-booking"]),
        (["--listing", "mine"], ["--listing goes with --preset and an export"]),
        (["--listing", "mine", "--preset", "owners"], ["--listing goes with --preset and an export"]),
    ],
)
def test_options_that_do_not_go_together(run: Run, tmp_path: Path, options: list[str], words: list[str]) -> None:
    write(tmp_path / "x.jsonl", ROW)
    said = run("import", "x.jsonl", *options)
    assert said.code == 2
    for word in words:
        assert word in said.lines[-1]


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("x.json", ["--preset", "apify-google"], ["it looks like apify-booking: use --preset apify-booking"]),
        ("x.json", [], ["needs --preset; it looks like apify-booking: use --preset apify-booking"]),
        ("x.jsonl", [], ["required columns are missing", "it looks like apify-booking: use --preset apify-booking"]),
        ("x.csv", ["--preset", "apify-booking"], ["canonical columns need no --preset"]),
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_do(
    run: Run, tmp_path: Path, name: str, options: list[str], words: list[str]
) -> None:
    records = json.loads(saved("apify_booking/reviews.json"))
    body = json.dumps(records) if name == "x.json" else "\n".join(map(json.dumps, records))
    (tmp_path / name).write_text(body)
    said = run("import", name, *options)
    assert (said.code, len(said.lines)) == (2, 1)
    for word in words:
        assert word in said.lines[0]


def test_a_long_export_says_how_far_it_is(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "_EVERY", 2)
    records = json.loads(saved("apify_booking/reviews.json"))[:1] * 5 + [{"error": "blocked"}]
    write(tmp_path / "x.jsonl", *records)
    said = run("import", "x.jsonl", "--preset", "apify-booking")
    assert said.lines == ["  x.jsonl: 2 rows read", "  x.jsonl: 4 rows read", "x.jsonl: records that hold no review: 1"]
    assert run("--quiet", "import", "x.jsonl", "--preset", "apify-booking").lines == []
