from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from detection.burst_evidence import FLAGGED
from detection.bursts import Bursts, platforms_of
from detection.cards import Card, load_card
from detection.expectation import STREAMS
from detection.protocol import Findings, Night
from detection.simulate.attacks import grid
from tests.detection.test_burst_model import plain_model
from tests.detection.test_burst_search import hindsighted, lake_house, told
from tests.detection.test_crowd_texts import Answers
from tests.detection.text.test_likeness import TEMPLATE
from tests.detection.worlds import AS_OF, DAY, attacked, crowd, findings, quiet_town, reviews_of, together

PLANTED = grid(("burst", "bombing", "drip"), each=1, strengths=(5,))
SAYS = {"burst": "praise", "bombing": "blame", "drip": "praise"}
USUAL, PLEASED = (0.06, 0.08, 0.16, 0.3, 0.4), (0.02, 0.03, 0.05, 0.2, 0.7)
STARS = [0.0, 0.25, 0.5, 0.75, 1.0]
AS_OF_DAY = (AS_OF - dt.date(1970, 1, 1)).days


def card_of(highest: float, tables: dict[str, Card] | None = None) -> Card:
    """A card whose rates fall to a thousandth of an alarm at that score."""
    return Card("bursts", "listing-years", 1000.0, (0.0, highest), (1000.0, 0.001), "by hand", tables=tables or {})


def by_hand(**changes: Any) -> Bursts:
    """The detector with a model and a card that nobody tunes."""
    return Bursts(**{"model": plain_model(), "card": card_of(12.0), **changes})


