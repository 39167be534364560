"""store.source_runs: what each source gave, night after night."""

import datetime as dt

from store.source_runs import SourceRunRow, read_source_runs, runs_of_night, write_source_run
from tests.conftest import SEEN


def run(source, night, reviews=10):
    return SourceRunRow(
        source=source,
        seen_at=SEEN + dt.timedelta(days=night),
        requests=5,
        pages=3,
        not_modified=1,
        received_bytes=1000,
        forbidden=0,
        errors=0,
        drops={"no_date": 2},
        reviews=reviews,
        coverage={"title": 0.5},
        complete=True,
    )


def test_runs_come_back_newest_first(database):
    for night in (1, 0, 2, 3):
        write_source_run(database, run("inn", night))
    write_source_run(database, run("other", 1))
    found = read_source_runs(database, "inn", before=SEEN + dt.timedelta(days=3), count=2)
    assert found == [run("inn", 2), run("inn", 1)]


def test_a_run_written_again_is_replaced(database):
    write_source_run(database, run("inn", 0))
    write_source_run(database, run("inn", 0, reviews=12))
    write_source_run(database, run("attic", 0))
    assert runs_of_night(database, SEEN) == [run("attic", 0), run("inn", 0, reviews=12)]
    assert runs_of_night(database, SEEN + dt.timedelta(days=1)) == []
