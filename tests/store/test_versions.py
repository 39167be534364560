"""store.versions: edits, where several sources show one review."""

import datetime as dt

import pytest
from sqlalchemy import select

from store.models import ReviewVersion
from store.observations import Written, write_observations
from store.privacy import Pseudonymiser
from store.provenance import ReviewEvent, Sighting
from tests.conftest import KEY, SEEN, observation

NEXT = SEEN + dt.timedelta(days=1)


def write(database, each, source, seen_at=SEEN, *, sighted=True):
    return write_observations(
        database, [each], source=source, seen_at=seen_at, pseudonymiser=Pseudonymiser(KEY), sighted=sighted
    )


def texts(database, *columns):
    with database.read() as connection:
        return [tuple(row) for row in connection.execute(select(*columns).order_by(ReviewVersion.number))]


def test_what_a_second_source_never_gives_has_not_gone(database):
    write(database, observation(response_text="Thank you."), "api")
    for moment in (SEEN, NEXT):
        assert write(database, observation(language=None), "site", moment) == Written(unchanged=1)
        assert write(database, observation(response_text="Thank you."), "api", moment) == Written(unchanged=1)
    assert texts(database, ReviewVersion.response_text) == [("Thank you.",)]


def test_what_a_second_source_adds_is_a_version_with_all_that_is_known(database):
    write(database, observation(language=None), "site")
    assert write(database, observation(title=None, language="en"), "api") == Written(changed=1)
    assert write(database, observation(language=None), "site", NEXT) == Written(unchanged=1)
    assert texts(database, ReviewVersion.title, ReviewVersion.language) == [
        ("Quiet rooms", None),
        ("Quiet rooms", "en"),
    ]


def test_what_the_same_source_gives_no_more_is_an_edit(database):
    write(database, observation(response_text="Thank you."), "api")
    assert write(database, observation(), "api", NEXT) == Written(changed=1)
    assert texts(database, ReviewVersion.response_text) == [("Thank you.",), (None,)]
    with database.read() as connection:
        assert connection.execute(select(ReviewEvent.kind, ReviewEvent.at)).all() == [("edited", NEXT)]


@pytest.mark.parametrize(
    ("first", "second", "then"),
    [
        # Each pair is days of March 2026, inclusive; disjoint intervals leave what was known.
        ((1, 20), (10, 31), (10, 20)),
        ((10, 20), (1, 31), (10, 20)),
        ((1, 5), (10, 20), (1, 5)),
        ((1, 5), (5, 9), (5, 5)),
    ],
)
def test_two_relative_dates_narrow_each_other(database, first, second, then):
    for days, moment in ((first, SEEN), (second, NEXT)):
        start, end = (dt.date(2026, 3, day) for day in days)
        each = observation(published_from=start, published_to=end, published_precision="month")
        write(database, each, "site", moment)
    version = ReviewVersion
    (row,) = texts(database, version.published_from, version.published_to, version.published_precision)
    precision = "day" if then[0] == then[1] else "month"
    assert row == (dt.date(2026, 3, then[0]), dt.date(2026, 3, then[1]), precision)


def test_only_sighted_sources_keep_sightings(database):
    write(database, observation(), "file.csv", sighted=False)
    write(database, observation(), "site")
    write(database, observation(), "site", NEXT)
    with database.read() as connection:
        rows = connection.execute(select(Sighting.source, Sighting.first_seen, Sighting.last_seen)).all()
    assert rows == [("site", SEEN, NEXT)]
