"""The local engine: shards as Parquet files, scanned by a pool of processes, folded here, partials kept by content."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detection.arrays import Ints
from detection.hashing import hashed
from detection.protocol import Detector, Fold
from store.frames import REVIEWS, check, empty

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Shards:
    """The night's reviews as Parquet files of whole listings."""

    files: tuple[Path, ...]

    def where(self, column: str, hashes: Ints, columns: tuple[str, ...]) -> pd.DataFrame:
        """The reviews whose ``column`` hashes to one of ``hashes``, sorted by listing, day and key."""
        wanted = list(dict.fromkeys((*columns, "listing_key", "day_to", "review_key")))
        some = np.sort(hashes)
        told = [empty({name: REVIEWS[name] for name in wanted})]
        for file in self.files if len(some) else ():
            inside = _among(hashed(self._read(file, [column])[column]), some)
            # Few files hold what few keys ask for, and a file's texts are most of it.
            if inside.any():
                told.append(self._read(file, wanted)[inside])
        found = pd.concat(told, ignore_index=True)
        found = found.sort_values(["listing_key", "day_to", "review_key"], ignore_index=True)
        return found[list(columns)]

    def read(self, columns: Sequence[str] = tuple(REVIEWS)) -> pd.DataFrame:
        """All reviews, sorted by listing, day and key."""
        wanted = list(dict.fromkeys((*columns, "listing_key", "day_to", "review_key")))
        found = pd.concat([self._read(file, wanted) for file in self.files], ignore_index=True)
        return found.sort_values(["listing_key", "day_to", "review_key"], ignore_index=True)[list(columns)]

    def _read(self, file: Path, columns: list[str]) -> pd.DataFrame:
        return pd.read_parquet(file, columns=columns).astype({name: REVIEWS[name] for name in columns})


def _among(values: Ints, some: Ints) -> NDArray[np.bool_]:
    """Which values are among ``some``, which is sorted and not empty."""
    return np.asarray(some[np.minimum(np.searchsorted(some, values), len(some) - 1)] == values)


def write_shards(reviews: pd.DataFrame, folder: Path, count: int) -> Shards:
    """Write ``reviews`` (``frames.REVIEWS``) as ``count`` files; a listing is whole in one, chosen by its key's hash.

    A file whose rows are as before keeps its bytes, and so its partials.
    """
    check(reviews, REVIEWS, "reviews")
    folder.mkdir(parents=True, exist_ok=True)
    home = hashed(reviews["listing_key"]).astype("uint64") % np.uint64(count)
    files = []
    for number in range(count):
        file = folder / f"{number:04d}.parquet"
        draft = file.with_suffix(f".{os.getpid()}.new")
        reviews[home == number].reset_index(drop=True).to_parquet(draft, index=False, compression="zstd")
        draft.replace(file)
        files.append(file)
    return Shards(tuple(files))


def scan_and_fold(
    detector: Detector, shards: Shards, cache: Path, *, workers: int = 1, progress: Progress | None = None
) -> pd.DataFrame:
    """The folded partials of all shards; a shard that was scanned before in the same state is read from ``cache``."""
    cache.mkdir(parents=True, exist_ok=True)
    kept = [cache / f"{detector.name}-{_fingerprint(detector, file)}.parquet" for file in shards.files]
    missing = [(file, target) for file, target in zip(shards.files, kept, strict=True) if not target.exists()]
    for number, _ in enumerate(_scan_all(detector, missing, workers), start=1):
        if progress is not None:
            progress(detector.name, number, len(missing))
    for stale in set(cache.glob(f"{detector.name}-*.parquet")) - set(kept):
        stale.unlink()
    if detector.fold is None or detector.fold.at_least is None:
        told = [pd.read_parquet(file) for file in kept]
    else:
        told = _hopeful(kept, detector.fold, detector.fold.at_least)
    partials = pd.concat(told, ignore_index=True).astype(dict(detector.partial))
    return partials if detector.fold is None else folded(partials, detector.fold)


def _hopeful(files: Sequence[Path], fold: Fold, at_least: tuple[str, float]) -> list[pd.DataFrame]:
    """The partials whose sum may reach the least: large enough by themselves, or not the only ones of their key.

    Most keys of a large store are alone and small; without them the fold takes a fraction of the memory.
    """
    column, least = at_least
    keys = [_mixed(pd.read_parquet(file, columns=list(fold.by))) for file in files]
    every = np.sort(np.concatenate([np.zeros(0, "uint64"), *keys]))
    several = np.unique(every[1:][every[1:] == every[:-1]])
    told = []
    for file, key in zip(files, keys, strict=True):
        rows = pd.read_parquet(file)
        at = np.minimum(np.searchsorted(several, key), max(len(several) - 1, 0))
        shared = several[at] == key if len(several) else np.zeros(len(key), dtype=bool)
        told.append(rows[shared | (rows[column].to_numpy() >= least)])
    return told


def _mixed(keys: pd.DataFrame) -> NDArray[np.uint64]:
    """A number for each row's key; two keys share one so seldom that the fold may sort that out."""
    return np.asarray(pd.util.hash_pandas_object(keys, index=False), dtype="uint64")


def folded(partials: pd.DataFrame, fold: Fold) -> pd.DataFrame:
    """The declared reduce, in memory."""
    by = list(fold.by)
    summed = partials.groupby(by, as_index=False, sort=True)[list(fold.total)].sum()
    if fold.at_least is not None:
        column, least = fold.at_least
        summed = summed[summed[column] >= least]
    return summed.reset_index(drop=True)


def _fingerprint(detector: Detector, file: Path) -> str:
    said = f"{detector.name} {detector.version} {detector!r}"
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256")
    digest.update(said.encode())
    return digest.hexdigest()[:32]


def _scan_all(detector: Detector, missing: list[tuple[Path, Path]], workers: int) -> Iterator[None]:
    if workers <= 1 or len(missing) <= 1:
        for file, target in missing:
            _scan_one(detector, file, target)
            yield
        return
    # Spawned, not forked: a fork copies the parent's threads' locks with it.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(missing)), mp_context=context) as pool:
        for _ in pool.map(_scan_one, [detector] * len(missing), *zip(*missing, strict=True)):
            yield


def _scan_one(detector: Detector, file: Path, target: Path) -> None:
    reviews = pd.read_parquet(file, columns=list(detector.columns))
    reviews = reviews.astype({name: REVIEWS[name] for name in detector.columns})
    draft = target.with_suffix(f".{os.getpid()}.new")
    detector.scan(reviews).to_parquet(draft, index=False, compression="zstd")
    draft.replace(target)
