"""Texts that are alike: their template with its slots, two of them side by side, and where each one stands."""

from __future__ import annotations

from dataclasses import dataclass

from reports import facts as read
from reports.facts import Facts
from reports.likeness import Piece, side_by_side
from reports.quoted import Quoted, Quotes
from reports.records import Finding
from reports.reviews import Pseudonyms
from reports.safety import broken_up, one_line

_MOST_ROWS, _MOST_PARTS, _MOST_EXAMPLES, _LONGEST_PART, _LONGEST_EXAMPLE = 12, 80, 3, 400, 40


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a template: words that stay, or a numbered slot with examples of what stands in it."""

    text: str
    slot: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """One of two texts, in pieces."""

    who: str
    listing: str
    when: str
    scale: str
    language: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """Where one of the texts stands."""

    account: str
    listing: str
    when: str
    scale: str


@dataclass(frozen=True, slots=True)
class Reuse:
    """``sides`` are the two most alike texts, or one for both where they are the same; empty where they are gone."""

    template: tuple[Part, ...]
    sides: tuple[Side, ...]
    marked: bool
    rows: tuple[Row, ...]
    rows_left_out: int


def reuse_of(finding: Finding, quotes: Quotes, pseudonyms: Pseudonyms) -> Reuse | None:
    """What a page shows of a finding of reuse, or ``None`` where none of its texts is stored any more."""
    inside = sorted(
        (quotes[key] for key in finding.members if key in quotes), key=lambda each: (each.published, each.key)
    )
    if finding.detector != "reuse" or not inside:
        return None
    template = template_of(finding.facts)
    sides = _sides(finding, quotes, pseudonyms)
    return Reuse(
        template=template,
        sides=sides,
        marked=len(sides) > 1,
        rows=tuple(
            Row(pseudonyms.of(each.reviewer_key), each.listing_name, each.when, each.scale)
            for each in inside[:_MOST_ROWS]
        ),
        rows_left_out=max(len(inside) - _MOST_ROWS, 0),
    )


def template_of(facts: Facts) -> tuple[Part, ...]:
    """The template; empty where the facts hold none, or none with a slot."""
    stored, examples = facts.get("template"), facts.get("slots")
    if not isinstance(stored, list) or None not in stored:
        return ()
    filled = examples if isinstance(examples, list) else []
    parts: list[Part] = []
    slots = 0
    for each in stored[:_MOST_PARTS]:
        if each is None:
            parts.append(Part("", slots + 1, _examples(filled[slots] if slots < len(filled) else None)))
            slots += 1
        elif isinstance(each, str) and each.strip():
            parts.append(Part(_shown(each, _LONGEST_PART), 0, ()))
    if len(stored) > _MOST_PARTS:
        parts.append(Part("…", 0, ()))
    return tuple(parts)


def _shown(text: str, longest: int) -> str:
    return one_line(broken_up(one_line(text[: 2 * longest], longest)), longest)


def _examples(stored: object) -> tuple[str, ...]:
    given = [each for each in stored if isinstance(each, str)] if isinstance(stored, list) else []
    shown = [_shown(each, _LONGEST_EXAMPLE) or "nothing" for each in given]
    return tuple(dict.fromkeys(shown))[:_MOST_EXAMPLES]


def _sides(finding: Finding, quotes: Quotes, pseudonyms: Pseudonyms) -> tuple[Side, ...]:
    """The first stored pair of which both texts are still there."""
    for first, second, *_ in read.rows(finding.facts, "pairs", 3):
        pair = [quotes.get(key) if isinstance(key, str) else None for key in (first, second)]
        one, other = pair
        if one is None or other is None or not one.text.strip() or not other.text.strip():
            continue
        if _plain(one.text) == _plain(other.text):
            return (_side(one, side_by_side(one.text, "")[0], pseudonyms),)
        ours, theirs = side_by_side(one.text, other.text)
        return _side(one, ours, pseudonyms), _side(other, theirs, pseudonyms)
    return ()


def _side(review: Quoted, pieces: tuple[Piece, ...], pseudonyms: Pseudonyms) -> Side:
    who = pseudonyms.of(review.reviewer_key)
    return Side(who, review.listing_name, review.when, review.scale, review.language, pieces)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
