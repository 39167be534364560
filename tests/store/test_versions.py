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


def edits(database):
    with database.read() as connection:
        rows = connection.execute(select(ReviewEvent.at, ReviewEvent.source).where(ReviewEvent.kind == "edited"))
        return sorted(tuple(row) for row in rows)


def night(number):
    return SEEN + dt.timedelta(days=number)


def test_two_sources_with_words_of_their_own_make_no_edits(sqlite_database):
    for number in range(4):
        write(sqlite_database, observation(text="The whole text."), "api", night(number))
        write(sqlite_database, observation(text="The whole...", title=None), "site", night(number))
    assert edits(sqlite_database) == []
    assert texts(sqlite_database, ReviewVersion.text) == [("The whole text.",), ("The whole...",)]


def test_an_edit_that_both_sources_show_is_one(sqlite_database):
    for number, text in enumerate(("Old.", "Old.", "New.", "New.", "New.")):
        write(sqlite_database, observation(text=text, title=None), "site", night(number))
        write(sqlite_database, observation(text=text), "api", night(number))
    assert edits(sqlite_database) == [(night(2), "site")]


def test_an_edit_by_a_source_that_never_made_a_version_is_found(sqlite_database):
    write(sqlite_database, observation(), "api")
    write(sqlite_database, observation(), "site")
    write(sqlite_database, observation(text="Other words."), "site", NEXT)
    assert edits(sqlite_database) == [(NEXT, "site")]


@pytest.mark.parametrize("marked", [True, None])
def test_another_language_on_every_other_night_is_no_edit(sqlite_database, marked):
    german = observation(text="Ruhige Zimmer.", title="Ruhig", language="de", text_is_translation=marked)
    for number in range(6):
        write(sqlite_database, german if number % 2 else observation(language="en"), "site", night(number))
    assert edits(sqlite_database) == []
    assert len(texts(sqlite_database, ReviewVersion.number)) == (1 if marked else 2)
    write(sqlite_database, observation(language="en", text="Edited."), "site", night(6))
    assert edits(sqlite_database) == [(night(6), "site")]


def test_the_name_of_a_language_alone_makes_no_version(sqlite_database):
    for number, language in enumerate(("de", "en", "en-us", "de")):
        write(sqlite_database, observation(language=language), "site", night(number))
    assert len(texts(sqlite_database, ReviewVersion.number)) == 1


def test_another_scale_is_no_edit_and_another_rating_is(sqlite_database):
    write(sqlite_database, observation(rating=3.0), "site")
    write(sqlite_database, observation(rating=5.0, rating_worst=0.0, rating_best=10.0), "site", NEXT)
    assert edits(sqlite_database) == []
    write(sqlite_database, observation(rating=9.0, rating_worst=0.0, rating_best=10.0), "site", night(2))
    assert edits(sqlite_database) == [(night(2), "site")]


def test_marks_beside_the_rating_hold_on_their_own_scale_alone(sqlite_database):
    marks = {"staff": 4.0}
    write(sqlite_database, observation(rating=8.0, rating_worst=0.0, rating_best=10.0, subratings=marks), "api")
    write(sqlite_database, observation(rating=8.0, rating_worst=0.0, rating_best=10.0, text="Longer."), "site")
    write(sqlite_database, observation(rating=4.0, rating_worst=0.0, rating_best=5.0, text="Other."), "other")
    assert texts(sqlite_database, ReviewVersion.rating_best, ReviewVersion.subratings) == [
        (10.0, marks),
        (10.0, marks),
        (5.0, None),
    ]


def test_a_review_in_full_and_shortened_on_two_pages_of_a_run_is_no_edit(sqlite_database):
    for number in range(3):
        for text in ("Short...", "Short and the rest."):
            write(sqlite_database, observation(text=text), "site", night(number))
    assert edits(sqlite_database) == []
    assert len(texts(sqlite_database, ReviewVersion.number)) == 2


def test_a_crawled_source_stands_against_a_file(sqlite_database):
    write(sqlite_database, observation(text="From the site."), "site")
    write(sqlite_database, observation(text="From an export."), "export.csv", NEXT, sighted=False)
    write(sqlite_database, observation(text="From the site."), "site", night(2))
    assert edits(sqlite_database) == []
    assert texts(sqlite_database, ReviewVersion.text)[-1] == ("From the site.",)


def test_a_page_that_rewords_most_of_its_reviews_has_changed_itself(sqlite_database):
    def page(change, moment):
        batch = [observation(review_id=f"r{n}", text=f"Stay {n}.{change}") for n in range(8)]
        return write_observations(
            sqlite_database, batch, source="site", seen_at=moment, pseudonymiser=Pseudonymiser(KEY), sighted=True
        )

    page("", SEEN)
    assert page(" Read more", NEXT) == Written(changed=8, doubted=8)
    assert edits(sqlite_database) == []
    assert page(" Read more", night(2)) == Written(unchanged=8)


def test_an_edit_keeps_the_days_that_were_known(sqlite_database):
    first, last = dt.date(2026, 3, 10), dt.date(2026, 3, 12)
    narrow = observation(published_from=first, published_to=last, published_precision="week")
    wide = observation(
        text="Edited.",
        published_from=dt.date(2026, 3, 1),
        published_to=dt.date(2026, 3, 31),
        published_precision="month",
    )
    write(sqlite_database, narrow, "site")
    write(sqlite_database, wide, "site", NEXT)
    found = texts(sqlite_database, ReviewVersion.published_from, ReviewVersion.published_to)
    assert found == [(first, last), (first, last)]
