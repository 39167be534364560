"""What every command shares."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from fairstay.config import Config, load_config
from fairstay.progress import Progress
from store.archive import Archive
from store.database import Database, open_database
from store.privacy import Pseudonymiser, load_key


class Context:
    """The configuration and the database, opened when first asked for; ``close`` closes what was opened."""

    def __init__(self, config_file: Path | None, url: str | None, quiet: bool) -> None:
        self._config_file, self._url = config_file, url
        self.progress = Progress(quiet=quiet)
        self._config: Config | None = None
        self._opened: list[Database] = []

    @property
    def config(self) -> Config:
        if self._config is None:
            self._config = load_config(self._config_file, database=self._url)
        return self._config

    def open(self) -> Database:
        """The database, after a look for what was erased and has come back with a backup."""
        from fairstay.forgetting import forget_again

        database = open_database(self.config.database_url)
        self._opened.append(database)
        forgotten = forget_again(database, self.config, on=dt.datetime.now(dt.UTC).date(), is_locked=False)
        if forgotten is not None:
            self.progress.say(str(forgotten))
            for line in forgotten.look_at:
                click.echo(f"fairstay: {line}", err=True)
        return database

    def close(self) -> None:
        for database in self._opened:
            database.close()

    def archive(self) -> Archive:
        return Archive(self.config.path(self.config.archive))

    def pseudonymiser(self) -> Pseudonymiser:
        return Pseudonymiser(load_key(self.config.path(self.config.key_file)))
