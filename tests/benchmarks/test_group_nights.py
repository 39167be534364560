from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.group_history import History, draw
from benchmarks.group_nights import incremental_rows, table
from detection.collusion import Collusion
from detection.protocol import Findings, Night
from store.frames import SIGNALS, build


@pytest.fixture(scope="module")
def history() -> History:
    return draw(np.random.default_rng(4), 6000)


class Remembering(Collusion):
    """Its findings depend on what a night remembers."""

    def conclude(self, partials: pd.DataFrame, night: Night) -> Findings:
        night.memo[f"pass {len(night.memo)}"] = ""
        return Findings(signals=build({"review_key": ["r"], "p_value": float(len(night.memo))}, SIGNALS))


def test_the_next_night_gives_what_a_pass_from_nothing_gives(history: History, tmp_path: Path) -> None:
    row = incremental_rows(history, 10, tmp_path, detector=Collusion(), shards=12)
    assert (row["history"], row["new"], row["same findings"]) == (len(history.day) - 10, 10, True)
    assert 1 <= int(str(row["shards touched"])) <= 12


def test_what_is_kept_is_handed_on_and_another_answer_is_seen(history: History, tmp_path: Path) -> None:
    row = incremental_rows(history, 10, tmp_path, detector=Remembering(), shards=4)
    assert row["same findings"] is False


def test_a_row_for_each_size() -> None:
    rows = table([1000, 2000], 50, 1, shards=4)
    assert (rows["new"] == 50).all()
    assert rows.index.is_monotonic_increasing
    assert rows.index[1] <= 2000
    assert rows["same findings"].all()
