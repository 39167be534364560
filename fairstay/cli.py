"""The command line."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import click

from crawlers.crawl import CrawlError
from crawlers.files import FileError
from detection.text.encoder import EncoderError
from fairstay.calibrating import CalibrationError
from fairstay.commands.calibrate import calibrate
from fairstay.commands.demo import demo, simulate
from fairstay.commands.evidence import evidence
from fairstay.commands.options import (
    DAY,
    DONE,
    LOCKED,
    MOMENT,
    PARTIAL,
    STOPPED,
    USAGE,
    clock_of,
    day_of,
    example,
    now_utc,
)
from fairstay.commands.privacy import erase, purge
from fairstay.commands.status import status
from fairstay.config import ConfigError
from fairstay.context import Context
from fairstay.forgetting import ForgettingError
from fairstay.inbox import OWNERS, PRESET_NAMES
from reports.export import EXPORTS, FORMATS
from reports.pdf import PdfUnavailable
from reports.records import ReportError
from store.archive import ArchiveError
from store.cases import DECISIONS, REASONS, CaseError
from store.database import DatabaseError, LockedError
from store.privacy import KeyFileError, Pseudonymiser, load_key
from store.tombstones import TombstoneError

# What a user can mend: one line, exit status 2.
MISTAKES = (
    ArchiveError,
    CalibrationError,
    CaseError,
    ConfigError,
    CrawlError,
    DatabaseError,
    EncoderError,
    FileError,
    ForgettingError,
    KeyFileError,
    PdfUnavailable,
    ReportError,
    TombstoneError,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="fairstay")
@click.option("--db", "url", metavar="URL", help="Database; else FAIRSTAY_DB, else the configuration's, else a file.")
@click.option("--config", "config_file", type=click.Path(path_type=Path), help="Configuration; else ./fairstay.toml.")
@click.option("--quiet", is_flag=True, help="No progress, only results and errors.")
@click.pass_context
def cli(context: click.Context, url: str | None, config_file: Path | None, quiet: bool) -> None:
    """Fairstay: a review-integrity monitor for hotels and restaurants.

    Exit status: 0 done, 1 unexpected, 2 usage or configuration, 3 partial, 4 the quality gate held the delivery back,
    75 another run holds the lock.
    """
    context.obj = Context(config_file, url, quiet)
    context.call_on_close(context.obj.close)


@cli.command("import", epilog=example("fairstay import dataset.json --preset apify-google"))
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--preset",
    type=click.Choice(PRESET_NAMES),
    metavar="NAME",
    help=f"Whose export, or {OWNERS} for who owns which listing: {', '.join(PRESET_NAMES)}.",
)
@click.option("--platform", help="Platform of rows that don't name one; with --preset, instead of the export's.")
@click.option("--listing", help="With --preset: the listing's id (456), where the export has none.")
@click.option("--map", "mapped", multiple=True, metavar="SOURCE=COLUMN", help="Take COLUMN from the file's SOURCE.")
@click.option("--now", type=MOMENT, hidden=True)
@click.pass_obj
def import_(
    shared: Context,
    files: tuple[Path, ...],
    preset: str | None,
    platform: str | None,
    listing: str | None,
    mapped: tuple[str, ...],
    now: dt.datetime | None,
) -> int:
    """Import CSV, JSON Lines or Parquet files of the canonical columns or of owners, or JSON exports; refused rows are
    written beside them."""
    from fairstay.importing import import_files

    columns = _mapping(mapped)
    if columns and preset not in {None, OWNERS}:
        raise click.UsageError("--map and --preset exclude each other: an export's columns are known")
    if listing and preset in {None, OWNERS}:
        raise click.UsageError("--listing goes with --preset and an export; other files have a column listing_id")
    said = {"platform": platform, "columns": columns, "preset": preset, "listing_id": listing}
    with (database := shared.open()).lock():
        total = import_files(database, files, shared.config, seen_at=now or now_utc(), progress=shared.progress, **said)
    click.echo(str(total))
    for refused in total.refused_files:
        click.echo(
            f"refused rows, with their reasons, are in {refused}: mend it and import it with the same options", err=True
        )
    for problem in total.errors:
        click.echo(f"fairstay: {problem}", err=True)
    return PARTIAL if total.partial else DONE


def _mapping(mapped: tuple[str, ...]) -> dict[str, str]:
    columns = {}
    for each in mapped:
        source, equals, column = each.rpartition("=")
        if not equals or not source or not column:
            raise click.UsageError(f"--map wants SOURCE=COLUMN, not {each!r}")
        columns[source] = column
    return columns


@cli.command(epilog=example("fairstay crawl lakeguide"))
@click.argument("names", nargs=-1, metavar="[SOURCE]...")
@click.option("--now", type=MOMENT, hidden=True)
@click.pass_obj
def crawl(shared: Context, names: tuple[str, ...], now: dt.datetime | None) -> int:
    """Crawl the configuration's sources (all of them, or those named)."""
    from fairstay.collecting import collect

    known = {source.name: source for source in shared.config.sources}
    if unknown := sorted(set(names) - set(known)):
        raise ConfigError(f"no source {unknown[0]!r} in the configuration; there are: {', '.join(known) or 'none'}")
    chosen = [known[name] for name in names] or list(known.values())
    if not chosen:
        raise ConfigError("no sources in the configuration: add a [[source]] to fairstay.toml")
    pseudonymiser, database = shared.pseudonymiser(), shared.open()
    with database.lock():
        found = collect(
            database,
            chosen,
            contact=shared.config.contact,
            seen_at=now or now_utc(),
            clock=clock_of(now),
            archive=shared.archive(),
            pseudonymiser=pseudonymiser,
            keep_names=shared.config.keep_names,
            not_before=shared.config.not_before((now or now_utc()).date()),
            progress=shared.progress,
        )
    click.echo(str(found))
    for problem in (*found.errors, *found.not_taken):
        click.echo(f"fairstay: {problem}", err=True)
    return PARTIAL if found.partial else DONE


