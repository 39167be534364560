from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detection.text import likeness as module
from detection.text.likeness import Alike, likeness
from tests.timing import times_as_long

OPENINGS = ("we stayed here for three nights", "my wife and I came in May", "a friend told us of it", "second time now")
THINGS = ("room", "bed", "breakfast", "pool", "lobby", "view", "staff", "lift", "bar", "terrace", "garden", "shower")
SAYS = ("was fine", "could be better", "pleased us a lot", "is old but clean", "felt a bit small", "made our stay")
TEMPLATE = "Absolutely wonderful hotel with the kindest staff we have ever met anywhere, the {} was a dream come true"
HAN = "酒店位置很好离地铁站步行五分钟房间干净整洁早餐种类丰富服务员热情周到下次还会再来入住"
THAI = "โรงแรมนี้ดีมากห้องสะอาดพนักงานบริการเป็นกันเองอาหารเช้าอร่อยมากใกล้สถานีรถไฟฟ้าเดินทางสะดวก"


def invented(rng: np.random.Generator) -> str:
    """A text of stock phrases in an order of its own, with words of its own between them."""
    said, letters = rng.integers(0, 1000, 11), rng.integers(0, 11, (5, 6))
    own = ["".join("aeiklmnorst"[letter] for letter in word) for word in letters]
    parts = [OPENINGS[said[0] % len(OPENINGS)]]
    parts += [f"the {THINGS[said[1 + n] % len(THINGS)]} {SAYS[said[6 + n] % len(SAYS)]} {own[n]}" for n in range(5)]
    return ". ".join(parts)


@cache
def usual_texts(number: int = 400) -> tuple[str, ...]:
    rng = np.random.default_rng(1)
    return tuple(invented(rng) for _ in range(number))


