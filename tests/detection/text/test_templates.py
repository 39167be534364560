from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from detection.text.copies import MOST_CHARACTERS
from detection.text.templates import MOST_TEXTS, template
from tests.timing import NO_LONGER, times_as_long

MADE = "We stayed at the {} for our {} and the whole team made us feel at home from the first day, thank you {}!"


def made(*words: tuple[str, str, str]) -> list[str]:
    return [MADE.format(*each) for each in words]


def test_a_template_has_its_slots_marked() -> None:
    found = template(
        made(
            ("Adler", "wedding", "Anna"),
            ("Grand Hotel", "honeymoon", "Ben"),
            ("Krone", "birthday", "Cleo"),
            ("Rose", "weekend", "Dora"),
        )
    )
    assert found is not None
    assert found.parts == [
        "We stayed at the",
        None,
        "for our",
        None,
        "and the whole team made us feel at home from the first day, thank you",
        None,
    ]
    assert found.slots == [
        ["Adler", "Grand Hotel", "Krone"],
        ["wedding", "honeymoon", "birthday"],
        ["Anna", "Ben", "Cleo"],
    ]


def test_two_texts_or_unlike_ones_are_no_template() -> None:
    two = made(("Adler", "wedding", "Anna"), ("Krone", "birthday", "Ben"))
    assert template(two) is None
    assert template([*two, "Something else that somebody wrote of another place in another year entirely"] * 2) is None


def test_equal_texts_have_no_slots() -> None:
    assert template(made(("Adler", "wedding", "Anna")) * 4) is None


def test_long_passages_are_cut() -> None:
    texts = [f"{'very ' * 60} good {name} indeed" for name in ("pool", "bar", "room")]
    found = template(texts)
    assert found is not None
    assert max(len(part) for part in found.parts if part) == 120


@settings(deadline=None)
@given(st.lists(st.text(alphabet="ab \"'“\ud800\n", max_size=60), max_size=6))
def test_any_texts_can_be_read(texts: list[str]) -> None:
    found = template(texts)
    if found is not None:
        assert found.parts.count(None) == len(found.slots)
        assert all(len(examples) <= 3 for examples in found.slots)


def test_many_long_texts_cost_no_more_than_what_is_read_of_them() -> None:
    many = [f"{'wonderful ' * 4_000} {number}" for number in range(500)]
    read = [text[:MOST_CHARACTERS] for text in many[:MOST_TEXTS]]
    assert times_as_long(lambda: template(many), lambda: template(read), rounds=2) < NO_LONGER
