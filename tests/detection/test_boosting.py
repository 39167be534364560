"""Boosting: praise by new accounts over a fault that established guests report, and the innocent stories beside it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from detection import boosting
from detection.boosting import Boosting
from detection.cards import load_card
from detection.protocol import Findings
from detection.simulate.attacks import grid
from detection.simulate.frames import review_frame, true_events
from detection.simulate.platform import large_spec, simulate
from detection.text.aspects import aspects
from tests.detection.worlds import DAY, findings, reviews_of, together

LISTING = "p/l00"
START = DAY + 500
FAULT = "A building site next door, drilling from seven."
GRUMBLES = (
    "A bit noisy.",
    "The breakfast was poor.",
    "Slow wifi.",
    "The lift was broken.",
    "Old furniture.",
    "Rude staff.",
)
PLAIN = ("We had a lovely time.", "Great breakfast and friendly staff.", "Nice place, good location.")


def guests(
    rng: np.random.Generator,
    number: int,
    first: int,
    last: int,
    *,
    newborn: int = 0,
    rating: float = 1.0,
    text: str | None = None,
    choice: tuple[str, ...] = PLAIN,
    **columns: object,
) -> pd.DataFrame:
    """Reviews of one listing on random days, newborn or not, alike in stars and text."""
    day = np.sort(rng.integers(first, last, number))
    said = [text] * number if text is not None else [str(each) for each in rng.choice(choice, number)]
    given: dict[str, object] = {"listing_key": LISTING, "text": said, "language": "en", **columns}
    return reviews_of(day, newborn=newborn, rating=rating, **given)


def platform(rng: np.random.Generator, listings: int = 12) -> pd.DataFrame:
    """Two years of ordinary listings: half of the reviews by new accounts, one guest in eight not content."""
    parts = []
    for number in range(listings):
        for newborn in (0, 1):
            for rating, count in ((1.0, 70), (0.75, 30), (0.25, 14)):
                choice = GRUMBLES if rating < 0.5 else PLAIN
                parts.append(
                    guests(
                        rng,
                        count,
                        DAY,
                        DAY + 730,
                        newborn=newborn,
                        rating=rating,
                        choice=choice,
                        listing_key=f"p/l{number:02d}",
                    )
                )
    return together(*parts)


def story(*parts: pd.DataFrame, without: bool = True) -> pd.DataFrame:
    """The ordinary platform, its reviews of the listing's window replaced by the parts."""
    reviews = platform(np.random.default_rng(5))
    inside = (reviews["listing_key"] == LISTING) & reviews["day_to"].between(START, START + 59)
    return together(reviews[~inside] if without else reviews, *parts)


def complaints(rng: np.random.Generator, number: int = 14, **columns: Any) -> pd.DataFrame:
    return guests(rng, number, START, START + 60, **{"rating": 0.25, "text": FAULT, **columns})


def praise(rng: np.random.Generator, number: int = 18, **columns: Any) -> pd.DataFrame:
    return guests(rng, number, START, START + 60, **{"newborn": 1, **columns})


def found_in(reviews: pd.DataFrame) -> tuple[Findings, list[dict[str, Any]]]:
    result = findings(Boosting(), reviews)
    return result, [json.loads(facts) for facts in result.evidence["facts"]]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(2)


def test_praise_over_a_fault_is_found(rng: np.random.Generator) -> None:
    reviews = story(complaints(rng), praise(rng))
    result, (facts,) = found_in(reviews)
    row = result.evidence.iloc[0]
    assert row["subject_id"] == LISTING
    assert facts["aspect"] == "building_work"
    assert facts["judged_by"] == "texts"
    assert facts["count"] >= 15
    assert facts["expected"] < 8
    assert facts["fault_share_established"] > 0.6
    assert facts["fault_share_usual"] < 0.1
    assert facts["fault_share_praise"] == 0.0
    assert facts["rating_gap"] > 0.4
    assert facts["false_per_1000_listing_years"] <= Boosting().false_per_1000_listing_years
    members = reviews.set_index("review_key").loc[result.members["review_key"]]
    assert (members["newborn"] == 1).all()
    assert (members["rating"] == 1.0).all()
    assert not members["text"].isin([FAULT]).any(), "who reports the fault is a witness"
    assert result.members["weight"].between(0.5, 1.0).all()
    weeks = facts["weeks"]
    assert sum(week[1] for week in weeks) >= facts["count"]
    assert all(len(week) == 5 and week[3] <= week[4] for week in weeks)


