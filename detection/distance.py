"""How far some data are from the data that a calibration card was made on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detection.arrays import Floats

COLUMNS = ("listing_key", "platform", "reviewer_key", "rating", "day_to", "newborn", "text", "language")

_HIGH, _LOW = 0.9, 0.26
_BIN_DAYS = 28
# A share of a listing says little on fewer reviews, an over-dispersion on fewer listings or a shorter past.
_LEAST_REVIEWS, _LEAST_LISTINGS, _LEAST_BINS, _LEAST_MEAN = 10, 10, 6, 0.25
_SHORTEST_DAYS = 182
# A source with fewer of its texts, or accounts, is judged as one without.
_GIVEN = 0.3
# Languages of fewer texts than this share don't count as known to a card.
_RARE = 0.005


@dataclass(frozen=True, slots=True)
class Quantity:
    """What is compared: in words, the columns that a detector must read for it to matter (any of them), the margin on
    both sides of a card's range (``slack`` is added, ``factor`` multiplied), and whether only too little of it is far.
    """

    words: str
    needs: frozenset[str] = frozenset()
    slack: float = 0.0
    factor: float = 1.0
    only_less: bool = False


_ACCOUNTS, _TEXTS = frozenset({"reviewer_key", "newborn"}), frozenset({"text"})
OTHER_LANGUAGES = "other_languages"
_SHARES_GIVEN = ("with_text", "with_account")
_KINDS = ("text", "accounts", "unnamed", "counts")
QUANTITIES: Mapping[str, Quantity] = {
    "listings": Quantity("listings on the platform", only_less=True),
    "history_days": Quantity("days of history", only_less=True),
    "reviews_per_listing_year": Quantity("reviews of a listing in a year", factor=1.5),
    "newborn_share": Quantity("share of first-time accounts", _ACCOUNTS, 0.05),
    "high_share": Quantity("share of high ratings", slack=0.05),
    "low_share": Quantity("share of low ratings", slack=0.05),
    # The estimate of a dozen listings with a review a month has a standard error of 0.07.
    "dispersion_28": Quantity("unevenness of the reviews from month to month", slack=0.1),
    "with_text": Quantity("share of reviews with text", _TEXTS, 0.05),
    "with_account": Quantity("share of reviews with an account id", _ACCOUNTS, 0.05),
    OTHER_LANGUAGES: Quantity("share of texts in languages new to the card", _TEXTS, 0.05),
}


@dataclass(frozen=True, slots=True)
class Spread:
    """A quantity's least, median and greatest over platforms, of which each has one value."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class Profile:
    """A summary of data: each quantity's spread (those that could be measured), the share of texts by language.

    ``given`` holds the spreads of ``with_text`` and ``with_account`` by the kind of information that a platform gives.
    """

    spreads: Mapping[str, Spread] = field(default_factory=dict)
    languages: Mapping[str, float] = field(default_factory=dict)
    given: Mapping[str, Mapping[str, Spread]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "between_platforms": _spreads_as_json(self.spreads),
            "by_information": {name: _spreads_as_json(spreads) for name, spreads in self.given.items()},
            "languages": {name: round(part, 4) for name, part in self.languages.items()},
        }


def _spreads_as_json(spreads: Mapping[str, Spread]) -> dict[str, dict[str, float]]:
    return {
        name: {part: float(f"{getattr(spread, part):.4g}") for part in ("low", "middle", "high")}
        for name, spread in spreads.items()
    }


def read_profile(said: Mapping[str, Any]) -> Profile:
    """The profile that ``as_json`` gave; an empty one where spreads are of something else than platforms."""
    if "between_platforms" not in said:
        return Profile()
    given = {name: _read_spreads(spreads) for name, spreads in said.get("by_information", {}).items()}
    return Profile(_read_spreads(said["between_platforms"]), dict(said.get("languages", {})), given)


def _read_spreads(said: Mapping[str, Any]) -> dict[str, Spread]:
    return {name: Spread(**spread) for name, spread in said.items()}


