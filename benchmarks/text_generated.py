"""Texts like a language model's, measured on real reviews and ones by GPT-4; the detector's model and card.

    python -m benchmarks.text_generated --data FOLDER [--write-card]

FOLDER holds ``maide_up/{real,generated}/LANGUAGE.csv`` and ``hotel_reviews_en/reviews.csv.gz`` (all by guests, of
another platform, never learned from). The generated ones are longer, have no empty sides and name the hotel; so sides
are joined, names of hotels and towns taken out, and as many real as generated ones kept in each bin of words and
sides. No hotel that a model learned from is one that it is measured on.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

from detection.arrays import Floats
from detection.cards import Card, make_rates, write_card
from detection.generated import Generated, as_score
from detection.text.machine import Model, read_words, terms, write_models
from detection.text.terms import text_sha256

FOLDER = Path(__file__).parent.parent / "detection" / "calibration"
LANGUAGES = {"English": "en", "German": "de", "French": "fr", "Italian": "it", "Spanish": "es", "Turkish": "tr"}
LEAST_WORDS = Generated().least_words
_BINS = (35, 40, 45, 50, 57, 65, 75, 90, 110, 140, 180)
_NOTHING = frozenset(("", "nan", "none", "n/a", "-"))
_FOLDS, _MOST_TERMS, _LEAST_HOTELS, _LEAST_TEXTS = 5, 600, 6, 8
_STYLE_CUTS = re.compile(r"[.!?\n]+")


def main() -> int:
    parser = argparse.ArgumentParser(description="The detector of generated texts, measured on real reviews.")
    parser.add_argument("--data", type=Path, required=True, help="folder of the real reviews")
    parser.add_argument("--write-card", action="store_true", help="write the calibration card and the model")
    said = parser.parse_args()
    if not (said.data / "hotel_reviews_en" / "reviews.csv.gz").is_file() or not (said.data / "maide_up").is_dir():
        print(f"No reviews in {said.data}: maide_up and hotel_reviews_en are wanted.", file=sys.stderr)
        return 2
    whole = read(said.data / "maide_up")
    reviews = whole[whole["length"] >= LEAST_WORDS].reset_index(drop=True)
    reviews["score"], reviews["matched"] = 0.0, False
    models = []
    for language in LANGUAGES.values():
        rows = np.flatnonzero(reviews["language"] == language)
        part = reviews.iloc[rows].reset_index(drop=True)
        matched = length_matched(part)
        reviews.loc[rows, "score"] = held_out(part, matched)
        reviews.loc[rows, "matched"] = matched
        models.append(learn(language, part[matched]))
    models = [measured(model, reviews[reviews["language"] == model.language]) for model in models]
    elsewhere = read_elsewhere(said.data / "hotel_reviews_en" / "reviews.csv.gz")
    english = next(model for model in models if model.language == "en")
    elsewhere["score"] = [english.score(words) for words in elsewhere["words"]]
    print_languages(whole, reviews, models)
    card = card_of(reviews, elsewhere)
    print_lines(reviews, elsewhere, card)
    if said.write_card:
        (FOLDER / "generated_model.json").write_text(write_models(models), "utf-8")
        (FOLDER / "generated.json").write_text(write_card(card), "utf-8")
        print("wrote generated.json and generated_model.json")
    return 0


def read(folder: Path) -> pd.DataFrame:
    """Real and generated reviews: language, generated, hotel, prompt, raw text, words, length, empty sides."""
    parts = []
    for name, language in LANGUAGES.items():
        for kind in ("real", "generated"):
            said = pd.read_csv(folder / kind / f"{name}.csv", dtype=str, keep_default_na=False)
            sides = [said[side].str.strip() for side in ("Upside_Review", "Downside_Review")]
            empty = [side.str.lower().isin(_NOTHING) for side in sides]
            texts = [
                "\n".join(pair)
                for pair in zip(*(a.mask(b, "") for a, b in zip(sides, empty, strict=True)), strict=True)
            ]
            named = said["Hotel Name"] + "\n" + said["City Name"]
            words = [read_words(without(text, names)) for text, names in zip(texts, named, strict=True)]
            columns = {
                "language": language,
                "generated": kind == "generated",
                "hotel": said["Hotel Name"],
                "prompt": said["Prompt_Language"] if kind == "generated" else "",
                "raw": ["\n".join(pair) for pair in zip(*sides, strict=True)],
                "words": words,
                "length": [len(found) for found in words],
                "sides": empty[0].astype(int) + 2 * empty[1].astype(int),
            }
            parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def without(text: str, names: str) -> str:
    """The text without the names, one on each line."""
    for name in names.split("\n"):
        if name:
            text = re.sub(re.escape(name), " ", text, flags=re.IGNORECASE)
    return text


def read_elsewhere(file: Path) -> pd.DataFrame:
    """Guests' reviews of another platform in English: words, rating, which half, and whether their words are long."""
    said = pd.read_csv(file).dropna()
    words = [read_words(text) for text in said["text"]]
    frame = pd.DataFrame({"words": words, "rating": said["rating"].to_numpy(), "raw": said["text"].to_numpy()})
    frame["half"] = [int(text_sha256(text)[:8], 16) % 2 for text in frame["raw"]]
    frame = frame[frame["words"].map(len) >= LEAST_WORDS].reset_index(drop=True)
    wordy = frame["words"].map(lambda found: float(np.mean([len(word) for word in found])))
    frame["polished"] = wordy >= wordy.quantile(0.8)
    return frame


