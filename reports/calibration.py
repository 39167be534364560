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
    sentences = [_made(part), _recall(part, platforms)]
    if part["own"] is None:
        sentences.append(_raised(part, platforms))
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
    budget = said["budget"]
    return "" if budget is None else f"; at most {decimal(budget)} alarms per 1,000 listing-years are let through"


def _recall(said: Said, platforms: Mapping[str, Said]) -> str:
    own = said["own"]
    rows = own["recall"] if own is not None else next((part["recall"] for part in platforms.values()), [])
    told = [
        f"{row['found']} of {row['planted']} {_KINDS.get(row['kind'], row['kind'])} "
        f"({percent(row['low'])} to {percent(row['high'])})"
        for row in rows
        if row["strength"] == _MIDDLING
    ]
    if not told:
        return ""
    return f"Of planted campaigns of middling strength it found {', '.join(told)}; in brackets what chance leaves open."


def _raised(said: Said, platforms: Mapping[str, Said]) -> str:
    """On the last days of the data nothing is known of what came after, so there alarms are false more often."""
    raised = next((part["raised"] for part in platforms.values() if part["raised"] is not None), None)
    if raised is None or said["budget"] is None:
        return ""
    return (
        f"That counts what stands with the following weeks known; as they were raised, night by night, there were "
        f"{decimal(raised)} false alarms per 1,000 listing-years."
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
