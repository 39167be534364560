"""The text detectors on real reviews, and what they cost: every table of them, one after the other.

    python -m benchmarks.text --data FOLDER [--parts swaps,small,honest,rule,copies,lures,generated,aspects,cost]

The first four are parts of ``benchmarks.mismatch``, the others are ``benchmarks.text_*``. Each module runs in a process
of its own and is told with its CPU seconds.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.mismatch import PARTS as OF_MISMATCH

PARTS = ("swaps", "small", "honest", "rule", "copies", "lures", "generated", "aspects", "cost")


def main() -> int:
    parser = argparse.ArgumentParser(description="The text detectors, measured on real reviews.")
    parser.add_argument("--data", type=Path, required=True, help="folder of the real reviews")
    parser.add_argument("--parts", default=",".join(PARTS), help=f"some of {','.join(PARTS)}")
    said = parser.parse_args()
    wanted = [part.strip() for part in said.parts.split(",") if part.strip()]
    unknown = sorted(set(wanted) - set(PARTS))
    if unknown or not wanted:
        print(f"--parts {said.parts}: known are {','.join(PARTS)}", file=sys.stderr)
        return 2
    if not said.data.is_dir():
        print(f"No folder {said.data}.", file=sys.stderr)
        return 2
    for name, *arguments in commands(wanted, said.data):
        print(f"\n== {name} ==", flush=True)
        status, cpu_s = run(name, arguments)
        print(f"{name}: {cpu_s:.0f} CPU s", flush=True)
        if status != 0:
            return status
    return 0


def commands(parts: Sequence[str], data: Path) -> list[list[str]]:
    """The modules to run and their arguments; the parts of ``benchmarks.mismatch`` share what they learn."""
    together = [part for part in parts if part in OF_MISMATCH]
    runs = [["mismatch", "--data", str(data), "--parts", ",".join(together)]] if together else []
    return [*runs, *([f"text_{part}", "--data", str(data)] for part in parts if part not in OF_MISMATCH)]


def run(name: str, arguments: Sequence[str]) -> tuple[int, float]:
    """The exit status of one benchmark, on one thread, and its CPU seconds."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen([sys.executable, "-m", f"benchmarks.{name}", *arguments], env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    raise SystemExit(main())
