"""Settings: the one place that reads the environment and the configuration file."""

from __future__ import annotations

import datetime as dt
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from crawlers.crawl import Source
from detection.text.encoder import BACKENDS, PACKAGED

DEFAULT_FILE = "fairstay.toml"


class ConfigError(ValueError):
    """The configuration isn't usable; one line says which file, which key, and what is allowed."""


@dataclass(frozen=True, slots=True)
class Config:
    """What a night needs to know. Paths are absolute or relative to the configuration file's folder."""

    folder: Path
    database: str | None = None
    key_file: Path = Path("fairstay.key")
    keep_names: bool = False
    erased_file: Path = Path("fairstay.erased")
    review_days: int = 0
    body_days: int = 400
    archive: Path = Path("archive")
    largest_file_mib: int = 64
    timestamp_url: str = ""
    alarm_budget: float | None = None
    model: str = PACKAGED
    languages: tuple[str, ...] = ()
    backend: str = "auto"
    embed_at_most: int = 6_000
    workers: int = 2
    shards: int = 16
    work_folder: Path = Path(".fairstay")
    inbox: Path = Path("inbox")
    reports_folder: Path = Path("reports")
    pdf_dossiers: int = 3
    drop_folder: Path | None = None
    contact: str = ""
    sources: tuple[Source, ...] = field(default=())

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.folder / 'fairstay.sqlite'}"

    def not_before(self, day: dt.date) -> dt.date | None:
        """The first day of publication that retention leaves on a day, None where it leaves all."""
        return day - dt.timedelta(days=self.review_days) if self.review_days else None

    def path(self, path: Path) -> Path:
        """A configured path, from the configuration's folder."""
        return self.folder / path


# Section and key in the file, and the field that it sets.
_KEYS: Mapping[tuple[str, str], str] = {
    ("store", "database"): "database",
    ("privacy", "key_file"): "key_file",
    ("privacy", "keep_names"): "keep_names",
    ("privacy", "erased_file"): "erased_file",
    ("privacy", "review_days"): "review_days",
    ("evidence", "archive"): "archive",
    ("evidence", "body_days"): "body_days",
    ("evidence", "largest_file_mib"): "largest_file_mib",
    ("evidence", "timestamp_url"): "timestamp_url",
    ("detect", "false_per_1000_listing_years"): "alarm_budget",
    ("text", "model"): "model",
    ("text", "languages"): "languages",
    ("text", "backend"): "backend",
    ("text", "embed_at_most"): "embed_at_most",
    ("run", "workers"): "workers",
    ("run", "shards"): "shards",
    ("run", "work_folder"): "work_folder",
    ("run", "inbox"): "inbox",
    ("reports", "folder"): "reports_folder",
    ("reports", "pdf_dossiers"): "pdf_dossiers",
    ("deliver", "folder"): "drop_folder",
    ("crawl", "contact"): "contact",
}
_PATHS = ("key_file", "erased_file", "archive", "work_folder", "inbox", "reports_folder", "drop_folder")
_POSITIVE = ("workers", "shards")


def load_config(file: Path | None, *, database: str | None = None, folder: Path | None = None) -> Config:
    """The configuration of ``file``, or of ``fairstay.toml`` in the folder where there is one, or the defaults.

    ``database`` (the command line's) goes before the environment's ``FAIRSTAY_DB``, which goes before the file's.

    Raises:
        ConfigError: no such file, broken TOML, a key that there isn't, or a value of the wrong kind.
    """
    here = folder or Path.cwd()
    chosen = file or (here / DEFAULT_FILE if (here / DEFAULT_FILE).is_file() else None)
    said = {} if chosen is None else _read(chosen)
    base = here if chosen is None else chosen.resolve().parent
    values = _values(said, str(chosen), base)
    in_file = values.pop("database", None)
    url = database or os.environ.get("FAIRSTAY_DB") or (None if in_file is None else _from_folder(in_file, base))
    return Config(folder=base, database=url, **values)


def _from_folder(url: str, folder: Path) -> str:
    """The file's database URL; a relative SQLite path is meant from the file's folder."""
    prefix = "sqlite:///"
    if url.startswith(prefix) and not url.startswith(prefix + "/"):
        return prefix + str(folder / url.removeprefix(prefix))
    return url


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{file}: there is no such configuration file") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{file}: cannot be read: {error}") from None


