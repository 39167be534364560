"""Whole commands in a process of their own, with what they cost."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds of a command and its children, and the largest resident set of one of them in MiB."""

    cpu_s: float
    peak_mib: float


def fairstay(folder: Path, *arguments: str) -> Cost:
    """Run the command line in ``folder``.

    Raises:
        RuntimeError: it ended with another status than 0 or 3.
    """
    environment = {name: value for name, value in os.environ.items() if name != "FAIRSTAY_DB"}
    command = [sys.executable, "-c", "from fairstay.cli import main; main()", *arguments]
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in {0, 3}:
        raise RuntimeError(f"fairstay {' '.join(arguments)} ended with {process.returncode}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def peak_mib() -> float:
    """The largest resident set of this process; getrusage would count what stood there before it was started."""
    status = Path("/proc/self/status").read_text("ascii")
    return next(float(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


@dataclass(slots=True)
class Steps:
    """Steps of this process: name, CPU seconds, and the largest resident set so far in MiB."""

    told: list[tuple[str, float, float]] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure what is done within."""
        began = time.process_time()
        yield
        self.told.append((name, time.process_time() - began, peak_mib()))
