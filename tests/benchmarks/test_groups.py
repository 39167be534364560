from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.groups import PARTS, main


def test_an_unknown_part_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--parts", "block,blokc"]) == 2
    told = capsys.readouterr().err
    assert "blokc" in told
    assert all(part in told for part in PARTS)


@pytest.mark.parametrize("data", [None, "empty"])
def test_yelp_needs_its_data(data: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--parts", "yelp", *(["--data", str(tmp_path / data)] if data else [])]) == 2
    assert "yelp_nyc/metadata.tsv.gz" in capsys.readouterr().err


def test_parts_run_by_name_and_seed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--parts", "block", "--seeds", "1,2", "--edges", "20000"]) == 0
    said = capsys.readouterr()
    assert said.out.count("detection.peeling") == 2
    assert "block: " in said.err


def test_worlds_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--parts", "rings", "--seeds", "3", "--listings", "60"]) == 0
    said = capsys.readouterr().out
    assert said.count("thin ring 2") == 2
    assert "with texts" in said
