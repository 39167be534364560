"""Writes review texts from a grammar: ordinary ones, and those that one author writes for a campaign."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from detection.simulate.grammar import LANGUAGES, Draft, Style, Writer, draw_style, load

SHORTEST, LONGEST, MEDIAN, SPREAD = 9, 290, 44, 0.72
VERY_SHORT = 0.1

ASPECTS: dict[str, dict[str, float]] = {
    "hotel": {
        "room": 10, "staff": 10, "location": 8, "breakfast": 8, "bed": 6, "cleanliness": 6, "noise": 5, "price": 5,
        "service": 4, "food": 4, "view": 4, "wifi": 3, "wait": 3, "building_work": 0.25,
    },
    "restaurant": {
        "food": 16, "staff": 9, "service": 9, "price": 8, "wait": 6, "location": 5, "room": 4, "view": 3, "noise": 3,
        "cleanliness": 3, "building_work": 0.2, "wifi": 0, "breakfast": 0, "bed": 0,
    },
}  # fmt: skip

# By stars: the share of aspects praised, and of those spoken of with neither praise nor blame.
MOODS = {1: (0.12, 0.10), 2: (0.25, 0.18), 3: (0.45, 0.24), 4: (0.66, 0.16), 5: (0.83, 0.10)}


@dataclass(frozen=True, slots=True)
class Text:
    """The title and the body of one review."""

    title: str
    body: str


def languages() -> tuple[str, ...]:
    """The languages that `compose` and `campaign` write."""
    return LANGUAGES


def compose(
    rng: np.random.Generator,
    *,
    language: str,
    kind: str,
    stars: int,
    city: str,
    listing: str,
    topics: Sequence[str] = (),
    aside: str = "",
) -> Text:
    """An ordinary review of that many stars; `topics` names aspects it must speak of, `-noise` ill and `+staff` well.

    A topic without a sign is praised from four stars on, blamed up to two, and either at three. `aside` names an event
    of the grammar, such as `wedding` or `cold` (a broken heating), that one sentence is about.
    """
    dice = random.Random(int(rng.integers(2**63)))
    forced = [_topic(topic, stars, kind, dice) for topic in topics]
    detail = 0.25 + 0.6 * dice.random()
    writer = Writer(load(language, kind), dice, {"city": city, "listing": listing}, detail, draw_style(dice))
    if not forced and dice.random() < VERY_SHORT:
        tone = "mid" if stars == 3 or dice.random() < 0.12 else "pos" if stars > 3 else "neg"
        sentences = [writer.say(f"short_{tone}")]
    else:
        sentences = _review(writer, kind, stars, forced)
    if aside:
        # Mostly first or last, else anywhere.
        place = dice.choice((0, 0, len(sentences), dice.randint(0, len(sentences))))
        sentences.insert(place, writer.say(f"event_{aside}"))
    title = "title_plain" if dice.random() < 0.2 else f"title_{_near(dice, stars, 0.4)}"
    return Text(writer.headline(title), writer.finish(sentences, stars))


def campaign(rng: np.random.Generator, *, language: str, kind: str, stars: int, city: str, listing: str) -> "Campaign":
    """One author's campaign of that many stars against, or for, one listing."""
    dice = random.Random(int(rng.integers(2**63)))
    made = Campaign(language, kind, stars, city, listing, draw_style(dice))
    writer = made.writer(dice)
    symbols = [f"verdict_{made.extreme}", *(made.line(writer) for _ in range(dice.randint(4, 6)))]
    dice.shuffle(symbols)
    made.template.extend(writer.draft(symbol) for symbol in symbols)
    made.titles.append(writer.draft(f"title_{made.extreme}"))
    return made


@dataclass(frozen=True, slots=True)
class Campaign:
    """The texts of one author: a template, and how it is filled in anew for every text."""

    language: str
    kind: str
    stars: int
    city: str
    listing: str
    style: Style
    template: list[Draft] = field(default_factory=list)
    titles: list[Draft] = field(default_factory=list)

    @property
    def extreme(self) -> int:
        """The stars whose verdicts the author writes."""
        return 5 if self.stars >= 4 else 1 if self.stars <= 2 else 3

    def text(self, rng: np.random.Generator, likeness: float) -> Text:
        """One more text: at likeness 1 the template with a few slots changed, at 0 a text that owes it nothing."""
        dice = random.Random(int(rng.integers(2**63)))
        writer = self.writer(dice)
        change = 0.06 + 0.5 * (1 - likeness)
        if likeness >= 1 or dice.random() < likeness:
            title = writer.fill(self.titles[0], change)
        else:
            title = writer.say(f"title_{self.extreme}")
        kept = [writer.fill(draft, change) for draft in self.template if dice.random() < likeness]
        missing = max(1, round(math.exp(dice.gauss(math.log(5), 0.4)))) if not kept else len(self.template) - len(kept)
        fresh = [writer.say(self.line(writer)) for _ in range(missing)]
        if fresh and dice.random() < 0.5:
            fresh[-1] = writer.say(f"verdict_{self.extreme}")
        sentences = kept + fresh
        if dice.random() >= likeness:
            dice.shuffle(sentences)
        return Text(writer.polish(title, Style(lower=self.style.lower)), writer.finish(sentences, self.stars))

    def writer(self, dice: random.Random) -> Writer:
        """A writer in the author's hand, sparing with detail."""
        known = {"city": self.city, "listing": self.listing}
        return Writer(load(self.language, self.kind), dice, known, 0.05, self.style)

    def line(self, writer: Writer) -> str:
        """The symbol of one more sentence: mostly general, always of the one polarity."""
        dice = writer.dice
        tone = {5: "pos", 1: "neg"}.get(self.extreme) or dice.choice(("pos", "neg"))
        if dice.random() < 0.55:
            return f"generic_{tone}"
        return f"{_aspects(self.kind, dice, 1)[0]}_{tone}"