@dataclass(frozen=True, slots=True)
class Measured:
    """One platform's quantities: of each listing, and its own."""

    listings: Mapping[str, Floats]
    platform: Mapping[str, float]
    languages: Mapping[str, float]

    def value(self, name: str) -> float:
        """The platform's own value of a quantity, or its listings' median; NaN where it is not known."""
        if name in self.platform:
            return self.platform[name]
        values = self.listings.get(name, np.zeros(0))
        known = values[np.isfinite(values)]
        return float(np.median(known)) if len(known) else float("nan")

    @property
    def information(self) -> str:
        """What the platform gives: ``text`` (and accounts), ``accounts``, ``unnamed`` (texts alone), ``counts``."""
        texts, accounts = (self.platform.get(name, 0.0) >= _GIVEN for name in _SHARES_GIVEN)
        return _KINDS[(not texts) + 2 * (not accounts)]


def measure(reviews: pd.DataFrame) -> Measured:
    """The quantities of one platform's reviews (``COLUMNS`` of ``frames.REVIEWS``); what can't be measured is NaN."""
    if reviews.empty:
        return Measured({}, {}, {})
    codes, _ = pd.factorize(reviews["listing_key"])
    days = reviews["day_to"].to_numpy(dtype="int64")
    last = int(days.max())
    first = np.full(int(codes.max()) + 1, last, dtype="int64")
    np.minimum.at(first, codes, days)
    number = np.bincount(codes).astype("float64")
    rating = reviews["rating"].to_numpy(dtype="float64")
    newborn = reviews["newborn"].to_numpy()
    said = reviews["text"].to_numpy(dtype=object) != ""
    years = np.maximum(last - first + 1, _SHORTEST_DAYS) / 365.25
    languages = reviews.loc[said, "language"].value_counts(normalize=True).sort_index()
    return Measured(
        listings={
            "reviews_per_listing_year": number / years,
            "newborn_share": _shares(codes, newborn == 1, newborn >= 0),
            "high_share": _shares(codes, rating >= _HIGH, rating >= 0),
            "low_share": _shares(codes, rating <= _LOW, rating >= 0),
        },
        platform={
            "listings": float(len(number)),
            "history_days": float(last - days.min() + 1),
            "dispersion_28": _dispersion(codes, days, first, last),
            "with_text": float(said.mean()),
            "with_account": float(reviews["reviewer_key"].notna().mean()),
        },
        languages={str(name): float(part) for name, part in languages.items()},
    )


def profile(platforms: Iterable[Measured]) -> Profile:
    """The summary of one platform, or of many, each with one value of a quantity."""
    every = [each for each in platforms if each.platform]
    spreads = {name: spread for name in QUANTITIES if (spread := _spread(name, every)) is not None}
    given: dict[str, dict[str, Spread]] = {}
    for kind in _KINDS:
        alike = [each for each in every if each.information == kind]
        if alike:
            given[kind] = {name: spread for name in _SHARES_GIVEN if (spread := _spread(name, alike)) is not None}
    talking = [each.languages for each in every if each.languages]
    languages: dict[str, float] = {}
    for shares in talking:
        for name, part in shares.items():
            languages[name] = languages.get(name, 0.0) + part / len(talking)
    return Profile(spreads, {name: part for name, part in sorted(languages.items()) if part >= _RARE}, given)


def _spread(name: str, platforms: Sequence[Measured]) -> Spread | None:
    values = np.array([each.value(name) for each in platforms])
    known = values[np.isfinite(values)]
    return Spread(float(known.min()), float(np.median(known)), float(known.max())) if len(known) else None


@dataclass(frozen=True, slots=True)
class Compared:
    """One quantity of some data beside a card's range."""

    quantity: str
    value: float
    low: float
    high: float
    inside: bool


