from collections.abc import Callable, Iterator

import pytest
from pytest_httpserver import HTTPServer


@pytest.fixture
def new_server() -> Iterator[Callable[[], HTTPServer]]:
    """Starts local servers that answer several requests at a time; one without a robots.txt forbids nothing."""
    started: list[HTTPServer] = []

    def start() -> HTTPServer:
        server = HTTPServer(threaded=True)
        server.no_handler_status_code = 404
        server.start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def server(new_server: Callable[[], HTTPServer]) -> HTTPServer:
    """One such server."""
    return new_server()


def paths(server: HTTPServer) -> list[str]:
    """What the server was asked for, robots.txt left out, sorted."""
    return sorted(request.full_path.rstrip("?") for request, _ in server.log if request.path != "/robots.txt")
