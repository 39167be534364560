"""From evidence to cases: what belongs together is one piece of work, and keeps its id."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

from store.cases import CaseRow
from store.rows import day_or_none
from store.strength import INDICATIONS, SCALES, STRENGTHS

# The share of the smaller one's reviews from which two findings are one piece of work, a night's case the last one's.
_SAME_WORK = 0.5
# New reviews beyond this share of a decided case open it again.
_GROWN = 0.25
# In the facts of a decided case: its reviews when it was decided, and how many have come since.
_SINCE_DECISION = "since_decision"
# What the evidence of a single review, or one kind of it of a single account, counts as at the most: a model reads one
# text wrong, and one person is odd, more often than a crowd. "Very strong" takes two kinds of evidence.
_SINGLE_CAP = "moderate"
_COPIES, _READS_TEXTS = "reuse", frozenset({"bursts", "collusion"})


@dataclass(frozen=True, slots=True)
class _Work:
    """A piece of work before it has an id: evidence rows that belong together and the weight of each review.

    ``beside`` are the keys of mere indications about its reviews: listed, and without any weight.
    """

    kind: str
    evidence: pd.DataFrame
    reviews: Mapping[str, float]
    listings: Mapping[str, str]
    beside: tuple[str, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of all that is listed in its case."""
        return tuple(sorted((*self.evidence["evidence_key"], *self.beside)))


@dataclass(frozen=True, slots=True)
class Opened:
    """The cases to write, and for each id the events to enter in its trail: (kind, note)."""

    cases: list[CaseRow]
    events: dict[str, list[tuple[str, str]]]


def build_cases(
    evidence: pd.DataFrame,
    members: pd.DataFrame,
    reviews: pd.DataFrame,
    earlier: Sequence[CaseRow],
    as_of: dt.date,
) -> Opened:
    """Cases of the night, matched to those of earlier nights.

    A case that was there keeps its id, its status and its decision; where the night adds many reviews to a decided one
    it is opened again. A case whose evidence is gone stays as it was. ``INDICATIONS`` are listed in the cases that
    other evidence opened, and change nothing else in them. ``reviews`` is the frame of ``frames.REVIEWS``.
    """
    works = _pieces_of_work(evidence, members, reviews)
    used = {case.id for case in earlier}
    taken: set[str] = set()
    cases, events = [], {}
    for work in works:
        before = _matching(work, earlier, taken)
        fresh = _new_case(work, reviews, as_of, used)
        case = fresh if before is None else _same_case(before, fresh, as_of)
        taken.add(case.id)
        used.add(case.id)
        if before is None:
            events[case.id] = [("opened", f"{case.kind} of {len(case.reviews)} reviews, {case.strength} evidence")]
        elif case != before:
            more = len(set(case.reviews) - set(before.reviews))
            opened_again = " and opened again" if before.status != case.status else ""
            events[case.id] = [("updated", f"{more} new reviews, {case.strength} evidence{opened_again}")]
        if before is None or case != before:
            cases.append(case)
    return Opened(cases, events)


def _pieces_of_work(evidence: pd.DataFrame, members: pd.DataFrame, reviews: pd.DataFrame) -> list[_Work]:
    listing_of = dict(zip(reviews["review_key"], reviews["listing_key"], strict=True))
    inside: dict[str, dict[str, float]] = {key: {} for key in evidence["evidence_key"]}
    for key, review, weight in zip(members["evidence_key"], members["review_key"], members["weight"], strict=True):
        inside[key][review] = float(weight)
    mere = evidence.loc[evidence["detector"].isin(INDICATIONS), "evidence_key"]
    beside = {key: inside.pop(key) for key in sorted(mere)}
    graph = nx.Graph()
    graph.add_nodes_from(inside)
    holders: dict[str, list[str]] = {}
    for key, held in inside.items():
        for review in held:
            holders.setdefault(review, []).append(key)
    for key, held in inside.items():
        for other in sorted({name for review in held for name in holders[review]}):
            if other > key and _overlap(held, inside[other]) >= _SAME_WORK:
                graph.add_edge(key, other)
    works = []
    for component in sorted(nx.connected_components(graph), key=min):
        rows = evidence[evidence["evidence_key"].isin(component)].sort_values(["detector", "evidence_key"])
        held_by_all: dict[str, float] = {}
        for key in rows["evidence_key"]:
            for review, weight in inside[key].items():
                held_by_all[review] = max(weight, held_by_all.get(review, 0.0))
        listings = {review: listing_of[review] for review in held_by_all}
        told = tuple(key for key, held in beside.items() if _overlap(held, held_by_all) >= _SAME_WORK)
        works.append(_Work(_kind(rows), rows, dict(sorted(held_by_all.items())), listings, told))
    return works


