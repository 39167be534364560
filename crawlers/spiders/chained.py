"""What spiders that read chains of pages have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import scrapy
from scrapy.spidermiddlewares.httperror import HttpError

from crawlers.chains import Chain
from crawlers.conditional import UNCONDITIONAL
from crawlers.errors import note_failure
from crawlers.visit import Visit

_GONE = (404, 410)


class ChainSpider(scrapy.Spider):
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

    def failed(self, failure: Any) -> None:
        """Books a request that gave no page."""
        chain: Chain = failure.request.cb_kwargs["chain"]
        url, error = failure.request.url, failure.value
        if chain.pages == 0 and isinstance(error, HttpError) and error.response.status in _GONE:
            self.visit.add_error(url, f"the listing's page is gone (HTTP {error.response.status})")
        else:
            note_failure(self.visit, url, error)
        self.visit.lose(chain)