def length_matched(reviews: pd.DataFrame, seed: int = 0) -> np.ndarray:
    """Which reviews to keep so that each bin of words and empty sides has as many real as generated ones."""
    rng, kept = np.random.default_rng(seed), np.zeros(len(reviews), dtype=bool)
    for rows in reviews.groupby([np.digitize(reviews["length"], _BINS), reviews["sides"]]).groups.values():
        kinds = [rng.permutation([row for row in rows if reviews["generated"][row] == kind]) for kind in (0, 1)]
        for found in kinds:
            kept[found[: min(map(len, kinds))].astype(int)] = True
    return kept


def learn(language: str, reviews: pd.DataFrame) -> Model:
    """Logistic regression on the terms of at least six hotels' reviews, then on the weightiest of them alone."""
    sets = [terms(words) for words in reviews["words"]]
    hotels, texts = defaultdict(set), defaultdict(int)
    for found, hotel in zip(sets, reviews["hotel"], strict=True):
        for term in found:
            hotels[term].add(hotel)
            texts[term] += 1
    known = sorted(term for term in hotels if len(hotels[term]) >= _LEAST_HOTELS and texts[term] >= _LEAST_TEXTS)
    target = reviews["generated"].to_numpy()
    weight, _ = _fit(sets, known, target)
    order = np.argsort(-np.abs(weight) * np.sqrt([texts[term] for term in known]), kind="stable")
    known = sorted(known[index] for index in order[:_MOST_TERMS])
    weight, bias = _fit(sets, known, target)
    whole = {term: round(100 * each) for term, each in zip(known, weight, strict=True)}
    return Model(language, round(100 * bias), {term: each for term, each in whole.items() if each}, 0.0, 0.0, 0.0)


def _fit(sets: Sequence[set[str]], known: Sequence[str], target: np.ndarray) -> tuple[Floats, float]:
    place = {term: index for index, term in enumerate(known)}
    found = [[place[term] for term in each if term in place] for each in sets]
    values = np.concatenate(
        [np.full(len(row), 1.0 / np.sqrt(len(each))) for row, each in zip(found, sets, strict=True)]
    )
    ends = np.r_[0, np.cumsum([len(row) for row in found])]
    matrix = sparse.csr_matrix((values, np.concatenate(found).astype(int), ends), shape=(len(sets), len(known)))
    fitted = LogisticRegression(C=10.0, max_iter=500).fit(matrix, target)
    return fitted.coef_[0], float(fitted.intercept_[0])


def held_out(reviews: pd.DataFrame, taught: np.ndarray, prompts: np.ndarray | None = None) -> Floats:
    """Each review's score by a model of the ``taught`` ones of other hotels, and of other ``prompts`` where given."""
    scores = np.zeros(len(reviews))
    for others, held in GroupKFold(_FOLDS).split(reviews, groups=reviews["hotel"]):
        for prompt in (0, 1) if prompts is not None else (0,):
            mine = held if prompts is None else held[prompts[held] == prompt]
            use = others[taught[others]]
            if prompts is not None:
                use = use[(prompts[use] != prompt) | ~reviews["generated"].to_numpy()[use]]
            model = learn("", reviews.iloc[use])
            scores[mine] = [model.score(words) for words in reviews["words"].iloc[mine]]
    return scores