def _values(said: Mapping[str, Any], file: str, folder: Path) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for section, content in said.items():
        if section == "source":
            values["sources"] = _sources(content, file, folder)
            continue
        if not isinstance(content, dict):
            raise ConfigError(f"{file}: {section!r} stands outside of a section; {_sections()}")
        for key, value in content.items():
            name = _KEYS.get((section, key))
            if name is None:
                known = sorted(k for s, k in _KEYS if s == section)
                hint = f"in [{section}] there are {', '.join(known)}" if known else _sections()
                raise ConfigError(f"{file}: no setting [{section}] {key}; {hint}")
            values[name] = _checked(name, value, f"{file}: [{section}] {key}")
    return values


def _sections() -> str:
    return f"the sections are {', '.join(sorted({section for section, _ in _KEYS}))} and [[source]]"


def _checked(name: str, value: Any, where: str) -> Any:
    if name in _PATHS:
        if not isinstance(value, str) or not value:
            raise ConfigError(f"{where} must be a path in quotes")
        return Path(value)
    if name == "alarm_budget":
        if type(value) not in {int, float} or not 0 < value < float("inf"):
            raise ConfigError(f"{where} must be a number above 0")
        return float(value)
    if name == "languages":
        if not _are_codes(value):
            raise ConfigError(f'{where} must be a list of two-letter codes in quotes, such as ["en", "de"]')
        return tuple(value)
    if name == "backend" and value not in BACKENDS:
        raise ConfigError(f"{where} must be one of {', '.join(BACKENDS)}, in quotes")
    default = next(each.default for each in fields(Config) if each.name == name)
    kind = type(default) if isinstance(default, (int, str)) else str
    if type(value) is not kind:
        raise ConfigError(f"{where} must be {_KINDS[kind]}")
    least = 1 if name in _POSITIVE else 0
    if isinstance(value, int) and value < least:
        raise ConfigError(f"{where} must be {least} or more")
    return value


def _are_codes(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(_is_text(each) and _CODE.fullmatch(each) for each in value)


_CODE = re.compile("[a-z]{2}")
_KINDS: Mapping[type, str] = {str: "a text in quotes", int: "a whole number", bool: "true or false"}


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


# Of each field of a source: whether a value will do, and what to say when not.
_SOURCE_KINDS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "name": (_is_text, _KINDS[str]),
    "spider": (_is_text, _KINDS[str]),
    "platform": (_is_text, _KINDS[str]),
    "start_urls": (lambda value: isinstance(value, list) and all(map(_is_text, value)), "a list of texts in quotes"),
    "listings": (lambda value: isinstance(value, list) and all(map(_is_text, value)), "a list of texts in quotes"),
    "credentials": (_is_text, "a path in quotes"),
    "base_url": (_is_text, _KINDS[str]),
    "hosts": (lambda value: isinstance(value, list) and all(map(_is_text, value)), "a list of texts in quotes"),
    "sitemap": (_is_text, _KINDS[str]),
    "whole_every": (lambda value: type(value) is int and value > 0, "a whole number of nights, 1 or more"),
    "delay_s": (lambda value: type(value) in {int, float} and value >= 0, "a number of seconds"),
    "max_pages": (lambda value: type(value) is int and value > 0, "a whole number, 1 or more"),
    "max_mib": (lambda value: type(value) is int and value > 0, "a whole number of MiB, 1 or more"),
    "max_minutes": (lambda value: type(value) is int and value > 0, "a whole number of minutes, 1 or more"),
    "allow_private": (lambda value: type(value) is bool, _KINDS[bool]),
}


def _sources(content: Any, file: str, folder: Path) -> tuple[Source, ...]:
    known = {each.name for each in fields(Source)}
    sources = []
    for number, table in enumerate(content if isinstance(content, list) else [content], start=1):
        where = f"{file}: [[source]] number {number}"
        if not isinstance(table, dict):
            raise ConfigError(f"{where} must be a table: [[source]]")
        if unknown := sorted(set(table) - known):
            raise ConfigError(f"{where}: no setting {unknown[0]}; there are {', '.join(sorted(known))}")
        for key, value in table.items():
            if not _SOURCE_KINDS[key][0](value):
                raise ConfigError(f"{where}: {key} must be {_SOURCE_KINDS[key][1]}")
        try:
            said: dict[str, Any] = {
                key: tuple(value) if isinstance(value, list) else value for key, value in table.items()
            }
            if "credentials" in said:
                said["credentials"] = folder / said["credentials"]
            sources.append(Source(**said))
        except TypeError:
            raise ConfigError(f"{where} needs name, spider and platform, and start_urls or listings") from None
    return tuple(sources)
