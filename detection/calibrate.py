"""Cards from simulated worlds: how often a detector raises a false alarm by score, and what it finds of attacks.

``python -m detection.calibrate bursts --seeds 1000-1005 --attack-seeds 1500-1502 --listings 1200 --out FILE``
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import pandas as pd

from detection.cards import Card, make_rates, read_card, write_card
from detection.distance import Measured, measure, profile
from detection.engines.local import scan_and_fold, write_shards
from detection.matching import match, planted_reviews
from detection.protocol import Detector, Findings, Night
from detection.recall import Planted, delay_of, delays, recall_rows
from detection.recipes import DAYS, RECIPES, Recipe
from detection.simulate.attacks import grid
from detection.simulate.company import with_company
from detection.simulate.frames import owner_frame, review_frame, true_events
from detection.simulate.platform import large_spec, simulate
from detection.simulate.world import Spec
from detection.stripping import strip
from store.frames import OWNERS, empty

__all__ = ["DAYS", "KNOBS", "RECIPES", "Raises", "Recipe", "judged", "main", "make_card", "with_profile", "world_spec"]

# From calm, which is the fit to a city's restaurants, to the roughness of hotels with events.
KNOBS: tuple[Mapping[str, Any], ...] = (
    {"weekly_sd": 0.239, "daily_shape": 91.0},
    {"weekly_sd": 0.26, "daily_shape": 15.0},
    {"weekly_sd": 0.28, "daily_shape": 4.0},
)
# Of the listings of an attacked world, at most so many are attacked: the others must still say what is usual.
_ATTACKED = 0.1
# A world in which fewer alarms are to be expected says nothing by itself.
_LEAST_ALARMS = 10.0
_STRENGTHS = (5, 4, 3, 2, 1)

Say = Callable[[str], None]


def world_spec(number: int, *, listings: int, texts: bool = False) -> Spec:
    """The specification of the ``number``-th world without attacks: the knobs take turns."""
    return replace(large_spec(listings=listings, days=DAYS), texts=texts, **KNOBS[number % len(KNOBS)])


def _spec_for(recipe: Recipe, number: int, listings: int) -> Spec:
    """The ``number``-th world without attacks for a recipe."""
    spec = world_spec(number, listings=listings, texts=recipe.reads_texts)
    stayed = recipe.stays[number % len(recipe.stays)]
    spec = replace(spec, sources=tuple(replace(source, stayed=stayed) for source in spec.sources))
    return with_company(spec) if recipe.company else spec


@runtime_checkable
class Raises(Protocol):
    """A detector that can tell what its nights would have raised: scores as evidence shows them."""

    def raised(self, partials: pd.DataFrame, night: Night) -> np.ndarray: ...


@contextmanager
def judged(
    detector: Detector,
    reviews: pd.DataFrame,
    seed: int,
    folder: Path | None = None,
    owners: pd.DataFrame | None = None,
) -> Iterator[tuple[Findings, pd.DataFrame, Night]]:
    """A detector's findings on some reviews, with its partials and night, while its files in ``folder`` are there."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        shards = write_shards(reviews, Path(place) / "shards", 4)
        partials = scan_and_fold(detector, shards, Path(place) / "partials")
        night = Night(dt.date(2030, 1, 1), shards, seed, owners=empty(OWNERS) if owners is None else owners)
        yield detector.conclude(partials, night), partials, night


def make_card(
    name: str,
    seeds: Sequence[int],
    attack_seeds: Sequence[int],
    *,
    listings: int,
    say: Say,
    recipe: Recipe | None = None,
) -> Card:
    """A detector's card: rates from the worlds of ``seeds``, recall and delay from those of ``attack_seeds``."""
    recipe = recipe or RECIPES[name]
    honest = _honest(name, recipe, seeds, listings, say)
    cards = {
        information: _with_rates(name, recipe, honest, information, len(seeds)) for information in recipe.informations
    }
    if attack_seeds and recipe.kinds:
        cards = _with_recall(name, recipe, cards, attack_seeds, listings, say)
    first, *others = recipe.informations
    tables = {information: cards[information] for information in others}
    return replace(
        cards[first],
        null=recipe.null,
        data=_data(recipe, seeds, attack_seeds, listings),
        profile=profile(honest.measured),
        tables=tables,
    )


