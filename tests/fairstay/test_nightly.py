"""The kill test: a night that is killed, wherever that happens, ends as if nothing had been."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fairstay.cli import cli
from fairstay.town.server import serve
from store.database import open_database
from store.runs import Night, last_nights
from tests.fairstay.towns import (
    AS_OF,
    NOW,
    STAGES,
    Ran,
    difference,
    exports,
    files_of,
    moments,
    night,
    night_to_its_end,
    write_settings,
    write_sources,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
REFUSED = 3
SEED = 20261101


@dataclass(frozen=True, slots=True)
class Reference:
    """An undisturbed night, and what came of it."""

    folder: Path
    ran: Ran
    exports: dict[str, bytes]
    reports: dict[str, bytes]
    drop: dict[str, bytes]


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Inbox, settings and key of the town, to be copied; its websites are served for the time of the module."""
    folder = tmp_path_factory.mktemp("town")
    starts = write_sources(folder)
    with serve(folder / "sites") as base:
        write_settings(folder, base=base, starts=starts)
        yield folder


def a_town(sources: Path, folder: Path) -> Path:
    return Path(shutil.copytree(sources, folder, ignore=shutil.ignore_patterns("sites")))


@pytest.fixture(scope="module")
def reference(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Reference:
    folder = a_town(sources, tmp_path_factory.mktemp("reference") / "town")
    ran = night(folder)
    assert ran.code == REFUSED, ran.lines
    return Reference(folder, ran, exports(folder), files_of(folder / "reports"), files_of(folder / "drop"))


def nights_of(folder: Path, url: str | None = None) -> list[Night]:
    database = open_database(url or f"sqlite:///{folder / 'fairstay.sqlite'}")
    nights = last_nights(database, 9)
    database.close()
    return nights


def check_after_kill(folder: Path, killed: Ran, reference: Reference, *, url: str | None = None) -> bool:
    """Go on after a kill and compare; whether the killed night had ended all the same.

    The last stage is so short that a night may close its ledger before the signal comes, or be over before the moment
    that was chosen on a slower one. What follows is then a second night, which finds nothing to do.
    """
    had_ended = nights_of(folder, url)[0].finished is not None
    code = 0 if had_ended else reference.ran.code
    ended = night_to_its_end(folder, url=url) if killed.code == -9 else killed
    check_same(folder, ended, reference, url=url, code=code if killed.code == -9 else reference.ran.code)
    return had_ended


def check_same(
    folder: Path, ended: Ran, reference: Reference, *, url: str | None = None, code: int | None = None
) -> None:
    assert ended.code == (reference.ran.code if code is None else code), ended.lines
    assert difference(exports(folder, url=url), reference.exports) == []
    assert difference(files_of(folder / "reports"), reference.reports) == []
    assert difference(files_of(folder / "drop"), reference.drop) == []


def test_the_reference_is_worth_comparing_with(reference: Reference) -> None:
    """Something was crawled, refused, embedded, found and reported; else a kill would have nothing to spoil."""
    lines = reference.ran.lines
    assert [line.removesuffix(":") for line in lines if line.removesuffix(":") in STAGES] == list(STAGES)
    assert any(line.startswith("  mismatch: texts embedded: ") for line in lines)
    assert any(line.startswith("import: refused rows are in inbox/") for line in lines)
    assert reference.exports["scores"].count(b"\n") > 600
    assert reference.exports["cases"].count(b"campaign") >= 1
    assert any(name.endswith(".pdf") for name in reference.reports)
    assert any(name.startswith("queue/cases/") for name in reference.reports)
    assert reference.drop == reference.reports


def test_the_second_night_changes_nothing(reference: Reference, sources: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(reference.folder, tmp_path / "town"))
    before = {path: path.stat().st_mtime_ns for path in (folder / "reports").rglob("*")}
    ran = night(folder)
    assert ran.code == 0, ran.lines  # the refused rows were the first night's
    assert any("nothing changed since the last detection" in line for line in ran.lines)
    assert difference(exports(folder), reference.exports) == []
    assert difference(files_of(folder / "reports"), reference.reports) == []
    assert {path: path.stat().st_mtime_ns for path in (folder / "reports").rglob("*")} == before


def test_killed_at_every_stage_of_one_night(reference: Reference, sources: Path, tmp_path: Path) -> None:
    folder = a_town(sources, tmp_path / "town")
    for stage in STAGES:
        killed = night(folder, at_line=f"{stage}:")
        assert killed.code == -9, (stage, killed.lines)
        done = [line.split(":")[0] for line in killed.lines if ": done before (" in line]
        assert done == list(STAGES[: STAGES.index(stage)])[: len(done)], killed.lines
    had_ended = check_after_kill(folder, killed, reference)
    nights = [(each.status, tuple(row.name for row in each.stages)) for each in nights_of(folder)]
    second = [("done", tuple(sorted(STAGES)))] if had_ended else []
    assert nights == [*second, ("partial", tuple(sorted(STAGES)))]


def test_killed_at_random_three_times_in_one_night(reference: Reference, sources: Path, tmp_path: Path) -> None:
    folder = a_town(sources, tmp_path / "town")
    for after_s in moments(SEED, 3, reference.ran.seconds):
        ran = night(folder, after_s=after_s)
        if ran.code != -9:
            break  # the machine was faster this time, and the night is over
    check_after_kill(folder, ran, reference)


@pytest.mark.postgres
@pytest.mark.parametrize("empty_url", ["postgres"], indirect=True)
def test_killed_on_postgres(reference: Reference, sources: Path, tmp_path: Path, empty_url: str) -> None:
    """And what comes of it is what comes of it on SQLite, byte for byte."""
    folder = a_town(sources, tmp_path / "town")
    (after_s,) = moments(SEED + 2, 1, reference.ran.seconds)
    ran = night(folder, url=empty_url, after_s=after_s)
    if ran.code == -9:
        ran = night_to_its_end(folder, url=empty_url, at_line="report:")
    check_after_kill(folder, ran, reference, url=empty_url)


def test_the_order_of_arrival_leaves_no_trace(tmp_path: Path) -> None:
    """In this process and without the model, since nothing is killed here."""
    found = []
    for number, order in enumerate((1, -1)):
        folder = tmp_path / str(number)
        folder.mkdir()
        write_sources(folder)
        write_settings(folder, model="", workers=1)
        paths = sorted(path for path in (folder / "inbox").iterdir())[::order]
        for at, path in enumerate(paths):
            path.rename(path.with_name(f"{at}-{path.name}"))
        arguments = ["--config", str(folder / "fairstay.toml"), "--quiet", "nightly", "--as-of", AS_OF, "--now", NOW]
        assert cli.main(args=arguments, standalone_mode=False) == REFUSED
        found.append(exports(folder))
    assert found[0]["evidence"].count(b"\n") > 1
    assert difference(found[0], found[1]) == []
