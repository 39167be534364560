"""store.snapshot: the reviews as detectors see them, whatever way they came."""

import datetime as dt
from collections import Counter, defaultdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store import observations
from store.canonical import review_key
from store.frames import REVIEWS, check
from store.observations import write_observations
from store.privacy import Pseudonymiser
from store.rows import to_day
from store.snapshot import RAW_COLUMNS, days, derive, read_reviews
from tests.conftest import KEY, SEEN, observation, truncate

DAY = dt.date(2026, 3, 14)


def write(database, given_observations):
    write_observations(database, given_observations, source="s", seen_at=SEEN, pseudonymiser=Pseudonymiser(KEY))
    return database


def frame_of(database, *given_observations):
    return read_reviews(write(database, given_observations))


def raw_row(**changes):
    plain = {
        "review_key": "r1",
        "listing_key": "google/hotel-1",
        "platform": "google",
        "kind": "hotel",
        "city": "Konstanz",
        "country": "DE",
        "latitude": None,
        "longitude": None,
        "reviewer_key": "u1",
        "reviewer_review_count": None,
        "rating": 4.0,
        "rating_worst": 1.0,
        "rating_best": 5.0,
        "sub_mean": None,
        "published_from": DAY,
        "published_to": DAY,
        "stayed_from": None,
        "stayed_to": None,
        "title": None,
        "text": "text",
        "language": "en",
        "text_is_translation": None,
        "verified_stay": None,
    }
    assert set(changes) <= set(plain)
    return {**plain, **changes}


def derived(*changes):
    return derive(pd.DataFrame([raw_row(**each) for each in changes], columns=list(RAW_COLUMNS)))


# One by one


def test_a_review_becomes_a_row(database, pseudonymiser):
    full = observation(
        rating=8.0,
        rating_worst=0.0,
        rating_best=10.0,
        subratings={"staff": 9.0, "rooms": 4.0},
        text_is_translation=True,
        verified_stay=True,
        title=" A ",
        text="b\n",
        latitude=47.66,
        longitude=9.175,
        stayed_from=DAY - dt.timedelta(days=10),
        stayed_to=DAY - dt.timedelta(days=7),
    )
    (row,) = frame_of(database, full).to_dict("records")
    assert row == {
        "review_key": review_key("google", "hotel-1", "review-1"),
        "listing_key": "google/hotel-1",
        "platform": "google",
        "kind": "hotel",
        "city": "Konstanz",
        "country": "DE",
        "latitude": 47.66,
        "longitude": 9.175,
        "reviewer_key": pseudonymiser.token("google", "guest-1"),
        "rating": 0.8,
        "rating_worst": 0.0,
        "rating_best": 10.0,
        "sub_mean": 0.65,
        "day_from": to_day(DAY),
        "day_to": to_day(DAY),
        "stay_from": to_day(DAY) - 10,
        "stay_to": to_day(DAY) - 7,
        "stay_exact": True,
        "nth": 1,
        "reviewer_reviews": 1,
        "newborn": 1,
        "text": "A \nb",
        "language": "en",
        "translated": True,
        "verified": True,
    }


def test_what_is_missing_has_its_declared_word(database):
    names = ("listing_kind", "city", "country", "title", "text", "language", "reviewer_id", "listing_name")
    frame = frame_of(database, observation(**dict.fromkeys(names)))
    row = frame.iloc[0]
    assert (row["kind"], row["city"], row["country"], row["text"], row["language"]) == ("other", "", "", "", "und")
    assert not row["translated"]
    assert not row["verified"]
    assert frame["reviewer_key"].isna().all()
    assert (row["nth"], row["reviewer_reviews"], row["newborn"]) == (0, 0, -1)


