"""What a detection's calibration says: made on what, how many alarms, what it finds, how far these data are from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from reports.numbers import decimal, percent, whole
from reports.platforms import platform as platform_of
from store.database import Database
from store.runs import read_state

# Written by every detection: detector, then what its card says, and of each platform how far it is from the card.
_STATE = "calibration"
# Of five strengths.
_MIDDLING = 3
# Figures of another budget are told up to so many times the one that is set, or so small a part of it.
_NEAR = 2.0
_KINDS: Mapping[str, str] = {
    "burst": "bursts of praise",
    "drip": "slow drips of praise",
    "bombing": "waves of low ratings",
    "boosting": "praise over a fault",
    "season_drip": "drips in the high season",
    "aged": "bursts by accounts with a past",
}

Said = Mapping[str, Any]


def read_calibration(database: Database) -> Said:
    """What the last detection was calibrated with, by detector; empty before the first."""
    kept = read_state(database, _STATE)
    return {} if kept is None else dict(json.loads(kept))


def last_calibration(database: Database) -> list[str]:
    """A line for each detector and one for each platform that it judged."""
    lines = []
    for name, said in read_calibration(database).items():
        lines.append(f"{name}: {_origin(said)}{_budget(said)}")
        lines += [
            f"{name}, {platform}: {part['level']}{': ' if part['outside'] else ''}{', '.join(part['outside'])}"
            for platform, part in said["platforms"].items()
            if said["own"] is None and part["level"] != "unknown"
        ]
    return lines


def calibration_sentences(said: Said, detector: str, platform: str | None = None) -> str:
    """What a reader should know of a detector's figures, on one platform or on all; empty where nothing is kept."""
    part = said.get(detector)
    if part is None:
        return ""
    platforms: Mapping[str, Said] = part["platforms"]
    if platform is not None and platform in platforms:
        platforms = {platform: platforms[platform]}
    sentences = [_made(part), *_figures(part, platforms)]
    if part["own"] is None:
        sentences += [_distance(name, each) for name, each in platforms.items()]
    return " ".join(filter(None, sentences))


def _made(said: Said) -> str:
    budget = _budget(said)
    return f"In this report the figures rest on {_origin(said)}{budget}."


def _origin(said: Said) -> str:
    own = said["own"]
    if own is None:
        return str(said["made_on"])
    return (
        f"this store's own history ({whole(own['listing_years'])} listing-years, {whole(own['alarms'])} alarms of any "
        "strength, which may hold real campaigns)"
    )


def _budget(said: Said) -> str:
    if said["budget"] is None:
        return ""
    kind = "false alarms per 1,000 listing-years on simulated data"
    if said["own"] is not None:
        kind = "alarms of any kind per 1,000 listing-years"
    return f"; about {decimal(said['budget'])} {kind} are let through"


def _figures(said: Said, platforms: Mapping[str, Said]) -> list[str]:
    """What is found, and what stands: once where every platform has the same figures, else of each by its name."""
    budget, own = said["budget"], said["own"]
    if own is not None:
        return [_recall(own, budget, "alarms of any kind")]
    told = {name: _measured(part, budget) for name, part in platforms.items()}
    if len(set(told.values())) <= 1:
        return list(told.values())[:1]
    return [f"On {platform_of(name).name}: {text}" for name, text in told.items() if text]


def _measured(part: Said, budget: float | None) -> str:
    return " ".join(filter(None, [_recall(part, budget, "false alarms"), _standing(part, budget)]))


def _holds(part: Said, budget: float | None) -> bool:
    """Whether figures that were measured at one budget may stand beside the one that is set."""
    measured = part.get("recall_budget")
    return budget is not None and measured is not None and measured / _NEAR <= budget <= measured * _NEAR


def _recall(part: Said, budget: float | None, alarms: str) -> str:
    told = [
        f"{row['found']} of {row['planted']} {_KINDS.get(row['kind'], row['kind'])} "
        f"({percent(row['low'])} to {percent(row['high'])})"
        for row in part["recall"]
        if row["strength"] == _MIDDLING
    ]
    if not told or not _holds(part, budget):
        return ""
    return (
        f"Of planted campaigns of middling strength it found {', '.join(told)} at {decimal(part['recall_budget'])} "
        f"{alarms} per 1,000 listing-years; in brackets what chance leaves open."
    )


def _standing(part: Said, budget: float | None) -> str:
    """Judged again with what came after, some windows look worse and some better."""
    raised, standing = part.get("raised"), part.get("standing")
    if raised is None or standing is None or not _holds(part, budget):
        return ""
    return (
        f"As raised, night by night, there were {decimal(raised)} false alarms per 1,000 listing-years; judged again "
        f"with the following weeks known, {decimal(standing)}. The figures hold for the larger."
    )


def _distance(platform: str, part: Said) -> str:
    if part["level"] == "unknown":
        return ""
    name = platform_of(platform).name
    if part["level"] == "like":
        return f"The data of {name} are like those that the calibration was made on."
    care = "roughly at best" if part["level"] == "unlike" else "less well"
    return (
        f"The data of {name} are {part['level']} those that the calibration was made on "
        f"({', '.join(part['outside'])}), so its figures hold {care} there."
    )
