from pathlib import Path

from fairstay.inbox import misplaced, waiting_files


def fill(folder: Path, *names: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).touch()


def test_what_an_inbox_holds(tmp_path: Path) -> None:
    fill(tmp_path, "b.csv", "a.JSONL", "c.csv.gz", "d.parquet", "notes.txt", "b.csv.refused.csv", ".hidden.csv")
    fill(tmp_path / "booking", "x.json", "y.jsonl.gz", "x.json.refused.jsonl", "read.me", "wrong.csv")
    fill(tmp_path / "apify-google", "z.json.gz")
    fill(tmp_path / "owners", "o.csv", "o.csv.refused.csv")
    fill(tmp_path / "folder.csv", "e.csv")
    (tmp_path / "booking" / "old.json").mkdir()
    waiting = [(str(path.relative_to(tmp_path)), preset) for path, preset in waiting_files(tmp_path)]
    assert waiting == [
        *((name, None) for name in ("a.JSONL", "b.csv", "c.csv.gz", "d.parquet")),
        *((f"booking/{name}", "booking") for name in ("wrong.csv", "x.json", "y.jsonl.gz")),
        ("apify-google/z.json.gz", "apify-google"),
        ("owners/o.csv", "owners"),
    ]


def test_what_lies_in_the_wrong_place(tmp_path: Path) -> None:
    fill(tmp_path, "b.csv", "x.json", "y.JSON.gz", "x.json.refused.jsonl")
    fill(tmp_path / "bookings", "x.json")
    fill(tmp_path / "booking", "x.json")
    fill(tmp_path / "owners", "o.csv")
    fill(tmp_path / ".sync", "x.json")
    lines = misplaced(tmp_path)
    assert [line.split(": ")[0] for line in lines] == [
        str(tmp_path / name) for name in ("bookings", "x.json", "y.JSON.gz")
    ]
    assert all("google-takeout, booking, trustpilot" in line for line in lines)


def test_an_inbox_that_is_not_there(tmp_path: Path) -> None:
    assert waiting_files(tmp_path / "none") == []
    assert misplaced(tmp_path / "none") == []
