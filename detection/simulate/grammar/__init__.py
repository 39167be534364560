"""A grammar that expands symbols into text, and the writer that does it in one author's hand.

A grammar file holds symbols. The value of a symbol lists alternatives, one a line or parted by `|`; an alternative
may hold `{symbol}`, `{symbol?}` (left out by writers who give little detail), `{3..9}` (a number) and `[this|that]`.
The symbols named in `constant` keep their first expansion throughout a text.
"""

import random
import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

LANGUAGES = ("en", "de", "it", "fr", "es")
KINDS = ("hotel", "restaurant")


@dataclass(frozen=True, slots=True)
class _Slot:
    symbol: str
    optional: bool


@dataclass(frozen=True, slots=True)
class _Number:
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class _Choice:
    options: tuple["Pattern", ...]


Node = str | _Slot | _Number | _Choice
Pattern = tuple[Node, ...]

_TOKEN = re.compile(r"\{(\d+)\.\.(\d+)\}|\{(\w+)(\??)\}|([\[\]|\n])|([^\[\]{}|\n]+)")
_SENTENCE_START = re.compile(r"[.?!] ¿?[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Grammar:
    """The symbols of one language for one kind of listing, and the contractions of the language."""

    symbols: dict[str, tuple[Pattern, ...]]
    constant: frozenset[str]
    rewrites: tuple[tuple[re.Pattern[str], str], ...]


@dataclass(frozen=True, slots=True)
class Style:
    """What an author does to every text, whatever it says."""

    typos: float = 0.0
    lower: bool = False
    plain_letters: bool = False
    bangs: float = 0.0
    emoji: bool = False
    shouts: float = 0.0
    unfinished: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A pattern and what each of its nodes was filled with."""

    pattern: Pattern
    filled: tuple[str, ...]


@dataclass(slots=True)
class Writer:
    """Expands symbols with one author's dice and habits, and avoids saying one pattern twice in a text."""

    grammar: Grammar
    dice: random.Random
    known: dict[str, str]
    detail: float
    style: Style
    used: set[int] = field(default_factory=set)

    def say(self, symbol: str) -> str:
        """A fresh expansion of a symbol."""
        out: list[str] = []
        self._expand(self._fresh(symbol), out)
        return "".join(out)

    def draft(self, symbol: str) -> Draft:
        """A fresh expansion that `fill` can vary."""
        pattern = self._fresh(symbol)
        return Draft(pattern, tuple(self._node(node) for node in pattern))

    def fill(self, draft: Draft, change: float) -> str:
        """The draft with each slot filled anew at probability `change`."""
        dice = self.dice
        pairs = zip(draft.pattern, draft.filled, strict=True)
        return "".join(
            self._node(node) if not isinstance(node, str) and dice.random() < change else filled
            for node, filled in pairs
        )

    def headline(self, symbol: str) -> str:
        """A title, in the author's hand."""
        return self.polish(self.say(symbol), Style(lower=self.style.lower, plain_letters=self.style.plain_letters))

    def finish(self, sentences: Sequence[str], stars: int) -> str:
        """The sentences punctuated, joined and written in the author's hand."""
        dice, style = self.dice, self.style
        ended = []
        for sentence in sentences:
            text = sentence.strip()
            if text[-1] not in ".!?…":
                text += self.say("bang") if dice.random() < style.bangs else "."
            ended.append(text)
        body = " ".join(ended)
        if style.unfinished:
            body = body.removesuffix(".")
        body = self.polish(body, style)
        if style.emoji and stars != 3:
            body += " " + self.say("emoji_pos" if stars >= 4 else "emoji_neg")
        return body

    def polish(self, text: str, style: Style) -> str:
        """The text with the language's contractions and the author's slips."""
        text = text.replace("  ", " ").replace(" ,", ",").replace(" .", ".").strip()
        for pattern, replacement in self.grammar.rewrites:
            text = pattern.sub(replacement, text)
        text = _SENTENCE_START.sub(lambda found: found[0].upper(), f". {text}")[2:]
        if style.typos or style.shouts:
            text = " ".join(self._slip(word, style) for word in text.split(" "))
        if style.plain_letters:
            text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
        return text.lower() if style.lower else text

    def _slip(self, word: str, style: Style) -> str:
        dice = self.dice
        if len(word) < 5 or not word.isalpha():
            return word
        if dice.random() < style.shouts:
            return word.upper()
        if dice.random() >= style.typos:
            return word
        at = dice.randint(1, len(word) - 3)
        swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        return dice.choice((swapped, word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:]))

    def _fresh(self, symbol: str) -> Pattern:
        patterns, used = self.grammar.symbols[symbol], self.used
        pattern = patterns[int(self.dice.random() * len(patterns))]
        for _ in range(4):
            if id(pattern) not in used:
                break
            pattern = patterns[int(self.dice.random() * len(patterns))]
        used.add(id(pattern))
        return pattern

    def _node(self, node: Node) -> str:
        out: list[str] = []
        self._expand((node,), out)
        return "".join(out)

    def _expand(self, pattern: Pattern, out: list[str]) -> None:
        draw = self.dice.random
        for node in pattern:
            if isinstance(node, str):
                out.append(node)
            elif isinstance(node, _Choice):
                option = node.options[int(draw() * len(node.options))]
                if len(option) == 1 and isinstance(option[0], str):
                    out.append(option[0])
                else:
                    self._expand(option, out)
            elif isinstance(node, _Number):
                out.append(str(node.low + int(draw() * (node.high - node.low + 1))))
            elif not node.optional or draw() < self.detail:
                self._symbol(node.symbol, out)

    def _symbol(self, symbol: str, out: list[str]) -> None:
        if symbol in self.known:
            out.append(self.known[symbol])
        elif symbol in self.grammar.constant:
            self.known[symbol] = self.say(symbol)
            out.append(self.known[symbol])
        else:
            self._expand(self._fresh(symbol), out)


