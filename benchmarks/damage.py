"""Damage to documents, the same for the same random generator: bytes, and values within JSON."""

from __future__ import annotations

import math
from random import Random
from typing import Any

# What has broken readers of JSON, HTML, CSV and dates before.
FRAGMENTS = (
    *(each.encode() for each in "{}[]\",:\\/<>&;='-+.%#@!?0 \t\r\n"),
    b'""',
    b"{}",
    b"null",
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"9" * 5000,
    b"[" * 2000,
    b'{"a":' * 2000,
    b"\\ud800",
    b"\\u0000",
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xe2\x80\xae",
    b"\xf0\x9f\x91\x8d",
    b"\xed\xa0\x80",
    b"</script>",
    b"<script>",
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"<div itemscope>" * 300,
    b"&quot;",
    b"&#x0;",
    b"&#1114112;",
    b'"@id":"#a"',
    b'"@graph":',
    b"itemprop=",
    b"http://[",
    b"javascript:",
    b"9999-12-31T23:59:59Z",
    b"0001-01-01T00:00:00+14:00",
    b"2024-02-30",
)

VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    3,
    10**18,
    10**400,
    0.5,
    1e308,
    math.nan,
    math.inf,
    "",
    " ",
    "\x00",
    "\ud800",
    "\u202e\u200b",
    "１２",
    "1_0",
    "4,5",
    "x" * 5000,
    "http://[",
    "javascript:alert(1)",
    "2024-02-30",
    "9999-12-31T23:59:59.999999999Z",
    "0001-01-01T00:00:00+14:00",
    "a month ago",
    [],
    {},
    [[]],
    [None],
    {"": {"": []}},
    {"@id": "#loop"},
)


def random_bytes(random: Random) -> bytes:
    """Up to 400 bytes: noise, printable noise, or fragments of the languages that parsers read."""
    size = random.randrange(400)
    kind = random.randrange(3)
    if kind == 0:
        return random.randbytes(size)
    if kind == 1:
        return bytes(random.choices(range(32, 127), k=size))
    return b"".join(random.choices(FRAGMENTS, k=random.randrange(12)))


def damaged_bytes(random: Random, document: bytes) -> bytes:
    """A document with one to four accidents: bytes changed, lost, repeated, swapped, cut off, or put in."""
    said = bytearray(document)
    for _ in range(random.randint(1, 4)):
        start = random.randrange(len(said) + 1)
        end = min(len(said), start + random.choice((1, 1, 2, 8, 60, 400)))
        kind = random.randrange(6)
        if kind == 0:
            said[start:end] = random.randbytes(end - start)
        elif kind == 1:
            del said[start:end]
        elif kind == 2:
            said[start:start] = said[start:end] * random.choice((1, 2, 20))
        elif kind == 3:
            other = random.randrange(len(said) + 1)
            said[other:other] = said[start:end]
        elif kind == 4:
            said[start:end] = random.choice(FRAGMENTS)
        elif random.randrange(4) == 0:
            del said[start:]
    return bytes(said)


def damaged_value(random: Random, value: Any) -> Any:
    """A JSON value in which one place, at any depth, holds something else, or is gone."""
    places = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    if not places or random.randrange(12) == 0:
        return _deep(random.randrange(2, 400)) if random.randrange(20) == 0 else random.choice(VALUES)
    place = random.choice(places)
    changed = value.copy()
    kind = random.randrange(8)
    if kind == 0:
        del changed[place]
    elif kind == 1 and isinstance(changed, dict):
        changed[str(random.choice(VALUES))[:50]] = changed.pop(place)
    else:
        changed[place] = damaged_value(random, changed[place])
    return changed


def _deep(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value
