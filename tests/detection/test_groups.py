from collections.abc import MutableMapping
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from detection.arrays import Ints
from detection.collusion import ACCOUNT, PAIR, Collusion
from detection.crowds import Crowds
from detection.engines.local import folded
from detection.groups import Pairs, find_rings
from detection.hashing import hashed
from detection.rings import Ring
from detection.tails import negative_binomial
from detection.visits import Visits
from tests.detection.test_collusion import company, guests, store
from tests.detection.test_crowds import crowds_of
from tests.detection.worlds import DAY, reviews_of

NAMES = ["ann", "bob", "cyd", "dan", "eve"]
OTHERS = ["fay", "gus", "hal", "ida"]
WITHIN = 60


def met_in(reviews: pd.DataFrame, *, most_crowd: int = 300) -> tuple[Pairs, Visits, Crowds, int]:
    """Who met twice or more, as the detector's partials say; and how many accounts are judged."""
    fold = Collusion.fold
    assert fold is not None
    partials = folded(Collusion(most_crowd=most_crowd).scan(reviews), fold)
    told, crowds = partials[partials["role"] == PAIR], crowds_of(reviews)
    inside = np.isin(hashed(reviews["reviewer_key"]), told[["a", "b"]].to_numpy())
    visits = Visits.of(reviews[inside], crowds)
    number = pd.Series(np.arange(len(visits.names)), hashed(visits.names.to_series()))
    one, other = number[told["a"]].to_numpy(), number[told["b"]].to_numpy()
    met = told["kept"].to_numpy()
    pairs = Pairs.of(np.minimum(one, other), np.maximum(one, other), met, visits, crowds, WITHIN)
    return pairs, visits, crowds, int((partials["role"] == ACCOUNT).sum())


def searched(
    reviews: pd.DataFrame, memo: MutableMapping[str, str] | None = None, *, least: int = 3, most_crowd: int = 300
) -> list[tuple[list[str], list[float], float, float]]:
    """What is found: names, decades, net and coverage of each ring."""
    pairs, visits, crowds, accounts = met_in(reviews, most_crowd=most_crowd)
    rings = find_rings(
        pairs, visits, crowds, accounts=accounts, within_days=WITHIN, least=least, memo={} if memo is None else memo
    )
    return [told(ring, visits) for ring in rings]


def told(ring: Ring, visits: Visits) -> tuple[list[str], list[float], float, float]:
    names = [key.removeprefix("p/") for key in visits.names[ring.accounts]]
    return names, ring.decades.tolist(), ring.net, ring.coverage


def names_in(reviews: pd.DataFrame, *, least: int = 3) -> list[list[str]]:
    return [names for names, *_ in searched(reviews, least=least)]


def two_companies() -> pd.DataFrame:
    return store(guests(), company(NAMES, 9), company(OTHERS, 7, seed=8))


# Pairs.


def test_a_pairs_surprise_is_that_of_loops() -> None:
    pairs, visits, crowds, _ = met_in(store(guests(120, listings=20), company(NAMES, 5)))
    days = visits.day
    there = crowds.listings.within(visits.listing_code, days - WITHIN, days + WITHIN) - 1.0
    assert len(pairs.a) > 20
    for a, b, surprise in zip(pairs.a, pairs.b, pairs.surprise, strict=True):
        mean = 0.0
        for guest, other in ((a, b), (b, a)):
            for row in np.flatnonzero(visits.account == guest):
                mean += max(there[row], 0.5) * visits.habits(np.array([other]), visits.town[row : row + 1])[0, 0]
        frame = visits.frame[np.isin(visits.account, [a, b])]
        met = 0
        for _, here in frame.groupby("listing_key"):
            one, other = (here[here["reviewer_key"] == visits.names[who]] for who in (a, b))
            near = np.abs(np.subtract.outer(one["day_to"].to_numpy(), other["day_to"].to_numpy())) <= WITHIN
            alike = np.abs(np.subtract.outer(one["rating"].to_numpy(), other["rating"].to_numpy())) <= 0.26
            met += int((near & alike).sum())
        expected = negative_binomial(np.array([met]), np.array([mean / 2]), np.array([8.0]))[0]
        assert surprise == pytest.approx(expected, rel=1e-9)


