from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from detection.cards import load_card
from detection.protocol import Findings
from detection.simulate.attacks import grid
from detection.simulate.company import with_company
from detection.simulate.frames import review_frame, true_events
from detection.simulate.platform import large_spec, simulate
from detection.travel import Travel
from store.strength import SCALES
from tests.detection.worlds import DAY, findings, reviews_of, together

# Degrees of longitude on the equator, about 1,000 km.
EAST = 9.0


def stay(account: str, start: int, *, nights: int = 0, east: float = 0.0, **columns: object) -> pd.DataFrame:
    """One review, a month after the stay of an account at a hotel so many degrees east."""
    said = {
        "reviewer_key": f"p/{account}",
        "listing_key": f"p/at {east:g}",
        "city": f"at {east:g}",
        "latitude": 0.0,
        "longitude": east,
        "stay_from": DAY + start,
        "stay_to": DAY + start + nights,
        "stay_exact": True,
        **columns,
    }
    return reviews_of([DAY + start + 30], **said)


def store(*parts: pd.DataFrame) -> pd.DataFrame:
    frame = together(*parts)
    count = frame.groupby("reviewer_key")["review_key"].transform("size")
    return frame.assign(reviewer_reviews=count.fillna(0).astype("int32"))


def torn(account: str, *days: int, east: float = EAST) -> list[pd.DataFrame]:
    """On each of those days in two places."""
    return [stay(account, day, east=at) for day in days for at in (0.0, east)]


def facts_of(found: Findings) -> dict[str, object]:
    assert len(found.evidence) == 1
    return dict(json.loads(found.evidence["facts"].iloc[0]))


def test_days_in_two_places_are_told_with_what_was_claimed() -> None:
    found = findings(Travel(), store(*torn("ann", 10, 40, 70), *torn("bob", 10), stay("ann", 110, east=4.0)))
    facts, row = facts_of(found), found.evidence.iloc[0]
    assert (row["subject_kind"], row["subject_id"]) == ("account", f"A-{row['evidence_key'][:10]}")
    assert (row["n_reviews"], row["effect"]) == (6, 3.0)
    assert facts["precision"] == "exact"
    assert facts["listings"] == ["p/at 0", "p/at 9"] or facts["listings"] == ["p/at 9", "p/at 0"]
    told = [(start, end, kind) for _, start, end, kind in facts["stays"]]
    assert told == [(day, day, "day") for day in ("2022-01-18", "2022-02-17", "2022-03-19") for _ in range(2)]
    for one, other, km, days, a_day in facts["conflicts"]:
        assert {one, other} in ({0, 1}, {2, 3}, {4, 5})
        assert (days, km, a_day) == (0, pytest.approx(1001, abs=1), pytest.approx(1001, abs=1))
    assert "ann" not in row["facts"]
    assert (found.members["weight"] == 1.0).all()


def test_one_slip_of_a_date_names_nobody() -> None:
    """Whatever else the account was doing on that day."""
    others = [stay("ann", 10, east=0.01 * n, kind="restaurant") for n in range(5)]
    assert findings(Travel(), store(*others, stay("ann", 10, east=EAST))).evidence.empty
    assert findings(Travel(), store(stay("ann", 10, nights=4), stay("ann", 10, nights=4, east=EAST))).evidence.empty


def doubled(*starts: int, nights: int = 5, later: int = 1) -> list[pd.DataFrame]:
    """From each of those days so many nights here, and as many there some days later."""
    return [stay("ann", start + later * (at > 0), nights=nights, east=at) for start in starts for at in (0.0, EAST)]


def let(start: int, *trips: tuple[int, int]) -> list[pd.DataFrame]:
    """Thirty nights here, and trips of so many nights after so many days."""
    away = [stay("ann", start + after, nights=nights, east=EAST) for after, nights in trips]
    return [stay("ann", start, nights=30), *away]


@pytest.mark.parametrize(
    "honest",
    [
        let(10, (10, 5)),
        [*let(10, (10, 2)), *let(90, (12, 2))],
        let(10, (5, 3), (15, 3)),
        doubled(10, 90, nights=3, later=2),
        torn("ann", 10, 40, 70, east=6.3),
        doubled(10, nights=5, later=0),
        doubled(10, 90, nights=3, later=0),
        doubled(10, 90, nights=7),
    ],
    ids=[
        "a let and a trip",
        "two lets and a trip each",
        "a let and two trips",
        "two bookings that overlap by a night",
        "a commuter by air",
        "a shared account's holiday",
        "two bookings for a colleague",
        "two long ones",
    ],
)
def test_who_travels_much_or_books_for_others_is_not_named(honest: list[pd.DataFrame]) -> None:
    assert findings(Travel(), store(*honest)).evidence.empty


