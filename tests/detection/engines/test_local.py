from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from detection.engines.local import Shards, _hopeful, folded, scan_and_fold, write_shards
from detection.hashing import hashed
from detection.protocol import Findings, Fold, Night
from store.frames import REVIEWS, FrameError
from tests.detection.worlds import DAY, reviews_of

CALLS: list[set[str]] = []


@dataclass(frozen=True)
class Counter:
    """Counts reviews by town; every scan leaves the listings it saw in CALLS."""

    least: float = 0.0

    name: ClassVar[str] = "counter"
    version: ClassVar[int] = 1
    columns: ClassVar[tuple[str, ...]] = ("listing_key", "city", "rating")
    partial: ClassVar[dict[str, str]] = {"city": "str", "reviews": "int64", "rating": "float64"}
    fold: ClassVar[Fold | None] = Fold(by=("city",), total=("reviews", "rating"))

    def scan(self, reviews: pd.DataFrame) -> pd.DataFrame:
        assert list(reviews.columns) == list(self.columns)
        CALLS.append(set(reviews["listing_key"]))
        counted = reviews.assign(reviews=1).groupby("city", as_index=False)[["reviews", "rating"]].sum()
        return counted.astype(self.partial)

    def conclude(self, partials: pd.DataFrame, night: Night) -> Findings:
        return Findings()


@dataclass(frozen=True)
class Newer(Counter):
    version: ClassVar[int] = 2


@dataclass(frozen=True)
class Whole(Counter):
    name: ClassVar[str] = "whole"
    fold: ClassVar[Fold | None] = None


@pytest.fixture
def reviews() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    listings = rng.integers(0, 40, 600)
    return reviews_of(
        DAY + rng.integers(0, 90, 600),
        listing_key=[f"p/{n:02d}" for n in listings],
        city=[f"town {n % 5}" for n in listings],
        rating=rng.integers(0, 5, 600) / 4,
        reviewer_key=[None if n % 3 else f"p/u{n % 50}" for n in range(600)],
    )


@pytest.fixture(autouse=True)
def no_calls() -> None:
    CALLS.clear()


def changed(reviews: pd.DataFrame) -> pd.DataFrame:
    """One review of one listing says something else."""
    other = reviews.copy()
    other.loc[0, "rating"] = 1.0 - other.loc[0, "rating"] + 0.01
    return other


def test_a_listing_is_whole_in_one_shard(reviews: pd.DataFrame, tmp_path: Path) -> None:
    shards = write_shards(reviews, tmp_path, 4)
    parts = [pd.read_parquet(file) for file in shards.files]
    assert sum(len(part) for part in parts) == len(reviews)
    assert all(len(part) for part in parts)
    homes = pd.concat([part[["listing_key"]].drop_duplicates() for part in parts])
    assert not homes["listing_key"].duplicated().any()
    everything = shards.read().sort_values("review_key", ignore_index=True)
    assert_frame_equal(everything, reviews.sort_values("review_key", ignore_index=True))
    alone = write_shards(reviews[reviews["listing_key"] == "p/07"], tmp_path / "alone", 4)
    held = [set(pd.read_parquet(file)["listing_key"]) for file in alone.files]
    assert all("p/07" in whole for whole, own in zip(parts_listings(parts), held, strict=True) if own)


def parts_listings(parts: list[pd.DataFrame]) -> list[set[str]]:
    return [set(part["listing_key"]) for part in parts]