def draw_style(dice: random.Random) -> Style:
    """The habits of one author: most have none that shows."""
    draw = dice.random
    return Style(
        typos=0.03 if draw() < 0.14 else 0.0,
        lower=draw() < 0.06,
        plain_letters=draw() < 0.04,
        bangs=0.6 if draw() < 0.13 else 0.04,
        emoji=draw() < 0.05,
        shouts=0.04 if draw() < 0.04 else 0.0,
        unfinished=draw() < 0.12,
    )


@cache
def load(language: str, kind: str) -> Grammar:
    """The grammar of a language for a kind of listing."""
    if language not in LANGUAGES or kind not in KINDS:
        raise ValueError(f"no grammar writes of a {kind!r} in {language!r}")
    data, events = _read(f"{language}.toml"), _read("events.toml")
    named: dict[str, str] = {}
    for table in (data["common"], data[kind], events[language]):
        for symbol, text in table.items():
            named[symbol] = f"{named.get(symbol, '')}\n{text}"
    symbols = {symbol: tuple(p for p in _parse(text).options if p) for symbol, text in named.items()}
    rewrites = tuple((re.compile(pattern), replacement) for pattern, replacement in data["rewrites"])
    return Grammar(symbols, frozenset(data["constant"]), rewrites)


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files(__name__).joinpath(name).read_text("utf-8"))


def _parse(source: str) -> _Choice:
    """The alternatives in a symbol's text."""
    open_choices: list[list[list[Node]]] = [[[]]]
    for low, high, symbol, optional, mark, literal in _TOKEN.findall(source):
        here = open_choices[-1]
        if literal:
            here[-1].append(literal)
        elif symbol:
            here[-1].append(_Slot(symbol, bool(optional)))
        elif low:
            here[-1].append(_Number(int(low), int(high)))
        elif mark == "[":
            open_choices.append([[]])
        elif mark == "]":
            closed = open_choices.pop()
            open_choices[-1][-1].append(_Choice(tuple(tuple(option) for option in closed)))
        else:
            here.append([])
    (top,) = open_choices
    return _Choice(tuple(tuple(option) for option in top))
