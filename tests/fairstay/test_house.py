"""The rules of the house that no other tool holds."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("fairstay", "crawlers", "detection", "reports", "store")
MOST_LINES = 350
# Elsewhere the same words are a text about something else, or belong to the machine that runs the checks.
ABROAD = ("benchmarks/", "docs/")
FORBIDDEN = re.compile(r"/" + r"(?:work|root|home)/|\.\./" + r"shared\b")

# Modules that only serve one other, and are tested through it.
TESTED_THROUGH = {
    "crawlers/columns.py": "tests/crawlers/test_files.py",
    "crawlers/csv_records.py": "tests/crawlers/test_files.py",
    "crawlers/errors.py": "tests/crawlers/test_crawl.py",
    "crawlers/lines.py": "tests/crawlers/test_files.py",
    "crawlers/memory.py": "tests/crawlers/test_visit.py",
    "crawlers/network.py": "tests/crawlers/test_patience.py",
    "crawlers/page.py": "tests/crawlers/test_records.py",
    "crawlers/parquet_rows.py": "tests/crawlers/test_files.py",
    "crawlers/parse/html.py": "tests/crawlers/parse/test_schema_org.py",
    "crawlers/parse/items.py": "tests/crawlers/parse/test_schema_org.py",
    "crawlers/parse/listings.py": "tests/crawlers/parse/test_schema_org.py",
    "crawlers/parse/readings.py": "tests/crawlers/parse/test_schema_org.py",
    "crawlers/parse/reviews.py": "tests/crawlers/parse/test_schema_org.py",
    "crawlers/settings.py": "tests/crawlers/test_crawl.py",
    "crawlers/source.py": "tests/crawlers/test_crawl.py",
    "crawlers/spiders/chained.py": "tests/crawlers/test_schema_org_spider.py",
    "crawlers/values.py": "tests/crawlers/test_rows.py",
    "crawlers/visit.py": "tests/crawlers/test_crawl.py",
    "detection/arrays.py": "tests/detection/test_hashing.py",
    "detection/burst_evidence.py": "tests/detection/test_bursts.py",
    "detection/protocol.py": "tests/detection/test_conformance.py",
    "detection/simulate/reviewers.py": "tests/detection/simulate/test_platform.py",
    "fairstay/commands/options.py": "tests/fairstay/test_cli.py",
    "fairstay/context.py": "tests/fairstay/test_cli.py",
    "fairstay/remembering.py": "tests/fairstay/test_collecting.py",
    "fairstay/town/markup.py": "tests/fairstay/town/test_sites.py",
    "reports/casepage.py": "tests/reports/test_queue.py",
    "reports/checks.py": "tests/reports/test_owner.py",
    "reports/columns.py": "tests/reports/test_export.py",
    "reports/disputes.py": "tests/reports/test_owner.py",
    "reports/explain.py": "tests/reports/test_owner.py",
    "reports/facts.py": "tests/reports/test_owner.py",
    "reports/figures.py": "tests/reports/test_owner.py",
    "reports/formats.py": "tests/reports/test_export.py",
    "reports/grounds.py": "tests/reports/test_owner.py",
    "reports/numbers.py": "tests/reports/test_owner.py",
    "reports/pages.py": "tests/reports/test_owner.py",
    "reports/platforms.py": "tests/reports/test_owner.py",
    "reports/rating.py": "tests/reports/test_owner.py",
    "reports/records.py": "tests/reports/test_owner.py",
    "reports/reviews.py": "tests/reports/test_owner.py",
    "reports/steps.py": "tests/reports/test_owner.py",
    "reports/strength.py": "tests/reports/test_owner.py",
    "reports/tables.py": "tests/reports/test_export.py",
    "detection/stripping.py": "tests/detection/test_calibrate.py",
    "store/base.py": "tests/store/test_models.py",
    "store/provenance.py": "tests/store/test_models.py",
    "store/strength.py": "tests/detection/test_cases.py",
}


@cache
def files() -> tuple[str, ...]:
    """Every file of the repository: tracked, or new and not ignored."""
    said = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(sorted(name for name in said.stdout.split("\0") if name and (ROOT / name).is_file()))


def modules() -> list[str]:
    return [
        name for name in files() if name.endswith(".py") and name.startswith(tuple(f"{each}/" for each in PACKAGES))
    ]


def test_there_is_something_to_look_at() -> None:
    assert len(modules()) > 80
    assert {name.split("/")[0] for name in modules()} == set(PACKAGES)


def test_imports_run_downwards() -> None:
    ended = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports"))], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "0 broken" in ended.stdout


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    found = []
    for name in files():
        if name.startswith(ABROAD):
            continue
        text = (ROOT / name).read_bytes().decode("utf-8", "replace")
        found += [f"{name}: {match.group()}" for match in FORBIDDEN.finditer(text)]
    assert found == []


@pytest.mark.parametrize("text", ["cd /wo" + "rk/main", "open('/ro" + "ot/x')", "/ho" + "me/ann/", "../sha" + "red/x"])
def test_what_such_a_folder_looks_like(text: str) -> None:
    assert FORBIDDEN.search(text)


def test_modules_stay_short() -> None:
    # A migration is a record of one change and is never edited, so it isn't split.
    kept = [name for name in modules() if "/migrations/" not in name]
    lines = {name: len((ROOT / name).read_text("utf-8").splitlines()) for name in kept}
    assert {name: number for name, number in lines.items() if number > MOST_LINES} == {}


def test_every_module_has_tests_under_its_name() -> None:
    tests = {Path(name).name for name in files() if name.startswith("tests/")}
    without = {
        name
        for name in modules()
        if Path(name).name != "__init__.py" and "/migrations/" not in name and f"test_{Path(name).name}" not in tests
    }
    assert without - set(TESTED_THROUGH) == set()


def test_what_is_tested_through_another_is_there_and_so_is_the_other() -> None:
    assert [name for pair in TESTED_THROUGH.items() for name in pair if name not in files()] == []
