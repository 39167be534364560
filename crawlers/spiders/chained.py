"""What spiders that read chains of pages have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

import scrapy
from scrapy import signals
from scrapy.exceptions import DontCloseSpider
from scrapy.spidermiddlewares.httperror import HttpError

from crawlers.chains import Chain
from crawlers.conditional import UNCONDITIONAL
from crawlers.errors import note_failure
from crawlers.visit import Visit

_GONE = (404, 410)


class ChainSpider(scrapy.Spider, ABC):
    """Requests carry their chain as ``chain`` in ``cb_kwargs``; each comes back to ``parse`` or to ``failed``."""

    def __init__(self, visit: Visit, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.visit = visit

    def requests(self, chain: Chain, urls: Iterable[str], **arguments: Any) -> Iterator[scrapy.Request]:
        """Requests for addresses that the visit lets through; ``arguments`` are further ones of ``scrapy.Request``."""
        for url in urls:
            request = scrapy.Request(
                url, errback=self.failed, cb_kwargs={"chain": chain}, dont_filter=True, **arguments
            )
            if chain.is_check:
                request.meta[UNCONDITIONAL] = True
            yield request

    async def start(self) -> AsyncIterator[scrapy.Request]:
        """Gets ready and begins the first chain; whenever one is at its end, the next."""
        await self.prepare()
        # What comes to its end elsewhere, such as a chain that lost its last request on the way here.
        self.crawler.signals.connect(self._begin_next, signal=signals.spider_idle)
        for request in self.next_requests():
            yield request

    @abstractmethod
    async def prepare(self) -> None:
        """What is to be done before the first request."""

    @abstractmethod
    def next_requests(self) -> list[scrapy.Request]:
        """The first requests of the next chain that has any; none where all chains have begun."""

    def go_on(self, chain: Chain) -> list[scrapy.Request]:
        """The next chain's requests where this one waits for nothing more."""
        return [] if chain.waiting or self.visit.failure is not None else self.next_requests()

    def _begin_next(self) -> None:
        requests = [] if self.visit.failure is not None else self.next_requests()
        for request in requests:
            self.crawler.engine.crawl(request)
        if requests:
            raise DontCloseSpider

    def failed(self, failure: Any) -> list[scrapy.Request]:
        """Books a request that gave no page, and goes on with the rest."""
        chain: Chain = failure.request.cb_kwargs["chain"]
        url, error = failure.request.url, failure.value
        if chain.pages == 0 and isinstance(error, HttpError) and error.response.status in _GONE:
            self.visit.add_error(url, f"the listing's page is gone (HTTP {error.response.status})")
        else:
            note_failure(self.visit, url, error)
        self.visit.lose(chain)
        return self.go_on(chain)
