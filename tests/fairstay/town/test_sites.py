import datetime as dt
from pathlib import Path
from urllib.parse import urljoin

import pandas as pd
import pytest

from crawlers.crawl import Fetched, Source, crawl
from crawlers.page import Context, Page
from crawlers.parse.schema_org import parse
from detection.simulate.platform import Platform
from fairstay.town.server import serve
from fairstay.town.sites import write_sites
from store.canonical import Observation

SEEN = dt.date(2026, 11, 1)

# What schema.org markup has a property for, and the crawlers read.
TOLD = (
    "platform", "listing_id", "listing_name", "listing_kind", "city", "country", "latitude", "longitude", "review_id",
    "reviewer_id", "reviewer_name", "rating", "rating_worst", "rating_best", "title", "text", "language",
)  # fmt: skip


def read(folder: Path, start: str, base: str = "http://127.0.0.1:8000") -> list[Page]:
    """The pages of a listing as a crawler would read them, from the first by way of rel=next."""
    pages, url = [], base + start
    while url:
        path = folder / url.removeprefix(base + "/")
        body = (path / "index.html" if url.endswith("/") else path).read_bytes()
        page = parse(body, Context(url, "lakeguide", SEEN))
        assert page.drops == {}
        pages.append(page)
        url = urljoin(url, page.next_urls[0]) if page.next_urls else ""
    return pages


def expected(reviews: pd.DataFrame) -> list[dict[str, object]]:
    plain = reviews[list(TOLD)].astype(object)
    rows = plain.where(plain.notna(), None).assign(published=reviews["published"].dt.date)
    return [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]


def told(observation: Observation) -> dict[str, object]:
    assert observation.published_from == observation.published_to
    assert not observation.synthetic_id
    return {name: getattr(observation, name) for name in TOLD} | {"published": observation.published_from}


