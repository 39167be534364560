"""From pairs of accounts to groups, each tested as a whole."""

from __future__ import annotations

from collections.abc import Iterator

import networkx as nx
import numpy as np
import pandas as pd

from detection.crowds import Crowds, town_hash
from detection.hashing import Ints, hashed
from detection.meetings import Floats
from detection.members import QUARTER_DAYS, QUARTERS, SHAPE, Group, Members, Windows, expected_meetings
from detection.protocol import Night
from detection.tails import negative_binomial

_LARGEST_COMMUNITY = 200
_LEAST_SURPRISE = 1.3
_PAIRS_AT_ONCE = 5_000

_DETAILS = (
    "review_key",
    "listing_key",
    "platform",
    "city",
    "country",
    "reviewer_key",
    "rating",
    "day_from",
    "day_to",
)


def find_groups(
    pairs: pd.DataFrame,
    crowds: Crowds,
    night: Night,
    *,
    accounts: int,
    near_days: int,
    wide_days: int,
    agreement: float,
    least_group: int,
) -> list[Group]:
    """Groups of at least ``least_group`` accounts, strongest first, each tested on all of its pairs' meetings.

    ``pairs`` holds ``a, b`` (account hashes) and how often they met (``near``, ``wide``).
    """
    if pairs.empty:
        return []
    windows = Windows(near_days, wide_days, agreement)
    details = night.snapshot.where("reviewer_key", np.unique(pairs[["a", "b"]].to_numpy()), _DETAILS)
    details = details.assign(account=hashed(details["reviewer_key"]), town=pd.factorize(town_hash(details))[0])
    details["share"] = crowds.shares(details)
    visits = details.groupby(["account", "town"])["review_key"].transform("size")
    details["activity"] = 2.0 * visits / crowds.days
    surprise = _pair_surprise(pairs, details, windows)
    # So low that a ring hangs together, so high that an account has some tens of chance neighbours at the most; the
    # group's own test and the peeling sort out the rest.
    kept = surprise >= max(_LEAST_SURPRISE, np.log10(max(accounts, 1)) - 1.5)
    graph = nx.Graph()
    for a, b, weight in zip(pairs["a"][kept], pairs["b"][kept], surprise[kept], strict=True):
        graph.add_edge(int(a), int(b), weight=float(weight))
    groups = []
    for community in _communities(graph, least_group, night.seed):
        reviews = details[np.isin(details["account"], community)].reset_index(drop=True)
        group = Members(reviews, crowds, windows).strongest(least_group, accounts)
        if group is not None:
            groups.append(group)
    groups.sort(key=lambda group: (-group.score, str(group.reviews["review_key"].iloc[0])))
    return _apart(groups)


def _apart(groups: list[Group]) -> list[Group]:
    """The groups, strongest first, without those that share half their accounts with a stronger one."""
    taken: set[str] = set()
    kept = []
    for group in groups:
        accounts = set(group.reviews["reviewer_key"])
        if len(accounts & taken) < len(accounts) / 2:
            taken |= accounts
            kept.append(group)
    return kept


def _pair_surprise(pairs: pd.DataFrame, details: pd.DataFrame, windows: Windows) -> Floats:
    """-log10 of the tail of each pair's meetings, given when and in which towns both were about."""
    ordered = details.sort_values("account", kind="stable")
    codes = ordered["account"].to_numpy()
    days, town, share, activity = (ordered[name].to_numpy() for name in ("day_to", "town", "share", "activity"))
    surprise = np.zeros(len(pairs))
    for start in range(0, len(pairs), _PAIRS_AT_ONCE):
        part = pairs.iloc[start : start + _PAIRS_AT_ONCE]
        which, one, other = _cross(codes, part["a"].to_numpy(), part["b"].to_numpy())
        apart = np.abs(days[one].astype("int64") - days[other])
        chance = np.where(town[one] == town[other], (share[one] + share[other]) / 2.0, 0.0)
        here = town[one] * QUARTERS + days[one] // QUARTER_DAYS
        best = np.zeros(len(part))
        for name, within in (("near", windows.near_days), ("wide", windows.wide_days)):
            about = np.clip(activity[one] * activity[other] * within**2, 0.0, 1.0) ** 0.5
            soon = apart <= within
            mean = expected_meetings(which[soon], here[soon], chance[soon], about[soon], len(part))
            shape = np.full(len(part), SHAPE)
            best = np.maximum(best, negative_binomial(part[name].to_numpy(), np.maximum(mean, 1e-6), shape))
        surprise[start : start + len(part)] = best
    return surprise


def _cross(codes: Ints, left: Ints, right: Ints) -> tuple[Ints, Ints, Ints]:
    """For each pair of codes, every combination of their rows in the sorted ``codes``: pair, row, row."""
    left_start, right_start = np.searchsorted(codes, left), np.searchsorted(codes, right)
    left_size = np.searchsorted(codes, left, side="right") - left_start
    right_size = np.searchsorted(codes, right, side="right") - right_start
    number = left_size * right_size
    which = np.repeat(np.arange(len(left)), number)
    offset = np.arange(len(which)) - np.repeat(np.cumsum(number) - number, number)
    one = left_start[which] + offset // np.maximum(right_size[which], 1)
    other = right_start[which] + offset % np.maximum(right_size[which], 1)
    return which, one, other


def _communities(graph: nx.Graph, least: int, seed: int) -> Iterator[list[int]]:
    for component in sorted(nx.connected_components(graph), key=min):
        if len(component) < least:
            continue
        inner = nx.Graph()
        inner.add_nodes_from(sorted(component))
        inner.add_weighted_edges_from(sorted(graph.subgraph(component).edges(data="weight")))
        # A ring in a small town is the core of a component; in a city it is one community of a large one.
        parts = [] if len(component) < 8 else nx.community.louvain_communities(inner, seed=seed)
        degree = dict(inner.degree(weight="weight"))
        for community in (component, *sorted(parts, key=min)):
            if len(community) >= least:
                yield sorted(sorted(community, key=lambda node: (-degree[node], node))[:_LARGEST_COMMUNITY])
