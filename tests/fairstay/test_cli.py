"""The command line: exit statuses, one line for each mistake, and a user's whole way."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pandas as pd
import pyarrow.parquet as pq
import pytest

from fairstay.cli import cli
from reports.export import EXPORTS
from store.database import open_database
from tests.fairstay.conftest import Run, Said
from tests.fairstay.towns import AS_OF, script, small_town
from tests.store.processes import holding

ROW = {"platform": "google", "listing_id": "h1", "review_id": "r1", "rating": "4", "published": "2026-03-14"}


def write_csv(path: Path, *rows: dict[str, Any]) -> Path:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue())
    return path


def check_one_line(said: Said, *words: str, code: int = 2) -> None:
    """The status, and exactly one line on stderr that begins with the program's name."""
    assert said.code == code, said
    assert len(said.lines) == 1, said.err
    assert said.lines[0].startswith("fairstay: ")
    for word in words:
        assert word in said.lines[0]
    assert said.out == ""


def check_usage(said: Said, *words: str) -> None:
    """Click's own lines for a wrong call."""
    assert said.code == 2, said
    assert said.lines[0].startswith("Usage: fairstay ")
    assert said.lines[-1].startswith("Error: ")
    assert "Traceback" not in said.err
    for word in words:
        assert word in said.lines[-1]


# Mistakes.


def test_a_file_that_is_not_there(run: Run) -> None:
    check_one_line(run("import", "nothing.csv"), "nothing.csv", "no such file")


def test_a_folder_as_a_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    check_one_line(run("import", "folder.csv"), "is a folder")


def test_a_kind_of_file_that_cannot_be_read(run: Run, tmp_path: Path) -> None:
    (tmp_path / "reviews.xlsx").write_bytes(b"PK")
    check_one_line(run("import", "reviews.xlsx"), ".parquet")


def test_a_missing_column(run: Run, tmp_path: Path) -> None:
    write_csv(tmp_path / "x.csv", {"platform": "google", "listing_id": "h1", "published": "2026-03-14"})
    check_one_line(run("import", "x.csv"), "rating", "--map SOURCE=COLUMN")


def test_a_bad_file_among_good_ones_is_partial(run: Run, tmp_path: Path) -> None:
    write_csv(tmp_path / "good.csv", ROW)
    said = run("import", "nothing.csv", "good.csv")
    assert said.out == "1 files: 1 new, 0 changed, 0 unchanged, 0 rows refused\n"
    assert (said.code, said.lines) == (3, ["fairstay: nothing.csv: no such file"])


@pytest.mark.parametrize("url", ["postgresql://anna:pa55word@127.0.0.1:1/none", "sqlite:////nowhere/at/all/x.sqlite"])
def test_a_database_that_does_not_answer(run: Run, url: str) -> None:
    said = run("--db", url, "detect")
    check_one_line(said, "cannot open the database")
    assert "pa55word" not in said.err


def test_a_database_url_that_is_none(run: Run) -> None:
    said = run("--db", "anna:pa55word@somewhere", "status")
    check_one_line(said, "cannot read the database URL")
    assert "pa55word" not in said.err


