"""What an installation needs, looked at one by one."""

from __future__ import annotations

import os
from dataclasses import dataclass

from detection.text.encoder import EncoderError, find_encoder
from fairstay.config import Config
from reports.pdf import PdfUnavailable, pdf_bytes
from store.database import DatabaseError, open_database
from store.privacy import KeyFileError, Pseudonymiser, load_key
from store.tombstones import TombstoneError, read_file

_PAGE = (
    "<!doctype html><html lang=en><head><meta charset=utf-8><title>Doctor</title></head><body><p>.</p></body></html>"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    what: str
    well: bool
    said: str


def examine(config: Config) -> list[Finding]:
    """Database, privacy key, file of erasures, archive, sentence embeddings, PDF, crawling."""
    return [
        _database(config),
        _key(config),
        _erasures(config),
        _archive(config),
        _encoder(config),
        _pdf(),
        _crawl(config),
    ]


def _database(config: Config) -> Finding:
    try:
        database = open_database(config.database_url)
    except DatabaseError as error:
        return Finding("database", False, str(error))
    said = database.name
    database.close()
    return Finding("database", True, said)


def _key(config: Config) -> Finding:
    path = config.path(config.key_file)
    if not path.exists():
        return Finding("privacy key", True, f"{path} will be made by the first import")
    try:
        Pseudonymiser(load_key(path))
    except KeyFileError as error:
        return Finding("privacy key", False, str(error))
    mode = path.stat().st_mode & 0o077
    if mode:
        return Finding("privacy key", False, f"{path} can be read by others: chmod 600 {path}")
    return Finding("privacy key", True, f"{path}; keep a copy away from the database's")


def _erasures(config: Config) -> Finding:
    path = config.path(config.erased_file)
    try:
        number = len(read_file(path))
    except TombstoneError as error:
        return Finding("erasures", False, str(error))
    return Finding("erasures", True, f"{number:,} in {path}; keep a copy away from the database's")


def _archive(config: Config) -> Finding:
    folder = config.path(config.archive)
    there = folder if folder.exists() else folder.parent
    if not os.access(there, os.W_OK | os.X_OK):
        return Finding("archive", False, f"{folder} cannot be written")
    return Finding("archive", True, str(folder))


def _encoder(config: Config) -> Finding:
    try:
        # Weights for ONNX are made by the first night; here only what it takes is looked for.
        encoder = find_encoder(config.model, languages=config.languages, backend=config.backend)
    except EncoderError as error:
        return Finding("sentence embeddings", False, str(error))
    return Finding("sentence embeddings", True, "none: TF-IDF alone" if encoder is None else encoder.model)


def _pdf() -> Finding:
    try:
        pdf_bytes(_PAGE)
    except PdfUnavailable as error:
        return Finding("PDF", False, str(error))
    return Finding("PDF", True, "WeasyPrint finds Pango")


def _crawl(config: Config) -> Finding:
    if not config.sources:
        return Finding("crawling", True, "no sources are configured")
    if not config.contact:
        return Finding("crawling", False, "[crawl] contact is missing: a mail or web address for the User-Agent")
    for source in config.sources:
        path = source.credentials
        if path is not None and not path.is_file():
            return Finding("crawling", False, f"source {source.name!r}: no file {path} (credentials)")
        if path is not None and path.stat().st_mode & 0o077:
            return Finding("crawling", False, f"source {source.name!r}: {path} can be read by others: chmod 600 {path}")
    return Finding("crawling", True, f"{len(config.sources)} sources, contact {config.contact}")
