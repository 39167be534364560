"""Which calibration is in use, and a calibration on the store's own history."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import pandas as pd

from detection import all_detectors
from detection.budgets import BUDGET, has_budget
from detection.burst_search import information_of
from detection.cards import Card, Recall, load_card, write_card
from detection.distance import COLUMNS, how_far, measure, profile
from detection.protocol import Detector
from detection.trial import (
    BUDGETS,
    LEAST_ALARMS,
    POOLED,
    STRENGTHS,
    OwnRates,
    Trial,
    TrialError,
    check_history,
    listing_years,
    try_out,
)
from fairstay.config import Config
from fairstay.progress import Progress
from store.database import Database
from store.runs import read_state, write_state
from store.snapshot import read_reviews

_CAVEATS = (
    "Alarms are counted on the history as it is. Campaigns may be among them: of false ones there are at most as many.",
    "Planted reviews have no text: what texts would add to these figures is not in them.",
)
# What ``fairstay calibrate`` keeps, and what a detection was made with (read by the reports).
_OWN, IN_USE = "calibrated", "calibration"


class CalibrationError(ValueError):
    """A calibration that can't be made; one line says why and what to do."""


@dataclass(frozen=True, slots=True)
class Own:
    """A detector's calibration on the store's own history; ``made_with`` is the detector and card it belongs to.

    ``recall`` holds at ``budget``.
    """

    made_with: str
    as_of: str
    seed: int
    rounds: int
    budget: float
    rates: OwnRates
    recall: tuple[Recall, ...]


@dataclass(frozen=True, slots=True)
class Calibration:
    """The budget and the own calibrations that are in use; ``notes`` say what could not be used, and why."""

    budget: float | None = None
    own: Mapping[str, Own] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def detectors(self) -> tuple[Detector, ...]:
        """The detectors, calibrated."""
        cards = {name: own.rates.applied(load_card(name)) for name, own in self.own.items()}
        return all_detectors(self.budget, cards)

    @property
    def key(self) -> str:
        """What changes when the calibration, or a card that is shipped, changes."""
        cards = [_card_key(each) for each in all_detectors()]
        own = {name: asdict(each) for name, each in sorted(self.own.items())}
        return json.dumps([self.budget, own, cards], sort_keys=True)


def in_use(database: Database, config: Config) -> Calibration:
    """The configured budget, else that of the store's own calibration; and its rates."""
    kept = read_state(database, _OWN)
    if kept is None:
        return Calibration(config.alarm_budget)
    said = json.loads(kept)
    own, notes = {}, []
    known = {each.name: _made_with(each) for each in all_detectors() if has_budget(each)}
    for name, part in said["detectors"].items():
        if known.get(name) == part["made_with"]:
            own[name] = _read_own(part, float(said["budget"]))
        else:
            notes.append(
                f"{name} has changed since 'fairstay calibrate' ran: its packaged card is in use; run it again"
            )
    return Calibration(config.alarm_budget or (said["budget"] if own else None), own, tuple(notes))


def describe(reviews: pd.DataFrame, calibration: Calibration) -> str:
    """What the reports say of the calibration, as JSON: each detector's card, and how far each platform is from it."""
    platforms = {str(name): rows for name, rows in reviews[list(COLUMNS)].groupby("platform") if len(rows)}
    profiles = {name: profile([measure(rows)]) for name, rows in platforms.items()}
    said = {}
    for detector in calibration.detectors():
        card = _card(detector.name)
        if card is None:
            continue
        own = calibration.own.get(detector.name)
        budget = getattr(detector, BUDGET, None)
        told = {}
        for name, yours in profiles.items():
            distance = None if card.profile is None else how_far(yours, card.profile, detector.columns)
            best = card.table(information_of(platforms[name].assign(texts=platforms[name]["text"] != "")))
            told[name] = {
                "level": "unknown" if distance is None else distance.level,
                "outside": [] if distance is None else list(distance.outside),
                "recall": [asdict(row) for row in best.recall],
                "recall_budget": best.budget,
                "delay": None if best.delay is None else asdict(best.delay),
                "raised": best.raised,
                "standing": best.standing,
            }
        said[detector.name] = {
            "made_on": card.made_on,
            "null": card.null,
            "budget": budget,
            "own": None if own is None else _told(own),
            "platforms": told,
        }
    return json.dumps(said, sort_keys=True)


