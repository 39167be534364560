"""Cards from simulated worlds without attacks: how often each detector raises a false alarm, by score."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from detection.bursts import Bursts
from detection.cards import Card, make_rates
from detection.collusion import Collusion
from detection.engines.local import scan_and_fold, write_shards
from detection.protocol import Detector, Findings, Night
from detection.simulate.frames import review_frame
from detection.simulate.platform import large_spec, simulate

# From calm to rough: the over-dispersion of real restaurants lies near the first, of the prototypes' worlds near the
# last.
KNOBS = ((0.10, 60.0), (0.18, 20.0), (0.28, 6.0))
DAYS = 1095

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Calibrated:
    """The cards' numbers, ready to be kept as JSON."""

    scores: list[float]
    rates: list[float]
    unit: str
    per: float
    made_on: str


def findings_on(detector: Detector, seed: int, *, listings: int, knobs: tuple[float, float]) -> tuple[Findings, int]:
    """A detector's findings on one world without attacks, and its accounts with three reviews or more."""
    spec = replace(large_spec(listings=listings, days=DAYS), weekly_sd=knobs[0], daily_shape=knobs[1])
    reviews = review_frame(simulate(spec, seed))
    accounts = int(reviews.loc[reviews["reviewer_reviews"] >= 3, "reviewer_key"].nunique())
    with tempfile.TemporaryDirectory() as folder:
        shards = write_shards(reviews, Path(folder) / "shards", 4)
        partials = scan_and_fold(detector, shards, Path(folder) / "partials")
        found = detector.conclude(partials, Night(dt.date(2030, 1, 1), shards, seed))
    return found, accounts


def calibrate_bursts(seeds: Sequence[int], *, listings: int, say: Say) -> Calibrated:
    """False episodes per 1,000 listing-years."""
    open_card = Card("bursts", "listing-years", 1000.0, (1.5, 40.0), (1e6, 1e-6), "everything")
    detector = Bursts(false_per_1000_listing_years=1e6, card=open_card)
    scores: list[float] = []
    for number, seed in enumerate(seeds):
        found, _ = findings_on(detector, seed, listings=listings, knobs=KNOBS[number % len(KNOBS)])
        said = found.evidence["score"].to_numpy()
        scores.extend((4.0 * said / (1.0 - said)).tolist())
        say(f"bursts: world {number + 1} of {len(seeds)}, {len(said)} episodes")
    years = len(seeds) * listings * DAYS / 365.25
    grid, rates = make_rates(np.array(scores), years, 1000.0)
    made_on = f"{len(seeds)} simulated worlds without attacks, {years:,.0f} listing-years"
    return Calibrated(grid, rates, "listing-years", 1000.0, made_on)


def calibrate_collusion(seeds: Sequence[int], *, listings: int, say: Say) -> Calibrated:
    """False groups per 100,000 accounts with three reviews or more."""
    open_card = Card("collusion", "accounts", 100_000.0, (0.0, 300.0), (1e6, 1e-6), "everything")
    detector = Collusion(false_groups_per_100k_accounts=1e6, card=open_card)
    scores: list[float] = []
    accounts = 0
    for number, seed in enumerate(seeds):
        found, there = findings_on(detector, seed, listings=listings, knobs=KNOBS[number % len(KNOBS)])
        said = found.evidence["score"].to_numpy()
        scores.extend((10.0 * said / (1.0 - said)).tolist())
        accounts += there
        say(f"collusion: world {number + 1} of {len(seeds)}, {len(found.evidence)} groups among {there} accounts")
    grid, rates = make_rates(np.array([0.0, *scores]), accounts, 100_000.0)
    made_on = f"{len(seeds)} simulated worlds without rings, {accounts:,} accounts with three reviews or more"
    return Calibrated(grid, rates, "accounts with three reviews or more", 100_000.0, made_on)
