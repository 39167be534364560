"""A gate that holds every request until the host's robots.txt (RFC 9309) is known."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK

from crawlers.address import host_key
from crawlers.reasons import plain

MAX_BYTES = 500 * 1024
MAX_REDIRECTS = 5
MAX_CRAWL_DELAY_S = 300.0

_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))


class RobotsForbiddenError(IgnoreRequest):
    """robots.txt does not allow this address."""


class RobotsUnreachableError(IgnoreRequest):
    """robots.txt could not be read, which forbids the whole host (RFC 9309, 2.3.1.4)."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What one host allows: ``parser`` None means everything, ``refusal`` set means nothing and why."""

    parser: Any | None = None
    refusal: str | None = None
    crawl_delay_s: float = 0.0


class RobotsGate:
    """Downloader middleware: one fetch of robots.txt per host, and no request past it before it is read.

    Forbidden requests are dropped and counted under the statistic ``robots/forbidden``. A request whose ``meta`` says
    ``authorised`` goes to an API that its owner gave access to; robots.txt does not speak of those.
    """

    def __init__(self, crawler: Any) -> None:
        self._crawler = crawler
        self._agent: str = crawler.settings["ROBOTSTXT_USER_AGENT"] or crawler.settings["USER_AGENT"]
        self._delay_s: float = crawler.settings.getfloat("DOWNLOAD_DELAY")
        self._locks: dict[str, asyncio.Lock] = {}
        self._rules: dict[str, Rules] = {}

    @classmethod
    def from_crawler(cls, crawler: Any) -> RobotsGate:
        """Scrapy's constructor."""
        return cls(crawler)

    async def process_request(self, request: Any) -> None:
        """Raises ``IgnoreRequest`` for an address that the host's robots.txt does not allow."""
        if "robots_of" in request.meta or request.meta.get("authorised"):
            return
        parts = urlsplit(request.url)
        rules = await self._rules_of(f"{parts.scheme}://{host_key(request.url)}")
        if rules.refusal is not None:
            raise RobotsUnreachableError(rules.refusal)
        if rules.parser is not None and not rules.parser.can_fetch(request.url, self._agent):
            self._crawler.stats.inc_value("robots/forbidden")
            raise RobotsForbiddenError("forbidden by robots.txt")
        if rules.crawl_delay_s > self._delay_s:
            request.meta["autothrottle_dont_adjust_delay"] = True
            self._slow_down(parts.hostname or "", rules.crawl_delay_s)

    async def _rules_of(self, origin: str) -> Rules:
        async with self._locks.setdefault(origin, asyncio.Lock()):
            if origin not in self._rules:
                self._rules[origin] = await self._fetch(f"{origin}/robots.txt")
            return self._rules[origin]

    async def _fetch(self, url: str) -> Rules:
        meta = {"robots_of": host_key(url), "redirect_ttl": MAX_REDIRECTS, "autothrottle_dont_adjust_delay": True}
        request = Request(url, meta=meta, callback=NO_CALLBACK, priority=1000, dont_filter=True)
        try:
            response = await self._crawler.engine.download_async(request)
        except Exception as error:  # noqa: BLE001 - whatever keeps robots.txt away forbids the host
            self._crawler.stats.inc_value("robots/unreachable")
            return Rules(refusal=f"robots.txt cannot be fetched: {plain(error)}")
        return read_rules(response.status, response.headers.get("Content-Type") or b"", response.body, self._agent)

    def _slow_down(self, hostname: str, delay_s: float) -> None:
        downloader = self._crawler.engine.downloader
        downloader.per_slot_settings[hostname] = {"delay": delay_s, "jitter": 0}
        if hostname in downloader.slots:
            downloader.slots[hostname].delay = delay_s


def read_rules(status: int, content_type: bytes, body: bytes, agent: str) -> Rules:
    """The rules of a robots.txt response after redirects, as RFC 9309, 2.3.1 has it.

    4xx means no restriction, except 429; that and 5xx, and HTML or bytes in place of text, forbid everything.
    """
    if 400 <= status < 500 and status != 429:
        return Rules()
    if not 200 <= status < 300 or status == 206:
        return Rules(refusal=f"robots.txt cannot be read (HTTP {status})")
    text = _text(body)
    if b"html" in content_type.lower() or text.lstrip().startswith("<"):
        return Rules(refusal="robots.txt cannot be read: it is an HTML page")
    if "\0" in text:
        return Rules(refusal="robots.txt cannot be read: it is no text")
    parser = Protego.parse(text)
    delay_s = float(parser.crawl_delay(agent) or 0.0)
    if not delay_s <= MAX_CRAWL_DELAY_S:
        return Rules(refusal=f"robots.txt asks for {delay_s:g} s between requests, more than {MAX_CRAWL_DELAY_S:g} s")
    return Rules(parser, None, delay_s)


def _text(body: bytes) -> str:
    """The whole lines among the first 500 KiB; half a rule could allow what the whole one forbids."""
    if len(body) > MAX_BYTES:
        body = body[:MAX_BYTES]
        body = body[: max(body.rfind(b"\n"), body.rfind(b"\r")) + 1]
    encoding = next((name for mark, name in _MARKS if body.startswith(mark)), "utf-8")
    return body.decode(encoding, "replace")
