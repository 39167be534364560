"""The night: crawl, import, detect, report, deliver, purge, under one lock and with a ledger row for each stage."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fairstay.collecting import collect
from fairstay.config import Config
from fairstay.delivering import deliver
from fairstay.detecting import detect
from fairstay.forgetting import purge
from fairstay.importing import import_inbox
from fairstay.progress import Progress
from fairstay.quality import drops, note_import
from fairstay.reporting import write_reports
from store.archive import Archive
from store.database import Database
from store.privacy import Pseudonymiser, load_key
from store.runs import Night, finish_night, finish_stage, open_night, start_stage

Clock = Callable[[], dt.datetime]

DONE, PARTIAL, STOPPED = "done", "partial", "stopped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a stage ended: ``done``, ``partial`` where something failed and the night went on with the rest, or
    ``stopped`` where the quality gate held the delivery back."""

    detail: str
    status: str = DONE
    problems: tuple[str, ...] = ()


def run_night(
    database: Database,
    config: Config,
    *,
    as_of: dt.date,
    clock: Clock,
    progress: Progress,
    deliver_anyway: bool = False,
) -> str:
    """Run the night of ``as_of``, or go on with it where an earlier run was stopped; returns the worst stage's status.

    Everything written on the way can be written again: a stage that was killed halfway is done anew and comes to the
    same. ``clock`` gives UTC without an offset; the moment at which the night first began stands for "seen".
    ``deliver_anyway`` passes over the quality gate.

    Raises:
        LockedError: another run holds the lock.
    """
    with database.lock():
        night = open_night(database, as_of, clock())
        if night.stages:
            progress.say(f"going on with the night of {as_of}, begun {night.started:%Y-%m-%d %H:%M} UTC")
        stages = _stages(database, config, night, clock, progress, deliver_anyway)
        statuses = [_stage(database, night, name, run, clock, progress) for name, run in stages.items()]
        worst = max(statuses, key=(DONE, PARTIAL, STOPPED).index)
        finish_night(database, night.id, clock(), worst)
    return worst


def _stages(
    database: Database, config: Config, night: Night, clock: Clock, progress: Progress, deliver_anyway: bool
) -> dict[str, Callable[[], Outcome]]:
    pseudonymiser = Pseudonymiser(load_key(config.path(config.key_file)))
    archive = Archive(config.path(config.archive))
    reports = config.path(config.reports_folder)

    def crawled() -> Outcome:
        found = collect(
            database,
            config.sources,
            contact=config.contact,
            seen_at=night.started,
            clock=clock,
            archive=archive,
            pseudonymiser=pseudonymiser,
            keep_names=config.keep_names,
            not_before=config.not_before(night.started.date()),
            progress=progress,
        )
        return Outcome(str(found), PARTIAL if found.partial else DONE, (*found.errors, *found.not_taken))

    def imported() -> Outcome:
        found = import_inbox(
            database,
            config.path(config.inbox),
            seen_at=night.started,
            pseudonymiser=pseudonymiser,
            keep_names=config.keep_names,
            progress=progress,
            archive=archive,
            largest_file_mib=config.largest_file_mib,
            not_before=config.not_before(night.started.date()),
        )
        for platform, coverage in sorted(found.coverage.items()):
            note_import(database, f"inbox/{platform}", night.started, coverage)
        refused = tuple(f"refused rows are in {_shown(path, config.folder)}" for path in found.refused_files)
        return Outcome(str(found), PARTIAL if found.partial else DONE, (*found.errors, *refused))

    def detected() -> Outcome:
        found = detect(database, config, as_of=night.as_of, progress=progress)
        return Outcome(str(found), problems=found.notes)

    def reported() -> Outcome:
        found = write_reports(database, reports, as_of=night.as_of, pdf_dossiers=config.pdf_dossiers, progress=progress)
        return Outcome(str(found), problems=tuple(found.notes))

    def delivered() -> Outcome:
        found = [] if deliver_anyway else drops(database, night.started)
        if found:
            return Outcome(
                "held back: a source gives far less than before, its reader may be broken", STOPPED, (*found,)
            )
        return Outcome(deliver(reports, None if config.drop_folder is None else config.path(config.drop_folder)))

    def purged() -> Outcome:
        return Outcome(str(purge(database, config, as_of=night.as_of)))

    return {
        "crawl": crawled,
        "import": imported,
        "detect": detected,
        "report": reported,
        "deliver": delivered,
        "purge": purged,
    }


def _stage(
    database: Database, night: Night, name: str, run: Callable[[], Outcome], clock: Clock, progress: Progress
) -> str:
    done = night.done(name)
    if done is not None:
        progress.say(f"{name}: done before ({done.detail})")
        return done.status
    start_stage(database, night.id, name, clock())
    progress.say(f"{name}:")
    outcome = run()
    finish_stage(database, night.id, name, clock(), status=outcome.status, detail=outcome.detail)
    progress.say(f"{name}: {outcome.detail}")
    for problem in outcome.problems:
        progress.say(f"{name}: {problem}")
    return outcome.status


def _shown(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)
