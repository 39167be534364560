"""What the detectors' tests share: simulated and hand-made reviews, and a detector's findings on them."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from detection.calibrate import KNOBS
from detection.engines.local import scan_and_fold, write_shards
from detection.protocol import Detector, Findings, Night
from detection.simulate.frames import review_frame, true_events
from detection.simulate.platform import demo_spec, large_spec, simulate
from detection.simulate.world import Attack
from store.frames import REVIEWS, build

AS_OF = dt.date(2026, 11, 1)
DAY = 19_000  # 2022-01-08

_PLAIN: Mapping[str, object] = {
    "listing_key": "p/a",
    "platform": "p",
    "kind": "hotel",
    "city": "Konstanz",
    "country": "DE",
    "reviewer_key": None,
    "rating": 0.75,
    "rating_worst": 1.0,
    "rating_best": 5.0,
    "newborn": 0,
    "text": "",
    "language": "und",
    "translated": False,
    "verified": False,
}


def reviews_of(day: Sequence[int] | np.ndarray, **columns: object) -> pd.DataFrame:
    """``frames.REVIEWS`` of plain reviews on those days, some columns given; histories follow from the accounts."""
    data: dict[str, object] = {**_PLAIN, "day_from": np.asarray(day), "day_to": np.asarray(day), **columns}
    frame = pd.DataFrame(data, index=range(len(day)))
    frame["review_key"] = columns.get("review_key", [f"r{number:06d}" for number in range(len(day))])
    known = frame["reviewer_key"].notna().to_numpy()
    accounts = frame.groupby("reviewer_key", dropna=False)
    frame["nth"] = np.where(known, accounts.cumcount() + 1, 0)
    frame["reviewer_reviews"] = np.where(known, accounts["day_to"].transform("size"), 0)
    return build({name: frame[name] for name in REVIEWS}, REVIEWS)


def together(*parts: pd.DataFrame) -> pd.DataFrame:
    """The parts under one another, every review with a key of its own."""
    frame = pd.concat(parts, ignore_index=True)
    frame["review_key"] = pd.Series([f"r{number:06d}" for number in range(len(frame))], dtype="str")
    return frame


def findings(detector: Detector, reviews: pd.DataFrame, *, shards: int = 2, seed: int = 0) -> Findings:
    """A detector's findings, by way of the local engine."""
    with tempfile.TemporaryDirectory() as folder:
        written = write_shards(reviews, Path(folder) / "shards", shards)
        partials = scan_and_fold(detector, written, Path(folder) / "partials")
        return detector.conclude(partials, Night(AS_OF, written, seed))


@cache
def attacked(*attacks: Attack, listings: int = 200, seed: int = 11) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The reviews of a world with these attacks, and the truth about them; not to be changed."""
    platform = simulate(large_spec(listings=listings, attacks=attacks), seed)
    return review_frame(platform), true_events(platform)


@cache
def honest(seed: int, *, listings: int = 600) -> pd.DataFrame:
    """The reviews of a world without attacks, as calm or rough as the seed says; not to be changed."""
    weekly_sd, daily_shape = KNOBS[seed % len(KNOBS)]
    spec = replace(large_spec(listings=listings), weekly_sd=weekly_sd, daily_shape=daily_shape)
    return review_frame(simulate(spec, seed))


@cache
def demo(*, attacks: bool = True, seed: int = 7, silent: tuple[str, ...] = ()) -> pd.DataFrame:
    """The demo's reviews, without the texts of the ``silent`` languages; not to be changed."""
    spec = demo_spec() if attacks else replace(demo_spec(), attacks=())
    reviews = review_frame(simulate(spec, seed))
    quiet = reviews["language"].isin(silent)
    return reviews.assign(text=reviews["text"].mask(quiet, ""), language=reviews["language"].mask(quiet, "und"))
