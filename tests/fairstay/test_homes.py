"""fairstay.homes: one listing under two spellings of its address."""

import pytest

from fairstay.homes import Homes
from store.observations import write_observations
from store.privacy import Pseudonymiser
from tests.conftest import KEY, SEEN, observation


@pytest.mark.parametrize(
    ("known", "asked", "expected"),
    [
        ("https://inn.example/1", "http://inn.example/1", "https://inn.example/1"),
        ("https://inn.example/1", "https://inn.example/1/", "https://inn.example/1"),
        ("http://inn.example/1/", "https://inn.example/1", "http://inn.example/1/"),
        ("https://inn.example/1", "https://inn.example/2", "https://inn.example/2"),
        ("https://inn.example/?id=1", "https://inn.example/?id=1/", "https://inn.example/?id=1/"),
        ("hotel-1", "hotel-1/", "hotel-1/"),
    ],
)
def test_a_listing_keeps_the_id_under_which_it_is_known(sqlite_database, known, asked, expected):
    each = observation(listing_id=known)
    write_observations(sqlite_database, [each], source="site", seen_at=SEEN, pseudonymiser=Pseudonymiser(KEY))
    assert Homes(sqlite_database).id_of("google", asked) == expected
    assert Homes(sqlite_database).id_of("booking", asked) == asked


def test_both_spellings_known_are_two_listings(sqlite_database):
    ids = ("https://inn.example/1", "https://inn.example/1/")
    batch = [observation(listing_id=each) for each in ids]
    write_observations(sqlite_database, batch, source="site", seen_at=SEEN, pseudonymiser=Pseudonymiser(KEY))
    assert [Homes(sqlite_database).id_of("google", each) for each in ids] == list(ids)
