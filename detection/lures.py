"""Lures: links, contact details, codes, rewards for reviews, threats and demands."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from detection.cards import Card, load_card
from detection.crowds import MONTH_DAYS
from detection.findings import evidence_frame, marked_abstentions, review_row, rounded
from detection.protocol import Findings, Fold, Night
from detection.text import MOST_CHARACTERS
from detection.text.lures import Lure, languages, read_lures
from detection.text.wordlists import words_of
from store.frames import MEMBERS, SIGNALS, build

# The innocent readings that are named for each kind.
READINGS: Mapping[str, tuple[str, ...]] = {
    "link": ("own_contact", "recommendation"),
    "shortener": ("recommendation",),
    "referral": ("recommendation",),
    "code": ("public_offer",),
    "phone": ("booking_number", "left_for_the_owner", "own_contact", "recommendation"),
    "messenger": ("left_for_the_owner", "own_contact", "recommendation"),
    "email": ("left_for_the_owner", "own_contact", "recommendation"),
    "reward": ("public_offer", "reported_offer"),
    "threat": ("figure_of_speech", "reported_words"),
    "demand": ("complaint", "reported_words"),
}
# Only these can be the listing's own, and only in a review that holds none of the grave ones.
_OWNED = frozenset({"link", "phone", "messenger", "email"})
# A number is the same with and without the code of its country, called or written to.
_NUMBERED = frozenset({"phone", "messenger"})
_SAME_DIGITS = 9
# Shorter sentences about a number are alike by chance.
_FEWEST_WORDS = 4
_ENDS = re.compile(r"[.!?\n]")
_GRAVE = frozenset({"reward", "threat", "demand"})
# Digits in these are no telephone number.
_ADDRESSES = frozenset({"link", "shortener", "referral", "code"})
_MAIL_NAME = re.compile(r"(\w)[\w.%+-]{0,80}@(?=\w)")
_NUMBER = re.compile(r"(\d[\W_]{0,4}\d)[\W_]{0,4}\d(?:[\W_]{0,4}\d){2,40}?[\W_]{0,4}(\d[\W_]{0,4}\d)(?![\W_]{0,4}\d)")
_HIDDEN = "hidden"
_UNKNOWN = "und"


@dataclass(frozen=True)
class Lures:
    """Claim: the text leads its reader elsewhere, offers or names a reward for a review, or demands or threatens.

    Null model: guests write of their stay; how many honest reviews hold a lure of each kind was counted on real ones
    in six languages, of which half made no pattern (the card).
    Statistic: the rarest kind of lure in the review, a disguised one being a kind of its own; its p-value is the share
    of real reviews that hold a kind as rare or rarer.
    Innocent explanations: the own site, number, messenger or mail of a listing or a chain, which is left out where
    several accounts name it openly, each in words of its own, in several months, at few listings or nearly all at one,
    without a reward, threat or demand; a guide or driver recommended by a guest; a guest's own number, for the owner to
    call; a booking number; an offer open to all; words or offers that the guest only reports; a complaint that asks for
    amends (a promise to change the review once they are made is no demand); a figure of speech.
    Rates are upper limits (95 %): most kinds were never seen in the reviews counted. Quotes leave out the names in mail
    addresses and the middle of telephone numbers; where a contact leads is kept as a hash, in the partials alone.
    Cost: a CPU second for each 1,000 reviews or more; a text is read up to 4,000 characters, in linear time.
    Source: Unicode Technical Standard 39 (look-alike letters); the content rules of the review platforms.
    """

    false_per_1000_reviews: float = 2.0
    own_contact_accounts: int = 4
    own_contact_days: int = 60
    own_contact_months: int = 3
    own_contact_listings: int = 5
    own_contact_share: float = 0.8

    name: ClassVar[str] = "lures"
    version: ClassVar[int] = 3
    columns: ClassVar[tuple[str, ...]] = ("review_key", "listing_key", "reviewer_key", "day_to", "text", "language")
    partial: ClassVar[Mapping[str, str]] = {
        "review_key": "str",
        "listing_key": "str",
        "reviewer_key": "str",
        "day": "int32",
        "abstained": "str",
        "hits": "str",
    }
    fold: ClassVar[Fold | None] = None

    def scan(self, reviews: pd.DataFrame) -> pd.DataFrame:
        partial = reviews[["review_key", "listing_key", "reviewer_key"]].assign(day=reviews["day_to"].to_numpy())
        texts = [text[:MOST_CHARACTERS] for text in reviews["text"]]
        spoken = reviews["language"].tolist()
        found = read_lures(texts, spoken)
        partial["abstained"] = [_abstained(text, language) for text, language in zip(texts, spoken, strict=True)]
        partial["hits"] = [
            json.dumps([_kept(lure, text) for lure in lures]) if lures else ""
            for lures, text in zip(found, texts, strict=True)
        ]
        return partial[list(self.partial)].astype(dict(self.partial)).reset_index(drop=True)

    def conclude(self, partials: pd.DataFrame, night: Night) -> Findings:
        card = load_card(self.name)
        judged = partials[partials["abstained"] != "no_text"].sort_values("review_key", ignore_index=True)
        hits: list[list[dict[str, Any]]] = [json.loads(said) if said else [] for said in judged["hits"]]
        own = self._own_contacts(judged, hits)
        kept = [
            [hit for hit in each if not _may_be_own(hit, each) or (listing, hit["target"]) not in own]
            for listing, each in zip(judged["listing_key"], hits, strict=True)
        ]
        scores = np.array([max((score_of(hit, card) for hit in each), default=0.0) for each in kept], dtype="float64")
        p_values = card.p_value(scores) if len(scores) else scores
        # Without a lure a review is as ordinary as can be.
        p_values = np.where(scores > 0.0, p_values, 1.0)
        wanted = card.score_at(self.false_per_1000_reviews)
        flagged = np.flatnonzero((scores > 0.0) & (scores >= wanted)).tolist()
        rows = [self._evidence(judged.iloc[row], kept[row], float(scores[row]), card) for row in flagged]
        evidence = evidence_frame(rows)
        inside = {
            "evidence_key": evidence["evidence_key"],
            "review_key": evidence["subject_id"],
            "role": "subject",
            "weight": 1.0,
        }
        return Findings(
            evidence=evidence,
            members=build(inside, MEMBERS),
            signals=build({"review_key": judged["review_key"], "p_value": p_values}, SIGNALS),
            abstentions=marked_abstentions(self, partials, ("no_text", "no_words_for_language")),
        )

    def _own_contacts(self, reviews: pd.DataFrame, hits: Sequence[Sequence[dict[str, Any]]]) -> set[tuple[str, str]]:
        """Listings with the sites, numbers and so on that several accounts name for months, at few listings.

        At many listings, only with the one where nearly all of these accounts name it.
        """
        accounts = reviews["reviewer_key"].fillna(reviews["review_key"])
        named = [
            (str(hit["target"]), str(hit["around"]), listing, account, day)
            for listing, account, day, each in zip(reviews["listing_key"], accounts, reviews["day"], hits, strict=True)
            for hit in each
            if _may_be_own(hit, each)
        ]
        told = pd.DataFrame(named, columns=["target", "around", "listing", "account", "day"])
        own = set()
        for target, rows in told.groupby("target"):
            if not self._lasts(rows):
                continue
            few = rows["listing"].nunique() <= self.own_contact_listings
            least = self.own_contact_share * rows["account"].nunique()
            own |= {
                (str(listing), str(target))
                for listing, here in rows.groupby("listing")
                if few or (here["account"].nunique() >= least and self._lasts(here))
            }
        return own

    def _lasts(self, rows: pd.DataFrame) -> bool:
        """Whether enough accounts, each in its own words, name it for long enough and in enough months."""
        since = rows["day"] - rows["day"].min()
        months = (since // MONTH_DAYS).nunique()
        witnesses = min(rows["account"].nunique(), rows["around"].nunique())
        lasting = since.max() >= self.own_contact_days and months >= self.own_contact_months
        return bool(lasting and witnesses >= self.own_contact_accounts)

    def _evidence(
        self, review: pd.Series, hits: Sequence[dict[str, Any]], score: float, card: Card
    ) -> dict[str, object]:
        facts = {
            "hits": [{name: hit[name] for name in ("kind", "quote", "language", "hidden")} for hit in hits],
            "one_in": rounded(card.per / card.rate(score), digits=3),
            "considered": sorted({reading for hit in hits for reading in READINGS[hit["kind"]]}),
        }
        subject, day = str(review["review_key"]), int(review["day"])
        p_value = card.p_value(np.array([score]))[0]
        return review_row(self, subject, day, score=score, p_value=p_value, effect=len(hits), facts=facts)


def score_of(hit: Mapping[str, Any], card: Card) -> float:
    """The rank of a hit's kind by rarity, 0..1, 1 the rarest; a disguised hit has that of disguise, if it is rarer."""
    kinds = [str(hit["kind"]), _HIDDEN] if hit["hidden"] else [str(hit["kind"])]
    return max(card.table(kind).scores[-1] for kind in kinds)


