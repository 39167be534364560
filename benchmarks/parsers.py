"""Every parser on damaged documents and noise: nothing may leave a parser but a page, and no good review may be lost.

A third of a parser's cases are saved examples with accidents in their bytes, a third are noise, and a third are
documents of good reviews of which one is damaged: the others must come out as they do from the whole document.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random

from benchmarks.damage import damaged_bytes, random_bytes
from benchmarks.subjects import Reviews, Subject, subjects


@dataclass(slots=True)
class Result:
    """What a parser did. ``checked`` counts the good reviews that stood beside a damaged one."""

    name: str
    cases: int = 0
    exceptions: int = 0
    cpu_s: float = 0.0
    slowest_ms: float = 0.0
    checked: int = 0
    lost: int = 0
    failures: list[str] = field(default_factory=list)


def examine(subject: Subject, cases: int, seed: int) -> Result:
    """Puts a parser through its cases; the first failures are kept in words, with the number of the case."""
    result = Result(subject.name)
    whole = subject.read(subject.join(subject.records)) if subject.records else {}
    own = [set(subject.read(subject.join([record]))) for record in subject.records]
    if len(whole) != len(own) or set(whole) != set().union(*own):
        raise ValueError(f"{subject.name}: the {len(own)} undamaged records do not give a review each")
    for number in range(cases):
        random = Random(f"{seed}/{subject.name}/{number}")
        expected: Reviews = {}
        if number % 3 == 0:
            body = damaged_bytes(random, random.choice(subject.examples))
        elif number % 3 == 1 or not own:
            body = random_bytes(random)
        else:
            chosen = random.randrange(len(own))
            records = list(subject.records)
            records[chosen] = subject.damage(random, records[chosen])
            body = subject.join(records)
            expected = {name: each for name, each in whole.items() if name not in own[chosen]}
        _take(subject, body, expected, number, result)
    return result


def _take(subject: Subject, body: bytes, expected: Reviews, number: int, result: Result) -> None:
    found: Reviews = {}
    begun, cpu = time.perf_counter(), time.process_time()
    try:
        found = subject.read(body)
    except Exception as error:  # noqa: BLE001  (whatever leaves a parser is what is counted)
        result.exceptions += 1
        result.failures.append(f"case {number}: {type(error).__name__}: {str(error)[:100]}")
    result.cpu_s += time.process_time() - cpu
    result.slowest_ms = max(result.slowest_ms, 1000 * (time.perf_counter() - begun))
    lost = [name for name, each in expected.items() if found.get(name) != each]
    if lost:
        result.failures.append(f"case {number}: lost {', '.join(lost)}")
    result.cases += 1
    result.checked += len(expected)
    result.lost += len(lost)
    del result.failures[5:]


def run(cases: int, seed: int, only: str | None = None) -> list[Result]:
    """All parsers, or those whose name holds ``only``; the cases are split evenly between all."""
    with subjects() as every:
        return [examine(each, -(-cases // len(every)), seed) for each in every if only is None or only in each.name]


def table(results: Iterable[Result]) -> str:
    """One line a parser, the sum, and the first failures of each."""
    rows = list(results)
    total = Result(
        "all",
        cases=sum(each.cases for each in rows),
        exceptions=sum(each.exceptions for each in rows),
        cpu_s=sum(each.cpu_s for each in rows),
        slowest_ms=max((each.slowest_ms for each in rows), default=0.0),
        checked=sum(each.checked for each in rows),
        lost=sum(each.lost for each in rows),
    )
    lines = [
        f"{'parser':<26}{'cases':>9}{'exceptions':>12}{'CPU s':>9}{'slowest ms':>12}{'good reviews':>14}{'lost':>7}"
    ]
    lines += [
        f"{each.name:<26}{each.cases:>9,}{each.exceptions:>12,}{each.cpu_s:>9.1f}{each.slowest_ms:>12.1f}"
        f"{each.checked:>14,}{each.lost:>7,}"
        for each in (*rows, total)
    ]
    return "\n".join([*lines, *(f"{each.name}: {failure}" for each in rows for failure in each.failures)])


def main() -> None:
    """Print the table; 1 where anything was raised or lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000, help="split evenly between the parsers")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", help="parsers whose name holds this")
    chosen = parser.parse_args()
    results = run(chosen.cases, chosen.seed, chosen.only)
    print(table(results))
    sys.exit(1 if any(each.exceptions or each.lost for each in results) else 0)


if __name__ == "__main__":
    main()
