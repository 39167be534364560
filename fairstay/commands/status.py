"""``fairstay status``: the last nights, how completely the sources saw their listings, the calibration in use."""

from __future__ import annotations

import click

from fairstay.commands.options import DONE, HELP, example
from fairstay.context import Context
from reports.calibration import last_calibration
from store.runs import last_nights
from store.source_runs import last_statuses, runs_of_listing

_NIGHTS, _RUNS = 5, 10


@click.command(context_settings=HELP, epilog=example("fairstay status --listing lakeguide/hotel-adler"))
@click.option("--listing", metavar="PLATFORM/LISTING", help="The last runs that saw this listing, instead.")
@click.pass_obj
def status(shared: Context, listing: str | None) -> int:
    """The last nights, stage by stage, how completely each source saw its listings, and the calibration in use."""
    return _nights(shared) if listing is None else _listing(shared, listing)


def _nights(shared: Context) -> int:
    database = shared.open()
    nights = last_nights(database, _NIGHTS)
    if not nights:
        click.echo("no night has run yet")
    for night in nights:
        ended = f"ended {night.finished:%Y-%m-%d %H:%M}" if night.finished else "not finished"
        click.echo(f"night of {night.as_of}: {night.status}, begun {night.started:%Y-%m-%d %H:%M} UTC, {ended}")
        for stage in night.stages:
            click.echo(f"  {stage.name:<8} {stage.status:<8} {stage.detail}")
    for source, (seen_at, counts) in last_statuses(database).items():
        listed = ", ".join(f"{number:,} {name}" for name, number in counts.items())
        click.echo(f"source {source}: last run {seen_at:%Y-%m-%d %H:%M} UTC, listings: {listed}")
    for line in last_calibration(database):
        click.echo(f"calibration {line}")
    return DONE


def _listing(shared: Context, key: str) -> int:
    runs = runs_of_listing(shared.open(), key, _RUNS)
    if not runs:
        click.echo(f"no crawl has seen {key}; imported files leave no runs")
        return DONE
    names = ("claimed", "listed", "new", "changed", "missing", "removed", "errors", "dropped", "pages")
    click.echo(f"{'run (UTC)':<17}{'source':<20}{'status':<10}{''.join(f'{name:>9}' for name in names)}")
    for run in runs:
        numbers = ["-" if (value := getattr(run, name)) is None else f"{value:,}" for name in names]
        head = f"{run.seen_at:%Y-%m-%d %H:%M} {run.source[:19]:<20}{run.status:<10}"
        click.echo(head + "".join(f"{number:>9}" for number in numbers))
    return DONE
