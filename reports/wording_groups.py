"""The sentences about groups of accounts: meetings on the same listings, and owners who praise one another."""

from __future__ import annotations

from collections.abc import Mapping

from reports import facts as read
from reports.facts import Facts
from reports.numbers import about, percent, plural, whole
from reports.records import Finding

RECIPROCITY = "reciprocity"
# Innocent ways of meeting that a group's shape can fit.
READINGS: Mapping[str, str] = {
    "couple_or_family": "a couple or a family who travel together",
    "club": "a club whose members try places together",
    "tour_group": "a tour group on one route",
    "event": "an event for active reviewers",
    "outings": "people who go on outings together now and then",
    "one_list": "people who follow the same published list of places",
}


def is_reciprocity(facts: Facts) -> bool:
    """Whether a group finding is about owners who praise one another."""
    return read.text(facts, "kind") == RECIPROCITY


def group_title(finding: Finding) -> str:
    """What was found of a group, as a heading."""
    if is_reciprocity(finding.facts):
        whose = "listings of their own" if _own_only(finding.facts) else "one another's listings"
        return f"Owners' accounts that praised {whose} more often than expected"
    accounts = len(read.texts(finding.facts, "accounts"))
    who = f"{accounts} accounts" if accounts > 1 else "Accounts"
    return f"{who} that reviewed the same listings more often than expected"


def group_observation(finding: Finding) -> tuple[str, ...]:
    """What was observed of a group; the first sentence stands alone."""
    facts = finding.facts
    if is_reciprocity(facts):
        return _praises(facts), _RECIPROCITY_CAUTION, *_readings(facts)
    return (
        _shared(facts),
        *_meetings(facts),
        *_ratings(facts),
        *_texts(facts),
        *_exchanged(facts),
        *_dense(facts),
        *_few(facts),
        *_readings(facts),
    )


def _shared(facts: Facts) -> str:
    accounts = len(read.texts(facts, "accounts"))
    shared, expected = read.number(facts, "shared"), read.number(facts, "expected")
    who = plural(accounts, "account") if accounts else "A group of accounts"
    if shared is None:
        return f"{who} reviewed the same listings more often than expected."
    first = f"{who}: two of them reviewed the same listing {plural(shared, 'time')}"
    return first + (
        "." if expected is None else f", where accounts with such habits would about {about(expected)} times."
    )


def _meetings(facts: Facts) -> list[str]:
    said = []
    near, within = read.number(facts, "near_share"), read.number(facts, "within_days")
    if near is not None and within is not None:
        said.append(f"{percent(near)} of these meetings lie within {plural(within, 'day')} of each other.")
    towns, listings = read.number(facts, "towns"), len(read.texts(facts, "listings"))
    if towns is not None and towns >= 1 and listings:
        said.append(f"They met at {plural(listings, 'listing')} in {plural(towns, 'town')}.")
    return said


def _ratings(facts: Facts) -> list[str]:
    said = []
    agreement = read.number(facts, "agreement")
    if agreement is not None:
        said.append(f"In {percent(agreement)} of the meetings both gave the same rating, give or take one star.")
    high, usual = read.number(facts, "high_share"), read.number(facts, "high_share_usual")
    if high is not None:
        tail = "" if usual is None else f"; usual would be {percent(usual)}"
        said.append(f"{percent(high)} of the reviews in which they met have a rating at the top of the scale{tail}.")
    lift = read.number(facts, "rating_lift")
    if lift is not None and abs(lift) >= 0.01:
        side = "above" if lift > 0 else "below"
        said.append(
            f"Their ratings lie {percent(abs(lift))} of the rating scale {side} the same listings' other reviews."
        )
    return said


def _texts(facts: Facts) -> list[str]:
    alike, texts = read.number(facts, "alike_texts"), read.number(facts, "texts")
    if alike is None or texts is None or texts < 1:
        return []
    verb = "is" if round(alike) == 1 else "are"
    return [f"Of {plural(texts, 'text')} of theirs {whole(alike)} {verb} alike to one by another account of the group."]


def _exchanged(facts: Facts) -> list[str]:
    """The permutation as it was done: counted, not as a p-value."""
    p, drawn = read.number(facts, "permutation_p"), read.number(facts, "permutations")
    if p is None or drawn is None or drawn < 1 or not 0 < p <= 1:
        return []
    as_often = min(max(round(p * (drawn + 1)) - 1, 0), drawn)
    times = "in none of them" if as_often == 0 else f"in {whole(as_often)} of them"
    return [
        f"The reviewers were exchanged at random within each town and month {plural(drawn, 'time')}: {times} did "
        f"the accounts of this group meet as often. That holds for nearly every group that such a search comes upon, "
        f"families and clubs too: it says that they met, not why."
    ]


def _dense(facts: Facts) -> list[str]:
    if facts.get("dense_block") is not True:
        return []
    return ["They all belong to one of the three sets of accounts and listings with the most reviews among themselves."]


def _few(facts: Facts) -> list[str]:
    """Anybody can be followed to a few places, by accounts that want it to be seen with them."""
    few = read.number(facts, "few_inside")
    if few is None or few < 1:
        return []
    verb = "was" if round(few) == 1 else "were"
    return [
        f"{plural(few, 'account')} {verb} there fewer than five times, which others can bring about: for these it is "
        f"an indication only."
    ]


def _readings(facts: Facts) -> list[str]:
    fitting = [READINGS[each] for each in read.texts(facts, "readings") if each in READINGS]
    return [f"The shape also fits: {'; '.join(dict.fromkeys(fitting))}."] if fitting else []


def _praises(facts: Facts) -> str:
    accounts = len(read.texts(facts, "accounts"))
    owners, praises = read.number(facts, "owners"), read.number(facts, "praises")
    returned, own = read.number(facts, "returned"), read.number(facts, "own") or 0.0
    expected = read.number(facts, "expected")
    whose = "listings of their own" if _own_only(facts) else "one another's listings"
    said = f"{plural(accounts, 'account') if accounts else 'Accounts'} of "
    said += f"{plural(owners, 'owner') if owners else 'owners'} gave {whose} high ratings"
    said += "" if praises is None else f" ({plural(praises, 'review')})"
    if returned is not None and not _own_only(facts):
        said += f"; {plural(returned, 'pair')} of owners did so both ways"
        said += f", {plural(own, 'owner')} also praised their own" if own >= 1 else ""
    return said + ("." if expected is None else f"; about {about(expected)} expected by chance.")


def _own_only(facts: Facts) -> bool:
    """Whether no two owners praised each other, and some praised what is theirs."""
    return (read.number(facts, "own") or 0.0) >= 1 and read.number(facts, "returned") == 0


_RECIPROCITY_CAUTION = (
    "Who owns which listing is taken from an imported table or from how the platform shows business accounts; it may "
    "be out of date."
)
