from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from fairstay.commands.privacy import erase, purge
from fairstay.context import Context
from fairstay.forgetting import ForgettingError
from store.archive import Archive
from store.canonical import Ownership
from store.database import LockedError, open_database
from store.fetches import FetchRow, write_fetch
from store.observations import write_observations
from store.owners import read_owners, write_owners
from store.privacy import Pseudonymiser
from store.reading import read_listing_reviews
from store.tombstones import read_file
from tests.conftest import KEY, SEEN, observation

ID = "guest-zq4711"
Call = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, sqlite_template: Path, pseudonymiser: Pseudonymiser) -> Path:
    """A store with two reviews by the person and one by another, its key and its settings."""
    (tmp_path / "fairstay.toml").write_text("[privacy]\nreview_days = 30\n[evidence]\nbody_days = 30\n")
    (tmp_path / "fairstay.key").write_text(KEY.hex() + "\n")
    shutil.copy(sqlite_template, tmp_path / "fairstay.sqlite")
    batch = [
        observation(review_id="r1", reviewer_id=ID),
        observation(review_id="r2", reviewer_id=ID),
        observation(review_id="r3", reviewer_id="guest-2"),
    ]
    sha256 = Archive(tmp_path / "archive").put(b"a page")
    row = FetchRow("s", "https://lake.example/", SEEN, 200, (), sha256, 6, "text/html")
    with closing(open_database(f"sqlite:///{tmp_path / 'fairstay.sqlite'}")) as database:
        write_observations(database, batch, source="s", seen_at=SEEN, pseudonymiser=pseudonymiser)
        write_fetch(database, row, kept=True, reviews=[], listings=[])
    return tmp_path


@pytest.fixture
def call(folder: Path) -> Call:
    """``call(command, *arguments)``: a command as the command line runs it, its errors as they are raised."""

    def run(command: click.Command, *arguments: object, answer: str = "") -> Result:
        shared = Context(folder / "fairstay.toml", None, quiet=True)
        said = [str(each) for each in arguments]
        with closing(shared):
            return CliRunner().invoke(
                command, said, obj=shared, input=answer, catch_exceptions=False, standalone_mode=False
            )

    return run


def reviews(folder: Path) -> set[str]:
    with closing(open_database(f"sqlite:///{folder / 'fairstay.sqlite'}")) as database:
        return set(read_listing_reviews(database)["review_id"])


ACCOUNT = ("--reviewer", ID, "--platform", "google")
REVIEW = ("--review", "r3", "--listing", "google/hotel-1")


def test_an_account_is_erased_and_its_id_is_never_said(folder: Path, call: Call) -> None:
    said = call(erase, *ACCOUNT, "--yes", "--as-of", "2026-04-01")
    assert (said.return_value, reviews(folder)) == (0, {"r3"})
    assert "erased: 2 reviews in 2 versions, 1 accounts" in said.stdout
    assert "nothing under this id is taken in again" in said.stdout
    assert "exports, and files moved elsewhere, are yours to delete" in said.stderr
    assert ID not in said.output
    graves = read_file(folder / "fairstay.erased")
    assert [each.kind for each in graves] == ["review", "review", "reviewer"]
    assert {str(each.erased_on) for each in graves} == {"2026-04-01"}
    assert ID.encode() not in (folder / "fairstay.erased").read_bytes()


def test_a_review_is_erased(folder: Path, call: Call) -> None:
    said = call(erase, *REVIEW, "--yes")
    assert (said.return_value, reviews(folder)) == (0, {"r1", "r2"})
    assert "erased: 1 reviews in 1 versions, 1 accounts" in said.stdout


def own(folder: Path, *ownerships: Ownership) -> int:
    with closing(open_database(f"sqlite:///{folder / 'fairstay.sqlite'}")) as database:
        write_owners(database, ownerships, source="o.csv", seen_at=SEEN, pseudonymiser=Pseudonymiser(KEY))
        return len(read_owners(database))


def test_an_owner_is_erased_by_the_label(folder: Path, call: Call) -> None:
    lake = [Ownership("google", "h1", "Lake Ltd", "someone"), Ownership("yelp", "h2", "Lake Ltd")]
    assert own(folder, *lake, Ownership("google", "h3", "A. Perez")) == 3
    refused = folder / "inbox" / "owners" / "o.csv.refused.csv"
    refused.parent.mkdir(parents=True)
    refused.write_text("line,column,reason,platform,listing_id,owner\n2,platform,x,G,h1,Lake Ltd\n3,x,x,G,h3,Other\n")
    (refused.parent / "o.csv").write_text("platform,listing_id,owner\ngoogle,h1,Lake Ltd\n")
    (refused.parent / "p.csv").write_text("platform,listing_id,owner\ngoogle,h3,Lake Ltd & Sons\n")
    said = call(erase, "--owner", "Lake Ltd", answer="y\n")
    assert "0 reviews and 0 accounts, and 2 entries of owners, are stored under this id." in said.output
    assert "0 accounts, 2 entries of owners," in said.stdout
    assert "1 refused rows" in said.stdout
    assert "Lake Ltd" not in said.output
    assert [line for line in said.stderr.splitlines() if "shows or may show" in line] == [
        "fairstay: inbox/owners/o.csv shows or may show the person: take the rows out; they are never imported again"
    ]
    assert "Lake" not in refused.read_text()
    assert "Other" in refused.read_text()
    assert own(folder, *lake) == 1
    assert reviews(folder) == {"r1", "r2", "r3"}