def lines_in_use(detectors: Sequence[Detector], calibration: Calibration) -> list[str]:
    """For each detector with a budget one line: the budget, and what its rates were counted on."""
    lines = []
    for detector in detectors:
        card = _card(detector.name)
        if card is None or not has_budget(detector):
            continue
        own = calibration.own.get(detector.name)
        alarms, where = "false alarms per 1,000 listing-years on simulated data", f"the packaged card ({card.made_on})"
        if own is not None:
            alarms = "alarms of any kind per 1,000 listing-years"
            where = f"this store's history of {own.rates.listing_years:,.0f} listing-years, calibrated {own.as_of}"
        lines.append(f"{detector.name}: about {getattr(detector, BUDGET):g} {alarms}, by {where}")
    return lines


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What a calibration came to, with each detector's budget; ``stored`` is what detections use from now on."""

    trials: tuple[Trial, ...]
    budgets: Mapping[str, float]
    stored: float | None

    def __str__(self) -> str:
        tables = [line for trial in self.trials for line in _table(trial, self.budgets[trial.detector])]
        return "\n".join([*tables, *_CAVEATS])


def calibrate(
    database: Database,
    config: Config,
    *,
    as_of: dt.date,
    budget: float | None,
    seed: int,
    rounds: int,
    dry_run: bool,
    progress: Progress,
) -> Calibrated:
    """Try the detectors on the store's own history; with a budget, use it and its own rates from now on.

    Raises:
        CalibrationError: the history is too short, for anything or for that budget.
    """
    progress.say("reading the reviews")
    reviews = read_reviews(database)
    detectors = [each for each in all_detectors() if has_budget(each)]
    try:
        check_history(reviews)
        _check_years(listing_years(reviews), budget)
        work = config.path(config.work_folder)
        work.mkdir(parents=True, exist_ok=True)
        trials = try_out(detectors, reviews, seed=seed, rounds=rounds, folder=work, say=progress.say)
    except TrialError as error:
        raise CalibrationError(str(error)) from None
    budgets = {each.name: budget or config.alarm_budget or getattr(each, BUDGET) for each in detectors}
    done = Calibrated(trials, budgets, None if dry_run else budget)
    if budget is not None:
        kept = [trial for trial in trials if trial.own.long_enough(budget)]
        if not kept:
            raise CalibrationError(
                f"fewer than {LEAST_ALARMS} alarms of any strength lie in this history, too few to count rates: set "
                f"[detect] {BUDGET} = {budget:g} instead, which goes by the packaged card"
            )
        if not dry_run:
            _keep(database, kept, detectors, as_of=as_of, budget=budget, seed=seed, rounds=rounds)
    return done


def forget_own(database: Database) -> None:
    """Go back to the packaged cards."""
    write_state(database, _OWN, json.dumps({"budget": None, "detectors": {}}))


def _keep(
    database: Database,
    trials: Iterable[Trial],
    detectors: Sequence[Detector],
    *,
    as_of: dt.date,
    budget: float,
    seed: int,
    rounds: int,
) -> None:
    made_with = {each.name: _made_with(each) for each in detectors}
    own = {
        trial.detector: Own(
            made_with[trial.detector],
            as_of.isoformat(),
            seed,
            rounds,
            budget,
            trial.own,
            trial.recall(budget, own=True),
        )
        for trial in trials
    }
    said = {"budget": budget, "detectors": {name: asdict(each) for name, each in own.items()}}
    write_state(database, _OWN, json.dumps(said, sort_keys=True))