def _overlap(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    smaller = min(len(one), len(other))
    return len(one.keys() & other.keys()) / smaller if smaller else 0.0


def _kind(rows: pd.DataFrame) -> str:
    kinds = set(rows["subject_kind"])
    # A single account's reviews are judged together, as a group's are.
    return "campaign" if "listing" in kinds else "group" if kinds & {"group", "account"} else "review"


def _matching(work: _Work, earlier: Sequence[CaseRow], taken: set[str]) -> CaseRow | None:
    found = [case for case in earlier if case.id not in taken and _overlap(work.reviews, case.reviews) >= _SAME_WORK]
    # A single review's case isn't swallowed by, and doesn't lend its id to, the campaign that it turns out to be in.
    found = [case for case in found if (case.kind == "review") == (work.kind == "review")]
    return max(found, key=lambda case: (len(work.reviews.keys() & case.reviews.keys()), case.id), default=None)


def _new_case(work: _Work, reviews: pd.DataFrame, as_of: dt.date, used: Set[str]) -> CaseRow:
    said = "\0".join(sorted(work.evidence["evidence_key"]))
    # Where a case falls in two, the second half may have the evidence that the first one's id was made of.
    while (case_id := "C-" + hashlib.sha256(said.encode()).hexdigest()[:10]) in used:
        said += "\0"
    priority, facts = _priority(work, reviews, as_of)
    return CaseRow(
        id=case_id,
        kind=work.kind,
        status="open",
        priority=priority,
        strength=_strength(work),
        window_start=day_or_none(int(work.evidence["window_start"].min())),
        window_end=day_or_none(int(work.evidence["window_end"].max())),
        opened=as_of,
        updated=as_of,
        reviews=work.reviews,
        evidence_keys=work.keys,
        facts=facts,
    )


def _same_case(before: CaseRow, now: CaseRow, as_of: dt.date) -> CaseRow:
    new = len(now.reviews.keys() - before.reviews.keys())
    decided = before.status in {"upheld", "dismissed", "closed"}
    # Counted from the decision on, else a case could grow for ever by a little each night.
    size, more = before.facts.get(_SINCE_DECISION, (len(before.reviews), 0))
    grown = decided and more + new > _GROWN * size
    facts = {**now.facts, _SINCE_DECISION: [size, more + new]} if decided and not grown else now.facts
    same = replace(
        now,
        id=before.id,
        status="open" if grown else before.status,
        opened=before.opened,
        updated=before.updated,
        decision=before.decision,
        reason=before.reason,
        facts=facts,
    )
    # Ageing alone moves a priority but is nothing to report.
    changed = (same.reviews, same.evidence_keys, same.strength, same.status) != (
        before.reviews,
        before.evidence_keys,
        before.strength,
        before.status,
    )
    return replace(same, updated=as_of) if changed else before


def _strength(work: _Work) -> str:
    words = [
        SCALES[detector].word(1.0 / max(p, 1e-12)) if detector in SCALES else STRENGTHS[0]
        for detector, p in zip(work.evidence["detector"], work.evidence["p_value"], strict=True)
    ]
    return STRENGTHS[min(max(STRENGTHS.index(word) for word in words), STRENGTHS.index(_most(work)))]


def _most(work: _Work) -> str:
    """The highest word that these kinds of evidence, however strong, bear out."""
    kinds = set(work.evidence["detector"])
    # Bursts and groups count alike texts themselves: the same copies are not a second kind of evidence.
    several = len(kinds - {_COPIES} if kinds & _READS_TEXTS else kinds) > 1
    one_account = set(work.evidence["subject_kind"]) == {"account"}
    if work.kind == "review" or (one_account and not several):
        return _SINGLE_CAP
    return STRENGTHS[-1] if several else "strong"


def _priority(work: _Work, reviews: pd.DataFrame, as_of: dt.date) -> tuple[float, dict[str, Any]]:
    """Strength times harm times urgency, each from 0 to 1: what a moderator should look at first."""
    strength = (STRENGTHS.index(_strength(work)) + 1) / len(STRENGTHS)
    harm = _harm(work, reviews)
    last = day_or_none(int(work.evidence["window_end"].max()))
    days = max((as_of - last).days, 0) if last else 365
    urgency = float(0.5 ** (days / 90.0))
    priority = strength * (0.25 + 0.75 * harm) * (0.25 + 0.75 * urgency)
    factors = {"strength": round(strength, 4), "harm": round(harm, 4), "urgency": round(urgency, 4)}
    facts = {"priority_factors": factors, "evidence_kinds": sorted(set(work.evidence["detector"]))}
    return round(priority, 4), facts


def _harm(work: _Work, reviews: pd.DataFrame) -> float:
    """How far the case's reviews move the rating of the listing that they move most; half the scale is 1."""
    touched = reviews[reviews["listing_key"].isin(set(work.listings.values()))]
    inside = touched["review_key"].isin(set(work.reviews))
    moved = []
    for _, listing in touched.assign(inside=inside).groupby("listing_key"):
        without = listing.loc[~listing["inside"], "rating"]
        base = without.mean() if len(without) else 0.5
        moved.append(abs(float(listing["rating"].mean()) - float(base)))
    return float(np.clip(2.0 * max(moved, default=0.0) * 5.0, 0.0, 1.0))