def _review(writer: Writer, kind: str, stars: int, forced: list[tuple[str, str]]) -> list[str]:
    """The sentences of an ordinary review: an opening, aspects with digressions between them, and a close."""
    dice, say = writer.dice, writer.say
    target = min(max(math.exp(dice.gauss(math.log(MEDIAN), SPREAD)), SHORTEST), LONGEST)
    head = _opening(writer, stars, target)
    tail = _close(writer, stars, target)
    words = sum(sentence.count(" ") + 1 for sentence in head + tail)
    named = {aspect for aspect, _ in forced}
    others = [aspect for aspect in _aspects(kind, dice, 14) if aspect not in named]
    clauses = forced + [(aspect, _tone(writer, stars)) for aspect in others]
    if dice.random() < 0.3:
        clauses[len(forced) : 5] = sorted(clauses[len(forced) : 5], key=lambda clause: clause[1] != "pos")
    middle: list[str] = []
    done = 0
    # Without anything of its own a text would be one that others wrote as well.
    while done < len(forced) or not middle or (words < target - 4 and len(middle) < 40):
        if done >= len(forced) and target > 30 and dice.random() < 0.24:
            sentence = say("filler")
        else:
            sentence, done = _aspect_sentence(writer, clauses, done)
        words += sentence.count(" ") + 1
        if words > LONGEST + 10 and done >= len(forced):
            break
        middle.append(sentence)
    # A short text comes to one judgement.
    return head + middle + (tail if target >= 20 or not head else [])


def _aspect_sentence(writer: Writer, clauses: list[tuple[str, str]], done: int) -> tuple[str, int]:
    """One sentence about the next clause, or the next two joined, and how many clauses are spoken for by then."""
    dice, say = writer.dice, writer.say
    aspect, tone = clauses[done % len(clauses)]
    sentence = say(f"{aspect}_{tone}")
    before = clauses[(done - 1) % len(clauses)][1] if done else tone
    if done and dice.random() < 0.35:
        sentence = say("lead_contrast" if {before, tone} == {"pos", "neg"} else "lead_same") + sentence
    if dice.random() < 0.6 or ". " in sentence:
        return sentence, done + 1
    other, other_tone = clauses[(done + 1) % len(clauses)]
    link = say("join_contrast" if {tone, other_tone} == {"pos", "neg"} else "join_same")
    return sentence.rstrip() + link + say(f"{other}_{other_tone}"), done + 2


def _opening(writer: Writer, stars: int, target: float) -> list[str]:
    dice, say = writer.dice, writer.say
    drawn = dice.random()
    if target > 28 and drawn < 0.55:
        head = [say("opening")]
    elif drawn < 0.7:
        head = [say(f"verdict_{_near(dice, stars, 0.35)}")]
    else:
        head = []
    if target > 50 and dice.random() < 0.3:
        tone = _tone(writer, stars)
        head.append(say("filler" if tone == "mid" else f"story_{tone}"))
    return head


def _close(writer: Writer, stars: int, target: float) -> list[str]:
    dice, say = writer.dice, writer.say
    tail = []
    if stars <= 2 and dice.random() < 0.08:
        tail.append(say("sarcasm"))
    drawn = dice.random()
    if drawn < 0.5:
        tail.append(say(f"verdict_{_near(dice, stars, 0.35)}"))
    elif drawn < 0.68 and target > 25:
        tail.append(say("close"))
    return tail


def _tone(writer: Writer, stars: int) -> str:
    praised, lukewarm = MOODS[stars]
    drawn = writer.dice.random()
    return "pos" if drawn < praised else "mid" if drawn < praised + lukewarm else "neg"


def _near(dice: random.Random, stars: int, share: float) -> int:
    """The stars, or at probability `share` a neighbour: people's words and stars seldom agree to the point."""
    if dice.random() >= share:
        return stars
    return min(5, max(1, stars + dice.choice((-1, 1))))


def _topic(topic: str, stars: int, kind: str, dice: random.Random) -> tuple[str, str]:
    aspect = topic.lstrip("+-")
    if aspect not in ASPECTS[kind]:
        raise ValueError(f"no aspect is called {aspect!r}")
    if topic != aspect:
        return aspect, "pos" if topic[0] == "+" else "neg"
    return aspect, "pos" if stars > 3 or (stars == 3 and dice.random() < 0.5) else "neg"


def _aspects(kind: str, dice: random.Random, number: int) -> list[str]:
    """Up to `number` aspects without repetition, the ones people write about first."""
    keys = [(dice.random() ** (1 / weight), aspect) for aspect, weight in ASPECTS[kind].items() if weight]
    return [aspect for _, aspect in sorted(keys, reverse=True)[:number]]
