"""Deleted rows leave their bytes behind in both databases; here they are overwritten."""

from __future__ import annotations

import time

from sqlalchemy import Connection, exists, select, text
from sqlalchemy.exc import SQLAlchemyError

from store.base import Base
from store.database import Database

_PATIENCE_S = 60.0
_LOOK_AGAIN_S = 0.1


def wipe(database: Database) -> str | None:
    """Rewrite the database without what was deleted; one plain phrase on why not, where something is in the way.

    On SQLite the file with its free pages and its write-ahead log (VACUUM, then a checkpoint that truncates); on
    PostgreSQL every table and the planner's statistics (VACUUM FULL, ANALYZE), not the server's write-ahead log.
    """
    try:
        if database.engine.dialect.name == "sqlite":
            return _wipe_sqlite(database)
        return _wipe_postgres(database)
    except SQLAlchemyError as error:
        return f"deleted rows are not overwritten yet: {' '.join(str(getattr(error, 'orig', error)).split())}"


def _wipe_postgres(database: Database) -> str | None:
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if (said := _in_the_way(connection)) is not None:
            return said
        for table in Base.metadata.sorted_tables:
            if connection.scalar(select(exists(select(table)))):
                connection.execute(text(f'vacuum (full, analyze) "{table.name}"'))
            else:
                _drop_samples(connection, table.name)
        # Whoever began meanwhile, such as the server's own ANALYZE, still sees the samples that were just replaced.
        if (said := _in_the_way(connection)) is not None:
            return said
        # The planner's samples of values; whoever may not touch them gets a warning from the server, no error.
        connection.execute(text("vacuum (full) pg_catalog.pg_statistic"))
    return None


def _in_the_way(connection: Connection) -> str | None:
    """Waits a while for those for whose sake VACUUM would keep what was deleted; who is left, in one plain phrase.

    It keeps a row for as long as somebody's snapshot of this database shows it, such as the server's own ANALYZE, and
    for as long as a transaction runs, of whichever database of the server, that began before the row was deleted.
    """
    readers_now = text(
        "select pid, backend_xmin::text from pg_stat_activity "
        "where datname = current_database() and pid <> pg_backend_pid() and backend_xmin is not null"
    )
    oldest_now = text("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
    next_one = connection.scalar(text("select pg_snapshot_xmax(pg_current_snapshot())::text::bigint"))
    readers, oldest = set(connection.execute(readers_now).all()), connection.scalar(oldest_now)
    until = time.monotonic() + _PATIENCE_S
    while (readers or oldest < next_one) and time.monotonic() < until:
        time.sleep(_LOOK_AGAIN_S)
        readers &= set(connection.execute(readers_now).all())
        oldest = connection.scalar(oldest_now)
    if readers:
        return "deleted rows are not overwritten yet: another program reads the database"
    if oldest < next_one:
        return "deleted rows are not overwritten yet: a transaction on the database server has not ended"
    return None


def _drop_samples(connection: Connection, name: str) -> None:
    """Empties an empty table's files and samples: ANALYZE lets these stand, a column given its type again does not."""
    types = text(
        "select attname, format_type(atttypid, atttypmod) from pg_attribute "
        "where attrelid = cast(:name as regclass) and attnum > 0 and not attisdropped"
    )
    for column, kind in connection.execute(types, {"name": name}).all():
        connection.execute(text(f'alter table "{name}" alter column "{column}" type {kind}'))
    connection.execute(text(f'vacuum (full) "{name}"'))


def _wipe_sqlite(database: Database) -> str | None:
    # By way of the driver, since VACUUM refuses inside a transaction.
    with database.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        try:
            driver.execute("VACUUM").close()
            busy, _, _ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except database.engine.dialect.loaded_dbapi.OperationalError as error:
            return f"deleted rows are not overwritten yet: {error}"
    return "deleted rows are not overwritten yet: another program reads the database" if busy else None
