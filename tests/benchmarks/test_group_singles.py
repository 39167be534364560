from __future__ import annotations

from benchmarks.group_singles import PRECISIONS, decided, hands, travel_table
from detection.accounts import Accounts
from detection.cards import Card
from detection.travel import Travel

EVERYTHING = 1e6


def card(name: str) -> Card:
    """It lets everything through."""
    return Card(name, "accounts", 1e5, (0.0, 300.0), (EVERYTHING, 1e-6), "everything")


def test_stays_told_to_the_day_are_found() -> None:
    rows = travel_table([2], 150, each=2, detector=Travel(card=card("travel"), false_accounts_per_100k=EVERYTHING))
    assert rows.index.tolist() == list(PRECISIONS)
    recalls = [float(cell.split()[0]) for cell in rows["stays: recall"]]
    assert recalls[0] > 0.8
    assert recalls[2] <= recalls[0]


def test_hands_for_hire_are_counted_by_strength() -> None:
    (named,) = hands([2], 150, each=2, detector=Accounts(card=card("accounts"), false_accounts_per_100k=EVERYTHING))
    hired = named.groups[named.groups["kind"] == "hired"].set_index("strength")
    assert hired["accounts"].to_dict() == dict.fromkeys(range(1, 6), 2)
    assert hired.loc[5, "found"] == 2
    assert 0 < named.others < named.accounts


def test_more_of_the_others_are_named_once_half_is_upheld() -> None:
    (before,), (after,) = decided([2], 300, each=2)
    assert 0 < before.planted == after.planted
    assert after.hit > 2 * before.hit
    assert before.others <= after.others <= 1
