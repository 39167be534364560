"""Reuse: the same or nearly the same text under several names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from detection.arrays import Floats, Ints
from detection.cards import Card, load_card
from detection.findings import abstentions, evidence_frame, evidence_row, rounded
from detection.protocol import Findings, Fold, Night, evidence_key
from detection.text import MOST_CHARACTERS
from detection.text.copies import split
from detection.text.reused import Compared, compare
from detection.text.templates import template
from store.frames import MEMBERS, SIGNALS, build, empty

_MOST_PAIRS = 20
# What was looked for before a text counts as used under several names.
_CONSIDERED = ("same_account", "other_platform", "translated_copy", "posted_twice", "stock_phrase", "listing_phrase")
# What was seen in some groups, and weighs against them.
_SEEN = ("accounts_unknown", "household", "form_words", "earlier_original")
# A household: so many at most with one text at one place within so many days, and what it counts for at most.
_HOUSEHOLD, _ONE_STAY, _HOUSEHOLD_P = 4, 3, 1 / 500
# So long before the others, the first may be a guest's own whom they copied.
_EARLIER_DAYS = 30
_DOUBTFUL = 0.5


@dataclass(frozen=True)
class Reuse:
    """Claim: the same or nearly the same text stands under several names.

    Null model: guests write on their own: two texts share words and turns of phrase as often as those of honest reviews
    do, and what many write, or many of one listing (its dishes, its slogan), says nothing.
    Statistic: what the words tell (bits of a bigram model) that two texts have in the same order, or in passages of two
    words and more, less four bits for each word of the longer text that the other has not. How often an honest review
    has as near a neighbour was counted on real and on simulated ones (the card); in a larger store it happens more
    often.
    Innocent explanations: one guest's review on two platforms, posted twice, or shown again in translation; a household
    with one text; a guest's own text that others copied later; a platform that prefills a text, or took it over from
    another; a quotation without marks. What many texts of a platform or a listing hold as a form's words is left out.
    Cost: about a CPU second for each 2,700 reviews; some 15 KiB of memory for each.
    Source: Manber, 1994, and Broder, 1997 (near-duplicates); Salton & Buckley, 1988 (rare terms); Hirschberg, 1977
    (longest common subsequences); Jindal & Liu, 2008 (copied reviews as a sign of opinion spam).
    """

    least_words: int = 8
    least_bits: float = 60.0
    false_per_1000_reviews: float = 0.2
    least_score: float = 0.3

    name: ClassVar[str] = "reuse"
    version: ClassVar[int] = 2
    columns: ClassVar[tuple[str, ...]] = (
        "review_key",
        "listing_key",
        "platform",
        "reviewer_key",
        "city",
        "rating",
        "day_to",
        "text",
        "language",
        "translated",
    )
    partial: ClassVar[Mapping[str, str]] = {
        "review_key": "str",
        "listing_key": "str",
        "platform": "str",
        "reviewer_key": "str",
        "city": "str",
        "rating": "float64",
        "day": "int32",
        "language": "str",
        "translated": "bool",
        "text": "str",
        "abstained": "str",
    }
    fold: ClassVar[Fold | None] = None

    def scan(self, reviews: pd.DataFrame) -> pd.DataFrame:
        partial = reviews[list(self.columns)].rename(columns={"day_to": "day"})
        texts = [text[:MOST_CHARACTERS] for text in partial["text"].to_numpy(dtype=object)]
        enough = np.array([len(split(text)) >= self.least_words for text in texts], dtype=bool)
        said = np.array([bool(text.strip()) for text in texts], dtype=bool)
        partial["text"] = [text if use else "" for text, use in zip(texts, enough, strict=True)]
        partial["abstained"] = np.select([~said, ~enough], ["no_text", "too_short"], "")
        return partial[list(self.partial)].astype(dict(self.partial)).reset_index(drop=True)

    def conclude(self, partials: pd.DataFrame, night: Night) -> Findings:
        said = partials[partials["abstained"] == ""]
        said = said.sort_values(["day", "review_key"], ignore_index=True)
        card = load_card(self.name)
        compared = compare(said, min(self.least_score, card.scores[-1]))
        told = compared.told >= self.least_bits
        evidence, members = self._groups(said, compared, card)
        p_value = p_values(card, compared.score[told], compared.texts)
        signals = build({"review_key": said.loc[told, "review_key"].to_numpy(), "p_value": p_value}, SIGNALS)
        weak = evidence.loc[evidence["p_value"] == rounded(_HOUSEHOLD_P), "evidence_key"]
        household = signals["review_key"].isin(members.loc[members["evidence_key"].isin(weak), "review_key"])
        signals.loc[household, "p_value"] = signals.loc[household, "p_value"].clip(lower=_HOUSEHOLD_P)
        why = np.select([told, compared.stock], ["", "stock_phrase"], "too_short")
        listings = pd.concat([partials.loc[partials["abstained"] != "", "listing_key"], said["listing_key"]])
        whys = np.concatenate([partials.loc[partials["abstained"] != "", "abstained"].to_numpy(dtype=object), why])
        refused = [(reason, listings[whys == reason]) for reason in ("no_text", "too_short", "stock_phrase")]
        return Findings(evidence, members, signals, abstentions(self, refused))

    def wanted(self, card: Card, texts: int) -> float:
        """The least score of evidence in a store of so many different texts."""
        budget = self.false_per_1000_reviews * card.per / 1000.0
        return max(card.score_at(budget / crowding(card, texts)), self.least_score)

    def _groups(self, said: pd.DataFrame, compared: Compared, card: Card) -> tuple[pd.DataFrame, pd.DataFrame]:
        wanted = self.wanted(card, compared.texts)
        linked = (compared.score >= wanted) & (compared.told >= self.least_bits)
        edges = (compared.pair_score >= wanted) & linked[compared.first] & linked[compared.second]
        first, second, likeness = compared.first[edges], compared.second[edges], compared.likeness[edges]
        graph = coo_matrix((np.ones(len(first)), (first, second)), shape=(len(said), len(said)))
        part = connected_components(graph, directed=False)[1]
        order = np.argsort(part[first], kind="stable")
        of_pair = part[first][order]
        rows: list[dict[str, object]] = []
        members = [empty(MEMBERS)]
        rows_of = np.flatnonzero(linked)
        rows_of = rows_of[np.argsort(part[rows_of], kind="stable")]
        starts = np.flatnonzero(np.diff(part[rows_of], prepend=-1))
        for group in np.split(rows_of, starts[1:]) if len(rows_of) else []:
            if len(np.unique(compared.guest[group])) < 2:
                continue
            begin, end = np.searchsorted(of_pair, [part[group[0]], part[group[0]] + 1]).tolist()
            here = order[begin:end]
            strength = float(np.median(compared.score[group]))
            pairs = _Pairs(first[here], second[here], likeness[here])
            rows.append(self._evidence(said.iloc[group], group, compared, pairs, card, strength))
            weights = np.minimum(compared.score[group] / strength, 1.0) * _doubts(said.iloc[group])
            keys = {"evidence_key": rows[-1]["evidence_key"], "review_key": said["review_key"].to_numpy()[group]}
            members.append(build({**keys, "role": "subject", "weight": weights}, MEMBERS))
        return evidence_frame(rows), pd.concat(members, ignore_index=True)

    def _evidence(
        self, reviews: pd.DataFrame, group: Ints, compared: Compared, pairs: _Pairs, card: Card, score: float
    ) -> dict[str, object]:
        guests = compared.guest[group]
        seen = _seen(reviews, guests, compared.formed[group])
        p_value = float(p_values(card, np.array([score]), compared.texts)[0])
        p_value = rounded(max(p_value, _HOUSEHOLD_P) if "household" in seen else p_value)
        texts = reviews["text"].to_numpy(dtype=object)[np.unique(compared.same[group], return_index=True)[1]].tolist()
        made = template(texts)
        kind = "exact" if len(texts) == 1 else "near" if made is None else "template"
        strongest = pairs.strongest(compared.guest)
        keys = reviews["review_key"].to_numpy(dtype=object)
        key_of = dict(zip(group.tolist(), keys.tolist(), strict=True))
        least = pairs.least(group)
        start, end = int(reviews["day"].min()), int(reviews["day"].max())
        facts = {
            "kind": kind,
            "copies": len(reviews),
            "accounts": len(np.unique(guests[reviews["reviewer_key"].notna().to_numpy()])),
            "listings": int(reviews["listing_key"].nunique()),
            "platforms": int(reviews["platform"].nunique()),
            "words": int(np.median(compared.words[group])),
            "likeness": rounded(least),
            "one_in": rounded(1.0 / p_value, digits=3),
            "span_days": end - start,
            "template": made.parts if made else [],
            "slots": made.slots if made else [],
            "pairs": [[key_of[one], key_of[other], rounded(like)] for one, other, like in strongest],
            "considered": [*_CONSIDERED, *seen],
        }
        subject = f"reuse:{keys[0]}"
        return evidence_row(
            self,
            evidence_key(self.name, subject, start),
            ("group", subject),
            (start, end),
            score=score,
            p_value=p_value,
            effect=least,
            reviews=len(reviews),
            facts=facts,
        )


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Alike reviews of one group, as rows."""

    first: Ints
    second: Ints
    likeness: Floats

    def strongest(self, guest: Ints) -> list[tuple[int, int, float]]:
        """The pairs of two guests that are most alike."""
        apart = np.flatnonzero(guest[self.first] != guest[self.second])
        order = apart[np.lexsort((self.second[apart], self.first[apart], -self.likeness[apart]))][:_MOST_PAIRS]
        found = zip(self.first[order].tolist(), self.second[order].tolist(), self.likeness[order].tolist(), strict=True)
        return [(min(one, other), max(one, other), likeness) for one, other, likeness in found]

    def least(self, group: Ints) -> float:
        """The likeness of the review that is least alike to its nearest."""
        best = pd.Series(np.zeros(len(group)), index=group)
        for side in (self.first, self.second):
            nearest = pd.Series(self.likeness).groupby(side).max()
            best = best.combine(nearest.reindex(group, fill_value=0.0), max)
        return float(best.min())


