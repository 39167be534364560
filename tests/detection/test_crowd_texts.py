from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from detection.arrays import Ints
from detection.crowd_texts import CrowdTexts, read_crowds
from detection.hashing import hashed
from tests.detection.text.test_likeness import TEMPLATE, invented
from tests.detection.worlds import DAY, reviews_of, together

TELLS = "Came for my cousin's wedding. "


class Answers:
    """A snapshot in memory."""

    def __init__(self, reviews: pd.DataFrame) -> None:
        self.reviews, self.asked = reviews, 0

    def where(self, column: str, hashes: Ints, columns: tuple[str, ...]) -> pd.DataFrame:
        self.asked += 1
        told = self.reviews[np.isin(hashed(self.reviews[column]), hashes)]
        return told.sort_values(["listing_key", "day_to", "review_key"], ignore_index=True)[list(columns)]


def town(*crowds: pd.DataFrame, language: str = "en", seed: int = 3) -> tuple[pd.DataFrame, list[Ints]]:
    """Three listings with 80 texts each, and crowds on top; the frame in the order of a search, the crowds' rows."""
    rng = np.random.default_rng(seed)
    calm = [
        reviews_of(
            DAY + np.arange(80),
            listing_key=f"p/{name}",
            text=[invented(rng) for _ in range(80)],
            language=language,
            rating=rng.choice([0.0, 1.0], 80),
        )
        for name in "abc"
    ]
    reviews = together(*calm, *crowds)
    owner = np.repeat(np.arange(-3, len(crowds)), [80, 80, 80, *map(len, crowds)])
    order = np.lexsort((reviews["review_key"], reviews["day_to"], reviews["listing_key"]))
    reviews, owner = reviews.iloc[order].reset_index(drop=True), owner[order]
    return reviews, [np.flatnonzero(owner == number) for number in range(len(crowds))]


def crowd(texts: list[str], **columns: object) -> pd.DataFrame:
    said = {"listing_key": "p/a", "rating": 1.0, "language": "en", **columns}
    return reviews_of(DAY + 300 + np.arange(len(texts)), text=texts, **said)


def strangers(number: int, seed: int = 11) -> list[str]:
    rng = np.random.default_rng(seed)
    return [invented(rng) for _ in range(number)]


def read(reviews: pd.DataFrame, rows: list[Ints]) -> CrowdTexts:
    codes, names = pd.factorize(reviews["listing_key"], sort=True)
    partial = reviews[["review_key", "listing_key"]].assign(high=reviews["rating"] >= 0.9, low=reviews["rating"] <= 0.3)
    return read_crowds(rows, partial, Answers(reviews), codes.astype("int64"), names)


def test_copies_strangers_and_silence_side_by_side() -> None:
    copies, none = [TEMPLATE.format(thing) for thing in ("view", "room", "bed", "bar", "spa")], [""] * 4
    reviews, rows = town(crowd(copies), crowd(strangers(6), listing_key="p/b"), crowd(none, listing_key="p/c"))
    said = read(reviews, rows)
    assert said.texts.tolist() == [5, 6, 0]
    assert said.pairs.tolist() == [10, 15, 0]
    assert said.alike_pairs[0] == 10
    assert said.alike[0] > 5.0
    assert said.alike[1] < 2.0
    assert said.alike[2] == 0.0
    assert said.close[0].tolist() == [4] * 5
    assert said.partners[1].tolist() == [5] * 6
    assert said.close[2].tolist() == said.partners[2].tolist() == [0] * 4
    # So few pairs alike would be rare had one author meant them to sell; of no pairs at all that can't be said.
    assert said.unlike[1] > said.unlike[0]
    assert said.unlike[2] == said.language[2] == 0.0


def test_machine_translations_are_left_alone() -> None:
    """Translated by a machine, guests' words grow alike."""
    copies = [TEMPLATE.format("view")] * 5
    reviews, rows = town(crowd(copies, translated=[True, True, True, True, False]))
    said = read(reviews, rows)
    assert (said.texts[0], said.pairs[0], said.alike_pairs[0], said.language[0]) == (1, 0, 0, 0.0)
    assert said.close[0].tolist() == said.partners[0].tolist() == [0] * 5


def test_rows_without_a_text_keep_their_place() -> None:
    texts = [TEMPLATE.format("view"), "", TEMPLATE.format("view"), "", *strangers(1)]
    said = read(*town(crowd(texts)))
    assert said.texts[0] == 3
    assert said.close[0].tolist() == [1, 0, 1, 0, 0]
    assert said.partners[0].tolist() == [2, 0, 2, 0, 2]


