from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.group_history import ACCOUNTS_A_REVIEW, DAYS, FIRST_DAY, History, draw, write
from detection.engines.local import write_shards
from store.frames import REVIEWS, check


@pytest.fixture(scope="module")
def history() -> History:
    return draw(np.random.default_rng(2), 20_000)


def test_a_history_has_its_size(history: History) -> None:
    assert len(history.listing) == len(history.account) == len(history.day) == 20_000
    people = len(np.unique(history.account))
    assert 0.9 < people / (ACCOUNTS_A_REVIEW * 20_000) <= 1.0
    assert (np.diff(history.day) >= 0).all()
    assert history.day.min() >= FIRST_DAY
    assert history.day.max() < FIRST_DAY + DAYS
    assert len(np.unique(history.account * 10**6 + history.listing)) == 20_000


def test_accounts_travel_and_are_unequal(history: History) -> None:
    towns = pd.Series(history.town[history.listing]).groupby(history.account).nunique()
    written = np.bincount(history.account)
    assert (towns > 1).any()
    assert written.max() > 20
    assert np.median(written[written > 0]) <= 3


def test_shards_are_those_of_the_engine(history: History, tmp_path: Path) -> None:
    reviews = write(history, tmp_path / "one", 5).read()
    check(reviews, REVIEWS, "reviews")
    again = write_shards(reviews, tmp_path / "other", 5)
    for file in again.files:
        columns = ["listing_key", "review_key"]
        one, other = (pd.read_parquet(folder / file.name)[columns] for folder in (tmp_path / "one", file.parent))
        assert set(one.itertuples(index=False)) == set(other.itertuples(index=False))
    turn = reviews.sort_values(["day_to", "review_key"]).groupby("reviewer_key").cumcount() + 1
    same_day = reviews.duplicated(["reviewer_key", "day_to"], keep=False)
    assert (reviews["nth"] == turn.sort_index())[~same_day].all()
    assert (reviews["reviewer_reviews"] == reviews.groupby("reviewer_key")["nth"].transform("size")).all()
    assert reviews["review_key"].is_unique


def test_a_file_without_news_keeps_its_bytes(history: History, tmp_path: Path) -> None:
    files = write(history.first(len(history.day) - 1), tmp_path, 60).files
    before = [file.read_bytes() for file in files]
    write(history, tmp_path, 60)
    touched = sum(old != file.read_bytes() for old, file in zip(before, files, strict=True))
    # The review's own, and those that hold its account's others.
    assert 1 <= touched <= (history.account == history.account[-1]).sum()
