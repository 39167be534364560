"""Accounts that a method names, held against planted groups and honest companies."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

MILLION = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """What a method names in one world.

    ``groups`` has a row for each kind of planted group and strength, and for each kind of honest company (strength 0):
    ``kind, strength, accounts, found``. ``others`` are accounts named that belong to neither, of ``accounts`` in all.
    """

    groups: pd.DataFrame
    planted: int
    hit: int
    named: int
    innocent: int
    innocent_named: int
    others: int
    accounts: int

    @property
    def precision(self) -> float:
        """Of the accounts that are named; 1 where none is."""
        return self.hit / self.named if self.named else 1.0

    @property
    def recall(self) -> float:
        """Of the planted accounts."""
        return self.hit / self.planted if self.planted else 1.0

    @property
    def f1(self) -> float:
        """Twice the hits by what is named and what is planted."""
        return 2.0 * self.hit / max(self.named + self.planted, 1)


def score(found: Collection[str], members: pd.DataFrame, accounts: int) -> Named:
    """Hold accounts against ``members`` (``account, kind, planted, strength``; an account may have several rows)."""
    told = members.assign(found=members["account"].isin(list(found)))
    groups = (
        told.drop_duplicates(["kind", "strength", "account"])
        .groupby(["kind", "strength"], sort=True)
        .agg(planted=("planted", "first"), accounts=("account", "size"), found=("found", "sum"))
        .reset_index()
    )
    planted = set(members.loc[members["planted"], "account"])
    innocent = set(members.loc[~members["planted"], "account"]) - planted
    names = set(found)
    return Named(
        groups=groups,
        planted=len(planted),
        hit=len(names & planted),
        named=len(names),
        innocent=len(innocent),
        innocent_named=len(names & innocent),
        others=len(names - planted - innocent),
        accounts=accounts,
    )


def f1_of(found: Collection[str], true: Collection[str]) -> float:
    """F1 of a set of names."""
    one, other = set(found), set(true)
    return 2.0 * len(one & other) / max(len(one) + len(other), 1)


def overview(series: Mapping[str, Sequence[Named]]) -> pd.DataFrame:
    """A row for each method: precision, recall and F1 over accounts, and the innocents that it names, worlds summed."""
    rows = {}
    for name, every in series.items():
        others, accounts = sum(each.others for each in every), sum(each.accounts for each in every)
        rows[name] = {
            "precision": spread([each.precision for each in every]),
            "recall": spread([each.recall for each in every]),
            "F1": spread([each.f1 for each in every]),
            "plain": f"{others:,} of {accounts:,}",
            "per million": f"{MILLION * others / max(accounts, 1):,.0f}",
            "in company": f"{sum(each.innocent_named for each in every):,} of {sum(e.innocent for e in every):,}",
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def recall_by_strength(series: Mapping[str, Sequence[Named]]) -> pd.DataFrame:
    """A row for each method, a column for each planted kind and strength, the strongest first; worlds pooled."""
    return _table(series, planted=True)


def companies(series: Mapping[str, Sequence[Named]]) -> pd.DataFrame:
    """A row for each method, a column for each honest kind: members named, of how many; worlds summed."""
    return _table(series, planted=False)


def _table(series: Mapping[str, Sequence[Named]], *, planted: bool) -> pd.DataFrame:
    rows = {}
    for name, every in series.items():
        groups = pd.concat([each.groups for each in every], ignore_index=True)
        groups = groups[groups["planted"] == planted]
        sums = groups.groupby(["kind", "strength"])[["found", "accounts"]].sum().reset_index()
        sums = sums.sort_values(["kind", "strength"], ascending=[True, False])
        cells = zip(sums["kind"], sums["strength"], sums["found"], sums["accounts"], strict=True)
        rows[name] = {
            f"{kind} {strength}" if planted else kind: f"{found / of:.2f}" if planted else f"{found}/{of}"
            for kind, strength, found, of in cells
        }
    return pd.DataFrame.from_dict(rows, orient="index").fillna("-")


def spread(values: Sequence[float]) -> str:
    """Mean, smallest and largest."""
    return f"{np.mean(values):.2f} ({min(values):.2f}-{max(values):.2f})" if len(values) else "-"


def titled(title: str, table: pd.DataFrame) -> str:
    """A table under its title."""
    return f"\n{title}\n{table.rename_axis(None).rename_axis(None, axis=1).to_string()}"