@pytest.mark.parametrize(
    ("subratings", "mean"),
    [
        (None, np.nan),
        ({"staff": 5.0}, 1.0),
        ({"staff": 1.0, "rooms": 2}, 0.125),
        # A store may hold what was taken before the scale was looked at: 0 stood for none.
        ({"staff": 3.0, "rooms": 0.0, "value": 8.0}, 0.5),
        ({"rooms": 0.0}, np.nan),
    ],
)
def test_marks_beside_the_rating_have_a_mean_on_its_scale(database, subratings, mean):
    marked = observation(review_id="a", rating=2.0, subratings=subratings)
    plain = observation(review_id="b", reviewer_id=None)
    means = frame_of(database, marked, plain).set_index("rating")["sub_mean"]
    assert means.loc[0.25] == pytest.approx(mean, nan_ok=True)
    assert means.drop(0.25).isna().all()


def test_an_empty_store_gives_an_empty_frame(database):
    assert len(check(read_reviews(database), REVIEWS, "reviews")) == 0


def test_a_frame_is_as_declared_even_where_all_is_missing(database):
    frame = frame_of(database, *(observation(review_id=f"r{n}", reviewer_id=None, text=None) for n in range(3)))
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == dict(REVIEWS)


def test_only_the_current_version_is_read(database):
    write(database, [observation(text="old", title=None)])
    frame = frame_of(database, observation(text="new", title=None))
    assert frame["text"].tolist() == ["new"]


def test_dates_are_intervals(database):
    frame = frame_of(database, observation(published_from=dt.date(2026, 1, 1), published_to=dt.date(2026, 1, 31)))
    assert (frame["day_from"].item(), frame["day_to"].item()) == (20454, 20484)


@pytest.mark.parametrize(
    ("first", "last", "exact"),
    [
        (dt.date(2024, 2, 3), dt.date(2024, 2, 3), True),
        (dt.date(2024, 2, 3), dt.date(2024, 2, 6), True),
        (dt.date(2024, 2, 1), dt.date(2024, 2, 1), True),
        (dt.date(2024, 2, 29), dt.date(2024, 2, 29), True),
        (dt.date(2024, 2, 1), dt.date(2024, 2, 28), True),
        (dt.date(2024, 2, 1), dt.date(2024, 2, 29), False),
        (dt.date(2023, 2, 1), dt.date(2023, 2, 28), False),
        (dt.date(2023, 12, 1), dt.date(2023, 12, 31), False),
        (dt.date(2023, 12, 1), dt.date(2024, 1, 31), True),
    ],
)
def test_a_stay_is_exact_unless_it_is_a_month(database, first, last, exact):
    row = frame_of(database, observation(stayed_from=first, stayed_to=last)).iloc[0]
    assert (row["stay_from"], row["stay_to"], row["stay_exact"]) == (to_day(first), to_day(last), exact)


@pytest.mark.parametrize(("first", "last"), [(None, None), (DAY, None), (None, DAY)])
def test_a_stay_without_both_ends_is_not_known(first, last):
    row = derived({"stayed_from": first, "stayed_to": last}).iloc[0]
    assert (row["stay_from"], row["stay_to"], row["stay_exact"]) == (-1, -1, False)


def test_a_place_that_is_not_known_is_no_number(database):
    frame = frame_of(database, observation(review_id="a"), observation(listing_id="b", latitude=0.0, longitude=-0.5))
    assert frame["latitude"].isna().tolist() == [False, True]
    assert frame[["latitude", "longitude"]].iloc[0].tolist() == [0.0, -0.5]


def test_days_before_1970_are_negative():
    assert days(pd.Series([dt.date(1969, 12, 31), dt.date(1970, 1, 1), DAY])).tolist() == [-1, 0, 20526]


def test_the_number_word_and_the_missing_word_are_texts():
    frame = derived({"text": "None"}, {"text": "nan", "review_key": "r2"}, {"text": None, "review_key": "r3"})
    assert frame["text"].tolist() == ["None", "nan", ""]


@pytest.mark.parametrize(
    ("rating", "worst", "best", "expected"),
    [
        (1, 1, 5, 0.0),
        (5, 1, 5, 1.0),
        (3, 1, 5, 0.5),
        (7.5, 0, 10, 0.75),
        (2, 6, 1, 0.8),
        (11, 0, 10, 1.0),
        (0, 1, 5, 0.0),
    ],
)
def test_ratings_are_normalised_on_their_own_scale(rating, worst, best, expected):
    frame = derived({"rating": rating, "rating_worst": worst, "rating_best": best})
    assert frame["rating"].item() == pytest.approx(expected)


