"""Forgetting people who asked for it, and what is past its time: in the database, the archive and the files around."""

from __future__ import annotations

import datetime as dt
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

from detection.text.terms import text_sha256
from fairstay.config import Config
from fairstay.traces import Wanted, bodies_with, clear_inbox, packages, remove_caches, remove_reports
from store.archive import Archive
from store.canonical import review_key
from store.database import Database
from store.erasure import Erased, Traces, Why, find, remove
from store.privacy import Pseudonymiser, load_key
from store.retention import Purged, expired
from store.retention import purge as purge_rows
from store.tombstones import (
    REVIEW,
    REVIEWER,
    Grave,
    Tombstones,
    bury,
    finish,
    is_unfinished,
    load,
    reconcile,
    review_token,
)
from store.wiping import wipe


class ForgettingError(ValueError):
    """An erasure that cannot be begun or ended; one line says what is in the way."""


@dataclass(slots=True)
class Forgotten:
    """What went, by kind, and what a person still has to look at. Names nobody."""

    rows: Erased = field(default_factory=Erased)
    bodies: int = 0
    reports: int = 0
    refused: int = 0
    look_at: list[str] = field(default_factory=list)
    is_whole: bool = True

    def __str__(self) -> str:
        rows = self.rows
        return (
            f"erased: {rows.reviews:,} reviews in {rows.versions:,} versions, {rows.accounts:,} accounts, "
            f"{rows.ownerships:,} entries of owners, "
            f"{rows.evidence:,} pieces of evidence, {rows.embeddings:,} embeddings, {self.bodies:,} archived pages and "
            f"files, {self.reports:,} report files, {self.refused:,} refused rows; {rows.cases_closed:,} cases are "
            "left without reviews"
        )


def stored(database: Database, grave: Grave) -> Traces:
    """What the store holds under a tombstone that need not be set yet."""
    tokens = frozenset([grave.token])
    nothing: frozenset[str] = frozenset()
    return find(database, Tombstones(tokens, nothing) if grave.kind == REVIEWER else Tombstones(nothing, tokens))


def reviewer_grave(pseudonymiser: Pseudonymiser, platform: str, reviewer_id: str, on: dt.date) -> Grave:
    """The tombstone of an account."""
    return Grave(REVIEWER, pseudonymiser.token(platform, reviewer_id), on)


def owner_grave(pseudonymiser: Pseudonymiser, label: str, on: dt.date) -> Grave:
    """The tombstone of an owner by the label in a table of owners."""
    return Grave(REVIEWER, pseudonymiser.owner(label), on)


def review_grave(listing: str, review_id: str, on: dt.date) -> tuple[Grave, str]:
    """The tombstone of a review, and the review's key; ``listing`` is ``platform/listing id``."""
    platform, _, listing_id = listing.partition("/")
    key = review_key(platform, listing_id, review_id)
    return Grave(REVIEW, review_token(key), on), key


def erase(
    database: Database,
    config: Config,
    grave: Grave,
    *,
    on: dt.date,
    by: str,
    wanted: Wanted,
    pseudonymiser: Pseudonymiser | None,
) -> Forgotten:
    """Set a tombstone and delete everything under it; for a run that holds the lock.

    A run that is stopped on the way is completed by the next one. ``wanted`` is what files are searched for, beside
    what the store knows.

    Raises:
        ForgettingError: a file cannot be deleted.
        TombstoneError: the file of erasures is damaged or cannot be written; nothing was erased.
    """
    path = config.path(config.erased_file)
    reconcile(database, path)
    bury(database, path, [grave])
    return _forget(database, config, Why(on, by), wanted, pseudonymiser)


def forget_again(database: Database, config: Config, *, on: dt.date, is_locked: bool = True) -> Forgotten | None:
    """Erase again what a restored backup brought back, and go on with an erasure that was stopped; None for nothing.

    Costs two queries and the reading of a small file where there is nothing to do. ``is_locked`` says that the caller
    holds the database's lock; else it is taken when needed.

    Raises:
        ForgettingError: a file cannot be deleted.
        LockedError: there is something to do, and another run holds the lock.
        TombstoneError: the file of erasures is damaged, or cannot be written.
    """
    reconcile(database, config.path(config.erased_file))
    if not is_unfinished(database):
        return None
    key_file = config.path(config.key_file)
    pseudonymiser = Pseudonymiser(load_key(key_file)) if key_file.exists() else None
    with nullcontext() if is_locked else database.lock():
        return _forget(database, config, Why(on, "fairstay"), Wanted(), pseudonymiser)