def measured(model: Model, reviews: pd.DataFrame) -> Model:
    """The model with its figures on held-out hotels; the interval is a bootstrap over hotels."""
    same = reviews[reviews["matched"]]
    draws, rng = [], np.random.default_rng(0)
    by_hotel = [np.asarray(rows) for rows in same.reset_index(drop=True).groupby("hotel").indices.values()]
    target, score = same["generated"].to_numpy(), same["score"].to_numpy()
    for _ in range(500):
        rows = np.concatenate([by_hotel[index] for index in rng.integers(len(by_hotel), size=len(by_hotel))])
        draws.append(roc_auc_score(target[rows], score[rows]))
    auc, low = roc_auc_score(target, score), float(np.quantile(draws, 0.025))
    return Model(
        model.language, model.bias, model.weights, round(auc, 3), round(low, 3), round(recall(reviews, 0.01), 3)
    )


def recall(reviews: pd.DataFrame, honest: float) -> float:
    """The share of generated reviews beyond the score that a share of the real ones is beyond."""
    real, made = (reviews.loc[reviews["generated"] == kind, "score"] for kind in (False, True))
    return float(np.mean(made > np.sort(real)[::-1][int(honest * len(real))]))


def card_of(reviews: pd.DataFrame, elsewhere: pd.DataFrame) -> Card:
    """Rates by the honest reviews with the fattest tail: all languages, elsewhere, long words and five stars there."""
    real = reviews.loc[~reviews["generated"], "score"]
    groups = [elsewhere["polished"], elsewhere["rating"] == 5]
    sources = [
        as_score(found.to_numpy()) for found in (real, elsewhere["score"], *(elsewhere["score"][g] for g in groups))
    ]
    grid = np.unique(np.concatenate([make_rates(source, len(source), 1000.0)[0] for source in sources]))
    rates = np.max([((source[:, None] >= grid).sum(axis=0) + 1.0) / len(source) for source in sources], axis=0)
    return Card(
        "generated",
        "reviews",
        1000.0,
        tuple(float(score) for score in grid),
        tuple(float(f"{min(1000.0 * rate, 1000.0):.5g}") for rate in rates),
        f"{len(real):,} real hotel reviews in six languages, hotels held out, and {len(elsewhere):,} of another "
        f"platform in English; at each score the rate of those with the most: all languages, the other platform, and "
        f"there the {len(sources[2]):,} in the longest words or the {len(sources[3]):,} with five stars",
        data={
            "learned_from": "MAiDE-up (MichiganNLP/multilingual_reviews_deception), MIT licence, (c) 2024 Oana Ignat",
            "generator": "GPT-4",
            "least_words": LEAST_WORDS,
        },
        null="reviews that guests wrote",
    )


def print_languages(whole: pd.DataFrame, reviews: pd.DataFrame, models: Sequence[Model]) -> None:
    heads = ("n", "length", "raw", "matched", "low 95%", "R@1%", "R@5%", "other prompt", "left out", "l.o. R@1%")
    print(f"AUC, real against generated; {LEAST_WORDS} words or more but for the first two; hotels held out")
    print(f"{'':4s}" + "".join(f"{head:>13s}" for head in heads))
    style = {language: style_of(reviews[reviews["language"] == language]) for language in LANGUAGES.values()}
    for model in models:
        everything = whole[whole["language"] == model.language].reset_index(drop=True)
        part = reviews[(reviews["language"] == model.language)].reset_index(drop=True)
        matched = part["matched"].to_numpy()
        target = part["generated"].to_numpy()
        half = pd.factorize(part["prompt"], sort=True)[0] % 2
        other = held_out(part, matched, half)
        made = np.flatnonzero(matched)
        left = left_out(style, reviews, model.language)
        figures = (
            roc_auc_score(everything["generated"], everything["length"]),
            raw_auc(everything),
            model.auc,
            model.auc_low,
            model.recall,
            recall(part, 0.05),
            roc_auc_score(target[made], other[made]),
            roc_auc_score(target[made], left[made]),
            recall(part[matched].assign(score=left[made]), 0.01),
        )
        print(f"{model.language:4s}{matched.sum():13d}" + "".join(f"{each:13.3f}" for each in figures), flush=True)


