"""Which hosts a crawl may speak to: those of its start addresses, until one of them asks to be left alone."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import Any
from urllib.parse import urlsplit

from scrapy.exceptions import IgnoreRequest

from crawlers.visit import Visit, host_key

# What a site answers when it does not want to be read by a program.
REFUSING_STATUSES = {
    401: "asks for a login (HTTP 401)",
    403: "refuses access (HTTP 403)",
    429: "asks to slow down (HTTP 429)",
    503: "is not available (HTTP 503)",
}
_CHALLENGE_HEADERS = (b"x-amzn-waf-action", b"x-datadome-cid", b"cf-mitigated")
_CHALLENGE_MARKS = (
    b"<title>just a moment",
    b"_cf_chl_opt",
    b"captcha-delivery.com/captcha",
    b"awswafcookiedomainlist",
    b'id="px-captcha"',
    b"_incapsula_resource",
)
_CHALLENGE_SIZE = 64 * 1024


class HostParkedError(IgnoreRequest):
    """The host is left alone for the rest of the run; the error is noted already."""


class OffHostError(IgnoreRequest):
    """The request leads to a host that is none of the source's."""


class HostGate:
    """Downloader middleware: keeps a spider on its visit's hosts and parks those that refuse it."""

    def __init__(self, crawler: Any) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Any) -> HostGate:
        """Scrapy's constructor."""
        return cls(crawler)

    def process_request(self, request: Any) -> None:
        """Raises ``IgnoreRequest`` for another host or a parked one."""
        visit: Visit = self._crawler.spider.visit
        if visit.failure is not None:
            raise IgnoreRequest("the run has failed")
        try:
            host = host_key(request.url)
        except ValueError as error:
            raise OffHostError(str(error)) from None
        if host not in visit.hosts:
            raise OffHostError(f"leads to {host}, which is not the host of a start address")
        if host in visit.parked:
            raise HostParkedError(visit.parked[host])

    def process_response(self, request: Any, response: Any) -> Any:
        """Parks the host of a response that refuses or challenges the crawler."""
        if request.meta.get("is_robots_txt"):
            return response
        reason = REFUSING_STATUSES.get(response.status)
        if reason is None and _is_challenge(response):
            reason = f"answers with a challenge page (HTTP {response.status})"
        if reason is None:
            return response
        visit: Visit = self._crawler.spider.visit
        visit.parked.setdefault(host_key(request.url), reason)
        visit.add_error(request.url, f"the host {reason}; it is left alone for this run", whole_host=True)
        raise HostParkedError(reason)


def _is_challenge(response: Any) -> bool:
    if any(header in response.headers for header in _CHALLENGE_HEADERS):
        return True
    head = response.body[:_CHALLENGE_SIZE].lower() if len(response.body) <= _CHALLENGE_SIZE else b""
    return any(mark in head for mark in _CHALLENGE_MARKS)


async def private_address(url: str) -> str | None:
    """The first address of the host that is not on the public internet, None where all are. Raises ``OSError``."""
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(parts.hostname, parts.port or 80, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError(str(error)) from None
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    return next((address for address in addresses if not _is_public(address)), None)


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return ip.is_global and not ip.is_multicast