def _read_own(said: Mapping[str, Any], budget: float) -> Own:
    rates = said["rates"]
    return Own(
        made_with=said["made_with"],
        as_of=said["as_of"],
        seed=said["seed"],
        rounds=said["rounds"],
        budget=budget,
        rates=OwnRates(rates["listing_years"], rates["alarms"], tuple(rates["old"]), tuple(rates["new"])),
        recall=tuple(Recall(**row) for row in said["recall"]),
    )


def _told(own: Own) -> dict[str, Any]:
    return {
        "listing_years": own.rates.listing_years,
        "alarms": own.rates.alarms,
        "as_of": own.as_of,
        "recall": [asdict(row) for row in own.recall],
        "recall_budget": own.budget,
    }


def _check_years(years: float, budget: float | None) -> None:
    if budget is None or budget * years / 1000.0 >= LEAST_ALARMS:
        return
    needed, least = 1000 * LEAST_ALARMS / budget, math.ceil(1000 * LEAST_ALARMS / years)
    raise CalibrationError(
        f"{years:,.0f} listing-years are too few to count {budget:g} alarms per 1,000 ({needed:,.0f} are needed): ask "
        f"for --budget {least} or more, or set [detect] {BUDGET} = {budget:g}, which goes by the packaged card"
    )


def _table(trial: Trial, chosen: float) -> list[str]:
    """The trial as lines: alarms and recall by budget and strength, then by kind at the chosen budget."""
    own, budgets = trial.own, sorted({*BUDGETS, chosen})
    lines = [
        f"{trial.detector}: {own.alarms:,} alarms of any strength in this history of {own.listing_years:,.0f} "
        "listing-years"
    ]
    if trial.outcomes.empty:
        lines.append("  what it finds was not tried: it compares texts, and planted reviews have none")
        return lines + [f"  {'budget':>8}  {'rates by':<12}{'alarms':>8}"] + [_counted(trial, each) for each in budgets]
    pooled = [kind for kind in POOLED if kind in set(trial.outcomes["kind"])]
    among = replace(trial, outcomes=trial.outcomes[trial.outcomes["kind"].isin(pooled)].assign(kind="pooled"))
    lines.append(f"  found of planted {', '.join(pooled)} by strength (5 is plain, 1 is subtle)")
    lines.append(f"  {'budget':>8}  {'rates by':<12}{'alarms':>8}" + "".join(f"{each:>14}" for each in STRENGTHS))
    for budget in budgets:
        rows = among.recall(budget, own=own.long_enough(budget))
        lines.append(_counted(trial, budget) + "".join(f"{_cell(row):>14}" for row in rows))
    lines.append(f"  by kind, at {chosen:g} alarms per 1,000 listing-years")
    rows = trial.recall(chosen, own=own.long_enough(chosen))
    kinds = dict.fromkeys(row.kind for row in rows)
    by_kind = {kind: "".join(f"{_cell(row):>14}" for row in rows if row.kind == kind) for kind in kinds}
    return [*lines, *(f"  {kind:>28}  {cells}" for kind, cells in by_kind.items())]


def _counted(trial: Trial, budget: float) -> str:
    """A budget, by what its alarms are counted, and how many there are."""
    own = trial.own.long_enough(budget)
    return f"  {budget:>8g}  {'own history' if own else 'card':<12}{trial.count(budget, own=own):>8,}"


def _cell(row: Recall) -> str:
    return f"{row.found}/{row.planted} {100 * row.low:.0f}-{100 * row.high:.0f}%"


def _card(name: str) -> Card | None:
    try:
        return load_card(name)
    except FileNotFoundError:
        return None


def _card_key(detector: Detector) -> str:
    card = _card(detector.name)
    return "" if card is None else hashlib.sha256(write_card(card).encode()).hexdigest()


def _made_with(detector: Detector) -> str:
    """A detector at its defaults and its card: an own calibration holds for no others."""
    return hashlib.sha256(f"{detector!r} {detector.version} {_card_key(detector)}".encode()).hexdigest()[:24]
