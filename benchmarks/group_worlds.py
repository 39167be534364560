"""What the benchmark of groups runs on and runs: worlds by seed, and the accounts that each method names there."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.group_peers import co_review
from benchmarks.group_scores import Named, score
from detection.collusion import Collusion
from detection.engines.local import scan_and_fold, write_shards
from detection.peeling import peel
from detection.protocol import Detector, Findings, Night
from detection.simulate.attacks import grid
from detection.simulate.company import with_company
from detection.simulate.frames import owner_frame, review_frame, true_events
from detection.simulate.platform import Platform, large_spec, simulate
from detection.simulate.world import Attack, Stayed
from store.frames import OWNERS, empty

# A ring below every pair's chance: fifteen accounts, each client reviewed by two of them.
THIN = Attack(kind="ring", strength=2, accounts=15, listings=20, coverage=0.15)
FRAUDAR_BLOCKS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """Reviews (``frames.REVIEWS``), who owns what, and ``members``: ``account, kind, planted, strength``.

    A planted group's members are the accounts that wrote reviews for it; those of an honest company are all that belong
    to it and wrote anything. ``planted`` are the planted reviews: ``review_key, kind, strength``.
    """

    reviews: pd.DataFrame
    owners: pd.DataFrame
    members: pd.DataFrame
    planted: pd.DataFrame

    @property
    def accounts(self) -> int:
        """How many accounts wrote the reviews."""
        return int(self.reviews["reviewer_key"].nunique())


def mixed(camouflage: float) -> tuple[Attack, ...]:
    """Two rings and two circles of owners of every strength."""
    return grid(("ring", "owners"), each=2, camouflage=camouflage)


def weak_rings(each: int = 10) -> tuple[Attack, ...]:
    """Rings of the strengths 3 and 2, and thin ones."""
    return (*grid(("ring",), each=each, strengths=(3, 2)), *[THIN] * each)


def world(
    seed: int, listings: int, attacks: Sequence[Attack], *, texts: bool = False, stayed: Stayed | None = None
) -> Ground:
    """A world of three years with honest companies of all kinds; ``stayed`` is how precisely its stays are told."""
    spec = with_company(large_spec(listings=listings, attacks=tuple(attacks), texts=texts))
    if stayed is not None:
        sources = tuple(replace(source, stayed=stayed) for source in spec.sources)
        spec = replace(spec, sources=sources)
    return ground(simulate(spec, seed), attacks)


def ground(platform: Platform, attacks: Sequence[Attack]) -> Ground:
    """A platform as a ground; ``attacks`` are those that it was simulated with."""
    reviews, truth = review_frame(platform), true_events(platform)
    account = reviews.set_index("review_key")["reviewer_key"]
    planted = truth[truth["planted"]]
    # Attacks are entered in their order; a thin ring has no other mark.
    events = platform.events.loc[platform.events["planted"], "event_id"]
    kinds = {
        event: "thin ring" if attack == THIN else attack.kind for event, attack in zip(events, attacks, strict=True)
    }
    planted = planted.assign(kind=planted["event_id"].map(kinds), account=planted["review_key"].map(account))
    known = set(account.dropna())
    prefix = platform.reviews["platform"].iloc[0] + "/"
    honest = platform.events[~platform.events["planted"]]
    rows = [
        (prefix + name, kind, False, 0)
        for kind, names in zip(honest["kind"], honest["reviewer_ids"], strict=True)
        for name in names
        if prefix + name in known
    ]
    columns = ["account", "kind", "planted", "strength"]
    members = pd.concat([planted[columns], pd.DataFrame(rows, columns=columns)], ignore_index=True)
    return Ground(
        reviews,
        owner_frame(platform),
        members.drop_duplicates(ignore_index=True),
        planted[["review_key", "kind", "strength"]].reset_index(drop=True),
    )


def findings(
    detector: Detector, reviews: pd.DataFrame, owners: pd.DataFrame | None = None, upheld: Sequence[str] = ()
) -> Findings:
    """A detector's findings on the night after the last review."""
    with tempfile.TemporaryDirectory() as folder:
        shards = write_shards(reviews, Path(folder) / "shards", 4)
        partials = scan_and_fold(detector, shards, Path(folder) / "partials")
        last = dt.date(1970, 1, 1) + dt.timedelta(days=int(reviews["day_to"].max()) + 1)
        known = empty(OWNERS) if owners is None else owners
        return detector.conclude(partials, Night(last, shards, owners=known, upheld=upheld))


def accounts_of(found: Findings, reviews: pd.DataFrame) -> set[str]:
    """The accounts of the reviews in evidence."""
    inside = reviews.loc[reviews["review_key"].isin(found.members["review_key"]), "reviewer_key"]
    return set(inside.dropna())


def groups_of(found: Findings) -> list[tuple[set[str], set[str]]]:
    """Accounts and listings of each group in evidence, strongest first."""
    told = found.evidence.sort_values("score", ascending=False, kind="stable")
    facts = [json.loads(each) for each in told["facts"]]
    return [(set(each["accounts"]), set(each["listings"])) for each in facts]


def by_collusion(there: Ground) -> set[str]:
    """Collusion, who owns what being known."""
    return accounts_of(findings(Collusion(), there.reviews, there.owners), there.reviews)


def by_collusion_alone(there: Ground) -> set[str]:
    """Collusion, without the owners."""
    return accounts_of(findings(Collusion(), there.reviews), there.reviews)


def by_fraudar(there: Ground, blocks: int) -> set[str]:
    """The accounts of FRAUDAR's first blocks."""
    told = there.reviews[there.reviews["reviewer_key"].notna()]
    account, names = pd.factorize(told["reviewer_key"], sort=True)
    listing = pd.factorize(told["listing_key"], sort=True)[0]
    found = peel(account.astype("int64"), listing.astype("int64"), blocks=blocks)
    return {str(name) for block in found for name in np.asarray(names, dtype=object)[block.accounts]}


METHODS: Mapping[str, Callable[[Ground], set[str]]] = {
    "collusion": by_collusion,
    "collusion, owners unknown": by_collusion_alone,
    "FRAUDAR, 1 block": lambda there: by_fraudar(there, 1),
    f"FRAUDAR, {FRAUDAR_BLOCKS} blocks": lambda there: by_fraudar(there, FRAUDAR_BLOCKS),
    "3 listings in common": lambda there: co_review(there.reviews),
}


def judged(there: Ground, methods: Sequence[str] = tuple(METHODS)) -> dict[str, Named]:
    """What each method names, held against the truth."""
    return {name: score(METHODS[name](there), there.members, there.accounts) for name in methods}