def compared(*crowds: list[str], language: str = "en", usual_language: str = "en") -> Alike:
    """Crowds, all of one language, beside usual texts in groups of ten."""
    usual = usual_texts()
    texts = [text for crowd in crowds for text in crowd] + list(usual)
    number = len(texts) - len(usual)
    which = np.repeat(np.arange(len(crowds)), [len(crowd) for crowd in crowds])
    return likeness(
        texts,
        [language] * number + [usual_language] * len(usual),
        np.r_[which, np.full(len(usual), -1)].astype("int64"),
        np.r_[np.full(number, -1), np.arange(len(usual)) // 10].astype("int64"),
    )


def strangers(number: int, seed: int = 7) -> list[str]:
    rng = np.random.default_rng(seed)
    return [invented(rng) for _ in range(number)]


def test_verbatim_copies_are_found() -> None:
    found = compared([TEMPLATE.format("view")] * 6 + strangers(4), strangers(10, 8))
    assert found.alike[0] >= 15
    assert found.pairs.tolist() == [45, 45]
    assert found.surprise[0] > 8.0
    assert (found.close[:6] >= 5).all()
    assert found.close[6:10].max() < 5
    assert found.partners[:20].tolist() == [9] * 20


def test_one_authors_texts_are_not_compared() -> None:
    usual = usual_texts()
    texts = [TEMPLATE.format("view")] * 6 + list(usual)
    crowd = np.r_[np.zeros(6), np.full(len(usual), -1)].astype("int64")
    groups = np.r_[np.full(6, -1), np.arange(len(usual)) // 10].astype("int64")
    by = np.full(len(texts), -1)
    for authors, pairs in (([0, 1, 2, 3, 4, 5], 15), ([0, 0, 0, 1, 1, 2], 11), ([7] * 6, 0)):
        by[:6] = authors
        found = likeness(texts, ["en"] * len(texts), crowd, groups, author=by)
        assert (found.pairs[0], found.alike[0]) == (pairs, pairs)
        assert found.partners[:6].tolist() == [6 - authors.count(each) for each in authors]


def test_a_template_with_its_noun_changed_is_found() -> None:
    found = compared([TEMPLATE.format(thing) for thing in THINGS[:6]])
    assert found.alike[0] == 15
    assert found.surprise[0] > 8.0


def test_texts_that_have_nothing_to_do_with_one_another_are_not() -> None:
    """Of pairs of strangers about as many are alike as of the usual ones; the tail is a p-value's."""
    crowds = [strangers(8, seed) for seed in range(40)]
    found = compared(*crowds)
    assert found.pairs.tolist() == [28] * 40
    assert found.alike.sum() / found.pairs.sum() < 0.05
    assert np.median(found.surprise) < 1.0
    assert (found.surprise > 4.0).sum() <= 1


def test_languages_are_never_compared_with_one_another() -> None:
    copies = [TEMPLATE.format("view")] * 6
    usual = list(usual_texts())
    crowd = np.r_[np.zeros(6), np.full(len(usual), -1)].astype("int64")
    groups = np.r_[np.full(6, -1), np.arange(len(usual)) // 10].astype("int64")
    found = likeness(copies + usual, ["en", "de", "fr", "it", "en", "de"] + ["en"] * len(usual), crowd, groups)
    assert (found.pairs[0], found.alike[0]) == (2, 2)
    assert found.partners[:6].tolist() == [1, 1, 0, 0, 1, 1]
    assert found.close[:6].tolist() == [1, 1, 0, 0, 1, 1]


def test_a_rare_language_is_measured_by_all_languages_pairs() -> None:
    copies, others = [TEMPLATE.format("view")] * 5, strangers(8)
    assert compared(copies, language="eo").alike[0] == 10
    assert compared(others, language="eo").surprise[0] < 4.0


@pytest.mark.parametrize("text", [HAN, THAI, "".join(chr(0xAC00 + 31 * n) for n in range(40))])
def test_scripts_without_spaces(text: str) -> None:
    rng = np.random.default_rng(3)
    copies = [text[:n] + text[n + 2 :] for n in (4, 11, 20, 29)]
    shuffled = ["".join(rng.permutation(list(text))) for _ in range(4)]
    found = compared(copies, shuffled, language="zz")
    assert found.alike.tolist() == [6, 0]


def test_empty_texts_and_single_words_are_like_nothing() -> None:
    found = compared(["", "", "Great", "Great", "so good", "so good", "!!!", "\n"])
    assert (found.pairs[0], found.alike[0], found.surprise[0]) == (0, 0, 0.0), "nothing can be said of them"
    assert not np.isnan(found.surprise).any()


@pytest.mark.parametrize("text", ["Great!", "Great", "so good", "Very nice."])
def test_twelve_identical_exclamations_are_no_pairs(text: str) -> None:
    found = compared([text] * 12, [text] * 12 + strangers(4))
    assert (found.pairs[0], found.alike[0], found.surprise[0]) == (0, 0, 0.0)
    assert found.close[:12].tolist() == found.partners[:12].tolist() == [0] * 12
    # Nor do they thin out the pairs of those who wrote more.
    assert found.pairs[1] == 6
    assert found.partners[12:28].tolist() == [0] * 12 + [3] * 4


def at_home(own: list[str], crowd: list[str], *, elsewhere: bool = False) -> Alike:
    """A crowd on the listing with these texts of its own, or on another, beside other listings' usual texts."""
    usual = own + list(usual_texts())
    groups = np.r_[np.arange(len(own)) // 10, 100 + np.arange(len(usual_texts())) // 10]
    homes = np.r_[np.zeros(len(own)), 1 + np.arange(len(usual_texts())) // 10]
    number = len(crowd)
    return likeness(
        crowd + usual,
        ["en"] * (number + len(usual)),
        np.r_[np.zeros(number), np.full(len(usual), -1)].astype("int64"),
        np.r_[np.full(number, -1), groups].astype("int64"),
        np.r_[np.full(number, int(elsewhere)), homes].astype("int64"),
    )


OPENING = (
    "As a member of the alpine walking club we were offered the special autumn rate at this old place near the lake"
)


def test_a_house_whose_guests_always_write_the_same_opening_is_not_alike_beyond_its_own() -> None:
    own = [f"{OPENING}. {text[-40:]}" for text in strangers(40, 21)]
    guests = [f"{OPENING}. {text[-40:]}" for text in strangers(8, 22)]
    home, elsewhere = at_home(own, guests), at_home(own, guests, elsewhere=True)
    assert home.alike[0] == elsewhere.alike[0] >= 10, "they are alike all the same"
    assert home.surprise[0] < 2.0
    assert elsewhere.surprise[0] > 8.0


def test_a_house_of_plain_guests_has_no_excuse_for_copies() -> None:
    copies = [TEMPLATE.format(thing) for thing in THINGS[:6]]
    home, elsewhere = at_home(strangers(40, 21), copies), at_home(strangers(40, 21), copies, elsewhere=True)
    assert home.alike[0] == 15
    assert min(home.surprise[0], elsewhere.surprise[0]) > 8.0


def test_of_an_endless_text_some_phrases_stand_for_all() -> None:
    endless = " ".join(f"w{n}" for n in range(5_000))
    texts = [endless, endless, endless.replace("w77 ", "other "), TEMPLATE.format("view")]
    phrases = module._phrases(texts, np.ones(4, dtype=bool))
    held = np.bincount(phrases.text)
    assert held.tolist() == [module._MOST_PHRASES] * 3 + [len(TEMPLATE.split()) - 2]
    assert compared([*texts[:3], *strangers(3)]).close[:3].tolist() == [2] * 3


def test_a_short_phrase_is_no_template() -> None:
    """Where one usual text in five says the same at length, a few words alike are not more than usual, a text is."""
    stock = " ".join(strangers(2, 9))[:180]
    usual = [f"{stock} {text[-12:]}" if row % 5 == 0 else text for row, text in enumerate(usual_texts())]

    def alike(text: str) -> int:
        crowd = np.r_[np.zeros(6), np.full(len(usual), -1)].astype("int64")
        groups = np.r_[np.full(6, -1), np.arange(len(usual)) // 10].astype("int64")
        return int(likeness([text] * 6 + usual, ["en"] * len(crowd), crowd, groups).alike[0])

    assert alike("Lovely little place") == 0
    assert alike(TEMPLATE.format("view")) == 15


def test_case_and_punctuation_are_nothing() -> None:
    text = TEMPLATE.format("view")
    assert compared([text, text.upper(), text.replace(" ", " - "), f"«{text}»!"]).alike[0] == 6


def test_no_texts_and_no_crowds() -> None:
    none = np.zeros(0, dtype="int64")
    found = likeness([], [], none, none)
    assert all(len(getattr(found, name)) == 0 for name in ("surprise", "pairs", "alike", "partners", "close"))
    alone = likeness(["a b c d"], ["en"], np.array([-1]), np.array([-1]))
    assert (len(alone.pairs), alone.partners.tolist()) == (0, [0])


def test_without_usual_texts_there_is_still_an_answer() -> None:
    crowd = np.zeros(6, dtype="int64")
    found = likeness([TEMPLATE.format("view")] * 6, ["en"] * 6, crowd, crowd - 1)
    assert found.pairs[0] == 15
    assert np.isfinite(found.surprise[0])


def test_a_long_crowd_is_judged_by_its_first_texts() -> None:
    found = compared([" ".join(strangers(3))] * 300)
    number = int((found.partners[:300] > 0).sum())
    assert 50 < number < 300
    assert found.pairs[0] == found.alike[0] == number * (number - 1) // 2
    assert found.close[:300].tolist() == [number - 1] * number + [0] * (300 - number)


@settings(max_examples=20)
@given(st.randoms(use_true_random=False))
def test_the_order_of_texts_is_nothing(shuffle: object) -> None:
    crowds = [TEMPLATE.format("view")] * 3 + strangers(6), strangers(8, 5)
    texts = [text for crowd in crowds for text in crowd] + list(usual_texts(60))
    crowd = np.r_[np.zeros(9), np.ones(8), np.full(60, -1)].astype("int64")
    groups = np.r_[np.full(17, -1), np.arange(60) // 10].astype("int64")
    order = list(range(len(texts)))
    shuffle.shuffle(order)  # type: ignore[attr-defined]
    one = likeness(texts, ["en"] * 77, crowd, groups)
    other = likeness([texts[row] for row in order], ["en"] * 77, crowd[order], groups[order])
    for name in ("surprise", "pairs", "alike"):
        assert getattr(other, name).tolist() == getattr(one, name).tolist()
    assert other.close.tolist() == one.close[order].tolist()


def test_another_crowd_changes_nothing_much() -> None:
    crowd = [TEMPLATE.format("view")] * 3 + strangers(6)
    one, other = compared(crowd), compared(crowd, strangers(8, 5))
    assert (one.pairs[0], one.alike[0]) == (other.pairs[0], other.alike[0])


HOSTILE = {
    "long": "word " * 20_000,
    "long without spaces": "x" * 100_000,
    "long and never the same": " ".join(f"w{n}" for n in range(17_000)),
    "a hundred thousand signs": "字" * 100_000,
    "control": "".join(map(chr, range(32))) * 50,
    "noughts": "a\0b c\0d e\0f " * 30,
    "surrogates": "nice \ud800 room \udfff and \udc00 view " * 20,
    "marks on marks": "e" + "\u0301" * 5_000,
    "right to left": "\u202e" + "abc def ghi jkl " * 30,
    "outside the plane": "\U0001f600\U00020000 " * 200,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_texts_do_not_break_it(text: str) -> None:
    found = compared([text, text, *strangers(6)])
    assert found.pairs[0] in (15, 28), "a text without three words is left out"
    assert np.isfinite(found.surprise).all()
    assert found.close[2:8].max() <= 5, "the others are alike with none of them"


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_texts_cost_little_more_than_usual_ones_of_their_length(text: str) -> None:
    usual = (" ".join(usual_texts()) * 2)[: len(text)]
    assert len(usual) == len(text)
    hostile, plain = ([said, said, *strangers(6)] for said in (text, usual))
    # A sign that stands for a word is a phrase: there are up to five times as many.
    assert times_as_long(lambda: compared(hostile), lambda: compared(plain)) < 10


@settings(max_examples=40)
@given(st.lists(st.tuples(st.text(max_size=40), st.sampled_from(["en", "und", "", "\ud800"])), max_size=12))
def test_any_text_gives_counts_that_fit(said: list[tuple[str, str]]) -> None:
    number = len(said)
    crowd = np.arange(number, dtype="int64") % 2
    found = likeness([text for text, _ in said], [language for _, language in said], crowd, np.full(number, -1))
    assert (found.alike <= found.pairs).all()
    assert (found.close <= found.partners).all()
    assert found.close.sum() == 2 * found.alike.sum()
    assert np.isfinite(found.surprise).all()
