"""Texts made to break or to slow down what reads them."""

from __future__ import annotations

from hypothesis import strategies as st

# Each repeats until it is as long as asked for.
PATTERNS = (
    '"',
    '"a',
    "“good",
    "a: ",
    "a:\n",
    "a" * 24 + ":",
    " \t",
    "\n",
    "\r\n",
    ".",
    "a.",
    "。！？",
    "(!",
    "(!?",
    "/s ",
    "a",
    "aa ",
    "not ",
    "not good ",
    "bad. good. ",
    "x" * 121 + " ",
    "\x00\x1f\x7f\u202e",
    "e\u0301\u0323",
    "\u0301",
    "\ufdfa",
    "\u3316",
    "😀",
    "宿がとても良い。",
    "ห้องสะอาด",
)


def long_text(pattern: str, length: int) -> str:
    """The pattern again and again, of exactly this length."""
    return (pattern * (length // len(pattern) + 1))[:length]


def any_texts(max_size: int = 400) -> st.SearchStrategy[str]:
    """Texts of every script, control characters and private ones among them, and what patterns are made of."""
    letters = st.characters(exclude_categories=["Cs"])
    pieces = st.one_of(st.text(letters, max_size=40), st.sampled_from(PATTERNS))
    return st.lists(pieces, max_size=12).map(lambda found: "".join(found)[:max_size])
