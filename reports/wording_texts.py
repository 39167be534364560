"""The sentences about texts: rating and text, texts used again, passages that lead elsewhere, a program's manner."""

from __future__ import annotations

import math
from collections.abc import Mapping

from reports import facts as read
from reports.facts import Facts
from reports.numbers import decimal, percent, plural, whole
from reports.records import Finding

# How texts of one group are alike, as a heading and within a sentence.
ALIKE: Mapping[str, tuple[str, str]] = {
    "exact": ("The same text in several reviews", "have the same text"),
    "near": ("Nearly the same text in several reviews", "have nearly the same text"),
    "template": ("One template behind several texts", "follow one template, with a few words changed"),
}
# What a passage is.
PASSAGES: Mapping[str, str] = {
    "link": "a link",
    "shortener": "a shortened link",
    "referral": "a referral or affiliate address",
    "code": "a discount or referral code",
    "phone": "a telephone number",
    "messenger": "a messenger contact",
    "email": "an e-mail address",
    "reward": "words about an offer in return for a review",
    "threat": "words that read as a threat tied to the review",
    "demand": "words that read as a demand tied to the review",
}
LEADS_ELSEWHERE = ("link", "shortener", "referral", "code")
CONTACTS = ("phone", "messenger", "email")
REWARDS = ("reward",)
PRESSURE = ("threat", "demand")


def mismatch_title(finding: Finding) -> str:
    """What was found of a rating and its text, as a heading."""
    return "Rating and text do not agree"


def mismatch_observation(finding: Finding) -> tuple[str, ...]:
    """What was observed of a rating and its text; the first sentence stands alone."""
    facts = finding.facts
    stars, expected = read.number(facts, "stars"), read.number(facts, "expected")
    worst, best = read.number(facts, "worst"), read.number(facts, "best")
    direction = read.text(facts, "direction") or ""
    side = {"text_better": "better than", "text_worse": "worse than"}.get(direction, "different from")
    first = f"The text reads {side} the rating"
    if stars is not None and best is not None:
        scale = f"{decimal(stars)} of {decimal(best)}"
        first += f": the rating is {scale}" + (f" (the lowest is {decimal(worst)})" if worst not in {None, 1.0} else "")
        first += "" if expected is None else f", texts like this one usually come with about {decimal(expected)}"
    return f"{first}.", *_came_with(facts), *_rests_on(facts)


def reuse_title(finding: Finding) -> str:
    """What was found of texts that are alike, as a heading."""
    return ALIKE.get(read.text(finding.facts, "kind") or "", ALIKE["near"])[0]


def reuse_observation(finding: Finding) -> tuple[str, ...]:
    """What was observed of texts that are alike; the first sentence stands alone."""
    facts = finding.facts
    copies = read.number(facts, "copies")
    alike = ALIKE.get(read.text(facts, "kind") or "", ALIKE["near"])[1]
    first = f"{plural(finding.n_reviews if copies is None else copies, 'review')} {alike}{_spread(facts)}"
    return f"{first}.", *_length(facts), *_likeness(facts), *_considered(facts, REPEATS)


def lures_title(finding: Finding) -> str:
    """What the passages of a text do, as a heading."""
    kinds = set(passage_kinds(finding.facts))
    if not kinds or len(_purposes(kinds)) != 1:
        return "Passages that lead elsewhere, or speak of an offer or a demand"
    return _purposes(kinds)[0]


def lures_observation(finding: Finding) -> tuple[str, ...]:
    """What passages were found in a text; the first sentence stands alone."""
    kinds = passage_kinds(finding.facts)
    first = f"The text holds {_listed([PASSAGES[each] for each in dict.fromkeys(kinds)])}."
    if not kinds:
        first = "The text holds a passage that does not speak of a visit."
    hidden = sum(hit.get("hidden") is True for hit in hits_of(finding.facts))
    said = []
    if hidden:
        which = "One of these passages is" if hidden == 1 else f"{whole(hidden)} of these passages are each"
        said.append(f"{which} written so that a simple search misses it.")
    return first, *said, *_considered(finding.facts, MENTIONS)


def generated_title(finding: Finding) -> str:
    """What was found of a text's manner, as a heading."""
    return "Reads like text that a program wrote: an indication only"


def generated_observation(finding: Finding) -> tuple[str, ...]:
    """What was observed of a text's manner, how well that can be told, and what it does not say."""
    facts = finding.facts
    words, quality = read.number(facts, "words"), read.number(facts, "quality")
    rests = f" ({plural(words, 'word')})" if words is not None and words >= 1 else ""
    first = f"The text{rests} reads like text that a program wrote; this is an indication only."
    said = []
    if quality is not None and 0 <= quality <= 1:
        said.append(
            f"In this language the check was tried on pairs of a person's text and a program's: it gave the program's "
            f"the higher figure in {percent(quality)} of them, where guessing gives 50 %."
        )
    return first, *said, _TIDIED, *_considered(facts, MANNERS)


