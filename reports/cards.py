"""A card for each review with evidence: what was seen, how strong, which ground, what to paste."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reports import facts as read
from reports.disputes import CopyText, Reply, copy_texts, reply_for
from reports.explain import explained_finding
from reports.grounds import Ground, best_ground
from reports.passages import Passages, passages_of
from reports.platforms import Platform
from reports.quoted import Quotes
from reports.records import Finding
from reports.reviews import ReviewView
from reports.strength import rarity_sentence, strength_of
from reports.wording import observation, short_observation, title
from store.strength import INDICATIONS, STRENGTHS

_SHARED = frozenset({"listing", "group", "account"})


@dataclass(frozen=True, slots=True)
class Indication:
    """One finding as it bears on one review; ``account`` is the one that it is about, "" where it is about none."""

    title: str
    account: str
    sentences: tuple[str, ...]
    words: tuple[str, ...]
    passages: Passages | None
    strength: str | None
    rarity: str
    weight: float
    innocent: tuple[str, ...]
    anchor: str


@dataclass(frozen=True, slots=True)
class Card:
    """Everything the owner needs for one review."""

    review: ReviewView
    indications: tuple[Indication, ...]
    strength: str | None
    ground: Ground
    copies: tuple[CopyText, ...]
    reply: Reply | None
    owner_adds: tuple[str, ...]


def indication(
    finding: Finding, review_key: str, anchors: Mapping[str, str], quotes: Quotes, account: str = ""
) -> Indication:
    """A finding on a card: whole where it is about this review alone, one sentence and a link where it is shared."""
    shared = finding.key in anchors
    return Indication(
        title=title(finding),
        account=account,
        sentences=(short_observation(finding),) if shared else observation(finding),
        words=read.texts(finding.facts, "words")[:8],
        passages=passages_of(finding, quotes),
        strength=strength_of(finding.detector, finding.facts),
        rarity=rarity_sentence(finding.detector, finding.facts),
        weight=finding.members.get(review_key, 0.0),
        innocent=explained_finding(finding).innocent,
        anchor=anchors.get(finding.key, ""),
    )


def cards(
    reviews: Sequence[ReviewView],
    findings: Sequence[Finding],
    platform: Platform,
    anchors: Mapping[str, str],
    quotes: Quotes,
) -> tuple[Card, ...]:
    """The cards of all reviews with evidence, most useful first; what is never more than an indication makes no card.

    Best ground first, then strength, then weight, then day: praise and blame are sorted by the same rule.
    """
    made = []
    for review in reviews:
        inside = sorted((each for each in findings if review.key in each.members), key=lambda each: _rank(each, review))
        if any(each.detector not in INDICATIONS for each in inside):
            made.append(_card(review, inside, platform, anchors, quotes))
    return tuple(sorted(made, key=_usefulness))


def account_of(finding: Finding, reviews: Iterable[ReviewView]) -> str:
    """The pseudonym of the account that a finding is about, "" where it is about none or none of its reviews is here.

    Such a finding holds the account's reviews only, so that each of them names it.
    """
    if finding.subject_kind != "account":
        return ""
    return next((each.account for each in reviews if each.key in finding.members), "")


def is_shared(finding: Finding) -> bool:
    """Whether a finding is about more than one review and so gets its own place on the page."""
    return finding.subject_kind in _SHARED or len(finding.members) > 1


def _card(
    review: ReviewView, inside: Sequence[Finding], platform: Platform, anchors: Mapping[str, str], quotes: Quotes
) -> Card:
    best = best_ground(inside, platform.slug)
    assert best is not None
    main, ground = best
    ordered = [main, *(each for each in inside if each is not main)]
    made = tuple(indication(each, review.key, anchors, quotes) for each in ordered)
    adds = dict.fromkeys(line for each in ordered for line in explained_finding(each).owner_adds)
    words = [each.strength for each in made if each.strength is not None]
    return Card(
        review=review,
        indications=made,
        strength=max(words, key=STRENGTHS.index) if words else None,
        ground=ground,
        copies=copy_texts(ground, review, ordered, platform.limit_chars),
        reply=None if ground.usable else reply_for(main),
        owner_adds=tuple(adds),
    )


def _rank(finding: Finding, review: ReviewView) -> tuple[int, float, str]:
    return (-_grade(strength_of(finding.detector, finding.facts)), -finding.members[review.key], finding.key)


def _usefulness(card: Card) -> tuple[int, int, float, str, str]:
    weight = max(each.weight for each in card.indications)
    published = card.review.published.isoformat()
    return ("DCN".index(card.ground.fit), -_grade(card.strength), -weight, published, card.review.key)


def _grade(word: str | None) -> int:
    return -1 if word is None else STRENGTHS.index(word)
