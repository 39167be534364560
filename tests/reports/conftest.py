"""A small store with planted findings and hostile texts, filled through the store's own doors."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from store.canonical import Observation, review_key
from store.cases import CaseRow, write_cases
from store.database import Database, open_database
from store.findings import replace_findings
from store.frames import ABSTENTIONS, EVIDENCE, MEMBERS, REVIEW_SCORES, REVIEWER_SCORES, build, empty
from store.observations import write_observations
from store.privacy import Pseudonymiser
from store.rows import to_day

AS_OF = dt.date(2026, 11, 21)
SEEN = dt.datetime.fromisoformat("2026-11-20T02:30")
KEYS = Pseudonymiser(b"k" * 32)
HOTEL, CAFE, QUIET, BOOKING = "tripadvisor/h1", "google/c1", "trustpilot/q1", "booking/b1"
START = dt.date(2026, 9, 7)

SCRIPT = "<script>alert('x')</script><img src=x onerror=alert(1)> \"quoted\" & 'single'"
RTL = "Nice \u202eevil txt\u202c place\u200b with \u2066marks\u2069 and fake fraud scam bot words"
LONG = "Zimmer sauber. " * 3_500
FORMULA = '=HYPERLINK("http://evil.example","click")'


def observation(platform: str, listing: str, number: int, **given: Any) -> Observation:
    day = given.pop("day", START - dt.timedelta(days=6 * number % 700))
    name = {"h1": "Hotel <b>Adler</b>", "c1": "Café Süd", "q1": "Quiet Inn", "b1": "Haus am See"}.get(listing, listing)
    values: dict[str, Any] = {
        "platform": platform,
        "listing_id": listing,
        "review_id": f"{listing}-{number}",
        "rating": float(number % 5 + 1),
        "published_from": day,
        "published_to": day,
        "raw_sha256": hashlib.sha256(f"{listing}{number}".encode()).hexdigest(),
        "listing_name": name,
        "listing_kind": "hotel",
        "city": "Ulm",
        "latitude": 48.401234,
        "longitude": 9.987654,
        "review_url": f"https://example.com/r/{listing}/{number}",
        "reviewer_id": f"user-{listing}-{number}",
        "title": "A stay",
        "text": f"We stayed two nights, number {number}.",
        "language": "en",
    }
    return Observation(**{**values, **given})


def hotel_reviews() -> list[Observation]:
    plain = [observation("tripadvisor", "h1", number) for number in range(60)]
    burst = [
        observation(
            "tripadvisor",
            "h1",
            100 + number,
            rating=1.0,
            day=START + dt.timedelta(days=number % 14),
            reviewer_id=f"ring-{number % 15}",
            text=[SCRIPT, RTL, LONG, FORMULA, "Never again.", None][number % 6],
            title=[None, "-2+3", "Bad"][number % 3],
            review_url=[
                "javascript:alert(1)",
                'https://example.com/"onmouseover="x',
                "https://example.com/ok",
                None,
            ][number % 4],
        )
        for number in range(40)
    ]
    shifted = observation(
        "tripadvisor",
        "h1",
        200,
        rating=1.0,
        text="Wonderful rooms, perfect breakfast!",
        published_from=dt.date(2026, 5, 1),
        published_to=dt.date(2026, 5, 31),
        stayed_from=dt.date(2026, 4, 1),
        stayed_to=dt.date(2026, 4, 30),
    )
    return [*plain, *burst, shifted]


def cafe_reviews() -> list[Observation]:
    plain = [observation("google", "c1", number) for number in range(30)]
    odd = [
        observation("google", "c1", 100, rating=1.0, text="Lovely place, great cake"),
        observation("google", "c1", 101, rating=5.0, text="Dirty, rude, never again"),
    ]
    return [*plain, *odd]


def key_of(platform: str, listing: str, number: int) -> str:
    return review_key(platform, listing, f"{listing}-{number}")


def burst_facts(**changed: Any) -> dict[str, Any]:
    weeks = [
        [(START + dt.timedelta(days=7 * at)).isoformat(), 20 if at in {0, 1} else 1 + at % 2, 1.4, 0, 4]
        for at in range(-10, 7)
    ]
    facts = {
        "direction": "blame",
        "window_days": 14,
        "count": 40,
        "expected": 3.2,
        "all_count": 44,
        "all_expected": 6.1,
        "newborn_count": 31,
        "newborn_share_usual": 0.22,
        "share": 0.91,
        "share_usual": 0.2,
        "false_per_1000_listing_years": 0.9,
        "information": "text",
        "flagged": 35,
        "texts": 40,
        "pairs": 210,
        "alike_pairs": 61,
        "occasion": "wedding",
        "occasion_named": 2,
        "weeks": weeks,
    }
    return {**facts, **changed}


def boosting_facts(**changed: Any) -> dict[str, Any]:
    facts = {
        "direction": "praise",
        "judged_by": "texts",
        "aspect": "building_work",
        "window_days": 63,
        "count": 18,
        "expected": 2.3,
        "established_count": 14,
        "established_reporting": 11,
        "fault_share_established": 0.785714,
        "fault_share_usual": 0.02,
        "praise_naming": 1,
        "fault_share_praise": 0.0526316,
        "rating_established": 0.25,
        "rating_established_usual": 0.78,
        "rating_new": 0.93,
        "rating_gap": 0.68,
        "false_per_1000_listing_years": 0.4,
        "weeks": burst_facts()["weeks"],
    }
    return {**facts, **changed}


def group_facts() -> dict[str, Any]:
    accounts = [KEYS.token("tripadvisor", f"ring-{number}") for number in range(15)]
    listings = [HOTEL, *(f"tripadvisor/far{number}" for number in range(4))]
    cells = [
        [account, listing, (START + dt.timedelta(days=(account * 3 + listing * 20) % 90)).isoformat(), 0.0]
        for account in range(15)
        for listing in range(5)
        if (account + listing) % 3
    ]
    return {
        "accounts": accounts,
        "listings": listings,
        "pairs": 40,
        "shared": 122,
        "expected": 2.4,
        "within_days": 7,
        "near_share": 0.8,
        "agreement": 0.97,
        "rating_lift": -0.41,
        "cells": cells,
        "false_groups_per_100k_accounts": 0.4,
    }


def mismatch_facts(direction: str = "text_better", **changed: Any) -> dict[str, Any]:
    better = direction == "text_better"
    facts = {
        "stars": 1.0 if better else 5.0,
        "worst": 1.0,
        "best": 5.0,
        "expected": 4.7 if better else 1.4,
        "direction": direction,
        "words": ["wonderful", "perfect", "<b>fake</b>"],
        "one_in": 2400,
        "model": "TF-IDF",
        "trained_on": 12000,
    }
    return {**facts, **changed}


def finding(
    key: str, detector: str, kind: str, subject: str, facts: Mapping[str, Any], reviews: Sequence[str]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    row = {
        "evidence_key": key,
        "detector": detector,
        "version": 1,
        "subject_kind": kind,
        "subject_id": subject,
        "window_start": to_day(START) if detector == "bursts" else -1,
        "window_end": to_day(START) + 13 if detector == "bursts" else -1,
        "score": 0.9123456789,
        "p_value": 1.23456789e-12,
        "q_value": 0.001,
        "effect": 4.0,
        "n_reviews": len(reviews),
        "facts": json.dumps(facts),
    }
    members = [
        {"evidence_key": key, "review_key": each, "role": "member", "weight": max(1.0 - at / 50, 0.1)}
        for at, each in enumerate(reviews)
    ]
    return row, members


def write_found(
    database: Database,
    found: Sequence[tuple[dict[str, Any], list[dict[str, Any]]]],
    scored: Sequence[str],
    accounts: Sequence[str] = (),
    gaps: Sequence[dict[str, Any]] = (),
) -> None:
    scores = {"review_key": list(scored), "score": 0.123456789, "p_value": 1 / 3, "detectors": "bursts mismatch"}
    people = {
        "reviewer_key": list(accounts),
        "reviews": 3,
        "score": 0.5,
        "p_value": 0.04,
        "detectors": "collusion",
        "group_id": "g1",
    }
    members = [each for _, rows in found for each in rows]
    replace_findings(
        database,
        evidence=pd.DataFrame([row for row, _ in found], columns=list(EVIDENCE)).astype(dict(EVIDENCE)),
        members=pd.DataFrame(members, columns=list(MEMBERS)).astype(dict(MEMBERS)),
        abstentions=pd.DataFrame(list(gaps), columns=list(ABSTENTIONS)).astype(dict(ABSTENTIONS)),
        review_scores=build(scores, REVIEW_SCORES) if scored else empty(REVIEW_SCORES),
        reviewer_scores=build(people, REVIEWER_SCORES) if accounts else empty(REVIEWER_SCORES),
    )


def case(case_id: str, kind: str, reviews: Sequence[str], evidence: Sequence[str], **given: Any) -> CaseRow:
    values: dict[str, Any] = {
        "id": case_id,
        "kind": kind,
        "status": "open",
        "priority": 0.5,
        "strength": "strong",
        "window_start": START,
        "window_end": START + dt.timedelta(days=13),
        "opened": AS_OF - dt.timedelta(days=2),
        "updated": AS_OF,
        "reviews": dict.fromkeys(reviews, 0.8),
        "evidence_keys": tuple(evidence),
        "facts": {"priority_factors": {"strength": 0.9, "harm": 0.7, "urgency": 0.8}, "evidence_kinds": 2},
    }
    return CaseRow(**{**values, **given})


@pytest.fixture
def empty_store(tmp_path: Path) -> Iterator[Database]:
    database = open_database(f"sqlite:///{tmp_path / 'store.sqlite'}")
    yield database
    database.close()


@pytest.fixture
def store(empty_store: Database) -> Database:
    """Four listings: a campaign with a group, two mismatches without a ground, a quiet place, one without ids."""
    far = [observation("tripadvisor", f"far{number}", 1) for number in range(4)]
    quiet = [observation("trustpilot", "q1", number) for number in range(20)]
    booked = [observation("booking", "b1", number, rating_best=10.0, reviewer_id=None) for number in range(8)]
    everything = [*hotel_reviews(), *cafe_reviews(), *far, *quiet, *booked]
    write_observations(empty_store, everything, source="files", seen_at=SEEN, pseudonymiser=KEYS)
    campaign = [key_of("tripadvisor", "h1", 100 + number) for number in range(40)]
    slip = key_of("tripadvisor", "h1", 200)
    cafe = [key_of("google", "c1", 100), key_of("google", "c1", 101)]
    found = [
        finding("e-burst", "bursts", "listing", HOTEL, burst_facts(), campaign),
        finding("e-group", "collusion", "group", "g1", group_facts(), campaign[:15]),
        finding("e-slip", "mismatch", "review", slip, mismatch_facts(), [slip]),
        finding("e-cafe-1", "mismatch", "review", cafe[0], mismatch_facts(), [cafe[0]]),
        finding("e-cafe-2", "mismatch", "review", cafe[1], mismatch_facts("text_worse"), [cafe[1]]),
    ]
    gaps = [
        {"detector": "collusion", "listing_key": BOOKING, "reason": "no_reviewer_ids", "reviews": 8},
        {"detector": "mismatch", "listing_key": HOTEL, "reason": "too_short", "reviews": 6},
        {"detector": "mismatch", "listing_key": HOTEL, "reason": "a_new_reason", "reviews": 2},
    ]
    scored = [review_key(each.platform, each.listing_id, each.review_id) for each in everything]
    ring = [KEYS.token("tripadvisor", f"ring-{number}") for number in range(15)]
    write_found(empty_store, found, scored, ring, gaps)
    cases = [
        case("c-campaign", "campaign", campaign, ["e-burst", "e-group"], priority=0.7, strength="very strong"),
        case("c-slip", "review", [slip], ["e-slip"], priority=0.2, strength="moderate", facts={}),
        case("c-cafe", "review", [cafe[0]], ["e-cafe-1"], priority=0.2, strength="weak"),
        case(
            "c-old", "review", [cafe[1]], ["gone"], status="upheld", decision="upheld", reason="FAKE_ENGAGEMENT_GROUP"
        ),
    ]
    write_cases(empty_store, cases, {"c-campaign": [("opened", "40 reviews <i>in</i> 14 days")]})
    return empty_store