def raw_auc(reviews: pd.DataFrame) -> float:
    """The AUC that nothing is removed for: all lengths, empty sides, names, case and punctuation."""
    scores = np.zeros(len(reviews))
    target = reviews["generated"].to_numpy()
    for others, held in GroupKFold(_FOLDS).split(reviews, groups=reviews["hotel"]):
        read = TfidfVectorizer(lowercase=False, ngram_range=(1, 2), min_df=3, token_pattern=r"\w+|[^\w ]")
        fitted = LogisticRegression(C=10.0, max_iter=500).fit(
            read.fit_transform(reviews["raw"].iloc[others]), target[others]
        )
        scores[held] = fitted.decision_function(read.transform(reviews["raw"].iloc[held]))
    return float(roc_auc_score(target, scores))


def style_of(reviews: pd.DataFrame) -> Floats:
    """What any language has: lengths of words and sentences, their spread, repetition, commas; by real ones' spread."""
    rows = []
    for text, words in zip(reviews["raw"], reviews["words"], strict=True):
        letters = np.array([len(word) for word in words])
        sentences = np.array([n for n in (len(part.split()) for part in _STYLE_CUTS.split(text)) if n] or [0])
        first = words[:LEAST_WORDS]
        rows.append(
            [
                letters.mean(),
                letters.std(),
                (letters >= 8).mean(),
                (letters <= 2).mean(),
                np.log1p(sentences.mean()),
                np.log1p(sentences.std()),
                np.log1p(sentences.min()),
                text.count(",") / len(words),
                len(set(first)) / len(first),
            ]
        )
    style, real = np.array(rows), ~reviews["generated"].to_numpy()
    return np.clip((style - style[real].mean(axis=0)) / style[real].std(axis=0), -3.0, 3.0)


def left_out(style: dict[str, Floats], reviews: pd.DataFrame, language: str) -> Floats:
    """Scores of one language by a model of the others' style."""
    others = [code for code in style if code != language]
    taught = np.concatenate([reviews.loc[reviews["language"] == code, "matched"] for code in others])
    target = np.concatenate([reviews.loc[reviews["language"] == code, "generated"] for code in others])
    matrix = np.concatenate([style[code] for code in others])
    fitted = LogisticRegression(max_iter=500).fit(matrix[taught], target[taught])
    return np.asarray(fitted.decision_function(style[language]))


def print_lines(reviews: pd.DataFrame, elsewhere: pd.DataFrame, card: Card) -> None:
    """Honest reviews beyond the line, of cards made with and without them."""
    budget = Generated().false_per_1000_reviews
    line = card.score_at(budget)
    print(f"\nline for {budget:g} in 1,000: {line:.4f}; honest reviews beyond, generated ones found")
    for language in LANGUAGES.values():
        mine = reviews["language"] == language
        own = card_of(reviews[~mine], elsewhere).score_at(budget)
        part = reviews[mine]
        real, made = (as_score(part.loc[part["generated"] == kind, "score"].to_numpy()) for kind in (False, True))
        print(
            f"{language:4s} honest {(real >= line).sum()} of {len(real)}, found {np.mean(made >= line):.2f}; by a card "
            f"made without it ({own:.4f}) honest {(real >= own).sum()}, found {np.mean(made >= own):.2f}"
        )
    print_elsewhere("other platform", elsewhere, line)
    pooled = as_score(reviews.loc[~reviews["generated"], "score"].to_numpy())
    print_elsewhere("other platform, line of the six languages alone", elsewhere, line_of(pooled, budget))
    for half in (0, 1):
        own = line_of(as_score(elsewhere.loc[elsewhere["half"] == half, "score"].to_numpy()), budget)
        print_elsewhere(f"half {1 - half}, line of the other half alone", elsewhere[elsewhere["half"] != half], own)


def line_of(scores: Floats, budget: float) -> float:
    grid, rates = make_rates(scores, len(scores), 1000.0)
    return Card("generated", "reviews", 1000.0, tuple(grid), tuple(rates), "").score_at(budget)


def print_elsewhere(name: str, reviews: pd.DataFrame, line: float) -> None:
    said = []
    for kind, rows in (
        ("all", reviews["half"] >= 0),
        ("longest words", reviews["polished"]),
        ("5 stars", reviews["rating"] == 5),
        ("1 or 2 stars", reviews["rating"] <= 2),
    ):
        scores = as_score(reviews.loc[rows, "score"].to_numpy())
        said.append(f"{kind} {1000 * np.mean(scores >= line):.2f} ({(scores >= line).sum()} of {len(scores)})")
    print(f"{name} ({line:.4f}), beyond in 1,000: {'; '.join(said)}")


if __name__ == "__main__":
    raise SystemExit(main())