def test_company_stands_out_and_guests_who_met_twice_do_not() -> None:
    pairs, visits, _, _ = met_in(store(guests(), company(NAMES, 9)))
    own = visits.names.isin([f"p/{name}" for name in NAMES])
    both = own[pairs.a] & own[pairs.b]
    assert both.sum() == 10
    assert pairs.surprise[both].min() > 5
    assert np.quantile(pairs.surprise[~both], 0.9) < 3


# Rings.


def test_a_company_among_guests() -> None:
    found = searched(store(guests(), company(NAMES, 9)))
    names, decades, net, coverage = found[0]
    assert names == NAMES
    assert min(decades) > 3
    assert net > 5
    assert coverage == 0.9
    assert all(other < 3 for _, _, other, _ in found[1:])


def test_two_companies_are_two_rings_strongest_first() -> None:
    found = searched(two_companies())
    assert [names for names, *_ in found[:2]] == [NAMES, OTHERS]
    assert all(one[2] >= other[2] for one, other in pairwise(found))


def test_accounts_that_never_met_are_not_one_ring() -> None:
    """A set that is dense by another measure may hold two companies."""
    pairs, visits, crowds, accounts = met_in(two_companies())
    silent = Pairs(pairs.a, pairs.b, np.zeros_like(pairs.surprise))
    both = np.flatnonzero(visits.names.isin([f"p/{name}" for name in [*NAMES, *OTHERS]])).astype("int64")
    rings = find_rings(silent, visits, crowds, accounts=accounts, within_days=WITHIN, least=3, memo={}, dense=[both])
    assert sorted(told(ring, visits)[0] for ring in rings) == [NAMES, OTHERS]


def test_of_two_finds_that_share_accounts_one_stays() -> None:
    """Two of a company stay friends with two others: who sells together now and then is one ring or two, not three."""
    friends = company([*NAMES[:2], *OTHERS], 8, seed=8)
    found = names_in(store(guests(), company(NAMES, 9), friends))
    assert set(NAMES) <= set().union(*map(set, found[:2]))
    assert set(OTHERS) <= set().union(*map(set, found[:2]))
    for at, one in enumerate(found):
        for other in found[:at]:
            assert len(set(one) & set(other)) < max(len(one), len(other)) / 2


def test_two_are_a_ring_only_where_two_are_asked_for() -> None:
    reviews = store(guests(), company(["ann", "bob"], 12))
    assert not any({"ann", "bob"} & set(names) for names in names_in(reviews))
    assert names_in(reviews, least=2)[0] == ["ann", "bob"]


def test_more_meetings_are_a_stronger_ring() -> None:
    nets = [searched(store(guests(), company(NAMES, meetings)))[0][2] for meetings in (4, 6, 8, 10)]
    assert nets == sorted(nets)
    assert nets[-1] > nets[0] + 10


def test_nobody_met() -> None:
    memo: dict[str, str] = {}
    assert searched(guests(3, each=3), memo) == []
    assert memo == {}


def test_neither_the_order_of_reviews_nor_the_names_matter() -> None:
    reviews = two_companies()
    found = searched(reviews)
    assert searched(reviews.sample(frac=1.0, random_state=4)) == found
    dice = np.random.default_rng(6)
    renamed, back = reviews.copy(), {}
    for column in ("reviewer_key", "listing_key"):
        old = sorted(set(reviews[column]))
        new = dict(zip(old, [f"p/{number:04d}" for number in dice.permutation(len(old))], strict=True))
        renamed[column] = renamed[column].map(new)
        back |= {name.removeprefix("p/"): key.removeprefix("p/") for key, name in new.items()}
        # The last column's names stand for listings, which no ring names.
        if column == "reviewer_key":
            names_back = dict(back)
    again = searched(renamed)
    assert [sorted(names_back[name] for name in names) for names, *_ in again] == [names for names, *_ in found]
    assert [net for _, _, net, _ in again] == pytest.approx([net for _, _, net, _ in found])


