from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from detection import burst_training
from detection.burst_model import episode_terms, read_model, window_terms
from detection.burst_training import World, _best_of_each, _floor, _held, main
from detection.expectation import STREAMS
from detection.nulls import LEVELS
from detection.scorecard import Curve, Scorecard
from detection.windows import Windows
from tests.detection.test_burst_model import KEYS
from tests.detection.test_burst_search import search_of
from tests.detection.test_crowd_texts import Answers
from tests.detection.worlds import DAY, crowd, quiet_town, together

SEEDS = "1391,1392"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The file of a model of tiny worlds with two kinds of attack."""
    patch = pytest.MonkeyPatch()
    patch.setattr(burst_training, "KINDS", ("burst", "bombing"))
    file = tmp_path_factory.mktemp("trained") / "model.json"
    said = ["--honest-seeds", "1390", "--attack-seeds", SEEDS, "--listings", "45", "--each", "1", "--out", str(file)]
    main(said)
    patch.undo()
    return file.read_text("utf-8")


def test_the_command_writes_a_model_for_every_direction_and_information(trained: str) -> None:
    model = read_model(json.loads(trained))
    assert set(model.windows) == set(model.episodes) == set(model.floor) == set(KEYS)
    assert {stream for stream, _ in model.null.reached} == set(STREAMS)
    assert all(len(values) == len(LEVELS) for values in model.null.reached.values())
    for key in KEYS:
        assert set(model.windows[key].curves) == {term.name for term in window_terms(key[1])}
        assert set(model.episodes[key].curves) == {term.name for term in episode_terms(key[1])}
    assert "1390 without attacks" in model.made_on
    assert "1391, 1392 with" in model.made_on


def test_it_has_learned_what_a_crowd_is(trained: str) -> None:
    reviews = together(quiet_town(), crowd(30, 600, 4), crowd(30, 500, 4, rating=0.0, listing_key="p/09"))
    search = search_of(reviews, read_model(json.loads(trained)))
    found = search.episodes(Answers(reviews))
    best = {
        direction: max((each for each in found if each.direction == direction), key=lambda each: each.score)
        for direction in ("praise", "blame")
    }
    assert (best["praise"].listing, best["blame"].listing) == (0, 9)
    assert best["praise"].first <= DAY + 600 <= DAY + 603 <= best["praise"].last


@cache
def planted() -> World:
    """Listing 0 with ten planted reviews from day 600 on, one a day, listing 1 with four at once; a bombing of 2."""
    rows = [(0, 0, "praise", 600 + day) for day in range(10)]
    rows += [(1, 1, "praise", 300)] * 4
    rows += [(2, 2, "blame", 400 + day) for day in range(5)]
    frame = pd.DataFrame(rows, columns=["attack", "listing", "direction", "day"])
    reviews = quiet_town(4)
    return World(search_of(reviews), frame, Answers(reviews), 4 * 800 / 365.25)


def windows_of(*said: tuple[int, int, int]) -> Windows:
    listing, last, length = (np.array(column, dtype="int64") for column in zip(*said, strict=True))
    return Windows(listing, last, length)


def test_what_a_window_holds_of_an_attack() -> None:
    asked = windows_of((0, 609, 10), (0, 604, 3), (0, 599, 7), (1, 300, 3), (3, 300, 112), (2, 404, 7), (0, 603, 112))
    attack, share, number = _held(planted(), asked, "praise")
    assert attack.tolist() == [0, 0, -1, 1, -1, 2, 0]
    assert share.tolist() == [1.0, 0.3, 0.0, 1.0, 0.0, 0.0, 0.4]
    assert number.tolist() == [10.0, 3.0, 0.0, 4.0, 0.0, 5.0, 4.0]
    # The other direction's attack touches a window, but the window shows none of it.
    attack, share, _ = _held(planted(), asked, "blame")
    assert (attack.tolist(), share.tolist()) == ([0, 0, -1, 1, -1, 2, 0], [0.0] * 5 + [1.0, 0.0])


def test_of_two_attacks_on_a_listing_a_window_shows_the_one_it_holds_most_of() -> None:
    frame = pd.DataFrame(
        {"attack": [0] * 4 + [1] * 4, "listing": 0, "direction": "praise", "day": [10, 11, 12, 13, 13, 20, 21, 22]}
    )
    attack, share, _ = _held(replace(planted(), planted=frame), windows_of((0, 13, 7), (0, 22, 10)), "praise")
    assert (attack.tolist(), share.tolist()) == ([0, 1], [1.0, 1.0])


def test_the_best_windows_of_each_attack() -> None:
    attack = np.array([0] * 20 + [1, 1, -1, 2])
    score = np.r_[np.arange(20.0), 1.0, -np.inf, 99.0, -np.inf]
    rows = _best_of_each(attack, score)
    number = burst_training._WINDOWS_OF_AN_ATTACK
    assert sorted(rows.tolist()) == [*range(20 - number, 20), 20]


def test_the_floor_leaves_so_many_episodes(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a card that counts surprise; fewer looked at is a higher floor."""
    world = planted()
    card = Scorecard(0.0, {"x_dir": Curve((0.0, 50.0), (0.0, 50.0))})
    null = world.search.null()
    windows, measures = world.search.windows("praise", null)
    scores = world.search.separate(windows, card.score(measures)).score
    for looked_at in (100.0, 500.0, 1500.0):
        monkeypatch.setattr(burst_training, "_LOOKED_AT", looked_at)
        floor = _floor([world], "praise", card, null)
        assert (scores > floor).sum() == int(looked_at * world.listing_years / 1000.0)
    monkeypatch.setattr(burst_training, "_LOOKED_AT", 1e9)
    assert _floor([world], "praise", card, null) == scores.min()


def test_the_same_worlds_have_the_same_tails(trained: str) -> None:
    null = burst_training._learn_null([burst_training._frame(1390, 0, 45, 0)], lambda _: None)
    model = read_model(json.loads(trained))
    assert set(model.null.reached) == set(null.reached)
    for key, values in null.reached.items():
        assert model.null.reached[key] == pytest.approx(values, abs=1e-4)
