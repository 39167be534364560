"""What the whole text stage costs: a first night, one with nothing new, one with a hundred new reviews.

    python -m benchmarks.text_cost --data FOLDER [--reviews 16000] [--backend auto]

imports real reviews as a user would, into a store of its own. Those sets have no dates and one or no listing: each
review gets a day of three years, and each hotel with more is cut into listings of 400. CPU seconds of one process.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.mismatch import LANGUAGES, read_sets
from benchmarks.runs import fairstay
from detection import all_detectors
from detection.engines.local import Shards, scan_and_fold, write_shards
from detection.engines.memo import read_memo, write_memo
from detection.protocol import Detector, Night
from detection.text.encoder import BACKENDS, Encoder, find_encoder
from fairstay.config import Config, load_config
from fairstay.detecting import detect
from fairstay.embedding import StoredVectors, start_allowance
from store.database import Database, open_database
from store.snapshot import read_reviews

TEXT = ("mismatch", "reuse", "lures", "generated", "aspects")
NIGHTS = tuple(dt.date(2026, 11, 1) + dt.timedelta(days=day) for day in range(3))
NEW = 100
_SAMPLE, _PER_LISTING, _DAYS = 200, 400, 1_095


@dataclass(slots=True)
class Metered:
    """Vectors with the CPU seconds that they took and the texts that were asked for."""

    vectors: StoredVectors
    cpu_s: float = 0.0
    texts: set[str] = field(default_factory=set)

    @property
    def encoder(self) -> str:
        return self.vectors.encoder

    @property
    def languages(self) -> frozenset[str] | None:
        return self.vectors.languages

    def of(self, texts: Sequence[str]) -> NDArray[np.float32] | None:
        began = time.process_time()
        found = self.vectors.of(texts)
        self.cpu_s += time.process_time() - began
        if found is not None:
            self.texts.update(texts)
        return found


@dataclass(frozen=True, slots=True)
class Part:
    """One detector's CPU seconds, those of the transformer apart, and the different texts that it had embedded."""

    scan_s: float
    conclude_s: float
    transformer_s: float
    texts: int
    evidence: int

    @property
    def whole_s(self) -> float:
        return self.scan_s + self.conclude_s + self.transformer_s


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the real data sets")
    parser.add_argument("--reviews", type=int, default=16_000, help="five eighths of them of the English hotel")
    parser.add_argument("--backend", choices=BACKENDS, default="auto")
    said = parser.parse_args()
    if not (said.data / "hotel_reviews_en" / "reviews.csv.gz").is_file() or not (said.data / "maide_up").is_dir():
        wanted = "hotel_reviews_en/reviews.csv.gz and maide_up/real"
        print(f"No reviews in {said.data}: {wanted} are wanted.", file=sys.stderr)
        return 2
    reviews = sample_of(said.data, said.reviews + NEW)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "fairstay.toml").write_text(f'[run]\nworkers = 1\n[text]\nbackend = "{said.backend}"\n')
        bring(folder, "first.csv", reviews.iloc[:-NEW])
        config = load_config(folder / "fairstay.toml")
        with closing(open_database(config.database_url)) as database:
            print_nights(database, config, folder, reviews.iloc[-NEW:])
    return 0


