"""What one call costs beside another in one run: seconds are a machine's, how many times as many are the code's."""

from __future__ import annotations

import time
from collections.abc import Callable

# Bounds for ``times_as_long``. Of what costs the same it is 1; of eight times as much in linear time 8, in square 64.
NO_LONGER, LINEAR_IN_EIGHT = 4.0, 32.0
# A short call is repeated until it has taken so long: one alone is lost in the clock's steps and in interrupts.
_LEAST_S = 0.02


def times_as_long(call: Callable[[], object], other: Callable[[], object], rounds: int = 3) -> float:
    """How many times the CPU time of ``other`` a ``call`` takes.

    The two are measured in turn, so that a machine's busy moments strike both, and the least of each counts.
    """
    costs = [(_cpu_seconds(call), _cpu_seconds(other)) for _ in range(rounds)]
    return min(cost for cost, _ in costs) / min(cost for _, cost in costs)


def _cpu_seconds(call: Callable[[], object]) -> float:
    began, calls, spent = time.process_time(), 0, 0.0
    while spent < _LEAST_S:
        call()
        calls += 1
        spent = time.process_time() - began
    return spent / calls