# What is kept from night to night.


def test_the_second_time_nothing_is_searched() -> None:
    reviews = two_companies()
    memo: dict[str, str] = {}
    first = searched(reviews, memo)
    kept = dict(memo)
    assert len(kept) >= 2
    assert searched(reviews, memo) == first == searched(reviews)
    assert memo == kept
    # A kept answer is believed.
    assert searched(reviews, dict.fromkeys(kept, "[]")) == []


def spread(names: list[str], country: str, *, seed: int) -> pd.DataFrame:
    """A company in a country of its own, with guests who never leave it."""
    about = guests(150, listings=30, seed=seed)
    own = company(names, 8, seed=seed + 1)
    parts = store(about.assign(reviewer_key=about["reviewer_key"] + country), own)
    return parts.assign(country=country, listing_key=country + parts["listing_key"], city=parts["city"] + country)


def test_only_neighbourhoods_that_were_touched_are_searched_anew() -> None:
    reviews = store(spread(NAMES, "AT", seed=1), spread(OTHERS, "DE", seed=5))
    memo: dict[str, str] = {}
    first = searched(reviews, memo)
    assert [names for names, *_ in first[:2]] == [NAMES, OTHERS]
    kept = dict(memo)
    # Somebody new in a town of the one country, as pleased as people are there on the whole.
    added = reviews_of(
        DAY + 300 + np.arange(10),
        listing_key=[f"DEp/{number:02d}" for number in range(0, 30, 3)],
        city="town 0DE",
        country="DE",
        reviewer_key="p/new",
        rating=[1.0, 0.75] * 5,
    )
    more = store(reviews, added)
    # The keys of reviews are those of before.
    more["review_key"] = [*reviews["review_key"], *(f"s{number}" for number in range(10))]
    reviews_before = crowds_of(reviews)
    assert round(reviews_before.high_share, 2) == round(crowds_of(more).high_share, 2)
    second = searched(more, memo)
    fresh: dict[str, str] = {}
    assert second == searched(more, fresh)
    new = memo.keys() - kept.keys()
    assert new == fresh.keys() - kept.keys()
    assert new, "those in that town are searched anew"
    abroad = [key for key in fresh if key in kept]
    assert abroad, "those in the other country are not"
    assert len(searched(spread(NAMES, "AT", seed=1), {})) <= len(abroad) + 1


def small_world(*, listings: int = 24, each: int = 4) -> pd.DataFrame:
    companies = company(NAMES, 6), company(OTHERS, 9, seed=8), company(NAMES, 2, seed=9)
    return store(guests(90, listings=listings, each=each, seed=3), *companies)


