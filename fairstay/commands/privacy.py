"""``fairstay erase`` and ``fairstay purge``: forgetting people who ask for it, and what is past its time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import click

from fairstay import forgetting
from fairstay.commands.options import DAY, DONE, HELP, PARTIAL, day_of, example
from fairstay.context import Context
from fairstay.forgetting import ForgettingError, Forgotten
from fairstay.traces import Wanted
from store.database import Database
from store.erasure import sealed_on
from store.owners import read_owners
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
@click.option("--owner", metavar="LABEL", help="An owner of listings, by the label in the table of owners.")
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
    owner: str | None,
    by: str,
    yes: bool,
    as_of: dt.datetime | None,
) -> int:
    """Erase a person, an owner or one review, for good: from the database, the archive, reports and refused rows.

    A tombstone without name or id stays in the database and in the file [privacy] erased_file, so that no crawl, import
    or restored backup brings anything back.
    """
    on, database = day_of(as_of), shared.open()
    with database.lock():
        grave, wanted = _target(shared, database, reviewer, platform, review, listing, owner, on)
        found = forgetting.stored(database, grave)
        if not yes:
            counts = f"{len(found.reviews):,} reviews and {len(found.reviewers):,} accounts"
            if found.owners:
                counts += f", and {len(found.owners):,} entries of owners,"
            click.confirm(f"{counts} are stored under this id. Erase them, and take in none again?", abort=True)
        forgotten = forgetting.erase(
            database, shared.config, grave, on=on, by=by, wanted=wanted, pseudonymiser=_key_at_hand(shared)
        )
    is_stored = found.reviews or found.reviewers or found.owners
    click.echo(str(forgotten) if is_stored else f"nothing was stored under this id; {forgotten}")
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
    owner: str | None,
    on: dt.date,
) -> tuple[Grave, Wanted]:
    """The tombstone, and what files are searched for."""
    match (reviewer, platform, review, listing, owner):
        case (str(account), str(slug), None, None, None) if account and slug:
            return _account(shared, database, slug, account.strip(), on)
        case (None, None, str(one), str(key), None) if one and key:
            return _review(database, key, one.strip(), on)
        case (None, None, None, None, str(label)) if label.strip():
            return _owner(shared, database, label.strip(), on)
    raise click.UsageError("name one: --reviewer with --platform, --review with --listing, or --owner")


def _account(shared: Context, database: Database, platform: str, reviewer_id: str, on: dt.date) -> tuple[Grave, Wanted]:
    known = {*_platforms(database), *(source.platform for source in shared.config.sources)}
    if platform not in known:
        raise ForgettingError(f"no platform {platform!r}; there are: {', '.join(sorted(known)) or 'none yet'}")
    pseudonymiser = _right_key(shared, database, [platform])
    grave = forgetting.reviewer_grave(pseudonymiser, platform, reviewer_id, on)
    return grave, Wanted(accounts=frozenset([(platform, reviewer_id)]))


def _owner(shared: Context, database: Database, label: str, on: dt.date) -> tuple[Grave, Wanted]:
    pseudonymiser = _right_key(shared, database, sorted(_platforms(database)))
    return forgetting.owner_grave(pseudonymiser, label, on), Wanted(owners=frozenset([label]))


def _review(database: Database, listing: str, review_id: str, on: dt.date) -> tuple[Grave, Wanted]:
    if listing not in set(read_listings(database)["key"]):
        raise ForgettingError(f"no listing {listing!r} in the store; 'fairstay export reviews' shows them")
    grave, key = forgetting.review_grave(listing, review_id, on)
    return grave, Wanted(reviews=frozenset([key]), review_ids=frozenset([review_id]))


def _platforms(database: Database) -> set[str]:
    owned = read_owners(database)["listing_key"]
    return {*read_listings(database)["platform"], *(key.partition("/")[0] for key in owned)}


def _right_key(shared: Context, database: Database, platforms: Sequence[str]) -> Pseudonymiser:
    """The key, if it opens what was stored of these platforms' accounts."""
    key_file, pseudonymiser = shared.config.path(shared.config.key_file), _key_at_hand(shared)
    if pseudonymiser is None:
        raise ForgettingError(f"{key_file}: there is no key file, and without it nobody is found; restore it")
    for platform in platforms:
        sealed = sealed_on(database, platform)
        if sealed is not None and pseudonymiser.open(platform, sealed) is None:
            raise ForgettingError(f"{key_file}: accounts were stored under another key; restore that one")
    return pseudonymiser


def _key_at_hand(shared: Context) -> Pseudonymiser | None:
    """The pseudonyms' key, which is not made here: under a new one nobody is found."""
    return shared.pseudonymiser() if shared.config.path(shared.config.key_file).exists() else None
