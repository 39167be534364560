"""store.wiping: what was deleted cannot be found in the database's bytes."""

import pytest
from sqlalchemy import create_engine, delete, make_url, text

from store.models import Review, Reviewer, ReviewVersion
from store.observations import write_observations
from store.privacy import Pseudonymiser
from store.reading import read_listing_reviews
from store.wiping import wipe
from tests.conftest import KEY, SEEN, observation
from tests.store.raw import bytes_of

MARK = "ZebraLanternQuartz"
# Long enough for PostgreSQL to keep it beside the table, and nothing that compresses.
SAID = MARK + "".join(f" {n * n * 7919 % 104729:x}" for n in range(2_000))
KEPT = "KeptByTheOthers"


@pytest.fixture
def emptied(database, pseudonymiser):
    """A store from which all but one of its reviews were deleted."""
    batch = [
        observation(review_id=f"r{n}", reviewer_id=f"g{n}", reviewer_name=f"{MARK} {n}", title=f"{MARK} {n}", text=SAID)
        for n in range(40)
    ]
    batch.append(observation(review_id="kept", reviewer_id=None, text=KEPT))
    write_observations(database, batch, source="s", seen_at=SEEN, pseudonymiser=pseudonymiser, keep_names=True)
    with database.write() as connection:
        # PostgreSQL's planner samples values, and keeps them of a table that has no rows any more.
        connection.execute(text("analyze"))
        connection.execute(delete(ReviewVersion).where(ReviewVersion.text != KEPT))
        connection.execute(delete(Review).where(Review.reviewer_key.is_not(None)))
        connection.execute(delete(Reviewer))
    return database


def test_deleted_rows_leave_bytes_and_wiping_overwrites_them(emptied):
    assert MARK.encode() in bytes_of(emptied)
    assert wipe(emptied) is None
    found = bytes_of(emptied)
    assert MARK.encode() not in found
    assert KEPT.encode() in found
    assert list(read_listing_reviews(emptied)["review_id"]) == ["kept"]


def test_wiping_twice_is_wiping_once(emptied):
    assert wipe(emptied) is None
    assert wipe(emptied) is None
    assert MARK.encode() not in bytes_of(emptied)


def test_a_reader_in_the_way_is_said(sqlite_database, pseudonymiser, monkeypatch):
    batch = [observation(text=SAID)]
    write_observations(sqlite_database, batch, source="s", seen_at=SEEN, pseudonymiser=pseudonymiser)
    monkeypatch.setattr("store.database._BUSY_MS", 50)
    sqlite_database.engine.dispose()
    with sqlite_database.read() as reader:
        reader.execute(text("select * from review")).all()
        said = wipe(sqlite_database)
    assert said == "deleted rows are not overwritten yet: another program reads the database"
    assert wipe(sqlite_database) is None


def test_a_writer_in_the_way_is_said(sqlite_database, monkeypatch):
    monkeypatch.setattr("store.database._BUSY_MS", 50)
    sqlite_database.engine.dispose()
    with sqlite_database.write() as writer:
        writer.execute(text("delete from state"))
        said = wipe(sqlite_database)
    assert said == "deleted rows are not overwritten yet: database is locked"


@pytest.fixture
def said_once(postgres_database):
    """A store of one review that bears the mark."""
    write_observations(
        postgres_database, [observation(text=SAID)], source="s", seen_at=SEEN, pseudonymiser=Pseudonymiser(KEY)
    )
    return postgres_database


def impatient_wipe(database):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("store.wiping._PATIENCE_S", 0.4)
        return wipe(database)


@pytest.mark.postgres
def test_a_snapshot_that_still_shows_what_was_deleted_is_waited_for(said_once):
    with said_once.engine.connect().execution_options(isolation_level="REPEATABLE READ") as reader:
        reader.execute(text("select 1 from review")).all()
        with said_once.write() as connection:
            connection.execute(delete(ReviewVersion))
        said = impatient_wipe(said_once)
    assert said == "deleted rows are not overwritten yet: another program reads the database"
    assert wipe(said_once) is None
    assert MARK.encode() not in bytes_of(said_once)


@pytest.mark.postgres
def test_a_transaction_in_another_database_of_the_server_is_waited_for(said_once, postgres_server):
    elsewhere = create_engine(said_once.engine.url.set(database=make_url(postgres_server).database))
    with elsewhere.begin() as writer:
        writer.execute(text("select pg_current_xact_id()"))
        with said_once.write() as connection:
            connection.execute(delete(ReviewVersion))
        said = impatient_wipe(said_once)
    elsewhere.dispose()
    assert said == "deleted rows are not overwritten yet: a transaction on the database server has not ended"
    assert wipe(said_once) is None
    assert MARK.encode() not in bytes_of(said_once)
