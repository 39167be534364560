import json

import numpy as np
import pandas as pd
import pytest

from detection import bursts
from detection.bursts import Bursts
from detection.simulate.attacks import grid
from tests.detection.worlds import DAY, attacked, findings, reviews_of, together

PLANTED = grid(("burst", "bombing", "drip"), each=1, strengths=(4,))
SAYS = {"burst": "praise", "bombing": "blame", "drip": "praise"}
DAYS = 800


def quiet_town(listings: int = 40, *, seed: int = 4, **columns: object) -> pd.DataFrame:
    """Listings in four towns, each with a review every fifth day or so, by new and old accounts."""
    rng = np.random.default_rng(seed)
    parts = []
    for number in range(listings):
        days = np.sort(rng.integers(0, DAYS, rng.poisson(DAYS / 5)))
        stars = rng.choice([0.0, 0.25, 0.5, 0.75, 1.0], len(days), p=[0.06, 0.08, 0.16, 0.3, 0.4])
        said = {
            "listing_key": f"p/{number:02d}",
            "city": f"town {number % 4}",
            "rating": stars,
            "newborn": rng.random(len(days)) < 0.3,
            **columns,
        }
        parts.append(reviews_of(DAY + days, **said))
    return together(*parts)


def crowd(number: int, start: int, length: int, **columns: object) -> pd.DataFrame:
    said = {"listing_key": "p/00", "city": "town 0", "rating": 1.0, "newborn": 1, **columns}
    return reviews_of(DAY + start + np.arange(number) * length // number, **said)


def overlapping(evidence: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    return evidence[(evidence["window_start"] <= DAY + last) & (evidence["window_end"] >= DAY + first)]


@pytest.mark.parametrize("seed", [11, 12, 13])
@pytest.mark.parametrize("kind", list(SAYS))
def test_a_planted_campaign_is_found(kind: str, seed: int) -> None:
    reviews, events = attacked(*PLANTED, seed=seed)
    planted = reviews[reviews["review_key"].isin(events.loc[events["kind"] == kind, "review_key"])]
    found = findings_on_attacked(seed)
    inside = found.members[found.members["review_key"].isin(planted["review_key"])]
    keys = inside["evidence_key"].unique()
    assert len(keys) == 1
    row = found.evidence.set_index("evidence_key").loc[keys[0]]
    assert row["subject_id"] == planted["listing_key"].iloc[0]
    facts = json.loads(row["facts"])
    assert facts["direction"] == SAYS[kind]
    assert set(inside["role"]) == {SAYS[kind]}
    # The window is the campaign's, give or take a week before and a fortnight after, and most reviews are inside.
    assert planted["day_to"].min() - 7 <= row["window_start"]
    assert row["window_end"] <= planted["day_to"].max() + 14
    assert len(inside) >= 0.6 * len(planted)
    assert inside["weight"].mean() > 0.85
    everything = found.members[found.members["evidence_key"] == keys[0]]
    assert len(inside) >= 0.85 * len(everything), "hardly anybody else's review is drawn in"
    assert facts["count"] > 3 * facts["expected"]
    assert row["effect"] == pytest.approx(facts["count"] / max(facts["expected"], 0.05), rel=1e-3)


_FOUND: dict[int, bursts.Findings] = {}


def findings_on_attacked(seed: int) -> bursts.Findings:
    if seed not in _FOUND:
        _FOUND[seed] = findings(Bursts(), attacked(*PLANTED, seed=seed)[0])
    return _FOUND[seed]


def test_a_new_crowd_on_one_listing_is_found_and_nothing_else_then() -> None:
    reviews = together(quiet_town(), crowd(20, 600, 4))
    evidence = overlapping(findings(Bursts(), reviews).evidence, 600, 604)
    assert evidence["subject_id"].tolist() == ["p/00"]
    row, facts = evidence.iloc[0], json.loads(evidence["facts"].iloc[0])
    assert (row["window_start"], row["window_end"]) == (DAY + 600, DAY + 603)
    assert facts["direction"] == "praise"
    assert facts["count"] >= 20
    assert facts["newborn_count"] >= 20
    assert facts["share"] > 0.9
    assert facts["false_per_1000_listing_years"] <= Bursts().false_per_1000_listing_years


def test_old_accounts_of_the_same_days_weigh_less_than_the_new_crowd() -> None:
    """Who came as always isn't drawn into it as the newcomers are."""
    reviews = together(quiet_town(), crowd(20, 600, 4), crowd(1, 601, 1, newborn=0))
    found = findings(Bursts(), reviews)
    row = overlapping(found.evidence, 600, 604).iloc[0]
    weights = found.members[found.members["evidence_key"] == row["evidence_key"]].set_index("review_key")["weight"]
    assert len(weights) == row["n_reviews"]
    new = reviews.set_index("review_key")["newborn"].reindex(weights.index) == 1
    assert weights[new].min() > 0.95
    assert not (~new).any() or weights[~new].max() < weights[new].min()


USUAL, PLEASED = (0.06, 0.08, 0.16, 0.3, 0.4), (0.02, 0.03, 0.05, 0.2, 0.7)


@pytest.mark.parametrize(("number", "stars", "new"), [(6, USUAL, 0.3), (6, PLEASED, 0.6), (8, USUAL, 0.3)])
def test_the_platforms_own_mailing_is_nobodys_burst(number: int, stars: tuple[float, ...], new: float) -> None:
    """The crowd that is a burst on one listing is none when every listing has one."""
    rng = np.random.default_rng(9)
    reviews = quiet_town()
    alone = overlapping(findings(Bursts(), together(reviews, crowd(8, 600, 10))).evidence, 600, 610)
    assert alone["subject_id"].tolist() == ["p/00"]
    mailing = [
        crowd(
            number,
            600,
            10,
            listing_key=f"p/{listing:02d}",
            city=f"town {listing % 4}",
            rating=rng.choice([0.0, 0.25, 0.5, 0.75, 1.0], number, p=stars),
            newborn=rng.random(number) < new,
        )
        for listing in range(40)
    ]
    everywhere = findings(Bursts(), together(reviews, *mailing)).evidence
    assert overlapping(everywhere, 600, 610).empty


def test_a_towns_festival_is_less_than_a_burst() -> None:
    """All of one town up, with the share of praise as always."""
    rng = np.random.default_rng(8)
    parts = [quiet_town()]
    for number in range(0, 40, 4):
        stars = rng.choice([0.0, 0.25, 0.5, 0.75, 1.0], 9, p=[0.06, 0.08, 0.16, 0.3, 0.4])
        parts.append(crowd(9, 600, 10, listing_key=f"p/{number:02d}", rating=stars, newborn=rng.random(9) < 0.3))
    assert overlapping(findings(Bursts(), together(*parts)).evidence, 600, 610).empty


def test_a_listing_alone_in_the_store() -> None:
    reviews = quiet_town(1)
    assert findings(Bursts(), reviews).evidence.empty
    found = findings(Bursts(), together(reviews, crowd(20, 600, 4))).evidence
    assert len(found) == 1
    assert found["window_start"].iloc[0] == DAY + 600


def test_a_listing_with_no_past() -> None:
    """Opened yesterday: few reviews are no burst, whatever they say."""
    reviews = together(quiet_town(), crowd(4, 700, 60, listing_key="p/new"))
    found = findings(Bursts(), reviews).evidence
    assert "p/new" not in set(found["subject_id"])


@pytest.mark.parametrize(("stars", "direction"), [(1.0, "praise"), (0.0, "blame"), (0.25, "blame")])
def test_without_reviewer_ids(stars: float, direction: str) -> None:
    reviews = together(quiet_town(newborn=-1), crowd(20, 600, 4, newborn=-1, rating=stars))
    found = findings(Bursts(), reviews)
    evidence = overlapping(found.evidence, 600, 604)
    assert evidence["subject_id"].tolist() == ["p/00"]
    facts = json.loads(evidence["facts"].iloc[0])
    assert facts["direction"] == direction
    assert facts["trigger"] == "all"
    assert facts["newborn_count"] == 0
    assert found.abstentions.empty


def test_praise_and_blame_on_one_listing_are_two_findings() -> None:
    reviews = together(quiet_town(), crowd(15, 500, 4), crowd(15, 650, 4, rating=0.0))
    evidence = findings(Bursts(), reviews).evidence
    own = evidence[evidence["subject_id"] == "p/00"].sort_values("window_start")
    assert [json.loads(facts)["direction"] for facts in own["facts"]] == ["praise", "blame"]


def test_imprecise_dates_make_no_burst() -> None:
    """ "A month ago" piles a month's reviews on a day that is the reader's, not the guests'."""
    month = crowd(20, 600, 4)
    month["day_from"] = month["day_to"] - 30
    reviews = together(quiet_town(), month)
    found = findings(Bursts(), reviews)
    assert overlapping(found.evidence, 570, 604).empty
    assert found.abstentions.to_numpy().tolist() == [["bursts", "p/00", "imprecise_date", 20]]
    unjudged = reviews.loc[reviews["day_from"] != reviews["day_to"], "review_key"]
    assert not set(unjudged) & set(found.signals["review_key"])
    assert len(found.signals) == len(reviews) - 20
    # A day or three either way is a date all the same.
    weekend = crowd(20, 600, 4)
    weekend["day_from"] = weekend["day_to"] - 3
    assert len(overlapping(findings(Bursts(), together(quiet_town(), weekend)).evidence, 597, 604)) == 1


def test_platforms_are_judged_apart() -> None:
    reviews = together(quiet_town(), crowd(20, 600, 4))
    other = quiet_town(seed=5).assign(platform="q")
    other["listing_key"] = other["listing_key"].str.replace("p/", "q/")
    alone, both = findings(Bursts(), reviews).evidence, findings(Bursts(), together(reviews, other)).evidence
    pd.testing.assert_frame_equal(both[both["subject_id"].str.startswith("p/")].reset_index(drop=True), alone)


def test_a_weight_that_rounds_to_nought_is_no_member(monkeypatch: pytest.MonkeyPatch) -> None:
    true_excess = bursts._excess
    monkeypatch.setattr(bursts, "_excess", lambda count, mean: 1e-6 if count < 15 else true_excess(count, mean))
    reviews = together(quiet_town(), crowd(20, 600, 4), crowd(5, 600, 4, newborn=0))
    found = findings(Bursts(), reviews)
    row = overlapping(found.evidence, 600, 604).iloc[0]
    members = found.members[found.members["evidence_key"] == row["evidence_key"]]
    assert (members["weight"] > 0.0).all()
    assert row["n_reviews"] == len(members)


def test_every_direction_has_signals_graded_by_weight() -> None:
    reviews = together(quiet_town(), crowd(20, 600, 4))
    found = findings(Bursts(), reviews)
    signals = found.signals.set_index("review_key")["p_value"]
    assert set(signals.index) == set(reviews["review_key"])
    inside = signals[found.members["review_key"]]
    assert inside.max() < 1.0
    assert (signals.drop(found.members["review_key"].unique()) == 1.0).all()