@dataclass(frozen=True, slots=True)
class Distance:
    """How some data compare with a card's, quantity by quantity."""

    rows: tuple[Compared, ...]

    @property
    def outside(self) -> tuple[str, ...]:
        """The quantities outside of the card's range, in words."""
        return tuple(QUANTITIES[row.quantity].words for row in self.rows if not row.inside)

    @property
    def level(self) -> str:
        """``like``, ``partly unlike``, ``unlike`` (half of the quantities or more), or ``unknown``."""
        if not self.rows:
            return "unknown"
        if not self.outside:
            return "like"
        return "partly unlike" if 2 * len(self.outside) < len(self.rows) else "unlike"

    @property
    def words(self) -> str:
        """The level, and what is different."""
        if self.level == "unknown":
            return "not compared with the data of the card"
        if self.level == "like":
            return "like the data of the card"
        return f"{self.level}: {', '.join(self.outside)}"


def how_far(yours: Profile, cards: Profile, columns: Sequence[str] | None = None) -> Distance:
    """The platform ``yours`` beside the range of the platforms of ``cards``.

    Left out is what either can't say, and what doesn't matter to a detector that reads only ``columns``. The shares of
    texts and accounts are held against those of the card's platforms that give most nearly as much.
    """
    rows = []
    for name, quantity in QUANTITIES.items():
        if columns is not None and quantity.needs and quantity.needs.isdisjoint(columns):
            continue
        value, spread = _value(name, yours, cards), _range(name, yours, cards)
        if value is None or spread is None:
            continue
        enough = value >= spread.low / quantity.factor - quantity.slack
        inside = enough and (quantity.only_less or value <= spread.high * quantity.factor + quantity.slack)
        rows.append(Compared(name, value, spread.low, spread.high, inside))
    return Distance(tuple(rows))


def _value(name: str, yours: Profile, cards: Profile) -> float | None:
    if name == OTHER_LANGUAGES:
        known = [part for language, part in yours.languages.items() if language not in cards.languages]
        return float(sum(known)) if yours.languages else None
    return yours.spreads[name].middle if name in yours.spreads else None


def _range(name: str, yours: Profile, cards: Profile) -> Spread | None:
    if name == OTHER_LANGUAGES:
        return Spread(0.0, 0.0, 0.0) if cards.languages else None
    if name in _SHARES_GIVEN and cards.given:
        return min(cards.given.values(), key=lambda each: _apart(yours, each)).get(name)
    return cards.spreads.get(name)


def _apart(yours: Profile, theirs: Mapping[str, Spread]) -> float:
    """How differently texts and accounts are given."""
    both = [name for name in _SHARES_GIVEN if name in yours.spreads and name in theirs]
    return sum(abs(yours.spreads[name].middle - theirs[name].middle) for name in both)


def _shares(codes: NDArray[Any], marked: NDArray[np.bool_], known: NDArray[np.bool_]) -> Floats:
    """Of each listing with enough reviews of which it is known, the share that is marked; else NaN."""
    size = int(codes.max()) + 1
    number = np.bincount(codes[known], minlength=size).astype("float64")
    count = np.bincount(codes[known & marked], minlength=size)
    return np.asarray(np.where(number >= _LEAST_REVIEWS, count / np.maximum(number, 1.0), np.nan), dtype="float64")


def _dispersion(codes: NDArray[Any], days: NDArray[np.int64], first: NDArray[np.int64], last: int) -> float:
    """Over-dispersion of the listings' counts in 28 days: how much the variance exceeds a Poisson's, by the mean.

    Each listing's (variance / mean - 1) weighs the same, so that the largest don't speak for all.
    """
    bins = (last - first + 1) // _BIN_DAYS
    place = (last - days) // _BIN_DAYS
    whole = place < bins[codes]
    width = int(bins.max()) + 1
    counts = np.bincount(codes[whole] * width + place[whole], minlength=len(bins) * width).astype("float64")
    counts = counts.reshape(len(bins), width)
    used = bins >= _LEAST_BINS
    mean = counts.sum(axis=1) / np.maximum(bins, 1)
    variance = ((counts**2).sum(axis=1) - bins * mean**2) / np.maximum(bins - 1, 1)
    used &= mean >= _LEAST_MEAN
    if np.count_nonzero(used) < _LEAST_LISTINGS:
        return float("nan")
    return float((variance[used] / mean[used] - 1.0).sum() / mean[used].sum())
