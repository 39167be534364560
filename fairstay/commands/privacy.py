"""``fairstay erase`` and ``fairstay purge``: forgetting people who ask for it, and what is past its time."""

from __future__ import annotations

import datetime as dt

import click

from fairstay import forgetting
from fairstay.commands.options import DAY, DONE, HELP, PARTIAL, day_of, example
from fairstay.context import Context
from fairstay.forgetting import ForgettingError, Forgotten
from fairstay.traces import Wanted
from store.database import Database
from store.erasure import sealed_on
from store.privacy import Pseudonymiser
from store.reading import read_listings
from store.tombstones import Grave


@click.command(
    context_settings=HELP, epilog=example("fairstay erase --reviewer 1234567 --platform tripadvisor --by 'A. Perez'")
)
@click.option("--reviewer", metavar="ID", help="The person's id on the platform.")
@click.option("--platform", help="The platform of --reviewer.")
@click.option("--review", metavar="ID", help="One review by the platform's id, where there are no reviewer ids.")
@click.option("--listing", metavar="PLATFORM/LISTING", help="The listing of --review.")
@click.option("--by", default="fairstay", help="Who does it, for the trails of cases.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--as-of", type=DAY, help="The day of the erasure; else today.")
@click.pass_obj
def erase(
    shared: Context,
    reviewer: str | None,
    platform: str | None,
    review: str | None,
    listing: str | None,
    by: str,
    yes: bool,
    as_of: dt.datetime | None,
) -> int:
    """Erase a person, or one review, for good: from the database, the archive, reports and refused rows.

    A tombstone without name or id stays in the database and in the file [privacy] erased_file, so that no crawl, import
    or restored backup brings anything back.
    """
    on, database = day_of(as_of), shared.open()
    with database.lock():
        grave, wanted = _target(shared, database, reviewer, platform, review, listing, on)
        found = forgetting.stored(database, grave)
        if not yes:
            counts = f"{len(found.reviews):,} reviews and {len(found.reviewers):,} accounts"
            click.confirm(f"{counts} are stored under this id. Erase them, and take in none again?", abort=True)
        forgotten = forgetting.erase(
            database, shared.config, grave, on=on, by=by, wanted=wanted, pseudonymiser=_key_at_hand(shared)
        )
    click.echo(str(forgotten) if found.reviews or found.reviewers else f"nothing was stored under this id; {forgotten}")
    click.echo("nothing under this id is taken in again")
    tell(forgotten)
    if database.engine.dialect.name == "postgresql":
        click.echo("fairstay: the server's write-ahead log, its replicas and backups keep older states", err=True)
    click.echo("fairstay: exports, and files moved elsewhere, are yours to delete", err=True)
    return PARTIAL if forgotten.look_at else DONE


def tell(forgotten: Forgotten) -> None:
    """Say on stderr what a person still has to look at."""
    for line in forgotten.look_at:
        click.echo(f"fairstay: {line}", err=True)


@click.command(context_settings=HELP, epilog=example("fairstay purge --dry-run"))
@click.option("--as-of", type=DAY, help="The day from which ages count; else today.")
@click.option("--dry-run", is_flag=True, help="Only count.")
@click.pass_obj
def purge(shared: Context, as_of: dt.datetime | None, dry_run: bool) -> int:
    """Delete what is past its time: [privacy] review_days, [evidence] body_days. What open cases rest on stays."""
    database = shared.open()
    with database.lock():
        purged = forgetting.purge(database, shared.config, as_of=day_of(as_of), dry_run=dry_run)
    click.echo(f"{'would go' if dry_run else 'gone'}: {purged}")
    return DONE


def _target(
    shared: Context,
    database: Database,
    reviewer: str | None,
    platform: str | None,
    review: str | None,
    listing: str | None,
    on: dt.date,
) -> tuple[Grave, Wanted]:
    """The tombstone, and what files are searched for."""
    if reviewer and platform and not review and not listing:
        return _account(shared, database, platform, reviewer.strip(), on)
    if review and listing and not reviewer and not platform:
        return _review(database, listing, review.strip(), on)
    raise click.UsageError("name either --reviewer with --platform, or --review with --listing")


def _account(shared: Context, database: Database, platform: str, reviewer_id: str, on: dt.date) -> tuple[Grave, Wanted]:
    known = {*read_listings(database)["platform"], *(source.platform for source in shared.config.sources)}
    if platform not in known:
        raise ForgettingError(f"no platform {platform!r}; there are: {', '.join(sorted(known)) or 'none yet'}")
    pseudonymiser, sealed = _key_at_hand(shared), sealed_on(database, platform)
    key_file = shared.config.path(shared.config.key_file)
    if pseudonymiser is None:
        raise ForgettingError(f"{key_file}: there is no key file, and without it nobody is found; restore it")
    if sealed is not None and pseudonymiser.open(platform, sealed) is None:
        raise ForgettingError(f"{key_file}: accounts were stored under another key; restore that one")
    grave = forgetting.reviewer_grave(pseudonymiser, platform, reviewer_id, on)
    return grave, Wanted(accounts=frozenset([(platform, reviewer_id)]))


def _review(database: Database, listing: str, review_id: str, on: dt.date) -> tuple[Grave, Wanted]:
    if listing not in set(read_listings(database)["key"]):
        raise ForgettingError(f"no listing {listing!r} in the store; 'fairstay export reviews' shows them")
    grave, key = forgetting.review_grave(listing, review_id, on)
    return grave, Wanted(reviews=frozenset([key]), review_ids=frozenset([review_id]))


def _key_at_hand(shared: Context) -> Pseudonymiser | None:
    """The pseudonyms' key, which is not made here: under a new one nobody is found."""
    return shared.pseudonymiser() if shared.config.path(shared.config.key_file).exists() else None
