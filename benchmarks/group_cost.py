"""What a whole pass of collusion costs on a platform's reviews, in a process of its own.

    python -m benchmarks.group_cost FOLDER

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

from benchmarks.group_history import draw, write
from benchmarks.runs import Steps
from detection.collusion import Collusion
from detection.engines.local import Shards, scan_and_fold
from detection.protocol import Night

SHARDS = 64
DETECTOR = ("scan and fold", "conclude")


def table(reviews: int, accounts: int, seed: int) -> tuple[pd.DataFrame, str]:
    """A row for each step, with CPU seconds on one core and the process's peak so far in MiB; and how much it was."""
    with tempfile.TemporaryDirectory() as folder:
        history = draw(np.random.default_rng(seed), reviews, accounts)
        listings, people = len(history.town), len(np.unique(history.account))
        write(history, Path(folder), SHARDS)
        del history
        command = [sys.executable, "-m", "benchmarks.group_cost", folder]
        said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    steps = said["steps"]
    rows = {name: {"CPU s": f"{cpu:,.2f}", "peak MiB": f"{mib:,.0f}"} for name, cpu, mib in steps}
    whole = [(cpu, mib) for name, cpu, mib in steps if name in DETECTOR]
    peak = max(mib for _, mib in whole)
    rows["whole pass"] = {"CPU s": f"{sum(cpu for cpu, _ in whole):,.2f}", "peak MiB": f"{peak:,.0f}"}
    size = (
        f"{said['reviews']:,} reviews of {listings:,} listings by {people:,} accounts, {said['groups']:,} groups named"
    )
    return pd.DataFrame.from_dict(rows, orient="index"), size


def measure(folder: Path) -> dict[str, object]:
    """The steps as ``Steps`` tells them, the numbers of reviews and of groups in evidence."""
    detector, steps = Collusion(), Steps()
    shards = Shards(tuple(sorted(folder.glob("*.parquet"))))
    with steps.step("scan and fold"):
        partials = scan_and_fold(detector, shards, folder / "partials")
    with steps.step("conclude"):
        found = detector.conclude(partials, Night(dt.date(2030, 1, 1), shards))
    groups = len(found.evidence)
    del partials, found
    # Reading them is no part of the floor, but of the peak.
    told = pd.concat([pd.read_parquet(file, columns=["listing_key", "day_to"]) for file in shards.files])
    keys = pd.factorize(told["listing_key"])[0] * 100_000 + told["day_to"].to_numpy().astype("int64")
    keys = np.random.default_rng(0).permutation(keys)
    with steps.step("floor: one sort of listings and days"):
        np.sort(keys)
    return {"steps": steps.told, "reviews": len(keys), "groups": groups}


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]))))
