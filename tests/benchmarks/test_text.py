"""benchmarks.text: which benchmarks it runs, and that the last word is theirs."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from benchmarks import text
from benchmarks.text import PARTS, commands, main, run


def test_the_parts_of_mismatch_share_one_run() -> None:
    found = commands(["lures", "swaps", "cost", "rule"], Path("there"))
    assert found == [
        ["mismatch", "--data", "there", "--parts", "swaps,rule"],
        ["text_lures", "--data", "there"],
        ["text_cost", "--data", "there"],
    ]
    assert commands(["lures"], Path("there")) == [["text_lures", "--data", "there"]]


def test_every_part_has_a_module() -> None:
    for name, *_ in commands(PARTS, Path("there")):
        assert find_spec(f"benchmarks.{name}") is not None


def test_it_ends_with_the_first_benchmark_that_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = []

    def failing(name: str, arguments: list[str]) -> tuple[int, float]:
        ran.append(name)
        return (2 if name == "text_lures" else 0), 1.5

    monkeypatch.setattr(text, "run", failing)
    monkeypatch.setattr("sys.argv", ["text", "--data", str(tmp_path), "--parts", "small,lures,cost"])
    assert main() == 2
    assert ran == ["mismatch", "text_lures"]
    assert "mismatch: 2 CPU s" in capsys.readouterr().out


def test_a_benchmark_without_its_data_says_so_in_its_own_process(tmp_path: Path) -> None:
    status, cpu_s = run("mismatch", ["--data", str(tmp_path)])
    assert status == 2
    assert cpu_s > 0.0


@pytest.mark.parametrize(
    ("parts", "folder", "told"),
    [("swaps,flips", ".", "known are swaps"), (",", ".", "known are swaps"), ("swaps", "nowhere", "No folder")],
)
def test_what_it_does_not_know_it_says(
    parts: str,
    folder: str,
    told: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.argv", ["text", "--data", str(tmp_path / folder), "--parts", parts])
    assert main() == 2
    assert told in capsys.readouterr().err
