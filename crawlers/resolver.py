"""An event loop that connects to no private address, unless the source allows it.

Both the answer of the name service and the number that a socket connects to are checked, so a name that changes between
the two (DNS rebinding) gains nothing. Every connection of asyncio passes ``sock_connect``.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from scrapy.exceptions import IgnoreRequest

from crawlers.network import Resolve

# Set by a crawl for the tasks of one source; whatever runs without it is refused.
allow_private: ContextVar[bool] = ContextVar("allow_private", default=False)

# Special-purpose blocks that ipaddress of Python 3.11 takes for global: RFC 6890, RFC 3879 (site-local).
_NOT_GLOBAL = tuple(map(ipaddress.ip_network, ("fec0::/10", "64:ff9b:1::/48", "5f00::/16", "3fff::/20")))
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")


class PrivateAddressError(OSError):
    """A connection that was not made, because it would not lead to the public internet."""


class PrivateHostError(IgnoreRequest):
    """A host lies on a private address; asking again would change nothing."""


class PublicLoop(asyncio.SelectorEventLoop):
    """Resolves with ``resolve`` (None: the system) and refuses every address that is not global."""

    def __init__(self, resolve: Resolve | None = None) -> None:
        super().__init__()
        self._resolve = resolve

    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> Any:
        """As asyncio's; raises ``PrivateAddressError`` where one of the addresses is not global."""
        if self._resolve is None or _is_literal(host):
            found = await super().getaddrinfo(host, port, **options)
        else:
            found = await self._resolve(host, port)
        for entry in found:
            _check(str(entry[4][0]))
        return found

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        """As asyncio's; raises ``PrivateAddressError`` for an address that is not global."""
        if sock.family not in {socket.AF_INET, socket.AF_INET6}:
            raise PrivateAddressError(0, "only the internet may be connected to")
        if _is_literal(address[0]):
            _check(address[0])
        await super().sock_connect(sock, address)


class PrivateAddresses:
    """Downloader middleware: says why a connection was refused, before it is taken for one worth another try."""

    def process_exception(self, request: Any, exception: Exception) -> None:
        """Raises ``PrivateHostError`` where the loop refused the address."""
        for cause in _causes(exception):
            if isinstance(cause, PrivateAddressError):
                raise PrivateHostError(cause.strerror) from None


def is_public(address: str) -> bool:
    """Whether a numeric address lies on the public internet, also by the IPv4 address that it carries within.

    Raises ``ValueError`` for what is not one.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not ip.is_multicast
    carried = _carried(ip)
    if carried is not None:
        return carried.is_global and not carried.is_multicast
    return ip.is_global and not ip.is_multicast and not any(ip in block for block in _NOT_GLOBAL)


def _carried(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that packets to an IPv6 address end at: mapped, 6to4, Teredo, NAT64, IPv4-compatible."""
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if ip.teredo is not None:
        return ip.teredo[1]
    if ip in _NAT64 or (ip in _COMPATIBLE and int(ip) > 1):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return None


def _check(address: str) -> None:
    if not allow_private.get() and not is_public(address):
        raise PrivateAddressError(0, f"{address} is a private address, and the source does not allow that")


def _is_literal(host: Any) -> bool:
    try:
        ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    return True


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and those that led to it."""
    met: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        cause = waiting.pop()
        if cause is None or any(cause is one for one in met):
            continue
        met.append(cause)
        yield cause
        waiting += [cause.__cause__, cause.__context__, getattr(cause, "os_error", None)]
        waiting += cause.exceptions if isinstance(cause, BaseExceptionGroup) else ()
