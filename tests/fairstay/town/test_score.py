from collections.abc import Iterable

import pandas as pd
import pytest

from detection.simulate.platform import Platform
from fairstay.town.score import COLUMNS, ReviewId, render, score

KEY = ["platform", "listing_id", "review_id"]

EVENTS = pd.DataFrame(
    {
        "event_id": ["e0", "e1", "e2", "e3", "e4"],
        "kind": ["festival", "wedding", "burst", "swapped", "drip"],
        "planted": [False, False, True, True, True],
        "strength": [0, 0, 4, 2, 3],
    }
)
MEMBERS = {"e0": range(6), "e1": range(6, 9), "e2": range(10, 19), "e3": range(20, 26)}
TRUTH = pd.DataFrame([(f"r{n}", event) for event, inside in MEMBERS.items() for n in inside]).set_axis(
    ["review_id", "event_id"], axis=1
)
REVIEWS = pd.DataFrame({"platform": "google", "listing_id": "l1", "review_id": [f"r{n}" for n in range(40)]})


def ids(numbers: Iterable[int]) -> frozenset[ReviewId]:
    return frozenset(("google", "l1", f"r{n}") for n in numbers)


def cases(**inside: Iterable[int]) -> pd.DataFrame:
    rows = [(case_id, "burst", ids(numbers)) for case_id, numbers in inside.items()]
    return pd.DataFrame(rows, columns=["case_id", "kind", "review_ids"])


def scored(**inside: Iterable[int]) -> pd.DataFrame:
    return score(TRUTH, EVENTS, cases(**inside), REVIEWS)


def row(table: pd.DataFrame, event_id: str) -> dict[str, object]:
    (found,) = table[table["event_id"] == event_id].to_dict("records")
    return {str(name): value for name, value in found.items()}


def test_a_third_of_an_attack_in_one_case_finds_it() -> None:
    table = scored(c1=[10, 11, 12, 30, 31], c2=[13, 14])
    assert tuple(table.columns) == COLUMNS
    assert row(table, "e2") == {
        "verdict": "found",
        "event_id": "e2",
        "event_kind": "burst",
        "strength": 4,
        "reviews": 9,
        "flagged": 5,
        "held": 3,
        "case_id": "c1",
        "case_kind": "burst",
        "case_size": 5,
    }
    # c2 is a part of the attack too, so it is no false alarm.
    assert table["verdict"].tolist() == ["found", "missed"]


def test_less_than_a_third_in_every_case_is_a_miss() -> None:
    found = row(scored(c1=[10, 11], c2=[12, 13]), "e2")
    assert (found["verdict"], found["flagged"], found["held"], found["case_id"]) == ("missed", 4, 2, "c1")


def test_swapped_ratings_are_found_one_by_one() -> None:
    table = scored(c1=[20], c2=[21])
    assert row(table, "e3")["verdict"] == "found"
    assert (row(table, "e3")["flagged"], row(table, "e3")["held"]) == (2, 1)
    assert (table["verdict"] == "false").sum() == 0
    assert row(scored(c1=[20]), "e3")["verdict"] == "missed"


def test_a_false_case_names_the_innocent_event_that_it_shares_most_with() -> None:
    table = scored(c1=[4, 5, 6, 7, 8, 33], c2=[35, 36], c3=[])
    false = table[table["verdict"] == "false"]
    assert false["case_id"].tolist() == ["c1", "c2", "c3"]
    first = false.iloc[0]
    assert (first["event_kind"], first["held"], first["reviews"], first["case_size"]) == ("wedding", 3, 3, 6)
    assert false["event_id"].isna().tolist() == [False, True, True]
    assert false["case_size"].tolist() == [6, 2, 0]


def test_a_big_case_that_brushes_an_attack_is_false() -> None:
    table = scored(c1=[10, *range(26, 40)])
    assert table["verdict"].tolist() == ["missed", "missed", "false"]


def test_attacks_that_the_night_could_not_see_are_left_out() -> None:
    table = score(TRUTH, EVENTS, cases(), REVIEWS[:20])
    assert table["event_id"].tolist() == ["e2"]
    assert table["verdict"].tolist() == ["missed"]
    assert table["case_id"].isna().all()


def test_review_ids_count_only_on_their_own_platform() -> None:
    other = pd.DataFrame(
        {"case_id": ["c1"], "kind": ["burst"], "review_ids": [{("yelp", "l1", f"r{n}") for n in range(10, 19)}]}
    )
    assert score(TRUTH, EVENTS, other, REVIEWS)["verdict"].tolist() == ["missed", "missed", "false"]


def test_the_terminal_table() -> None:
    text = render(scored(c1=range(10, 16), c2=[6, 7, 30], c3=[35, 36]))
    assert text.split("\n") == [
        "2 planted: 1 found, 1 missed; 2 false cases",
        "",
        "        event                     strength  reviews in a case  case",
        "found   burst                            4             6 of 9  c1 burst, 6 reviews",
        "missed  swapped                          2             0 of 6",
        "false   wedding (innocent)                             2 of 3  c2 burst, 3 reviews",
        "false   none                                                   c3 burst, 2 reviews",
    ]
    assert render(score(TRUTH, EVENTS, cases(), REVIEWS[:5])) == "0 planted: 0 found, 0 missed; 0 false cases"


@pytest.mark.parametrize("share", [1.0, 0.0])
def test_a_perfect_and_an_empty_night_on_the_demo(town: Platform, share: float) -> None:
    merged = town.truth.merge(town.reviews[KEY], on="review_id").merge(
        town.events[["event_id", "kind", "planted"]], on="event_id"
    )
    planted = merged[merged["planted"]]
    rows = [
        (f"c-{event}", group["kind"].iloc[0], set(group[KEY].itertuples(index=False, name=None)))
        for event, group in planted.groupby("event_id")
        if share
    ]
    found = pd.DataFrame(rows, columns=["case_id", "kind", "review_ids"])
    table = score(town.truth, town.events, found, town.reviews)
    assert len(table) == town.events["planted"].sum()
    assert (table["verdict"] == ("found" if share else "missed")).all()
    assert (table["flagged"] == (table["reviews"] if share else 0)).all()
    assert table["reviews"].tolist() == town.events.loc[town.events["planted"], "reviews"].tolist()
    assert max(map(len, render(table).split("\n"))) <= 100
