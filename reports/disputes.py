"""Texts for a platform's form, in three lengths, and drafts of public replies."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from reports import facts as read
from reports.grounds import Ground
from reports.passages import quoted_passages
from reports.records import Finding
from reports.reviews import ReviewView
from reports.safety import clipped, one_line
from reports.wording import direction_of, observation, rarity_sentence, short_observation
from store.strength import INDICATIONS

LENGTHS = (250, 500, 1000)
_LONGEST_LABEL = 110
_LONGEST_PASSAGE, _MOST_PASSAGES = 80, 2


@dataclass(frozen=True, slots=True)
class CopyText:
    """A text to paste: at most ``limit`` NFC code points; ``verbatim`` are the parts that quote somebody."""

    limit: int
    text: str
    verbatim: tuple[str, ...]

    @property
    def count(self) -> int:
        return len(self.text)


@dataclass(frozen=True, slots=True)
class Reply:
    """A draft of a public reply."""

    tone: str
    text: str


def copy_texts(
    ground: Ground, review: ReviewView, findings: Sequence[Finding], limit: int | None = None
) -> tuple[CopyText, ...]:
    """The texts for one review; the first finding is the one that the ground rests on.

    Without a usable ground there is none. ``limit`` is the platform's own, where known.
    """
    if not ground.usable or not findings:
        return ()
    label = clipped(ground.label, _LONGEST_LABEL)
    words = [one_line(each, 30) for each in read.texts(findings[0].facts, "words")[:8]]
    passages = [clipped(each, _LONGEST_PASSAGE) for each in quoted_passages(findings[0])[:_MOST_PASSAGES]]
    parts = _parts(label, ground.fit, review, findings, words, passages)
    verbatim = (label, *(_quoted(each) for each in (passages, words) if each))
    lengths = [each for each in LENGTHS if limit is None or each <= limit] or [limit or LENGTHS[0]]
    return tuple(CopyText(each, _fill(parts, each), verbatim) for each in lengths)


def reply_for(finding: Finding) -> Reply:
    """A reply to a review whose finding is no ground on its platform."""
    direction = direction_of(finding)
    if finding.detector == "mismatch" and direction == "text_better":
        return Reply("friendly", _REPLY_TEXT_BETTER)
    if finding.detector == "mismatch":
        return Reply("friendly", _REPLY_TEXT_WORSE)
    return Reply("friendly", REPLIES[0].text)


def _parts(
    label: str,
    fit: str,
    review: ReviewView,
    findings: Sequence[Finding],
    words: Sequence[str],
    passages: Sequence[str],
) -> tuple[str, ...]:
    main = findings[0]
    lead = "Please check" if fit == "D" else "Please look into"
    first, *more = observation(main)
    return (
        f"{lead} the review of {review.when} ({review.scale}) under “{label}”.",
        first,
        *([f"In the text: {_quoted(passages)}."] if passages else []),
        rarity_sentence(main.detector, main.facts),
        *([f"Words that the comparison rests on: {_quoted(words)}."] if words else []),
        *more,
        *(short_observation(each) for each in findings[1:] if each.detector not in INDICATIONS),
        "This is what public data show; it says nothing about the person who wrote the review.",
        f"Review id: {clipped(review.review_id, 60)}.",
        *([f"Address: {review.link}"] if review.link else []),
        "From our own records: [please add].",
    )


def _quoted(words: Sequence[str]) -> str:
    return unicodedata.normalize("NFC", ", ".join(f"“{word}”" for word in words))


def _fill(parts: Sequence[str], limit: int) -> str:
    """The parts, in their order, that fit; one that doesn't fit is left out whole."""
    text = ""
    for part in parts:
        longer = unicodedata.normalize("NFC", f"{text} {part}".strip())
        if len(longer) <= limit:
            text = longer
    return text


_REPLY_TEXT_BETTER = (
    "Thank you for your kind words about your visit. We noticed that the rating shown beside them is a low one. If "
    "that is what you meant, please tell us at [e-mail] what we can do better; if it was a slip, you can change the "
    "rating in your account whenever you like. [Name, position]"
)
_REPLY_TEXT_WORSE = (
    "Thank you for taking the time to write. Your text names points that did not go well, and we would like to "
    "understand them. Please write to us at [e-mail], so that we can look into each of them. [Name, position]"
)

REPLIES = (
    Reply(
        "friendly",
        "Thank you for your review. We read every one, and we have looked into what you describe: [one sentence about "
        "what was checked]. We would be glad to hear more from you at [e-mail]. [Name, position]",
    ),
    Reply(
        "formal",
        "Thank you for your feedback. We could not connect what you describe with our own records of these days. So "
        "that we can clarify it, please contact us at [e-mail]; we will answer in person. [Name, position]",
    ),
)