# What the account had done before


def test_nth_counts_by_day_across_listings():
    frame = derived(
        {"review_key": "c", "listing_key": "google/a", "published_to": dt.date(2026, 3, 3)},
        {"review_key": "a", "listing_key": "google/b", "published_to": dt.date(2026, 3, 2)},
        {"review_key": "b", "listing_key": "google/c", "published_to": dt.date(2026, 3, 1)},
        {"review_key": "d", "reviewer_key": "u2"},
        {"review_key": "e", "reviewer_key": None},
        {"review_key": "f", "reviewer_key": None},
    ).set_index("review_key")
    assert frame["nth"].to_dict() == {"b": 1, "a": 2, "c": 3, "d": 1, "e": 0, "f": 0}
    assert frame["reviewer_reviews"].to_dict() == {"a": 3, "b": 3, "c": 3, "d": 1, "e": 0, "f": 0}
    assert frame["newborn"].to_dict() == {"b": 1, "a": 0, "c": 0, "d": 1, "e": -1, "f": -1}


def test_two_reviews_of_a_day_are_counted_by_key():
    frame = derived({"review_key": "b"}, {"review_key": "a"}).set_index("review_key")
    assert frame["nth"].to_dict() == {"a": 1, "b": 2}


@pytest.mark.parametrize(("claimed", "newborn"), [(None, 1), (1, 1), (3, 1), (4, 0), (500, 0)])
def test_a_profile_that_claims_clearly_more_is_not_newborn(claimed, newborn):
    assert derived({"reviewer_review_count": claimed})["newborn"].tolist() == [newborn]


def test_accounts_of_two_platforms_are_two(database):
    frame = frame_of(database, observation(), observation(platform="yelp"))
    assert frame["nth"].tolist() == [1, 1]
    assert frame["reviewer_key"].nunique() == 2


# Whatever the order

ONE_REVIEW = st.builds(
    raw_row,
    listing_key=st.sampled_from(["google/a", "google/b", "yelp/a"]),
    reviewer_key=st.sampled_from(["u", "v", "w", None]),
    rating=st.floats(0, 10),
    published_to=st.dates(dt.date(2026, 1, 1), dt.date(2026, 1, 9)),
    text=st.sampled_from([None, "", "good", "schön"]),
    verified_stay=st.sampled_from([None, True, False]),
    stayed_from=st.sampled_from([None, dt.date(2026, 1, 1), dt.date(2026, 1, 4)]),
    stayed_to=st.sampled_from([None, dt.date(2026, 1, 5), dt.date(2026, 1, 31)]),
    latitude=st.sampled_from([None, -12.5]),
)


@st.composite
def raws(draw):
    rows = draw(st.lists(ONE_REVIEW, max_size=20))
    claimed = {"u": 3.0, "v": 50.0, "w": None, None: None}
    for number, row in enumerate(rows):
        row |= {"review_key": f"{number:02}", "reviewer_review_count": claimed[row["reviewer_key"]]}
    return pd.DataFrame(rows, columns=list(RAW_COLUMNS))


