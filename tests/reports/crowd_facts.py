"""Facts of groups and of single accounts as detection writes them, in sizes and shapes for tests."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

START = dt.date(2026, 9, 7)
HOSTILE = 'x</text><script>alert(1)</script>\u202e&#39;"fake fraud bot'


def scatter(*parts: object) -> float:
    """A number in [0, 1) that these parts always give."""
    digest = hashlib.sha256(repr(parts).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def group_cells(accounts: int, listings: int, *, days: int = 90, cover: float = 0.6, teams: int = 1) -> list[list[Any]]:
    """Accounts that come to each listing within ten days, a listing to a team; most ratings are high."""
    cells = []
    for account in range(accounts):
        for listing in range(listings):
            if account % teams == listing % teams and scatter("c", account, listing) < cover:
                later = int(days * scatter("l", listing)) + int(10 * scatter("d", account, listing))
                rating = 0.0 if scatter("r", account, listing) < 0.15 else 1.0
                cells.append([account, listing, (START + dt.timedelta(days=later)).isoformat(), rating])
    return cells


def ring_facts(accounts: list[str], listings: list[str], **changed: Any) -> dict[str, Any]:
    facts = {
        "kind": "ring",
        "accounts": accounts,
        "listings": listings,
        "pairs": 40,
        "shared": 122,
        "expected": 2.4,
        "within_days": 7,
        "near_share": 0.8,
        "agreement": 0.97,
        "rating_lift": 0.21,
        "high_share": 0.86,
        "high_share_usual": 0.31,
        "towns": 3,
        "alike_texts": 12,
        "texts": 40,
        "permutation_p": 0.001,
        "permutations": 999,
        "readings": ["club", "one_list"],
        "cells": group_cells(len(accounts), len(listings)),
        "false_groups_per_100k_accounts": 0.4,
    }
    return {**facts, **changed}


def reciprocity_facts(accounts: list[str], listings: list[str], **changed: Any) -> dict[str, Any]:
    facts = {
        "kind": "reciprocity",
        "accounts": accounts,
        "listings": listings,
        "owners": 6,
        "praises": 14,
        "own": 0,
        "returned": 5,
        "expected": 0.21,
        "cells": group_cells(len(accounts), len(listings)),
        "false_groups_per_100k_accounts": 0.4,
    }
    return {**facts, **changed}


def account_facts(**changed: Any) -> dict[str, Any]:
    facts = {
        "reviews": 48,
        "days_active": 31,
        "extreme_share": 0.96,
        "extreme_share_usual": 0.44,
        "towns": 14,
        "far_moves": 9,
        "longest_burst": 22,
        "silence_days": 210,
        "signs": ["pace", "extremes", "no_home", "burst_then_silence"],
        "company_reviews": 6,
        "company_times": 5,
        "company_expected": 0.21,
        "known": "that_night",
        "false_accounts_per_100k": 3.0,
    }
    return {**facts, **changed}


def travel_facts(listings: list[str], **changed: Any) -> dict[str, Any]:
    """Three stays by the day; the first two share a day and lie far apart."""
    facts = {
        "stays": [
            [0, "2026-05-03", "2026-05-06", "interval"],
            [1, "2026-05-05", "2026-05-05", "day"],
            [0, "2026-05-07", "2026-05-07", "day"],
        ],
        "listings": listings,
        "conflicts": [[1, 2, 9204.5, 2, 4602.25], [0, 1, 9204.5, 0, 9204.5]],
        "precision": "exact",
        "false_accounts_per_100k": 2.0,
    }
    return {**facts, **changed}


def month_facts(listings: list[str], **changed: Any) -> dict[str, Any]:
    """A stay at each listing, all in one month."""
    stays = [[at, "2026-05-01", "2026-05-31", "month"] for at in range(len(listings))]
    return travel_facts(listings, **{"stays": stays, "conflicts": [], "precision": "month", **changed})
