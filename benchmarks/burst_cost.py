"""What bursts cost on a hundred thousand mean listings, in a process of its own.

    python -m benchmarks.burst_cost FOLDER

measures the shards in FOLDER and prints JSON; ``table`` makes the shards and asks for it.
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.runs import Steps
from detection.bursts import Bursts
from detection.engines.local import Shards, scan_and_fold
from detection.protocol import Night
from store.frames import REVIEWS, build

YEARS, A_YEAR, NEWBORN = 3, 25.5, 0.45
STAR_SHARES = (0.066, 0.064, 0.20, 0.28, 0.39)
FIRST_DAY = 19_000
LISTINGS_OF_A_FILE = 5_000
LISTINGS_OF_A_TOWN = 75
# Listings with a new review in a night, as a share of all.
TOUCHED = 0.05


def table(listings: int, seed: int = 1000) -> tuple[pd.DataFrame, str]:
    """A row for each step, with CPU seconds on one core and the process's peak so far in MiB; and how much it was."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), listings, np.random.default_rng(seed))
        command = [sys.executable, "-m", "benchmarks.burst_cost", folder]
        said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    steps = said["steps"]
    whole = sum(cpu for name, cpu, _ in steps if name in {"scan", "conclude"})
    rows = {name: {"CPU s": f"{cpu:,.2f}", "peak MiB": f"{mib:,.0f}"} for name, cpu, mib in steps}
    rows["scan and conclude"] = {"CPU s": f"{whole:,.2f}", "peak MiB": f"{max(mib for _, _, mib in steps):,.0f}"}
    rows[f"in proportion, {TOUCHED:.0%} of the listings"] = {"CPU s": f"{TOUCHED * whole:,.2f}", "peak MiB": ""}
    return pd.DataFrame.from_dict(rows, orient="index"), f"{said['reviews']:,} reviews, {said['episodes']:,} episodes"


def write(folder: Path, listings: int, rng: np.random.Generator) -> None:
    """Shards of listings that are all of the mean rate, their reviews on days drawn evenly."""
    for number, start in enumerate(range(0, listings, LISTINGS_OF_A_FILE)):
        file = folder / f"{number:04d}.parquet"
        reviews(rng, start, min(LISTINGS_OF_A_FILE, listings - start)).to_parquet(file, index=False, compression="zstd")


def reviews(rng: np.random.Generator, first: int, number: int) -> pd.DataFrame:
    """Three years of some listings' reviews in the columns of ``frames.REVIEWS``, each by an account of its own."""
    days = round(YEARS * 365.25)
    listing = np.repeat(np.arange(first, first + number), rng.poisson(A_YEAR * YEARS, number))
    day = FIRST_DAY + rng.integers(0, days, len(listing))
    order = np.lexsort((day, listing))
    newborn = rng.random(len(listing)) < NEWBORN
    shares = np.array(STAR_SHARES)
    keys = _numbered(f"r{first:06d}-", np.arange(len(listing)))
    return build(
        {
            "review_key": keys,
            "listing_key": _numbered("p/", listing),
            "platform": "p",
            "kind": np.where(listing % 2 == 0, "hotel", "restaurant"),
            "city": _numbered("t", listing // LISTINGS_OF_A_TOWN),
            "country": "IT",
            "latitude": np.nan,
            "longitude": np.nan,
            "reviewer_key": keys,
            "rating": rng.choice(5, len(listing), p=shares / shares.sum()) / 4.0,
            "rating_worst": 1.0,
            "rating_best": 5.0,
            "day_from": day[order],
            "day_to": day[order],
            "stay_from": -1,
            "stay_to": -1,
            "stay_exact": False,
            "nth": np.where(newborn, 1, 2),
            "reviewer_reviews": 2,
            "newborn": newborn,
            "text": "",
            "language": "und",
            "translated": False,
            "verified": False,
        },
        REVIEWS,
    )


def measure(folder: Path) -> dict[str, object]:
    """The steps as ``Steps`` tells them, the numbers of reviews and of episodes."""
    detector, steps = Bursts(), Steps()
    shards = Shards(tuple(sorted(folder.glob("*.parquet"))))
    with steps.step("scan"):
        partials = scan_and_fold(detector, shards, folder / "partials")
    keys = _sort_keys(partials)
    with steps.step("floor: one sort of the same keys"):
        np.sort(keys)
    last = dt.date(1970, 1, 1) + dt.timedelta(days=int(partials["day"].max()))
    with steps.step("conclude"):
        found = detector.conclude(partials, Night(last, shards))
    return {"steps": steps.told, "reviews": len(partials), "episodes": len(found.evidence)}


def _sort_keys(partials: pd.DataFrame) -> NDArray[np.int64]:
    """Listing and day as one number, in an order of their own."""
    codes, _ = pd.factorize(partials["listing_key"])
    keys = codes.astype("int64") * 1_000_000 + partials["day"].to_numpy()
    return np.random.default_rng(0).permutation(keys)


def _numbered(prefix: str, numbers: NDArray[np.int64]) -> pd.Series:
    return pd.Series(prefix + pd.Series(numbers).astype("str"), dtype="str")


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]))))
