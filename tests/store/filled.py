"""A store with a few reviews, and findings on them."""

from store.canonical import review_key
from store.frames import ABSTENTIONS, EVIDENCE, MEMBERS, REVIEW_SCORES, REVIEWER_SCORES, build, empty
from store.observations import write_observations
from store.privacy import Pseudonymiser
from tests.conftest import KEY, SEEN, observation

KEYS = [review_key("google", "hotel-1", f"r{n}") for n in range(3)]
TOKENS = [Pseudonymiser(KEY).token("google", f"guest-{n}") for n in range(3)]


def fill(database):
    """Three reviews of one hotel by three guests."""
    batch = [observation(review_id=f"r{n}", reviewer_id=f"guest-{n}") for n in range(3)]
    write_observations(database, batch, source="s", seen_at=SEEN, pseudonymiser=Pseudonymiser(KEY))
    return database


def nothing():
    """Findings of a night that found nothing."""
    return {
        "evidence": empty(EVIDENCE),
        "members": empty(MEMBERS),
        "abstentions": empty(ABSTENTIONS),
        "review_scores": empty(REVIEW_SCORES),
        "reviewer_scores": empty(REVIEWER_SCORES),
    }


def findings(**changes):
    """One finding about two reviews, an abstention, and scores."""
    evidence = {
        "evidence_key": ["e1"],
        "detector": "bursts",
        "version": 2,
        "subject_kind": "listing",
        "subject_id": "google/hotel-1",
        "window_start": 20520,
        "window_end": 20530,
        "score": 0.9,
        "p_value": 0.1 + 0.2,
        "q_value": float("nan"),
        "effect": 3.5,
        "n_reviews": 2,
        "facts": '{"expected": 0.1, "observed": 2}',
        **changes,
    }
    return {
        "evidence": build(evidence, EVIDENCE),
        "members": build(
            {"evidence_key": "e1", "review_key": [KEYS[1], KEYS[0]], "role": "burst", "weight": [0.5, 1.0]}, MEMBERS
        ),
        "abstentions": build(
            {"detector": ["mismatch"], "listing_key": "google/hotel-1", "reason": "language", "reviews": 3}, ABSTENTIONS
        ),
        "review_scores": build(
            {"review_key": KEYS[:2], "score": [0.9, 0.1], "p_value": [0.01, 1.0], "detectors": ["bursts reuse", ""]},
            REVIEW_SCORES,
        ),
        "reviewer_scores": build(
            {
                "reviewer_key": TOKENS[:2],
                "reviews": 1,
                "score": 0.5,
                "p_value": 0.5,
                "detectors": ["collusion", ""],
                "group_id": ["g1", None],
            },
            REVIEWER_SCORES,
        ),
    }
