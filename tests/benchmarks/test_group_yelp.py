from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.group_yelp import DAYS, SIZES, Planted, Size, apart_from, fraudar, plant, scores, table, untouched
from store.frames import REVIEWS, check
from store.snapshot import derive


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Six thousand reviews of sixty listings over five years, in the set's own format."""
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(5)
    user, business = rng.integers(0, 3000, 6000), rng.integers(0, 60, 6000)
    stars, day = rng.integers(1, 6, 6000), np.datetime64("2010-01-01") + rng.integers(0, 5 * 365, 6000)
    (folder / "yelp_nyc").mkdir()
    with gzip.open(folder / "yelp_nyc" / "metadata.tsv.gz", "wt") as file:
        for row in zip(user, business, stars, day, strict=True):
            file.write("{}\t{}\t{}.0\t1\t{}\n".format(*row))
    return untouched(Path(folder))


def written(planted: Planted) -> pd.DataFrame:
    return planted.raw[planted.raw["reviewer_key"].isin(planted.accounts)]


def test_the_set_becomes_reviews(raw: pd.DataFrame) -> None:
    reviews = check(derive(raw), REVIEWS, "reviews")
    assert (len(reviews), reviews["listing_key"].nunique()) == (6000, 60)
    assert set(reviews["city"]) == {"New York"}


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_block_is_dense_short_and_half_of_what_its_accounts_write(raw: pd.DataFrame, size: Size) -> None:
    planted = plant(raw, size, np.random.default_rng(1))
    assert (len(planted.accounts), len(planted.listings)) == (size.accounts, size.listings)
    assert planted.nodes == planted.accounts | planted.listings
    theirs = written(planted)
    inside = theirs[theirs["listing_key"].isin(planted.listings)]
    each = round(size.density * size.listings)
    assert set(inside.groupby("reviewer_key")["listing_key"].nunique()) == {each}
    assert set(theirs.groupby("reviewer_key")["listing_key"].nunique()) == {2 * each}
    assert len(theirs) == 2 * len(inside) == 2 * size.accounts * each
    assert (inside["published_to"].max() - inside["published_to"].min()).days < DAYS
    assert set(inside["rating"]) == {4.0, 5.0}
    assert (inside["rating"] == 5.0).mean() == pytest.approx(0.88, abs=0.1)
    check(derive(planted.raw), REVIEWS, "reviews")


def test_the_set_itself_stays_as_it_is(raw: pd.DataFrame) -> None:
    planted = plant(raw, SIZES[0], np.random.default_rng(1))
    assert planted.raw.iloc[: len(raw)].equals(raw)
    assert not planted.accounts & set(raw["reviewer_key"])


def test_groups_that_were_there_before_are_known() -> None:
    known = [({"a", "b", "c"}, {"x"})]
    again, new = ({"a", "b", "z"}, {"x", "y"}), ({"c", "p", "q"}, {"y"})
    assert apart_from([again, new], known) == [new]
    assert apart_from([again], []) == [again]


def test_a_large_block_is_fraudars(raw: pd.DataFrame) -> None:
    planted = plant(raw, Size(100, 20, 0.9), np.random.default_rng(2))
    assert planted.nodes & fraudar(planted.raw, 1)[0]
    found = scores(planted, [])
    assert found["FRAUDAR, 1st block"] > 0.8
    assert all(0.0 <= value <= 1.0 for value in found.values())


def test_the_table_has_a_row_for_each_reading(raw: pd.DataFrame) -> None:
    rows, groups, accounts = table(raw, [1], [Size(40, 4, 1.0)])
    assert rows.columns.tolist() == ["40 x 4"]
    assert rows.index[0] == "collusion, all groups"
    assert groups <= accounts
