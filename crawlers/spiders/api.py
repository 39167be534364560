"""Reads owner-authorised review APIs: for each listing page after page, or from where the last night stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import scrapy
from scrapy.settings import BaseSettings

from crawlers import credentials
from crawlers.address import host_key
from crawlers.chains import Chain
from crawlers.conditional import UNCONDITIONAL
from crawlers.credentials import AuthorisationError, Grant, Secrets
from crawlers.page import Context, Page
from crawlers.signing import Signer, origin
from crawlers.sources import booking, google_business, trustpilot
from crawlers.spiders.chained import ChainSpider
from crawlers.visit import Visit


@dataclass(frozen=True, slots=True)
class Api:
    """An API: where it lies, how its replies are read, and what its requests carry.

    ``start_url`` makes a listing's first address, ``listing_id`` the id that its reviews are kept under; both raise
    ``ValueError``.
    """

    base_url: str
    start_url: Callable[[str, str], str]
    listing_id: Callable[[str], str]
    parse: Callable[[bytes, Context], Page]
    secrets: Callable[[Path, str], Secrets]


class ApiSpider(ChainSpider):
    """Reads the listings of a source, one chain after the other, with the credentials that its owner gave."""

    api: ClassVar[Api]

    def __init__(self, visit: Visit, **kwargs: Any) -> None:
        super().__init__(visit, **kwargs)
        self.base_url = (visit.source.base_url or self.api.base_url).rstrip("/")
        self.origin = origin(self.base_url)
        self.secrets: Secrets = {}
        self._listing_ids: dict[Chain, str] = {}
        self._asked: set[str] = set()

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Adds the signer. No redirect is followed: an API has none, and credentials must not travel with one."""
        super().update_settings(settings)
        middlewares = {**settings.getdict("DOWNLOADER_MIDDLEWARES"), Signer: 570}
        settings.set("DOWNLOADER_MIDDLEWARES", middlewares, priority="spider")
        settings.set("REDIRECT_ENABLED", False, priority="spider")

    async def prepare(self) -> None:
        """Reads the credentials and names the chains; without good credentials there are none."""
        for listing in self.visit.source.listings:
            self._begin(listing)
        self._chains = iter(self._listing_ids if self._is_ready() else ())

    def parse(self, response: Any, *, chain: Chain, **_: Any) -> Iterator[scrapy.Request]:
        """Hands on what the reply says and asks for the next one."""
        source = self.visit.source
        context = Context(response.url, source.platform, self.visit.seen, self._listing_ids[chain])
        page = self.api.parse(response.body, context)
        if not self._asked.isdisjoint(page.next_urls):
            chain.cut()
            self.visit.add_error(response.url, "the paging leads back to a page that was read before")
        yield from self._signed(chain, self.visit.take(chain, response, page))
        yield from self.go_on(chain)

    def failed(self, failure: Any) -> list[scrapy.Request]:
        """Books a request that gave no page; credentials that are refused are one error, whatever the listings."""
        if not isinstance(failure.value, AuthorisationError):
            return super().failed(failure)
        chain: Chain = failure.request.cb_kwargs["chain"]
        self.visit.add_error(self.base_url, str(failure.value))
        self.visit.lose(chain)
        return self.go_on(chain)

    def _begin(self, listing: str) -> None:
        try:
            listing_id, start_url = self.api.listing_id(listing), self.api.start_url(listing, self.base_url)
        except ValueError as error:
            self.visit.add_error(listing, str(error))
        else:
            chain = self.visit.begin(start_url, is_proof=True)
            # A night without any news of a listing is a run of it all the same.
            chain.listed.setdefault(listing_id, set())
            self._listing_ids[chain] = listing_id

    def _is_ready(self) -> bool:
        source = self.visit.source
        try:
            if not source.listings or source.credentials is None:
                raise ValueError(f"spider '{self.name}' needs listings and the path of a file under credentials")
            self.secrets = self.api.secrets(source.credentials, self.base_url)
            takers = [self.base_url, *([self.secrets.token_uri] if isinstance(self.secrets, Grant) else [])]
            for url in takers:
                if origin(url)[0] != "https" and not source.allow_private:
                    raise ValueError(f"'{url}' must begin with https, since credentials go there")
        except ValueError as error:
            self.visit.add_error("nothing was asked for", str(error))
            return False
        self.visit.hosts |= {host_key(url) for url in takers}
        return True

    def next_requests(self) -> list[scrapy.Request]:
        """The next listing's first request: where it stopped last time, or from the beginning."""
        for chain in self._chains:
            if urls := self.visit.ask(chain, (chain.resume() or chain.start_url,)):
                return list(self._signed(chain, urls))
        return []

    def _signed(self, chain: Chain, urls: Iterable[str]) -> Iterator[scrapy.Request]:
        """Requests that the signer signs; robots.txt does not speak of what an owner authorised."""
        self._asked.update(urls)
        meta = {"authorised": True, UNCONDITIONAL: True}
        return self.requests(chain, urls, headers={"Accept": "application/json"}, meta=meta)


class GoogleBusinessSpider(ApiSpider):
    """Google Business Profile: reviews of locations, what changed last first."""

    name = "google_business"
    api = Api(
        google_business.BASE_URL,
        google_business.start_url,
        google_business.listing_id,
        google_business.parse,
        credentials.google,
    )


class BookingSpider(ApiSpider):
    """Booking.com Connectivity: guest reviews of properties; the last address gives what changes later."""

    name = "booking"
    api = Api(booking.BASE_URL, booking.start_url, booking.listing_id, booking.parse, credentials.booking)


class TrustpilotSpider(ApiSpider):
    """Trustpilot: public reviews of business units, newest first."""

    name = "trustpilot"
    api = Api(
        trustpilot.BASE_URL,
        trustpilot.start_url,
        trustpilot.listing_id,
        trustpilot.parse,
        credentials.trustpilot,
    )


class TrustpilotPrivateSpider(ApiSpider):
    """Trustpilot: the reviews that the business itself may read."""

    name = "trustpilot_private"
    api = Api(
        trustpilot.BASE_URL,
        trustpilot.private_start_url,
        trustpilot.listing_id,
        trustpilot.parse,
        credentials.trustpilot_private,
    )