def test_without_texts_ratings_say_it_more_weakly(rng: np.random.Generator) -> None:
    reviews = story(complaints(rng, 24), praise(rng, 30))
    silent = reviews.assign(text="", language="und").astype({"text": "str", "language": "str"})
    _, (facts,) = found_in(silent)
    assert (facts["judged_by"], facts["aspect"]) == ("ratings", "")
    assert facts["praise_naming"] == 0
    spoken = json.loads(findings(Boosting(), reviews).evidence["facts"].iloc[0])
    assert spoken["false_per_1000_listing_years"] <= facts["false_per_1000_listing_years"]


def test_texts_in_a_language_without_lists_leave_their_ratings_and_are_named(rng: np.random.Generator) -> None:
    reviews = story(complaints(rng, 24), praise(rng, 30)).assign(language="ja").astype({"language": "str"})
    result, (facts,) = found_in(reviews)
    assert facts["judged_by"] == "ratings"
    assert set(result.abstentions["reason"]) == {"no_word_list"}
    assert result.abstentions["reviews"].sum() == len(reviews)


def test_machine_translations_are_not_read(rng: np.random.Generator) -> None:
    reviews = story(complaints(rng, 24), praise(rng, 30)).assign(translated=True)
    _, (facts,) = found_in(reviews)
    assert facts["judged_by"] == "ratings"


@pytest.mark.parametrize(
    "change",
    [
        {"newborn": -1},
        {"day_from": DAY - 100},
    ],
    ids=["no_reviewer_ids", "imprecise_date"],
)
def test_what_cannot_be_judged_is_said(
    change: dict[str, int], rng: np.random.Generator, request: pytest.FixtureRequest
) -> None:
    reviews = story(complaints(rng), praise(rng)).assign(**change)
    reviews = reviews.astype({"newborn": "int8", "day_from": "int32"})
    result = findings(Boosting(), reviews)
    assert result.evidence.empty
    assert result.signals.empty
    assert set(result.abstentions["reason"]) == {request.node.callspec.id}
    assert result.abstentions["reviews"].sum() == len(reviews)


def test_a_renovation_of_which_everyone_complains_is_none(rng: np.random.Generator) -> None:
    assert found_in(story(complaints(rng), complaints(rng, 18, newborn=1)))[1] == []


def test_praise_that_names_the_fault_is_none(rng: np.random.Generator) -> None:
    said = "The building work next door did not bother us, wonderful staff."
    assert found_in(story(complaints(rng), praise(rng, text=said)))[1] == []


def test_praise_without_a_fault_is_none(rng: np.random.Generator) -> None:
    assert found_in(story(guests(rng, 14, START, START + 60), praise(rng)))[1] == []


def test_a_fault_without_praise_is_none(rng: np.random.Generator) -> None:
    assert found_in(story(complaints(rng), praise(rng, 3)))[1] == []


def test_a_fault_that_guests_name_and_mind_no_more_than_ever_is_none(rng: np.random.Generator) -> None:
    """Two in ten rated low before; now nobody does, though the site next door is mentioned."""
    mentioned = complaints(rng, rating=0.75)
    reviews = story(mentioned, praise(rng))
    usual = reviews[(reviews["listing_key"] == LISTING) & (reviews["newborn"] == 0)]["rating"]
    lower = story(complaints(rng, rating=0.5), praise(rng))
    assert usual.mean() > 0.75
    assert found_in(lower)[1] != []
    content = reviews.assign(
        rating=reviews["rating"].mask((reviews["listing_key"] == LISTING) & (reviews["day_to"] < START), 0.5)
    )
    assert found_in(content)[1] == []