def test_three_stays_in_two_beds_are_told() -> None:
    found = findings(Travel(), store(*doubled(10, 40, 70, nights=7)))
    facts = facts_of(found)
    assert {kind for *_, kind in facts["stays"]} == {"interval"}
    assert len(facts["conflicts"]) == 3


def test_a_week_on_the_road_is_no_conflict() -> None:
    """A business traveller leaves one hotel for the next, over any distance."""
    road = [stay("ann", 2 * n, nights=2, east=EAST * (n % 3)) for n in range(12)]
    assert findings(Travel(), store(*road)).evidence.empty


def test_near_places_and_unknown_ones_are_no_conflict() -> None:
    assert findings(Travel(), store(*torn("ann", 10, 40, 70, east=0.4))).evidence.empty
    nowhere = store(*torn("ann", 10, 40, 70)).assign(latitude=np.nan, longitude=np.nan)
    found = findings(Travel(), nowhere)
    assert found.evidence.empty
    assert set(found.abstentions["reason"]) == {"no_coordinates"}


def test_what_cannot_be_judged_is_said() -> None:
    plain = stay("ann", 10)
    parts = [
        plain,
        stay("ann", 20, reviewer_key=None),
        stay("ann", 20, stay_from=-1, stay_to=-1, stay_exact=False),
        stay("ann", 20, stay_from=DAY + 80, stay_to=DAY + 80),
        stay("ann", 20, nights=300),
    ]
    reasons = findings(Travel(), store(*parts)).abstentions.groupby("reason")["reviews"].sum()
    assert reasons.to_dict() == {"no_reviewer_ids": 1, "no_stay_dates": 3}


def test_a_listing_that_contradicts_everybody_has_a_wrong_pin() -> None:
    guests = [f"g{n}" for n in range(6)]
    at_home = [stay(guest, 10 + 20 * n, east=east) for guest in guests for n in range(3) for east in (0.0, 40.0)]
    assert findings(Travel(), store(*at_home)).evidence.empty
    assert len(findings(Travel(least_pin_accounts=99), store(*at_home)).evidence) == len(guests)


def month(account: str, places: int) -> list[pd.DataFrame]:
    said = {"stay_from": DAY, "stay_to": DAY + 30, "stay_exact": False}
    return [stay(account, 10, east=2.0 * n, **said) for n in range(places)]


def test_months_only_ever_give_an_indication() -> None:
    assert findings(Travel(), store(*month("ann", 8))).evidence.empty
    row = findings(Travel(), store(*month("ann", 40))).evidence.iloc[0]
    facts = json.loads(row["facts"])
    assert (facts["precision"], facts["conflicts"]) == ("month", [])
    assert len(facts["stays"]) == 40
    scale = SCALES["travel"]
    assert scale.word(100_000 / facts["false_accounts_per_100k"]) == "weak"
    assert row["p_value"] >= 0.99 * Travel().false_accounts_per_100k / 100_000


@pytest.mark.parametrize(("stayed", "least"), [("day", 0.9), ("interval", 0.9)])
def test_planted_stays_are_found_and_nobody_else(stayed: str, least: float) -> None:
    spec = with_company(replace(large_spec(listings=900), attacks=grid(("travel",), each=4)))
    spec = replace(spec, sources=tuple(replace(source, stayed=stayed) for source in spec.sources))
    platform = simulate(spec, 8301)
    reviews, truth = review_frame(platform), true_events(platform)
    account = reviews.set_index("review_key")["reviewer_key"]
    planted = set(account.reindex(truth.loc[truth["kind"] == "travel", "review_key"]))
    found = findings(Travel(), reviews)
    named = set(account.reindex(found.members["review_key"]))
    assert len(named & planted) >= least * len(planted)
    assert named <= planted


def test_no_two_days_reach_the_line_whatever_the_card() -> None:
    card = replace(load_card("travel"), rates=(1e-9,) * len(load_card("travel").rates))
    assert findings(Travel(card=card), store(*torn("ann", 10, 40))).evidence.empty
