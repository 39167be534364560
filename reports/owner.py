"""The owner's dossier of one listing, built from the store alone."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from reports import facts as read
from reports.cards import Card, Indication, account_of, cards, indication, is_shared
from reports.checks import Check, SetAside, checks, set_aside
from reports.disputes import REPLIES, Reply
from reports.exhibits import Exhibits, exhibits_of
from reports.explain import DETECTORS, Explained, with_calibration
from reports.numbers import plural, span
from reports.pages import render
from reports.platforms import Platform, platform
from reports.quoted import Quotes, named_reviews, quotes_of
from reports.rating import BLAME_TO, PRAISE_FROM, Ratings, ratings
from reports.records import SET_ASIDE, Finding, Findings, ReportError, read_findings
from reports.reviews import Pseudonyms, ReviewView, review_views
from reports.safety import one_line
from reports.steps import Step, steps
from reports.strength import strongest
from reports.wording import direction_of
from reports.wording_groups import is_reciprocity
from store.database import Database
from store.quoted import read_quoted
from store.reading import read_listing_reviews

_MOST_CARDS = 80
_PRAISE = frozenset({"praise"})
_OF_ACCOUNTS = frozenset({"group", "account"})


@dataclass(frozen=True, slots=True)
class Counts:
    """The three numbers of the first page, and what they are made of."""

    examined: int
    evidence: int
    gone: int
    listed: int
    supporting: int
    praise: int
    blame: int


@dataclass(frozen=True, slots=True)
class Shared:
    """A finding about several reviews, ``here`` of them of this listing, with what is shown beside it."""

    anchor: str
    of_accounts: bool
    indication: Indication
    reviews: int
    here: int
    praise: bool
    exhibits: Exhibits


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything that the pages say; nothing is looked up while rendering."""

    as_of: dt.date
    listing_key: str
    name: str
    platform: Platform
    rules_are_old: bool
    period: str
    sentence: str
    counts: Counts
    strength: str | None
    steps: tuple[Step, ...]
    ratings: Ratings
    shared: tuple[Shared, ...]
    cards: tuple[Card, ...]
    cards_left_out: int
    checks: tuple[Check, ...]
    set_aside: tuple[SetAside, ...]
    replies: tuple[Reply, ...]
    methods: tuple[Explained, ...]
    versions: tuple[str, ...]
    sources: tuple[str, ...]
    seen: str


def owner_dossier(database: Database, listing_key: str, *, as_of: dt.date, findings: Findings | None = None) -> Dossier:
    """The dossier of a listing as the store holds it; dates to act by count from ``as_of``.

    Give ``findings`` (from ``records.read_findings``) when making many dossiers of one night.

    Raises:
        ReportError: there is no such listing.
    """
    known = read_findings(database) if findings is None else findings
    _check_listing(known, listing_key)
    reviews = read_listing_reviews(database, listing_key)
    review_keys = set(reviews["review_key"])
    aside = known.set_aside()
    live = [each for each in known.touching(review_keys) if each.key not in aside]
    slug = listing_key.split("/", maxsplit=1)[0]
    rules = platform(slug)
    pseudonyms = Pseudonyms(_named_first(reviews, live))
    anchors = _anchors(live)
    quotes = quotes_of(read_quoted(database, named_reviews(live)))
    made = cards(review_views(_with_evidence(reviews, live), pseudonyms), live, rules, anchors, quotes)
    counts = _counts(reviews, made, known)
    name = one_line(known.listing_name(listing_key), 120)
    strength = _strength(known, review_keys, made)
    return Dossier(
        as_of=as_of,
        listing_key=listing_key,
        name=name,
        platform=rules,
        rules_are_old=rules.is_old(as_of),
        period=_period(reviews),
        sentence=_sentence(name, rules, counts, _period(reviews)),
        counts=counts,
        strength=strength,
        steps=steps(
            rules,
            listed=counts.listed,
            supporting=counts.supporting,
            evidence=counts.evidence - counts.gone,
            as_of=as_of,
        ),
        ratings=ratings(reviews, _flags(reviews, made), listing_key),
        shared=tuple(
            _shared(each, anchors[each.key], [card.review for card in made], pseudonyms, known, listing_key, quotes)
            for each in sorted(live, key=lambda each: _place(anchors.get(each.key, "")))
            if each.key in anchors
        ),
        cards=made[:_MOST_CARDS],
        cards_left_out=max(len(made) - _MOST_CARDS, 0),
        checks=checks(known, live, listing_key, counts.examined),
        set_aside=set_aside(known, review_keys),
        replies=REPLIES,
        methods=tuple(with_calibration(name, known.calibration, slug) for name in DETECTORS),
        versions=tuple(sorted({f"{each.detector} {each.version}" for each in live})),
        sources=tuple(sorted(set(reviews["source"]))),
        seen=_seen(reviews),
    )


def render_html(dossier: Dossier) -> str:
    """The dossier as one self-contained page."""
    return render("owner.html", dossier=dossier)