@cli.command(epilog=example("fairstay detect --as-of 2026-11-01"))
@click.option("--as-of", type=DAY, help="The night's day; else today.")
@click.option("--full", is_flag=True, help="Scan everything again, also what did not change.")
@click.pass_obj
def detect(shared: Context, as_of: dt.datetime | None, full: bool) -> int:
    """Find evidence and cases in the store's reviews."""
    from fairstay.detecting import detect as run

    database = shared.open()
    with database.lock():
        found = run(database, shared.config, as_of=day_of(as_of), full=full, progress=shared.progress)
    click.echo(str(found))
    for note in found.notes:
        click.echo(f"fairstay: {note}", err=True)
    return DONE


@cli.group()
def report() -> None:
    """Write an owner's dossier or the moderators' queue."""


@report.command(epilog=example("fairstay report owner tripadvisor/tr100021 --pdf -o dossiers"))
@click.argument("listing")
@click.option("--pdf", is_flag=True, help="Make the PDF too.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path(), help="Folder; else here.")
@click.option("--as-of", type=DAY, help="The day from which deadlines count; else today.")
@click.pass_obj
def owner(shared: Context, listing: str, pdf: bool, output: Path, as_of: dt.datetime | None) -> int:
    """The dossier of LISTING (platform/listing id) for its owner, as one HTML file."""
    from fairstay.reporting import write_dossier

    try:
        html, made = write_dossier(shared.open(), listing, output, as_of=day_of(as_of), pdf=pdf)
    except PdfUnavailable as error:
        click.echo(f"the HTML is in {output}; the PDF was not made", err=True)
        raise error from None
    click.echo(str(html))
    if made is not None:
        click.echo(str(made))
    return DONE


@report.command(epilog=example("fairstay report queue -o reports"))
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("queue"), help="Folder; else ./queue.")
@click.option("--as-of", type=DAY, help="The day of the queue; else today.")
@click.pass_obj
def queue(shared: Context, output: Path, as_of: dt.datetime | None) -> int:
    """The moderators' queue as static HTML."""
    from reports.queue import write_queue

    written = write_queue(shared.open(), output, as_of=day_of(as_of))
    click.echo(f"{output / 'index.html'}: {written.cases:,} cases")
    return DONE


