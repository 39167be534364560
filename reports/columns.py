"""The columns of the five exports. They are stable: other programs read them."""

from __future__ import annotations

import pyarrow as pa

_LIST = pa.list_(pa.string())
# A text that holds JSON: nested in JSON Lines, text elsewhere.
JSON_FIELD = {b"content": b"json"}
# What a source gave is passed on as it is; what was computed is rounded.
EXACT = frozenset({"latitude", "longitude"})

SCORES = pa.schema(
    [
        ("platform", pa.string()),
        ("listing_id", pa.string()),
        ("review_id", pa.string()),
        ("reviewer_id", pa.string()),
        ("published", pa.string()),
        ("score", pa.float64()),
        ("p_value", pa.float64()),
        ("detectors", _LIST),
        ("case_ids", _LIST),
    ]
)
ACCOUNTS = pa.schema(
    [
        ("platform", pa.string()),
        ("reviewer_id", pa.string()),
        ("reviews", pa.int64()),
        ("score", pa.float64()),
        ("p_value", pa.float64()),
        ("detectors", _LIST),
        ("group_id", pa.string()),
    ]
)
EVIDENCE = pa.schema(
    [
        pa.field("evidence_key", pa.string()),
        pa.field("detector", pa.string()),
        pa.field("version", pa.int64()),
        pa.field("subject_kind", pa.string()),
        pa.field("subject_id", pa.string()),
        pa.field("window_start", pa.date32()),
        pa.field("window_end", pa.date32()),
        pa.field("score", pa.float64()),
        pa.field("p_value", pa.float64()),
        pa.field("q_value", pa.float64()),
        pa.field("effect", pa.float64()),
        pa.field("n_reviews", pa.int64()),
        pa.field("facts", pa.string(), metadata=JSON_FIELD),
        pa.field("review_ids", _LIST),
    ]
)
CASES = pa.schema(
    [
        ("case_id", pa.string()),
        ("kind", pa.string()),
        ("status", pa.string()),
        ("priority", pa.float64()),
        ("strength", pa.string()),
        ("listing_ids", _LIST),
        ("review_ids", _LIST),
        ("reviewer_ids", _LIST),
        ("window_start", pa.date32()),
        ("window_end", pa.date32()),
        ("detectors", _LIST),
        ("opened", pa.date32()),
        ("updated", pa.date32()),
        ("decision", pa.string()),
        ("reason", pa.string()),
    ]
)
REVIEWS = pa.schema(
    [
        ("platform", pa.string()),
        ("listing_id", pa.string()),
        ("listing_name", pa.string()),
        ("listing_kind", pa.string()),
        ("city", pa.string()),
        ("country", pa.string()),
        ("latitude", pa.float64()),
        ("longitude", pa.float64()),
        ("review_id", pa.string()),
        ("review_url", pa.string()),
        ("reviewer_id", pa.string()),
        ("reviewer_name", pa.string()),
        ("reviewer_review_count", pa.int64()),
        ("reviewer_since", pa.date32()),
        ("rating", pa.float64()),
        ("rating_worst", pa.float64()),
        ("rating_best", pa.float64()),
        ("title", pa.string()),
        ("text", pa.string()),
        ("language", pa.string()),
        ("text_is_translation", pa.bool_()),
        ("stayed", pa.string()),
        ("published_from", pa.date32()),
        ("published_to", pa.date32()),
        ("edited", pa.date32()),
        ("verified_stay", pa.bool_()),
        ("response_text", pa.string()),
        ("response_published", pa.date32()),
        ("text_positive", pa.string()),
        ("text_negative", pa.string()),
        pa.field("subratings", pa.string(), metadata=JSON_FIELD),
        ("response_state", pa.string()),
        ("syndicated_from", pa.string()),
    ]
)