@dataclass(frozen=True, slots=True)
class _Honest:
    """By kind of information and world the scores of findings as they were raised, and as they stand; and the units."""

    scores: Mapping[str, list[list[float]]]
    standing: Mapping[str, list[list[float]]]
    units: Mapping[str, float]
    measured: list[Measured]


def _honest(name: str, recipe: Recipe, seeds: Sequence[int], listings: int, say: Say) -> _Honest:
    scores: dict[str, list[list[float]]] = {information: [] for information in recipe.informations}
    standing: dict[str, list[list[float]]] = {information: [] for information in recipe.informations}
    units = dict.fromkeys(recipe.informations, 0.0)
    measured = []
    for number, seed in enumerate(seeds):
        platform = simulate(_spec_for(recipe, number, listings), seed)
        world, owners = recipe.careless(review_frame(platform), seed), owner_frame(platform)
        for information in recipe.informations:
            reviews = strip(world, information)
            measured.append(measure(reviews))
            detector = recipe.open(name)
            with judged(detector, reviews, seed, owners=owners) as (found, partials, night):
                stands = recipe.scores(found.evidence)
                if isinstance(detector, Raises):
                    standing[information].append(stands.tolist())
                    stands = recipe.raw(detector.raised(partials, night))
                scores[information].append(stands.tolist())
            units[information] += recipe.units(reviews, listings)
            say(f"{name}, {information}: world {number + 1} of {len(seeds)}, {len(found.evidence)} findings")
    return _Honest(scores, standing, units, measured)


def _with_rates(name: str, recipe: Recipe, honest: _Honest, information: str, worlds: int) -> Card:
    """The card by alarms as they are raised or as they stand, on all worlds or on the roughest, whichever are more."""
    units = honest.units[information]
    made_on = f"{worlds} simulated worlds without attacks, {units:,.0f} {recipe.unit}"
    raised, standing = honest.scores[information], honest.standing[information]

    def card_of(scores: Sequence[float], among: float) -> Card:
        # The lowest score that is looked at stands in the table, so that a world without any finding has a card too.
        grid, rates = make_rates(np.array([recipe.lowest, *scores]), among, recipe.per)
        return Card(name, recipe.unit, recipe.per, tuple(grid), tuple(rates), made_on, budget=recipe.budget)

    every = [card_of(list(chain(*each)), units) for each in (raised, standing) if each]
    tells = bool(standing) and recipe.budget * units / worlds / recipe.per >= _LEAST_ALARMS
    of_worlds = [card_of(scores, units / worlds) for scores in (*raised, *standing)] if tells else []
    card = max(every, key=lambda each: each.score_at(recipe.budget))
    rates = np.max([[each.rate(score) for score in card.scores] for each in (card, *of_worlds)], axis=0)
    card = replace(card, rates=tuple(float(f"{rate:.5g}") for rate in rates))
    if not standing:
        return card
    least = card.score_at(recipe.budget)
    above = [
        np.count_nonzero(np.array(list(chain(*each))) >= least) / units * recipe.per for each in (raised, standing)
    ]
    return replace(card, raised=float(f"{above[0]:.3g}"), standing=float(f"{above[1]:.3g}"))


