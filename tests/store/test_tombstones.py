"""store.tombstones: who was erased, in the database and in a file, and neither forgets what the other knows."""

import datetime as dt
import stat

import pytest

from store import tombstones
from store.canonical import review_key
from store.observations import write_observations
from store.reading import read_listing_reviews
from store.tombstones import (
    REVIEW,
    REVIEWER,
    Grave,
    TombstoneError,
    append_file,
    bury,
    finish,
    is_unfinished,
    load,
    read_file,
    read_tombstones,
    reconcile,
    review_token,
)
from tests.conftest import SEEN, observation

DAY = dt.date(2026, 4, 1)
ACCOUNT = Grave(REVIEWER, "a" * 32, DAY)
OTHER = Grave(REVIEWER, "b" * 32, DAY)
KEY = review_key("google", "hotel-1", "review-1")
ONE = Grave(REVIEW, review_token(KEY), DAY)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "fairstay.erased"


def loaded(database):
    with database.read() as connection:
        return load(connection)


def test_a_file_gives_back_what_was_appended(path):
    assert read_file(path) == []
    assert append_file(path, [ONE, ACCOUNT]) == 2
    assert append_file(path, [ACCOUNT, OTHER, OTHER]) == 1
    assert read_file(path) == sorted([ACCOUNT, OTHER, ONE])
    assert (
        path.read_text()
        == f"review {ONE.token} 2026-04-01\nreviewer {'a' * 32} 2026-04-01\nreviewer {'b' * 32} 2026-04-01\n"
    )


def test_only_the_owner_may_read_the_file_and_nothing_lies_beside_it(path):
    append_file(path, [ACCOUNT])
    append_file(path, [OTHER])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_nothing_new_leaves_the_file_alone(path):
    append_file(path, [ACCOUNT])
    before = path.stat()
    assert append_file(path, [Grave(REVIEWER, ACCOUNT.token, dt.date(2027, 1, 1))]) == 0
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_stop_in_mid_writing_leaves_the_file_whole(path, monkeypatch):
    append_file(path, [ACCOUNT])

    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(tombstones.os, "replace", stopped)
    with pytest.raises(KeyboardInterrupt):
        append_file(path, [OTHER])
    assert read_file(path) == [ACCOUNT]
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_last_line_without_its_end_still_counts(path):
    path.write_text(f"reviewer {ACCOUNT.token} 2026-04-01")
    assert read_file(path) == [ACCOUNT]
    append_file(path, [OTHER])
    assert read_file(path) == [ACCOUNT, OTHER]


@pytest.mark.parametrize(
    "line",
    [
        b"reviewer",
        b"",
        b"reviewer " + b"a" * 31 + b" 2026-04-01",
        b"reviewer " + b"A" * 32 + b" 2026-04-01",
        b"reviewer " + b"a" * 32 + b" 2026-04-31",
        b"reviewer " + b"a" * 32 + b" 2026-04-0",
        b"reviewer " + b"a" * 32 + b" 2026-04-01\r",
        b"listing " + b"a" * 32 + b" 2026-04-01",
        b"reviewer " + b"a" * 32 + b" 2026-04-01 x",
        b"\xff\xfe",
        b"\0" * 40,
    ],
)
def test_a_damaged_line_is_one_clear_error_and_stops_everything(sqlite_database, path, line):
    path.write_bytes(f"reviewer {ACCOUNT.token} 2026-04-01\n".encode() + line + b"\n")
    for attempt in (
        lambda: read_file(path),
        lambda: append_file(path, [OTHER]),
        lambda: bury(sqlite_database, path, [OTHER]),
        lambda: reconcile(sqlite_database, path),
    ):
        with pytest.raises(TombstoneError) as caught:
            attempt()
        assert f"{path}: line 2 is damaged" in str(caught.value)
        assert "\n" not in str(caught.value)
    assert read_tombstones(sqlite_database) == []


def test_a_file_that_cannot_be_read_or_written_is_one_line(sqlite_database, path):
    path.mkdir()
    with pytest.raises(TombstoneError, match="cannot be read"):
        reconcile(sqlite_database, path)
    with pytest.raises(TombstoneError, match=r"cannot be written.*nothing was erased"):
        bury(sqlite_database, path.parent / ("n" * 250), [ACCOUNT])
    assert read_tombstones(sqlite_database) == []


def test_burying_writes_the_file_before_the_table(database, path, monkeypatch):
    def stopped(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(tombstones, "_write", stopped)
        with pytest.raises(KeyboardInterrupt):
            bury(database, path, [ACCOUNT])
    assert read_file(path) == [ACCOUNT]
    assert read_tombstones(database) == []
    assert not is_unfinished(database)
    assert reconcile(database, path) == 1
    assert is_unfinished(database)


def test_an_erasure_is_unfinished_until_somebody_says_that_it_is(database, path):
    assert not is_unfinished(database)
    bury(database, path, [ACCOUNT, ONE])
    bury(database, path, [ACCOUNT])
    assert is_unfinished(database)
    finish(database)
    finish(database)
    assert not is_unfinished(database)
    assert read_tombstones(database) == read_file(path) == sorted([ACCOUNT, ONE])


def test_the_table_and_the_file_learn_from_each_other(database, path):
    bury(database, path, [ACCOUNT])
    finish(database)
    path.unlink()
    append_file(path, [ONE])
    assert reconcile(database, path) == 1
    assert read_file(path) == read_tombstones(database) == sorted([ACCOUNT, ONE])
    assert is_unfinished(database)


def test_a_lost_file_is_made_again_and_nothing_is_erased_for_it(database, path):
    bury(database, path, [ACCOUNT, OTHER])
    finish(database)
    path.unlink()
    assert reconcile(database, path) == 0
    assert read_file(path) == [ACCOUNT, OTHER]
    assert not is_unfinished(database)


def test_where_both_agree_nothing_is_written(database, path):
    assert reconcile(database, path) == 0
    assert not path.exists()
    bury(database, path, [ACCOUNT])
    finish(database)
    before = path.stat().st_ino
    assert reconcile(database, path) == 0
    assert path.stat().st_ino == before
    assert not is_unfinished(database)


def test_a_tombstone_covers_an_account_or_a_review(database, path):
    assert not loaded(database)
    assert not loaded(database).covers(None, KEY)
    bury(database, path, [ACCOUNT, ONE])
    found = loaded(database)
    assert found
    assert found.covers(ACCOUNT.token, "0" * 24)
    assert found.covers(None, KEY)
    assert found.covers(OTHER.token, KEY)
    assert not found.covers(OTHER.token, "0" * 24)
    assert not found.covers(None, "0" * 24)


def test_a_review_token_says_nothing_of_the_key_and_needs_no_secret():
    assert review_token(KEY) == review_token(KEY)
    assert review_token(KEY) != review_token(KEY[::-1])
    assert KEY not in review_token(KEY)
    assert len(review_token(KEY)) == 32


def test_what_is_covered_is_withheld_from_the_store(database, path, pseudonymiser):
    theirs = Grave(REVIEWER, pseudonymiser.token("google", "guest-2"), DAY)
    bury(database, path, [ONE, theirs])
    batch = [
        observation(),
        observation(review_id="review-2", reviewer_id="guest-2"),
        observation(review_id="review-3", reviewer_id="guest-1"),
        observation(review_id="review-4", reviewer_id=None),
    ]
    written = write_observations(database, batch, source="s", seen_at=SEEN, pseudonymiser=pseudonymiser)
    assert (written.new, written.withheld) == (2, 2)
    assert set(read_listing_reviews(database)["review_id"]) == {"review-3", "review-4"}
