"""Other processes, for what only shows between two of them."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_WAIT = "import os, time; print(flush=True)\nwhile not os.path.exists({go!r}): time.sleep(0.0005)\n"


def race(go: Path, prepare: str, code: str, *, processes: int) -> list[subprocess.CompletedProcess[str]]:
    """Run ``code`` in several processes at the same moment, after each has run ``prepare``."""
    script = f"{prepare}\n{_WAIT.format(go=str(go))}{code}\n"
    started = [_start(script) for _ in range(processes)]
    try:
        for each in started:
            assert each.stdout is not None
            each.stdout.readline()
        go.touch()
        ended = [(each, *each.communicate(timeout=120)) for each in started]
    finally:
        for each in started:
            each.kill()
            each.wait()
    return [subprocess.CompletedProcess([], each.returncode, out, err) for each, out, err in ended]


@contextmanager
def holding(code: str) -> Iterator[subprocess.Popen[str]]:
    """A process that has run ``code`` and then sleeps; killed at the end."""
    process = _start(code)
    try:
        assert process.stdout is not None
        said = process.stdout.readline().strip()
        assert said == "held", process.communicate(timeout=10)
        yield process
    finally:
        process.kill()
        process.communicate()


def _start(script: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def eventually(seconds: float = 20.0) -> Iterator[None]:
    """Rounds of a loop, until ``seconds`` are over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield
        time.sleep(0.05)
