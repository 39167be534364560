import asyncio
import datetime as dt
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from crawlers.crawl import Source, SourceResult, crawl
from crawlers.network import Network
from crawlers.resolver import PrivateAddressError, PublicLoop, allow_private, is_public
from tests.crawlers.pages import hotel, json_ld_page, review

NOW = dt.datetime.fromisoformat("2026-01-01T22:00")
PUBLIC = "93.184.216.34"


@pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.1",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
        "2001:db8::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_addresses_that_are_not_on_the_public_internet(address: str) -> None:
    assert not is_public(address)


def answers(*addresses: str) -> Callable[[str, int], Any]:
    """A name service that gives these one after the other, the last of them for ever."""
    left = list(addresses)

    async def resolve(_: str, port: int) -> list[Any]:
        address = left.pop(0) if len(left) > 1 else left[0]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    return resolve


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A port on which a connection would be seen."""
    with socket.create_server(("", 0)) as made:
        made.setblocking(False)
        yield made


def was_connected_to(listener: socket.socket) -> bool:
    try:
        listener.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def connect(host: str, port: int, resolve: Any = None, *, allow: bool = False, first_asked: int = 0) -> None:
    async def run() -> None:
        allow_private.set(allow)
        loop = asyncio.get_running_loop()
        for _ in range(first_asked):
            await loop.getaddrinfo(host, port)
        transport, _ = await loop.create_connection(asyncio.Protocol, host, port)
        transport.close()

    with asyncio.Runner(loop_factory=lambda: PublicLoop(resolve)) as runner:
        runner.run(run())


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "::1"]
)
def test_no_spelling_of_a_private_address_gets_a_connection(listener: socket.socket, host: str) -> None:
    with pytest.raises(PrivateAddressError):
        connect(host, listener.getsockname()[1])
    assert not was_connected_to(listener)


def test_a_source_may_allow_it(listener: socket.socket) -> None:
    connect("127.0.0.1", listener.getsockname()[1], allow=True)
    assert was_connected_to(listener)


def test_a_name_that_leads_home_gets_no_connection(listener: socket.socket) -> None:
    with pytest.raises(PrivateAddressError, match=r"127\.0\.0\.1 is a private address"):
        connect("reviews.example", listener.getsockname()[1], answers("127.0.0.1"))
    assert not was_connected_to(listener)


def test_a_name_that_changes_between_check_and_connection_gets_none(listener: socket.socket) -> None:
    with pytest.raises(PrivateAddressError, match=r"127\.0\.0\.1 is a private address"):
        connect("reviews.example", listener.getsockname()[1], answers(PUBLIC, "127.0.0.1"), first_asked=1)
    assert not was_connected_to(listener)


def test_one_private_address_among_public_ones_is_enough() -> None:
    async def both(_: str, port: int) -> list[Any]:
        stream = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*stream, (PUBLIC, port)), (*stream, ("10.0.0.1", port))]

    with pytest.raises(PrivateAddressError, match=r"10\.0\.0\.1"):
        connect("reviews.example", 80, both)


def test_a_socket_is_checked_by_the_number_that_it_connects_to(listener: socket.socket) -> None:
    async def run() -> None:
        with socket.socket() as sock:
            sock.setblocking(False)
            await asyncio.get_running_loop().sock_connect(sock, listener.getsockname())

    with (
        asyncio.Runner(loop_factory=PublicLoop) as runner,
        pytest.raises(PrivateAddressError),
    ):
        runner.run(run())
    assert not was_connected_to(listener)


def visit(*sources: Source, resolve: Any = None) -> tuple[SourceResult, ...]:
    return crawl(
        sources,
        contact="ops@fairstay.example",
        seen=NOW.date(),
        clock=lambda: NOW,
        on_page=lambda _: None,
        network=Network(resolve=resolve, timeout_s=5),
    )


def source(name: str, *urls: str, allow_private: bool = False, hosts: tuple[str, ...] = ()) -> Source:
    return Source(name, "schema_org", "example", urls, hosts=hosts, delay_s=0, allow_private=allow_private)


def test_a_crawl_makes_no_connection_to_a_name_that_leads_home(server: HTTPServer) -> None:
    url = f"http://reviews.example:{server.port}"
    (result,) = visit(source("inn", f"{url}/1", f"{url}/2"), resolve=answers("127.0.0.1"))
    assert server.log == []
    assert len(result.errors) == 1
    assert "127.0.0.1 is a private address, and the source does not allow that" in result.errors[0]


def test_what_one_source_allows_is_not_allowed_to_another(server: HTTPServer) -> None:
    server.expect_request("/1").respond_with_data(json_ld_page(hotel(review(1))), content_type="text/html")
    own = source("own", server.url_for("/1"), allow_private=True)
    foreign = source("foreign", f"http://reviews.example:{server.port}/1")
    allowed, refused = visit(own, foreign, resolve=answers("127.0.0.1"))
    assert allowed.complete
    assert "private address" in refused.errors[0]
    assert [request.path for request, _ in server.log] == ["/robots.txt", "/1"]


def test_a_redirect_leads_to_no_private_address(
    server: HTTPServer, listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = listener.getsockname()[1]
    # The first host stands for one on the public internet.
    monkeypatch.setattr("crawlers.resolver.is_public", lambda address: address == "127.0.0.1")
    for path, target in (("/1", f"http://inside.example:{port}/"), ("/2", "http://169.254.169.254/latest")):
        server.expect_request(path).respond_with_response(Response(status=302, headers={"Location": target}))

    async def resolve(host: str, port: int) -> list[Any]:
        address = "127.0.0.2" if host == "inside.example" else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    start = f"http://reviews.example:{server.port}"
    hosts = (f"inside.example:{port}",)
    (result,) = visit(source("inn", f"{start}/1", f"{start}/2", hosts=hosts), resolve=resolve)
    assert [request.path for request, _ in server.log] == ["/robots.txt", "/1", "/2"]
    assert "127.0.0.2 is a private address" in result.errors[0]
    assert "169.254.169.254, which is not a host of this source" in result.errors[1]
    assert not was_connected_to(listener)


def test_no_proxy_of_the_environment_is_used(
    server: HTTPServer, new_server: Callable[[], HTTPServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = new_server()
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url_for("/"))
    server.expect_request("/1").respond_with_data(json_ld_page(hotel(review(1))), content_type="text/html")
    (result,) = visit(source("inn", server.url_for("/1"), allow_private=True))
    assert result.complete
    assert proxy.log == []
