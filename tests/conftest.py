"""What every test folder shares: databases of both kinds, observations, and a privacy key."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from sqlalchemy import text
from sqlalchemy.engine import make_url

from store.base import Base
from store.canonical import Observation
from store.database import Database, open_database
from store.privacy import Pseudonymiser

DEFAULT_SERVER = "postgresql://root@127.0.0.1:5432/postgres"
BACKENDS = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))
SEEN = dt.datetime.fromisoformat("2026-03-20T02:30")  # UTC, without an offset, as the store keeps it
KEY = bytes(range(32))

# The same examples every time in CI; no time limit on one example, since the machine is shared.
settings.register_profile("here", deadline=None, database=None)
settings.register_profile("ci", parent=settings.get_profile("here"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "here")


def observation(**changes: Any) -> Observation:
    """A plain review of a plain hotel; ``published`` sets both ends of the interval."""
    published = changes.pop("published", dt.date(2026, 3, 14))
    values: dict[str, Any] = {
        "platform": "google",
        "listing_id": "hotel-1",
        "review_id": "review-1",
        "rating": 4.0,
        "published_from": published,
        "published_to": published,
        "raw_sha256": "0" * 64,
        "listing_name": "Hotel Seeblick",
        "listing_kind": "hotel",
        "city": "Konstanz",
        "country": "DE",
        "reviewer_id": "guest-1",
        "title": "Quiet rooms",
        "text": "We slept well and the breakfast was good.",
        "language": "en",
    }
    return Observation(**{**values, **changes})


@pytest.fixture(scope="session")
def make_observation() -> Callable[..., Observation]:
    """``make_observation(**changes)``: a valid observation with some fields changed."""
    return observation


@pytest.fixture(scope="session")
def pseudonymiser() -> Pseudonymiser:
    """Pseudonyms under a key that is the same in every run."""
    return Pseudonymiser(KEY)


# SQLite: migrated once, then copied.


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file; copy it, don't open it."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite"
    open_database(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def new_sqlite(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], closing[Database]]:
    """``with new_sqlite() as database``: a migrated file of its own, for tests that need many."""
    folder = tmp_path_factory.mktemp("sqlite")

    def make() -> closing[Database]:
        path = folder / f"{uuid.uuid4().hex}.sqlite"
        shutil.copy(sqlite_template, path)
        return closing(open_database(f"sqlite:///{path}"))

    return make


@pytest.fixture
def sqlite_database(new_sqlite: Callable[[], closing[Database]]) -> Iterator[Database]:
    """A fresh SQLite database."""
    with new_sqlite() as database:
        yield database


# PostgreSQL: one database for each worker, emptied between tests.


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """The URL of a server that answers. Without one: a failure in CI, a skip with a word elsewhere."""
    url = os.environ.get("FAIRSTAY_TEST_POSTGRES", DEFAULT_SERVER)
    try:
        import psycopg

        psycopg.connect(url, connect_timeout=5).close()
    except Exception as error:  # noqa: BLE001  (whatever it is, there is no server to test on)
        line = " ".join(f"no PostgreSQL server for the tests ({type(error).__name__}: {error})".split())
        if os.environ.get("CI") == "true":
            pytest.fail(f"{line}; CI must have one: set FAIRSTAY_TEST_POSTGRES", pytrace=False)
        pytest.skip(f"{line}; set FAIRSTAY_TEST_POSTGRES")
    return url


@contextmanager
def _created(server: str) -> Iterator[str]:
    import psycopg

    name = f"fairstay_test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'create database "{name}" template template0')
        connection.execute(f'alter database "{name}" set synchronous_commit = off')
        connection.execute(f"alter database \"{name}\" set lock_timeout = '60s'")
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'drop database if exists "{name}" with (force)')


@pytest.fixture(scope="session")
def postgres_session(postgres_server: str) -> Iterator[Database]:
    """This worker's PostgreSQL database as the last test left it: ``truncate`` it first."""
    with _created(postgres_server) as url, closing(open_database(url)) as database:
        yield database


def truncate(database: Database) -> None:
    """Empty every table of a PostgreSQL database, the trail of cases too."""
    tables = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
    with database.write() as connection:
        connection.execute(text(f"truncate table {tables} restart identity cascade"))


@pytest.fixture
def postgres_database(postgres_session: Database) -> Database:
    """This worker's PostgreSQL database, empty."""
    truncate(postgres_session)
    return postgres_session


# Both.


@pytest.fixture(params=BACKENDS)
def database(request: pytest.FixtureRequest) -> Database:
    """A fresh, migrated database; the test runs once on SQLite and once on PostgreSQL."""
    found = request.getfixturevalue(f"{request.param}_database")
    assert isinstance(found, Database)
    return found


@pytest.fixture(params=BACKENDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table, of both kinds; dropped afterwards."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
    else:
        with _created(request.getfixturevalue("postgres_server")) as url:
            yield url
