"""Collusion: accounts that meet on the same listings more often than accounts of their habits would."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detection.arrays import Floats, Ints
from detection.cards import Card, load_card
from detection.crowds import Crowds, month_of, town_hash
from detection.findings import evidence_frame, evidence_row, rounded
from detection.group_evidence import DETAILS, Group, Judge
from detection.group_ratings import HIGH, LOW
from detection.groups import Pairs, find_rings
from detection.hashing import hashed
from detection.meetings import meet
from detection.peeling import peel
from detection.protocol import Findings, Fold, Night, abstention_rows, evidence_key
from detection.reciprocity import find_reciprocity
from detection.visits import Visits, firsts
from store.frames import MEMBERS, SIGNALS, build, empty

# Rows of the partials: a pair of accounts; an account; a town's, a listing's month; reviews without an account; a
# listing with its town.
PAIR, ACCOUNT, TOWN, LISTING, ANONYMOUS, PLACE = 0, 1, 2, 3, 4, 5
_TOTALS = ("high", "low", "rating", "reviews", "kept")
_ALWAYS_KEPT = 2.0

# FRAUDAR's densest blocks; a larger one is a platform's keen reviewers and popular places.
_DENSE_BLOCKS, _LARGEST_BLOCK = 3, 300


@dataclass(frozen=True)
class Collusion:
    """Claim: these accounts met on the same listings more often than accounts of their habits do by chance.

    Null model: an account comes to a town as often as its habits say, in its active time, and falls on a listing as the
    town's guests do in those days, the group's own reviews left out. A second listing in the same town and month counts
    little: who is there goes about.
    Statistic: the block of accounts by listings that fits best, grown from two accounts that met surprisingly often; in
    it a member goes to each client with one probability, everybody else by habit. Each member's likelihood ratio must
    pay for all accounts that it was chosen from. The score is the smaller of two surprises in decades: what is left of
    that, summed; and of its ratings lying at one end of the scale, or its texts being alike. False alarms are counted
    on simulated worlds without rings, with clubs, couples, families, tours and lists that many follow (the card).
    With an owner-to-listing table, owners who praise one another's listings in return are found as well.
    Innocent explanations: couples and families, clubs, colleagues, tour groups, events for active reviewers, people
    who follow the same published list, a small town with few places.
    Cost: the pairs of reviews of each listing, crowds capped; then the neighbourhoods of pairs that stand out, each
    searched by itself and kept in the night's memo.
    Source: Mukherjee et al., WWW 2012 (group indicators); Hooi et al., KDD 2016 (dense blocks, one more place to look);
    Phipson and Smyth, 2010 (permutation p-values); the null model and the block are this project's own
    (docs/detectors.md).
    """

    near_days: int = 21
    least_account_reviews: int = 3
    least_group: int = 3
    wide_days: int = 60
    most_crowd: int = 300
    agreement: float = 0.26
    permutations: int = 999
    false_groups_per_100k_accounts: float = 2.0
    least_decades: float = 6.5
    card: Card | None = None

    name: ClassVar[str] = "collusion"
    version: ClassVar[int] = 2
    columns: ClassVar[tuple[str, ...]] = (
        "review_key",
        "listing_key",
        "platform",
        "city",
        "country",
        "reviewer_key",
        "reviewer_reviews",
        "rating",
        "day_from",
        "day_to",
    )
    partial: ClassVar[Mapping[str, str]] = {
        "role": "int8",
        "a": "int64",
        "b": "int64",
        "high": "float64",
        "low": "float64",
        "rating": "float64",
        "reviews": "float64",
        "kept": "float64",
    }
    fold: ClassVar[Fold | None] = Fold(by=("role", "a", "b"), total=_TOTALS, at_least=("kept", _ALWAYS_KEPT))

    def scan(self, reviews: pd.DataFrame) -> pd.DataFrame:
        named = reviews["reviewer_key"].notna().to_numpy()
        known, names = pd.factorize(reviews["listing_key"])
        listings = hashed(names.to_series())[known]
        parts = [
            _totals(ANONYMOUS, listings[~named], np.zeros(np.count_nonzero(~named), dtype="int64")),
            *_places(reviews, listings),
        ]
        judged = reviews[named & (reviews["reviewer_reviews"] >= self.least_account_reviews).to_numpy()]
        if len(judged):
            parts.extend(self._meetings(judged.sort_values(["listing_key", "day_to", "review_key"])))
        return pd.concat(parts, ignore_index=True)[list(self.partial)].astype(dict(self.partial))

    def _meetings(self, reviews: pd.DataFrame) -> list[pd.DataFrame]:
        account, names = pd.factorize(reviews["reviewer_key"])
        accounts = hashed(pd.Series(names))
        listings = pd.factorize(reviews["listing_key"])[0].astype("int64")
        rating = reviews["rating"].to_numpy()
        met = meet(
            listings, reviews["day_to"].to_numpy().astype("int64"), within_days=self.wide_days, most=self.most_crowd
        )
        # A review that lies anywhere in half a year meets nobody.
        precise = (reviews["day_to"] - reviews["day_from"]).to_numpy() <= self.wide_days
        told = np.abs(rating[met.first] - rating[met.second]) <= self.agreement
        told &= (account[met.first] != account[met.second]) & precise[met.first] & precise[met.second]
        return [
            _pairs(account[met.first[told]], account[met.second[told]], accounts),
            _rows(ACCOUNT, a=accounts, reviews=1.0),
        ]

    def conclude(self, partials: pd.DataFrame, night: Night) -> Findings:
        card = self.card or load_card(self.name)
        # The simulated worlds' friends rate as everybody does; real ones may be more easily delighted.
        wanted = max(card.score_at(self.false_groups_per_100k_accounts), self.least_decades)
        crowds = Crowds.of(_of(partials, TOWN), _of(partials, LISTING))
        groups = [*self._rings(partials, crowds, night, wanted), *find_reciprocity(night, crowds, _of(partials, PLACE))]
        rows, members = [], []
        for group in sorted(groups, key=lambda group: (-group.score, group.subject)):
            if group.score >= wanted:
                row, inside = self._evidence(group, card)
                rows.append(row)
                members.append(inside)
        evidence = evidence_frame(rows)
        inside_reviews = pd.concat([empty(MEMBERS), *members], ignore_index=True)
        without = night.snapshot.where(
            "listing_key", _of(partials, ANONYMOUS)["a"].to_numpy(), ("listing_key", "reviewer_key")
        )
        without = without[without["reviewer_key"].isna()]
        return Findings(
            evidence,
            inside_reviews,
            _signals(evidence, inside_reviews),
            abstention_rows(self.name, without["listing_key"], "no_reviewer_ids"),
        )

    def _rings(self, partials: pd.DataFrame, crowds: Crowds, night: Night, wanted: float) -> list[Group]:
        met = _of(partials, PAIR)
        if met.empty:
            return []
        details = night.snapshot.where("reviewer_key", np.unique(met[["a", "b"]].to_numpy()), DETAILS)
        visits = Visits.of(details, crowds)
        known = hashed(visits.names.to_series())
        order = np.argsort(known)
        one, other = (order[np.searchsorted(known[order], met[name].to_numpy())] for name in ("a", "b"))
        pairs = Pairs.of(
            np.minimum(one, other), np.maximum(one, other), met["kept"].to_numpy(), visits, crowds, self.wide_days
        )
        blocks = [
            block
            for block in peel(visits.account, visits.listing, blocks=_DENSE_BLOCKS)
            if len(block.accounts) <= _LARGEST_BLOCK
        ]
        rings = find_rings(
            pairs,
            visits,
            crowds,
            accounts=int((partials["role"] == ACCOUNT).sum()),
            within_days=self.wide_days,
            least=self.least_group,
            memo=night.memo,
            dense=[block.accounts for block in blocks],
        )
        judge = Judge(
            visits,
            crowds,
            near_days=self.near_days,
            wide_days=self.wide_days,
            agreement=self.agreement,
            permutations=self.permutations,
            seed=night.seed,
            dense=blocks,
        )
        return judge.groups(rings, night.snapshot, _of(partials, PLACE), _of(partials, LISTING), wanted)

    def _evidence(self, group: Group, card: Card) -> tuple[dict[str, object], pd.DataFrame]:
        reviews = group.reviews
        first, last = int(reviews["day_to"].min()), int(reviews["day_to"].max())
        key = evidence_key(self.name, group.subject, first)
        facts = {**group.facts, "false_groups_per_100k_accounts": rounded(card.rate(group.score))}
        row = evidence_row(
            self,
            key,
            ("group", f"G-{key[:10]}"),
            (first, last),
            score=group.score / (group.score + 10.0),
            p_value=card.p_value(np.array([group.score]))[0],
            effect=group.effect,
            reviews=len(reviews),
            facts=facts,
        )
        inside = build(
            {
                "evidence_key": key,
                "review_key": reviews["review_key"].to_numpy(),
                "role": "member",
                "weight": reviews["weight"].to_numpy(),
            },
            MEMBERS,
        )
        return row, inside


def _places(reviews: pd.DataFrame, listings: Ints) -> list[pd.DataFrame]:
    towns = town_hash(reviews)
    months = month_of(reviews["day_to"].to_numpy().astype("int64"))
    rating = reviews["rating"].to_numpy()
    high, low = (rating >= HIGH).astype("float64"), (rating <= LOW).astype("float64")
    return [
        _totals(TOWN, towns, months),
        _totals(LISTING, listings, months, high=high, low=low, rating=rating),
        _totals(PLACE, listings, towns),
    ]


def _of(partials: pd.DataFrame, role: int) -> pd.DataFrame:
    return partials[partials["role"] == role]


def _pairs(first: Ints, second: Ints, accounts: Ints) -> pd.DataFrame:
    """How often each two accounts met, from the meetings' numbers of accounts."""
    pair, met = np.unique(np.minimum(first, second) * len(accounts) + np.maximum(first, second), return_counts=True)
    one, other = accounts[pair // len(accounts)], accounts[pair % len(accounts)]
    return _rows(PAIR, a=np.minimum(one, other), b=np.maximum(one, other), kept=met.astype("float64"))


def _rows(role: int, **columns: NDArray[np.generic] | float) -> pd.DataFrame:
    rows = pd.DataFrame({"b": 0, **dict.fromkeys(_TOTALS, 0.0), **columns, "role": role})
    return rows if "kept" in columns else rows.assign(kept=_ALWAYS_KEPT)


def _totals(role: int, a: Ints, b: Ints, **sums: Floats) -> pd.DataFrame:
    """For each two numbers that stand together how many reviews there are, and what some columns come to."""
    order = np.lexsort((b, a))
    a, b = a[order], b[order]
    begin = np.flatnonzero(firsts(a, b))
    totals = {name: np.add.reduceat(values[order], begin) if len(begin) else values for name, values in sums.items()}
    return _rows(role, a=a[begin], b=b[begin], reviews=np.diff(begin, append=len(a)), **totals)


def _signals(evidence: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    if evidence.empty:
        return empty(SIGNALS)
    merged = members.merge(evidence[["evidence_key", "p_value"]], on="evidence_key")
    smallest = merged.groupby("review_key")["p_value"].min().reset_index()
    return smallest.astype(dict(SIGNALS))
