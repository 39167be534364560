"""What the roof's tests share: a town small enough for many nights, and the console script as a real process."""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from detection.simulate.platform import Platform, simulate
from detection.simulate.world import Attack, Source, Spec
from fairstay.cli import cli
from fairstay.town.inbox import write_inbox
from fairstay.town.sites import write_sites
from reports.export import EXPORTS

SCRIPT = Path(sys.executable).with_name("fairstay")
AS_OF = "2026-11-01"
NOW = "2026-11-01T02:30:00"
STAGES = ("crawl", "import", "detect", "report", "deliver", "purge")
CRAWLED = "lakeguide"
# The privacy key of the tests is no secret: pseudonyms must come out the same everywhere.
KEY = "fa" * 32
_PATIENCE_S = 400.0


@cache
def small_town() -> Platform:
    """A year and a month of one place: a strong burst, a ring, a website, a platform without reviewer ids.

    Don't change its frames.
    """
    spec = Spec(
        start=dt.date(2025, 9, 27),
        days=400,
        sources=(
            Source(slug="tripadvisor", listings=9, stayed="month", textless_share=0.1),
            Source(slug=CRAWLED, listings=3, verified_stays=True, textless_share=0.2),
            Source(slug="google", listings=2, reviewer_ids=False, titles=False, textless_share=0.3, stayed="none"),
        ),
        towns=1,
        countries=("GB",),
        reviews_per_listing_year=44.0,
        rate_tail=3.0,
        attacks=(
            Attack(kind="burst", strength=5, platform="tripadvisor", start_day=235),
            Attack(kind="ring", strength=5, platform="tripadvisor", accounts=10, listings=6, coverage=0.9),
        ),
        texts=True,
    )
    return simulate(spec, 3)


def write_sources(folder: Path) -> tuple[str, ...]:
    """The websites (``sites/``) and the inbox (``inbox/``, two of its rows broken); the paths where a crawl starts."""
    reviews = small_town().reviews
    write_inbox(reviews, folder / "inbox")
    return write_sites(reviews[reviews["platform"] == CRAWLED], folder / "sites")


def write_settings(
    folder: Path, *, model: str | None = None, workers: int = 2, base: str = "", starts: Iterable[str] = ()
) -> Path:
    """A town's ``fairstay.toml``, and its privacy key."""
    (folder / "fairstay.key").write_text(KEY + "\n")
    (folder / "fairstay.key").chmod(0o600)
    urls = ", ".join(f'"{base}{start}"' for start in starts)
    source = (
        f'[crawl]\ncontact = "night@fairstay.example"\n\n[[source]]\nname = "{CRAWLED}"\nspider = "schema_org"\n'
        f'platform = "{CRAWLED}"\ndelay_s = 0.0\nallow_private = true\nstart_urls = [{urls}]\n'
    )
    text = "[text]\nembed_at_most = 500\n" + ("" if model is None else f'model = "{model}"\n')
    path = folder / "fairstay.toml"
    path.write_text(
        f"[run]\nworkers = {workers}\nshards = 2\n\n[reports]\npdf_dossiers = 1\n\n"
        f'[deliver]\nfolder = "drop"\n\n{text}\n{source if urls else ""}',
        "utf-8",
    )
    return path


@dataclass(slots=True)
class Ran:
    """One run of the console script: its exit status (-9 where it was killed), its lines, when each of them came."""

    code: int
    seconds: float
    lines: list[str] = field(default_factory=list)
    moments: list[float] = field(default_factory=list)


def environment() -> dict[str, str]:
    """This process's environment without what would lead the script to another database."""
    return {name: value for name, value in os.environ.items() if not name.startswith("FAIRSTAY_")}


def script(*arguments: object, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The console script, run to its end."""
    said = [str(SCRIPT), *(str(each) for each in arguments)]
    return subprocess.run(
        said, cwd=folder, env=environment(), capture_output=True, text=True, timeout=_PATIENCE_S, check=False
    )


def night(
    folder: Path,
    *,
    url: str | None = None,
    at_line: str | None = None,
    after_s: float | None = None,
    as_of: str = AS_OF,
    now: str = NOW,
) -> Ran:
    """One start of ``fairstay nightly``; its process group is killed when ``at_line`` comes or ``after_s`` is over."""
    database = [] if url is None else ["--db", url]
    arguments = ["--config", str(folder / "fairstay.toml"), *database, "nightly", "--as-of", as_of, "--now", now]
    began = time.monotonic()
    process = subprocess.Popen(
        [str(SCRIPT), *arguments],
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    timer = threading.Timer(_PATIENCE_S if after_s is None else after_s, _kill, [process])
    timer.start()
    ran = Ran(code=0, seconds=0.0)
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if line.rstrip("\n") == at_line:
                _kill(process)
            ran.lines.append(line.rstrip("\n"))
            ran.moments.append(time.monotonic() - began)
        ran.code = process.wait()
    finally:
        timer.cancel()
        _kill(process)
        process.wait()
        if process.stderr is not None:
            process.stderr.close()
    ran.seconds = time.monotonic() - began
    return ran


def _kill(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def night_to_its_end(folder: Path, *, url: str | None = None, at_line: str | None = None) -> Ran:
    """Start until nobody holds the lock: a server may learn a moment late that its client was killed."""
    for _ in range(40):
        ran = night(folder, url=url, at_line=at_line)
        if ran.code != 75:
            return ran
        time.sleep(0.25)
    return ran


def exports(folder: Path, *, url: str | None = None) -> dict[str, bytes]:
    """The five exports of a folder's store as the command line writes them."""
    found = {}
    database = [] if url is None else ["--db", url]
    for what in EXPORTS:
        path = folder / f"{what}.csv"
        arguments = ["--config", str(folder / "fairstay.toml"), *database, "export", what, "-o", str(path)]
        assert cli.main(args=arguments, standalone_mode=False) == 0
        found[what] = path.read_bytes()
    return found


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def difference(found: Mapping[str, bytes], expected: Mapping[str, bytes]) -> list[str]:
    """The names that are in one alone, or hold other bytes."""
    return sorted(
        name for name in found.keys() | expected.keys() if found.get(name, b"\0none") != expected.get(name, b"\0none")
    )


def moments(seed: int, number: int, seconds: float) -> list[float]:
    """Seeded points in time, one in each of ``number`` equal parts of a run's duration."""
    dice = random.Random(seed)
    part = seconds / number
    return [round((at + dice.random()) * part, 3) for at in range(number)]
