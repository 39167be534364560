"""Learns what ``bursts`` knows from simulated worlds: honest tails from worlds without attacks, scorecards from others.

``python -m detection.burst_training --out FILE`` writes the model that is shipped; cards are made on other worlds.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detection.arrays import Floats
from detection.burst_model import INFORMATION, BurstModel, episode_terms, window_terms, write_model
from detection.burst_search import Search
from detection.bursts import Bursts, platforms_of
from detection.calibrate import world_spec
from detection.engines.local import write_shards
from detection.expectation import STREAMS
from detection.nulls import LEVELS, Null, reached, surprises
from detection.protocol import Snapshot
from detection.scorecard import Scorecard, learn
from detection.simulate.attacks import grid
from detection.simulate.frames import review_frame, true_events
from detection.simulate.inject import KINDS
from detection.simulate.platform import simulate
from detection.stripping import strip
from detection.windows import DIRECTIONS, Windows

_BLAME = ("bombing",)
# A window shows an attack where it holds so much of it, and where so much of what it holds belongs to it.
_HOLDS, _PURE = 0.5, 0.4
_FOUND_HOLDS = 0.25
# False episodes per 1,000 listing-years, honest or not, that are looked at closely.
_LOOKED_AT = 250.0
# Log-odds of an episode that count as score nought: below them none is kept.
_OFFSET = -6.0
# Reviews a year of a busy world's mean listing.
_BUSY = 80.0
# Some attacks hide among reviews that aged accounts write like anybody.
_CAMOUFLAGE = 0.4
_NEGATIVES = 60_000
_WINDOWS_OF_AN_ATTACK = 8

Say = Callable[[str], None]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class World:
    """A world's search, its planted reviews (``attack, direction, listing, day``) and its texts."""

    search: Search
    planted: pd.DataFrame
    snapshot: Snapshot
    listing_years: float