@given(raws(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_leaves_no_trace(raw, random):
    order = list(range(len(raw)))
    random.shuffle(order)
    pd.testing.assert_frame_equal(derive(raw), derive(raw.iloc[order]), check_exact=True)


@given(raws())
def test_deriving_leaves_its_input_alone_and_loses_nothing(raw):
    before = raw.copy()
    frame = derive(raw)
    pd.testing.assert_frame_equal(raw, before)
    assert sorted(frame["review_key"]) == sorted(raw["review_key"])
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == dict(REVIEWS)
    assert frame["rating"].between(0, 1).all()


@given(raws())
def test_nth_agrees_with_counting_by_hand(raw):
    seen, expected = Counter(), {}
    for row in sorted(raw.to_dict("records"), key=lambda each: (each["published_to"], each["review_key"])):
        account = row["reviewer_key"]
        if isinstance(account, str):
            seen[account] += 1
            expected[row["review_key"]] = seen[account]
        else:
            expected[row["review_key"]] = 0
    frame = derive(raw)
    assert dict(zip(frame["review_key"], frame["nth"], strict=True)) == expected
    known = frame[frame["reviewer_key"].notna()]
    assert known["reviewer_reviews"].tolist() == [seen[account] for account in known["reviewer_key"]]


@given(raws())
def test_rows_are_sorted_by_listing_day_and_key(raw):
    frame = derive(raw)
    keys = list(zip(frame["listing_key"], frame["day_to"], frame["review_key"], strict=True))
    assert keys == sorted(keys)


@given(st.floats(0, 1), st.floats(-100, 100), st.floats(0.5, 100), st.booleans())
def test_normalised_ratings_are_from_0_to_1(share, worst, width, reverse):
    best = worst - width if reverse else worst + width
    frame = derived({"rating": worst + share * (best - worst), "rating_worst": worst, "rating_best": best})
    assert 0.0 <= frame["rating"].item() <= 1.0
    assert frame["rating"].item() == pytest.approx(share, abs=1e-9)


NAMES = {"a": "Alpha", "b": None}
GIVEN = st.lists(
    st.builds(
        lambda listing, account, platform, **changes: observation(
            listing_id=listing, listing_name=NAMES[listing], reviewer_id=account, platform=platform, **changes
        ),
        listing=st.sampled_from("ab"),
        account=st.sampled_from(["u", "v", None]),
        platform=st.sampled_from(["google", "yelp"]),
        review_id=st.integers(0, 99).map(str),
        reviewer_review_count=st.sampled_from([None, 1, 2, 7, 300]),
        published=st.dates(dt.date(2026, 1, 1), dt.date(2026, 1, 9)),
        rating=st.floats(1, 5),
        text=st.sampled_from([None, "", "good", "schön 🙂", "two\r\nlines", "  "]),
        title=st.sampled_from([None, "Title"]),
        verified_stay=st.sampled_from([None, True, False]),
        text_is_translation=st.sampled_from([None, True, False]),
    ),
    max_size=15,
    unique_by=lambda each: (each.platform, each.listing_id, each.review_id),
)


@settings(max_examples=25)
@given(batch=GIVEN, random=st.randoms(use_true_random=False), size=st.integers(1, 5))
def test_the_order_in_which_reviews_arrive_leaves_no_trace(new_sqlite, batch, random, size):
    shuffled = random.sample(batch, len(batch))
    with new_sqlite() as one, new_sqlite() as other, pytest.MonkeyPatch.context() as patch:
        expected = read_reviews(write(one, batch))
        patch.setattr(observations, "_BATCH", size)
        pd.testing.assert_frame_equal(read_reviews(write(other, shuffled)), expected, check_exact=True)
    assert len(expected) == len(batch)


@pytest.mark.postgres
@settings(max_examples=15)
@given(batch=GIVEN)
def test_both_databases_give_the_same_frame(new_sqlite, postgres_session, batch):
    truncate(postgres_session)
    with new_sqlite() as lite:
        expected = read_reviews(write(lite, batch))
    pd.testing.assert_frame_equal(read_reviews(write(postgres_session, reversed(batch))), expected, check_exact=True)
    assert len(expected) == len(batch)


def test_a_frame_of_many_accounts_counts_right(database):
    generator = np.random.default_rng(7)
    batch = [
        observation(
            review_id=f"r{n}",
            listing_id=f"l{generator.integers(20)}",
            reviewer_id=f"u{generator.integers(300)}",
            published=DAY - dt.timedelta(days=int(generator.integers(400))),
        )
        for n in range(1500)
    ]
    frame = frame_of(database, *batch)
    assert len(frame) == 1500
    by_account = defaultdict(list)
    for row in frame.itertuples():
        by_account[row.reviewer_key].append((row.day_to, row.nth, row.reviewer_reviews))
    for found in by_account.values():
        found.sort(key=lambda each: each[1])
        assert [nth for _, nth, _ in found] == list(range(1, len(found) + 1))
        assert [day for day, _, _ in found] == sorted(day for day, _, _ in found)
        assert {total for _, _, total in found} == {len(found)}