@cli.command(epilog=example("fairstay nightly --as-of 2026-11-01"))
@click.option("--as-of", type=DAY, help="The night's day; else today.")
@click.option("--deliver-anyway", is_flag=True, help="Deliver even where a source suddenly gives far less than before.")
@click.option("--now", type=MOMENT, hidden=True)
@click.pass_obj
def nightly(shared: Context, as_of: dt.datetime | None, deliver_anyway: bool, now: dt.datetime | None) -> int:
    """Crawl, import the inbox, detect, report and deliver; goes on where a stopped night was."""
    from fairstay.nightly import run_night

    status = run_night(
        shared.open(),
        shared.config,
        as_of=day_of(as_of or now),
        clock=clock_of(now),
        progress=shared.progress,
        deliver_anyway=deliver_anyway,
    )
    return {"done": DONE, "partial": PARTIAL, "stopped": STOPPED}[status]


@cli.command(epilog=example("fairstay decide C-0123456789 --decision upheld --reason DUPLICATE_TEXT --by 'A. Perez'"))
@click.argument("case")
@click.option("--decision", required=True, type=click.Choice(DECISIONS))
@click.option("--reason", required=True, type=click.Choice(REASONS))
@click.option("--by", required=True, help="Who decides.")
@click.option("--note", help="A word on why.")
@click.option("--as-of", type=DAY, help="The day of the decision; else today.")
@click.pass_obj
def decide(
    shared: Context, case: str, decision: str, reason: str, by: str, note: str | None, as_of: dt.datetime | None
) -> int:
    """Enter a decision on a case; it stays through the next nights."""
    from store.cases import decide as enter

    enter(shared.open(), case, decision=decision, reason=reason, by=by, on=day_of(as_of), note=note)
    click.echo(f"{case}: {decision}, {reason}")
    return DONE


@cli.command(epilog=example("fairstay export scores --format parquet -o scores.parquet"))
@click.argument("what", type=click.Choice(list(EXPORTS)))
@click.option("--format", "format_", type=click.Choice(list(FORMATS)), help="Else by the file's ending, else csv.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path))
@click.option("--pseudonyms", is_flag=True, help="Keep pseudonyms even where the key file is at hand.")
@click.pass_obj
def export(shared: Context, what: str, format_: str | None, output: Path, pseudonyms: bool) -> int:
    """Write everything found, one row each, for other programs."""
    from reports.export import export as write

    ending = output.suffix.removeprefix(".")
    chosen = format_ or (ending if ending in FORMATS else "csv")
    if not output.parent.is_dir():
        raise ReportError(f"{output}: there is no folder {output.parent}")
    if output.is_dir():
        raise ReportError(f"{output}: is a folder, name a file in it")
    key_file = shared.config.path(shared.config.key_file)
    pseudonymiser = Pseudonymiser(load_key(key_file)) if key_file.exists() and not pseudonyms else None
    rows = write(shared.open(), what, output, format=chosen, pseudonymiser=pseudonymiser)
    click.echo(f"{output}: {rows:,} rows")
    return DONE


@cli.command(epilog=example("fairstay doctor"))
@click.pass_obj
def doctor(shared: Context) -> int:
    """What is wrong with this installation, if anything."""
    from fairstay.doctor import examine

    findings = examine(shared.config)
    for finding in findings:
        click.echo(f"{'ok  ' if finding.well else 'BAD '} {finding.what}: {finding.said}")
    return DONE if all(finding.well for finding in findings) else PARTIAL


for command in (status, simulate, demo, evidence, erase, purge, calibrate):
    cli.add_command(command)


def main(arguments: list[str] | None = None) -> None:
    """The console script: one clear line for a user's mistake, and the exit status of the design."""
    try:
        code = cli.main(args=arguments, prog_name="fairstay", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = USAGE
    except click.Abort:
        click.echo("fairstay: stopped", err=True)
        code = 130
    except LockedError as error:
        click.echo(f"fairstay: {error}", err=True)
        code = LOCKED
    except MISTAKES as error:
        click.echo(f"fairstay: {' '.join(str(error).split())}", err=True)
        code = USAGE
    sys.exit(code if isinstance(code, int) else DONE)
