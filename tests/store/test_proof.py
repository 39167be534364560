"""What an evidence package is made from, on both databases."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import select

from store.archive import Archive
from store.canonical import ListingSnapshot
from store.database import Database
from store.observations import write_listing_counts
from store.proof import Proof, read_proof
from store.provenance import Fetch
from tests.conftest import observation
from tests.store.proven import FILE, FIRST, HOTEL, NIGHTS, SECOND, SITE, URL, fill, sha256, take


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive")


def proof_of(database: Database, *, since: dt.date | None = None) -> Proof:
    found = read_proof(database, HOTEL, since=since)
    assert found is not None
    return found


def test_no_such_listing(database: Database) -> None:
    assert read_proof(database, HOTEL) is None


def test_bodies_with_their_fetches_and_reviews(database: Database, archive: Archive) -> None:
    fill(database, archive)
    found = proof_of(database)
    assert [(body.sha256, body.size, body.review_ids, len(body.fetches)) for body in found.bodies] == [
        (sha256(FIRST), len(FIRST), ("r1",), 2),
        (sha256(SECOND), len(SECOND), ("r1",), 1),
        (sha256(FILE), len(FILE), ("r9",), 1),
    ]
    assert [(each.fetched_at, each.status) for each in found.fetches] == [
        (NIGHTS[0], 200),
        (NIGHTS[1], 304),
        (NIGHTS[2], 200),
        (NIGHTS[2] + dt.timedelta(hours=1), 200),
    ]
    assert found.fetches[1].headers == (("ETag", '"v1"'), ("Content-Length", "31"))
    with database.read() as connection:
        assert {each.key for each in found.fetches} == set(connection.scalars(select(Fetch.key)))


def test_every_version_every_event_every_run(database: Database, archive: Archive) -> None:
    fill(database, archive)
    found = proof_of(database)
    assert found.listing["name"] == "Hotel Seeblick"
    versions = [(row["review_id"], row["number"], row["rating"], row["body_sha256"]) for row in found.versions]
    assert versions == [("r1", 1, 4.0, sha256(FIRST)), ("r1", 2, 3.0, sha256(SECOND)), ("r9", 1, 2.0, sha256(FILE))]
    assert [(row["at"], row["kind"], row["review_id"], row["source"]) for row in found.events] == [
        (NIGHTS[2], "edited", "r1", SITE),
        (NIGHTS[3], "missing", "r1", SITE),
    ]
    assert [(row["seen_at"], row["status"], row["listed"]) for row in found.runs] == [
        (NIGHTS[0], "complete", 1),
        (NIGHTS[2], "complete", 1),
        (NIGHTS[3], "complete", 0),
    ]


def test_another_listing_is_left_out(database: Database, archive: Archive) -> None:
    fill(database, archive)
    before = proof_of(database)
    other = observation(listing_id="hotel-2", review_id="r1", reviewer_id="guest-2")
    take(database, archive, b"another page", NIGHTS[3], listings=("google/hotel-2",), reviews=[other])
    assert proof_of(database) == before


def test_a_body_that_only_shows_a_review_speaks_of_the_listing(database: Database, archive: Archive) -> None:
    take(database, archive, FIRST, NIGHTS[0], reviews=[observation()], listings=())
    assert [body.sha256 for body in proof_of(database).bodies] == [sha256(FIRST)]


def test_a_body_of_two_listings_names_the_reviews_of_the_one(database: Database, archive: Archive) -> None:
    both = [observation(review_id="a"), observation(listing_id="hotel-2", review_id="b")]
    take(database, archive, FIRST, NIGHTS[0], reviews=both, listings=(HOTEL, "google/hotel-2"))
    assert [body.review_ids for body in proof_of(database).bodies] == [("a",)]


def test_a_body_that_is_not_kept(database: Database, archive: Archive) -> None:
    take(database, archive, FIRST, NIGHTS[0], reviews=[observation()], kept=False)
    (body,) = proof_of(database).bodies
    assert (body.kept, body.removed_on, body.removed_why) == (False, NIGHTS[0].date(), "older than 400 days")


def test_a_listing_without_any_fetch(database: Database) -> None:
    write_listing_counts(database, [ListingSnapshot("google", "hotel-1", 4.0, 5.0, 1)], NIGHTS[0].date())
    found = proof_of(database)
    assert (found.bodies, found.fetches, found.versions, found.events, found.runs) == ((), (), (), (), ())


def test_since_keeps_the_answer_that_a_later_one_confirms(database: Database, archive: Archive) -> None:
    fill(database, archive)
    found = proof_of(database, since=NIGHTS[1].date())
    assert [(each.fetched_at, each.status) for each in found.fetches][:2] == [(NIGHTS[0], 200), (NIGHTS[1], 304)]
    found = proof_of(database, since=NIGHTS[2].date())
    assert {body.sha256 for body in found.bodies} == {sha256(SECOND), sha256(FILE)}
    assert [row["kind"] for row in found.events] == ["edited", "missing"]
    assert len(found.runs) == 2
    assert len(found.versions) == 3
    found = proof_of(database, since=NIGHTS[3].date())
    assert found.bodies == ()
    assert [row["kind"] for row in found.events] == ["missing"]


def test_since_takes_the_newest_answer_before_a_304_once(database: Database, archive: Archive) -> None:
    for at in NIGHTS[:2]:
        take(database, archive, FIRST, at, reviews=[observation()])
    for at in NIGHTS[2:]:
        take(database, archive, FIRST, at, status=304)
    found = proof_of(database, since=NIGHTS[2].date())
    assert [(each.fetched_at, each.status) for each in found.fetches] == [
        (NIGHTS[1], 200),
        (NIGHTS[2], 304),
        (NIGHTS[3], 304),
    ]
    assert {each.url for each in found.fetches} == {URL}
