"""store.embeddings: a vector comes back as it went, under its own encoder."""

import numpy as np
import pytest
from sqlalchemy import text

from store.embeddings import read_vectors, write_vectors

A, B, C = "a" * 64, "b" * 64, "c" * 64


def vector(seed, size=384):
    return np.random.default_rng(seed).normal(size=size).astype(np.float16)


def test_vectors_come_back_as_they_went(database):
    given = {A: vector(1), B: vector(2)}
    write_vectors(database, "mini", given)
    found = read_vectors(database, "mini", [A, B, C])
    assert set(found) == {A, B}
    for key, expected in given.items():
        assert found[key].dtype == np.float16
        np.testing.assert_array_equal(found[key], expected)


@pytest.mark.parametrize("dtype", ["float32", "float64", ">f2"])
def test_other_floats_are_rounded_to_half(database, dtype):
    write_vectors(database, "mini", {A: np.array([0.1, -2.5, 1e-3], dtype=dtype)})
    np.testing.assert_array_equal(read_vectors(database, "mini", [A])[A], np.array([0.1, -2.5, 1e-3], dtype="float16"))


def test_a_part_of_an_array_is_kept_right(database):
    matrix = np.arange(12, dtype=np.float32).reshape(4, 3)
    write_vectors(database, "mini", {A: matrix[:, 1]})
    assert read_vectors(database, "mini", [A])[A].tolist() == [1.0, 4.0, 7.0, 10.0]


def test_encoders_do_not_mix(database):
    write_vectors(database, "one", {A: vector(1)})
    write_vectors(database, "two", {A: vector(2)})
    np.testing.assert_array_equal(read_vectors(database, "one", [A])[A], vector(1))
    np.testing.assert_array_equal(read_vectors(database, "two", [A])[A], vector(2))
    assert read_vectors(database, "three", [A]) == {}


def test_a_vector_is_kept_for_ever(database):
    write_vectors(database, "mini", {A: vector(1)})
    write_vectors(database, "mini", {A: vector(2), B: vector(3)})
    np.testing.assert_array_equal(read_vectors(database, "mini", [A])[A], vector(1))
    with database.read() as connection:
        assert connection.scalar(text("select count(*) from embedding")) == 2


def test_nothing_is_nothing(database):
    write_vectors(database, "mini", {})
    assert read_vectors(database, "mini", []) == {}


def test_more_texts_than_a_statement_can_name(database):
    write_vectors(database, "mini", {f"{n:064}": vector(n, 4) for n in (0, 29_999, 30_000, 70_000)})
    found = read_vectors(database, "mini", [f"{n:064}" for n in range(70_001)])
    assert sorted(map(int, found)) == [0, 29_999, 30_000, 70_000]
