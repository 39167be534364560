from __future__ import annotations

from pathlib import Path

import pytest

from fairstay.delivering import deliver
from tests.fairstay.towns import files_of


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    for name in ("queue/index.html", "queue/cases/C-1.html", "owners/a.html"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def test_without_a_drop_folder_nothing_is_copied(reports: Path, tmp_path: Path) -> None:
    assert deliver(reports, None) == "no drop folder is configured"
    assert [path.name for path in tmp_path.iterdir()] == ["reports"]


def test_everything_is_copied_once(reports: Path, tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    assert deliver(reports, drop) == f"3 of 3 files copied to {drop}"
    assert files_of(drop) == files_of(reports)
    before = {path: path.stat().st_mtime_ns for path in drop.rglob("*")}
    assert deliver(reports, drop) == f"0 of 3 files copied to {drop}"
    assert {path: path.stat().st_mtime_ns for path in drop.rglob("*")} == before


def test_what_changed_is_copied_again(reports: Path, tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    deliver(reports, drop)
    (reports / "owners/a.html").write_text("other")
    assert deliver(reports, drop).startswith("1 of 3 ")
    assert (drop / "owners/a.html").read_text() == "other"


def test_drafts_are_neither_copied_nor_left(reports: Path, tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    (reports / "owners/.a.html.1.new").write_text("half")
    (drop / "owners").mkdir(parents=True)
    (drop / "owners/.a.html.2.new").write_text("half")
    assert deliver(reports, drop).startswith("3 of 3 ")
    assert sorted(files_of(drop)) == ["owners/a.html", "queue/cases/C-1.html", "queue/index.html"]


def test_other_files_of_the_drop_folder_are_left_alone(reports: Path, tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    drop.mkdir()
    (drop / "mine.txt").write_text("mine")
    deliver(reports, drop)
    assert (drop / "mine.txt").read_text() == "mine"


def test_no_reports_are_no_files(tmp_path: Path) -> None:
    assert deliver(tmp_path / "none", tmp_path / "drop") == f"0 of 0 files copied to {tmp_path / 'drop'}"
