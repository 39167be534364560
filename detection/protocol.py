"""What a detector is: three verbs over frames, the same in a process pool and on a cluster."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detection.arrays import Ints
from store.frames import ABSTENTIONS, EVIDENCE, MEMBERS, OWNERS, SIGNALS, empty


@dataclass(frozen=True, slots=True)
class Fold:
    """A declarative reduce of partials: sum ``total`` over rows alike in ``by``, keep sums of ``at_least``.

    ``at_least`` names a summed column and the smallest sum that is kept.
    """

    by: tuple[str, ...]
    total: tuple[str, ...]
    at_least: tuple[str, float] | None = None


class Vectors(Protocol):
    """Sentence embeddings under one encoder, made when a detector asks for them.

    ``encoder`` is a key that changes with the weights; ``languages`` are the two-letter codes that the model reads
    well, ``None`` for any. Ask for few texts: each costs a transformer once, and a night has an allowance.
    """

    @property
    def encoder(self) -> str: ...

    @property
    def languages(self) -> frozenset[str] | None: ...

    def of(self, texts: Sequence[str]) -> NDArray[np.float32] | None:
        """A row for each text in their order, copies alike; ``None`` where the night's allowance is used up."""
        ...


class Snapshot(Protocol):
    """The night's reviews, asked for by the hashes of a column's texts (``detection.hashing``)."""

    def where(self, column: str, hashes: Ints, columns: tuple[str, ...]) -> pd.DataFrame:
        """The reviews whose ``column`` hashes to one of ``hashes``, sorted by listing, day and key."""
        ...


@dataclass(frozen=True, slots=True)
class Night:
    """What a detector may know besides its partials.

    ``snapshot`` answers for the few reviews that a conclusion is about; ``vectors`` are there where there is a model.
    ``owners`` has the columns of ``frames.OWNERS``; ``upheld`` are the keys of reviews that a person has upheld as a
    campaign's. ``memo`` keeps answers from night to night under digests of all
    that they were made of, so that only what a night touched is worked out anew.
    """

    as_of: dt.date
    snapshot: Snapshot
    seed: int = 0
    vectors: Vectors | None = None
    owners: pd.DataFrame = field(default_factory=lambda: empty(OWNERS))
    upheld: Sequence[str] = ()
    memo: MutableMapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Findings:
    """A detector's answer, in the columns of ``store.frames``.

    ``signals`` holds one graded p-value for each review that could be judged (the smallest, where there are several).
    """

    evidence: pd.DataFrame = field(default_factory=lambda: empty(EVIDENCE))
    members: pd.DataFrame = field(default_factory=lambda: empty(MEMBERS))
    signals: pd.DataFrame = field(default_factory=lambda: empty(SIGNALS))
    abstentions: pd.DataFrame = field(default_factory=lambda: empty(ABSTENTIONS))


class Detector(Protocol):
    """A detector: explicit keyword parameters, nothing computed in the constructor, three verbs.

    ``columns`` are the columns of ``frames.REVIEWS`` that ``scan`` reads, ``partial`` the dtypes of what it returns.
    ``scan`` is pure and sees a shard of whole listings; ``conclude`` sees the folded partials of all shards.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    columns: ClassVar[tuple[str, ...]]
    partial: ClassVar[Mapping[str, str]]
    fold: ClassVar[Fold | None]

    def scan(self, reviews: pd.DataFrame) -> pd.DataFrame: ...

    def conclude(self, partials: pd.DataFrame, night: Night) -> Findings: ...


def evidence_key(detector: str, subject: str, window_start: int) -> str:
    """The key a finding keeps from night to night: 24 hex digits."""
    return hashlib.sha256(f"{detector}\0{subject}\0{window_start}".encode()).hexdigest()[:24]


def abstention_rows(detector: str, listings: pd.Series, reason: str) -> pd.DataFrame:
    """Abstentions of a detector: one row for each listing, counting its entries in ``listings``."""
    counts = listings.value_counts().sort_index()
    rows = {"detector": detector, "listing_key": counts.index, "reason": reason, "reviews": counts.to_numpy()}
    return pd.DataFrame(rows, columns=list(ABSTENTIONS)).astype(dict(ABSTENTIONS))
