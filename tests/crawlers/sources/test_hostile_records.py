"""A few hundred cases of the parsers' benchmark, and its own ability to fail."""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.damage import damaged_bytes, damaged_value, random_bytes
from benchmarks.parsers import Result, examine, run, table
from benchmarks.subjects import Subject, subjects


@pytest.fixture(scope="module")
def results() -> list[Result]:
    return run(1000, seed=7)


def test_nothing_leaves_a_parser_and_no_good_review_is_lost(results: list[Result]) -> None:
    assert [(each.name, each.failures) for each in results if each.exceptions or each.lost] == []


def test_every_parser_is_examined(results: list[Result]) -> None:
    names = [each.name for each in results]
    assert len(set(names)) == len(names) == 16
    assert all(each.cases == 63 for each in results)
    assert all(each.checked == 7 * 21 for each in results if each.name != "dates")


def test_the_cases_are_the_same_for_the_same_seed() -> None:
    def bodies(seed: int) -> list[bytes]:
        said: list[bytes] = []

        def read(body: bytes) -> dict[str, object]:
            said.append(body)
            return {name: 1 for name in "ab" if name.encode() in body}

        examine(Subject("example", read, (b"ab",), (b"a", b"b")), 30, seed)
        return said

    assert bodies(1) == bodies(1)
    assert bodies(1) != bodies(2)


def lines(body: bytes) -> dict[str, object]:
    return {line.decode("utf-8", "replace"): line for line in body.split(b"\n")}


RECORDS = tuple(b"review %d" % number for number in range(4))


def test_a_parser_that_raises_is_counted() -> None:
    def read(body: bytes) -> dict[str, object]:
        if b"review" not in body:
            raise KeyError("no review")
        return lines(body)

    result = examine(Subject("example", read, (b"review",), RECORDS, b"\n".join), 90, 0)
    assert result.exceptions >= 25
    assert "case 1: KeyError: 'no review'" in table([result])
    assert len(result.failures) == 5


def test_a_parser_that_loses_the_neighbours_is_counted() -> None:
    def read(body: bytes) -> dict[str, object]:
        found = lines(body)
        return found if all(line.startswith(b"review ") for line in body.split(b"\n")) else {}

    spoilt = Subject("example", read, RECORDS, RECORDS, b"\n".join, lambda random, record: b"x")
    result = examine(spoilt, 90, 0)
    assert (result.checked, result.lost, result.exceptions) == (90, 90, 0)
    assert "lost review 0, review" in table([result])


def test_a_parser_that_changes_the_neighbours_has_lost_them() -> None:
    def read(body: bytes) -> dict[str, object]:
        return dict.fromkeys(lines(body), body.count(b"x"))

    spoilt = Subject("example", read, RECORDS, RECORDS, b"\n".join, lambda random, record: b"x")
    assert examine(spoilt, 90, 0).lost == 90


def test_records_that_are_no_reviews_are_no_benchmark() -> None:
    with pytest.raises(ValueError, match="do not give a review each"):
        examine(Subject("example", lambda body: {}, RECORDS, RECORDS, b"\n".join), 3, 0)


@given(st.integers(min_value=0), st.sampled_from([{}, [], {"a": [1, {"b": "c"}]}, "text", None]))
def test_damage_leaves_what_it_was_given_alone(seed: int, value: Any) -> None:
    before = repr(value)
    damaged_value(Random(seed), value)
    assert repr(value) == before
    assert isinstance(damaged_bytes(Random(seed), b"reviews"), bytes)
    assert isinstance(random_bytes(Random(seed)), bytes)


@pytest.fixture(scope="module")
def sources() -> Iterator[dict[str, Subject]]:
    with subjects() as every:
        yield {each.name: each for each in every}


JSON_SOURCES = ["google_business", "google_takeout", "booking", "trustpilot"]


@given(name=st.sampled_from(JSON_SOURCES), seed=st.integers(min_value=0), chosen=st.integers(min_value=0, max_value=7))
def test_one_damaged_record_costs_no_other(sources: dict[str, Subject], name: str, seed: int, chosen: int) -> None:
    subject = sources[name]
    records = list(subject.records)
    (own,) = subject.read(subject.join([records[chosen]]))
    others = {review: each for review, each in subject.read(subject.join(records)).items() if review != own}
    assert len(others) == 7
    records[chosen] = subject.damage(Random(seed), records[chosen])
    kept = subject.read(subject.join(records))
    assert {review: kept.get(review) for review in others} == others
