"""Blocks of a campaign's size planted in YelpNYC: 40 accounts on 4 listings, 60 on 10, half of their reviews elsewhere.

The set itself names no campaigns. What is named without a planting is shown beside: a bound on what is named in error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.group_scores import f1_of, spread
from benchmarks.group_worlds import findings, groups_of
from benchmarks.yelp import read
from detection.collusion import Collusion
from detection.peeling import peel
from store.snapshot import RAW_COLUMNS, derive

YEAR, DAYS, NEARBY_DAYS = 365, 14, 180
TOP_SHARE = 0.88
FRAUDAR_BLOCKS = 10
Names = set[str]


@dataclass(frozen=True, slots=True)
class Size:
    """A block: so many accounts, each of which reviews the same share of so many listings."""

    accounts: int
    listings: int
    density: float

    def __str__(self) -> str:
        return f"{self.accounts} x {self.listings}"


SIZES = (Size(40, 4, 1.0), Size(60, 10, 0.8))


@dataclass(frozen=True, slots=True, eq=False)
class Planted:
    """Raw reviews with a block inside, its accounts and its listings."""

    raw: pd.DataFrame
    accounts: Names
    listings: Names

    @property
    def nodes(self) -> Names:
        """Accounts and listings together; their keys differ."""
        return self.accounts | self.listings


def untouched(data: Path) -> pd.DataFrame:
    """All reviews of the set, filtered ones too, in the columns of ``store.snapshot.RAW_COLUMNS``."""
    rows = read(data)
    day = pd.to_datetime(rows["day"]).astype("datetime64[s]")
    return pd.DataFrame(
        {
            **dict.fromkeys(RAW_COLUMNS),
            "review_key": rows["review_id"],
            "listing_key": "listing/" + rows["business"].astype("str"),
            "platform": "yelp",
            "kind": "restaurant",
            "city": "New York",
            "country": "US",
            "reviewer_key": "account/" + rows["user"].astype("str"),
            "rating": rows["rating"],
            "rating_worst": 1.0,
            "rating_best": 5.0,
            "published_from": day,
            "published_to": day,
        }
    )


def plant(raw: pd.DataFrame, size: Size, rng: np.random.Generator) -> Planted:
    """A block by new accounts within two weeks of the last three years, on listings open before and after.

    Its reviews have five stars (88%) or four. Each account writes as many of other listings, within half a year of the
    block: a listing, a day and stars as reviews of those days have them, so by popularity.
    """
    day = raw["published_to"].to_numpy().astype("datetime64[D]").astype("int64")
    start = int(rng.integers(day.max() - 3 * YEAR, day.max() - DAYS - NEARBY_DAYS))
    spans = pd.DataFrame({"listing": raw["listing_key"], "day": day}).groupby("listing", sort=True)["day"]
    opened, newest = spans.min(), spans.max()
    settled = opened.index[(opened < start - 60) & (newest > start + DAYS)].to_numpy(dtype=object)
    chosen = rng.choice(settled, size.listings, replace=False)
    each = round(size.density * size.listings)
    near = (np.abs(day - start) <= NEARBY_DAYS) & ~raw["listing_key"].isin(chosen).to_numpy()
    models = raw[near].reset_index(drop=True)
    names = [f"account/planted-{number:03d}" for number in range(size.accounts)]
    inside = pd.DataFrame(
        {
            "reviewer_key": np.repeat(names, each),
            "listing_key": np.concatenate([rng.choice(chosen, each, replace=False) for _ in names]),
            "day": start + rng.integers(0, DAYS, size.accounts * each),
            "rating": np.where(rng.random(size.accounts * each) < TOP_SHARE, 5.0, 4.0),
        }
    )
    # Some to spare: nobody reviews a listing twice.
    drawn = models.iloc[rng.integers(0, len(models), size.accounts * each * 4)]
    outside = pd.DataFrame(
        {
            "reviewer_key": np.repeat(names, 4 * each),
            "listing_key": drawn["listing_key"].to_numpy(),
            "day": drawn["published_to"].to_numpy().astype("datetime64[D]").astype("int64"),
            "rating": drawn["rating"].to_numpy(),
        }
    ).drop_duplicates(["reviewer_key", "listing_key"])
    outside = outside[outside.groupby("reviewer_key").cumcount() < each]
    written = pd.concat([inside, outside], ignore_index=True)
    said = raw.iloc[:1].drop(columns=["listing_key", "reviewer_key", "rating", "published_from", "published_to"])
    new = said.iloc[np.zeros(len(written), dtype=int)].reset_index(drop=True)
    new["review_key"] = [f"planted-{number:05d}" for number in range(len(written))]
    date = written["day"].to_numpy().astype("datetime64[D]").astype("datetime64[s]")
    new = new.assign(**{name: written[name] for name in ("listing_key", "reviewer_key", "rating")})
    new = new.assign(published_from=date, published_to=date)[list(raw.columns)]
    together = pd.concat([raw, new.astype(raw.dtypes.to_dict())], ignore_index=True)
    return Planted(together, set(names), {str(name) for name in chosen})


def named_groups(raw: pd.DataFrame) -> list[tuple[Names, Names]]:
    """Accounts and listings of the groups that collusion names."""
    return groups_of(findings(Collusion(), derive(raw)))


def apart_from(
    groups: Sequence[tuple[Names, Names]], known: Sequence[tuple[Names, Names]]
) -> list[tuple[Names, Names]]:
    """The groups most of whose accounts are in none of the known ones."""
    before = set().union(*(accounts for accounts, _ in known)) if known else set()
    return [(accounts, listings) for accounts, listings in groups if 2 * len(accounts & before) < len(accounts)]


def fraudar(raw: pd.DataFrame, blocks: int = FRAUDAR_BLOCKS) -> list[Names]:
    """The nodes of FRAUDAR's first blocks."""
    account, accounts = pd.factorize(raw["reviewer_key"], sort=True)
    listing, listings = pd.factorize(raw["listing_key"], sort=True)
    found = peel(account.astype("int64"), listing.astype("int64"), blocks=blocks)
    return [{*accounts[block.accounts], *listings[block.listings]} for block in found]


