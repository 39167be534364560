"""An episode as evidence: its facts, and the weight of each review inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from detection.arrays import Floats, Ints
from detection.burst_search import Judged, Search
from detection.cards import Card
from detection.expectation import BASE_DAYS, GAP_DAYS
from detection.findings import evidence_row, rounded
from detection.mixture import Classes, weights
from detection.protocol import evidence_key
from detection.timeline import weekly_timeline
from detection.windows import DIRECTIONS

if TYPE_CHECKING:
    from detection.bursts import Bursts

_LEAST_WEIGHT = 0.05
# From this weight on a review is named as one of the episode's.
FLAGGED = 0.5


@dataclass(frozen=True, slots=True)
class Members:
    """Rows of the reviews that belong to an episode, with their ``weight``; ``count`` reviews lean its way in its days,
    where about ``expected`` would have.
    """

    rows: Ints
    weight: Floats
    count: int
    expected: float

    @property
    def flagged(self) -> int:
        """How many weigh one half or more."""
        return int(np.count_nonzero(self.weight >= FLAGGED))


def members_of(search: Search, judged: Judged) -> Members:
    """The reviews of an episode's days and direction, weighed."""
    length = judged.last - judged.first + 1
    expected = search.history.expect(np.array([judged.listing]), np.array([judged.last]), length)
    kinds = search.kinds[judged.direction]
    past = search.span(judged.listing, judged.first - GAP_DAYS - BASE_DAYS, judged.first - GAP_DAYS - 1)
    here = search.span(judged.listing, judged.first, judged.last)
    counts = Classes(
        np.bincount(kinds[here], minlength=5).astype("float64"),
        np.bincount(kinds[past], minlength=5).astype("float64"),
        search.class_shares(judged.direction),
    )
    total = float(expected.mean["all"][0])
    usual = total * counts.usual_shares()
    weight = weights(
        kinds[judged.rows],
        counts,
        expected=total,
        close=judged.close,
        partners=judged.partners,
        alike_pairs=judged.alike_pairs,
        alike_surprise=judged.alike,
    )
    kept = weight >= _LEAST_WEIGHT
    return Members(judged.rows[kept], weight[kept], len(judged.rows), float(usual[:4].sum()))


def episode_row(
    detector: Bursts, search: Search, judged: Judged, members: Members, card: Card, *, shown: float
) -> dict[str, object]:
    """The row of ``frames.EVIDENCE``."""
    history = search.history
    days = history.days[judged.rows]
    first, last = int(days.min()), int(days.max())
    length = judged.last - judged.first + 1
    expected = history.expect(np.array([judged.listing]), np.array([judged.last]), length)
    stream = DIRECTIONS[judged.direction][0]
    all_count, all_mean = int(expected.count["all"][0]), float(expected.mean["all"][0])
    facts: dict[str, object] = {
        "direction": judged.direction,
        "window_days": length,
        "count": members.count,
        "expected": rounded(members.expected),
        "all_count": all_count,
        "all_expected": rounded(all_mean),
        "flagged": members.flagged,
        "share": rounded(members.count / max(all_count, 1)),
        "share_usual": rounded(members.expected / max(all_mean, 1e-9)),
        "information": search.information,
        "false_per_1000_listing_years": rounded(card.rate(judged.score)),
        "weeks": weekly_timeline(history, judged.listing, stream, first, judged.last),
    }
    if search.information in ("text", "accounts"):
        newborn = search.reviews["newborn"].to_numpy()[judged.rows] == 1
        facts["newborn_count"] = int(np.count_nonzero(newborn))
        base_all = int(expected.base["all"][0])
        facts["newborn_share_usual"] = rounded((int(expected.base["new"][0]) + 0.5) / (base_all + 1.0))
    if judged.pairs:
        facts |= {"texts": judged.texts, "pairs": judged.pairs, "alike_pairs": judged.alike_pairs}
    if judged.occasion:
        facts |= {"occasion": judged.occasion, "occasion_named": judged.named}
    subject = str(history.names[judged.listing])
    return evidence_row(
        detector,
        evidence_key(detector.name, f"{subject}\0{judged.direction}", first),
        ("listing", subject),
        (first, last),
        score=shown,
        p_value=card.p_value(np.array([judged.score]))[0],
        effect=members.count / max(members.expected, 0.05),
        reviews=len(members.rows),
        facts=facts,
    )
