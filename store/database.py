"""One database, SQLite or PostgreSQL: opening, migrating, transactions, locks."""

from __future__ import annotations

import fcntl
import hashlib
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, Table, case, create_engine, event, func, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase

_MIGRATION_LOCK = 0x_FA1257A1
_RUN_LOCK = 0x_FA1257A2
_BUSY_MS = 60_000
# SQLite refuses more than 32,766 variables in a statement; both dialects are kept below.
_MAX_VARIABLES = 30_000


class DatabaseError(RuntimeError):
    """The database is not usable; one line says which and why."""


class LockedError(RuntimeError):
    """Another run holds the lock."""


class Database:
    """A migrated database. ``read()`` and ``write()`` give connections in a transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @property
    def name(self) -> str:
        """The URL without its password."""
        return _shown(self.engine.url)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with self.engine.connect().execution_options(fairstay_write=True) as connection, connection.begin():
            yield connection

    @contextmanager
    def lock(self) -> Iterator[None]:
        """The one lock of a run, let go by itself when the process dies.

        Raises:
            LockedError: another process holds it.
        """
        if self.engine.dialect.name == "sqlite":
            with _file_lock(Path(str(self.engine.url.database) + ".lock")):
                yield
        else:
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                if not connection.scalar(text("select pg_try_advisory_lock(:key)"), {"key": _RUN_LOCK}):
                    raise LockedError(f"another run holds the lock of {self.name}")
                try:
                    yield
                finally:
                    connection.execute(text("select pg_advisory_unlock(:key)"), {"key": _RUN_LOCK})

    def close(self) -> None:
        self.engine.dispose()


def open_database(url: str) -> Database:
    """Open and migrate the database at ``url``.

    Raises:
        DatabaseError: the URL is not one, the server does not answer, or the file is not a database.
    """
    parsed = _parse(url)
    shown = _shown(parsed)
    engine = None
    try:
        engine = create_engine(parsed)
        if engine.dialect.name == "sqlite":
            _create_private(parsed.database or "")
            _prepare_sqlite(engine)
        _migrate(engine)
    except (SQLAlchemyError, CommandError, sqlite3.Error, ModuleNotFoundError, OSError) as error:
        if engine is not None:
            engine.dispose()
        raise DatabaseError(f"cannot open the database {shown}: {_first_line(error)}") from None
    return Database(engine)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
        if "@" in (parsed.host or ""):
            raise ArgumentError("an @ in a password is written %40")
        parsed.get_dialect()
    except (ArgumentError, NoSuchModuleError, ValueError):
        # Neither the part with the password nor the query, which may hold one too.
        raise DatabaseError(
            f"cannot read the database URL {url.rsplit('@', maxsplit=1)[-1].split('?', maxsplit=1)[0]!r}: "
            "give one such as sqlite:///fairstay.sqlite or postgresql://user@host/name"
        ) from None
    except ModuleNotFoundError:
        pass
    family = parsed.get_backend_name()
    if family == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if family != "sqlite":
        raise DatabaseError(f"cannot use {family}: SQLite and PostgreSQL are supported")
    if not parsed.database or ":memory:" in parsed.database or parsed.query.get("mode") == "memory":
        raise DatabaseError("a database in memory is gone after the command: name a file, sqlite:///fairstay.sqlite")
    parent = Path(parsed.database).parent
    if not parent.is_dir():
        raise DatabaseError(f"cannot open the database {parsed.database}: there is no folder {parent}")
    return parsed


def _shown(url: URL) -> str:
    return url.set(query={}).render_as_string(hide_password=True)


def _first_line(error: BaseException) -> str:
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, ModuleNotFoundError):
        return f"the driver is not installed ({cause.name}); install the extra: pip install 'fairstay[postgres]'"
    return " ".join(str(cause).split())[:300]


def _create_private(path: str) -> None:
    """Make a new file that only its owner reads; SQLite gives its companions the same mode."""
    if not path.startswith("file:"):
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connect(dbapi_connection: sqlite3.Connection, _: object) -> None:
        # The driver's own implicit transactions leave DDL outside; SQLAlchemy begins them instead.
        dbapi_connection.isolation_level = None
        for pragma in (
            f"busy_timeout={_BUSY_MS}",
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            "cache_size=-65536",
        ):
            _patiently(dbapi_connection, f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer takes the lock at once: upgrading a reader's would fail where another writer came first.
        writing = connection.get_execution_options().get("fairstay_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _patiently(connection: sqlite3.Connection, statement: str) -> None:
    # Two processes that turn a new file to WAL at once: SQLite refuses one of them without waiting.
    until = time.monotonic() + _BUSY_MS / 1000
    while True:
        try:
            connection.execute(statement).close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


def _migrate(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", "store:migrations")
    with engine.connect().execution_options(fairstay_write=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise LockedError(f"another run holds the lock {path}") from None
        yield
        fcntl.flock(file, fcntl.LOCK_UN)


def table_of(model: type[DeclarativeBase]) -> Table:
    """The table behind a mapped class, for statements of many rows."""
    return cast("Table", model.__table__)


def upsert(
    connection: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    update: Iterable[str] = (),
    keep_old: Iterable[str] = (),
    keep_largest: Iterable[str] = (),
) -> None:
    """Insert rows; where the primary key is there already, set ``update`` columns from the new row.

    ``keep_old`` columns are set too, but a new NULL keeps the old value, and in ``keep_largest`` so does a smaller one.
    Without any of these the old row stays.
    All rows must have the same columns, and no primary key twice.
    """
    if not rows:
        return
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table)
    keys = [column.name for column in table.primary_key]
    changes: dict[str, Any] = {name: statement.excluded[name] for name in update}
    for name in keep_old:
        changes[name] = func.coalesce(statement.excluded[name], table.c[name])
    for name in keep_largest:
        old, new = table.c[name], statement.excluded[name]
        changes[name] = case((old > new, old), else_=func.coalesce(new, old))
    if changes:
        statement = statement.on_conflict_do_update(index_elements=keys, set_=changes)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    connection.execute(statement, list(rows))


def chunks(items: Sequence[Any], size: int = _MAX_VARIABLES) -> Iterator[Sequence[Any]]:
    """Slices small enough for one statement's variables."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def default_url(folder: Path) -> str:
    """A SQLite file in the working folder."""
    return f"sqlite:///{os.fspath(folder / 'fairstay.sqlite')}"
