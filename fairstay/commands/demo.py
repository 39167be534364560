"""``fairstay simulate`` and ``fairstay demo``: a small platform of which the truth is known."""

from __future__ import annotations

from pathlib import Path

import click

from fairstay.commands.options import DONE, HELP, example
from fairstay.context import Context


@click.command(context_settings=HELP, epilog=example("fairstay simulate --seed 7 -o town"))
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


@click.command(context_settings=HELP, epilog=example("fairstay demo -o demo"))
@click.option("--seed", type=int, default=7, show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("demo"), show_default=True)
@click.pass_obj
def demo(shared: Context, seed: int, output: Path) -> int:
    """The whole nightly run on the simulated platform: what was planted, found, missed, and false."""
    from fairstay.demo import run_demo

    click.echo(run_demo(output, seed, shared.progress))
    return DONE
