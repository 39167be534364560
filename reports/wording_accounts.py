"""The sentences about single accounts: their habits, and stays that are hard to fit together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reports import facts as read
from reports.facts import Facts
from reports.numbers import about, percent, plural, whole
from reports.records import Finding

# What an account's facts call a sign, and the words for it where its figures are missing.
SIGNS: Mapping[str, str] = {
    "pace": "how much it wrote in how short a time",
    "extremes": "ratings at the ends of the scale",
    "no_home": "places without a home or a route",
    "burst_then_silence": "many reviews in a few days and then none",
    "company": "being where and when other reviews were upheld as a campaign's",
}
KNOWN: Mapping[str, str] = {
    "that_night": "It is judged by what was known on the night of the finding.",
    "looking_back": "It is judged looking back, with what became known later.",
}


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two stays, by their place in the list, with the distance and the days between them (0: they share a day)."""

    first: int
    second: int
    km: float
    days_between: float
    km_a_day: float | None


def account_title(finding: Finding) -> str:
    """What was found of one account's habits, as a heading."""
    return "Habits that differ from those of travellers' accounts"


def account_observation(finding: Finding) -> tuple[str, ...]:
    """What was observed of one account; the first sentence stands alone."""
    facts = finding.facts
    reviews, days = read.number(facts, "reviews"), read.number(facts, "days_active")
    first = f"One account with {plural(finding.n_reviews if reviews is None else reviews, 'review')}"
    first += "" if days is None else f" over {plural(days, 'day')}"
    signs = [each for each in dict.fromkeys(read.texts(facts, "signs")) if each in SIGNS]
    first += f"; what stands out: {SIGNS[signs[0]]}" if signs else ""
    more = f" and {plural(len(signs) - 1, 'further sign')}" if len(signs) > 1 else ""
    known = KNOWN.get(read.text(facts, "known") or "")
    said = [sentence for sign in signs for sentence in _FIGURES[sign](facts)]
    return (f"{first}{more}.", *said, *([known] if known else []), _HABITS_ONLY)


def conflicts_of(facts: Facts) -> list[Conflict]:
    """The pairs of stays of a travel finding, farthest first; pairs that name no stored stay are left out."""
    stays = len(read.rows(facts, "stays", 4))
    found = []
    for first, second, km, between, pace in (row[:5] for row in read.rows(facts, "conflicts", 5)):
        places = [read.as_number(each) for each in (first, second, km, between)]
        one, other, far, days = (-1.0 if each is None else each for each in places)
        if 0 <= one < stays and 0 <= other < stays and far > 0 and days >= 0:
            found.append(Conflict(int(one), int(other), far, days, read.as_number(pace)))
    return sorted(found, key=lambda each: (-each.km, each.days_between, each.first, each.second))


def is_indication_only(facts: Facts) -> bool:
    """Whether the stays are known by month, or not known how precisely: then they may well fit together."""
    return read.text(facts, "precision") != "exact"


def travel_title(finding: Finding) -> str:
    """What was found of one account's stays, as a heading."""
    if is_indication_only(finding.facts):
        return "Stays far apart in the same months: an indication only"
    return "Stays that are hard to fit together"


def travel_observation(finding: Finding) -> tuple[str, ...]:
    """What was observed of one account's stays; the first sentence stands alone."""
    rough, pairs = is_indication_only(finding.facts), conflicts_of(finding.facts)
    places = len(read.rows(finding.facts, "stays", 4))
    if pairs:
        first = f"One account reports stays {plural(pairs[0].km, 'kilometre')} apart {_when(pairs[0], rough)}"
        first += f", and {plural(len(pairs) - 1, 'more such pair')}" if len(pairs) > 1 else ""
    elif rough and places:
        first = f"One account reports {plural(places, 'stay')} far apart in the same month"
    else:
        first = "One account reports stays far apart in a short time"
    if not rough:
        return f"{first}.", _EXACT
    return f"An indication only: {first[0].lower()}{first[1:]}.", _ROUGH


def _when(pair: Conflict, rough: bool) -> str:
    if rough:
        return "in the same month" if pair.days_between < 1 else "in months close to each other"
    if pair.days_between < 1:
        return "on the same day"
    pace = "" if pair.km_a_day is None else f" ({whole(pair.km_a_day)} km a day)"
    return f"with {plural(pair.days_between, 'day')} from one to the other{pace}"


def _extremes(facts: Facts) -> list[str]:
    share, usual = read.number(facts, "extreme_share"), read.number(facts, "extreme_share_usual")
    tail = "" if usual is None else f"; usual would be {percent(usual)}"
    return [] if share is None else [f"{percent(share)} of its ratings lie at an end of the scale{tail}."]


def _no_home(facts: Facts) -> list[str]:
    towns, moves = read.number(facts, "towns"), read.number(facts, "far_moves")
    tail = "" if moves is None else f"; {plural(moves, 'move')} between them {_follow(moves)} no route"
    return [] if towns is None else [f"Its reviews lie in {plural(towns, 'town')}, none of them a home{tail}."]


def _burst(facts: Facts) -> list[str]:
    most, silence = read.number(facts, "longest_burst"), read.number(facts, "silence_days")
    tail = "" if silence is None else f"; its longest silence is {plural(silence, 'day')}"
    return [] if most is None else [f"{plural(most, 'review')} came within 7 days{tail}."]


def _company(facts: Facts) -> list[str]:
    reviews, times = read.number(facts, "company_reviews"), read.number(facts, "company_times")
    usual = read.number(facts, "company_expected")
    if reviews is None or times is None or usual is None:
        return []
    lie = "lies" if round(reviews) == 1 else "lie"
    return [
        f"Of its reviews {whole(reviews)} {lie} within 60 days of reviews of the same place, rated alike, that a "
        f"person upheld as a campaign's: {plural(times, 'time')}, each town and month counted once, where "
        f"{about(usual)} would be usual for guests of these towns in these months. Places that had a campaign have "
        "ordinary guests too."
    ]


def _follow(moves: float) -> str:
    return "follows" if round(moves) == 1 else "follow"


# The figures of a sign in a sentence, none where they are missing; those of the pace stand in the first sentence.
_FIGURES: Mapping[str, Callable[[Facts], list[str]]] = {
    "pace": lambda _: [],
    "extremes": _extremes,
    "no_home": _no_home,
    "burst_then_silence": _burst,
    "company": _company,
}
_HABITS_ONLY = "Habits are an indication only: they say nothing about any single review."
_EXACT = "The distances follow from the places on the map, the days from the stays as the reviews give them."
_ROUGH = (
    "These stays are not known by the day, so all of them may have been made as they are told. Never read them as "
    "stays on the same day."
)
