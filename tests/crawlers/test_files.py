import gzip
import hashlib
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.files import FileError, FileReader, read_file, unknown_columns
from crawlers.page import Refusal
from store.canonical import Observation

HEADER = b"platform,listing_id,rating,published,text\n"
LINES = [b"yelp,7,4,2024-05-17,fine", b"yelp,7,5,2024-05-18,better", b"yelp,7,1,2024-05-19,worse"]


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def split(reader: FileReader) -> tuple[list[Observation], list[Refusal]]:
    rows = list(reader)
    return [r for r in rows if isinstance(r, Observation)], [r for r in rows if isinstance(r, Refusal)]


@pytest.mark.parametrize("delimiter", [b",", b";", b"\t"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_csv_in_its_usual_dresses(tmp_path: Path, delimiter: bytes, mark: bytes, ending: bytes) -> None:
    content = mark + (HEADER + b"\n".join(LINES)).replace(b",", delimiter).replace(b"\n", ending)
    good, bad = split(read_file(write(tmp_path, "a.csv", content)))
    assert [row.text for row in good] == ["fine", "better", "worse"]
    assert bad == []
    assert good[0].raw_sha256 == hashlib.sha256(LINES[0].replace(b",", delimiter)).hexdigest()


def test_quoted_fields_over_several_lines_and_megabytes(tmp_path: Path) -> None:
    long = 'a "b"\n, ' * 400_000
    cell = '"' + long.replace('"', '""') + '"'
    content = HEADER + f'yelp,7,4,2024-05-17,{cell[:300_000]}x"\nyelp,7,5,2024-05-18,ok\n'.encode()
    good, bad = split(read_file(write(tmp_path, "a.csv", content)))
    assert bad == []
    assert [len(row.text or "") > 100_000 for row in good] == [True, False]
    big = HEADER + f"yelp,7,4,2024-05-17,{cell}\nyelp,7,5,2024-05-18,ok\n".encode()
    good, bad = split(read_file(write(tmp_path, "b.csv", big)))
    assert [row.text for row in good] == ["ok"]
    assert (bad[0].line, bad[0].column) == (2, "text")
    assert bad[0].row["text"] == long


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (b'yelp,7,4,2024-05-17,"never closed', "broken quoting"),
        (b'yelp,7,4,2024-05-17,"closed" too early', "broken quoting"),
        (b"yelp,7,4,2024-05-17", "4 fields where the header has 5"),
        (b"yelp,7,4,2024-05-17,a,b", "6 fields where the header has 5"),
        (b"yelp,7,4,2024-05-17,\xff\xfe", "not valid UTF-8"),
    ],
)
def test_a_broken_line_costs_only_itself(tmp_path: Path, broken: bytes, reason: str) -> None:
    quoted = b'yelp,7,2,2024-05-20,"with ""quotes"", and\nlines"'
    content = HEADER + b"\n".join([LINES[0], broken, LINES[1], quoted, LINES[2]])
    good, bad = split(read_file(write(tmp_path, "a.csv", content)))
    assert [row.text for row in good] == ["fine", "better", 'with "quotes", and\nlines', "worse"]
    assert [refusal.line for refusal in bad] == [3]
    assert reason in bad[0].reason


def test_a_bad_cell_names_line_and_column_behind_a_long_row(tmp_path: Path) -> None:
    content = HEADER + b'yelp,7,4,2024-05-17,"a\nb\nc"\n\nyelp,7,9,2024-05-17,x\n'
    _, bad = split(read_file(write(tmp_path, "a.csv", content)))
    assert [(refusal.line, refusal.column) for refusal in bad] == [(6, "rating")]
    assert bad[0].row["rating"] == "9"


def test_json_lines_and_their_bad_neighbours(tmp_path: Path) -> None:
    row = {"listing_id": 7, "rating": 4.5, "published": "2024-05-17", "note": "x"}
    body = json.dumps(row).encode()
    lines = [body, b"{", b"[1]", b"", b'{"listing_id": "\xff"}', body[:-1] + b', "text": NaN}', b"[" * 100_000, body]
    reader = read_file(write(tmp_path, "a.jsonl", b"\n".join(lines)), platform="yelp")
    good, bad = split(reader)
    assert len(good) == 3
    assert good[0].raw_sha256 == hashlib.sha256(body).hexdigest()
    assert [refusal.line for refusal in bad] == [2, 3, 5, 7]
    assert reader.unknown_columns == ("note",)


