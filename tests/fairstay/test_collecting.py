from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pytest_httpserver import HTTPServer
from sqlalchemy import func, insert, select

from crawlers.crawl import CrawlError, Source
from fairstay import collecting
from fairstay.collecting import Collected, collect
from fairstay.config import load_config
from fairstay.detecting import detect
from fairstay.progress import Progress
from fairstay.town.server import serve
from fairstay.town.sites import write_sites
from store.archive import Archive
from store.database import Database
from store.findings import read_evidence
from store.privacy import Pseudonymiser
from store.provenance import Body, Fetch, ListingRun, ReviewEvent, SourceRun, Tombstone
from store.reading import read_abstentions, read_listing_reviews
from store.snapshot import read_reviews
from tests.fairstay.conftest import Run
from tests.fairstay.towns import CRAWLED, NOW, small_town

# A page that shows a review of a later day than tonight's is not believed.
BEGAN = dt.datetime.fromisoformat(NOW)
GUIDE = small_town().reviews.query("platform == @CRAWLED")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, ...]]:
    """The start addresses of a served website."""
    folder = tmp_path_factory.mktemp("sites")
    starts = write_sites(GUIDE, folder)
    with serve(folder) as base:
        yield tuple(base + start for start in starts)


def source(*urls: str, **changes: Any) -> Source:
    told: dict[str, Any] = {"name": CRAWLED, "spider": "schema_org", "platform": CRAWLED, "start_urls": urls}
    return Source(**{**told, "delay_s": 0.0, "allow_private": True, **changes})


def gather(
    database: Database,
    pseudonymiser: Pseudonymiser,
    *sources: Source,
    contact: str = "a@b.example",
    archive: Path,
    night: int = 0,
) -> Collected:
    seen_at = BEGAN + dt.timedelta(days=night)
    return collect(
        database,
        sources,
        contact=contact,
        seen_at=seen_at,
        clock=lambda: seen_at + dt.timedelta(minutes=5),
        archive=Archive(archive),
        pseudonymiser=pseudonymiser,
        keep_names=False,
        progress=Progress(io.StringIO()),
    )


def test_every_review_of_a_website_is_in_the_store(
    database: Database, pseudonymiser: Pseudonymiser, site: tuple[str, ...], tmp_path: Path
) -> None:
    found = gather(database, pseudonymiser, source(*site), archive=tmp_path)
    assert not found.partial, found.errors
    assert (found.written.new, found.written.changed, found.written.unchanged) == (len(GUIDE), 0, 0)
    stored = read_listing_reviews(database)
    assert set(stored["review_id"]) == set(GUIDE["review_id"])
    assert stored["reviewer_key"].nunique() == GUIDE["reviewer_id"].nunique()
    again = gather(database, pseudonymiser, source(*site, whole_every=1), archive=tmp_path, night=1)
    assert (again.written.new, again.written.changed, again.written.unchanged) == (0, 0, len(GUIDE))
    expected = f"0 new, 0 changed, {len(GUIDE)} unchanged, 0 missing, 0 removed, 0 addresses left alone"
    assert str(again).endswith(expected)


def test_one_source_that_fails_does_not_stop_the_others(
    sqlite_database: Database, pseudonymiser: Pseudonymiser, site: tuple[str, ...], tmp_path: Path
) -> None:
    bad = source(site[0] + "nothing.html", name="bad")
    found = gather(sqlite_database, pseudonymiser, bad, source(*site), archive=tmp_path)
    assert found.partial
    assert found.written.new == len(GUIDE)
    assert [error.split(":")[0] for error in found.errors] == ["bad"]


def test_a_private_address_is_refused_where_it_is_not_allowed(
    sqlite_database: Database, pseudonymiser: Pseudonymiser, site: tuple[str, ...], tmp_path: Path
) -> None:
    found = gather(sqlite_database, pseudonymiser, source(*site, allow_private=False), archive=tmp_path)
    assert found.partial
    assert found.written.new == 0


def test_no_sources_are_no_crawl(sqlite_database: Database, pseudonymiser: Pseudonymiser, tmp_path: Path) -> None:
    found = gather(sqlite_database, pseudonymiser, contact="", archive=tmp_path)
    assert (found.partial, found.results) == (False, ())


def test_a_crawl_without_a_contact_does_not_start(
    sqlite_database: Database, pseudonymiser: Pseudonymiser, site: tuple[str, ...], tmp_path: Path
) -> None:
    with pytest.raises(CrawlError, match="contact"):
        gather(sqlite_database, pseudonymiser, source(*site), contact="", archive=tmp_path)


