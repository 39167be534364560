"""Real reviews whose stars and texts are known, planted mismatches in them, and their embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks import text_prior
from detection.arrays import Bools, Floats, Ints
from detection.text.encoder import Encoder
from detection.text.prior import prior
from detection.text.terms import text_sha256

HOTEL = "Hotel (en)"
LANGUAGES = {"English": "en", "German": "de", "French": "fr", "Italian": "it", "Spanish": "es", "Turkish": "tr"}
# No word, weight or threshold was chosen by looking at these.
UNSEEN = ("Italian", "Spanish")
SHARE, FAR = 0.03, 0.75


@dataclass(frozen=True, slots=True)
class Reviews:
    """A set of real reviews of one language; ratings on the scale 0..1, which goes from 1 to ``best``.

    ``known`` are the stars that the shipped words expect, by a model that other hotels' reviews taught.
    """

    name: str
    language: str
    best: float
    texts: list[str]
    ratings: Floats
    known: Floats | None = None

    def take(self, rows: Ints) -> Reviews:
        """Some of them, in the order of ``rows``."""
        known = None if self.known is None else self.known[rows]
        return replace(self, texts=[self.texts[row] for row in rows], ratings=self.ratings[rows], known=known)

    def parts(self, size: int, seed: int = 0) -> list[Ints]:
        """Rows of as many disjoint random parts of about ``size`` reviews as there are."""
        order = np.random.default_rng(seed).permutation(len(self.texts))
        return [np.asarray(part) for part in np.array_split(order, max(len(order) // size, 1))]


def read_sets(folder: Path, most: int) -> list[Reviews]:
    """The hotel's set and those of six languages, of each the first ``most`` reviews with text."""
    stars = pd.read_csv(folder / "hotel_reviews_en" / "reviews.csv.gz").dropna().head(most)
    texts = stars["text"].tolist()
    ratings = (stars["rating"].to_numpy("float64") - 1.0) / 4.0
    sets = [Reviews(HOTEL, "en", 5.0, texts, ratings, prior(texts, "en"))]
    for name, language in LANGUAGES.items():
        file = folder / "maide_up" / "real" / f"{name}.csv"
        found = pd.read_csv(file)
        parts = {"Liked: ": found["Upside_Review"], "Disliked: ": found["Downside_Review"]}
        said = pd.DataFrame({head: head + part.fillna("").str.strip() for head, part in parts.items()})
        said = said.where(said.ne(list(parts)), "")
        texts = (said["Liked: "] + "\n" + said["Disliked: "]).str.strip()
        kept = np.flatnonzero(texts.str.len() > 3)[:most]
        ratings = (found["Review_Score"].to_numpy(dtype="float64")[kept] - 1.0) / 9.0
        # The shipped words were learned on these very reviews: each hotel's are judged by words of the others.
        known = text_prior.held_out(text_prior.read(file))["expected"].to_numpy("float64")[kept]
        sets.append(Reviews(name, language, 10.0, texts.iloc[kept].tolist(), ratings, known))
    return sets


def plant(reviews: Reviews, seed: int) -> tuple[Reviews, Bools]:
    """The set with 3% of its ratings moved by three quarters of the scale or more, and which those are.

    They are drawn evenly among the reviews that have such a rating, and it evenly among those of the scale so far off.
    """
    rng = np.random.default_rng(seed)
    scale = np.linspace(0.0, 1.0, int(reviews.best))
    far = [scale[np.abs(scale - rating) >= FAR - 1e-9] for rating in reviews.ratings]
    can = np.flatnonzero([len(each) > 0 for each in far])
    chosen = rng.choice(can, min(max(round(SHARE * len(far)), 1), len(can)), replace=False)
    ratings = reviews.ratings.copy()
    ratings[chosen] = [rng.choice(far[row]) for row in chosen]
    return replace(reviews, ratings=ratings), np.isin(np.arange(len(ratings)), chosen)


def embed(reviews: Reviews, encoder: Encoder, cache: Path) -> Floats:
    """The set's embeddings, a row for each text; each text once, kept in the cache under the encoder's key."""
    cache.mkdir(parents=True, exist_ok=True)
    keys = [text_sha256(text) for text in reviews.texts]
    known: dict[str, np.ndarray] = {}
    file = cache / f"{encoder.key[:12]}-{reviews.name.split()[0]}.npz"
    if file.is_file():
        with np.load(file) as kept:
            known = dict(zip(kept["keys"].tolist(), kept["matrix"], strict=True))
    missing = {key: text for key, text in zip(keys, reviews.texts, strict=True) if key not in known}
    if missing:
        print(f"embedding {len(missing):,} texts of {reviews.name}", flush=True)
        known.update(zip(missing, encoder.encode(list(missing.values())), strict=True))
        np.savez(file, keys=np.array(list(known)), matrix=np.stack(list(known.values())))
    return np.stack([known[key] for key in keys]).astype("float64")


@dataclass(frozen=True)
class Kept:
    """``detection.protocol.Vectors`` of texts that are embedded already."""

    encoder: str
    languages: frozenset[str] | None
    rows: dict[str, Floats]

    def of(self, texts: Sequence[str]) -> NDArray[np.float32] | None:
        return np.stack([self.rows[text_sha256(text)] for text in texts]).astype("float32")
