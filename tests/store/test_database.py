"""store.database: opening, migrating, refusing, locking; on SQLite and PostgreSQL alike."""

import hashlib
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import IntegrityError

from store.base import Base
from store.database import (
    Database,
    DatabaseError,
    LockedError,
    chunks,
    default_url,
    file_sha256,
    open_database,
    table_of,
    upsert,
)
from store.models import Listing, State
from store.runs import read_state, write_state
from tests.conftest import BACKENDS
from tests.store.processes import eventually, holding, race

SECRET = "geheim"


def differences(database):
    with database.read() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        return compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)


def shape(database):
    """Everything about the tables that a migration could change."""
    found = inspect(database.engine)
    return {
        name: (
            [(column["name"], str(column["type"]), column["nullable"]) for column in found.get_columns(name)],
            found.get_pk_constraint(name)["constrained_columns"],
            sorted(index["name"] or "" for index in found.get_indexes(name)),
            sorted(str(key["constrained_columns"]) for key in found.get_foreign_keys(name)),
        )
        for name in sorted(found.get_table_names())
    }


def migrate(database, verb, revision):
    config = Config()
    config.set_main_option("script_location", "store:migrations")
    with database.write() as connection:
        config.attributes["connection"] = connection
        getattr(command, verb)(config, revision)


def functions(database):
    if database.engine.dialect.name == "sqlite":
        return []
    with database.read() as connection:
        return connection.scalars(text("select proname from pg_proc where pronamespace = 'public'::regnamespace")).all()


def revision(database):
    with database.read() as connection:
        return connection.scalar(text("select version_num from alembic_version"))


# Migrations


def test_models_and_migrations_agree(database):
    assert differences(database) == []


def test_a_disagreement_would_be_seen(empty_url):
    with closing(open_database(empty_url)) as database:
        with database.write() as connection:
            connection.execute(text("drop index ix_review_listing_key"))
            connection.execute(text("alter table listing drop column city"))
        kinds = {each[0] for each in differences(database)}
    assert kinds == {"add_index", "add_column"}


def test_opening_again_changes_nothing(empty_url):
    with closing(open_database(empty_url)) as database:
        write_state(database, "kept", "yes")
        before, at = shape(database), revision(database)
    with closing(open_database(empty_url)) as database:
        assert shape(database) == before
        assert revision(database) == at
        assert read_state(database, "kept") == "yes"


def test_down_to_nothing_and_up_again(empty_url):
    with closing(open_database(empty_url)) as database:
        before = shape(database)
        write_state(database, "lost", "yes")
        migrate(database, "downgrade", "base")
        assert set(shape(database)) == {"alembic_version"}
        assert functions(database) == []
        migrate(database, "upgrade", "head")
        assert shape(database) == before
        assert differences(database) == []
        assert read_state(database, "lost") is None