def test_the_occasion_that_a_crowd_names() -> None:
    wedding = [TELLS + text for text in strangers(6)]
    said = read(*town(crowd([*wedding, *strangers(3, 12)]), crowd(strangers(9, 13), listing_key="p/b")))
    assert said.occasion == ("wedding", "")
    assert said.named.tolist() == [6, 0]
    assert said.occasion_surprise[0] > 3.0
    assert said.occasion_surprise[1] == 0.0


def test_one_guest_names_no_occasion_for_a_crowd() -> None:
    said = read(*town(crowd([TELLS + "Fine.", *strangers(5)])))
    assert (said.occasion, said.named[0], said.occasion_surprise[0]) == (("",), 0, 0.0)


def test_where_every_guest_speaks_of_weddings_it_says_less() -> None:
    wedding = crowd([TELLS + text for text in strangers(6)])
    reviews, rows = town(wedding)
    often = reviews.assign(text=reviews["text"].where(reviews.index % 3 > 0, TELLS + reviews["text"]))
    plain, usual = read(reviews, rows), read(often, rows)
    assert usual.occasion == ("wedding",)
    assert 0.0 < usual.occasion_surprise[0] < plain.occasion_surprise[0] - 1.0


@pytest.mark.parametrize("number", [5, 9])
def test_one_language_that_is_not_the_places_own(number: int) -> None:
    texts = strangers(number)
    home = read(*town(crowd(texts))).language[0]
    foreign = read(*town(crowd(texts, language="tr"))).language[0]
    mixed = read(*town(crowd(texts, language=["en", "tr"] * (number // 2) + ["en"]))).language[0]
    assert home < 0.5
    assert foreign > 2.0
    assert mixed < foreign


def test_a_language_usual_on_the_listing_says_nothing_though_rare_elsewhere() -> None:
    """Half of p/b's guests write Turkish, and nobody else."""
    reviews, rows = town(
        crowd(strangers(7), language="tr", listing_key="p/b"), crowd(strangers(7), language="tr", listing_key="p/c")
    )
    inside = np.isin(reviews.index, np.concatenate(rows))
    own = (reviews["listing_key"] == "p/b") & ~inside & (np.arange(len(reviews)) % 2 == 0)
    said = read(reviews.assign(language=reviews["language"].mask(own, "tr")), rows)
    assert said.language[0] < said.language[1] - 0.5


def test_a_crowd_whose_language_is_not_known_shares_none() -> None:
    """As good as no text of these is "und", though every one of the crowd's is."""
    texts = strangers(9)
    assert read(*town(crowd(texts, language="und"))).language[0] == 0.0
    # One known text is a lone one; of five the four that aren't known add nothing.
    assert read(*town(crowd(texts, language=["tr"] + ["und"] * 8))).language[0] < 1.5
    some = read(*town(crowd(texts, language=["tr"] * 5 + ["und"] * 4))).language[0]
    assert some == pytest.approx(read(*town(crowd(texts[:5], language="tr"))).language[0], abs=0.2)


def test_a_house_whose_guests_never_told_their_language_finds_none_foreign() -> None:
    """By all listings' texts alone."""
    reviews, rows = town(crowd(strangers(6)))
    silent = (reviews["listing_key"] == "p/a") & ~np.isin(reviews.index, rows[0])
    assert read(reviews.assign(language=reviews["language"].mask(silent, "und")), rows).language[0] < 0.5


def test_a_lone_text_has_no_language_to_share() -> None:
    assert read(*town(crowd(strangers(1), language="tr"))).language[0] == 0.0


def test_only_texts_of_the_crowds_listings_are_read() -> None:
    reviews, rows = town(crowd([TEMPLATE.format("view")] * 5))
    kept = (reviews["listing_key"] == "p/a").to_numpy()
    only = [np.searchsorted(np.flatnonzero(kept), rows[0])]
    one, other = read(reviews, rows), read(reviews[kept].reset_index(drop=True), only)
    assert (one.alike[0], one.pairs[0]) == (other.alike[0], other.pairs[0])


def test_no_crowd() -> None:
    said = read(town()[0], [])
    assert len(said.texts) == len(said.alike) == len(said.unlike) == len(said.language) == 0
    assert said.occasion == said.close == said.partners == ()


def test_crowds_whose_listings_have_no_text_at_all() -> None:
    reviews, rows = town(crowd([""] * 4), crowd([TEMPLATE.format("view")] * 4, listing_key="p/b"))
    silent = reviews.assign(text=reviews["text"].where(reviews["listing_key"] == "p/b", ""))
    assert read(silent, rows).pairs.tolist() == [0, 6]
    nothing = read(reviews.assign(text=""), rows)
    assert nothing.texts.tolist() == nothing.alike_pairs.tolist() == [0, 0]
    assert nothing.occasion == ("", "")
    assert (nothing.alike == 0.0).all()
    assert (nothing.unlike == 0.0).all()