def scores(planted: Planted, known: Sequence[tuple[Names, Names]]) -> dict[str, float]:
    """F1 over accounts and listings of each reading of each method; "best" is chosen with the truth."""
    groups = named_groups(planted.raw)
    blocks = fraudar(planted.raw)

    def together(some: Sequence[tuple[Names, Names]]) -> float:
        nodes: Names = set().union(*(accounts | listings for accounts, listings in some)) if some else set()
        return f1_of(nodes, planted.nodes)

    return {
        "collusion, all groups": together(groups),
        "collusion, new groups": together(apart_from(groups, known)),
        "collusion, best group": max((together([group]) for group in groups), default=0.0),
        "FRAUDAR, 1st block": f1_of(blocks[0], planted.nodes),
        f"FRAUDAR, best of {FRAUDAR_BLOCKS}": max(f1_of(block, planted.nodes) for block in blocks),
    }


def table(raw: pd.DataFrame, seeds: Sequence[int], sizes: Sequence[Size] = SIZES) -> tuple[pd.DataFrame, int, int]:
    """F1 by method and size; how many groups, of how many accounts, are named in the untouched set."""
    known = named_groups(raw)
    columns: dict[str, dict[str, str]] = {}
    for size in sizes:
        every = [scores(plant(raw, size, np.random.default_rng([seed, size.accounts])), known) for seed in seeds]
        columns[str(size)] = {name: spread([each[name] for each in every]) for name in every[0]}
    accounts: Names = set().union(*(group for group, _ in known)) if known else set()
    return pd.DataFrame(columns), len(known), len(accounts)
