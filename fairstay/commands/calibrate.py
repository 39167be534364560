"""``fairstay calibrate``: what the detectors find, and raise in vain, on the store's own history."""

from __future__ import annotations

import datetime as dt

import click

from fairstay.commands.options import DAY, DONE, HELP, day_of, example
from fairstay.context import Context


@click.command(context_settings=HELP, epilog=example("fairstay calibrate --budget 30"))
@click.option(
    "--budget",
    type=click.FloatRange(min=0, min_open=True),
    metavar="N",
    help="Use this many alarms per 1,000 listing-years, and this history's own rates, from the next detection on.",
)
@click.option(
    "--seeds", "rounds", type=click.IntRange(min=1), default=5, show_default=True, help="Plant every attack so often."
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Where chance begins.")
@click.option("--packaged", is_flag=True, help="Go back to the packaged cards, instead.")
@click.option("--dry-run", is_flag=True, help="Only show what would come of it.")
@click.option("--as-of", type=DAY, help="The day of the calibration; else today.")
@click.pass_obj
def calibrate(
    shared: Context,
    budget: float | None,
    rounds: int,
    seed: int,
    packaged: bool,
    dry_run: bool,
    as_of: dt.datetime | None,
) -> int:
    """Plant attacks of every kind and strength in a copy of the store's reviews, and count what is found.

    The alarms on the reviews as they are bound the false ones from above. Without --budget nothing is stored.
    """
    from fairstay import calibrating

    if packaged and budget is not None:
        raise click.UsageError("--packaged and --budget exclude each other")
    database = shared.open()
    with database.lock():
        if packaged:
            if not dry_run:
                calibrating.forget_own(database)
            click.echo("the packaged cards are in use" if not dry_run else "the packaged cards would be in use")
            return DONE
        done = calibrating.calibrate(
            database,
            shared.config,
            as_of=day_of(as_of),
            budget=budget,
            seed=seed,
            rounds=rounds,
            dry_run=dry_run,
            progress=shared.progress,
        )
    click.echo(str(done))
    if done.stored is not None:
        click.echo(f"from the next detection on: {done.stored:g} alarms per 1,000 listing-years, by this history")
    return DONE