def test_a_frame_that_is_not_as_declared_is_refused(reviews: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(FrameError, match="reviews: column 'rating'"):
        write_shards(reviews.assign(rating="good"), tmp_path, 2)
    assert not list(tmp_path.iterdir())


def test_where_and_read(reviews: pd.DataFrame, tmp_path: Path) -> None:
    shards = write_shards(reviews.sample(frac=1.0, random_state=1), tmp_path, 3)
    wanted = ["p/u3", "p/u6", "nobody"]
    found = shards.where("reviewer_key", hashed(pd.Series(wanted)), ("review_key", "rating"))
    own = reviews[reviews["reviewer_key"].isin(wanted)]
    expected = own.sort_values(["listing_key", "day_to", "review_key"], ignore_index=True)[["review_key", "rating"]]
    assert len(expected) > 5
    assert_frame_equal(found, expected)
    nothing = shards.where("reviewer_key", np.array([], dtype="int64"), ("review_key", "day_to"))
    assert nothing.empty
    assert nothing["day_to"].dtype == "int32"
    ordered = reviews.sort_values(["listing_key", "day_to", "review_key"], ignore_index=True)
    assert_frame_equal(shards.read(), ordered)
    assert_frame_equal(shards.read(("city",)), ordered[["city"]])


def test_the_fold_over_shards_is_a_plain_group_by(reviews: pd.DataFrame, tmp_path: Path) -> None:
    expected = reviews.assign(reviews=1).groupby("city", as_index=False)[["reviews", "rating"]].sum()
    for count in (1, 7):
        shards = write_shards(reviews, tmp_path / str(count), count)
        found = scan_and_fold(Counter(), shards, tmp_path / f"cache{count}")
        assert_frame_equal(found, expected.astype(Counter.partial))
        assert len(CALLS) == count
        CALLS.clear()


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(-5, 5), st.integers(0, 3)), max_size=40),
    st.one_of(st.none(), st.integers(-3, 6)),
)
def test_folded_is_a_loop_over_a_dictionary(rows: list[tuple[int, int, int, int]], least: int | None) -> None:
    totals: dict[tuple[int, int], list[int]] = {}
    for a, b, x, kept in rows:
        total = totals.setdefault((a, b), [0, 0])
        total[0] += x
        total[1] += kept
    expected = [(*key, *total) for key, total in sorted(totals.items()) if least is None or total[1] >= least]
    frame = pd.DataFrame(rows, columns=["a", "b", "x", "kept"]).astype("int64")
    fold = Fold(by=("a", "b"), total=("x", "kept"), at_least=None if least is None else ("kept", least))
    found = folded(frame, fold)
    assert [tuple(row) for row in found.itertuples(index=False)] == expected
    assert list(found.index) == list(range(len(expected)))


PARTIAL = st.tuples(st.integers(0, 5), st.sampled_from(["x", "y", "ä"]), st.floats(-9, 9), st.integers(0, 3).map(float))


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.lists(PARTIAL, max_size=12), min_size=1, max_size=5),
    st.one_of(st.none(), st.sampled_from([-1.0, 0.0, 1.0, 2.0, 3.0, 7.0])),
)
def test_what_cannot_reach_the_least_is_dropped_before_the_fold(
    tmp_path_factory: pytest.TempPathFactory,
    files: list[list[tuple[int, str, float, float]]],
    least: float | None,
) -> None:
    """The answer is that of all partials together, to the last bit, however they lie over the files."""
    folder = tmp_path_factory.mktemp("partials")
    sums = Fold(by=("a", "name"), total=("x", "kept"), at_least=None if least is None else ("kept", least))
    dtypes = {"a": "int64", "name": "str", "x": "float64", "kept": "float64"}
    frames = [pd.DataFrame(rows, columns=list(dtypes)).astype(dtypes) for rows in files]

    @dataclass(frozen=True)
    class Given(Counter):
        """The rating of a shard's one review says which partials are its own."""

        name: ClassVar[str] = "given"
        columns: ClassVar[tuple[str, ...]] = ("rating",)
        partial: ClassVar[dict[str, str]] = dtypes
        fold: ClassVar[Fold | None] = sums

        def scan(self, reviews: pd.DataFrame) -> pd.DataFrame:
            return frames[int(reviews["rating"].iloc[0])]

    shards = [folder / f"{number}.parquet" for number in range(len(frames))]
    for number, file in enumerate(shards):
        reviews_of([DAY], rating=float(number)).to_parquet(file, index=False)
    found = scan_and_fold(Given(), Shards(tuple(shards)), folder / "cache")
    assert_frame_equal(found, folded(pd.concat(frames, ignore_index=True).astype(dtypes), sums), check_exact=True)


def test_a_key_whose_halves_lie_in_two_files_is_kept(tmp_path: Path) -> None:
    """And of the keys that are alone only the large ones are read at all."""
    fold = Fold(by=("a",), total=("kept",), at_least=("kept", 2.0))
    rows = [[(1, 1.0), (2, 1.0), (3, 2.0)], [(1, 1.0), (4, 1.5)], []]
    files = [tmp_path / f"{number}.parquet" for number in range(3)]
    for file, said in zip(files, rows, strict=True):
        pd.DataFrame(said, columns=["a", "kept"]).astype({"a": "int64", "kept": "float64"}).to_parquet(file)
    told = _hopeful(files, fold, ("kept", 2.0))
    assert [part["a"].tolist() for part in told] == [[1, 3], [1], []]


def test_partials_are_used_again(reviews: pd.DataFrame, tmp_path: Path) -> None:
    shards = write_shards(reviews, tmp_path / "shards", 4)
    first = scan_and_fold(Counter(), shards, tmp_path / "cache")
    assert len(CALLS) == 4
    # The next night writes its shards anew; what is in them is the same.
    again = scan_and_fold(Counter(), write_shards(reviews, tmp_path / "shards", 4), tmp_path / "cache")
    assert len(CALLS) == 4
    assert_frame_equal(first, again)


