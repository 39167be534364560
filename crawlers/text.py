"""Cleaning of text from outside: one normal form, no characters that break a terminal, a file or a database."""

from __future__ import annotations

import unicodedata

# C0 and C1 controls except tab and newline; lone surrogates cannot be written as UTF-8 at all.
_REMOVED: dict[int, str | None] = {code: None for code in (*range(32), *range(127, 160)) if code not in (9, 10)}
_REMOVED.update(dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}"))


def clean_text(value: str) -> str:
    """NFC, newlines as ``\\n``, control characters except ``\\n`` and ``\\t`` removed, blanks around it stripped."""
    if not value.isprintable():
        value = value.replace("\r\n", "\n").replace("\r", "\n").translate(_REMOVED)
    if not value.isascii():
        value = unicodedata.normalize("NFC", value)
    return value.strip()


def quoted(value: object) -> str:
    """A value as it may stand in a one-line message: quoted, escaped, at most 60 characters of it."""
    text = value if isinstance(value, str) else str(value)
    return repr(text if len(text) <= 60 else text[:57] + "...")
