from detection import all_detectors
from detection.budgets import BUDGET, has_budget, with_budget
from detection.bursts import Bursts
from detection.cards import Card
from detection.mismatch import Mismatch

CARD = Card("bursts", "listing-years", 1000.0, (1.0, 2.0), (10.0, 1.0), "somewhere")


def test_a_budget_and_a_card_reach_the_detector() -> None:
    made = with_budget(Bursts(merge_days=3), 7.0, CARD)
    assert made == Bursts(merge_days=3, false_per_1000_listing_years=7.0, card=CARD)
    assert with_budget(made, None) is made


def test_who_has_a_budget() -> None:
    assert has_budget(Bursts())
    assert not has_budget(Mismatch())


def test_all_detectors_take_the_budget_and_their_own_card() -> None:
    made = all_detectors(5.0, {"bursts": CARD})
    assert [type(each) for each in made] == [type(each) for each in all_detectors()]
    for detector in made:
        if has_budget(detector):
            assert getattr(detector, BUDGET) == 5.0
        assert getattr(detector, "card", None) == (CARD if detector.name == "bursts" else None)
    assert Bursts() in all_detectors()
