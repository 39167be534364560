import datetime as dt
import json

from hypothesis import given
from hypothesis import strategies as st

from crawlers.page import Page
from crawlers.sources import apify_booking, apify_google, apify_tripadvisor, yelp_open
from crawlers.sources.exports import items, numbers_only, published, read_export
from tests.crawlers.sources.saved import context, saved

FORMATS = [each.FORMAT for each in (apify_booking, apify_google, apify_tripadvisor, yelp_open)]
KEYS = sorted(
    {
        key
        for name in ("yelp_open/business", "apify_google/places", "apify_tripadvisor/places", "apify_booking/reviews")
        for word in saved(f"{name}.json").decode().split('"')
        if (key := word.strip()).isidentifier()
    }
    | {"reviews", "items", "placeInfo", "user", "publishAt", "publishedDate", "reviewDate", "stars", "text", "error"}
)
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["HOTEL", "2026-05-01"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=12,
)


@given(anything, st.sampled_from(FORMATS))
def test_no_document_breaks_a_parser(said: object, format_: object) -> None:
    assert isinstance(read_export(format_, json.dumps(said).encode(), context("file:x", "google")), Page)  # type: ignore[arg-type]


@given(st.binary(max_size=60), st.sampled_from(FORMATS))
def test_no_bytes_break_a_parser(body: bytes, format_: object) -> None:
    assert isinstance(read_export(format_, body, context("file:x", "google")), Page)  # type: ignore[arg-type]


def test_marks_on_the_scale_that_have_a_name() -> None:
    said = {"a": 1, "b": "10", "c": 0.5, "d": 10.5, "e": "high", "f": None, "": 5, "x" * 41: 5, "\x07": 5}
    assert numbers_only(said, best=10) == {"a": 1.0, "b": 10.0}
    assert numbers_only(said, best=5) == {"a": 1.0}
    assert numbers_only({str(n): 5 for n in range(100)}, best=5) == {str(n): 5.0 for n in range(20)}
    for nothing in (None, [], "a=1", {}, {"a": None}):
        assert numbers_only(nothing, best=5) is None


def test_where_records_stand() -> None:
    assert list(items([1, 2])) == [1, 2]
    assert list(items({"items": [1, 2], "count": 2})) == [1, 2]
    assert list(items({"items": "x"})) == [{"items": "x"}]


def test_a_depth_that_no_one_reads_is_refused() -> None:
    deep = "[" * 900 + "]" * 900
    good = json.dumps({"hotelId": 1, "rating": 9, "reviewDate": "2026-05-06", "id": "r"})
    body = f'{good}\n{{"hotelId": 1, "rating": 9, "reviewDate": {deep}}}'.encode()
    page = read_export(apify_booking.FORMAT, body, context("file:x", "booking"))
    assert [review.review_id for review in page.observations] == ["r"]
    assert sum(page.drops.values()) == 1


def test_a_stamp_that_is_none_may_be_a_phrase() -> None:
    seen = dt.date(2026, 11, 2)
    assert published("2026-05-06", "a year ago", seen) == {"published": "2026-05-06"}
    assert published("yesterday", None, seen)["published_to"] <= seen  # type: ignore[operator]
    assert published("nonsense", "nonsense too", seen) == {"published": "nonsense"}
    assert published(None, "nonsense", seen) == {"published": "nonsense"}
