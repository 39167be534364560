from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from detection.accounts import HALF, Accounts
from detection.lives import SIGNS
from detection.protocol import Findings, Night
from detection.simulate.attacks import grid
from detection.simulate.company import with_company
from detection.simulate.frames import review_frame, true_events
from detection.simulate.platform import large_spec, simulate
from store.strength import SCALES
from tests.detection.worlds import AS_OF, DAY, findings, reviews_of, together

LISTINGS, TOWNS = 60, 6


def places(listing: np.ndarray) -> dict[str, object]:
    """The columns of some of sixty listings in six towns, 400 km apart."""
    return {
        "listing_key": [f"p/{number:02d}" for number in listing],
        "city": [f"town {number % TOWNS}" for number in listing],
        "latitude": 47.0,
        "longitude": 5.0 * (listing % TOWNS),
    }


def honest_guests(accounts: int = 300, *, each: int = 9, seed: int = 5) -> pd.DataFrame:
    """People of six towns who mostly review at home, over two years."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(accounts), each)
    away = rng.random(len(who)) < 0.2
    town = np.where(away, rng.integers(0, TOWNS, len(who)), who % TOWNS)
    listing = town + TOWNS * rng.integers(0, LISTINGS // TOWNS, len(who))
    return reviews_of(
        DAY + rng.integers(0, 730, len(who)),
        reviewer_key=[f"p/u{number:04d}" for number in who],
        rating=rng.choice([0.0, 0.25, 0.5, 0.75, 1.0], len(who), p=[0.06, 0.08, 0.16, 0.3, 0.4]),
        **places(listing),
    )


def hand(
    number: int = 48, *, start: int = 400, days: int = 80, stars: float = 1.0, name: str = "hand", seed: int = 6
) -> pd.DataFrame:
    """Somebody who gives everybody five stars, wherever, in four bursts of a few days each."""
    rng = np.random.default_rng(seed)
    listing = rng.permutation(LISTINGS)[:number]
    day = DAY + start + np.sort(rng.integers(0, 4, number) * (days // 4) + rng.integers(0, 4, number))
    return reviews_of(day, reviewer_key=f"p/{name}", rating=stars, **places(listing))


def journey(name: str, *, posted: int, praise: float, each: int = 3) -> pd.DataFrame:
    """One tour of all towns in spring, with some places in each, posted within days; and then nothing."""
    rng = np.random.default_rng([*name.encode()])
    town = np.repeat(rng.permutation(TOWNS), each)
    listing = town + TOWNS * rng.integers(0, LISTINGS // TOWNS, len(town))
    usual = rng.choice([0.0, 0.25, 0.5, 0.75, 1.0], len(town), p=[0.06, 0.08, 0.16, 0.3, 0.4])
    stars = np.where(rng.random(len(town)) < praise, 1.0, usual)
    day = DAY + 300 + np.sort(rng.integers(0, posted, len(town)))
    return reviews_of(day, reviewer_key=f"p/{name}", rating=stars, **places(listing))


def store(*parts: pd.DataFrame) -> pd.DataFrame:
    """The parts together by day, with each account's reviews counted."""
    frame = together(*parts).sort_values(["day_to", "review_key"], ignore_index=True)
    count = frame.groupby("reviewer_key")["review_key"].transform("size")
    return frame.assign(reviewer_reviews=count.fillna(0).astype("int32"))


def named(found: Findings, reviews: pd.DataFrame) -> set[str]:
    return set(reviews.set_index("review_key")["reviewer_key"].reindex(found.members["review_key"]))


