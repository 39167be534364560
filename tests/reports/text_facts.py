"""Facts about texts as detection writes them, and texts that strangers might write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

HOSTILE = (
    "<script>alert('x')</script>",
    '<a href="https://evil.example/x?ref=1" onclick="y()">click</a>',
    "javascript:alert(1) https://evil.example http://evil.example/a\u200b.b",
    "Nice \u202eevil txt\u202c place\u200b fake fraud scam bot paid",
    "</q></mark></table>{{ 7 * 7 }}{% raw %}",
    "\x00\x07" + "a\u0301" * 50,
    "word " * 200_000,
    "",
)


def reuse_facts(pairs: Sequence[tuple[str, str]] = (), **changed: Any) -> dict[str, Any]:
    facts = {
        "kind": "template",
        "copies": 6,
        "accounts": 5,
        "listings": 3,
        "platforms": 1,
        "words": 41,
        "likeness": 0.713,
        "one_in": 45_000,
        "span_days": 19,
        "template": ["We stayed", None, "at the", None, "and loved the", None, ". Staff were so kind!"],
        "slots": [["two nights", "a week"], ["Adler", "Post", "Krone"], ["view", "breakfast", "pool"]],
        "pairs": [[one, other, 0.93] for one, other in pairs],
        "considered": ["other_platform", "a_code_of_tomorrow", "stock_phrase"],
    }
    return {**facts, **changed}


def lures_facts(*hits: dict[str, Any], **changed: Any) -> dict[str, Any]:
    told = hits or (
        hit("link", "book at www.cheap-rooms.example/ulm"),
        hit("messenger", "w h a t s a p p +49 151 000 000", hidden=True),
    )
    return {"hits": list(told), "one_in": 3_300.0, "considered": ["own_contact"], **changed}


def hit(kind: str, quote: str = "free dessert for five stars", **changed: Any) -> dict[str, Any]:
    return {"kind": kind, "quote": quote, "language": "en", "hidden": False, **changed}


def generated_facts(**changed: Any) -> dict[str, Any]:
    facts = {
        "language": "en",
        "score": 0.93,
        "one_in": 1_000,
        "quality": 0.947,
        "words": 61,
        "considered": ["translated"],
    }
    return {**facts, **changed}


def told_mismatch(facts: dict[str, Any], alike: Sequence[str] = (), **changed: Any) -> dict[str, Any]:
    """Facts of the first version with what the second one adds."""
    added = {
        "quotes": ["Wonderful rooms, perfect breakfast!"],
        "alike": [[key, 5.0] for key in alike],
        "low": 4.0,
        "high": 5.0,
    }
    return {**facts, **added, **changed}
