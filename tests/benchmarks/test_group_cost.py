from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.group_cost import measure, table
from benchmarks.group_history import draw, write


def test_a_small_run_is_measured(tmp_path: Path) -> None:
    history = draw(np.random.default_rng(1), 4000)
    write(history, tmp_path, 3)
    said = measure(tmp_path)
    assert said["reviews"] == len(history.day) > 3000
    steps = [name for name, _, _ in said["steps"]]  # type: ignore[attr-defined]
    assert steps == ["scan and fold", "conclude", "floor: one sort of listings and days"]


def test_the_table_is_made_in_a_process_of_its_own() -> None:
    rows, size = table(3000, 900, 1)
    assert rows.index[-1] == "whole pass"
    assert " reviews of 40 listings by 9" in size
    assert all(float(mib.replace(",", "")) > 50 for mib in rows["peak MiB"])
