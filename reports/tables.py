"""The five exports as Arrow tables: stable columns, one row each, in a fixed order."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

from reports.columns import ACCOUNTS, CASES, EVIDENCE, REVIEWS, SCORES
from reports.records import Finding, read_findings
from store.cases import read_cases
from store.database import Database
from store.findings import read_evidence
from store.privacy import Pseudonymiser
from store.reading import (
    read_listing_reviews,
    read_listings,
    read_review_scores,
    read_reviewer_scores,
    read_sealed_reviewers,
)
from store.rows import day_or_none


def scores_table(database: Database, pseudonymiser: Pseudonymiser | None) -> pa.Table:
    """Every review with its score, by listing, day and key; a review not yet examined has no score."""
    reviews = read_listing_reviews(database)
    scores = read_review_scores(database)
    joined = reviews[
        ["review_key", "platform", "listing_id", "review_id", "reviewer_key", "published_from", "published_to"]
    ].merge(scores, on="review_key", how="left")
    cases: dict[str, list[str]] = {}
    for case in read_cases(database):
        for key in case.reviews:
            cases.setdefault(key, []).append(case.id)
    columns: dict[str, Iterable[Any]] = {
        "platform": joined["platform"],
        "listing_id": joined["listing_id"],
        "review_id": joined["review_id"],
        "reviewer_id": _reviewer_ids(database, joined["reviewer_key"], pseudonymiser),
        "published": _intervals(joined["published_from"], joined["published_to"]),
        "score": joined["score"],
        "p_value": joined["p_value"],
        "detectors": [each if isinstance(each, list) else [] for each in joined["detectors"]],
        "case_ids": [cases.get(key, []) for key in joined["review_key"].astype(object)],
    }
    return _table(columns, SCORES)


def accounts_table(database: Database, pseudonymiser: Pseudonymiser | None) -> pa.Table:
    """Every scored account, by platform and pseudonym."""
    scores = read_reviewer_scores(database).sort_values(["platform", "reviewer_key"], kind="stable")
    columns: dict[str, Iterable[Any]] = {
        name: scores[name] for name in ("platform", "reviews", "score", "p_value", "detectors", "group_id")
    }
    columns["reviewer_id"] = _reviewer_ids(database, scores["reviewer_key"], pseudonymiser)
    return _table(columns, ACCOUNTS)


def evidence_table(database: Database, _: Pseudonymiser | None) -> pa.Table:
    """Every finding, by key; ``review_ids`` by listing, day and key."""
    evidence, members = read_evidence(database)
    inside = members.groupby("evidence_key")["review_key"].agg(list).to_dict()
    reviews = read_listing_reviews(database)
    place = {key: at for at, key in enumerate(reviews["review_key"])}
    ids = list(reviews["review_id"])
    columns: dict[str, Iterable[Any]] = {name: evidence[name] for name in EVIDENCE.names if name in evidence}
    for name in ("window_start", "window_end"):
        columns[name] = [day_or_none(value) for value in evidence[name]]
    columns["review_ids"] = [
        [ids[at] for at in sorted(place[member] for member in inside.get(key, []) if member in place)]
        for key in evidence["evidence_key"]
    ]
    return _table(columns, EVIDENCE)


def cases_table(database: Database, pseudonymiser: Pseudonymiser | None) -> pa.Table:
    """Every case, by id; its lists by listing, day and key."""
    found = read_findings(database)
    reviews = read_listing_reviews(database)
    reviews = reviews[reviews["review_key"].isin({key for case in found.cases for key in case.reviews})]
    reviewer_ids = _reviewer_ids(database, reviews["reviewer_key"], pseudonymiser)
    known = list(zip(reviews["review_key"], reviews["listing_id"], reviews["review_id"], reviewer_ids, strict=True))
    place = {row[0]: at for at, row in enumerate(known)}
    rows = []
    for case in found.cases:
        inside = [known[at] for at in sorted(place[key] for key in case.reviews if key in place)]
        row: dict[str, Any] = {name: getattr(case, name) for name in CASES.names if hasattr(case, name)}
        row["case_id"] = case.id
        row["listing_ids"] = list(dict.fromkeys(each[1] for each in inside))
        row["review_ids"] = [each[2] for each in inside]
        row["reviewer_ids"] = list(dict.fromkeys(each[3] for each in inside if each[3] is not None))
        row["detectors"] = _detectors(found.of_case(case))
        rows.append(row)
    return _table({name: [row.get(name) for row in rows] for name in CASES.names}, CASES)


def reviews_table(database: Database, pseudonymiser: Pseudonymiser | None) -> pa.Table:
    """Every review's current version in the columns of the canonical record, by listing, day and key."""
    reviews = read_listing_reviews(database)
    listings = read_listings(database).set_index("key").rename(columns={"kind": "listing_kind"})
    described = reviews.join(listings[["listing_kind", "city", "country", "latitude", "longitude"]], on="listing_key")
    accounts = read_sealed_reviewers(database).set_index("reviewer_key")
    # A store that keeps names or profile counts gives these columns; one that doesn't leaves them empty.
    profile = accounts.reindex(columns=["name", "review_count", "since"]).reindex(reviews["reviewer_key"])
    columns: dict[str, Iterable[Any]] = {name: described[name] for name in REVIEWS.names if name in described}
    columns["reviewer_id"] = _reviewer_ids(database, reviews["reviewer_key"], pseudonymiser)
    columns["reviewer_name"] = profile["name"]
    columns["reviewer_review_count"] = profile["review_count"]
    columns["reviewer_since"] = profile["since"]
    columns["stayed"] = _stays(reviews["stayed_from"], reviews["stayed_to"])
    columns["subratings"] = [
        json.dumps(each, sort_keys=True) if isinstance(each, dict) else None for each in reviews["subratings"]
    ]
    return _table(columns, REVIEWS)


