from __future__ import annotations

from detection import DETECTORS, calibrate
from detection.cards import load_card
from detection.recipes import RECIPES
from tests.detection.worlds import DAY, reviews_of


def test_every_detector_that_is_calibrated_on_worlds_has_a_recipe() -> None:
    names = {make.name for make in DETECTORS}
    # Those of single texts are calibrated on real reviews.
    assert set(RECIPES) == names - {"mismatch", "reuse", "lures", "generated"}
    assert calibrate.RECIPES is RECIPES


def test_shipped_cards_are_in_their_recipes_units() -> None:
    for name, recipe in RECIPES.items():
        card = load_card(name)
        assert (card.unit, card.per) == (recipe.unit, recipe.per), name


def test_a_recipe_opens_a_detector_that_gives_everything() -> None:
    for name, recipe in RECIPES.items():
        detector = recipe.open(name)
        card = vars(detector)["card"]
        assert card.score_at(1e6) == recipe.lowest, name


def test_scores_are_those_that_evidence_shows() -> None:
    for recipe in RECIPES.values():
        shown = 3.0 / (3.0 + recipe.half)
        assert abs(recipe.raw(shown) - 3.0) < 1e-9


def test_accounts_are_counted_by_their_reviews() -> None:
    reviews = reviews_of([DAY] * 7, reviewer_key=["p/a"] * 5 + ["p/b"] * 2)
    assert [RECIPES[name].units(reviews, 0) for name in ("travel", "collusion", "accounts")] == [2.0, 1.0, 1.0]


def test_only_travellers_are_careless() -> None:
    days = DAY + 30
    reviews = reviews_of([days] * 3_000, stay_from=DAY, stay_to=DAY, stay_exact=True)
    for name, recipe in RECIPES.items():
        assert recipe.careless(reviews, 1).equals(reviews) == (name != "travel"), name