def test_an_old_fault_is_none(rng: np.random.Generator) -> None:
    """It must be new, or have risen: here every third guest has complained of it all along."""
    always = [
        guests(rng, 60, DAY, DAY + 730, newborn=newborn, rating=0.25, text=FAULT, listing_key=LISTING)
        for newborn in (0, 1)
    ]
    assert found_in(story(*always, without=False))[1] == []


def test_no_more_newcomers_than_ever_are_none_whatever_the_others_mood(rng: np.random.Generator) -> None:
    """Regulars grumble about a new chef, newcomers love it, and as many of them come as always."""
    grumbling = complaints(rng, text="The food was awful, the new chef cannot cook.", rating=0.0)
    before, after = (START - DAY) // 6, (DAY + 730 - START - 60) // 6
    as_ever = [
        guests(rng, before, DAY, START, newborn=1),
        guests(rng, after, START + 60, DAY + 730, newborn=1),
    ]
    usual = 16
    assert found_in(story(grumbling, praise(rng, usual, text="Great rooms."), *as_ever))[1] == []
    (facts,) = found_in(story(grumbling, praise(rng, 3 * usual, text="Great rooms."), *as_ever))[1]
    assert facts["aspect"] == "food"
    assert facts["praising"] >= 3 * usual
    assert facts["expected"] < facts["expected_by_past"] < 1.5 * usual


def test_guests_of_every_crowd_who_are_content_after_a_repair_are_none(rng: np.random.Generator) -> None:
    repaired = "The building work is finished and everything is lovely."
    parts = [guests(rng, 15, START, START + 60, newborn=newborn, text=repaired) for newborn in (0, 1)]
    assert found_in(story(*parts))[1] == []


def test_aspects_that_the_card_was_not_counted_with_are_left_aside(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviews = story(complaints(rng, text="There is no parking."), praise(rng))
    assert found_in(reviews)[1] == []
    assert aspects()[boosting._ASPECTS - 1 : boosting._ASPECTS + 1] == ("condition", "room")
    monkeypatch.setattr(boosting, "_ASPECTS", len(aspects()))
    assert found_in(reviews)[1][0]["aspect"] == "parking"


def test_two_listings_of_two_platforms_are_told_apart(rng: np.random.Generator) -> None:
    one = story(complaints(rng), praise(rng))
    other = one.assign(platform="q", listing_key="q" + one["listing_key"].str[1:], review_key="q" + one["review_key"])
    result = findings(Boosting(), pd.concat([one, other.astype(dict(one.dtypes))], ignore_index=True))
    assert set(result.evidence["subject_id"]) == {LISTING, "q/l00"}
    assert result.evidence["score"].nunique() == 1


def test_the_budget_is_kept() -> None:
    card = load_card("boosting")
    for table in (card, card.table("accounts")):
        assert np.isfinite(table.score_at(Boosting().false_per_1000_listing_years))
        assert np.all(np.diff(table.rates) <= 0)
    assert card.table("accounts").scores != card.scores


@pytest.mark.slow
def test_planted_campaigns_are_found_in_a_world_with_texts() -> None:

    spec = replace(large_spec(listings=300, attacks=grid(("boosting",), each=3, strengths=(5, 4, 3))), texts=True)
    made = simulate(spec, 1777)
    reviews, truth = review_frame(made), true_events(made)
    result = findings(Boosting(), reviews)
    listing = reviews.set_index("review_key")["listing_key"]
    planted = truth[truth["planted"]]
    attacked = set(planted["review_key"].map(listing))
    assert len(attacked & set(result.evidence["subject_id"])) >= 6
    inside = set(result.members.loc[result.members["weight"] >= 0.5, "review_key"])
    assert len(inside & set(planted["review_key"])) >= 0.7 * len(inside)
