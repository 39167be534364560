"""The archive: bytes in, the same bytes out, whatever happens to the machine in between."""

from __future__ import annotations

import gzip
import hashlib
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.archive import Archive, ArchiveError
from tests.store.processes import race

PAGE = b"<html><p>Sch\xc3\xb6n war's.</p></html>"
PAGE_SHA256 = hashlib.sha256(PAGE).hexdigest()


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive")


def file_of(archive: Archive, sha256: str) -> Path:
    return archive.folder / sha256[:2] / f"{sha256[2:]}.gz"


def drafts(archive: Archive) -> list[Path]:
    return list((archive.folder / "drafts").iterdir())


def test_what_is_put_can_be_had(archive: Archive) -> None:
    assert archive.put(PAGE) == PAGE_SHA256
    assert archive.get(PAGE_SHA256) == PAGE
    assert archive.has(PAGE_SHA256)
    assert list(archive.sha256s()) == [PAGE_SHA256]
    assert drafts(archive) == []


def test_public_tools_read_it(archive: Archive) -> None:
    archive.put(PAGE)
    said = subprocess.run(["gzip", "-dc", file_of(archive, PAGE_SHA256)], capture_output=True, check=True)
    assert said.stdout == PAGE


@given(st.binary(max_size=2000))
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, body: bytes) -> None:
    archive = Archive(tmp_path_factory.getbasetemp() / "any")
    assert archive.get(archive.put(body)) == body


def test_an_archive_without_a_folder_is_empty(archive: Archive) -> None:
    assert archive.get(PAGE_SHA256) is None
    assert not archive.has(PAGE_SHA256)
    assert not archive.delete(PAGE_SHA256)
    assert list(archive.sha256s()) == []
    assert archive.sweep() == 0
    assert not archive.folder.exists()


def test_the_same_body_again_leaves_the_file_alone(archive: Archive) -> None:
    archive.put(PAGE)
    before = file_of(archive, PAGE_SHA256).stat()
    assert archive.put(PAGE) == PAGE_SHA256
    after = file_of(archive, PAGE_SHA256).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_two_archives_hold_the_same_file(tmp_path: Path) -> None:
    first, second = Archive(tmp_path / "a"), Archive(tmp_path / "b")
    for each in (first, second):
        each.put(PAGE)
    assert file_of(first, PAGE_SHA256).read_bytes() == file_of(second, PAGE_SHA256).read_bytes()


def test_only_the_owner_may_look(archive: Archive) -> None:
    archive.put(PAGE)
    assert stat.S_IMODE(archive.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(file_of(archive, PAGE_SHA256).stat().st_mode) == 0o600


def test_a_deleted_body_is_gone(archive: Archive) -> None:
    archive.put(PAGE)
    archive.put(b"another")
    assert archive.delete(PAGE_SHA256)
    assert not archive.delete(PAGE_SHA256)
    assert archive.get(PAGE_SHA256) is None
    assert list(archive.sha256s()) == [hashlib.sha256(b"another").hexdigest()]


def test_hashes_come_in_order_and_strange_files_do_not(archive: Archive) -> None:
    put = [archive.put(b"%d" % number) for number in range(600)]
    (archive.folder / "notes.txt").write_text("x")
    (archive.folder / PAGE_SHA256[:2] / "notes.txt").write_text("x")
    assert list(archive.sha256s()) == sorted(put)


# Damage.


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:10],
        lambda content: content[:-5],
        lambda content: content + b"more",
        lambda content: content[:20] + bytes([content[20] ^ 1]) + content[21:],
        lambda content: gzip.compress(b"another page", mtime=0),
        lambda content: b"no gzip at all",
    ],
    ids=["empty", "cut", "cut at the end", "longer", "one bit", "another body", "no gzip"],
)
def test_a_damaged_file_gives_nothing_and_is_mended_by_the_next_put(archive: Archive, damage) -> None:
    archive.put(PAGE)
    path = file_of(archive, PAGE_SHA256)
    path.write_bytes(damage(path.read_bytes()))
    assert archive.get(PAGE_SHA256) is None
    assert archive.has(PAGE_SHA256)
    archive.put(PAGE)
    assert archive.get(PAGE_SHA256) == PAGE


def test_a_file_that_may_not_be_read_is_said(archive: Archive) -> None:
    archive.put(PAGE)
    path = file_of(archive, PAGE_SHA256)
    path.unlink()
    path.mkdir()
    with pytest.raises(ArchiveError, match=r"\.gz: cannot be read: Is a directory"):
        archive.get(PAGE_SHA256)
    with pytest.raises(ArchiveError, match="cannot be removed"):
        archive.delete(PAGE_SHA256)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "archive").write_text("a file")
    with pytest.raises(ArchiveError, match="cannot be"):
        Archive(tmp_path / "archive").put(PAGE)


# Interrupted, and at once.


def test_a_failed_write_leaves_nothing(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        archive.folder.mkdir()
        (archive.folder / "drafts").mkdir()
        (archive.folder / PAGE_SHA256[:2]).mkdir()
        with pytest.raises(ArchiveError, match="No space left"):
            archive.put(PAGE)
    assert archive.get(PAGE_SHA256) is None
    assert drafts(archive) == []


def killed_before_the_rename(archive: Archive) -> None:
    code = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom store.archive import Archive\n"
        "os.replace = lambda *paths: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"Archive(Path({str(archive.folder)!r})).put({PAGE!r})\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], check=False)
    assert ended.returncode == -signal.SIGKILL


def test_a_killed_process_leaves_a_draft_and_no_body(archive: Archive) -> None:
    killed_before_the_rename(archive)
    assert archive.get(PAGE_SHA256) is None
    assert not archive.has(PAGE_SHA256)
    assert list(archive.sha256s()) == []
    assert len(drafts(archive)) == 1
    assert archive.put(PAGE) == PAGE_SHA256
    assert archive.get(PAGE_SHA256) == PAGE
    assert archive.sweep() == 1
    assert drafts(archive) == []


def test_deleting_a_body_deletes_its_draft_too(archive: Archive) -> None:
    killed_before_the_rename(archive)
    assert not archive.delete(PAGE_SHA256)
    assert drafts(archive) == []


def test_four_processes_at_once(archive: Archive, tmp_path: Path) -> None:
    prepare = (
        f"from pathlib import Path\nfrom store.archive import Archive\narchive = Archive(Path({str(archive.folder)!r}))"
    )
    ended = race(tmp_path / "go", prepare, "for n in range(50):\n    archive.put(b'page %d' % n)", processes=4)
    assert [each.stderr for each in ended] == [""] * 4
    bodies = [b"page %d" % number for number in range(50)]
    assert list(archive.sha256s()) == sorted(hashlib.sha256(body).hexdigest() for body in bodies)
    assert [archive.get(hashlib.sha256(body).hexdigest()) for body in bodies] == bodies
    assert drafts(archive) == []


# Arguments.


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        "../../etc/passwd",
        "..",
        "/" * 64,
        "a" * 63,
        "a" * 65,
        "A" * 64,
        "g" * 64,
        "a" * 64 + "\n",
        "../" + "a" * 61,
        "٣" * 64,
    ],
)
def test_what_is_no_hash_is_refused(archive: Archive, hostile: str) -> None:
    archive.put(PAGE)
    for method in (archive.get, archive.has, archive.delete):
        with pytest.raises(ArchiveError, match="is not a SHA-256"):
            method(hostile)
