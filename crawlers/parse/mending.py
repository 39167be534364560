"""JSON as pages write it: read by the rules where it keeps them, else mended in one pass that loses little.

Harmless and mended: comments, commas and semicolons too many, ``&quot;`` for quotes, numbers that are none (``NaN``,
``undefined``) as null. Anything else is an error: the property in which it lies is left out, its object is marked with
``BROKEN``, and reading goes on; so is the object in which the text breaks off.
"""

from __future__ import annotations

import html
import json
import math
import re
from dataclasses import dataclass, field
from typing import Any

BROKEN = "@broken"

_MAX_DEPTH = 500
_MAX_DIGITS = 40
# Marks that hide a script from old browsers and from XML, as they stand at either end.
_HEAD = re.compile(r"(?:[\s/*]{0,40}(?:<!--|<!\[CDATA\[)(?:\s{0,9}\*/)?)?")
_TAIL = re.compile(r"(?:-->|\]\]>|//|/\*|\*/|\s){1,40}\Z")
_TOKEN = re.compile(
    r"""
      (?P<string>"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z))
    | (?P<comment>//[^\n]*+|/\*.*?(?:\*/|\Z)|\s++)
    | (?P<number>-?\d[\d.eE+-]*+)
    | (?P<constant>\b(?:true|false|null|undefined|NaN|nan|-?Infinity)\b|-Infinity\b)
    | (?P<mark>[{}\[\],:;])
    | (?P<other>[^\s"{}\[\],:;/\d]++|.)
    """,
    re.VERBOSE | re.DOTALL,
)
# What follows a text in JSON: where a text begins so, a stray quote has turned texts and what is between them round.
_AFTER_STRING = re.compile(r'"\s*[,:}\]]')
_CONSTANTS = {"true": True, "false": False}


def load(text: str) -> tuple[Any, bool]:
    """The value that a script block holds, and whether all of it could be read. Raises ``ValueError`` where none is."""
    text = _unwrapped(text)
    try:
        return _DECODER.decode(text), True
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ValueError:
        return _Mender().read(text)


def _unwrapped(text: str) -> str:
    """Without the marks around a script, and with quotes where the page escaped every one of them."""
    text = text.strip().removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}").strip()
    head = _HEAD.match(text)
    if head is not None and head.end():
        end = max(len(text) - 60, head.end())
        text = text[head.end() : end] + _TAIL.sub("", text[end:])
    if "&quot;" in text[:200] and '"' not in text[: text.index("&quot;")]:
        text = html.unescape(text)
    return text.strip()


def _float(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _int(text: str) -> int | None:
    return int(text) if len(text) <= _MAX_DIGITS else None


_DECODER = json.JSONDecoder(strict=False, parse_constant=lambda name: None, parse_float=_float, parse_int=_int)


@dataclass(slots=True)
class _Open:
    """A container that is being read. ``key`` and ``has_value`` say how far its present member has come."""

    value: Any
    key: str | None = None
    is_colon_seen: bool = False
    has_value: bool = False
    is_skipping: bool = False

    def fail(self) -> None:
        """Leaves out the present member."""
        if isinstance(self.value, dict):
            self.value[BROKEN] = True
            if self.key is not None and self.has_value:
                self.value.pop(self.key, None)
        self.is_skipping = True

    def next(self) -> bool:
        """Ends the present member; False where it has a name and no value."""
        is_cut = not self.is_skipping and self.key is not None and not self.has_value
        if is_cut:
            self.fail()
        self.key, self.is_colon_seen, self.has_value, self.is_skipping = None, False, False, False
        return not is_cut

    def add(self, value: Any) -> bool:
        """Takes a value where one may stand."""
        if isinstance(self.value, list):
            if self.has_value or self.is_skipping:
                return False
            self.value.append(value)
        else:
            if self.is_skipping or self.key is None or not self.is_colon_seen or self.has_value:
                return False
            self.value[self.key] = value
        self.has_value = True
        return True


@dataclass(slots=True)
class _Mender:
    """One pass over the tokens of a text, without recursion."""

    is_whole: bool = True
    roots: list[Any] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)

    def read(self, text: str) -> tuple[Any, bool]:
        at = 0
        patience = 4 * len(text)
        while (match := _TOKEN.match(text, at)) is not None:
            kind, at = match.lastgroup, match.end()
            if kind == "mark":
                if not self._mark(match[0]):
                    break
            elif kind == "string":
                is_stray = bool(self.stack) and self.stack[-1].is_skipping and _AFTER_STRING.match(text, match.start())
                if is_stray and patience > 0:
                    patience -= len(match[0])
                    at = match.start() + 1
                else:
                    self._string(match[0])
            elif kind == "number":
                self._value(_number(match[0]))
            elif kind == "constant":
                self._value(_CONSTANTS.get(match[0]))
            elif kind == "other":
                self._fail()
        if self.stack:
            # The text breaks off: what it breaks off in is not whole, what stands around it is.
            self.is_whole = False
            self.stack[-1].fail()
        if not self.roots:
            raise ValueError("not JSON")
        return self.roots[0] if len(self.roots) == 1 else self.roots, self.is_whole

    def _mark(self, mark: str) -> bool:
        """Reads one of ``{}[],:;``; False where the text is nested deeper than anything honest."""
        top = self.stack[-1] if self.stack else None
        if mark in "{[":
            container: Any = {} if mark == "{" else []
            self._leave_unclosed(mark)
            self._value(container)
            self.stack.append(_Open(container))
            return len(self.stack) <= _MAX_DEPTH
        if top is None:
            if mark not in ";,":
                self._fail()
        elif mark == ",":
            self.is_whole &= top.next()
        elif mark == ":":
            if isinstance(top.value, dict) and top.key is not None and not top.is_colon_seen:
                top.is_colon_seen = True
            else:
                self._fail()
        elif mark in "}]":
            self._close(dict if mark == "}" else list)
        else:
            self._fail()
        return True

    def _leave_unclosed(self, mark: str) -> None:
        """An object where a name should stand begins the next of a list: the one before it was never closed."""
        if mark == "{" and len(self.stack) > 1:
            inner, outer = self.stack[-1], self.stack[-2]
            if isinstance(inner.value, dict) and inner.key is None and isinstance(outer.value, list):
                inner.fail()
                self.is_whole = False
                self.stack.pop()
                outer.next()

    def _close(self, kind: type) -> None:
        """Closes the innermost container of a kind, with what was left open in it."""
        if not any(isinstance(each.value, kind) for each in self.stack[-3:]):
            self._fail()
            return
        is_torn = False
        while self.stack:
            top = self.stack.pop()
            is_torn |= not top.next()
            is_closed = isinstance(top.value, kind)
            is_torn |= not is_closed
            if is_torn:
                top.fail()
                self.is_whole = False
            if is_closed:
                return

    def _string(self, written: str) -> None:
        try:
            value = _DECODER.decode(written)
        except ValueError:
            self._fail()
            return
        top = self.stack[-1] if self.stack else None
        if top is not None and isinstance(top.value, dict) and top.key is None and not top.is_skipping:
            top.key = value
        else:
            self._value(value)

    def _value(self, value: Any) -> None:
        if not self.stack:
            if isinstance(value, dict | list):
                self.roots.append(value)
            else:
                self.is_whole = False
        elif not self.stack[-1].add(value):
            self._fail()

    def _fail(self) -> None:
        self.is_whole = False
        if self.stack:
            self.stack[-1].fail()


def _number(written: str) -> float | int | None:
    return _int(written) if written.lstrip("-").isdecimal() else _float(written)
