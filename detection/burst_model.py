"""What ``bursts`` has learned on simulated worlds: the honest tails, and what each quantity says about a window."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from detection.arrays import Floats
from detection.nulls import Null
from detection.scorecard import Scorecard, Term

# What a platform tells: texts and accounts, accounts alone, texts alone, neither.
INFORMATION = ("text", "accounts", "unnamed", "counts")

_TAIL = (0.0, 1.0, 2.0, 3.0, 4.5, 6.0, 8.0, 12.0)
_LOG2 = (-1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0)
_RATIO = (-2.0, -1.0, 0.0, 1.0, 2.0, 3.0)
_COMMON = (
    Term("x_dir", 1, _TAIL),
    Term("c_dir", 1, _TAIL),
    Term("min_dir", 1, _TAIL),
    Term("x_all", -1, _TAIL),
    Term("ratio_dir", 1, (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0)),
    Term("ratio_others", -1, _RATIO),
    Term("ratio_opposite", 0, _RATIO),
    Term("before", -1, (0.0, 0.25, 0.5, 0.75, 1.0, 1.5)),
    Term("lasting", -1, (0.0, 0.25, 0.5, 0.75, 1.0, 1.5)),
    Term("log_mean", -1, (-2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 6.0)),
    Term("log_past", 0, (0.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0)),
    Term("past_days", 0, (0.0, 30.0, 90.0, 180.0, 365.0)),
    Term("log_length", 0, (1.585, 2.807, 3.807, 4.807, 5.807, 6.807)),
)
_NEW = (
    Term("x_new", 1, _TAIL),
    Term("c_new", 1, _TAIL),
    Term("min_new", 1, _TAIL),
    Term("c_new_in_dir", 1, _TAIL),
    Term("log_excess_new", 1, _LOG2),
    Term("ratio_old", 0, _RATIO),
)
_EPISODE = (
    Term("window", 1, (-8.0, -6.0, -4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 5.0, 8.0)),
    Term("ratio_opposite", 0, _RATIO),
    Term("log_length", 0, (1.585, 2.807, 3.807, 4.807, 5.807, 6.807)),
    Term("log_mean", 0, (-2.0, 0.0, 2.0, 4.0)),
    Term("before", -1, (0.0, 0.25, 0.5, 1.0)),
    Term("lasting", -1, (0.0, 0.25, 0.5, 1.0)),
)
_EPISODE_NEW = (Term("min_new", 1, _TAIL), Term("c_new_in_dir", 1, _TAIL))
_EPISODE_TEXT = (
    Term("alike", 1, (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 10.0)),
    Term("unlike", -1, (0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0)),
    Term("language", 1, (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)),
    Term("occasion", -1, (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)),
)


def window_terms(information: str) -> tuple[Term, ...]:
    """The terms of a window's scorecard."""
    return _COMMON + _NEW if information in ("text", "accounts") else _COMMON


def episode_terms(information: str) -> tuple[Term, ...]:
    """The terms of an episode's scorecard; ``window`` is the score of its best window."""
    new = _EPISODE_NEW if information in ("text", "accounts") else ()
    text = _EPISODE_TEXT if information in ("text", "unnamed") else ()
    return _EPISODE + new + text


def derived(measures: Mapping[str, Floats]) -> dict[str, Floats]:
    """The measures and what the scorecards make of them."""
    return {
        **measures,
        "min_new": np.minimum(measures["x_new"], measures["c_new"]),
        "min_dir": np.minimum(measures["x_dir"], measures["c_dir"]),
        "log_mean": np.log2(measures["mean"] + 0.25),
        "log_past": np.log2(measures["past_reviews"] + 1.0),
        "log_length": np.log2(measures["length"]),
        "log_excess_new": np.log2(np.maximum(measures["excess_new"], 0.5)),
    }


@dataclass(frozen=True)
class BurstModel:
    """Scorecards by direction and information; ``floor`` is the log-odds of a window below which none is looked at,
    ``offset`` the log-odds of an episode that count as score nought.
    """

    null: Null
    windows: Mapping[tuple[str, str], Scorecard]
    episodes: Mapping[tuple[str, str], Scorecard]
    floor: Mapping[tuple[str, str], float]
    offset: float
    made_on: str


@cache
def load_model() -> BurstModel:
    """The model that is shipped."""
    text = resources.files("detection").joinpath("calibration", "bursts_model.json").read_text("utf-8")
    return read_model(json.loads(text))


def read_model(said: Mapping[str, dict[str, dict[str, object]]]) -> BurstModel:
    """The inverse of ``write_model``."""

    def pair(key: str) -> tuple[str, str]:
        one, other = key.split("/")
        return one, other

    reached = {}
    for key, values in said["null"].items():
        stream, length = key.split("/")
        reached[stream, int(length)] = tuple(float(str(x)) for x in np.asarray(values))
    return BurstModel(
        null=Null(reached, {}),
        windows={pair(key): Scorecard.from_json(card) for key, card in said["windows"].items()},
        episodes={pair(key): Scorecard.from_json(card) for key, card in said["episodes"].items()},
        floor={pair(key): float(str(value)) for key, value in said["floor"].items()},
        offset=float(str(said["offset"])),
        made_on=str(said["made_on"]),
    )


def write_model(model: BurstModel) -> str:
    """The model as JSON, the same for the same model."""
    said = {
        "made_on": model.made_on,
        "offset": model.offset,
        "floor": {"/".join(key): round(value, 4) for key, value in model.floor.items()},
        "null": {f"{s}/{n}": [round(x, 4) for x in values] for (s, n), values in model.null.reached.items()},
        "windows": {"/".join(key): card.as_json() for key, card in model.windows.items()},
        "episodes": {"/".join(key): card.as_json() for key, card in model.episodes.items()},
    }
    return json.dumps(said, indent=1, sort_keys=True) + "\n"