def sample_of(folder: Path, number: int) -> pd.DataFrame:
    """Real reviews in the canonical columns, shuffled: English ones of one hotel, and those of six languages."""
    english, *others = read_sets(folder, number)
    first = min(number * 5 // 8, len(english.texts))
    each = -(-(number - first) // len(LANGUAGES))
    parts = [replace(english, texts=english.texts[:first], ratings=english.ratings[:first])]
    parts += [replace(one, texts=one.texts[:each], ratings=one.ratings[:each]) for one in others]
    frames = [
        pd.DataFrame(
            {
                "listing_id": [f"{one.name} {row // _PER_LISTING}" for row in range(len(one.texts))],
                "review_id": [f"{one.name} {row}" for row in range(len(one.texts))],
                "reviewer_id": [f"guest of {one.name} {row}" for row in range(len(one.texts))],
                "rating": 1.0 + one.ratings * (one.best - 1.0),
                "rating_worst": 1.0,
                "rating_best": one.best,
                "text": one.texts,
                "language": one.language,
                "listing_kind": "hotel",
            }
        )
        for one in parts
    ]
    whole = pd.concat(frames, ignore_index=True).sample(frac=1.0, random_state=0).head(number)
    days = np.random.default_rng(0).integers(1, _DAYS, len(whole))
    whole["published"] = [str(NIGHTS[0] - dt.timedelta(days=int(day))) for day in days]
    return whole


def bring(folder: Path, name: str, reviews: pd.DataFrame) -> None:
    """Import reviews with the command line."""
    reviews.to_csv(folder / name, index=False)
    fairstay(folder, "--quiet", "import", name, "--platform", "benchmark")


def judge(database: Database, config: Config, encoder: Encoder, day: dt.date) -> tuple[dict[str, Part], int]:
    """Each detector of texts on what the store holds, as a detection runs it; and the number of reviews."""
    work = config.path(config.work_folder) / "measured"
    reviews = read_reviews(database)
    shards = write_shards(reviews, work / "shards", config.shards)
    allowance = start_allowance(database, night=str(day), at_most=config.embed_at_most)
    stored = StoredVectors(database, encoder, allowance)
    parts = {}
    for detector in all_detectors():
        if detector.name in TEXT:
            metered = Metered(stored.asked_by(detector.name))
            parts[detector.name] = measure(detector, shards, metered, work, day)
    for note in allowance.notes:
        print(note)
    return parts, len(reviews)


def measure(detector: Detector, shards: Shards, vectors: Metered, work: Path, day: dt.date) -> Part:
    """A detector's scan of the shards that changed and its conclusion."""
    began = time.process_time()
    partials = scan_and_fold(detector, shards, work / "partials")
    scanned = time.process_time()
    memo = read_memo(detector, work / "memo")
    found = detector.conclude(partials, Night(day, shards, vectors=vectors, memo=memo))
    write_memo(memo, detector, work / "memo")
    concluded = time.process_time() - scanned - vectors.cpu_s
    return Part(scanned - began, concluded, vectors.cpu_s, len(vectors.texts), len(found.evidence))


def print_nights(database: Database, config: Config, folder: Path, new: pd.DataFrame) -> None:
    """The first night with an empty store of vectors, then one with nothing new, then one with a few reviews."""
    began = time.process_time()
    exports = config.path(config.work_folder) / "models"
    encoder = find_encoder(config.model, backend=config.backend, exports=exports)
    made_s = time.process_time() - began
    if encoder is None:
        raise SystemExit("no model is configured")
    some = read_reviews(database)["text"].sample(_SAMPLE, random_state=1).tolist()
    per_s = transformer_speed(encoder, some)
    print(f"the model: {'torch' if encoder.exported is None else 'int8, ONNX Runtime'}; ready after {made_s:.1f} CPU s")
    print_parts("first night", *judge(database, config, encoder, NIGHTS[0]))
    print(f"the transformer on everything: {per_s:,.0f} reviews a CPU second, on {len(some)} of them just now")
    first = detection(database, config, NIGHTS[0])
    second = detection(database, config, NIGHTS[1])
    print(f"\nwhole detection, vectors in the store: {first}; nothing new: {second}")
    bring(folder, "new.csv", new)
    print_parts(f"{len(new)} new reviews", *judge(database, config, encoder, NIGHTS[2]))


def print_parts(title: str, parts: dict[str, Part], reviews: int) -> None:
    """A table of a night's CPU seconds, and reviews a CPU second."""
    rows = {
        name: {
            "scan": f"{part.scan_s:.2f}",
            "conclude": f"{part.conclude_s:.2f}",
            "transformer": f"{part.transformer_s:.2f}",
            "texts asked for": f"{part.texts:,}",
            "evidence": f"{part.evidence:,}",
            "reviews/s": f"{reviews / part.whole_s:,.0f}",
        }
        for name, part in parts.items()
    }
    whole_s = sum(part.whole_s for part in parts.values())
    print(
        f"\n{title}: {reviews:,} reviews, {whole_s:.1f} CPU s of text work, {reviews / whole_s:,.0f} reviews a second"
    )
    print(pd.DataFrame.from_dict(rows, orient="index").to_string())


def transformer_speed(encoder: Encoder, texts: list[str]) -> float:
    """Texts a CPU second, without loading."""
    encoder.encode(texts[:4])
    began = time.process_time()
    encoder.encode(texts)
    return len(texts) / (time.process_time() - began)


def detection(database: Database, config: Config, day: dt.date) -> str:
    """A detection's CPU seconds, and whether any detector ran."""
    began = time.process_time()
    found = detect(database, config, as_of=day)
    said = "every detector ran" if found.changed else "no detector ran"
    return f"{time.process_time() - began:.2f} CPU s, {said}"


if __name__ == "__main__":
    raise SystemExit(main())
