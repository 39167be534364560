"""Lures in real hotel reviews, each to be read by hand; disguised variants found; and the detector's card.

    python -m benchmarks.text_lures --data FOLDER [--show A|B] [--write-card]

FOLDER holds ``hotel_reviews_en/reviews.csv.gz`` and ``maide_up/real`` and ``maide_up/generated``. The halves are by the
text's hash: patterns were made on half A alone, of the made-up offers and near misses in ``lure_offers.csv`` as well.
The card counts every review of half B that holds a hit as honest; its rates are not what was seen but the most that
this leaves likely (95 %).
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from pathlib import Path

import pandas as pd
from scipy.stats import chi2

from detection.cards import Card, read_card, recall_row, write_card
from detection.text.lures import KINDS, Lure, read_lures
from detection.text.terms import normalised

OFFERS = Path(__file__).with_name("lure_offers.csv")
CARD = Path(__file__).parent.parent / "detection" / "calibration" / "lures.json"
LANGUAGES = {"English": "en", "German": "de", "French": "fr", "Italian": "it", "Spanish": "es", "Turkish": "tr"}
_PER = 1000.0

# None of these sentences, names and numbers served to make a pattern.
LINKED = (
    "The same bed for half, try {} instead",
    "My pictures are on {} with the whole story.",
    "Skip this and go to {}",
)
SITES = ("lakeview-cabins.com", "www.bluelantern.org", "https://pensionrosa.net/book", "greenvalleytrips.com")
CALLED = (
    "For transfers I can offer {}",
    "Message Elena, {}, for a flat in the centre",
    "Number of the better place {}",
)
NUMBERS = ("+34 612 984 375", "07822 491 036", "+90 532 718 4460", "(415) 555-2693")
MAILED = ("Complaints go to {} as the hotel ignores you", "Ask {} for the list of victims")
MAILS = ("elena.flats@outlook.com", "info@bluelantern.org")
WORDED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "reward": (
        ("en", "The waiter promised a free cocktail if we left a good review"),
        ("en", "They hand out gift cards in return for five star ratings"),
        ("de", "Wer eine Bewertung schreibt, bekommt einen Rabatt"),
        ("fr", "On nous offre une remise en échange d'un commentaire"),
        ("it", "Se scrivi una recensione ti danno uno sconto"),
        ("es", "Te dan un descuento por dejar una reseña"),
        ("tr", "Beş yıldız verene ücretsiz kahve"),
        ("nl", "Je krijgt hier een biertje als je ze vijf sterren geeft"),
        ("pt", "Quem deixar uma avaliação ganha um brinde"),
        ("pl", "Za dobrą opinię dostaje się zniżkę"),
    ),
    "demand": (
        ("en", "Either you refund us or we will write bad reviews everywhere"),
        ("en", "I'll happily delete this review as soon as you refund the deposit"),
        ("de", "Sobald ich die Erstattung habe, lösche ich diese Bewertung"),
        ("fr", "Remboursez-nous ou nous laissons un avis négatif"),
        ("it", "Ridatemi i soldi o vi lascio una stella"),
        ("es", "Si me reembolsan, borro la reseña"),
        ("tr", "Paramı iade edin yoksa bir yıldız"),
        ("nl", "Betaal ons terug of wij plaatsen een negatieve review"),
        ("pt", "Devolvam o dinheiro ou dou uma estrela"),
        ("pl", "Skasuję tę recenzję, gdy oddacie pieniądze"),
    ),
    "threat": (
        ("en", "We will destroy your business, mark my words"),
        ("de", "Wir wissen, wo du wohnst"),
        ("fr", "On sait où vous habitez"),
        ("it", "Vi distruggo il locale"),
        ("es", "Sabemos dónde viven"),
        ("tr", "Evinizi biliyorum"),
        ("nl", "Ik maak je af"),
        ("pt", "Sabemos onde moras"),
        ("pl", "Wiem, gdzie pracujesz"),
    ),
}
_DIGIT_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_CYRILLIC = str.maketrans("aeopcxyi", "аеорсхуі")
_GREEK = str.maketrans("aoiv", "αοιν")


def _as_it_is(said: str) -> str:
    return said


def _every(sign: str) -> Callable[[str], str]:
    return sign.join


def _shifted(first: int) -> Callable[[str], str]:
    """Small letters from another block of the alphabet."""
    return lambda said: "".join(chr(first + ord(each) - 97) if "a" <= each <= "z" else each for each in said)


def _wide(said: str) -> str:
    return "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in said)


LETTERS: Mapping[str, Callable[[str], str]] = {
    "Cyrillic letters": lambda said: said.translate(_CYRILLIC),
    "Greek letters": lambda said: said.translate(_GREEK),
    "fullwidth": _wide,
    "mathematical bold": _shifted(0x1D41A),
    "circled": _shifted(0x24D0),
    "zero width": _every("\u200b"),
    "soft hyphens": _every("\u00ad"),
    "word joiners": _every("\u2060"),
}
LINKS: Mapping[str, Callable[[str], str]] = {
    "plain": _as_it_is,
    **LETTERS,
    "(dot)": lambda said: said.replace(".", " (dot) "),
    "[.]": lambda said: said.replace(".", "[.]"),
    "dot in words": lambda said: said.replace(".", " dot "),
    "spaced dots": lambda said: said.replace(".", " . "),
    "letter by letter": _every(" "),
    "hxxp": lambda said: said.replace("http", "hxxp"),
    "digits for letters": lambda said: said.replace(".com", ".c0m"),
    "small capitals": lambda said: said.translate(str.maketrans("abcdenort", "ᴀʙᴄᴅᴇɴᴏʀᴛ")),
    "bullet for dot": lambda said: said.replace(".", "•"),
}
DIGITS: Mapping[str, Callable[[str], str]] = {
    "plain": _as_it_is,
    "one by one": lambda said: " ".join(each for each in said if each.isdigit() or each == "+"),
    "hyphens": lambda said: "-".join(each for each in said if each.isdigit()),
    "dots": lambda said: ".".join(each for each in said if each.isdigit()),
    "keycaps": lambda said: "".join(f"{each}\ufe0f\u20e3" if each.isdigit() else each for each in said),
    "fullwidth": _wide,
    "Arabic digits": lambda said: said.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")),
    "mathematical": lambda said: "".join(chr(0x1D7CE + int(each)) if each.isdigit() else each for each in said),
    "zero width": _every("\u200b"),
    "words": lambda said: " ".join(_DIGIT_WORDS[int(each)] for each in said if each.isdigit()),
}
MAILINGS: Mapping[str, Callable[[str], str]] = {
    "plain": _as_it_is,
    **LETTERS,
    "[at]": lambda said: said.replace("@", " [at] "),
    "(at) (dot)": lambda said: said.replace("@", "(at)").replace(".", "(dot)"),
    "at, dot in words": lambda said: said.replace("@", " at ").replace(".", " dot "),
    "letter by letter": _every(" "),
}


def main() -> int:
    parser = argparse.ArgumentParser(description="The lures detector, measured on real reviews.")
    parser.add_argument("--data", type=Path, required=True, help="folder of the real reviews")
    parser.add_argument("--show", choices=("A", "B"), help="print every hit of a half")
    parser.add_argument("--write-card", action="store_true", help="write the calibration card")
    said = parser.parse_args()
    if not (said.data / "hotel_reviews_en" / "reviews.csv.gz").is_file() or not (said.data / "maide_up").is_dir():
        print(f"No reviews in {said.data}: hotel_reviews_en/reviews.csv.gz and maide_up are wanted.", file=sys.stderr)
        return 2
    begun = time.process_time()
    reviews = read_reviews(said.data)
    read = time.process_time()
    reviews["lures"] = pd.Series(read_lures(reviews["text"].tolist(), reviews["language"].tolist()), dtype=object)
    spent = time.process_time() - read
    print(
        f"{len(reviews):,} reviews, {len(reviews) / spent:,.0f} a CPU second (reading the files {read - begun:.1f} s)"
    )
    print_rates(reviews)
    if said.show:
        for row in reviews[(reviews["half"] == said.show) & (reviews["lures"].map(len) > 0)].itertuples():
            print_hits(str(row.set), str(row.text), row.lures)
    if said.write_card:
        card = card_of(reviews[(reviews["half"] == "B") & reviews["real"]])
        CARD.write_text(write_card(card), "utf-8")
        print(f"wrote {CARD.name}")
    print_recall()
    print_offers(read_offers())
    return 0


def read_reviews(folder: Path) -> pd.DataFrame:
    """The reviews that say something: set, language, text, half and whether real; each text once."""
    stars = pd.read_csv(folder / "hotel_reviews_en" / "reviews.csv.gz").dropna()
    parts = [pd.DataFrame({"set": "Tripadvisor (en)", "language": "en", "text": stars["text"], "real": True})]
    for kind, (name, language) in product(("real", "generated"), LANGUAGES.items()):
        found = pd.read_csv(folder / "maide_up" / kind / f"{name}.csv")
        text = (found["Upside_Review"].fillna("") + "\n" + found["Downside_Review"].fillna("")).str.strip()
        one = {"set": f"{kind} ({language})", "language": language, "text": text, "real": kind == "real"}
        parts.append(pd.DataFrame(one))
    reviews = pd.concat(parts, ignore_index=True)
    reviews = reviews[reviews["text"].str.len() > 0].drop_duplicates("text", ignore_index=True)
    return reviews.assign(half=[half_of(text) for text in reviews["text"]])


def half_of(text: str) -> str:
    """A or B by the whole text, so that no cap on what is read moves a review to the half that patterns never saw."""
    return "AB"[int(hashlib.sha256(normalised(text).encode("utf-8", "surrogatepass")).hexdigest()[:8], 16) % 2]


def print_rates(reviews: pd.DataFrame) -> None:
    """Reviews with a hit of a kind, by set and half."""
    print(f"\n{'reviews with a hit':22s}{'half':>5s}{'reviews':>9s}" + "".join(f"{kind:>10s}" for kind in KINDS))
    for real, half in product((True, False), "AB"):
        chosen = reviews[(reviews["real"] == real) & (reviews["half"] == half)]
        parts = [*chosen.groupby("set", sort=False), ("all real" if real else "all generated", chosen)]
        for name, part in parts:
            counts = counted(part["lures"])
            print(f"{name!s:22s}{half:>5s}{len(part):9,d}" + "".join(f"{counts[kind]:10d}" for kind in KINDS))


def counted(lures: pd.Series) -> Counter[str]:
    """Reviews with each kind, and with a hidden hit."""
    return Counter(
        kind for each in lures for kind in {lure.kind for lure in each} | {"hidden" for lure in each if lure.hidden}
    )


def print_hits(name: str, text: str, lures: tuple[Lure, ...]) -> None:
    for lure in lures:
        at = max(0, text.find(lure.quote))
        around = text[max(0, at - 80) : at + len(lure.quote) + 80].replace("\n", " / ")
        print(f"{name} {lure.kind}{' hidden' if lure.hidden else ''} [{lure.quote}] {around}")


def card_of(reviews: pd.DataFrame) -> Card:
    """Rates of the kinds among honest reviews; the top table counts reviews with a kind as rare or rarer.

    A hit in disguise counts as its own kind, and as what it is besides.
    """
    counts, number = counted(reviews["lures"]), len(reviews)
    by_rarity = sorted((*KINDS, "hidden"), key=lambda kind: (-counts[kind], kind))
    rates, scores = [_PER], [0.0]
    tables = {}
    for place, kind in enumerate(by_rarity):
        rarer = set(by_rarity[place:])
        held = sum(
            any(lure.kind in rarer or (lure.hidden and "hidden" in rarer) for lure in lures)
            for lures in reviews["lures"]
        )
        score = round((place + 1) / len(by_rarity), 4)
        tables[kind] = {"scores": [0.0, score], "rates": [_PER, _rate(counts[kind], number)]}
        scores.append(score)
        rates.append(_rate(held, number))
    said = {
        "detector": "lures",
        "unit": "reviews",
        "per": _PER,
        "made_on": f"{number:,} real hotel reviews in six languages on which no pattern was made; what they hold "
        "anyway counts as honest",
        "null": "a score is the rank of the rarest kind in a review; a table holds the rate of one kind; rates are "
        "upper limits (95 %, Poisson) of the reviews seen",
        "scores": scores,
        "rates": rates,
        "tables": tables,
    }
    return read_card(said)


def _rate(held: int, number: int) -> float:
    """The exact Poisson upper limit (one-sided, 95 %) of ``held`` among ``number``, per 1,000: 3 in all for none."""
    most = chi2.ppf(0.95, 2 * (held + 1)) / 2.0
    return min(_PER, float(f"{most / number * _PER:.5g}"))


def variants() -> Iterator[tuple[str, str, str, str]]:
    """What is to be found, how it was disguised, the language and the text."""
    for (how, change), site, sentence in product(LINKS.items(), SITES, LINKED):
        changed = change(site)
        if how == "plain" or changed != site:
            yield "link", how, "en", sentence.format(changed)
    for (how, change), number, sentence in product(DIGITS.items(), NUMBERS, CALLED):
        yield "phone", how, "en", sentence.format(change(number))
    for (how, change), mail, sentence in product(MAILINGS.items(), MAILS, MAILED):
        yield "email", how, "en", sentence.format(change(mail))
    for kind, sentences in WORDED.items():
        for (how, change), (language, sentence) in product({"plain": _as_it_is, **LETTERS}.items(), sentences):
            yield kind, how, language, change(sentence)


def print_recall() -> None:
    found: Counter[tuple[str, str]] = Counter()
    planted: Counter[tuple[str, str]] = Counter()
    unmarked = 0
    for kind, how, language, text in variants():
        lures = [lure for lure in read_lures([text], [language])[0] if lure.kind == kind]
        planted[kind, how] += 1
        found[kind, how] += bool(lures)
        unmarked += how not in {"plain", "hyphens", "dots"} and any(not lure.hidden for lure in lures)
        if not lures and how == "plain":
            print(f"not found: {kind} ({language}) {text}")
    print("\nsentences that served for no pattern, found by disguise")
    for (kind, how), number in planted.items():
        print(f"{kind:10s}{how:22s}{found[kind, how]:4d} of {number}")
    for kind in dict.fromkeys(kind for kind, _ in planted):
        chosen = [key for key in planted if key[0] == kind and key[1] != "plain"]
        row = recall_row(kind, 1, sum(planted[key] for key in chosen), sum(found[key] for key in chosen))
        print(f"{kind:10s}disguised: {row.found} of {row.planted} ({row.low:.3f} to {row.high:.3f})")
    print(f"found in disguise but not marked so: {unmarked}")


def read_offers() -> pd.DataFrame:
    """Offers of something for a review (``offer`` 1) and what only looks like one, halved, and whether found."""
    offers = pd.read_csv(OFFERS)
    found = read_lures(offers["text"].tolist(), offers["language"].tolist())
    rewards = [any(lure.kind == "reward" for lure in lures) for lures in found]
    return offers.assign(half=[half_of(text) for text in offers["text"]], found=rewards)


def print_offers(offers: pd.DataFrame) -> None:
    print("\nmade-up offers for a review and near misses, found (half B made no pattern)")
    for (offer, half), part in offers.groupby(["offer", "half"]):
        by_language = part.groupby("language")["found"].agg(["sum", "size"])
        said = "  ".join(f"{row.Index} {row.sum}/{row.size}" for row in by_language.itertuples())
        print(f"{'offer' if offer else 'near miss':10s}{half}  {part['found'].sum()} of {len(part)}:  {said}")


if __name__ == "__main__":
    sys.exit(main())
