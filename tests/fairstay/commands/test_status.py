"""fairstay.commands.status: what the last runs came to."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from pathlib import Path

from store.canonical import review_key
from store.database import open_database
from store.observations import write_observations
from store.passes import ListingSeen, close_pass
from store.privacy import Pseudonymiser
from tests.conftest import KEY, SEEN, observation
from tests.fairstay.conftest import Run


def crawled(folder: Path) -> None:
    with closing(open_database(f"sqlite:///{folder / 'fairstay.sqlite'}")) as database:
        for night, names in enumerate(("abc", "ab")):
            seen_at = SEEN + dt.timedelta(days=night)
            write_observations(
                database,
                [observation(review_id=name) for name in names],
                source="inn",
                seen_at=seen_at,
                pseudonymiser=Pseudonymiser(KEY),
                sighted=True,
            )
            keys = {review_key("google", "hotel-1", name) for name in names}
            close_pass(database, "inn", seen_at, [ListingSeen("google/hotel-1", "complete", 1, len(names), keys)])


def test_an_empty_store_has_no_nights(run: Run) -> None:
    said = run("status")
    assert (said.code, said.out) == (0, "no night has run yet\n")


def test_each_source_s_last_run_is_summed_up(run: Run, tmp_path: Path) -> None:
    crawled(tmp_path)
    assert "source inn: last run 2026-03-21 02:30 UTC, listings: 1 complete" in run("status").out


def test_the_runs_of_a_listing_are_listed_newest_first(run: Run, tmp_path: Path) -> None:
    crawled(tmp_path)
    said = run("status", "--listing", "google/hotel-1")
    head, newest, first = said.out.splitlines()
    assert head.split() == [
        "run", "(UTC)", "source", "status", "claimed", "listed", "new", "changed", "missing", "removed", "errors",
        "dropped", "pages",
    ]  # fmt: skip
    assert newest.split() == ["2026-03-21", "02:30", "inn", "complete", "2", "2", "0", "0", "1", "0", "0", "0", "1"]
    assert first.split()[:6] == ["2026-03-20", "02:30", "inn", "complete", "3", "3"]
    assert run("status", "--listing", "google/nowhere").out.startswith("no crawl has seen google/nowhere;")
