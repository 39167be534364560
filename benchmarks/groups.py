"""Rings planted in simulated worlds: how many of their accounts are found, and who else is named.

Plain co-review (accounts that share three listings or more) of the same worlds stands beside it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
import time
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import networkx as nx
import pandas as pd

from detection.collusion import Collusion
from detection.engines.local import scan_and_fold, write_shards
from detection.protocol import Night
from detection.simulate.attacks import grid
from detection.simulate.frames import review_frame
from detection.simulate.platform import Platform, large_spec, simulate

INNOCENT = ("couple", "food_club", "elite_group")


def world(seed: int, camouflage: float, listings: int) -> Platform:
    """A world with two rings of each strength from 5 to 2."""
    attacks = grid(("ring",), each=2, strengths=(5, 4, 3, 2), camouflage=camouflage)
    return simulate(replace(large_spec(listings=listings, attacks=attacks), weekly_sd=0.18, daily_shape=20.0), seed)


def found_by_collusion(reviews: pd.DataFrame) -> set[str]:
    """The accounts in evidence."""
    detector = Collusion()
    with tempfile.TemporaryDirectory() as folder:
        shards = write_shards(reviews, Path(folder) / "shards", 4)
        partials = scan_and_fold(detector, shards, Path(folder) / "partials")
        found = detector.conclude(partials, Night(dt.date(2030, 1, 1), shards))
    account = reviews.set_index("review_key")["reviewer_key"]
    return set(account.reindex(found.members["review_key"]))


def found_by_co_review(reviews: pd.DataFrame, least: int = 3) -> set[str]:
    """Accounts in components of the graph of pairs with ``least`` listings in common (listings of 200 at the most)."""
    shared: dict[tuple[str, str], int] = {}
    for _, accounts in reviews[reviews["reviewer_reviews"] >= least].groupby("listing_key")["reviewer_key"]:
        there = sorted(set(accounts))
        for pair in combinations(there, 2) if len(there) <= 200 else ():
            shared[pair] = shared.get(pair, 0) + 1
    graph = nx.Graph([pair for pair, number in shared.items() if number >= least])
    return {account for part in nx.connected_components(graph) if len(part) >= 3 for account in part}


def row(name: str, found: set[str], platform: Platform) -> str:
    """Precision, recall and F1 over accounts, recall by strength, and the innocents named."""
    events = platform.events
    prefix = platform.reviews["platform"].iloc[0] + "/"
    accounts = {
        event: {prefix + account for account in ids}
        for event, ids in zip(events["event_id"], events["reviewer_ids"], strict=True)
    }
    rings = events[events["kind"] == "ring"]
    planted = set().union(*(accounts[event] for event in rings["event_id"]))
    innocent = set().union(*(accounts[event] for event in events.loc[events["kind"].isin(INNOCENT), "event_id"]))
    hit = len(found & planted)
    precision, recall = hit / max(len(found), 1), hit / len(planted)
    by_strength = []
    for strength in (5, 4, 3, 2):
        some = set().union(*(accounts[event] for event in rings.loc[rings["strength"] == strength, "event_id"]))
        by_strength.append(f"{len(found & some) / len(some):.2f}")
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    others = len(found - planted - innocent)
    return (
        f"{name:<22}{precision:>10.2f}{recall:>8.2f}{f1:>7.2f}   {' '.join(by_strength)}"
        f"{len(found & innocent):>10}{others:>8}"
    )


def main() -> None:
    """Print a row for each world and method."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="31,32,33", help="worlds, by seed")
    parser.add_argument("--listings", type=int, default=1200)
    arguments = parser.parse_args()
    heads = f"{'precision':>10}{'recall':>8}{'F1':>7}   by strength 5 4 3 2{'clubs':>10}{'plain':>8}"
    print(f"{'world and method':<22}{heads}")
    for camouflage in (0.0, 0.5, 0.8):
        for seed in (int(each) for each in arguments.seeds.split(",")):
            platform = world(seed, camouflage, arguments.listings)
            reviews = review_frame(platform)
            began = time.process_time()
            found = found_by_collusion(reviews)
            cpu = time.process_time() - began
            print(f"camouflage {camouflage:.0%}, seed {seed}, {len(reviews):,} reviews, {cpu:.0f} CPU s")
            print(row("  collusion", found, platform))
            print(row("  plain co-review", found_by_co_review(reviews), platform), flush=True)


if __name__ == "__main__":
    main()
