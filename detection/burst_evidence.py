"""An episode as evidence: its facts, and the weight of each review inside."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from detection.burst_search import Judged, Search
from detection.cards import Card
from detection.counting import Ints
from detection.expectation import BASE_DAYS, GAP_DAYS, STREAMS, Floats
from detection.mixture import Classes, class_of, weights
from detection.protocol import evidence_key
from detection.timeline import weekly_timeline
from detection.windows import DIRECTIONS

if TYPE_CHECKING:
    from detection.bursts import Bursts

_LEAST_WEIGHT = 0.05
# From this weight on a review is named as one of the episode's.
FLAGGED = 0.5


def member_weights(search: Search, judged: Judged) -> tuple[Ints, Floats]:
    """Rows of the reviews that belong to an episode, and their weights."""
    reviews, history = search.reviews, search.history
    length = judged.last - judged.first + 1
    expected = history.expect(np.array([judged.listing]), np.array([judged.last]), length)
    far = reviews["high" if judged.direction == "praise" else "low"].to_numpy(dtype=bool)
    leans = search.leans[judged.direction]
    newborn = reviews["newborn"].to_numpy() == 1
    past = search.span(judged.listing, judged.first - GAP_DAYS - BASE_DAYS, judged.first - GAP_DAYS - 1)
    here = search.span(judged.listing, judged.first, judged.last)

    def counted(rows: slice) -> Floats:
        kind = np.where(leans[rows], class_of(far[rows], newborn[rows]), 4)
        return np.bincount(kind, minlength=5).astype("float64")

    everywhere = search.class_shares(judged.direction, leans, far, newborn)
    window = counted(here)
    total = float(expected.mean["all"][0])
    weight = weights(
        class_of(far[judged.rows], newborn[judged.rows]),
        Classes(window, counted(past), everywhere),
        expected=total,
        others=float(window[4]),
        others_expected=total * float((counted(past)[4] + 6.0 * everywhere[4]) / (counted(past).sum() + 6.0)),
        close=judged.close,
        partners=judged.partners,
        alike_pairs=judged.alike_pairs,
        alike_surprise=judged.alike,
    )
    kept = weight >= _LEAST_WEIGHT
    return judged.rows[kept], weight[kept]


def evidence_row(
    detector: Bursts, search: Search, judged: Judged, inside: Ints, weight: Floats, card: Card, *, shown: float
) -> dict[str, object]:
    """The row of ``frames.EVIDENCE``."""
    history = search.history
    days = history.days[inside]
    first, last = int(days.min()), int(days.max())
    length = judged.last - judged.first + 1
    expected = history.expect(np.array([judged.listing]), np.array([judged.last]), length)
    stream, new = DIRECTIONS[judged.direction]
    count = {name: int(expected.count[name][0]) for name in STREAMS}
    mean = {name: float(expected.mean[name][0]) for name in STREAMS}
    base_all = int(expected.base["all"][0])
    facts: dict[str, object] = {
        "direction": judged.direction,
        "window_days": length,
        "count": count[stream],
        "expected": rounded(mean[stream]),
        "all_count": count["all"],
        "all_expected": rounded(mean["all"]),
        "flagged": int(np.count_nonzero(weight >= FLAGGED)),
        "share": rounded(count[stream] / max(count["all"], 1)),
        "share_usual": rounded((int(expected.base[stream][0]) + 0.5) / (base_all + 1.0)),
        "information": search.information,
        "false_per_1000_listing_years": rounded(card.rate(judged.score)),
        "weeks": weekly_timeline(history, judged.listing, stream, first, judged.last),
    }
    if search.information in ("text", "accounts"):
        facts["newborn_count"] = count[new]
        facts["newborn_share_usual"] = rounded((int(expected.base["new"][0]) + 0.5) / (base_all + 1.0))
    if judged.pairs:
        facts |= {"texts": judged.texts, "pairs": judged.pairs, "alike_pairs": judged.alike_pairs}
    if judged.occasion:
        facts |= {"occasion": judged.occasion, "occasion_named": judged.named}
    subject = str(history.names[judged.listing])
    return {
        "evidence_key": evidence_key(detector.name, f"{subject}\0{judged.direction}", first),
        "detector": detector.name,
        "version": detector.version,
        "subject_kind": "listing",
        "subject_id": subject,
        "window_start": first,
        "window_end": last,
        "score": rounded(shown),
        "p_value": rounded(float(card.p_value(np.array([judged.score]))[0])),
        "q_value": np.nan,
        "effect": rounded(max(count[stream], 1) / max(mean[stream], 0.05)),
        "n_reviews": len(inside),
        "facts": json.dumps(facts, sort_keys=True),
    }


def rounded(value: float) -> float:
    """Six significant digits: the same on every machine."""
    return float(f"{value:.6g}")