def _seen(reviews: pd.DataFrame, guests: Ints, formed: NDArray[np.bool_]) -> list[str]:
    """Which innocent readings a group's own circumstances suggest."""
    span = int(reviews["day"].max()) - int(reviews["day"].min())
    at_once = reviews["listing_key"].nunique() == 1 and span <= _ONE_STAY
    found = (
        reviews["reviewer_key"].isna().any(),
        at_once and len(np.unique(guests)) <= _HOUSEHOLD,
        formed.any(),
        _has_original(reviews),
    )
    return [reading for reading, holds in zip(_SEEN, found, strict=True) if holds]


def _has_original(reviews: pd.DataFrame) -> bool:
    """Whether the first review of a group (rows by day) stands long before the next."""
    day = reviews["day"].to_numpy(dtype="int64")
    return bool(day[1] - day[0] > _EARLIER_DAYS)


def _doubts(reviews: pd.DataFrame) -> Floats:
    """What each review of a group (rows by day) counts for: less where it may be the original, or nobody is named."""
    result = np.full(len(reviews), 1.0 if reviews["reviewer_key"].notna().any() else _DOUBTFUL)
    result[0] *= _DOUBTFUL if _has_original(reviews) else 1.0
    return result


def crowding(card: Card, texts: int) -> float:
    """How much more often than on the card an honest text has a near neighbour, where there are more texts."""
    return max(1.0, texts / float(card.data["texts"]))


def p_values(card: Card, scores: Floats, texts: int) -> Floats:
    """The chance that an honest review in a store of so many different texts has as high a score.

    Never below what the card's real texts could show: its simulated ones only say how it falls.
    """
    rates = 10 ** np.interp(scores, card.scores, np.log10(card.rates)) * crowding(card, texts) / card.per
    shown = 1.0 / (int(card.data["real"]) // 1_000 * 1_000)
    return np.asarray(np.maximum(-np.expm1(-rates), shown), dtype="float64")