def _check_listing(findings: Findings, listing_key: str) -> None:
    keys = list(findings.listings["key"])
    if listing_key in keys:
        return
    names = {str(name): key for key, name in zip(keys, findings.listings["name"], strict=True) if isinstance(name, str)}
    close = difflib.get_close_matches(listing_key, keys, n=3, cutoff=0.5)
    close += [names[name] for name in difflib.get_close_matches(listing_key, names, n=3, cutoff=0.5)]
    close += [key for key in keys if key.endswith(f"/{listing_key}")]
    hint = f"; did you mean {', '.join(dict.fromkeys(close))}?" if close else ""
    if not keys:
        hint = "; the store is empty: import or crawl reviews first"
    raise ReportError(f"no listing {listing_key!r}{hint}")


def _named_first(reviews: pd.DataFrame, live: Sequence[Finding]) -> list[str]:
    """Accounts of reviews with evidence by day, then those that only a group's facts name."""
    own = [key for key in _with_evidence(reviews, live)["reviewer_key"] if isinstance(key, str)]
    others = [key for each in live for key in read.texts(each.facts, "accounts")]
    return [*own, *others]


def _with_evidence(reviews: pd.DataFrame, live: Sequence[Finding]) -> pd.DataFrame:
    inside = {key for each in live for key in each.members}
    return reviews[reviews["review_key"].isin(inside)]


def _anchors(live: Sequence[Finding]) -> Mapping[str, str]:
    """A letter-like name for each shared finding, by window and key."""
    ordered = sorted(
        (each for each in live if is_shared(each)), key=lambda each: (each.window_start or dt.date.min, each.key)
    )
    return {each.key: f"finding-{number}" for number, each in enumerate(ordered, start=1)}


def _place(anchor: str) -> int:
    return int(anchor.rpartition("-")[2] or 0)


def _shared(
    finding: Finding,
    anchor: str,
    reviews: Sequence[ReviewView],
    pseudonyms: Pseudonyms,
    findings: Findings,
    listing_key: str,
    quotes: Quotes,
) -> Shared:
    return Shared(
        anchor=anchor,
        of_accounts=finding.subject_kind in _OF_ACCOUNTS,
        indication=indication(finding, "", {}, quotes, account_of(finding, reviews)),
        reviews=len(finding.members),
        here=sum(review.key in finding.members for review in reviews),
        praise=_praises(finding, reviews),
        exhibits=exhibits_of(finding, pseudonyms, findings, quotes, listing_key),
    )


def _praises(finding: Finding, reviews: Sequence[ReviewView]) -> bool:
    """Whether a finding is about praise: by its facts or, of texts that are alike, by most of their ratings here."""
    if finding.detector == "reuse":
        given = [review.normalised for review in reviews if review.key in finding.members]
        return 2 * sum(value >= PRAISE_FROM for value in given) > len(given)
    return direction_of(finding) in _PRAISE or is_reciprocity(finding.facts) or _lift(finding) > 0


def _lift(finding: Finding) -> float:
    return read.number(finding.facts, "rating_lift") or 0.0


def _flags(reviews: pd.DataFrame, made: Sequence[Card]) -> np.ndarray:
    flagged = {card.review.key for card in made}
    return reviews["review_key"].isin(flagged).to_numpy(dtype=bool)


def _counts(reviews: pd.DataFrame, made: Sequence[Card], findings: Findings) -> Counts:
    evidence = {card.review.key for card in made}
    ratings_given = [card.review.normalised for card in made]
    # What is no longer shown needs no report.
    shown = [card for card in made if not card.review.is_gone]
    return Counts(
        examined=sum(key in findings.scored or key in evidence for key in reviews["review_key"]),
        evidence=len(made),
        gone=len(made) - len(shown),
        listed=sum(card.ground.fit == "D" for card in shown),
        supporting=sum(card.ground.fit == "C" for card in shown),
        praise=sum(value >= PRAISE_FROM for value in ratings_given),
        blame=sum(value <= BLAME_TO for value in ratings_given),
    )


def _strength(findings: Findings, review_keys: set[str], made: Sequence[Card]) -> str | None:
    """The strongest live case's word; without a case, that of the strongest indication."""
    if not made:
        return None
    recorded = [each.strength for each in findings.cases_touching(review_keys) if each.status not in SET_ASIDE]
    return strongest(recorded) or strongest([card.strength for card in made if card.strength is not None])


def _sentence(name: str, rules: Platform, counts: Counts, period: str) -> str:
    if counts.examined == 0:
        return f"The reviews of {name} on {rules.name} were not examined yet."
    start = f"We examined {plural(counts.examined, 'review')} of {name} on {rules.name} ({period})"
    if counts.evidence == 0:
        return f"{start} and found none that stands out."
    if counts.listed:
        ground = f"for {counts.listed} of them {rules.name} lists a ground to ask for a check"
    elif counts.supporting:
        ground = f"by themselves they are no listed ground on {rules.name}, but they can support one"
    else:
        ground = f"{rules.name} lists no ground that covers them"
    return f"{start}; {plural(counts.evidence, 'review stands', 'reviews stand')} out, and {ground}."


def _period(reviews: pd.DataFrame) -> str:
    if reviews.empty:
        return "no reviews"
    return span(reviews["published_from"].min(), reviews["published_to"].max())


def _seen(reviews: pd.DataFrame) -> str:
    if reviews.empty:
        return "nothing seen yet"
    return span(reviews["first_seen"].min().date(), reviews["last_seen"].max().date())
