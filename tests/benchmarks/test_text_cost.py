"""benchmarks.text_cost: each detector's seconds and texts are its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest

from benchmarks.text_cost import Metered, Part, measure, print_parts
from detection.engines.local import write_shards
from detection.protocol import Findings, Night
from tests.detection.worlds import reviews_of


class Few:
    """Vectors of at most two texts."""

    encoder = "few"
    languages = None

    def of(self, texts: Sequence[str]) -> np.ndarray[Any, Any] | None:
        return None if len(texts) > 2 else np.ones((len(texts), 1), dtype="float32")


@dataclass(frozen=True)
class Asking:
    """Asks for the vectors of the first texts and for those of all."""

    name: ClassVar[str] = "asking"
    version: ClassVar[int] = 1
    columns: ClassVar[tuple[str, ...]] = ("text",)
    partial: ClassVar[Mapping[str, str]] = {"text": "str"}
    fold: ClassVar[None] = None

    def scan(self, reviews: pd.DataFrame) -> pd.DataFrame:
        return reviews[["text"]]

    def conclude(self, partials: pd.DataFrame, night: Night) -> Findings:
        assert night.vectors is not None
        texts = sorted(partials["text"])
        assert night.vectors.of(texts[:2]) is not None
        assert night.vectors.of(texts) is None
        night.memo["texts"] = str(len(texts) + len(night.memo))
        return Findings()


def test_what_was_given_is_counted_and_what_was_refused_is_not(tmp_path: Path) -> None:
    vectors: Any = Few()
    metered = Metered(vectors)
    shards = write_shards(reviews_of([10, 11, 12], text=["a", "b", "c"]), tmp_path / "shards", 2)
    part = measure(Asking(), shards, metered, tmp_path, dt.date(2026, 11, 1))
    assert (part.texts, part.evidence) == (2, 0)
    assert metered.texts == {"a", "b"}
    assert (metered.encoder, metered.languages) == ("few", None)
    assert part.transformer_s == metered.cpu_s
    assert min(part.scan_s, part.conclude_s) > 0.0
    assert part.whole_s == part.scan_s + part.conclude_s + part.transformer_s


def test_the_table_says_how_many_reviews_a_second(capsys: pytest.CaptureFixture[str]) -> None:
    print_parts("first night", {"one": Part(1.0, 0.5, 0.5, 7, 3), "two": Part(1.0, 1.0, 0.0, 0, 0)}, 2_000)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "first night: 2,000 reviews, 4.0 CPU s of text work, 500 reviews a second"
    assert lines[3].split() == ["one", "1.00", "0.50", "0.50", "7", "3", "1,000"]
    assert lines[4].split()[-1] == "1,000"
