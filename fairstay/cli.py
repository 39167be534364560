"""The command line."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from crawlers.crawl import CrawlError
from crawlers.files import FileError
from detection.text.encoder import EncoderError
from fairstay.config import ConfigError
from fairstay.context import Context
from reports.export import EXPORTS, FORMATS
from reports.pdf import PdfUnavailable
from reports.records import ReportError
from store.cases import DECISIONS, REASONS, CaseError
from store.database import DatabaseError, LockedError
from store.privacy import KeyFileError, Pseudonymiser, load_key

DONE, USAGE, PARTIAL, LOCKED = 0, 2, 3, 75

# What a user can mend: one line, exit status 2.
MISTAKES = (
    CaseError,
    ConfigError,
    CrawlError,
    DatabaseError,
    EncoderError,
    FileError,
    KeyFileError,
    PdfUnavailable,
    ReportError,
)

Command = TypeVar("Command", bound=Callable[..., Any])

_DAY = click.DateTime(["%Y-%m-%d"])
_MOMENT = click.DateTime(["%Y-%m-%dT%H:%M:%S"])


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)


def _example(text: str) -> str:
    return f"\b\nExample:\n  {text}"


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="fairstay")
@click.option("--db", "url", metavar="URL", help="Database; else FAIRSTAY_DB, else the configuration's, else a file.")
@click.option("--config", "config_file", type=click.Path(path_type=Path), help="Configuration; else ./fairstay.toml.")
@click.option("--quiet", is_flag=True, help="No progress, only results and errors.")
@click.pass_context
def cli(context: click.Context, url: str | None, config_file: Path | None, quiet: bool) -> None:
    """Fairstay: a review-integrity monitor for hotels and restaurants.

    Exit status: 0 done, 1 unexpected, 2 usage or configuration, 3 partial, 75 another run holds the lock.
    """
    context.obj = Context(config_file, url, quiet)
    context.call_on_close(context.obj.close)


@cli.command("import", epilog=_example("fairstay import reviews.csv.gz --platform tripadvisor --map stars=rating"))
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--platform", help="Platform of rows that don't name one.")
@click.option("--map", "mapped", multiple=True, metavar="SOURCE=COLUMN", help="Take COLUMN from the file's SOURCE.")
@click.option("--now", type=_MOMENT, hidden=True)
@click.pass_obj
def import_(
    shared: Context, files: tuple[Path, ...], platform: str | None, mapped: tuple[str, ...], now: dt.datetime | None
) -> int:
    """Import CSV, JSON Lines or Parquet files of the canonical columns; refused rows are written beside them."""
    from fairstay.importing import Imported, import_file

    columns = _mapping(mapped)
    total = Imported()
    pseudonymiser, database = shared.pseudonymiser(), shared.open()
    with database.lock():
        for path in files:
            try:
                found = import_file(
                    database,
                    path,
                    seen_at=now or _now(),
                    pseudonymiser=pseudonymiser,
                    keep_names=shared.config.keep_names,
                    progress=shared.progress,
                    platform=platform,
                    columns=columns,
                )
            except FileError as error:
                if len(files) == 1:
                    raise
                total.errors.append(str(error))
                continue
            total.written.add(found.written)
            total.refused += found.refused
            total.refused_files += found.refused_files
            total.files += 1
    click.echo(str(total))
    for refused in total.refused_files:
        click.echo(f"refused rows, with their reasons, are in {refused}: mend and import that file", err=True)
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


@cli.command(epilog=_example("fairstay crawl lakeguide"))
@click.argument("names", nargs=-1, metavar="[SOURCE]...")
@click.option("--now", type=_MOMENT, hidden=True)
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
            seen_at=now or _now(),
            pseudonymiser=pseudonymiser,
            keep_names=shared.config.keep_names,
            progress=shared.progress,
        )
    click.echo(str(found))
    for problem in found.errors:
        click.echo(f"fairstay: {problem}", err=True)
    return PARTIAL if found.partial else DONE


@cli.command(epilog=_example("fairstay detect --as-of 2026-11-01"))
@click.option("--as-of", type=_DAY, help="The night's day; else today.")
@click.option("--full", is_flag=True, help="Scan everything again, also what did not change.")
@click.pass_obj
def detect(shared: Context, as_of: dt.datetime | None, full: bool) -> int:
    """Find evidence and cases in the store's reviews."""
    from fairstay.detecting import detect as run

    database = shared.open()
    with database.lock():
        found = run(database, shared.config, as_of=_day(as_of), full=full, progress=shared.progress)
    click.echo(str(found))
    for note in found.notes:
        click.echo(f"fairstay: {note}", err=True)
    return DONE


def _day(given: dt.datetime | None) -> dt.date:
    return (given or _now()).date()


@cli.group()
def report() -> None:
    """Write an owner's dossier or the moderators' queue."""


