import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection.collusion import Collusion
from detection.engines.memo import Memo, read_memo, write_memo

DETECTOR = Collusion()
ANSWERS = st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=6)


@dataclass(frozen=True)
class Newer(Collusion):
    version: ClassVar[int] = Collusion.version + 1


def identity() -> str:
    return hashlib.sha256(f"{DETECTOR.version} {DETECTOR!r}".encode()).hexdigest()


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A folder in which two answers are kept."""
    write_memo(memo_of({"a": "1", "b": "[2]"}), DETECTOR, tmp_path)
    return tmp_path


def memo_of(answers: dict[str, str]) -> Memo:
    memo = Memo()
    memo.update(answers)
    return memo


@given(ANSWERS)
def test_what_was_kept_is_there_the_next_night(
    tmp_path_factory: pytest.TempPathFactory, answers: dict[str, str]
) -> None:
    folder = tmp_path_factory.mktemp("memo") / "not" / "there yet"
    write_memo(memo_of(answers), DETECTOR, folder)
    assert dict(read_memo(DETECTOR, folder)) == answers
    assert [file.name for file in folder.iterdir()] == ["collusion.json"]


@given(ANSWERS, ANSWERS, st.lists(st.text(max_size=8)), st.lists(st.text(max_size=8)))
def test_it_is_a_dictionary_that_knows_what_was_used(
    before: dict[str, str], put: dict[str, str], asked: list[str], dropped: list[str]
) -> None:
    memo, plain = Memo(before), dict(before)
    for key, value in put.items():
        memo[key] = plain[key] = value
    for key in asked:
        assert memo.get(key) == plain.get(key)
        assert (key in memo) == (key in plain)
    for key in dropped:
        assert memo.pop(key, None) == plain.pop(key, None)
    assert dict(memo) == plain
    # Comparing has used them all; a new one has used nothing.
    assert (len(memo), set(memo)) == (len(plain), set(plain))
    assert memo.used() == plain
    assert Memo(before).used() == {}


def test_what_was_handed_in_is_not_changed() -> None:
    before = {"a": "1"}
    memo = Memo(before)
    memo["b"] = "2"
    del memo["a"]
    assert before == {"a": "1"}


def test_what_was_not_asked_for_is_forgotten(kept: Path) -> None:
    memo = read_memo(DETECTOR, kept)
    assert memo["a"] == "1"
    memo["c"] = "3"
    assert memo.used() == {"a": "1", "c": "3"}
    write_memo(memo, DETECTOR, kept)
    assert dict(read_memo(DETECTOR, kept)) == {"a": "1", "c": "3"}


def test_to_look_whether_there_is_an_answer_is_to_ask(kept: Path) -> None:
    memo = read_memo(DETECTOR, kept)
    assert "a" in memo
    assert "z" not in memo
    assert memo.used() == {"a": "1"}


@pytest.mark.parametrize("other", [Newer(), Collusion(wide_days=30)], ids=["version", "parameter"])
def test_another_version_or_parameter_asks_anew(other: Collusion, kept: Path) -> None:
    assert dict(read_memo(other, kept)) == {}
    assert dict(read_memo(Collusion(), kept)) == {"a": "1", "b": "[2]"}
    write_memo(memo_of({"c": "3"}), other, kept)
    assert dict(read_memo(DETECTOR, kept)) == {}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"[]",
        b"7",
        b'"answers"',
        b"{}",
        b'{"answers": {"a": "1"}}',
        json.dumps({"detector": identity()}).encode(),
        json.dumps({"detector": identity(), "answers": 7}).encode(),
        json.dumps({"detector": identity(), "answers": ["a"]}).encode(),
    ],
)
def test_a_broken_file_is_as_none(content: bytes, kept: Path) -> None:
    (kept / "collusion.json").write_bytes(content)
    assert dict(read_memo(DETECTOR, kept)) == {}


def test_half_a_file_is_as_none_and_is_written_over(kept: Path) -> None:
    """A night that was killed; and its draft beside the file."""
    whole = (kept / "collusion.json").read_bytes()
    for length in range(len(whole)):
        (kept / "collusion.json").write_bytes(whole[:length])
        assert dict(read_memo(DETECTOR, kept)) == {}
    (kept / "collusion.1.new").write_bytes(whole[:20])
    write_memo(memo_of({"c": "3"}), DETECTOR, kept)
    assert dict(read_memo(DETECTOR, kept)) == {"c": "3"}


def test_no_file_and_no_folder(tmp_path: Path) -> None:
    assert dict(read_memo(DETECTOR, tmp_path)) == {}
    assert dict(read_memo(DETECTOR, tmp_path / "none")) == {}


def test_the_same_answers_are_the_same_bytes(tmp_path: Path) -> None:
    for folder, answers in (("one", {"a": "1", "b": "2"}), ("two", {"b": "2", "a": "1"})):
        write_memo(memo_of(answers), DETECTOR, tmp_path / folder)
    one, two = ((tmp_path / folder / "collusion.json").read_bytes() for folder in ("one", "two"))
    assert one == two
