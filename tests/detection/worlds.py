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

from detection.calibrate import world_spec
from detection.engines.local import scan_and_fold, write_shards
from detection.protocol import Detector, Findings, Night
from detection.simulate.frames import review_frame, true_events
from detection.simulate.platform import demo_spec, large_spec, simulate
from detection.simulate.world import Attack
from store.frames import REVIEWS, build

AS_OF = dt.date(2026, 11, 1)
DAY = 19_000  # 2022-01-08
DAYS = 800

_PLAIN: Mapping[str, object] = {
    "listing_key": "p/a",
    "platform": "p",
    "kind": "hotel",
    "city": "Konstanz",
    "country": "DE",
    "latitude": np.nan,
    "longitude": np.nan,
    "reviewer_key": None,
    "rating": 0.75,
    "rating_worst": 1.0,
    "rating_best": 5.0,
    "sub_mean": np.nan,
    "stay_from": -1,
    "stay_to": -1,
    "stay_exact": False,
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


def quiet_town(listings: int = 40, *, seed: int = 4, **columns: object) -> pd.DataFrame:
    """Listings in four towns, each with a review every fifth day or so, by new and old accounts."""
    rng = np.random.default_rng(seed)
    parts = []
    for number in range(listings):
        days = np.sort(rng.integers(0, DAYS, rng.poisson(DAYS / 5)))
        stars = rng.choice([0.0, 0.25, 0.5, 0.75, 1.0], len(days), p=[0.06, 0.08, 0.16, 0.3, 0.4])
        said = {
            "listing_key": f"p/{number:02d}",
            "city": f"town {number % 4}",
            "rating": stars,
            "newborn": rng.random(len(days)) < 0.3,
            **columns,
        }
        parts.append(reviews_of(DAY + days, **said))
    return together(*parts)


def crowd(number: int, start: int, length: int, **columns: object) -> pd.DataFrame:
    """Five-star reviews of the first listing by first-time accounts, spread evenly over so many days."""
    said = {"listing_key": "p/00", "city": "town 0", "rating": 1.0, "newborn": 1, **columns}
    return reviews_of(DAY + start + np.arange(number) * length // number, **said)


def findings(
    detector: Detector, reviews: pd.DataFrame, *, shards: int = 2, seed: int = 0, upheld: Sequence[str] = ()
) -> Findings:
    """A detector's findings, by way of the local engine."""
    with tempfile.TemporaryDirectory() as folder:
        written = write_shards(reviews, Path(folder) / "shards", shards)
        partials = scan_and_fold(detector, written, Path(folder) / "partials")
        return detector.conclude(partials, Night(AS_OF, written, seed, upheld=upheld))


@cache
def attacked(*attacks: Attack, listings: int = 200, seed: int = 11) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The reviews of a world with these attacks, and the truth about them; not to be changed."""
    platform = simulate(large_spec(listings=listings, attacks=attacks), seed)
    return review_frame(platform), true_events(platform)


@cache
def honest(seed: int, *, listings: int = 600) -> pd.DataFrame:
    """The reviews of a world without attacks, as calm or rough as the seed says; not to be changed."""
    return review_frame(simulate(world_spec(seed, listings=listings), seed))


@cache
def demo(*, attacks: bool = True, seed: int = 7, silent: tuple[str, ...] = ()) -> pd.DataFrame:
    """The demo's reviews, without the texts of the ``silent`` languages; not to be changed."""
    spec = demo_spec() if attacks else replace(demo_spec(), attacks=())
    reviews = review_frame(simulate(spec, seed))
    quiet = reviews["language"].isin(silent)
    return reviews.assign(text=reviews["text"].mask(quiet, ""), language=reviews["language"].mask(quiet, "und"))
