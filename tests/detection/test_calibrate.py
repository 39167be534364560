from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from detection.bursts import Bursts
from detection.calibrate import DAYS, RECIPES, judged, main, make_card, world_spec
from detection.cards import Card, read_card
from detection.distance import how_far, measure, profile
from detection.simulate.company import with_company
from detection.simulate.frames import review_frame
from detection.simulate.platform import simulate
from detection.stripping import INFORMATIONS, strip
from store.frames import REVIEWS
from tests.detection.worlds import DAY, reviews_of

SEEDS, ATTACKED, LISTINGS = (1051, 1052), (1061,), 60
# Worlds with texts are slow.
RECIPE = replace(RECIPES["bursts"], informations=("accounts",))


@cache
def world(number: int) -> pd.DataFrame:
    return review_frame(simulate(world_spec(number, listings=LISTINGS), SEEDS[number]))


@cache
def made() -> tuple[Card, tuple[str, ...]]:
    said: list[str] = []
    return make_card("bursts", SEEDS, ATTACKED, listings=LISTINGS, say=said.append, recipe=RECIPE), tuple(said)


def test_a_card_of_small_worlds_says_what_it_was_made_on() -> None:
    card, said = made()
    assert (card.detector, card.unit, card.per) == ("bursts", "listing-years", 1000.0)
    assert card.made_on.startswith("2 simulated worlds without attacks, 360 listing-years")
    assert (card.data["listings"], card.data["days"], card.data["seeds"]) == (LISTINGS, DAYS, list(SEEDS))
    assert card.null
    assert len(said) == 3


def test_its_rates_are_what_a_detector_with_that_card_finds_on_the_same_worlds() -> None:
    card = made()[0]
    rate = float(np.median(card.rates))
    detector, alarms = Bursts(false_per_1000_listing_years=rate, card=card), 0
    for number in range(2):
        with judged(detector, strip(world(number), "accounts"), SEEDS[number]) as (found, _, _):
            alarms += len(found.evidence)
    years = 2 * LISTINGS * DAYS / 365.25
    # The card counts alarms as nights raise them; not all stand at the end.
    assert 0.4 * rate * years / 1000.0 <= alarms <= rate * years / 1000.0 + 2


def test_its_rates_hold_for_alarms_as_they_are_raised_and_as_they_stand() -> None:
    card, years = made()[0], 2 * LISTINGS * DAYS / 365.25
    opened = Bursts(false_per_1000_listing_years=1e6, card=card)
    raised, standing, least = 0, 0, card.score_at(card.budget or 0.0)
    for number in range(2):
        with judged(opened, strip(world(number), "accounts"), SEEDS[number]) as (found, partials, night):
            shown, then = found.evidence["score"].to_numpy(), opened.raised(partials, night)
            standing += int((4.0 * shown / (1.0 - shown) >= least).sum())
            raised += int((4.0 * then / (1.0 - then) >= least).sum())
    assert (card.standing or 0.0) * years / 1000.0 == pytest.approx(standing, abs=0.1)
    assert (card.raised or 0.0) * years / 1000.0 == pytest.approx(raised, abs=0.1)
    assert max(card.raised or 0.0, card.standing or 0.0) <= (card.budget or 0.0) + 1e-6


def test_its_recall_covers_every_kind_and_strength() -> None:
    card = made()[0]
    assert {(row.kind, row.strength) for row in card.recall} == {
        (kind, strength) for kind in RECIPE.kinds for strength in range(1, 6)
    }
    assert all(row.planted == len(ATTACKED) for row in card.recall)
    assert card.budget == Bursts().false_per_1000_listing_years
    by_strength = [sum(row.found for row in card.recall if row.strength == strength) for strength in (5, 1)]
    assert by_strength[0] > by_strength[1]


def test_its_profile_is_that_of_its_worlds() -> None:
    card = made()[0]
    assert card.profile is not None
    yours = profile([measure(strip(world(0), "accounts"))])
    assert how_far(yours, card.profile).level == "like"