def test_a_migration_that_fails_leaves_nothing_on_postgres_and_a_clear_word(empty_url):
    engine = create_engine(empty_url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(text("create table review (something_else integer)"))
    engine.dispose()
    with pytest.raises(DatabaseError, match=r"review.* already exists"):
        open_database(empty_url)


def test_a_database_of_a_newer_version_is_refused_with_a_word(empty_url):
    with closing(open_database(empty_url)) as database, database.write() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(DatabaseError, match="9999") as caught:
        open_database(empty_url)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("round_", range(2))
def test_processes_that_open_a_new_database_together_all_succeed(empty_url, tmp_path, round_):
    del round_
    code = f"""
database = open_database({empty_url!r})
write_state(database, str(os.getpid()), "here")
database.close()
"""
    prepare = "import os; from store.database import open_database; from store.runs import write_state"
    said = race(tmp_path / "go", prepare, code, processes=4)
    assert [each.returncode for each in said] == [0, 0, 0, 0], [each.stderr for each in said]
    with closing(open_database(empty_url)) as database, database.read() as connection:
        assert connection.scalar(text("select count(*) from state")) == 4
        assert connection.scalar(text("select count(*) from alembic_version")) == 1


def test_a_new_sqlite_file_waits_while_another_turns_it_to_wal(tmp_path):
    # What SQLite refuses at once, without its own patience: switching the journal while another writes.
    path = tmp_path / "new.sqlite"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("create table t (a)")
    other.execute("begin immediate")
    threading.Timer(0.5, other.rollback).start()
    open_database(f"sqlite:///{path}").close()
    other.close()


# What cannot be opened: one line, no password.


def refusal(url):
    with pytest.raises(DatabaseError) as caught:
        open_database(url)
    line = str(caught.value)
    assert "\n" not in line
    assert SECRET not in line
    assert SECRET not in repr(caught.value.__cause__)
    return line


@pytest.mark.parametrize(
    "url",
    [
        "",
        "fairstay.sqlite",
        "not a url",
        f"postgres//fairstay:{SECRET}@host/reviews",
        f"postgres://fairstay:{SECRET}@host/reviews",
        f"nosuch+driver://fairstay:{SECRET}@host/reviews",
        f"nosuch://host/reviews?user=fairstay&password={SECRET}",
        f"postgresql://fairstay:{SECRET}@host:port/reviews",
        f"postgresql://fairstay:half@{SECRET}@host/reviews",
    ],
)
def test_a_wrong_url_is_refused_with_an_example(url):
    line = refusal(url)
    assert line.startswith("cannot read the database URL")
    assert "sqlite:///fairstay.sqlite" in line


@pytest.mark.parametrize("family", ["mysql", "oracle", "mssql"])
def test_an_unsupported_dialect_is_refused_by_name(family):
    line = refusal(f"{family}://fairstay:{SECRET}@host/reviews")
    assert line == f"cannot use {family}: SQLite and PostgreSQL are supported"


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///file::memory:?uri=true",
        "sqlite:///file:a?mode=memory&uri=true",
    ],
)
def test_a_database_in_memory_is_refused(url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert refusal(url).startswith("a database in memory is gone after the command")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_named(tmp_path):
    assert refusal(f"sqlite:///{tmp_path}/missing/a.sqlite").endswith(f"there is no folder {tmp_path}/missing")
    assert not (tmp_path / "missing").exists()


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "reviews.csv"
    path.write_text("platform,listing_id\n" * 500)
    before = path.read_bytes()
    assert refusal(f"sqlite:///{path}") == f"cannot open the database sqlite:///{path}: file is not a database"
    assert path.read_bytes() == before


def test_a_folder_is_no_database(tmp_path):
    assert "unable to open database file" in refusal(f"sqlite:///{tmp_path}")


def test_a_server_that_does_not_answer_is_named():
    line = refusal(f"postgresql://fairstay:{SECRET}@127.0.0.1:1/reviews")
    assert "127.0.0.1:1/reviews" in line
    assert "refused" in line


def test_a_password_in_the_query_is_not_shown_either():
    line = refusal(f"postgresql://127.0.0.1:1/reviews?user=fairstay&password={SECRET}")
    assert "127.0.0.1:1/reviews" in line


@pytest.mark.postgres
def test_a_missing_database_on_a_server_is_named(postgres_server):
    line = refusal(re.sub(r"/[^/]*$", "/fairstay_no_such_database", postgres_server))
    assert "fairstay_no_such_database" in line
    assert "does not exist" in line


def test_any_driver_of_postgres_means_the_one_that_is_installed():
    assert "refused" in refusal(f"postgresql+psycopg2://fairstay:{SECRET}@127.0.0.1:1/reviews")


# Names


def test_the_name_shows_no_password():
    for url in (f"postgresql://fairstay:{SECRET}@h/reviews", f"postgresql://h/reviews?password={SECRET}"):
        engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
        assert SECRET not in Database(engine).name
        assert "h/reviews" in Database(engine).name


def test_the_default_is_a_file_in_the_folder(tmp_path):
    assert default_url(tmp_path) == f"sqlite:///{tmp_path}/fairstay.sqlite"
    open_database(default_url(tmp_path)).close()
    assert (tmp_path / "fairstay.sqlite").is_file()


# Transactions


def test_a_new_file_is_its_owners_alone_and_an_old_one_stays_as_it_is(tmp_path):
    file = tmp_path / "new.sqlite"
    with closing(open_database(f"sqlite:///{file}")) as database, database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE some (one INTEGER)")
        modes = {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {0o600}
    file.chmod(0o640)
    open_database(f"sqlite:///{file}").close()
    assert file.stat().st_mode & 0o777 == 0o640


def test_sqlite_is_opened_as_it_should(sqlite_database):
    names = ("journal_mode", "foreign_keys", "busy_timeout")
    with sqlite_database.read() as connection:
        said = {name: connection.scalar(text(f"pragma {name}")) for name in names}
    assert said == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 60000}


def test_a_failed_write_leaves_nothing(database):
    with pytest.raises(ZeroDivisionError), database.write() as connection:  # noqa: PT012  (the write is undone)
        upsert(connection, table_of(State), [{"name": "a", "value": "1"}])
        raise ZeroDivisionError
    assert read_state(database, "a") is None


def test_tables_made_in_a_failed_write_are_gone_too(database):
    with pytest.raises(ZeroDivisionError), database.write() as connection:  # noqa: PT012  (the write is undone)
        connection.execute(text("create table half_made (a integer)"))
        raise ZeroDivisionError
    assert "half_made" not in inspect(database.engine).get_table_names()


def test_a_reader_reads_while_a_writer_writes(database):
    write_state(database, "a", "old")
    with database.write() as connection:
        upsert(connection, table_of(State), [{"name": "a", "value": "new"}], update=("value",))
        assert read_state(database, "a") == "old"
    assert read_state(database, "a") == "new"


def test_foreign_keys_hold(database):
    orphan = text("insert into listing_count (listing_key, seen_on) values ('google/none', '2026-03-14')")
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(orphan)


def test_writers_on_sqlite_wait_for_one_another(sqlite_database):
    # Each reads and then writes: without the lock taken at the beginning, one of them would fail or lose a count.
    write_state(sqlite_database, "count", "0")
    failed = []

    def count():
        try:
            for _ in range(25):
                with sqlite_database.write() as connection:
                    now = int(connection.scalar(text("select value from state where name = 'count'")))
                    connection.execute(text("update state set value = :value"), {"value": str(now + 1)})
        except Exception as error:  # noqa: BLE001  (a thread's error is told below)
            failed.append(error)

    threads = [threading.Thread(target=count) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failed == []
    assert read_state(sqlite_database, "count") == "75"


# The lock of a run


def held_by_another(url):
    return holding(
        "import time\n"
        "from store.database import open_database\n"
        f"with open_database({url!r}).lock():\n"
        "    print('held', flush=True)\n"
        "    time.sleep(600)\n"
    )


def url_of(database):
    return database.engine.url.render_as_string(hide_password=False)


def locked_within(database, seconds):
    for _ in eventually(seconds):
        try:
            with database.lock():
                return True
        except LockedError:
            continue
    return False


def test_the_lock_holds_and_is_let_go(database):
    with database.lock(), pytest.raises(LockedError, match="another run holds the lock"), database.lock():
        pytest.fail("both got it")
    with database.lock():
        pass


def test_the_lock_is_let_go_after_a_failure(database):
    with pytest.raises(ZeroDivisionError), database.lock():
        raise ZeroDivisionError
    with database.lock():
        pass


def test_one_can_write_under_the_lock(database):
    with database.lock():
        write_state(database, "a", "1")
    assert read_state(database, "a") == "1"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_holder_lets_the_lock_go(database, number):
    with held_by_another(url_of(database)) as holder:
        with pytest.raises(LockedError) as caught, database.lock():
            pytest.fail("both got it")
        assert "\n" not in str(caught.value)
        os.kill(holder.pid, number)
        holder.wait(timeout=10)
        assert locked_within(database, 20)


def test_reading_and_writing_go_on_beside_the_lock(database):
    with held_by_another(url_of(database)):
        write_state(database, "a", "1")
        assert read_state(database, "a") == "1"


def test_two_databases_have_two_locks(database, new_sqlite):
    with new_sqlite() as other, database.lock(), other.lock():
        write_state(other, "a", "1")


# Rows


LISTING = dict.fromkeys(("kind", "city", "country", "latitude", "longitude"))


def listing(**changes):
    return {"key": "p/1", "platform": "p", "listing_id": "1", "name": None, **LISTING, **changes}


def stored(database):
    with database.read() as connection:
        return dict(connection.execute(text("select * from listing")).mappings().one())


def put(database, *rows, **how):
    with database.write() as connection:
        upsert(connection, table_of(Listing), rows, **how)


def test_upsert_keeps_the_old_row_unless_told(database):
    put(database, listing(name="old"))
    put(database, listing(name="new"))
    assert stored(database)["name"] == "old"


def test_upsert_sets_what_it_is_told(database):
    put(database, listing(name="old", city="old"))
    put(database, listing(name=None, city="new"), update=("name",))
    assert (stored(database)["name"], stored(database)["city"]) == (None, "old")


def test_upsert_keeps_the_old_value_where_the_new_one_is_missing(database):
    put(database, listing(name="old", city=None, latitude=51.5))
    put(database, listing(name=None, city="new", latitude=0.0), keep_old=("name", "city", "latitude"))
    assert (stored(database)["name"], stored(database)["city"], stored(database)["latitude"]) == ("old", "new", 0.0)


def test_upsert_of_nothing_is_nothing(database):
    put(database)
    with database.read() as connection:
        assert connection.scalar(text("select count(*) from listing")) == 0


def test_chunks_lose_nothing_and_fit():
    items = list(range(70_001))
    parts = list(chunks(items))
    assert [item for part in parts for item in part] == items
    assert max(map(len, parts)) < 32_766
    assert list(chunks([])) == []
    assert list(chunks("abcde", 2)) == ["ab", "cd", "e"]


def test_a_files_hash_is_that_of_its_bytes(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"reviews\n" * 100_000)
    assert file_sha256(path) == hashlib.sha256(path.read_bytes()).hexdigest()


# The fixtures themselves: a missing server is a skip here, and a failure in CI.


@pytest.mark.parametrize(("ci", "outcome", "status"), [("", "1 skipped", 0), ("true", "1 error", 1)])
def test_a_missing_server_is_said(ci, outcome, status, tmp_path):
    environment = os.environ | {"CI": ci, "FAIRSTAY_TEST_POSTGRES": f"postgresql://a:{SECRET}@127.0.0.1:1/x"}
    words = [sys.executable, "-m", "pytest", "-n0", "-rsE", "-p", "no:cacheprovider", f"--basetemp={tmp_path}/inner"]
    test = "tests/store/test_database.py::test_opening_again_changes_nothing[postgres]"
    root = Path(__file__).parents[2]
    said = subprocess.run([*words, test], cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert said.returncode == status, said.stdout
    assert outcome in said.stdout
    assert "no PostgreSQL server for the tests" in said.stdout
    assert SECRET not in said.stdout


def test_both_backends_are_tried():
    assert [getattr(each, "values", (each,))[0] for each in BACKENDS] == ["sqlite", "postgres"]
