"""From many p-values to one score for each review and account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import norm, rankdata

from detection.arrays import Floats
from detection.findings import rounded
from detection.protocol import Findings
from store.frames import REVIEW_SCORES, REVIEWER_SCORES, build
from store.strength import INDICATIONS

# Below this p a detector's signal speaks; above, it says nothing: many quiet detectors must not outvote a loud one.
_SPEAKS = 0.05
# What an account's habits weigh beside evidence: they order the reviews of which nothing else is known.
_HABITS = {"activity": 1.0, "count": 1.0, "own_deviation": 0.5, "deviation": 0.5}
_DETECTOR_WEIGHT = 2.0
_SMALLEST_P = 1e-12
# Its groups are of texts: who wrote them need not know one another.
_NO_GROUP_OF_ACCOUNTS = "reuse"


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of all reviews and of all accounts, in the columns of ``store.frames``."""

    reviews: pd.DataFrame
    reviewers: pd.DataFrame


def fuse(reviews: pd.DataFrame, findings: Mapping[str, Findings]) -> Scores:
    """Stouffer's sum of directed, calibrated z-values for each review, and its best reviews' for each account.

    ``score`` is the sum through a logistic curve (it ranks); ``p_value`` is the share of the store's reviews (accounts)
    that look at least as strange, so it is right whatever the signals' dependence. Habits are directed as in Rayana and
    Akoglu, KDD 2015: short and little active accounts, ratings far from the listing's.
    """
    habits = _stouffer([weight * z for (weight, z) in _habits(reviews)], list(_HABITS.values()))
    signals = {name: _signal(reviews["review_key"], found) for name, found in findings.items()}
    total = (habits + _DETECTOR_WEIGHT * sum(signals.values(), np.zeros(len(reviews)))) / np.sqrt(
        1.0 + _DETECTOR_WEIGHT**2
    )
    inside = {name: set(found.members["review_key"]) for name, found in findings.items()}
    named = _named(reviews["review_key"], inside)
    scored = build(
        {
            "review_key": reviews["review_key"].to_numpy(),
            "score": _round(expit(total)),
            "p_value": _round(_shares(total)),
            "detectors": named,
        },
        REVIEW_SCORES,
    )
    return Scores(scored, _accounts(reviews, total, inside, findings))


def _habits(reviews: pd.DataFrame) -> list[tuple[float, Floats]]:
    """(weight, z) for each habit; reviews without an account get the middle of those that speak of accounts."""
    known = reviews["reviewer_key"].notna().to_numpy()
    by_account = reviews.groupby("reviewer_key", sort=False)
    span = (by_account["day_to"].transform("max") - by_account["day_to"].transform("min")).to_numpy()
    by_listing = reviews.groupby("listing_key", sort=False)["rating"]
    number = by_listing.transform("size").to_numpy()
    others = (by_listing.transform("sum").to_numpy() - reviews["rating"].to_numpy()) / np.maximum(number - 1, 1)
    deviation = np.where(number > 1, np.abs(reviews["rating"].to_numpy() - others), 0.0)
    own = pd.Series(deviation).groupby(reviews["reviewer_key"].to_numpy(), sort=False).transform("mean").to_numpy()
    z = {
        "activity": _ranked(-span, known),
        "count": _ranked(-reviews["reviewer_reviews"].to_numpy(), known),
        "own_deviation": _ranked(own, known),
        "deviation": _ranked(deviation, np.ones(len(reviews), dtype=bool)),
    }
    return [(weight, z[name]) for name, weight in _HABITS.items()]


def _ranked(values: Floats, known: NDArray[np.bool_]) -> Floats:
    z = np.zeros(len(values))
    if known.any():
        ranks = rankdata(np.asarray(values, dtype="float64")[known])
        z[known] = norm.ppf((ranks - 0.5) / known.sum())
    return z


def _stouffer(weighted: list[Floats], weights: list[float]) -> Floats:
    return np.asarray(sum(weighted) / np.sqrt(np.square(weights).sum()), dtype="float64")


def _signal(keys: pd.Series, found: Findings) -> Floats:
    p = found.signals.set_index("review_key")["p_value"].reindex(keys).fillna(1.0).to_numpy()
    return np.where(p < _SPEAKS, norm.isf(np.clip(p, _SMALLEST_P, 0.5)), 0.0)


def _named(keys: pd.Series, inside: Mapping[str, set[str]]) -> list[str]:
    return [_in_company(name for name, members in inside.items() if key in members) for key in keys]


def _in_company(names: Iterable[str]) -> str:
    """The names, or none where there are only mere indications."""
    said = list(names)
    return "" if INDICATIONS.issuperset(said) else " ".join(said)


def _accounts(
    reviews: pd.DataFrame, total: Floats, inside: Mapping[str, set[str]], findings: Mapping[str, Findings]
) -> pd.DataFrame:
    frame = pd.DataFrame({"reviewer_key": reviews["reviewer_key"].to_numpy(), "z": total})
    frame["review_key"] = reviews["review_key"].to_numpy()
    frame = frame[frame["reviewer_key"].notna()]
    if frame.empty:
        return build({name: [] for name in REVIEWER_SCORES}, REVIEWER_SCORES)
    grouped = frame.groupby("reviewer_key", sort=True)["z"]
    size = grouped.size()
    # An account is as strange as its strangest review and its usual one together.
    z = (grouped.max() + grouped.mean()) / 2.0
    found = frame[frame["review_key"].isin(set().union(*inside.values()))]
    names: dict[str, set[str]] = {}
    for account, key in zip(found["reviewer_key"], found["review_key"], strict=True):
        names.setdefault(account, set()).update(name for name, members in inside.items() if key in members)
    groups = _groups(found, findings)
    return build(
        {
            "reviewer_key": size.index.to_numpy(),
            "reviews": size.to_numpy(),
            "score": _round(expit(z.to_numpy())),
            "p_value": _round(_shares(z.to_numpy())),
            "detectors": [_in_company(sorted(names.get(account, ()))) for account in size.index],
            "group_id": [groups.get(account) for account in size.index],
        },
        REVIEWER_SCORES,
    )


def _groups(found: pd.DataFrame, findings: Mapping[str, Findings]) -> dict[str, str]:
    account_of = dict(zip(found["review_key"], found["reviewer_key"], strict=True))
    groups: dict[str, str] = {}
    for name, finding in findings.items():
        if name == _NO_GROUP_OF_ACCOUNTS:
            continue
        of_groups = finding.evidence[finding.evidence["subject_kind"] == "group"].sort_values("score")
        # The strongest comes last and stands.
        inside = of_groups[["evidence_key", "subject_id"]].merge(finding.members, on="evidence_key")
        for subject, review in zip(inside["subject_id"], inside["review_key"], strict=True):
            if review in account_of:
                groups[account_of[review]] = subject
    return groups


def _shares(z: Floats) -> Floats:
    """For each value, the share of all that are at least as large, ties in the middle."""
    return np.asarray((len(z) + 1.0 - rankdata(z)) / (len(z) + 1.0), dtype="float64")


def _round(values: Floats) -> Floats:
    return np.array([rounded(value) for value in values])
