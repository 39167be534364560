"""A store that read a hotel's page on four nights and took in a file, with an archive of what came."""

import datetime as dt
import hashlib
from collections.abc import Sequence

from store.archive import Archive
from store.canonical import ListingSnapshot, Observation, review_key
from store.database import Database
from store.fetches import FetchRow, write_fetch
from store.observations import write_listing_counts, write_observations
from store.passes import ListingSeen, close_pass
from store.privacy import Pseudonymiser
from tests.conftest import KEY, observation

HOTEL = "google/hotel-1"
SITE = "lakeguide"
URL = "https://reviews.example/hotel-1?page=1"
HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Encoding", "gzip"),
    ("Content-Length", "31"),
    ("ETag", '"v1"'),
)
FIRST = "<html><p>Quiet rooms, by Änne M.</p></html>".encode()
SECOND = b"<html><p>Quiet rooms, mostly.</p></html>"
FILE = b"review_id,rating,text\nr9,2,=1+1\n"
NIGHTS = [dt.datetime.fromisoformat(f"2026-03-{day}T02:30") for day in (20, 21, 22, 23)]


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def take(
    database: Database,
    archive: Archive,
    body: bytes,
    at: dt.datetime,
    *,
    url: str = URL,
    source: str = SITE,
    status: int = 200,
    headers: Sequence[tuple[str, str]] = HEADERS,
    media_type: str | None = "text/html; charset=utf-8",
    reviews: Sequence[Observation] = (),
    listings: Sequence[str] = (HOTEL,),
    kept: bool = True,
) -> FetchRow:
    """One answer, into the archive and the store."""
    if kept:
        archive.put(body)
    write_observations(
        database,
        reviews,
        source=source,
        seen_at=at,
        pseudonymiser=Pseudonymiser(KEY),
        keep_names=True,
        body_sha256=sha256(body),
        sighted=True,
    )
    row = FetchRow(
        source=source,
        url=url,
        fetched_at=at,
        status=status,
        headers=tuple(headers),
        body_sha256=sha256(body),
        size=len(body),
        media_type=media_type,
    )
    keys = [review_key(each.platform, each.listing_id, each.review_id) for each in reviews]
    why_not = None if kept else "older than 400 days"
    write_fetch(database, row, kept=kept, why_not=why_not, reviews=keys, listings=listings)
    return row


def fill(database: Database, archive: Archive) -> None:
    """A page, the same one confirmed (304), the page with the review edited, a night without it, and a file."""
    quiet = observation(review_id="r1", reviewer_name="Änne M.", review_url="https://reviews.example/r1")
    edited = observation(
        review_id="r1",
        rating=3.0,
        title="=SUM(A1)",
        text='Mostly quiet, "mostly".\nAnd <b>clean</b>.',
        review_url="https://reviews.example/r1",
    )
    minus = observation(review_id="r9", rating=2.0, title="-2+3", text="=1+1", reviewer_id="guest-9")
    snapshot = ListingSnapshot("google", "hotel-1", 4.0, 5.0, 1, listing_name="Hotel Seeblick")
    write_listing_counts(database, [snapshot], NIGHTS[0].date())
    take(database, archive, FIRST, NIGHTS[0], reviews=[quiet])
    take(database, archive, FIRST, NIGHTS[1], status=304, headers=(("ETag", '"v1"'), ("Content-Length", "31")))
    take(database, archive, SECOND, NIGHTS[2], reviews=[edited])
    take(
        database,
        archive,
        FILE,
        NIGHTS[2] + dt.timedelta(hours=1),
        url="file:my reviews.csv",
        source="my reviews.csv",
        headers=(),
        media_type=None,
        reviews=[minus],
    )
    listed = [review_key("google", "hotel-1", "r1")]
    for at, shown in ((NIGHTS[0], listed), (NIGHTS[2], listed), (NIGHTS[3], [])):
        seen = ListingSeen(listing_key=HOTEL, status="complete", pages=1, claimed=len(shown), listed=shown)
        close_pass(database, SITE, at, [seen])