def hits_of(facts: Facts) -> list[Mapping[str, object]]:
    """The passages of a finding of lures, those of known kinds only."""
    stored = facts.get("hits")
    hits = [each for each in stored if isinstance(each, dict)] if isinstance(stored, list) else []
    return [each for each in hits if isinstance(each.get("kind"), str) and each["kind"] in PASSAGES]


def passage_kinds(facts: Facts) -> list[str]:
    """The kinds of a text's passages, in their order."""
    return [str(each["kind"]) for each in hits_of(facts)]


def _came_with(facts: Facts) -> list[str]:
    low, high = read.number(facts, "low"), read.number(facts, "high")
    if low is None or high is None or low > high:
        return []
    span = f"a rating of {decimal(low)}" if decimal(low) == decimal(high) else f"ratings from {decimal(low)} to "
    span += "" if decimal(low) == decimal(high) else decimal(high)
    return [f"9 in 10 texts that read like this one came with {span}."]


def _rests_on(facts: Facts) -> list[str]:
    model, trained = read.text(facts, "model"), read.number(facts, "trained_on")
    if model is None or trained is None:
        return []
    return [f"The comparison rests on {plural(trained, 'review')} ({model})."]


def _spread(facts: Facts) -> str:
    """Over how many accounts, listings, platforms and days, as far as is known."""
    told = []
    for name, noun in (("accounts", "account"), ("listings", "listing"), ("platforms", "platform")):
        count = read.number(facts, name)
        if count is not None and count >= 1:
            told.append(plural(count, noun))
        elif count == 0 and name == "accounts":
            told.append("accounts not named")
    days = read.number(facts, "span_days")
    if days is not None and days >= 0:
        told.append("all on one day" if days < 1 else f"{plural(days, 'day')} from the first to the last")
    return f": {', '.join(told)}" if told else ""


def _length(facts: Facts) -> list[str]:
    words = read.number(facts, "words")
    return [] if words is None or words < 1 else [f"These texts have about {plural(words, 'word')}."]


def _likeness(facts: Facts) -> list[str]:
    """Copies word for word need no figure."""
    likeness = read.number(facts, "likeness")
    if likeness is None or not 0 < likeness < 1:
        return []
    least = math.floor(likeness * 100) / 100
    return [f"Any two that were joined are at least {percent(least)} alike, where 100 % is word for word."]


def _considered(facts: Facts, readings: Mapping[str, str]) -> list[str]:
    known = dict.fromkeys(readings[each] for each in read.texts(facts, "considered") if each in readings)
    return [f"Innocent readings that the check considered: {'; '.join(known)}."] if known else []


def _purposes(kinds: set[str]) -> list[str]:
    named = (
        (PRESSURE, "Words that tie the review to a demand or a threat"),
        (REWARDS, "Words about an offer in return for a review"),
        (LEADS_ELSEWHERE, "A link or a code in the text"),
        (CONTACTS, "Contact details in the text"),
    )
    return [heading for members, heading in named if kinds & set(members)]


def _listed(parts: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


# Innocent readings by their codes in the facts.
REPEATS: Mapping[str, str] = {
    "same_account": "one account that wrote twice",
    "other_platform": "one guest who wrote on several platforms",
    "translated_copy": "a translation of one review",
    "posted_twice": "one review that was posted twice",
    "stock_phrase": "phrases that everybody uses",
    "listing_phrase": "words that many use of the same place, such as its dishes or its slogan",
    "household": "a couple or family with one text for one stay",
    "form_words": "words of a form or a prefilled text, which were left out",
    "earlier_original": "an earlier review that others copied: its author is then no part of it",
    "accounts_unknown": "one writer behind several of them, which cannot be told where a review names no account",
}
MENTIONS: Mapping[str, str] = {
    "own_contact": "the place's own address or number",
    "recommendation": "a tip from guest to guest",
    "public_offer": "an offer that is open to everybody",
    "booking_number": "a booking or room number",
    "left_for_the_owner": "contact details that were left for the owner",
    "reported_offer": "a tale of an offer that somebody else made",
    "figure_of_speech": "a figure of speech",
    "reported_words": "a tale of what somebody else said",
    "complaint": "a plain complaint",
}
MANNERS: Mapping[str, str] = {
    "translated": "a machine translation that is marked as one",
    "too_short": "a text too short to judge",
    "long_words": "a liking for long words",
}
_TIDIED = (
    "Many people let software tidy or translate their words; it says nothing about whether the visit took place and is "
    "never by itself a ground for a report."
)
