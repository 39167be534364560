from typing import Any

import pandas as pd
import pytest

from reports.records import Finding, Findings
from reports.stays import Stays, stays_of
from tests.reports.crowd_facts import HOSTILE, month_facts, travel_facts

LISTINGS = pd.DataFrame(
    {"key": ["a/1", "a/2"], "name": ["Haus Eins", HOSTILE], "city": ["Ulm", None], "country": ["DE", None]}
)
KNOWN = Findings({}, (), pd.DataFrame(), frozenset(), LISTINGS)


def made(facts: dict[str, Any], detector: str = "travel") -> Stays | None:
    return stays_of(Finding("k", detector, 1, "account", "A-0", None, None, 3, facts, {"r": 1.0}), KNOWN)


def test_stays_stand_by_day_and_pairs_farthest_first() -> None:
    stays = made(travel_facts(["a/1", "a/2"]))
    assert stays is not None
    assert [(each.number, each.listing, each.town, each.when) for each in stays.stays[::2]] == [
        (1, "Haus Eins", "Ulm, DE", "3 May 2026 to 6 May 2026"),
        (3, "Haus Eins", "Ulm, DE", "7 May 2026"),
    ]
    assert [each.known_by for each in stays.stays] == ["arrival and departure", "its day", "its day"]
    assert [(each.stays, each.apart, each.between) for each in stays.pairs] == [
        ("1 and 2", "9,204 km", "they share a day"),
        ("2 and 3", "9,204 km", "2 days from one to the other"),
    ]
    assert (stays.stays_left_out, stays.pairs_left_out, stays.indication_only) == (0, 0, False)
    assert stays.stays[1].town == ""
    assert "\u202e" not in stays.stays[1].listing


def test_months_are_months_and_never_a_day() -> None:
    stays = made(month_facts(["a/1", "a/2"]))
    assert stays is not None
    assert {(each.when, each.known_by) for each in stays.stays} == {("May 2026", "its month")}
    assert (stays.pairs, stays.indication_only) == ((), True)
    paired = made(month_facts(["a/1", "a/2"], conflicts=[[0, 1, 900.0, 0, 900.0]]))
    assert paired is not None
    assert paired.pairs[0].between == "the same month"


def test_what_is_left_out_is_counted() -> None:
    many = [[0, f"2026-05-{1 + at % 28:02d}", None, "day"] for at in range(100)]
    pairs = [[at, at + 1, 500.0 + at, 0, None] for at in range(60)]
    stays = made(travel_facts(["a/1"], stays=many, conflicts=pairs))
    assert stays is not None
    assert (len(stays.pairs), stays.pairs_left_out, stays.stays_left_out) == (40, 20, 0)
    months = made(month_facts(["a/1"] * 100))
    assert months is not None
    assert (len(months.stays), months.stays_left_out) == (80, 20)


@pytest.mark.parametrize("odd", [None, "x", [], [[0]], [["a", None, 3, []]], [[7, "2026-05-01", "?", "day"]]])
def test_odd_facts_never_fail(odd: Any) -> None:
    for name in ("stays", "listings", "conflicts", "precision"):
        made({**travel_facts(["a/1", "a/2"]), name: odd})
    assert made({}) is None
    assert made(travel_facts(["a/1"]), "accounts") is None