def test_pages_before_a_death_are_kept(
    sqlite_database: Database,
    pseudonymiser: Pseudonymiser,
    site: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    really, pages = collecting.write_observations, 0

    def dying(*arguments: Any, **rest: Any) -> Any:
        nonlocal pages
        pages += 1
        if pages == 3:
            raise RuntimeError("dead")
        return really(*arguments, **rest)

    with monkeypatch.context() as patch:
        patch.setattr(collecting, "write_observations", dying)
        with pytest.raises(RuntimeError, match="dead"):
            gather(sqlite_database, pseudonymiser, source(*site), archive=tmp_path)
    kept = len(read_listing_reviews(sqlite_database))
    assert 0 < kept < len(GUIDE)
    with sqlite_database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(ListingRun)) == 0
    assert gather(sqlite_database, pseudonymiser, source(*site), archive=tmp_path).written.new == len(GUIDE) - kept


def changed_site(folder: Path, reviews: pd.DataFrame) -> tuple[str, ...]:
    """The website anew, with other reviews; the paths where a crawl starts."""
    for old in folder.rglob("*.html"):
        old.unlink()
    return write_sites(reviews, folder)


def test_edits_and_removals_of_a_website_are_found(
    sqlite_database: Database, pseudonymiser: Pseudonymiser, tmp_path: Path
) -> None:
    folder, archive = tmp_path / "sites", tmp_path / "archive"
    starts = write_sites(GUIDE, folder)
    later = GUIDE.sort_values("review_id").reset_index(drop=True)
    gone, edited = later["review_id"].iloc[3], later["review_id"].iloc[8]
    later = later[later["review_id"] != gone].copy()
    later.loc[later["review_id"] == edited, "text"] = "We were moved to another room, and all was well then."
    with serve(folder) as base:
        urls = [base + start for start in starts]
        gather(sqlite_database, pseudonymiser, source(*urls, whole_every=1), archive=archive)
        changed_site(folder, later)
        second = gather(sqlite_database, pseudonymiser, source(*urls, whole_every=1), archive=archive, night=1)
        third = gather(sqlite_database, pseudonymiser, source(*urls, whole_every=1), archive=archive, night=2)
    assert (second.written.new, second.written.changed, second.closed.missing, second.closed.removed) == (0, 1, 1, 0)
    assert (third.written.new, third.written.changed, third.closed.missing, third.closed.removed) == (0, 0, 0, 1)
    stored = read_listing_reviews(sqlite_database).set_index("review_id")
    with sqlite_database.read() as connection:
        events = connection.execute(select(ReviewEvent.kind, ReviewEvent.review_key)).all()
        statuses = set(
            connection.scalars(select(Fetch.status).where(Fetch.url.endswith("html") | Fetch.url.endswith("/")))
        )
    keys = {"missing": gone, "removed": gone, "edited": edited}
    assert sorted(events) == sorted((kind, stored["review_key"][review]) for kind, review in keys.items())
    assert stored["removed"].notna().sum() == 1
    assert statuses == {200, 304}


def test_every_page_is_in_the_archive_under_its_hash(
    sqlite_database: Database, pseudonymiser: Pseudonymiser, site: tuple[str, ...], tmp_path: Path
) -> None:
    found = gather(sqlite_database, pseudonymiser, source(*site), archive=tmp_path)
    archive = Archive(tmp_path)
    with sqlite_database.read() as connection:
        bodies = list(connection.scalars(select(Body.sha256).where(Body.kept)))
        (run,) = connection.execute(select(SourceRun.pages, SourceRun.reviews, SourceRun.coverage)).all()
    assert len(bodies) == found.results[0].pages == run.pages
    for sha256 in bodies:
        assert hashlib.sha256(archive.get(sha256) or b"").hexdigest() == sha256
    assert run.reviews == len(GUIDE)
    assert run.coverage["text"] == pytest.approx(GUIDE["text"].notna().mean(), abs=1e-6)


def test_a_page_that_shows_an_erased_review_is_not_kept(
    sqlite_database: Database, pseudonymiser: Pseudonymiser, site: tuple[str, ...], tmp_path: Path
) -> None:
    someone = GUIDE["reviewer_id"].iloc[0]
    reviews = GUIDE[GUIDE["reviewer_id"] == someone]
    gather(sqlite_database, pseudonymiser, source(*site), archive=tmp_path / "first")
    stored = read_listing_reviews(sqlite_database).set_index("review_id")
    token = stored["reviewer_key"][reviews["review_id"].iloc[0]]
    with sqlite_database.write() as connection:
        connection.execute(insert(Tombstone), [{"token": token, "kind": "reviewer", "erased_on": BEGAN.date()}])
    second = tmp_path / "second"
    found = gather(sqlite_database, pseudonymiser, source(*site, whole_every=1), archive=second, night=1)
    assert found.written.withheld == len(reviews)
    with sqlite_database.read() as connection:
        lost = connection.execute(select(Body.sha256, Body.removed_why).where(~Body.kept)).all()
    assert {why for _, why in lost} == {"shows a review that was erased"}
    assert not any(Archive(second).has(sha256) for sha256, _ in lost)


