"""Three nights on a site that edits and removes reviews after the first one: what they cost, and what they find."""

from __future__ import annotations

import argparse
import datetime as dt
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.review_site import KINDS, Changes, ReviewSite, Traffic, serve
from benchmarks.runs import fairstay

SHARE = 0.01
NIGHTS = 3
# The kinds of site with the source's whole_every: by default, and every night where nothing says what changed.
CASES = tuple((kind, 7) for kind in KINDS) + tuple((kind, 1) for kind in KINDS[1:])

NOTHING = Changes(frozenset(), frozenset(), pages=0)

_BUILT = dt.datetime.fromisoformat("2026-10-01T12:00:00")
_CHANGED = dt.datetime.fromisoformat("2026-11-01T18:00:00")
_FIRST_NIGHT = dt.datetime.fromisoformat("2026-11-01T02:30:00")

HEAD = (
    f"{'site':<17}{'whole':>6}{'night':>6}{'changed':>9}{'requests':>10}{'304s':>7}{'KiB':>8}{'CPU s':>7}"
    f"{'edits':>14}{'missing':>14}{'removals':>14}"
)


@dataclass(frozen=True, slots=True)
class Found:
    """Numbers of reviews that the store has an event of, by kind of event."""

    edited: frozenset[int]
    missing: frozenset[int]
    removed: frozenset[int]


def found_at(database: Path, night: dt.datetime) -> Found:
    """The events of one night."""
    query = """SELECT review_event.kind, review.review_id FROM review_event
               JOIN review ON review.key = review_event.review_key WHERE review_event.at = ?"""
    with sqlite3.connect(database) as connection:
        rows = connection.execute(query, (night.isoformat(" ", timespec="microseconds"),)).fetchall()
    numbers: dict[str, set[int]] = {"edited": set(), "missing": set(), "removed": set(), "reappeared": set()}
    for kind, review_id in rows:
        numbers[kind].add(int(review_id.rpartition("/")[2]))
    if numbers["reappeared"]:
        raise RuntimeError(f"{len(numbers['reappeared'])} reviews reappeared that had never gone")
    return Found(*(frozenset(numbers[kind]) for kind in ("edited", "missing", "removed")))


def configure(folder: Path, origin: str, site: ReviewSite, whole_every: int) -> None:
    """Writes the configuration of one source."""
    starts = ", ".join(f'"{origin}{path}"' for path in site.starts)
    sitemap = f'sitemap = "{origin}/sitemap.xml"\n' if site.kind == "sitemap" else ""
    (folder / "fairstay.key").write_text("fa" * 32 + "\n")
    (folder / "fairstay.key").chmod(0o600)
    (folder / "fairstay.toml").write_text(
        f'[crawl]\ncontact = "bench@fairstay.example"\n\n[[source]]\nname = "site"\nspider = "schema_org"\n'
        f'platform = "bench"\nstart_urls = [{starts}]\n{sitemap}whole_every = {whole_every}\ndelay_s = 0\n'
        "max_pages = 100000\nallow_private = true\n"
    )


def cell(found: frozenset[int], planted: frozenset[int]) -> str:
    """Found / planted / invented."""
    return f"{len(found & planted):>6}/{len(planted)}/{len(found - planted)}".rjust(14)


def run_case(kind: str, whole_every: int, listings: int, reviews: int, seed: int) -> Iterator[str]:
    """The table's lines for one site, one a night."""
    site = ReviewSite(kind, listings=listings, reviews=reviews, seed=seed, built=_BUILT)
    changes = NOTHING
    edited: set[int] = set()
    with tempfile.TemporaryDirectory() as name, serve(site) as origin:
        folder = Path(name)
        configure(folder, origin, site, whole_every)
        for night in range(NIGHTS):
            now = _FIRST_NIGHT + dt.timedelta(days=night)
            site.traffic = Traffic()
            cost = fairstay(folder, "--quiet", "crawl", "--now", now.isoformat())
            found = found_at(folder / "fairstay.sqlite", now)
            traffic, of_night = site.traffic, changes if night == 1 else NOTHING
            gone = changes.removed if night == 2 else NOTHING.removed
            yield (
                f"{kind:<17}{whole_every:>6}{night + 1:>6}{of_night.pages:>9,}{traffic.requests:>10,}"
                f"{traffic.not_modified:>7,}{traffic.body_bytes / 1024:>8,.0f}{cost.cpu_s:>7.1f}"
                f"{cell(found.edited, changes.edited - edited)}{cell(found.missing, of_night.removed)}"
                f"{cell(found.removed, gone)}"
            )
            edited |= found.edited
            if night == 0:
                changes = site.change(SHARE, _CHANGED)


def main() -> None:
    """Print the table, and what its columns mean."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listings", type=int, default=200)
    parser.add_argument("--reviews", type=int, default=50, help="of each listing")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    total = arguments.listings * arguments.reviews
    print(
        f"{total:,} reviews, {arguments.listings} listings; after night 1, {SHARE:.0%} edited and {SHARE:.0%} removed"
    )
    print(
        "edits, missing, removals: found / planted / invented; changed: pages that read otherwise than the night before"
    )
    print(HEAD)
    for kind, whole_every in CASES:
        for line in run_case(kind, whole_every, arguments.listings, arguments.reviews, arguments.seed):
            print(line, flush=True)


if __name__ == "__main__":
    main()
