import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message
from http.client import HTTPConnection
from pathlib import Path

import pytest

from fairstay.town.server import serve


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    (site / "inn").mkdir(parents=True)
    (site / "inn" / "index.html").write_text("<p>Grüße", "utf-8")
    (site / "bare").mkdir()
    (site / "robots.txt").write_text("User-agent: *\n")
    (tmp_path / "secret.txt").write_text("not served")
    return site


@pytest.fixture
def base(folder: Path) -> Iterator[str]:
    with serve(folder) as url:
        yield url


def ask(base: str, path: str, method: str = "GET", **headers: str) -> tuple[int, Message, bytes]:
    """One request as it stands, redirects not followed, the path not tidied."""
    connection = HTTPConnection(base.removeprefix("http://"), timeout=5)
    try:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def test_files_and_folders_come_with_their_types(base: str) -> None:
    with urllib.request.urlopen(f"{base}/inn?from=home", timeout=5) as answer:
        assert answer.url == f"{base}/inn/"
        assert answer.read().decode() == "<p>Grüße"
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert answer.headers["Content-Length"] == "10"
    status, headers, body = ask(base, "/robots.txt")
    assert (status, headers["Content-Type"], body) == (200, "text/plain; charset=utf-8", b"User-agent: *\n")
    status, headers, body = ask(base, "/robots.txt", "HEAD")
    assert (status, headers["Content-Length"], body) == (200, "14", b"")


@pytest.mark.parametrize(
    "path", ["/none", "/bare/", "/", "/../secret.txt", "/%2e%2e/secret.txt", "/inn/%00", "/" + "a" * 5000]
)
def test_what_is_not_there_is_not_found(base: str, path: str) -> None:
    assert ask(base, path)[0] == 404


def test_nothing_outside_of_the_folder_is_served_and_no_redirect_leaves_the_host(base: str, folder: Path) -> None:
    (folder / "link.txt").symlink_to(folder.parent / "secret.txt")
    assert ask(base, "/link.txt")[0] == 404
    assert ask(base, f"/{folder.parent / 'secret.txt'}")[0] == 404
    status, headers, _ = ask(base, "//inn")
    assert (status, headers["Location"]) == (301, "/inn/")


def test_a_client_that_knows_the_content_is_told_so(base: str, folder: Path) -> None:
    _, headers, _ = ask(base, "/robots.txt")
    etag, changed = headers["ETag"], headers["Last-Modified"]
    for known in (f'"other", W/{etag}', "*"):
        status, _, body = ask(base, "/robots.txt", If_None_Match=known)
        assert (status, body) == (304, b"")
    assert ask(base, "/robots.txt", If_Modified_Since=changed)[0] == 304
    assert ask(base, "/robots.txt", If_Modified_Since="Thu, 01 Jan 1998 00:00:00 GMT")[0] == 200
    assert ask(base, "/robots.txt", If_Modified_Since="yesterday")[0] == 200
    (folder / "robots.txt").write_text("User-agent: *\nDisallow: /\n")
    status, headers, _ = ask(base, "/robots.txt", If_None_Match=etag, If_Modified_Since=changed)
    assert status == 200
    assert headers["ETag"] != etag


def test_it_is_quiet_and_stops(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with serve(folder) as base:
        ask(base, "/inn/")
        ask(base, "/none")
        with socket.create_connection(("127.0.0.1", int(base.rpartition(":")[2]))) as rude:
            rude.sendall(b"GET /inn/ HT")
    assert "town" not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(urllib.error.URLError, match="refused"):
        urllib.request.urlopen(base, timeout=5)
    assert capfd.readouterr() == ("", "")


def test_it_stops_when_the_work_inside_fails(folder: Path) -> None:
    with pytest.raises(KeyError), serve(folder):
        raise KeyError("work")
    assert "town" not in {thread.name for thread in threading.enumerate()}


def test_a_port_can_be_fixed_and_a_taken_one_is_an_error(folder: Path) -> None:
    with serve(folder) as first:
        port = int(first.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"), serve(folder, port=port):
            pass
    with serve(folder, port=port) as again:
        assert again == first
        assert ask(again, "/inn/")[0] == 200