def test_a_host_that_refuses_is_left_alone_on_the_next_night_too(
    sqlite_database: Database, pseudonymiser: Pseudonymiser, httpserver: HTTPServer, tmp_path: Path
) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("", status=404)
    httpserver.expect_request("/inn").respond_with_data("no", status=403)
    inn = source(httpserver.url_for("/inn"))
    assert gather(sqlite_database, pseudonymiser, inn, archive=tmp_path).partial
    asked = len(httpserver.log)
    found = gather(sqlite_database, pseudonymiser, inn, archive=tmp_path)
    assert found.partial
    assert len(httpserver.log) == asked
    gather(sqlite_database, pseudonymiser, inn, archive=tmp_path, night=2)
    assert len(httpserver.log) > asked


def test_forty_reviews_of_a_month_ago_are_no_burst(
    sqlite_database: Database, pseudonymiser: Pseudonymiser, httpserver: HTTPServer, tmp_path: Path
) -> None:
    reviews = [
        {
            "@type": "Review",
            "@id": f"#r{number}",
            "author": {"@type": "Person", "name": f"Guest {number}"},
            "datePublished": "a month ago" if number < 40 else f"{2022 + number % 4}-{1 + number % 12:02}-11",
            "reviewRating": {"ratingValue": 5 if number < 40 else 3},
            "reviewBody": f"Stay number {number} was pleasant.",
        }
        for number in range(100)
    ]
    hotel = {"@context": "https://schema.org", "@type": "Hotel", "name": "Inn", "url": "/inn", "review": reviews}
    page = f'<html lang="en"><script type="application/ld+json">{json.dumps(hotel)}</script></html>'
    httpserver.expect_request("/robots.txt").respond_with_data("", status=404)
    httpserver.expect_request("/inn").respond_with_data(page, content_type="text/html")
    found = gather(sqlite_database, pseudonymiser, source(httpserver.url_for("/inn")), archive=tmp_path)
    assert found.written.new == 100
    config = load_config(None, database=None, folder=tmp_path)
    detect(sqlite_database, replace(config, model=""), as_of=BEGAN.date())
    evidence, _ = read_evidence(sqlite_database)
    assert "bursts" not in set(evidence["detector"])
    abstained = read_abstentions(sqlite_database)
    assert abstained.set_index("reason")["reviews"].get("imprecise_date") == 40


def inn_page(url: str, count: int) -> str:
    reviews = [
        {
            "@type": "Review",
            "@id": f"{url}/reviews/{number}",
            "datePublished": f"2024-01-{1 + number:02}",
            "reviewRating": {"ratingValue": 4},
            "reviewBody": f"Stay number {number} was pleasant and quiet.",
        }
        for number in range(count)
    ]
    rating = {"@type": "AggregateRating", "ratingValue": 4, "reviewCount": count}
    hotel = {"@context": "https://schema.org", "@type": "Hotel", "name": "Inn", "@id": url}
    told = json.dumps({**hotel, "review": reviews, "aggregateRating": rating})
    return f'<html lang="en"><script type="application/ld+json">{told}</script></html>'


def test_a_site_that_moves_to_another_scheme_loses_and_doubles_nothing(
    sqlite_database: Database, pseudonymiser: Pseudonymiser, httpserver: HTTPServer, tmp_path: Path
) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("", status=404)
    for night, url in enumerate(("http://inn.example/a", "https://inn.example/a/", "https://inn.example/a/")):
        httpserver.expect_oneshot_request("/inn").respond_with_data(inn_page(url, 8), content_type="text/html")
        inn = source(httpserver.url_for("/inn"), whole_every=1)
        found = gather(sqlite_database, pseudonymiser, inn, archive=tmp_path, night=night)
        assert (found.errors, found.closed.missing, found.closed.removed) == ([], 0, 0)
    assert set(read_listing_reviews(sqlite_database)["listing_id"]) == {"http://inn.example/a"}
    assert len(read_reviews(sqlite_database)) == 8


def test_the_command_line_crawls_and_is_partial_where_a_source_failed(
    run: Run, site: tuple[str, ...], tmp_path: Path
) -> None:
    def table(name: str, *urls: str) -> str:
        said = ", ".join(f'"{url}"' for url in urls)
        return (
            f'[[source]]\nname = "{name}"\nspider = "schema_org"\nplatform = "{CRAWLED}"\ndelay_s = 0.0\n'
            f"allow_private = true\nstart_urls = [{said}]\n"
        )

    text = '[crawl]\ncontact = "a@b.example"\n' + table("guide", *site) + table("bad", site[0] + "nothing.html")
    (tmp_path / "fairstay.toml").write_text(text)
    said = run("crawl", "guide")
    assert (said.code, said.err) == (0, "")
    assert f"{len(GUIDE)} new" in said.out
    said = run("crawl")
    assert said.code == 3
    assert len(said.lines) == 1
    assert said.lines[0].startswith("fairstay: bad: ")
