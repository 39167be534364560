from typing import Any

import pytest

from reports.records import Finding
from reports.wording_groups import READINGS, group_observation, group_title
from tests.reports.crowd_facts import reciprocity_facts, ring_facts

ACCOUNTS, LISTINGS = [f"r{number}" for number in range(15)], ["a/b", "a/c", "a/d"]


def made(facts: dict[str, Any]) -> Finding:
    return Finding("k", "collusion", 2, "group", "g", None, None, 9, facts, {"x": 1.0})


def test_a_ring_is_told_with_its_figures() -> None:
    said = group_observation(made(ring_facts(ACCOUNTS, LISTINGS)))
    assert said[0] == (
        "15 accounts: two of them reviewed the same listing 122 times, where accounts with such habits would about "
        "2.4 times."
    )
    told = " ".join(said)
    assert "80 % of these meetings lie within 7 days of each other." in told
    assert "They met at 3 listings in 3 towns." in told
    assert "86 % of the reviews in which they met have a rating at the top of the scale; usual would be 31 %." in told
    assert "Of 40 texts of theirs 12 are alike to one by another account of the group." in told
    assert group_title(made(ring_facts(ACCOUNTS, LISTINGS))).startswith("15 accounts that reviewed the same listings")


@pytest.mark.parametrize(("p", "said"), [(0.001, "in none of them"), (0.002, "in 1 of them"), (1.0, "in 999 of them")])
def test_a_permutation_is_counted(p: float, said: str) -> None:
    told = " ".join(group_observation(made(ring_facts(ACCOUNTS, LISTINGS, permutation_p=p))))
    assert f"within each town and month 999 times: {said} did the accounts" in told


@pytest.mark.parametrize("changed", [{"permutation_p": None}, {"permutations": 0}, {"permutation_p": 1.5}])
def test_no_permutation_is_made_up(changed: dict[str, Any]) -> None:
    assert "at random" not in " ".join(group_observation(made(ring_facts(ACCOUNTS, LISTINGS, **changed))))


def test_readings_are_said_as_what_the_shape_also_fits() -> None:
    for reading, words in READINGS.items():
        said = group_observation(made(ring_facts(ACCOUNTS, LISTINGS, readings=[reading, "something new", reading])))
        assert said[-1] == f"The shape also fits: {words}."
    both = group_observation(made(ring_facts(ACCOUNTS, LISTINGS, readings=["club", "event"])))[-1]
    assert both == f"The shape also fits: {READINGS['club']}; {READINGS['event']}."
    none = group_observation(made(ring_facts(ACCOUNTS, LISTINGS, readings=["something new"])))
    assert not any("also fits" in each for each in none)


def test_a_ring_of_an_older_night_is_told_without_the_newer_facts() -> None:
    old = {"accounts": ACCOUNTS, "listings": LISTINGS, "shared": 9, "expected": 0.4, "agreement": 0.9}
    assert group_observation(made(old)) == (
        "15 accounts: two of them reviewed the same listing 9 times, where accounts with such habits would about "
        "0.4 times.",
        "In 90 % of the meetings both gave the same rating, give or take one star.",
    )


def test_owners_who_praise_one_another() -> None:
    finding = made(reciprocity_facts(ACCOUNTS[:6], LISTINGS))
    said = group_observation(finding)
    assert said[0] == (
        "6 accounts of 6 owners gave one another's listings high ratings (14 reviews); 5 pairs of owners did so both "
        "ways; about 0.21 expected by chance."
    )
    assert "may be out of date" in said[1]
    assert group_title(finding).startswith("Owners' accounts that praised one another's listings")
    bare = group_observation(made({"kind": "reciprocity"}))
    assert bare[0] == "Accounts of owners gave one another's listings high ratings."


def test_owners_who_praise_what_is_theirs() -> None:
    both = group_observation(made(reciprocity_facts(ACCOUNTS[:6], LISTINGS, own=2)))
    assert "5 pairs of owners did so both ways, 2 owners also praised their own; about 0.21" in both[0]
    finding = made(reciprocity_facts(ACCOUNTS[:1], LISTINGS, owners=1, praises=1, returned=0, own=1))
    assert group_observation(finding)[0] == (
        "1 account of 1 owner gave listings of their own high ratings (1 review); about 0.21 expected by chance."
    )
    assert "listings of their own" in group_title(finding)


@pytest.mark.parametrize(("dense", "said"), [(True, 1), (False, 0), ("yes", 0), (None, 0)])
def test_a_dense_block_is_said_where_there_is_one(dense: object, said: int) -> None:
    told = group_observation(made(ring_facts(ACCOUNTS, LISTINGS, dense_block=dense)))
    assert sum("the most reviews among themselves" in each for each in told) == said
