"""Stars expected from words alone, by a model of other places' reviews; the shipped model.

    python -m benchmarks.text_prior --data FOLDER [--write-model]

FOLDER holds ``maide_up/real/LANGUAGE.csv`` (liked and disliked text, score 1-10), which is learned from, and
``hotel_reviews_en/reviews.csv.gz`` (rating, text; another platform, never learned from). No hotel that a model learned
from detection.arrays import Floats
from is one that it is measured on. How much the sides weigh, the penalty and the number of terms were chosen on one
half of the hotels and of the other platform's texts, so that the other halves' figures are the ones to quote.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold

from benchmarks.text_generated import LANGUAGES, without
from detection.arrays import Floats
from detection.text.prior import IDF_UNIT, WEIGHT_UNIT, Model, counted, terms_of, write_models
from detection.text.terms import text_sha256

FILE = Path(__file__).parent.parent / "detection" / "calibration" / "star_words.json"
ABOUT = {
    "learned_from": "MAiDE-up (MichiganNLP/multilingual_reviews_deception), MIT licence, (c) 2024 Oana Ignat; its real "
    "reviews, without the names of their hotel and town",
    "made_by": "python -m benchmarks.text_prior --data FOLDER --write-model",
    "how": "ridge regression of the score (0 to 1) on TF-IDF (1 + log count, inverse document frequency, length 1) of "
    "words and pairs of words that at least 5 hotels' reviews hold, the 1,000 weightiest; a term's numbers are its "
    "coefficient times its inverse document frequency in ten-thousandths, and that frequency in hundredths",
}
_NOTHING = frozenset(("", "nan", "none", "n/a", "-"))
_LIKED, _DISLIKED = 0.95, 0.1
# A side alone tells what a word means, but not what stars come of both; short ones are names of things.
_SIDE_WEIGHT, _LEAST_SIDE = 0.1, 3
_FOLDS, _PENALTY, _LEAST_HOTELS, _MOST_TERMS = 5, 2.0, 5, 1_000


def main() -> int:
    parser = argparse.ArgumentParser(description="Stars expected from words alone, measured on real reviews.")
    parser.add_argument("--data", type=Path, required=True, help="folder of the real reviews")
    parser.add_argument("--write-model", action="store_true", help="write the shipped model")
    said = parser.parse_args()
    elsewhere = said.data / "hotel_reviews_en" / "reviews.csv.gz"
    if not elsewhere.is_file() or not (said.data / "maide_up").is_dir():
        print(f"No reviews in {said.data}: maide_up and hotel_reviews_en are wanted.", file=sys.stderr)
        return 2
    made = []
    print("correlation with the stars, hotels held out: half that was chosen on, other half, all")
    for name, language in LANGUAGES.items():
        rows = read(said.data / "maide_up" / "real" / f"{name}.csv")
        told = held_out(rows)
        figures = [correlation(told[part]) for part in (told["half"] == 0, told["half"] == 1, told["half"] >= 0)]
        made.append(replace(learn(language, rows), correlation=round(figures[-1], 3)))
        print(f"{language:4s} {len(told):5d} {len(made[-1].terms):5d} terms  " + "  ".join(f"{r:.3f}" for r in figures))
    print_elsewhere(elsewhere, next(model for model in made if model.language == "en"))
    if said.write_model:
        FILE.write_text(write_models(made, ABOUT), "utf-8")
        print(f"wrote {FILE.name}, {FILE.stat().st_size:,} bytes")
    return 0


def read(file: Path) -> pd.DataFrame:
    """Rows to learn from: whole reviews (weight 1), then their longer sides alone; text, stars 0..1, hotel, half."""
    said = pd.read_csv(file, dtype=str, keep_default_na=False)
    named = said["Hotel Name"] + "\n" + said["City Name"]
    sides = []
    for side in ("Upside_Review", "Downside_Review"):
        texts = said[side].str.strip()
        texts = texts.mask(texts.str.lower().isin(_NOTHING), "")
        sides.append(pd.Series([without(text, names) for text, names in zip(texts, named, strict=True)]))
    hotels = pd.DataFrame({"hotel": said["Hotel Name"]})
    hotels["half"] = [int(sha256(hotel.encode()).hexdigest()[:8], 16) % 2 for hotel in hotels["hotel"]]
    stars = (said["Review_Score"].astype(float) - 1.0) / 9.0
    whole = hotels.assign(text=(sides[0] + "\n" + sides[1]).str.strip(), stars=stars, weight=1.0)
    alone = [
        hotels.assign(text=side, stars=each, weight=_SIDE_WEIGHT)[side.map(is_long)]
        for side, each in zip(sides, (_LIKED, _DISLIKED), strict=True)
    ]
    return pd.concat([whole[whole["text"] != ""], *alone], ignore_index=True)


def is_long(text: str) -> bool:
    # Of n words, n - 1 pairs are among the terms.
    return len(terms_of(text)) >= 2 * _LEAST_SIDE - 1


def learn(language: str, rows: pd.DataFrame) -> Model:
    """A ridge regression on the terms that enough hotels' texts hold, then on the weightiest of them alone."""
    sets = [set(terms_of(text)) for text in rows["text"]]
    texts = Counter(term for found in sets for term in found)
    pairs = {(hotel, term) for hotel, found in zip(rows["hotel"], sets, strict=True) for term in found}
    hotels = Counter(term for _, term in pairs)
    idf = {term: round(IDF_UNIT * (np.log((1 + len(rows)) / (1 + count)) + 1.0)) for term, count in texts.items()}
    known = sorted(term for term, count in hotels.items() if count >= _LEAST_HOTELS)
    weights, _ = fit(rows, known, idf)
    # Rounded, so that the last digits of a sum don't decide.
    order = np.argsort(-np.round(np.abs(weights) * [texts[term] for term in known], 6), kind="stable")
    known = sorted(known[place] for place in order[:_MOST_TERMS])
    weights, bias = fit(rows, known, idf)
    folded = [round(WEIGHT_UNIT * weight * idf[term] / IDF_UNIT) for term, weight in zip(known, weights, strict=True)]
    terms = tuple((term, weight, idf[term]) for term, weight in zip(known, folded, strict=True))
    return Model(language, round(bias, 4), 0.0, terms)


