"""Reads schema.org reviews, page after page of what the site itself calls the next one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import scrapy
from w3lib.encoding import http_content_type_encoding

from crawlers.chains import Chain
from crawlers.lastmods import Lastmods
from crawlers.page import Context, Page
from crawlers.parse.schema_org import parse
from crawlers.sitemap import fetch_sitemap
from crawlers.spiders.chained import ChainSpider


class SchemaOrgSpider(ChainSpider):
    """Fetches the start addresses of a visit, one chain after the other, and follows ``rel=next``."""

    name = "schema_org"

    async def prepare(self) -> None:
        """Reads the sitemap, where there is one."""
        source = self.visit.source
        said = await fetch_sitemap(self.crawler, self.visit)
        if said is not None:
            self.visit.lastmods = Lastmods(source.name, self.visit.memory, said, self._read)
        self._chains = self.visit.read_all(source.start_urls)

    def parse(self, response: Any, *, chain: Chain, **_: Any) -> Iterator[scrapy.Request]:
        """Hands on what the page says and asks for the next one."""
        content_type = response.headers.get("Content-Type")
        page = self._read(response.url, response.body, content_type and content_type.decode("latin-1"))
        yield from self.requests(chain, self.visit.take(chain, response, page))
        yield from self.go_on(chain)

    def _read(self, url: str, body: bytes, media_type: str | None) -> Page:
        encoding = http_content_type_encoding(media_type or "")
        return parse(body, Context(url, self.visit.source.platform, self.visit.seen, encoding=encoding))

    def next_requests(self) -> list[scrapy.Request]:
        """The first requests of the next chain that the sitemap does not vouch for."""
        try:
            return next((list(self.requests(chain, urls)) for chain, urls in self._chains if urls), [])
        except Exception as error:
            # Scrapy would only log what the memory of earlier nights raises here.
            self.visit.failure = error
            raise
