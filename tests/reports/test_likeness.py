import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.likeness import MOST_WORDS, Piece, side_by_side
from tests.timing import NO_LONGER, times_as_long


def shared(pieces: tuple[Piece, ...]) -> list[str]:
    return [piece.text for piece in pieces if piece.shared]


def test_shared_words_are_marked_in_both_texts_in_their_order() -> None:
    one, other = side_by_side("We loved the pool, and the staff!", "we LOVED the breakfast and the staff.")
    assert shared(one) == ["We loved the", "and the staff"]
    assert shared(other) == ["we LOVED the", "and the staff"]
    assert [piece.text for piece in one if not piece.shared] == [" pool, ", "!"]


def test_scripts_without_spaces_are_compared_letter_by_letter() -> None:
    one, other = side_by_side("房间很干净", "房间不干净")
    assert shared(one) == shared(other) == ["房间", "干净"]


def test_texts_without_words_or_without_each_other_are_whole() -> None:
    assert side_by_side("", "") == ((), ())
    assert side_by_side("a b", "!?") == ((Piece("a b", False),), (Piece("!?", False),))
    assert side_by_side("Same.", "Same.")[0] == (Piece("Same", True), Piece(".", False))


def test_what_comes_after_the_bound_is_left_out() -> None:
    one, other = side_by_side("word " * (MOST_WORDS + 5), "word " * MOST_WORDS)
    assert one[-1] == Piece("…", False)
    assert "".join(piece.text for piece in one).count("word") == MOST_WORDS
    assert other[-1] == Piece("…", False)
    assert side_by_side(" ".join(["x"] * MOST_WORDS), "y")[0] == (Piece(" ".join(["x"] * MOST_WORDS), False),)


@pytest.mark.parametrize(("one", "other"), [("a ", "a b "), ("\u3042", "\u3044\u3042")])
def test_the_worst_texts_take_no_longer_than_what_is_read_of_them(one: str, other: str) -> None:
    read, more = ([(unit * number) for unit in (one, other)] for number in (MOST_WORDS, 10 * MOST_WORDS))
    assert times_as_long(lambda: side_by_side(*more), lambda: side_by_side(*read)) < NO_LONGER


@given(one=st.text(max_size=200), other=st.text(max_size=200))
def test_no_letter_is_lost_and_both_share_the_same_words(one: str, other: str) -> None:
    ours, theirs = side_by_side(one, other)
    assert "".join(piece.text for piece in ours) == one
    assert "".join(piece.text for piece in theirs) == other
