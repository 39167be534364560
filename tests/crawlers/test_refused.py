import csv
import datetime as dt
import io
import json
from pathlib import Path

from crawlers.files import read_file
from crawlers.page import Refusal
from crawlers.refused import Refusals, refused_path, write_refused
from store.canonical import Observation


def refusals(path: Path) -> list[Refusal]:
    return [row for row in read_file(path, platform="yelp") if isinstance(row, Refusal)]


def test_refused_rows_can_be_mended_and_imported(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    path.write_bytes(
        b"listing_id,rating,published,text,note\n7,4,2024-05-17,fine,n1\n"
        b'7,four,2024-05-18,"=SUM(A1), ""x""\nand more",n2\n7,4,2024-05-19\n'
    )
    written = write_refused(path, refusals(path))
    assert written == tmp_path / "reviews.csv.refused.csv"
    rows = list(csv.DictReader(io.StringIO(written.read_text())))
    assert list(rows[0])[:8] == ["line", "column", "reason", "listing_id", "rating", "published", "text", "note"]
    assert (rows[0]["line"], rows[0]["column"], rows[0]["text"]) == ("3", "rating", '=SUM(A1), "x"\nand more')
    assert (rows[1]["line"], rows[1]["raw"]) == ("5", "7,4,2024-05-19")
    assert [refusal.column for refusal in refusals(written)] == ["rating", "listing_id"]

    rows[0]["rating"] = "5"
    rows[1] |= {"listing_id": "7", "rating": "3", "published": "2024-05-19"}
    with written.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    mended = read_file(written, platform="yelp")
    assert mended.unknown_columns == ("note",)
    good = [row for row in mended if isinstance(row, Observation)]
    assert [(row.rating, row.text) for row in good] == [(5.0, '=SUM(A1), "x"\nand more'), (3.0, None)]


def test_only_our_own_cells_are_made_harmless(tmp_path: Path) -> None:
    refusal = Refusal(2, None, "=1+1", {"text": "=1+1", "reason": "kept", "n": None, "b": True})
    rows = list(csv.reader(io.StringIO(write_refused(tmp_path / "a.jsonl", [refusal]).read_text())))
    assert rows[0] == ["line", "column", "reason", "text", "reason (source)", "n", "b"]
    assert rows[1] == ["2", "", "'=1+1", "=1+1", "kept", "", "true"]


def test_bytes_that_are_not_utf8_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"listing_id,rating,published,text\n7,4,2024-05-17,caf\xe9\n")
    written = write_refused(path, refusals(path))
    assert b"caf\xe9" in written.read_bytes()
    assert "not valid UTF-8" in refusals(written)[0].reason


def test_lone_surrogates_do_not_stop_the_writing(tmp_path: Path) -> None:
    written = write_refused(tmp_path / "a.jsonl", [Refusal(1, "rating", "is missing", {"text": "\ud83d"})])
    assert "\\ud83d" in written.read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl.refused.csv"]


def test_a_file_refused_twice_gets_no_second_set_of_reasons(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"listing_id,rating,published\n7,9,2024-05-17\n")
    once = write_refused(path, refusals(path))
    twice = write_refused(once, refusals(once))
    assert twice.read_text().splitlines()[0] == "line,column,reason,listing_id,rating,published"


def test_many_refusals_are_kept_on_the_disk_in_their_order(tmp_path: Path) -> None:
    row = {"day": dt.date(2026, 5, 6), "n": None, "b": True, "list": [1], "text": "caf\udce9 x" + "y" * 1000}
    with Refusals() as kept:
        assert not kept
        for number in range(6000):
            kept.add(Refusal(number, None if number else "rating", "no", {**row, "number": number}))
        assert len(kept) == 6000
        assert [each.line for each in kept] == list(range(6000))
        kept.add(Refusal(6000, None, "no", {}))
        assert [each.line for each in kept][-2:] == [5999, 6000]
        first = next(iter(kept))
        written = write_refused(tmp_path / "a.csv", kept)
    assert (first.column, first.row["day"], first.row["b"], first.row["text"][:6]) == (
        "rating",
        "2026-05-06",
        True,
        "caf\udce9 x",
    )
    lines = written.read_bytes().splitlines()
    assert lines[0] == b"line,column,reason,day,n,b,list,text,number"
    assert lines[1].startswith(b"0,rating,no,2026-05-06,,true,[1],caf\xe9 xy")
    assert len(lines) == 6002


def test_records_keep_their_keys_and_values(tmp_path: Path) -> None:
    record = {"a": {"b": [1, None, "\u00fc"]}, "line": "mine", "text": "\ud83d =1"}
    written = write_refused(tmp_path / "x.json", [Refusal(7, "rating", "is missing", record)], records=True)
    assert written == refused_path(tmp_path / "x.json", records=True) == tmp_path / "x.json.refused.jsonl"
    (line,) = written.read_text().splitlines()
    said = {"line": 7, "column": "rating", "reason": "is missing", "a": record["a"], "line (source)": "mine"}
    assert json.loads(line) == {**said, "text": record["text"]}
    assert list(json.loads(line))[:3] == ["line", "column", "reason"]
