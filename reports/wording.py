"""The sentences: one template for each detector and direction, and the words that never stand in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html.parser import HTMLParser

from reports import facts as read
from reports.facts import Facts
from reports.numbers import about, percent, plural, span, whole
from reports.records import Finding
from reports.strength import rarity_sentence, strength_of, strength_table
from reports.wording_accounts import account_observation, account_title, travel_observation, travel_title
from reports.wording_groups import group_observation, group_title
from reports.wording_texts import (
    generated_observation,
    generated_title,
    lures_observation,
    lures_title,
    mismatch_observation,
    mismatch_title,
    reuse_observation,
    reuse_title,
)
from store.strength import STRENGTHS

__all__ = [
    "STRENGTHS",
    "banned_words",
    "direction_of",
    "generated_text",
    "observation",
    "rarity_sentence",
    "short_observation",
    "strength_of",
    "strength_table",
    "title",
]

BANNED = (
    r"fakes?|faked|frauds?|fraudulent(?:ly)?|fraudsters?|liars?|lies|lying|scams?|scammers?|criminals?|crimes?|bots?|paid|"
    r"definitely|certainly|undoubtedly|proves?|proven|proof|guilty|dishonest|bogus|sham|shill|astroturf\w*|"
    r"probability that (?:it|the review|this review|a review) is \w+"
)
_BANNED = re.compile(rf"\b(?:{BANNED})\b", re.IGNORECASE)
_VERBATIM_TAGS = frozenset({"style"})
_VOID_TAGS = frozenset({"meta", "img", "br", "hr", "link", "col", "input", "wbr"})

# Detectors name what is spoken of; these are the words for it.
ASPECTS: Mapping[str, str] = {
    "building_work": "building work",
    "noise": "noise",
    "cleanliness": "cleanliness",
    "pests": "insects or vermin",
    "temperature": "heating, air conditioning or hot water",
    "staff": "the staff",
    "food": "the food",
    "breakfast": "breakfast",
    "wifi": "the internet",
    "billing": "prices or the bill",
    "safety": "safety",
    "location": "the location",
    "bed": "the beds",
    "view": "the view",
    "wait": "waiting",
    "smell": "smells",
    "lift": "the lift",
    "condition": "the state of rooms and furniture",
    "room": "the room",
    "bathroom": "the bathroom",
    "facilities": "the pool or other facilities",
    "parking": "parking",
}
OCCASIONS: Mapping[str, str] = {
    "wedding": "a wedding",
    "conference": "a conference or congress",
    "group_tour": "a coach party or group tour",
    "festival": "a festival or fair",
    "concert": "a concert",
    "sports": "a sports event",
    "celebration": "a celebration",
}
RATING_WORDS = {"praise": "high ratings", "blame": "low ratings"}


def banned_words(text: str) -> list[str]:
    """The banned words in a text, in order, lower case. Give it ``generated_text`` of a page."""
    return [found.group().lower() for found in _BANNED.finditer(text)]


def generated_text(html: str) -> str:
    """A page's own words: alt texts too, without what is quoted (``q.quote``, ``data-verbatim``)."""
    parser = _OwnWords()
    parser.feed(html)
    parser.close()
    return " ".join("".join(parser.words).split())


def title(finding: Finding) -> str:
    """What was found, as a heading."""
    direction = direction_of(finding)
    if finding.detector == "bursts":
        return f"More {RATING_WORDS.get(direction, 'reviews')} in a short time than expected"
    if finding.detector == "boosting":
        return "High ratings by new accounts in weeks when other guests report a fault"
    if finding.detector in _TITLES:
        return _TITLES[finding.detector](finding)
    return f"Indication of the check “{finding.detector}”"


def observation(finding: Finding) -> tuple[str, ...]:
    """What was observed, in sentences with their figures."""
    return _TEMPLATES.get(finding.detector, _other)(finding)


def short_observation(finding: Finding) -> str:
    """The first sentence: what fits into the shortest form field and the queue's line."""
    return observation(finding)[0]


def direction_of(finding: Finding) -> str:
    """``praise``, ``blame``, ``text_better``, ``text_worse``, or "" where the finding has none."""
    return read.text(finding.facts, "direction") or ""


def _bursts(finding: Finding) -> tuple[str, ...]:
    facts = finding.facts
    kind = RATING_WORDS.get(direction_of(finding))
    noun = f"reviews with {kind}" if kind else "reviews"
    count = read.number(facts, "count")
    expected = read.number(facts, "expected")
    first = f"{span(finding.window_start, finding.window_end)}: "
    first += f"{whole(finding.n_reviews if count is None else count)} {noun}"
    first += "." if expected is None else f", where about {about(expected)} were to be expected."
    return first, *_crowd(facts, kind), *_usual(facts, kind), *_texts(facts), *_weighed(facts)


def _crowd(facts: Facts, kind: str | None) -> list[str]:
    said = []
    every, every_expected = read.number(facts, "all_count"), read.number(facts, "all_expected")
    if every is not None and every_expected is not None:
        said.append(
            f"Of all ratings together there were {whole(every)} reviews in these days, "
            f"about {about(every_expected)} expected."
        )
    newborn = read.number(facts, "newborn_count")
    if newborn is not None:
        usual = read.number(facts, "newborn_share_usual")
        tail = "" if usual is None else f"; the listing's usual share of such accounts is {percent(usual)}"
        whose = f"of the reviews with {kind}" if kind else "of them"
        said.append(f"{whole(newborn)} {whose} came from accounts with no earlier review in the data{tail}.")
    return said