def sorted_rows(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return sorted(rows, key=lambda row: str(row["review_id"]))


def test_every_review_of_the_town_comes_back(town: Platform, tmp_path: Path) -> None:
    reviews = town.reviews[town.reviews["platform"] == "lakeguide"]
    starts = write_sites(reviews, tmp_path)
    assert starts == tuple(f"/{listing}/" for listing in sorted(reviews["listing_id"].unique()))
    found = [told(one) for start in starts for page in read(tmp_path, start) for one in page.observations]
    assert sorted_rows(found) == sorted_rows(expected(reviews))


def test_half_of_the_listings_speak_json_ld_and_half_microdata(guide: pd.DataFrame, tmp_path: Path) -> None:
    starts = write_sites(guide, tmp_path)
    texts = [(tmp_path / start.strip("/") / "index.html").read_text("utf-8") for start in starts]
    assert sorted("application/ld+json" in text for text in texts) == [False, False, True, True]
    assert all(("application/ld+json" in text) != ("itemscope" in text) for text in texts)


def test_pages_hold_twenty_reviews_newest_first_and_claim_them_all(guide: pd.DataFrame, tmp_path: Path) -> None:
    for start in write_sites(guide, tmp_path):
        reviews = guide[guide["listing_id"] == start.strip("/")]
        pages = read(tmp_path, start)
        sizes = [len(page.observations) for page in pages]
        assert sizes[:-1] == [20] * (len(sizes) - 1)
        assert 1 <= sizes[-1] <= 20
        days = [one.published_from for page in pages for one in page.observations]
        assert days == sorted(days, reverse=True)
        for page in pages:
            (snapshot,) = page.snapshots
            assert snapshot.listing_id == start.strip("/")
            assert snapshot.review_count == len(reviews) == len(days)
            assert snapshot.rating == pytest.approx(reviews["rating"].mean(), abs=0.051)
            assert snapshot.rating_best == 5


def test_a_crawl_reads_everything_and_ids_do_not_depend_on_the_port(guide: pd.DataFrame, tmp_path: Path) -> None:
    starts = write_sites(guide, tmp_path)
    runs = []
    for _ in range(2):
        fetched: list[Fetched] = []
        with serve(tmp_path) as base:
            urls = tuple(base + start for start in starts)
            source = Source("guide", "schema_org", "lakeguide", urls, delay_s=0, allow_private=True)
            (result,) = crawl(
                [source],
                contact="ops@fairstay.example",
                seen=SEEN,
                clock=lambda: dt.datetime(SEEN.year, SEEN.month, SEEN.day),  # noqa: DTZ001  (UTC, without an offset)
                on_page=fetched.append,
            )
        assert (result.errors, result.forbidden, result.complete) == ((), 0, True)
        runs.append([one for page in fetched for one in page.page.observations])
    # Equal in all fields: the addresses and the hashes of the raw content too.
    assert runs[0] == runs[1]
    assert sorted_rows([told(one) for one in runs[0]]) == sorted_rows(expected(guide))
    assert {one.review_url for one in runs[0]} == {
        f"https://lakeguide.example/reviews/{review}" for review in guide["review_id"]
    }


@pytest.mark.parametrize("listing_id", ["a1", "a2"], ids=["json-ld", "microdata"])
def test_whatever_people_write_is_escaped(guide: pd.DataFrame, tmp_path: Path, listing_id: str) -> None:
    wild = guide[guide["listing_id"] == guide["listing_id"].iloc[0]].head(3)
    wild = wild.assign(listing_id=listing_id, listing_name='B&B "Zum <Löwen>" d\'Or', city="Sankt <i>Pölten")
    wild["title"] = ["</script><script>alert(1)</script>", "'\" & <b>", None]
    wild["text"] = ["<img src=x onerror=alert(1)> {{ 7 * 7 }}", "5 > 3 & 2 < 4\nsecond line 🙂", None]
    wild["reviewer_name"] = ['"><script>', "O'Neil & Söhne", None]
    wild["reviewer_id"] = ['u/1?"x', None, None]
    wild["response_text"] = "<script>alert(2)</script>"
    (start,) = write_sites(wild, tmp_path)
    text = (tmp_path / listing_id / "index.html").read_text("utf-8")
    assert text.count("<script") == (1 if listing_id == "a1" else 0)
    assert "<img" not in text
    (page,) = read(tmp_path, start)
    rows = expected(wild)
    rows[2]["reviewer_name"] = "A guest"  # as a guest without a name is shown
    assert sorted_rows([told(one) for one in page.observations]) == sorted_rows(rows)


def test_a_person_finds_her_way_and_robots_txt_keeps_hosts_private(guide: pd.DataFrame, tmp_path: Path) -> None:
    starts = write_sites(guide, tmp_path)
    home = (tmp_path / "index.html").read_text("utf-8")
    assert all(f'href="{start}"' in home for start in starts)
    assert (tmp_path / "robots.txt").read_text() == "User-agent: *\nAllow: /\nDisallow: /private/\n"
    assert (tmp_path / "private" / "index.html").is_file()
    first = (tmp_path / starts[0].strip("/") / "index.html").read_text("utf-8")
    second = (tmp_path / starts[0].strip("/") / "page-2.html").read_text("utf-8")
    assert 'href="/private/"' in first
    assert '<link rel="next" href="page-2.html">' in first
    assert '<link rel="prev" href="./">' in second
    assert guide["listing_name"].iloc[0] in home
    answered = guide[guide["response_text"].notna()].iloc[-1]
    pages = (tmp_path / answered["listing_id"]).glob("*.html")
    assert any(answered["response_text"].split(",")[0] in page.read_text("utf-8") for page in pages)


def test_files_are_the_same_every_time_and_touched_only_where_they_change(guide: pd.DataFrame, tmp_path: Path) -> None:
    def state() -> dict[Path, tuple[bytes, int]]:
        files = (path for path in tmp_path.rglob("*") if path.is_file())
        return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}

    write_sites(guide, tmp_path)
    before = state()
    write_sites(guide.sample(frac=1, random_state=1), tmp_path)
    assert state() == before
    changed = guide.copy()
    newest = changed.groupby("listing_id")["published"].idxmax().iloc[0]
    changed.loc[newest, "reviewer_name"] = "Someone Else"
    write_sites(changed, tmp_path)
    touched = [path for path, content in state().items() if content != before[path]]
    assert [path.parent.name for path in touched] == [changed.loc[newest, "listing_id"]]


def test_a_site_is_of_one_platform_and_ids_must_name_folders(town: Platform, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="of one platform, not of 3"):
        write_sites(town.reviews, tmp_path)
    one = town.reviews.head(1)
    for listing_id in ("../up", "private", ""):
        with pytest.raises(ValueError, match="cannot name a folder"):
            write_sites(one.assign(listing_id=listing_id), tmp_path)
