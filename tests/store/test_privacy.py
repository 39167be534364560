"""store.privacy: pseudonyms under a key, and the file that holds it."""

import re
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.privacy import KEY_BYTES, KeyFileError, Pseudonymiser, load_key
from tests.conftest import KEY
from tests.store.processes import race

OTHER = Pseudonymiser(b"another key of more than 32 bytes")


def test_a_token_is_32_hex_digits_and_always_the_same(pseudonymiser):
    token = pseudonymiser.token("google", "guest-1")
    assert re.fullmatch(r"[0-9a-f]{32}", token)
    assert token == Pseudonymiser(KEY).token("google", "guest-1")


def test_tokens_differ_by_account_platform_and_key(pseudonymiser):
    tokens = {
        pseudonymiser.token("google", "guest-1"),
        pseudonymiser.token("google", "guest-2"),
        pseudonymiser.token("yelp", "guest-1"),
        OTHER.token("google", "guest-1"),
    }
    assert len(tokens) == 4


def test_platform_and_id_do_not_run_together(pseudonymiser):
    assert pseudonymiser.token("a", "bc") != pseudonymiser.token("ab", "c")


def test_the_id_is_in_neither_token_nor_seal(pseudonymiser):
    assert "guest-1" not in pseudonymiser.token("google", "guest-1")
    assert b"guest-1" not in pseudonymiser.seal("google", "guest-1")


@given(st.text(min_size=1), st.text())
def test_what_was_sealed_opens_again(platform, reviewer_id):
    keeper = Pseudonymiser(KEY)
    assert keeper.open(platform, keeper.seal(platform, reviewer_id)) == reviewer_id


def test_sealing_twice_gives_the_same_bytes(pseudonymiser):
    assert pseudonymiser.seal("google", "guest-1") == pseudonymiser.seal("google", "guest-1")


def test_another_key_opens_nothing(pseudonymiser):
    assert OTHER.open("google", pseudonymiser.seal("google", "guest-1")) is None


def test_a_seal_is_bound_to_its_platform(pseudonymiser):
    assert pseudonymiser.open("yelp", pseudonymiser.seal("google", "guest-1")) is None


@pytest.mark.parametrize("place", [0, 15, 16, -1])
def test_a_changed_byte_opens_nothing(pseudonymiser, place):
    sealed = bytearray(pseudonymiser.seal("google", "guest-1"))
    sealed[place] ^= 1
    assert pseudonymiser.open("google", bytes(sealed)) is None


@pytest.mark.parametrize("length", [0, 1, 15])
def test_a_seal_cut_short_opens_nothing(pseudonymiser, length):
    assert pseudonymiser.open("google", pseudonymiser.seal("google", "guest-1")[:length]) is None


@pytest.mark.parametrize("length", [0, KEY_BYTES - 1])
def test_a_short_key_is_refused(length):
    with pytest.raises(KeyFileError, match=f"at least 32 bytes, this one has {length}"):
        Pseudonymiser(b"k" * length)


def test_the_key_file_is_made_once_and_only_for_its_owner(tmp_path):
    path = tmp_path / "new" / "folder" / "privacy.key"
    key = load_key(path)
    assert len(key) == KEY_BYTES
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_key(path) == key
    assert [each.name for each in path.parent.iterdir()] == ["privacy.key"]


def test_two_key_files_are_two_keys(tmp_path):
    assert load_key(tmp_path / "one") != load_key(tmp_path / "two")


def test_a_key_can_be_written_by_hand(tmp_path):
    path = tmp_path / "privacy.key"
    path.write_text(f"  {KEY.hex().upper()}\n\n")
    assert load_key(path) == KEY


def test_processes_at_the_same_time_get_one_key(tmp_path):
    path = tmp_path / "privacy.key"
    code = "from pathlib import Path; from store.privacy import load_key"
    said = race(tmp_path / "go", code, f"print(load_key(Path({str(path)!r})).hex())", processes=4)
    assert {each.returncode for each in said} == {0}, said
    assert {each.stdout.strip() for each in said} == {load_key(path).hex()}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"not hex at all\n", b"abc", b"\xff\xfe\x00"])
def test_a_file_that_is_no_key_is_named_and_left_alone(tmp_path, content):
    path = tmp_path / "privacy.key"
    path.write_bytes(content)
    with pytest.raises(KeyFileError, match=re.escape(str(path))) as caught:
        load_key(path)
    assert "restore the right file" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == content


@pytest.mark.parametrize("content", ["", "00ff" * 8])
def test_a_truncated_key_file_never_makes_weak_pseudonyms(tmp_path, content):
    path = tmp_path / "privacy.key"
    path.write_text(content)
    with pytest.raises(KeyFileError):
        Pseudonymiser(load_key(path))
    assert path.read_text() == content


def test_a_folder_is_no_key(tmp_path):
    with pytest.raises(KeyFileError, match="not a privacy key"):
        load_key(tmp_path)
