"""Collusion: accounts that meet on the same listings more often than accounts of their habits would."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detection.cards import Card, load_card
from detection.crowds import Crowds, month_of, town_hash
from detection.groups import find_groups
from detection.hashing import Ints, hashed
from detection.meetings import Floats, Meetings, meet
from detection.members import HIGH, LOW, Group
from detection.protocol import Findings, Fold, Night, abstention_rows, evidence_key
from store.frames import EVIDENCE, MEMBERS, SIGNALS, build, empty

# Rows of the partials: a pair of accounts; an account; a town's, a listing's month; reviews without an account.
PAIR, ACCOUNT, TOWN, LISTING, ANONYMOUS = 0, 1, 2, 3, 4
_TOTALS = ("near", "wide", "rating", "reviews", "kept")
_ALWAYS_KEPT = 2.0


@dataclass(frozen=True)
class Collusion:
    """Claim: these accounts met on the same listings more often than accounts of their habits do by chance.

    Null model: when and in which town an account reviews is its own; which listing it is, is drawn as that town's
    reviews of those months lie. So two accounts that are about at the same time meet at one listing, within
    ``near_days`` (or ``wide_days``), with a known mean; times the group's common taste, as its meetings further apart
    in time show it; the count is gamma-Poisson about it. The group's own reviews are left out of the crowd.
    Statistic: for a group, the smaller of two surprises (decimal logarithms): of all its pairs' meetings together, less
    the number of ways to choose such a group; and of its ratings lying at one end of the scale. Its false alarms are
    counted on simulated worlds without rings, with clubs and couples (the card).
    Innocent explanations: couples and families, clubs, colleagues, tour groups, events for active reviewers, a small
    town with few places.
    Cost: the pairs of reviews of each listing, crowds capped; then only groups.
    Source: Mukherjee et al., WWW 2012 (group indicators); the null model is this project's own (docs/detectors.md).
    """

    near_days: int = 21
    least_account_reviews: int = 3
    least_group: int = 3
    wide_days: int = 60
    near_crowd: int = 120
    wide_crowd: int = 300
    agreement: float = 0.26
    false_groups_per_100k_accounts: float = 10.0
    card: Card | None = None

    name: ClassVar[str] = "collusion"
    version: ClassVar[int] = 1
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
        "near": "float64",
        "wide": "float64",
        "rating": "float64",
        "reviews": "float64",
        "kept": "float64",
    }
    fold: ClassVar[Fold | None] = Fold(by=("role", "a", "b"), total=_TOTALS, at_least=("kept", _ALWAYS_KEPT))

    def scan(self, reviews: pd.DataFrame) -> pd.DataFrame:
        anonymous = reviews["reviewer_key"].isna()
        parts = [_totals(ANONYMOUS, hashed(reviews.loc[anonymous, "listing_key"]), 0, reviews=1.0)]
        judged = reviews[~anonymous & (reviews["reviewer_reviews"] >= self.least_account_reviews)]
        if len(judged):
            parts.extend(self._meetings(judged.sort_values(["listing_key", "day_to", "review_key"])))
        return pd.concat(parts, ignore_index=True)[list(self.partial)].astype(dict(self.partial))

    def _meetings(self, reviews: pd.DataFrame) -> list[pd.DataFrame]:
        accounts, towns = hashed(reviews["reviewer_key"]), town_hash(reviews)
        listings = pd.factorize(reviews["listing_key"])[0].astype("int64")
        days, rating = reviews["day_to"].to_numpy().astype("int64"), reviews["rating"].to_numpy()
        precise = (reviews["day_to"] - reviews["day_from"]).to_numpy() <= self.near_days
        near = meet(listings, days, within_days=self.near_days, most=self.near_crowd)
        wide = meet(listings, days, within_days=self.wide_days, most=self.wide_crowd)
        soon = self._alike(near, accounts, rating) & precise[near.first] & precise[near.second]
        return [
            _pairs(accounts, wide, self._alike(wide, accounts, rating), wide=1.0, kept=1.0),
            _pairs(accounts, near, soon, near=1.0),
            _totals(ACCOUNT, accounts, 0, reviews=1.0),
            _totals(TOWN, towns, month_of(days), reviews=1.0),
            _totals(
                LISTING,
                hashed(reviews["listing_key"]),
                month_of(days),
                near=(rating >= HIGH).astype("float64"),
                wide=(rating <= LOW).astype("float64"),
                rating=rating,
                reviews=1.0,
            ),
        ]

    def _alike(self, meetings: Meetings, accounts: Ints, rating: Floats) -> NDArray[np.bool_]:
        first, second = meetings.first, meetings.second
        alike = np.abs(rating[first] - rating[second]) <= self.agreement
        return np.asarray(alike & (accounts[first] != accounts[second]))

    def conclude(self, partials: pd.DataFrame, night: Night) -> Findings:
        card = self.card or load_card(self.name)
        role = partials["role"]
        unjudged = partials[role == ANONYMOUS]
        found = find_groups(
            partials[role == PAIR],
            Crowds.of(partials[role == TOWN], partials[role == LISTING]),
            night,
            accounts=int((role == ACCOUNT).sum()),
            near_days=self.near_days,
            wide_days=self.wide_days,
            agreement=self.agreement,
            least_group=self.least_group,
        )
        wanted = card.score_at(self.false_groups_per_100k_accounts)
        rows, members = [], []
        for group in found:
            if group.score >= wanted:
                row, inside = self._evidence(group, card)
                rows.append(row)
                members.append(inside)
        evidence = pd.DataFrame(rows, columns=list(EVIDENCE)).astype(dict(EVIDENCE))
        inside_reviews = pd.concat([empty(MEMBERS), *members], ignore_index=True)
        without = night.snapshot.where("listing_key", unjudged["a"].to_numpy(), ("listing_key", "reviewer_key"))
        without = without[without["reviewer_key"].isna()]
        return Findings(
            evidence,
            inside_reviews,
            _signals(evidence, inside_reviews),
            abstention_rows(self.name, without["listing_key"], "no_reviewer_ids"),
        )

    def _evidence(self, group: Group, card: Card) -> tuple[dict[str, object], pd.DataFrame]:
        reviews = group.reviews
        accounts = list(dict.fromkeys(reviews["reviewer_key"]))
        listings = list(reviews["listing_key"].value_counts().index)
        key = evidence_key(self.name, "\0".join(sorted(accounts)), int(reviews["day_to"].min()))
        others = reviews["rating"].mean() - group.usual_rating
        facts = {
            "accounts": accounts,
            "listings": listings,
            "pairs": group.pairs,
            "shared": int(group.met),
            "expected": _rounded(group.expected),
            "within_days": self.near_days,
            "near_share": _rounded(group.near_share),
            "agreement": _rounded(group.agreement),
            "rating_lift": _rounded(others),
            "cells": [
                [accounts.index(account), listings.index(listing), str(np.datetime64(int(day), "D")), _rounded(rating)]
                for account, listing, day, rating in zip(
                    reviews["reviewer_key"], reviews["listing_key"], reviews["day_to"], reviews["rating"], strict=True
                )
            ],
            "false_groups_per_100k_accounts": _rounded(card.rate(group.score)),
        }
        row = {
            "evidence_key": key,
            "detector": self.name,
            "version": self.version,
            "subject_kind": "group",
            "subject_id": f"G-{key[:10]}",
            "window_start": int(reviews["day_to"].min()),
            "window_end": int(reviews["day_to"].max()),
            "score": _rounded(group.score / (group.score + 10.0)),
            "p_value": _rounded(float(card.p_value(np.array([group.score]))[0])),
            "q_value": np.nan,
            "effect": _rounded(group.met / max(group.expected, 0.01)),
            "n_reviews": len(reviews),
            "facts": json.dumps(facts, sort_keys=True),
        }
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


def _pairs(
    accounts: Ints,
    meetings: Meetings,
    told: NDArray[np.bool_],
    *,
    near: float = 0.0,
    wide: float = 0.0,
    kept: float = 0.0,
) -> pd.DataFrame:
    a, b = accounts[meetings.first[told]], accounts[meetings.second[told]]
    return _totals(PAIR, np.minimum(a, b), np.maximum(a, b), near=near, wide=wide, kept=kept)


def _totals(
    role: int,
    a: Ints,
    b: Ints | int,
    *,
    near: Floats | float = 0.0,
    wide: Floats | float = 0.0,
    rating: Floats | float = 0.0,
    reviews: float = 0.0,
    kept: float = _ALWAYS_KEPT,
) -> pd.DataFrame:
    rows = pd.DataFrame(
        {"a": a, "b": b, "near": near, "wide": wide, "rating": rating, "reviews": reviews, "kept": kept}
    )
    return rows.groupby(["a", "b"], as_index=False).sum().assign(role=role)


def _signals(evidence: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    if evidence.empty:
        return empty(SIGNALS)
    merged = members.merge(evidence[["evidence_key", "p_value"]], on="evidence_key")
    smallest = merged.groupby("review_key")["p_value"].min().reset_index()
    return smallest.astype(dict(SIGNALS))


def _rounded(value: float | Floats) -> float:
    return float(f"{float(value):.6g}")
