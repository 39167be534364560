"""What a finding quotes of a single text: the passages that it rests on, and reviews to compare it with."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from reports import facts as read
from reports.quoted import Quotes, alike_keys
from reports.records import Finding
from reports.safety import broken_up, one_line
from reports.wording_texts import PASSAGES, REWARDS, hits_of, passage_kinds

_MOST_PASSAGES, _LONGEST, _LONGEST_ALIKE = 10, 120, 160


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of the text, what it is ("" where the finding names no kind), and whether it is written to be missed.

    Addresses and numbers in it are broken up, so that nothing makes a link of them.
    """

    quote: str
    kind: str
    hidden: bool
    language: str


@dataclass(frozen=True, slots=True)
class Alike:
    """Another review that reads like the one judged, and the rating that its author gave."""

    quote: str
    scale: str
    language: str


@dataclass(frozen=True, slots=True)
class Passages:
    """What a page shows below the sentences; ``note`` is for the owner, "" where there is none."""

    heading: str
    passages: tuple[Passage, ...]
    alike: tuple[Alike, ...]
    note: str


def passages_of(finding: Finding, quotes: Quotes) -> Passages | None:
    """The passages of a finding of mismatch or of lures; ``None`` where nothing is stored to be quoted."""
    if finding.detector == "lures":
        return _lures(finding)
    if finding.detector != "mismatch":
        return None
    said = tuple(Passage(quote, "", False, "") for quote in quoted_passages(finding))
    alike = tuple(
        Alike(one_line(quotes[key].text, _LONGEST_ALIKE), quotes[key].scale, quotes[key].language)
        for key in alike_keys(finding)
        if key in quotes and quotes[key].text.strip()
    )
    return Passages("What the text says that the rating does not", said, alike, "") if said or alike else None


def quoted_passages(finding: Finding) -> list[str]:
    """A finding's own passages, safe to show and to paste, each on one line."""
    if finding.detector == "lures":
        stored = [hit.get("quote") for hit in hits_of(finding.facts)]
    elif finding.detector == "mismatch":
        stored = list(read.texts(finding.facts, "quotes"))
    else:
        stored = []
    shown = [_shown(each) for each in stored[:_MOST_PASSAGES] if isinstance(each, str)]
    return [each for each in shown if each]


def _shown(quote: str) -> str:
    return one_line(broken_up(unicodedata.normalize("NFC", one_line(quote[: 2 * _LONGEST], _LONGEST))), 2 * _LONGEST)


def _lures(finding: Finding) -> Passages | None:
    hits = hits_of(finding.facts)[:_MOST_PASSAGES]
    said = []
    for hit in hits:
        quote = hit.get("quote")
        if isinstance(quote, str) and _shown(quote):
            kind = PASSAGES[str(hit["kind"])]
            said.append(Passage(_shown(quote), kind[0].upper() + kind[1:], hit.get("hidden") is True, ""))
    note = _OFFERED if set(passage_kinds(finding.facts)) & set(REWARDS) else ""
    return Passages("The passages", tuple(said), (), note) if said else None


_OFFERED = (
    "If an offer was made in the listing's name, a platform can hold it against the listing, whoever took it up: find "
    "out who made it."
)
