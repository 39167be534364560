import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.owners import OWNER_COLUMNS, parse_owner
from crawlers.rows import RowError
from store.canonical import Ownership

GOOD = {"platform": "google", "listing_id": "h1", "owner": "Lake Hotels Ltd"}


def test_a_row_of_strings() -> None:
    row = {**GOOD, "owner": " Lake Hotels Ltd ", "reviewer_id": " g1 ", "phone": "1"}
    assert parse_owner(row, platform=None, raw=b"") == Ownership("google", "h1", "Lake Hotels Ltd", "g1")


@pytest.mark.parametrize("nothing", [None, "", "  ", math.nan])
def test_the_account_may_be_unknown(nothing: object) -> None:
    assert parse_owner(GOOD | {"reviewer_id": nothing}, platform=None, raw=b"").reviewer_id is None


def test_numbers_of_parquet_are_ids() -> None:
    row = {"platform": "yelp", "listing_id": 7, "owner": 12.0, "reviewer_id": 3}
    assert parse_owner(row, platform=None, raw=b"") == Ownership("yelp", "7", "12", "3")


def test_the_platform_of_the_file_stands_in() -> None:
    row = {"listing_id": "h1", "owner": "x"}
    assert parse_owner(row, platform="yelp", raw=b"").platform == "yelp"
    assert parse_owner(row | {"platform": "google"}, platform="yelp", raw=b"").platform == "google"


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("platform", None, "is missing"),
        ("platform", "Google!", "not a lower-case name"),
        ("listing_id", " ", "is missing"),
        ("listing_id", "a\x07b", "control characters"),
        ("owner", "", "is missing"),
        ("owner", "x" * 201, "at most 200"),
        ("owner", True, "is not text"),
        ("owner", "Unknown", "names nobody"),
        ("owner", " n/a ", "names nobody"),
        ("reviewer_id", ["a"], "is not text"),
    ],
)
def test_bad_cells_are_refused_with_their_column(column: str, value: object, reason: str) -> None:
    with pytest.raises(RowError) as caught:
        parse_owner(GOOD | {column: value}, platform=None, raw=b"")
    assert caught.value.column == column
    assert reason in caught.value.reason


CELL = st.none() | st.text(max_size=220) | st.integers() | st.floats() | st.booleans() | st.lists(st.text(), max_size=1)


@given(st.dictionaries(st.sampled_from(OWNER_COLUMNS), CELL))
def test_any_row_is_an_ownership_or_one_plain_reason(row: dict[str, object]) -> None:
    try:
        found = parse_owner(row, platform=None, raw=b"")
    except RowError as error:
        refused = error
    else:
        assert found.platform
        assert found.listing_id
        assert found.owner
        assert found.reviewer_id != ""
        return
    assert refused.column in OWNER_COLUMNS
    assert "\n" not in refused.reason
