"""``fairstay evidence``: what the store can prove of a listing, as a folder that an outsider can check."""

from __future__ import annotations

import datetime as dt
from importlib.metadata import version
from pathlib import Path

import click

from fairstay.commands.options import DAY, DONE, HELP, MOMENT, PARTIAL, example, now_utc
from fairstay.context import Context
from fairstay.stamping import StampError, check_server, request_stamp
from reports.evidence import write_package
from reports.files import write_bytes
from reports.manifest import QUERY, REPLY, SUMS
from store.archive import Archive


@click.command(context_settings=HELP, epilog=example("fairstay evidence tripadvisor/tr100021 -o evidence"))
@click.argument("listing")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=Path("evidence"), help="Folder; else ./evidence."
)
@click.option("--since", type=DAY, help="Only what was fetched from that day (UTC) on.")
@click.option("--no-stamp", is_flag=True, help="No time stamp, even where a server is configured.")
@click.option("--now", type=MOMENT, hidden=True)
@click.pass_obj
def evidence(
    shared: Context, listing: str, output: Path, since: dt.datetime | None, no_stamp: bool, now: dt.datetime | None
) -> int:
    """Write what the store can prove of LISTING (platform/listing id): a WARC file, tables, and hashes of it all."""
    config = shared.config
    url = "" if no_stamp else config.timestamp_url
    if url:
        check_server(url)
    package = write_package(
        shared.open(),
        Archive(config.path(config.archive)),
        listing,
        output,
        made_at=now or now_utc(),
        since=None if since is None else since.date(),
        version=version("fairstay"),
    )
    click.echo(str(package))
    for line in package.lost:
        click.echo(f"fairstay: {line}; the package says so", err=True)
    stamped = _stamp(package.folder, url) if url else True
    return PARTIAL if package.lost or not stamped else DONE


def _stamp(folder: Path, url: str) -> bool:
    """Put a time stamp beside the hashes; whether there is one."""
    try:
        stamp = request_stamp(url, (folder / SUMS).read_bytes())
    except StampError as error:
        click.echo(f"fairstay: the package has no time stamp: {error}", err=True)
        return False
    write_bytes(folder / QUERY, stamp.query)
    write_bytes(folder / REPLY, stamp.reply)
    checked = "" if stamp.signature_checked else "; its signature is yet to be checked, see README.txt"
    click.echo(f"time stamp of {stamp.time:%Y-%m-%d %H:%M:%S} UTC{checked}")
    return True
