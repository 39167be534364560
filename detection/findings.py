"""How detectors write their findings down: rows of evidence, parts put together, and what could not be judged."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from detection.protocol import Detector, Findings, abstention_rows, evidence_key
from store.frames import ABSTENTIONS, EVIDENCE, MEMBERS, SIGNALS, empty


def rounded(value: float, *, digits: int = 6) -> float:
    """So many significant digits: the same on every machine."""
    return float(f"{float(value):.{digits}g}")


def evidence_row(
    detector: Detector,
    key: str,
    subject: tuple[str, str],
    days: tuple[int, int],
    *,
    score: float,
    p_value: float,
    effect: float,
    reviews: int,
    facts: Mapping[str, object],
    q_value: float = np.nan,
) -> dict[str, object]:
    """A row of ``frames.EVIDENCE``; ``subject`` is its kind and id, ``days`` the window's first and last."""
    return {
        "evidence_key": key,
        "detector": detector.name,
        "version": detector.version,
        "subject_kind": subject[0],
        "subject_id": subject[1],
        "window_start": days[0],
        "window_end": days[1],
        "score": rounded(score),
        "p_value": rounded(p_value),
        "q_value": rounded(q_value),
        "effect": rounded(effect),
        "n_reviews": reviews,
        "facts": json.dumps(facts, sort_keys=True),
    }


def review_row(
    detector: Detector,
    review_key: str,
    day: int,
    *,
    score: float,
    p_value: float,
    effect: float,
    facts: Mapping[str, object],
    q_value: float = np.nan,
) -> dict[str, object]:
    """The row of a finding that is about one review, of that day."""
    key = evidence_key(detector.name, review_key, day)
    said = {"score": score, "p_value": p_value, "effect": effect, "q_value": q_value}
    return evidence_row(detector, key, ("review", review_key), (day, day), reviews=1, facts=facts, **said)


def evidence_frame(rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """Rows of ``evidence_row`` as ``frames.EVIDENCE``."""
    return pd.DataFrame(rows, columns=list(EVIDENCE)).astype(dict(EVIDENCE))


def joined(parts: Sequence[Findings]) -> Findings:
    """The findings of parts that were judged apart, one after another."""
    return Findings(
        evidence=pd.concat([empty(EVIDENCE), *(part.evidence for part in parts)], ignore_index=True),
        members=pd.concat([empty(MEMBERS), *(part.members for part in parts)], ignore_index=True),
        signals=pd.concat([empty(SIGNALS), *(part.signals for part in parts)], ignore_index=True),
        abstentions=pd.concat([empty(ABSTENTIONS), *(part.abstentions for part in parts)], ignore_index=True),
    )


def abstentions(detector: Detector, refused: Iterable[tuple[str, pd.Series]]) -> pd.DataFrame:
    """``frames.ABSTENTIONS`` of pairs of a reason and the listings of the reviews not judged for it."""
    rows = [abstention_rows(detector.name, listings, reason) for reason, listings in refused]
    return pd.concat([empty(ABSTENTIONS), *rows], ignore_index=True)


def marked_abstentions(detector: Detector, partials: pd.DataFrame, reasons: Iterable[str]) -> pd.DataFrame:
    """``abstentions`` of partials with columns ``listing_key`` and ``abstained``, the reason."""
    why = partials["abstained"]
    return abstentions(detector, ((reason, partials.loc[why == reason, "listing_key"]) for reason in reasons))
