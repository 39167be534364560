"""What the burst benchmark runs on and runs: worlds by seed, real reviews with planted attacks, and all methods."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.burst_peers import PEERS, peer
from benchmarks.burst_scores import EPISODE, KINDS, POOLED, Judged, judge, planted_reviews, union
from benchmarks.yelp import read
from detection.boosting import Boosting
from detection.burst_evidence import members_of
from detection.burst_model import load_model
from detection.burst_search import Search
from detection.bursts import Bursts, platforms_of
from detection.engines.local import scan_and_fold, write_shards
from detection.hashing import hashed
from detection.protocol import Detector, Findings, Night
from detection.simulate.attacks import grid
from detection.simulate.frames import review_frame, true_events
from detection.simulate.inject import inject
from detection.simulate.platform import large_spec, simulate
from detection.simulate.world import Spec
from store.snapshot import RAW_COLUMNS, derive

# Each kind and strength so many times: the four pooled kinds are 120 attacks.
EACH = 6
DAYS = 1095
EVERYTHING = 1e6
BURSTS = Bursts(false_per_1000_listing_years=EVERYTHING)
RAISED = "bursts, as raised"
# Bursts shows a score x from nought up as x / (x + 4).
HALF = 4.0
BOOSTING = Boosting(false_per_1000_listing_years=EVERYTHING)
YELP_END = (dt.date(2015, 1, 8) - dt.date(1970, 1, 1)).days
YEAR = 365


@dataclass(frozen=True, slots=True)
class Ground:
    """Reviews (``frames.REVIEWS``), the planted ones among them, and how many listings and listing-years are judged.

    Episodes that end before ``first_day`` are history and are left out.
    """

    reviews: pd.DataFrame
    planted: pd.DataFrame
    listings: int
    listing_years: float
    first_day: int
    texts: bool


def world(seed: int, listings: int) -> Ground:
    """A simulated world of three years with attacks of every kind and strength."""
    spec = replace(large_spec(listings=listings, days=DAYS, attacks=grid(KINDS, each=EACH)), texts=True)
    return _ground(spec, seed, listings)


def honest_world(seed: int, listings: int) -> Ground:
    """A simulated world without attacks."""
    return _ground(large_spec(listings=listings, days=DAYS), seed, listings)


def yelp(data: Path) -> pd.DataFrame:
    """The recommended reviews of the last four years of YelpNYC, with accounts' histories from all years."""
    rows = read(data)
    rows = rows[~rows["filtered"]]
    raw = pd.DataFrame(
        {
            **dict.fromkeys(RAW_COLUMNS),
            "review_key": rows["review_id"],
            "listing_key": "yelp/" + rows["business"].astype("str"),
            "platform": "yelp",
            "kind": "restaurant",
            "city": "New York",
            "country": "US",
            "reviewer_key": "yelp/" + rows["user"].astype("str"),
            "rating": rows["rating"],
            "rating_worst": 1.0,
            "rating_best": 5.0,
            "published_from": rows["day"],
            "published_to": rows["day"],
        }
    )
    frame = derive(raw)
    recent = (frame["day_to"] > YELP_END - 4 * YEAR) & (frame["day_to"] <= YELP_END)
    return frame[recent].reset_index(drop=True)


def yelp_with_attacks(reviews: pd.DataFrame, seed: int) -> Ground:
    """Attacks of the pooled kinds planted in the last three years of ``yelp``."""
    first = YELP_END - 3 * YEAR + 1
    attacks = grid(POOLED, each=EACH)
    injected = inject(reviews, attacks, np.random.default_rng(seed), first_day=first, last_day=YELP_END)
    planted = planted_reviews(injected.reviews, injected.truth)
    listings = reviews.loc[reviews["day_to"] >= first, "listing_key"].nunique()
    return Ground(injected.reviews, planted, listings, listings * 3.0 * YEAR / 365.25, first, texts=False)


def half_of(ground: Ground, half: int) -> Ground:
    """The listings of one half, 0 or 1: that of their key's hash, so the same in every planting."""
    recent = ground.reviews.loc[ground.reviews["day_to"] >= ground.first_day, "listing_key"].drop_duplicates()
    listings = int(_in_half(recent, half).sum())
    return replace(
        ground,
        reviews=ground.reviews[_in_half(ground.reviews["listing_key"], half)],
        planted=ground.planted[_in_half(ground.planted["listing_key"], half)],
        listings=listings,
        listing_years=ground.listing_years * listings / ground.listings,
    )


def judged_on_half(ground: Ground, found: Mapping[str, pd.DataFrame], half: int) -> dict[str, Judged]:
    """All methods' episodes on one half of the listings."""
    part = half_of(ground, half)
    return {name: judged_on(part, each[_in_half(each["listing_key"], half)]) for name, each in found.items()}