def overlapping(evidence: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    return evidence[(evidence["window_start"] <= DAY + last) & (evidence["window_end"] >= DAY + first)]


def facts_of(row: pd.Series) -> dict[str, Any]:
    return dict(json.loads(row["facts"]))


def score_then(found: Findings, first: int, last: int, listing: str = "p/00") -> float:
    """The best score of the listing's episodes in these days."""
    then = overlapping(found.evidence, first, last)
    return max(then.loc[then["subject_id"] == listing, "score"], default=0.0)


@cache
def with_a_crowd() -> tuple[pd.DataFrame, Findings]:
    reviews = together(quiet_town(), crowd(20, 600, 5))
    return reviews, findings(by_hand(), reviews)


def test_a_new_crowd_on_one_listing_is_found_and_nothing_else_then() -> None:
    evidence = overlapping(with_a_crowd()[1].evidence, 600, 604)
    assert evidence["subject_id"].tolist() == ["p/00"]
    row, facts = evidence.iloc[0], facts_of(evidence.iloc[0])
    assert (row["window_start"], row["window_end"]) == (DAY + 600, DAY + 604)
    assert (row["detector"], row["version"], row["subject_kind"]) == ("bursts", 2, "listing")
    assert facts["direction"] == "praise"
    assert facts["information"] == "accounts"
    assert facts["count"] == facts["newborn_count"] == facts["flagged"] == row["n_reviews"] == 20
    assert facts["expected"] < 4.0
    assert facts["share"] > 0.9 > 2 * facts["newborn_share_usual"]
    assert "pairs" not in facts
    assert "occasion" not in facts
    assert facts["false_per_1000_listing_years"] <= by_hand().false_per_1000_listing_years
    assert row["effect"] == pytest.approx(facts["count"] / facts["expected"], rel=1e-3)


def test_its_weeks_hold_the_crowd() -> None:
    row = overlapping(with_a_crowd()[1].evidence, 600, 604).iloc[0]
    weeks = facts_of(row)["weeks"]
    high = [week for week in weeks if week[1] > week[4]]
    assert len(high) >= 1
    start = (dt.date.fromisoformat(high[0][0]) - dt.date(1970, 1, 1)).days
    assert DAY + 600 - 6 <= start <= DAY + 604
    assert sum(week[1] for week in high) >= 15


def test_guests_of_the_other_side_are_no_members_and_those_of_always_weigh_less() -> None:
    """In the same days: two who complain, one in the middle, and two five-star reviews by old accounts."""
    guests = [
        crowd(2, 601, 3, rating=0.0),
        crowd(1, 602, 1, rating=0.5),
        crowd(2, 601, 2, newborn=0, review_key=["x", "y"]),
    ]
    reviews = together(quiet_town(), crowd(20, 600, 5), *guests)
    found = findings(by_hand(), reviews)
    row = overlapping(found.evidence, 600, 604).iloc[0]
    weights = found.members[found.members["evidence_key"] == row["evidence_key"]].set_index("review_key")["weight"]
    assert len(weights) == row["n_reviews"] == facts_of(row)["flagged"] + (weights < FLAGGED).sum()
    inside = reviews.set_index("review_key").loc[weights.index]
    assert (inside["rating"] >= 0.7).all()
    assert (inside["listing_key"] == "p/00").all()
    assert weights[inside["newborn"] == 1].min() > 0.9
    old = weights[inside["newborn"] == 0]
    assert not len(old) or old.max() < weights[inside["newborn"] == 1].min() - 0.05


def test_every_review_has_a_signal_graded_by_weight() -> None:
    reviews, found = with_a_crowd()
    signals = found.signals.set_index("review_key")["p_value"]
    assert set(signals.index) == set(reviews["review_key"])
    inside = signals[found.members["review_key"]]
    assert inside.max() < 1.0
    assert (signals.drop(found.members["review_key"].unique()) == 1.0).all()
    row = overlapping(found.evidence, 600, 604).iloc[0]
    own = found.members[found.members["evidence_key"] == row["evidence_key"]].set_index("review_key")["weight"]
    assert signals[own.index].to_numpy() == pytest.approx(row["p_value"] ** own.to_numpy(), rel=1e-4)


def test_media_attention_makes_the_same_crowd_weaker() -> None:
    """Twenty new five-star accounts alone, and within a doubling of all the listing's guests."""
    rng = np.random.default_rng(9)
    others = crowd(40, 598, 9, rating=rng.choice(STARS, 40, p=USUAL), newborn=rng.random(40) < 0.3)
    alone = score_then(with_a_crowd()[1], 600, 604)
    media = score_then(findings(by_hand(), together(quiet_town(), crowd(20, 600, 5), others)), 598, 606)
    assert media < alone - 0.03


def test_the_same_number_over_a_year_is_no_burst() -> None:
    slow = score_then(findings(by_hand(), together(quiet_town(), crowd(20, 430, 350))), 430, 780)
    assert slow < score_then(with_a_crowd()[1], 600, 604) - 0.2


@pytest.mark.parametrize(("stars", "direction"), [(1.0, "praise"), (0.0, "blame"), (0.25, "blame")])
def test_praise_and_blame(stars: float, direction: str) -> None:
    evidence = overlapping(
        findings(by_hand(), together(quiet_town(), crowd(20, 600, 5, rating=stars))).evidence, 600, 604
    )
    assert evidence["subject_id"].tolist() == ["p/00"]
    assert facts_of(evidence.iloc[0])["direction"] == direction


def test_praise_and_blame_of_the_same_days_are_two_findings() -> None:
    reviews = together(quiet_town(), crowd(15, 600, 4), crowd(15, 602, 4, rating=0.0))
    found = findings(by_hand(), reviews)
    own = overlapping(found.evidence, 600, 606)
    assert {facts_of(row)["direction"] for _, row in own.iterrows()} == {"praise", "blame"}
    assert own["evidence_key"].nunique() == len(own) == 2
    roles = found.members.merge(own[["evidence_key"]], on="evidence_key").groupby("role")["review_key"].agg(set)
    assert not roles["praise"] & roles["blame"]


TOLD: dict[str, dict[str, Any]] = {
    "text": {},
    "accounts": {"text": "", "language": "und"},
    "unnamed": {"newborn": -1},
    "counts": {"text": "", "language": "und", "newborn": -1},
}


@pytest.mark.parametrize("information", TOLD)
def test_whatever_a_platform_tells_the_crowd_is_found_by_its_own_table(information: str) -> None:
    """The table of any other kind of information would let nothing through."""
    everything, nothing = card_of(12.0), Card("bursts", "x", 1000.0, (0.0, 300.0), (1e6, 1e5), "by hand")
    tables = {name: everything if name == information else nothing for name in TOLD}
    own_is_first = Card("bursts", "x", 1000.0, nothing.scores, nothing.rates, "by hand", tables=tables)
    reviews = told(together(quiet_town(), crowd(20, 600, 5, text=[TEMPLATE.format(n) for n in range(20)])))
    reviews = reviews.assign(**TOLD[information]).astype(reviews.dtypes.to_dict())
    found = findings(by_hand(card=own_is_first), reviews)
    then = overlapping(found.evidence, 600, 604)
    assert then["subject_id"].tolist() == ["p/00"]
    facts = facts_of(then.iloc[0])
    assert facts["information"] == information
    assert ("newborn_count" in facts) == (information in ("text", "accounts"))
    assert (facts.get("alike_pairs", 0) > 100) == (information in ("text", "unnamed"))
    assert facts["false_per_1000_listing_years"] == pytest.approx(
        everything.rate(4.0 * then["score"].iloc[0] / (1.0 - then["score"].iloc[0])), rel=0.01
    )
    members = found.members[found.members["evidence_key"] == then["evidence_key"].iloc[0]]
    assert (members["weight"] >= FLAGGED).sum() >= 18
    assert found.abstentions.empty


def test_a_named_occasion_is_told() -> None:
    stay = told(crowd(20, 600, 5))
    stay["text"] = [f"{text[-6:]} wedding {text[-12:-6]} {text}" for text in stay["text"]]
    found = findings(by_hand(), together(told(quiet_town()), stay)).evidence
    facts = facts_of(overlapping(found, 600, 604).iloc[0])
    assert (facts["occasion"], facts["occasion_named"]) == ("wedding", facts["texts"])


def test_imprecise_dates_make_no_burst() -> None:
    """ "A month ago" piles a month's reviews on a day that is the reader's, not the guests'."""
    month = crowd(20, 600, 4)
    month["day_from"] = month["day_to"] - 30
    reviews = together(quiet_town(), month)
    found = findings(by_hand(), reviews)
    assert overlapping(found.evidence, 570, 604).empty
    assert found.abstentions.to_numpy().tolist() == [["bursts", "p/00", "imprecise_date", 20]]
    unjudged = reviews.loc[reviews["day_from"] != reviews["day_to"], "review_key"]
    assert not set(unjudged) & set(found.signals["review_key"])
    assert len(found.signals) == len(reviews) - 20
    # A day or three either way is a date all the same.
    weekend = crowd(20, 600, 4)
    weekend["day_from"] = weekend["day_to"] - 3
    assert len(overlapping(findings(by_hand(), together(quiet_town(), weekend)).evidence, 597, 604)) == 1


def test_dates_that_are_all_imprecise_leave_nothing_to_judge() -> None:
    reviews = quiet_town(3)
    found = findings(by_hand(), reviews.assign(day_from=reviews["day_to"] - 30))
    assert found.evidence.empty
    assert found.signals.empty
    assert found.abstentions["reviews"].sum() == len(reviews)


def test_platforms_are_judged_apart() -> None:
    reviews, found = with_a_crowd()
    other = quiet_town(seed=5).assign(platform="q")
    other["listing_key"] = other["listing_key"].str.replace("p/", "q/")
    both = findings(by_hand(), together(reviews, other)).evidence
    pd.testing.assert_frame_equal(both[both["subject_id"].str.startswith("p/")].reset_index(drop=True), found.evidence)


def test_platforms_of_orders_by_listing_day_and_key() -> None:
    reviews = reviews_of(
        [DAY + 2, DAY + 1, DAY + 1, DAY + 1, DAY + 1],
        review_key=["e", "d", "c", "b", "a"],
        listing_key=["p/a", "p/a", "p/b", "p/a", "q/a"],
        platform=["p", "p", "p", "p", "q"],
    )
    partial = Bursts().scan(reviews)
    for shuffled in (partial, partial.iloc[::-1], partial.sample(frac=1.0, random_state=3)):
        one, other = platforms_of(shuffled)
        assert one["review_key"].tolist() == ["b", "d", "e", "c"]
        assert other["review_key"].tolist() == ["a"]
        assert isinstance(one.index, pd.RangeIndex)
    assert platforms_of(partial.assign(imprecise=True)) == []
    assert platforms_of(partial.iloc[:0]) == []


def test_a_partial_says_what_was_scanned() -> None:
    reviews = reviews_of(
        [DAY] * 6, rating=[0.0, 0.25, 0.5, 0.75, 0.9, 1.0], text=["", "a", "", "b", "", ""], newborn=[1, 0, -1, 0, 0, 0]
    )
    partial = Bursts().scan(reviews.assign(day_from=reviews["day_from"] - [0, 0, 3, 4, 0, 0]))
    assert {name: str(dtype) for name, dtype in partial.dtypes.items()} == dict(Bursts.partial)
    assert partial["high"].tolist() == [False] * 4 + [True] * 2
    assert partial["near"].tolist() == [False] * 3 + [True] + [False] * 2
    assert partial["low"].tolist() == [True] * 2 + [False] * 4
    assert partial["texts"].tolist() == [False, True, False, True, False, False]
    assert partial["newborn"].tolist() == [1, 0, -1, 0, 0, 0]
    assert partial["imprecise"].tolist() == [False, False, False, True, False, False]


def test_a_smaller_budget_raises_fewer_alarms_and_changes_nothing_else() -> None:
    reviews, found = with_a_crowd()
    every = findings(by_hand(false_per_1000_listing_years=1e6), reviews).evidence
    assert len(every) > len(found.evidence) >= 1
    kept = every[every["evidence_key"].isin(found.evidence["evidence_key"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, found.evidence)
    assert every.loc[~every["evidence_key"].isin(kept["evidence_key"]), "score"].max() < kept["score"].min()
    assert every["score"].between(0.0, 1.0, inclusive="left").all()
    assert (np.diff(every.sort_values("score")["p_value"]) <= 0.0).all()


def test_stream_tails_cover_all_platforms() -> None:
    detector = by_hand()
    one, other = quiet_town(8), quiet_town(5, seed=6).assign(platform="q")
    tails = detector.stream_tails(detector.scan(together(one, other)))
    alone = [detector.stream_tails(detector.scan(part)) for part in (one, other)]
    assert set(tails) == set(STREAMS)
    for stream, values in tails.items():
        assert values.tolist() == np.concatenate([part[stream] for part in alone]).tolist()
        assert (values >= 0.0).all()
    assert {len(values) for values in detector.stream_tails(detector.scan(one).iloc[:0]).values()} == {0}


def test_watch_shows_scores_as_evidence_does() -> None:
    reviews, found = with_a_crowd()
    detector = by_hand()
    other = quiet_town(4, seed=6).assign(platform="q")
    both = together(reviews, other.assign(listing_key=other["listing_key"].str.replace("p/", "q/")))
    night = Night(dt.date(2026, 1, 1), Answers(both))
    days = np.arange(DAY + 590, DAY + 640)
    watched = detector.watch(detector.scan(both), night, ["p/00", "q/01"], "praise", days)
    assert list(watched.columns) == ["listing_key", "day", "score"]
    assert set(watched["listing_key"]) <= {"p/00", "q/01"}
    assert watched["score"].between(0.0, 1.0, inclusive="left").all()
    own = watched[watched["listing_key"] == "p/00"].set_index("day")["score"]
    assert (own[own.index < DAY + 600] < 0.2).all()
    assert (np.diff(own.loc[DAY + 600 : DAY + 604]) > 0.0).all(), "each day of the crowd says more"
    assert own.max() == pytest.approx(score_then(found, 600, 604), abs=0.02)
    assert detector.watch(detector.scan(both).iloc[:0], night, ["p/00"], "praise", days).empty


def test_raised_are_the_scores_as_they_stood_on_the_last_day() -> None:
    """Of a crowd that comes and goes, hindsight knows that it didn't last."""
    reviews, _ = with_a_crowd()
    partials, night = Bursts().scan(reviews), Night(dt.date(2026, 1, 1), Answers(reviews))
    blind = by_hand(false_per_1000_listing_years=1e6)
    then, raised = findings(blind, reviews).evidence["score"].to_numpy(), blind.raised(partials, night)
    # Each is among them; there are more, because some name nobody.
    assert np.abs(then[:, None] - raised).min(axis=1).max() < 1e-4
    assert raised.max() == pytest.approx(then.max(), abs=1e-4)
    knowing = by_hand(model=hindsighted(), false_per_1000_listing_years=1e6)
    later = findings(knowing, reviews).evidence["score"].max()
    assert knowing.raised(partials, night).max() < later - 0.02
    assert knowing.raised(partials.iloc[:0], night).tolist() == []


def house(seed: int, delighted_from: int, **columns: object) -> pd.DataFrame:
    """A listing with a review every other day, from some day on 90 % of them with five stars."""
    rng = np.random.default_rng(seed)
    days = np.arange(0, 800, 2)
    usual, delighted = rng.choice(STARS, len(days), p=USUAL), rng.choice(STARS, len(days), p=(0, 0, 0.04, 0.06, 0.9))
    said = {
        "listing_key": "p/house",
        "city": "town 1",
        "rating": np.where(days < delighted_from, usual, delighted),
        "newborn": rng.random(len(days)) < 0.3,
        **columns,
    }
    return reviews_of(DAY + days, **said)


def named(found: Findings, listing: str, reviews: pd.DataFrame) -> pd.DataFrame:
    """The listing's reviews that some evidence names."""
    keys = found.members.loc[found.members["weight"] >= FLAGGED, "review_key"]
    return reviews[reviews["review_key"].isin(keys) & (reviews["listing_key"] == listing)]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_renovated_house_names_nobody(seed: int) -> None:
    """As many guests as ever, of whom nine in ten are delighted for good; a crowd on top of them is named."""
    detector = by_hand()
    renovated = together(quiet_town(), house(seed, 400))
    assert named(findings(detector, renovated), "p/house", renovated).empty
    crowded = together(quiet_town(), house(seed, 400), crowd(20, 600, 5, listing_key="p/house", city="town 1"))
    told_of = named(findings(detector, crowded), "p/house", crowded)
    assert told_of["day_to"].between(DAY + 600, DAY + 604).sum() >= 18


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_a_house_that_opens_each_summer_raises_no_alarm_in_its_second(seed: int) -> None:
    reviews = together(quiet_town(), lake_house(150, seed=seed))
    assert "p/lake" not in set(overlapping(findings(by_hand(), reviews).evidence, 514, 603)["subject_id"])


def test_an_episode_in_which_nobody_is_named_is_none() -> None:
    reviews, _ = with_a_crowd()
    blind = by_hand(false_per_1000_listing_years=1e6)
    found = findings(blind, reviews)
    raised = blind.raised(blind.scan(reviews), Night(dt.date(2026, 1, 1), Answers(reviews)))
    assert 1 <= len(found.evidence) < len(raised)
    most = found.members.groupby("evidence_key")["weight"].max()
    assert set(most.index) == set(found.evidence["evidence_key"])
    assert most.min() >= FLAGGED


def test_four_stars_are_counted_as_praise() -> None:
    mixed = crowd(30, 600, 5, rating=[1.0] * 14 + [0.75] + [1.0] * 14 + [0.75])
    open_to_all = by_hand(false_per_1000_listing_years=1e6)
    then = overlapping(findings(open_to_all, together(quiet_town(), mixed)).evidence, 600, 604)
    row = then[then["subject_id"] == "p/00"].iloc[0]
    facts = facts_of(row)
    assert facts["count"] >= 30
    assert facts["share"] == pytest.approx(facts["count"] / facts["all_count"], rel=1e-4)
    # Seven in ten guests of this town give four stars or five.
    assert 0.55 < facts["share_usual"] < 0.85
    assert facts["expected"] == pytest.approx(facts["share_usual"] * facts["all_expected"], rel=1e-3)


@pytest.mark.parametrize("day", [AS_OF_DAY + 1, AS_OF_DAY + 365, 60_000, -1, -5_000])
def test_a_date_that_cannot_be_changes_nothing(day: int) -> None:
    """After the night, or before 1970."""
    reviews, found = with_a_crowd()
    slips = [crowd(6, day - DAY, 1, listing_key=f"p/{listing:02d}") for listing in (0, 7)]
    after = findings(by_hand(), together(reviews, *slips))
    pd.testing.assert_frame_equal(after.evidence, found.evidence)
    pd.testing.assert_frame_equal(after.members, found.members)
    assert set(after.signals["review_key"]) == set(reviews["review_key"])


def test_the_nights_own_reviews_count() -> None:
    """Of the last day that is judged, none is left out."""
    near = crowd(20, AS_OF_DAY - 4 - DAY, 5)
    town_now = quiet_town()
    for name in ("day_from", "day_to"):
        town_now[name] += AS_OF_DAY - DAY - 800
    found = findings(by_hand(), together(town_now, near)).evidence
    assert found["window_end"].max() == AS_OF_DAY


def test_a_listing_alone_in_the_store() -> None:
    reviews = quiet_town(1)
    assert findings(by_hand(), reviews).evidence.empty
    found = findings(by_hand(), together(reviews, crowd(20, 600, 5))).evidence
    assert overlapping(found, 600, 604)["window_start"].tolist() == [DAY + 600]


def test_a_listing_with_no_past() -> None:
    """Opened yesterday: few reviews are no burst, whatever they say."""
    reviews = together(quiet_town(), crowd(4, 700, 60, listing_key="p/new"))
    assert "p/new" not in set(findings(by_hand(), reviews).evidence["subject_id"])


# With the model and the card that are shipped.


OPEN = Bursts(false_per_1000_listing_years=1e6)


def starting(evidence: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    """Long episodes may reach over any day; these begin about then."""
    return evidence[evidence["window_start"].between(DAY + first - 14, DAY + last + 14)]


def shown_line(information: str) -> float:
    line = load_card("bursts").table(information).score_at(Bursts().false_per_1000_listing_years)
    return line / (line + 4.0)


@pytest.mark.parametrize("newborn", ["told", "not told"])
@pytest.mark.parametrize(("stars", "direction"), [(1.0, "praise"), (0.0, "blame")])
def test_as_shipped_a_new_crowd_is_found_with_its_days(stars: float, direction: str, newborn: str) -> None:
    columns = {} if newborn == "told" else {"newborn": -1}
    reviews = together(quiet_town(**columns), crowd(20, 600, 5, rating=stars, **columns))
    evidence = findings(OPEN, reviews).evidence.sort_values("score", ascending=False)
    best = evidence.iloc[0]
    assert (best["subject_id"], facts_of(best)["direction"]) == ("p/00", direction)
    assert DAY + 580 <= best["window_start"] <= DAY + 600
    assert DAY + 604 <= best["window_end"] <= DAY + 618
    if newborn == "told":
        assert best["score"] >= shown_line("accounts")
        assert best["score"] > evidence["score"].iloc[1] + 0.05


def mailing(number: int, stars: tuple[float, ...], new: float, towns: str = "0123") -> list[pd.DataFrame]:
    """So many reviews in ten days of each listing in some towns."""
    rng = np.random.default_rng(9)
    return [
        crowd(
            number,
            600,
            10,
            listing_key=f"p/{listing:02d}",
            city=f"town {listing % 4}",
            rating=rng.choice(STARS, number, p=stars),
            newborn=rng.random(number) < new,
        )
        for listing in range(40)
        if str(listing % 4) in towns
    ]


@cache
def alone_as_shipped() -> float:
    return score_then(findings(OPEN, together(quiet_town(), crowd(20, 600, 10))), 600, 610)


@pytest.mark.parametrize(
    ("number", "stars", "new"), [(6, USUAL, 0.3), (6, PLEASED, 0.6), (8, USUAL, 0.3), (8, (0, 0, 0, 0, 1.0), 1.0)]
)
def test_as_shipped_the_platforms_own_mailing_is_nobodys_burst(
    number: int, stars: tuple[float, ...], new: float
) -> None:
    """The crowd that is a burst on one listing is none when every listing has one."""
    everywhere = starting(findings(OPEN, together(quiet_town(), *mailing(number, stars, new))).evidence, 600, 610)
    assert (everywhere["score"] < shown_line("accounts")).all()
    assert alone_as_shipped() > max(everywhere["score"], default=0.0) + 0.05


def test_as_shipped_a_towns_festival_is_less_than_a_burst() -> None:
    """All of one town up, with the share of praise as always."""
    found = findings(OPEN, together(quiet_town(), *mailing(9, USUAL, 0.3, towns="0"))).evidence
    assert (starting(found, 600, 610)["score"] < shown_line("accounts")).all()


@cache
def found_on_attacked(seed: int) -> tuple[Findings, Mapping[str, pd.DataFrame]]:
    """The findings on a world, and its planted reviews by kind of attack."""
    reviews, events = attacked(*PLANTED, seed=seed)
    truth = events[events["planted"]].groupby("kind")["review_key"].agg(set)
    return findings(Bursts(), reviews), {kind: reviews[reviews["review_key"].isin(truth[kind])] for kind in SAYS}


@pytest.mark.parametrize("kind", list(SAYS))
def test_as_shipped_strong_planted_campaigns_are_found(kind: str) -> None:
    """Of three the most; a campaign may be planted where it drowns."""
    hits = 0
    for seed in (11, 12, 13):
        found, by_kind = found_on_attacked(seed)
        planted = by_kind[kind]
        inside = found.members[found.members["review_key"].isin(planted["review_key"])]
        rows = found.evidence[found.evidence["evidence_key"].isin(inside["evidence_key"])]
        for _, row in rows.iterrows():
            own = inside[inside["evidence_key"] == row["evidence_key"]]
            every = found.members[found.members["evidence_key"] == row["evidence_key"]]
            assert row["subject_id"] == planted["listing_key"].iloc[0]
            days = planted["day_to"].between(row["window_start"], row["window_end"])
            if facts_of(row)["direction"] == SAYS[kind] and days.mean() >= 0.25:
                hits += 1
                assert own["weight"].mean() > 0.6
                assert own["weight"].sum() > 0.6 * every["weight"].sum(), "few other reviews are drawn in"
    assert hits >= 2