def _detectors(findings: Sequence[Finding]) -> list[str]:
    return sorted({each.detector for each in findings})


def _reviewer_ids(database: Database, keys: pd.Series, pseudonymiser: Pseudonymiser | None) -> list[str | None]:
    """The imported ids where the key opens them, the pseudonyms otherwise."""
    opened: Mapping[str, str] = {}
    if pseudonymiser is not None:
        wanted = set(keys.dropna())
        sealed = read_sealed_reviewers(database)
        opened = {
            key: pseudonymiser.open(platform, box) or key
            for key, platform, box in zip(sealed["reviewer_key"], sealed["platform"], sealed["sealed"], strict=True)
            if key in wanted
        }
    return [opened.get(key, key) if isinstance(key, str) else None for key in keys.astype(object)]


def _intervals(starts: pd.Series, ends: pd.Series) -> list[str]:
    """ISO days; an ISO interval where the source gave no day."""
    return [
        start.isoformat() if start == end else f"{start.isoformat()}/{end.isoformat()}"
        for start, end in zip(starts, ends, strict=True)
    ]


def _stays(starts: pd.Series, ends: pd.Series) -> list[str | None]:
    return [
        _stay(start, end) if isinstance(start, dt.date) and isinstance(end, dt.date) else None
        for start, end in zip(starts, ends, strict=True)
    ]


def _stay(start: dt.date, end: dt.date) -> str:
    """A day, a whole month as ``2026-03``, or an interval."""
    after = end + dt.timedelta(days=1)
    if start == end:
        return start.isoformat()
    if start.day == after.day == 1 and (start.year, start.month) == (end.year, end.month):
        return f"{start:%Y-%m}"
    return f"{start.isoformat()}/{end.isoformat()}"


def _table(columns: Mapping[str, Iterable[Any]], schema: pa.Schema) -> pa.Table:
    arrays = [_array(columns[field.name], field.type) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def _array(values: Iterable[Any], kind: pa.DataType) -> pa.Array:
    # As objects: going through an Arrow-backed column value by value is slow.
    plain = values.astype(object).to_numpy() if isinstance(values, pd.Series) else list(values)
    return pa.array(plain, type=kind, from_pandas=True)