@report.command(epilog=_example("fairstay report owner tripadvisor/tr100021 --pdf -o dossiers"))
@click.argument("listing")
@click.option("--pdf", is_flag=True, help="Make the PDF too.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path(), help="Folder; else here.")
@click.option("--as-of", type=_DAY, help="The day from which deadlines count; else today.")
@click.pass_obj
def owner(shared: Context, listing: str, pdf: bool, output: Path, as_of: dt.datetime | None) -> int:
    """The dossier of LISTING (platform/listing id) for its owner, as one HTML file."""
    from fairstay.reporting import write_dossier

    try:
        html, made = write_dossier(shared.open(), listing, output, as_of=_day(as_of), pdf=pdf)
    except PdfUnavailable as error:
        click.echo(f"the HTML is in {output}; the PDF was not made", err=True)
        raise error from None
    click.echo(str(html))
    if made is not None:
        click.echo(str(made))
    return DONE


@report.command(epilog=_example("fairstay report queue -o reports"))
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("queue"), help="Folder; else ./queue.")
@click.option("--as-of", type=_DAY, help="The day of the queue; else today.")
@click.pass_obj
def queue(shared: Context, output: Path, as_of: dt.datetime | None) -> int:
    """The moderators' queue as static HTML."""
    from reports.queue import write_queue

    written = write_queue(shared.open(), output, as_of=_day(as_of))
    click.echo(f"{output / 'index.html'}: {written.cases:,} cases")
    return DONE


@cli.command(epilog=_example("fairstay nightly --as-of 2026-11-01"))
@click.option("--as-of", type=_DAY, help="The night's day; else today.")
@click.option("--now", type=_MOMENT, hidden=True)
@click.pass_obj
def nightly(shared: Context, as_of: dt.datetime | None, now: dt.datetime | None) -> int:
    """Crawl, import the inbox, detect, report and deliver; goes on where a stopped night was."""
    from fairstay.nightly import run_night

    clock = _now if now is None else lambda: now
    well = run_night(shared.open(), shared.config, as_of=_day(as_of or now), clock=clock, progress=shared.progress)
    return DONE if well else PARTIAL


@cli.command(epilog=_example("fairstay decide C-0123456789 --decision upheld --reason DUPLICATE_TEXT --by 'A. Perez'"))
@click.argument("case")
@click.option("--decision", required=True, type=click.Choice(DECISIONS))
@click.option("--reason", required=True, type=click.Choice(REASONS))
@click.option("--by", required=True, help="Who decides.")
@click.option("--note", help="A word on why.")
@click.option("--as-of", type=_DAY, help="The day of the decision; else today.")
@click.pass_obj
def decide(
    shared: Context, case: str, decision: str, reason: str, by: str, note: str | None, as_of: dt.datetime | None
) -> int:
    """Enter a decision on a case; it stays through the next nights."""
    from store.cases import decide as enter

    enter(shared.open(), case, decision=decision, reason=reason, by=by, on=_day(as_of), note=note)
    click.echo(f"{case}: {decision}, {reason}")
    return DONE


@cli.command(epilog=_example("fairstay export scores --format parquet -o scores.parquet"))
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


@cli.command(epilog=_example("fairstay status"))
@click.pass_obj
def status(shared: Context) -> int:
    """The last nights, stage by stage."""
    from store.runs import last_nights

    nights = last_nights(shared.open(), 5)
    if not nights:
        click.echo("no night has run yet")
    for night in nights:
        ended = f"ended {night.finished:%Y-%m-%d %H:%M}" if night.finished else "not finished"
        click.echo(f"night of {night.as_of}: {night.status}, begun {night.started:%Y-%m-%d %H:%M} UTC, {ended}")
        for stage in night.stages:
            click.echo(f"  {stage.name:<8} {stage.status:<8} {stage.detail}")
    return DONE


@cli.command(epilog=_example("fairstay doctor"))
@click.pass_obj
def doctor(shared: Context) -> int:
    """What is wrong with this installation, if anything."""
    from fairstay.doctor import examine

    findings = examine(shared.config)
    for finding in findings:
        click.echo(f"{'ok  ' if finding.well else 'BAD '} {finding.what}: {finding.said}")
    return DONE if all(finding.well for finding in findings) else PARTIAL


@cli.command(epilog=_example("fairstay simulate --seed 7 -o town"))
@click.option("--seed", type=int, default=7, show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("demo"), show_default=True)
@click.pass_obj
def simulate(shared: Context, seed: int, output: Path) -> int:
    """Make a small platform with planted attacks and innocent peaks: websites, an inbox, and the truth."""
    from fairstay.demo import make_town

    town = make_town(output, seed)
    click.echo(
        f"{town.folder}: {town.reviews:,} reviews, {town.planted} planted attacks, {town.innocent} innocent events"
    )
    return DONE


@cli.command(epilog=_example("fairstay demo -o demo"))
@click.option("--seed", type=int, default=7, show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("demo"), show_default=True)
@click.pass_obj
def demo(shared: Context, seed: int, output: Path) -> int:
    """The whole nightly run on the simulated platform: what was planted, found, missed, and false."""
    from fairstay.demo import run_demo

    click.echo(run_demo(output, seed, shared.progress))
    return DONE


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
