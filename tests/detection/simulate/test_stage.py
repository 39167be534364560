import datetime as dt

import numpy as np
import pytest

from detection.simulate.reviewers import Accounts, Event, Ledger, Voice, make_slots
from detection.simulate.stage import EXTREME_SHARE, Stage, dates, enter, open_aged, source_of, targets
from detection.simulate.world import Attack, Source, Spec, build_world

SPEC = Spec(
    start=dt.date(2024, 1, 1),
    days=800,
    sources=(Source(slug="plain", listings=5, reviewer_ids=False), Source(slug="shown", listings=40)),
    towns=3,
)
BURST = Attack(kind="burst", strength=3)


@pytest.fixture
def stage() -> Stage:
    world = build_world(SPEC, np.random.default_rng(1))
    return Stage(np.random.default_rng(2), world, make_slots(0), Accounts(), Ledger(), np.zeros(45, bool))


def test_the_platform_is_the_one_named_or_the_first_that_shows_accounts(stage: Stage) -> None:
    assert source_of(stage.world, BURST) == 1
    assert source_of(stage.world, Attack(kind="burst", strength=3, platform="plain")) == 0
    with pytest.raises(ValueError, match="elsewhere"):
        source_of(stage.world, Attack(kind="burst", strength=3, platform="elsewhere"))


def test_targets_are_taken_once_and_not_during_a_peak(stage: Stage) -> None:
    stage.ledger.add(Event(kind="media", planted=False, listings=(7,), start=400, end=420))
    first = targets(stage, BURST, 20, 410, 430)
    second = targets(stage, BURST, 18, 410, 430)
    assert set(first) <= set(range(5, 45))
    assert not set(first) & set(second)
    assert 7 not in set(first) | set(second)


def test_dates_lie_in_the_world_and_an_attack_may_be_cut_by_its_end(stage: Stage) -> None:
    for _ in range(50):
        start, end = dates(stage, BURST, 100)
        assert 266 <= start < end <= 800
        assert end - start == 100
    assert dates(stage, Attack(kind="burst", strength=3, start_day=790), 100) == (790, 800)


def test_aged_accounts_are_older_than_the_attack(stage: Stage) -> None:
    members = open_aged(stage, 30, 500)
    assert (stage.accounts.table()["since"][members] <= 300).all()


def test_disguised_reviews_have_neither_extremes_nor_the_template(stage: Stage) -> None:
    disguised = np.arange(40) < 16
    day = np.full(40, 500)
    enter(stage, BURST, np.full(40, 9), day, np.arange(40), praise=True, disguised=disguised)
    slots = stage.ledger.slots[0]
    assert set(slots["stars"][disguised]) == {3, 4}
    assert (slots["stars"][~disguised] == 5).sum() == round(EXTREME_SHARE[3] * 24)
    assert (slots["voice"][disguised] == Voice.ORDINARY).all()
    assert (slots["voice"][~disguised] == Voice.TEMPLATE).all()
    assert (slots["event"] == 0).all()
