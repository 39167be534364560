import datetime as dt
import hashlib
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.rows import CANONICAL_COLUMNS, RowError, parse_row
from store.canonical import Observation

GOOD = {"platform": "yelp", "listing_id": "7", "rating": "4", "published": "2024-05-17"}


def parsed(**changes: object) -> Observation:
    return parse_row(GOOD | changes, platform=None, raw=b"raw")


def refused(**changes: object) -> RowError:
    with pytest.raises(RowError) as caught:
        parsed(**changes)
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_full_row_of_strings() -> None:
    got = parsed(
        reviewer_listing_id=" own ",
        listing_name="Café", listing_kind="hotel", latitude="52.1", longitude="-6.9", review_id=" r1 ",
        review_url="https://x.example/r1", reviewer_id="u1", reviewer_review_count="12", reviewer_since="2019-01-02",
        rating="8,5", rating_best="10", title=" t ", text="a\r\nb\x00c\td", language="pt-BR",
        text_is_translation="no", stayed="2024-02", edited="2024-05-18", verified_stay="TRUE",
        response_text="thanks", response_published="2024-05-19T23:30:00-05:00",
    )  # fmt: skip
    assert (got.rating, got.rating_worst, got.rating_best) == (8.5, 1.0, 10.0)
    assert (got.review_id, got.synthetic_id, got.title, got.text) == ("r1", False, "t", "a\nbc\td")
    assert got.reviewer_listing_id == "own"
    assert (got.stayed_from, got.stayed_to) == (dt.date(2024, 2, 1), dt.date(2024, 2, 29))
    assert (got.language, got.text_is_translation, got.verified_stay) == ("pt-br", False, True)
    assert got.response_published == dt.date(2024, 5, 19)
    assert got.reviewer_review_count == 12
    assert got.raw_sha256 == hashlib.sha256(b"raw").hexdigest()


def test_typed_values_say_the_same_as_strings() -> None:
    typed = parse_row(
        {
            "platform": "yelp",
            "listing_id": 7.0,
            "rating": 4,
            "published": dt.datetime(2024, 5, 17, 9, tzinfo=dt.UTC),
            "title": math.nan,
        },
        platform=None,
        raw=b"raw",
    )
    assert typed == parsed()