def test_a_hired_hand_is_told_with_its_signs_and_without_its_name() -> None:
    reviews = store(honest_guests(), hand())
    found = findings(Accounts(), reviews)
    assert named(found, reviews) == {"p/hand"}
    row, facts = found.evidence.iloc[0], json.loads(found.evidence["facts"].iloc[0])
    assert (row["subject_kind"], row["subject_id"]) == ("account", f"A-{row['evidence_key'][:10]}")
    assert "hand" not in row["facts"]
    assert set(facts["signs"]) <= set(SIGNS)
    assert {"pace", "extremes", "burst_then_silence"} <= set(facts["signs"])
    assert facts["known"] == "that_night"
    assert facts["extreme_share"] == 1.0
    assert 0.3 < facts["extreme_share_usual"] < 0.6
    assert facts["longest_burst"] >= 5
    assert facts["towns"] == TOWNS
    assert facts["days_active"] <= 80
    assert len(found.signals) == len(found.members) == row["n_reviews"]
    assert (found.members["weight"] >= 0.5).all()


def worker(name: str, clients: np.ndarray, *, seed: int) -> pd.DataFrame:
    """Five stars for twelve clients in half a year, and three reviews at home."""
    rng = np.random.default_rng([*name.encode(), seed])
    home = rng.integers(0, TOWNS) + TOWNS * rng.integers(0, LISTINGS // TOWNS, 3)
    listing = np.concatenate([rng.choice(clients, 12, replace=False), home])
    day = DAY + np.concatenate([300 + rng.integers(0, 180, 12), rng.integers(0, 730, 3)])
    stars = np.concatenate([np.ones(12), rng.choice([0.5, 0.75, 1.0], 3)])
    return reviews_of(day, reviewer_key=f"p/{name}", rating=stars, **places(listing))


def test_likeness_to_accounts_that_were_upheld() -> None:
    """Ten accounts work for the same fifteen places; once five of them are upheld, more of the others come to light."""
    clients = np.random.default_rng(9).permutation(LISTINGS)[:15]
    known, others = ([f"{who}{n}" for n in range(5)] for who in ("known", "other"))
    reviews = store(honest_guests(), *[worker(name, clients, seed=n) for n, name in enumerate([*known, *others])])
    of_known = reviews["reviewer_key"].isin([f"p/{name}" for name in known]) & (reviews["rating"] == 1.0)
    upheld = reviews.loc[of_known, "review_key"].tolist()
    before, after = findings(Accounts(), reviews), findings(Accounts(), reviews, upheld=upheld)
    assert named(before, reviews) < named(after, reviews) <= {f"p/{name}" for name in others}
    (facts,) = [facts for facts in map(json.loads, after.evidence["facts"]) if facts["known"] == "looking_back"]
    assert "company" in facts["signs"]
    assert facts["company_times"] > facts["company_expected"] + 4
    assert facts["company_reviews"] >= facts["company_times"]
    strangers = reviews.loc[reviews["reviewer_key"].str.startswith("p/u0"), "review_key"].iloc[:100]
    assert named(findings(Accounts(), reviews, upheld=strangers.tolist()), reviews) == named(before, reviews)


def test_what_was_known_that_night_needs_no_decisions() -> None:
    reviews = store(honest_guests(), hand())
    upheld = reviews.loc[reviews["reviewer_key"] == "p/u0001", "review_key"].tolist()
    one, other = findings(Accounts(), reviews), findings(Accounts(), reviews, upheld=upheld)
    pd.testing.assert_frame_equal(one.evidence, other.evidence)
    pd.testing.assert_frame_equal(one.members, other.members)


def test_praise_and_blame_alike() -> None:
    for stars in (0.0, 1.0):
        reviews = store(honest_guests(), hand(stars=stars))
        assert named(findings(Accounts(), reviews), reviews) == {"p/hand"}, stars


@pytest.mark.parametrize(
    "innocent",
    [
        hand(stars=0.75),
        journey("delighted", posted=420, praise=1.0, each=4),
        hand(4),
    ],
    ids=["a travel writer with measured stars", "delighted, over a year", "too few to tell"],
)
def test_one_habit_alone_is_none(innocent: pd.DataFrame) -> None:
    assert findings(Accounts(), store(honest_guests(), innocent)).evidence.empty


@pytest.mark.parametrize(
    ("posted", "praise", "each"),
    [(2, 0.0, 3), (2, 0.4, 3), (2, 0.8, 3), (21, 0.4, 3), (21, 0.8, 3), (6, 1.0, 2), (7, 0.8, 4)],
    ids=["cruise", "a good one", "a great one", "posted on the way", "a great one so", "honeymoon", "years of notes"],
)
def test_one_journey_is_no_work(posted: int, praise: float, each: int) -> None:
    guests = [journey(f"guest {n}", posted=posted, praise=praise, each=each) for n in range(10)]
    reviews = store(honest_guests(), *guests)
    assert len(named(findings(Accounts(), reviews), reviews)) <= 1


def test_a_world_without_hands_is_quiet() -> None:
    assert findings(Accounts(), store(honest_guests())).evidence.empty


def test_what_it_was_known_to_be_that_night_it_still_is_later() -> None:
    """The hand falls silent, others go on: the same finding, with the same score and the same reviews."""
    early = store(honest_guests(), hand())
    early = early[early["day_to"] <= DAY + 500]
    count = early.groupby("reviewer_key")["review_key"].transform("size").astype("int32")
    one = findings(Accounts(), early.assign(reviewer_reviews=count))
    other = findings(Accounts(), store(honest_guests(), hand()))
    assert len(one.evidence) == len(other.evidence) == 1
    assert one.evidence["evidence_key"].iloc[0] == other.evidence["evidence_key"].iloc[0]
    before, after = (json.loads(found.evidence["facts"].iloc[0]) for found in (one, other))
    assert before == after
    assert before["known"] == "that_night"
    assert set(one.members["review_key"]) == set(other.members["review_key"])


def test_reviews_of_nobody_are_counted() -> None:
    silent = hand().assign(reviewer_key=None).astype({"reviewer_key": "str"})
    found = findings(Accounts(), store(honest_guests(), silent))
    assert found.abstentions["reviews"].sum() == 48
    assert set(found.abstentions["reason"]) == {"no_reviewer_ids"}


def test_its_strength_stays_low() -> None:
    found = findings(Accounts(), store(honest_guests(), hand(60)))
    facts = json.loads(found.evidence["facts"].iloc[0])
    assert SCALES["accounts"].word(100_000 / facts["false_accounts_per_100k"]) == "weak"


def test_a_lower_promise_names_fewer() -> None:
    reviews = store(honest_guests(), *[hand(8 + 8 * n, days=20 * n, name=f"h{n}", seed=n) for n in range(1, 6)])
    many, few = (findings(Accounts(false_accounts_per_100k=rate), reviews) for rate in (1_000.0, 5.0))
    assert len(many.evidence) > len(few.evidence) >= 1


def test_what_nights_would_have_raised_is_no_less_than_what_stands() -> None:
    reviews = store(honest_guests(), hand())
    opened = Accounts(false_accounts_per_100k=1_000.0)
    found = findings(opened, reviews)

    class Nowhere:
        def where(self, column: str, hashes: np.ndarray, columns: tuple[str, ...]) -> pd.DataFrame:
            raise AssertionError("nothing has to be asked for")

    raised = np.sort(opened.raised(opened.scan(reviews), Night(AS_OF, Nowhere())))
    standing = np.sort(found.evidence["score"].to_numpy())
    assert (raised[-len(standing) :] >= standing - 1e-6).all()
    assert ((raised > 0) & (raised < 1)).all()
    assert HALF * raised[-1] / (1 - raised[-1]) > 3.0


def test_planted_hands_are_found_and_hardly_anybody_else() -> None:
    spec = with_company(replace(large_spec(listings=900), attacks=grid(("hired",), each=4, strengths=(5, 4))))
    platform = simulate(spec, 8302)
    reviews, truth = review_frame(platform), true_events(platform)
    account = reviews.set_index("review_key")["reviewer_key"]
    planted = set(account.reindex(truth.loc[truth["kind"] == "hired", "review_key"]))
    found = named(findings(Accounts(), reviews), reviews)
    assert len(found & planted) >= 6
    assert len(found - planted) <= 1
