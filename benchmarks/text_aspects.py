"""What reviews speak of and find wrong: the word lists against labels read by hand, and against which box was used.

    python -m benchmarks.text_aspects --data FOLDER [--errors] [--no-model]

FOLDER holds ``hotel_reviews_en/reviews.csv.gz`` and ``maide_up/real/LANGUAGE.csv``. ``aspect_labels.csv`` has the
aspects that one reader found in 294 of their texts, by the hash of the text. The lists were mended on the part called
develop; the second part was read before that and some words may come from it; those of the part to report on were
labelled before the lists were tried on them. What guests wrote under "liked" ought to hold no fault, and what they
wrote under "disliked" little else; there the stars are withheld. The peer is the packaged sentence model without
training: a sentence names an aspect where its cosine with the aspect's name is high enough, the least that suits the
part to develop on best.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.text_generated import LANGUAGES
from detection.arrays import Floats
from detection.text.aspects import Said, aspects, read_aspects
from detection.text.encoder import find_encoder
from detection.text.terms import text_sha256
from detection.text.wordlists import load

LABELS = Path(__file__).with_name("aspect_labels.csv")
_NOTHING = frozenset(("", "nan"))
_NO_FAULT = 1.0

Bits = np.ndarray


def main() -> int:
    parser = argparse.ArgumentParser(description="The aspects of reviews, measured on labels.")
    parser.add_argument("--data", type=Path, required=True, help="folder of the real reviews")
    parser.add_argument("--errors", action="store_true", help="show the errors on the part to develop on")
    parser.add_argument("--no-model", action="store_true", help="leave out the sentence model")
    arguments = parser.parse_args()
    if not (arguments.data / "hotel_reviews_en" / "reviews.csv.gz").is_file():
        print(f"No reviews in {arguments.data}: maide_up and hotel_reviews_en are wanted.", file=sys.stderr)
        return 2
    print_boxes(arguments.data / "maide_up" / "real")
    labels = read_labels(arguments.data)
    said = read_aspects(labels["text"].tolist(), labels["language"].tolist(), labels["rating"].tolist())
    named, fault = bits(said.named), bits(said.fault)
    if arguments.errors:
        print_errors(labels, said)
    print_labels("lists", labels, named, fault)
    if not arguments.no_model:
        english = labels[labels["language"] == "en"].reset_index(drop=True)
        print_labels("sentence model", english, *zero_shot(english))
    print_each(labels, named, fault)
    return 0


def read_labels(folder: Path) -> pd.DataFrame:
    """The labelled reviews: text, language, rating, part, named and fault (a column for each aspect)."""
    stars = pd.read_csv(folder / "hotel_reviews_en" / "reviews.csv.gz").dropna()
    parts = [pd.DataFrame({"text": stars["text"], "rating": (stars["rating"] - 1.0) / 4.0})]
    for language in LANGUAGES:
        liked, disliked, rating = boxes(folder / "maide_up" / "real" / f"{language}.csv")
        texts = ["\n".join(box for box in pair if box) for pair in zip(liked, disliked, strict=True)]
        parts.append(pd.DataFrame({"text": texts, "rating": rating}))
    found = pd.concat(parts, ignore_index=True)
    found["text_sha256"] = [text_sha256(text) for text in found["text"]]
    labels = pd.read_csv(LABELS, keep_default_na=False)
    joined = labels.merge(found.drop_duplicates("text_sha256"), on="text_sha256", validate="one_to_one")
    if len(joined) < len(labels):
        raise SystemExit(f"{len(labels) - len(joined)} of the labelled texts are not in {folder}")
    return joined


def boxes(file: Path) -> tuple[list[str], list[str], Floats]:
    """What was liked and disliked ("" where nothing was), and the ratings from 0 to 1."""
    said = pd.read_csv(file, dtype=str, keep_default_na=False)
    texts = [said[side].str.strip() for side in ("Upside_Review", "Downside_Review")]
    liked, disliked = (text.mask(text.str.lower().isin(_NOTHING), "").tolist() for text in texts)
    return liked, disliked, (said["Review_Score"].astype("float64").to_numpy() - 1.0) / 9.0


def bits(numbers: Bits) -> Bits:
    """Rows of booleans, a column for each aspect."""
    return (numbers[:, None] >> np.arange(len(aspects()))) & 1 > 0


def labelled(said: pd.Series) -> Bits:
    return np.array([[name in row.split() for name in aspects()] for row in said])


def print_boxes(folder: Path) -> None:
    print("of the aspects named under liked and disliked, the share at fault; named ones a review; CPU s per 1,000")
    heads = ("liked", "disliked", "a liked", "a disl.", "CPU s")
    print(f"{'':10s}" + "".join(f"{head:>9s}" for head in heads) + "   most often at fault though liked")
    for name, language in LANGUAGES.items():
        started, row = time.process_time(), []
        wrong = np.zeros(len(aspects()))
        for place, box in enumerate(boxes(folder / f"{name}.csv")[:2]):
            texts = [text for text in box if text]
            said = read_aspects(texts, [language] * len(texts), [_NO_FAULT] * len(texts))
            named, fault = bits(said.named), bits(said.fault)
            row.append((fault.sum() / named.sum(), named.sum() / len(texts), len(texts)))
            wrong = fault.sum(axis=0) if place == 0 else wrong
        seconds = 1000.0 * (time.process_time() - started) / sum(each[2] for each in row)
        worst = ", ".join(f"{aspects()[index]} {wrong[index]:.0f}" for index in np.argsort(-wrong)[:4])
        print(f"{name:10s}{row[0][0]:9.3f}{row[1][0]:9.3f}{row[0][1]:9.2f}{row[1][1]:9.2f}{seconds:9.2f}   {worst}")


def print_labels(name: str, labels: pd.DataFrame, named: Bits, fault: Bits) -> None:
    print(f"\n{name}: precision and recall (pairs of review and aspect together)")
    true = labelled(labels["named"]), labelled(labels["fault"])
    for part in ("develop", "second", "report"):
        for languages, spoken in (
            ("en", labels["language"] == "en"),
            ("others", labels["language"] != "en"),
            *((code, labels["language"] == code) for code in list(LANGUAGES.values())[1:]),
        ):
            rows = (spoken & (labels["part"] == part)).to_numpy()
            if rows.any():
                figures = [both(found[rows], right[rows]) for found, right in zip((named, fault), true, strict=True)]
                print(f"{part:8s} {languages:7s}{rows.sum():4d}  named {figures[0]}   fault {figures[1]}")


def both(found: Bits, right: Bits) -> str:
    hits = (found & right).sum()
    return f"P {hits / max(found.sum(), 1):.2f} R {hits / max(right.sum(), 1):.2f} ({right.sum()})"


def print_each(labels: pd.DataFrame, named: Bits, fault: Bits) -> None:
    print("\nlists, each aspect on the second part and that to report on, all languages")
    rows = (labels["part"] != "develop").to_numpy()
    true = labelled(labels["named"])[rows], labelled(labels["fault"])[rows]
    for column, name in enumerate(aspects()):
        one, other = (both(f[rows][:, column], t[:, column]) for f, t in zip((named, fault), true, strict=True))
        print(f"{name:14s} named {one:24s} fault {other}")


def print_errors(labels: pd.DataFrame, said: Said) -> None:
    for what, found in (("named", bits(said.named)), ("fault", bits(said.fault))):
        right = labelled(labels[what])
        for row in np.flatnonzero((labels["part"] == "develop").to_numpy()):
            more, less = (
                [aspects()[i] for i in np.flatnonzero(x)] for x in (found[row] & ~right[row], right[row] & ~found[row])
            )
            if more or less:
                print(f"{what} {labels['language'][row]} +{more} -{less} {' '.join(labels['text'][row].split())[:420]}")


def zero_shot(labels: pd.DataFrame) -> tuple[Bits, Bits]:
    """Named and at fault by the cosines of sentences with "the X", "the X was good" and "the X was bad"."""
    encoder = find_encoder()
    if encoder is None:
        raise SystemExit("the sentence model is not installed")
    names = [_plain(name) for name in aspects()]
    prompts = [*(f"the {name}" for name in names), *(f"the {name} was good" for name in names)]
    prompts += [f"the {name} was bad" for name in names]
    asked = unit(encoder.encode(prompts)).reshape(3, len(names), -1)
    sentences = [[part for part in _sentences(text) if part] or [text] for text in labels["text"]]
    flat = [part for each in sentences for part in each]
    vectors = unit(encoder.encode(flat))
    ends = np.cumsum([len(each) for each in sentences])[:-1]
    likeness = [np.split(vectors @ each.T, ends) for each in asked]
    about = np.array([rows.max(axis=0) for rows in likeness[0]])
    best = [(rows.argmax(axis=0), np.arange(len(names))) for rows in likeness[0]]
    worse = np.array([bad[at] > good[at] for good, bad, at in zip(likeness[1], likeness[2], best, strict=True)])
    develop = (labels["part"] == "develop").to_numpy()
    lines = np.arange(0.1, 0.7, 0.02)
    line = max(lines, key=lambda each: f_one((about >= each)[develop], labelled(labels["named"])[develop]))
    named = about >= line
    return named, named & worse


def f_one(found: Bits, right: Bits) -> float:
    return 2.0 * float((found & right).sum()) / float(found.sum() + right.sum())


def unit(vectors: np.ndarray) -> Floats:
    wide = np.asarray(vectors, dtype="float64")
    return wide / np.linalg.norm(wide, axis=1, keepdims=True)


def _plain(name: str) -> str:
    """An aspect's name and the words that the list has for it first."""
    first = load("aspects")[name]["named"]["en"].replace("*", "").split(",")[:3]
    return ", ".join([name.replace("_", " "), *(word.strip() for word in first)])


def _sentences(text: str) -> Sequence[str]:
    for end in "!?\n":
        text = text.replace(end, ".")
    return [part.strip() for part in text.split(".")]


if __name__ == "__main__":
    raise SystemExit(main())