ADDED = st.lists(
    st.tuples(
        # Known accounts, those of the companies, and new ones.
        st.sampled_from([f"p/u{number:04d}" for number in range(96)] + [f"p/{name}" for name in NAMES + OTHERS]),
        st.integers(0, 59),
        st.integers(-600, 900),
        st.sampled_from([0.0, 0.25, 0.75, 1.0]),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=15, phases=[Phase.explicit, Phase.generate])
@given(st.lists(ADDED, min_size=1, max_size=2), st.sampled_from([3, 300]))
def test_night_after_night_it_finds_what_a_first_night_would(
    nights: list[list[tuple[str, int, int, float]]], most_crowd: int
) -> None:
    """To the last bit, whatever came: near or far in time, from members or strangers."""
    reviews = small_world()
    memo: dict[str, str] = {}
    searched(reviews, memo, most_crowd=most_crowd)
    for number, night in enumerate(nights):
        added = reviews_of(
            [DAY + day for _, _, day, _ in night],
            listing_key=[f"p/{listing:02d}" for _, listing, _, _ in night],
            city=[f"town {listing % 3}" for _, listing, _, _ in night],
            reviewer_key=[account for account, _, _, _ in night],
            rating=[stars for _, _, _, stars in night],
        )
        keys = [*reviews["review_key"], *(f"s{number}-{row}" for row in range(len(night)))]
        reviews = store(reviews, added).assign(review_key=keys)
        assert searched(reviews, memo, most_crowd=most_crowd) == searched(reviews, most_crowd=most_crowd)


def test_a_share_of_praise_that_creeps_is_no_stale_answer() -> None:
    """Every night moves the store's share of top ratings a little; what was kept must not depend on how little."""
    reviews = small_world()
    memo: dict[str, str] = {}
    searched(reviews, memo)
    kept = len(memo)
    praise = reviews_of(
        DAY + np.arange(3), listing_key="q/z", platform="q", city="elsewhere", reviewer_key="q/z", rating=1.0
    )
    more = store(reviews, praise).assign(review_key=[*reviews["review_key"], "s0", "s1", "s2"])
    assert crowds_of(more).high_share != crowds_of(reviews).high_share
    assert searched(more, memo) == searched(more)
    assert len(memo) == kept, "and it is no reason to search anew"


def quiet_ones(pairs: Pairs, visits: Visits) -> Ints:
    """Accounts that met one of a company, but not so often that anybody looks for a ring about them."""
    company = visits.names.isin([f"p/{name}" for name in NAMES + OTHERS])
    near = np.unique(np.concatenate([pairs.a[company[pairs.b]], pairs.b[company[pairs.a]]]))
    seeds = pairs.surprise >= 2.6
    return np.setdiff1d(near, np.concatenate([pairs.a[seeds], pairs.b[seeds]]))


def test_an_account_under_another_name_is_found_under_that() -> None:
    """A kept answer tells accounts by their place in the neighbourhood."""
    reviews = small_world(listings=8, each=6)
    memo: dict[str, str] = {}
    assert [names for names, *_ in searched(reviews, memo)] == [NAMES, OTHERS]
    pairs, visits, *_ = met_in(reviews)
    guest = visits.names[quiet_ones(pairs, visits)[0]]
    for old, new in ((guest, "p/aaa"), (guest, "p/zzz"), ("p/cyd", "p/aaa"), ("p/eve", "p/zzz")):
        renamed, kept = reviews.assign(reviewer_key=reviews["reviewer_key"].replace(old, new)), len(memo)
        assert searched(renamed, memo) == searched(renamed), (old, new)
        assert len(memo) > kept, (old, new)


def test_who_met_whom_is_part_of_what_an_answer_was_made_of() -> None:
    """A crowd elsewhere in time can end a meeting, and nothing else about the two changes."""
    pairs, visits, crowds, accounts = met_in(small_world(listings=8, each=6))
    quiet = quiet_ones(pairs, visits)
    seen = np.flatnonzero(np.isin(pairs.a, quiet) & np.isin(pairs.b, quiet))
    assert len(seen)
    memo: dict[str, str] = {}
    for left in (np.arange(len(pairs.a)), np.delete(np.arange(len(pairs.a)), seen)):
        fewer = Pairs(pairs.a[left], pairs.b[left], pairs.surprise[left])
        kept = len(memo)
        find_rings(fewer, visits, crowds, accounts=accounts, within_days=WITHIN, least=3, memo=memo)
        assert len(memo) > kept


def test_a_review_that_was_edited_is_read_anew() -> None:
    reviews = small_world()
    memo: dict[str, str] = {}
    searched(reviews, memo)
    own = reviews["reviewer_key"] == "p/ann"
    edited = reviews.assign(rating=reviews["rating"].mask(own, 0.75))
    assert searched(edited, memo) == searched(edited) != searched(reviews)
