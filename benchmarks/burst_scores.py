"""Planted attacks against episodes: which are found, which episodes are false, and recall at a false rate.

Episodes are frames of ``listing_key, direction, start, end, score``: days, both inside; the direction is praise, blame
or any; a higher score is stronger. Planted reviews are frames of ``review_key, attack, kind, strength, listing_key,
direction, day``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detection import matching
from detection.matching import LEAST_SHARE
from detection.simulate.world import AttackKind

EPISODE = ("listing_key", "direction", "start", "end", "score")
POOLED: tuple[AttackKind, ...] = ("burst", "drip", "bombing", "boosting")
KINDS: tuple[AttackKind, ...] = (*POOLED, "season_drip", "aged")


@dataclass(frozen=True, slots=True)
class Judged:
    """Episodes and attacks of some listing-years, held against one another.

    ``episodes`` has the columns ``score, false, kinds`` (a set: the attacks that it holds), ``attacks`` the columns
    ``attack, kind, strength, best`` (the highest score of an episode that finds it, -inf without one).
    """

    episodes: pd.DataFrame
    attacks: pd.DataFrame
    listing_years: float


def planted_reviews(reviews: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """The planted reviews, from ``frames.REVIEWS`` and rows ``review_key, attack, kind, strength``."""
    # One row for each of the truth, in its order: another number of them would not fit.
    return matching.planted_reviews(reviews, truth).assign(review_key=truth["review_key"].to_numpy())


def hits(episodes: pd.DataFrame, planted: pd.DataFrame) -> pd.DataFrame:
    """Rows ``episode, attack, kind, finds``: the attacks of which an episode (a row's number) holds enough.

    ``finds`` says whether the direction is the attack's too.
    """
    size = planted.groupby("attack").size()
    told = episodes.reset_index(drop=True).rename_axis("episode").reset_index()
    pairs = told.merge(planted, on="listing_key", suffixes=("", "_planted"))
    inside = pairs[pairs["day"].between(pairs["start"], pairs["end"])]
    by = ["episode", "direction", "attack", "kind", "direction_planted"]
    held = inside.groupby(by).size().rename("held").reset_index()
    held = held[held["held"] >= LEAST_SHARE * held["attack"].map(size)]
    finds = (held["direction"] == held["direction_planted"]) | (held["direction"] == "any")
    return held.assign(finds=finds)[["episode", "attack", "kind", "finds"]].reset_index(drop=True)


def judge(episodes: pd.DataFrame, planted: pd.DataFrame, listing_years: float) -> Judged:
    """Hold episodes against the planted reviews of the same listings and days."""
    score = episodes["score"].to_numpy(dtype="float64")
    held = hits(episodes, planted)
    kinds: list[frozenset[str]] = [frozenset()] * len(score)
    for episode, there in held.groupby("episode")["kind"]:
        kinds[int(str(episode))] = frozenset(there)
    judged = pd.DataFrame({"score": score, "false": ~np.isin(np.arange(len(score)), held["episode"]), "kinds": kinds})
    attacks = planted.drop_duplicates("attack")[["attack", "kind", "strength"]].sort_values("attack", ignore_index=True)
    found = held[held["finds"]]
    best = pd.Series(score[found["episode"]], index=found["attack"], dtype="float64").groupby(level=0).max()
    return Judged(judged, attacks.assign(best=attacks["attack"].map(best).fillna(-np.inf)), listing_years)


def of_kinds(judged: Judged, kinds: Sequence[str]) -> Judged:
    """Attacks of some kinds alone; episodes that hold only other kinds' attacks are neither true nor false."""
    wanted = frozenset(kinds)
    kept = judged.episodes["false"] | np.array([bool(wanted & each) for each in judged.episodes["kinds"]], dtype=bool)
    attacks = judged.attacks[judged.attacks["kind"].isin(kinds)]
    return Judged(judged.episodes[kept], attacks, judged.listing_years)


def pooled(parts: Sequence[Judged]) -> Judged:
    """Several worlds as one."""
    return Judged(
        pd.concat([part.episodes for part in parts], ignore_index=True),
        pd.concat([part.attacks for part in parts], ignore_index=True),
        sum(part.listing_years for part in parts),
    )


def score_at(judged: Judged, rate: float) -> float:
    """The score that so many false episodes per 1,000 listing-years at most lie above: alarms are those above it."""
    false = np.sort(judged.episodes.loc[judged.episodes["false"], "score"].to_numpy())[::-1]
    allowed = int(np.floor(rate * judged.listing_years / 1000.0 + 1e-9))
    return float(false[allowed]) if allowed < len(false) else -np.inf


def recall(judged: Judged, score: float) -> float:
    """The share of attacks with an episode above a score."""
    return float((judged.attacks["best"] > score).mean())


def false_share(judged: Judged, score: float) -> float:
    """The share of false ones among the episodes above a score; 0 where there is none."""
    above = judged.episodes["score"] > score
    return float(judged.episodes.loc[above, "false"].mean()) if above.any() else 0.0


def false_rate(judged: Judged, score: float) -> float:
    """False episodes above a score per 1,000 listing-years."""
    false = judged.episodes["false"] & (judged.episodes["score"] > score)
    return float(false.sum() / judged.listing_years * 1000.0)


def score_at_false_share(judged: Judged, share: float) -> float:
    """The lowest score above which at most that share of the episodes is false, inf where none is."""
    ordered = judged.episodes.sort_values("score", ascending=False)
    score, false = ordered["score"].to_numpy(), ordered["false"].to_numpy()
    proportion = np.cumsum(false) / np.arange(1, len(false) + 1)
    # Episodes of one score are above a threshold together.
    last = np.r_[score[1:] != score[:-1], True] if len(score) else np.zeros(0, bool)
    fits = np.flatnonzero(last & (proportion <= share))
    if not len(fits):
        return float("inf")
    end = int(fits[-1])
    return float(score[end + 1]) if end + 1 < len(score) else -np.inf


def curve(judged: Judged) -> pd.DataFrame:
    """Columns ``false_rate`` (per 1,000 listing-years) and ``recall``, one row for each number of false episodes."""
    false = np.sort(judged.episodes.loc[judged.episodes["false"], "score"].to_numpy())[::-1]
    best = np.sort(judged.attacks["best"].to_numpy())
    above = len(best) - np.searchsorted(best, false, side="right")
    count = np.searchsorted(-false, -false, side="left")
    rows = pd.DataFrame({"false_rate": count / judged.listing_years * 1000.0, "recall": above / max(len(best), 1)})
    return rows.drop_duplicates("false_rate", ignore_index=True)


def cells(judged: Judged, score: float) -> pd.DataFrame:
    """Recall above a score: a row for each kind, a column for each strength."""
    found = judged.attacks.assign(found=judged.attacks["best"] > score)
    return found.pivot_table(index="kind", columns="strength", values="found", aggfunc="mean", sort=False)


def flagged(
    episodes: pd.DataFrame, members: pd.DataFrame, planted: pd.DataFrame, score: float, *, least_weight: float = 0.5
) -> pd.DataFrame:
    """Rows ``attack, kind, strength, flagged, right, inside, planted`` of reviews, one for each attack that is found.

    Of each attack the best episode above the score: its reviews that weigh ``least_weight``, those of them that were
    planted by the attack, and the attack's reviews inside the episode and in all. ``episodes`` has ``evidence_key``.
    """
    found = hits(episodes, planted)
    found = found[found["finds"]].assign(score=episodes["score"].to_numpy()[found.loc[found["finds"], "episode"]])
    best = (
        found[found["score"] > score].sort_values(["attack", "score", "episode"]).drop_duplicates("attack", keep="last")
    )
    rows = []
    for attack, number in zip(best["attack"], best["episode"], strict=True):
        episode, own = episodes.iloc[number], planted[planted["attack"] == attack]
        inside = members[(members["evidence_key"] == episode["evidence_key"]) & (members["weight"] >= least_weight)]
        rows.append(
            {
                "attack": attack,
                "kind": own["kind"].iloc[0],
                "strength": own["strength"].iloc[0],
                "flagged": len(inside),
                "right": int(inside["review_key"].isin(own["review_key"]).sum()),
                "inside": int(own["day"].between(episode["start"], episode["end"]).sum()),
                "planted": len(own),
            }
        )
    return pd.DataFrame(rows, columns=["attack", "kind", "strength", "flagged", "right", "inside", "planted"])


def union(parts: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The episodes of several detectors on one scale: each by its own card's ``false_per_1000_listing_years``.

    Below a card's last rate its own score decides.
    """
    ranked = []
    for episodes in parts.values():
        rate: NDArray[np.float64] = episodes["rate"].to_numpy(dtype="float64")
        ranked.append(episodes.assign(score=-np.log10(rate) + 1e-3 * episodes["score"]))
    return pd.concat(ranked, ignore_index=True)
