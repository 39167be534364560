"""The demo: a small simulated town, a real night on it, and what came of it against the truth."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from detection.simulate.platform import Platform, demo_spec
from detection.simulate.platform import simulate as simulate_platform
from fairstay.config import load_config
from fairstay.nightly import run_night
from fairstay.progress import Progress
from fairstay.reporting import OWNERS, QUEUE
from fairstay.town.inbox import write_inbox
from fairstay.town.score import render, score
from fairstay.town.server import serve
from fairstay.town.sites import write_sites
from store.cases import read_cases
from store.database import Database, open_database
from store.reading import read_listing_reviews

CRAWLED = "lakeguide"
AS_OF = dt.date(2026, 11, 1)
_NOW = dt.datetime.combine(AS_OF, dt.time(2, 30))
# A demo must come out the same everywhere, so its key is no secret.
_KEY = "fa" * 32


@dataclass(frozen=True, slots=True)
class Town:
    """A simulated platform on disk. ``starts`` are the paths of the websites' first pages."""

    folder: Path
    platform: Platform
    starts: tuple[str, ...]

    @property
    def reviews(self) -> int:
        return len(self.platform.reviews)

    @property
    def planted(self) -> int:
        return int(self.platform.events["planted"].sum())

    @property
    def innocent(self) -> int:
        return len(self.platform.events) - self.planted


def make_town(folder: Path, seed: int) -> Town:
    """Write the websites (``sites/``), the inbox (``inbox/``) and the truth (``truth/``) of a simulated town."""
    platform = simulate_platform(demo_spec(), seed)
    for name in ("sites", "inbox", "truth"):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir(parents=True)
    starts = write_sites(platform.reviews[platform.reviews["platform"] == CRAWLED], folder / "sites")
    write_inbox(platform.reviews, folder / "inbox")
    platform.truth.to_csv(folder / "truth" / "reviews.csv", index=False)
    platform.events.to_json(folder / "truth" / "events.jsonl", orient="records", lines=True, date_format="iso")
    return Town(folder, platform, starts)


def run_demo(folder: Path, seed: int, progress: Progress) -> str:
    """Make the town, serve its websites on loopback, run the night, and tell what was found; the night starts anew."""
    folder = folder.resolve()
    for name in ("fairstay.sqlite", "fairstay.sqlite-wal", "fairstay.sqlite-shm"):
        (folder / name).unlink(missing_ok=True)
    for name in (".fairstay", "reports", "archive"):
        shutil.rmtree(folder / name, ignore_errors=True)
    progress.say(f"making a small town in {folder}")
    town = make_town(folder, seed)
    (folder / "fairstay.key").write_text(_KEY + "\n")
    (folder / "fairstay.key").chmod(0o600)
    with serve(folder / "sites") as base:
        write_config(folder, base, town.starts)
        config = load_config(folder / "fairstay.toml", database=f"sqlite:///{folder / 'fairstay.sqlite'}")
        database = open_database(config.database_url)
        began = time.monotonic()
        run_night(database, config, as_of=AS_OF, clock=lambda: _NOW, progress=progress)
        seconds = time.monotonic() - began
    table = score(town.platform.truth, town.platform.events, _cases(database), town.platform.reviews)
    strongest = max(read_cases(database), key=lambda case: (case.priority, case.id), default=None)
    lines = [render(table), "", f"The night took {seconds:.0f} seconds."]
    reports = folder / "reports"
    lines.append(f"Moderators' queue:  {reports / QUEUE / 'index.html'}")
    if strongest is not None:
        lines += [f"Owner's dossier:    {path}" for path in _dossiers_of(database, reports, strongest.reviews)]
    lines.append(f"All dossiers:       {reports / OWNERS}")
    return "\n".join(lines)


def write_config(folder: Path, base: str, starts: Iterable[str]) -> Path:
    """The town's ``fairstay.toml``, with its websites at the address ``base``."""
    urls = ",\n  ".join(json.dumps(base + start) for start in starts)
    path = folder / "fairstay.toml"
    path.write_text(
        "[run]\nworkers = 2\nshards = 8\n\n"
        # The largest of the three languages is judged with TF-IDF alone, so that a small machine is done in time.
        # Torch everywhere: int8 weights, where they can be made, give slightly other vectors.
        '[text]\nembed_at_most = 2000\nbackend = "torch"\n\n'
        "[reports]\npdf_dossiers = 1\n\n"
        '[crawl]\ncontact = "demo@fairstay.example"\n\n'
        f'[[source]]\nname = "{CRAWLED}"\nspider = "schema_org"\nplatform = "{CRAWLED}"\n'
        f"delay_s = 0.0\nallow_private = true\nstart_urls = [\n  {urls},\n]\n",
        "utf-8",
    )
    return path


def _cases(database: Database) -> pd.DataFrame:
    reviews = read_listing_reviews(database).set_index("review_key")
    ids = reviews[["platform", "listing_id", "review_id"]].apply(tuple, axis=1)
    rows = [
        {"case_id": case.id, "kind": case.kind, "review_ids": {ids[key] for key in case.reviews}}
        for case in read_cases(database)
    ]
    return pd.DataFrame(rows, columns=["case_id", "kind", "review_ids"])


def _dossiers_of(database: Database, reports: Path, review_keys: Iterable[str]) -> list[Path]:
    from reports.safety import file_name

    reviews = read_listing_reviews(database).set_index("review_key")
    listings = sorted(set(reviews.loc[list(review_keys), "listing_key"]))
    found = [reports / OWNERS / f"{file_name(listing)}.html" for listing in listings[:1]]
    return found + [path.with_suffix(".pdf") for path in found if path.with_suffix(".pdf").exists()]
