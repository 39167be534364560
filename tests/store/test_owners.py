"""store.owners: who owns which listing, as pseudonyms that go when a person asks or when they are old."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from store.canonical import Ownership
from store.cases import CaseRow, write_cases
from store.database import table_of
from store.erasure import Why, find, remove
from store.frames import OWNERS, check
from store.models import ListingOwner
from store.observations import write_observations
from store.owners import OwnersWritten, read_owners, write_owners
from store.privacy import Pseudonymiser
from store.provenance import Tombstone
from store.retention import expired, purge
from store.tombstones import Tombstones, review_token
from tests.conftest import KEY, SEEN, observation, truncate
from tests.store.filled import KEYS, TOKENS, fill

LATER = SEEN + dt.timedelta(days=1)
DAY = dt.date(2026, 4, 1)
ACCOUNT = Ownership("google", "h1", "Lake Hotels Ltd", "guest-1")
ALONE = Ownership("yelp", "h2", "Lake Hotels Ltd")
OTHER = Ownership("google", "h3", "A. Perez", "guest-3")
LAKE, PEREZ = (Pseudonymiser(KEY).owner(each.owner) for each in (ACCOUNT, OTHER))


def token(account):
    return Pseudonymiser(KEY).token("google", account)


def write(database, *ownerships, seen_at=SEEN, source="owners.csv"):
    return write_owners(database, ownerships, source=source, seen_at=seen_at, pseudonymiser=Pseudonymiser(KEY))


def show(database, *observations, seen_at=SEEN):
    write_observations(database, observations, source="crawl", seen_at=seen_at, pseudonymiser=Pseudonymiser(KEY))


def rows(database):
    with database.read() as connection:
        return sorted(map(tuple, connection.execute(select(table_of(ListingOwner)))))


def read(database):
    frame = check(read_owners(database), OWNERS, "owners")
    return [tuple(None if pd.isna(cell) else cell for cell in row) for row in frame.itertuples(index=False)]


# In and out


def test_a_table_of_owners_comes_out_as_pseudonyms(database):
    assert write(database, ACCOUNT, ALONE, OTHER) == OwnersWritten(3, 0, 0)
    assert read(database) == sorted(
        [(LAKE, "google/h1", token("guest-1")), (LAKE, "yelp/h2", None), (PEREZ, "google/h3", token("guest-3"))]
    )
    said = repr(rows(database))
    assert not any(word in said for word in ("Lake Hotels", "Perez", "guest-"))


def test_a_store_without_owners_has_an_empty_frame(database):
    assert read(database) == []


def test_the_same_twice_is_only_seen_again(database):
    write(database, ACCOUNT, ALONE)
    before = read(database)
    assert write(database, ALONE, ACCOUNT, ACCOUNT, seen_at=LATER) == OwnersWritten(0, 3, 0)
    assert read(database) == before
    assert {row[-1] for row in rows(database)} == {LATER}
    write(database, ACCOUNT, seen_at=SEEN)
    assert {row[-1] for row in rows(database)} == {LATER}


def test_an_owner_has_one_pseudonym_on_all_platforms_that_no_account_has(pseudonymiser):
    assert pseudonymiser.owner("guest-1") not in {pseudonymiser.token(each, "guest-1") for each in ("google", "owner")}
    assert pseudonymiser.owner("a") != pseudonymiser.owner("b")
    assert pseudonymiser.owner("a") != Pseudonymiser(KEY[::-1]).owner("a")


def test_an_account_may_come_first_without_and_then_with_its_account(database):
    write(database, Ownership("google", "h1", "Lake Hotels Ltd"))
    write(database, ACCOUNT)
    assert read(database) == [(LAKE, "google/h1", token("guest-1")), (LAKE, "google/h1", None)]


# What a platform shows of an account


def test_an_account_that_belongs_to_a_listing_is_its_owner(database):
    show(database, observation(reviewer_listing_id="own"), observation(review_id="r2", reviewer_id="guest-2"))
    assert read(database) == [(token("guest-1"), "google/own", token("guest-1"))]


def test_a_listing_shown_without_an_account_says_nothing(database):
    show(database, observation(reviewer_id=None, reviewer_listing_id="own"))
    assert read(database) == []


def test_a_table_names_the_owner_of_a_shown_account(database):
    show(database, observation(reviewer_listing_id="own"))
    write(database, ACCOUNT)
    assert read(database) == [(LAKE, "google/h1", token("guest-1")), (LAKE, "google/own", token("guest-1"))]


def test_an_account_of_two_owners_stays_its_own(database):
    show(database, observation(reviewer_listing_id="own"))
    write(database, ACCOUNT, Ownership("google", "h3", "A. Perez", "guest-1"))
    assert (token("guest-1"), "google/own", token("guest-1")) in read(database)


def test_what_a_table_and_the_platform_both_say_stands_once(database):
    show(database, observation(reviewer_listing_id="h1"))
    write(database, ACCOUNT)
    assert read(database) == [(LAKE, "google/h1", token("guest-1"))]


# Whatever the order, on both databases

GIVEN = st.lists(
    st.builds(
        Ownership,
        platform=st.sampled_from(["google", "yelp"]),
        listing_id=st.sampled_from("ab"),
        owner=st.sampled_from(["x", "y", "\N{SNOWMAN}"]),
        reviewer_id=st.sampled_from([None, "u", "v"]),
    ),
    max_size=12,
)


@settings(max_examples=25)
@given(batch=GIVEN, random=st.randoms(use_true_random=False))
def test_the_order_in_which_owners_come_leaves_no_trace(new_sqlite, batch, random):
    with new_sqlite() as one, new_sqlite() as other:
        found = write(one, *batch)
        for each in random.sample(batch, len(batch)):
            write(other, each)
        assert rows(one) == rows(other)
        assert found.new == len(rows(one)) == len(set(batch))
        assert found.new + found.unchanged == len(batch)
        pd.testing.assert_frame_equal(read_owners(one), read_owners(other))


@pytest.mark.postgres
@settings(max_examples=10)
@given(batch=GIVEN)
def test_both_databases_give_the_same_frame(new_sqlite, postgres_session, batch):
    truncate(postgres_session)
    with new_sqlite() as lite:
        write(lite, *batch)
        write(postgres_session, *batch)
        pd.testing.assert_frame_equal(read_owners(lite), read_owners(postgres_session))


# Erased and purged


def erase(database, *tokens):
    traces = find(database, Tombstones(frozenset(tokens), frozenset()))
    with database.write() as connection:
        rows = [{"token": each, "kind": "reviewer", "erased_on": DAY} for each in tokens]
        connection.execute(table_of(Tombstone).insert(), rows)
        return remove(connection, traces, Why(DAY, "A"), needles=(), text_sha256=str)


def test_an_erased_account_takes_its_entries_along_and_is_not_taken_in_again(database):
    fill(database)
    show(database, observation(review_id="r1", reviewer_id="guest-1", reviewer_listing_id="own"))
    write(database, ACCOUNT, ALONE, OTHER)
    assert erase(database, TOKENS[1]).ownerships == 2
    left = [(LAKE, "yelp/h2", None), (PEREZ, "google/h3", token("guest-3"))]
    assert sorted(read(database)) == sorted(left)
    assert write(database, ACCOUNT, ALONE, OTHER) == OwnersWritten(0, 2, 1)
    show(database, observation(review_id="r9", reviewer_id="guest-1", reviewer_listing_id="own"))
    assert sorted(read(database)) == sorted(left)
    assert TOKENS[1] not in repr(rows(database))


def test_an_account_without_reviews_is_erased_too(database):
    write(database, ACCOUNT, OTHER)
    assert erase(database, token("guest-1")).ownerships == 1
    assert read(database) == [(PEREZ, "google/h3", token("guest-3"))]


def test_an_erased_owner_goes_with_all_listings(database):
    write(database, ACCOUNT, ALONE, OTHER)
    assert erase(database, LAKE).ownerships == 2
    assert write(database, ACCOUNT, ALONE) == OwnersWritten(0, 0, 2)
    assert read(database) == [(PEREZ, "google/h3", token("guest-3"))]


def test_an_account_that_has_no_other_reviews_takes_its_entries_along(database):
    fill(database)
    write(database, ACCOUNT, OTHER)
    traces = find(database, Tombstones(frozenset(), frozenset([review_token(KEYS[1])])))
    with database.write() as connection:
        assert remove(connection, traces, Why(DAY, "A"), needles=(), text_sha256=str).ownerships == 1
    assert read(database) == [(PEREZ, "google/h3", token("guest-3"))]


def purged(database, *, as_of, review_days=100, dry_run=False):
    old = expired(database, as_of=as_of, review_days=review_days, body_days=0)
    return purge(database, old, as_of=as_of, body_days=0, text_sha256=str, dry_run=dry_run).ownerships


@pytest.mark.parametrize(("days", "review_days", "gone"), [(100, 100, 0), (101, 100, 1), (9999, 0, 0)])
def test_owners_go_when_nothing_has_named_them_for_as_long_as_reviews_are_kept(database, days, review_days, gone):
    write(database, ACCOUNT, OTHER)
    as_of = SEEN.date() + dt.timedelta(days=days)
    write(database, OTHER, seen_at=SEEN + dt.timedelta(days=days))
    assert purged(database, as_of=as_of, review_days=review_days, dry_run=True) == gone
    assert len(rows(database)) == 2
    assert purged(database, as_of=as_of, review_days=review_days) == gone
    assert len(rows(database)) == 2 - gone


@pytest.mark.parametrize(("status", "gone"), [("open", 0), ("claimed", 0), ("dismissed", 1)])
def test_owners_whose_reviews_stand_in_an_open_case_stay(database, status, gone):
    fill(database)
    case = CaseRow("C-1", "group", status, 1.0, "strong", None, None, DAY, DAY, {KEYS[1]: 1.0}, ())
    write_cases(database, [case], {})
    write(database, ACCOUNT)
    assert purged(database, as_of=SEEN.date() + dt.timedelta(days=300)) == gone
    assert len(rows(database)) == 1 - gone


def test_a_purged_account_takes_its_entries_along(database):
    fill(database)
    write(database, ACCOUNT, OTHER, seen_at=SEEN + dt.timedelta(days=290))
    assert purged(database, as_of=SEEN.date() + dt.timedelta(days=300)) == 1
    assert read(database) == [(PEREZ, "google/h3", token("guest-3"))]