def purge(database: Database, config: Config, *, as_of: dt.date, dry_run: bool = False) -> Purged:
    """Delete what the configuration says is past its time; a dry run only counts."""
    archive = Archive(config.path(config.archive))
    days = {"review_days": config.review_days, "body_days": config.body_days}
    old = expired(database, as_of=as_of, **days)
    if not dry_run:
        archive.sweep()
        for sha256 in old.bodies:
            archive.delete(sha256)
    return purge_rows(database, old, as_of=as_of, body_days=config.body_days, text_sha256=text_sha256, dry_run=dry_run)


def _forget(
    database: Database, config: Config, why: Why, wanted: Wanted, pseudonymiser: Pseudonymiser | None
) -> Forgotten:
    """Files first, since the rows say which; rows in one transaction; then the bytes that deleted rows leave."""
    with database.read() as connection:
        tombstones = load(connection)
    traces = find(database, tombstones)
    # The reviews too, since another source may show them without saying whose they are.
    theirs = [Grave(REVIEW, review_token(key), why.on) for key in sorted(traces.reviews)]
    bury(database, config.path(config.erased_file), [each for each in theirs if each.token not in tombstones.reviews])
    wanted = _all_wanted(wanted, traces, pseudonymiser)
    forgotten = Forgotten()
    traces = replace(traces, bodies=traces.bodies | bodies_with(Archive(config.path(config.archive)), wanted))
    try:
        _delete_files(config, traces, wanted, forgotten)
    except OSError as error:
        raise ForgettingError(
            f"{error.filename}: cannot be deleted ({error.strerror}); mend that and run the command again, "
            "the erasure is not ended"
        ) from None
    with database.write() as connection:
        forgotten.rows = remove(connection, traces, why, needles=wanted.ids, text_sha256=text_sha256)
    forgotten.look_at += [
        f"the trail of case {case} names somebody who was erased, and a trail cannot be changed"
        for case in forgotten.rows.trails
    ]
    in_the_way = wipe(database)
    if in_the_way is None:
        finish(database)
    else:
        forgotten.is_whole = False
        forgotten.look_at.append(f"{in_the_way}; the next command tries again")
    return forgotten


def _delete_files(config: Config, traces: Traces, wanted: Wanted, forgotten: Forgotten) -> None:
    archive = Archive(config.path(config.archive))
    forgotten.bodies = sum(archive.delete(sha256) for sha256 in sorted(traces.bodies))
    remove_caches(config)
    forgotten.reports = remove_reports(config, traces.listings, traces.cases | traces.quoting)
    cleared = clear_inbox(config.path(config.inbox), wanted)
    forgotten.refused = cleared.rows
    forgotten.look_at += [
        f"{_shown(path, config)} shows or may show the person: take the rows out; they are never imported again"
        for path in cleared.look_at
    ]
    forgotten.look_at += [
        f"{_shown(path, config)} is an evidence package that may show the person: delete it and make it again"
        for path in packages(config, traces.listings)
    ]


def _all_wanted(wanted: Wanted, traces: Traces, pseudonymiser: Pseudonymiser | None) -> Wanted:
    opened = set()
    if pseudonymiser is not None:
        for platform, sealed in traces.accounts:
            reviewer_id = pseudonymiser.open(platform, sealed)
            opened.update([] if reviewer_id is None else [(platform, reviewer_id)])
    return Wanted(
        accounts=wanted.accounts | opened,
        reviews=wanted.reviews | traces.reviews,
        review_ids=wanted.review_ids | traces.review_ids,
        texts=traces.texts,
        owners=wanted.owners,
    )


def _shown(path: Path, config: Config) -> str:
    return str(path.relative_to(config.folder)) if path.is_relative_to(config.folder) else str(path)
