"""Asks for a page that was read before only if it has changed since (RFC 9110, 13.1), and reads a 304 from memory."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK

from crawlers.memory import PageMemory, Remembered, remembered

if TYPE_CHECKING:
    from crawlers.visit import Visit

# A request with this in its meta is sent without conditions.
UNCONDITIONAL = "unconditional"
_ASKED, _CONFIRMED = "asked_whether_changed", "confirmed_by"
# RFC 9110, 8.8.3 and 5.6.7, without the characters that HTTP allows only for the sake of the past.
_ETAG = re.compile(r'(?:W/)?"[!#-~]{0,1024}"')
_HTTP_DATE = re.compile(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT")


class UnaskedError(IgnoreRequest):
    """The server says that a page has not changed, which nobody asked."""


class ConditionalGate:
    """Downloader middleware: conditions out, and the remembered body in place of a 304.

    It stands between Scrapy's redirects and the network, so that each address of a redirect has its own conditions.
    """

    def __init__(self, crawler: Any) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Any) -> ConditionalGate:
        """Scrapy's constructor."""
        return cls(crawler)

    def process_request(self, request: Any) -> None:
        """Sets the conditions of this very address."""
        for name in ("If-None-Match", "If-Modified-Since"):
            request.headers.pop(name, None)
        request.meta.pop(_ASKED, None)
        request.meta.pop(_CONFIRMED, None)
        if request.method != "GET" or request.callback is NO_CALLBACK or request.meta.get(UNCONDITIONAL):
            return
        visit: Visit = self._crawler.spider.visit
        known = remembered(visit.memory, visit.source.name, request.url)
        if known is not None and (conditions := conditions_of(known.page)):
            request.headers.update(conditions)
            request.meta[_ASKED] = known

    def process_response(self, request: Any, response: Any) -> Any:
        """Gives a 304 the body that it confirms. Raises ``UnaskedError``."""
        if response.status != 304:
            return response
        known: Remembered | None = request.meta.pop(_ASKED, None)
        if known is None:
            raise UnaskedError("answers that nothing has changed (HTTP 304), which was not asked")
        request.meta[_CONFIRMED] = response
        headers = {"Content-Type": known.page.media_type} if known.page.media_type else {}
        return response.replace(status=200, body=known.body, headers=headers)


def conditions_of(page: PageMemory) -> dict[str, str]:
    """The request headers that ask whether a page has changed; what a server said in no proper form is not repeated."""
    conditions = {}
    if page.etag is not None and _ETAG.fullmatch(page.etag):
        conditions["If-None-Match"] = page.etag
    if page.last_modified is not None and _HTTP_DATE.fullmatch(page.last_modified):
        conditions["If-Modified-Since"] = page.last_modified
    return conditions


def confirmed_by(request: Any) -> Any | None:
    """The 304 that stands behind the answer to a request, None where the answer came with its own body."""
    return request.meta.get(_CONFIRMED)