def test_a_file_that_is_no_database(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.sqlite").write_text("some text that is no database, long enough to be looked at. " * 20)
    check_one_line(run("--db", f"sqlite:///{tmp_path / 'x.sqlite'}", "status"), "cannot open the database")


@pytest.mark.parametrize("command", [["import", "x.csv"], ["detect"], ["nightly"]])
def test_another_run_holds_the_lock(run: Run, tmp_path: Path, command: list[str]) -> None:
    write_csv(tmp_path / "x.csv", ROW)
    url = f"sqlite:///{tmp_path / 'fairstay.sqlite'}"
    code = (
        "import time\nfrom store.database import open_database\n"
        f"with open_database({url!r}).lock():\n    print('held', flush=True)\n    time.sleep(60)\n"
    )
    with holding(code):
        check_one_line(run(*command), "another run holds the lock", code=75)
    assert run("import", "x.csv").code == 0


@pytest.mark.postgres
@pytest.mark.parametrize("empty_url", ["postgres"], indirect=True)
def test_another_run_holds_the_lock_of_a_server(run: Run, empty_url: str) -> None:
    code = (
        "import time\nfrom store.database import open_database\n"
        f"with open_database({empty_url!r}).lock():\n    print('held', flush=True)\n    time.sleep(60)\n"
    )
    with holding(code):
        check_one_line(run("--db", empty_url, "detect"), "another run holds the lock", code=75)


def test_a_listing_that_is_not_there(run: Run) -> None:
    check_one_line(run("report", "owner", "google/none"), "google/none")


def test_a_source_that_is_not_configured(run: Run) -> None:
    check_one_line(run("crawl", "guide"), "no source 'guide'", "there are: none")
    check_one_line(run("crawl"), "add a [[source]]")


def test_a_crawl_without_a_contact(run: Run, tmp_path: Path) -> None:
    (tmp_path / "fairstay.toml").write_text(
        '[[source]]\nname = "g"\nspider = "schema_org"\nplatform = "g"\nstart_urls = ["http://127.0.0.1:9/"]\n'
    )
    check_one_line(run("crawl"), "contact")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[run\nworkers = 2", ("cannot be read",)),
        ("[run]\nworkerz = 2", ("no setting [run] workerz", "workers")),
        ("[runs]\nworkers = 2", ("no setting [runs] workers", "[[source]]")),
        ("workers = 2", ("'workers' stands outside of a section",)),
    ],
)
def test_a_broken_configuration(run: Run, tmp_path: Path, text: str, words: tuple[str, ...]) -> None:
    (tmp_path / "fairstay.toml").write_text(text)
    check_one_line(run("status"), "fairstay.toml", *words)


def test_a_configuration_that_is_not_there(run: Run) -> None:
    check_one_line(run("--config", "other.toml", "status"), "other.toml: there is no such configuration file")


def test_a_case_that_is_not_there(run: Run) -> None:
    said = run("decide", "C-1", "--decision", "upheld", "--reason", "DUPLICATE_TEXT", "--by", "Ann")
    check_one_line(said, "no case 'C-1'")


def test_a_key_file_that_is_none(run: Run, tmp_path: Path) -> None:
    (tmp_path / "fairstay.key").write_text("no key\n")
    write_csv(tmp_path / "x.csv", ROW)
    check_one_line(run("import", "x.csv"), "not a privacy key")


def test_an_export_into_a_folder_that_is_not_there(run: Run) -> None:
    check_one_line(run("export", "scores", "-o", "none/scores.csv"), "there is no folder none")


def test_an_export_onto_a_folder(run: Run, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    check_one_line(run("export", "scores", "-o", "there"), "there", "folder")


def test_a_map_of_a_column_that_is_not_there(run: Run, tmp_path: Path) -> None:
    write_csv(tmp_path / "x.csv", ROW)
    check_one_line(run("import", "x.csv", "--map", "stars=rating"), "--map stars=rating", "no column 'stars'")
    check_one_line(run("import", "x.csv", "--map", "rating=stars"), "--map rating=stars", "no such column")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["import", "x.csv", "--map", "stars"], "SOURCE=COLUMN"),
        (["import", "x.csv", "--map", "=rating"], "SOURCE=COLUMN"),
        (["import", "x.csv", "--map", "stars="], "SOURCE=COLUMN"),
        (["import"], "FILES"),
        (["detect", "--as-of", "2026-02-30"], "2026-02-30"),
        (["nightly", "--as-of", "tomorrow"], "tomorrow"),
        (["export", "everything", "-o", "x.csv"], "everything"),
        (["export", "scores"], "output"),
        (["export", "scores", "-o", "x.csv", "--format", "xml"], "xml"),
        (["decide", "C-1", "--decision", "fake", "--reason", "STALE", "--by", "Ann"], "fake"),
        (["decide", "C-1", "--decision", "upheld", "--reason", "BAD", "--by", "Ann"], "BAD"),
        (["decide", "C-1", "--decision", "upheld", "--reason", "STALE"], "by"),
        (["fly"], "fly"),
        (["--fast", "status"], "--fast"),
    ],
)
def test_a_wrong_call_shows_the_usage(run: Run, tmp_path: Path, arguments: list[str], word: str) -> None:
    write_csv(tmp_path / "x.csv", ROW)
    check_usage(run(*arguments), word)