def train(
    honest_seeds: Sequence[int], attack_seeds: Sequence[int], *, listings: int, each: int, say: Say, folder: Path
) -> BurstModel:
    """The model from worlds of these seeds; windows are learned on the first half of the attacked ones, episodes on
    the second, so that no window's score was fitted to the episode that it is weighed in.
    """
    null = _learn_null((_frame(seed, 3 * (n % 2), listings, 0) for n, seed in enumerate(honest_seeds)), say)
    frames = []
    for number, seed in enumerate(attack_seeds):
        frames.append(_frame(seed, number, listings, each if number % 3 != 2 else each * 3 // 5))
        say(f"world {seed}: {len(frames[-1][0]):,} reviews")
    half = (len(frames) + 1) // 2
    windows: dict[tuple[str, str], Scorecard] = {}
    floors: dict[tuple[str, str], float] = {}
    episodes: dict[tuple[str, str], Scorecard] = {}
    for information in INFORMATION:
        twin = {"accounts": "text", "counts": "unnamed"}.get(information)
        early = list(_worlds(frames[:half], information, null, folder)) if twin is None else []
        late = list(_worlds(frames[half:], information, null, folder))
        for direction in DIRECTIONS:
            key = direction, information
            if twin is None:
                windows[key] = _learn_windows(early, direction, information, null)
            else:
                windows[key] = windows[direction, twin]
            floors[key] = _floor(late, direction, windows[key], null)
            model = BurstModel(null, windows, {}, floors, 0.0, "")
            episodes[key] = _learn_episodes(late, direction, information, model, null)
            say(f"{direction}, {information}: floor {floors[key]:.2f}")
    made_on = f"worlds {_list(honest_seeds)} without attacks, {_list(attack_seeds)} with, {listings:,} listings each"
    return BurstModel(null, windows, episodes, floors, _OFFSET, made_on)


def _list(seeds: Sequence[int]) -> str:
    return ", ".join(str(seed) for seed in seeds)


def _frame(seed: int, number: int, listings: int, each: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A world's reviews and truth; each third world has few busy listings instead of many quiet ones."""
    busy = number % 3 == 2
    spec = world_spec(number // 3 + number, listings=listings // 3 if busy else listings, texts=True)
    if busy:
        spec = replace(spec, reviews_per_listing_year=_BUSY)
    hidden = each // 5
    attacks = (*grid(KINDS, each=each - hidden), *grid(KINDS, each=hidden, camouflage=_CAMOUFLAGE))
    platform = simulate(replace(spec, attacks=attacks), seed)
    return review_frame(platform), true_events(platform)


def _worlds(
    frames: Sequence[tuple[pd.DataFrame, pd.DataFrame]], information: str, null: Null, folder: Path
) -> Iterator[World]:
    detector = Bursts(model=BurstModel(null, {}, {}, {}, 0.0, ""))
    for reviews, truth in frames:
        told = strip(reviews, information)
        partials = platforms_of(detector.scan(told))[0]
        search = detector.search(partials)
        planted = truth[truth["planted"]].merge(
            pd.DataFrame(
                {
                    "review_key": partials["review_key"],
                    "listing": search.history.listings,
                    "day": search.history.days,
                }
            ),
            on="review_key",
        )
        planted["attack"] = pd.factorize(planted["event_id"], sort=True)[0]
        planted["direction"] = np.where(planted["kind"].isin(_BLAME), "blame", "praise")
        place = Path(tempfile.mkdtemp(dir=folder))
        span = int(search.history.days.max() - search.history.days.min()) + 1
        yield World(search, planted, write_shards(told, place, 1), len(search.history.names) * span / 365.25)


def _learn_null(frames: Iterable[tuple[pd.DataFrame, pd.DataFrame]], say: Say) -> Null:
    """Surprises reached at ``LEVELS``, on all worlds without attacks together."""
    pooled: dict[tuple[str, int], list[Floats]] = {}
    flat = Null({(s, n): tuple(-np.log10(LEVELS)) for s in STREAMS for n in Bursts.window_days}, {})
    detector = Bursts(model=BurstModel(flat, {}, {}, {}, 0.0, ""))
    for reviews, _ in frames:
        partials = platforms_of(detector.scan(reviews))[0]
        search = detector.search(partials)
        for key, values in surprises(search.history, detector.window_days, search.spreads, most=10**9).items():
            pooled.setdefault(key, []).append(values)
        say(f"honest tails: {len(partials):,} reviews")
    return Null({key: reached(np.concatenate(values)) for key, values in pooled.items()}, {})


def _held(world: World, windows: Windows, direction: str) -> tuple[NDArray[np.int64], Floats, Floats]:
    """For each window the attack that it holds most of (-1: it touches none), that share, and its number held."""
    best, share, number = np.full(len(windows), -1), np.zeros(len(windows)), np.zeros(len(windows))
    order = np.argsort(windows.listing, kind="stable")
    listing = windows.listing[order]
    for attack, reviews in world.planted.groupby("attack"):
        here = order[
            np.searchsorted(listing, reviews["listing"].iloc[0]) : np.searchsorted(
                listing, reviews["listing"].iloc[0], side="right"
            )
        ]
        days = np.sort(reviews["day"].to_numpy())
        last = windows.last[here]
        held = np.searchsorted(days, last, side="right") - np.searchsorted(days, last - windows.length[here] + 1)
        right = reviews["direction"].iloc[0] == direction
        part = held / len(days) if right else np.zeros(len(here))
        touched = here[held > 0]
        better = (part >= share[here])[held > 0]
        best[touched[better]] = attack
        share[touched[better]] = part[held > 0][better]
        number[touched[better]] = held[held > 0][better]
    return best, share, number


def _learn_windows(worlds: Sequence[World], direction: str, information: str, null: Null) -> Scorecard:
    """Twice: against windows at large, then against the windows that the first scorecard likes best."""
    terms = window_terms(information)
    found = [(world, *world.search.windows(direction, null)) for world in worlds]
    held = [_held(world, windows, direction) for world, windows, _ in found]
    first = True
    card = Scorecard(0.0, {})
    for _ in range(2):
        rows: list[Mapping[str, Floats]] = []
        labels, weights = [], []
        for (world, windows, measures), (attack, share, number) in zip(found, held, strict=True):
            shows = (share >= _HOLDS) & (number >= _PURE * measures["count"])
            honest = np.flatnonzero(attack < 0)
            score = measures["c_dir"] + measures.get("c_new", 0.0) if first else card.score(measures)
            if first:
                step = max(1, len(honest) // _NEGATIVES)
                honest = honest[::step]
            else:
                honest = honest[world.search.separate(windows.take(honest), score[honest]).best]
            shown = _best_of_each(attack, np.where(shows, score, -np.inf))
            kept = np.r_[shown, honest]
            rows.append({term.name: measures[term.name][kept] for term in terms})
            labels.append(np.r_[np.ones(len(shown), bool), np.zeros(len(honest), bool)])
            each = np.bincount(attack[shown], minlength=int(attack.max(initial=0)) + 1)
            weights.append(np.r_[3.0 / each[attack[shown]], np.full(len(honest), min(1.0, 12_000 / len(honest)))])
        card = learn(_joined(rows), np.concatenate(labels), np.concatenate(weights), terms, ridge=2.0)
        first = False
    return card


def _best_of_each(attack: NDArray[np.int64], score: Floats) -> NDArray[np.int64]:
    """The rows of each attack's best windows."""
    order = np.lexsort((-score, attack))
    order = order[(attack[order] >= 0) & np.isfinite(score[order])]
    place = np.arange(len(order)) - np.searchsorted(attack[order], attack[order])
    return order[place < _WINDOWS_OF_AN_ATTACK]


def _floor(worlds: Sequence[World], direction: str, card: Scorecard, null: Null) -> float:
    """The window score that leaves so many episodes to look at closely."""
    scores, years = [], 0.0
    for world in worlds:
        windows, measures = world.search.windows(direction, null)
        scores.append(world.search.separate(windows, card.score(measures)).score)
        years += world.listing_years
    every = np.sort(np.concatenate(scores))[::-1]
    return float(every[min(int(_LOOKED_AT * years / 1000.0), len(every) - 1)])


def _learn_episodes(
    worlds: Sequence[World], direction: str, information: str, model: BurstModel, null: Null
) -> Scorecard:
    terms = episode_terms(information)
    rows: list[Mapping[str, Floats]] = []
    labels, weights = [], []
    for world in worlds:
        search = world.search.with_model(model)
        episodes, measures = search.candidates(direction, null)
        _, _, said = search.described(episodes, measures, direction, world.snapshot)
        spans = Windows(episodes.listing, episodes.last, episodes.last - episodes.first + 1)
        attack, share, _ = _held(world, spans, direction)
        shows = share >= _FOUND_HOLDS
        kept = np.flatnonzero(shows | (attack < 0))
        rows.append({term.name: said[term.name][kept] for term in terms})
        labels.append(shows[kept])
        weights.append(np.ones(len(kept)))
    return learn(_joined(rows), np.concatenate(labels), np.concatenate(weights), terms, ridge=2.0)


def _joined(rows: Sequence[Mapping[str, Floats]]) -> dict[str, Floats]:
    return {name: np.concatenate([each[name] for each in rows]) for name in rows[0]}


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the model."""
    parser = argparse.ArgumentParser(prog="python -m detection.burst_training", description=__doc__)
    parser.add_argument("--honest-seeds", default="1301,1302,1303,1304")
    parser.add_argument("--attack-seeds", default="1401,1402,1403,1404,1405,1406,1407,1408")
    parser.add_argument("--listings", type=int, default=3000)
    parser.add_argument("--each", type=int, default=8, help="attacks of every kind and strength in a world")
    parser.add_argument("--out", type=Path, required=True)
    said = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        model = train(
            [int(seed) for seed in said.honest_seeds.split(",")],
            [int(seed) for seed in said.attack_seeds.split(",")],
            listings=said.listings,
            each=said.each,
            say=lambda line: print(line, flush=True),  # noqa: T201  (a long run's progress)
            folder=Path(folder),
        )
    said.out.write_text(write_model(model), "utf-8")


if __name__ == "__main__":
    main()
