import datetime as dt
import gzip
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from crawlers.files import FileReader, read_file
from crawlers.page import Refusal
from detection.simulate.platform import Platform
from fairstay.town.inbox import write_inbox
from store.canonical import Observation

NAMES = ("tripadvisor-archive.csv.gz", "tripadvisor-last-year.jsonl", "google.parquet")
PLAIN = (
    "platform", "listing_id", "listing_name", "listing_kind", "city", "country", "latitude", "longitude", "review_id",
    "reviewer_id", "reviewer_name", "reviewer_review_count", "rating", "rating_worst", "rating_best", "title", "text",
    "language", "verified_stay", "response_text",
)  # fmt: skip


def rows_of(reviews: pd.DataFrame) -> list[dict[str, Any]]:
    """The reviews as observations would say them, in their order."""
    plain = reviews.astype(object)
    rows = []
    for row in plain.where(reviews.notna(), None).to_dict("records"):
        told: dict[str, Any] = {name: row[name] for name in PLAIN}
        told |= {name: row[name] and row[name].date() for name in ("reviewer_since", "response_published")}
        told |= {"published_from": row["published"].date(), "published_to": row["published"].date()}
        rows.append(told | {"stayed": row["stayed"]})
    return rows


def row_of(observation: Observation) -> dict[str, Any]:
    names = (*PLAIN, "reviewer_since", "response_published", "published_from", "published_to")
    stayed = observation.stayed_from and f"{observation.stayed_from:%Y-%m}"
    return {name: getattr(observation, name) for name in names} | {"stayed": stayed}


def good(reader: FileReader) -> list[Observation]:
    return [one for one in reader if isinstance(one, Observation)]


@pytest.fixture(scope="module")
def inbox(town: Platform, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    return write_inbox(town.reviews, tmp_path_factory.mktemp("inbox") / "new")


def test_every_review_comes_back_exactly(town: Platform, inbox: tuple[Path, ...]) -> None:
    assert tuple(path.name for path in inbox) == NAMES
    archive, last_year, google = (read_file(path) for path in inbox)
    assert archive.unknown_columns == last_year.unknown_columns == google.unknown_columns == ()
    reviews = town.reviews
    found = [row_of(one) for one in [*good(archive), *good(last_year)]]
    assert found == rows_of(reviews[reviews["platform"] == "tripadvisor"])
    assert [row_of(one) for one in good(google)] == rows_of(reviews[reviews["platform"] == "google"])


def test_the_archive_ends_a_year_before_the_newest_review(inbox: tuple[Path, ...]) -> None:
    archive, last_year = (good(read_file(path)) for path in inbox[:2])
    assert max(one.published_from for one in last_year) == dt.date(2026, 10, 31)
    assert max(one.published_from for one in archive) <= dt.date(2025, 10, 31)
    assert min(one.published_from for one in last_year) > dt.date(2025, 10, 31)


def test_two_rows_are_refused_and_can_be_mended(inbox: tuple[Path, ...]) -> None:
    refused = [[one for one in read_file(path) if isinstance(one, Refusal)] for path in inbox]
    assert [len(found) for found in refused] == [2, 0, 0]
    rating, published = refused[0]
    assert (rating.column, rating.reason) == ("rating", "'7.0' is not a number between 1 and 5")
    assert published.column == "published"
    assert "'2024-02-30' is not a day" in published.reason
    assert [one.row["review_id"] for one in refused[0]] == ["tripadvisor-x1", "tripadvisor-x2"]
    assert all(one.row["text"] == one.row["title"] == "" for one in refused[0])


def test_equal_reviews_give_equal_bytes(town: Platform, inbox: tuple[Path, ...], tmp_path: Path) -> None:
    again = write_inbox(town.reviews.copy(), tmp_path)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in inbox]
    assert gzip.decompress(inbox[0].read_bytes()).startswith(b"platform,listing_id,listing_name,")


def test_a_platform_without_reviews_sends_nothing(town: Platform, tmp_path: Path) -> None:
    reviews = town.reviews
    assert write_inbox(reviews[reviews["platform"] == "lakeguide"], tmp_path) == ()
    assert list(tmp_path.iterdir()) == []
    recent = reviews[(reviews["platform"] == "tripadvisor") & (reviews["published"] >= "2026-06-01")]
    assert [path.name for path in write_inbox(recent, tmp_path)] == ["tripadvisor-last-year.jsonl"]


def test_a_single_old_review_still_gives_an_archive(town: Platform, tmp_path: Path) -> None:
    reviews = town.reviews[town.reviews["platform"] == "tripadvisor"]
    archive, last_year = write_inbox(reviews.iloc[[0, -1]], tmp_path)
    assert len(good(read_file(archive))) == len(good(read_file(last_year))) == 1
