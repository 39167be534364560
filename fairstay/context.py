"""What every command shares."""

from __future__ import annotations

from pathlib import Path

from fairstay.config import Config, load_config
from fairstay.progress import Progress
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
        self._opened.append(open_database(self.config.database_url))
        return self._opened[-1]

    def close(self) -> None:
        for database in self._opened:
            database.close()

    def pseudonymiser(self) -> Pseudonymiser:
        return Pseudonymiser(load_key(self.config.path(self.config.key_file)))