def masked(lure: Lure) -> str:
    """The quote without the name in a mail address and the middle of a telephone number.

    Of one in disguise it shows what it stands for, since nobody could tell what to leave out.
    """
    quote = lure.quote
    if lure.hidden and (lure.kind == "email" or (lure.kind in {"phone", "messenger"} and lure.target.isdigit())):
        quote = lure.target
    quote = _MAIL_NAME.sub(r"\1…@", quote)
    return quote if lure.kind in _ADDRESSES else _NUMBER.sub(r"\1…\2", quote)


def _kept(lure: Lure, text: str) -> dict[str, Any]:
    """What the partials keep of a lure: no third person's address or number in clear."""
    target = _hashed(_led_to(lure)) if lure.target else ""
    around = _hashed(_around(lure, text)) if lure.target else ""
    return {**lure._asdict(), "quote": masked(lure), "target": target, "around": around}


def _led_to(lure: Lure) -> str:
    """Where a lure leads, the same for a number that is called, written to or linked."""
    if lure.kind in _NUMBERED and lure.target.isdigit():
        return f"number {lure.target[-_SAME_DIGITS:]}"
    return f"{lure.kind} {lure.target}"


def _around(lure: Lure, text: str) -> str:
    """The words of the sentence that a lure stands in, those of the whole text where it has few."""
    before, _, after = text.partition(lure.quote)
    sentence = words_of(f"{_ENDS.split(before)[-1]} {_ENDS.split(after)[0]}")
    return " ".join(sentence if len(sentence) >= _FEWEST_WORDS else words_of(f"{before} {after}"))


def _hashed(said: str) -> str:
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _may_be_own(hit: Mapping[str, Any], each: Sequence[Mapping[str, Any]]) -> bool:
    return hit["kind"] in _OWNED and not hit["hidden"] and _GRAVE.isdisjoint(other["kind"] for other in each)


def _abstained(text: str, language: str) -> str:
    if not text.strip():
        return "no_text"
    return "" if language == _UNKNOWN or language[:2].lower() in languages() else "no_words_for_language"
