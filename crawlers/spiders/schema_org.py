"""Reads schema.org reviews, page after page of what the site itself calls the next one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import scrapy
from w3lib.encoding import http_content_type_encoding

from crawlers.errors import note_failure
from crawlers.parse.schema_org import parse
from crawlers.visit import Visit


class SchemaOrgSpider(scrapy.Spider):
    """Fetches the start addresses of a visit and follows ``rel=next``; the parser does the reading."""

    name = "schema_org"

    def __init__(self, visit: Visit, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.visit = visit

    async def start(self) -> AsyncIterator[scrapy.Request]:
        """One request for each start address."""
        for request in self._requests(self.visit.source.start_urls):
            yield request

    def parse(self, response: Any, **_: Any) -> Iterator[scrapy.Request]:
        """Hands on what the page says and asks for the next one."""
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        encoding = http_content_type_encoding(content_type)
        source = self.visit.source
        page = parse(response.body, url=response.url, platform=source.platform, seen=self.visit.seen, encoding=encoding)
        self.visit.add_page(response.url, response.status, response.body, page)
        yield from self._requests(page.next_urls)

    def _requests(self, urls: tuple[str, ...]) -> Iterator[scrapy.Request]:
        for url in urls:
            if self.visit.admits_another():
                yield scrapy.Request(url, errback=self._failed)

    def _failed(self, failure: Any) -> None:
        note_failure(self.visit, failure.request.url, failure.value)