@pytest.mark.parametrize(
    ("said", "first", "last"),
    [
        ("2024-05-03", dt.date(2024, 5, 3), dt.date(2024, 5, 3)),
        ("2024-02", dt.date(2024, 2, 1), dt.date(2024, 2, 29)),
        ("2024-05-03/2024-05-06", dt.date(2024, 5, 3), dt.date(2024, 5, 6)),
        (" 2024-05-03 / 2024-05-03 ", dt.date(2024, 5, 3), dt.date(2024, 5, 3)),
        ("2024-05-03/2024-08-01", dt.date(2024, 5, 3), dt.date(2024, 8, 1)),
        (dt.date(2024, 5, 3), dt.date(2024, 5, 3), dt.date(2024, 5, 3)),
    ],
)
def test_a_stay_is_a_day_a_month_or_check_in_and_check_out(said: object, first: dt.date, last: dt.date) -> None:
    got = parsed(stayed=said)
    assert (got.stayed_from, got.stayed_to) == (first, last)


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("rating", "abc", "'abc' is not a number between 1 and 5"),
        ("rating", "6", "'6' is not a number between 1 and 5"),
        ("rating", "nan", "'nan' is not a number between 1 and 5"),
        ("rating", "inf", "'inf' is not a number between 1 and 5"),
        ("rating", "1_0", "'1_0' is not a number between 1 and 5"),
        ("rating", True, "'True' is not a number between 1 and 5"),
        ("rating", "", "is missing"),
        ("rating", math.nan, "is missing"),
        ("listing_id", " ", "is missing"),
        ("listing_id", "a\x07b", "control characters"),
        ("listing_id", "x" * 201, "at most 200"),
        ("platform", "Yelp!", "not a lower-case name"),
        ("platform", None, "is missing"),
        ("published", "17.05.2024", "is not a day"),
        ("published", "20240517", "is not a day"),
        ("published", "2024-W20-5", "is not a day"),
        ("published", "2024-02-30", "is not a day"),
        ("published", "1989-12-31", "outside of 1990 to 2100"),
        ("published", "2024-05-17Tnoon", "is not a day"),
        ("published", 20240517, "is not a day"),
        ("published", None, "is missing"),
        ("stayed", "2024-13", "is not a month"),
        ("stayed", "2024-05-06/2024-05-03", "'2024-05-06/2024-05-03' ends before it begins"),
        ("stayed", "2024-05-03/2024-08-02", "'2024-05-03/2024-08-02' is longer than 90 days"),
        ("stayed", "2024-05-03/", "'' is not a day"),
        ("stayed", "2024-05-03/2024-05-06/2024-05-09", "is not a day"),
        ("stayed", "2024-05/2024-06", "'2024-05' is not a day"),
        ("listing_kind", "castle", "is not one of hotel, restaurant, other"),
        ("latitude", "90.1", "between -90 and 90"),
        ("longitude", "x", "between -180 and 180"),
        ("language", "english!", "is not a language tag"),
        ("verified_stay", "maybe", "is not true or false"),
        ("reviewer_review_count", "-1", "is not a whole number"),
        ("reviewer_review_count", "1.5", "is not a whole number"),
        ("review_url", "javascript:alert(1)", "is not an http or https address"),
        ("review_url", "https://x.example/" + "a" * 2000, "at most 2,000"),
        ("text", "x" * 1_000_001, "more than 1,000,000"),
        ("text", ["a"], "is not text"),
        ("rating_best", "1", "is not above rating_worst"),
        ("subratings", "good", "'good' is not an object of numbers such as {\"staff\": 8.5} or staff=8.5; rooms=7"),
        ("subratings", "staff=4; rooms", "is not an object of numbers"),
        ("subratings", '{"staff": 4', "is not an object of numbers"),
        ("subratings", "{" * 100_000, "is not an object of numbers"),
        ("subratings", '["staff", 4]', "is not an object of numbers"),
        ("subratings", 4.0, "is not an object of numbers"),
        ("subratings", [("staff", 4)], "is not an object of numbers"),
        ("subratings", '{"staff": {"rooms": 4}}', "'staff': "),
        ("subratings", '{"staff": NaN}', "'staff': 'nan' is not a number"),
        ("subratings", {"staff": math.inf}, "'staff': 'inf' is not a number"),
        ("subratings", {"staff": True}, "'staff': 'True' is not a number"),
        ("subratings", "staff=; rooms=4", "'staff': '' is not a number"),
        ("subratings", "staff=5.5", "'staff': 5.5 is not a number between 1 and 5"),
        ("subratings", {"staff": 0}, "'staff': 0 is not a number between 1 and 5"),
        ("subratings", "=4", "'' is not the name of a sub-rating"),
        ("subratings", {"x" * 41: 4}, "has 1 to 40 characters"),
        ("subratings", {"a\nb": 4}, "control characters"),
        ("subratings", '{"staff": 4, "staff": 5}', "'staff' stands there twice"),
        ("subratings", "staff=4; staff =5", "'staff' stands there twice"),
        ("subratings", {f"a{n}": 4 for n in range(21)}, "has 21 sub-ratings, more than 20"),
    ],
)  # fmt: skip
def test_bad_cells_are_refused_with_their_column(column: str, value: object, reason: str) -> None:
    error = refused(**{column: value})
    assert error.column == column
    assert reason in error.reason


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        ('{"staff": 10, "clean": 7.5}', {"clean": 7.5, "staff": 10.0}),
        (" clean=7,5 ; staff = 10;", {"clean": 7.5, "staff": 10.0}),
        ({"staff": "10", "clean": 7.5, "wifi": None}, {"clean": 7.5, "staff": 10.0}),
        ('{"Food & drinks": 1, "清潔感": 10}', {"Food & drinks": 1.0, "清潔感": 10.0}),
        ({"x" * 40: 1}, {"x" * 40: 1.0}),
        ({f"a{n:02d}": n % 10 + 1 for n in range(20)}, {f"a{n:02d}": n % 10 + 1.0 for n in range(20)}),
        ('{"wifi": null}', None),
        ("{}", None),
        (";", None),
        ("", None),
    ],
)
def test_marks_beside_the_rating(said: object, taken: dict[str, float] | None) -> None:
    got = parsed(subratings=said, rating_best="10")
    assert got.subratings == taken
    assert list(got.subratings or {}) == sorted(taken or {})


def test_an_interval_of_publication() -> None:
    got = parsed(published="", published_from="2024-04-01", published_to="2024-04-30")
    assert (got.published_from, got.published_to) == (dt.date(2024, 4, 1), dt.date(2024, 4, 30))
    assert refused(published="", published_from="2024-05-01", published_to="2024-04-30").column == "published_from"
    assert refused(published="", published_from="2024-05-01").column == "published_to"
    assert refused(published_from="2024-04-01", published_to="2024-04-30").column == "published"


def test_without_an_id_the_same_review_gets_the_same_one() -> None:
    first, again, other = parsed(text="a"), parsed(text=" a "), parsed(text="b")
    assert first.synthetic_id
    assert first.review_id == again.review_id != other.review_id


def test_the_row_names_the_platform_before_the_argument() -> None:
    assert parse_row(GOOD, platform="google", raw=b"").platform == "yelp"
    assert parse_row(GOOD | {"platform": ""}, platform="google", raw=b"").platform == "google"


def test_text_is_normalised_and_can_always_be_encoded() -> None:
    got = parsed(text="Cafe\u0301 \ud83d x")
    assert got.text == "Café \N{REPLACEMENT CHARACTER} x"


cell = st.one_of(
    st.none(), st.text(), st.integers(), st.floats(), st.booleans(), st.dates(), st.datetimes(), st.lists(st.text()),
    st.sampled_from(["4", "2024-05-17", "2024-05", "yelp", "true", "https://x.example", "en", "hotel"]),
)  # fmt: skip


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(CANONICAL_COLUMNS), cell), st.binary(max_size=20))
def test_any_row_is_taken_or_refused_by_column(row: dict[str, object], raw: bytes) -> None:
    try:
        got = parse_row(GOOD | row, platform=None, raw=raw)
    except RowError as error:
        refusal = error
    else:
        assert got.rating_worst <= got.rating <= got.rating_best
        assert dt.date(1990, 1, 1) <= got.published_from <= got.published_to <= dt.date(2100, 12, 31)
        assert 0 < len(got.listing_id) <= 200
        (got.text or "").encode()
        return
    assert refusal.column in CANONICAL_COLUMNS
    assert refusal.reason
