"""Real reviews as they are: how many the mismatch detector flags at a stated rate, and the card that says so.

A set is judged whole and in parts, as a store of that many reviews would be. Whatever contradicts itself in real
reviews anyway counts as honest.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import chi2

from benchmarks.mismatch_sets import LANGUAGES, Reviews
from detection.arrays import Floats, Ints
from detection.cards import Card, make_rates, read_card, recall_row
from detection.engines.local import Shards
from detection.mismatch import Mismatch, p_values
from detection.protocol import Findings, Night, Vectors
from detection.text.stars import disagreement, predict, read
from store.frames import REVIEWS, build

PER = 1_000.0
# Stores of so many reviews; 0: the set as a whole.
SIZES = (250, 1_000, 4_000, 0)
_MOST_PARTS = 16
_RATES = (1.0, 2.0, 5.0, 10.0)
_MIDDLING = 3


@dataclass(frozen=True, slots=True)
class Shown:
    """Scores of honest reviews that were judged together: those of a set in these rows."""

    reviews: str
    size: int
    rows: Ints
    score: Floats


def counted(reviews: Reviews, dense: Floats | None) -> list[Shown]:
    """Scores of the set as a whole and in parts, with embeddings where it would use them."""
    shown = []
    for size in SIZES:
        if size >= len(reviews.texts):
            continue
        for rows in reviews.parts(size)[:_MOST_PARTS] if size else [np.arange(len(reviews.texts))]:
            part = reviews.take(rows)
            features = read(part.texts, part.language, part.known)
            if dense is not None and len(rows) <= Mismatch().most_read_whole:
                features = features.with_vectors(dense[rows])
            prediction = predict(features, part.ratings, np.zeros(len(rows), dtype="int64"))
            shown.append(Shown(reviews.name, size, rows, disagreement(prediction, part.ratings)))
    return shown


def pooled(shown: Sequence[Shown], name: str) -> Floats:
    """The scores of one set as a whole."""
    return next(each.score for each in shown if each.reviews == name and each.size == 0)


def card_of(shown: Sequence[Shown], without: str = "") -> Card:
    """Rates among the honest scores of all sets, whole and in parts, but those of ``without``."""
    used = [each for each in shown if each.reviews != without]
    scores = np.concatenate([each.score for each in used])
    grid, rates = make_rates(scores, len(scores), PER)
    whole = [each for each in used if each.size == 0]
    number = sum(len(each.score) for each in whole)
    return read_card(
        {
            "detector": Mismatch.name,
            "unit": "reviews",
            "per": PER,
            "made_on": f"{number:,} real hotel reviews in {len(whole)} sets and {len(LANGUAGES)} languages, judged "
            f"whole and in parts of {SIZES[0]} to {SIZES[-2]:,}; the mismatches in them count as honest",
            "null": "the stars of real reviews as they are",
            "data": {"reviews": number},
            "scores": grid,
            "rates": rates,
        }
    )


def with_recall(card: Card, found: Mapping[str, tuple[int, int]]) -> Card:
    """The card with rows of planted swaps: of each kind how many were planted and how many found."""
    rows = tuple(recall_row(kind, _MIDDLING, planted, right) for kind, (planted, right) in found.items())
    return replace(card, recall=rows, budget=Mismatch().false_per_1000_reviews)


def interval(count: int) -> tuple[float, float]:
    """The exact (Garwood) 95% interval of a Poisson mean of which ``count`` were seen."""
    low = 0.0 if count == 0 else float(chi2.ppf(0.025, 2 * count) / 2.0)
    return low, float(chi2.ppf(0.975, 2 * count + 2) / 2.0)


def print_leave_one_out(shown: Sequence[Shown]) -> None:
    """What sets show where a card says 1 in 1,000: the card made on the other sets, and the one made on all."""
    print(
        "\nhonest reviews flagged per 1,000, the rate stated above; card made on the other sets, at 1 with its exact "
        "95% interval; last: the card made on all"
    )
    heads = "".join(f"{rate:>9.0f}" for rate in _RATES[1:])
    print(f"{'':18s}{'judged as':>11s}{'reviews':>9s}{'1':>6s}{'':14s}{heads}{'all: 1':>9s}")
    cards = {name: card_of(shown, without=name) for name in dict.fromkeys(each.reviews for each in shown)}
    everything = card_of(shown)
    total: dict[int, list[int]] = {}
    for (name, size), own in _grouped(shown).items():
        number = sum(len(each.score) for each in own)
        at = [sum(flagged(each, cards[name], rate) for each in own) for rate in _RATES]
        shipped = sum(flagged(each, everything, 1.0) for each in own)
        _print_row(name, f"{size:,}" if size else "whole", number, at, shipped)
        if size in {250, 0}:
            total[size] = [a + b for a, b in zip(total.get(size, [0] * 6), [number, *at, shipped], strict=True)]
    for size, (number, *at, shipped) in sorted(total.items()):
        _print_row("all sets", f"{size:,}" if size else "whole", number, at, shipped)


def _grouped(shown: Sequence[Shown]) -> dict[tuple[str, int], list[Shown]]:
    found: dict[tuple[str, int], list[Shown]] = {}
    for each in shown:
        found.setdefault((each.reviews, each.size), []).append(each)
    return found


def flagged(shown: Shown, card: Card, rate: float) -> int:
    """How many of the reviews have a p-value of the stated rate per 1,000 or below."""
    return int((p_values(shown.score, card) <= rate / PER).sum())


def _print_row(name: str, size: str, number: int, at: Sequence[int], shipped: int) -> None:
    low, high = (bound / number * PER for bound in interval(at[0]))
    rest = "".join(f"{count / number * PER:9.1f}" for count in at[1:])
    said = f"({low:.1f} to {high:.1f})"
    print(f"{name:18s}{size:>11s}{number:9,d}{at[0] / number * PER:6.1f}{said:>14s}{rest}{shipped / number * PER:9.1f}")


def print_named(sets: Sequence[Reviews], vectors: Mapping[str, Vectors | None]) -> None:
    """What the whole detector names, with the shipped card and after its doubts."""
    print("\nevidence of the whole detector on honest reviews (p at 1 in 1,000, or q <= .05; shipped card)")
    print(f"{'':18s}{'reviews':>9s}{'named':>7s}{'per 1,000':>11s}  abstained")
    for each in sets:
        found = detect(each, vectors[each.name])
        told = found.abstentions.groupby("reason")["reviews"].sum()
        named, number = len(found.evidence), len(each.texts)
        reasons = ", ".join(f"{reason} {count}" for reason, count in told.items())
        print(f"{each.name:18s}{number:9,d}{named:7d}{named / number * PER:11.1f}  {reasons}", flush=True)


def detect(reviews: Reviews, vectors: Vectors | None) -> Findings:
    """The whole detector on a set as it is."""
    frame = build(
        {
            **dict.fromkeys(REVIEWS, 0),
            "review_key": [f"{reviews.name}/{number:06d}" for number in range(len(reviews.texts))],
            "listing_key": "one",
            "platform": "one",
            "kind": "hotel",
            "rating": reviews.ratings,
            "rating_worst": 1.0,
            "rating_best": reviews.best,
            "sub_mean": np.nan,
            "text": reviews.texts,
            "language": reviews.language,
            "translated": False,
        },
        REVIEWS,
    )
    detector = Mismatch()
    # The detector asks nothing of the snapshot.
    return detector.conclude(detector.scan(frame), Night(dt.date(2026, 1, 1), Shards(()), vectors=vectors))
