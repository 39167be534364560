from typing import Any

import pytest

from reports.records import Finding
from reports.wording_accounts import (
    SIGNS,
    account_observation,
    conflicts_of,
    is_indication_only,
    travel_observation,
    travel_title,
)
from tests.reports.crowd_facts import account_facts, month_facts, travel_facts

LISTINGS = ["a/b", "a/c", "a/d"]


def made(detector: str, facts: dict[str, Any]) -> Finding:
    return Finding("k", detector, 1, "account", "A-0123456789", None, None, 7, facts, {"x": 1.0})


def test_the_signs_that_spoke_are_told_with_their_figures() -> None:
    said = account_observation(made("accounts", account_facts()))
    assert said[0] == (
        "One account with 48 reviews over 31 days; what stands out: how much it wrote in how short a time and "
        "3 further signs."
    )
    told = " ".join(said)
    assert "96 % of its ratings lie at an end of the scale; usual would be 44 %." in told
    assert "14 towns, none of them a home; 9 moves between them follow no route." in told
    assert "22 reviews came within 7 days; its longest silence is 210 days." in told
    assert "known on the night of the finding" in told
    assert said[-1].startswith("Habits are an indication only")


@pytest.mark.parametrize("sign", SIGNS)
def test_a_sign_that_did_not_speak_is_not_told(sign: str) -> None:
    alone = account_observation(made("accounts", account_facts(signs=[sign], known="")))
    assert SIGNS[sign] in alone[0]
    assert len(alone) == (2 if sign == "pace" else 3)
    assert not any(words in alone[0] for name, words in SIGNS.items() if name != sign)


def test_meetings_with_upheld_reviews_are_told_beside_what_is_usual() -> None:
    told = " ".join(account_observation(made("accounts", account_facts(signs=["company"], known="looking_back"))))
    assert "6 lie within 60 days of reviews of the same place, rated alike, that a person upheld" in told
    assert "5 times, each town and month counted once, where 0.21 would be usual for guests of these towns" in told
    assert "Places that had a campaign have ordinary guests too." in told
    one = " ".join(account_observation(made("accounts", account_facts(signs=["company"], company_reviews=1))))
    assert "Of its reviews 1 lies within" in one
    bare = account_observation(made("accounts", account_facts(signs=["company"], company_times="5")))
    assert not any("upheld as a campaign's:" in sentence for sentence in bare)


def test_an_account_without_facts_is_told_by_its_reviews() -> None:
    assert account_observation(made("accounts", {}))[0] == "One account with 7 reviews."
    later = account_observation(made("accounts", account_facts(known="looking_back")))
    assert "judged looking back" in " ".join(later)


def test_stays_by_the_day_are_told_with_distance_and_days() -> None:
    finding = made("travel", travel_facts(LISTINGS))
    assert not is_indication_only(finding.facts)
    said = travel_observation(finding)
    assert said[0] == "One account reports stays 9,204 kilometres apart on the same day, and 1 more such pair."
    apart = made("travel", travel_facts(LISTINGS, conflicts=[[1, 2, 9204.5, 2, 4602.25]]))
    assert "with 2 days from one to the other (4,602 km a day)." in travel_observation(apart)[0]


@pytest.mark.parametrize("changed", [{}, {"conflicts": [[0, 1, 9204.5, 0, 9204.5]]}, {"precision": None}, {"stays": 1}])
def test_months_only_ever_give_an_indication(changed: dict[str, Any]) -> None:
    finding = made("travel", month_facts(LISTINGS, **changed))
    assert is_indication_only(finding.facts)
    assert "an indication only" in travel_title(finding)
    said = travel_observation(finding)
    assert said[0].startswith("An indication only: one account reports ")
    assert "on the same day" not in said[0]
    assert said[1].endswith("Never read them as stays on the same day.")


def test_many_stays_of_one_month_are_counted() -> None:
    said = travel_observation(made("travel", month_facts(LISTINGS)))
    assert said[0] == "An indication only: one account reports 3 stays far apart in the same month."


@pytest.mark.parametrize(
    "conflict", [[0, 9, 800, 0, 800], [-1, 1, 800, 0, 800], [0, 1, None, 0, 1], [0, 1, 800, -1, 1], [0, 1], "x"]
)
def test_a_pair_that_names_no_stay_is_left_out(conflict: Any) -> None:
    facts = travel_facts(LISTINGS, conflicts=[conflict, [0, 1, 700.0, 0, None]])
    assert [(pair.first, pair.second, pair.km_a_day) for pair in conflicts_of(facts)] == [(0, 1, None)]
