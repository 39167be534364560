"""Copied texts: found among real and simulated reviews, beside datasketch; and the card of ``reuse``.

    python -m benchmarks.text_copies --data FOLDER [--simulated 200000] [--write-card]

FOLDER holds ``hotel_reviews_en/reviews.csv.gz`` and ``maide_up/real/LANGUAGE.csv``; exact repeats among the real
reviews are the sets' own and are left out. Planted are groups of five copies of one review: in each, apart from the
others, 5, 10, 20 or 30% of the words are replaced by random words of the corpus, 1% of the reviews in all. Counted are
pairs of copies and of copy and source; every other pair that is found counts as false, natural copies too.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from datasketch import MinHash, MinHashLSH

from benchmarks.runs import peak_mib
from detection.arrays import Floats, Ints
from detection.cards import Card, make_rates, write_card
from detection.reuse import Reuse
from detection.simulate.places import draw_towns
from detection.simulate.text import compose
from detection.simulate.world import Spec
from detection.text.alignment import align, information
from detection.text.copies import Words, read_words, search, split
from detection.text.reused import compare
from store.frames import REVIEWS, build

CARD = Path(__file__).parent.parent / "detection" / "calibration" / "reuse.json"
LEVELS = (0.05, 0.10, 0.20, 0.30)
PRECISION = 0.95
_COPIES, _PAIRS = 5, 15
# The text of a source has so many words; shorter simulated ones have twins among 200,000.
_LEAST_WORDS = 20
_PER = 1000.0
_SEED_OF_CARD, _SEED_OF_CHECK = 21, 22
_LANGUAGES = {"English": "en", "German": "de", "French": "fr", "Italian": "it", "Spanish": "es", "Turkish": "tr"}
_PARTS = re.compile(r"([^\W_]+)")


@dataclass(frozen=True, slots=True)
class Corpus:
    """Texts with their languages and listings; ``group`` numbers a source and its copies (-1: neither)."""

    texts: list[str]
    languages: list[str]
    listings: list[str]
    group: Ints = field(default_factory=lambda: np.zeros(0, dtype="int64"))
    level: Floats = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True, slots=True)
class Found:
    """Pairs with scores, and the CPU seconds that they took."""

    first: Ints
    second: Ints
    score: Floats
    seconds: float


def main() -> int:
    parser = argparse.ArgumentParser(description="Copied texts, measured on real and simulated reviews.")
    parser.add_argument("--data", type=Path, required=True, help="folder of the real reviews")
    parser.add_argument("--simulated", type=int, default=200_000, help="simulated reviews")
    parser.add_argument("--write-card", action="store_true", help="write the calibration card first")
    said = parser.parse_args()
    if not (said.data / "hotel_reviews_en" / "reviews.csv.gz").is_file() or not (said.data / "maide_up").is_dir():
        print(
            f"No reviews in {said.data}: hotel_reviews_en/reviews.csv.gz and maide_up/real are wanted.", file=sys.stderr
        )
        return 2
    there = real(said.data)
    if said.write_card:
        CARD.write_text(write_card(card_of([there, simulated(said.simulated, _SEED_OF_CARD)])), "utf-8")
        print(f"wrote {CARD.name}", flush=True)
    invented = simulated(said.simulated, _SEED_OF_CHECK)
    print(f"recall of pairs at precision {PRECISION}, words replaced 5 / 10 / 20 / 30%", flush=True)
    show("real", plant(there, range(len(there.texts)), 11), (reuse, reuse_judged, datasketch))
    show("simulated", plant(invented, range(len(invented.texts)), 12), (reuse, reuse_judged))
    show("simulated, copies of real ones", with_real(invented, there, 13), (reuse, reuse_judged))
    few = Corpus(*(each[: said.simulated // 10] for each in (invented.texts, invented.languages, invented.listings)))
    show("a tenth of the simulated", plant(few, range(len(few.texts)), 14), (reuse, reuse_judged, datasketch))
    return 0


def real(folder: Path) -> Corpus:
    """The real reviews, each text once."""
    told = [(text, "en", "tripadvisor/one") for text in pd.read_csv(folder / "hotel_reviews_en/reviews.csv.gz")["text"]]
    for name, language in _LANGUAGES.items():
        rows = pd.read_csv(folder / "maide_up" / "real" / f"{name}.csv").fillna("")
        said = rows["Upside_Review"].str.strip() + "\n" + rows["Downside_Review"].str.strip()
        told += [(text.strip(), language, f"booking/{at}") for text, at in zip(said, rows["Hotel Name"], strict=True)]
    once = {" ".join(split(text)): (text, language, listing) for text, language, listing in reversed(told)}
    texts, languages, listings = zip(*reversed(once.values()), strict=True)
    return Corpus(list(texts), list(languages), list(listings))


def simulated(number: int, seed: int) -> Corpus:
    """Reviews of the simulator's grammar, half in English, of a hundred listings for each 10,000."""
    rng = np.random.default_rng(seed)
    towns = draw_towns(rng, 20, Spec.__dataclass_fields__["countries"].default)
    texts, languages, listings = [], [], []
    for _ in range(number):
        listing = int(rng.integers(max(number // 100, 1)))
        town, kind = towns[listing % len(towns)].name, "hotel" if listing % 2 else "restaurant"
        language = "en" if rng.random() < 0.5 else str(rng.choice(["de", "it", "fr", "es"]))
        stars = int(rng.choice(5, p=[0.066, 0.064, 0.2, 0.28, 0.39])) + 1
        text = compose(rng, language=language, kind=kind, stars=stars, city=town, listing=f"{kind.title()} {town}")
        texts.append(f"{text.title}\n{text.body}".strip())
        languages.append(language)
        listings.append(f"{kind}/{listing}")
    return Corpus(texts, languages, listings)


def plant(there: Corpus, sources: Sequence[int], seed: int, share: float = 0.01) -> Corpus:
    """The corpus with copies of random ones of the sources behind it, ``share`` of all; each level as often."""
    rng = np.random.default_rng(seed)
    pool: dict[str, list[str]] = {}
    for text, language in zip(there.texts, there.languages, strict=True):
        pool.setdefault(language, []).extend(_PARTS.findall(text)[:40])
    long = [row for row in sources if len(_PARTS.findall(there.texts[row])) >= _LEAST_WORDS]
    chosen = rng.choice(long, max(int(share * len(there.texts) / _COPIES), len(LEVELS)), replace=False).tolist()
    texts, languages, listings = list(there.texts), list(there.languages), list(there.listings)
    group = [-1] * len(texts)
    places = sorted(set(listings))
    for number, source in enumerate(chosen):
        group[source] = number
        words = pool[languages[source]]
        for _ in range(_COPIES):
            parts = _PARTS.split(texts[source])
            at = np.arange(1, len(parts), 2)
            for place in rng.choice(at, round(LEVELS[number % len(LEVELS)] * len(at)), replace=False):
                parts[place] = words[int(rng.integers(len(words)))]
            texts.append("".join(parts))
            languages.append(languages[source])
            listings.append(places[int(rng.integers(len(places)))])
            group.append(number)
    level = np.array([LEVELS[number % len(LEVELS)] for number in range(len(chosen))])
    return Corpus(texts, languages, listings, np.array(group, dtype="int64"), level)


def with_real(invented: Corpus, there: Corpus, seed: int) -> Corpus:
    """The simulated reviews with a few of the real ones, of which copies are planted."""
    rng = np.random.default_rng(seed)
    rows = rng.choice(len(there.texts), max(len(invented.texts) // 100, len(LEVELS)), replace=False).tolist()
    number = len(invented.texts)
    joined = Corpus(
        [*invented.texts, *(there.texts[row] for row in rows)],
        [*invented.languages, *(there.languages[row] for row in rows)],
        [*invented.listings, *(there.listings[row] for row in rows)],
    )
    return plant(joined, range(number, number + len(rows)), seed)


def reuse(there: Corpus) -> Found:
    """The search and the verification of ``reuse``, of all texts, as its peers see them."""
    return _searched(there)[0]


def reuse_judged(there: Corpus) -> Found:
    """The same without pairs of texts that the detector refuses to judge."""
    found, words, bits = _searched(there)
    told = np.bincount(words.text, weights=bits, minlength=len(there.texts))
    judged = (words.lengths >= Reuse.least_words) & (told >= Reuse.least_bits)
    both = judged[found.first] & judged[found.second]
    return Found(found.first[both], found.second[both], found.score[both], found.seconds)


def _searched(there: Corpus) -> tuple[Found, Words, Floats]:
    """The pairs with their scores, the texts' words, and the bits that each word tells."""
    began = time.process_time()
    words = read_words([split(text) for text in there.texts])
    listing = pd.factorize(np.asarray(there.listings, dtype=object))[0].astype("int64")
    bits = information(words, listing, np.ones(len(there.texts)))
    pairs = search(words)
    score = align(words, bits, pairs).score
    return Found(pairs.first, pairs.second, score, time.process_time() - began), words, bits


def datasketch(there: Corpus) -> Found:
    """MinHashLSH with 64 permutations of word 3-shingles in 32 bands of 2, and the signatures' Jaccard."""
    began = time.process_time()
    sketches = []
    for text in there.texts:
        words = split(text)
        sketch = MinHash(num_perm=64)
        sketch.update_batch([" ".join(words[at : at + 3]).encode() for at in range(max(len(words) - 2, 1))])
        sketches.append(sketch)
    index = MinHashLSH(num_perm=64, params=(32, 2))
    found = []
    for row, sketch in enumerate(sketches):
        found += [(other, row, sketch.jaccard(sketches[other])) for other in index.query(sketch)]
        index.insert(row, sketch)
    told = np.array(found, dtype="float64").reshape(-1, 3)
    return Found(told[:, 0].astype("int64"), told[:, 1].astype("int64"), told[:, 2], time.process_time() - began)


def recall(there: Corpus, found: Found) -> tuple[list[float], float]:
    """By level the share of planted pairs at the least score where the precision holds, and that score."""
    here, other = there.group[found.first], there.group[found.second]
    true = (here == other) & (here >= 0)
    order = np.argsort(-found.score, kind="stable")
    precise = np.cumsum(true[order]) >= PRECISION * np.arange(1, len(order) + 1)
    # Equal scores are taken or left together.
    whole = np.append(np.diff(found.score[order]) != 0.0, True)[: len(order)]
    held = np.flatnonzero(precise & whole)
    wanted = float(found.score[order[held[-1]]]) if len(held) else np.inf
    level = there.level[np.maximum(here, 0)]
    taken = true & (found.score >= wanted)
    return [float((taken & (level == each)).sum() / (_PAIRS * (there.level == each).sum())) for each in LEVELS], wanted


def recall_of_groups(there: Corpus, found: Found) -> tuple[list[float], float]:
    """``recall`` where all texts that pairs link are one group, as in the evidence: its pairs are all counted."""
    order = np.argsort(-found.score, kind="stable")
    root: dict[int, int] = {}
    inside: dict[int, Counter[int]] = {}
    pairs, true = 0, np.zeros(len(LEVELS), dtype="int64")
    best, wanted = [0.0] * len(LEVELS), np.inf
    place = [LEVELS.index(each) for each in there.level.tolist()]
    planted = [_PAIRS * place.count(each) for each in range(len(LEVELS))]

    def find(text: int) -> int:
        while root.setdefault(text, text) != text:
            root[text] = root[root[text]]
            text = root[text]
        return text

    for row in order.tolist():
        one, other = find(int(found.first[row])), find(int(found.second[row]))
        if one != other:
            here, there_too = (inside.pop(each, Counter({int(there.group[each]): 1})) for each in (one, other))
            pairs += here.total() * there_too.total()
            for group in (here.keys() & there_too.keys()) - {-1}:
                true[place[group]] += here[group] * there_too[group]
            root[other] = one
            inside[one] = here + there_too
        if pairs and true.sum() >= PRECISION * pairs:
            best, wanted = (true / planted).tolist(), float(found.score[row])
        if pairs > 50 * sum(planted):
            break
    return best, wanted


def show(name: str, there: Corpus, methods: Sequence[Callable[[Corpus], Found]]) -> None:
    for method in methods:
        found = method(there)
        for what, told in (("pairs", recall(there, found)), ("groups", recall_of_groups(there, found))):
            shares = " / ".join(f"{share:.3f}" for share in told[0])
            print(f"{name} ({len(there.texts):,}), {method.__name__}, {what}: {shares} at {told[1]:.3f}", flush=True)
        print(
            f"    {len(found.first):,} pairs, {found.seconds:.1f} CPU s, "
            f"{len(there.texts) / found.seconds:,.0f} a second, peak {peak_mib():,.0f} MiB",
            flush=True,
        )


def frame_of(there: Corpus) -> pd.DataFrame:
    """The corpus as reviews, each by an account of its own."""
    number = len(there.texts)
    keys = [f"r{row:07d}" for row in range(number)]
    own = {"review_key": keys, "reviewer_key": keys, "listing_key": there.listings, "text": there.texts}
    told = {"platform": "p", "kind": "hotel", "city": "", "country": "", "language": there.languages}
    # Of one rating each, so that none is another guest's copy.
    return build({**dict.fromkeys(REVIEWS, 0), **told, **own, "rating": np.arange(number) / number}, REVIEWS)


def honest_scores(there: Corpus) -> tuple[Floats, int]:
    """The score of each review that is judged, and how many different texts there are."""
    detector = Reuse()
    said = detector.scan(frame_of(there))
    said = said[said["abstained"] == ""].sort_values(["day", "review_key"], ignore_index=True)
    compared = compare(said, detector.least_score)
    return compared.score[compared.told >= detector.least_bits], compared.texts


def card_of(corpora: Sequence[Corpus]) -> Card:
    """The rates of honest reviews' scores, pooled, each corpus judged apart."""
    told = [honest_scores(each) for each in corpora]
    scores = np.concatenate([each for each, _ in told])
    grid, rates = make_rates(scores, float(len(scores)), _PER)
    return Card(
        detector="reuse",
        unit="reviews",
        per=_PER,
        scores=tuple(grid),
        rates=tuple(rates),
        made_on=f"{len(told[0][0]):,} real hotel reviews in six languages, each text once, and "
        f"{len(scores) - len(told[0][0]):,} simulated, whose phrases are fewer than people's; copies of whole texts "
        "by honest guests are in neither",
        data={"texts": max(texts for _, texts in told), "real": len(told[0][0]), "reviews": len(scores)},
        null="guests write on their own",
    )


if __name__ == "__main__":
    raise SystemExit(main())
