"""Each text is embedded once, ever, and a night no more of them than it may."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from detection.protocol import Vectors
from detection.text import MOST_CHARACTERS
from detection.text.terms import text_sha256
from fairstay import embedding
from fairstay.embedding import StoredVectors, start_allowance
from fairstay.progress import Progress
from store.database import Database
from store.embeddings import read_vectors


class Counting:
    """An encoder that counts the texts, keeps the chunks, and can be killed before a chunk."""

    key = "counting"
    languages = frozenset({"en"})

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
            yield np.array([[len(text), int(text) / 3] for text in chunk], dtype="float16")


def some(first: int, last: int) -> list[str]:
    return [str(number) for number in range(first, last)]


def vectors_of(
    database: Database, encoder: Counting, *, at_most: int = 0, night: str = "one", stream: io.StringIO | None = None
) -> StoredVectors:
    encoder_: Any = encoder
    allowance = start_allowance(database, night=night, at_most=at_most)
    return StoredVectors(database, encoder_, allowance, workers=3, progress=Progress(stream or io.StringIO()))


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "_CHUNK", 8)


def test_each_text_is_embedded_once_ever(database: Database) -> None:
    encoder = Counting()
    vectors: Vectors = vectors_of(database, encoder)
    first, again, more = vectors.of(some(0, 50)), vectors.of(some(0, 50)), vectors.of(some(20, 70))
    assert first is not None
    assert again is not None
    assert more is not None
    assert set(encoder.seen) == set(some(0, 70))
    assert set(encoder.seen.values()) == {1}
    assert set(encoder.workers) == {3}
    assert first.tobytes() == again.tobytes()
    assert first[20:].tobytes() == more[:30].tobytes()
    assert (vectors.encoder, vectors.languages) == ("counting", frozenset({"en"}))


def test_rows_belong_to_their_texts_fresh_or_kept(sqlite_database: Database) -> None:
    texts = ["7", "3", "7", " 3\n", "12"]
    vectors = vectors_of(sqlite_database, encoder := Counting())
    fresh, kept = vectors.of(texts), vectors.of(texts)
    assert fresh is not None
    assert kept is not None
    assert fresh.dtype == np.float32
    expected = np.array([[len(text.strip()), int(text) / 3] for text in texts], dtype="float16")
    assert np.array_equal(fresh, expected.astype("float32"))
    assert fresh.tobytes() == kept.tobytes()
    assert encoder.seen == Counter(["7", "3", "12"])


def test_a_text_is_read_to_the_cap(sqlite_database: Database) -> None:
    vectors = vectors_of(sqlite_database, encoder := Counting())
    long = "0" * MOST_CHARACTERS
    vectors.of([long + "1", long + "2", long])
    assert list(encoder.seen) == [long]
    assert set(read_vectors(sqlite_database, "counting", [text_sha256(long)])) == {text_sha256(long)}


def test_no_texts_are_no_rows(sqlite_database: Database) -> None:
    found = vectors_of(sqlite_database, encoder := Counting()).of([])
    assert found is not None
    assert (len(found), encoder.chunks) == (0, [])


@pytest.mark.parametrize("killed_before", [0, 1, 3, 6])
def test_a_killed_embedding_keeps_what_it_had(sqlite_database: Database, killed_before: int) -> None:
    dying, living = Counting(killed_before), Counting()
    with pytest.raises(KeyboardInterrupt):
        vectors_of(sqlite_database, dying).of(some(0, 50))
    found = vectors_of(sqlite_database, living).of(some(0, 50))
    undisturbed = Counting()
    undisturbed.key = "another"
    right = vectors_of(sqlite_database, undisturbed).of(some(0, 50))
    assert found is not None
    assert right is not None
    assert found.tobytes() == right.tobytes()
    assert sum(dying.seen.values()) == 8 * killed_before
    assert not dying.seen & living.seen


def test_a_night_embeds_no_more_than_it_may(sqlite_database: Database) -> None:
    encoder = Counting()
    vectors = vectors_of(sqlite_database, encoder, at_most=30)
    mismatch, reuse = vectors.asked_by("mismatch"), vectors.asked_by("reuse")
    assert mismatch.of(some(0, 20)) is not None
    assert reuse.of(some(0, 31)) is None
    assert reuse.of(some(10, 30)) is not None, "ten are new"
    assert mismatch.of(some(0, 30)) is not None, "none is new"
    assert mismatch.of(["99"]) is None
    assert len(encoder.seen) == 30
    assert vectors.allowance.notes == [
        "reuse wanted sentence embeddings of 11 more texts, and 10 of the night's 30 were left: it judged without; "
        "[text] embed_at_most allows more",
        "mismatch wanted sentence embeddings of 1 more texts, and 0 of the night's 30 were left: it judged without; "
        "[text] embed_at_most allows more",
    ]
    assert vectors_of(sqlite_database, encoder, at_most=30, night="two").of(some(0, 60)) is not None


@pytest.mark.parametrize("killed_before", [0, 1, 2])
def test_a_night_begun_again_refuses_what_it_would_have_refused(sqlite_database: Database, killed_before: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        vectors_of(sqlite_database, Counting(killed_before), at_most=30).asked_by("mismatch").of(some(0, 20))
    vectors = vectors_of(sqlite_database, Counting(), at_most=30)
    assert vectors.asked_by("mismatch").of(some(0, 20)) is not None
    assert vectors.asked_by("reuse").of(some(40, 51)) is None
    assert vectors.asked_by("reuse").of(some(40, 50)) is not None


def test_progress_names_the_detector(sqlite_database: Database) -> None:
    stream = io.StringIO()
    vectors_of(sqlite_database, Counting(), stream=stream).asked_by("reuse").of(some(0, 10))
    assert stream.getvalue().splitlines()[-1] == "  reuse: texts embedded: 10 of 10"
