from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crawlers.crawl import CrawlError, Source
from fairstay import collecting
from fairstay.collecting import Collected, collect
from fairstay.progress import Progress
from fairstay.town.server import serve
from fairstay.town.sites import write_sites
from store.database import Database
from store.privacy import Pseudonymiser
from store.reading import read_listing_reviews
from tests.conftest import SEEN
from tests.fairstay.conftest import Run
from tests.fairstay.towns import CRAWLED, small_town

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
    database: Database, pseudonymiser: Pseudonymiser, *sources: Source, contact: str = "a@b.example"
) -> Collected:
    return collect(
        database,
        sources,
        contact=contact,
        seen_at=SEEN,
        pseudonymiser=pseudonymiser,
        keep_names=False,
        progress=Progress(io.StringIO()),
    )


def test_every_review_of_a_website_is_in_the_store(
    database: Database, pseudonymiser: Pseudonymiser, site: tuple[str, ...]
) -> None:
    found = gather(database, pseudonymiser, source(*site))
    assert not found.partial, found.errors
    assert (found.written.new, found.written.changed, found.written.unchanged) == (len(GUIDE), 0, 0)
    stored = read_listing_reviews(database)
    assert set(stored["review_id"]) == set(GUIDE["review_id"])
    assert stored["reviewer_key"].nunique() == GUIDE["reviewer_id"].nunique()
    again = gather(database, pseudonymiser, source(*site))
    assert (again.written.new, again.written.changed, again.written.unchanged) == (0, 0, len(GUIDE))
    assert str(again).endswith(f"0 new, 0 changed, {len(GUIDE)} unchanged, 0 addresses left alone")


def test_one_source_that_fails_does_not_stop_the_others(
    sqlite_database: Database, pseudonymiser: Pseudonymiser, site: tuple[str, ...]
) -> None:
    bad = source(site[0] + "nothing.html", name="bad")
    found = gather(sqlite_database, pseudonymiser, bad, source(*site))
    assert found.partial
    assert found.written.new == len(GUIDE)
    assert [error.split(":")[0] for error in found.errors] == ["bad"]


def test_a_private_address_is_refused_where_it_is_not_allowed(
    sqlite_database: Database, pseudonymiser: Pseudonymiser, site: tuple[str, ...]
) -> None:
    found = gather(sqlite_database, pseudonymiser, source(*site, allow_private=False))
    assert found.partial
    assert found.written.new == 0


def test_no_sources_are_no_crawl(sqlite_database: Database, pseudonymiser: Pseudonymiser) -> None:
    found = gather(sqlite_database, pseudonymiser, contact="")
    assert (found.partial, found.results) == (False, ())


def test_a_crawl_without_a_contact_does_not_start(
    sqlite_database: Database, pseudonymiser: Pseudonymiser, site: tuple[str, ...]
) -> None:
    with pytest.raises(CrawlError, match="contact"):
        gather(sqlite_database, pseudonymiser, source(*site), contact="")


def test_pages_before_a_death_are_kept(
    sqlite_database: Database,
    pseudonymiser: Pseudonymiser,
    site: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
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
            gather(sqlite_database, pseudonymiser, source(*site))
    kept = len(read_listing_reviews(sqlite_database))
    assert 0 < kept < len(GUIDE)
    assert gather(sqlite_database, pseudonymiser, source(*site)).written.new == len(GUIDE) - kept


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
