"""store.observations: identities, versions, and nothing twice."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from store import observations
from store.base import Base
from store.canonical import ListingSnapshot, listing_key, review_key
from store.database import table_of
from store.models import Listing, ListingCount, Review, Reviewer, ReviewVersion
from store.observations import Written, known_file, remember_file, write_listing_counts, write_observations
from store.privacy import Pseudonymiser
from store.provenance import SourceFile
from tests.conftest import KEY, SEEN, observation

LATER = SEEN + dt.timedelta(days=1)


def write(database, *given, seen_at=SEEN, source="file", **options):
    return write_observations(
        database, given, source=source, seen_at=seen_at, pseudonymiser=Pseudonymiser(KEY), **options
    )


def rows(database, model, *order):
    table = table_of(model)
    with database.read() as connection:
        ordered = select(table).order_by(*(order or table.primary_key.columns))
        return [dict(row) for row in connection.execute(ordered).mappings()]


def row(database, model):
    (only,) = rows(database, model)
    return only


def everything(database):
    return {table.name: _all(database, table) for table in Base.metadata.sorted_tables}


def _all(database, table):
    with database.read() as connection:
        return connection.execute(select(table).order_by(*table.primary_key.columns)).all()


def many(count, **changes):
    return [observation(review_id=f"r{n}", reviewer_id=f"guest-{n % 7}", **changes) for n in range(count)]


# Once and again


def test_a_review_is_kept_with_all_that_it_says(database, pseudonymiser):
    full = observation(
        review_url="https://example.org/r/1",
        text_is_translation=False,
        stayed_from=dt.date(2026, 3, 1),
        stayed_to=dt.date(2026, 3, 31),
        edited=dt.date(2026, 3, 15),
        verified_stay=True,
        response_text="Danke! ✓",
        response_published=dt.date(2026, 3, 16),
        response_state="active",
        text_positive="The lake.",
        text_negative="The lift.",
        subratings={"staff": 9.5},
        published_precision="day",
        reviewer_review_count=12,
        reviewer_since=dt.date(2019, 1, 1),
        latitude=47.66,
        longitude=9.18,
        rating=8.7,
        rating_worst=1.0,
        rating_best=10.0,
    )
    assert write(database, full, source="google-api") == Written(new=1)
    version = row(database, ReviewVersion)
    for name in observations.CONTENT_FIELDS:
        assert version[name] == getattr(full, name), name
    assert (version["number"], version["source"], version["raw_sha256"]) == (1, "google-api", "0" * 64)
    assert version["seen_at"] == SEEN
    review = row(database, Review)
    assert review["key"] == version["review_key"] == review_key("google", "hotel-1", "review-1")
    assert review["listing_key"] == row(database, Listing)["key"] == "google/hotel-1"
    assert (review["first_seen"], review["last_seen"], review["version"]) == (SEEN, SEEN, 1)
    reviewer = row(database, Reviewer)
    assert review["reviewer_key"] == reviewer["key"] == pseudonymiser.token("google", "guest-1")
    assert pseudonymiser.open("google", reviewer["sealed"]) == "guest-1"
    assert (reviewer["review_count"], reviewer["since"]) == (12, dt.date(2019, 1, 1))
    assert (row(database, Listing)["latitude"], row(database, Listing)["longitude"]) == (47.66, 9.18)


def test_dates_stay_intervals(database):
    vague = observation(published_from=dt.date(2026, 1, 1), published_to=dt.date(2026, 1, 31))
    write(database, vague)
    version = row(database, ReviewVersion)
    assert (version["published_from"], version["published_to"]) == (dt.date(2026, 1, 1), dt.date(2026, 1, 31))


def test_the_same_again_changes_nothing(database):
    batch = many(30)
    assert write(database, *batch) == Written(new=30)
    before = everything(database)
    assert write(database, *batch) == Written(unchanged=30)
    assert everything(database) == before


def test_seen_again_later_only_moves_last_seen(database):
    write(database, observation())
    before = everything(database)
    assert write(database, observation(), seen_at=LATER) == Written(unchanged=1)
    review = row(database, Review)
    assert (review["first_seen"], review["last_seen"]) == (SEEN, LATER)
    after = everything(database)
    assert {name for name in after if after[name] != before[name]} == {"review"}


def test_seen_again_from_an_older_file_moves_nothing_back(database):
    write(database, observation(), seen_at=LATER)
    write(database, observation(), seen_at=SEEN)
    assert row(database, Review)["last_seen"] == LATER


def test_an_edit_makes_a_version_and_keeps_the_old(database):
    write(database, observation(text="Good."), source="one")
    edited = observation(text="Bad.", rating=1.0, raw_sha256="f" * 64)
    assert write(database, edited, seen_at=LATER, source="two") == Written(changed=1)
    first, second = rows(database, ReviewVersion)
    assert (first["number"], first["text"], first["rating"], first["seen_at"]) == (1, "Good.", 4.0, SEEN)
    assert (second["number"], second["text"], second["rating"], second["seen_at"]) == (2, "Bad.", 1.0, LATER)
    assert (first["source"], second["source"]) == ("one", "two")
    assert (first["raw_sha256"], second["raw_sha256"]) == ("0" * 64, "f" * 64)
    review = row(database, Review)
    assert (review["version"], review["first_seen"], review["last_seen"]) == (2, SEEN, LATER)


def test_an_edit_taken_back_is_a_third_version(database):
    for night, each in enumerate(("Good.", "Bad.", "Good.")):
        write(database, observation(text=each), seen_at=SEEN + dt.timedelta(days=night), sighted=True)
    assert [each["text"] for each in rows(database, ReviewVersion)] == ["Good.", "Bad.", "Good."]


def test_a_file_that_repeats_an_earlier_version_is_old_and_no_edit(database):
    for each in ("Good.", "Bad."):
        write(database, observation(text=each))
    assert write(database, observation(text="Good."), seen_at=LATER) == Written(unchanged=1)
    assert [each["text"] for each in rows(database, ReviewVersion)] == ["Good.", "Bad."]


def test_one_edit_leaves_the_other_reviews_alone(database):
    batch = many(5)
    write(database, *batch)
    assert write(database, *batch[:4], observation(review_id="r4", reviewer_id="guest-4", text="new")) == Written(
        changed=1, unchanged=4
    )
    assert sorted(each["version"] for each in rows(database, Review)) == [1, 1, 1, 1, 2]


def test_a_sliding_relative_date_makes_no_version(database):
    write(database, observation(published_from=dt.date(2026, 2, 1), published_to=dt.date(2026, 2, 28)))
    slid = observation(published_from=dt.date(2026, 2, 2), published_to=dt.date(2026, 3, 1))
    assert write(database, slid, seen_at=LATER) == Written(unchanged=1)
    version = row(database, ReviewVersion)
    assert (version["published_from"], version["published_to"]) == (dt.date(2026, 2, 2), dt.date(2026, 2, 28))


def test_the_same_review_twice_in_a_batch_is_one_and_the_last_counts(database):
    assert write(database, observation(text="first"), observation(text="last")) == Written(new=1)
    assert row(database, ReviewVersion)["text"] == "last"


def test_twice_in_a_batch_as_it_was_is_unchanged(database):
    write(database, observation())
    assert write(database, observation(), observation()) == Written(unchanged=1)
    assert len(rows(database, ReviewVersion)) == 1


def test_one_id_at_two_listings_or_platforms_is_two_reviews(database):
    batch = [observation(), observation(listing_id="hotel-2"), observation(platform="yelp")]
    assert write(database, *batch) == Written(new=3)
    assert len(rows(database, Listing)) == 3
    assert len(rows(database, Reviewer)) == 2


def test_nothing_is_nothing(database):
    assert write(database) == Written()
    assert not any(everything(database).values())


# Batches


def test_more_than_a_batch(database):
    count = 2 * observations._BATCH + 3
    assert write(database, *many(count)) == Written(new=count)
    with database.read() as connection:
        assert connection.scalar(text("select count(*) from review_version")) == count
    assert write(database, *many(count), seen_at=LATER) == Written(unchanged=count)


def test_a_review_twice_in_two_batches_is_one(database, monkeypatch):
    monkeypatch.setattr(observations, "_BATCH", 2)
    assert write(database, *many(3), *many(3)) == Written(new=3, unchanged=3)


def test_a_generator_is_taken_batch_by_batch(database, monkeypatch):
    monkeypatch.setattr(observations, "_BATCH", 2)

    def broken():
        yield from many(3)
        raise OSError("the file ends here")

    with pytest.raises(OSError, match="the file ends here"):
        write_observations(database, broken(), source="s", seen_at=SEEN, pseudonymiser=Pseudonymiser(KEY))
    assert len(rows(database, Review)) == 2


def test_a_batch_that_fails_leaves_nothing_of_itself(database):
    with pytest.raises(Exception, match=r"(?i)not.null"):
        write(database, observation(), observation(review_id="r2", raw_sha256=None))
    assert not any(everything(database).values())


# Listings


NAMED = {"listing_name": "Hotel Seeblick", "listing_kind": "hotel", "city": "Konstanz", "country": "DE"}
BARE = dict.fromkeys(NAMED)


def test_a_listings_name_is_filled_in_later_and_stays(database):
    write(database, observation(**BARE))
    assert row(database, Listing)["name"] is None
    write(database, observation(**NAMED))
    write(database, observation(review_id="r2", **BARE))
    found = row(database, Listing)
    assert (found["name"], found["kind"], found["city"], found["country"]) == tuple(NAMED.values())


def test_a_name_in_the_middle_of_a_batch_counts(database):
    write(database, *(observation(review_id=f"r{n}", **(NAMED if n == 1 else BARE)) for n in range(3)))
    assert row(database, Listing)["name"] == "Hotel Seeblick"


def test_a_new_name_takes_the_place_of_the_old(database):
    write(database, observation())
    write(database, observation(review_id="r2", listing_name="Hotel Bergblick"))
    assert row(database, Listing)["name"] == "Hotel Bergblick"


@pytest.mark.parametrize("together", [True, False])
def test_greenwich_and_the_equator_are_places(database, together):
    batch = [observation(latitude=None, longitude=None), observation(review_id="r2", latitude=0.0, longitude=0.0)]
    for part in [batch] if together else [[each] for each in batch]:
        write(database, *part)
    assert (row(database, Listing)["latitude"], row(database, Listing)["longitude"]) == (0.0, 0.0)


# Reviewers


def test_a_reviewers_id_is_nowhere_in_the_database(sqlite_database):
    write(sqlite_database, observation(reviewer_id="very-private-id", reviewer_name="Erika Mustermann"))
    path = sqlite_database.engine.url.database
    sqlite_database.close()
    with open(path, "rb") as file:
        content = file.read()
    assert b"Hotel Seeblick" in content
    assert b"very-private-id" not in content
    assert b"Mustermann" not in content


def test_names_are_kept_only_when_told(database):
    write(database, observation(reviewer_name="Erika"))
    assert row(database, Reviewer)["name"] is None
    write(database, observation(reviewer_name="Erika"), keep_names=True)
    assert row(database, Reviewer)["name"] == "Erika"


def test_a_review_without_a_reviewer_has_none(database):
    write(database, observation(reviewer_id=None, reviewer_name="A."))
    assert row(database, Review)["reviewer_key"] is None
    assert rows(database, Reviewer) == []


@pytest.mark.parametrize("edited", [True, False])
def test_a_reviewer_who_becomes_known_later_is_entered(database, pseudonymiser, edited):
    write(database, observation(reviewer_id=None))
    write(database, observation(text="edited") if edited else observation(), seen_at=LATER)
    assert row(database, Review)["reviewer_key"] == pseudonymiser.token("google", "guest-1")
    write(database, observation(reviewer_id=None), seen_at=LATER)
    assert row(database, Review)["reviewer_key"] == pseudonymiser.token("google", "guest-1")


def test_what_a_profile_said_is_not_erased(database):
    write(database, observation(reviewer_review_count=12, reviewer_since=dt.date(2019, 1, 1)))
    write(database, observation(review_id="r2"))
    reviewer = row(database, Reviewer)
    assert (reviewer["review_count"], reviewer["since"]) == (12, dt.date(2019, 1, 1))


@pytest.mark.parametrize("counts", [(3, 12), (12, 3), (None, 12), (12, None), (0, None)])
@pytest.mark.parametrize("together", [True, False])
def test_the_largest_number_of_reviews_counts_however_they_come(database, counts, together):
    batch = [observation(review_id=f"r{n}", reviewer_review_count=count) for n, count in enumerate(counts)]
    for part in [batch] if together else [[each] for each in batch]:
        write(database, *part)
    assert row(database, Reviewer)["review_count"] == max(count for count in counts if count is not None)


# Listing counts


def counted(database):
    return [tuple(each.values()) for each in rows(database, ListingCount)]


def test_counts_are_kept_day_by_day(database):
    write(database, observation())
    day = SEEN.date()
    write_listing_counts(database, [ListingSnapshot("google", "hotel-1", 4.5, 5.0, 100)], day)
    write_listing_counts(database, [ListingSnapshot("google", "hotel-1", 4.4, 5.0, 101)], day)
    write_listing_counts(database, [ListingSnapshot("google", "hotel-1", None, None, None)], LATER.date())
    key = listing_key("google", "hotel-1")
    assert counted(database) == [(key, day, 4.4, 5.0, 101), (key, LATER.date(), None, None, None)]


def test_a_count_makes_its_listing_known(database):
    write(database, observation())
    new = ListingSnapshot("google", "inn", 4.0, 5.0, 3, listing_name="The Inn", listing_kind="hotel", city="Bern")
    write_listing_counts(database, [new, ListingSnapshot("google", "hotel-1", 4.5, 5.0, 100)], SEEN.date())
    assert [each[0] for each in counted(database)] == ["google/hotel-1", "google/inn"]
    names = {each["key"]: (each["name"], each["city"]) for each in rows(database, Listing)}
    assert names == {"google/hotel-1": ("Hotel Seeblick", "Konstanz"), "google/inn": ("The Inn", "Bern")}
    write_listing_counts(database, [], SEEN.date())


def test_a_listing_counted_twice_in_a_night_keeps_the_last(database):
    write(database, observation())
    write_listing_counts(database, [ListingSnapshot("google", "hotel-1", 4.0, 5.0, n) for n in (1, 2)], SEEN.date())
    assert [each[4] for each in counted(database)] == [2]


# Files


def test_a_file_is_known_after_it_was_remembered(database):
    assert not known_file(database, "a" * 64)
    for refused in (3, 0):
        remember_file(database, "a" * 64, name="x.csv", imported_at=SEEN, rows=10, refused=refused)
    assert known_file(database, "a" * 64)
    assert not known_file(database, "b" * 64)
    assert row(database, SourceFile)["refused"] == 0


# However the reviews come


REVIEWS = st.lists(
    st.builds(
        observation,
        review_id=st.sampled_from("abcdef"),
        reviewer_id=st.sampled_from(["u", "v", None]),
        rating=st.sampled_from([1.0, 3.0, 5.0]),
        text=st.sampled_from([None, "", "good", "bad"]),
    ),
    max_size=12,
)


@settings(max_examples=25)
@given(batch=REVIEWS, size=st.integers(1, 6))
def test_every_review_that_came_is_counted_once(new_sqlite, batch, size):
    with new_sqlite() as database, pytest.MonkeyPatch.context() as patch:
        patch.setattr(observations, "_BATCH", size)
        first = write(database, *batch)
        assert first.new == len({each.review_id for each in batch}) == len(rows(database, Review))
        assert first.new + first.changed == len(rows(database, ReviewVersion))
        last = {each.review_id: each for each in batch}
        before = everything(database)
        assert write(database, *last.values()) == Written(unchanged=len(last))
        assert {each["review_id"]: each["version"] for each in rows(database, Review)} == {
            key: len(
                [1 for each in before["review_version"] if each.review_key == review_key("google", "hotel-1", key)]
            )
            for key in last
        }
