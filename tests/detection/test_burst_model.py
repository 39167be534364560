from __future__ import annotations

import json
import math
from importlib import resources

import numpy as np
import pytest

from detection.burst_model import (
    INFORMATION,
    BurstModel,
    derived,
    episode_terms,
    load_model,
    read_model,
    window_terms,
    write_model,
)
from detection.bursts import Bursts
from detection.expectation import STREAMS
from detection.nulls import LEVELS, Null
from detection.scorecard import Curve, Scorecard
from detection.windows import DIRECTIONS

KEYS = [(direction, information) for direction in DIRECTIONS for information in INFORMATION]
ACCOUNTS, TEXTS = ("text", "accounts"), ("text", "unnamed")


def line(slope: float, end: float = 12.0) -> Curve:
    """Straight from nought at -3 or 0 up to ``end``."""
    return Curve((-3.0, end), (-3.0 * slope, end * slope))


def plain_model() -> BurstModel:
    """A model of straight lines: surprise speaks for a window, other guests against, alike texts for an episode."""
    reached = {(s, n): tuple((-np.log10(LEVELS)).tolist()) for s in STREAMS for n in (3, 7, 14, 28, 56, 112)}
    windows, episodes = {}, {}
    for key in KEYS:
        new = {"min_new": line(1.0)} if key[1] in ACCOUNTS else {}
        common = {"min_dir": line(1.0), "x_dir": line(0.5), "ratio_others": line(-1.5, 3.0)}
        windows[key] = Scorecard(-5.0, {**common, **new})
        text = {"alike": line(0.5), "language": line(0.5), "occasion": line(-0.5)} if key[1] in TEXTS else {}
        episodes[key] = Scorecard(0.0, {"window": line(1.0, 40.0), **text})
    return BurstModel(Null(reached, {}), windows, episodes, dict.fromkeys(KEYS, -3.0), 0.5, "by hand")


def test_a_model_written_is_read_back_and_written_the_same() -> None:
    model = plain_model()
    text = write_model(model)
    again = read_model(json.loads(text))
    assert write_model(again) == text
    assert (again.floor, again.offset, again.made_on) == (model.floor, model.offset, model.made_on)
    assert again.windows == model.windows
    assert again.episodes == model.episodes
    assert again.null.scale == {}
    for key, values in model.null.reached.items():
        assert again.null.reached[key] == pytest.approx(values, abs=1e-4)


@pytest.mark.parametrize("information", INFORMATION)
def test_terms_need_only_what_a_platform_tells(information: str) -> None:
    names = {term.name for term in (*window_terms(information), *episode_terms(information))}
    assert {"x_dir", "window"} <= names
    assert {"x_new", "c_new", "min_new", "c_new_in_dir"} <= names or information not in ACCOUNTS
    assert {"alike", "language", "occasion"} <= names or information not in TEXTS
    new = {name for name in names if "new" in name or name == "ratio_old"}
    assert bool(new) == (information in ACCOUNTS)
    assert names.isdisjoint({"alike", "unlike", "language", "occasion"}) == (information not in TEXTS)


def test_terms_have_rising_points_and_stand_once() -> None:
    for information in INFORMATION:
        for terms in (window_terms(information), episode_terms(information)):
            assert len({term.name for term in terms}) == len(terms)
            assert all((np.diff(term.points) > 0.0).all() and term.direction in (-1, 0, 1) for term in terms)


def test_derived_measures() -> None:
    measures = {
        "x_new": np.array([3.0, 1.0]),
        "c_new": np.array([2.0, 4.0]),
        "x_dir": np.array([5.0, 0.0]),
        "c_dir": np.array([6.0, 1.0]),
        "mean": np.array([3.75, 0.0]),
        "past_reviews": np.array([0.0, 7.0]),
        "length": np.array([8.0, 112.0]),
        "excess_new": np.array([4.0, -3.0]),
    }
    said = derived(measures)
    assert said["min_new"].tolist() == [2.0, 1.0]
    assert said["min_dir"].tolist() == [5.0, 0.0]
    assert said["log_mean"].tolist() == [2.0, -2.0]
    assert said["log_past"].tolist() == [0.0, 3.0]
    assert said["log_length"][0] == 3.0
    assert said["log_excess_new"].tolist() == [2.0, -1.0]
    assert all(said[name] is values for name, values in measures.items())


def test_the_shipped_file_is_what_its_model_writes() -> None:
    text = resources.files("detection").joinpath("calibration", "bursts_model.json").read_text("utf-8")
    assert json.loads(write_model(load_model())) == json.loads(text)
    assert load_model() is load_model()


def test_the_shipped_model_answers_for_every_direction_stream_and_length() -> None:
    model = load_model()
    assert set(model.windows) == set(model.episodes) == set(model.floor) == set(KEYS)
    assert set(model.null.reached) == {(stream, n) for stream in STREAMS for n in Bursts().window_days}
    assert {len(values) for values in model.null.reached.values()} == {len(LEVELS)}
    assert all((np.diff(values) >= 0.0).all() for values in model.null.reached.values())
    assert all(math.isfinite(value) for value in (*model.floor.values(), model.offset))
    assert model.made_on


@pytest.mark.parametrize("key", KEYS, ids="/".join)
def test_the_shipped_curves_keep_the_directions_of_their_terms(key: tuple[str, str]) -> None:
    model = load_model()
    pairs = [(model.windows[key], window_terms(key[1])), (model.episodes[key], episode_terms(key[1]))]
    for card, terms in pairs:
        assert set(card.curves) == {term.name for term in terms}
        for term in terms:
            steps = np.diff(card.curves[term.name].values)
            assert card.curves[term.name].points == term.points
            assert (steps * term.direction >= 0.0).all(), term.name