def test_only_a_changed_shard_is_scanned_again(reviews: pd.DataFrame, tmp_path: Path) -> None:
    scan_and_fold(Counter(), write_shards(reviews, tmp_path / "shards", 4), tmp_path / "cache")
    kept = set((tmp_path / "cache").iterdir())
    CALLS.clear()
    found = scan_and_fold(Counter(), write_shards(changed(reviews), tmp_path / "shards", 4), tmp_path / "cache")
    assert len(CALLS) == 1
    assert reviews["listing_key"][0] in CALLS[0]
    assert found["rating"].sum() == pytest.approx(changed(reviews)["rating"].sum())
    # The changed shard's old partial is gone, the others' are the same files.
    now = set((tmp_path / "cache").iterdir())
    assert len(now) == 4
    assert len(now & kept) == 3


@pytest.mark.parametrize("other", [Counter(least=1.0), Newer()], ids=["parameter", "version"])
def test_another_parameter_or_version_is_scanned_anew(other: Counter, reviews: pd.DataFrame, tmp_path: Path) -> None:
    shards = write_shards(reviews, tmp_path / "shards", 3)
    scan_and_fold(Counter(), shards, tmp_path / "cache")
    scan_and_fold(other, shards, tmp_path / "cache")
    assert len(CALLS) == 6
    assert len(list((tmp_path / "cache").iterdir())) == 3


def test_detectors_leave_each_others_partials_alone(reviews: pd.DataFrame, tmp_path: Path) -> None:
    shards = write_shards(reviews, tmp_path / "shards", 3)
    scan_and_fold(Counter(), shards, tmp_path / "cache")
    unfolded = scan_and_fold(Whole(), shards, tmp_path / "cache")
    assert len(unfolded) > 5, "without a fold the shards' rows stand under one another"
    scan_and_fold(Counter(), shards, tmp_path / "cache")
    assert len(CALLS) == 6
    assert len(list((tmp_path / "cache").iterdir())) == 6


def test_a_half_written_draft_is_ignored(reviews: pd.DataFrame, tmp_path: Path) -> None:
    """A night that was killed in the middle leaves drafts; the next one neither reads nor trips over them."""
    shards = write_shards(reviews, tmp_path / "shards", 2)
    expected = scan_and_fold(Counter(), shards, tmp_path / "cache")
    for target in list((tmp_path / "cache").iterdir()):
        for pid in (os.getpid(), 1):
            target.with_suffix(f".{pid}.new").write_bytes(target.read_bytes()[:40])
        target.unlink()
    for file in shards.files:
        file.with_suffix(".1.new").write_bytes(b"PAR1")
    CALLS.clear()
    again = write_shards(reviews, tmp_path / "shards", 2)
    assert again == shards
    assert_frame_equal(scan_and_fold(Counter(), again, tmp_path / "cache"), expected)
    assert len(CALLS) == 2


def test_a_scan_that_fails_leaves_no_partial(reviews: pd.DataFrame, tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Broken(Counter):
        def scan(self, reviews: pd.DataFrame) -> pd.DataFrame:
            raise ValueError("broken")

    shards = write_shards(reviews, tmp_path / "shards", 2)
    with pytest.raises(ValueError, match="broken"):
        scan_and_fold(Broken(), shards, tmp_path / "cache")
    assert not list((tmp_path / "cache").glob("*.parquet"))


def test_progress_counts_what_is_scanned(reviews: pd.DataFrame, tmp_path: Path) -> None:
    said: list[tuple[str, int, int]] = []
    shards = write_shards(reviews, tmp_path / "shards", 3)
    for _ in range(2):
        scan_and_fold(Counter(), shards, tmp_path / "cache", progress=lambda *step: said.append(step))
    assert said == [("counter", 1, 3), ("counter", 2, 3), ("counter", 3, 3)]


def test_two_workers_say_what_one_does(reviews: pd.DataFrame, tmp_path: Path) -> None:
    shards = write_shards(reviews, tmp_path / "shards", 3)
    alone = scan_and_fold(Counter(), shards, tmp_path / "alone")
    assert_frame_equal(scan_and_fold(Counter(), shards, tmp_path / "two", workers=2), alone)


def test_missing_values_and_dtypes_survive_the_files(reviews: pd.DataFrame, tmp_path: Path) -> None:
    shards = write_shards(reviews.iloc[:0], tmp_path, 2)
    assert isinstance(shards, Shards)
    assert {name: str(dtype) for name, dtype in shards.read().dtypes.items()} == dict(REVIEWS)