def run(detector: Detector, reviews: pd.DataFrame, *, stop: Callable[[pd.DataFrame, Night], object]) -> object:
    """Scan the reviews and hand partials and night to ``stop``, while the shards are there."""
    with tempfile.TemporaryDirectory() as folder:
        shards = write_shards(reviews, Path(folder) / "shards", 4)
        partials = scan_and_fold(detector, shards, Path(folder) / "partials")
        last = dt.date(1970, 1, 1) + dt.timedelta(days=int(reviews["day_to"].max()))
        return stop(partials, Night(last, shards))


def findings(detector: Detector, reviews: pd.DataFrame) -> Findings:
    """A detector's findings."""
    found = run(detector, reviews, stop=detector.conclude)
    assert isinstance(found, Findings)
    return found


def episodes(found: Findings) -> pd.DataFrame:
    """Evidence as episodes, with ``evidence_key`` and ``rate``, its card's false episodes per 1,000 listing-years."""
    evidence = found.evidence
    facts = [json.loads(each) for each in evidence["facts"]]
    return pd.DataFrame(
        {
            "listing_key": evidence["subject_id"],
            "direction": [str(each["direction"]) for each in facts],
            "start": evidence["window_start"],
            "end": evidence["window_end"],
            "score": evidence["score"],
            "evidence_key": evidence["evidence_key"],
            "rate": np.array([each["false_per_1000_listing_years"] for each in facts], dtype="float64"),
        }
    )


def raised(reviews: pd.DataFrame) -> pd.DataFrame:
    """Episodes of bursts without hindsight: what follows a window is not counted.

    The choice among overlapping windows, the listings' usual texts and the platform's fitted constants are still those
    of the whole history. As in evidence, episodes in which nobody is flagged are left out.
    """
    found = run(BURSTS, reviews, stop=_raised)
    assert isinstance(found, pd.DataFrame)
    return found


@dataclass(frozen=True, slots=True)
class Ran:
    """All methods on one ground, by name: episodes, as found and judged, CPU seconds; and all that bursts found."""

    found: dict[str, pd.DataFrame]
    judged: dict[str, Judged]
    cpu_s: dict[str, float]
    bursts: Findings


def run_all(ground: Ground, *, peers: bool = True) -> Ran:
    """Fairstay's detectors and, with ``peers``, everybody else's."""
    cpu_s: dict[str, float] = {}
    found: dict[str, pd.DataFrame] = {}

    def timed(name: str, method: Callable[[], Findings]) -> Findings:
        began = time.process_time()
        ended = method()
        cpu_s[name] = time.process_time() - began
        found[name] = episodes(ended)
        return ended

    bursts = timed("bursts", lambda: findings(BURSTS, ground.reviews))
    began = time.process_time()
    found[RAISED] = raised(ground.reviews)
    cpu_s[RAISED] = time.process_time() - began
    if ground.texts:
        timed("boosting", lambda: findings(BOOSTING, ground.reviews))
        found["bursts or boosting"] = union({name: found[name] for name in ("bursts", "boosting")})
        silent = ground.reviews.assign(text="", language="und").astype(dict(ground.reviews.dtypes))
        timed("bursts, no texts", lambda: findings(BURSTS, silent))
    for name in PEERS if peers else ():
        began = time.process_time()
        found |= peer(name, ground.reviews)
        cpu_s[name] = time.process_time() - began
    judged = {name: judged_on(ground, each) for name, each in found.items()}
    return Ran(found, judged, cpu_s, bursts)


def judged_on(ground: Ground, found: pd.DataFrame) -> Judged:
    """A method's episodes, those of the history apart."""
    recent = found[found["end"] >= ground.first_day].reset_index(drop=True)
    return judge(recent, ground.planted, ground.listing_years)


def _ground(spec: Spec, seed: int, listings: int) -> Ground:
    platform = simulate(spec, seed)
    reviews = review_frame(platform)
    truth = true_events(platform)
    truth = truth[truth["planted"]].rename(columns={"event_id": "attack"}).drop(columns="planted")
    truth["attack"] = pd.factorize(truth["attack"], sort=True)[0] + 1000 * seed
    first = int(reviews["day_to"].min())
    return Ground(reviews, planted_reviews(reviews, truth), listings, listings * DAYS / 365.25, first, spec.texts)


def _raised(partials: pd.DataFrame, night: Night) -> pd.DataFrame:
    rows: list[tuple[object, ...]] = []
    for reviews in platforms_of(partials):
        search = Search(
            reviews,
            BURSTS.model or load_model(),
            lengths=BURSTS.window_days,
            least=BURSTS.least_reviews,
            least_ratio=BURSTS.least_ratio,
            merge_days=BURSTS.merge_days,
        )
        for judged in search.episodes(night.snapshot, hindsight=False):
            if members_of(search, judged).flagged:
                # Evidence is dated by its reviews of the direction, too.
                days = search.history.days[judged.rows]
                listing = str(search.history.names[judged.listing])
                score = judged.score / (judged.score + HALF)
                rows.append((listing, judged.direction, int(days.min()), int(days.max()), score))
    return pd.DataFrame(rows, columns=list(EPISODE))


def _in_half(keys: pd.Series, half: int) -> NDArray[np.bool_]:
    return np.asarray(hashed(keys).astype("uint64") % np.uint64(2) == half, dtype=bool)
