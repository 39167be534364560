"""Which hosts a crawl may speak to: those of its source, until one of them asks to be left alone."""

from __future__ import annotations

from typing import Any

from scrapy import signals
from scrapy.exceptions import IgnoreRequest

from crawlers.address import host_key
from crawlers.challenge import is_challenge
from crawlers.patience import STATUSES, park_until
from crawlers.visit import Parked, Visit

# What a site answers when it does not want to be read by a program.
REFUSING_STATUSES = {
    401: "asks for a login (HTTP 401)",
    403: "refuses access (HTTP 403)",
    429: "asks to slow down (HTTP 429)",
    503: "is not available (HTTP 503)",
}


class HostParkedError(IgnoreRequest):
    """The host is left alone; the message says why and until when."""


class OffHostError(IgnoreRequest):
    """The request leads to a host that is none of the source's."""


class BudgetError(IgnoreRequest):
    """The source's budget is used up."""


class HostGate:
    """Downloader middleware: keeps a spider on its visit's hosts and budget, and parks hosts that refuse it.

    A part of a page (HTTP 206) is no page: what is missing would count as removed.

    Counts every request that goes out and every byte of a body that comes in, also of answers that fail later.
    """

    def __init__(self, crawler: Any) -> None:
        self._crawler = crawler
        crawler.signals.connect(self._count_request, signal=signals.request_reached_downloader)
        crawler.signals.connect(self._count_bytes, signal=signals.bytes_received)

    @classmethod
    def from_crawler(cls, crawler: Any) -> HostGate:
        """Scrapy's constructor."""
        return cls(crawler)

    def process_request(self, request: Any) -> None:
        """Raises ``IgnoreRequest`` for another host, a parked one, and once the budget is used up."""
        visit = self._visit
        if visit.failure is not None:
            raise IgnoreRequest("the run has failed")
        try:
            host = host_key(request.url)
        except ValueError as error:
            raise OffHostError(str(error)) from None
        # RFC 9309, 2.3.1.2: redirects of robots.txt are followed across hosts, and what is read there counts here.
        if host not in visit.hosts and "robots_of" not in request.meta:
            raise OffHostError(f"leads to {host}, which is not a host of this source")
        parked = visit.parked.get(host)
        if parked is not None and parked.until > visit.clock():
            raise HostParkedError(say_parked(parked))
        if not visit.budget.admit_request():
            raise BudgetError(f"{visit.budget.exhausted} is used up")

    def process_response(self, request: Any, response: Any) -> Any:
        """Parks the host of a response that refuses or challenges the crawler."""
        robots_of: str | None = request.meta.get("robots_of")
        # RFC 9309, 2.3.1.3: a robots.txt that needs a login is none; its host says so itself when it is asked for more.
        if robots_of is not None and response.status not in STATUSES:
            return response
        if response.status == 206:
            raise IgnoreRequest("only a part of the page came, which nobody asked for (HTTP 206)")
        reason = REFUSING_STATUSES.get(response.status)
        if reason is None and is_challenge(response.headers, response.body):
            reason = f"answers with a challenge page (HTTP {response.status})"
        if reason is None:
            return response
        parked = self._park(robots_of or host_key(request.url), reason, request, response)
        if robots_of is not None:
            return response
        raise HostParkedError(say_parked(parked))

    def _park(self, host: str, reason: str, request: Any, response: Any) -> Parked:
        values = response.headers.getlist("Retry-After") if response.status in STATUSES else []
        until = park_until(values, self._visit.clock(), waited="waits" in request.meta)
        parked = self._visit.parked[host] = Parked(until, reason)
        self._visit.add_error(request.url, f"the host {say_parked(parked)}", whole_host=True)
        return parked

    @property
    def _visit(self) -> Visit:
        visit: Visit = self._crawler.spider.visit
        return visit

    def _count_request(self) -> None:
        self._visit.add_request()

    def _count_bytes(self, data: bytes) -> None:
        self._visit.add_bytes(len(data))


def say_parked(parked: Parked) -> str:
    """Why a host is left alone and until when, to follow "the host"."""
    return f"{parked.reason}; it is left alone until {parked.until:%Y-%m-%d %H:%M} UTC"