def _usual(facts: Facts, kind: str | None) -> list[str]:
    share, usual = read.number(facts, "share"), read.number(facts, "share_usual")
    if share is None or usual is None or kind is None:
        return []
    return [f"{kind.capitalize()} were {percent(share)} of the reviews in these days, {percent(usual)} before."]


def _boosting(finding: Finding) -> tuple[str, ...]:
    facts = finding.facts
    count, expected = read.number(facts, "count"), read.number(facts, "expected")
    first = f"{span(finding.window_start, finding.window_end)}: "
    first += f"{whole(finding.n_reviews if count is None else count)} reviews with high ratings by accounts with no "
    first += "earlier review in the data"
    first += "." if expected is None else f", where about {about(expected)} were to be expected."
    return first, *_by_past(facts), *_fault(facts), *_two_crowds(facts)


def _by_past(facts: Facts) -> list[str]:
    praising, past = read.number(facts, "praising"), read.number(facts, "expected_by_past")
    if praising is None or past is None:
        return []
    return [
        f"In these weeks such accounts gave {plural(praising, 'high rating')} in all; by the listing's own past and "
        f"the platform, whatever the other guests' mood, about {about(past)} were to be expected."
    ]


def _fault(facts: Facts) -> list[str]:
    by_ratings = read.text(facts, "judged_by") == "ratings"
    aspect = read.text(facts, "aspect") or ""
    what = (
        "rated at or below the middle of the scale"
        if by_ratings
        else f"find fault with {ASPECTS.get(aspect, 'one point')}"
    )
    said = []
    reporting, established = read.number(facts, "established_reporting"), read.number(facts, "established_count")
    if reporting is not None and established is not None:
        usual = read.number(facts, "fault_share_usual")
        tail = "" if usual is None else f"; usual would be {percent(usual)}"
        said.append(
            f"In the same weeks {whole(reporting)} of {plural(established, 'review')} by accounts with earlier reviews "
            f"{what}{tail}."
        )
    naming = read.number(facts, "praise_naming")
    if by_ratings:
        said.append("Too few texts could be read, so this rests on ratings alone: the weaker form of this check.")
    elif naming is not None:
        others = f"; {plural(naming, 'further one')} by new accounts did" if naming >= 0.5 else ""
        said.append(f"The high ratings counted above did not name it{others}.")
    return said


def _two_crowds(facts: Facts) -> list[str]:
    before, now, new = (
        read.number(facts, name) for name in ("rating_established_usual", "rating_established", "rating_new")
    )
    if before is None or now is None or new is None:
        return []
    return [
        f"Mean ratings, from 0 % (lowest) to 100 % (highest): accounts with earlier reviews {percent(now)}, before "
        f"{percent(before)}; accounts without {percent(new)}."
    ]


def _texts(facts: Facts) -> list[str]:
    said = []
    pairs, alike = read.number(facts, "pairs"), read.number(facts, "alike_pairs")
    if pairs is not None and alike is not None and pairs > 0:
        said.append(
            f"Of {plural(pairs, 'pair')} of texts in one language {whole(alike)} {'is' if alike == 1 else 'are'} alike "
            f"to a degree that one in fifty pairs of reviews of one listing in the same language usually reaches on "
            f"this platform."
        )
    named, texts = read.number(facts, "occasion_named"), read.number(facts, "texts")
    occasion = OCCASIONS.get(read.text(facts, "occasion") or "")
    if named is not None and texts is not None and occasion is not None:
        said.append(f"{whole(named)} of {plural(texts, 'text')} mention {occasion}, which may explain their coming.")
    return said


def _weighed(facts: Facts) -> list[str]:
    flagged = read.number(facts, "flagged")
    if flagged is None:
        return []
    return [
        f"{whole(flagged)} of these reviews {'carries' if flagged == 1 else 'carry'} a weight of one half or more, as "
        f"part of the surplus rather than of what would have come anyway."
    ]


def _other(finding: Finding) -> tuple[str, ...]:
    where = span(finding.window_start, finding.window_end)
    return (f"The check “{finding.detector}” points to {plural(finding.n_reviews, 'review')} ({where}).",)


_TITLES: Mapping[str, Callable[[Finding], str]] = {
    "collusion": group_title,
    "accounts": account_title,
    "travel": travel_title,
    "mismatch": mismatch_title,
    "reuse": reuse_title,
    "lures": lures_title,
    "generated": generated_title,
}
_TEMPLATES: Mapping[str, Callable[[Finding], tuple[str, ...]]] = {
    "bursts": _bursts,
    "boosting": _boosting,
    "collusion": group_observation,
    "accounts": account_observation,
    "travel": travel_observation,
    "mismatch": mismatch_observation,
    "reuse": reuse_observation,
    "lures": lures_observation,
    "generated": generated_observation,
}


class _OwnWords(HTMLParser):
    """Collects text outside of quoted elements."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._quoted: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        inside = bool(self._quoted and self._quoted[-1])
        if not inside:
            self.words.append(f" {given.get('alt') or ''} ")
        if tag not in _VOID_TAGS:
            quote = "quote" in (given.get("class") or "").split()
            self._quoted.append(inside or quote or "data-verbatim" in given or tag in _VERBATIM_TAGS)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID_TAGS and self._quoted:
            self._quoted.pop()

    def handle_data(self, data: str) -> None:
        if not (self._quoted and self._quoted[-1]):
            self.words.append(data)
