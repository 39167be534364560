"""fairstay.quality: a reader that broke is told from a quiet night."""

import datetime as dt
import json
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer

from fairstay.quality import Coverage, SourceNight, alarms, drops
from store.database import open_database
from store.source_runs import SourceRunRow, write_source_run
from tests.conftest import SEEN, observation
from tests.fairstay.conftest import Run

USUAL = {"title": 0.98, "text": 1.0, "response_text": 0.12}


def night(pages=20, reviews=200, **coverage):
    return SourceNight(pages, reviews, USUAL | coverage)


def history(count=30):
    return [night(reviews=200 + number % 3) for number in range(count)]


def test_a_usual_night_is_quiet():
    assert alarms("inn", night(), history()) == []


def test_a_field_that_is_gone_is_named():
    (line,) = alarms("inn", night(title=0.0), history())
    assert line == "inn: field title fell to 0% from 98% over 30 nights"


def test_reviews_that_are_gone_are_named():
    (line,) = alarms("inn", night(reviews=40), history())
    assert line == "inn: reviews a page fell to 2.0 from 10.1 over 30 nights"


def test_a_page_without_any_review_is_named():
    assert alarms("inn", SourceNight(20, 0, {}), history()) == [
        "inn: reviews a page fell to 0.0 from 10.1 over 30 nights"
    ]


@pytest.mark.parametrize(
    ("tonight", "earlier"),
    [
        pytest.param(night(title=0.0), history(4), id="too few nights to know"),
        pytest.param(night(title=0.55), history(), id="more than half is left"),
        pytest.param(SourceNight(20, 19, {}), [SourceNight(20, 19, USUAL)] * 30, id="too few reviews to say"),
        pytest.param(SourceNight(4, 0, {}), history(), id="too few pages to say"),
        pytest.param(night(reviews=60, response_text=0.0), history(), id="seven replies less may be chance"),
        pytest.param(night(pages=2, reviews=20), history(), id="a night that asked only for what changed"),
        pytest.param(night(title=0.98, new_field=0.4), history(), id="a field more"),
    ],
)
def test_what_may_be_chance_is_quiet(tonight, earlier):
    assert [line for line in alarms("inn", tonight, earlier) if "reviews a page" not in line or tonight.pages < 5] == []


def test_one_broken_night_does_not_make_the_next_one_usual():
    earlier = [night(title=0.0), *history(29)]
    assert len(alarms("inn", night(title=0.0), earlier)) == 1


@given(
    share=st.floats(0, 1),
    pages=st.integers(0, 50),
    reviews=st.integers(0, 500),
    earlier=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 500), st.floats(0, 1)), max_size=40),
)
def test_a_night_like_any_of_its_like_is_never_named(share, pages, reviews, earlier):
    tonight = SourceNight(pages, reviews, {"title": share})
    assert alarms("inn", tonight, [tonight] * 30) == []
    alarms("inn", tonight, [SourceNight(p, r, {"title": s}) for p, r, s in earlier])


def test_coverage_counts_what_is_there():
    coverage = Coverage()
    assert coverage.shares() == {}
    coverage.add(observation(review_url="https://inn.example/1"))
    coverage.add(observation(title=None, published_to=dt.date(2026, 3, 31), synthetic_id=True))
    shares = coverage.shares()
    assert coverage.reviews == 2
    assert (shares["title"], shares["review_url"], shares["text"], shares["day"]) == (0.5, 0.5, 1.0, 0.5)
    assert (shares["review_id"], shares["response_text"]) == (0.5, 0.0)


def test_the_store_s_nights_are_compared(database):
    for number in range(7):
        title = 0.9 if number < 6 else 0.1
        row = SourceRunRow(
            "inn", SEEN + dt.timedelta(days=number), 9, 9, 0, 9, 0, 0, {}, 90, {"title": title}, complete=True
        )
        write_source_run(database, row)
    assert drops(database, SEEN + dt.timedelta(days=5)) == []
    assert drops(database, SEEN + dt.timedelta(days=6)) == ["inn: field title fell to 10% from 90% over 6 nights"]


def _page(first: int, count: int) -> str:
    reviews = [
        {
            "@type": "Review",
            "@id": f"#r{number}",
            "datePublished": f"2025-{1 + number % 12:02}-1{number % 9}",
            "reviewRating": {"ratingValue": 4},
            "name": f"Stay {number}",
        }
        for number in range(first, first + count)
    ]
    hotel = {"@context": "https://schema.org", "@type": "Hotel", "name": "Inn", "url": "/inn", "review": reviews}
    return f'<html lang="en"><script type="application/ld+json">{json.dumps(hotel)}</script></html>'


def test_a_field_that_is_gone_holds_the_delivery_back(run: Run, httpserver: HTTPServer, tmp_path: Path) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("", status=404)
    httpserver.expect_request("/inn").respond_with_data(_page(0, 30), content_type="text/html")
    (tmp_path / "fairstay.toml").write_text(
        f'[text]\nmodel = ""\n[run]\nworkers = 1\n[deliver]\nfolder = "drop"\n[crawl]\ncontact = "a@b.example"\n'
        f'[[source]]\nname = "inn"\nspider = "schema_org"\nplatform = "inn"\ndelay_s = 0\nallow_private = true\n'
        f'start_urls = ["{httpserver.url_for("/inn")}"]\n'
    )
    with closing(open_database(f"sqlite:///{tmp_path / 'fairstay.sqlite'}")) as database:
        for number in range(6):
            moment = dt.datetime(2026, 3, 1 + number, 2, 30)  # noqa: DTZ001  (UTC, as the store keeps it)
            coverage = {"title": 1.0, "text": 0.97}
            row = SourceRunRow("inn", moment, 9, 1, 0, 9, 0, 0, {}, 30, coverage, complete=True)
            write_source_run(database, row)
    said = run("nightly", "--now", "2026-03-20T02:30:00")
    assert said.code == 4
    held_back = "deliver: held back: a source gives far less than before, its reader may be broken"
    assert held_back in said.lines
    assert "deliver: inn: field text fell to 0% from 97% over 6 nights" in said.lines
    assert not (tmp_path / "drop").exists()
    assert "deliver  stopped" in run("status").out
    said = run("nightly", "--now", "2026-03-20T03:30:00", "--deliver-anyway")
    assert said.code == 0
    assert any((tmp_path / "drop").rglob("*.html"))
