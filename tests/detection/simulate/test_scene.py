import datetime as dt

import numpy as np
import pytest

from detection.simulate.reviewers import Accounts, Event, Ledger, make_slots
from detection.simulate.scene import Diary, Scene, set_scene
from detection.simulate.world import Source, Spec, World, build_world

SPEC = Spec(
    start=dt.date(2024, 1, 1),
    days=300,
    sources=(Source(slug="plain", listings=6, reviewer_ids=False), Source(slug="shown", listings=30)),
    towns=3,
)


@pytest.fixture
def world() -> World:
    return build_world(SPEC, np.random.default_rng(1))


def scene_of(world: World) -> Scene:
    """Ten accounts at home in town 1, of which the first two are hired, the third is in a club; all wrote once."""
    accounts, ledger = Accounts(), Ledger()
    accounts.add(np.random.default_rng(2), np.ones(10, int), np.zeros(10, int))
    ledger.add(Event(kind="food_club", planted=False, listings=(8,), start=5, end=6, accounts=(2,)))
    listing = np.full(10, np.flatnonzero((world.source == 1) & (world.town == 1))[0])
    slots = make_slots(10, listing=listing, day=100, lag_days=10, account=np.arange(10))
    return set_scene(np.random.default_rng(3), world, slots, accounts, ledger, hired=2)


def test_the_diary_knows_who_is_elsewhere(world: World) -> None:
    scene = scene_of(world)
    assert scene.diary.free(4, 90, 1)
    assert not scene.diary.free(4, 90, 2)
    assert scene.diary.free(4, 91, 2)
    assert scene.diary.free(11, 90, 2)
    scene.diary.note(4, 91, 2)
    assert not scene.diary.free(4, 91, 1)
    assert not scene.diary.idle(4, 85, 91)
    assert scene.diary.idle(4, 85, 90)
    assert not scene.diary.idle(4, 91, 95)
    assert scene.diary.idle(4, 92, 400 - 20)


def test_stays_before_the_world_are_no_other_accounts(world: World) -> None:
    slots = make_slots(2, listing=[8, 9], day=[0, 299], lag_days=[150, 0], account=[5, 4])
    diary = Diary(world, slots)
    town = int(world.town[8])
    assert diary.free(5, -150, town)
    assert not diary.free(5, -150, town + 1)
    assert diary.free(4, -150, town + 1)


def test_accounts_are_picked_once_and_neither_hired_ones_nor_members(world: World) -> None:
    scene = scene_of(world)
    assert len(scene.pick(1, 5, home=2)) == 0
    assert len(scene.pick(0, 5)) == 0
    assert len(scene.pick(1, 5, least=2)) == 0
    first, second = scene.pick(1, 4, home=1, most=1), scene.pick(1, 9)
    assert sorted([*first, *second]) == [3, 4, 5, 6, 7, 8, 9]
    assert scene.platform() == 1


def test_nobody_visits_a_closed_house_or_is_in_two_towns(world: World) -> None:
    scene = scene_of(world)
    here, there = (int(np.flatnonzero((world.source == 1) & (world.town == town))[1]) for town in (1, 2))
    world.intensity[here, 200] = 0
    account = np.array([4, 4, 5, 5, 6, 7, 8])
    listing = np.array([there, here, here, there, here, here, here])
    stay = np.array([90, 90, 120, 120, 200, -1, 298])
    slots = scene.visits(account, listing, stay, np.full(7, 3), shift=0.5)
    assert slots["account"].tolist() == [4, 5]
    assert slots["listing"].tolist() == [here, here]
    assert slots["day"].tolist() == [93, 123]
    assert slots["lag_days"].tolist() == [3, 3]
    assert (slots["shift"] == 0.5).all()
    scene.enter("family", slots, np.array([4, 5]))
    scene.enter("family", slots[:0], np.array([6]))
    assert [event.kind for event in scene.ledger.events] == ["food_club", "family"]
    assert (slots["event"] == 1).all()
