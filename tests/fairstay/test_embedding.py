"""Each text is embedded once, ever, and always in the same company."""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from detection.mismatch import Mismatch
from detection.protocol import Vectors
from fairstay import embedding
from fairstay.embedding import embed, texts_to_embed
from fairstay.progress import Progress
from store.database import Database
from tests.detection.worlds import reviews_of


class Counting:
    """An encoder that counts the texts, keeps the chunks, and can be killed before a chunk."""

    key = "counting"

    def __init__(self, killed_before: int | None = None) -> None:
        self.seen: Counter[str] = Counter()
        self.chunks: list[list[str]] = []
        self.workers: list[int] = []
        self.killed_before = killed_before

    def encode_chunks(self, chunks: Sequence[Sequence[str]], workers: int) -> Iterator[np.ndarray[Any, Any]]:
        self.workers.append(workers)
        for number, chunk in enumerate(chunks):
            if number == self.killed_before:
                raise KeyboardInterrupt
            self.seen.update(chunk)
            self.chunks.append(list(chunk))
            # As a transformer's, a vector depends a little on who else is in the chunk.
            yield np.array([[len(text), len(chunk), int(text)] for text in chunk], dtype="float16")


def some(first: int, last: int) -> dict[str, str]:
    texts = {hashlib.sha256(str(number).encode()).hexdigest(): str(number) for number in range(first, last)}
    return dict(sorted(texts.items()))


def run(database: Database, encoder: Counting, texts: dict[str, str]) -> Vectors:
    encoder_: Any = encoder
    return embed(database, encoder_, texts, workers=3, progress=Progress(io.StringIO()))


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "_CHUNK", 8)


def test_each_text_is_embedded_once_ever(database: Database) -> None:
    encoder = Counting()
    first = run(database, encoder, some(0, 50))
    again = run(database, encoder, some(0, 50))
    more = run(database, encoder, some(20, 70))
    assert set(encoder.seen) == {str(number) for number in range(70)}
    assert set(encoder.seen.values()) == {1}
    assert np.array_equal(first.matrix, again.matrix)
    assert set(encoder.workers) == {3}
    for key in some(20, 50):
        assert np.array_equal(more.matrix[more.rows[key]], first.matrix[first.rows[key]])


def test_rows_belong_to_their_texts(sqlite_database: Database) -> None:
    texts = some(0, 30)
    vectors = run(sqlite_database, Counting(), texts)
    assert vectors.encoder == "counting"
    assert vectors.matrix.dtype == np.float16
    assert list(vectors.rows) == list(texts)
    assert [int(vectors.matrix[vectors.rows[key]][2]) for key in texts] == [int(text) for text in texts.values()]


@pytest.mark.parametrize("killed_before", [0, 1, 3, 6])
def test_a_killed_embedding_meets_the_same_chunks_again(sqlite_database: Database, killed_before: int) -> None:
    texts = some(0, 50)
    dying, living, undisturbed = Counting(killed_before), Counting(), Counting()
    with pytest.raises(KeyboardInterrupt):
        run(sqlite_database, dying, texts)
    vectors = run(sqlite_database, living, texts)
    undisturbed.key = "another"
    expected = run(sqlite_database, undisturbed, texts)
    assert dying.chunks + living.chunks == undisturbed.chunks
    assert np.array_equal(vectors.matrix, expected.matrix)


def test_another_encoder_embeds_anew(sqlite_database: Database) -> None:
    one, other = Counting(), Counting()
    other.key = "other"
    run(sqlite_database, one, some(0, 9))
    run(sqlite_database, other, some(0, 9))
    assert sum(other.seen.values()) == 9


def test_no_texts_are_no_rows(sqlite_database: Database) -> None:
    encoder = Counting()
    vectors = run(sqlite_database, encoder, {})
    assert (len(vectors.matrix), vectors.rows, encoder.chunks) == (0, {}, [])


def partials() -> pd.DataFrame:
    texts = ["a room with a view", "a bed with a view", "ein Zimmer mit See", "", "a room with a view"]
    languages = ["en", "en", "de", "en", "en"]
    return Mismatch().scan(reviews_of(range(100, 105), text=texts, language=languages))


def test_only_texts_that_are_judged_are_worth_a_transformer() -> None:
    chosen = texts_to_embed(partials(), at_most=10)
    assert sorted(chosen.values()) == ["a bed with a view", "a room with a view", "ein Zimmer mit See"]
    assert list(chosen) == sorted(chosen)
    assert texts_to_embed(partials().iloc[::-1], at_most=10) == chosen


def test_a_language_with_many_different_texts_is_left_out() -> None:
    assert list(texts_to_embed(partials(), at_most=1).values()) == ["ein Zimmer mit See"]
    assert len(texts_to_embed(partials(), at_most=2)) == 3
    assert texts_to_embed(partials(), at_most=0) == {}