def fit(rows: pd.DataFrame, known: list[str], idf: dict[str, int]) -> tuple[Floats, float]:
    """The coefficients of TF-IDF of the known terms, and the bias."""
    matrix = counted(rows["text"].tolist(), {term: place for place, term in enumerate(known)}).toarray()
    matrix *= np.array([idf[term] for term in known]) / IDF_UNIT
    lengths = np.sqrt((matrix**2).sum(axis=1, keepdims=True))
    matrix /= np.where(lengths > 0, lengths, 1.0)
    fitted = Ridge(_PENALTY, solver="cholesky").fit(matrix, rows["stars"], sample_weight=rows["weight"])
    return fitted.coef_, float(fitted.intercept_)


def held_out(rows: pd.DataFrame) -> pd.DataFrame:
    """The whole reviews with what a model of other hotels' reviews expects."""
    rows = rows.assign(expected=np.nan)
    for others, held in GroupKFold(_FOLDS).split(rows, groups=rows["hotel"]):
        rows.loc[held, "expected"] = learn("", rows.iloc[others]).expected(rows["text"].iloc[held].tolist())
    return rows[rows["weight"] == 1.0].reset_index(drop=True)


def correlation(told: pd.DataFrame) -> float:
    return float(np.corrcoef(told["expected"], told["stars"])[0, 1])


def print_elsewhere(file: Path, english: Model) -> None:
    said = pd.read_csv(file).dropna()
    texts = said["text"].tolist()
    started = time.process_time()
    told = pd.DataFrame({"expected": english.expected(texts), "stars": said["rating"].to_numpy()})
    seconds = time.process_time() - started
    half = np.array([int(text_sha256(text)[:8], 16) % 2 for text in texts])
    figures = [correlation(told[part]) for part in (half == 0, half == 1, half >= 0)]
    print(f"other platform, English {len(told):5d}  " + "  ".join(f"{r:.3f}" for r in figures))
    words = sum(len(terms_of(text)) + 1 for text in texts) / 2 / len(texts)
    print(f"{len(texts) / seconds:,.0f} reviews of {words:.0f} words per CPU second")


if __name__ == "__main__":
    raise SystemExit(main())
