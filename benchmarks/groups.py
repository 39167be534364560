"""Groups and accounts planted in simulated worlds, in real reviews and in graphs: what is found, and who else is named.

    python -m benchmarks.groups [--parts NAME,...] [--seeds 6001,...] [--data FOLDER] [--listings 1200]

FOLDER holds ``yelp_nyc/metadata.tsv.gz``. The parts:

- ``worlds``: two rings and two circles of owners of every strength, at camouflage 0, 50 and 80%, beside honest
  companies of all kinds; ``texts``: the same worlds with texts, collusion alone.
- ``rings``: ten rings each of the strengths 3 and 2 and ten thin ones, with texts and without.
- ``yelp``: blocks of a campaign's size planted in YelpNYC (needs ``--data``).
- ``block``: a dense block in a power-law graph, FRAUDAR as published against ``detection.peeling``.
- ``cost``: a whole pass over five million reviews; ``nights``: a night's reviews on top of 1, 5 and 10 million.
- ``travel``: impossible stays by how precisely stays are told; ``accounts``: hands for hire by strength, and
  what is named of all planted accounts before and after the other half of them was upheld.

Figures over seeds are a mean with the smallest and the largest. An account counts as named where a review of its is in
evidence. "Plain" are accounts named that are neither planted nor members of an honest company; several worlds' accounts
are summed. The worlds come from the simulator that the detectors' cards were counted on, by other seeds: new draws, not
another author's idea of a ring. YelpNYC's blocks are planted, too; nobody knows which campaigns the set holds.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import group_cost, group_nights, group_peers, group_singles, group_yelp
from benchmarks.group_history import ACCOUNTS_A_REVIEW
from benchmarks.group_scores import Named, companies, overview, recall_by_strength, titled
from benchmarks.group_worlds import METHODS, Ground, judged, mixed, weak_rings, world

SEEDS = "6001,6002,6003,6004,6005"
CAMOUFLAGE = (0.0, 0.5, 0.8)
WITH_TEXTS = ("collusion", "collusion, owners unknown")


def on_worlds(said: argparse.Namespace, *, texts: bool = False) -> None:
    """Everything that is named in worlds of rings and owners."""
    methods = WITH_TEXTS if texts else tuple(METHODS)
    for camouflage in CAMOUFLAGE:
        make = partial(world, listings=said.listings, attacks=mixed(camouflage), texts=texts)
        series = _series(said.seeds, make, methods)
        told = f"camouflage {camouflage:.0%}{', with texts' if texts else ''}"
        print(titled(f"Accounts named, {told}", overview(series)))
        print(titled(f"Recall by kind and strength, {told}", recall_by_strength(series)))
        print(titled(f"Members of honest companies named, {told}", companies(series)), flush=True)


def on_texts(said: argparse.Namespace) -> None:
    """As ``on_worlds``, with texts."""
    on_worlds(said, texts=True)


def on_rings(said: argparse.Namespace) -> None:
    """Weak rings alone."""
    for texts in (False, True):
        make = partial(world, listings=said.listings, attacks=weak_rings(), texts=texts)
        series = _series(said.seeds, make, ("collusion",))
        told = "with texts" if texts else "without texts"
        print(titled(f"Ten rings each, no camouflage, {told}", overview(series)))
        print(titled(f"Recall by kind and strength, {told}", recall_by_strength(series)), flush=True)


def on_yelp(said: argparse.Namespace) -> None:
    """Campaign-sized blocks in real reviews."""
    table, groups, accounts = group_yelp.table(group_yelp.untouched(said.data), said.seeds)
    print(titled("YelpNYC: F1 over accounts and listings of a planted block, accounts x listings", table))
    print(f"In the untouched set collusion names {groups} groups of {accounts} accounts.", flush=True)


def on_block(said: argparse.Namespace) -> None:
    """The dense block, one graph for each seed."""
    for seed in said.seeds:
        graph = group_peers.power_law(np.random.default_rng(seed), said.edges)
        title = f"Dense block among {len(graph.accounts):,} edges, seed {seed}"
        print(titled(title, group_peers.table(graph)), flush=True)


def on_cost(said: argparse.Namespace) -> None:
    """A whole pass."""
    accounts = round(said.reviews * ACCOUNTS_A_REVIEW)
    table, size = group_cost.table(said.reviews, accounts, said.seeds[0])
    print(titled(f"Cost of collusion, {size}", table), flush=True)


def on_nights(said: argparse.Namespace) -> None:
    """A night's reviews on top of histories."""
    table = group_nights.table(said.histories, said.night, said.seeds[0])
    print(titled(f"A night of {said.night:,} reviews", table.T), flush=True)


