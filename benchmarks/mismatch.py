"""Mismatch on real reviews: planted flips found, honest reviews flagged, and the detector's card.

    python benchmarks/mismatch.py --data FOLDER [--cache FOLDER] [--write-card]

FOLDER holds ``hotel_reviews_en/reviews.csv.gz`` (rating, text) and ``maide_up/real/LANGUAGE.csv`` (Upside_Review,
Downside_Review, Review_Score 1-10). A flip mirrors the score of 3% of a set's reviews, drawn from those at least a
quarter of the scale from its middle; the mismatches that are in real reviews anyway count as false.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, precision_recall_curve

from detection.cards import Card, load_card
from detection.engines.local import Shards
from detection.mismatch import Mismatch
from detection.protocol import Findings, Night, Vectors
from detection.text.encoder import Encoder, find_encoder
from detection.text.features import Floats, predict, text_sha256
from store.frames import REVIEWS, build

CARD = Path(__file__).parent.parent / "detection" / "calibration" / "mismatch.json"
LANGUAGES = {"English": "en", "German": "de", "French": "fr", "Italian": "it", "Spanish": "es", "Turkish": "tr"}
_GRID = np.round(np.arange(0.0, 1.0, 0.025), 3)
_PER = 1000.0


@dataclass(frozen=True, slots=True)
class Reviews:
    """A set of real reviews of one language; ratings on the scale 0..1."""

    name: str
    language: str
    best: float
    texts: list[str]
    ratings: Floats


def main() -> int:
    parser = argparse.ArgumentParser(description="The mismatch detector, measured on real reviews.")
    parser.add_argument("--data", type=Path, required=True, help="folder of the real reviews")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "fairstay-vectors")
    parser.add_argument("--most", type=int, default=4_000, help="reviews of a set at most")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--write-card", action="store_true", help="write the calibration card first")
    said = parser.parse_args()
    if not (said.data / "hotel_reviews_en" / "reviews.csv.gz").is_file() or not (said.data / "maide_up").is_dir():
        print(
            f"No reviews in {said.data}: hotel_reviews_en/reviews.csv.gz and maide_up/real are wanted.", file=sys.stderr
        )
        return 2
    encoder = find_encoder()
    assert encoder is not None
    sets = read_sets(said.data, said.most)
    vectors = {each.name: embed(each, encoder, said.cache) for each in sets}
    distances = [
        {each.name: distance(each, each.ratings, dense) for each in sets for dense in [pick(vectors[each.name])]}
        for pick in (lambda found: None, in_order)
    ]
    if said.write_card:
        CARD.write_text(json.dumps(card_of(distances), indent=1) + "\n", "utf-8")
        print(f"wrote {CARD.name}")
    print_leave_one_out(distances)
    print_table(sets, vectors, range(said.seeds))
    return 0


def read_sets(folder: Path, most: int) -> list[Reviews]:
    stars = pd.read_csv(folder / "hotel_reviews_en" / "reviews.csv.gz").dropna().head(most)
    sets = [Reviews("Hotel (en)", "en", 5.0, stars["text"].tolist(), (stars["rating"].to_numpy() - 1.0) / 4.0)]
    for name, language in LANGUAGES.items():
        found = pd.read_csv(folder / "maide_up" / "real" / f"{name}.csv")
        parts = {"Liked: ": found["Upside_Review"], "Disliked: ": found["Downside_Review"]}
        said = pd.DataFrame({head: head + part.fillna("").str.strip() for head, part in parts.items()})
        said = said.where(said.ne(list(parts)), "")
        texts = (said["Liked: "] + "\n" + said["Disliked: "]).str.strip()
        kept = np.flatnonzero(texts.str.len() > 3)[:most]
        ratings = (found["Review_Score"].to_numpy(dtype="float64")[kept] - 1.0) / 9.0
        sets.append(Reviews(name, language, 10.0, texts.iloc[kept].tolist(), ratings))
    return sets


@dataclass(frozen=True, slots=True)
class Embedded:
    """The vectors of a set, and the row of each of its texts."""

    vectors: Vectors
    rows: list[int]


def in_order(found: Embedded) -> Floats:
    return np.asarray(found.vectors.matrix[found.rows], dtype="float64")


def embed(reviews: Reviews, encoder: Encoder, cache: Path) -> Embedded:
    """The set's embeddings, each text once; kept in the cache under the encoder's key."""
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
    rows = {key: row for row, key in enumerate(known)}
    return Embedded(Vectors(encoder.key, rows, np.stack(list(known.values()))), [rows[key] for key in keys])


def distance(reviews: Reviews, ratings: Floats, dense: Floats | None) -> Floats:
    nothing = np.zeros(len(ratings), dtype="int64")
    return np.abs(ratings - predict(reviews.texts, ratings, nothing, dense).expected)


def card_of(models: Sequence[dict[str, Floats]]) -> dict[str, object]:
    """Rates of the pooled distances, of the model with the fatter tail at each distance."""
    pooled = [np.concatenate(list(each.values())) for each in models]
    above = np.array([(each[:, None] >= _GRID).sum(axis=0) for each in pooled]).max(axis=0)
    shown = np.append(above[:-1] > 0, False) | (_GRID == 0.0)
    grid, counts = _GRID[: shown.sum() + 1], above[: shown.sum() + 1]
    number = len(pooled[0])
    rates = np.minimum((counts + 1.0) / number * _PER, _PER)
    return {
        "unit": "reviews",
        "per": _PER,
        "made_on": f"{number:,} real hotel reviews in {len(models[0])} sets and six languages, out of fold; the "
        "mismatches that are in them anyway count as honest",
        "scores": [float(score) for score in grid],
        "rates": [float(f"{rate:.5g}") for rate in rates],
    }


def print_leave_one_out(models: Sequence[dict[str, Floats]]) -> None:
    """What a set shows at the distances where a card made without it says so many per 1,000."""
    print("\nhonest reviews beyond a distance, per 1,000, where a card made on the other sets says")
    wanted = (40.0, 20.0, 10.0, 5.0, 2.0)
    print(f"{'set':12s}" + "".join(f"{rate:8.0f}" for rate in wanted) + "   (TF-IDF; with embeddings)")
    for name in models[0]:
        said = card_of([{other: found for other, found in each.items() if other != name} for each in models])
        # A card's JSON is a mapping of several kinds of value, of which these two are lists of numbers.
        card = Card("mismatch", "reviews", _PER, tuple(said["scores"]), tuple(said["rates"]), "")  # type: ignore[arg-type]  # lists of numbers
        for each in models:
            own = each[name] * Mismatch.scale_of(each[name], card)
            print(f"{name:12s}" + "".join(f"{np.mean(own >= card.score_at(rate)) * _PER:8.1f}" for rate in wanted))


def print_table(sets: Sequence[Reviews], vectors: dict[str, Embedded], seeds: range) -> None:
    budget = Mismatch().false_per_1000_reviews
    print(
        f"\nflips: mean of {len(seeds)} seeds (flagged: the share that is evidence); "
        f"honest: evidence per 1,000 at a budget of {budget:g}; CPU s per 1,000"
    )
    heads = ("n", "AP", "AP emb", "|r-mean|", "R@P.9", "flagged", "honest", "h. emb", "CPU s")
    print(f"{'set':12s}" + "".join(f"{head:>10s}" for head in heads))
    for each in sets:
        dense = in_order(vectors[each.name])
        found = np.mean([flips(each, dense, seed) for seed in seeds], axis=0)
        plain, _ = detect(each, None)
        embedded, seconds = detect(each, vectors[each.name].vectors)
        n = len(each.texts)
        print(
            f"{each.name:12s}{n:10d}"
            + "".join(f"{value:10.3f}" for value in found)
            + "".join(f"{len(part.evidence) / n * _PER:10.1f}" for part in (plain, embedded))
            + f"{seconds / n * _PER:10.2f}",
            flush=True,
        )


def flips(reviews: Reviews, dense: Floats, seed: int) -> tuple[float, ...]:
    """AP with TF-IDF, with embeddings, of the baseline; with embeddings the recall at precision .9, and as evidence."""
    rng = np.random.default_rng(seed)
    far = np.flatnonzero(np.abs(reviews.ratings - 0.5) >= 0.25)
    chosen = rng.choice(far, max(int(0.03 * len(reviews.ratings)), 1), replace=False)
    ratings = reviews.ratings.copy()
    ratings[chosen] = 1.0 - ratings[chosen]
    planted = np.isin(np.arange(len(ratings)), chosen)
    without, with_vectors = (distance(reviews, ratings, each) for each in (None, dense))
    card = load_card(Mismatch.name)
    wanted = card.score_at(Mismatch().false_per_1000_reviews)
    precision, recall, _ = precision_recall_curve(planted, with_vectors)
    return (
        float(average_precision_score(planted, without)),
        float(average_precision_score(planted, with_vectors)),
        float(average_precision_score(planted, np.abs(ratings - ratings.mean()))),
        float(recall[precision >= 0.9].max()),
        float(np.mean((with_vectors * Mismatch.scale_of(with_vectors, card))[planted] >= wanted)),
    )


def detect(reviews: Reviews, vectors: Vectors | None) -> tuple[Findings, float]:
    """The whole detector on a set as it is, and its CPU seconds."""
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
            "text": reviews.texts,
            "language": reviews.language,
            "translated": False,
        },
        REVIEWS,
    )
    detector, started = Mismatch(), time.process_time()
    partials = detector.scan(frame)
    # The detector asks nothing of the snapshot.
    night = Night(dt.date(2026, 1, 1), Shards(()), vectors=vectors)
    found = detector.conclude(partials, night)
    return found, time.process_time() - started


if __name__ == "__main__":
    raise SystemExit(main())