def test_every_kind_of_information_has_a_table() -> None:
    recipe = replace(RECIPE, informations=("accounts", "counts"), kinds=())
    card = make_card("bursts", SEEDS[:1], (), listings=30, say=lambda _: None, recipe=recipe)
    assert list(card.tables) == ["counts"]
    assert card.table("counts").scores != card.scores
    assert card.recall == ()
    assert card.profile is not None
    assert (card.profile.spreads["with_account"].low, card.profile.spreads["with_account"].high) == (0.0, 1.0)


def test_texts_are_written_where_a_detector_reads_them() -> None:
    assert RECIPES["bursts"].reads_texts
    assert not RECIPE.reads_texts
    assert replace(RECIPE, informations=("counts", "unnamed")).reads_texts


def test_groups_are_counted_by_accounts() -> None:
    said: list[str] = []
    card = make_card("collusion", SEEDS[:1], ATTACKED, listings=60, say=said.append)
    assert (card.per, card.scores[0], card.recall) == (100_000.0, 0.0, ())
    reviews = review_frame(simulate(with_company(world_spec(0, listings=60)), SEEDS[0]))
    accounts = reviews.loc[reviews["reviewer_reviews"] >= 3, "reviewer_key"].nunique()
    assert f"{accounts:,} accounts with three reviews or more" in card.made_on
    assert card.rates[-1] >= 0.999 * 100_000.0 / accounts


def test_accounts_are_judged_in_company_and_travellers_with_slips() -> None:
    for name, least in (("accounts", 5), ("travel", 2)):
        card = make_card(name, SEEDS, (), listings=LISTINGS, say=lambda _: None)
        counted = 0
        for number, seed in enumerate(SEEDS):
            spec = with_company(world_spec(number, listings=LISTINGS))
            stayed = RECIPES[name].stays[number % len(RECIPES[name].stays)]
            spec = replace(spec, sources=tuple(replace(source, stayed=stayed) for source in spec.sources))
            reviews = RECIPES[name].careless(review_frame(simulate(spec, seed)), seed)
            counted += reviews.loc[reviews["reviewer_reviews"] >= least, "reviewer_key"].nunique()
        assert card.made_on == f"2 simulated worlds without attacks, {counted:,} {RECIPES[name].unit}"
        assert card.rates[-1] >= 0.999 * 100_000.0 / counted


def test_stripped_reviews_keep_their_columns() -> None:
    reviews = reviews_of([DAY, DAY], reviewer_key=["p/u", None], text="fine", language="en", newborn=[1, -1])
    assert strip(reviews, "text").equals(reviews)
    for information in INFORMATIONS:
        frame = strip(reviews, information)
        assert dict(frame.dtypes.astype("str")) == dict(REVIEWS)
        assert (frame["text"] == "fine").all() == (information in {"text", "unnamed"})
        assert frame["reviewer_key"].notna().any() == (information in {"text", "accounts"})
    counted = strip(reviews, "counts")
    assert (counted["newborn"].tolist(), counted["nth"].tolist()) == ([-1, -1], [0, 0])
    assert (counted["text"].tolist(), counted["language"].tolist()) == (["", ""], ["und", "und"])
    with pytest.raises(ValueError, match="no kind of information"):
        strip(reviews, "everything")


def test_the_command_writes_a_card_and_renews_its_profile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "card.json"
    main(["collusion", "--seeds", "1071", "--listings", "30", "--out", str(file)])
    first = read_card(json.loads(file.read_text("utf-8")))
    assert first.profile is not None
    main(["collusion", "--seeds", "1072-1073", "--listings", "40", "--out", str(file), "--profile-only"])
    second = read_card(json.loads(file.read_text("utf-8")))
    assert second.profile is not None
    assert second.profile.spreads["listings"].middle == 40.0
    assert replace(second, profile=first.profile) == first
    assert capsys.readouterr().err.count("collusion") == 3
    with pytest.raises(SystemExit):
        main(["collusion", "--seeds", "1-5", "--attack-seeds", "5,9", "--listings", "30", "--out", str(file)])
    assert "no world in common" in capsys.readouterr().err