def test_a_json_key_may_come_late(tmp_path: Path) -> None:
    row = '{"listing_id": "7", "rating": 4, "published": "2024-05-17"%s}'
    lines = [row % ""] * 1500 + [row % ', "text": "late"']
    good, _ = split(read_file(write(tmp_path, "a.ndjson", "\n".join(lines).encode()), platform="yelp"))
    assert good[-1].text == "late"


def test_gzip_whole_and_cut(tmp_path: Path) -> None:
    content = HEADER + b"".join(b"yelp,%d,4,2024-05-17,fine %d\n" % (n, n * 7919) for n in range(20_000))
    packed = gzip.compress(content[:100_000]) + gzip.compress(content[100_000:])
    good, bad = split(read_file(write(tmp_path, "a.csv.gz", packed)))
    assert (len(good), bad) == (20_000, [])
    good, bad = split(read_file(write(tmp_path, "b.csv.gz", packed[: len(packed) // 2])))
    assert 5_000 < len(good) < 20_000
    assert "gzip stream is damaged" in bad[-1].reason
    assert bad[-1].line == len(good) + 2


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table({"hotel": ["7", "8"], "rating": [4.0, 9.0], "published": ["2024-05-17"] * 2, "extra": [1, 2]})
    pq.write_table(table, path)
    good, bad = split(reader := read_file(path, platform="yelp", columns={"hotel": "listing_id"}))
    assert [row.listing_id for row in good] == ["7"]
    assert [(refusal.line, refusal.column) for refusal in bad] == [(2, "rating")]
    assert bad[0].row["hotel"] == "8"
    assert reader.unknown_columns == ("extra",)


def test_columns_are_mapped(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", b"Hotel,Stars,Day,Mood\n7,4,2024-05-17,x\n")
    mapped = {"Hotel": "listing_id", "Stars": "rating", "Day": "published"}
    good, _ = split(read_file(path, platform="yelp", columns=mapped))
    assert (good[0].listing_id, good[0].rating) == ("7", 4.0)
    assert unknown_columns(path, platform="yelp", columns=mapped) == ["Mood"]


@pytest.mark.parametrize(
    ("name", "content", "columns", "message"),
    [
        ("a.csv", b"", {}, "is empty"),
        ("a.csv", b"\n\n", {}, "is empty"),
        ("a.xlsx", b"x", {}, "none of the kinds"),
        ("a.json", b"[]", {}, "a JSON document needs --preset"),
        ("a.parquet", b"nonsense", {}, "is not a Parquet file"),
        ("a.csv", "platform,x".encode("utf-16"), {}, "not UTF-8"),
        ("a.csv", b"Stars,Day\n1,2\n", {}, "platform, listing_id, rating, published; the file has 'Stars', 'Day'"),
        ("a.jsonl", b'{"a": 1}\n', {}, "--map SOURCE=COLUMN"),
        ("a.csv", b"platform,listing_id,rating,published_from\n", {}, "missing: published_to;"),
        ("a.csv", HEADER, {"nope": "title"}, "no column 'nope'"),
        ("a.csv", HEADER, {"text": "nope"}, "no such column"),
        ("a.csv", b"platform,listing_id,h,rating,published\n", {"h": "listing_id"}, "both taken for 'listing_id'"),
        ("a.csv", b"platform,rating,rating,listing_id,published\n", {}, "two columns are called 'rating'"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_read(
    tmp_path: Path, name: str, content: bytes, columns: dict[str, str], message: str
) -> None:
    path = write(tmp_path, name, content)
    with pytest.raises(FileError) as caught:
        read_file(path, columns=columns)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no such file"):
        read_file(tmp_path / "a.csv")
    with pytest.raises(FileError, match="is a folder"):
        read_file(tmp_path)


@settings(deadline=None)
@given(st.lists(st.sampled_from([*LINES, b'a,"', b'"', b'""', b",,,,", b'x,"y""z",1', b"\xff", b'"a\n"']), max_size=12))
def test_whole_rows_survive_any_company(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]) -> None:
    path = write(tmp_path_factory.mktemp("files"), "a.csv", HEADER + b"\n".join(lines))
    good, _ = split(read_file(path))
    assert len(good) == sum(line in LINES for line in lines)
