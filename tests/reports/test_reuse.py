import datetime as dt
from typing import Any

import pandas as pd
import pytest

from reports.quoted import Quotes, quotes_of
from reports.reuse import Part, reuse_of, template_of
from reports.reviews import Pseudonyms
from tests.reports.test_quoted import made, row
from tests.reports.text_facts import HOSTILE, reuse_facts

KEYS = ("k1", "k2", "k3")


def stored(*texts: str) -> Quotes:
    rows = [
        row(review_key=key, reviewer_key=f"A-{key}", text=text, published_to=dt.date(2026, 9, 9 - at))
        for at, (key, text) in enumerate(zip(KEYS, texts, strict=False))
    ]
    return quotes_of(pd.DataFrame(rows))


def test_a_template_is_shown_with_its_slots() -> None:
    parts = template_of(reuse_facts())
    assert parts[:3] == (Part("We stayed", 0, ()), Part("", 1, ("two nights", "a week")), Part("at the", 0, ()))
    assert [part.slot for part in parts] == [0, 1, 0, 2, 0, 3, 0]
    assert template_of(reuse_facts(template=["We stayed"], slots=[])) == ()
    assert template_of(reuse_facts(slots=[["", "x"]]))[3] == Part("", 2, ())
    assert template_of(reuse_facts(slots=[["", "x"]]))[1].examples == ("nothing", "x")


def test_two_texts_stand_side_by_side_with_the_words_that_they_share() -> None:
    facts = reuse_facts([("k9", "k1"), ("k1", "k3"), ("k1", "k2")])
    found = reuse_of(made("reuse", facts, KEYS), stored("A fine view", "", "A fine bed"), Pseudonyms())
    assert found is not None
    assert found.marked
    assert [[(piece.text, piece.shared) for piece in side.pieces] for side in found.sides] == [
        [("A fine", True), (" view", False)],
        [("A fine", True), (" bed", False)],
    ]
    assert [side.who for side in found.sides] == ["R1", "R2"]


def test_the_same_text_is_shown_once() -> None:
    facts = reuse_facts([("k1", "k2")], kind="exact", template=[], slots=[])
    same = reuse_of(made("reuse", facts, KEYS), stored("A fine view", "a  fine view"), Pseudonyms())
    assert same is not None
    assert (len(same.sides), same.marked, same.template) == (1, False, ())


def test_addresses_and_numbers_in_texts_and_templates_are_broken_up() -> None:
    facts = reuse_facts([("k1", "k2")], template=["Book at www.a.example", None], slots=[["b.example", "0151 234567"]])
    texts = ("Book at www.a.example/x", "Book at www.a.example/y or me@b.example")
    found = reuse_of(made("reuse", facts, KEYS), stored(*texts), Pseudonyms())
    assert found is not None
    assert [part.text or part.examples for part in found.template] == [
        "Book at www[.]a[.]example",
        ("b[.]example", "0151[-]2345[-]67"),
    ]
    assert ["".join(piece.text for piece in side.pieces) for side in found.sides] == [
        "Book at www[.]a[.]example/x",
        "Book at www[.]a[.]example/y or me@b[.]example",
    ]


def test_the_texts_stand_by_day_and_what_is_gone_is_left_out() -> None:
    found = reuse_of(made("reuse", reuse_facts([("k1", "k3")]), KEYS), stored("One", "Two"), Pseudonyms())
    assert found is not None
    assert [each.account for each in found.rows] == ["R1", "R2"]
    assert [each.when.endswith("8 September 2026") for each in found.rows] == [True, False]
    assert (found.sides, found.rows_left_out) == ((), 0)
    assert reuse_of(made("reuse", reuse_facts(), KEYS), {}, Pseudonyms()) is None
    assert reuse_of(made("bursts", reuse_facts(), KEYS), stored("One"), Pseudonyms()) is None
    many = {f"m{at}": stored("One")["k1"] for at in range(30)}
    found = reuse_of(made("reuse", reuse_facts(), tuple(many)), many, Pseudonyms())
    assert found is not None
    assert (len(found.rows), found.rows_left_out) == (12, 18)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_and_facts_are_bounded(text: str) -> None:
    facts = reuse_facts([("k1", "k2")], template=[text, None] * 5_000, slots=[[text] * 9] * 5_000)
    found = reuse_of(made("reuse", facts, KEYS), stored(text, f"{text[:2_000]} b"), Pseudonyms())
    assert found is not None
    assert len(found.template) <= 81
    assert all(len(part.text) <= 400 and len("".join(part.examples)) <= 120 for part in found.template)
    shown = "".join(piece.text for side in found.sides for piece in side.pieces)
    shown += "".join(part.text + "".join(part.examples) for part in found.template)
    assert not set(shown) & set("\u202e\u200b\x00\x07")


@pytest.mark.parametrize("odd", [None, "x", 3, [], {}, [None], [[]], [[1, 2, 3]], [["k1", None, 1]], [None, 3, [None]]])
def test_odd_facts_never_fail(odd: Any) -> None:
    for name in ("template", "slots", "pairs", "kind", "copies"):
        facts = {**reuse_facts([("k1", "k2")]), name: odd}
        assert reuse_of(made("reuse", facts, KEYS), stored("One", "Two"), Pseudonyms()) is not None
