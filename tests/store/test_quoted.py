from store.canonical import review_key
from store.quoted import read_quoted
from store.reading import read_listing_reviews
from tests.store.filled import KEYS, fill


def test_reviews_are_found_by_key_and_unknown_keys_have_no_row(database) -> None:
    fill(database)
    found = read_quoted(database, [KEYS[2], KEYS[0], KEYS[2], review_key("google", "hotel-1", "none"), "x' OR 1=1"])
    assert list(found["review_key"]) == sorted([KEYS[0], KEYS[2]])
    whole = read_listing_reviews(database)
    assert set(found.columns) < set(whole.columns)
    same = whole[whole["review_key"].isin(found["review_key"])].sort_values("review_key")
    assert found.to_dict("records") == same[list(found.columns)].to_dict("records")


def test_nothing_asked_is_an_empty_frame(database) -> None:
    fill(database)
    assert read_quoted(database, []).empty
    assert "text" in read_quoted(database, []).columns
    assert len(read_quoted(database, [f"{at:x}" for at in range(70_000)])) == 0