def test_an_account_that_only_owns_is_erased(folder: Path, call: Call) -> None:
    assert own(folder, Ownership("yelp", "h1", "Lake Ltd", "u-zq77")) == 1
    said = call(erase, "--reviewer", "u-zq77", "--platform", "yelp", "--yes")
    assert said.stdout.startswith("erased: 0 reviews in 0 versions, 0 accounts, 1 entries of owners")
    assert own(folder) == 0


def test_it_asks_first_and_says_how_much_it_is(folder: Path, call: Call) -> None:
    with pytest.raises(click.Abort):
        call(erase, *ACCOUNT, answer="n\n")
    assert reviews(folder) == {"r1", "r2", "r3"}
    assert not (folder / "fairstay.erased").exists()
    said = call(erase, *ACCOUNT, answer="y\n")
    assert "2 reviews and 1 accounts are stored under this id." in said.output
    assert reviews(folder) == {"r3"}


def test_somebody_unknown_gets_a_tombstone_and_the_word_that_nothing_was_stored(folder: Path, call: Call) -> None:
    said = call(erase, "--reviewer", "nobody-1", "--platform", "google", "--yes")
    assert said.return_value == 0
    assert said.stdout.startswith("nothing was stored under this id; ")
    assert len(read_file(folder / "fairstay.erased")) == 1
    assert reviews(folder) == {"r1", "r2", "r3"}


def test_what_is_left_to_look_at_is_told_and_makes_it_partial(folder: Path, call: Call) -> None:
    (folder / "inbox").mkdir()
    (folder / "inbox" / "notes.txt").write_text(f"a call by {ID}")
    said = call(erase, *ACCOUNT, "--yes")
    assert said.return_value == 3
    assert f"fairstay: {Path('inbox') / 'notes.txt'} shows or may show the person" in said.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--reviewer", ID),
        ("--platform", "google"),
        ("--review", "r1"),
        ("--listing", "google/hotel-1"),
        (*ACCOUNT, *REVIEW),
        ("--reviewer", ID, "--listing", "google/hotel-1"),
        ("--reviewer", "", "--platform", "google"),
    ],
)
def test_it_wants_one_thing_to_erase(folder: Path, call: Call, arguments: tuple[str, ...]) -> None:
    with pytest.raises(click.UsageError, match="one: --reviewer with --platform, --review with --listing, or --owner"):
        call(erase, *arguments, "--yes")
    assert reviews(folder) == {"r1", "r2", "r3"}


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--reviewer", ID, "--platform", "gogle"), "no platform 'gogle'; there are: google"),
        (("--review", "r3", "--listing", "google/hotel-9"), "no listing 'google/hotel-9' in the store"),
    ],
)
def test_a_wrong_name_is_one_line_and_leaves_no_tombstone(
    folder: Path, call: Call, arguments: tuple[str, ...], line: str
) -> None:
    with pytest.raises(ForgettingError) as caught:
        call(erase, *arguments, "--yes")
    assert str(caught.value).startswith(line)
    assert not (folder / "fairstay.erased").exists()


def test_without_the_key_nobody_is_found_and_none_is_made(folder: Path, call: Call) -> None:
    (folder / "fairstay.key").unlink()
    with pytest.raises(ForgettingError, match="there is no key file"):
        call(erase, *ACCOUNT, "--yes")
    assert not (folder / "fairstay.key").exists()
    assert call(erase, *REVIEW, "--yes").return_value == 0


def test_another_key_finds_nobody_and_is_refused(folder: Path, call: Call) -> None:
    (folder / "fairstay.key").write_text(KEY[::-1].hex() + "\n")
    with pytest.raises(ForgettingError, match="stored under another key"):
        call(erase, *ACCOUNT, "--yes")
    assert not (folder / "fairstay.erased").exists()


def test_another_run_keeps_it_out(folder: Path, call: Call) -> None:
    with closing(open_database(f"sqlite:///{folder / 'fairstay.sqlite'}")) as database, database.lock():
        for command, arguments in ((erase, (*ACCOUNT, "--yes")), (purge, ())):
            with pytest.raises(LockedError):
                call(command, *arguments)


def test_a_copied_back_file_is_forgotten_again(folder: Path, call: Call) -> None:
    backup = (folder / "fairstay.sqlite").read_bytes()
    call(erase, *ACCOUNT, "--yes")
    (folder / "fairstay.sqlite").write_bytes(backup)
    assert reviews(folder) == {"r1", "r2", "r3"}
    # Any command will do.
    assert call(purge, "--as-of", "2026-03-25").stdout.startswith("gone: 0 reviews")
    assert reviews(folder) == {"r3"}


def test_purge_counts_in_a_dry_run_and_deletes_in_a_real_one(folder: Path, call: Call) -> None:
    counts = (
        "3 reviews, 2 accounts without reviews, 0 entries of owners, the bytes of 1 pages and files, 1 fetches, "
        "0 records of runs\n"
    )
    said = call(purge, "--as-of", "2026-12-31", "--dry-run")
    assert (said.return_value, said.stdout) == (0, f"would go: {counts}")
    assert (len(reviews(folder)), len(list(Archive(folder / "archive").sha256s()))) == (3, 1)
    assert call(purge, "--as-of", "2026-12-31").stdout == f"gone: {counts}"
    assert (len(reviews(folder)), len(list(Archive(folder / "archive").sha256s()))) == (0, 0)
    assert call(purge, "--as-of", "2026-12-31").stdout.startswith("gone: 0 reviews, 0 accounts")


def test_purge_leaves_what_is_young(folder: Path, call: Call) -> None:
    assert call(purge, "--as-of", "2026-03-25").stdout.startswith("gone: 0 reviews")
    assert len(reviews(folder)) == 3