def on_travel(said: argparse.Namespace) -> None:
    """Impossible stays."""
    print(
        titled(
            "Impossible stays, by how precisely stays are told", group_singles.travel_table(said.seeds, said.listings)
        )
    )


def on_accounts(said: argparse.Namespace) -> None:
    """Hands for hire."""
    series = {"accounts": group_singles.hands(said.seeds, said.listings)}
    print(titled("Hands for hire", overview(series)))
    print(titled("Recall by strength", recall_by_strength(series)))
    print(titled("Members of honest companies named", companies(series)), flush=True)
    before, after = group_singles.decided(said.seeds, said.listings)
    series = {"accounts": before, "accounts, half upheld": after}
    print(titled("Accounts of five reviews and more, the other half of their kind being upheld", overview(series)))
    print(titled("Recall by kind and strength", recall_by_strength(series)), flush=True)


PARTS: dict[str, Callable[[argparse.Namespace], None]] = {
    "worlds": on_worlds,
    "texts": on_texts,
    "rings": on_rings,
    "yelp": on_yelp,
    "block": on_block,
    "cost": on_cost,
    "nights": on_nights,
    "travel": on_travel,
    "accounts": on_accounts,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the parts that are asked for; 2 where one is unknown or needs data that are absent."""
    said = _arguments(arguments)
    parts = said.parts.split(",") if said.parts else [part for part in PARTS if part != "yelp" or said.data]
    if unknown := sorted(set(parts) - set(PARTS)):
        print(f"no part is called {', '.join(unknown)}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    if "yelp" in parts and not (said.data and (said.data / "yelp_nyc" / "metadata.tsv.gz").is_file()):
        print("part yelp needs --data FOLDER with yelp_nyc/metadata.tsv.gz", file=sys.stderr)
        return 2
    if "yelp" not in parts and not said.parts:
        print("no --data FOLDER: part yelp is left out", file=sys.stderr)
    for part in parts:
        began = time.process_time()
        PARTS[part](said)
        print(f"{part}: {time.process_time() - began:.0f} CPU s", file=sys.stderr, flush=True)
    return 0


def _series(seeds: Sequence[int], make: Callable[[int], Ground], methods: Sequence[str]) -> dict[str, list[Named]]:
    series: dict[str, list[Named]] = {name: [] for name in methods}
    for seed in seeds:
        began = time.process_time()
        there = make(seed)
        for name, named in judged(there, methods).items():
            series[name].append(named)
        cpu = time.process_time() - began
        print(f"seed {seed}: {len(there.reviews):,} reviews, {cpu:.0f} CPU s", file=sys.stderr, flush=True)
    return series


def _numbers(said: str) -> list[int]:
    return [int(each) for each in said.split(",")]


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", help=f"some of {','.join(PARTS)}")
    parser.add_argument("--seeds", type=_numbers, default=SEEDS, help="worlds, plantings and graphs, by seed")
    parser.add_argument("--data", type=Path, help="folder with yelp_nyc/metadata.tsv.gz")
    parser.add_argument("--listings", type=int, default=1200, help="of a world")
    parser.add_argument("--edges", type=int, default=group_peers.EDGES, help="of the graph of part block")
    parser.add_argument("--reviews", type=int, default=5_000_000, help="of part cost")
    parser.add_argument("--histories", type=_numbers, default="1000000,5000000,10000000", help="of part nights")
    parser.add_argument("--night", type=int, default=5000, help="new reviews of part nights")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