def _with_recall(
    name: str, recipe: Recipe, cards: Mapping[str, Card], seeds: Sequence[int], listings: int, say: Say
) -> dict[str, Card]:
    """The cards with what the detector finds at its own budget."""
    each = max(1, round(_ATTACKED * listings / (len(recipe.kinds) * len(_STRENGTHS))))
    outcomes: dict[str, list[pd.DataFrame]] = {information: [] for information in cards}
    waits: dict[str, list[float]] = {information: [] for information in cards}
    for number, seed in enumerate(seeds):
        attacks = grid(recipe.kinds, each=each, strengths=_STRENGTHS)
        platform = simulate(replace(_spec_for(recipe, number, listings), attacks=attacks), seed)
        world, truth = review_frame(platform), true_events(platform)
        truth = truth[truth["planted"]].assign(attack=lambda rows: rows["event_id"].str[1:].astype("int64"))
        for information, card in cards.items():
            reviews, least = strip(world, information), card.score_at(recipe.budget)
            planted = Planted(planted_reviews(reviews, truth[["review_key", "attack", "kind", "strength"]]))
            with judged(recipe.open(name), reviews, seed, owners=owner_frame(platform)) as (found, partials, night):
                hits = match(found.evidence, planted.reviews)
                best = hits.best(recipe.scores(found.evidence), planted.attacks["attack"].to_numpy())
                said = planted.attacks.assign(found=best >= least)
                line = least / (least + recipe.half)
                waits[information].extend(delays(recipe.open(name), partials, night, planted, line))
            outcomes[information].append(said)
            say(f"{name}, {information}: attacked world {number + 1} of {len(seeds)}, {int(said['found'].sum())} found")
    return {
        information: replace(
            card,
            budget=recipe.budget,
            recall=recall_rows(pd.concat(outcomes[information])),
            delay=delay_of(waits[information]),
        )
        for information, card in cards.items()
    }


def _data(recipe: Recipe, seeds: Sequence[int], attack_seeds: Sequence[int], listings: int) -> dict[str, Any]:
    return {
        "listings": listings,
        "days": DAYS,
        "seeds": list(seeds),
        "attack_seeds": list(attack_seeds) if recipe.kinds else [],
        "informations": list(recipe.informations),
        "knobs": [dict(each) for each in KNOBS],
    }


def with_profile(card: Card, name: str, seeds: Sequence[int], *, listings: int, say: Say) -> Card:
    """The card with a new profile of the worlds of ``seeds``; nothing else is measured again."""
    recipe = RECIPES[name]
    measured = []
    for number, seed in enumerate(seeds):
        world = recipe.careless(review_frame(simulate(_spec_for(recipe, number, listings), seed)), seed)
        measured += [measure(strip(world, information)) for information in recipe.informations]
        say(f"{name}: world {number + 1} of {len(seeds)}, {len(world)} reviews")
    return replace(card, profile=profile(measured))


def _numbers(said: str) -> tuple[int, ...]:
    """Seeds: ``1000-1005``, ``1,2,7``, or nothing."""
    found: list[int] = []
    for part in filter(None, said.split(",")):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return tuple(found)


def main(arguments: Sequence[str] | None = None) -> None:
    """Make a card and write it."""
    parser = argparse.ArgumentParser(prog="python -m detection.calibrate", description="Make a calibration card.")
    parser.add_argument("detector", choices=sorted(RECIPES))
    parser.add_argument("--seeds", type=_numbers, required=True, help="worlds without attacks, as 1000-1005 or 1,2,7")
    parser.add_argument("--attack-seeds", type=_numbers, default=(), help="attacked worlds, for recall and delay")
    parser.add_argument("--listings", type=int, required=True, help="listings of each world")
    parser.add_argument("--out", type=Path, required=True, help="the card's file")
    parser.add_argument("--profile-only", action="store_true", help="only renew the profile of the card in --out")
    said = parser.parse_args(arguments)
    if set(said.seeds) & set(said.attack_seeds):
        parser.error("--seeds and --attack-seeds must have no world in common")

    def say(line: str) -> None:
        sys.stderr.write(f"{line}\n")

    if said.profile_only:
        kept = read_card({"detector": said.detector, **json.loads(said.out.read_text("utf-8"))})
        card = with_profile(kept, said.detector, said.seeds, listings=said.listings, say=say)
    else:
        card = make_card(said.detector, said.seeds, said.attack_seeds, listings=said.listings, say=say)
    said.out.write_text(write_card(card), "utf-8")


if __name__ == "__main__":
    main()
