"""``fairstay evidence`` from the command line, with and without a time-stamp authority."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from store.archive import Archive
from store.database import open_database
from tests.fairstay.authorities import Authority, openssl
from tests.fairstay.conftest import Run, Said
from tests.store.proven import FIRST, HOTEL, fill, sha256

NOW = "2026-03-24T09:00:00"


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    with HTTPServer(threaded=True) as started:
        yield started


@pytest.fixture(autouse=True)
def _filled(tmp_path: Path) -> None:
    with closing(open_database(f"sqlite:///{tmp_path / 'fairstay.sqlite'}")) as database:
        fill(database, Archive(tmp_path / "archive"))


def configure(folder: Path, *lines: str) -> None:
    (folder / "fairstay.toml").write_text("\n".join(["[evidence]", *lines]) + "\n")


def package(said: Said, folder: Path) -> Path:
    """The one package in the folder, its hashes checked; the command's first line names it."""
    (found,) = folder.iterdir()
    assert said.out.splitlines()[0].startswith(f"{folder.name}/{found.name}: 3 bodies, 4 fetches, 3 versions")
    ended = subprocess.run(["sha256sum", "-c", "manifest.sha256"], cwd=found, capture_output=True, check=False)
    assert ended.returncode == 0
    return found


def test_a_package_without_a_stamp(run: Run, tmp_path: Path) -> None:
    said = run("evidence", HOTEL)
    assert (said.code, said.err) == (0, "")
    assert len(said.out.splitlines()) == 1
    assert not list(package(said, tmp_path / "evidence").glob("*.ts*"))


def test_a_package_with_a_stamp(run: Run, tmp_path: Path, authority: Authority, server: HTTPServer) -> None:
    configure(tmp_path, f'timestamp_url = "{authority.serve(server)}"')
    said = run("evidence", HOTEL, "-o", "out", "--now", NOW)
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[1].startswith("time stamp of 20")
    folder = package(said, tmp_path / "out")
    assert authority.verify(folder / "manifest.sha256.tsr", folder / "manifest.sha256").returncode == 0
    by_query = openssl(
        "ts", "-verify", "-queryfile", folder / "manifest.sha256.tsq", "-in", folder / "manifest.sha256.tsr",
        "-CAfile", authority.root,
    )  # fmt: skip
    assert by_query.returncode == 0
    (folder / "manifest.sha256").write_bytes((folder / "manifest.sha256").read_bytes() + b"\n")
    assert authority.verify(folder / "manifest.sha256.tsr", folder / "manifest.sha256").returncode != 0


def test_a_stamp_whose_signature_is_yet_to_be_checked(
    run: Run, tmp_path: Path, authority: Authority, server: HTTPServer
) -> None:
    configure(tmp_path, f'timestamp_url = "{authority.serve(server, with_root=False)}"')
    said = run("evidence", HOTEL, "-o", "out")
    assert said.code == 0
    assert said.out.splitlines()[1].endswith("UTC; its signature is yet to be checked, see README.txt")


def test_no_stamp(run: Run, tmp_path: Path, authority: Authority, server: HTTPServer) -> None:
    before = len(authority.asked)
    configure(tmp_path, f'timestamp_url = "{authority.serve(server)}"')
    said = run("evidence", HOTEL, "-o", "out", "--no-stamp")
    assert (said.code, said.err) == (0, "")
    assert not list(package(said, tmp_path / "out").glob("*.ts*"))
    assert len(authority.asked) == before


def test_a_server_that_does_not_stamp_costs_the_stamp_alone(run: Run, tmp_path: Path, server: HTTPServer) -> None:
    server.expect_request("/tsr").respond_with_data("<html>Log in</html>", content_type="text/html")
    configure(tmp_path, f'timestamp_url = "{server.url_for("/tsr")}"')
    said = run("evidence", HOTEL, "-o", "out")
    assert said.code == 3
    (line,) = said.lines
    assert line.startswith("fairstay: the package has no time stamp: http://localhost:")
    assert line.endswith("the answer is not a time stamp (RFC 3161)")
    assert not list(package(said, tmp_path / "out").glob("*.ts*"))


def test_an_address_that_may_not_be_asked_is_said_before_anything_is_written(run: Run, tmp_path: Path) -> None:
    configure(tmp_path, 'timestamp_url = "http://tsa.example/"')
    said = run("evidence", HOTEL, "-o", "out")
    assert (said.code, said.out) == (2, "")
    assert said.lines == [
        "fairstay: [evidence] timestamp_url must be the https address of a time-stamp server, not 'http://tsa.example/'"
    ]
    assert not (tmp_path / "out").exists()
    assert run("evidence", HOTEL, "-o", "out", "--no-stamp").code == 0


def test_no_such_listing(run: Run, tmp_path: Path) -> None:
    said = run("evidence", "google/nowhere", "-o", "out")
    assert (said.code, said.out) == (2, "")
    assert said.lines == [
        "fairstay: no listing 'google/nowhere': name it as platform/listing id, as in an export of reviews"
    ]
    assert not (tmp_path / "out").exists()


def test_a_package_that_is_there_already(run: Run) -> None:
    assert run("evidence", HOTEL, "-o", "out").code == 0
    said = run("evidence", HOTEL, "-o", "out")
    assert said.code == 2
    assert len(said.lines) == 1
    assert "is there already; move it away, or name another folder with -o" in said.lines[0]


def test_a_body_that_the_archive_lost(run: Run, tmp_path: Path) -> None:
    configure(tmp_path, 'archive = "elsewhere"')
    (tmp_path / "archive").rename(tmp_path / "elsewhere")
    Archive(tmp_path / "elsewhere").delete(sha256(FIRST))
    said = run("evidence", HOTEL, "-o", "out")
    assert said.code == 3
    assert said.lines == [
        f"fairstay: the body {sha256(FIRST)} is missing in {tmp_path / 'elsewhere'}; the package says so"
    ]


def test_an_archive_that_cannot_be_read_is_one_line(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "archive" / sha256(FIRST)[:2] / f"{sha256(FIRST)[2:]}.gz"
    file.unlink()
    file.mkdir()
    said = run("evidence", HOTEL, "-o", "out")
    assert (said.code, len(said.lines)) == (2, 1)
    assert "cannot be read: Is a directory" in said.lines[0]


def test_since(run: Run, tmp_path: Path) -> None:
    said = run("evidence", HOTEL, "--since", "2026-03-22", "-o", "out")
    assert said.code == 0
    assert "2 bodies, 2 fetches" in said.out
    assert run("evidence", HOTEL, "--since", "yesterday", "-o", "other").code == 2


def test_the_same_store_and_moment_give_the_same_bytes(run: Run, tmp_path: Path) -> None:
    found = []
    for name in ("a", "b"):
        assert run("evidence", HOTEL, "-o", name, "--now", NOW).code == 0
        files = sorted(path for path in (tmp_path / name).rglob("*") if path.is_file())
        found.append([(path.relative_to(tmp_path / name), path.read_bytes()) for path in files])
    assert found[0] == found[1]
