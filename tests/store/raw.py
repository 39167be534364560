"""The bytes in which a database keeps its tables, deleted rows included."""

from pathlib import Path

from sqlalchemy import text


def _sqlite_bytes(database):
    path = Path(str(database.engine.url.database))
    return b"".join(each.read_bytes() for each in path.parent.glob(f"{path.name}*"))


def _postgres_bytes(database):
    found = b""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("checkpoint"))
        names = connection.scalars(
            text("select pg_relation_filepath(oid) from pg_class where pg_relation_filepath(oid) is not null")
        ).all()
        for name in names:
            found += (
                connection.scalar(
                    text("select pg_read_binary_file(cast(:name as text), 0, 1 << 28, true)"), {"name": name}
                )
                or b""
            )
    return found


def bytes_of(database):
    """Of SQLite the file, its log and its index; of PostgreSQL the files of all relations, catalogues too."""
    return _sqlite_bytes(database) if database.engine.dialect.name == "sqlite" else _postgres_bytes(database)