def test_the_console_script_says_the_same(tmp_path: Path) -> None:
    ended = script("import", "nothing.csv", folder=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", "fairstay: nothing.csv: no such file\n")


# Help.


def commands(group: click.Group, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        yield (*words, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))


COMMANDS = dict(commands(cli))


def test_the_commands() -> None:
    assert {words[0] for words in COMMANDS} >= {
        "import", "crawl", "detect", "report", "nightly", "decide", "export", "status", "doctor", "simulate", "demo",
    }  # fmt: skip


@pytest.mark.parametrize("words", list(COMMANDS), ids=" ".join)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_every_help_shows_an_example(run: Run, words: tuple[str, ...], flag: str) -> None:
    said = run(*words, flag)
    assert (said.code, said.err) == (0, "")
    command = " ".join(("fairstay", *words))
    assert said.out.startswith(f"Usage: {command}")
    if not isinstance(COMMANDS[words], click.Group):
        after = said.out.partition("Example:\n")[2]
        assert after.strip().startswith(command), said.out


def test_help_and_version_of_the_whole(run: Run) -> None:
    assert "75 another run holds the lock" in " ".join(run("--help").out.split())
    assert run("--version").out.startswith("fairstay, version ")


# The whole way.


def canonical(path: Path, *, platform: str = "tripadvisor") -> pd.DataFrame:
    """A user's own file: what the small town's platform knows, as CSV."""
    reviews = small_town().reviews
    mine = reviews[reviews["platform"] == platform].dropna(axis="columns", how="all")
    mine.to_csv(path, index=False, date_format="%Y-%m-%d", compression="infer")
    return mine


def settle(folder: Path) -> None:
    (folder / "fairstay.toml").write_text('[run]\nworkers = 1\nshards = 2\n\n[text]\nmodel = ""\n')


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_users_whole_way(run: Run, tmp_path: Path) -> None:
    settle(tmp_path)
    mine = canonical(tmp_path / "reviews.csv.gz")
    said = run("import", "reviews.csv.gz")
    assert (said.code, said.out) == (0, f"1 files: {len(mine):,} new, 0 changed, 0 unchanged, 0 rows refused\n")
    again = run("import", "reviews.csv.gz")
    assert again.out == f"1 files: 0 new, 0 changed, {len(mine):,} unchanged, 0 rows refused\n"

    found = run("--quiet", "detect", "--as-of", AS_OF)
    assert found.code == 0
    assert found.out.startswith(f"{len(mine):,} reviews, ")
    assert len(found.lines) == 1
    assert "TF-IDF alone" in found.err

    assert run("export", "cases", "-o", "cases.csv").code == 0
    cases = rows_of(tmp_path / "cases.csv")
    burst = next(case for case in cases if case["kind"] == "campaign")
    listing = burst["listing_ids"].split()[0]
    made = run("report", "owner", f"tripadvisor/{listing}", "--pdf", "-o", "dossiers", "--as-of", AS_OF)
    assert made.code == 0
    html, pdf = (Path(line) for line in made.out.splitlines())
    assert "</html>" in html.read_text()
    assert pdf.read_bytes().startswith(b"%PDF-")
    queue = run("report", "queue", "-o", "queue", "--as-of", AS_OF)
    assert queue.out == f"queue/index.html: {len(cases):,} cases\n"
    assert burst["case_id"] in Path("queue/index.html").read_text()

    decided = run("decide", burst["case_id"], "--decision", "upheld", "--reason", "DUPLICATE_TEXT", "--by", "Ann")
    assert (decided.code, decided.out) == (0, f"{burst['case_id']}: upheld, DUPLICATE_TEXT\n")
    assert run("--quiet", "detect", "--as-of", "2026-11-02", "--full").code == 0
    run("export", "cases", "-o", "cases.csv")
    after = {case["case_id"]: case for case in rows_of(tmp_path / "cases.csv")}
    assert set(after) == {case["case_id"] for case in cases}
    assert [after[burst["case_id"]][name] for name in ("status", "decision", "reason")] == [
        "upheld", "upheld", "DUPLICATE_TEXT",
    ]  # fmt: skip


def test_all_exports_in_all_formats_say_the_same(run: Run, town: Path) -> None:
    for what in EXPORTS:
        counts = set()
        for format_ in ("csv", "jsonl", "parquet"):
            path = town / f"{what}.{format_}"
            said = run("--config", town / "fairstay.toml", "export", what, "-o", path)
            assert (said.code, said.err) == (0, "")
            counts.add(said.out.rpartition(": ")[2])
        (count,) = counts
        rows = rows_of(town / f"{what}.csv")
        assert count == f"{len(rows):,} rows\n"
        assert len(rows) > 0
        lines = [json.loads(line) for line in (town / f"{what}.jsonl").read_text().splitlines()]
        table = pq.read_table(town / f"{what}.parquet").to_pylist()
        assert len(lines) == len(table) == len(rows)
        assert list(rows[0]) == list(table[0])
        assert [str(next(iter(row.values()))) for row in table] == [next(iter(row.values())) for row in rows]


def test_the_format_goes_before_the_ending(run: Run, town: Path) -> None:
    assert run("--config", town / "fairstay.toml", "export", "cases", "--format", "jsonl", "-o", "x.csv").code == 0
    assert Path("x.csv").read_text().startswith("{")
    assert run("--config", town / "fairstay.toml", "export", "cases", "-o", "x.txt").code == 0
    assert Path("x.txt").read_text().startswith('"case_id",')


def test_scores_have_a_row_for_every_review_and_the_ids_that_were_imported(run: Run, town: Path) -> None:
    reviews = small_town().reviews
    reviews = reviews[reviews["platform"] != "lakeguide"]
    run("--config", town / "fairstay.toml", "export", "scores", "-o", "scores.csv")
    rows = rows_of(Path("scores.csv"))
    expected = reviews[["platform", "listing_id", "review_id"]].apply(tuple, axis=1)
    found = {(row["platform"], row["listing_id"], row["review_id"]): row["reviewer_id"] for row in rows}
    assert found == dict(zip(expected, reviews["reviewer_id"].fillna(""), strict=True))
    assert all(0 <= float(row["score"]) <= 1 and 0 < float(row["p_value"]) <= 1 for row in rows)

    run("--config", town / "fairstay.toml", "export", "scores", "--pseudonyms", "-o", "hidden.csv")
    hidden = [row["reviewer_id"] for row in rows_of(Path("hidden.csv")) if row["platform"] == "tripadvisor"]
    assert all(len(token) == 32 and int(token, 16) >= 0 for token in hidden)
    assert len(set(hidden)) == reviews["reviewer_id"].nunique()
    (town / "fairstay.key").unlink()
    run("--config", town / "fairstay.toml", "export", "scores", "-o", "lost.csv")
    assert Path("lost.csv").read_bytes() == Path("hidden.csv").read_bytes()
    assert not (town / "fairstay.key").exists()


def test_refused_rows_are_mended_and_imported(run: Run, tmp_path: Path) -> None:
    bad = {**ROW, "review_id": "r2", "rating": "9"}
    write_csv(tmp_path / "x.csv", ROW, bad)
    said = run("import", "x.csv")
    assert (said.code, said.out) == (3, "1 files: 1 new, 0 changed, 0 unchanged, 1 rows refused\n")
    assert said.lines == [
        "refused rows, with their reasons, are in x.csv.refused.csv: mend it and import it with the same options"
    ]
    refused = tmp_path / "x.csv.refused.csv"
    (row,) = rows_of(refused)
    assert (row["line"], row["column"], row["rating"]) == ("3", "rating", "9")
    write_csv(refused, {**row, "rating": "3"})
    mended = run("import", "x.csv.refused.csv")
    assert (mended.code, mended.out) == (0, "1 files: 1 new, 0 changed, 0 unchanged, 0 rows refused\n")


def test_columns_by_other_names(run: Run, tmp_path: Path) -> None:
    write_csv(tmp_path / "x.csv", {"hotel": "h1", "stars=": "4", "day": "2026-03-14", "mood": "good"})
    maps = [f"--map={each}" for each in ("hotel=listing_id", "stars==rating", "day=published")]
    said = run("import", "x.csv", "--platform", "google", *maps)
    assert (said.code, said.lines) == (0, ["x.csv: these columns are not used: mood"])
    run("export", "reviews", "-o", "r.csv")
    (row,) = rows_of(tmp_path / "r.csv")
    assert (row["platform"], row["listing_id"], float(row["rating"])) == ("google", "h1", 4.0)


def test_gz_and_plain_are_the_same(run: Run, tmp_path: Path) -> None:
    plain = write_csv(tmp_path / "x.csv", ROW)
    (tmp_path / "y.csv.gz").write_bytes(gzip.compress(plain.read_bytes()))
    assert run("import", "x.csv").out.startswith("1 files: 1 new")
    assert run("import", "y.csv.gz").out == "1 files: 0 new, 0 changed, 1 unchanged, 0 rows refused\n"


def test_without_reviewer_ids_the_dossier_says_that_accounts_cannot_be_judged(run: Run, tmp_path: Path) -> None:
    settle(tmp_path)
    mine = canonical(tmp_path / "reviews.csv", platform="google")
    assert "reviewer_id" not in mine
    assert run("import", "reviews.csv").code == 0
    assert run("--quiet", "detect", "--as-of", AS_OF).code == 0
    listing = mine["listing_id"].iloc[0]
    said = run("report", "owner", f"google/{listing}", "--as-of", AS_OF)
    text = " ".join(Path(said.out.strip()).read_text().split())
    assert "The platform gives no reviewer ids, so accounts were not compared." in text


def test_status_tells_the_nights(run: Run, town: Path) -> None:
    assert run("status").out == "no night has run yet\n"
    said = run("--config", town / "fairstay.toml", "status")
    lines = said.out.splitlines()
    assert lines[0] == f"night of {AS_OF}: partial, begun 2026-11-01 02:30 UTC, ended 2026-11-01 02:30"
    assert [line.split()[:2] for line in lines[1:] if line.startswith("  ")] == [
        ["crawl", "done"], ["deliver", "done"], ["detect", "done"], ["import", "partial"], ["purge", "done"],
        ["report", "done"],
    ]  # fmt: skip


def test_quiet_says_results_only(run: Run, town: Path) -> None:
    said = run("--config", town / "fairstay.toml", "--quiet", "nightly", "--as-of", "2026-11-02")
    assert (said.code, said.out, said.err) == (0, "", "")


def test_databases_are_closed(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = []
    monkeypatch.setattr("store.database.Database.close", lambda self: closed.append(self.name))
    run("status")
    assert closed == [f"sqlite:///{tmp_path / 'fairstay.sqlite'}"]
    open_database(closed[0]).engine.dispose()
